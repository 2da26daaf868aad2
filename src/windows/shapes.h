/* windows/shapes.h - JSON and XML that hold Windows records
 *
 * Tells what a document is, and reads it as a vd_win_record where it is one:
 * flat JSON of collectors (NXLog, the Security-Datasets recordings: EventID, Channel,
 * ...), winlog.* documents of Winlogbeat and Elastic Agent before their pipelines,
 * {"Event":{"System":..,"EventData":..}} as evtx_dump, EvtxECmd, Velociraptor and Sigma's
 * regression data write it, and <Event xmlns=..> XML. */
#ifndef VD_WINDOWS_SHAPES_H
#define VD_WINDOWS_SHAPES_H

#include "base/err.h"
#include "windows/record.h"

typedef enum vd_shape {
    VD_SHAPE_NONE,     /* not JSON that we know: left to the event parser to say */
    VD_SHAPE_ECS,      /* an ECS document: goes on as it is */
    VD_SHAPE_WINDOWS,  /* a Windows record */
    VD_SHAPE_ENVELOPE  /* Elasticsearch's own: a hit, a bulk action line, an answer with
                          hits.hits; see vd_shape_unwrap */
} vd_shape;

typedef struct vd_shapes_options {
    int input_tz_minutes; /* zone of times that name none, minutes east of UTC */
} vd_shapes_options;

typedef struct vd_shapes vd_shapes;

vd_shapes *vd_shapes_new(const vd_shapes_options *options);
void vd_shapes_free(vd_shapes *s);

/* What the JSON document is. Cheap: looks at the top level only. VD_PADDING readable
 * bytes behind n. */
vd_shape vd_shape_of(vd_shapes *s, const char *json, size_t n);
/* Reads a VD_SHAPE_WINDOWS document; false if it is none after all. The record lives
 * until the next call. The event's own clock decides (UtcTime, TimeCreated, then
 * @timestamp), never the time of receipt. */
bool vd_shape_record(vd_shapes *s, const char *json, size_t n, vd_win_record *out);
/* Calls f for every document inside an envelope: `_source` of hits (with _index and _id
 * kept beside it), the documents of bulk pairs (an action line gives nothing). */
void vd_shape_unwrap(vd_shapes *s, const char *json, size_t n,
                     void (*f)(void *ctx, const char *json, size_t n), void *ctx);

/* XML: the next <Event ..>..</Event> in text from *at on; moves *at behind it. false: no
 * more whole event. A broken one is told in *err and passed over. */
bool vd_xml_next(vd_shapes *s, vd_str text, size_t *at, vd_win_record *out, vd_err *err);

#endif
