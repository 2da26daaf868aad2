/* event/event.h - a document as a record of field slots
 *
 * Idea      Rules name a few hundred fields; a document has a hundred others. A
 *           vd_extract is a trie of the wanted paths; vd_event_parse walks one
 *           document's structural index (simdjson, stage 1) with it and files
 *           the values it meets under their slots, coerced to the field's type.
 * Use       vd_extract_new once; per thread vd_event_new; per line
 *           vd_event_parse, then the accessors.
 * Layout    slot -> first value -> next value ... ; values stand in one array.
 * Lifetime  Values and their strings live until the next parse or free of the
 *           same vd_event; strings without escapes point into the document.
 * Threads   A vd_extract is read-only and shared; a vd_event belongs to one thread.
 * Errors    A bad document gives a vd_fault and no record. A value that cannot be
 *           coerced is missing and counted; its document lives on.
 * Cost      No allocation once buffers have grown to the largest document. */
#ifndef VD_EVENT_EVENT_H
#define VD_EVENT_EVENT_H

#include "base/err.h"
#include "base/json.h"
#include "field/field.h"

typedef struct vd_extract vd_extract;
typedef struct vd_event vd_event;

/* Why a document or value was refused. Name and sentence per row. */
#define VD_FAULT_MAP(X)                                                                            \
    X(NONE, "none", "no fault")                                                                    \
    X(BROKEN, "broken_json", "not valid JSON")                                                     \
    X(NOT_OBJECT, "not_an_object", "the document is not a JSON object")                            \
    X(DUPLICATE, "duplicate_key", "the same key twice in one object")                              \
    X(UTF8, "invalid_utf8", "not valid UTF-8")                                                     \
    X(NUL, "nul_byte", "a NUL byte in the text")                                                   \
    X(DEPTH, "too_deep", "objects or arrays nested too deeply")                                    \
    X(TOO_LONG, "line_too_long", "longer than --max-line")                                         \
    X(NO_TIME, "no_timestamp", "no timestamp, or one that is no time")                             \
    X(OBJECT_VALUE, "object_for_value", "an object where a value is expected")                     \
    X(NUMBER, "number_out_of_range", "a number that its field cannot hold")                        \
    X(TYPE, "wrong_type", "a value that its field's type cannot take")                             \
    X(SURROGATE, "lone_surrogate", "half of a surrogate pair in a string")                         \
    X(ESCAPE, "bad_escape", "a backslash in a string that JSON does not have")                     \
    X(META, "metadata_field", "a metadata field (_index, _id, _source) inside the document")

typedef enum vd_fault {
#define X(id, name, text) VD_FAULT_##id,
    VD_FAULT_MAP(X)
#undef X
        VD_FAULT_COUNT
} vd_fault;

const char *vd_fault_name(vd_fault fault);
const char *vd_fault_text(vd_fault fault);

/* Builds the trie. Slot i of every event made with it is fields[i] (aliases are
 * followed to the field they stand for; several slots may name one field).
 * The schema is read now and need not live on. */
vd_extract *vd_extract_new(const vd_schema *schema, const vd_field_id *fields, size_t n);
void vd_extract_free(vd_extract *x);
size_t vd_extract_bytes(const vd_extract *x);

vd_event *vd_event_new(const vd_extract *x);
void vd_event_free(vd_event *ev);

/* Reads one document. `json` must have VD_PADDING readable bytes behind `len`.
 * An envelope {"_index":..,"_id":..,"_source":{..}} counts as its _source, with
 * _index and _id as fields of the document. Returns VD_FAULT_NONE or why there
 * is no record; fault_pos (may be NULL) gets the byte position if known.
 * Coercion (Elasticsearch's mapper rules): keyword takes a number's own text and
 * true/false; long takes "445", 445.7 is cut to 445 (coerce), out of range is
 * missing; boolean takes "true"/"false"/""; ip becomes canonical; date by
 * base/clock.h; explicit null is missing unless the field has a null_value;
 * strings over ignore_above are missing; an object for a wanted leaf is missing. */
vd_fault vd_event_parse(vd_event *ev, const char *json, size_t len, size_t *fault_pos);

/* Whether the last document was an envelope: had an object as its _source. */
bool vd_event_enveloped(const vd_event *ev);

/* Whether the last document has a member of exactly this name, dots and all, at its top,
 * whatever its value. `name`: a field the vd_extract was made with, or one above it. */
bool vd_event_has_member(const vd_event *ev, vd_str name);

/* First value of a slot or VD_NO_VALUE; follow vd_event_value(..)->next. */
uint32_t vd_event_first(const vd_event *ev, uint32_t slot);
const vd_value *vd_event_value(const vd_event *ev, uint32_t index);
/* The first value of a slot, or NULL. */
const vd_value *vd_event_get(const vd_event *ev, uint32_t slot);
/* Values filed for a slot. */
uint32_t vd_event_count(const vd_event *ev, uint32_t slot);

/* Whether something was filed for a slot; it may turn out to be no value once it is read. */
bool vd_event_has(const vd_event *ev, uint32_t slot);

/* Values of the last document that could not be read, at most 8 kept. Escapes in a
 * string, dates and addresses are read when their slot is first looked at: faults in them are
 * known then. */
typedef struct vd_value_fault {
    uint32_t slot;
    vd_fault fault;
} vd_value_fault;
size_t vd_event_value_faults(const vd_event *ev, const vd_value_fault **out);

/* The whole document as a tree, for alerts and output; lenient where a strict
 * reader is not (numbers beyond 64 bits keep their text, a lone surrogate
 * becomes U+FFFD). NULL if it is no object. For the cold path: allocates. */
vd_json *vd_event_tree(const char *json, size_t len);

#endif
