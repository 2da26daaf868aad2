/* cli/live: blocks of several inputs through a stream, and what happens when documents are gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "cli/live.h"

typedef struct told {
    vd_plan *plan;
    vd_live *live;
    char found[256], faults[256]; /* "k1:a b, ": a key and where its events are from */
    unsigned n, superseded;
} told;

static void on_found(void *ctx, const vd_finding *f)
{
    told *t = ctx;
    size_t n = strlen(t->found);
    t->n++;
    snprintf(t->found + n, sizeof t->found - n, "%.*s:", VD_FMT(f->events[0].id));
    for (size_t i = 0; i < f->n_events; i++) {
        n = strlen(t->found);
        snprintf(t->found + n, sizeof t->found - n, "%s%.*s", i ? " " : "", VD_FMT(f->events[i].source));
    }
    n = strlen(t->found);
    snprintf(t->found + n, sizeof t->found - n, ", ");
}

static void on_superseded(void *ctx, const vd_rule *rule, const char id[65])
{
    (void)rule;
    assert_int_equal(strlen(id), 64);
    ((told *)ctx)->superseded++;
}

static void on_fault(void *ctx, const vd_fault_report *r)
{
    told *t = ctx;
    size_t n = strlen(t->faults);
    snprintf(t->faults + n, sizeof t->faults - n, "%.*s:%d, ", VD_FMT(r->source), (int)r->line);
}

static void begin(told *t, const char *query, uint64_t max_kept)
{
    char text[512];
    vd_err err = {0};
    int n = snprintf(text, sizeof text,
                     "[{\"rule_id\":\"r\",\"name\":\"n\",\"description\":\"d\",\"risk_score\":1,"
                     "\"severity\":\"low\",\"type\":\"eql\",\"language\":\"eql\",\"query\":\"%s\"}]",
                     query);
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    vd_ruleset_read_text(set, (vd_str){text, (size_t)n}, "rules", &(vd_read_options){0});
    vd_ruleset_compile(set, schema);
    *t = (told){.plan = vd_plan_build(set, schema, &(vd_plan_options){.ignore_index = true})};
    assert_int_equal(vd_plan_rule_count(t->plan), 1);
    t->live = vd_live_new(&(vd_live_config){.plan = t->plan,
                                            .lateness = 60000,
                                            .default_maxspan = 60000,
                                            .window = {VD_TIME_NONE, VD_TIME_NONE},
                                            .max_kept = max_kept,
                                            .found = on_found,
                                            .superseded = on_superseded,
                                            .fault = on_fault,
                                            .ctx = t},
                          &err);
    assert_non_null(t->live);
}

static void end(told *t)
{
    vd_live_free(t->live);
    vd_plan_unref(t->plan);
}

static void feed(told *t, uint32_t input, uint64_t line, bool lines, const char *text)
{
    vd_err err = {0};
    size_t n = strlen(text);
    char *padded = calloc(n + VD_PADDING, 1);
    memcpy(padded, text, n);
    vd_block block = {.source = input, .text = padded, .n = n, .line = line, .lines = lines};
    if (vd_live_feed(t->live, &block, &err)) fail_msg("%s", err.msg);
    free(padded);
}

/* A document of that category and key, so long ago. */
static void event(char *out, const char *category, int key, int64_t ago, const char *more)
{
    sprintf(out, "{\"@timestamp\":%lld,\"event.category\":\"%s\",\"event.id\":\"%s%d\",\"k\":\"%d\"%s}\n",
            (long long)(vd_now_ms() - ago), category, category, key, key, more);
}

static const char pair[] = "sequence by k with maxspan=1m [a where true] [b where true]";

static void inputs_and_places(void **state)
{
    told t;
    char text[2048], one[512];
    begin(&t, pair, 0);
    assert_int_equal(vd_live_input(t.live, VD_STR("first")), 0);
    assert_int_equal(vd_live_input(t.live, VD_STR("second")), 1);
    event(text, "a", 1, 2000, "");
    strcat(text, "\n{\n"); /* an empty line, a broken one */
    event(one, "a", 2, 2000, "");
    strcat(text, one);
    feed(&t, 0, 10, true, text);
    assert_string_equal(t.faults, "first:12, ");
    event(text, "b", 2, 1000, "");
    *strchr(text, ',') = '\n'; /* no document any more */
    feed(&t, 1, 7, false, text);
    assert_string_equal(t.faults, "first:12, second:7, ");
    event(text, "b", 1, 1000, "");
    char *comma = strchr(text, ',');
    memmove(comma + 2, comma + 1, strlen(comma));
    comma[1] = '\n'; /* a document over two lines */
    feed(&t, 1, 8, false, text);
    assert_string_equal(t.found, "a1:first second, ");
    event(text, "b", 2, 900, "");
    feed(&t, 0, 14, true, text);
    assert_string_equal(t.found, "a1:first second, a2:first first, ");
    assert_int_equal(vd_live_stats_of(t.live).stream.documents, 4);
    end(&t);
}

/* Over the bound an alert is lost and counted; what comes after is found. */
static void documents_that_were_dropped(void **state)
{
    told t;
    vd_err err = {0};
    char text[4096], noise[3000] = ",\"noise\":\"";
    begin(&t, pair, 100000);
    vd_live_input(t.live, VD_STR("in"));
    uint32_t x = 7;
    for (int key = 0; key < 400; key++) {
        size_t n = sizeof ",\"noise\":\"" - 1;
        for (; n < 1500; n++) noise[n] = (char)('a' + ((x = x * 1103515245 + 12345) >> 16) % 26);
        strcpy(noise + n, "\"");
        event(text, "a", key, 3000, noise);
        feed(&t, 0, 1, true, text);
    }
    vd_live_stats st = vd_live_stats_of(t.live);
    assert_in_range(st.kept.dropped, 100, 395);
    assert_in_range(st.kept.bytes, 1, 100000);
    event(text, "b", 0, 2000, "");
    feed(&t, 0, 1, true, text);
    assert_int_equal(t.n, 0);
    assert_int_equal(vd_live_stats_of(t.live).lost, 1);
    event(text, "b", 399, 2000, "");
    feed(&t, 0, 1, true, text);
    assert_string_equal(t.found, "a399:in in, ");
    assert_int_equal(vd_live_caught_up(t.live, &err), 0);
    assert_int_equal(vd_live_tick(t.live, &err), 0);
    assert_int_equal(vd_live_end(t.live, &err), 0);
    assert_int_equal(vd_live_stats_of(t.live).lost, 1);
    end(&t);
}

/* What was read up is let go; from then on the clock ends what is over. */
static void caught_up(void **state)
{
    told t;
    vd_err err = {0};
    char text[512];
    begin(&t, "sequence by k with maxspan=1s [a where true] ![b where true]", 0);
    vd_live_input(t.live, VD_STR("old"));
    event(text, "a", 1, 7200000, "");
    feed(&t, 0, 1, true, text);
    event(text, "a", 2, 3600000, "");
    feed(&t, 0, 2, true, text);
    event(text, "b", 2, 3600000 - 500, "");
    feed(&t, 0, 3, true, text);
    event(text, "c", 3, 0, "");
    feed(&t, 0, 4, true, text);
    assert_int_equal(vd_live_tick(t.live, &err), 0); /* held */
    assert_int_equal(t.n, 0);
    assert_int_equal(vd_live_caught_up(t.live, &err), 0);
    assert_string_equal(t.found, "a1:old , ");
    end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inputs_and_places),
        cmocka_unit_test(documents_that_were_dropped),
        cmocka_unit_test(caught_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
