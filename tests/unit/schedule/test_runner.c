/* Rules on a schedule over a real store; the clock is the test's. */
#include "world.h"

#define OK "Rule execution completed successfully"

/* --- windows --- */

static void every_5_minutes_over_the_last_9(void **state)
{
    world *w = world_new(RULE("p", "process where true", ""));
    assert_true(vd_schedule_next(w->schedule) <= T);
    event(w, "old", "process", T - 9 * M - 1, T, "");
    event(w, "first", "process", T - 9 * M, T, "");
    event(w, "now", "process", T, T, "");
    event(w, "ahead", "process", T + 1, T, "");
    event(w, "file", "file", T, T, "");
    step(w, T);
    assert_string_equal(found(w), "p:first p:now ");
    assert_int_equal(vd_schedule_next(w->schedule), T + 5 * M);
    step(w, T + 4 * M);
    assert_int_equal(runs_of(w, "p"), 1);
    seal(w);
    event(w, "late", "process", T - 4 * M, T + 5 * M, "");
    event(w, "too-late", "process", T - 4 * M - 1, T + 5 * M, "");
    step(w, T + 5 * M);
    assert_string_equal(found(w), "p:late p:ahead ");
    vd_run_row r = run_of(w, "p", 0);
    expect_text(r.status, "succeeded");
    expect_text(r.message, OK);
    expect_text(r.kind, "scheduled");
    assert_int_equal(r.started, T + 5 * M);
    assert_int_equal(r.since, T - 4 * M);
    assert_int_equal(r.until, T + 5 * M);
    assert_int_equal(r.alerts, 2); /* now was found again: the same alert */
    assert_int_equal(r.candidates, 3);
    assert_int_equal(r.gap_ms, 0);
    world_free(w);
}

static void override_and_fallback(void **state)
{
    world *w = world_new(
        RULE("in", "process where true", ",\"timestamp_override\":\"event.ingested\"") ","
        RULE("cr", "process where true", ",\"timestamp_override\":\"event.created\"") ","
        RULE("no", "process where true", ",\"timestamp_override\":\"event.created\","
                                         "\"timestamp_override_fallback_disabled\":true"));
    event(w, "late", "process", T - 300 * M, T - M, "");           /* received in the window */
    event(w, "early", "process", T - M, T - 300 * M, "");          /* happened in it */
    event(w, "made", "process", T - 300 * M, T - 300 * M, ",\"event.created\":1699999990000");
    event(w, "before", "process", T - M, T - 300 * M, ",\"event.created\":1600000000000");
    for (int sealed = 0; sealed < 2; sealed++) {
        if (sealed) seal(w);
        step(w, T + sealed);
        if (sealed) break;
        const char *text = found(w);
        assert_non_null(strstr(text, "in:late "));
        assert_null(strstr(text, "in:early "));
        assert_non_null(strstr(text, "cr:early "));
        assert_non_null(strstr(text, "cr:made "));
        assert_null(strstr(text, "cr:before "));
        assert_non_null(strstr(text, "no:made "));
        assert_null(strstr(text, "no:early "));
        assert_int_equal(strlen(text), strlen("in:late cr:early cr:made no:made "));
    }
    assert_int_equal(vd_schedule_next(w->schedule), T + 5 * M);
    step(w, T + 5 * M); /* sealed now */
    assert_string_equal(found(w), "");
    assert_int_equal(run_of(w, "in", 0).candidates, 1);
    assert_int_equal(run_of(w, "cr", 0).candidates, 2);
    assert_int_equal(run_of(w, "no", 0).candidates, 1);
    world_free(w);
}

static void a_sequence_within_the_look_back_is_found_once(void **state)
{
    const char *rules = RULE("s", "sequence by host.id with maxspan=30m [process where true] [file where true]", "");
    world *w = world_new(rules);
    step(w, T);
    event(w, "a", "process", T + M, T + M, "");
    event(w, "b", "file", T + 4 * M, T + 4 * M, "");
    event(w, "c", "process", T + 5 * M, T + 5 * M, "");
    step(w, T + 5 * M);
    assert_string_equal(found(w), "s:a+b ");
    seal(w);
    event(w, "d", "file", T + 13 * M, T + 13 * M, ""); /* 8 m after c: no window holds both */
    step(w, T + 10 * M);
    step(w, T + 15 * M);
    assert_string_equal(found(w), "");
    event(w, "e", "process", T + 16 * M, T + 16 * M, "");
    event(w, "f", "file", T + 20 * M, T + 20 * M, "");
    step(w, T + 20 * M);
    assert_string_equal(found(w), "s:e+f ");
    assert_int_equal(run_of(w, "s", 0).alerts, 1);
    world_free(w);
}

