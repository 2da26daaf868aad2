/* Rules over events as they come in: what is told, and when. */
#include "stream_harness.h"

/* Times are from here: four digits would be a year. */
#define T0 INT64_C(1700000000000)

static world *world_new(const char *const *queries, size_t n, int64_t lateness)
{
    world *w = calloc(1, sizeof *w);
    w->lateness = lateness;
    w->plan = plan_of(queries, n);
    w->stream = new_stream(w, w->plan);
    return w;
}

static void world_free(world *w)
{
    vd_stream_free(w->stream);
    vd_plan_unref(w->plan);
    for (size_t i = 0; i < MOST_EVENTS; i++) free(w->documents[i]);
    free(w);
}

/* "1000:a/x 2000:b/x": one block; returns what was told since the last call. */
static const char *feed(world *w, const char *events, int64_t now)
{
    uint64_t first = w->n + 1;
    w->log[0] = 0;
    for (const char *p = events; *p;) {
        char *end;
        int64_t ts = strtoll(p, &end, 10);
        char category = end[1];
        const char *key = end + 2;
        if (*key == '/') key++;
        size_t n = strcspn(key, " ");
        add_document(w, T0 + ts, category, key, n);
        p = key + n;
        while (*p == ' ') p++;
    }
    feed_from(w, first, T0 + now);
    return w->log;
}

static const char *const pair[] = {
    "p", "sequence by k with maxspan=10s [a where true] [b where true]"};

static void in_order(void **state)
{
    world *w = world_new(pair, 1, 60000);
    assert_string_equal(feed(w, "1000:a/x 2000:a/y", 5000), "");
    assert_string_equal(feed(w, "3000:b/x", 5000), "p:1 3, ");
    assert_string_equal(feed(w, "4000:b/x 12000:b/y 12001:b/y", 20000), "p:2 5, ");
    assert_string_equal(tick(w, T0 + 20000), "");
    vd_stream_stats st = vd_stream_stats_of(w->stream);
    assert_int_equal(st.documents, 6);
    assert_int_equal(st.candidates, 6);
    assert_int_equal(st.findings, 2);
    assert_int_equal(st.late, 0);
    world_free(w);
}


/* A rule on one event tells of it at once, whatever its time. */
static void single_events(void **state)
{
    static const char *const rules[] = {"one", "a where k == \\\"x\\\""};
    world *w = world_new(rules, 1, 1000);
    assert_string_equal(feed(w, "1000000:a/x 5:a/x 2000:a/y 90000000:a/x", 1000000),
                        "one:1, one:2, one:4, ");
    assert_int_equal(vd_stream_rule_stats_of(w->stream, 0).findings, 3);
    assert_int_equal(vd_stream_candidates(w->stream).p[1], 0); /* nothing of them is kept */
    world_free(w);
}

static void late_events_complete_sequences(void **state)
{
    world *w = world_new(pair, 1, 60000);
    assert_string_equal(feed(w, "12000:b/x", 12000), "");
    assert_string_equal(feed(w, "3000:a/x", 13000), "p:2 1, "); /* the first comes last */
    assert_string_equal(feed(w, "30000:a/x 50000:c", 50000), "");
    assert_string_equal(feed(w, "31000:b/x", 50000), "p:3 5, "); /* late by the clock, not for its key */
    vd_stream_stats st = vd_stream_stats_of(w->stream);
    assert_int_equal(st.late, 1);
    assert_int_equal(st.replays, 1);
    world_free(w);
}

static void a_late_start_takes_the_place_of_an_earlier_one(void **state)
{
    world *w = world_new(pair, 1, 60000);
    assert_string_equal(feed(w, "1000:a/x 5000:b/x", 6000), "p:1 2, ");
    assert_string_equal(feed(w, "2000:a/x", 7000), "p:3 2, ~p:1 2, ");
    assert_string_equal(feed(w, "8000:b/x", 8000), ""); /* nothing of 1 is left over */
    world_free(w);
}

