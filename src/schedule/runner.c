#include <stdarg.h>

#include "base/clock.h"
#include "schedule/schedule_int.h"

/* A rule is taken along this part of its interval before it is due if another is due now: so
 * rules of different intervals meet in one pass and stay together. A window that begins earlier
 * has more in common with the one before, nothing is left out. */
#define EARLY 20

void vd_schedule_tell(const vd_schedule *s, const char *fmt, ...)
{
    char text[VD_ERR_MSG_MAX + 256];
    va_list args;
    if (!s->cfg.tell) return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    s->cfg.tell(s->cfg.ctx, text);
}

vd_schedule *vd_schedule_new(const vd_schedule_config *config, vd_err *err)
{
    vd_schedule *s = vd_calloc(1, sizeof *s);
    s->cfg = *config;
    if (s->cfg.max_alerts <= 0) s->cfg.max_alerts = VD_MAX_ALERTS;
    vd_arena_init(&s->names, 0);
    s->cfg.default_index = vd_arena_str(&s->names, config->default_index);
    if (vd_state_read(s, err) || vd_schedule_swap(s, config->plan, config->off, err)) {
        vd_schedule_free(s);
        return NULL;
    }
    return s;
}

void vd_schedule_free(vd_schedule *s)
{
    if (!s) return;
    vd_plan_unref(s->plan);
    free(s->off);
    free(s->known_of);
    vd_vec_free(&s->known);
    vd_map_fini(&s->by_id);
    vd_arena_fini(&s->names);
    free(s);
}

int vd_schedule_swap(vd_schedule *s, vd_plan *plan, const bool *off, vd_err *err)
{
    size_t n = vd_plan_rule_count(plan);
    vd_plan *old = s->plan;
    s->plan = vd_plan_ref(plan);
    vd_plan_unref(old);
    s->cfg.plan = NULL; /* s->plan is it */
    s->cfg.off = NULL;
    free(s->off);
    free(s->known_of);
    s->off = vd_calloc(n + 1, sizeof *s->off);
    s->known_of = vd_calloc(n + 1, sizeof *s->known_of);
    for (size_t i = 0; i < s->known.n; i++)
        s->known.v[i].rule = VD_NO_RULE;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = vd_state_of(s, vd_plan_rule_at(plan, i)->rule->rule_id);
        s->known_of[i] = at;
        s->known.v[at].rule = i;
        s->off[i] = off && off[i];
        /* The time in which a stream ran it is no gap. */
        if (s->off[i]) s->known.v[at].previous = s->known.v[at].tried = VD_TIME_NONE;
    }
    s->fill_at = s->cfg.fill_gaps > 0 ? VD_TIME_NONE : INT64_MAX;
    return 0;
}

/* --- what is due --- */

static int64_t due_of(const vd_schedule *s, uint32_t rule)
{
    const vd_known *k = &s->known.v[s->known_of[rule]];
    return vd_run_due(vd_plan_rule_at(s->plan, rule)->rule, k->tried > k->previous ? k->tried : k->previous);
}

int64_t vd_schedule_next(const vd_schedule *s)
{
    int64_t next = s->fill_at;
    for (uint32_t i = 0; i < vd_plan_rule_count(s->plan); i++)
        if (!s->off[i] && due_of(s, i) < next) next = due_of(s, i);
    return next;
}

/* A clock that was set back would keep rules from running until it is where it was. */
static void set_back(vd_schedule *s, int64_t now)
{
    for (size_t i = 0; i < s->known.n; i++) {
        vd_known *k = &s->known.v[i];
        if (k->previous > now) k->previous = now;
        if (k->tried > now) k->tried = now;
    }
    if (s->fill_at != INT64_MAX && s->fill_at > now + 60000) s->fill_at = now;
}

/* --- one step --- */

typedef struct step {
    vd_schedule *s;
    int64_t now;
    VD_VEC(vd_job) jobs;
    VD_VEC(vd_run_plan *) plans; /* of each job */
    vd_arena a;
} step;

