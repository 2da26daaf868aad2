#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "eql/ops.h"
#include "plan/glob.h"
#include "plan/literals.h"

static bool glob(const char *pattern, const char *text)
{
    vd_arena a;
    vd_glob g;
    vd_arena_init(&a, 0);
    vd_glob_init(&a, vd_str_from(pattern), false, &g);
    bool holds = vd_glob_run(&g, vd_str_from(text));
    vd_arena_fini(&a);
    return holds;
}

static void globs_take_whole_values(void **state)
{
    assert_true(glob("cmd.exe", "cmd.exe"));
    assert_false(glob("cmd.exe", "cmd.exe "));
    assert_false(glob("cmd", "cmd.exe"));
    assert_true(glob("", ""));
    assert_false(glob("", "x"));
    assert_true(glob("*", ""));
    assert_true(glob("?:\\Windows\\*.exe", "C:\\Windows\\a.exe"));
    assert_false(glob("?:\\Windows\\*.exe", "CC:\\Windows\\a.exe"));
    assert_true(glob("*a*b*c*", "xxaxxbxxcxx"));
    assert_false(glob("*a*b*c*", "xxaxxcxxbxx"));
    assert_true(glob("a*a", "aa"));
    assert_false(glob("a*a", "a"));
    assert_true(glob("*ab", "abab"));
    assert_true(glob("a**b", "ab"));
}

static void a_question_mark_is_one_code_point(void **state)
{
    assert_true(glob("?", "\xC3\xA4"));
    assert_true(glob("?", "\xF0\x9F\x98\x80"));
    assert_false(glob("??", "\xC3\xA4"));
    assert_true(glob("*?x", "\xC3\xA4x"));
    assert_false(glob("*??x", "\xC3\xA4x"));
    assert_true(glob("\xC3\xA4?*", "\xC3\xA4\xE2\x82\xAC"));
}

static size_t make(char *out, size_t max, const char *letters)
{
    size_t n = (size_t)rand() % max;
    for (size_t i = 0; i < n; i++)
        out[i] = letters[(size_t)rand() % strlen(letters)];
    out[n] = 0;
    return n;
}

/* The pattern taken apart and the one taken as it stands agree. */
static void both_matchers_agree(void **state)
{
    char pattern[12], text[16];
    srand(7);
    for (int i = 0; i < 300000; i++) {
        vd_str p = {pattern, make(pattern, sizeof pattern, "abA*?\xC3")};
        vd_str t = {text, make(text, sizeof text, "abAB")};
        if (vd_str_find_byte(p, '\xC3', 0) < p.n) continue;
        bool whole = vd_glob_match(p, t, false);
        if (glob(pattern, text) != whole) fail_msg("%s on %s: %d", pattern, text, whole);
    }
}

