/* sequence/sequence_int.h - private to the room: the sequencer's state
 *
 * Layout    table --(rule, slot, key)--> cell --> chain of links, newest first
 *                                         |
 *             age list of its class  <----+   (oldest first: expiry, eviction)
 *             queue of its rule      <----+   (only results held for a trailing ![ ])
 *
 *           A cell is a partial sequence, a result that waits, the last leading
 *           ![ ] event of a key, or one item of a sample. It is one cache line;
 *           a link is 16 bytes; the table spends 13 to 26 bytes on a cell.
 *           A partial is moved from slot to slot and never copied, so every link
 *           has one owner and needs no count of its own: what is counted is the
 *           event, by the caller's hold and release.
 * Slots     Positive stages are numbered 0 .. P-1 without the missing ones; a
 *           partial that has matched stage i waits in slot i.
 * Limits    vd_sequencer.max_state bounds pools and table together. Room for one
 *           candidate is made before its state is touched (vd_seq_make_room). */
#ifndef VD_SEQUENCE_INT_H
#define VD_SEQUENCE_INT_H

#include "base/vec.h"
#include "sequence/pool.h"
#include "sequence/sequence.h"

/* No such time. */
#define VD_NO_TS INT64_MIN
/* Slots beyond the stages. */
#define VD_SLOT_HELD UINT16_C(0xfffe) /* results that wait for their trailing ![ ] */
#define VD_SLOT_LEAD UINT16_C(0xffff) /* the last event of a leading ![ ] */

typedef enum vd_cell_state {
    VD_CELL_WAIT,  /* a partial in a slot of its stage */
    VD_CELL_HELD,  /* complete; a trailing ![ ] event may still come */
    VD_CELL_READY, /* complete and certain; an earlier result of the rule is held */
    VD_CELL_LEAD,  /* first_ts: of the last leading ![ ] event, last_ts: of the last one
                      in an earlier millisecond, or VD_NO_TS */
    VD_CELL_SAMPLE /* one item's events for one key */
} vd_cell_state;

typedef struct vd_cell {
    uint64_t key[2];
    int64_t first_ts; /* of the first positive event: what maxspan counts from */
    int64_t last_ts;
    uint32_t rule;
    uint16_t slot;
    uint8_t state;         /* vd_cell_state */
    bool doomed;           /* a middle ![ ] event came: moves on, is not reported */
    uint32_t chain;        /* newest link, or VD_CELL_NONE */
    uint32_t extra;        /* vd_extra, for rules with missing stages only */
    uint32_t older, newer; /* age list */
    union {
        struct {
            uint32_t queue_prev, queue_next; /* HELD, READY: the rule's results in order */
        };
        uint32_t count; /* SAMPLE: links in the chain */
        int64_t born;   /* WAIT, unordered: when its first event arrived */
    };
} vd_cell;

_Static_assert(sizeof(vd_cell) == 64, "a cell is a cache line");

/* One event of a chain. In a sample the chain descends by ordinal and `note` names a
 * vd_note beside each event. */
typedef struct vd_link {
    uint64_t event;
    uint32_t parent;
    uint32_t note;
} vd_link;

typedef struct vd_note {
    uint64_t ordinal;
    int64_t ts;
} vd_note;

/* What a rule with missing stages remembers beside a partial. */
typedef struct vd_extra {
    int64_t lead; /* last leading ![ ] event before the first positive one, or VD_NO_TS */
    union {
        int64_t miss; /* WAIT: first middle ![ ] event after last_ts, or VD_NO_TS */
        struct {
            uint32_t same_prev, same_next; /* HELD: results of the same key, newest first */
        };
    };
} vd_extra;

_Static_assert(sizeof(vd_link) == 16 && sizeof(vd_note) == 16 && sizeof(vd_extra) == 16,
               "links, notes and extras share a pool");

typedef struct vd_seq_stage {
    uint8_t role; /* vd_stage_role */
    uint16_t at;  /* EVENT: number among the positive; MISSING: positives before it */
} vd_seq_stage;

