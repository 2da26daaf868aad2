/* base/offsets.h - how far a time zone's clocks are from UTC, through the years
 *
 * Idea      A named zone is asked once, from 1970 to 2100, when its clocks change; what is
 *           left is a short table that threads can share and that no TZ variable moves.
 *           Outside those years it is as at their beginning and end. */
#ifndef VD_BASE_OFFSETS_H
#define VD_BASE_OFFSETS_H

#include "base/arena.h"
#include "base/err.h"

/* From that second of UTC on clocks are `minutes` ahead of it. */
typedef struct vd_offset {
    int64_t from; /* seconds since 1970 */
    int minutes;  /* east of UTC */
} vd_offset;

typedef struct vd_offsets {
    uint32_t n; /* at least 1 */
    const vd_offset *v;
    char label[64]; /* as it was given */
} vd_offsets;

/* "UTC", "Z", "+02:00", "-0330", "+02", "local" or a name of the TZ database, such as
 * Europe/Berlin, into *out (lives in `a`). Names move the TZ variable for a moment: call it
 * before there are threads. VD_FORMAT if it is none of these. */
int vd_offsets_read(vd_arena *a, const char *text, const vd_offsets **out, vd_err *err);
/* Minutes east of UTC at a time in UTC. `z` may be NULL: UTC. */
int vd_offsets_at(const vd_offsets *z, int64_t utc_s);
/* The same for a time that such clocks show. One that they show twice is the first; one
 * that they leave out is read as if they had not been put forward yet (as java.time does). */
int vd_offsets_at_local(const vd_offsets *z, int64_t local_s);

/* "+02:00", "+0200", "+02": minutes east; up to 18 hours. */
bool vd_offset_parse(vd_str s, int *minutes);
/* A file of the TZ database has that name. */
bool vd_zone_name_known(const char *name);

#endif
