/* What is printed reads back as the same, before and after the fold. */
#include "eql_test.h"

static const char *const queries[] = {
    "process where process.name : (\"a*\", \"b\") and not user.id in (\"S-1-5-18\") | head 3",
    "any where a == -1 or b > -1.5e-7 or c == 18446744073709551615 or d == 1.0 / 0",
    "any where between~(a, \"x\\\\\\\"\\n\", \"y\", true) regex~ (\"a.*\", \"b\") == false",
    "any where -(-x) + 1 * (2 - y) == 5 and -(x + 1) > 3 and (-x) % 2 == 1",
    "any where (a == 1) == true and (null == (x > 5 and not y)) and string(a > 1 or b) : \"true\"",
    "any where `sequence` == 1 and a.`in` == null and ?`x y`.z like~ \"*\" and `a.` + `b..c` == 0",
    "\"any\" where true",
    "\"weird \\\"cat\\\"\" where x.y : \"\"\"raw\\\"\"\"",
    "sequence by a, ?b with maxspan=1d [p where x] by c ![any where not y] by d with runs=7",
    "sequence by a [q where true] by e [any where b] by ?c until [\"r\" where z == 1] by f | tail 2",
    "sample by h [p where wildcard(a, \"x?\", \"y\")] [q where a in~ (\"x\", null, concat(\"y\", \"z\"))]",
    "any where 1 in (1 + 1, 2) or a in (-1, -2.5, true, null)",
    "any where length(concat(a, \"\\u{1f600}\")) == 2",
};

/* Takes the printed text through the same stages: its own print must be the same. */
static void check_round_trip(vd_schema *schema, const char *text, int stage)
{
    vd_arena a;
    vd_eql_query *q;
    vd_err err = {0};
    vd_arena_init(&a, 0);
    int code = take(&a, schema, text, stage, &q, &err);
    if (code) fail_msg("%s\n  %s", text, err.msg);
    vd_str first = vd_eql_print(&a, q);
    if (take(&a, schema, first.p, stage, &q, &err)) fail_msg("%s\n  %s", first.p, err.msg);
    vd_str second = vd_eql_print(&a, q);
    if (!vd_str_eq(first, second)) fail_msg("%s\n  %s\n  %s", text, first.p, second.p);
    vd_arena_fini(&a);
}

static void test_round_trip(void **state)
{
    vd_schema *s = vd_schema_new();
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        check_round_trip(s, queries[i], PARSE);
        check_round_trip(s, queries[i], FOLD);
    }
    vd_schema_free(s);
}

static void test_single_expressions(void **state)
{
    vd_arena a;
    vd_eql_query *q;
    vd_err err = {0};
    vd_arena_init(&a, 0);
    assert_int_equal(take(&a, NULL, "any where a == 1 and b", PARSE, &q, &err), 0);
    assert_string_equal(vd_eql_print_expr(&a, q->items[0].cond).p, "(a == 1) and b");
    assert_string_equal(vd_eql_print_expr(&a, q->items[0].cond->args[1]).p, "b");
    vd_arena_fini(&a);
}

/* Every node knows where it stands in the text. */
static void test_places(void **state)
{
    const char *text = "any where foo . bar == 1 and not length(x) in (2, \"y\")";
    vd_arena a;
    vd_eql_query *q;
    vd_err err = {0};
    vd_arena_init(&a, 0);
    assert_int_equal(take(&a, NULL, text, PARSE, &q, &err), 0);
    const vd_eql_expr *e = q->items[0].cond;
    const vd_eql_expr *nodes[] = {e, e->args[0], e->args[0]->args[0], e->args[1], e->args[1]->args[0],
                                  e->args[1]->args[0]->args[2]};
    const char *want[] = {"foo . bar == 1 and not length(x) in (2, \"y\")", "foo . bar == 1", "foo . bar",
                          "not length(x) in (2, \"y\")", "length(x) in (2, \"y\")", "\"y\""};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_true(vd_str_eq((vd_str){text + nodes[i]->pos, nodes[i]->len}, vd_str_from(want[i])));
    assert_int_equal(q->items[0].len, strlen(text));
    vd_arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),
        cmocka_unit_test(test_single_expressions),
        cmocka_unit_test(test_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