/* --- caps --- */

#define FULL                                                                                       \
    "This rule reached the maximum alert limit for the rule execution. Some alerts were not "      \
    "created."

static void the_newest_stay_under_a_cap(void **state)
{
    world *w = world_new(RULE("p", "process where true", ",\"max_signals\":2") ","
                         RULE("q", "process where true | tail 3", ",\"max_signals\":4"));
    for (int i = 0; i < 4; i++) {
        char id[2] = {(char)('a' + i), 0};
        event(w, id, "process", T - 8 * M + i * M, T, "");
    }
    step(w, T);
    const char *text = found(w);
    assert_non_null(strstr(text, "p:c p:d "));
    assert_non_null(strstr(text, "q:b q:c q:d "));
    vd_run_row r = run_of(w, "p", 0);
    expect_text(r.status, "partial failure");
    expect_text(r.message, FULL);
    assert_int_equal(r.alerts, 2);
    assert_int_equal(r.left_out, 2);
    r = run_of(w, "q", 0);
    expect_text(r.status, "succeeded");
    assert_int_equal(r.left_out, 0);
    world_free(w);
}

static void kibanas_limit_is_above_all(void **state)
{
    world *w = world_new(RULE("p", "process where true", ",\"max_signals\":20"));
    w->config.max_alerts = 1;
    schedule_again(w);
    event(w, "a", "process", T - M, T, "");
    event(w, "b", "process", T, T, "");
    step(w, T);
    assert_string_equal(found(w), "p:b ");
    expect_text(run_of(w, "p", 0).message,
                "The rule's max alerts per run setting (20) is greater than the Kibana alerting limit "
                "(1). The rule will only write a maximum of 1 alerts per rule run., " FULL);
    world_free(w);
}

/* --- indices --- */

static void no_index_is_a_warning(void **state)
{
    world *w = world_new(RULE("p", "process where true", "") "," 
                         "{\"rule_id\":\"n\",\"name\":\"n\",\"description\":\"d\",\"risk_score\":1,"
                         "\"severity\":\"low\",\"type\":\"eql\",\"language\":\"eql\","
                         "\"query\":\"process where true\",\"index\":[\"winlogbeat-*\",\"x\"]}");
    event(w, "a", "process", T, T, "");
    step(w, T);
    assert_string_equal(found(w), "p:a ");
    vd_run_row r = run_of(w, "n", 0);
    expect_text(r.status, "partial failure");
    expect_text(r.message,
                "This rule is attempting to query data from Elasticsearch indices listed in the \"Index "
                "patterns\" section of the rule definition, however no index matching: "
                "[\"winlogbeat-*\",\"x\"] was found. This warning will continue to appear until a "
                "matching index is created or this rule is disabled.");
    world_free(w);
}

static void alerts_are_events_too(void **state)
{
    world *w = world_new(
        "{\"rule_id\":\"high\",\"name\":\"high\",\"description\":\"d\",\"risk_score\":1,"
        "\"severity\":\"low\",\"type\":\"eql\",\"language\":\"eql\",\"from\":\"now-9m\","
        "\"query\":\"sequence by host.id [any where event.kind == \\\"signal\\\"] "
        "[any where event.kind == \\\"signal\\\"]\",\"index\":[\".alerts-security.*\"]},"
        RULE("p", "process where true", "") ","
        "{\"rule_id\":\"all\",\"name\":\"all\",\"description\":\"d\",\"risk_score\":1,"
        "\"severity\":\"low\",\"type\":\"eql\",\"language\":\"eql\",\"from\":\"now-9m\","
        "\"query\":\"any where event.kind == \\\"signal\\\"\",\"index\":[\"*\"]}");
    event(w, "a", "process", T - M, T, "");
    step(w, T);
    assert_string_equal(found(w), "p:a ");
    event(w, "b", "process", T + M, T + M, "");
    step(w, T + 5 * M);
    const char *text = found(w);
    assert_non_null(strstr(text, "p:b high:"));
    assert_non_null(strchr(strstr(text, "high:"), '+'));
    assert_null(strstr(text, "all:"));
    expect_text(run_of(w, "high", 0).status, "succeeded");
    assert_int_equal(run_of(w, "high", 0).alerts, 1);
    /* It sees its own alerts and their building blocks, and does not feed on them. */
    step(w, T + 10 * M);
    assert_string_equal(found(w), "");
    world_free(w);
}

