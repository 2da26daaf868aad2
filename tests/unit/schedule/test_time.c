/* The arithmetic of a schedule: when, which windows, which gaps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "schedule/schedule_int.h"

#define M 60000ll /* a minute */
#define H (60 * M)

static const vd_rule every_5_over_9 = {
    .interval = {"5m", 2}, .from = {"now-9m", 6}, .to = {"now", 3}};

static vd_rule rule(const char *interval, const char *from, const char *to)
{
    return (vd_rule){
        .interval = vd_str_from(interval), .from = vd_str_from(from), .to = vd_str_from(to)};
}

static int64_t at(const char *time)
{
    int64_t ms;
    assert_true(vd_time_parse(vd_str_from(time), &ms));
    return ms;
}

static vd_run_plan plan(const vd_rule *r, int64_t previous, int64_t now)
{
    vd_run_plan p;
    vd_err err;
    assert_int_equal(vd_run_plan_make(r, previous, now, &p, &err), 0);
    return p;
}

static void expect(vd_run_window w, int64_t since, int64_t until)
{
    assert_int_equal(w.since, since);
    assert_int_equal(w.until, until);
}

static void a_rule_is_due_an_interval_after_it_ran(void **state)
{
    assert_true(vd_run_due(&every_5_over_9, VD_TIME_NONE) < at("1970-01-01"));
    assert_int_equal(vd_run_due(&every_5_over_9, 7 * M), 12 * M);
    assert_int_equal(vd_run_due(&every_5_over_9, INT64_MAX - 1), INT64_MAX);
    vd_rule bad = rule("5 minutes", "now-9m", "now");
    assert_int_equal(vd_run_due(&bad, 7 * M), 12 * M);
}

static void both_ends_are_of_the_moment(void **state)
{
    vd_run_plan p = plan(&every_5_over_9, VD_TIME_NONE, 100 * M);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.gap, 0);
    assert_true(p.rest.since > p.rest.until);
    expect(p.windows[0], 91 * M, 100 * M);
}

static void rounding_goes_down_at_both_ends(void **state)
{
    int64_t now = at("2026-03-05T13:14:15.678Z");
    vd_rule r = rule("1d", "now-2d/d", "now/d");
    vd_run_plan p = plan(&r, VD_TIME_NONE, now);
    expect(p.windows[0], at("2026-03-03"), at("2026-03-05"));
    vd_rule fixed = rule("1h", "2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z||+1h/h");
    p = plan(&fixed, VD_TIME_NONE, now);
    expect(p.windows[0], at("2026-01-02T03:04:05Z"), at("2026-01-02T04:00:00Z"));
}

static void what_cannot_be_read_fails(void **state)
{
    vd_run_plan p;
    vd_err err;
    vd_rule r = rule("5m", "now-9x", "now");
    assert_int_equal(vd_run_plan_make(&r, VD_TIME_NONE, 0, &p, &err), VD_FORMAT);
    assert_string_equal(err.msg, "Failed to parse date math of rule.from or rule.to");
    r = rule("5m", "now-9m", "soon");
    assert_int_equal(vd_run_plan_make(&r, VD_TIME_NONE, 0, &p, &err), VD_FORMAT);
    r = rule("0s", "now-9m", "now");
    assert_int_equal(vd_run_plan_make(&r, VD_TIME_NONE, 0, &p, &err), VD_FORMAT);
    assert_string_equal(err.msg, "[0s] is no interval");
}

/* gap = (now - previous) - (to - from); 9 minutes and no more are covered. */
static void a_delay_within_the_window_is_no_gap(void **state)
{
    int64_t now = 1000 * M;
    vd_run_plan p = plan(&every_5_over_9, now - 9 * M, now);
    assert_int_equal(p.gap, 0);
    assert_int_equal(p.n, 1);
    p = plan(&every_5_over_9, now - 9 * M - 1, now);
    assert_int_equal(p.gap, 1);
    assert_int_equal(p.n, 2);
    assert_true(p.rest.since > p.rest.until);
}

static void catch_up_windows_overlap_as_runs_do(void **state)
{
    int64_t now = 1000 * M;
    vd_run_plan p = plan(&every_5_over_9, now - 20 * M, now); /* gap 11m: 3 of 5m */
    assert_int_equal(p.gap, 11 * M);
    assert_int_equal(p.n, 4);
    expect(p.windows[0], now - 24 * M, now - 15 * M);
    expect(p.windows[1], now - 19 * M, now - 10 * M);
    expect(p.windows[2], now - 14 * M, now - 5 * M);
    expect(p.windows[3], now - 9 * M, now);
    assert_true(p.rest.since > p.rest.until);
}

static void more_than_four_is_left(void **state)
{
    int64_t now = 1000 * M, previous = now - 29 * M;
    vd_run_plan p = plan(&every_5_over_9, previous, now); /* 20m: four exactly */
    assert_int_equal(p.n, 5);
    assert_true(p.rest.since > p.rest.until);
    p = plan(&every_5_over_9, previous - 1, now);
    assert_int_equal(p.n, 5);
    assert_int_equal(p.gap, 20 * M + 1);
    expect(p.rest, previous - 1, previous);
    p = plan(&every_5_over_9, now - 240 * H, now);
    assert_int_equal(p.n, 5);
    expect(p.windows[0], now - 29 * M, now - 20 * M);
    expect(p.rest, now - 240 * H, now - 29 * M);
}

