/* Constants are worked out; what depends on an event stays as it is. */
#include "eql_test.h"

static void test_constants(void **state)
{
    static const char *const holds[] = {
        "7 / 2 == 3 and 7 / 2.0 == 3.5 and -7 / 2 == -3 and 10 % -6 == 4 and -10 % -6 == -4",
        "between(\"a[b][c]\", \"[\", \"]\") == \"b\" and between(\"abc\", \"x\", \"y\") == \"\"",
        "between(\"a[b][c]\", \"[\", \"]\", true) == \"b][c\"",
        "number(\"0x1F\") == 31 and number(\"1f\", 16) == 31 and number(\" -42.5 \") == -42.5",
        "substring(\"hello\", -3, -1) == \"ll\" and substring(\"hello\", 9) == \"\"",
        "indexOf(\"abcabc\", \"c\", 3) == 5 and indexOf(\"abc\", \"z\") == null",
        "concat(\"a\", 1, true, 2.5) == \"a1true2.5\" and concat(\"a\", null) == null",
        "\"\"\"a\\b\"\"\" == \"a\\\\b\" and \"\\u{41}\\u{0000042}\" == \"AB\"",
        "not 1 == 2 and true",
        "1 == 1.0 and 9223372036854775807 < 9223372036854775808 and 1 != 2",
        "\"a\" < \"b\" and not (\"a\" > \"b\") and \"B\" < \"a\"",
        "\"ABC\" : \"a*\" and \"abc\" like \"a?c\" and not \"ABC\" like \"a*\" and \"ABC\" like~ \"a*\"",
        "\"abc\" regex \"a.c|x\" and not \"ABC\" regex \"abc\" and \"ABC\" regex~ \"abc\"",
        "2 in (1, 2) and not 3 in (1, 2) and \"A\" in~ (\"a\") and not \"A\" in (\"a\")",
        "null == null and not (null != null) and ?no == null and ?no == ?nope and not (?no == 1)",
        "cidrMatch(\"10.1.2.3\", \"10.6.48.157/8\") and not cidrMatch(\"11.0.0.1\", \"10.0.0.0/8\")",
        "(1 == 1) == true and (1 == 2) == false and not ((1 == 2) == true)",
        "-9223372036854775808 < 0 and length(\"\\u{1f600}\") == 2 and length(\"\") == 0",
        "null == (null == 1) or true",
    };
    vd_schema *s = vd_schema_new();
    vd_err err = {0};
    assert_int_equal(vd_schema_load_mapping(s, VD_STR("{\"properties\":{\"x\":{\"type\":\"long\"}}}"), &err), 0);
    for (size_t i = 0; i < sizeof holds / sizeof *holds; i++) {
        vd_arena a;
        vd_eql_query *q;
        vd_arena_init(&a, 0);
        const char *text = vd_arena_printf(&a, "any where %s", holds[i]).p;
        if (take(&a, s, text, FOLD, &q, &err)) fail_msg("%s\n  %s", holds[i], err.msg);
        vd_str got = vd_eql_print(&a, q);
        if (strcmp(got.p, "any where true") != 0) fail_msg("%s\n  %s", holds[i], got.p);
        vd_arena_fini(&a);
    }
    vd_schema_free(s);
}

