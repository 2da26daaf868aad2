#include "match/match_int.h"

static uint64_t *bits(vd_matcher *m, uint32_t n)
{
    return VD_NEW_N(&m->route_arena, uint64_t, n / 64 + 1);
}

static void set(uint64_t *b, uint32_t i) { b[i >> 6] |= 1ull << (i & 63); }

static void fill(vd_matcher *m, vd_route *r)
{
    const vd_plan *plan = m->plan;
    r->rules = bits(m, plan->n_rules);
    r->conditions = bits(m, plan->n_conditions);
    for (uint32_t i = 0; i < plan->n_rules; i++)
        if (vd_plan_takes(plan, i, r->name)) set(r->rules, i);
    for (uint32_t c = 0; c < plan->n_conditions; c++) {
        vd_list l = plan->conditions[c].uses;
        for (uint32_t k = 0; k < l.n; k++)
            if (vd_bit(r->rules, plan->uses[l.at + k].rule)) set(r->conditions, c);
    }
}

static void add_events(const vd_matcher *m, const vd_route *r, uint64_t *by_rule)
{
    for (uint32_t i = 0; i < m->plan->n_rules; i++)
        if (vd_bit(r->rules, i)) by_rule[i] += r->events;
}

static void forget(vd_matcher *m)
{
    for (size_t i = 0; i < m->routes.n; i++)
        add_events(m, &m->routes.v[i], m->rule_events);
    vd_map_fini(&m->route_map);
    vd_arena_reset(&m->route_arena);
    m->routes.n = 0;
}

uint64_t vd_match_rule_events(const vd_matcher *m, uint32_t rule)
{
    if (m->plan->ignore_index) return m->stats.events;
    uint64_t n = m->rule_events[rule];
    for (size_t i = 0; i < m->routes.n; i++)
        if (vd_bit(m->routes.v[i].rules, rule)) n += m->routes.v[i].events;
    return n;
}

/* Names come from documents: so many are kept, then all are forgotten. */
#define MAX_ROUTES 4096

const vd_route *vd_match_route(vd_matcher *m, vd_str index)
{
    uint32_t at = vd_map_get(&m->route_map, index);
    if (at != VD_MAP_NONE) {
        m->routes.v[at].events++;
        return &m->routes.v[at];
    }
    if (m->routes.n == MAX_ROUTES) forget(m);
    vd_route r = {.name = vd_arena_str(&m->route_arena, index), .events = 1};
    fill(m, &r);
    vd_map_put(&m->route_map, r.name, (uint32_t)m->routes.n);
    *vd_vec_push(&m->routes) = r;
    return &m->routes.v[m->routes.n - 1];
}