/* --- gaps --- */

static void a_late_run_catches_up(void **state)
{
    world *w = world_new(RULE("p", "process where true", ""));
    step(w, T);
    event(w, "a", "process", T + M, T + M, "");
    event(w, "b", "process", T + 12 * M, T + 12 * M, "");
    event(w, "c", "process", T + 20 * M, T + 20 * M, "");
    step(w, T + 20 * M); /* 11 m: three windows before */
    assert_string_equal(found(w), "p:a p:b p:c ");
    assert_int_equal(runs_of(w, "p"), 5);
    size_t catch_up = 0;
    for (size_t i = 0; i < 4; i++) {
        vd_run_row r = run_of(w, "p", i);
        expect_text(r.status, "succeeded");
        bool own = r.until == T + 20 * M;
        expect_text(r.kind, own ? "scheduled" : "catch-up");
        assert_int_equal(r.gap_ms, own ? 11 * M : 0);
        catch_up += !own;
    }
    assert_int_equal(catch_up, 3);
    world_free(w);
}

static size_t open_gaps(world *w, vd_gap_row *first)
{
    vd_err err;
    vd_gap_row *rows;
    size_t n;
    assert_int_equal(vd_gaps_open(vd_store_papers(w->store), VD_STR("p"), &w->a, &rows, &n, &err), 0);
    if (n && first) *first = rows[0];
    return n;
}

static vd_run_row own_run(world *w)
{
    for (size_t i = 0;; i++)
        if (vd_str_eq(run_of(w, "p", i).kind, VD_STR("scheduled"))) return run_of(w, "p", i);
}

static void the_rest_of_a_gap_is_told(void **state)
{
    world *w = world_new(RULE("p", "process where true", ""));
    vd_gap_row gap;
    step(w, T);
    event(w, "lost", "process", T + 10 * M, T + 10 * M, "");
    event(w, "caught", "process", T + 31 * M, T + 31 * M, "");
    step(w, T + 60 * M); /* 51 m, of which 20 are caught up */
    assert_string_equal(found(w), "p:caught ");
    vd_run_row r = own_run(w);
    expect_text(r.status, "failed");
    expect_text(r.message,
                "31 minutes (1860000ms) were not queried between this rule execution and the last "
                "execution, so signals may have been missed. Consider increasing your look behind "
                "time or adding more Kibana instances");
    assert_int_equal(r.gap_ms, 51 * M);
    assert_int_equal(open_gaps(w, &gap), 1);
    assert_int_equal(gap.since, T);
    assert_int_equal(gap.until, T + 31 * M);
    assert_non_null(strstr(w->told, "1 rules have a gap"));
    step(w, T + 65 * M);
    expect_text(own_run(w).status, "succeeded");
    assert_int_equal(open_gaps(w, NULL), 1);
    assert_string_equal(found(w), "");
    /* Filled when asked for. */
    w->config.fill_gaps = 1440 * M;
    schedule_again(w);
    assert_true(vd_schedule_next(w->schedule) <= T + 66 * M);
    step(w, T + 66 * M);
    assert_string_equal(found(w), "p:lost ");
    assert_int_equal(open_gaps(w, NULL), 0);
    assert_int_equal(vd_schedule_next(w->schedule), T + 70 * M);
    expect_text(run_of(w, "p", 0).kind, "fill");
    world_free(w);
}

static void long_gaps_are_filled_in_pieces(void **state)
{
    world *w = world_new(RULE("p", "process where true", ""));
    w->config.fill_gaps = 200 * M;
    schedule_again(w);
    step(w, T);
    event(w, "too-old", "process", T + 30 * M, T + 30 * M, "");
    event(w, "first", "process", T + 130 * M, T + 130 * M, "");
    event(w, "second", "process", T + 200 * M, T + 200 * M, "");
    step(w, T + 300 * M); /* open: T to T + 271 m, of which from T + 100 m on is filled */
    assert_string_equal(found(w), "p:first ");
    assert_true(vd_schedule_next(w->schedule) <= T + 300 * M);
    vd_gap_row gap;
    assert_int_equal(open_gaps(w, NULL), 2);
    for (int i = 1; i < 5; i++)
        step(w, T + 300 * M + i);
    assert_string_equal(found(w), "p:second ");
    assert_int_equal(open_gaps(w, &gap), 1);
    assert_int_equal(gap.since, T);
    assert_true(gap.until >= T + 100 * M && gap.until < T + 101 * M);
    assert_int_equal(vd_schedule_next(w->schedule), T + 305 * M);
    world_free(w);
}

