/* rule/validate.c - what a rule must be beyond the form of each field
 *
 * The texts about timelines, thresholds and the time range are those of Kibana's
 * API, so that they can be looked up. */
#include "base/clock.h"
#include "rule/fields_int.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* ---- types ---- */

static const vd_rule_type types[] = {
    {"eql", "eql", NULL, {"query"}},
    {"query", "kuery", "lucene", {NULL}},
    {"saved_query", "kuery", "lucene", {"saved_id"}},
    {"threshold", "kuery", "lucene", {"query", "threshold"}},
    {"threat_match",
     "kuery",
     "lucene",
     {"query", "threat_query", "threat_mapping", "threat_index"}},
    {"new_terms", "kuery", "lucene", {"query", "new_terms_fields", "history_window_start"}},
    {"esql", "esql", NULL, {"query"}},
    {"machine_learning", NULL, NULL, {"machine_learning_job_id", "anomaly_threshold"}},
};

const vd_rule_type *vd_rule_type_of(vd_str name)
{
    for (size_t i = 0; i < COUNT(types); i++)
        if (vd_str_eq(name, vd_str_from(types[i].name))) return &types[i];
    return NULL;
}

static void unknown_type(vd_ruleset *set, vd_rule *rule)
{
    const char *names[COUNT(types)];
    for (size_t i = 0; i < COUNT(types); i++)
        names[i] = types[i].name;
    const char *near = vd_nearest(rule->type, names, COUNT(types));
    vd_rule_problem(set, rule, true, "bad-value", "unknown rule type \"%.*s\"%s%s%s",
                    VD_FMT(rule->type), near ? ", did you mean \"" : "", near ? near : "",
                    near ? "\"?" : "");
}

static void check_language(vd_ruleset *set, vd_rule *rule, const vd_rule_type *type)
{
    if (!type->language || rule->language.n == 0) return;
    if (vd_str_eq(rule->language, vd_str_from(type->language))) return;
    if (type->other_language && vd_str_eq(rule->language, vd_str_from(type->other_language)))
        return;
    vd_rule_problem(set, rule, true, "bad-value",
                    "the language of a rule of type \"%s\" must be \"%s\"%s%s%s, not \"%.*s\"",
                    type->name, type->language, type->other_language ? " or \"" : "",
                    type->other_language ? type->other_language : "",
                    type->other_language ? "\"" : "", VD_FMT(rule->language));
}

static void check_required(vd_ruleset *set, vd_rule *rule, const vd_rule_type *type)
{
    for (size_t i = 0; i < COUNT(type->required) && type->required[i]; i++)
        if (!vd_json_get(rule->api, type->required[i]))
            vd_rule_problem(set, rule, true, "missing-field",
                            "when \"type\" is \"%s\", \"%s\" is required", type->name,
                            type->required[i]);
}

static void check_type(vd_ruleset *set, vd_rule *rule)
{
    const vd_rule_type *type = vd_rule_type_of(rule->type);
    if (!type) {
        if (rule->type.n) unknown_type(set, rule);
        return;
    }
    check_language(set, rule, type);
    check_required(set, rule, type);
    if (rule->runs && vd_json_get(rule->api, "query") && vd_str_trim(rule->query).n == 0)
        vd_rule_problem(set, rule, true, "bad-value", "\"query\" is empty");
}

/* ---- schedule ---- */

/* Some moment: only differences of dates relative to it are looked at. */
#define SOME_NOW INT64_C(1767271800000)

static bool date_of(vd_ruleset *set, vd_rule *rule, const char *key, vd_str text, int64_t *ms)
{
    if (vd_time_math(text, SOME_NOW, false, ms, NULL) == VD_OK) return true;
    vd_rule_problem(set, rule, true, "bad-value",
                    "\"%s\" must be date math like \"now-9m\", not \"%.*s\"", key, VD_FMT(text));
    return false;
}

static bool interval_of(vd_ruleset *set, vd_rule *rule, int64_t *ms)
{
    if (vd_duration_parse(rule->interval, ms)) return true;
    vd_rule_problem(set, rule, true, "bad-value",
                    "\"interval\" must be a number and one of s, m, h, d, not \"%.*s\"",
                    VD_FMT(rule->interval));
    return false;
}

