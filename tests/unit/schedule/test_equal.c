/* What a schedule finds, against one run over all events, which is what a stream finds: equal
 * where docs/service.md says so, and differing as it says where not. */
#include "world.h"

#define HOURS 4
#define EVENTS (HOURS * 240) /* four a minute */

typedef VD_VEC(char *) ids;

static uint64_t seed = 20240229;

static uint32_t draw(uint32_t n)
{
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % n;
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void sort(ids *v)
{
    size_t n = 0;
    if (v->n) qsort(v->v, v->n, sizeof *v->v, by_text);
    for (size_t i = 0; i < v->n; i++) {
        if (n && strcmp(v->v[n - 1], v->v[i]) == 0) free(v->v[i]);
        else v->v[n++] = v->v[i];
    }
    v->n = n;
}

static void drop(ids *v)
{
    for (size_t i = 0; i < v->n; i++)
        free(v->v[i]);
    vd_vec_free(v);
}

static void keep(ids *v, const vd_finding *f)
{
    char id[65];
    vd_alert_id(f, &(vd_alert_options){0}, id);
    *vd_vec_push(v) = strdup(id);
}

static bool scheduled(void *ctx, const vd_finding *f, int64_t now, const char *kind)
{
    keep(ctx, f);
    return true;
}

static void at_once(void *ctx, const vd_finding *f) { keep(ctx, f); }

/* So many of a are in b, sorted both. */
static size_t common(const ids *a, const ids *b)
{
    size_t n = 0;
    for (size_t i = 0, k = 0; i < a->n && k < b->n;) {
        int c = strcmp(a->v[i], b->v[k]);
        n += c == 0;
        if (c <= 0) i++;
        if (c >= 0) k++;
    }
    return n;
}

static void add(world *w, vd_batch *b, int number, int64_t ts)
{
    static const char *const categories[] = {"process", "file", "network"};
    char json[512 + VD_PADDING] = {0}, id[16];
    snprintf(json, 512, "{\"@timestamp\":%lld,\"event\":{\"category\":\"%s\"},\"host\":{\"id\":\"h%u\"}}",
             (long long)ts, categories[draw(3)], draw(3));
    snprintf(id, sizeof id, "e%d", number);
    assert_int_equal(vd_intake_add(w->intake, b, VD_STR("logs-t-default"), vd_str_from(id),
                                   vd_str_from(json), NULL),
                     VD_FAULT_NONE);
}

/* Events as time passes, a step every 5 minutes; each of them comes `late` after it happened. */
static void live(world *w, int64_t late)
{
    vd_err err;
    int64_t now = T, ts = T + 1;
    int n = 0;
    step(w, now);
    for (; now < T + HOURS * 60 * M + 20 * M; now += 5 * M, step(w, now)) {
        vd_batch *b = vd_batch_new(now + 5 * M);
        for (; n < EVENTS && ts + late <= now + 5 * M; n++, ts += 1 + draw(30000))
            add(w, b, n, ts);
        if (b->docs.n) assert_int_equal(vd_store_commit(w->store, b, &err), 0);
        vd_batch_unref(b);
        if (draw(2)) seal(w);
    }
    assert_int_equal(n, EVENTS);
}

typedef struct both {
    ids schedule, stream;
    size_t common;
} both;

static both run(const char *rules, int64_t late)
{
    both r = {0};
    vd_err err;
    world *w = world_new(rules);
    w->config.found = scheduled;
    w->config.ctx = &r.schedule;
    w->config.tell = NULL;
    schedule_again(w);
    live(w, late);
    vd_preview pv = {.plan = w->plan,
                     .window = {VD_TIME_NONE, VD_TIME_NONE},
                     .size = -1,
                     .found = at_once,
                     .ctx = &r.stream};
    assert_int_equal(vd_schedule_preview(w->store, &pv, NULL, &err), 0);
    sort(&r.schedule);
    sort(&r.stream);
    r.common = common(&r.schedule, &r.stream);
    world_free(w);
    assert_true(r.stream.n > 50);
    return r;
}

static void done(both *r)
{
    drop(&r->schedule);
    drop(&r->stream);
}

static void equal_where_maxspan_fits(void **state)
{
    both r = run(RULE("e", "process where true", ",\"max_signals\":1000") ","
                 RULE("s", "sequence by host.id with maxspan=4m [process where true] [file where true]",
                      ",\"max_signals\":1000") ","
                 RULE("t", "sequence by host.id with maxspan=4m [process where true] [file where true] "
                           "[process where true] until [network where true]",
                      ",\"max_signals\":1000") ","
                 RULE("u", "sequence with maxspan=1m [any where true] [any where true] with runs=2",
                      ",\"max_signals\":1000"),
                 0);
    assert_int_equal(r.schedule.n, r.stream.n);
    assert_int_equal(r.common, r.stream.n);
    done(&r);
}

static void a_longer_maxspan_is_cut_by_windows(void **state)
{
    const char *const spans[] = {
        RULE("s", "sequence by host.id with maxspan=1h [process where true] [file where true] "
                  "[network where true] [file where true]", ""),
        RULE("s", "sequence by host.id [process where true] [file where true] [network where true] "
                  "[file where true]", "")};
    for (size_t i = 0; i < 2; i++) {
        both r = run(spans[i], 0);
        assert_true(r.common > 0);
        assert_true(r.common < r.stream.n);
        done(&r);
    }
}

static void a_missing_event_is_cut_by_windows(void **state)
{
    both r = run(RULE("s", "sequence by host.id with maxspan=4m [process where true] "
                           "![file where true] [network where true]", ",\"max_signals\":1000") ","
                 RULE("m", "sequence by host.id with maxspan=1m [process where true] "
                           "![file where true]", ",\"max_signals\":1000"),
                 0);
    assert_int_equal(r.common, r.stream.n);
    assert_true(r.schedule.n > r.common); /* told before the time was over */
    done(&r);
}

static void a_cap_leaves_out(void **state)
{
    both r = run(RULE("e", "process where true", ",\"max_signals\":3"), 0);
    assert_int_equal(r.common, r.schedule.n);
    assert_true(r.schedule.n < r.stream.n);
    done(&r);
}

static void late_events_are_in_no_window_but_by_receipt(void **state)
{
    both r = run(RULE("e", "process where true", ",\"max_signals\":1000"), 10 * M);
    assert_int_equal(r.schedule.n, 0);
    done(&r);
    r = run(RULE("e", "process where true",
                 ",\"max_signals\":1000,\"timestamp_override\":\"event.ingested\""), 10 * M);
    assert_int_equal(r.common, r.stream.n);
    assert_int_equal(r.schedule.n, r.stream.n);
    done(&r);
}

/* So many events that a preview takes two threads. */
static void two_threads_find_the_same(void **state)
{
    enum { MANY = 24000 };
    vd_err err;
    ids found = {0};
    vd_engine_stats stats;
    world *w = world_new(RULE("s", "sequence by host.id with maxspan=1s [process where true] [file where true]", ""));
    int64_t ts = T;
    for (int i = 0; i < MANY;) {
        vd_batch *b = vd_batch_new(T);
        for (int k = 0; k < 2000; k++, i++, ts += draw(500))
            add(w, b, i, ts);
        assert_int_equal(vd_store_commit(w->store, b, &err), 0);
        vd_batch_unref(b);
        if (i < MANY / 2) seal(w);
    }
    vd_preview pv = {.plan = w->plan,
                     .window = {VD_TIME_NONE, VD_TIME_NONE},
                     .size = -1,
                     .found = at_once,
                     .ctx = &found};
    assert_int_equal(vd_schedule_preview(w->store, &pv, &stats, &err), 0);
    assert_int_equal(stats.documents, MANY);
    size_t n = found.n;
    sort(&found);
    assert_int_equal(found.n, n); /* nothing twice */
    /* The same by half: what begins in one half and ends in the other is in neither. */
    ids halves = {0};
    pv.ctx = &halves;
    pv.window.until = T + (ts - T) / 2;
    assert_int_equal(vd_schedule_preview(w->store, &pv, NULL, &err), 0);
    pv.window = (vd_run_window){pv.window.until + 1, VD_TIME_NONE};
    assert_int_equal(vd_schedule_preview(w->store, &pv, NULL, &err), 0);
    sort(&halves);
    assert_int_equal(common(&halves, &found), halves.n);
    assert_true(halves.n <= n && halves.n + 3 >= n);
    drop(&found);
    drop(&halves);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_where_maxspan_fits),
        cmocka_unit_test(a_longer_maxspan_is_cut_by_windows),
        cmocka_unit_test(a_missing_event_is_cut_by_windows),
        cmocka_unit_test(a_cap_leaves_out),
        cmocka_unit_test(two_threads_find_the_same),
        cmocka_unit_test(late_events_are_in_no_window_but_by_receipt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
