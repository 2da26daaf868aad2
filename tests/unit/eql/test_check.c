/* What does not fit a mapping, and how that is said. */
#include "eql_test.h"

static vd_schema *closed_schema(const char *mapping)
{
    vd_schema *s = vd_schema_new();
    vd_err err = {0};
    if (vd_schema_load_mapping(s, vd_str_from(mapping), &err)) fail_msg("%s", err.msg);
    return s;
}

static const char mapping[] =
    "{\"properties\":{"
    "\"event\":{\"properties\":{\"category\":{\"type\":\"keyword\"}}},"
    "\"n\":{\"type\":\"keyword\"},\"pid\":{\"type\":\"long\"},\"ppid\":{\"type\":\"long\"},"
    "\"ip\":{\"type\":\"ip\"},\"b\":{\"type\":\"boolean\"},\"d\":{\"type\":\"date\"},"
    "\"v\":{\"type\":\"version\"},\"f\":{\"type\":\"double\"},\"msg\":{\"type\":\"text\"},"
    "\"host\":{\"type\":\"text\",\"fields\":{\"keyword\":{\"type\":\"keyword\"}}},"
    "\"geo\":{\"type\":\"geo_point\"},"
    "\"p\":{\"type\":\"nested\",\"properties\":{\"pid\":{\"type\":\"long\"}}}}}";

static void test_accepted(void **state)
{
    static const char *const rows[] = {
        "p where pid == \"abc\"",
        "p where b == 0 or b == \"bar\"",
        "p where ip == 0 or ip == \"10.0.0.1\" or ip in (\"10.0.0.1\", \"::1\")",
        "p where d == \"2020-02-41\" or d > \"now-1h\" or d in (\"2020-01-01\")",
        "p where host == \"x\" and host : \"x*\"",
        "p where v > \"1.2\" and concat(v, \"\") == \"1.2\" and v : \"1*\"",
        "p where pid < 4.5 and 4.5 > pid and f in (1, 2.5)",
        "p where ?zz == ?yy and ?zz : \"a\" and length(?zz) > 0 and ?zz in (1, \"x\")",
        "p where add(pid, ppid) > 1 and concat(n, pid) == \"x\"",
        "p where null == (pid > 5) and b and not b and null",
        "p where cidrMatch(ip, \"10.6.48.157/8\") and cidrMatch(\"1.2.3.4\", \"::/0\")",
        "p where number(n, null) == 1 and substring(n, 1, null) == \"\" and (pid > 1) == true",
        "sequence by n [any where true] by pid [any where true] by f until [any where b] by ?zz",
        "sequence [any where true] by v [any where true] by n",
    };
    vd_schema *s = closed_schema(mapping);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vd_arena a;
        vd_eql_query *q;
        vd_err err = {0};
        vd_arena_init(&a, 0);
        if (take(&a, s, rows[i], CHECK, &q, &err)) fail_msg("%s\n  %s", rows[i], err.msg);
        vd_arena_fini(&a);
    }
    vd_schema_free(s);
}

