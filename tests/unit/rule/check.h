/* What the tests of rule/ share: a set read from text, and looks into it. */
#ifndef VD_TEST_RULE_CHECK_H
#define VD_TEST_RULE_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rule/rule.h"

/* A rule that is right, to put more behind; no line feed at the end. */
#define GOOD_RULE                                                                                  \
    "[metadata]\nmaturity = \"production\"\n[rule]\nname = \"A name\"\nrule_id = \"id-1\"\n"       \
    "description = \"What it is\"\ntype = \"eql\"\nlanguage = \"eql\"\nrisk_score = 47\n"          \
    "severity = \"medium\"\nindex = [\"logs-*\"]\nquery = 'process where true'"

static inline vd_ruleset *read_set(const char *text, const char *name)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_ruleset_read_text(set, vd_str_from(text), name, NULL);
    return set;
}

/* The slice equals the text; prints both if not. */
static inline void check_str(vd_str got, const char *want)
{
    if (!vd_str_eq(got, vd_str_from(want)))
        fail_msg("got \"%.*s\", want \"%s\"", VD_FMT(got), want);
}

static inline void check_json(const vd_json *v, const char *want)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    check_str(vd_json_text(&a, v, false), want);
    vd_arena_fini(&a);
}

/* "error CODE: MSG" or "warning CODE: MSG" of each problem, a line each, with its
 * place where it has one: "2:7 error ...". To be freed. */
static inline char *problem_text(const vd_problem *v, size_t n)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (size_t i = 0; i < n; i++) {
        if (v[i].line) fprintf(out, "%zu:%zu ", v[i].line, v[i].column);
        fprintf(out, "%s %.*s: %.*s\n", v[i].error ? "error" : "warning", VD_FMT(v[i].code),
                VD_FMT(v[i].msg));
    }
    fclose(out);
    return text;
}

static inline void check_problems(const vd_problem *v, size_t n, const char *want)
{
    char *got = problem_text(v, n);
    assert_string_equal(got, want);
    free(got);
}

/* Reads a rule of the good one and `more`, and looks at its problems. */
static inline void check_rule_problems(const char *toml, const char *want)
{
    vd_ruleset *set = read_set(toml, "r.toml");
    assert_int_equal(set->problems.n, 0);
    assert_int_equal(set->rules.n, 1);
    check_problems(set->rules.v[0]->problems.v, set->rules.v[0]->problems.n, want);
    vd_ruleset_free(set);
}

#endif