static void a_late_until_supersedes(void **state)
{
    static const char *const rules[] = {
        "u", "sequence by k with maxspan=10s [a where true] [b where true] until [u where true]"};
    world *w = world_new(rules, 1, 60000);
    assert_string_equal(feed(w, "1000:a/x 1000:a/y 5000:b/x 5000:b/y", 6000), "u:1 3, u:2 4, ");
    assert_string_equal(feed(w, "3000:u/x", 7000), "~u:1 3, ");
    assert_string_equal(feed(w, "3500:u/x", 7000), ""); /* once */
    assert_int_equal(vd_stream_stats_of(w->stream).superseded, 1);
    world_free(w);
}

/* The key has gone on, far beyond what the late event can change. */
static void late_events_change_the_past_beside_the_present(void **state)
{
    world *w = world_new(pair, 1, 600000);
    assert_string_equal(feed(w, "1000:a/x 4000:b/x 100000:a/x", 100000), "p:1 2, ");
    assert_string_equal(feed(w, "2000:a/x", 100000), "p:4 2, ~p:1 2, ");
    assert_string_equal(feed(w, "101000:b/x", 101000), "p:3 5, ");
    world_free(w);
}

static void late_events_of_a_block_are_one_replay(void **state)
{
    world *w = world_new(pair, 1, 60000);
    feed(w, "1000:b/x 9000:b/x", 9000);
    assert_string_equal(feed(w, "8000:a/x 500:a/x 12000:a/x 13000:b/x", 13000), "p:4 1, p:3 2, p:5 6, ");
    vd_stream_stats st = vd_stream_stats_of(w->stream);
    assert_int_equal(st.late, 2);
    assert_int_equal(st.replays, 1);
    assert_int_equal(st.replayed, 6);
    world_free(w);
}

static const char *const missing[] = {
    "m", "sequence by k with maxspan=10s [a where true] ![m where true]"};

static void missing_events_are_waited_for(void **state)
{
    world *w = world_new(missing, 1, 60000);
    assert_string_equal(feed(w, "1000:a/x", 1000), "");
    assert_int_equal(vd_stream_stats_of(w->stream).waiting, 1);
    assert_string_equal(tick(w, T0 + 71000), ""); /* 1 s + 10 s + 60 s, and an m at 11 s could come */
    assert_string_equal(tick(w, T0 + 71002), "m:1 -, ");
    assert_int_equal(vd_stream_stats_of(w->stream).waiting, 0);
    assert_string_equal(tick(w, T0 + 1000000), "");
    world_free(w);
}

static void missing_events_that_come_late_are_seen(void **state)
{
    world *w = world_new(missing, 1, 60000);
    feed(w, "1000:a/x 1000:a/y", 1000);
    assert_string_equal(feed(w, "60000:c 9000:m/x", 60000), "");
    assert_string_equal(tick(w, T0 + 100000), "m:2 -, ");
    world_free(w);
}

/* Documents decide what time it is; without them the wall's time goes on from there. */
static void the_clock(void **state)
{
    world *w = world_new(pair, 1, 60000);
    assert_int_equal(vd_stream_horizon(w->stream), VD_TIME_NONE);
    tick(w, T0);
    assert_int_equal(vd_stream_stats_of(w->stream).clock, VD_TIME_NONE);
    feed(w, "1000:c", 500000); /* an old backlog */
    assert_int_equal(vd_stream_stats_of(w->stream).clock, T0 + 1000);
    tick(w, T0 + 507000);
    assert_int_equal(vd_stream_stats_of(w->stream).clock, T0 + 8000);
    tick(w, T0 + 300000); /* the wall went back */
    assert_int_equal(vd_stream_stats_of(w->stream).clock, T0 + 8000);
    tick(w, T0 + 301000);
    assert_int_equal(vd_stream_stats_of(w->stream).clock, T0 + 9000);
    assert_int_equal(vd_stream_stats_of(w->stream).watermark, T0 + 9000 - 60000);
    assert_int_equal(vd_stream_horizon(w->stream), T0 + 9000 - 60000 - 10000);
    world_free(w);
}

