/* What the parser takes, what it makes of it, and how it refuses the rest. */
#include "eql_test.h"

#include "base/limits.h"

static void test_conditions(void **state)
{
    static const expectation rows[] = {
        {"process where true", "process where true"},
        {"any where a == 1", "any where a == 1"},
        {"any where a != 1", "any where not (a == 1)"},
        {"any where not a == 1 and b", "any where (not (a == 1)) and b"},
        {"any where a or b and c", "any where a or (b and c)"},
        {"any where (a or b) or (c or d)", "any where a or b or c or d"},
        {"any where a and (b and c)", "any where a and b and c"},
        {"any where a + b * c - d > 0", "any where ((a + (b * c)) - d) > 0"},
        {"any where -x in (1)", "any where -(x in (1))"},
        {"any where - - +5 == x", "any where (-(-5)) == x"},
        {"any where a not in (1, \"x\", b)", "any where not (a in (1, \"x\", b))"},
        {"any where a not in~ (\"x\")", "any where not (a in~ (\"x\"))"},
        {"any where a : \"x*\" == true", "any where (a : \"x*\") == true"},
        {"any where a : (\"x\", \"y\")", "any where a : (\"x\", \"y\")"},
        {"any where a like~ (\"x\")", "any where a like~ \"x\""},
        {"any where a regex \"\"\"x\\.\"\"\"", "any where a regex \"x\\\\.\""},
        {"any where wildcard~(a, \"x\", \"y\")", "any where a like~ (\"x\", \"y\")"},
        {"any where CONCAT(a, 1) == STARTSWITH~(b, \"\")",
         "any where concat(a, 1) == startsWith~(b, \"\")"},
        {"any where a . b /* c /* d */ */ == ?`e``.f` // g", "any where a.b == ?`e``.f`"},
        {"any where a.`in` == `b.c`", "any where `a.in` == b.c"},
        {"any where x == 1. or x == .5 or x == 1e3 or x == 1.5E-3",
         "any where (x == 1e+00) or (x == 5e-01) or (x == 1e+03) or (x == 1.5e-03)"},
        {"any where x == 18446744073709551615 or x == 18446744073709551616",
         "any where (x == 18446744073709551615) or (x == 1.8446744073709552e+19)"},
        {"any where x == \"\\b\\t\\n\\f\\r\\\"\\'\\\\\\u{41}\\u{0000042}\"",
         "any where x == \"\\b\\t\\n\\f\\r\\\"'\\\\AB\""},
        {"any where x == \"\"\"a\\\"\"\"\"\"", "any where x == \"a\\\\\\\"\\\"\""},
        {"\"any\" where @timestamp == null", "\"any\" where @timestamp == null"},
    };
    RUN(NULL, PARSE, false, rows);
}

static void test_queries(void **state)
{
    static const expectation rows[] = {
        {"process where true | head 5 | tail 2", "process where true | head 5 | tail 2"},
        {"sequence by a, ?b with maxspan=5 m [x where true] by c [any where false] by d",
         "sequence with maxspan=300000ms [x where true] by a, ?b, c [any where false] by a, ?b, d"},
        {"sequence with maxspan=1d [x where true] ![y where true] with runs=3 until [z where true]",
         "sequence with maxspan=86400000ms [x where true] ![y where true] with runs=3 until "
         "[z where true]"},
        {"sequence [x where true] by user.id with runs=2",
         "sequence [x where true] by user.id with runs=2"},
        {"sample by a [x where true] [y where true]", "sample [x where true] by a [y where true] by a"},
        {"\"a-b\" where true", "\"a-b\" where true"},
    };
    RUN(NULL, PARSE, false, rows);
}

