/* How many candidates events make, and what comes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "engine/engine.h"

typedef struct outcome {
    uint64_t candidates, findings, spilled, cut, pending, trees;
    char events[1 << 16]; /* "1 2 3, " of each finding */
} outcome;

static void found(void *ctx, const vd_finding *f)
{
    outcome *out = ctx;
    for (size_t i = 0; i < f->n_events; i++) {
        out->trees += f->events[i].doc != NULL;
        size_t n = strlen(out->events);
        snprintf(out->events + n, sizeof out->events - n, "%.*s%s", VD_FMT(f->events[i].id),
                 i + 1 < f->n_events ? " " : ", ");
    }
}

static outcome run_engine(const char *query, const char *lines, bool trees)
{
    outcome out = {0};
    vd_err err = {0};
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    vd_rule *rule = vd_ruleset_add_query(set, vd_str_from(query));
    vd_ruleset_compile(set, schema);
    if (rule->broken) fail_msg("%s: %.*s", query, VD_FMT(rule->problems.v[0].msg));
    vd_plan *plan = vd_plan_build(set, schema, NULL);
    vd_engine_config cfg = {.plan = plan,
                            .since = VD_TIME_NONE,
                            .until = VD_TIME_NONE,
                            .size = -1,
                            .max_candidates = 1 << 12,
                            .found = found,
                            .ctx = &out};
    vd_engine *e = vd_engine_new(&cfg, &err);
    if (!trees) vd_engine_without_trees(e);
    size_t n = strlen(lines);
    char *text = calloc(n + VD_PADDING, 1);
    memcpy(text, lines, n);
    uint32_t source = vd_engine_source(e, &(vd_engine_input){VD_STR("test"), -1});
    vd_engine_feed(e, 0, &(vd_block){source, text, n, 0, 1, true});
    assert_int_equal(vd_engine_finish(e, &err), 0);
    vd_engine_stats s = vd_engine_stats_of(e);
    out.candidates = s.candidates;
    out.findings = s.findings;
    out.spilled = s.spilled_bytes;
    out.cut = s.key_tuples_cut;
    out.pending = s.pending_peak;
    vd_engine_free(e);
    vd_plan_unref(plan);
    free(text);
    return out;
}

static outcome run(const char *query, const char *lines) { return run_engine(query, lines, true); }

/* n events of category a, one a second; rest stands in each. */
static char *many(size_t n, const char *rest)
{
    char *text = malloc(n * (96 + strlen(rest)) + 1), *at = text;
    *at = 0;
    for (size_t i = 1; i <= n; i++)
        at += sprintf(at, "{\"@timestamp\":%zu,\"event.category\":\"a\",\"_id\":\"%zu\"%s}\n",
                      i * 1000, i, rest);
    return text;
}

static void runs_make_one_candidate_an_event(void **state)
{
    char *lines = many(250, ",\"k\":\"x\"");
    outcome plain = run("sequence [a where true] with runs=100", lines);
    assert_int_equal(plain.candidates, 250);
    assert_int_equal(plain.findings, 151);
    outcome keyed = run("sequence by k [b where true] [a where true] with runs=100", lines);
    assert_int_equal(keyed.candidates, 250);
    assert_int_equal(keyed.findings, 0);
    assert_true(plain.spilled > 0);
    free(lines);
}

/* Who does not look into events gets the same findings without their trees. */
static void trees_are_made_for_who_asks(void **state)
{
    char *lines = many(9, ",\"k\":\"x\"");
    outcome with = run_engine("sequence by k [a where true] [a where true]", lines, true);
    outcome without = run_engine("sequence by k [a where true] [a where true]", lines, false);
    assert_string_equal(without.events, with.events);
    assert_int_equal(with.trees, 2 * with.findings);
    assert_true(with.findings > 0);
    assert_int_equal(without.trees, 0);
    free(lines);
}

static void runs_of_several_keys_each_go_their_way(void **state)
{
    char *lines = many(4, ",\"k\":[\"x\",\"y\"]");
    outcome out = run("sequence by k [a where true] with runs=2", lines);
    assert_int_equal(out.candidates, 8);
    assert_string_equal(out.events, "1 2, 1 2, 2 3, 2 3, 3 4, 3 4, ");
    free(lines);
}

/* Candidates of a rule that some stage's lack keeps from a finding are not fed. */
static void rules_without_prospects_wait_for_nothing(void **state)
{
    char *a = many(50, ""), *lines = malloc(strlen(a) + 200);
    outcome out = run("sequence [a where true] [b where true]", a);
    assert_int_equal(out.candidates, 50);
    assert_int_equal(out.pending, 0);
    out = run("sequence [a where true] with runs=3 [b where true] until [c where true]", a);
    assert_int_equal(out.pending, 0);
    sprintf(lines, "%s{\"@timestamp\":90000,\"event.category\":\"b\",\"_id\":\"b\"}\n", a);
    out = run("sequence [a where true] [b where true]", lines);
    assert_int_equal(out.pending, 1);
    assert_string_equal(out.events, "50 b, ");
    out = run("sequence [a where true] with runs=3 [b where true] until [c where true]", lines);
    assert_string_equal(out.events, "48 49 50 b, ");
    /* What has to be missing is not waited for, nor an until. */
    out = run("sequence with maxspan=1m [b where true] ![c where true]", lines);
    assert_string_equal(out.events, "b , ");
    out = run("sequence with maxspan=1m ![c where true] [b where true]", lines);
    assert_int_equal(out.findings, 1);
    out = run("sample by event.category [a where true] [a where true]", lines);
    assert_int_equal(out.findings, 1);
    free(lines);
    free(a);
}

