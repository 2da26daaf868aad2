/* rule/export.c - rules out again, as Kibana exports them; ATT&CK of a rule */
#include "rule/rule_int.h"

vd_json *vd_rule_export(const vd_rule *rule)
{
    vd_json *out = vd_json_copy(rule->api);
    vd_json_del(out, "threat_mappings"); /* detection-rules' own, no part of the API */
    return out;
}

static bool is_item(const vd_json *exception)
{
    return vd_json_has(exception, "item_id") || vd_json_has(exception, "entries");
}

static void put_count(vd_json *summary, const char *key, size_t n)
{
    vd_json_set(summary, key, vd_json_uint(n));
}

/* A list of what could not be exported, always empty here, and its length. */
static void put_none(vd_json *summary, const char *list, const char *count)
{
    vd_json_set(summary, list, vd_json_array());
    put_count(summary, count, 0);
}

vd_json *vd_ruleset_export_summary(const vd_ruleset *set)
{
    size_t items = 0;
    for (size_t i = 0; i < set->exceptions.n; i++)
        items += is_item(set->exceptions.v[i]);
    vd_json *s = vd_json_object();
    put_count(s, "exported_count", set->rules.n + set->exceptions.n);
    put_count(s, "exported_rules_count", set->rules.n);
    put_none(s, "missing_rules", "missing_rules_count");
    put_count(s, "exported_exception_list_count", set->exceptions.n - items);
    put_count(s, "exported_exception_list_item_count", items);
    put_none(s, "missing_exception_list_items", "missing_exception_list_item_count");
    put_none(s, "missing_exception_lists", "missing_exception_lists_count");
    put_count(s, "exported_action_connector_count", 0);
    put_none(s, "missing_action_connections", "missing_action_connection_count");
    put_none(s, "excluded_action_connections", "excluded_action_connection_count");
    return s;
}

/* ---- ATT&CK ---- */

typedef struct threat_list {
    vd_threat *out;
    size_t n, max;
} threat_list;

static vd_str text_of(const vd_json *object, const char *key)
{
    return vd_json_str(vd_json_get(object, key));
}

/* `technique` may be NULL: the tactic alone. */
static void put_threat(threat_list *list, const vd_json *tactic, const vd_json *technique)
{
    if (list->n == list->max) return;
    list->out[list->n++] = (vd_threat){
        .tactic_id = text_of(tactic, "id"),
        .tactic_name = text_of(tactic, "name"),
        .technique_id = text_of(technique, "id"),
        .technique_name = text_of(technique, "name"),
    };
}

static void put_technique(threat_list *list, const vd_json *tactic, const vd_json *technique)
{
    const vd_json *subs = vd_json_get(technique, "subtechnique");
    for (size_t i = 0; vd_json_at(subs, i); i++)
        put_threat(list, tactic, vd_json_at(subs, i));
    if (!vd_json_at(subs, 0)) put_threat(list, tactic, technique);
}

size_t vd_rule_threats(const vd_rule *rule, vd_threat *out, size_t max)
{
    threat_list list = {.out = out, .max = max};
    const vd_json *threat = vd_json_get(rule->api, "threat");
    for (size_t i = 0; i < vd_json_len(threat) && list.n < max; i++) {
        const vd_json *entry = vd_json_at(threat, i);
        const vd_json *tactic = vd_json_get(entry, "tactic");
        const vd_json *techniques = vd_json_get(entry, "technique");
        for (size_t k = 0; vd_json_at(techniques, k); k++)
            put_technique(&list, tactic, vd_json_at(techniques, k));
        if (!vd_json_at(techniques, 0)) put_threat(&list, tactic, NULL);
    }
    return list.n;
}