static void test_errors(void **state)
{
    static const expectation rows[] = {
        {"", "line 1:1: mismatched input '<EOF>' expecting an event category, [any], [sequence] or "
             "[sample]"},
        {"42", "line 1:1: mismatched input '42' expecting an event category, [any], [sequence] or "
               "[sample]"},
        {"p WHERE true", "line 1:3: mismatched input 'WHERE' expecting [where]"},
        {"p where n = \"x\"", "line 1:11: mismatched input '='; use [==] to compare"},
        {"p where n == 'x'", "line 1:14: Use double quotes [\"] to define string literals, not single "
                             "quotes [']"},
        {"p where n == ?\"x\"", "line 1:14: Use triple double quotes [\"\"\"] to define unescaped "
                                "string literals, not [?\"]"},
        {"p where n == \"C:\\W\"", "line 1:17: a backslash in a string must be written [\\\\] (or the "
                                   "string in triple quotes)"},
        {"p where n == \"abc\n\"", "line 1:14: the string does not end on the line it begins on"},
        {"p where n == \"\\u{d800}\"", "line 1:15: [\\u{d800}] is no character: 2 to 8 hexadecimal "
                                       "digits of a Unicode code point, no surrogate"},
        {"p where n == \"\\u{4}\"", "line 1:15: [\\u{4}] is no character: 2 to 8 hexadecimal digits "
                                    "of a Unicode code point, no surrogate"},
        {"p where\n  `x", "line 2:3: the backquote is never closed"},
        {"p where /* /* */ x", "line 1:9: the comment is never closed"},
        {"p where a == b == c", "line 1:16: mismatched input '==' expecting [and], [or] or the end "
                                "(comparisons cannot be chained)"},
        {"p where a not like \"x\"", "line 1:15: mismatched input 'like' expecting [in] or [in~] (or "
                                     "[not] in front of the whole comparison)"},
        {"p where a in ()", "line 1:15: mismatched input ')' expecting a field, a constant, a function "
                            "or [(]"},
        {"p where a : b", "line 1:13: mismatched input 'b' expecting a constant"},
        {"p where a : -1", "line 1:13: mismatched input '-' expecting a constant"},
        {"p where (a", "line 1:11: mismatched input '<EOF>' expecting [)]"},
        {"p where a b", "line 1:11: mismatched input 'b' expecting the end of the query"},
        {"p where sequence == 1", "line 1:9: mismatched input 'sequence' expecting a field, a "
                                  "constant, a function or [(]; a field of that name is written "
                                  "`sequence`"},
        {"p where a[0] == 1", "line 1:9: Array indexes are not supported"},
        {"p where descendant of [file where true]",
         "line 1:9: Process relationships are not supported"},
        {"p where x:length() > 1", "line 1:11: mismatched input 'length' expecting a constant; EQL "
                                   "has no method calls: write [length(field)]"},
        {"p where foo(x)", "Found 1 problem\nline 1:9: Unknown function [foo]"},
        {"p where stringContain(x)",
         "Found 1 problem\nline 1:9: Unknown function [stringContain], did you mean [stringContains]?"},
        {"p where length~(x)", "Found 1 problem\nline 1:9: Unknown function [length~], did you mean "
                               "[length]?"},
        {"p where stringContains(x)",
         "line 1:9: error building [stringcontains]: expects exactly two arguments"},
        {"p where concat()", "line 1:9: error building [concat]: expects at least one argument"},
        {"p where between(a, b)",
         "line 1:9: error building [between]: expects three arguments or four arguments"},
        {"p where true | head", "line 1:16: Pipe [head] expects exactly one argument but found [0]"},
        {"p where true | head 1, 2", "line 1:16: Pipe [head] expects exactly one argument but found [2]"},
        {"p where true | tail -5", "line 1:21: Pipe [tail] expects a positive integer but found [-5]"},
        {"p where true | head 1.5", "line 1:21: Pipe [head] expects a positive integer but found [1.5]"},
        {"p where true | count", "line 1:16: Pipe [count] is not supported"},
        {"p where true | unique pid", "line 1:16: Pipe [unique] is not supported"},
        {"p where true | heads 1", "line 1:16: Unrecognized pipe [heads], did you mean [head]?"},
        {"p where true | zzzzzzzz", "line 1:16: Unrecognized pipe [zzzzzzzz]"},
        {"join [a where true] [b where true]",
         "line 1:1: Elasticsearch's EQL has no [join] (it is Endgame's); use [sample] or [sequence]"},
        {"sequence [a where true] fork [b where true]", "line 1:25: Elasticsearch's EQL has no [fork]"},
        {"macro F(x) x", "line 1:1: Elasticsearch's EQL has no macros or constants"},
        {"p where x == 1e999", "line 1:14: Number [1e999] is too large"},
    };
    RUN(NULL, PARSE, true, rows);
}

