/* schedule/schedule_int.h - what the files of schedule/ share; private to this room
 *
 *   due.c         when a rule runs next
 *   window.c      [from, to] of a moment; windows of runs by hand
 *   gap.c         what lies between two runs
 *   difference.c  how a stream and a schedule differ for a rule
#ifndef VD_SCHEDULE_SCHEDULE_INT_H
#define VD_SCHEDULE_SCHEDULE_INT_H

#include "base/map.h"
#include "base/vec.h"
#include "schedule/schedule.h"

/* ---- due.c ---- */

/* The rule's interval in ms, > 0. VD_FORMAT if it is none. */
int vd_rule_interval(const vd_rule *rule, int64_t *ms, vd_err *err);

/* ---- window.c ---- */

/* [from, to] at `now`. VD_FORMAT with Kibana's text if either cannot be read. */
int vd_rule_window(const vd_rule *rule, int64_t now, vd_run_window *out, vd_err *err);

/* ---- gap.c ---- */

#define VD_HUMAN_MAX 32
/* "a few seconds", "5 minutes", "an hour": a length of time as Kibana's messages have it. */
void vd_humanise(int64_t ms, char out[VD_HUMAN_MAX]);

#endif