static void check_schedule(vd_ruleset *set, vd_rule *rule)
{
    int64_t from = 0, to = 0, interval = 0;
    bool good = date_of(set, rule, "from", rule->from, &from);
    good = date_of(set, rule, "to", rule->to, &to) && good;
    good = interval_of(set, rule, &interval) && good;
    if (good && to - from < interval) /* packaged rules run all the same, so it is a warning */
        vd_rule_problem(set, rule, false, "bad-schedule",
                        "the time range defined by \"from\" and \"to\" must be greater than or "
                        "equal to \"interval\"");
}

/* Our own key: whether the service runs the rule in its stream or on its schedule. */
static void check_mode(vd_ruleset *set, vd_rule *rule)
{
    vd_json *mode = vd_json_get(rule->api, "mode");
    vd_str text = vd_json_str(mode);
    if (mode && !vd_str_eq(text, VD_STR("stream")) && !vd_str_eq(text, VD_STR("schedule")))
        vd_rule_problem(set, rule, true, "bad-value",
                        "\"mode\" must be \"stream\" or \"schedule\", not \"%.*s\"", VD_FMT(text));
}

/* ---- timeline ---- */

static void check_pair(vd_ruleset *set, vd_rule *rule, const char *key, const char *other)
{
    vd_json *v = vd_json_get(rule->api, key);
    if (v && vd_json_str(v).n == 0)
        vd_rule_problem(set, rule, true, "bad-value", "\"%s\" cannot be an empty string", key);
    else if (v && !vd_json_get(rule->api, other))
        vd_rule_problem(set, rule, true, "missing-field",
                        "when \"%s\" exists, \"%s\" must also exist", key, other);
}

/* ---- names ---- */

/* All that the API's requests and answers and detection-rules' files have. */
static const char *const known_keys[] = {
    "actions",
    "alert_suppression",
    "alias_purpose",
    "alias_target_id",
    "anomaly_threshold",
    "author",
    "building_block_type",
    "concurrent_searches",
    "created_at",
    "created_by",
    "data_view_id",
    "description",
    "enabled",
    "event_category_override",
    "exceptions_list",
    "execution_summary",
    "false_positives",
    "filters",
    "from",
    "history_window_start",
    "id",
    "immutable",
    "index",
    "interval",
    "investigation_fields",
    "items_per_search",
    "language",
    "license",
    "machine_learning_job_id",
    "max_signals",
    "meta",
    "mode",
    "name",
    "namespace",
    "new_terms_fields",
    "note",
    "outcome",
    "output_index",
    "query",
    "references",
    "related_integrations",
    "required_fields",
    "response_actions",
    "revision",
    "risk_score",
    "risk_score_mapping",
    "rule_id",
    "rule_name_override",
    "rule_source",
    "saved_id",
    "setup",
    "severity",
    "severity_mapping",
    "tags",
    "threat",
    "threat_filters",
    "threat_index",
    "threat_indicator_path",
    "threat_language",
    "threat_mapping",
    "threat_mappings",
    "threat_query",
    "threshold",
    "throttle",
    "tiebreaker_field",
    "timeline_id",
    "timeline_title",
    "timestamp_field",
    "timestamp_override",
    "timestamp_override_fallback_disabled",
    "to",
    "type",
    "updated_at",
    "updated_by",
    "version",
};

static bool is_known(vd_str key)
{
    for (size_t i = 0; i < COUNT(known_keys); i++)
        if (vd_str_eq(key, vd_str_from(known_keys[i]))) return true;
    return false;
}

/* They are kept, but may be slips of the pen. */
static void warn_of_unknown_keys(vd_ruleset *set, vd_rule *rule)
{
    for (vd_json_iter it = {0}; vd_json_next(rule->api, &it);) {
        if (is_known(it.key)) continue;
        const char *near = vd_nearest(it.key, known_keys, COUNT(known_keys));
        vd_rule_problem(set, rule, false, "unknown-key", "unknown key \"%.*s\"%s%s%s",
                        VD_FMT(it.key), near ? ", did you mean \"" : "", near ? near : "",
                        near ? "\"?" : "");
    }
}

void vd_rule_validate(vd_ruleset *set, vd_rule *rule)
{
    check_type(set, rule);
    check_schedule(set, rule);
    check_mode(set, rule);
    check_pair(set, rule, "timeline_id", "timeline_title");
    check_pair(set, rule, "timeline_title", "timeline_id");
    warn_of_unknown_keys(set, rule);
}