static void test_sequence_errors(void **state)
{
    static const expectation rows[] = {
        {"sequence with maxspan=1s by k [a where true] [b where true]",
         "line 1:26: Please specify sequence [by] before [with] not after"},
        {"sequence with maxspan=30 [a where true] [b where true]",
         "line 1:23: No time unit specified, did you mean [s] as in [30s]?"},
        {"sequence with maxspan=1.5h [a where true] [b where true]",
         "line 1:23: Decimal time interval [1.5] not supported; please use an positive integer"},
        {"sequence with maxspan=0s [a where true] [b where true]",
         "line 1:23: A positive maxspan value is required; found [0]"},
        {"sequence with maxspan=5w [a where true] [b where true]",
         "line 1:23: Unrecognized time unit [w] in [5w], please specify one of [ms, s, m, h, d]"},
        {"sequence with maxspan=99999999999999d [a where true] [b where true]",
         "line 1:23: The time [99999999999999d] is too long"},
        {"sequence with maxspan=-5s [a where true] [b where true]",
         "line 1:23: mismatched input '-' expecting a time such as [30s]"},
        {"sequence [a where true] by x [b where true] by x, y",
         "line 1:48: Inconsistent number of join keys specified; expected [1] but found [2]"},
        {"sequence [a where true] by x [b where true]",
         "line 1:30: Inconsistent number of join keys specified; expected [1] but found [0]"},
        {"sequence [a where true] by x [b where true] by x until [c where true]",
         "line 1:56: Inconsistent number of join keys specified; expected [1] but found [0]"},
        {"sequence by length(x) [a where true] [b where true]",
         "line 1:13: Unsupported join key: only fields can join"},
        {"sequence [a where true]", "line 1:1: A sequence requires a minimum of 2 queries, found [1]"},
        {"sequence [a where true] ![b where true]",
         "line 1:25: [maxspan] is required for sequences with missing events queries; found none"},
        {"sequence with maxspan=1s ![a where true] ![b where true]",
         "line 1:26: A sequence requires at least one positive event query; found none"},
        {"sequence [a where true] with runs=0",
         "line 1:35: A positive runs value is required; found [0]"},
        {"sequence [a where true] with runs=101",
         "line 1:35: A query cannot be repeated more than [100] times; found [101]"},
        {"sequence [a where true] with runs=100 [a where true] with runs=100 [a where true] with "
         "runs=57",
         "Found 1 problem\nline 1:68: more than [256] stages"},
        {"sequence by a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a [a where true] [b where true]",
         "Found 1 problem\nline 1:45: more than [16] join keys"},
        {"sequence [a where true] [b where true] until ![c where true]",
         "line 1:46: mismatched input '![' expecting [[]"},
        {"sample by k [a where true]", "line 1:1: A sample must have at least two queries; found [1]"},
        {"sample [a where true] [b where true]", "line 1:1: A sample must have at least one join key"},
        {"sample by k [a where true] [b where true] until [c where true]",
         "line 1:43: mismatched input 'until' expecting the end of the query"},
        {"sample by k [a where true] ![b where true]", "line 1:28: mismatched input '![' expecting [[]"},
        {"sample by k [a where true] [b where true] | head 1", "line 1:43: Samples do not support pipes"},
    };
    RUN(NULL, PARSE, true, rows);
}

static void test_codes_and_places(void **state)
{
    vd_arena a;
    vd_eql_query *q;
    vd_err err;
    vd_arena_init(&a, 0);
    assert_int_equal(take(&a, NULL, "join [a where true]", PARSE, &q, &err), VD_UNSUPPORTED);
    assert_int_equal(take(&a, NULL, "p where event of [a where b]", PARSE, &q, &err), VD_UNSUPPORTED);
    assert_int_equal(take(&a, NULL, "p where f(x)", PARSE, &q, &err), VD_VERIFY);
    assert_int_equal(take(&a, NULL, "p where a = b", PARSE, &q, &err), VD_PARSE);
    assert_int_equal(err.pos, 10);
    assert_int_equal(err.len, 1);
    assert_int_equal(take(&a, NULL, "p where a = b", PARSE, &q, NULL), VD_PARSE);
    assert_null(q);
    vd_arena_fini(&a);
}

/* The text of `piece`, n times, between two others. */
static vd_str repeated(vd_arena *a, const char *before, const char *piece, size_t n, const char *after)
{
    size_t b = strlen(before), k = strlen(piece), e = strlen(after);
    char *p = vd_arena_alloc(a, b + n * k + e);
    memcpy(p, before, b);
    for (size_t i = 0; i < n; i++) memcpy(p + b + i * k, piece, k);
    memcpy(p + b + n * k, after, e);
    return (vd_str){p, b + n * k + e};
}

static int parse_repeated(const char *before, const char *piece, size_t n, const char *after)
{
    vd_arena a;
    vd_eql_query *q;
    vd_err err = {0};
    vd_arena_init(&a, 0);
    int code = vd_eql_parse(&a, repeated(&a, before, piece, n, after), &q, &err);
    vd_arena_fini(&a);
    return code;
}

static void test_depth_is_bounded(void **state)
{
    const char *w = "any where ";
    assert_int_equal(parse_repeated(w, "(", 1000000, "x"), VD_PARSE);
    assert_int_equal(parse_repeated(w, "not ", 200000, "x"), VD_PARSE);
    assert_int_equal(parse_repeated(w, "-", 1000000, "x"), VD_PARSE);
    assert_int_equal(parse_repeated(w, "+", 1000000, "x"), VD_PARSE);
    assert_int_equal(parse_repeated(w, "length(", 100000, "x"), VD_PARSE);
    assert_int_equal(parse_repeated(w, "1+", 300000, "1 == 1"), VD_PARSE);
    assert_int_equal(parse_repeated(w, "not (", VD_MAX_EXPR_DEPTH, "x"), VD_PARSE);
    assert_int_equal(parse_repeated(w, "not ", VD_MAX_EXPR_DEPTH - 1, "x"), 0);
    assert_int_equal(parse_repeated(w, "1+", VD_MAX_EXPR_DEPTH - 2, "1 == 1"), 0);
    assert_int_equal(parse_repeated(w, "x or ", 200000, "x"), 0);
    assert_int_equal(parse_repeated("any where x in (", "1,", 400000, "1)"), 0);
    assert_int_equal(parse_repeated("any where true", " ", VD_MAX_QUERY, ""), VD_PARSE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions),       cmocka_unit_test(test_queries),
        cmocka_unit_test(test_errors),           cmocka_unit_test(test_sequence_errors),
        cmocka_unit_test(test_codes_and_places), cmocka_unit_test(test_depth_is_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
