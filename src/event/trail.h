/* event/trail.h - the way through documents that look like earlier ones; private to event/
 *
 * Idea      Who writes events writes them alike: behind the process's pid come the same
 *           bytes, `,"entity_id":`, nearly always. A link is such a text from behind one
 *           value to the next, with what is to be done there: file the string, jump over the
 *           object. Behind a link stand the few links that were seen to follow it. As long as
 *           the document's bytes are those of a known link, nothing of it need be looked up:
 *           comparing 32 bytes takes the place of some hundred instructions a key.
 * Checked   A link's text was walked once, under the same objects. Equal bytes from the
 *           same place on have the same structure, the same keys and the same grammar; what
 *           stands at its end is checked by its kind, and values by those who file them.
 * Lost      Whatever is not known, or not right, ends the attempt: the document is walked
 *           by its keys, which also says what is wrong with it, and what is new is learned.
 * Bounds    VD_TRAIL_LINKS links, 38 behind each. Where documents are too different the
 *           attempts pause, for longer every time.
 * Threads   A vd_trails belongs to one vd_event. */
#ifndef VD_EVENT_TRAIL_H
#define VD_EVENT_TRAIL_H

#include "event/walk_int.h"

typedef struct vd_trails vd_trails;

typedef enum vd_trail_outcome {
    VD_TRAIL_FOLLOWED, /* the document was read */
    VD_TRAIL_LOST,     /* it was not; some of its values are filed */
    VD_TRAIL_RESTED    /* nothing was tried */
} vd_trail_outcome;

vd_trails *vd_trails_new(void);
void vd_trails_free(vd_trails *t);

/* Reads a document along known links. `index`: of its first entry. */
vd_trail_outcome vd_trails_follow(vd_trails *t, vd_walker *w, const uint32_t *index);

/* Adds the links of a document that was lost and is in order. `fresh`: a walker at its
 * beginning. */
void vd_trails_learn(vd_trails *t, const vd_walker *fresh, const uint32_t *index);

#endif
