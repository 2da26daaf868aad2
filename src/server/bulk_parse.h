/* server/bulk_parse.h - the body of a bulk request, item by item
 *
 * Idea      One pass over the body: an action line, then (but for delete) a line with the
 *           document, which is handed out as it stands. Action lines are a few dozen bytes of
 *           one plain form nearly always, which a small scanner reads; what it does not
 *           understand goes through the JSON parser, which also finds the words for what is
 *           wrong.
 * Use       vd_bulk_begin, then vd_bulk_next until it gives no item.
 * Lifetime  Slices point into the body or the arena.
 * Not here  Whether the document is good: store/intake.h.
 * Source    Elasticsearch API docs, "Bulk index or delete documents"; messages as
 *           elastic/elasticsearch BulkRequestParserTests expects them. */
#ifndef VD_SERVER_BULK_PARSE_H
#define VD_SERVER_BULK_PARSE_H

#include "base/arena.h"
#include "base/err.h"

typedef enum vd_bulk_op { VD_BULK_CREATE, VD_BULK_INDEX, VD_BULK_UPDATE, VD_BULK_DELETE } vd_bulk_op;

/* "create", "index", "update", "delete". */
const char *vd_bulk_op_name(vd_bulk_op op);

typedef struct vd_bulk_item {
    vd_bulk_op op;      /* index with op_type create counts as create */
    vd_str index;       /* empty: not given */
    vd_str id;
    bool has_id;        /* _id was given, though it may be empty */
    bool conditional;   /* if_seq_no, if_primary_term or version was given */
    vd_str source;      /* the document's line without its end; empty for delete */
    size_t line;        /* of the action, from 1 */
} vd_bulk_item;

typedef struct vd_bulk {
    vd_str body;
    size_t at, line;
    vd_arena *a;
} vd_bulk;

/* VD_FORMAT: the body is empty, or does not end with a line feed. */
int vd_bulk_begin(vd_bulk *b, vd_str body, vd_arena *a, vd_err *err);
/* 1: *item is the next; 0: there is none; -1: the action line is malformed, and the
 * whole request with it. */
int vd_bulk_next(vd_bulk *b, vd_bulk_item *item, vd_err *err);

/* A line of NDJSON in the form {"_index":"I","_id":"D","_source":{..}}, other members aside: true,
 * and its parts. Index and id are empty if they are not there. False: it is a document (or broken:
 * then the intake says so). */
bool vd_bulk_envelope(vd_str line, vd_arena *a, vd_str *index, vd_str *id, vd_str *source);

#endif
