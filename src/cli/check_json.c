/* Rules for programs: JSON, and the form that Kibana imports. */
#include "cli/check.h"

static vd_json *problem_json(const vd_problem *p, const vd_rule *rule)
{
    size_t line, column;
    vd_json *out = vd_json_object();
    vd_problem_place(p, rule, &line, &column);
    vd_json_set_str(out, "code", p->code);
    vd_json_set_str(out, "message", p->msg);
    if (line) vd_json_set(out, "line", vd_json_int((int64_t)line));
    if (line && column) vd_json_set(out, "column", vd_json_int((int64_t)column));
    return out;
}

static vd_json *problems_json(const vd_problem *v, size_t n, const vd_rule *rule, bool errors)
{
    vd_json *list = vd_json_array();
    for (size_t i = 0; i < n; i++)
        if (v[i].error == errors) vd_json_push(list, problem_json(&v[i], rule));
    return list;
}

static vd_json *rule_json(const vd_rule *rule)
{
    vd_json *out = vd_rule_export(rule);
    vd_json_set_str(out, "file", rule->file);
    vd_json_set(out, "runs", vd_json_bool(rule->runs && !rule->broken));
    vd_json_set(out, "errors", problems_json(rule->problems.v, rule->problems.n, rule, true));
    vd_json_set(out, "warnings", problems_json(rule->problems.v, rule->problems.n, rule, false));
    vd_json_set(out, "differences", vd_check_modes_json(rule));
    if (rule->metadata) vd_json_set(out, "metadata", vd_json_copy(rule->metadata));
    return out;
}

/* A file that holds no rule after all: an object with nothing but its problem. */
static vd_json *file_json(const vd_problem *p)
{
    vd_json *out = vd_json_object();
    vd_json_set_str(out, "file", p->file);
    vd_json_set(out, "errors", problems_json(p, 1, NULL, true));
    vd_json_set(out, "warnings", problems_json(p, 1, NULL, false));
    return out;
}

static void write_pretty(FILE *out, const vd_json *v)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_str text = vd_json_text(&a, v, true);
    fwrite(text.p, 1, text.n, out);
    vd_arena_fini(&a);
}

/* Written rule by rule: all of Elastic's at once are 30 MB. */
void vd_check_json(FILE *out, const vd_ruleset *set)
{
    const char *between = "[\n";
    for (size_t i = 0; i < set->rules.n + set->problems.n; i++) {
        bool is_rule = i < set->rules.n;
        if (is_rule && !vd_selected(set->rules.v[i])) continue;
        vd_json *v = is_rule ? rule_json(set->rules.v[i])
                             : file_json(&set->problems.v[i - set->rules.n]);
        fputs(between, out);
        write_pretty(out, v);
        vd_json_free(v);
        between = ",\n";
    }
    fputs(*between == '[' ? "[]\n" : "\n]\n", out);
}

void vd_check_export(FILE *out, const vd_ruleset *set)
{
    size_t n = 0;
    for (size_t i = 0; i < set->rules.n; i++) {
        if (!vd_selected(set->rules.v[i])) continue;
        vd_json *v = vd_rule_export(set->rules.v[i]);
        vd_json_write_line(out, v);
        vd_json_free(v);
        n++;
    }
    for (size_t i = 0; i < set->exceptions.n; i++)
        vd_json_write_line(out, set->exceptions.v[i]);
    vd_json *summary = vd_ruleset_export_summary(set);
    vd_json_set(summary, "exported_rules_count", vd_json_uint(n));
    vd_json_set(summary, "exported_count", vd_json_uint(n + set->exceptions.n));
    vd_json_write_line(out, summary);
    vd_json_free(summary);
}
