/* tests/unit/sequence/test_state.c - memory: bounds, expiry, eviction, steady state */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/limits.h"
#include "sequence/sequence_int.h"

#define MB 1000000u

static const uint8_t TWO[] = {VD_STAGE_EVENT, VD_STAGE_EVENT};
static const uint8_t THREE_UNTIL[] = {VD_STAGE_EVENT, VD_STAGE_EVENT, VD_STAGE_EVENT,
                                      VD_STAGE_UNTIL};
static const uint8_t ALL_MISSING[] = {VD_STAGE_MISSING, VD_STAGE_EVENT, VD_STAGE_MISSING,
                                      VD_STAGE_EVENT, VD_STAGE_MISSING, VD_STAGE_UNTIL};

typedef struct seen {
    uint64_t matches, lowest_key, holds, releases;
} seen;

static void on_found(void *ctx, const vd_sequence_match *match)
{
    seen *s = ctx;
    s->matches++;
    if (match->key[1] < s->lowest_key) s->lowest_key = match->key[1];
}

static void on_hold(void *ctx, uint64_t event) { ((seen *)ctx)->holds++; }
static void on_release(void *ctx, uint64_t event) { ((seen *)ctx)->releases++; }

static vd_sequencer *make(const vd_sequence_spec *specs, size_t n, uint64_t max_state, seen *s)
{
    *s = (seen){.lowest_key = UINT64_MAX};
    return vd_sequencer_new(&(vd_sequence_config){.specs = specs, .n_specs = n,
                                                  .max_state = max_state, .found = on_found,
                                                  .hold = on_hold, .release = on_release,
                                                  .ctx = s});
}

/* key[1] keeps the number, key[0] is spread as a hash would be. */
static vd_candidate cand(int64_t ts, uint32_t rule, uint16_t stage, uint64_t key)
{
    uint64_t x = (key + 1) * UINT64_C(0x9e3779b97f4a7c15);
    return (vd_candidate){.ts = ts, .tie = VD_NO_TIEBREAK, .ordinal = (uint64_t)ts, .event = key,
                          .key = {x ^ x >> 29, key}, .rule = rule, .stage = stage};
}

static void feed(vd_sequencer *seq, int64_t ts, uint32_t rule, uint16_t stage, uint64_t key)
{
    vd_candidate c = cand(ts, rule, stage, key);
    vd_sequencer_feed(seq, &c);
}

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void million_partials(void **state)
{
    enum { N = 1000000 };
    vd_sequence_spec spec = {.roles = TWO, .n_stages = 2, .keyed = true, .maxspan = -1};
    seen s;
    vd_sequencer *seq = make(&spec, 1, 128 * (uint64_t)MB, &s);
    double t0 = now_ns();
    for (uint64_t i = 0; i < N; i++) feed(seq, (int64_t)i, 0, 0, i);
    double t1 = now_ns();
    vd_sequence_stats full = vd_sequencer_stats(seq);
    for (uint64_t i = 0; i < N; i++)
        feed(seq, N + (int64_t)i, 0, 1, i * UINT64_C(7919) % N);
    double t2 = now_ns();
    vd_sequence_stats empty = vd_sequencer_stats(seq);
    print_message("a million partials: %.1f bytes each (peak %.1f)\n", (double)full.bytes / N,
                  (double)full.bytes_peak / N);
    print_message("%.0f ns to add one, %.0f to match it\n", (t1 - t0) / N, (t2 - t1) / N);
    assert_int_equal(full.pending, N);
    assert_int_equal(full.dropped, 0);
    assert_true(full.bytes < 128 * (uint64_t)MB && full.bytes_peak < 128 * (uint64_t)MB);
    assert_int_equal(s.matches, N);
    assert_int_equal(empty.pending, 0);
    assert_int_equal(empty.pending_peak, N);
    assert_true(empty.bytes < MB); /* what is not needed goes back */
    assert_int_equal(s.holds, s.releases);
    vd_sequencer_free(seq);
}