static void add_job(step *t, uint32_t rule)
{
    vd_schedule *s = t->s;
    vd_err err;
    vd_run_plan *p = VD_NEW(&t->a, vd_run_plan);
    vd_job job = {.rule = rule, .windows = p->windows, .kind = "scheduled", .kind_before = "catch-up"};
    int64_t previous = s->known.v[s->known_of[rule]].previous;
    if (vd_run_plan_make(vd_plan_rule_at(s->plan, rule)->rule, previous, t->now, p, &err)) {
        *p = (vd_run_plan){.rest = {0, -1}};
        job.idle = true;
        job.error = vd_arena_str(&t->a, vd_str_from(err.msg));
    }
    job.n = p->n;
    job.gap = p->gap;
    if (p->rest.since <= p->rest.until) job.error = vd_text_gap(&t->a, p->rest.until - p->rest.since);
    *vd_vec_push(&t->jobs) = job;
    *vd_vec_push(&t->plans) = p;
}

static void collect(step *t)
{
    vd_schedule *s = t->s;
    bool any = false;
    for (uint32_t i = 0; i < vd_plan_rule_count(s->plan) && !any; i++)
        any = !s->off[i] && due_of(s, i) <= t->now;
    for (uint32_t i = 0; any && i < vd_plan_rule_count(s->plan); i++) {
        int64_t due = due_of(s, i), interval, early = 0;
        if (!vd_rule_interval(vd_plan_rule_at(s->plan, i)->rule, &interval, NULL)) early = interval / EARLY;
        if (!s->off[i] && due <= t->now + early) add_job(t, i);
    }
}

/* Gaps are written before the state that makes them the past. */
static int put_gaps(step *t, vd_err *err)
{
    vd_schedule *s = t->s;
    size_t n = 0;
    int64_t longest = 0;
    for (size_t i = 0; i < t->jobs.n; i++) {
        vd_run_window rest = t->plans.v[i]->rest;
        if (t->jobs.v[i].failed || rest.since > rest.until) continue;
        vd_str id = vd_plan_rule_at(s->plan, t->jobs.v[i].rule)->rule->rule_id;
        if (vd_gaps_put(vd_store_papers(s->cfg.store), id, rest.since, rest.until, t->now, err)) return VD_IO;
        n++;
        if (rest.until - rest.since > longest) longest = rest.until - rest.since;
    }
    if (!n) return 0;
    char text[48];
    vd_duration_format(longest, text);
    vd_schedule_tell(s, "%zu rules have a gap: times that they did not look at, up to %s long", n, text);
    if (s->cfg.fill_gaps > 0) s->fill_at = t->now;
    return 0;
}

static int settle(step *t, vd_err *err)
{
    vd_schedule *s = t->s;
    int code = put_gaps(t, err);
    for (size_t i = 0; i < t->jobs.n && !code; i++)
        if (!t->jobs.v[i].failed) s->known.v[s->known_of[t->jobs.v[i].rule]].previous = t->now;
    return code ? code : vd_state_write(s, t->now, err);
}

static int run_due(vd_schedule *s, int64_t now, vd_err *err)
{
    step t = {.s = s, .now = now};
    int code = 0;
    vd_arena_init(&t.a, 0);
    collect(&t);
    for (size_t i = 0; i < t.jobs.n; i++)
        s->known.v[s->known_of[t.jobs.v[i].rule]].tried = now;
    if (t.jobs.n) {
        code = vd_jobs_run(s, t.jobs.v, t.jobs.n, now, NULL, err);
        if (!code || code == VD_LIMIT) { /* stopped: what was run need not be again */
            vd_err own;
            int settled = settle(&t, code ? &own : err);
            if (!code) code = settled;
        }
    }
    vd_vec_free(&t.jobs);
    vd_vec_free(&t.plans);
    vd_arena_fini(&t.a);
    return code;
}

int vd_schedule_step(vd_schedule *s, int64_t now, vd_err *err)
{
    set_back(s, now);
    int code = run_due(s, now, err);
    if (!code && s->fill_at <= now) code = vd_gaps_fill(s, now, err);
    return code;
}
