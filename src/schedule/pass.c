#include "base/clock.h"
#include "schedule/schedule_int.h"

static void on_found(void *ctx, const vd_finding *finding)
{
    vd_pass *pass = ctx;
    vd_schedule *s = pass->s;
    uint32_t at = vd_map_get(&s->by_id, finding->rule->rule_id);
    if (at == VD_MAP_NONE || s->known.v[at].rule == VD_NO_RULE) return;
    uint32_t place = pass->run_of[s->known.v[at].rule];
    if (place == VD_NO_RULE) return;
    vd_one_run *run = &pass->runs[place];
    run->alerts += s->cfg.found(s->cfg.ctx, finding, pass->now, run->kind);
}

/* The names that one of the rules takes. A name that would be a pattern reads more than it
 * should, which does no harm; one that would take away from the others makes us read all. */
static bool narrow(const vd_pass *pass, vd_names *out)
{
    for (size_t i = 0; i < pass->names->n; i++) {
        vd_str name = pass->names->v[i];
        bool taken = false;
        for (size_t k = 0; k < pass->n_runs && !taken; k++)
            taken = vd_plan_takes(pass->s->plan, pass->runs[k].rule, name);
        if (!taken) continue;
        if (vd_str_starts(name, VD_STR("-"))) return false;
        *vd_vec_push(out) = name;
    }
    return true;
}

static vd_engine_window *windows_of(const vd_pass *pass)
{
    size_t n = vd_plan_rule_count(pass->s->plan);
    vd_engine_window *w = vd_calloc(n + 1, sizeof *w);
    for (size_t i = 0; i < n; i++)
        w[i] = (vd_engine_window){.since = 1, .until = 0};
    for (size_t i = 0; i < pass->n_runs; i++) {
        vd_run_window own = pass->runs[i].window;
        w[pass->runs[i].rule] = (vd_engine_window){own.since, own.until};
    }
    return w;
}

static uint32_t *places_of(const vd_pass *pass)
{
    size_t n = vd_plan_rule_count(pass->s->plan);
    uint32_t *place = vd_calloc(n + 1, sizeof *place);
    for (size_t i = 0; i < n; i++)
        place[i] = VD_NO_RULE;
    for (size_t i = 0; i < pass->n_runs; i++)
        place[pass->runs[i].rule] = (uint32_t)i;
    return place;
}

static int feed(const vd_pass *pass, vd_engine *engine, const vd_engine_window *windows, vd_err *err)
{
    vd_names names = {0};
    bool all = !narrow(pass, &names);
    vd_feed f = {.store = pass->s->cfg.store,
                 .plan = pass->s->plan,
                 .engine = engine,
                 .windows = windows,
                 .indices = names.v,
                 .n_indices = all ? 0 : names.n,
                 .events = all || names.n,
                 .alerts = pass->alerts,
                 .stopping = pass->s->cfg.stopping,
                 .ctx = pass->s->cfg.ctx};
    int code = vd_feed_run(&f, err);
    vd_vec_free(&names);
    return code;
}

static void take_stats(vd_pass *pass, const vd_engine *engine)
{
    for (size_t i = 0; i < pass->n_runs; i++) {
        vd_one_run *run = &pass->runs[i];
        vd_engine_rule_stats st = vd_engine_rule_stats_of(engine, run->rule);
        run->events = st.documents;
        run->candidates = st.candidates;
        run->findings = st.findings;
        /* What pipes leave out is no alert that a cap withheld. */
        bool pipes = vd_plan_rule_at(pass->s->plan, run->rule)->rule->eql->n_pipes > 0;
        run->left_out = pipes ? 0 : st.left_out;
    }
}

int vd_pass_run(vd_pass *pass, vd_err *err)
{
    vd_schedule *s = pass->s;
    int64_t began = vd_mono_ns();
    vd_engine_window *windows = windows_of(pass);
    pass->run_of = places_of(pass);
    vd_engine_config c = {.plan = s->plan,
                          .default_index = s->cfg.default_index,
                          .since = VD_TIME_NONE,
                          .until = VD_TIME_NONE,
                          .windows = windows,
                          .size = s->cfg.max_alerts,
                          .honour_max_signals = true,
                          .max_state = s->cfg.max_state,
                          .found = on_found,
                          .ctx = pass};
    vd_engine *engine = vd_engine_new(&c, err);
    int code = engine ? feed(pass, engine, windows, err) : VD_LIMIT;
    if (!code) code = vd_engine_finish(engine, err);
    if (!code) take_stats(pass, engine);
    vd_engine_free(engine);
    free(windows);
    free(pass->run_of);
    pass->duration_ms = (vd_mono_ns() - began) / 1000000;
    return code;
}
