/* The report: collects what the first screen needs of every finding. Memory grows with
 * the rules that alert and their hosts, not with the alerts, unless all are shown. */
#include "sink/report_int.h"

/* The index for `key` in a map whose values count up: *fresh says it is a new one. Keys
 * are copied only then. */
static uint32_t index_of(vd_report *r, vd_map *map, vd_str key, size_t next, bool *fresh)
{
    uint32_t i = vd_map_get(map, key);
    *fresh = i == VD_MAP_NONE;
    return *fresh ? vd_map_put(map, vd_arena_str(&r->a, key), (uint32_t)next) : i;
}

static vd_group *group_of(vd_report *r, vd_severity severity, const vd_rule *rule)
{
    char key[64];
    bool fresh;
    int n = snprintf(key, sizeof key, "%d %p", (int)severity, (const void *)rule);
    uint32_t i = index_of(r, &r->index, (vd_str){key, (size_t)n}, r->groups.n, &fresh);
    if (fresh) *vd_vec_push(&r->groups) = (vd_group){.rule = rule, .severity = severity};
    return &r->groups.v[i];
}

static void count_host(vd_report *r, vd_group *g, vd_str host)
{
    bool fresh;
    uint32_t i = index_of(r, &g->host_index, host, g->hosts.n, &fresh);
    if (fresh) *vd_vec_push(&g->hosts) = (vd_counted){vd_arena_str(&r->a, host), 0};
    g->hosts.v[i].n++;
}

static void count_technique(vd_report *r, vd_str id, vd_str name)
{
    if (!id.n) return;
    bool fresh;
    uint32_t i = index_of(r, &r->technique_index, id, r->techniques.n, &fresh);
    if (fresh) {
        *vd_vec_push(&r->techniques) = (vd_counted){id, 0};
        *vd_vec_push(&r->technique_names) = name;
    }
    r->techniques.v[i].n++;
}

static void count_threats(vd_report *r, const vd_rule *rule)
{
    vd_threat threats[32];
    size_t n = vd_rule_threats(rule, threats, 32);
    for (size_t i = 0; i < n && i < 32; i++)
        count_technique(r, threats[i].technique_id.n ? threats[i].technique_id : threats[i].tactic_id,
                        threats[i].technique_id.n ? threats[i].technique_name
                                                  : threats[i].tactic_name);
}

static void show(vd_sink *sink, vd_group *g, const vd_finding *finding, const vd_alert_facts *facts)
{
    vd_report *r = sink->state;
    size_t n = finding->n_events;
    if (!sink->o.full && n > VD_SHOWN_EVENTS) n = VD_SHOWN_EVENTS;
    *vd_vec_push(&g->shown) = (vd_shown){vd_arena_str(&r->a, facts->name), facts->risk_score,
                                         r->rows.n, n, finding->n_events - n, finding->sequence};
    for (size_t i = 0; i < n; i++)
        *vd_vec_push(&r->rows) = vd_row_of(&r->a, &finding->events[i]);
    if (finding->sequence && n > r->most_stages) r->most_stages = n;
}

/* The host of a finding: that of its first event which has one. */
static void count_finding_host(vd_report *r, vd_group *g, const vd_finding *finding)
{
    vd_str host = {0};
    for (size_t i = 0; i < finding->n_events && !host.n; i++)
        if (!finding->events[i].missing) host = vd_host_of(&r->scratch, finding->events[i].doc);
    if (host.n) count_host(r, g, host);
    vd_arena_reset(&r->scratch);
}

static void hide(vd_report *r, const vd_rule *rule)
{
    char key[32];
    bool fresh;
    int n = snprintf(key, sizeof key, "%p", (const void *)rule);
    r->hidden++;
    index_of(r, &r->hidden_index, (vd_str){key, (size_t)n}, r->hidden_rules, &fresh);
    r->hidden_rules += fresh;
}

static void take(vd_sink *sink, const vd_finding *finding)
{
    vd_report *r = sink->state;
    vd_alert_facts facts = vd_alert_facts_of(finding);
    if (finding->rule->building_block && !sink->o.building_blocks) {
        hide(r, finding->rule);
        return;
    }
    vd_group *g = group_of(r, facts.severity, finding->rule);
    g->n++;
    if (facts.risk_score > g->risk_score) g->risk_score = facts.risk_score;
    if (sink->o.live) vd_report_now(sink, r, finding, &facts);
    if ((sink->o.full && !sink->o.live) || g->n == 1) show(sink, g, finding, &facts);
    count_finding_host(r, g, finding);
    count_threats(r, finding->rule);
}

static void end(vd_sink *sink, const vd_summary *summary)
{
    vd_report_print(sink, sink->state, summary);
}

static void free_report(vd_sink *sink)
{
    vd_report *r = sink->state;
    for (size_t i = 0; i < r->groups.n; i++) {
        vd_map_fini(&r->groups.v[i].host_index);
        vd_vec_free(&r->groups.v[i].hosts);
        vd_vec_free(&r->groups.v[i].shown);
    }
    vd_vec_free(&r->groups);
    vd_vec_free(&r->rows);
    vd_vec_free(&r->techniques);
    vd_vec_free(&r->technique_names);
    vd_map_fini(&r->index);
    vd_map_fini(&r->hidden_index);
    vd_map_fini(&r->technique_index);
    vd_arena_fini(&r->scratch);
    vd_arena_fini(&r->a);
    free(r);
}

void vd_sink_report_init(vd_sink *sink)
{
    vd_report *r = vd_calloc(1, sizeof *r);
    vd_arena_init(&r->a, 0);
    vd_arena_init(&r->scratch, 4096);
    sink->state = r;
    sink->take = take;
    sink->end = end;
    sink->free = free_report;
}