static void expiry(void **state)
{
    vd_sequence_spec specs[] = {{.roles = TWO, .n_stages = 2, .maxspan = 100},
                                {.roles = TWO, .n_stages = 2, .maxspan = 50},
                                {.roles = TWO, .n_stages = 2, .maxspan = -1},
                                {.n_stages = 0}};
    seen s;
    vd_sequencer *seq = make(specs, 4, 0, &s);
    for (uint64_t i = 0; i < 10; i++)
        for (uint32_t r = 0; r < 3; r++) feed(seq, (int64_t)i, r, 0, i);
    vd_sequencer_flush(seq, 49);
    assert_int_equal(vd_sequencer_stats(seq).expired, 0);
    vd_sequencer_flush(seq, 52); /* rule 1: 0, 1, 2 */
    assert_int_equal(vd_sequencer_stats(seq).expired, 3);
    vd_sequencer_flush(seq, 52);
    vd_sequencer_flush(seq, 10); /* going back is no harm */
    assert_int_equal(vd_sequencer_stats(seq).expired, 3);
    /* A candidate at 105 says that all before is over: rule 1 whole, rule 0: 0 to 4. */
    feed(seq, 105, 2, 1, 77);
    assert_int_equal(vd_sequencer_stats(seq).expired, 15);
    assert_int_equal(vd_sequencer_stats(seq).pending, 15);
    feed(seq, 105, 0, 1, 5); /* 105 - 5: just in time */
    assert_int_equal(s.matches, 1);
    vd_sequencer_flush(seq, INT64_MAX);
    assert_int_equal(vd_sequencer_stats(seq).expired, 19);
    assert_int_equal(vd_sequencer_stats(seq).pending, 0);
    assert_int_equal(s.holds, s.releases);
    /* The next batch may lie anywhere in time. */
    feed(seq, -1000, 0, 0, 1);
    feed(seq, -900, 0, 1, 1);
    assert_int_equal(s.matches, 2);
    vd_sequencer_free(seq);
}

static void oldest_goes_first(void **state)
{
    enum { N = 50000 };
    vd_sequence_spec specs[] = {{.roles = TWO, .n_stages = 2, .keyed = true, .maxspan = -1},
                                {.roles = TWO, .n_stages = 2, .keyed = true, .maxspan = 1 << 30},
                                {.roles = TWO, .n_stages = 2, .keyed = true, .maxspan = 1 << 29}};
    seen s;
    vd_sequencer *seq = make(specs, 3, 1 << 20, &s);
    for (uint64_t i = 0; i < N; i++) feed(seq, (int64_t)i, i % 3, 0, i);
    vd_sequence_stats st = vd_sequencer_stats(seq);
    assert_true(st.dropped > 0 && st.bytes_peak <= 1 << 20);
    assert_int_equal(st.pending + st.dropped, N);
    assert_true(st.pending > 8000); /* the cap is used: under 128 bytes each */
    for (uint64_t i = 0; i < N; i++) feed(seq, N + (int64_t)i, i % 3, 1, i);
    /* Just the oldest are missing; one more went, for the room that a candidate may need. */
    uint64_t dropped = vd_sequencer_stats(seq).dropped;
    assert_true(dropped <= st.dropped + 1);
    assert_int_equal(s.matches, N - dropped);
    assert_int_equal(s.lowest_key, dropped);
    vd_sequencer_free(seq);
    assert_int_equal(s.holds, s.releases);
}

