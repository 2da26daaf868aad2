#include "sink/dossier.h"

/* ATT&CK's enterprise tactics in the order of its matrix. */
const char *const vd_tactic_ids[VD_TACTICS] = {
    "TA0043", "TA0042", "TA0001", "TA0002", "TA0003", "TA0004", "TA0005",
    "TA0006", "TA0007", "TA0008", "TA0009", "TA0011", "TA0010", "TA0040"};
const char *const vd_tactic_names[VD_TACTICS] = {
    "Reconnaissance",    "Resource Development", "Initial Access",  "Execution",
    "Persistence",       "Privilege Escalation", "Defense Evasion", "Credential Access",
    "Discovery",         "Lateral Movement",     "Collection",      "Command and Control",
    "Exfiltration",      "Impact"};

size_t vd_tactic_place(vd_str id)
{
    size_t i = 0;
    while (i < VD_TACTICS && !vd_str_eq(id, vd_str_from(vd_tactic_ids[i])))
        i++;
    return i;
}

void vd_dossier_init(vd_dossier *d)
{
    *d = (vd_dossier){0};
    vd_arena_init(&d->a, 0);
}

void vd_dossier_fini(vd_dossier *d)
{
    for (size_t i = 0; i < d->rules.n; i++)
        vd_vec_free(&d->rules.v[i].alerts);
    for (size_t i = 0; i < d->techniques.n; i++)
        vd_vec_free(&d->techniques.v[i].rules);
    vd_vec_free(&d->events);
    vd_vec_free(&d->nodes);
    vd_vec_free(&d->alerts);
    vd_vec_free(&d->rules);
    vd_vec_free(&d->techniques);
    vd_vec_free(&d->moments);
    vd_map_fini(&d->rule_index);
    vd_map_fini(&d->technique_index);
    vd_map_fini(&d->host_index);
    vd_arena_fini(&d->a);
}

/* The number of `key` in a map that counts up to `next`; keys are copied when new. */
static uint32_t number_of(vd_dossier *d, vd_map *map, vd_str key, size_t next)
{
    uint32_t i = vd_map_get(map, key);
    return i != VD_MAP_NONE ? i : vd_map_put(map, vd_arena_str(&d->a, key), (uint32_t)next);
}

static vd_dossier_rule *rule_of(vd_dossier *d, const vd_rule *rule, int64_t ts)
{
    char key[32];
    int n = snprintf(key, sizeof key, "%p", (const void *)rule);
    uint32_t i = number_of(d, &d->rule_index, (vd_str){key, (size_t)n}, d->rules.n);
    if (i == d->rules.n)
        *vd_vec_push(&d->rules) = (vd_dossier_rule){.rule = rule, .first_ts = ts, .last_ts = ts};
    return &d->rules.v[i];
}

static void count_technique(vd_dossier *d, const vd_rule *rule, const vd_threat *t)
{
    char key[128];
    int n = snprintf(key, sizeof key, "%.*s %.*s", VD_FMT(vd_str_sub(t->tactic_id, 0, 40)),
                     VD_FMT(vd_str_sub(t->technique_id, 0, 40)));
    uint32_t i = number_of(d, &d->technique_index, (vd_str){key, (size_t)n}, d->techniques.n);
    if (i == d->techniques.n)
        *vd_vec_push(&d->techniques) = (vd_tactic_technique){
            t->tactic_id, t->tactic_name, t->technique_id, t->technique_name, 0, {0}};
    vd_tactic_technique *technique = &d->techniques.v[i];
    technique->n++;
    for (size_t k = 0; k < technique->rules.n; k++)
        if (technique->rules.v[k] == rule) return;
    *vd_vec_push(&technique->rules) = rule;
}

static void count_threats(vd_dossier *d, const vd_rule *rule)
{
    vd_threat threats[32];
    size_t n = vd_rule_threats(rule, threats, 32);
    for (size_t i = 0; i < n && i < 32; i++)
        if (threats[i].tactic_id.n || threats[i].technique_id.n)
            count_technique(d, rule, &threats[i]);
}

