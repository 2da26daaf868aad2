/* alert/overrides.c - severity, risk score and name by the rule's mappings
 *
 * Source: elastic/kibana, build_severity_from_mapping, build_risk_score_from_mapping,
 * build_rule_name_from_mapping. Sequences keep the rule's own three. */
#include "alert/alert_int.h"

#include <math.h>
#include <stdlib.h>

/* ---- severity ---- */

typedef struct wanted {
    vd_str text;   /* the mapping's value */
    bool numeric;  /* compare as numbers: event.severity */
    double number; /* floor of the value, NaN if it is none */
    bool found;
} wanted;

/* A number or a numeric string; NaN for anything else. */
static double number_of(const vd_json *v)
{
    vd_json_type type = vd_json_typeof(v);
    if (type == VD_JSON_INT || type == VD_JSON_DOUBLE) return vd_json_get_double(v);
    vd_str s = vd_str_trim(vd_json_str(v));
    char buf[64], *end = buf;
    if (type != VD_JSON_STRING || s.n == 0 || s.n >= sizeof buf) return NAN;
    memcpy(buf, s.p, s.n);
    buf[s.n] = 0;
    double d = strtod(buf, &end);
    return *end == 0 ? d : NAN;
}

static bool equals(void *ctx, const vd_json *v)
{
    wanted *w = ctx;
    if (w->numeric) {
        w->found = number_of(v) == w->number;
    } else {
        vd_arena a;
        vd_arena_init(&a, 256);
        w->found = w->text.n > 0 && vd_str_eq(vd_scalar_text(&a, v), w->text);
        vd_arena_fini(&a);
    }
    return !w->found;
}

/* The mapping's item holds for the document. */
static bool item_holds(const vd_json *item, const vd_json *doc)
{
    vd_str field = vd_json_str(vd_json_get(item, "field"));
    wanted w = {.text = vd_json_str(vd_json_get(item, "value")),
                .numeric = vd_str_eq(field, VD_STR("event.severity"))};
    if (w.numeric) w.number = floor(number_of(vd_json_get(item, "value")));
    vd_doc_values(doc, field, equals, &w);
    return w.found;
}

/* Of all items that hold, the highest severity: their order is no matter. */
static vd_severity severity_of(const vd_rule *rule, const vd_json *doc)
{
    const vd_json *mapping = vd_json_get(rule->api, "severity_mapping");
    vd_severity best = VD_SEVERITY_COUNT;
    for (size_t i = 0; vd_json_typeof(mapping) == VD_JSON_ARRAY && i < vd_json_len(mapping); i++) {
        const vd_json *item = vd_json_at(mapping, i);
        vd_severity s = vd_severity_from(vd_json_str(vd_json_get(item, "severity")));
        if (s == VD_SEVERITY_COUNT || (best != VD_SEVERITY_COUNT && s <= best)) continue;
        if (item_holds(item, doc)) best = s;
    }
    return best == VD_SEVERITY_COUNT ? rule->severity : best;
}

/* ---- risk score ---- */

static bool larger(void *ctx, const vd_json *v)
{
    double *best = ctx, d = number_of(v);
    if (d >= 0 && d <= 100 && d > *best) *best = d;
    return true;
}

/* The largest score in 0 to 100 that the first item's field holds. Its value and
 * risk_score are not looked at. */
static int64_t risk_of(const vd_rule *rule, const vd_json *doc)
{
    const vd_json *item = vd_json_at(vd_json_get(rule->api, "risk_score_mapping"), 0);
    double best = -1;
    vd_str field = vd_json_str(vd_json_get(item, "field"));
    if (field.n) vd_doc_values(doc, field, larger, &best);
    return best < 0 ? rule->risk_score : (int64_t)best;
}

/* ---- name ---- */

static bool take_string(void *ctx, const vd_json *v)
{
    vd_str *name = ctx;
    *name = vd_json_str(v);
    return name->n == 0;
}

static vd_str name_of(const vd_rule *rule, const vd_json *doc)
{
    vd_str field = vd_json_str(vd_json_get(rule->api, "rule_name_override"));
    vd_str name = {0};
    if (field.n) vd_doc_values(doc, field, take_string, &name);
    return name.n ? name : rule->name;
}

vd_alert_facts vd_alert_facts_of(const vd_finding *finding)
{
    const vd_rule *rule = finding->rule;
    if (finding->sequence || finding->n_events == 0)
        return (vd_alert_facts){rule->severity, rule->risk_score, rule->name};
    const vd_json *doc = finding->events[0].doc;
    return (vd_alert_facts){severity_of(rule, doc), risk_of(rule, doc), name_of(rule, doc)};
}