/* Wherever the cap lies between two sizes of the table, growing does not pass it. */
static void growth_stays_below_the_cap(void **state)
{
    vd_sequence_spec spec = {.roles = TWO, .n_stages = 2, .keyed = true, .maxspan = -1};
    for (uint64_t cap = 100000; cap < 240000; cap += 2500) {
        seen s;
        vd_sequencer *seq = make(&spec, 1, cap, &s);
        for (uint64_t i = 0; i < 4000; i++) {
            feed(seq, (int64_t)i, 0, 0, i);
            assert_true(vd_sequencer_stats(seq).bytes <= cap);
        }
        assert_true(vd_sequencer_stats(seq).dropped > 0);
        vd_sequencer_free(seq);
    }
}

/* Memory that one kind of state has let go serves another. */
static void kinds_share_the_cap(void **state)
{
    uint8_t roles[100] = {0};
    vd_sequence_spec specs[] = {
        {.roles = ALL_MISSING, .n_stages = 6, .keyed = true, .maxspan = 1 << 30},
        {.roles = roles, .n_stages = 100, .keyed = true, .maxspan = -1}};
    seen s;
    vd_sequencer *seq = make(specs, 2, 256 << 10, &s);
    for (uint64_t i = 0; i < 20000; i++) feed(seq, (int64_t)i, 0, 0, i); /* cells without links */
    assert_true(vd_sequencer_stats(seq).dropped > 10000);
    for (uint64_t key = 0; key < 4; key++) /* few cells with many links: 300 KB of them in all */
        for (int i = 0; i < 120; i++)
            for (int st = i < 99 ? i : 99; st >= 0; st--)
                feed(seq, 20000 + (int64_t)key * 1000 + i, 1, (uint16_t)st, key);
    assert_int_equal(s.matches, 4 * 21);
    assert_true(vd_sequencer_stats(seq).bytes_peak <= 256 << 10);
    vd_sequencer_free(seq);
    assert_int_equal(s.holds, s.releases);
}

/* An until lets go of what it kills when its time is over, not at the next candidate. */
static void until_strikes_at_the_watermark(void **state)
{
    vd_sequence_spec spec = {.roles = THREE_UNTIL, .n_stages = 4, .maxspan = -1};
    seen s;
    vd_sequencer *seq = make(&spec, 1, 0, &s);
    feed(seq, 5, 0, 0, 1);
    feed(seq, 7, 0, 3, 1);
    vd_sequencer_flush(seq, 6);
    assert_int_equal(vd_sequencer_stats(seq).pending, 1);
    vd_sequencer_flush(seq, 7);
    assert_int_equal(vd_sequencer_stats(seq).pending, 0);
    assert_int_equal(s.releases, 1);
    vd_sequencer_free(seq);
}

/* Keys whose 32 bits of hash are the same: the two halves cancel each other. */
static void colliding_keys_are_apart(void **state)
{
    enum { N = 300 };
    vd_sequence_spec spec = {.roles = TWO, .n_stages = 2, .keyed = true, .maxspan = -1};
    seen s;
    vd_sequencer *seq = make(&spec, 1, 0, &s);
    for (int round = 0; round < 2; round++)
        for (uint64_t i = 0; i < N; i++) {
            uint64_t d = round ? i * 7 % N : i;
            vd_candidate c = cand(round * N + (int64_t)i, 0, (uint16_t)round, 0);
            c.key[0] = d << 32;
            c.key[1] = d;
            vd_sequencer_feed(seq, &c);
            assert_int_equal(vd_sequencer_stats(seq).pending, round ? N - 1 - i : i + 1);
        }
    assert_int_equal(s.matches, N);
    vd_sequencer_free(seq);
}

/* Random candidates of every kind under the smallest caps: the bound holds, every
 * event taken is let go. */
