/* All passes of a list of jobs, and their rows.
 *
 * Idea   A pass takes of each job its next window, if it begins before the earliest of all
 *        next windows ends: then windows that have times in common are read once, each
 *        rule's in their order, and a rule with few windows waits for the others'
 *        older ones. Rules that are due at once without a gap share one pass. */
#include "base/clock.h"
#include "schedule/schedule_int.h"

typedef struct vd_round {
    vd_schedule *s;
    vd_job *jobs;
    size_t n;
    int64_t now;
    vd_names names;     /* stored indices */
    bool alerts;        /* it is the turn of rules that read alerts */
    vd_one_run *runs;   /* of the pass at hand */
    vd_job **job_of;    /* by run */
    size_t n_runs;
    uint64_t fresh;
} vd_round;

static bool waits(const vd_round *r, const vd_job *job)
{
    return !job->idle && job->next < job->n && vd_reads_alerts(r->s->plan, job->rule) == r->alerts;
}

/* A window that ends before it begins takes part all the same, or it would wait for ever. */
static int64_t end_of(vd_run_window w) { return w.until > w.since ? w.until : w.since; }

static void choose(vd_round *r)
{
    int64_t end = INT64_MAX;
    for (size_t i = 0; i < r->n; i++) {
        const vd_job *job = &r->jobs[i];
        if (waits(r, job) && end_of(job->windows[job->next]) < end) end = end_of(job->windows[job->next]);
    }
    r->n_runs = 0;
    for (size_t i = 0; i < r->n; i++) {
        vd_job *job = &r->jobs[i];
        if (!waits(r, job) || job->windows[job->next].since > end) continue;
        vd_run_window w = job->windows[job->next++];
        r->job_of[r->n_runs] = job;
        r->runs[r->n_runs++] = (vd_one_run){.rule = job->rule,
                                            .window = w,
                                            .kind = job->next == job->n ? job->kind : job->kind_before};
    }
}

/* What a run says: r NULL for a job that did not run. */
static vd_run_row row_of(const vd_round *r, vd_arena *a, const vd_job *job, const vd_one_run *run,
                         const char *failure)
{
    const vd_rule *rule = vd_plan_rule_at(r->s->plan, job->rule)->rule;
    vd_str warnings[3], errors[2];
    size_t n_warnings = 0, n_errors = 0;
    bool last = job->idle || job->next == job->n;
    vd_run_row row = {.rule_id = rule->rule_id,
                      .started = r->now,
                      .since = run->window.since,
                      .until = run->window.until,
                      .kind = vd_str_from(run->kind),
                      .events = run->events,
                      .candidates = run->candidates,
                      .alerts = run->alerts,
                      .left_out = run->left_out,
                      .gap_ms = last && job->gap > 0 ? job->gap : 0};
    if (!job->idle)
        n_warnings = vd_text_limits(a, rule, r->s->cfg.max_alerts, run->findings, warnings);
    if (last && job->warning.n) warnings[n_warnings++] = job->warning;
    if (last && job->error.n) errors[n_errors++] = job->error;
    if (failure) errors[n_errors++] = vd_text_exception(a, failure);
    vd_text_status(a, &row, warnings, n_warnings, errors, n_errors);
    return row;
}

static int write_pass(vd_round *r, const vd_pass *pass, const char *failure, vd_err *err)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_run_row *rows = vd_calloc(r->n_runs + 1, sizeof *rows);
    for (size_t i = 0; i < r->n_runs; i++) {
        rows[i] = row_of(r, &a, r->job_of[i], &r->runs[i], failure);
        rows[i].duration_ms = pass->duration_ms;
        r->job_of[i]->failed |= failure != NULL;
        r->fresh += r->runs[i].alerts;
    }
    int code = vd_runs_put(vd_store_papers(r->s->cfg.store), rows, r->n_runs, err);
    free(rows);
    vd_arena_fini(&a);
    return code;
}