static void times_to_come_do_not_move_the_clock(void **state)
{
    world *w = world_new(pair, 1, 60000);
    feed(w, "1000:a/x 30000:c 90000000:a/y", 2000);
    vd_stream_stats st = vd_stream_stats_of(w->stream);
    assert_int_equal(st.clock, T0 + 2000); /* 30 s is within the lateness of now: it counts as now */
    assert_int_equal(st.future, 1);
    assert_string_equal(feed(w, "3000:b/x 90001000:b/y", 4000), "p:1 4, p:3 5, ");
    world_free(w);
}

/* Alerts of today, made by events of another day: neither they nor what comes after are kept
 * until the clock is there. */
static void alerts_amid_an_old_file(void **state)
{
    vd_err err;
    world *w = world_new(pair, 1, 20000);
    feed(w, "1000:a/x", 900000000);
    add_document(w, T0 + 900000000, 'a', "y", 1);
    char text[512 + VD_PADDING] = {0};
    snprintf(text, 512, "%s\n", w->documents[2]);
    vd_stream_block b = {text, strlen(text), 2, NULL, T0 + 900000000, .still = true};
    assert_int_equal(vd_stream_feed(w->stream, &b, &err), 0);
    assert_int_equal(vd_stream_stats_of(w->stream).clock, T0 + 1000);
    assert_string_equal(feed(w, "3000:a/z 4000:b/x", 900000000), "p:1 4, ");
    assert_int_equal(vd_stream_stats_of(w->stream).pending, 2);
    feed(w, "60000:c", 900000000);
    assert_int_equal(vd_stream_stats_of(w->stream).pending, 0);
    world_free(w);
}

/* A day-old file comes while its host is at work. */
static void an_old_file_beside_the_present(void **state)
{
    static const char *const rules[] = {
        "p", "sequence by k with maxspan=10s [a where true] [b where true]",
        "m", "sequence by k with maxspan=10s [a where true] ![m where true] [b where true]"};
    world *w = world_new(rules, 2, 20000);
    feed(w, "86400000:a/x", 86400000);
    assert_string_equal(feed(w, "1000:a/x 2000:b/x", 86401000), "p:2 3, ");
    assert_string_equal(feed(w, "3000:a/x 3500:m/x 4000:b/x", 86402000), "p:4 6, ");
    assert_string_equal(feed(w, "86403000:b/x", 86403000), "p:1 7, "); /* undisturbed */
    assert_string_equal(feed(w, "50000:c/x 50000:a/x", 86404000), "m:2 - 3, ");
    tick(w, T0 + 86440000);
    assert_int_equal(vd_stream_stats_of(w->stream).too_late, 0);
    assert_string_equal(feed(w, "86390000:m/x", 86440000), ""); /* later than the lateness, and alone */
    world_free(w);
}

static void what_comes_too_late_is_counted(void **state)
{
    static const char *const rules[] = {
        "m", "sequence by k with maxspan=10s [a where true] ![m where true] [b where true]"};
    world *w = world_new(rules, 1, 1000);
    feed(w, "100000:a/x", 100000);
    feed(w, "50000:a/x", 100000);  /* opens a past of its own, */
    feed(w, "10000:a/x", 100000);  /* which this is even older than */
    assert_int_equal(vd_stream_stats_of(w->stream).too_late, 1);
    world_free(w);
}

static void state_is_let_go(void **state)
{
    world *w = world_new(pair, 1, 60000);
    w->stream->room.records = 2;
    for (int i = 0; i < 40; i++) {
        char text[64];
        snprintf(text, sizeof text, "%d:a/%c %d:b/z", i * 20000, 'a' + i % 26, i * 20000);
        feed(w, text, i * 20000);
    }
    vd_stream_stats st = vd_stream_stats_of(w->stream);
    assert_in_range(st.keys, 1, 12);
    assert_in_range(st.pending, 1, 6);
    assert_int_equal(st.log_dropped, 0);
    tick(w, T0 + 40 * 20000 + 600000);
    st = vd_stream_stats_of(w->stream);
    assert_int_equal(st.pending, 0);
    assert_string_equal(feed(w, "1500000:a/a 1501000:b/a", 1501000), "p:81 82, ");
    world_free(w);
}