static void test_fields_stay(void **state)
{
    static const expectation rows[] = {
        {"any where x == 1 + 2 * 3", "any where x == 7"},
        {"any where 1 + 1 == x", "any where x == 2"},
        {"any where 5 < x", "any where x > 5"},
        {"any where x == 1 and true", "any where x == 1"},
        {"any where x == 1 and false", "any where false"},
        {"any where x == 1 or true", "any where true"},
        {"any where x == 1 or null", "any where x == 1"},
        {"any where x == 1 and null", "any where false"},
        {"any where null", "any where false"},
        {"any where not null", "any where false"},
        {"any where not not x == 1", "any where x == 1"},
        {"any where (true and (x == 1 or y == 2)) or z == 3",
         "any where (x == 1) or (y == 2) or (z == 3)"},
        {"any where null == (x > 5)", "any where (x > 5) == null"},
        {"any where null == (x > 5 and null)", "any where ((x > 5) and null) == null"},
        {"any where null == (x > 5 and false)", "any where false"},
        {"any where x == null", "any where x == null"},
        {"any where x != null", "any where not (x == null)"},
        {"any where startsWith(x, \"a\") == true", "any where startsWith(x, \"a\")"},
        {"any where startsWith(x, \"a\") == false", "any where not startsWith(x, \"a\")"},
        {"any where true != startsWith(x, \"a\")", "any where not startsWith(x, \"a\")"},
        {"any where x == true", "any where x == true"},
        {"any where x in (1, null, 2)", "any where x in (1, 2)"},
        {"any where x in (null)", "any where false"},
        {"any where x in (1 + 1)", "any where x in (2)"},
        {"any where ?x == ?y", "any where (?x == null) and (?y == null)"},
        {"any where ?x != ?y", "any where not ((?x == null) and (?y == null))"},
        {"any where concat(x, \"a\", concat(\"b\", \"c\")) == \"d\"",
         "any where concat(x, \"a\", \"bc\") == \"d\""},
        {"any where x == -5 and x > 1.0 / 0", "any where (x == (-5)) and (x > (1.0 / 0.0))"},
        {"sequence [any where 1 == 1] [any where x and 1 == 1] until [any where 1 == 2]",
         "sequence [any where true] [any where x] until [any where false]"},
    };
    vd_schema *s = vd_schema_new();
    RUN(s, FOLD, false, rows);
    vd_schema_free(s);
}

/* Whatever a field is compared with ends as a literal. */
static void test_unmapped_fields(void **state)
{
    static const expectation rows[] = {
        {"any where x == length(?zz)", "any where x == null"},
        {"any where x > 1 + length(?zz)", "any where false"},
        {"any where x == ?zz", "any where x == null"},
        {"any where x in (1, length(?zz), ?zz)", "any where x in (1)"},
        {"any where length(?zz) == length(?yy)", "any where length(?zz) == null"},
        {"any where not (?zz > 5) and not length(?zz) > 5",
         "any where (not (?zz > 5)) and (not (length(?zz) > 5))"},
        {"any where 5 < ?zz", "any where ?zz > 5"},
    };
    vd_schema *s = vd_schema_new();
    vd_err err = {0};
    assert_int_equal(vd_schema_load_mapping(s, VD_STR("{\"properties\":{\"x\":{\"type\":\"long\"}}}"), &err), 0);
    RUN(s, FOLD, false, rows);
    vd_schema_free(s);
}

static void test_arithmetic_errors(void **state)
{
    static const expectation rows[] = {
        {"any where 2147483647 + 1 == x",
         "Found 1 problem\nline 1:11: cannot work out [2147483647 + 1]: the result is out of range"},
        {"any where 1 / 0 == x", "Found 1 problem\nline 1:11: cannot work out [1 / 0]: division by zero"},
        {"any where x == 5 % (1 - 1)",
         "Found 1 problem\nline 1:16: cannot work out [5 % (1 - 1)]: division by zero"},
        {"any where number(\"1\", 99) == x", "Found 1 problem\nline 1:11: cannot work out [number(\"1\", "
                                             "99)]: an argument has a value that cannot be used"},
    };
    vd_schema *s = vd_schema_new();
    RUN(s, FOLD, true, rows);
    vd_schema_free(s);
}

static void test_hints(void **state)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    assert_int_equal(vd_eql_hint(&a, VD_STR("process where x = 1")).n, 0);
    assert_int_equal(vd_eql_hint(&a, VD_STR("  ")).n, 0);
    assert_non_null(strstr(vd_eql_hint(&a, VD_STR("powershell.exe")).p, "\"powershell.exe\""));
    assert_non_null(strstr(vd_eql_hint(&a, VD_STR("process.name: cmd.exe")).p, "KQL"));
    assert_non_null(strstr(vd_eql_hint(&a, VD_STR("a == \"b\"")).p, "any where a == \"b\""));
    vd_arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_fields_stay),
        cmocka_unit_test(test_unmapped_fields),
        cmocka_unit_test(test_arithmetic_errors),
        cmocka_unit_test(test_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
