/* Lucene's regular expressions against hand-made examples and a slow matcher. */
#include "eql_test.h"

#include "eql/regex.h"

static bool matches(const char *pattern, vd_str text, bool ci)
{
    vd_arena a;
    vd_regex *re;
    vd_err err = {0};
    vd_arena_init(&a, 0);
    if (vd_regex_compile(&a, vd_str_from(pattern), ci, &re, &err)) fail_msg("%s: %s", pattern, err.msg);
    bool hit = vd_regex_match(re, text);
    vd_arena_fini(&a);
    return hit;
}

static void test_matching(void **state)
{
    static const struct {
        const char *pattern, *yes[4], *no[4];
    } rows[] = {
        {"", {""}, {"a"}},
        {"abc", {"abc"}, {"ab", "abcd", "xabc", "ABC"}},
        {"a.c", {"abc", "a\nc", "a\xc3\xa9" "c"}, {"ac", "abbc"}},
        {"a?b+c*", {"b", "abb", "bcc", "abc"}, {"a", "", "aab", "ac"}},
        {"a|bc|", {NULL}, {NULL}},
        {"(a|bc)+", {"a", "bc", "abca"}, {"", "b", "ab"}},
        {"a()b", {"ab"}, {"a b"}},
        {"a{3}", {"aaa"}, {"aa", "aaaa"}},
        {"a{2,}", {"aa", "aaaaa"}, {"a", ""}},
        {"(ab){1,2}", {"ab", "abab"}, {"", "ababab"}},
        {"a{0}", {""}, {"a"}},
        {"[a-c]x", {"ax", "cx"}, {"dx", "x"}},
        {"[^a-c]x", {"dx", "\xc3\xa9x", "\nx"}, {"ax", "x"}},
        {"[a-]", {"a", "-"}, {"b"}},
        {"[]a]", {"]", "a"}, {"b"}},
        {"[^]]", {"a"}, {"]"}},
        {"[\\]\\\\^]", {"]", "\\", "^"}, {"a"}},
        {"[\xc3\xa0-\xc3\xbf]", {"\xc3\xa9"}, {"e", "\xc3\x89"}},
        {"\\d\\D", {"1a"}, {"11", "aa"}},
        {"\\s\\S", {" a", "\ta"}, {"  ", "a "}},
        {"\\w+\\W", {"aZ_9 "}, {"a", " "}},
        {"[\\d\\s]", {"1", " "}, {"a"}},
        {"a\\.b\\*", {"a.b*"}, {"axb*"}},
        {"\"a.*\\\"b", {"a.*\\b"}, {"axxb", "a.*b"}},
        {"^a$", {"^a$"}, {"a"}},
        {"*a", {"*a"}, {"a", "aa"}},
        {"a@b", {"ab", "axxb"}, {"a", "b"}},
        {"a|#", {"a"}, {"", "#"}},
        {"<1-100>", {"1", "42", "100", "007"}, {"0", "101", "", "1000"}},
        {"<01-20>", {"01", "13", "20"}, {"1", "00", "21", "001"}},
        {"x<20-5>", {"x5", "x12", "x020"}, {"x4", "x21", "x"}},
        {"a.*&.*b", {"ab", "axxb"}, {"a", "b", "axxbc"}},
        {"[a-z]+&~(.*foo.*)", {"bar", "fo"}, {"", "foo", "xfoox", "1"}},
        {"~a", {"", "b", "aa"}, {"a"}},
        {"~(a|b)*", {"", "xy", "ab"}, {NULL}},
        {"~~a", {"a"}, {"b", ""}},
        {"ab~(.*c.*)d", {"abd", "abxxd"}, {"abcd", "ab"}},
        {"(a&b)|c", {"c"}, {"a", "b"}},
        {".*?net1[ ]+local.*?", {"net1 local", "xx net1  localgroup"}, {"net1local", "net 1"}},
        {"(a*)*b", {"b", "aaab"}, {"a"}},
        {"((a|b)?c?)*", {"", "abcc", "cab"}, {"d"}},
        {"a.b", {"a\xff" "b"}, {"a\xff\xff" "b"}},
        {"\xf0\x9f\x98\x80+", {"\xf0\x9f\x98\x80\xf0\x9f\x98\x80"}, {"\xf0\x9f\x98\x81"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (size_t k = 0; k < 4 && rows[i].yes[k]; k++)
            if (!matches(rows[i].pattern, vd_str_from(rows[i].yes[k]), false))
                fail_msg("%s should match %s", rows[i].pattern, rows[i].yes[k]);
        for (size_t k = 0; k < 4 && rows[i].no[k]; k++)
            if (matches(rows[i].pattern, vd_str_from(rows[i].no[k]), false))
                fail_msg("%s should not match %s", rows[i].pattern, rows[i].no[k]);
    }
}

static void test_case(void **state)
{
    assert_true(matches("abc[d-f]\"x\"", VD_STR("ABCEX"), true));
    assert_false(matches("[^a]", VD_STR("A"), true));
    assert_false(matches("\xc3\xa9", VD_STR("\xc3\x89"), true));
    assert_true(matches("\\d[^k]", VD_STR("1K"), false));
    assert_false(matches("k", VD_STR("\xe2\x84\xaa"), true)); /* the Kelvin sign is no ASCII letter */
}

static void test_errors(void **state)
{
    static const struct {
        const char *pattern;
        int code;
        size_t pos;
    } rows[] = {
        {"a(b", VD_PARSE, 3},      {"a)", VD_PARSE, 1},        {"[ab", VD_PARSE, 3},
        {"[", VD_PARSE, 1},        {"a\\", VD_PARSE, 2},       {"a{", VD_PARSE, 2},
        {"a{1", VD_PARSE, 3},      {"a{,3}", VD_PARSE, 2},     {"a{3,2}", VD_PARSE, 6},
        {"a{1001}", VD_PARSE, 6},  {"[z-a]", VD_PARSE, 4},     {"a|", VD_PARSE, 2},
        {"\"ab", VD_PARSE, 1},     {"<a>", VD_PARSE, 1},       {"<1-2", VD_PARSE, 4},
        {"<99999999999-1>", VD_PARSE, 11}, {"~", VD_PARSE, 1}, {"((a)", VD_PARSE, 4},
        {".*a.{14}", VD_LIMIT, 0}, {"((a{1000}){1000}){1000}", VD_LIMIT, 0},
        {"(((.{1000}){1000}){1000}){1000}&~(a)", VD_LIMIT, 0},
        {"((){1000}){1000}", VD_LIMIT, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vd_arena a;
        vd_regex *re;
        vd_err err = {0};
        vd_arena_init(&a, 0);
        int code = vd_regex_compile(&a, vd_str_from(rows[i].pattern), false, &re, &err);
        if (code != rows[i].code || err.pos != rows[i].pos)
            fail_msg("%s: code %d at %zu: %s", rows[i].pattern, code, err.pos, err.msg);
        assert_null(re);
        vd_arena_fini(&a);
    }
}

static int compile_repeated(const char *piece, size_t n)
{
    vd_arena a;
    vd_regex *re;
    vd_err err = {0};
    size_t k = strlen(piece);
    vd_arena_init(&a, 0);
    char *p = vd_arena_alloc(&a, n * k);
    for (size_t i = 0; i < n; i++) memcpy(p + i * k, piece, k);
    int code = vd_regex_compile(&a, (vd_str){p, n * k}, false, &re, &err);
    vd_arena_fini(&a);
    return code;
}

static void test_hostile_patterns(void **state)
{
    assert_int_equal(compile_repeated("(", 100000), VD_LIMIT);
    assert_int_equal(compile_repeated("a", 100000), VD_LIMIT);
    assert_int_equal(compile_repeated("a", 5000), 0);
    assert_int_equal(compile_repeated("*", 100000), VD_LIMIT);
    assert_int_equal(compile_repeated("~", 100000), VD_PARSE);
    assert_int_equal(compile_repeated("a?", 20000), VD_LIMIT);
    assert_int_equal(compile_repeated("\xc3\xa9|a", 2000), 0);
}

/* ---- against a matcher that follows the definition, on random patterns ---- */

static uint64_t seed;
static uint32_t roll(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

/* Patterns are made in prefix form for the slow matcher and in Lucene's form beside it. */
typedef struct pat {
    char op; /* a b . | & c(oncatenation) * ~ */
    struct pat *l, *r;
} pat;

static pat *make(vd_arena *a, int depth)
{
    pat *p = VD_NEW(a, pat);
    p->op = depth == 0 ? "ab."[roll(3)] : "ab.|&cccc**~"[roll(12)];
    if (strchr("|&c", p->op)) {
        p->l = make(a, depth - 1);
        p->r = make(a, depth - 1);
    } else if (strchr("*~", p->op)) {
        p->l = make(a, depth - 1);
    }
    return p;
}

static vd_str write_pat(vd_arena *a, const pat *p)
{
    if (!p->l) return vd_arena_printf(a, "%c", p->op);
    vd_str l = write_pat(a, p->l), r = p->r ? write_pat(a, p->r) : VD_STR("");
    if (p->op == '*') return vd_arena_printf(a, "(%.*s)*", VD_FMT(l));
    if (p->op == '~') return vd_arena_printf(a, "~(%.*s)", VD_FMT(l));
    if (p->op == 'c') return vd_arena_printf(a, "(%.*s)(%.*s)", VD_FMT(l), VD_FMT(r));
    return vd_arena_printf(a, "(%.*s)%c(%.*s)", VD_FMT(l), p->op, VD_FMT(r));
}

static bool slow(const pat *p, vd_str s)
{
    switch (p->op) {
    case '|': return slow(p->l, s) || slow(p->r, s);
    case '&': return slow(p->l, s) && slow(p->r, s);
    case '~': return !slow(p->l, s);
    case 'c':
        for (size_t i = 0; i <= s.n; i++)
            if (slow(p->l, vd_str_sub(s, 0, i)) && slow(p->r, vd_str_sub(s, i, s.n))) return true;
        return false;
    case '*':
        if (s.n == 0) return true;
        for (size_t i = 1; i <= s.n; i++)
            if (slow(p->l, vd_str_sub(s, 0, i)) && slow(p, vd_str_sub(s, i, s.n))) return true;
        return false;
    case '.': return s.n == 1;
    default: return s.n == 1 && s.p[0] == p->op;
    }
}

static void test_against_definition(void **state)
{
    seed = 20260117;
    for (int i = 0; i < 3000; i++) {
        uint64_t from = seed;
        vd_arena a;
        vd_regex *re;
        vd_err err = {0};
        vd_arena_init(&a, 0);
        const pat *p = make(&a, 4);
        vd_str text = write_pat(&a, p);
        if (vd_regex_compile(&a, text, false, &re, &err)) fail_msg("%.*s: %s", VD_FMT(text), err.msg);
        for (uint32_t word = 0; word < 63; word++) { /* all words of a and b up to five letters */
            char s[6];
            size_t n = 0;
            for (uint32_t w = word + 1; w > 1; w >>= 1) s[n++] = "ab"[w & 1];
            if (vd_regex_match(re, (vd_str){s, n}) != slow(p, (vd_str){s, n}))
                fail_msg("seed %llu: %.*s on %.*s", (unsigned long long)from, VD_FMT(text), (int)n, s);
        }
        vd_arena_fini(&a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matching), cmocka_unit_test(test_case),
        cmocka_unit_test(test_errors),   cmocka_unit_test(test_hostile_patterns),
        cmocka_unit_test(test_against_definition),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
