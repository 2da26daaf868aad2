/* Kibana's exports, JSON arrays and packaged rules; what is told of broken ones. */
#include "check.h"

#define RULE(id)                                                                                   \
    "{\"id\":\"x\",\"rule_id\":\"" id "\",\"name\":\"N " id "\",\"description\":\"d\","            \
    "\"type\":\"eql\",\"language\":\"eql\",\"query\":\"any where true\",\"risk_score\":21,"        \
    "\"severity\":\"low\",\"enabled\":false,\"timeline_id\":null}"
#define CONTAINER                                                                                  \
    "{\"id\":\"c\",\"list_id\":\"l\",\"type\":\"detection\",\"namespace_type\":\"single\"}"
#define ITEM    "{\"list_id\":\"l\",\"item_id\":\"i\",\"type\":\"simple\",\"entries\":[]}"
#define ACTION  "{\"id\":\"a\",\"type\":\"action\",\"attributes\":{\"name\":\"n\"}}"
#define SUMMARY "{\"exported_count\":5,\"exported_rules_count\":2}"

static void an_export(void **state)
{
    vd_ruleset *set = read_set(RULE("a") "\n" RULE("b") "\r\n\n" CONTAINER "\n" ITEM "\n" ACTION
                                                        "\n" SUMMARY "\n",
                               "e.ndjson");
    assert_int_equal(set->problems.n, 0);
    assert_int_equal(set->rules.n, 2);
    assert_int_equal(set->exceptions.n, 2);
    vd_rule *b = set->rules.v[1];
    assert_int_equal(b->problems.n, 0);
    check_str(b->name, "N b");
    check_str(b->query, "any where true");
    assert_true(b->runs && b->enabled);
    size_t line, column;
    vd_rule_place(b, 3, &line, &column);
    assert_int_equal(line, 2);
    assert_int_equal(column, 0);
    vd_json *out = vd_rule_export(b);
    check_json(out, RULE("b"));
    vd_json_free(out);
    vd_ruleset_free(set);
}

static void summary(void **state)
{
    vd_ruleset *set = read_set(RULE("a") "\n" RULE("b") "\n" CONTAINER "\n" ITEM "\n", "e.ndjson");
    vd_json *s = vd_ruleset_export_summary(set);
    assert_int_equal(vd_json_get_int(vd_json_get(s, "exported_count")), 4);
    assert_int_equal(vd_json_get_int(vd_json_get(s, "exported_rules_count")), 2);
    assert_int_equal(vd_json_get_int(vd_json_get(s, "exported_exception_list_count")), 1);
    assert_int_equal(vd_json_get_int(vd_json_get(s, "exported_exception_list_item_count")), 1);
    check_json(vd_json_get(s, "missing_rules"), "[]");
    vd_json_free(s);
    vd_ruleset_free(set);
}

static void check_rules(const char *text, const char *name, size_t rules)
{
    vd_ruleset *set = read_set(text, name);
    assert_int_equal(set->problems.n, 0);
    assert_int_equal(set->rules.n, rules);
    for (size_t i = 0; i < rules; i++)
        assert_int_equal(set->rules.v[i]->problems.n, 0);
    vd_ruleset_free(set);
}

static void other_forms(void **state)
{
    check_rules("[" RULE("a") ",\n" RULE("b") "]", "r.json", 2);
    check_rules("[\n" RULE("a") "\n]\n", "r.ndjson", 1);
    check_rules("{\n\"rule_id\": \"a\","
                "\"name\": \"n\", \"description\": \"d\",\n"
                "\"type\": \"query\", \"risk_score\": 1,\n\"severity\": \"low\"}\n",
                "r.ndjson", 1);
    check_rules("\xef\xbb\xbf" RULE("a"), "r.json", 1);
    check_rules("{\"type\":\"security-rule\",\"id\":\"p\",\"attributes\":" RULE("a") "}", "p.json",
                1);
    /* The form is told by the text where the name says nothing. */
    check_rules(RULE("a") "\n" RULE("b"), "rules", 2);
    check_rules(" [ " RULE("a") "]", "rules.txt", 1);
    check_rules(GOOD_RULE, "rules.txt", 1);
}