/* Keys with many values multiply: a bound on what one event can become. */
static void combinations_of_keys_are_bounded(void **state)
{
    char values[8192] = ",\"k\":[\"0\"";
    for (int i = 1; i < 256; i++)
        snprintf(values + strlen(values), sizeof values - strlen(values), ",\"%d\"", i);
    size_t end = strlen(values);
    snprintf(values + end, sizeof values - end, "]");
    char *lines = many(2, values);
    outcome all = run("sequence by k [a where true] [a where true]", lines);
    assert_int_equal(all.candidates, 2 * 256);
    assert_int_equal(all.cut, 0);
    free(lines);
    snprintf(values + end, sizeof values - end, ",\"more\"]");
    lines = many(2, values);
    outcome cut = run("sequence by k [a where true] [a where true]", lines);
    assert_int_equal(cut.candidates, 2 * 256);
    assert_int_equal(cut.cut, 2);
    free(lines);
}

/* `,"NAME":[..]` with ten thousand values, each `value`, or its own if that is empty. */
static size_t put_values(char *at, const char *name, const char *value)
{
    size_t n = (size_t)sprintf(at, ",\"%s\":[", name);
    for (size_t i = 0; i < 10000; i++) {
        at[n] = ',';
        n += i > 0;
        n += (size_t)(*value ? sprintf(at + n, "\"%s\"", value) : sprintf(at + n, "\"v%zu\"", i));
    }
    at[n++] = ']';
    at[n] = 0;
    return n;
}

/* A hundred million pairs of equal values: most are not looked at, which is told. */
static void equal_values_of_keys_do_not_multiply(void **state)
{
    char *values = malloc(1 << 19);
    size_t n = put_values(values, "k", "same");
    char *lines = many(2, values);
    outcome one = run("sequence by k [a where true] [a where true]", lines);
    assert_int_equal(one.candidates, 2);
    assert_int_equal(one.cut, 0);
    assert_string_equal(one.events, "1 2, ");
    free(lines);
    put_values(values + n, "l", "same");
    lines = many(2, values);
    outcome two = run("sequence by k, l [a where true] [a where true]", lines);
    assert_int_equal(two.candidates, 2);
    assert_int_equal(two.cut, 2);
    assert_string_equal(two.events, "1 2, ");
    free(lines);
    put_values(values, "k", "");
    lines = many(2, values);
    outcome distinct = run("sequence by k [a where true] [a where true]", lines);
    assert_int_equal(distinct.candidates, 2 * VD_MAX_KEY_TUPLES);
    assert_int_equal(distinct.cut, 2);
    free(lines);
    free(values);
}

/* Long values of keys: no more bytes of them than the bound. */
static void long_values_of_keys_do_not_multiply(void **state)
{
    char *values = malloc(1 << 20);
    size_t n = put_values(values, "k", "");
    n += (size_t)sprintf(values + n, ",\"l\":\"");
    memset(values + n, 'x', 1 << 18);
    n += 1 << 18;
    sprintf(values + n, "\"");
    char *lines = many(1, values);
    outcome out = run("sequence by k, l [a where true] [b where true]", lines);
    assert_int_equal(out.candidates, VD_MAX_KEY_BYTES / (1 << 18));
    assert_int_equal(out.cut, 1);
    free(lines);
    free(values);
}

/* Neighbours on one condition make one candidate if their keys are the same too. */
static void neighbours_with_other_keys_stand_alone(void **state)
{
    char *lines = many(3, ",\"x\":\"1\",\"y\":\"1\"");
    outcome same = run("sequence [a where true] [a where true]", lines);
    assert_int_equal(same.candidates, 3);
    assert_string_equal(same.events, "1 2, 2 3, ");
    outcome other = run("sequence [a where true] by x [a where true] by y", lines);
    assert_int_equal(other.candidates, 6);
    assert_string_equal(other.events, "1 2, 2 3, ");
    outcome until = run("sequence [a where true] [a where true] until [a where true]", lines);
    assert_int_equal(until.candidates, 6);
    free(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(runs_make_one_candidate_an_event),
        cmocka_unit_test(trees_are_made_for_who_asks),
        cmocka_unit_test(runs_of_several_keys_each_go_their_way),
        cmocka_unit_test(rules_without_prospects_wait_for_nothing),
        cmocka_unit_test(combinations_of_keys_are_bounded),
        cmocka_unit_test(equal_values_of_keys_do_not_multiply),
        cmocka_unit_test(long_values_of_keys_do_not_multiply),
        cmocka_unit_test(neighbours_with_other_keys_stand_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
