/* alert/fields.c - kibana.alert.* of one alert
 *
 * Flat dotted keys laid over the event's own. What Kibana alone knows (its version,
 * the link to the alert's page, who made the rule when) is there only if the rule
 * file says it. Source: elastic/kibana, build_alert and the rule registry. */
#include "alert/alert_int.h"

#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"

vd_str vd_alert_space(const vd_alert_options *options)
{
    return options->space.n ? options->space : VD_STR("default");
}

int64_t vd_event_time(const vd_finding_event *e)
{
    const vd_json *v = vd_json_path(e->doc, VD_STR("@timestamp"));
    int64_t ms;
    if (vd_json_typeof(v) == VD_JSON_INT) return vd_json_get_int(v);
    return vd_time_parse(vd_json_str(v), &ms) ? ms : e->ts;
}

/* ---- the rule's copies ---- */

/* The fields of the rule that stand in every alert by themselves, and what stands
 * there if the rule does not have one (NULL: nothing). */
static const struct copy {
    const char *name, *otherwise; /* as JSON */
} copies[] = {
    {"actions", "[]"},
    {"author", "[]"},
    {"building_block_type", NULL},
    {"created_at", NULL},
    {"created_by", NULL},
    {"description", NULL},
    {"exceptions_list", "[]"},
    {"false_positives", "[]"},
    {"immutable", "false"},
    {"license", NULL},
    {"namespace", NULL},
    {"note", NULL},
    {"references", "[]"},
    {"revision", "0"},
    {"risk_score", NULL},
    {"risk_score_mapping", "[]"},
    {"rule_name_override", NULL},
    {"severity", NULL},
    {"severity_mapping", "[]"},
    {"tags", "[]"},
    {"threat", "[]"},
    {"throttle", NULL},
    {"timeline_id", NULL},
    {"timeline_title", NULL},
    {"timestamp_override", NULL},
    {"type", NULL},
    {"updated_at", NULL},
    {"updated_by", NULL},
    {"version", "1"},
};

static void set_rule(vd_json *out, const char *name, vd_json *v)
{
    char key[128];
    snprintf(key, sizeof key, "kibana.alert.rule.%s", name);
    vd_json_set(out, key, v);
}

static void set_rule_str(vd_json *out, const char *name, vd_str s)
{
    set_rule(out, name, vd_json_string(s));
}

static void set_copies(vd_json *out, const vd_json *api)
{
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        vd_json *v = vd_json_get(api, copies[i].name);
        if (v)
            v = vd_json_copy(v);
        else if (!copies[i].otherwise || vd_json_parse(vd_str_from(copies[i].otherwise), &v, NULL))
            continue;
        set_rule(out, copies[i].name, v);
    }
    vd_flatten_into(out, VD_STR("kibana.alert.rule.meta"), vd_json_get(api, "meta"));
}

/* What the rule's plain fields know better than its text: defaults are filled in. */
static void set_plain(vd_json *out, const vd_rule *rule)
{
    vd_json *indices = vd_json_array();
    for (size_t i = 0; i < rule->n_index; i++)
        vd_json_push(indices, vd_json_string(rule->index[i]));
    set_rule(out, "indices", indices);
    set_rule(out, "enabled", vd_json_bool(rule->enabled));
    set_rule_str(out, "from", rule->from);
    set_rule_str(out, "interval", rule->interval);
    set_rule_str(out, "to", rule->to);
    set_rule(out, "max_signals", vd_json_int(rule->max_signals));
    set_rule_str(out, "rule_id", rule->rule_id);
    set_rule_str(out, "uuid", rule->rule_id);
}

