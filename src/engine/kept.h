/* engine/kept.h - documents of a stream, for as long as it may read them again
 *
 * Idea      What comes goes to the end of a file without a name, compressed, with an index by
 *           number in memory. Files are given up whole: when no document in them is of use any
 *           more, or when all together are over the bound, the oldest first. So nothing is ever
 *           moved, and the disk is given back.
 * Use       vd_kept_put from vd_stream_config.wanted, vd_kept_get from .read, vd_kept_expire
 *           with the stream's horizon.
 * Threads   One at a time. */
#ifndef VD_ENGINE_KEPT_H
#define VD_ENGINE_KEPT_H

#include "base/arena.h"
#include "base/err.h"

typedef struct vd_kept vd_kept;

/* max: bytes of all, index and all (at most a 64th more); 0: VD_MAX_FOLLOW_KEPT. */
vd_kept *vd_kept_new(uint64_t max);
void vd_kept_free(vd_kept *k);
/* Keeps document `seq` (greater than all before) of input `source` until the horizon has passed
 * `until`. VD_IO: the temporary file took no more. */
int vd_kept_put(vd_kept *k, uint64_t seq, uint32_t source, vd_str json, int64_t until, vd_err *err);
/* Reads it into the arena, VD_PADDING behind it. VD_LIMIT: it is not there (any more). */
int vd_kept_get(vd_kept *k, uint64_t seq, vd_arena *a, vd_str *json, vd_err *err);
/* The input of a document that is there. */
bool vd_kept_source(const vd_kept *k, uint64_t seq, uint32_t *source);
/* Gives up what is of no use any more; horizon: vd_stream_horizon. */
void vd_kept_expire(vd_kept *k, int64_t horizon);

typedef struct vd_kept_stats {
    uint64_t documents, bytes; /* that are there */
    uint64_t dropped;          /* documents given up over the bound while they were of use */
} vd_kept_stats;
vd_kept_stats vd_kept_stats_of(const vd_kept *k);

#endif