/* One alert stands for all keys of its events. */
static void superseded_for_all_keys_or_not(void **state)
{
    static const char *const rules[] = {
        "u", "sequence by k with maxspan=10s [a where true] [b where true] until [u where true]"};
    world *w = world_new(rules, 1, 60000);
    assert_string_equal(feed(w, "1000:a/x,y 5000:b/x,y", 6000), "u:1 2, u:1 2, ");
    assert_string_equal(w->found[0].id, w->found[1].id);
    assert_string_equal(feed(w, "3000:u/x", 7000), "");
    assert_string_equal(feed(w, "3000:u/y", 7000), "~u:1 2, ");
    world_free(w);
}

/* Records beyond memory's part go to a file, those beyond max_log are dropped. */
static void the_log_is_bounded(void **state)
{
    world *w = world_new(pair, 1, 3600000);
    w->stream->room.records = 2;
    w->stream->room.max = 40ull * VD_SEGMENT_RECORDS * sizeof(vd_record) + vd_keys_bytes(&w->stream->keys);
    for (int i = 0; i < 30; i++) {
        char text[64];
        snprintf(text, sizeof text, "%d:a/x %d:b/x", i * 20000, i * 20000 + 4000);
        feed(w, text, i * 20000 + 4000);
    }
    assert_int_equal(w->n_found, 30);
    assert_true(w->stream->room.end > 0);
    assert_int_equal(vd_stream_stats_of(w->stream).log_dropped, 0);
    assert_string_equal(feed(w, "2000:a/x", 590000), "p:61 2, ~p:1 2, "); /* all is there still */
    for (int i = 30; i < 60; i++) {
        char text[64];
        snprintf(text, sizeof text, "%d:a/x %d:b/x", i * 20000, i * 20000 + 4000);
        feed(w, text, i * 20000 + 4000);
    }
    vd_stream_stats st = vd_stream_stats_of(w->stream);
    assert_in_range(st.log_dropped, 38, 60);
    assert_true(st.log_bytes <= w->stream->room.max + (1 << 20));
    assert_string_equal(feed(w, "1182000:a/x", 1190000), "p:122 121, ~p:120 121, ");
    assert_string_equal(feed(w, "3000:a/x", 1190000), ""); /* what it would have met is gone */
    world_free(w);
}

/* --- another plan, another process --- */

static void another_plan_takes_over(void **state)
{
    static const char *const before[] = {
        "same", "sequence by k with maxspan=10s [a where true] [b where true] until [u where true]",
        "changed", "sequence by k with maxspan=10s [a where true] [b where true]",
        "miss", "sequence by k with maxspan=10s [a where true] ![m where true]"};
    static const char *const after[] = {
        "changed", "sequence by k with maxspan=11s [a where true] [b where true]",
        "miss", "sequence by k with maxspan=10s [a where true] ![m where true]",
        "new", "a where true",
        "same", "sequence by k with maxspan=10s [a where true] [b where true] until [u where true]"};
    vd_err err;
    bool fresh[4];
    world *w = world_new(before, 3, 60000);
    feed(w, "1000:a/x 1500:a/y 2000:b/x", 2000);
    vd_plan *plan = plan_of(after, 4);
    vd_stream *s = new_stream(w, plan);
    assert_true(vd_stream_plan_word(s) != vd_stream_plan_word(w->stream));
    assert_int_equal(vd_stream_adopt(s, w->stream, fresh, &err), 0);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(fresh[i], vd_str_eq(vd_plan_rule_at(plan, i)->rule->rule_id, VD_STR("changed")));
    assert_int_equal(vd_stream_adopt(s, w->stream, fresh, &err), VD_USAGE);
    assert_int_equal(vd_stream_stats_of(w->stream).pending, 1 + 1);
    assert_int_equal(vd_stream_stats_of(s).pending, 1); /* not those of the rule that changed */
    assert_int_equal(vd_stream_stats_of(s).waiting, 2);
    assert_int_equal(vd_stream_stats_of(s).findings, 2);
    vd_stream_free(w->stream);
    vd_plan_unref(w->plan);
    w->stream = s;
    w->plan = plan;
    assert_int_equal(vd_stream_stats_of(s).documents, 3);
    assert_string_equal(feed(w, "3000:b/y", 3000), "same:2 4, ");
    assert_string_equal(feed(w, "1200:u/x", 4000), "~same:1 3, ");
    assert_string_equal(tick(w, T0 + 100000), "miss:1 -, miss:2 -, ");
    world_free(w);
}

