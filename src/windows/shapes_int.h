/* windows/shapes_int.h - private to shapes*.c and xml*.c */
#ifndef VD_WINDOWS_SHAPES_INT_H
#define VD_WINDOWS_SHAPES_INT_H

#include "base/arena.h"
#include "base/map.h"
#include "base/vec.h"
#include "windows/shapes.h"

/* ---- shapes_cut.c: JSON taken apart without a tree ---- */

typedef enum vd_cut_kind { VD_CUT_STRING, VD_CUT_SCALAR, VD_CUT_OBJECT, VD_CUT_ARRAY } vd_cut_kind;

/* A value where it stands: a string without its quotes, a scalar's letters, an object or
 * array with its brackets. */
typedef struct vd_cut {
    vd_cut_kind kind;
    vd_str raw;
} vd_cut;

/* The members of an object or elements of an array, one after another. */
typedef struct vd_cut_iter {
    const char *at, *end;
    bool started, broken;
} vd_cut_iter;

/* The one value that text is, white space around it allowed; false: it is none. */
bool vd_cut_whole(vd_str text, vd_cut *out);
/* The value that text begins with: bytes of it, or 0 if it is none or does not end. */
size_t vd_cut_first(vd_str text, vd_cut *out);
/* `v` is an object or array. */
vd_cut_iter vd_cut_open(const vd_cut *v);
/* false: at the end, or it->broken. key: without quotes, escapes as they are. */
bool vd_cut_member(vd_cut_iter *it, vd_str *key, vd_cut *value);
bool vd_cut_element(vd_cut_iter *it, vd_cut *value);
/* After a member broke the iteration: its name, and what there is of its value, if that
 * much can be told. */
bool vd_cut_broken_member(const vd_cut_iter *it, vd_str *key, vd_cut *value);
/* The text of a string with its escapes read, of a scalar its letters (null: empty), of
 * an object or array its JSON. In `a` if it had escapes. false: a bad escape. */
bool vd_cut_text(vd_arena *a, const vd_cut *v, vd_str *out);
/* The member of that name, or false. */
bool vd_cut_get(const vd_cut *object, vd_str key, vd_cut *out);

/* The value of a digit in base 10 or 16, or 16 if it is none. */
static inline unsigned vd_digit(char c, bool hex)
{
    unsigned char low = vd_ascii_lower((unsigned char)c);
    if (low >= '0' && low <= '9') return low - (unsigned)'0';
    return hex && low >= 'a' && low <= 'f' ? low - (unsigned)'a' + 10 : 16;
}

/* ---- shapes_time.c ---- */

typedef enum vd_zone_of { VD_ZONE_OWN, VD_ZONE_NONE } vd_zone_of;

/* Reads a time to nanoseconds since 1970 UTC: ISO 8601 with T or a blank, fractions to
 * nine digits, Z, UTC, +hh[:mm] or no zone (then tz's, and *zone says so; zone may
 * be NULL); digits (seconds, or milliseconds, microseconds, nanoseconds by their size,
 * with a fraction or not); /Date(milliseconds)/. */
bool vd_win_time(vd_str s, const vd_offsets *tz, int64_t *ns, vd_zone_of *zone);

/* ---- shapes_field.c: what a value is in the record ---- */

typedef enum vd_win_field {
    VD_WF_DATA, /* no field of the record's head: a pair */
    VD_WF_IGNORE,
    VD_WF_CHANNEL,
    VD_WF_PROVIDER,
    VD_WF_GUID,
    VD_WF_SOURCE,        /* provider's name if nothing names it better */
    VD_WF_SOURCE_NAME,   /* EventSourceName */
    VD_WF_COMPUTER,
    VD_WF_COLLECTOR,     /* computer if nothing names it better */
    VD_WF_SID,
    VD_WF_USER_NAME,
    VD_WF_USER_DOMAIN,
    VD_WF_USER_TYPE,
    VD_WF_HOST_ID,
    VD_WF_ACTIVITY,
    VD_WF_RELATED,
    VD_WF_LEVEL,
    VD_WF_TASK,
    VD_WF_OPCODE,
    VD_WF_MESSAGE,
    VD_WF_KEYWORDS,
    VD_WF_EVENT_ID,
    VD_WF_QUALIFIERS,
    VD_WF_PID,
    VD_WF_TID,
    VD_WF_VERSION,
    VD_WF_RECORD_ID,
    VD_WF_TIME,          /* the event's own clock */
    VD_WF_TIMESTAMP,     /* @timestamp: counts if no other does */
    VD_WF_NXLOG_TYPE,    /* EventType of NXLog, or data */
    VD_WF_REGISTRY_TYPE, /* the data of that name, which NXLog renames */
    VD_WF_NXLOG_VALUE,   /* SeverityValue */
    VD_WF_DESCEND,       /* an object on the way to such fields */
    VD_WF_EVENT_DATA,
    VD_WF_USER_DATA,
    VD_WF_PAYLOAD,       /* EvtxECmd: a text that is JSON with the data */
    VD_WF_BESIDE
} vd_win_field;