static void tiny_caps(void **state)
{
    static const uint8_t sample[] = {VD_STAGE_EVENT, VD_STAGE_EVENT, VD_STAGE_EVENT};
    uint8_t long_roles[VD_MAX_STAGES] = {0};
    vd_sequence_spec specs[] = {
        {.roles = ALL_MISSING, .n_stages = 6, .keyed = true, .maxspan = 3000},
        {.roles = THREE_UNTIL, .n_stages = 4, .keyed = true, .maxspan = -1},
        {.roles = sample, .n_stages = 3, .keyed = true, .sample = true, .maxspan = -1},
        {.roles = long_roles, .n_stages = VD_MAX_STAGES, .maxspan = 100},
        {.roles = ALL_MISSING + 1, .n_stages = 4, .keyed = true, .maxspan = 400}};
    unsigned seed = 11;
    for (uint64_t cap = 1; cap <= 64 << 10; cap = cap * 3 + 4096) {
        uint64_t bound = cap < 16 << 10 ? 16 << 10 : cap;
        seen s;
        vd_sequencer *seq = make(specs, 5, cap, &s);
        int64_t ts = 0;
        for (int i = 0; i < 60000; i++) {
            uint32_t rule = (uint32_t)rand_r(&seed) % 5;
            ts += rand_r(&seed) % 3 == 0;
            feed(seq, ts, rule, (uint16_t)((unsigned)rand_r(&seed) % specs[rule].n_stages),
                 rule == 3 ? 0 : (uint64_t)(rand_r(&seed) % 3000));
            if (rand_r(&seed) % 64 == 0) vd_sequencer_flush(seq, ts - 1);
            assert_true(vd_sequencer_stats(seq).bytes <= bound);
        }
        assert_true(vd_sequencer_stats(seq).bytes_peak <= bound);
        assert_true(vd_sequencer_stats(seq).dropped > 0 && s.matches > 0);
        if (cap % 2) vd_sequencer_flush(seq, INT64_MAX);
        vd_sequencer_free(seq);
        assert_int_equal(s.holds, s.releases);
    }
}

/* A batch of candidates of every kind that leaves thousands of cells behind. */
static void feed_batch(vd_sequencer *seq, const vd_sequence_spec *specs, unsigned seed)
{
    int64_t ts = seed % 2 ? 5000 : -90000;
    for (int i = 0; i < 60000; i++) {
        uint32_t rule = (uint32_t)rand_r(&seed) % 4;
        uint16_t stage = (uint16_t)((unsigned)rand_r(&seed) % specs[rule].n_stages);
        ts += rand_r(&seed) % 3 == 0;
        feed(seq, ts, rule, stage, (uint64_t)(rand_r(&seed) % 6000));
    }
}

static bool same_stats(vd_sequence_stats a, vd_sequence_stats b)
{
    return a.pending == b.pending && a.pending_peak == b.pending_peak && a.expired == b.expired &&
           a.dropped == b.dropped && a.matches == b.matches;
}

/* A batch's end lets go of everything at once where nobody asks to be told of events, and
 * one by one where somebody does: what is counted and found is the same, then and later. */
static void the_end_at_once_or_one_by_one(void **state)
{
    static const uint8_t gaps[] = {VD_STAGE_MISSING, VD_STAGE_EVENT, VD_STAGE_MISSING,
                                   VD_STAGE_EVENT, VD_STAGE_UNTIL};
    vd_sequence_spec specs[] = {{.roles = TWO, .n_stages = 2, .keyed = true, .maxspan = -1},
                                {.roles = THREE_UNTIL, .n_stages = 4, .keyed = true, .maxspan = 9000},
                                {.roles = gaps, .n_stages = 5, .keyed = true, .maxspan = 4000},
                                {.roles = TWO, .n_stages = 2, .keyed = true, .sample = true, .maxspan = -1}};
    seen s, t = {.lowest_key = UINT64_MAX};
    vd_sequencer *one_by_one = make(specs, 4, 0, &s);
    vd_sequencer *at_once = vd_sequencer_new(&(vd_sequence_config){
        .specs = specs, .n_specs = 4, .found = on_found, .ctx = &t});
    for (unsigned batch = 1; batch <= 3; batch++) {
        feed_batch(one_by_one, specs, batch);
        feed_batch(at_once, specs, batch);
        assert_false(vd_age_may_clear(one_by_one));
        assert_true(vd_age_may_clear(at_once));
        vd_sequencer_flush(one_by_one, INT64_MAX);
        vd_sequencer_flush(at_once, INT64_MAX);
        assert_true(same_stats(vd_sequencer_stats(one_by_one), vd_sequencer_stats(at_once)));
        assert_int_equal(vd_sequencer_stats(at_once).pending, 0);
        assert_true(vd_sequencer_stats(at_once).bytes < MB / 4);
        assert_true(s.matches > 1000 && s.matches == t.matches && s.lowest_key == t.lowest_key);
    }
    assert_true(vd_sequencer_stats(at_once).expired > 1000);
    vd_sequencer_free(one_by_one);
    vd_sequencer_free(at_once);
}