static void test_refused(void **state)
{
    static const expectation rows[] = {
        {"p where zzzzzz == 1", "Found 1 problem\nline 1:9: Unknown column [zzzzzz]"},
        {"p where pd == 1",
         "Found 1 problem\nline 1:9: Unknown column [pd], did you mean any of [pid, d, p, ppid]?"},
        {"p where zzzzzz == 1 and\n yyyyyy",
         "Found 2 problems\nline 1:9: Unknown column [zzzzzz]\nline 2:2: Unknown column [yyyyyy]"},
        {"p where pid", "Found 1 problem\nline 1:9: Condition expression needs to be boolean, found [LONG]"},
        {"p where \"x\"",
         "Found 1 problem\nline 1:9: Condition expression needs to be boolean, found [KEYWORD]"},
        {"p where b and n", "Found 1 problem\nline 1:15: second argument of [b and n] must be "
                            "[boolean], found value [n] type [keyword]"},
        {"p where not pid", "Found 1 problem\nline 1:13: argument of [not pid] must be [boolean], "
                            "found value [pid] type [long]"},
        {"p where pid : 1", "Found 1 problem\nline 1:9: first argument of [pid : 1] must be [string], "
                            "found value [pid] type [long]"},
        {"p where ip like \"10.*\"", "Found 1 problem\nline 1:9: first argument of [ip like \"10.*\"] "
                                     "must be [string], found value [ip] type [ip]"},
        {"p where n : null", "Found 1 problem\nline 1:13: second argument of [n : null] must be "
                             "[string], found value [null] type [null]"},
        {"p where pid in (1, \"string\")",
         "Found 1 problem\nline 1:20: 2nd argument of [pid in (1, \"string\")] must be [long], found "
         "value [\"string\"] type [keyword]"},
        {"p where pid == ppid", "Found 1 problem\nline 1:16: Comparisons against fields are not "
                                "(currently) supported; offender [ppid] in [==]"},
        {"p where pid in (1, ppid)", "Found 1 problem\nline 1:20: Comparisons against fields are not "
                                     "(currently) supported; offender [ppid] in [in]"},
        {"p where length(n) < pid + 1", "Found 1 problem\nline 1:21: Comparisons against fields are "
                                        "not (currently) supported; offender [pid + 1] in [<]"},
        {"p where pid > null", "Found 1 problem\nline 1:9: null has no order in [pid > null]; only "
                               "[==] and [!=] take it"},
        {"p where n + 1 == 2", "Found 1 problem\nline 1:9: first argument of [n + 1] must be "
                               "[numeric], found value [n] type [keyword]"},
        {"p where -n == 2", "Found 1 problem\nline 1:10: argument of [-n] must be [numeric], found "
                            "value [n] type [keyword]"},
        {"p where length(pid) == 1", "Found 1 problem\nline 1:16: argument of [length(pid)] must be "
                                     "[string], found value [pid] type [long]"},
        {"p where startsWith(n, 1)", "Found 1 problem\nline 1:23: second argument of [startsWith(n, "
                                     "1)] must be [string], found value [1] type [integer]"},
        {"p where indexOf(n, \"a\", 1.5) == 1",
         "Found 1 problem\nline 1:25: third argument of [indexOf(n, \"a\", 1.5)] must be [integer], "
         "found value [1.5] type [double]"},
        {"p where between(n, \"a\", \"b\", \"c\") == \"\"",
         "Found 1 problem\nline 1:30: fourth argument of [between(n, \"a\", \"b\", \"c\")] must be "
         "[boolean], found value [\"c\"] type [keyword]"},
        {"p where cidrMatch(n, \"10.0.0.0/8\")",
         "Found 1 problem\nline 1:19: first argument of [cidrMatch(n, \"10.0.0.0/8\")] must be [ip], "
         "found value [n] type [keyword]"},
        {"p where cidrMatch(ip, n)", "Found 1 problem\nline 1:23: second argument of [cidrMatch(ip, "
                                     "n)] must be a constant, received [n]"},
        {"p where cidrMatch(ip, \"10.0.0.0/40\")",
         "Found 1 problem\nline 1:23: [\"10.0.0.0/40\"] is no block of addresses such as [10.0.0.0/8]"},
        {"p where msg == \"a\"",
         "Found 1 problem\nline 1:9: [msg == \"a\"] cannot operate on first argument field of data "
         "type [text]: No keyword/multi-field defined exact matches for [msg]; define one or use "
         "MATCH/QUERY instead"},
        {"p where geo == 1",
         "Found 1 problem\nline 1:9: Cannot use field [geo] with unsupported type [other]"},
        {"p where p == 1", "Found 1 problem\nline 1:9: Cannot use field [p] type [nested] due to nested "
                           "fields not being supported yet"},
        {"p where p.pid == 1", "Found 1 problem\nline 1:9: Cannot use field [p.pid] type [long] with "
                               "unsupported nested type in hierarchy (field [p])"},
        {"p where event == 1",
         "Found 1 problem\nline 1:9: Cannot use field [event] with unsupported type [object]"},
        {"p where n regex \"a(b\"",
         "Found 1 problem\nline 1:21: expected ')' at position 3 of the regular expression"},
        {"p where n regex (\"a\", \"\"\"[b\"\"\")",
         "Found 1 problem\nline 1:28: expected ']' at position 2 of the regular expression"},
        {"p where n regex \"\\\\.\\\\.{x\"",
         "Found 1 problem\nline 1:25: expected a count up to 1000 at position 5 of the regular "
         "expression"},
        {"sequence [any where true] by n [any where true] by pid",
         "Found 1 problem\nline 1:52: Sequence key [n] type [keyword] is incompatible with key [pid] "
         "type [long]"},
        {"sample by n [any where true] by ip [any where true] by d",
         "Found 1 problem\nline 1:56: Sample key [ip] type [ip] is incompatible with key [d] type "
         "[datetime]"},
        {"sequence by zzzzzz [any where true] [any where true]",
         "Found 1 problem\nline 1:13: Unknown column [zzzzzz]"},
    };
    vd_schema *s = closed_schema(mapping);
    RUN(s, CHECK, true, rows);
    vd_schema_free(s);
}

