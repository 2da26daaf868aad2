/* The query DSL in EQL: which text comes out, that EQL takes it, and that nothing in a value or a field's
 * name becomes part of the query. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "eql/eql.h"
#include "server/dsl.h"
#include "arena.h"

static const int64_t now = 1767312000000; /* 2026-01-02T00:00:00Z */
static vd_dsl last;

/* EQL's own opinion of the condition; the items must be one, of any category. */
static void assert_eql_takes(vd_schema *schema, vd_str condition)
{
    vd_eql_query *q = NULL;
    vd_err err = {0};
    vd_str text = vd_arena_printf(&arena, "any where %.*s", VD_FMT(condition));
    int code = vd_eql_parse(&arena, text, &q, &err);
    vd_eql_options options = {0};
    if (!code) code = vd_eql_check(&arena, q, schema, &options, &err);
    if (code) fail_msg("%s: %s", text.p, err.msg);
    assert_int_equal(q->n_items, 1);
    assert_int_equal(q->n_pipes, 0);
}

static const char *condition_of(const char *json)
{
    vd_json *v = NULL;
    vd_err err = {0};
    vd_schema *schema = vd_schema_new();
    if (vd_json_parse(vd_str_from(json), &v, &err)) fail_msg("%s: %s", json, err.msg);
    int code = vd_dsl_read(&arena, v, schema, now, &last, &err);
    vd_json_free(v);
    if (!code) assert_eql_takes(schema, last.condition);
    vd_schema_free(schema);
    return code ? vd_arena_str(&arena, vd_str_from(err.msg)).p : vd_arena_str(&arena, last.condition).p;
}

static const char *words_of(const char *text)
{
    vd_err err = {0};
    vd_schema *schema = vd_schema_new();
    int code = vd_dsl_words(&arena, vd_str_from(text), schema, now, &last, &err);
    if (!code) assert_eql_takes(schema, last.condition);
    vd_schema_free(schema);
    return code ? vd_arena_str(&arena, vd_str_from(err.msg)).p : vd_arena_str(&arena, last.condition).p;
}