/* Long rows with `?` among them, in characters of one to four bytes. */
static void long_rows_agree(void **state)
{
    static const char *letters[] = {"a", "b", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"};
    char pattern[1024], text[2048];
    size_t found = 0;
    srand(5);
    for (int round = 0; round < 4000; round++) {
        size_t p = 0, t = 0, length = 1 + (size_t)rand() % 150, start = (size_t)rand() % 100;
        int kinds = round % 2 ? 2 : 5;
        for (size_t i = 0; i < start + length + 20; i++) {
            const char *c = letters[rand() % kinds], *seen = rand() % 3 ? c : "?";
            if (rand() % 400 == 0) seen = letters[rand() % kinds];
            memcpy(text + t, c, strlen(c));
            t += strlen(c);
            if (i == 0) pattern[p++] = '*';
            if (i < start || i >= start + length) continue;
            memcpy(pattern + p, seen, strlen(seen));
            p += strlen(seen);
        }
        pattern[p++] = '*';
        pattern[p] = text[t] = 0;
        bool whole = vd_glob_match((vd_str){pattern, p}, (vd_str){text, t}, false);
        if (glob(pattern, text) != whole) fail_msg("%s on %s: %d", pattern, text, whole);
        found += whole;
    }
    assert_true(found > 1000 && found < 3990);
}

static void the_longest_plain_piece_is_the_literal(void **state)
{
    vd_arena a;
    vd_glob g;
    vd_arena_init(&a, 0);
    vd_glob_init(&a, VD_STR("?:\\Users\\*\\AppData\\?x"), true, &g);
    assert_true(vd_str_eq(g.literal, VD_STR("\\appdata\\")));
    vd_glob_init(&a, VD_STR("*?*"), true, &g);
    assert_int_equal(g.literal.n, 0);
    vd_glob_init_plain(&a, VD_STR("A*?b"), false, true, true, &g);
    assert_true(vd_glob_run(&g, VD_STR("xA*?by")));
    assert_false(vd_glob_run(&g, VD_STR("xAzzby")));
    assert_true(vd_str_eq(g.literal, VD_STR("a*?b")));
    vd_arena_fini(&a);
}

/* The ids that the text's bytes speak for. */
static void candidates(const vd_literals *l, vd_str text, bool *named)
{
    for (uint32_t i = 0; i < l->n_bare; i++)
        named[l->bare[i]] = true;
    if (text.n) {
        unsigned char first = (unsigned char)text.p[0], last = (unsigned char)text.p[text.n - 1];
        for (uint32_t i = l->front.at[first]; i < l->front.at[first + 1]; i++)
            named[l->front.ids[i]] = true;
        for (uint32_t i = l->back.at[last]; i < l->back.at[last + 1]; i++)
            named[l->back.ids[i]] = true;
    }
    const vd_gram_table *tables[] = {&l->four, &l->two};
    for (int t = 0; t < 2; t++)
        for (size_t i = 0; tables[t]->n && i + tables[t]->size <= text.n; i++) {
            uint32_t gram = 0;
            memcpy(&gram, text.p + i, tables[t]->size);
            const vd_gram *g = vd_gram_find(tables[t], gram);
            for (uint32_t k = 0; g && k < g->n; k++)
                named[tables[t]->ids[g->at + k]] = true;
        }
}

/* No pattern that matches is left out of the candidates. */
static void what_matches_is_a_candidate(void **state)
{
    enum { N = 40 };
    char patterns[N][12], text[40];
    vd_glob globs[N];
    const vd_glob *list[N];
    size_t named_count = 0, matched = 0;
    srand(11);
    for (int round = 0; round < 3000; round++) {
        vd_arena a;
        vd_arena_init(&a, 0);
        for (int i = 0; i < N; i++) {
            make(patterns[i], sizeof patterns[i], "abcd*?");
            vd_glob_init(&a, vd_str_from(patterns[i]), true, &globs[i]);
            list[i] = &globs[i];
        }
        const vd_literals *l = vd_literals_build(&a, list, N);
        bool named[N] = {false};
        vd_str t = {text, make(text, sizeof text, "abcd")};
        candidates(l, t, named);
        for (int i = 0; i < N; i++) {
            bool matches = vd_glob_run(&globs[i], t);
            if (matches && !named[i]) fail_msg("%s on %s", patterns[i], text);
            named_count += named[i];
            matched += matches;
        }
        vd_arena_fini(&a);
    }
    assert_true(matched > 1000 && named_count < 3000u * N * 3 / 4);
}

/* A pattern of thousands of stars costs what its length explains: this ends at once. */
static void hostile_patterns_end(void **state)
{
    size_t n = 1 << 20;
    char *text = malloc(n), *stars = malloc(20001);
    memset(text, 'a', n);
    for (int i = 0; i < 20000; i += 2)
        memcpy(stars + i, "*a", 2);
    stars[20000] = 'b';
    vd_arena a;
    vd_glob g;
    vd_arena_init(&a, 0);
    vd_glob_init(&a, (vd_str){stars, 20001}, false, &g);
    assert_false(vd_glob_run(&g, (vd_str){text, n}));
    vd_arena_fini(&a);
    free(text);
    free(stars);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(globs_take_whole_values),
        cmocka_unit_test(a_question_mark_is_one_code_point),
        cmocka_unit_test(both_matchers_agree),
        cmocka_unit_test(long_rows_agree),
        cmocka_unit_test(the_longest_plain_piece_is_the_literal),
        cmocka_unit_test(what_matches_is_a_candidate),
        cmocka_unit_test(hostile_patterns_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
