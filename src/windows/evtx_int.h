/* windows/evtx_int.h - private to the EVTX reader
 *
 * Layout of a chunk, all numbers little-endian, all offsets from the chunk's start:
 *
 *     0    "ElfChnk\0"; at 48 where free space begins, at 52 and 124 the checksums
 *     512  records: "**\0\0", size, id, time of writing, binary XML, size again
 *
 * Words     A *template* is a piece of XML with holes, once in a chunk; an *instance* is
 *           a reference to it and the values for its holes. A *plan* is a template
 *           compiled to what its values mean: a field of System, or a pair of EventData.
 * Files     evtx.c chunks and records; evtx_plan.c tokens to plans; evtx_fields.c what an
 *           element of System is; evtx_run.c plans to records; evtx_values.c values to
 *           text; evtx_utf16.c; evtx_crc.c.
 * Trust     None. Everything read goes through the bounds of the chunk, depth is bounded,
 *           and `work` ends what expands without end: a few bytes can refer to each other
 *           so that they stand for terabytes. */
#ifndef VD_WINDOWS_EVTX_INT_H
#define VD_WINDOWS_EVTX_INT_H

#include "base/arena.h"
#include "base/limits.h"
#include "base/vec.h"
#include "windows/evtx.h"

#define VD_EVTX_CHUNK_HEAD 512u

/* Types of values, as they are numbered in the file; an array has VD_BX_ARRAY set. */
enum {
    VD_BX_NULL = 0x00,
    VD_BX_STRING = 0x01,
    VD_BX_ANSI = 0x02,
    VD_BX_INT8 = 0x03,
    VD_BX_UINT8 = 0x04,
    VD_BX_INT16 = 0x05,
    VD_BX_UINT16 = 0x06,
    VD_BX_INT32 = 0x07,
    VD_BX_UINT32 = 0x08,
    VD_BX_INT64 = 0x09,
    VD_BX_UINT64 = 0x0a,
    VD_BX_REAL32 = 0x0b,
    VD_BX_REAL64 = 0x0c,
    VD_BX_BOOL = 0x0d,
    VD_BX_BINARY = 0x0e,
    VD_BX_GUID = 0x0f,
    VD_BX_SIZE = 0x10,
    VD_BX_FILETIME = 0x11,
    VD_BX_SYSTEMTIME = 0x12,
    VD_BX_SID = 0x13,
    VD_BX_HEX32 = 0x14,
    VD_BX_HEX64 = 0x15,
    VD_BX_HANDLE = 0x20,
    VD_BX_BINXML = 0x21,
    VD_BX_XML = 0x23,
    VD_BX_ARRAY = 0x80
};

/* A value of an instance: bytes of the chunk. */
typedef struct vd_bx_value {
    uint32_t at;
    uint16_t size;
    uint8_t type;
} vd_bx_value;

/* Where an element stands, as far as it decides what its content means. */
typedef enum vd_evtx_context {
    VD_IN_DOCUMENT,  /* nothing open yet */
    VD_IN_EVENT,     /* in <Event> */
    VD_IN_SYSTEM,    /* in <System> */
    VD_IN_FIELD,     /* in an element of System or RenderingInfo that is a field */
    VD_IN_RENDERING, /* in <RenderingInfo> */
    VD_IN_EVENTDATA, /* in <EventData> */
    VD_IN_USERDATA,  /* in <UserData> */
    VD_IN_DATA,      /* in an element that is a pair unless it has elements itself */
    VD_IN_NOTHING    /* in something that says nothing to us */
} vd_evtx_context;

/* Part of a text: some of the template, or a value. */
typedef struct vd_evtx_piece {
    vd_str text;   /* if value < 0 */
    int32_t value; /* number of the value */
} vd_evtx_piece;

typedef enum vd_evtx_verb {
    VD_EVTX_FIELD,     /* pieces are the field (evtx_fields.c) */
    VD_EVTX_PAIR,      /* pieces are the value of a pair of this name, or of param<n> */
    VD_EVTX_NAME,      /* pieces are the name of the next pair */
    VD_EVTX_EMBED,     /* value `first`, if it is binary XML, stands here */
    VD_EVTX_INSTANCE,  /* the instance at offset `first` stands here */
    VD_EVTX_UNLESS,    /* if value `first` is null go on at step `n` */
    VD_EVTX_USER_DATA, /* UserData's element has this name */
} vd_evtx_verb;

typedef struct vd_evtx_step {
    uint8_t verb;
    uint8_t field;
    uint8_t context;   /* of what is embedded */
    bool named;        /* a pair whose name the step before gave */
    uint32_t first, n; /* pieces */
    vd_str name;
} vd_evtx_step;

/* Lives in the arena it was compiled with. */
typedef struct vd_evtx_plan {
    const vd_evtx_step *steps;
    const vd_evtx_piece *pieces;
    uint32_t n_steps;
    uint32_t end;       /* offset behind the last token read */
    const char *damage; /* why the reading ended early, else NULL */
    uint32_t damage_at;
    uint32_t key;              /* offset and context */
    struct vd_evtx_plan *next; /* with the same hash */
} vd_evtx_plan;

typedef struct vd_evtx_name {
    uint32_t at; /* 0: empty */
    vd_str text;
} vd_evtx_name;

