/* Patterns and values built to be slow cost no more than their length explains.
 *
 * Either work is counted, or the time for a value is set against the time for one eight
 * times as long: where each character costs the same that is 8, where each costs as much as
 * the value is long it is 64. Above 24 it is refused; the least of a few runs of processor
 * time counts, and a bad quotient must be so in five tries, for other programs are there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "eql/regex.h"
#include "match/match.h"

enum { GROWTH = 8, AT_MOST = 24, RUNS = 3, TRIES = 5 };

/* A text that grows. */
typedef VD_VEC(char) text;

static void add(text *t, const char *z)
{
    for (; *z; z++)
        *vd_vec_push(t) = *z;
}

static void add_times(text *t, const char *z, size_t times)
{
    for (size_t i = 0; i < times; i++)
        add(t, z);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* ---- rules and a document ---- */

typedef struct bench {
    vd_plan *plan;
    vd_matcher *m;
    vd_event *ev;
} bench;

static bench set_up(const text *queries, size_t n)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    for (size_t i = 0; i < n; i++)
        vd_ruleset_add_query(set, (vd_str){queries[i].v, queries[i].n})->rule_id =
            vd_arena_printf(&set->arena, "q%zu", i);
    vd_ruleset_compile(set, schema);
    for (size_t i = 0; i < n; i++)
        if (set->rules.v[i]->broken)
            fail_msg("%.60s: %.*s", queries[i].v, VD_FMT(set->rules.v[i]->problems.v[0].msg));
    bench b = {.plan = vd_plan_build(set, schema, NULL)};
    b.m = vd_matcher_new(b.plan);
    b.ev = vd_event_new(vd_plan_extract(b.plan));
    return b;
}

static bench set_up_one(const char *query)
{
    text t = {0};
    add(&t, query);
    bench b = set_up(&t, 1);
    vd_vec_free(&t);
    return b;
}

static void tear_down(bench *b)
{
    vd_event_free(b->ev);
    vd_matcher_free(b->m);
    vd_plan_unref(b->plan);
}

/* How many conditions hold. A number makes each document's first value new, so that no memo
 * knows the answer. */
static size_t match(bench *b, const text *document)
{
    const uint32_t *conditions;
    assert_int_equal(vd_event_parse(b->ev, document->v, document->n - VD_PADDING, NULL),
                     VD_FAULT_NONE);
    return vd_match_event(b->m, b->ev, (vd_str){0}, &conditions);
}

/* Writes what stands between the braces of a document, of size n. */
typedef void (*writer)(text *out, size_t n);

static text document(writer write, size_t n)
{
    static unsigned number;
    char unique[48];
    text t = {0};
    snprintf(unique, sizeof unique, "{\"host\":{\"id\":\"%u\"},", number++);
    add(&t, unique);
    write(&t, n);
    add(&t, "}");
    add_times(&t, " ", VD_PADDING);
    return t;
}

static double time_of(bench *b, writer write, size_t n, size_t want)
{
    double least = 1e18;
    for (int i = 0; i < RUNS; i++) {
        vd_matcher_free(b->m); /* its memo would know the value */
        b->m = vd_matcher_new(b->plan);
        text t = document(write, n);
        double start = now();
        assert_int_equal(match(b, &t), want);
        double took = now() - start;
        if (took < least) least = took;
        vd_vec_free(&t);
    }
    return least;
}

/* n: the shorter length, long enough to be worth a clock. */
static void grows_with_length(bench *b, writer write, size_t n, size_t want)
{
    double quotient = 0;
    for (int i = 0; i < TRIES; i++) {
        quotient = time_of(b, write, n * GROWTH, want) / time_of(b, write, n, want);
        if (quotient <= AT_MOST) return;
    }
    fail_msg("%d times the length takes %.1f times as long", GROWTH, quotient);
}

static void many_as(text *t, size_t n)
{
    add(t, "\"process\":{\"name\":\"");
    add_times(t, "a", n);
    add(t, "\"}");
}

/* ---- wildcards ---- */

static void stars_in_thousands(void **state)
{
    text q = {0};
    add(&q, "any where process.name : \"");
    add_times(&q, "*a", 5000);
    add(&q, "b*\" or process.name like~ \"");
    add_times(&q, "*A", 5000);
    add(&q, "b\"");
    bench b = set_up(&q, 1);
    grows_with_length(&b, many_as, 1 << 17, 0);
    tear_down(&b);
    vd_vec_free(&q);
}

/* Length of a pattern of that many `a?` between stars, with a `b` that is not there. */
static bench question_marks(size_t n)
{
    text q = {0};
    add(&q, "any where process.name like \"*");
    add_times(&q, "a?", n);
    add(&q, "b*\"");
    bench b = set_up(&q, 1);
    vd_vec_free(&q);
    return b;
}