typedef struct vd_seq_rule {
    vd_seq_stage *stages;
    bool *gaps;        /* [n_positive + 1]: has a missing stage before that positive */
    uint32_t *waiting; /* [n_positive]: partials in each slot, of any key */
    uint32_t n_held, n_lead;
    uint16_t n_stages;   /* 0: no sequence */
    uint16_t n_items;    /* without until */
    uint16_t n_positive; /* P */
    bool sample, missing;
    int64_t maxspan; /* INT64_MAX: none */
    uint32_t cls;    /* index into classes */
    uint32_t queue_first, queue_last;
} vd_seq_rule;

/* Cells that expire after the same span, oldest first_ts first. Candidates come in
 * order, so a new cell goes to the end. Unordered: by the time they were born, which is
 * the order of arrival. */
typedef struct vd_age_class {
    uint32_t oldest, newest;
    int64_t oldest_ts; /* first_ts of `oldest`, or when it was born */
    int64_t span;      /* INT64_MAX: never expires */
    int64_t due;       /* not after the time `oldest` expires; INT64_MAX: never */
    uint32_t heap_at;
} vd_age_class;

/* Classes that every sequencer has. */
enum { VD_CLASS_FOREVER, VD_CLASS_READY, VD_CLASS_SAMPLE, VD_CLASS_SPANS };

#define VD_BUCKET 7

typedef struct vd_bucket {
    uint32_t hash[VD_BUCKET]; /* n entries */
    uint32_t n;
    uint32_t cell[VD_BUCKET];
    uint32_t passed; /* entries in later buckets that went by this one */
} vd_bucket;

_Static_assert(sizeof(vd_bucket) == 64, "a bucket is a cache line");

/* Open addressing by buckets, no tombstones. */
typedef struct vd_table {
    void *raw; /* what free() takes */
    vd_bucket *buckets;
    uint32_t n_buckets; /* a power of two */
    uint32_t n;
} vd_table;

/* The until events of the event being fed: they strike when it is over. */
typedef struct vd_until {
    VD_VEC(vd_candidate) all; /* of one event and rule */
} vd_until;

struct vd_sequencer {
    vd_seq_rule *rules;
    size_t n_rules;
    vd_pool cells, links;
    vd_table table;
    vd_age_class *classes;
    uint32_t n_classes;
    uint32_t *heap; /* classes with a span, smallest due first */
    uint32_t n_heap;
    int64_t due; /* smallest due of all classes */
    uint64_t max_state;
    bool unordered;
    int64_t now; /* unordered: time of arrival */
    vd_sequence_found found;
    vd_sequence_hold hold, release;
    void *ctx;
    vd_until until;
    uint64_t *events; /* of the match being reported */
    struct vd_sample_room *sample;
    vd_sequence_stats stats;
    vd_arena arena; /* rules, classes, scratch: what lives as long as the sequencer */
};

static inline vd_cell *vd_seq_cell(const vd_sequencer *seq, uint32_t c)
{
    return vd_pool_at(&seq->cells, c);
}
static inline vd_link *vd_seq_link(const vd_sequencer *seq, uint32_t l)
{
    return vd_pool_at(&seq->links, l);
}
static inline vd_note *vd_seq_note(const vd_sequencer *seq, uint32_t l)
{
    return vd_pool_at(&seq->links, l);
}
static inline vd_extra *vd_seq_extra(const vd_sequencer *seq, const vd_cell *cell)
{
    return vd_pool_at(&seq->links, cell->extra);
}

/* ts + span, at most INT64_MAX. span is not negative; INT64_MAX is without end. */
static inline int64_t vd_ts_add(int64_t ts, int64_t span)
{
    int64_t sum;
    if (span == INT64_MAX) return INT64_MAX;
    return __builtin_add_overflow(ts, span, &sum) ? INT64_MAX : sum;
}

/* table.c: from (rule, slot, key) to a cell */
/* One more may be put without growing. */
static inline bool vd_table_has_room(const vd_table *t) { return t->n < 5 * t->n_buckets; }
void vd_table_init(vd_table *t);
void vd_table_fini(vd_table *t);
uint64_t vd_table_bytes(const vd_table *t);
/* Twice the slots. */
void vd_table_grow(vd_table *t);
/* The cell stored there, or VD_CELL_NONE. */
uint32_t vd_table_find(const vd_sequencer *seq, uint32_t rule, uint16_t slot,
                       const uint64_t key[2]);
