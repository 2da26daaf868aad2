#include <inttypes.h>

#include "base/clock.h"
#include "schedule/schedule_int.h"

/* Runs of one call: a year of a rule that runs every 5 minutes, or a thousand such for 8 hours. */
#define MAX_RUNS 110000

typedef struct by_hand {
    vd_schedule *s;
    VD_VEC(vd_job) jobs;
    vd_arena a;
    int64_t since, until;
    size_t runs;
} by_hand;

static int add_rule(by_hand *m, uint32_t i, vd_err *err)
{
    const vd_rule *rule = vd_plan_rule_at(m->s->plan, i)->rule;
    size_t n = vd_run_manual(rule, m->since, m->until, NULL, 0);
    if (!n) return vd_fail(err, VD_USAGE, "there is no time to run [%.*s] over", VD_FMT(rule->rule_id));
    if (n > MAX_RUNS - m->runs)
        return vd_fail(err, VD_LIMIT, "this is more than %d runs: choose a shorter time or fewer rules",
                       MAX_RUNS);
    vd_run_window *w = VD_NEW_N(&m->a, vd_run_window, n);
    if (vd_run_manual(rule, m->since, m->until, w, n) != n)
        return vd_fail(err, VD_FORMAT, "Failed to parse date math of rule.from or rule.to");
    *vd_vec_push(&m->jobs) =
        (vd_job){.rule = i, .windows = w, .n = n, .kind = "manual", .kind_before = "manual"};
    m->runs += n;
    return 0;
}

static int add_rules(by_hand *m, vd_str rule_id, vd_err *err)
{
    const vd_plan *plan = m->s->plan;
    for (uint32_t i = 0; i < vd_plan_rule_count(plan); i++) {
        if (rule_id.n && !vd_str_eq(rule_id, vd_plan_rule_at(plan, i)->rule->rule_id)) continue;
        int code = add_rule(m, i, err);
        if (code) return code;
    }
    if (rule_id.n && !m->jobs.n)
        return vd_fail(err, VD_USAGE, "there is no rule [%.*s] that runs here", VD_FMT(rule_id));
    return 0;
}

int vd_schedule_meanwhile(vd_schedule *s, vd_err *err)
{
    int64_t began = s->hand_ns, passed = began ? (vd_mono_ns() - began) / 1000000 : 0;
    if (passed < 1000 || vd_schedule_next(s) > s->hand_now + passed) return 0;
    s->hand_ns = 0; /* a step's own passes are not a run by hand */
    int code = vd_schedule_step(s, s->hand_now + passed, err);
    s->hand_ns = began;
    return code;
}

int vd_schedule_manual(vd_schedule *s, vd_str rule_id, int64_t since, int64_t until, int64_t now,
                       uint64_t *alerts, vd_err *err)
{
    by_hand m = {.s = s, .since = since, .until = until};
    vd_arena_init(&m.a, 0);
    if (alerts) *alerts = 0;
    int code = add_rules(&m, rule_id, err);
    s->hand_now = now;
    s->hand_ns = vd_mono_ns();
    if (!code) code = vd_jobs_run(s, m.jobs.v, m.jobs.n, now, alerts, err);
    s->hand_ns = 0;
    for (size_t i = 0; i < m.jobs.n && !code; i++)
        if (m.jobs.v[i].failed) code = vd_fail(err, VD_IO, "not all runs could be done: their rows say why");
    vd_vec_free(&m.jobs);
    vd_arena_fini(&m.a);
    return code;
}