#define VD_EVTX_NAMES 512u /* names remembered a chunk, by offset */
#define VD_EVTX_PLANS 256u

struct vd_evtx {
    /* the chunk */
    const uint8_t *base;
    uint32_t size;    /* its bytes */
    uint32_t at, end; /* next record; where the chunk's header says that they end */
    uint64_t last_id; /* id of the last record */
    bool any;         /* a record was given */
    vd_arena chunk;   /* plans and names */
    vd_evtx_plan *plans[VD_EVTX_PLANS];
    vd_evtx_name names[VD_EVTX_NAMES];
    uint64_t chunk_work; /* left for the chunk and for the record */
    uint64_t work;
    /* the record */
    vd_win_record record;
    VD_VEC(vd_win_pair) pairs;
    VD_VEC(vd_bx_value) values; /* of the instances that are being read, innermost last */
    vd_arena more;              /* what does not fit into text */
    char *text, *text_at, *text_end;
    vd_str pair_name; /* what VD_EVTX_NAME gave */
    vd_evtx_damage damage;
    /* scratch of the compiler */
    VD_VEC(vd_evtx_step) steps;
    VD_VEC(vd_evtx_piece) pieces;
};

static inline uint32_t vd_le16(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}
static inline uint32_t vd_le32(const uint8_t *p)
{
    return vd_le16(p) | vd_le16(p + 2) << 16;
}
static inline uint64_t vd_le64(const uint8_t *p)
{
    return (uint64_t)vd_le32(p) | (uint64_t)vd_le32(p + 4) << 32;
}

/* Bytes [at, at + n) lie in the chunk. */
static inline bool vd_evtx_has(const vd_evtx *r, uint64_t at, uint64_t n)
{
    return at <= r->size && n <= r->size - at;
}

/* Notes the first damage of a record. */
void vd_evtx_tell(vd_evtx *r, uint32_t at, const char *what);
/* Takes `units` of the work that the record may make (about one a step or 16 bytes);
 * false, and told, if none is left. */
bool vd_evtx_spend(vd_evtx *r, uint64_t units);

/* --- evtx_plan.c -------------------------------------------------------------------- */

/* Compiles the tokens of bytes [at, end) until an end-of-stream token. `dependencies`: its
 * elements say which value they depend on, as those of templates do. The plan and its
 * texts live in a. Never NULL. */
vd_evtx_plan *vd_evtx_compile(vd_evtx *r, vd_arena *a, uint32_t at, uint32_t end,
                              vd_evtx_context context, bool dependencies);

/* An instance taken apart. */
typedef struct vd_evtx_instance {
    uint32_t body, body_end; /* the template's tokens */
    uint32_t values;         /* offset of the list of sizes and types */
    uint32_t n_values;
    uint32_t end; /* offset behind it */
} vd_evtx_instance;

/* Reads the instance whose token is at `at`, in bytes that end at `end`. NULL if it could
 * be read, else what is wrong. */
const char *vd_evtx_instance_read(const vd_evtx *r, uint32_t at, uint32_t end,
                                  vd_evtx_instance *out);

/* --- evtx_fields.c ------------------------------------------------------------------- */

#define VD_EVTX_NO_FIELD 255

/* The field of element (of the context) and attribute ("" for its content). */
uint8_t vd_evtx_field_find(vd_evtx_context in, vd_str element, vd_str attribute);
/* Sets it from a text, which must live as long as the record. */
void vd_evtx_field_text(vd_win_record *rec, uint8_t field, vd_str text);
/* Sets it from a value. */
void vd_evtx_field_value(vd_evtx *r, uint8_t field, const vd_bx_value *v);

/* --- evtx_run.c ----------------------------------------------------------------------- */

/* Fills r->record from the binary XML of bytes [at, end). */
void vd_evtx_read_xml(vd_evtx *r, uint32_t at, uint32_t end);

/* --- evtx_values.c -------------------------------------------------------------------- */

/* n bytes for text that lives as long as the record; NULL (told) if it has used up its
 * work. What was not needed is given back by moving r->text_at. */
char *vd_evtx_room(vd_evtx *r, size_t n);
/* A value as text: of an array, its items with ", " between. */
vd_str vd_evtx_text(vd_evtx *r, const vd_bx_value *v);
/* Takes the first item off an array; false if it is empty. */
bool vd_evtx_item(const vd_evtx *r, vd_bx_value *rest, vd_bx_value *item);
/* An integer of any type and size; 0 of what is none. */
uint64_t vd_evtx_number(const vd_evtx *r, const vd_bx_value *v);
/* FILETIME or SYSTEMTIME as nanoseconds since 1970; false if it is none or does not fit. */
bool vd_evtx_time(const vd_evtx *r, const vd_bx_value *v, int64_t *ns);

/* --- evtx_utf16.c, evtx_crc.c ---------------------------------------------------------- */

/* Writes n UTF-16 units as UTF-8 and returns the bytes. out has room for 3 * n + 16;
 * halves of surrogate pairs become U+FFFD. */
size_t vd_utf16_put(const uint8_t *p, size_t n, char *out);
/* CRC-32 as in IEEE 802.3; crc is 0, or what the bytes before gave. */
uint32_t vd_crc32(uint32_t crc, const uint8_t *p, size_t n);

#endif