static void test_category(void **state)
{
    vd_arena a;
    vd_eql_query *q;
    vd_err err = {0};
    vd_schema *s = closed_schema("{\"properties\":{\"kind\":{\"type\":\"keyword\"}}}");
    vd_arena_init(&a, 0);
    assert_int_equal(take(&a, s, "any where true", CHECK, &q, &err), 0);
    assert_int_equal(q->category_field, VD_NO_FIELD);
    vd_eql_options o = {.category_field = VD_STR("kind")};
    assert_int_equal(take(&a, s, "p where true", PARSE, &q, &err), 0);
    assert_int_equal(vd_eql_check(&a, q, s, &o, &err), 0);
    assert_int_equal(q->category_field, vd_schema_find(s, VD_STR("kind")));
    o.category_field = VD_STR("knid");
    assert_int_equal(take(&a, s, "p where true", PARSE, &q, &err), 0);
    assert_int_equal(vd_eql_check(&a, q, s, &o, &err), VD_VERIFY);
    assert_string_equal(err.msg, "Found 1 problem\nline 1:1: Unknown column [knid]");
    vd_arena_fini(&a);
    vd_schema_free(s);
}

static void test_open_schema(void **state)
{
    vd_arena a;
    vd_eql_query *q;
    vd_err err = {0};
    vd_schema *s = vd_schema_new();
    vd_arena_init(&a, 0);
    assert_int_equal(take(&a, s, "p where zz.top > 5 and message == \"a\"", CHECK, &q, &err), 0);
    const vd_eql_expr *zz = q->items[0].cond->args[0]->args[0];
    assert_int_equal(zz->type, VD_ET_ANY);
    assert_int_equal(zz->field, vd_schema_find(s, VD_STR("zz.top")));
    assert_int_equal(take(&a, s, "p where ?zz.top == null", CHECK, &q, &err), 0);
    assert_false(q->items[0].cond->args[0]->unmapped);
    assert_int_equal(take(&a, s, "p where process.pid == process.parent.pid", CHECK, &q, &err), VD_VERIFY);
    assert_int_equal(take(&a, s, "p where ?zz == yy", CHECK, &q, &err), VD_VERIFY);
    vd_arena_fini(&a);
    vd_schema_free(s);
}

static void test_types_and_sides(void **state)
{
    vd_arena a;
    vd_eql_query *q;
    vd_err err = {0};
    vd_schema *s = closed_schema(mapping);
    vd_arena_init(&a, 0);
    assert_int_equal(take(&a, s, "p where 5 < pid", CHECK, &q, &err), 0);
    const vd_eql_expr *e = q->items[0].cond;
    assert_int_equal(e->op, VD_OP_GT);
    assert_int_equal(e->args[0]->kind, VD_EQL_FIELD);
    assert_int_equal(e->args[0]->type, VD_ET_LONG);
    assert_int_equal(e->args[1]->type, VD_ET_INTEGER);
    assert_int_equal(take(&a, s, "p where pid + 1.5 > 5 and ?zz", CHECK, &q, &err), 0);
    e = q->items[0].cond;
    assert_int_equal(e->args[0]->args[0]->type, VD_ET_DOUBLE);
    assert_true(e->args[1]->unmapped);
    assert_int_equal(e->args[1]->field, VD_NO_FIELD);
    vd_arena_fini(&a);
    vd_schema_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accepted),    cmocka_unit_test(test_refused),
        cmocka_unit_test(test_category),    cmocka_unit_test(test_open_schema),
        cmocka_unit_test(test_types_and_sides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
