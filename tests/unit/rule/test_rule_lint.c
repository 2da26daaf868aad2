/* Rules compiled and linted: what is said, and where. */
#include "check.h"

/* A set with one rule of that query, compiled and linted. */
static vd_ruleset *lint_query(const char *query, const char *more)
{
    char text[1024];
    snprintf(text, sizeof text,
             "[rule]\nname = 'n'\nrule_id = 'i'\ndescription = 'd'\ntype = 'eql'\nrisk_score = 1\n"
             "severity = 'low'\nindex = ['logs-*']\n%s\nquery = '''\n%s\n'''\n",
             more, query);
    vd_ruleset *set = read_set(text, "r.toml");
    vd_schema *schema = vd_schema_new();
    vd_ruleset_compile(set, schema);
    vd_ruleset_lint(set, schema);
    vd_schema_free(schema);
    return set;
}

/* The query's own lines begin at line 11 of that file. */
static void check_query(const char *query, const char *want)
{
    vd_ruleset *set = lint_query(query, "");
    vd_rule *r = set->rules.v[0];
    check_problems(r->problems.v, r->problems.n, want);
    vd_ruleset_free(set);
}

static void check_errors(const char *query, const char *code, size_t line, size_t column)
{
    vd_ruleset *set = lint_query(query, "");
    vd_rule *r = set->rules.v[0];
    assert_int_equal(r->problems.n, 1);
    assert_true(r->broken && r->problems.v[0].error && r->problems.v[0].placed);
    check_str(r->problems.v[0].code, code);
    assert_int_equal(r->problems.v[0].line, line);
    assert_int_equal(r->problems.v[0].column, column);
    assert_null(r->eql);
    vd_ruleset_free(set);
}

static void errors_have_places(void **state)
{
    check_errors("process where\n  process.name == == 3", "parsing_exception", 12, 19);
    check_errors("process where length(process.pid) > 1", "verification_exception", 11, 22);
}

static void a_good_rule_is_compiled(void **state)
{
    vd_ruleset *set = lint_query("process where process.name : \"a*\"", "");
    vd_rule *r = set->rules.v[0];
    assert_int_equal(r->problems.n, 0);
    assert_non_null(r->eql);
    assert_int_equal(r->eql->kind, VD_EQL_EVENT);
    vd_ruleset_free(set);
}

static void unknown_fields(void **state)
{
    check_query("process where process.nmae == \"a\" or process.nmae == \"b\"",
                "11:15 warning unknown-field: unknown field [process.nmae], did you mean "
                "[process.name]?\n");
    check_query("process where ?qqqqqq.zzzzzzzzz.wwwwwww == \"a\"",
                "11:15 warning unknown-field: unknown field [qqqqqq.zzzzzzzzz.wwwwwww]\n");
    check_query("sequence by host.idd with maxspan=1m [process where true] [file where true]",
                "11:13 warning unknown-field: unknown field [host.idd], did you mean [host.id]?\n");
}

static void stages(void **state)
{
    check_query("sequence by host.id with maxspan=1m\n [process where 1 == 2]\n [file where true]",
                "12:2 warning stage-never-holds: the condition of this stage can never hold\n");
    check_query("sequence by host.id with maxspan=1m\n [process where true]\n [file where 1 == 1]\n"
                "until [file where null]",
                "13:2 warning stage-always: the condition of this stage always holds\n"
                "14:7 warning stage-never-holds: the condition of until can never hold\n");
    check_query("process where false",
                "11:1 warning stage-never-holds: the condition can never hold\n");
    check_query("any where true", "");
    check_query("proces where true", "11:1 warning unknown-category: unknown category \"proces\", "
                                     "did you mean \"process\"?\n");
    check_query("sequence by host.id with maxspan=1m\n [ fle where true]\n![flie where true]",
                "12:4 warning unknown-category: unknown category \"fle\", did you mean \"file\"?\n"
                "13:3 warning unknown-category: unknown category \"flie\", did you mean \"file\"?\n");
}

static void own_category_field(void **state)
{
    vd_ruleset *set = lint_query("start where true", "event_category_override = 'event.type'");
    assert_int_equal(set->rules.v[0]->problems.n, 0);
    vd_ruleset_free(set);
}