/* --- state --- */

static void it_is_known_when_rules_ran(void **state)
{
    world *w = world_new(RULE("p", "process where true", ""));
    vd_err err;
    step(w, T);
    schedule_again(w);
    assert_int_equal(vd_schedule_next(w->schedule), T + 5 * M);
    vd_plan *two = plan_of(RULE("q", "process where true", "") "," RULE("p", "file where true", ""));
    bool off[2] = {false, false};
    assert_int_equal(vd_schedule_swap(w->schedule, two, NULL, &err), 0);
    assert_true(vd_schedule_next(w->schedule) <= T); /* q is new */
    off[vd_str_eq(vd_plan_rule_at(two, 0)->rule->rule_id, VD_STR("q")) ? 0 : 1] = true;
    assert_int_equal(vd_schedule_swap(w->schedule, two, off, &err), 0);
    assert_int_equal(vd_schedule_next(w->schedule), T + 5 * M);
    off[0] = off[1] = true;
    assert_int_equal(vd_schedule_swap(w->schedule, two, off, &err), 0);
    assert_true(vd_schedule_next(w->schedule) == INT64_MAX);
    vd_plan_unref(two);
    /* State that cannot be read is as none. */
    assert_int_equal(vd_papers_put(vd_store_papers(w->store), "state", VD_STR("schedule"), VD_STR("{\"rules"), &err), 0);
    schedule_again(w);
    assert_true(vd_schedule_next(w->schedule) <= T);
    assert_non_null(strstr(w->told, "as if for the first time"));
    world_free(w);
}

static void a_clock_that_jumps(void **state)
{
    world *w = world_new(RULE("p", "process where true", ""));
    event(w, "z", "file", T, T, "");
    step(w, T);
    step(w, T + 100000 * M); /* ahead: four windows and a gap, not thousands */
    assert_int_equal(runs_of(w, "p"), 6);
    step(w, T + M); /* and back */
    assert_int_equal(runs_of(w, "p"), 6);
    assert_int_equal(vd_schedule_next(w->schedule), T + 6 * M);
    event(w, "a", "process", T + 2 * M, T + 2 * M, "");
    step(w, T + 6 * M);
    assert_string_equal(found(w), "p:a ");
    assert_int_equal(runs_of(w, "p"), 7);
    vd_run_row r = run_of(w, "p", 0);
    for (size_t i = 0; i < 7; i++)
        if (run_of(w, "p", i).until == T + 6 * M) r = run_of(w, "p", i);
    assert_int_equal(r.since, T - 3 * M);
    assert_int_equal(r.gap_ms, 0);
    world_free(w);
}

static void rules_of_other_intervals_meet(void **state)
{
    world *w = world_new(RULE("p", "process where true", "") ","
                         "{\"rule_id\":\"h\",\"name\":\"h\",\"description\":\"d\",\"risk_score\":1,"
                         "\"severity\":\"low\",\"type\":\"eql\",\"language\":\"eql\",\"interval\":\"1h\","
                         "\"from\":\"now-2h\",\"query\":\"process where true\",\"index\":[\"logs-*\"]}");
    event(w, "a", "process", T - 60 * M, T, "");
    int64_t now = T;
    for (int i = 0; i <= 12; i++, now += 5 * M + 200) /* each a little late */
        step(w, now);
    assert_string_equal(found(w), "h:a ");
    assert_int_equal(runs_of(w, "p"), 13);
    assert_int_equal(runs_of(w, "h"), 2);
    assert_int_equal(run_of(w, "h", 0).started, run_of(w, "p", 0).started);
    world_free(w);
}

/* --- by hand --- */

