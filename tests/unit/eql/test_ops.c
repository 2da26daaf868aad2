/* Values: comparing, calculating, EQL's functions. */
#include "eql_test.h"

#include <math.h>
#include <stdlib.h>

#include "eql/ops.h"
#include "field/ip.h"

static vd_value str(const char *z) { return vd_value_string(vd_str_from(z)); }
static vd_value num(int64_t i) { return vd_value_long(i); }
static vd_value num32(int32_t i)
{
    vd_value v = vd_value_long(i);
    v.is32 = 1;
    return v;
}
static vd_value unum(uint64_t u) { return (vd_value){.u = u, .kind = VD_ULONG, .next = VD_NO_VALUE}; }
static vd_value dbl(double d) { return vd_value_double(d); }
static vd_value date(int64_t ms) { return (vd_value){.i = ms, .kind = VD_DATE, .next = VD_NO_VALUE}; }
static vd_value version(const char *z)
{
    vd_value v = str(z);
    v.kind = VD_VERSION;
    return v;
}
static vd_value ip(const char *z, uint8_t out[16])
{
    assert_true(vd_ip_parse(vd_str_from(z), out));
    return (vd_value){.s = (const char *)out, .len = 16, .kind = VD_IP, .next = VD_NO_VALUE};
}

static void check_order(vd_value a, vd_value b, int want)
{
    assert_int_equal(vd_value_compare(&a, &b), want);
    assert_int_equal(vd_value_compare(&b, &a), want == 2 ? 2 : -want);
}

static void test_compare(void **state)
{
    uint8_t x[16], y[16];
    check_order(num(1), num(2), -1);
    check_order(num(-1), unum(UINT64_MAX), -1);
    check_order(num(1), dbl(1.0), 0);
    check_order(num(1), dbl(1.5), -1);
    check_order(num(-1), dbl(-1.5), 1);
    check_order(num(INT64_MAX), dbl(9223372036854775808.0), -1);
    check_order(unum(UINT64_MAX), dbl(18446744073709551616.0), -1);
    check_order(num(9007199254740993), dbl(9007199254740992.0), 1);
    check_order(num(INT64_MIN), dbl(-INFINITY), 1);
    check_order(num(1), dbl(NAN), 2);
    check_order(dbl(NAN), dbl(NAN), 2);
    check_order(str("System"), str("System Idle"), -1);
    check_order(str("Z"), str("a"), -1);
    check_order(str("a"), str("\xc3\xa9"), -1);
    check_order(str("1"), num(1), 2);
    check_order(vd_value_null(), num(1), 2);
    check_order(vd_value_bool(false), vd_value_bool(true), -1);
    check_order(date(1577836800000), str("2020-01-01"), 0);
    check_order(date(1577836800001), str("2020-01-01T00:00:00Z"), 1);
    check_order(date(5), num(6), -1);
    check_order(date(5), str("yesterday"), 2);
    check_order(ip("10.0.0.1", x), str("10.0.0.1"), 0);
    check_order(ip("10.0.0.1", x), ip("10.0.0.2", y), -1);
    check_order(ip("10.0.0.1", x), str("home"), 2);
    check_order(version("1.11.3"), str("1.5.0"), 1);
    check_order(version("bad"), version("9.9.9"), 1);
}

static void test_op_compare(void **state)
{
    vd_value one = num(1), two = num(2), null = vd_value_null(), text = str("1");
    assert_true(vd_op_compare(VD_OP_LE, &one, &two).b);
    assert_true(vd_op_compare(VD_OP_GE, &two, &two).b);
    assert_false(vd_op_compare(VD_OP_GT, &one, &two).b);
    assert_int_equal(vd_op_compare(VD_OP_EQ, &one, &null).kind, VD_NULL);
    assert_int_equal(vd_op_compare(VD_OP_EQ, &one, &text).kind, VD_BOOL);
    assert_false(vd_op_compare(VD_OP_EQ, &one, &text).b);
}