static void sequences(void **state)
{
    const char *want =
        "warning no-maxspan: the sequence has no maxspan: its events may be any time "
        "apart\n";
    check_query("sequence by host.id [process where true] [file where true]", want);
    check_query("sequence [process where true] by user.id [file where true] by user.id", want);
    check_query("sequence by process.entity_id [process where true] [file where true]", "");
    check_query("sample by host.id [process where true] [file where true]", "");
    check_query("sequence with maxspan=1m [process where true] by process.pid\n"
                " [file where true] by event.risk_score",
                "12:23 warning key-types: [process.pid] holds whole numbers, [event.risk_score] "
                "holds fractions\n");
    check_query("sequence with maxspan=1m [process where true] by process.pid\n"
                " [file where true] by process.parent.pid",
                "");
}

static void constants(void **state)
{
    check_query("file where file.name == \"*.exe\"",
                "11:25 warning wildcard-in-equals: \"*\" stands for itself here, did you mean the "
                "operator \":\"?\n");
    check_query("file where file.name in~ (\"a\", \"*.exe\")",
                "11:32 warning wildcard-in-equals: \"*\" stands for itself here, did you mean the "
                "operator \"like~\"?\n");
    check_query("file where file.name == \"*\" or file.path like \"*.exe\"", "");
    check_query("file where not file.name in (\"*.exe\")", "");
    check_query("network where source.ip == \"10.0.0.256\"",
                "11:28 warning unreadable-constant: no value of [source.ip] can be \"10.0.0.256\": "
                "it is no address\n");
    check_query("network where source.ip == \"::1\"", "");
}

static void inequalities(void **state)
{
    check_query("process where process.name != \"a\" or process.name != \"b\"",
                "11:38 warning or-of-inequalities: every value of [process.name] is unlike one of "
                "the two, did you mean \"and\"?\n");
    check_query("process where process.name != \"a\" and process.name != \"b\"", "");
    check_query("process where process.name != \"a\" or process.pid != 4", "");
}

static void no_index(void **state)
{
    vd_ruleset *set = lint_query("any where true", "data_view_id = 'x'\n");
    assert_int_equal(set->rules.v[0]->problems.n, 0);
    vd_ruleset_free(set);
    set = read_set("[rule]\nname = 'n'\nrule_id = 'i'\ndescription = 'd'\ntype = 'eql'\n"
                   "risk_score = 1\nseverity = 'low'\nquery = 'any where true'\n",
                   "r.toml");
    vd_schema *schema = vd_schema_new();
    vd_ruleset_compile(set, schema);
    vd_ruleset_lint(set, schema);
    check_problems(set->rules.v[0]->problems.v, set->rules.v[0]->problems.n,
                   "warning no-index: the rule has no index patterns: it looks at every event\n");
    vd_schema_free(schema);
    vd_ruleset_free(set);
}

static void one_rule_id_twice(void **state)
{
    vd_ruleset *set = read_set(GOOD_RULE, "1.toml");
    vd_ruleset_read_text(set, VD_STR(GOOD_RULE), "2.toml", NULL);
    vd_schema *schema = vd_schema_new();
    vd_ruleset_compile(set, schema);
    assert_false(set->rules.v[0]->broken);
    assert_true(set->rules.v[1]->broken);
    check_problems(set->rules.v[1]->problems.v, set->rules.v[1]->problems.n,
                   "error duplicate-rule-id: rule_id \"id-1\" is already that of \"A name\" in "
                   "1.toml\n");
    vd_schema_free(schema);
    vd_ruleset_free(set);
}

/* What does not run here is left alone. */
static void other_types(void **state)
{
    vd_ruleset *set = read_set("[rule]\nname = 'n'\nrule_id = 'i'\ndescription = 'd'\n"
                               "type = 'query'\nrisk_score = 1\nseverity = 'low'\nquery = ':::'\n",
                               "r.toml");
    vd_schema *schema = vd_schema_new();
    vd_ruleset_compile(set, schema);
    vd_ruleset_lint(set, schema);
    assert_int_equal(set->rules.v[0]->problems.n, 0);
    assert_null(set->rules.v[0]->eql);
    vd_schema_free(schema);
    vd_ruleset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_places), cmocka_unit_test(a_good_rule_is_compiled),
        cmocka_unit_test(unknown_fields),     cmocka_unit_test(stages),
        cmocka_unit_test(own_category_field), cmocka_unit_test(sequences),
        cmocka_unit_test(constants),          cmocka_unit_test(inequalities),
        cmocka_unit_test(no_index),           cmocka_unit_test(one_rule_id_twice),
        cmocka_unit_test(other_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