static void single_clauses(void **state)
{
    static const char *const cases[][2] = {
        {"{\"match_all\":{}}", "true"},
        {"{\"match_none\":{}}", "false"},
        {"{\"term\":{\"process.name\":\"cmd.exe\"}}", "`process.name` == \"cmd.exe\""},
        {"{\"term\":{\"process.name\":{\"value\":\"cmd\",\"case_insensitive\":true}}}", "`process.name` : \"cmd\""},
        {"{\"term\":{\"process.name\":{\"value\":\"a*b\",\"case_insensitive\":true}}}", "`process.name` regex~ \"a\\\\*b\""},
        {"{\"term\":{\"process.pid\":4}}", "`process.pid` == 4"},
        {"{\"term\":{\"process.name\":4}}", "`process.name` == \"4\""},
        {"{\"term\":{\"source.ip\":\"10.0.0.0/8\"}}", "cidrMatch(`source.ip`, \"10.0.0.0/8\")"},
        {"{\"term\":{\"some.field\":true}}", "`some.field` == true"},
        {"{\"terms\":{\"process.name\":[\"a\",\"b\"]}}", "(`process.name` == \"a\" or `process.name` == \"b\")"},
        {"{\"terms\":{\"process.name\":[]}}", "(false)"},
        {"{\"match\":{\"process.name\":\"Cmd.exe\"}}", "`process.name` == \"Cmd.exe\""},
        {"{\"match\":{\"message\":\"big world\"}}", "(stringContains~(`message`, \"big\") or stringContains~(`message`, \"world\"))"},
        {"{\"match\":{\"message\":{\"query\":\"big world\",\"operator\":\"and\"}}}",
         "(stringContains~(`message`, \"big\") and stringContains~(`message`, \"world\"))"},
        {"{\"match_phrase\":{\"message\":\"big world\"}}", "stringContains~(`message`, \"big world\")"},
        {"{\"prefix\":{\"file.path\":\"C:\\\\a\"}}", "startsWith(`file.path`, \"C:\\\\a\")"},
        {"{\"wildcard\":{\"file.path\":{\"value\":\"*.exe\"}}}", "`file.path` like \"*.exe\""},
        {"{\"wildcard\":{\"file.path\":\"a\\\\*b?\"}}", "`file.path` regex \"a\\\\*b.\""},
        {"{\"exists\":{\"field\":\"user.name\"}}", "`user.name` != null"},
        {"{\"ids\":{\"values\":[\"1\",\"2\"]}}", "`_id` in (\"1\", \"2\")"},
        {"{\"constant_score\":{\"filter\":{\"exists\":{\"field\":\"a\"}},\"boost\":2}}", "`a` != null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(condition_of(cases[i][0]), cases[i][1]);
}

static void ranges_and_windows(void **state)
{
    assert_string_equal(condition_of("{\"range\":{\"@timestamp\":{\"gte\":\"now-1d/d\",\"lt\":\"2026-01-02T00:00:00Z\"}}}"),
                        "(`@timestamp` >= 1767225600000 and `@timestamp` < 1767312000000)");
    assert_int_equal(last.since, 1767225600000);
    assert_int_equal(last.until, 1767312000000);
    assert_string_equal(condition_of("{\"range\":{\"process.pid\":{\"gt\":4,\"lte\":9}}}"),
                        "(`process.pid` > 4 and `process.pid` <= 9)");
    assert_int_equal(last.since, VD_TIME_NONE);
    condition_of("{\"bool\":{\"must_not\":{\"range\":{\"@timestamp\":{\"gte\":5}}}}}");
    assert_int_equal(last.since, VD_TIME_NONE);
    condition_of("{\"bool\":{\"should\":[{\"range\":{\"@timestamp\":{\"gte\":5}}}]}}");
    assert_int_equal(last.since, VD_TIME_NONE);
    condition_of("{\"bool\":{\"filter\":[{\"range\":{\"@timestamp\":{\"gte\":5}}},{\"range\":{\"@timestamp\":{\"gte\":7,\"lte\":9}}}]}}");
    assert_int_equal(last.since, 7);
    assert_int_equal(last.until, 9);
}

static void bools(void **state)
{
    static const char *const cases[][2] = {
        {"{\"bool\":{}}", "(true)"},
        {"{\"bool\":{\"must\":{\"match_all\":{}},\"must_not\":[{\"exists\":{\"field\":\"a\"}}]}}", "(true and true and not `a` != null)"},
        {"{\"bool\":{\"should\":[{\"term\":{\"a\":1}},{\"term\":{\"b\":2}}]}}", "(true and (`a` == 1 or `b` == 2))"},
        {"{\"bool\":{\"filter\":[{\"term\":{\"c\":3}}],\"should\":[{\"term\":{\"a\":1}}]}}", "(true and `c` == 3)"},
        {"{\"bool\":{\"filter\":[{\"term\":{\"c\":3}}],\"should\":[{\"term\":{\"a\":1}},{\"term\":{\"b\":2}}],\"minimum_should_match\":2}}",
         "(true and `c` == 3 and (`a` == 1 and `b` == 2))"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(condition_of(cases[i][0]), cases[i][1]);
}

static void query_strings(void **state)
{
    assert_string_equal(words_of("process.name:cmd.exe AND NOT user.name:\"a b\""),
                        "((`process.name` == \"cmd.exe\" and not `user.name` == \"a b\"))");
    assert_string_equal(words_of("process.name:(a OR b*)"), "((((`process.name` == \"a\") or (`process.name` like \"b*\"))))");
    assert_string_equal(words_of("process.pid:[1 TO 5}"), "(((`process.pid` >= \"1\" and `process.pid` < \"5\")))");
    assert_string_equal(words_of("process.pid:>=7"), "((`process.pid` >= \"7\"))");
    assert_string_equal(words_of("_exists_:a.b"), "((`a.b` != null))");
    assert_string_equal(words_of("*:*"), "((true))");
    assert_string_equal(words_of("*"), "((true))");
    assert_string_equal(words_of("file.path:C\\:\\\\x"), "((`file.path` == \"C:\\\\x\"))");
    assert_non_null(strstr(words_of("hello"), "a word without a field"));
    assert_non_null(strstr(words_of("a:(b"), "does not close"));
    assert_non_null(strstr(words_of("a:b)"), "closes that was not opened"));
    assert_non_null(strstr(words_of("a:\"b"), "does not end"));
    assert_non_null(strstr(words_of("a:[1 TO"), "does not end"));
    assert_non_null(strstr(words_of("a:"), "a value is missing"));
    assert_non_null(strstr(words_of("  "), "must be provided"));
}

/* Values and names that would be EQL if they were not quoted. */
static void nothing_breaks_out(void **state)
{
    assert_string_equal(condition_of("{\"term\":{\"a\":\"\\\" or true or a == \\\"\"}}"), "`a` == \"\\\" or true or a == \\\"\"");
    assert_string_equal(condition_of("{\"term\":{\"a\":\"x\\\\\"}}"), "`a` == \"x\\\\\"");
    assert_string_equal(condition_of("{\"term\":{\"a\":\"l\\nf\\u0001\"}}"), "`a` == \"l\\u{0a}f\\u{01}\"");
    static const char *const names[] = {"a` or true or `b", "a == 1 or b", "", "a\\nb", "a*", "a\\\"b", "a)"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *json = vd_arena_printf(&arena, "{\"term\":{\"%s\":\"x\"}}", names[i]).p;
        assert_non_null(strstr(condition_of(json), "cannot be the name of a field"));
    }
    assert_non_null(strstr(words_of("a` or true or `b:1"), "a word without a field"));
    assert_non_null(strstr(words_of("a`b:1"), "cannot be the name"));
}

static void what_is_refused(void **state)
{
    static const char *const cases[][2] = {
        {"{\"nested\":{\"path\":\"a\"}}", "unknown query [nested]"},
        {"{\"more_like_this\":{}}", "unknown query [more_like_this]"},
        {"{}", "query malformed, empty clause found"},
        {"[]", "query malformed, expected an object"},
        {"{\"term\":{\"a\":1,\"b\":2}}", "[term] query doesn't support multiple fields"},
        {"{\"term\":{\"a\":1},\"x\":{}}", "malformed query, expected [END_OBJECT]"},
        {"{\"term\":{\"a\":null}}", "expected a text, a number"},
        {"{\"term\":{\"a\":{\"value\":1,\"fuzzy\":1}}}", "[term] query does not support [fuzzy]"},
        {"{\"match\":{\"a\":{\"query\":\"x\",\"fuzziness\":\"AUTO\"}}}", "[match] query does not support [fuzziness]"},
        {"{\"terms\":{\"a\":{\"index\":\"i\",\"id\":\"1\",\"path\":\"p\"}}}", "[terms] query requires an array"},
        {"{\"range\":{\"@timestamp\":{\"gte\":\"soon\"}}}", "failed to parse date field [soon]"},
        {"{\"range\":{\"@timestamp\":{\"gte\":1,\"time_zone\":\"+02:00\"}}}", "[time_zone] UTC only"},
        {"{\"range\":{\"a\":{\"gte\":1,\"format\":\"yyyy\"}}}", "[format] [yyyy]"},
        {"{\"bool\":{\"should\":[{\"match_all\":{}},{\"match_all\":{}},{\"match_all\":{}}],\"minimum_should_match\":2}}",
         "[minimum_should_match] 0, 1 or all"},
        {"{\"bool\":{\"boost_all\":1}}", "[bool] query does not support [boost_all]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const char *said = condition_of(cases[i][0]);
        if (!strstr(said, cases[i][1])) fail_msg("%s: %s", cases[i][0], said);
    }
}

/* `depth` bools in each other. */
static const char *nested_bools(size_t depth)
{
    char *text = vd_arena_alloc(&arena, depth * 32 + 32), *p = text;
    for (size_t i = 0; i < depth; i++)
        p = stpcpy(p, "{\"bool\":{\"must\":");
    p = stpcpy(p, "{\"match_all\":{}}");
    for (size_t i = 0; i < depth; i++)
        p = stpcpy(p, "}}");
    return text;
}

static void bounds(void **state)
{
    assert_non_null(strstr(condition_of(nested_bools(VD_MAX_DSL_DEPTH)), "true"));
    assert_non_null(strstr(condition_of(nested_bools(VD_MAX_DSL_DEPTH + 1)), "deeper than"));
    vd_str many = VD_STR("a:1");
    for (unsigned i = 1; i < VD_MAX_DSL_CLAUSES; i++)
        many = vd_arena_printf(&arena, "%.*s OR a:1", VD_FMT(many));
    assert_non_null(strstr(words_of(many.p), "`a` == \"1\""));
    assert_non_null(strstr(words_of(vd_arena_printf(&arena, "%s OR a:1", many.p).p), "more than 1024 clauses"));
}

static const char *narrowed(const char *query)
{
    vd_str out;
    vd_err err = {0};
    if (vd_dsl_narrow(&arena, vd_str_from(query), VD_STR("`a` == \"x\""), &out, &err))
        return vd_arena_str(&arena, vd_str_from(err.msg)).p;
    vd_eql_query *q = NULL;
    if (vd_eql_parse(&arena, out, &q, &err)) fail_msg("%.*s: %s", VD_FMT(out), err.msg);
    return vd_arena_str(&arena, out).p;
}

static size_t times(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p++)
        n++;
    return n;
}

static void every_stage_is_narrowed(void **state)
{
    const char *one = narrowed("process where b == 1");
    assert_int_equal(times(one, "\"x\""), 1);
    assert_non_null(strstr(one, "process where"));
    const char *all = narrowed("sequence by h with maxspan=5m [process where true] by u ![file where b] by u with runs=2 "
                               "until [any where c] by u | tail 3");
    assert_int_equal(times(narrowed("sequence by h with maxspan=5m [process where true] ![file where b == 1] [any where true] "
                                    "until [any where c == 2] | tail 3"), "\"x\""), 4);
    assert_non_null(all);
    assert_non_null(strstr(narrowed("process where ("), "line 1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_clauses), cmocka_unit_test(ranges_and_windows),
        cmocka_unit_test(bools),          cmocka_unit_test(query_strings),
        cmocka_unit_test(nothing_breaks_out), cmocka_unit_test(what_is_refused),
        cmocka_unit_test(bounds),         cmocka_unit_test(every_stage_is_narrowed),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