static void check_arith(vd_value a, vd_eql_op op, vd_value b, vd_value want, vd_op_fault fault)
{
    vd_op_fault got;
    vd_value v = vd_op_arith(op, &a, &b, &got);
    assert_int_equal(got, fault);
    assert_int_equal(v.kind, want.kind);
    if (want.kind == VD_DOUBLE) assert_true(v.d == want.d || (isnan(v.d) && isnan(want.d)));
    else if (want.kind != VD_NULL) assert_int_equal(v.i, want.i);
    assert_int_equal(v.is32, want.is32);
}

static void test_arithmetic(void **state)
{
    vd_value null = vd_value_null();
    check_arith(num32(2147483647), VD_OP_ADD, num32(1), null, VD_OP_OVERFLOW);
    check_arith(num32(2147483647), VD_OP_ADD, num(1), num(2147483648), VD_OP_FINE);
    check_arith(num32(6), VD_OP_MUL, num32(7), num32(42), VD_OP_FINE);
    check_arith(num(INT64_MAX), VD_OP_ADD, num(1), null, VD_OP_OVERFLOW);
    check_arith(num(INT64_MIN), VD_OP_SUB, num(1), null, VD_OP_OVERFLOW);
    check_arith(num(INT64_MIN), VD_OP_DIV, num(-1), null, VD_OP_OVERFLOW);
    check_arith(num(INT64_MIN), VD_OP_MOD, num(-1), num(0), VD_OP_FINE);
    check_arith(num(-7), VD_OP_DIV, num(2), num(-3), VD_OP_FINE);
    check_arith(num(-10), VD_OP_MOD, num(-6), num(-4), VD_OP_FINE);
    check_arith(num(10), VD_OP_MOD, num(-6), num(4), VD_OP_FINE);
    check_arith(num(1), VD_OP_DIV, num(0), null, VD_OP_ZERO_DIVISION);
    check_arith(num(1), VD_OP_MOD, num(0), null, VD_OP_ZERO_DIVISION);
    check_arith(num(1), VD_OP_DIV, dbl(0), dbl(INFINITY), VD_OP_FINE);
    check_arith(dbl(0), VD_OP_DIV, num(0), dbl(NAN), VD_OP_FINE);
    check_arith(unum(UINT64_MAX), VD_OP_ADD, num(1), null, VD_OP_OVERFLOW);
    check_arith(unum(UINT64_MAX), VD_OP_MUL, unum(UINT64_MAX), null, VD_OP_OVERFLOW);
    check_arith(unum(UINT64_MAX), VD_OP_SUB, num(1), unum(UINT64_MAX - 1), VD_OP_FINE);
    check_arith(unum(UINT64_MAX), VD_OP_DIV, num(2), num(INT64_MAX), VD_OP_FINE);
    check_arith(null, VD_OP_ADD, num(1), null, VD_OP_FINE);
    check_arith(str("1"), VD_OP_ADD, num(1), null, VD_OP_BAD_TYPE);
}

static void test_negate(void **state)
{
    vd_op_fault fault;
    vd_value v = num(INT64_MIN), w = unum((uint64_t)INT64_MAX + 1), x = num32(INT32_MIN), y = str("a");
    vd_op_negate(&v, &fault);
    assert_int_equal(fault, VD_OP_OVERFLOW);
    assert_int_equal(vd_op_negate(&w, &fault).i, INT64_MIN);
    assert_int_equal(fault, VD_OP_FINE);
    vd_op_negate(&x, &fault);
    assert_int_equal(fault, VD_OP_OVERFLOW);
    vd_op_negate(&y, &fault);
    assert_int_equal(fault, VD_OP_BAD_TYPE);
}

/* One call as text: its result is what string() makes of it, "null", or the fault. */
typedef struct fn_row {
    vd_eql_fn fn;
    bool ci;
    vd_value args[4];
    size_t n;
    const char *want;
} fn_row;