static char *copy_candidates(const world *w, size_t *n)
{
    vd_str c = vd_stream_candidates(w->stream);
    char *own = malloc(c.n);
    memcpy(own, c.p, *n = c.n);
    return own;
}

static const char *const kinds[] = {
    "p", "sequence by k with maxspan=10s [a where true] [b where true] until [u where true]",
    "none", "sequence with maxspan=10s [a where true] with runs=3 [b where true]",
    "one", "a where true",
    "m", "sequence by k with maxspan=10s [a where true] ![m where true]"};

static void candidates_stand_for_their_documents(void **state)
{
    vd_err err;
    world *w = world_new(kinds, 4, 60000);
    feed(w, "1000:a/x 2000:a/xy 4000:b/x 1500:a/z 3000:c", 5000);
    size_t n;
    char *kept = copy_candidates(w, &n);
    vd_stream *s = new_stream(w, w->plan);
    assert_int_equal(vd_stream_plan_word(s), vd_stream_plan_word(w->stream));
    w->log[0] = 0;
    assert_int_equal(vd_stream_resume(s, (vd_str){kept, n}, &err), 0);
    assert_string_equal(w->log, "p:2 3, none:1 4 2 3, "); /* again, but not the single ones */
    vd_stream_stats was = vd_stream_stats_of(w->stream), is = vd_stream_stats_of(s);
    assert_int_equal(is.pending, was.pending);
    assert_int_equal(is.clock, was.clock);
    assert_int_equal(is.waiting, was.waiting);
    assert_int_equal(is.keys, was.keys);
    vd_stream_free(w->stream);
    w->stream = s;
    assert_string_equal(feed(w, "6000:b/y", 6000), "p:2 6, ");
    assert_string_equal(feed(w, "3500:u/x", 6000), "~p:2 3, ");
    free(kept);
    world_free(w);
}

static void spoiled_candidates_are_refused(void **state)
{
    vd_err err;
    world *w = world_new(kinds, 4, 60000);
    feed(w, "1000:a/x 2000:a/xy 4000:b/x 1500:a/z 3000:c", 5000);
    size_t n;
    char *kept = copy_candidates(w, &n);
    for (size_t cut = 1; cut < n; cut++) {
        vd_stream *s = new_stream(w, w->plan);
        char *own = malloc(n - cut);
        memcpy(own, kept, n - cut);
        assert_int_equal(vd_stream_resume(s, (vd_str){own, n - cut}, &err), VD_FORMAT);
        assert_int_equal(vd_stream_stats_of(s).candidates, 0);
        free(own);
        vd_stream_free(s);
    }
    for (size_t i = 0; i < n; i++)
        for (int bit = 0; bit < 8; bit++) { /* whatever it says: no harm */
            vd_stream *s = new_stream(w, w->plan);
            kept[i] ^= (char)(1 << bit);
            int code = vd_stream_resume(s, (vd_str){kept, n}, &err);
            assert_true(code == 0 || code == VD_FORMAT || code == VD_IO);
            kept[i] ^= (char)(1 << bit);
            vd_stream_free(s);
            w->n_found = 0;
            w->log[0] = 0;
        }
    free(kept);
    world_free(w);
}