static void question_marks_in_hundreds(void **state)
{
    bench few = question_marks(25), many = question_marks(400);
    grows_with_length(&many, many_as, 1 << 16, 0);
    double quotient = 0;
    for (int i = 0; i < TRIES; i++) {
        quotient = time_of(&many, many_as, 1 << 18, 0) / time_of(&few, many_as, 1 << 18, 0);
        if (quotient < 12) break; /* 16 times as many: 16 and more if each is tried at each place */
    }
    if (quotient >= 12) fail_msg("16 times the question marks take %.1f times as long", quotient);
    tear_down(&few);
    tear_down(&many);
}

static void too_many_question_marks_are_refused(void **state)
{
    text q = {0};
    add(&q, "any where process.name like (\"x*");
    add_times(&q, "a?", 513);
    add(&q, "*\")");
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    vd_rule *rule = vd_ruleset_add_query(set, (vd_str){q.v, q.n});
    rule->rule_id = VD_STR("q");
    vd_ruleset_compile(set, schema);
    assert_true(rule->broken);
    assert_non_null(strstr(rule->problems.v[0].msg.p, "too complex"));
    vd_schema_free(schema);
    vd_ruleset_free(set);
    vd_vec_free(&q);
}

static void likes_without_case(void **state)
{
    bench b = set_up_one(
        "any where process.name like~ (\"*AAAAAAAAAAAAAAAAAAAAAAAAb\", \"?*AAAAAAAAb?*\", "
        "\"*a*b*c*\", \"a?????????????????????????????????????????????????????b*\")");
    grows_with_length(&b, many_as, 1 << 17, 0);
    tear_down(&b);
}

/* ---- a thousand rules ---- */

enum { RULES = 1000 };

/* Rules with two patterns each whose plain pieces are all different. */
static bench thousand_rules(void)
{
    text *q = vd_calloc(RULES, sizeof *q);
    char line[200];
    for (unsigned i = 0; i < RULES; i++) {
        snprintf(line, sizeof line,
                 "any where process.name : (\"*k%03ut*q?z*\", \"?:\\\\dir\\\\w%03ux*.exe\")", i, i);
        add(&q[i], line);
        snprintf(line, sizeof line, " or process.name regex~ \".*s%03uv.*nothing\"", i);
        if (i % 50 == 0) add(&q[i], line); /* each costs a table step a character */
        *vd_vec_push(&q[i]) = 0;
        q[i].n--;
    }
    bench b = set_up(q, RULES);
    for (unsigned i = 0; i < RULES; i++)
        vd_vec_free(&q[i]);
    free(q);
    return b;
}

/* Every rule's rare pieces, then `a`s: each pattern has to be tried. */
static void all_pieces(text *t, size_t n)
{
    char piece[32];
    add(t, "\"process\":{\"name\":\"");
    for (unsigned i = 0; i < RULES; i++) {
        snprintf(piece, sizeof piece, "k%03utw%03ux", i, i);
        add(t, piece);
    }
    add_times(t, "a", n);
    add(t, "\"}");
}

static void long_values_meet_a_thousand_rules(void **state)
{
    bench b = thousand_rules();
    text plain = document(many_as, 1 << 20), pieces = document(all_pieces, 1 << 20);
    match(&b, &plain);
    assert_int_equal(vd_matcher_stats(b.m).patterns_tried, 0);
    match(&b, &pieces);
    uint64_t tried = vd_matcher_stats(b.m).patterns_tried;
    assert_true(tried >= RULES &&
                tried <= 2 * RULES); /* each once, however often its piece is there */
    vd_vec_free(&plain);
    vd_vec_free(&pieces);
    grows_with_length(&b, all_pieces, 1 << 13, 0);
    tear_down(&b);
}

/* One gram that all patterns are known by, at every fourth place. */
static void full_of_one_gram(text *t, size_t n)
{
    add(t, "\"process\":{\"name\":\"");
    add_times(t, "wxyz", n / 4);
    add(t, "\"}");
}

static void a_gram_that_all_share(void **state)
{
    text q = {0};
    char pattern[32];
    add(&q, "any where process.name like (");
    for (unsigned i = 0; i < RULES; i++) {
        snprintf(pattern, sizeof pattern, "%s\"*wxyz?%03u*\"", i ? "," : "", i);
        add(&q, pattern);
    }
    add(&q, ")");
    bench b = set_up(&q, 1);
    text full = document(full_of_one_gram, 1 << 18);
    match(&b, &full);
    assert_int_equal(vd_matcher_stats(b.m).patterns_tried, RULES); /* not 1000 at each place */
    vd_vec_free(&full);
    tear_down(&b);
    vd_vec_free(&q);
}

/* ---- regular expressions ---- */

static void nested_quantifiers(void **state)
{
    bench b =
        set_up_one("any where process.name regex (\"(a|aa)*b\", \"((a*)*)*b\", \"(a?){30}a{30}b\", "
                   "\"(.*a){8}b\", \"(a|b|ab)*c\") or process.name regex~ \"(A+)+B\"");
    grows_with_length(&b, many_as, 1 << 17, 0);
    tear_down(&b);
}

