/* server/topk.h - the first k of many hits in some order, in bounded memory
 *
 * Idea      A heap of at most k hits with the last of them on top: a hit that comes before it takes
 *           its place. Hits keep a copy of their line, so that nothing is read twice.
 * Order     By key, ascending or descending; a missing key comes last in both (Elasticsearch docs,
 *           "Sort search results", missing values); among equals by number. */
#ifndef VD_SERVER_TOPK_H
#define VD_SERVER_TOPK_H

#include "base/arena.h"
#include "event/event.h"

typedef struct vd_sort_key {
    uint8_t kind;   /* vd_kind: VD_NULL (missing), VD_LONG, VD_DOUBLE or VD_STRING */
    union {
        int64_t i;
        double d;
        vd_str s;   /* at most VD_SORT_TEXT bytes of it count */
    };
} vd_sort_key;

#define VD_SORT_TEXT 256

typedef struct vd_hit {
    vd_sort_key key;
    uint64_t seq;
    char *line;     /* the envelope, VD_PADDING behind it */
    size_t n;
    char text[VD_SORT_TEXT]; /* what key.s points to */
} vd_hit;

typedef struct vd_topk vd_topk;

vd_topk *vd_topk_new(size_t k, bool descending, uint64_t max_bytes);
void vd_topk_free(vd_topk *t);
/* Whether a hit of that key and number is among the first k so far. */
bool vd_topk_wants(const vd_topk *t, const vd_sort_key *key, uint64_t seq);
/* Adds it. VD_LIMIT: the lines kept are more than max_bytes. */
int vd_topk_add(vd_topk *t, const vd_sort_key *key, uint64_t seq, vd_str line, vd_err *err);
/* Puts what was kept in order, once, when nothing more comes. */
size_t vd_topk_sorted(vd_topk *t, vd_hit ***hits);

/* The key of an event's slot: its least value ascending, its greatest descending. */
vd_sort_key vd_sort_key_of(const vd_event *ev, uint32_t slot, bool descending);

#endif
