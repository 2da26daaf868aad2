/* event/event_int.h - what the files of this room share; private to it
 *
 * A vd_extract is a trie of nodes. A node has two tables: its children, and what
 * lies deeper below it under its relative path, so that a key with dots in it
 * ("process.pid" at the top) is one probe like any other:
 *
 *      root      children: "process" "user"     deeper: "process.pid" "process.parent.pid" ..
 *      process   children: "pid" "parent"       deeper: "parent.pid"
 */
#ifndef VD_EVENT_EVENT_INT_H
#define VD_EVENT_EVENT_INT_H

#include "base/arena.h"
#include "base/limits.h"
#include "event/event.h"
#include "event/scan.h"
#include "event/simdjson_stage1.h"

#define VD_NO_NODE           UINT32_MAX
#define VD_VALUE_FAULTS_KEPT 8

/* One key of a table. head is the first 8 bytes of the name (of a shorter one:
 * all of it, zeros behind), so that nearly always two compares decide. */
typedef struct vd_key {
    uint64_t head;
    uint32_t len; /* UINT32_MAX: an empty place */
    uint32_t node;
    const char *name;
    uint32_t stamp;  /* its number among all keys */
    uint32_t unused; /* makes it half a cache line */
} vd_key;

/* The head of no name: not UTF-8. */
#define VD_NO_HEAD UINT64_MAX

/* A hash table. `mul` is looked for when it is built, so that as a rule every
 * key stands at its own place: then one probe answers, and whether a key is
 * wanted is the only branch that depends on it. */
typedef struct vd_table {
    uint64_t mul;
    uint32_t first;  /* of its places in vd_extract.keys */
    uint32_t mask;   /* number of places - 1, a power of two */
    uint32_t probes; /* places to look at: 1 if mul is perfect, 0 if there are no keys */
} vd_table;

typedef struct vd_node {
    vd_table children, deeper;
    uint32_t slots, n_slots; /* its part of vd_extract.slot_ids */
    uint32_t raw;    /* its only slot, if strings are filed there as they are written; else VD_NO_VALUE */
    uint32_t whole;  /* its only slot, if that takes whole numbers as they are; else VD_NO_VALUE */
    bool has_children;
    bool flattened; /* one of its slots takes every leaf below it */
    bool meta;      /* _index or _id: stands beside an envelope's _source */
} vd_node;

typedef struct vd_date_format vd_date_format; /* date.c */

/* What a slot's field wants of a value. */
typedef struct vd_slot {
    vd_field_type type;
    bool has_null_value, meta;
    bool plain; /* takes a string as it is: VD_STRING */
    uint32_t ignore_above;
    vd_str null_value;
    const vd_date_format *date; /* NULL: the default format */
} vd_slot;

struct vd_extract {
    vd_arena arena; /* owns all arrays below */
    vd_key *keys;
    uint64_t *heads; /* by key: its head again; VD_NO_HEAD for an empty place */
    vd_node *nodes; /* nodes[0] is the root */
    uint32_t *slot_ids;
    vd_slot *slots;
    uint32_t n_keys, n_nodes, n_slots; /* keys with the empty places */
    uint32_t n_stamps; /* keys without them */
    uint32_t source; /* the node of `_source` */
    bool odd_names;  /* some wanted name holds a backslash */
};

typedef struct vd_slot_state {
    uint32_t first, last, count; /* first is VD_NO_VALUE if count is 0 */
    bool raw; /* some value is a string as it is written, see vd_event_settle */
} vd_slot_state;

/* vd_value.kind of a string that was filed as it is written in the document. Most
 * strings are never looked at: escapes and lengths are their first reader's affair. */
#define VD_RAW 0xff

/* Memory of one document's made-up strings; chunks are kept for the next one. */
typedef struct vd_chunk {
    struct vd_chunk *next;
    size_t size;
    char data[];
} vd_chunk;

typedef struct vd_scratch {
    vd_chunk *first, *chunk; /* all chunks; the one being filled */
    size_t used;             /* of that one */
} vd_scratch;

struct vd_event {
    const vd_extract *x;
    vd_stage1 *stage1;
    struct vd_trails *trails;
    vd_value *values;
    uint32_t n_values, cap_values;
    vd_slot_state *slots;
    uint32_t *touched; /* slots that hold values */
    uint32_t n_touched;
    bool enveloped;
    /* stamps[s]: the object in which the key of that stamp was last met, one set for the
     * document and one for an envelope around it. Never reset: `object` only
     * grows. */
    uint64_t *stamps;
    uint64_t object;
    uint64_t top; /* the object that is the document */
    vd_scratch scratch;
    vd_value_fault faults[VD_VALUE_FAULTS_KEPT];
    size_t n_faults;
};

