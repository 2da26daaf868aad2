/* SARIF 2.1.0 (OASIS): the form that code hosts show beside the changed lines. */
#include "cli/check.h"

static vd_json *text_object(const char *key, vd_str text)
{
    vd_json *v = vd_json_object();
    vd_json_set_str(v, key, text);
    return v;
}

static vd_json *location_of(const vd_problem *p, const vd_rule *rule)
{
    size_t line, column;
    vd_problem_place(p, rule, &line, &column);
    vd_json *physical = vd_json_object(), *location = vd_json_object();
    vd_json_set(physical, "artifactLocation",
                text_object("uri", p->file.n ? p->file : rule ? rule->file : VD_STR("")));
    if (line) {
        vd_json *region = vd_json_object();
        vd_json_set(region, "startLine", vd_json_int((int64_t)line));
        if (column) vd_json_set(region, "startColumn", vd_json_int((int64_t)column));
        vd_json_set(physical, "region", region);
    }
    vd_json_set(location, "physicalLocation", physical);
    return location;
}

static void add_result(vd_json *results, const vd_problem *p, const vd_rule *rule)
{
    vd_json *result = vd_json_object(), *locations = vd_json_array();
    vd_json_push(locations, location_of(p, rule));
    vd_json_set_str(result, "ruleId", p->code);
    vd_json_set_str(result, "level", p->error ? VD_STR("error") : VD_STR("warning"));
    vd_json_set(result, "message", text_object("text", p->msg));
    vd_json_set(result, "locations", locations);
    vd_json_push(results, result);
}

static vd_json *results_of(const vd_ruleset *set)
{
    vd_json *results = vd_json_array();
    for (size_t i = 0; i < set->problems.n; i++)
        add_result(results, &set->problems.v[i], NULL);
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *rule = set->rules.v[i];
        for (size_t k = 0; vd_selected(rule) && k < rule->problems.n; k++)
            add_result(results, &rule->problems.v[k], rule);
    }
    return results;
}

void vd_check_sarif(FILE *out, const vd_ruleset *set)
{
    vd_json *log = vd_json_object(), *runs = vd_json_array(), *run = vd_json_object();
    vd_json *tool = vd_json_object(), *driver = vd_json_object();
    vd_json_set_str(driver, "name", VD_STR("vedette"));
    vd_json_set_str(driver, "version", VD_STR(VD_PROGRAM_VERSION));
    vd_json_set(tool, "driver", driver);
    vd_json_set(run, "tool", tool);
    vd_json_set(run, "results", results_of(set));
    vd_json_push(runs, run);
    vd_json_set_str(log, "$schema", VD_STR("https://json.schemastore.org/sarif-2.1.0.json"));
    vd_json_set_str(log, "version", VD_STR("2.1.0"));
    vd_json_set(log, "runs", runs);
    vd_json_write_line(out, log);
    vd_json_free(log);
}
