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

/* Every literal (its last bytes) that occurs is named, and no other. */
static void the_automaton_names_what_occurs(void **state)
{
    enum { N = 40 };
    char words[N][8];
    vd_str literals[N];
    srand(11);
    for (int round = 0; round < 300; round++) {
        vd_arena a;
        vd_arena_init(&a, 0);
        for (int i = 0; i < N; i++) {
            size_t n = make(words[i], 6, "abc");
            if (n == 0) strcpy(words[i], "c");
            literals[i] = vd_str_from(words[i]);
        }
        const vd_literals *ac = vd_literals_build(&a, literals, N);
        char text[40];
        size_t n = make(text, sizeof text, "abcd");
        bool named[N] = {false};
        uint32_t state_now = 0;
        for (size_t i = 0; i < n; i++) {
            uint32_t to = ac->next[(size_t)state_now * ac->n_classes + ac->classes[(unsigned char)text[i]]];
            state_now = to >> 1;
            assert_int_equal(to & 1, ac->first[state_now + 1] > ac->first[state_now]);
            for (uint32_t k = ac->first[state_now]; k < ac->first[state_now + 1]; k++)
                named[ac->ids[k]] = true;
        }
        for (int i = 0; i < N; i++)
            if (named[i] != (strstr(text, words[i]) != NULL)) fail_msg("%s in %s", words[i], text);
        vd_arena_fini(&a);
    }
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
        cmocka_unit_test(the_longest_plain_piece_is_the_literal),
        cmocka_unit_test(the_automaton_names_what_occurs),
        cmocka_unit_test(hostile_patterns_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