/* One id for all alerts of one run: they have their time of creation in common. */
static void set_execution(vd_json *out, const vd_alert_options *options)
{
    char hex[65], now[32];
    size_t n = vd_time_format(options->now, now);
    const vd_str parts[] = {VD_STR("execution:"), vd_alert_space(options), {now, n}};
    vd_sha256_hex(parts, 3, hex);
    char uuid[37];
    snprintf(uuid, sizeof uuid, "%.8s-%.4s-4%.3s-8%.3s-%.12s", hex, hex + 8, hex + 13, hex + 17,
             hex + 20);
    set_rule_str(out, "execution.uuid", vd_str_from(uuid));
    set_rule_str(out, "execution.type", VD_STR("scheduled"));
    set_rule(out, "execution.timestamp", vd_json_time(options->now));
}

static vd_json *parameters_of(const vd_rule *rule)
{
    vd_json *out = vd_json_copy(rule->api);
    if (!out) out = vd_json_object();
    vd_json_del(out, "output_index");
    return out;
}

vd_json *vd_rule_fields(const vd_rule *rule, const vd_alert_options *options)
{
    vd_json *out = vd_json_object();
    set_rule_str(out, "category", VD_STR("Event Correlation Rule"));
    set_rule_str(out, "consumer", VD_STR("siem"));
    set_rule_str(out, "producer", VD_STR("siem"));
    set_rule_str(out, "rule_type_id", VD_STR("siem.eqlRule"));
    set_execution(out, options);
    set_copies(out, rule->api);
    set_plain(out, rule);
    set_rule(out, "parameters", parameters_of(rule));
    return out;
}

/* ---- the alert ---- */

static void set_alert(vd_json *doc, const char *name, vd_json *v)
{
    char key[128];
    snprintf(key, sizeof key, "kibana.alert.%s", name);
    vd_json_set(doc, key, v);
}

static void set_alert_str(vd_json *doc, const char *name, vd_str s)
{
    set_alert(doc, name, vd_json_string(s));
}

static void set_times(vd_json *doc, const vd_alert_parts *parts)
{
    static const char *const names[] = {"start", "last_detected", "intended_timestamp"};
    int64_t now = parts->options->now;
    vd_json_set(doc, "@timestamp", vd_json_time(now));
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        set_alert(doc, names[i], vd_json_time(now));
    set_alert(doc, "original_time", vd_json_time(parts->original_time));
}

static void set_workflow(vd_json *doc)
{
    set_alert_str(doc, "status", VD_STR("active"));
    set_alert_str(doc, "workflow_status", VD_STR("open"));
    set_alert(doc, "workflow_tags", vd_json_array());
    set_alert(doc, "workflow_assignee_ids", vd_json_array());
}

static void set_reason(vd_json *doc, const vd_alert_facts *facts)
{
    vd_arena a;
    vd_arena_init(&a, 1024);
    set_alert_str(doc, "reason", vd_alert_reason(&a, doc, facts));
    vd_arena_fini(&a);
}

void vd_alert_lay_over(vd_json *doc, const vd_alert_parts *parts)
{
    const vd_alert_facts *facts = parts->facts;
    set_reason(doc, facts);
    vd_json *spaces = vd_json_array();
    vd_json_push(spaces, vd_json_string(vd_alert_space(parts->options)));
    vd_json_set(doc, "kibana.space_ids", spaces);
    vd_json_set_str(doc, "event.kind", VD_STR("signal"));
    set_alert_str(doc, "uuid", vd_str_from(parts->id));
    set_times(doc, parts);
    set_workflow(doc);
    set_alert(doc, "ancestors", vd_json_copy(parts->ancestors));
    set_alert(doc, "depth", vd_json_int(vd_depth_below(parts->ancestors)));
    set_alert_str(doc, "severity", vd_str_from(vd_severity_name(facts->severity)));
    set_alert(doc, "risk_score", vd_json_int(facts->risk_score));
    vd_json_del(doc, "kibana.alert.building_block_type");
    if (parts->building_block_type.n)
        set_alert_str(doc, "building_block_type", parts->building_block_type);
    for (vd_json_iter it = {0}; vd_json_next(parts->rule_fields, &it);)
        vd_json_set_n(doc, it.key, vd_json_share(it.value));
    set_rule_str(doc, "name", facts->name);
}
