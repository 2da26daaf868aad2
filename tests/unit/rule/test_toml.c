/* TOML to JSON: order, types, places of errors, bounds. */
#include <string.h>

#include "check.h"
#include "rule/toml_read.h"

static void check_toml(const char *toml, const char *want)
{
    vd_json *v;
    vd_err err = {0};
    if (vd_toml_read(vd_str_from(toml), &v, NULL, &err)) fail_msg("%s: %s", toml, err.msg);
    check_json(v, want);
    vd_json_free(v);
}

static void order_of_the_file(void **state)
{
    check_toml("z = 1\na = 2\n[t]\ny = 1\nb.c = 2\nb.a = 3\n[a2]\n",
               "{\"z\":1,\"a\":2,\"t\":{\"y\":1,\"b\":{\"c\":2,\"a\":3}},\"a2\":{}}");
    check_toml("[r]\nq = 1\n[[r.l]]\nx = 1\n[r.k]\n[[r.l]]\ny = 2\n",
               "{\"r\":{\"q\":1,\"l\":[{\"x\":1},{\"y\":2}],\"k\":{}}}");
    check_toml("[r.threat.x]\nq = 1\n[r]\na = {z = 1, b = 2}\n",
               "{\"r\":{\"threat\":{\"x\":{\"q\":1}},\"a\":{\"z\":1,\"b\":2}}}");
    check_toml("", "{}");
}

static void values(void **state)
{
    check_toml("a = [1, 0x10, -1]\nb = 1.5\nc = true\nd = 'x\\y'\ne = \"\\u00e9\\n\"\n",
               "{\"a\":[1,16,-1],\"b\":1.5,\"c\":true,\"d\":\"x\\\\y\",\"e\":\"\u00e9\\n\"}");
    check_toml("a = 2026-01-02\nb = 03:04:05.120\nc = 2026-01-02T03:04:05Z\n"
               "d = 2026-01-02T03:04:05.5-07:30\ne = 2026-01-02T03:04:05\n",
               "{\"a\":\"2026-01-02\",\"b\":\"03:04:05.12\",\"c\":\"2026-01-02T03:04:05Z\","
               "\"d\":\"2026-01-02T03:04:05.5-07:30\",\"e\":\"2026-01-02T03:04:05\"}");
    check_toml("a = \"\"\"x \\\n \xc3\xa9\"\"\"\nb = 1\n", "{\"a\":\"x \xc3\xa9\",\"b\":1}");
    check_toml("a = [inf, -inf, nan]\n", "{\"a\":[\"inf\",\"-inf\",\"nan\"]}");
}

static void check_bad(const char *toml, size_t pos, const char *part)
{
    vd_json *v;
    vd_err err = {0};
    assert_int_equal(vd_toml_read(vd_str_from(toml), &v, NULL, &err), VD_FORMAT);
    assert_null(v);
    assert_true(err.placed);
    assert_int_equal(err.pos, pos);
    if (!strstr(err.msg, part)) fail_msg("\"%s\" is not in \"%s\"", part, err.msg);
}

static void errors_have_places(void **state)
{
    check_bad("a = 1\nb = @\n", 10, "no valid TOML");
    check_bad("a = 1\na = 2\n", 10, "redefine");
    check_bad("\xc3\xa9 = 1\n", 0, "no valid TOML");
    check_bad("[.a]\n", 1, "no valid TOML");
    check_bad("a = \"\xc3\xa9\" x\n", 9, "no valid TOML");
}

/* A text of `n` times `part` between two others; freed by the next call. */
static const char *repeated(const char *before, const char *part, size_t n, const char *after)
{
    static char *text;
    free(text);
    size_t len = strlen(part);
    text = malloc(strlen(before) + len * n + strlen(after) + 1);
    char *at = stpcpy(text, before);
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, part);
    stpcpy(at, after);
    return text;
}

static void depth_is_bounded(void **state)
{
    vd_json *v;
    vd_err err = {0};
    assert_int_equal(vd_toml_read(vd_str_from(repeated("a", ".a", 32, " = 1")), &v, NULL, &err), 0);
    vd_json_free(v);
    check_bad(repeated("a", ".a", 33, " = 1"), 65, "more than 32 dots");
    check_bad(repeated("a", ".\"a\"", 100000, " = 1"), 1 + 32 * 4, "more than 32 dots");
    check_bad(repeated("[a", " . a", 40, "]"), 2 + 32 * 4 + 1, "more than 32 dots");
    check_bad(repeated("a = ", "[", 100000, ""), 68, "nested");
    /* Dots in strings and comments are no keys. */
    const char *fine = repeated("a = '''", ".a", 1000,
                                "''' # ..........................................\n"
                                "b = \"\"\"\\\"\"\".\"\"\"\n");
    assert_int_equal(vd_toml_read(vd_str_from(fine), &v, NULL, &err), VD_OK);
    vd_json_free(v);
}

static void line_of_the_query(void **state)
{
    vd_json *v;
    size_t line;
    assert_int_equal(vd_toml_read(VD_STR("\n[rule]\na=1\nquery = '''\nx\n'''\n"), &v, &line, NULL),
                     0);
    assert_int_equal(line, 4);
    vd_json_free(v);
    assert_int_equal(vd_toml_read(VD_STR("query = 'x'\n"), &v, &line, NULL), 0);
    assert_int_equal(line, 0);
    vd_json_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_the_file),  cmocka_unit_test(values),
        cmocka_unit_test(errors_have_places), cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(line_of_the_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
