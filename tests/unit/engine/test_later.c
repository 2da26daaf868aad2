/* Candidates of rules that are not open yet go aside, and come back when they open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/engine_int.h"

#define EVENTS 3000
#define BLOCK_LINES 7

typedef struct outcome {
    uint64_t candidates, spooled, spilled, findings;
    char *text; /* "rule: 1 2, " of each finding */
    size_t n, cap;
} outcome;

static void found(void *ctx, const vd_finding *f)
{
    outcome *o = ctx;
    for (size_t i = 0; i < f->n_events; i++) {
        if (o->cap - o->n < 32) o->text = realloc(o->text, o->cap = 2 * o->cap + 64);
        if (!i) o->n += (size_t)sprintf(o->text + o->n, "%.*s: ", VD_FMT(f->rule->rule_id));
        o->n += (size_t)sprintf(o->text + o->n, "%.*s%s", VD_FMT(f->events[i].id),
                                i + 1 < f->n_events ? " " : ", ");
    }
}

/* Of one query, or of several with a ; between. */
static vd_plan *plan_of(const char *queries)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    for (const char *at = queries; *at; at += strcspn(at, ";"), at += *at == ';')
        vd_ruleset_add_query(set, (vd_str){at, strcspn(at, ";")})->rule_id =
            vd_arena_printf(&set->arena, "%zu", set->rules.n);
    vd_ruleset_compile(set, schema);
    for (size_t i = 0; i < set->rules.n; i++)
        if (set->rules.v[i]->broken)
            fail_msg("%s: %.*s", queries, VD_FMT(set->rules.v[i]->problems.v[0].msg));
    return vd_plan_build(set, schema, NULL);
}

/* Events of category `first` come last, whatever their time. */
static size_t write_events(char *to, char first)
{
    char *at = to;
    for (int last = 0; last < 2; last++) {
        srand(5);
        for (int i = 0; i < EVENTS; i++) {
            char category = "aabbbc"[rand() % 6];
            int k = rand() % 20, both = rand() % 9 ? k : rand() % 20;
            if ((category == first) == last)
                at += sprintf(at, "{\"@timestamp\":%d,\"event.category\":\"%c\",\"k\":[%d,%d],\"_id\":\"%d\"}\n",
                              i * 250, category, k, both, i);
        }
    }
    return (size_t)(at - to);
}

/* Blocks of a few lines, dealt out to the workers in turn. */
static void feed(vd_engine *e, const char *text, size_t n, unsigned workers)
{
    uint32_t source = vd_engine_source(e, &(vd_engine_input){VD_STR("test"), -1});
    unsigned turn = 0;
    for (size_t at = 0; at < n;) {
        size_t end = at;
        for (int lines = 0; lines < BLOCK_LINES && end < n; end++)
            lines += text[end] == '\n';
        vd_engine_feed(e, turn++ % workers, &(vd_block){source, text + at, end - at, at, 1, true});
        at = end;
    }
}

static outcome run(const char *query, char last, unsigned workers, uint64_t cap)
{
    outcome o = {0};
    vd_err err = {0};
    vd_plan *plan = plan_of(query);
    vd_engine_config cfg = {.plan = plan,
                            .workers = workers,
                            .since = VD_TIME_NONE,
                            .until = VD_TIME_NONE,
                            .size = -1,
                            .max_candidates = cap,
                            .found = found,
                            .ctx = &o};
    vd_engine *e = vd_engine_new(&cfg, &err);
    char *text = calloc(EVENTS * 128 + VD_PADDING, 1);
    feed(e, text, write_events(text, last), workers);
    assert_int_equal(vd_engine_finish(e, &err), 0);
    o.candidates = vd_engine_stats_of(e).candidates;
    o.spilled = vd_engine_stats_of(e).spilled_bytes;
    o.findings = vd_engine_stats_of(e).findings;
    o.spooled = e->spool.v.n + e->spool.end / sizeof(vd_candidate);
    vd_engine_free(e);
    vd_plan_unref(plan);
    free(text);
    return o;
}

/* Whatever is known last, however little fits in memory and whoever is fed: the same. */
static void a_rule_may_open_late(void **state)
{
    const char *queries[] = {"sequence by k with maxspan=5s [a where true] [b where true] until [c where true]",
                             "sequence by k with maxspan=2s [a where true] ![c where true] [b where true]",
                             "sample by k [a where true] [b where true]",
                             /* what they share is written once; one of them never opens */
                             "sequence by k with maxspan=3s [a where true] [b where true];"
                             "sequence by k [a where true] [d where true];"
                             "sequence by k with maxspan=1s [a where true] [c where true];"
                             "sequence with maxspan=500ms [a where k == 7] [b where true]"};
    const uint64_t caps[] = {0, 1, 1 << 12, 1 << 15};
    for (size_t q = 0; q < sizeof queries / sizeof *queries; q++) {
        outcome want = run(queries[q], 'x', 1, 0);
        assert_true(want.findings > 5);
        for (size_t i = 0; i < 3 * 4 * 2; i++) {
            outcome o = run(queries[q], "abc"[i % 3], 1 + i / 12, caps[i / 3 % 4]);
            assert_string_equal(o.text, want.text);
            assert_int_equal(o.candidates, want.candidates);
            assert_true((o.spilled > 0) == (i / 3 % 4 > 0));
            free(o.text);
        }
        free(want.text);
    }
}

/* What a rule that never opens had is not asked for again. */
static void what_never_opens_stays_aside(void **state)
{
    for (uint64_t cap = 0; cap < 2; cap++) {
        outcome o = run("sequence by k [a where true] [d where true] until [c where true]", 'x', 2, cap);
        assert_true(o.candidates > EVENTS / 3);
        assert_int_equal(o.spooled, 0);
        assert_true((o.spilled > 0) == (cap > 0));
        assert_int_equal(o.findings, 0);
    }
    outcome o = run("any where k == 3", 'x', 2, 0); /* open from the start */
    assert_int_equal(o.spooled, o.candidates);
    assert_int_equal(o.findings, o.candidates);
    assert_true(o.findings > 0);
    free(o.text);
}

/* What cannot be put aside could turn any result: nothing is reported. */
static void a_full_disk_is_said(void **state)
{
    vd_err err = {0};
    outcome o = {0};
    vd_plan *plan = plan_of("sequence [a where true] [d where true]");
    vd_engine_config cfg = {.plan = plan,
                            .since = VD_TIME_NONE,
                            .until = VD_TIME_NONE,
                            .size = -1,
                            .max_candidates = 1,
                            .found = found,
                            .ctx = &o};
    vd_engine *e = vd_engine_new(&cfg, &err);
    char *text = calloc(EVENTS * 128 + VD_PADDING, 1);
    setenv("TMPDIR", "/nowhere/at/all", 1);
    feed(e, text, write_events(text, 'x'), 1);
    unsetenv("TMPDIR");
    assert_true(vd_engine_failed(e));
    assert_int_equal(vd_engine_finish(e, &err), VD_IO);
    assert_non_null(strstr(err.msg, "/nowhere/at/all"));
    assert_int_equal(o.n, 0);
    vd_engine_free(e);
    vd_plan_unref(plan);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_may_open_late),
        cmocka_unit_test(what_never_opens_stays_aside),
        cmocka_unit_test(a_full_disk_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