static void by_hand_over_the_past(void **state)
{
    world *w = world_new(RULE("p", "process where true", "") "," RULE("q", "file where true", ""));
    vd_err err;
    uint64_t alerts;
    event(w, "a", "process", T - 600 * M, T, "");
    event(w, "b", "file", T - 600 * M, T, "");
    seal(w);
    event(w, "c", "process", T - 590 * M, T, "");
    vd_str p = VD_STR("p");
    assert_int_equal(vd_schedule_manual(w->schedule, p, T - 605 * M, T - 580 * M, T, &alerts, &err), 0);
    assert_int_equal(alerts, 2);
    assert_string_equal(found(w), "p:a p:c ");
    assert_int_equal(runs_of(w, "p"), 5);
    expect_text(run_of(w, "p", 0).kind, "manual");
    assert_true(vd_schedule_next(w->schedule) <= T); /* no run of its schedule */
    assert_int_equal(vd_schedule_manual(w->schedule, VD_STR(""), T - 605 * M, T - 580 * M, T, &alerts, &err), 0);
    assert_int_equal(alerts, 1);
    assert_string_equal(found(w), "q:b ");
    assert_int_equal(vd_schedule_manual(w->schedule, VD_STR("x"), 0, T, T, &alerts, &err), VD_USAGE);
    assert_int_equal(vd_schedule_manual(w->schedule, p, T, T - 1, T, &alerts, &err), VD_USAGE);
    assert_int_equal(vd_schedule_manual(w->schedule, p, 0, T, T, &alerts, &err), VD_LIMIT);
    world_free(w);
}

static bool found_slowly(void *ctx, const vd_finding *f, int64_t now, const char *kind)
{
    if (strcmp(kind, "manual") == 0) usleep(1100000);
    return on_found(ctx, f, now, kind);
}

static void what_is_due_does_not_wait_for_runs_by_hand(void **state)
{
    world *w = world_new(RULE("p", "process where true", "") "," RULE("q", "file where true", ""));
    vd_err err;
    uint64_t alerts;
    w->config.found = found_slowly;
    schedule_again(w);
    event(w, "a", "process", T - 600 * M, T, "");
    step(w, T - 5 * M);
    assert_int_equal(vd_schedule_manual(w->schedule, VD_STR("p"), T - 605 * M, T - 590 * M, T, &alerts, &err), 0);
    assert_int_equal(alerts, 1);
    vd_run_row r = run_of(w, "q", 0);
    assert_true(r.started >= T + 1000 && r.started < T + 60000);
    expect_text(run_of(w, "p", 0).kind, "scheduled");
    world_free(w);
}

static void on_preview(void *ctx, const vd_finding *f) { note(ctx, f); }

static void previews_are_runs_without_a_trace(void **state)
{
    world *w = world_new(
        RULE("p", "process where true", ",\"max_signals\":2") ","
        RULE("s", "sequence by host.id with maxspan=3m [process where true] [file where true]", ""));
    vd_err err;
    char text[4096] = "";
    vd_engine_stats stats;
    for (int i = 0; i < 5; i++) {
        char id[2] = {(char)('a' + i), 0};
        event(w, id, i % 2 ? "file" : "process", T - 8 * M + i * M, T, "");
        if (i == 2) seal(w);
    }
    vd_preview pv = {.plan = w->plan,
                     .window = {T - 9 * M, T},
                     .max_signals = true,
                     .found = on_preview,
                     .ctx = text};
    assert_int_equal(vd_schedule_preview(w->store, &pv, &stats, &err), 0);
    assert_int_equal(stats.documents, 5);
    assert_int_equal(runs_of(w, ""), 0);
    step(w, T);
    assert_string_equal(found(w), text);
    assert_non_null(strstr(text, "p:c p:e "));
    assert_non_null(strstr(text, "s:a+b s:c+d "));
    volatile sig_atomic_t stop = 1;
    pv.stop = &stop;
    assert_int_equal(vd_schedule_preview(w->store, &pv, NULL, &err), VD_LIMIT);
    pv.stop = NULL;
    pv.max_signals = false;
    pv.size = 1;
    pv.head = true;
    text[0] = 0;
    assert_int_equal(vd_schedule_preview(w->store, &pv, NULL, &err), 0);
    assert_non_null(strstr(text, "p:a "));
    assert_null(strstr(text, "p:c "));
    vd_str other = VD_STR("winlogbeat-*");
    pv.indices = &other;
    pv.n_indices = 1;
    text[0] = 0;
    assert_int_equal(vd_schedule_preview(w->store, &pv, NULL, &err), 0);
    assert_string_equal(text, "");
    world_free(w);
}