/* A result that is held has to be told at the end: then nothing is let go at once. */
static void held_results_are_told_at_the_end(void **state)
{
    enum { N = 1000 };
    static const uint8_t trailing[] = {VD_STAGE_EVENT, VD_STAGE_MISSING};
    vd_sequence_spec specs[] = {{.roles = TWO, .n_stages = 2, .keyed = true, .maxspan = 1 << 20},
                                {.roles = trailing, .n_stages = 2, .keyed = true, .maxspan = 1 << 20}};
    seen s = {.lowest_key = UINT64_MAX};
    vd_sequencer *seq = vd_sequencer_new(&(vd_sequence_config){
        .specs = specs, .n_specs = 2, .found = on_found, .ctx = &s});
    for (uint64_t i = 0; i < N; i++) feed(seq, (int64_t)i, 0, 0, i);
    assert_true(vd_age_may_clear(seq));
    feed(seq, N, 1, 0, 5);
    assert_false(vd_age_may_clear(seq));
    assert_int_equal(s.matches, 0);
    vd_sequencer_flush(seq, INT64_MAX);
    assert_int_equal(s.matches, 1);
    assert_int_equal(vd_sequencer_stats(seq).expired, N);
    vd_sequencer_free(seq);
}

/* Once warm, feeding takes nothing from the system. */
static void steady_state(void **state)
{
    enum { KEYS = 1000, N = 3000000 };
    vd_sequence_spec spec = {.roles = THREE_UNTIL, .n_stages = 4, .keyed = true, .maxspan = 5000};
    seen s;
    vd_sequencer *seq = make(&spec, 1, 0, &s);
    uint64_t bytes = 0, x = 88172645463325252u;
    double t0 = 0;
    for (int i = 0; i < N; i++) {
        if (i == N / 3) {
            bytes = vd_sequencer_stats(seq).bytes;
            t0 = now_ns();
        }
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        uint16_t stage = (uint16_t)((x >> 40) % 16);
        feed(seq, i / 4, 0, stage > 3 ? stage % 3 : stage, (x >> 20) % KEYS);
        if (i % 1024 == 0) vd_sequencer_flush(seq, i / 4 - 1);
    }
    print_message("feed with %d keys: %.0f ns\n", KEYS, (now_ns() - t0) / (N - N / 3));
    assert_int_equal(vd_sequencer_stats(seq).bytes, bytes);
    assert_true(s.matches > 1000);
    vd_sequencer_free(seq);
    assert_int_equal(s.holds, s.releases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(million_partials),
        cmocka_unit_test(expiry),
        cmocka_unit_test(oldest_goes_first),
        cmocka_unit_test(growth_stays_below_the_cap),
        cmocka_unit_test(kinds_share_the_cap),
        cmocka_unit_test(until_strikes_at_the_watermark),
        cmocka_unit_test(colliding_keys_are_apart),
        cmocka_unit_test(tiny_caps),
        cmocka_unit_test(the_end_at_once_or_one_by_one),
        cmocka_unit_test(held_results_are_told_at_the_end),
        cmocka_unit_test(steady_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