static void what_a_stream_cannot_answer(void **state)
{
    static const char *const rules[] = {
        "s", "sample by k [a where true] [b where true]",
        "h", "sequence [a where true] [b where true] | head 1",
        "t", "a where true | tail 2",
        "p", "sequence [a where true] [b where true]",
        "e", "b where true"};
    world *w = world_new(rules, 5, 60000);
    for (uint32_t i = 0; i < 5; i++) {
        const vd_plan_rule *r = vd_plan_rule_at(w->plan, i);
        assert_int_equal(vd_stream_takes(r), r->rule->rule_id.p[0] == 'p' || r->rule->rule_id.p[0] == 'e');
    }
    assert_string_equal(feed(w, "1000:a/x 2000:b/x", 2000), "p:1 2, e:2, ");
    world_free(w);
}

static void skipped_and_broken_lines(void **state)
{
    vd_err err;
    world *w = world_new(pair, 1, 60000);
    add_document(w, T0 + 1000, 'a', "x", 1);
    add_document(w, T0 + 2000, 'a', "x", 1);
    add_document(w, T0 + 3000, 'b', "x", 1);
    char text[1024 + VD_PADDING] = {0};
    snprintf(text, 1024, "%s\n%s\r\n%s\n{broken\n\n", w->documents[1], w->documents[2], w->documents[3]);
    bool skip[5] = {false, true, false, false, false};
    assert_int_equal(vd_stream_feed(w->stream,
                                    &(vd_stream_block){text, strlen(text), 1, skip, T0 + 3000}, &err),
                     0);
    assert_string_equal(w->log, "p:1 3, ");
    assert_int_equal(w->faults, 1);
    assert_int_equal(w->reads, 0); /* its own documents a block has at hand */
    assert_int_equal(vd_stream_stats_of(w->stream).documents, 2);
    world_free(w);
}

static void a_document_that_is_gone(void **state)
{
    vd_err err = {0};
    world *w = world_new(pair, 1, 60000);
    feed(w, "1000:a/x 1000:a/y", 1000);
    uint64_t n = w->n;
    char text[512 + VD_PADDING] = {0};
    add_document(w, T0 + 2000, 'b', "x", 1);
    snprintf(text, 512, "%s\n", w->documents[3]);
    w->n = 0; /* nothing can be read */
    assert_int_equal(vd_stream_feed(w->stream, &(vd_stream_block){text, strlen(text), 3, NULL, T0 + 2000}, &err),
                     VD_IO);
    assert_string_equal(w->log, "");
    w->n = n + 1;
    assert_string_equal(feed(w, "3000:b/y", 3000), "p:2 4, "); /* it goes on */
    world_free(w);
}

/* Held, nothing is over: files one after another are as one. Let go, it goes on from its clock. */
static void held_for_files_one_after_another(void **state)
{
    static const char *const rules[] = {
        "p", "sequence by k with maxspan=10s [a where true] [b where true]",
        "m", "sequence by k with maxspan=10s [a where true] ![c where true]"};
    world *w = world_new(rules, 2, 1000);
    vd_stream_hold(w->stream, true);
    assert_string_equal(feed(w, "1000:a/x 1500:a/y 900000:a/x 3600000:a/z", 4000000), "");
    assert_int_equal(vd_stream_horizon(w->stream), VD_TIME_NONE);
    const char *told = feed(w, "2000:b/x 3000:c/y 901000:b/x 3601000:c/z", 4000000);
    assert_non_null(strstr(told, "p:1 5, "));
    assert_non_null(strstr(told, "p:3 7, "));
    assert_null(strstr(told, "m:")); /* another file could have what must not be */
    assert_string_equal(tick(w, T0 + 4000000), "");
    vd_stream_hold(w->stream, false);
    assert_string_equal(tick(w, T0 + 4000000), "m:1 -, m:3 -, ");
    assert_string_equal(feed(w, "3602000:b/z", 4000000), "p:4 9, "); /* a partial lives on */
    assert_string_equal(feed(w, "4000000:a/q 3000000:a/s 4000001:b/q", 4000100), "p:10 12, ");
    vd_stream_stats st = vd_stream_stats_of(w->stream);
    assert_int_equal(st.too_late, 0);
    assert_int_equal(st.superseded, 0);
    world_free(w);
}

