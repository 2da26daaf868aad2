/* The texts are those of Kibana's rule types, so that what people search for is found. */
#include "schedule/schedule_int.h"

vd_str vd_text_no_index(vd_arena *a, const vd_rule *rule)
{
    vd_json *list = vd_json_array();
    for (size_t i = 0; i < rule->n_index; i++)
        vd_json_push(list, vd_json_string(rule->index[i]));
    vd_str patterns = vd_json_text(a, list, false);
    vd_json_free(list);
    return vd_arena_printf(
        a,
        "This rule is attempting to query data from Elasticsearch indices listed in the \"Index "
        "patterns\" section of the rule definition, however no index matching: %.*s was found. This "
        "warning will continue to appear until a matching index is created or this rule is disabled.",
        VD_FMT(patterns));
}

vd_str vd_text_gap(vd_arena *a, int64_t ms)
{
    char human[VD_HUMAN_MAX];
    vd_humanise(ms, human);
    return vd_arena_printf(
        a,
        "%s (%lldms) were not queried between this rule execution and the last execution, so signals "
        "may have been missed. Consider increasing your look behind time or adding more Kibana "
        "instances",
        human, (long long)ms);
}

vd_str vd_text_exception(vd_arena *a, const char *message)
{
    return vd_arena_printf(a, "An error occurred during rule execution: message: \"%s\"", message);
}

size_t vd_text_limits(vd_arena *a, const vd_rule *rule, int64_t max_alerts, uint64_t findings,
                      vd_str out[2])
{
    size_t n = 0;
    int64_t cap = rule->max_signals;
    if (cap > max_alerts) {
        cap = max_alerts;
        out[n++] = vd_arena_printf(
            a,
            "The rule's max alerts per run setting (%lld) is greater than the Kibana alerting limit "
            "(%lld). The rule will only write a maximum of %lld alerts per rule run.",
            (long long)rule->max_signals, (long long)cap, (long long)cap);
    }
    if (findings >= (uint64_t)cap)
        out[n++] = VD_STR("This rule reached the maximum alert limit for the rule execution. Some "
                          "alerts were not created.");
    return n;
}

static vd_str join(vd_arena *a, vd_str before, const vd_str *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        before = before.n ? vd_arena_printf(a, "%.*s, %.*s", VD_FMT(before), VD_FMT(v[i])) : v[i];
    return before;
}

void vd_text_status(vd_arena *a, vd_run_row *row, const vd_str *warnings, size_t n_warnings,
                    const vd_str *errors, size_t n_errors)
{
    row->status = n_errors ? VD_STR("failed") : n_warnings ? VD_STR("partial failure") : VD_STR("succeeded");
    row->message = join(a, join(a, (vd_str){0}, warnings, n_warnings), errors, n_errors);
    if (!row->message.n) row->message = VD_STR("Rule execution completed successfully");
}