/* See vd_sequencer_ahead. */
void vd_table_ahead(const vd_sequencer *seq, uint32_t rule, uint16_t slot, const uint64_t key[2],
                    bool near);
/* Stores a cell under its own rule, slot and key, where there is none. */
void vd_table_add(vd_sequencer *seq, uint32_t c);
/* The same wherever it is; gives the one it replaces, or VD_CELL_NONE. */
uint32_t vd_table_put(vd_sequencer *seq, uint32_t c);
/* Removes the entry that names this cell. */
void vd_table_remove(vd_sequencer *seq, uint32_t c);

/* age.c: who is oldest and whose time is over */
/* Makes the classes of all rules' spans and puts them into the heap. */
void vd_age_init(vd_sequencer *seq);
/* Appends a cell to its class, by its state and rule. */
void vd_age_append(vd_sequencer *seq, uint32_t c);
void vd_age_unlink(vd_sequencer *seq, uint32_t c);
/* Ends every cell that no event after `watermark` can reach. */
void vd_age_expire(vd_sequencer *seq, int64_t watermark);
/* Ends every cell. */
void vd_age_finish(vd_sequencer *seq);
/* The same at once, without the way of each cell out of table, list and pool; whether that
 * may be, and is worth while. */
void vd_age_clear(vd_sequencer *seq);
bool vd_age_may_clear(const vd_sequencer *seq);
/* Drops the oldest cell; false: there is none. */
bool vd_age_evict(vd_sequencer *seq);

/* cell.c: making, letting go, reporting */
/* There is room for whatever one candidate may add: a cell, a link with its extra
 * or note, a place in the table. */
static inline bool vd_seq_has_room(const vd_sequencer *seq)
{
    return seq->cells.room >= 1 && seq->links.room >= 2 && vd_table_has_room(&seq->table);
}
/* Makes it, by growing below max_state, else by dropping the oldest cells. */
void vd_seq_make_room(vd_sequencer *seq);
/* Bytes of pools and table. */
uint64_t vd_seq_bytes(const vd_sequencer *seq);
/* A new cell for the candidate's rule and key, in its age list and not in the table. A
 * waiting one of a rule with missing stages gets its extra. */
uint32_t vd_cell_new(vd_sequencer *seq, const vd_candidate *c, vd_cell_state state, uint16_t slot);
/* Releases the cell's events and frees it. It must have left table and queue. */
void vd_cell_free(vd_sequencer *seq, uint32_t c);
/* Hangs an event on the chain; gives the link. */
uint32_t vd_cell_push(vd_sequencer *seq, vd_cell *cell, uint64_t event);
/* Releases all events of the chain. */
void vd_cell_release(vd_sequencer *seq, vd_cell *cell);
/* Tells the caller of a complete sequence. */
void vd_cell_report(vd_sequencer *seq, const vd_cell *cell);
/* Takes a waiting partial out of its slot. */
void vd_slot_leave(vd_sequencer *seq, uint32_t c);

/* missing.c: the stages ![ ] */
/* A candidate of a missing stage. */
void vd_missing_feed(vd_sequencer *seq, vd_seq_rule *rule, const vd_candidate *c, uint16_t gap);
/* The leading event that a sequence starting now must answer for, or VD_NO_TS. */
int64_t vd_missing_lead(const vd_sequencer *seq, const vd_seq_rule *rule, const vd_candidate *c);
/* A partial of a rule with missing stages is complete: report, hold or forget it. */
void vd_missing_complete(vd_sequencer *seq, vd_seq_rule *rule, uint32_t c);
/* Nothing can speak against a held result any more. */
void vd_missing_settle(vd_sequencer *seq, uint32_t c);
/* Takes a held or ready result out of everything but its age list, and reports
 * what it stood in front of. */
void vd_missing_forget(vd_sequencer *seq, uint32_t c);

/* sample.c */
/* Scratch for rules of at most n items; 0: none needed. */
void vd_sample_init(vd_sequencer *seq, uint16_t n);
void vd_sample_feed(vd_sequencer *seq, const vd_seq_rule *rule, const vd_candidate *c);
/* Reports the samples of all keys; the cells stay. */
void vd_sample_report(vd_sequencer *seq);

#endif
