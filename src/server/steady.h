/* server/steady.h - the machine's time without its jumps
 *
 * Time for the stream: if the clock is set by an hour for a moment, sequences must not end. A jump
 * is believed when it has lasted a minute; until then time goes on as it did.
 * Threads   One at a time (the detector). */
#ifndef VD_SERVER_STEADY_H
#define VD_SERVER_STEADY_H

#include <stdint.h>

typedef struct vd_steady {
    int64_t offset;     /* wall minus monotonic, ms, as believed */
    int64_t jumped_at;  /* monotonic ms, when the clock was first seen elsewhere; 0: it is not */
} vd_steady;

/* A smaller difference is a clock that is being corrected, and followed at once; ms. */
#define VD_STEADY_STEP 2000
/* So long a jump must last; ms. */
#define VD_STEADY_DOUBT 60000

void vd_steady_init(vd_steady *s, int64_t wall_ms, int64_t mono_ms);
/* The time now. *jump (may be NULL): by how much the clock jumped, the moment it is first seen
 * and again when it is believed; else 0. */
int64_t vd_steady_now(vd_steady *s, int64_t wall_ms, int64_t mono_ms, int64_t *jump);

#endif
