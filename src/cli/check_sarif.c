/* SARIF 2.1.0 (OASIS): the form that code hosts show beside the changed lines. */
#include "cli/check.h"

static vd_json *text_object(const char *key, vd_str text)
{
    vd_json *v = vd_json_object();
    vd_json_set_str(v, key, text);
    return v;
}

/* A path as a URI reference (RFC 3986): what has no place in one as %XX. */
static vd_str uri_of(vd_arena *a, vd_str path)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "-._~/!$&'()*+,;=@";
    char *out = vd_arena_alloc(a, 3 * path.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        if (c && strchr(plain, c)) out[n++] = (char)c;
        else n += (size_t)snprintf(out + n, 4, "%%%02X", c);
    }
    return (vd_str){out, n};
}

static vd_json *location_of(const vd_problem *p, const vd_rule *rule)
{
    size_t line, column;
    vd_arena a;
    vd_problem_place(p, rule, &line, &column);
    vd_arena_init(&a, 0);
    vd_str file = uri_of(&a, p->file.n ? p->file : rule ? rule->file : VD_STR(""));
    vd_json *physical = vd_json_object(), *location = vd_json_object();
    vd_json_set(physical, "artifactLocation", text_object("uri", file));
    vd_arena_fini(&a);
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
    vd_json_set_str(run, "columnKind", VD_STR("unicodeCodePoints"));
    vd_json_set(run, "results", results_of(set));
    vd_json_push(runs, run);
    vd_json_set_str(log, "$schema", VD_STR("https://json.schemastore.org/sarif-2.1.0.json"));
    vd_json_set_str(log, "version", VD_STR("2.1.0"));
    vd_json_set(log, "runs", runs);
    vd_json_write_line(out, log);
    vd_json_free(log);
}
