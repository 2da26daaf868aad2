#include "schedule/schedule_int.h"

/* The same window for every rule, as vd_feed wants it. */
static vd_engine_window *same_window(const vd_preview *p)
{
    size_t n = vd_plan_rule_count(p->plan);
    vd_engine_window *w = vd_calloc(n + 1, sizeof *w);
    for (size_t i = 0; i < n; i++)
        w[i] = (vd_engine_window){p->window.since, p->window.until};
    return w;
}

static bool stopping(void *ctx)
{
    const vd_preview *p = ctx;
    return p->stop && __atomic_load_n(p->stop, __ATOMIC_RELAXED); /* set by a signal or another thread */
}

/* As runs do: what asks for alerts by its patterns, not what takes everything. */
static bool wants_alerts(const vd_preview *p)
{
    bool wanted = p->alerts_too && p->n_indices;
    for (uint32_t i = 0; p->alerts_too && !wanted && i < vd_plan_rule_count(p->plan); i++)
        wanted = vd_reads_alerts(p->plan, i);
    return wanted;
}

int vd_schedule_preview(vd_store *store, const vd_preview *p, vd_engine_stats *stats, vd_err *err)
{
    vd_engine_window *windows = same_window(p);
    vd_engine_config c = {.plan = p->plan,
                          .workers = 2,
                          .default_index = p->default_index,
                          .windows = windows,
                          .size = p->max_signals ? VD_MAX_ALERTS : p->size,
                          .head = p->head,
                          .honour_max_signals = p->max_signals,
                          .found = p->found,
                          .ctx = p->ctx};
    vd_engine *engine = vd_engine_new(&c, err);
    if (p->blocks) *p->blocks = (vd_scan_counts){0};
    vd_feed f = {.store = store,
                 .plan = p->plan,
                 .engine = engine,
                 .windows = windows,
                 .indices = p->indices,
                 .n_indices = p->n_indices,
                 .events = true,
                 .workers = 2,
                 .narrow = true,
                 .blocks = p->blocks,
                 .alerts = wants_alerts(p),
                 .stopping = stopping,
                 .ctx = (void *)(uintptr_t)p};
    int code = engine ? vd_feed_run(&f, err) : VD_LIMIT;
    if (!code) code = vd_engine_finish(engine, err);
    if (stats) *stats = engine ? vd_engine_stats_of(engine) : (vd_engine_stats){0};
    vd_engine_free(engine);
    free(windows);
    return code;
}
