/* schedule/schedule.h - rules that run on an interval over what is stored
 *
 * Idea      Each rule is due every `interval` and looks at [from, to] of that moment, as
 *           Elastic's rules do. All rules due at once share one engine and one pass over the
 *           blocks of their windows. What a window missed because the service was down or
 *           late is a gap: up to four intervals are caught up at once, the rest is written
 *           down, told, and filled on demand (fill_gaps).
 * Use       vd_run_* are the arithmetic alone (due, windows, gaps), without a store;
 *           vd_schedule runs them. vd_schedule_step when vd_schedule_next has come.
 * Threads   One thread steps; vd_schedule_preview may run on another beside it.
 * Source    elastic/kibana, security_solution rule type wrapper and utils (getGapBetweenRuns,
 *           getCatchupTuples, ...); Elastic docs: "Create a detection rule", schedule. */
#ifndef VD_SCHEDULE_SCHEDULE_H
#define VD_SCHEDULE_SCHEDULE_H

#include <signal.h>

#include "engine/engine.h"
#include "plan/plan.h"
#include "store/papers.h"
#include "store/store.h"

/* --- the arithmetic --- */

typedef struct vd_run_window {
    int64_t since, until; /* ms, inclusive */
} vd_run_window;

#define VD_CATCH_UP_MAX 4

typedef struct vd_run_plan {
    vd_run_window windows[VD_CATCH_UP_MAX + 1]; /* oldest first; the last is this run's own */
    size_t n;
    int64_t gap;        /* ms found; <= 0: none */
    vd_run_window rest; /* of the gap, what is not caught up; since > until: nothing */
} vd_run_plan;

/* What a rule runs at `now` when it last ran at `previous` (VD_TIME_NONE: never). VD_FORMAT: its
 * interval, from or to cannot be read ("Failed to parse date math of rule.from or rule.to"). */
int vd_run_plan_make(const vd_rule *rule, int64_t previous, int64_t now, vd_run_plan *out, vd_err *err);
/* When it is due next after running at `previous`; a rule that never ran is due at once
 * (INT64_MIN). An interval that cannot be read counts as 5 minutes. */
int64_t vd_run_due(const vd_rule *rule, int64_t previous);
/* The windows of a run by hand over [since, until]: as the schedule would have run them at the end
 * of each interval in it, oldest first. Returns how many there are, at most max of them in out;
 * 0 if since > until, a time is further than 285,000 years off or the rule's cannot be read. */
size_t vd_run_manual(const vd_rule *rule, int64_t since, int64_t until, vd_run_window *out, size_t max);

/* How a stream and a schedule can differ for a rule: for `check` and the console. */
typedef enum vd_mode_difference {
    VD_DIFFERENCE_SPAN = 1,    /* maxspan reaches beyond `from` minus `interval` */
    VD_DIFFERENCE_NO_SPAN = 2, /* no maxspan: a stream bounds it */
    VD_DIFFERENCE_MISSING = 4, /* a ![ ] stage: a window's end cuts it, a stream waits */
    VD_DIFFERENCE_NO_STREAM = 8 /* a sample, or pipes: only scheduled */
} vd_mode_difference;
/* Bits of vd_mode_difference; the rule must be compiled. */
unsigned vd_mode_differences(const vd_rule *rule);
/* The name of one bit in JSON: "maxspan_beyond_look_back", "no_maxspan", "missing_event_stage",
 * "schedule_only". */
const char *vd_mode_difference_name(unsigned bit);

/* --- the runner --- */

typedef struct vd_schedule vd_schedule;

typedef struct vd_schedule_config {
    vd_store *store;
    vd_plan *plan;           /* all rules; a reference is taken */
    const bool *off;         /* by plan rule: not scheduled; copied; NULL: all are */
    vd_str default_index;
    int64_t fill_gaps;       /* ms back that open gaps are filled by themselves; 0: not */
    int64_t max_alerts;      /* above which max_signals is cut: Kibana's alerting limit; 0: 1000 */
    uint64_t max_state;
    /* A finding of a run; now: the run's moment, `kind` of vd_run_row. Written by the callee
     * before it returns. Returns whether it was new. */
    bool (*found)(void *ctx, const vd_finding *finding, int64_t now, const char *kind);
    void (*tell)(void *ctx, const char *what);
    /* Asked between blocks; true: ends at once (VD_LIMIT). What was not run is run next time. NULL: never */
    bool (*stopping)(void *ctx);
    void *ctx;
} vd_schedule_config;

/* Reads when each rule ran last from the store ("state" papers). */
vd_schedule *vd_schedule_new(const vd_schedule_config *config, vd_err *err);
void vd_schedule_free(vd_schedule *s);
/* New rules; what is known of each by rule_id stays. */
int vd_schedule_swap(vd_schedule *s, vd_plan *plan, const bool *off, vd_err *err);
/* When the next rule is due (ms); INT64_MAX: never. A step is to be made at least once a minute,
 * whatever this says: so it is seen that the clock was set back. One with nothing due costs little. */
int64_t vd_schedule_next(const vd_schedule *s);
/* Runs every rule that is due at `now`, catch-up windows first; writes a vd_run_row for each, and
 * gaps. Bad rules fail alone. VD_IO: the store failed. */
int vd_schedule_step(vd_schedule *s, int64_t now, vd_err *err);
/* Runs one rule (rule_id; empty: all) by hand over [since, until] as its schedule would have;
 * kind "manual". *alerts: new ones. What is due meanwhile is run between its passes. VD_USAGE: no
 * such rule, or no time; VD_LIMIT: too many runs; VD_IO: some failed. */
int vd_schedule_manual(vd_schedule *s, vd_str rule_id, int64_t since, int64_t until, int64_t now,
                       uint64_t *alerts, vd_err *err);

/* One window, with all rules of a plan, writing nothing: previews and searches. Somebody waits for
 * it, so it may take a second thread; scheduled passes leave that to what comes in. */
typedef struct vd_preview {
    vd_plan *plan;
    vd_run_window window;
    vd_str default_index;
    const vd_str *indices; /* patterns of what is read; n 0: all */
    size_t n_indices;
    bool alerts_too;       /* documents of .alerts-security.* are read as well: always if indices
                              are given, else if a rule's patterns name them */
    int64_t size;          /* of each rule's results; -1: all */
    bool head;
    bool max_signals;      /* the rules' own caps instead of size */
    const volatile sig_atomic_t *stop; /* may be NULL */
    vd_scan_counts *blocks; /* [out] may be NULL */
    void (*found)(void *ctx, const vd_finding *finding);
    void *ctx;
} vd_preview;
int vd_schedule_preview(vd_store *store, const vd_preview *p, vd_engine_stats *stats, vd_err *err);

/* Lets a window ask for the values that the events of a plan's rule must hold, if it has one rule
 * and something is known of it. In no answer of the rule is a difference; it is given fewer events.
 * The lists live in the arena, the values in the plan. */
void vd_window_narrow(vd_store_window *window, const vd_plan *plan, vd_arena *a);

#endif
