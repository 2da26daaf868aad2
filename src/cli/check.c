/* vedette check: are the rules right? */
#include "cli/check.h"
#include "cli/output.h"
#include "cli/summary.h"
#include "plan/plan.h"

enum { FORM_TEXT, FORM_JSON, FORM_SARIF, FORM_EXPORT };

static const vd_form forms[] = {
    {"text", " .txt ", FORM_TEXT},
    {"json", " .json ", FORM_JSON},
    {"sarif", " .sarif ", FORM_SARIF},
    {"ndjson", " .ndjson .jsonl ", FORM_EXPORT},
};

typedef struct tally {
    size_t errors, warnings, rules, rules_bad, run;
} tally;

static void count_one(tally *t, const vd_problem *p)
{
    t->errors += p->error;
    t->warnings += !p->error;
}

static tally count(const vd_ruleset *set)
{
    tally t = {0};
    for (size_t i = 0; i < set->problems.n; i++)
        count_one(&t, &set->problems.v[i]);
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *rule = set->rules.v[i];
        if (!vd_selected(rule)) continue;
        t.rules++;
        t.run += rule->runs && !rule->broken;
        t.rules_bad += rule->broken;
        for (size_t k = 0; k < rule->problems.n; k++)
            count_one(&t, &rule->problems.v[k]);
    }
    return t;
}

static void print_problems(FILE *out, const vd_options *o, const vd_ruleset *set)
{
    for (size_t i = 0; i < set->problems.n; i++)
        if (set->problems.v[i].error || !o->quiet)
            vd_problem_print(out, &set->problems.v[i], NULL);
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *rule = set->rules.v[i];
        for (size_t k = 0; vd_selected(rule) && k < rule->problems.n; k++)
            if (rule->problems.v[k].error || !o->quiet)
                vd_problem_print(out, &rule->problems.v[k], rule);
    }
}

static void print_not_run(FILE *out, const vd_ruleset *set)
{
    vd_arena a;
    const vd_sink_count *counts;
    uint64_t total = 0;
    vd_arena_init(&a, 0);
    size_t n = vd_summary_not_run(&a, set, &counts);
    for (size_t i = 0; i < n; i++)
        total += counts[i].n;
    if (n)
        fprintf(out, "%llu rule%s of types that do not run yet: ", (unsigned long long)total,
                vd_plural(total));
    for (size_t i = 0; i < n; i++) {
        fprintf(out, "%s%llu ", i ? ", " : "", (unsigned long long)counts[i].n);
        vd_text_put(out, counts[i].name, SIZE_MAX);
    }
    if (n) fputc('\n', out);
    vd_arena_fini(&a);
}

static void print_text(FILE *out, const vd_options *o, const vd_ruleset *set)
{
    tally t = count(set);
    print_problems(out, o, set);
    fprintf(out, "%zu rule%s in %zu file%s: %zu run here, %zu with errors; ", t.rules,
            vd_plural(t.rules), set->files, vd_plural(set->files), t.run, t.rules_bad);
    fprintf(out, "%zu error%s, %zu warning%s\n", t.errors, vd_plural(t.errors), t.warnings,
            vd_plural(t.warnings));
    if (!o->quiet) vd_check_modes(out, set, o->verbose);
    print_not_run(out, set);
    if (set->not_rules)
        fprintf(out, "%zu file%s without a rule left out\n", set->not_rules, vd_plural(set->not_rules));
    if (set->deprecated)
        fprintf(out, "%zu deprecated rule%s left out (--deprecated takes them)\n", set->deprecated,
                vd_plural(set->deprecated));
}

static int write_out(const vd_options *o, const vd_ruleset *set, int form)
{
    FILE *out = vd_output_open(o);
    if (!out) return VD_EXIT_FAILURE;
    switch (form) {
    case FORM_JSON: vd_check_json(out, set); break;
    case FORM_SARIF: vd_check_sarif(out, set); break;
    case FORM_EXPORT: vd_check_export(out, set); break;
    default: print_text(out, o, set);
    }
    return vd_output_close(o, out, false);
}

/* An export has no room for problems: they are said beside it. */
static void say_export_errors(const vd_options *o, const vd_ruleset *set)
{
    vd_options errors_only = *o;
    errors_only.quiet = true;
    print_problems(stderr, &errors_only, set);
}

/* Takes the set and the schema. */
static int print_plan(const vd_options *o, vd_ruleset *set, vd_schema *schema)
{
    vd_plan_options options = {0};
    FILE *out = vd_output_open(o);
    vd_plan *plan = vd_plan_build(set, schema, &options);
    if (out) vd_plan_print(out, plan);
    vd_plan_unref(plan);
    return out ? vd_output_close(o, out, false) : VD_EXIT_FAILURE;
}

static int choose_form(const vd_options *o)
{
    if (!o->export) return vd_output_form(o, forms, sizeof forms / sizeof forms[0]);
    if (strcmp(o->export, "ndjson") == 0) return FORM_EXPORT;
    vd_say("--export knows ndjson, not \"%s\"", o->export);
    return -1;
}

/* Operands are rules as well: vedette check rules/. */
static void take_operands(vd_options *o)
{
    if (o->operands.n && !o->given[vd_option_find("rules", 5)]) o->rules.n = 0;
    for (size_t i = 0; i < o->operands.n; i++)
        *vd_vec_push(&o->rules) = o->operands.v[i];
}

static int check(const vd_options *o, vd_ruleset *set, vd_schema *schema, int form)
{
    vd_select_fields(o, set);
    vd_ruleset_compile(set, schema);
    vd_ruleset_lint(set, schema);
    if (set->rules.n && !count(set).rules)
        vd_say("the options leave out all rules (%zu): nothing was checked", set->rules.n);
    if (form == FORM_EXPORT) say_export_errors(o, set);
    int rc = write_out(o, set, form);
    if (rc) return rc;
    return count(set).errors ? VD_EXIT_FOUND : VD_EXIT_OK;
}

int vd_cmd_check(vd_options *o)
{
    take_operands(o);
    int form = choose_form(o);
    if (form < 0) return VD_EXIT_USAGE;
    vd_ruleset *set = vd_ruleset_new();
    int rc = vd_select_read(o, set);
    vd_schema *schema = rc ? NULL : vd_select_schema(o);
    if (!rc && !schema) rc = VD_EXIT_FAILURE;
    if (!rc && o->plan) {
        vd_select_fields(o, set);
        vd_ruleset_compile(set, schema);
        return print_plan(o, set, schema);
    }
    if (!rc) rc = check(o, set, schema, form);
    vd_schema_free(schema);
    vd_ruleset_free(set);
    return rc;
}