static void check_refused(const char *piece, size_t times, const char *behind)
{
    vd_arena a;
    vd_regex *re;
    vd_err err = {0};
    text t = {0};
    add_times(&t, piece, times);
    add(&t, behind);
    vd_arena_init(&a, 0);
    assert_int_equal(vd_regex_compile(&a, (vd_str){t.v, t.n}, false, &re, &err), VD_LIMIT);
    assert_non_null(strstr(err.msg, "10000")); /* it says which limit */
    assert_true(vd_arena_bytes(&a) < 64u << 20);
    vd_arena_fini(&a);
    vd_vec_free(&t);
}

static void big_counts_are_refused(void **state)
{
    assert_int_equal(VD_MAX_REGEX_STATES, 10000);
    check_refused("(a|b)*a(a|b){20}", 1, "");
    check_refused("(x{1000}){1000}", 1, "");
    check_refused("((x{100}){100}){100}", 1, "");
    check_refused("(.{1,1000}){9}", 1, "");
    check_refused("(~(a.*b)&.{1,500})", 40, "");
}

/* ---- many values ---- */

static void values(text *t, size_t n, const char *fmt)
{
    char value[48];
    for (size_t i = 0; i < n; i++) {
        snprintf(value, sizeof value, fmt, (unsigned)i);
        if (i) add(t, ",");
        add(t, value);
    }
}

static void long_array(text *t, size_t n)
{
    add(t, "\"process\":{\"args\":[");
    values(t, n, "\"v%u\"");
    add(t, "],\"pid\":[");
    values(t, n, "%u");
    add(t, "]}");
}

static void arrays_of_ten_thousands(void **state)
{
    bench b =
        set_up_one("any where process.args : (\"*nothing*\", \"?n*\") or process.args == \"x\" or "
                   "process.args regex \"n+\" or process.pid < 0 or process.pid in (-1, -2)");
    grows_with_length(&b, long_array, 5000, 0);
    tear_down(&b);
}

/* The same field again and again, as an object, dotted, and as an array of objects. */
static void one_field_often(text *t, size_t n)
{
    add(t, "\"process\":[");
    values(t, n, "{\"args\":\"o%u\"}");
    add(t, "]");
}

static void a_field_given_often(void **state)
{
    bench b = set_up_one("any where process.args : (\"*nothing*\", \"?n*\")");
    grows_with_length(&b, one_field_often, 10000, 0);
    tear_down(&b);
}

static void combinations_have_a_bound(void **state)
{
    bench b = set_up_one("any where concat(process.args, process.pid) == \"nothing\"");
    grows_with_length(&b, long_array, 1000, 0);
    assert_true(vd_matcher_stats(b.m).combinations_cut > 0);
    tear_down(&b);
}

/* One long text, many short ones. */
static void long_and_many(text *t, size_t n)
{
    add(t, "\"process\":{\"args\":[");
    values(t, 3000, "\"v%u\"");
    add(t, "],\"name\":\"");
    add_times(t, "a", n);
    add(t, "\"}");
}

static void long_texts_in_combinations(void **state)
{
    bench b = set_up_one("any where concat(process.name, process.args) == \"nothing\"");
    grows_with_length(&b, long_and_many, 1 << 17, 0);
    text t = document(long_and_many, 1 << 20);
    uint64_t before = vd_matcher_stats(b.m).combinations_cut;
    match(&b, &t);
    assert_int_equal(vd_matcher_stats(b.m).combinations_cut, before + 1);
    assert_true(vd_matcher_stats(b.m).bytes < 64u << 20); /* not 3,000 copies of 1 MB */
    vd_vec_free(&t);
    tear_down(&b);
}

/* ---- functions on two fields ---- */

/* A text of `a`s, and one half as long with a `b` at its end: nearly found everywhere. */
static void nearly_there(text *t, size_t n)
{
    many_as(t, n);
    t->n--; /* reopen the object */
    add(t, ",\"title\":\"");
    add_times(t, "a", n / 2);
    add(t, "b\",\"working_directory\":\"b");
    add_times(t, "a", n / 2);
    add(t, "\"}");
}

static void functions_of_two_fields(void **state)
{
    bench b = set_up_one(
        "any where stringContains(process.name, process.title) or stringContains~(process.name, "
        "process.title) "
        "or indexOf~(process.name, process.title) > 0 or length(between(process.name, \"\", "
        "process.working_directory, true)) > 0 or length(between~(process.name, process.title, "
        "\"x\")) > 0 "
        "or endsWith~(process.name, process.title) or startsWith(process.name, "
        "process.working_directory)");
    grows_with_length(&b, nearly_there, 1 << 12, 0);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars_in_thousands),
        cmocka_unit_test(question_marks_in_hundreds),
        cmocka_unit_test(too_many_question_marks_are_refused),
        cmocka_unit_test(likes_without_case),
        cmocka_unit_test(long_values_meet_a_thousand_rules),
        cmocka_unit_test(a_gram_that_all_share),
        cmocka_unit_test(nested_quantifiers),
        cmocka_unit_test(big_counts_are_refused),
        cmocka_unit_test(arrays_of_ten_thousands),
        cmocka_unit_test(a_field_given_often),
        cmocka_unit_test(combinations_have_a_bound),
        cmocka_unit_test(long_texts_in_combinations),
        cmocka_unit_test(functions_of_two_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
