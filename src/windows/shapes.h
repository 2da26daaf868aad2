/* windows/shapes.h - JSON and XML that hold Windows records
 *
 * Idea      Tells what a document is, and reads it as a vd_win_record where it is one:
 *           flat JSON of collectors (NXLog, the Security-Datasets recordings: EventID,
 *           Channel, ...), winlog.* documents of Winlogbeat and Elastic Agent before
 *           their pipelines, {"Event":{"System":..,"EventData":..}} as evtx_dump,
 *           EvtxECmd, Velociraptor and Sigma's regression data write it, and
 *           <Event xmlns=..> XML.
 * Lifetime  A record and its slices live until the next call with the same vd_shapes.
 * Errors    What is no whole record is none: the caller passes the line on, and the
 *           event parser says what is wrong with it.
 * Limits    VD_MAX_JSON_DEPTH objects inside each other; an <Event> of VD_XML_MAX_DEPTH
 *           elements. */
#ifndef VD_WINDOWS_SHAPES_H
#define VD_WINDOWS_SHAPES_H

#include "base/offsets.h"
#include "base/err.h"
#include "windows/record.h"

typedef enum vd_shape {
    VD_SHAPE_NONE,     /* not JSON that we know: left to the event parser to say */
    VD_SHAPE_ECS,      /* an ECS document: goes on as it is */
    VD_SHAPE_WINDOWS,  /* a Windows record */
    VD_SHAPE_ENVELOPE, /* Elasticsearch's own: a hit, an answer with hits; see
                          vd_shape_unwrap */
    VD_SHAPE_ACTION    /* a bulk action line: what it says of _index and _id belongs to the
                          document on the next line, see vd_shape_action */
} vd_shape;

typedef struct vd_shapes_options {
    const vd_offsets *input_tz; /* zone of times that name none; NULL: UTC */
} vd_shapes_options;

typedef struct vd_shapes vd_shapes;

vd_shapes *vd_shapes_new(const vd_shapes_options *options);
void vd_shapes_free(vd_shapes *s);

/* What the JSON document is. Cheap: looks at the top level, and one level below where the
 * answer lies there. VD_PADDING readable bytes behind n. */
vd_shape vd_shape_of(vd_shapes *s, const char *json, size_t n);
/* The document has to be read here before the event parser can make sense of it: a
 * Windows record, a hit that holds one, an answer with hits, a bulk action line. */
bool vd_shape_needs(vd_shapes *s, const char *json, size_t n);
/* One of the documents in the first bytes of an input (lines, an array, or one after
 * another; the last may be cut off) does. */
bool vd_shapes_wanted(vd_shapes *s, vd_str head);
/* Reads a VD_SHAPE_WINDOWS document; false if it is none after all. The record lives
 * until the next call. Its time is that of the record if it names a zone (TimeCreated),
 * else UtcTime of its data, then a time without a zone, then @timestamp; never the time of
 * receipt. */
bool vd_shape_record(vd_shapes *s, const char *json, size_t n, vd_win_record *out);
/* What stood beside the record that was read last and has no place in it (_id, agent,
 * labels, tags, ...), as members of a JSON object without its braces; empty if there is
 * none. Lives as long as the record. */
vd_str vd_shape_beside(const vd_shapes *s);
/* The _index of that record, as the inside of a JSON string; empty if it names none. */
vd_str vd_shape_index(const vd_shapes *s);
bool vd_shape_is_action(const char *json, size_t n);
/* Takes note of a VD_SHAPE_ACTION line for the next vd_shape_with_action. */
void vd_shape_action(vd_shapes *s, const char *json, size_t n);
/* The document with the _index and _id of the action line before it, once; the document
 * itself if there was none. Lives until the next call of it. */
vd_str vd_shape_with_action(vd_shapes *s, vd_str json);
/* Calls f for every document inside an envelope. A hit whose _source is a Windows record
 * comes as that record with _index and _id put in; every other hit comes as it is, for the
 * event parser knows it. f must not call vd_shape_unwrap. */
void vd_shape_unwrap(vd_shapes *s, const char *json, size_t n,
                     void (*f)(void *ctx, const char *json, size_t n), void *ctx);
/* Records came by that have both a clock in UTC and a local time without a zone, and the
 * local one ran in another zone than input_tz says: *minutes gets it. */
bool vd_shape_zone_seen(const vd_shapes *s, int *minutes);

/* XML: the next <Event ..>..</Event> in text from *at on; moves *at behind it. false: no
 * more whole event. True with err->code set (which the caller clears before): the event
 * there is broken and *out says nothing. */
bool vd_xml_next(vd_shapes *s, vd_str text, size_t *at, vd_win_record *out, vd_err *err);
/* Behind the next </Event> at or behind `from`, or SIZE_MAX: where text may be cut. */
size_t vd_xml_event_end(vd_str text, size_t from);

#endif
