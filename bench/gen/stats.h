/* bench/gen/stats.h - how much of the telemetry was seen before
 *
 * Idea        in every window of 10,000 events, the share of a field's values
 *             that occurred earlier in the same window; the mean over all whole
 *             windows (or the one that is not whole, if there is no other)
 * Cost        a hash and a probe a value; only on --stats
 */
#ifndef VD_GEN_STATS_H
#define VD_GEN_STATS_H

#include "doc.h"

#include <stdio.h>

typedef struct vd_stats vd_stats;

vd_stats *vd_stats_new(void);
void vd_stats_free(vd_stats *s);

/* Counts an event and the length of its document. */
void vd_stats_add(vd_stats *s, const vd_event *e, size_t len);

/* Prints the figures; `seconds` is the time that the run took. */
void vd_stats_print(const vd_stats *s, FILE *to, double seconds);

#endif