/* What was not run stays to be run. */
static int stop_all(vd_round *r, vd_err *err)
{
    for (size_t i = 0; i < r->n; i++)
        r->jobs[i].failed |= !r->jobs[i].idle && r->jobs[i].next < r->jobs[i].n;
    for (size_t i = 0; i < r->n_runs; i++)
        r->job_of[i]->failed = true;
    return vd_fail(err, VD_LIMIT, "stopped before all was run");
}

static int run_pass(vd_round *r, vd_err *err)
{
    vd_err failure;
    vd_pass pass = {.s = r->s,
                    .names = &r->names,
                    .now = r->now,
                    .alerts = r->alerts,
                    .runs = r->runs,
                    .n_runs = r->n_runs};
    int code = vd_pass_run(&pass, &failure);
    if (code && r->s->cfg.stopping && r->s->cfg.stopping(r->s->cfg.ctx)) return stop_all(r, err);
    if (code)
        vd_schedule_tell(r->s, "a pass of %zu rules failed and will be repeated: %s", r->n_runs, failure.msg);
    return write_pass(r, &pass, code ? failure.msg : NULL, err);
}

/* Rows of jobs that have nothing to run. */
static int write_idle(vd_round *r, vd_err *err)
{
    vd_arena a;
    size_t n = 0;
    vd_arena_init(&a, 0);
    vd_run_row *rows = vd_calloc(r->n + 1, sizeof *rows);
    for (size_t i = 0; i < r->n; i++) {
        const vd_job *job = &r->jobs[i];
        vd_one_run none = {.rule = job->rule, .kind = job->kind};
        if (!job->idle) continue;
        if (job->n) none.window = job->windows[job->n - 1];
        rows[n++] = row_of(r, &a, job, &none, NULL);
    }
    int code = n ? vd_runs_put(vd_store_papers(r->s->cfg.store), rows, n, err) : 0;
    free(rows);
    vd_arena_fini(&a);
    return code;
}

static int run_all(vd_round *r, vd_err *err)
{
    int code = write_idle(r, err);
    for (int turn = 0; turn < 2 && !code; turn++) {
        r->alerts = turn == 1;
        for (choose(r); r->n_runs && !code; choose(r)) {
            code = run_pass(r, err);
            if (!code) code = vd_schedule_meanwhile(r->s, err);
        }
    }
    return code;
}

/* A rule without an index to read is not run (Kibana: skipped, with a warning). */
static void check_jobs(vd_round *r, vd_arena *a)
{
    const vd_plan *plan = r->s->plan;
    for (size_t i = 0; i < r->n; i++) {
        vd_job *job = &r->jobs[i];
        const vd_rule *rule = vd_plan_rule_at(plan, job->rule)->rule;
        if (job->idle || vd_plan_ignores_index(plan) || !rule->n_index) continue;
        if (vd_reads_alerts(plan, job->rule) || vd_reads_any(plan, job->rule, &r->names)) continue;
        job->idle = true;
        job->warning = vd_text_no_index(a, rule);
    }
}

int vd_jobs_run(vd_schedule *s, vd_job *jobs, size_t n, int64_t now, uint64_t *alerts, vd_err *err)
{
    vd_round r = {.s = s, .jobs = jobs, .n = n, .now = now};
    vd_arena a;
    if (alerts) *alerts = 0;
    if (!n) return 0;
    vd_arena_init(&a, 0);
    r.runs = vd_calloc(n, sizeof *r.runs);
    r.job_of = vd_calloc(n, sizeof *r.job_of);
    int code = vd_stored_names(s->cfg.store, &a, &r.names, err);
    if (!code) {
        check_jobs(&r, &a);
        code = run_all(&r, err);
    }
    if (alerts) *alerts = r.fresh;
    vd_vec_free(&r.names);
    free(r.runs);
    free(r.job_of);
    vd_arena_fini(&a);
    return code;
}
