/* schedule/schedule_int.h - what the files of schedule/ share; private to this room
 *
 *   due.c         when a rule runs next
 *   window.c      [from, to] of a moment; windows of runs by hand
 *   gap.c         what lies between two runs
 *   difference.c  how a stream and a schedule differ for a rule
 *   index.c       which stored indices a rule reads
 *   feed.c        stored documents and alerts into an engine
 *   feed_pair.c   blocks of a scan, matched by one thread or two
 *   pass.c        windows of many rules that share an engine
 *   runs.c        all passes of a list of jobs, and their rows
 *   text.c        what a run says of itself
 *   state.c       when each rule ran last
 *   fill.c        gaps that are filled by themselves
 *   manual.c      runs by hand
 *   narrow.c      which values a rule's events hold
 *   runner.c      the room's entry points
 *   preview.c     one window without a trace */
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

#define VD_NO_RULE UINT32_MAX

/* ---- index.c ---- */

typedef VD_VEC(vd_str) vd_names;

/* The names of the indices that are stored; the strings are in `a`. */
int vd_stored_names(vd_store *store, vd_arena *a, vd_names *out, vd_err *err);
/* Whether rule `rule` asks for alerts: a pattern that begins with a dot takes their index. `*` and
 * rules without patterns do not, as they do not take hidden indices in Elasticsearch. */
bool vd_reads_alerts(const vd_plan *plan, uint32_t rule);
/* Whether rule `rule` takes one of the names. */
bool vd_reads_any(const vd_plan *plan, uint32_t rule, const vd_names *names);

/* ---- feed.c ---- */

typedef struct vd_feed {
    vd_store *store;
    const vd_plan *plan;
    vd_engine *engine;
    const vd_engine_window *windows; /* by plan rule; since > until: the rule does not run */
    const vd_str *indices;           /* patterns of what is read; n 0: all */
    size_t n_indices;
    bool events, alerts;             /* what is fed */
    bool narrow;                     /* blocks that cannot hold what the rule wants are skipped */
    vd_scan_counts *blocks;          /* [out] may be NULL */
    unsigned workers;                /* of the engine: 2 where it may take a second thread */
    bool (*stopping)(void *ctx);     /* may be NULL; asked between blocks */
    void *ctx;
} vd_feed;

/* Feeds what the windows may take. VD_IO; VD_LIMIT: stopped. */
int vd_feed_run(const vd_feed *f, vd_err *err);
/* What blocks of the store the windows may take documents of; false: no rule runs. */
bool vd_feed_window(const vd_feed *f, vd_store_window *out);

/* ---- feed_pair.c ---- */

/* Feeds the blocks of a scan, on two threads if f->workers allows and they are many. */
int vd_feed_blocks(const vd_feed *f, vd_scan *scan, uint32_t source, vd_err *err);

/* ---- pass.c ---- */

/* One rule over one window. */
typedef struct vd_one_run {
    uint32_t rule;
    vd_run_window window;
    const char *kind;
    uint64_t events, candidates, findings, alerts, left_out; /* after the pass */
} vd_one_run;

typedef struct vd_pass {
    vd_schedule *s;
    const vd_names *names; /* stored indices */
    int64_t now;
    bool alerts;           /* its rules read alerts */
    vd_one_run *runs;      /* each of another rule */
    size_t n_runs;
    uint32_t *run_of;      /* by plan rule: its place in runs; VD_NO_RULE. The pass's own */
    int64_t duration_ms;   /* after it */
} vd_pass;

/* Runs them in one engine over one scan. VD_IO: nothing is known of any of them. */
int vd_pass_run(vd_pass *pass, vd_err *err);

/* ---- runs.c ---- */

/* The windows of one rule, oldest first. */
typedef struct vd_job {
    uint32_t rule;
    const vd_run_window *windows;
    size_t n, next;   /* next: of the windows, not yet run */
    const char *kind; /* of the last window */
    const char *kind_before; /* of those before it */
    int64_t gap;      /* told with the last window */
    vd_str warning, error; /* told with the last window; empty: none */
    bool idle;        /* nothing is run, the last window's row says why */
    bool failed;      /* after the run: a pass of it failed */
} vd_job;

/* Runs all jobs at `now` in as few passes as their windows allow, rules that read alerts last,
 * and writes a row for each window. *alerts (may be NULL): new ones. VD_IO: the rows could not be
 * written. */
int vd_jobs_run(vd_schedule *s, vd_job *jobs, size_t n, int64_t now, uint64_t *alerts, vd_err *err);

/* ---- text.c ---- */

/* What a rule without an index to read says. */
vd_str vd_text_no_index(vd_arena *a, const vd_rule *rule);
/* What a gap says that was not caught up. */
vd_str vd_text_gap(vd_arena *a, int64_t ms);
vd_str vd_text_exception(vd_arena *a, const char *message);
/* Fills status and message: warnings first, then errors, joined by ", ". */
void vd_text_status(vd_arena *a, vd_run_row *row, const vd_str *warnings, size_t n_warnings,
                    const vd_str *errors, size_t n_errors);
/* The warnings of a run with so many findings; at most 2 in out, returns how many. */
size_t vd_text_limits(vd_arena *a, const vd_rule *rule, int64_t max_alerts, uint64_t findings,
                      vd_str out[2]);

/* ---- state.c ---- */

/* What is known of a rule, also of one that is not in the plan now. */
typedef struct vd_known {
    vd_str id;         /* rule_id, in the schedule's arena */
    int64_t previous;  /* when it ran last and was not hindered; VD_TIME_NONE: never */
    int64_t tried;     /* when it was begun last, for the next time it is due; not kept */
    uint32_t rule;     /* its number in the plan; VD_NO_RULE */
} vd_known;

struct vd_schedule {
    vd_schedule_config cfg;
    vd_plan *plan;
    bool *off;         /* by plan rule */
    vd_arena names;
    vd_map by_id;      /* rule_id to its place in known */
    VD_VEC(vd_known) known;
    uint32_t *known_of; /* by plan rule */
    int64_t hand_now;  /* a run by hand: its moment, and when that was, ns; 0: there is none */
    int64_t hand_ns;
    int64_t fill_at;   /* when open gaps are looked at next; INT64_MAX: when there are new ones */
};

/* The place of the rule in s->known; made if it is new. */
uint32_t vd_state_of(vd_schedule *s, vd_str rule_id);
int vd_state_read(vd_schedule *s, vd_err *err);
int vd_state_write(vd_schedule *s, int64_t now, vd_err *err);

/* ---- fill.c ---- */

/* Fills a piece of each open gap that is not too old; s->fill_at says when there is more. */
int vd_gaps_fill(vd_schedule *s, int64_t now, vd_err *err);

/* ---- manual.c ---- */

/* Between the passes of a long run by hand what is due is run. */
int vd_schedule_meanwhile(vd_schedule *s, vd_err *err);

/* ---- runner.c ---- */

/* Alerts of a run at most, whatever max_signals says. */
#define VD_MAX_ALERTS 1000
void vd_schedule_tell(const vd_schedule *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
