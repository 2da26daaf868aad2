/* Queries against documents, through parser, plan and matcher. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "match/match.h"

typedef struct bench {
    vd_plan *plan;
    vd_matcher *m;
    vd_event *ev;
} bench;

static bench set_up(const char *const *queries, size_t n)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    for (size_t i = 0; i < n; i++)
        vd_ruleset_add_query(set, vd_str_from(queries[i]))->rule_id =
            vd_arena_printf(&set->arena, "q%zu", i);
    vd_ruleset_compile(set, schema);
    for (size_t i = 0; i < n; i++)
        if (set->rules.v[i]->broken)
            fail_msg("%s: %.*s", queries[i], VD_FMT(set->rules.v[i]->problems.v[0].msg));
    bench b = {.plan = vd_plan_build(set, schema, NULL)};
    b.m = vd_matcher_new(b.plan);
    b.ev = vd_event_new(vd_plan_extract(b.plan));
    return b;
}

static void tear_down(bench *b)
{
    vd_event_free(b->ev);
    vd_matcher_free(b->m);
    vd_plan_unref(b->plan);
}

/* One bit a rule whose only stage holds for the document. */
static uint64_t hold(bench *b, const char *json)
{
    size_t n = strlen(json);
    char *padded = calloc(n + VD_PADDING, 1);
    memcpy(padded, json, n);
    assert_int_equal(vd_event_parse(b->ev, padded, n, NULL), VD_FAULT_NONE);
    const uint32_t *conditions;
    uint64_t bits = 0;
    size_t held = vd_match_event(b->m, b->ev, (vd_str){0}, &conditions);
    for (size_t i = 0; i < held; i++) {
        const vd_plan_use *uses;
        size_t n_uses = vd_plan_uses(b->plan, conditions[i], &uses);
        for (size_t k = 0; k < n_uses; k++)
            bits |= 1ull << uses[k].rule;
    }
    free(padded);
    return bits;
}

static bool holds(const char *query, const char *json)
{
    bench b = set_up(&query, 1);
    bool first = hold(&b, json), again = hold(&b, json); /* the memo's answer */
    assert_int_equal(first, again);
    tear_down(&b);
    return first;
}

#define P(rest) "{\"event\":{\"category\":\"process\"}," rest "}"

static void leaves_are_two_valued(void **state)
{
    const char *with = P("\"process\":{\"pid\":7,\"name\":\"Cmd.exe\"}"), *without = P("\"x\":1");
    assert_true(holds("process where process.pid > 5", with));
    assert_false(holds("process where process.pid > 5", without));
    assert_true(holds("process where not process.pid > 5", without));
    assert_true(holds("process where process.pid != 7", without));
    assert_false(holds("process where process.pid != 7", with));
    assert_true(holds("process where process.pid == null", without));
    assert_true(holds("process where not (process.pid == null or process.name : \"x*\")", with));
    assert_true(holds("process where process.name : \"cmd.EXE\"", with));
    assert_false(holds("process where process.name == \"cmd.exe\"", with));
    assert_false(holds("file where true", with));
    assert_true(holds("any where true", with));
}

static void any_value_of_a_field_will_do(void **state)
{
    const char *two = P("\"process\":{\"args\":[\"-a\",\"--Bee\"],\"pid\":4}");
    assert_true(holds("process where process.args == \"-a\" and process.args : \"--b*\"", two));
    assert_false(holds("process where process.args != \"-a\"", two));
    assert_true(holds("process where length(process.args) == 5", two));
    assert_true(holds("process where concat(process.args, process.pid) == \"-a4\"", two));
    assert_false(holds("process where not length(process.args) == 2", two));
}

static void every_kind_of_test_answers(void **state)
{
    const char *d = P("\"process\":{\"name\":\"powershell.exe\",\"command_line\":\"powershell -enc AAAA\","
                      "\"code_signature\":{\"trusted\":true},\"exit_code\":-1},"
                      "\"source\":{\"ip\":\"10.1.2.3\"},\"@timestamp\":\"2024-01-01T12:00:00Z\"");
    const char *yes[] = {
        "process where process.name in (\"a\", \"powershell.exe\")",
        "process where process.name in~ (\"POWERSHELL.EXE\", \"b\")",
        "process where process.name like \"power*\"",
        "process where process.name like~ (\"x\", \"POWER?HELL.*\")",
        "process where process.name regex \"power(shell|x)[.]exe\"",
        "process where process.command_line regex~ \".*-ENC [a-z]+\"",
        "process where startsWith(process.name, \"power\") and endsWith~(process.name, \".EXE\")",
        "process where stringContains(process.command_line, \" -enc \")",
        "process where cidrMatch(source.ip, \"10.0.0.0/8\", \"192.168.0.0/16\")",
        "process where source.ip == \"10.1.2.3\"",
        "process where source.ip == \"10.1.0.0/16\"",
        "process where process.code_signature.trusted == true",
        "process where process.code_signature.trusted",
        "process where process.exit_code < 0 and process.exit_code == -1",
        "process where @timestamp == \"2024-01-01\" and @timestamp > \"2023-12-31\"",
        "process where @timestamp <= \"2024-01-01\" and not @timestamp < \"2024-01-01\"",
        "process where process.exit_code + 1 == 0",
        "process where null == (process.pid > 5)",
    };
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        if (!holds(yes[i], d)) fail_msg("does not hold: %s", yes[i]);
    const char *no[] = {
        "process where process.name like \"POWER*\"",
        "process where process.name regex \"power\"",
        "process where cidrMatch(source.ip, \"11.0.0.0/8\")",
        "process where @timestamp > \"2024-01-01\"",
        "process where process.name in (\"power*\")",
        "process where process.pid + 1 == 5",
    };
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        if (holds(no[i], d)) fail_msg("holds: %s", no[i]);
}