static void check_file_problems(const char *text, const char *name, size_t rules, const char *want)
{
    vd_ruleset *set = read_set(text, name);
    assert_int_equal(set->rules.n, rules);
    check_problems(set->problems.v, set->problems.n, want);
    vd_ruleset_free(set);
}

/* What a message of json-c says is its own affair: only the place is looked at. */
static void check_fault(const char *text, const char *name, size_t rules, size_t line)
{
    vd_ruleset *set = read_set(text, name);
    assert_int_equal(set->rules.n, rules);
    assert_int_equal(set->problems.n, 1);
    assert_true(set->problems.v[0].error);
    check_str(set->problems.v[0].code, "format_error");
    assert_int_equal(set->problems.v[0].line, line);
    vd_ruleset_free(set);
}

static void a_broken_line_costs_itself(void **state)
{
    check_fault(RULE("a") "\n{\"rule_id\":\n" RULE("b") "\n", "e.ndjson", 2, 2);
    check_fault("{\"rule_id\":\n" RULE("a") "\n", "e.ndjson", 1, 1);
    check_fault("{\"rule_id\":\n\"a\",\n", "r.json", 0, 3);
    check_file_problems(RULE("a") "\n{\"x\":1}\n[]\n", "e.ndjson", 1,
                        "2:0 error format_error: no rule, exception or connector\n"
                        "3:0 error format_error: no rule, exception or connector\n");
    check_file_problems("[" RULE("a") ",1,{}]", "r.json", 1,
                        "error not-a-rule: 2 of 3 elements are no rule\n");
}

static void only_the_first_faults_are_told(void **state)
{
    char text[512] = RULE("a");
    for (int i = 0; i < 13; i++)
        strcat(text, "\n1");
    vd_ruleset *set = read_set(text, "e.ndjson");
    assert_int_equal(set->problems.n, 11);
    check_str(set->problems.v[10].msg, "3 more lines like that");
    vd_ruleset_free(set);
}

static void no_rule_at_all(void **state)
{
    check_file_problems("", "r.toml", 0, "error no-rule: there is no rule in this file\n");
    check_file_problems(" \n", "r.json", 0, "error no-rule: there is no rule in this file\n");
    check_file_problems("[]", "r.json", 0, "error no-rule: there is no rule in this file\n");
    check_file_problems("[project]\nname='x'\n", "pyproject.toml", 0,
                        "error no-rule: there is no rule in this file\n");
    check_file_problems("[[rule]]\nname='x'\n", "r.toml", 0,
                        "error format_error: [[rule]]: a file holds one rule, under [rule]\n");
    check_fault("[rule]\nname = \n", "r.toml", 0, 2);
}

/* What Kibana exports of a TOML rule is the same rule when it is read again. */
static void round_trip(void **state)
{
    vd_ruleset *a = read_set(GOOD_RULE "\ntags = ['x']\nmax_signals = 9\nnote = '$osquery_0'\n"
                                       "[[transform.osquery]]\nlabel = 'l'\n",
                             "r.toml");
    vd_json *out = vd_rule_export(a->rules.v[0]);
    vd_str text = vd_json_text(&a->arena, out, false);
    vd_ruleset *b = vd_ruleset_new();
    vd_ruleset_read_text(b, text, "r.ndjson", NULL);
    assert_int_equal(b->rules.n, 1);
    vd_rule *x = a->rules.v[0], *y = b->rules.v[0];
    check_json(y->api, text.p);
    assert_true(vd_str_eq(x->rule_id, y->rule_id) && vd_str_eq(x->name, y->name));
    assert_true(vd_str_eq(x->query, y->query) && vd_str_eq(x->from, y->from));
    assert_true(x->severity == y->severity && x->risk_score == y->risk_score);
    assert_true(x->max_signals == y->max_signals && x->n_tags == y->n_tags);
    vd_json_free(out);
    vd_ruleset_free(b);
    vd_ruleset_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_export),
        cmocka_unit_test(summary),
        cmocka_unit_test(other_forms),
        cmocka_unit_test(a_broken_line_costs_itself),
        cmocka_unit_test(only_the_first_faults_are_told),
        cmocka_unit_test(no_rule_at_all),
        cmocka_unit_test(round_trip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