/* event.c */
/* Reads the raw strings of a slot: what cannot be read is taken out, and said. */
void vd_event_settle(vd_event *ev, uint32_t slot);
/* `size` bytes and 16 more that may be written, valid until the next parse. */
char *vd_scratch_alloc(vd_scratch *s, size_t size);
/* Ends the process, as base/arena.h does. */
_Noreturn void vd_event_out_of_memory(void);
void vd_event_reset(vd_event *ev);
void vd_event_grow_values(vd_event *ev);
/* Takes the values out of every slot that is not meta. */
void vd_event_keep_meta(vd_event *ev);

/* A new last value of a slot, without its content. */
static inline vd_value *vd_event_push(vd_event *ev, uint32_t slot)
{
    if (ev->n_values == ev->cap_values) vd_event_grow_values(ev);
    uint32_t i = ev->n_values++;
    vd_slot_state *state = &ev->slots[slot];
    if (state->count++ == 0) {
        state->first = i;
        ev->touched[ev->n_touched++] = slot;
    } else {
        ev->values[state->last].next = i;
    }
    state->last = i;
    vd_value *v = &ev->values[i];
    v->len = 0;
    v->next = VD_NO_VALUE;
    v->is32 = 0;
    return v;
}

static inline void vd_event_value_fault(vd_event *ev, uint32_t slot, vd_fault fault)
{
    if (ev->n_faults < VD_VALUE_FAULTS_KEPT)
        ev->faults[ev->n_faults++] = (vd_value_fault){slot, fault};
}

/* number.c */
typedef enum vd_number_kind {
    VD_NUMBER_BAD,    /* not JSON's number grammar */
    VD_NUMBER_LONG,   /* whole, fits int64_t: i */
    VD_NUMBER_ULONG,  /* whole, above that, fits uint64_t: u */
    VD_NUMBER_BIG,    /* whole, fits neither */
    VD_NUMBER_DECIMAL /* has a fraction or an exponent */
} vd_number_kind;

typedef struct vd_number {
    vd_number_kind kind;
    bool negative;
    union {
        int64_t i;
        uint64_t u;
    };
    vd_str text;
    /* DECIMAL without an exponent: the part before the dot, as a number. */
    bool has_exponent;
    size_t whole_n; /* its bytes, sign included */
} vd_number;

vd_number vd_number_read(vd_str text);
/* The value as a double; false if it is larger than doubles go. */
bool vd_number_double(const vd_number *num, double *out);
/* The value cut to a whole number in 64 bits; false if it does not fit. */
bool vd_number_long(const vd_number *num, int64_t *out);
bool vd_number_ulong(const vd_number *num, uint64_t *out);
/* A number in a string: as in JSON, and with a plus or leading zeros in front. */
vd_number vd_number_from_string(vd_str s);

/* unescape.c */
/* Writes the text of a JSON string (without its quotes) to `out`, which has n +
 * 16 bytes; *out_n gets its length. NONE, BROKEN (no such escape) or SURROGATE
 * (out then holds U+FFFD for each half). Reads up to 16 bytes behind `raw`. */
vd_fault vd_unescape(vd_str raw, char *out, size_t *out_n);

/* date.c */
/* A mapping's format; NULL for one that equals the default. Lives in `a`. */
const vd_date_format *vd_date_format_new(vd_arena *a, vd_str format);
bool vd_date_parse(const vd_date_format *format, vd_str s, int64_t *ms);

/* A type whose slots take strings as they are. */
static inline bool vd_takes_plain_string(vd_field_type t)
{
    return t == VD_TYPE_UNKNOWN || t == VD_TYPE_OTHER ||
           (vd_field_type_is_string(t) && t != VD_TYPE_VERSION);
}

/* coerce.c: file one scalar under one slot, as its type takes it. */
void vd_file_string(vd_event *ev, uint32_t slot, vd_str s);
void vd_file_number(vd_event *ev, uint32_t slot, const vd_number *num);
void vd_file_bool(vd_event *ev, uint32_t slot, bool b);
void vd_file_null(vd_event *ev, uint32_t slot);
/* Reads the text of a raw value of a slot that takes dates or addresses; false: it is neither,
 * which is said. */
bool vd_settle_typed(vd_event *ev, uint32_t slot, vd_value *v);

#endif