static void add_events(vd_dossier *d, vd_dossier_alert *alert, const vd_finding *finding)
{
    alert->first_event = d->events.n;
    alert->first_node = d->nodes.n;
    for (size_t i = 0; i < finding->n_events && i < VD_DETAILED_EVENTS; i++) {
        const vd_finding_event *ev = &finding->events[i];
        *vd_vec_push(&d->events) = (vd_dossier_event){
            vd_row_of(&d->a, ev), vd_arena_str(&d->a, ev->id), vd_arena_str(&d->a, ev->source), ev->line};
        if (!ev->missing) vd_tree_add(d, alert->first_node, ev->doc);
    }
    alert->n_events = d->events.n - alert->first_event;
    alert->cut = finding->n_events - alert->n_events;
    alert->n_nodes = d->nodes.n - alert->first_node;
}

static vd_str host_of(vd_dossier *d, const vd_finding *finding)
{
    vd_str host = {0};
    for (size_t i = 0; i < finding->n_events && !host.n; i++)
        if (!finding->events[i].missing) host = vd_host_of(&d->a, finding->events[i].doc);
    return host;
}

static void keep_alert(vd_dossier *d, vd_dossier_rule *rule, const vd_finding *finding,
                       const vd_alert_facts *facts, vd_str host)
{
    vd_dossier_alert alert = {.name = vd_arena_str(&d->a, facts->name),
                              .host = vd_arena_str(&d->a, host),
                              .severity = facts->severity,
                              .risk_score = facts->risk_score,
                              .ts = finding->ts,
                              .sequence = finding->sequence};
    add_events(d, &alert, finding);
    *vd_vec_push(&rule->alerts) = (uint32_t)d->alerts.n;
    *vd_vec_push(&d->alerts) = alert;
}

void vd_dossier_take(vd_dossier *d, const vd_sink_options *o, const vd_finding *finding)
{
    if (finding->rule->building_block && !o->building_blocks) {
        d->hidden++;
        return;
    }
    vd_alert_facts facts = vd_alert_facts_of(finding);
    vd_dossier_rule *rule = rule_of(d, finding->rule, finding->ts);
    vd_str host = host_of(d, finding);
    d->n++;
    d->by_severity[facts.severity]++;
    *vd_vec_push(&d->moments) = (vd_moment){finding->ts, facts.severity};
    if (host.n && number_of(d, &d->host_index, host, d->hosts) == d->hosts) d->hosts++;
    if (!rule->n++ || facts.severity > rule->severity) rule->severity = facts.severity;
    if (facts.risk_score > rule->risk_score) rule->risk_score = facts.risk_score;
    if (finding->ts < rule->first_ts) rule->first_ts = finding->ts;
    if (finding->ts > rule->last_ts) rule->last_ts = finding->ts;
    count_threats(d, finding->rule);
    if (o->full || rule->alerts.n < VD_DETAILED) keep_alert(d, rule, finding, &facts, host);
}

static int by_weight(const void *a, const void *b)
{
    const vd_dossier_rule *x = a, *y = b;
    if (x->severity != y->severity) return x->severity > y->severity ? -1 : 1;
    if (x->risk_score != y->risk_score) return x->risk_score > y->risk_score ? -1 : 1;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return vd_str_cmp(x->rule->name, y->rule->name);
}

static int by_tactic(const void *a, const void *b)
{
    const vd_tactic_technique *x = a, *y = b;
    size_t px = vd_tactic_place(x->tactic_id), py = vd_tactic_place(y->tactic_id);
    if (px != py) return px < py ? -1 : 1;
    int tactic = vd_str_cmp(x->tactic_id, y->tactic_id);
    if (tactic) return tactic;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return vd_str_cmp(x->technique_id, y->technique_id);
}

void vd_dossier_sort(vd_dossier *d)
{
    if (d->rules.n) qsort(d->rules.v, d->rules.n, sizeof *d->rules.v, by_weight);
    if (d->techniques.n) qsort(d->techniques.v, d->techniques.n, sizeof *d->techniques.v, by_tactic);
}