static void rules_share_conditions_and_predicates(void **state)
{
    const char *queries[] = {
        "process where process.name : \"cmd.exe\" and process.pid == 4",
        "process where process.pid == 4 and process.name : \"cmd.exe\"",
        "process where process.name : (\"cmd.exe\", \"a*\") or process.name == \"b\"",
    };
    bench b = set_up(queries, 3);
    vd_plan_stats s = vd_plan_stats_of(b.plan);
    assert_int_equal(s.conditions, 2); /* the order of `and` does not matter */
    assert_int_equal(s.predicates, 4); /* category, pid, name, the list of names */
    assert_int_equal(vd_matcher_stats(b.m).always, 0);
    assert_int_equal(hold(&b, P("\"process\":{\"name\":\"CMD.exe\",\"pid\":4}")), 7);
    assert_int_equal(hold(&b, P("\"process\":{\"name\":\"alf\",\"pid\":4}")), 4);
    assert_int_equal(hold(&b, P("\"process\":{\"name\":\"b\"}")), 4);
    tear_down(&b);
}

static void a_condition_without_a_gate_is_looked_at_always(void **state)
{
    const char *queries[] = {"any where not process.name : \"a*\"",
                             "any where length(process.name) > 1 or process.pid != 4"};
    bench b = set_up(queries, 2);
    assert_int_equal(vd_matcher_stats(b.m).always, 2);
    assert_int_equal(hold(&b, "{\"x\":1}"), 3);
    assert_int_equal(hold(&b, "{\"process\":{\"name\":\"abc\",\"pid\":4}}"), 2);
    tear_down(&b);
}

/* Events fall into classes, gates are chosen anew, classes are forgotten when there are
 * too many: the answers stay what they were. */
static void classes_do_not_change_answers(void **state)
{
    enum { N = 600 };
    static char texts[N][96];
    static const char *queries[N];
    for (int i = 0; i < N; i++) {
        snprintf(texts[i], sizeof texts[i],
                 "any where event.action == \"a%d\" and process.pid == %d", i, i % 7);
        queries[i] = texts[i];
    }
    bench b = set_up(queries, N);
    char doc[192];
    for (int round = 0; round < 6; round++)
        for (int i = 0; i < N; i++) {
            const uint32_t *out;
            int pid = (i + round) % 7;
            int n = snprintf(doc, sizeof doc - VD_PADDING,
                             "{\"event\":{\"action\":\"a%d\"},\"process\":{\"pid\":%d}}", i, pid);
            assert_int_equal(vd_event_parse(b.ev, doc, (size_t)n, NULL), VD_FAULT_NONE);
            size_t held = vd_match_event(b.m, b.ev, (vd_str){0}, &out);
            assert_int_equal(held, pid == i % 7);
        }
    assert_in_range(vd_matcher_stats(b.m).classes, 2, 512);
    for (int i = 0; i < 2000; i++) { /* long enough for its gates to be chosen anew */
        const uint32_t *out;
        int n = snprintf(doc, sizeof doc - VD_PADDING,
                         "{\"event\":{\"action\":\"a5\"},\"process\":{\"pid\":%d}}", i % 7);
        assert_int_equal(vd_event_parse(b.ev, doc, (size_t)n, NULL), VD_FAULT_NONE);
        assert_int_equal(vd_match_event(b.m, b.ev, (vd_str){0}, &out), i % 7 == 5);
    }
    tear_down(&b);
}

/* Once warm, an event costs no allocation. */
static void matching_does_not_allocate(void **state)
{
    const char *queries[] = {
        "process where process.name : (\"cmd*\", \"p?wer*\") and process.args : \"-enc*\"",
        "process where length(process.command_line) > 5",
        "process where process.command_line regex \".*x\" or process.pid > 3"};
    bench b = set_up(queries, 3);
    const char *doc = P("\"process\":{\"name\":\"power.exe\",\"args\":[\"-encode\",\"b\"],"
                        "\"command_line\":\"power.exe -encode b\",\"pid\":9}");
    size_t n = strlen(doc);
    char *padded = calloc(n + VD_PADDING, 1);
    memcpy(padded, doc, n);
    const uint32_t *out;
    size_t before = 0;
    for (int i = 0; i < 1000; i++) {
        if (i == 500) before = mallinfo2().uordblks;
        assert_int_equal(vd_event_parse(b.ev, padded, n, NULL), VD_FAULT_NONE);
        assert_int_equal(vd_match_event(b.m, b.ev, (vd_str){0}, &out), 3);
    }
    assert_int_equal(mallinfo2().uordblks, before);
    free(padded);
    tear_down(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(leaves_are_two_valued),
        cmocka_unit_test(any_value_of_a_field_will_do),
        cmocka_unit_test(every_kind_of_test_answers),
        cmocka_unit_test(rules_share_conditions_and_predicates),
        cmocka_unit_test(a_condition_without_a_gate_is_looked_at_always),
        cmocka_unit_test(classes_do_not_change_answers),
        cmocka_unit_test(matching_does_not_allocate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