typedef VD_VEC(char) vd_members; /* of a JSON object, without its braces */

struct vd_shapes {
    vd_shapes_options options;
    struct vd_names *names; /* by vd_form: path to vd_win_field */
    vd_arena a;      /* texts of the record */
    VD_VEC(vd_win_pair) data;
    vd_members beside;
    vd_members composed;   /* of vd_shape_unwrap and vd_shape_with_action */
    vd_members action;     /* from a bulk action line */
    bool zone_seen;
    int zone_minutes;
    /* Of the record being read. */
    vd_win_record *out;
    bool failed;
    bool has_event_id;
    vd_str source, collector, index;
    int64_t timestamp_ns, utc_ns, local_ns;
    bool has_timestamp, has_utc;
    bool has_local, has_zoned; /* times of the record without a zone and with one */
};

/* Forgets the last record and makes *out empty. */
void vd_fields_begin(vd_shapes *s, vd_win_record *out);
/* Files a text under a field; false: that field cannot take it (no number). */
bool vd_field_put(vd_shapes *s, vd_win_field field, vd_str text);
/* Adds a pair; an empty name becomes param and the pair's number, as in Winlogbeat. */
void vd_field_data(vd_shapes *s, vd_str name, vd_str value);
/* What is only known when all is read: time, names of second choice. false: no record. */
bool vd_fields_end(vd_shapes *s);
/* Whole text is a number in decimal or 0x form, up to 64 bits; negative ones wrap. */
bool vd_field_number(vd_str text, uint64_t *out);

/* ---- shapes_names.c: the names in each form ---- */

typedef struct vd_names vd_names;

typedef enum vd_form {
    VD_FORM_FLAT,  /* collectors */
    VD_FORM_ECMD,  /* EvtxECmd's own columns, the data as JSON in Payload */
    VD_FORM_EVENT, /* System, EventData, with or without an Event around */
    VD_FORM_BEAT,  /* winlog.* */
    VD_FORM_BEAT6, /* Winlogbeat before 7: event_id, log_name, event_data */
    VD_FORM_NONE
} vd_form;

vd_names *vd_names_new(void);
void vd_names_free(vd_names *names);
/* What stands at that dotted path in that form; VD_WF_DATA if the form does not know it. */
vd_win_field vd_names_find(const vd_names *names, vd_form form, vd_str path);

/* What a document is, with the form of a Windows record. */
vd_shape vd_shape_look(const vd_cut *document, vd_form *form);
/* The beginning of a document that is cut off says that it has to be read here. */
bool vd_shape_hint(vd_str text);

/* ---- shapes_envelope.c ---- */

/* Appends `"key":value`. */
void vd_members_add(vd_members *m, vd_str key, const vd_cut *value);

/* ---- xml.c: tokens ---- */

#define VD_XML_MAX_DEPTH 32
#define VD_XML_MAX_ATTRIBUTES 16

typedef enum vd_xml_kind { VD_XML_OPEN, VD_XML_CLOSE, VD_XML_TEXT, VD_XML_END } vd_xml_kind;

typedef struct vd_xml_token {
    vd_xml_kind kind;
    vd_str name; /* local name of an element; of an empty one a CLOSE follows */
    vd_str text; /* entities read */
    struct {
        vd_str name, value;
    } attributes[VD_XML_MAX_ATTRIBUTES];
    uint32_t n_attributes;
} vd_xml_token;

typedef struct vd_xml {
    vd_arena *a; /* for texts with entities */
    vd_str text;
    size_t at;
    bool empty; /* the element just opened is closed at once */
    vd_str empty_name;
} vd_xml;

/* The next token; VD_FORMAT with the position in x->text if there is none. */
int vd_xml_token_next(vd_xml *x, vd_xml_token *out, vd_err *err);
vd_str vd_xml_attribute(const vd_xml_token *t, vd_str name);

#endif