static void a_clock_set_back_makes_no_windows(void **state)
{
    int64_t now = 1000 * M;
    vd_run_plan p = plan(&every_5_over_9, now + 300 * H, now);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.gap, 0);
    expect(p.windows[0], now - 9 * M, now);
    p = plan(&every_5_over_9, INT64_MAX, now);
    assert_int_equal(p.n, 1);
}

static void a_window_that_ends_before_it_begins_has_no_gap(void **state)
{
    vd_rule r = rule("5m", "now", "now-9m");
    vd_run_plan p = plan(&r, 0, 1000 * M);
    assert_int_equal(p.n, 1);
    assert_int_equal(p.gap, 0);
    assert_true(p.windows[0].since > p.windows[0].until);
}

static void by_hand_as_the_schedule_would_have(void **state)
{
    vd_run_window w[4];
    assert_int_equal(vd_run_manual(&every_5_over_9, 100 * M, 112 * M, w, 4), 3);
    expect(w[0], 96 * M, 105 * M);
    expect(w[1], 101 * M, 110 * M);
    expect(w[2], 106 * M, 115 * M);
    assert_int_equal(vd_run_manual(&every_5_over_9, 100 * M, 110 * M, w, 4), 2);
    assert_int_equal(vd_run_manual(&every_5_over_9, 100 * M, 110 * M + 1, w, 4), 3);
    assert_int_equal(vd_run_manual(&every_5_over_9, 100 * M, 100 * M, w, 4), 1);
    assert_int_equal(vd_run_manual(&every_5_over_9, 101 * M, 100 * M, w, 4), 0);
    assert_int_equal(vd_run_manual(&every_5_over_9, 0, 240 * H, w, 4), 12 * 240);
    expect(w[3], 11 * M, 20 * M);
    assert_int_equal(vd_run_manual(&every_5_over_9, INT64_MIN, 0, w, 4), 0);
    assert_int_equal(vd_run_manual(&every_5_over_9, 0, INT64_MAX, w, 4), 0);
    vd_rule bad = rule("never", "now-9m", "now");
    assert_int_equal(vd_run_manual(&bad, 0, 100, w, 4), 0);
}

static void lengths_are_said_as_kibana_does(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {{1, "a few seconds"},    {44499, "a few seconds"}, {44500, "a minute"},
                {89999, "a minute"},     {90000, "2 minutes"},     {44 * M, "44 minutes"},
                {45 * M, "an hour"},     {2 * H, "2 hours"},       {21 * H, "21 hours"},
                {22 * H, "a day"},       {48 * H, "2 days"},       {25 * 24 * H, "25 days"},
                {26 * 24 * H, "a month"}, {300 * 24 * H, "10 months"}, {320 * 24 * H, "a year"},
                {730 * 24 * H, "2 years"}};
    char out[VD_HUMAN_MAX];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vd_humanise(rows[i].ms, out);
        assert_string_equal(out, rows[i].text);
    }
}

static unsigned differences(const char *query, const char *interval, const char *from)
{
    vd_schema *schema = vd_schema_new();
    vd_ruleset *set = vd_ruleset_new();
    vd_rule *r = vd_ruleset_add_query(set, vd_str_from(query));
    vd_ruleset_compile(set, schema);
    r->interval = vd_str_from(interval);
    r->from = vd_str_from(from);
    r->to = VD_STR("now");
    assert_false(r->broken);
    unsigned bits = vd_mode_differences(r);
    vd_ruleset_free(set);
    vd_schema_free(schema);
    return bits;
}

static void stream_and_schedule_differ(void **state)
{
    const char *four = "sequence by host.id with maxspan=4m [process where true] [file where true]";
    assert_int_equal(differences("process where true", "5m", "now-9m"), 0);
    assert_int_equal(differences(four, "5m", "now-9m"), 0);
    assert_int_equal(differences(four, "5m", "now-8m"), VD_DIFFERENCE_SPAN);
    assert_int_equal(differences(four, "5m", "now-4m"), VD_DIFFERENCE_SPAN);
    assert_int_equal(differences("sequence [process where true] [file where true]", "5m", "now-9m"),
                     VD_DIFFERENCE_NO_SPAN);
    assert_int_equal(differences("sequence with maxspan=1m [process where true] ![file where true]",
                                 "5m", "now-9m"),
                     VD_DIFFERENCE_MISSING);
    assert_int_equal(differences("sample by host.id [process where true] [file where true]", "5m",
                                 "now-9m"),
                     VD_DIFFERENCE_NO_STREAM);
    assert_int_equal(differences("process where true | tail 1", "5m", "now-9m"),
                     VD_DIFFERENCE_NO_STREAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_rule_is_due_an_interval_after_it_ran),
        cmocka_unit_test(both_ends_are_of_the_moment),
        cmocka_unit_test(rounding_goes_down_at_both_ends),
        cmocka_unit_test(what_cannot_be_read_fails),
        cmocka_unit_test(a_delay_within_the_window_is_no_gap),
        cmocka_unit_test(catch_up_windows_overlap_as_runs_do),
        cmocka_unit_test(more_than_four_is_left),
        cmocka_unit_test(a_clock_set_back_makes_no_windows),
        cmocka_unit_test(a_window_that_ends_before_it_begins_has_no_gap),
        cmocka_unit_test(by_hand_as_the_schedule_would_have),
        cmocka_unit_test(lengths_are_said_as_kibana_does),
        cmocka_unit_test(stream_and_schedule_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
