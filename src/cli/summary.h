/* cli/summary.h - what a run came to, gathered from the engine for the sink */
#ifndef VD_CLI_SUMMARY_H
#define VD_CLI_SUMMARY_H

#include "cli/job.h"
#include "sink/sink.h"

/* Everything is in `a`. set: the rules read. What to run next is left empty. */
void vd_summary_fill(vd_arena *a, vd_summary *s, const vd_job *job, const vd_ruleset *set);
/* Says on stderr what a form for programs has no place for: what was left out, dropped
 * or had no data. */
void vd_summary_say(const vd_summary *s);
/* Rules of the set that are selected and do not run, by type. */
size_t vd_summary_not_run(vd_arena *a, const vd_ruleset *set, const vd_sink_count **out);

#endif
