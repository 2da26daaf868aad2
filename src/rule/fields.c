/* rule/fields.c - the plain fields of a rule, out of its tree
 *
 * Every field that is wrong becomes a problem of the rule; the field then has its
 * default. What a rule leaves out has the API's default (Elastic docs: Detections
 * API, create rule). */
#include "rule/fields_int.h"

/* A null is as good as nothing: answers of the API hold some. */
static vd_json *field(const vd_rule *rule, const char *key)
{
    return vd_json_get(rule->api, key);
}

/* ---- strings ---- */

static vd_str string_or(vd_ruleset *set, vd_rule *rule, const char *key, vd_str otherwise)
{
    vd_json *v = field(rule, key);
    if (!v) return otherwise;
    if (vd_json_typeof(v) == VD_JSON_STRING) return vd_arena_str(&set->arena, vd_json_str(v));
    vd_rule_problem(set, rule, true, "bad-value", "\"%s\" must be a string", key);
    return otherwise;
}

static vd_str optional_string(vd_ruleset *set, vd_rule *rule, const char *key)
{
    return string_or(set, rule, key, VD_STR(""));
}

static vd_str required_string(vd_ruleset *set, vd_rule *rule, const char *key)
{
    vd_json *v = field(rule, key);
    vd_str s = optional_string(set, rule, key);
    if (!v)
        vd_rule_problem(set, rule, true, "missing-field", "\"%s\" is missing", key);
    else if (vd_json_typeof(v) == VD_JSON_STRING && vd_str_trim(s).n == 0)
        vd_rule_problem(set, rule, true, "bad-value", "\"%s\" is empty", key);
    return s;
}

/* A list of strings; *n gets its length. */
static vd_str *string_list(vd_ruleset *set, vd_rule *rule, const char *key, size_t *n)
{
    vd_json *v = field(rule, key);
    bool good = !v || vd_json_typeof(v) == VD_JSON_ARRAY;
    *n = good ? vd_json_len(v) : 0;
    vd_str *list = VD_NEW_N(&set->arena, vd_str, *n);
    for (size_t i = 0; i < *n; i++) {
        vd_json *element = vd_json_at(v, i);
        good = good && vd_json_typeof(element) == VD_JSON_STRING;
        list[i] = vd_arena_str(&set->arena, vd_json_str(element));
    }
    if (good) return list;
    vd_rule_problem(set, rule, true, "bad-value", "\"%s\" must be a list of strings", key);
    *n = 0;
    return list;
}

/* ---- numbers ---- */

/* A whole number, also if it is written as 47.0. */
static bool whole_number(const vd_json *v, int64_t *out)
{
    if (vd_json_typeof(v) == VD_JSON_INT) {
        *out = vd_json_get_int(v);
        return true;
    }
    if (vd_json_typeof(v) != VD_JSON_DOUBLE) return false;
    double d = vd_json_get_double(v);
    if (!(d >= -1e15 && d <= 1e15) || d != (double)(int64_t)d) return false;
    *out = (int64_t)d;
    return true;
}

static int64_t risk_score(vd_ruleset *set, vd_rule *rule)
{
    vd_json *v = field(rule, "risk_score");
    int64_t score;
    if (!v)
        vd_rule_problem(set, rule, true, "missing-field", "\"risk_score\" is missing");
    else if (!whole_number(v, &score) || score < 0 || score > 100)
        vd_rule_problem(set, rule, true, "bad-value",
                        "\"risk_score\" must be a whole number from 0 to 100, not %.*s",
                        VD_FMT(vd_json_text(&set->arena, v, false)));
    else
        return score;
    return 0;
}

static int64_t max_signals(vd_ruleset *set, vd_rule *rule)
{
    vd_json *v = field(rule, "max_signals");
    int64_t n;
    if (!v) return VD_DEFAULT_MAX_SIGNALS;
    if (whole_number(v, &n) && n >= 1) return n;
    vd_rule_problem(set, rule, true, "bad-value",
                    "\"max_signals\" must be a whole number of at least 1, not %.*s",
                    VD_FMT(vd_json_text(&set->arena, v, false)));
    return VD_DEFAULT_MAX_SIGNALS;
}

/* ---- words ---- */

static bool truth(vd_ruleset *set, vd_rule *rule, const char *key)
{
    vd_json *v = field(rule, key);
    if (v && vd_json_typeof(v) != VD_JSON_BOOL)
        vd_rule_problem(set, rule, true, "bad-value", "\"%s\" must be true or false", key);
    return vd_json_typeof(v) == VD_JSON_BOOL && vd_json_get_bool(v);
}

static vd_severity severity(vd_ruleset *set, vd_rule *rule)
{
    vd_str s = required_string(set, rule, "severity");
    vd_severity severity = vd_severity_from(s);
    if (severity != VD_SEVERITY_COUNT) return severity;
    if (s.n)
        vd_rule_problem(set, rule, true, "bad-value",
                        "\"severity\" must be low, medium, high or critical, not \"%.*s\"",
                        VD_FMT(s));
    return VD_SEVERITY_LOW;
}

static vd_str language(vd_ruleset *set, vd_rule *rule)
{
    const vd_rule_type *type = vd_rule_type_of(rule->type);
    const char *otherwise = type && type->language ? type->language : "";
    return string_or(set, rule, "language", vd_str_from(otherwise));
}

static void fill_names(vd_ruleset *set, vd_rule *rule)
{
    rule->rule_id = required_string(set, rule, "rule_id");
    rule->name = required_string(set, rule, "name");
    required_string(set, rule, "description");
    rule->type = required_string(set, rule, "type");
    rule->language = language(set, rule);
    rule->query = optional_string(set, rule, "query");
    rule->severity = severity(set, rule);
    rule->risk_score = risk_score(set, rule);
}

static void fill_schedule(vd_ruleset *set, vd_rule *rule)
{
    rule->max_signals = max_signals(set, rule);
    rule->interval = string_or(set, rule, "interval", VD_STR("5m"));
    rule->from = string_or(set, rule, "from", VD_STR("now-6m"));
    rule->to = string_or(set, rule, "to", VD_STR("now"));
}

void vd_rule_fill(vd_ruleset *set, vd_rule *rule)
{
    fill_names(set, rule);
    fill_schedule(set, rule);
    rule->index = string_list(set, rule, "index", &rule->n_index);
    rule->tags = string_list(set, rule, "tags", &rule->n_tags);
    rule->timestamp_override = optional_string(set, rule, "timestamp_override");
    rule->no_time_fallback = truth(set, rule, "timestamp_override_fallback_disabled");
    rule->category_field = optional_string(set, rule, "event_category_override");
    rule->timestamp_field = optional_string(set, rule, "timestamp_field");
    rule->tiebreaker_field = optional_string(set, rule, "tiebreaker_field");
    rule->building_block = optional_string(set, rule, "building_block_type").n > 0;
    rule->runs = vd_str_eq(rule->type, VD_STR("eql")) && vd_str_eq(rule->language, VD_STR("eql"));
    vd_rule_validate(set, rule);
}