typedef struct keeping {
    world *w;
    uint64_t seq[16];
    int64_t until[16];
    size_t n;
} keeping;

static keeping kept;

static void on_wanted(void *ctx, uint64_t seq, vd_str json, int64_t until)
{
    world *w = ctx;
    assert_true(kept.n < 16);
    assert_int_equal(json.n, strlen(w->documents[seq]));
    assert_memory_equal(json.p, w->documents[seq], json.n);
    kept.seq[kept.n] = seq;
    kept.until[kept.n++] = until - T0;
}

static vd_str on_origin(void *ctx, uint64_t seq)
{
    (void)ctx;
    return seq < 3 ? VD_STR("first") : VD_STR("second");
}

static void on_found_from(void *ctx, const vd_finding *f, const char id[65])
{
    for (size_t i = 0; i < f->n_events; i++)
        add_log(ctx, "from ", f->events[i].source.p);
    on_found(ctx, f, id);
}

/* Who does not keep all documents is told of those to keep, once each, and says where they are from. */
static void documents_that_are_wanted(void **state)
{
    static const char *const rules[] = {
        "one", "a where k == \\\"x\\\"",
        "p", "sequence by k with maxspan=10s [a where true] [b where true]",
        "q", "sequence by k with maxspan=5s [a where true] [b where true]"};
    static const vd_alert_options alerts = {0};
    vd_err err = {0};
    world *w = world_new(rules, 3, 1000);
    vd_engine_window window = {T0 + 1000, T0 + 100000};
    vd_stream_free(w->stream);
    w->stream = vd_stream_new(&(vd_stream_config){.plan = w->plan,
                                                  .lateness = 1000,
                                                  .default_maxspan = 60000,
                                                  .read = read_document,
                                                  .found = on_found_from,
                                                  .alerts = &alerts,
                                                  .ctx = w,
                                                  .wanted = on_wanted,
                                                  .origin = on_origin,
                                                  .window = &window},
                              &err);
    kept.n = 0;
    assert_string_equal(feed(w, "999:a/x 1000:a/y 1500:c/y", 5000), "");
    assert_string_equal(feed(w, "2000:b/y 2000:a/x 100001:b/x", 5000),
                        "from first, from second, p:2 4, from first, from second, q:2 4, "
                        "from second, one:5, ");
    assert_int_equal(kept.n, 3);
    for (size_t i = 0; i < 3; i++)
        assert_in_range(kept.until[i], 12000, 14000 + 1000);
    assert_int_equal(kept.seq[0], 2);
    assert_int_equal(kept.seq[1], 4);
    assert_int_equal(kept.seq[2], 5);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
        cmocka_unit_test(single_events),
        cmocka_unit_test(late_events_complete_sequences),
        cmocka_unit_test(a_late_start_takes_the_place_of_an_earlier_one),
        cmocka_unit_test(a_late_until_supersedes),
        cmocka_unit_test(late_events_change_the_past_beside_the_present),
        cmocka_unit_test(late_events_of_a_block_are_one_replay),
        cmocka_unit_test(missing_events_are_waited_for),
        cmocka_unit_test(missing_events_that_come_late_are_seen),
        cmocka_unit_test(the_clock),
        cmocka_unit_test(times_to_come_do_not_move_the_clock),
        cmocka_unit_test(alerts_amid_an_old_file),
        cmocka_unit_test(an_old_file_beside_the_present),
        cmocka_unit_test(what_comes_too_late_is_counted),
        cmocka_unit_test(state_is_let_go),
        cmocka_unit_test(superseded_for_all_keys_or_not),
        cmocka_unit_test(the_log_is_bounded),
        cmocka_unit_test(another_plan_takes_over),
        cmocka_unit_test(candidates_stand_for_their_documents),
        cmocka_unit_test(spoiled_candidates_are_refused),
        cmocka_unit_test(what_a_stream_cannot_answer),
        cmocka_unit_test(skipped_and_broken_lines),
        cmocka_unit_test(a_document_that_is_gone),
        cmocka_unit_test(held_for_files_one_after_another),
        cmocka_unit_test(documents_that_are_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
