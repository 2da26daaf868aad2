/* event/walk_int.h - one walk through a document's structural index; private to event/
 *
 * walk.c finds its way by the keys, trail.c by what it saw in earlier documents. */
#ifndef VD_EVENT_WALK_INT_H
#define VD_EVENT_WALK_INT_H

#include "event/event_int.h"

typedef struct vd_walker {
    const char *json;
    const uint32_t *end;
    const vd_extract *x;
    vd_event *ev;
    uint64_t *stamps;
    bool enveloped; /* a _source was read: at the top only _index and _id count */
    const char *ahead; /* bytes behind the document that are asked for meanwhile */
    vd_fault fault;
    size_t fault_pos;
} vd_walker;

static inline void vd_file_raw(vd_event *ev, uint32_t slot, vd_str s)
{
    vd_value *v = vd_event_push(ev, slot);
    v->s = s.p;
    v->len = (uint32_t)s.n;
    v->kind = VD_RAW;
    ev->slots[slot].raw = true;
}

/* What stands behind a line is the next one: a cache line of it is asked for with every
 * member, and it is there when its turn comes (a tenth of the time of large files). */
#define VD_AHEAD 64

/* walk.c. These return the entry behind what they read, or NULL with the fault noted. */
/* The value at at[0] under a wanted node, inside `depth` objects and arrays. */
const uint32_t *vd_walk_value(vd_walker *w, const uint32_t *at, const vd_node *node, unsigned depth);
/* The number at at[0] under a wanted node. */
const uint32_t *vd_walk_number(vd_walker *w, const uint32_t *at, const vd_node *node);
/* Jumps over the object or array at at[0], which stands inside `depth` others. */
const uint32_t *vd_walk_over(vd_walker *w, const uint32_t *at, unsigned depth);
/* The key at at[0] with its colon at at[1]; p is NULL if that is not what is there. */
vd_str vd_walk_key(const vd_walker *w, const uint32_t *at);
/* The place of a key among the node's, or UINT32_MAX if nobody wants it. */
uint32_t vd_walk_find(vd_walker *w, const vd_node *node, vd_str raw);
/* Goes into an envelope's _source: what was read before and is not the envelope's own goes. */
void vd_walk_enter_source(vd_walker *w);
void vd_walk_leave_source(vd_walker *w);

#endif