static size_t previewed(world *w, const char *rule)
{
    vd_err err;
    char text[4096] = "";
    vd_plan *plan = plan_of(rule);
    vd_preview pv = {.plan = plan,
                     .window = {T - 9 * M, T + 5 * M},
                     .alerts_too = true,
                     .size = -1,
                     .found = on_preview,
                     .ctx = text};
    assert_int_equal(vd_schedule_preview(w->store, &pv, NULL, &err), 0);
    vd_plan_unref(plan);
    size_t n = 0;
    for (const char *p = text; *p; p++)
        n += *p == ' ';
    return n;
}

#define SIGNALS(index)                                                                             \
    "{\"rule_id\":\"x\",\"name\":\"x\",\"description\":\"d\",\"risk_score\":1,\"severity\":\"low\"," \
    "\"type\":\"eql\",\"language\":\"eql\",\"query\":\"any where event.kind == \\\"signal\\\"\"" index "}"

static void previews_see_alerts_as_runs_do(void **state)
{
    world *w = world_new(RULE("p", "process where true", ""));
    event(w, "a", "process", T - M, T, "");
    step(w, T);
    assert_string_equal(found(w), "p:a ");
    assert_int_equal(previewed(w, SIGNALS(",\"index\":[\".alerts-security.*\"]")), 1);
    assert_int_equal(previewed(w, SIGNALS(",\"index\":[\"*\"]")), 0);
    assert_int_equal(previewed(w, SIGNALS("")), 0);
    world_free(w);
}

static int asked;
static bool at_the_second(void *ctx) { return ++asked >= 2; }

static void what_was_stopped_is_run_again(void **state)
{
    world *w = world_new(RULE("p", "process where true", "") "," RULE("q", "file where true", ""));
    vd_err err;
    event(w, "a", "process", T, T, "");
    seal(w);
    event(w, "b", "process", T, T, "");
    w->config.stopping = at_the_second;
    schedule_again(w);
    assert_int_equal(vd_schedule_step(w->schedule, T, &err), VD_LIMIT);
    assert_int_equal(runs_of(w, ""), 0);
    assert_string_equal(found(w), "");
    w->config.stopping = NULL;
    schedule_again(w);
    assert_true(vd_schedule_next(w->schedule) <= T);
    step(w, T + 1);
    assert_string_equal(found(w), "p:a p:b ");
    world_free(w);
}

static void an_empty_window_reads_nothing(void **state)
{
    world *w = world_new("{\"rule_id\":\"p\",\"name\":\"p\",\"description\":\"d\",\"risk_score\":1,"
                         "\"severity\":\"low\",\"type\":\"eql\",\"language\":\"eql\","
                         "\"from\":\"now\",\"to\":\"now-9m\",\"query\":\"process where true\","
                         "\"index\":[\"logs-*\"]}");
    event(w, "a", "process", T - M, T, "");
    step(w, T);
    assert_string_equal(found(w), "");
    assert_int_equal(run_of(w, "p", 0).events, 0);
    expect_text(run_of(w, "p", 0).status, "succeeded");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_5_minutes_over_the_last_9),
        cmocka_unit_test(override_and_fallback),
        cmocka_unit_test(a_sequence_within_the_look_back_is_found_once),
        cmocka_unit_test(the_newest_stay_under_a_cap),
        cmocka_unit_test(kibanas_limit_is_above_all),
        cmocka_unit_test(no_index_is_a_warning),
        cmocka_unit_test(alerts_are_events_too),
        cmocka_unit_test(a_late_run_catches_up),
        cmocka_unit_test(the_rest_of_a_gap_is_told),
        cmocka_unit_test(long_gaps_are_filled_in_pieces),
        cmocka_unit_test(it_is_known_when_rules_ran),
        cmocka_unit_test(a_clock_that_jumps),
        cmocka_unit_test(rules_of_other_intervals_meet),
        cmocka_unit_test(by_hand_over_the_past),
        cmocka_unit_test(what_is_due_does_not_wait_for_runs_by_hand),
        cmocka_unit_test(previews_are_runs_without_a_trace),
        cmocka_unit_test(previews_see_alerts_as_runs_do),
        cmocka_unit_test(what_was_stopped_is_run_again),
        cmocka_unit_test(an_empty_window_reads_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