#define S(z) {.s = (z), .len = sizeof(z) - 1, .kind = VD_STRING}
#define I(x) {.i = (x), .kind = VD_LONG}
#define D(x) {.d = (x), .kind = VD_DOUBLE}
#define B(x) {.b = (x), .kind = VD_BOOL}
#define N    {.kind = VD_NULL}

static void test_functions(void **state)
{
    static const fn_row rows[] = {
        {VD_FN_ADD, 0, {I(1), I(2)}, 2, "3"},
        {VD_FN_BETWEEN, 0, {S("System Idle"), S("s"), S("e")}, 3, "t"},
        {VD_FN_BETWEEN, 1, {S("System Idle"), S("s"), S("E")}, 3, "yst"},
        {VD_FN_BETWEEN, 0, {S("System Idle Process"), S("S"), S("e"), B(true)}, 4, "ystem Idle Proc"},
        {VD_FN_BETWEEN, 0, {S("welcome"), S(""), S(""), B(true)}, 4, "welcome"},
        {VD_FN_BETWEEN, 0, {S("welcome"), S(""), S("")}, 3, ""},
        {VD_FN_BETWEEN, 0, {S("aXb"), S("X"), S("a"), B(true)}, 4, ""},
        {VD_FN_BETWEEN, 0, {N, S("a"), S("b")}, 3, "null"},
        {VD_FN_BETWEEN, 0, {S("a"), N, S("b")}, 3, "null"},
        {VD_FN_CIDR_MATCH, 0, {S("10.1.2.3"), S("192.168.0.0/16"), S("10.6.48.157/8")}, 3, "true"},
        {VD_FN_CIDR_MATCH, 0, {S("::1"), S("0.0.0.0/0")}, 2, "false"},
        {VD_FN_CIDR_MATCH, 0, {N, S("0.0.0.0/0")}, 2, "null"},
        {VD_FN_CIDR_MATCH, 0, {S("nowhere"), S("0.0.0.0/0")}, 2, "fault"},
        {VD_FN_CONCAT, 0, {S("a"), I(5), B(false), D(2.5)}, 4, "a5false2.5"},
        {VD_FN_CONCAT, 0, {S("a"), N}, 2, "null"},
        {VD_FN_DIVIDE, 0, {I(30), D(4)}, 2, "7.5"},
        {VD_FN_DIVIDE, 0, {I(1), I(0)}, 2, "fault"},
        {VD_FN_ENDS_WITH, 0, {S("explorer.exe"), S(".exe")}, 2, "true"},
        {VD_FN_ENDS_WITH, 0, {S("explorer.exe"), S(".EXE")}, 2, "false"},
        {VD_FN_ENDS_WITH, 1, {S("explorer.exe"), S(".EXE")}, 2, "true"},
        {VD_FN_ENDS_WITH, 0, {S("e"), S(".exe")}, 2, "false"},
        {VD_FN_INDEX_OF, 0, {S("abcabc"), S("c")}, 2, "2"},
        {VD_FN_INDEX_OF, 0, {S("abcabc"), S("c"), I(3)}, 3, "5"},
        {VD_FN_INDEX_OF, 0, {S("abcabc"), S("C"), I(-3)}, 3, "null"},
        {VD_FN_INDEX_OF, 1, {S("abcabc"), S("C"), I(-3)}, 3, "2"},
        {VD_FN_INDEX_OF, 0, {S("abc"), S(""), I(2)}, 3, "2"},
        {VD_FN_INDEX_OF, 0, {S("abc"), S(""), I(4)}, 3, "null"},
        {VD_FN_INDEX_OF, 0, {S("abc"), S("a"), N}, 3, "null"},
        {VD_FN_INDEX_OF, 0, {S("\xf0\x9f\x98\x80z"), S("z")}, 2, "2"},
        {VD_FN_LENGTH, 0, {S("\xc3\xa9\xf0\x9f\x98\x80")}, 1, "3"},
        {VD_FN_LENGTH, 0, {I(5)}, 1, "fault"},
        {VD_FN_MODULO, 0, {I(11), I(10)}, 2, "1"},
        {VD_FN_MULTIPLY, 0, {I(INT64_MAX), I(2)}, 2, "fault"},
        {VD_FN_NUMBER, 0, {S("5")}, 1, "5"},
        {VD_FN_NUMBER, 0, {S("  -42.5 ")}, 1, "-42.5"},
        {VD_FN_NUMBER, 0, {S("0x32")}, 1, "50"},
        {VD_FN_NUMBER, 0, {S("0x32"), I(16)}, 2, "50"},
        {VD_FN_NUMBER, 0, {S("-0x32"), N}, 2, "-50"},
        {VD_FN_NUMBER, 0, {S("0x32"), I(10)}, 2, "null"},
        {VD_FN_NUMBER, 0, {S("31"), I(13)}, 2, "40"},
        {VD_FN_NUMBER, 0, {S("1e3")}, 1, "1000.0"},
        {VD_FN_NUMBER, 0, {S("9223372036854775808")}, 1, "9.223372036854776E18"},
        {VD_FN_NUMBER, 0, {S("-9223372036854775808")}, 1, "-9223372036854775808"},
        {VD_FN_NUMBER, 0, {S("nan")}, 1, "null"},
        {VD_FN_NUMBER, 0, {S("+-5")}, 1, "null"},
        {VD_FN_NUMBER, 0, {S("1x")}, 1, "null"},
        {VD_FN_NUMBER, 0, {S("")}, 1, "null"},
        {VD_FN_STARTS_WITH, 0, {S(""), S("")}, 2, "true"},
        {VD_FN_STARTS_WITH, 0, {S("Explorer"), S("exp")}, 2, "false"},
        {VD_FN_STARTS_WITH, 1, {S("Explorer"), S("exp")}, 2, "true"},
        {VD_FN_STARTS_WITH, 0, {S("a"), N}, 2, "null"},
        {VD_FN_STRING, 0, {D(100)}, 1, "100.0"},
        {VD_FN_STRING, 0, {D(0.001)}, 1, "0.001"},
        {VD_FN_STRING, 0, {D(0.00012)}, 1, "1.2E-4"},
        {VD_FN_STRING, 0, {D(9999999)}, 1, "9999999.0"},
        {VD_FN_STRING, 0, {D(12345678.5)}, 1, "1.23456785E7"},
        {VD_FN_STRING, 0, {D(-0.5)}, 1, "-0.5"},
        {VD_FN_STRING, 0, {D(0.1)}, 1, "0.1"},
        {VD_FN_STRING_CONTAINS, 0, {S("abc"), S("bc")}, 2, "true"},
        {VD_FN_STRING_CONTAINS, 0, {S("abc"), S("BC")}, 2, "false"},
        {VD_FN_STRING_CONTAINS, 1, {S("abc"), S("BC")}, 2, "true"},
        {VD_FN_STRING_CONTAINS, 0, {S("abc"), S("")}, 2, "false"},
        {VD_FN_STRING_CONTAINS, 0, {S("abc"), S("*c")}, 2, "false"},
        {VD_FN_SUBSTRING, 0, {S("explorer.exe"), I(1), I(3)}, 3, "xp"},
        {VD_FN_SUBSTRING, 0, {S("explorer.exe"), I(-4)}, 2, ".exe"},
        {VD_FN_SUBSTRING, 0, {S("explorer.exe"), I(-4), I(-1)}, 3, ".ex"},
        {VD_FN_SUBSTRING, 0, {S("abc"), I(-9), I(99)}, 3, "abc"},
        {VD_FN_SUBSTRING, 0, {S("abc"), I(2), I(1)}, 3, ""},
        {VD_FN_SUBSTRING, 0, {S("abc"), I(1), N}, 3, "bc"},
        {VD_FN_SUBSTRING, 0, {S("\xc3\xa9t\xc3\xa9"), I(1), I(2)}, 3, "t"},
        {VD_FN_SUBTRACT, 0, {I(1), I(-5)}, 2, "6"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const fn_row *r = &rows[i];
        vd_arena a;
        vd_op_fault fault;
        vd_arena_init(&a, 0);
        vd_value v = vd_fn_call(r->fn, r->ci, r->args, r->n, &a, &fault);
        vd_op_fault none;
        vd_value text = vd_fn_call(VD_FN_STRING, false, &v, 1, &a, &none);
        vd_str got = fault ? VD_STR("fault") : v.kind == VD_NULL ? VD_STR("null") : vd_value_str(&text);
        if (!vd_str_eq(got, vd_str_from(r->want)))
            fail_msg("row %zu: expected %s, got %.*s", i, r->want, VD_FMT(got));
        vd_arena_fini(&a);
    }
}

static void test_glob(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool ci, want;
    } rows[] = {
        {"", "", 0, 1},          {"", "a", 0, 0},          {"*", "", 0, 1},
        {"*", "abc", 0, 1},      {"**", "abc", 0, 1},      {"a*c", "abc", 0, 1},
        {"a*c", "ab", 0, 0},     {"a*c", "ac", 0, 1},      {"a*a", "a", 0, 0},
        {"?", "a", 0, 1},        {"?", "", 0, 0},          {"?", "\xc3\xa9", 0, 1},
        {"??", "\xc3\xa9", 0, 0}, {"*?", "\xc3\xa9", 0, 1}, {"*??", "\xc3\xa9", 0, 0},
        {"*?x*", "\xc3\xa9x", 0, 1}, {"*??x*", "\xc3\xa9x", 0, 0},
        {"A*", "abc", 0, 0},     {"A*", "abc", 1, 1},      {"*C", "abc", 1, 1},
        {"*\xc3\x89", "\xc3\xa9", 1, 0},
        {"*ab*ab*", "ab", 0, 0}, {"*ab*ab*", "xabyabz", 0, 1}, {"*aab", "aaab", 0, 1},
        {"a?c*e", "abcde", 0, 1}, {"a?c*e", "abde", 0, 0}, {"*.exe", "cmd.exe", 0, 1},
        {"a\\*b", "a\\xb", 0, 1}, {"a\\*b", "a*b", 0, 0},  {"%_", "ab", 0, 0},
        {"*a?", "a\nb", 0, 0},   {"*a*b", "a\nb", 0, 1},   {"?b", "\xff" "b", 0, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (vd_glob_match(vd_str_from(rows[i].pattern), vd_str_from(rows[i].text), rows[i].ci) != rows[i].want)
            fail_msg("%s on %s", rows[i].pattern, rows[i].text);
    assert_true(vd_glob_is_pattern(VD_STR("a*")) && vd_glob_is_pattern(VD_STR("?")));
    assert_false(vd_glob_is_pattern(VD_STR("a.b")));
}

/* A pattern that makes backtracking matchers try every way to place its stars. */
static void test_glob_does_not_stall(void **state)
{
    enum { LENGTH = 200000 };
    char *text = vd_malloc(LENGTH);
    memset(text, 'a', LENGTH);
    assert_false(vd_glob_match(VD_STR("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b"), (vd_str){text, LENGTH}, true));
    assert_true(vd_glob_match(VD_STR("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*"), (vd_str){text, LENGTH}, false));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compare),   cmocka_unit_test(test_op_compare),
        cmocka_unit_test(test_arithmetic), cmocka_unit_test(test_negate),
        cmocka_unit_test(test_functions), cmocka_unit_test(test_glob),
        cmocka_unit_test(test_glob_does_not_stall),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
