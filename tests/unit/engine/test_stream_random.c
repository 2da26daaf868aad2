/* Random events, out of order within the lateness and in random blocks: the stream finds, but
 * for what it says is superseded, what one batch run over all of them finds. */
#include "stream_harness.h"

#define LATENESS 10000

static const char *const queries[] = {
    "pair", "sequence by k with maxspan=5s [a where true] [b where true]",
    "three", "sequence by k with maxspan=5s [a where true] [b where true] [c where true]",
    "keyless", "sequence with maxspan=3s [a where true] [b where true] [a where true]",
    "until", "sequence by k with maxspan=5s [a where true] [b where true] [c where true] until [u where true]",
    "any", "sequence by k with maxspan=4s [any where true] [any where true]",
    "runs", "sequence by k with maxspan=8s [a where true] with runs=3 [b where true]",
    "null", "sequence by ?k with maxspan=4s [a where true] [any where true] [b where true]",
    "anyruns", "sequence with maxspan=2s [any where true] with runs=3 until [u where true]",
    "long", "sequence by k with maxspan=2m [a where true] [c where true] [b where true]",
    "middle", "sequence by k with maxspan=5s [a where true] ![m where true] [b where true]",
    "trailing", "sequence by k with maxspan=5s [a where true] [b where true] ![m where true]",
    "leading", "sequence by k with maxspan=5s ![m where true] [a where true] [b where true]",
    "both", "sequence with maxspan=5s ![m where true] [a where true] ![m where true]",
    "missuntil", "sequence by k with maxspan=6s [a where true] ![m where true] [b where true] until [u where true]",
    "single", "any where k == \\\"x\\\" and event.category == \\\"c\\\"",
};
#define N_RULES (sizeof queries / sizeof *queries / 2)

static uint64_t state;

static uint64_t draw(uint64_t n)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

typedef struct drawn {
    int64_t ts, arrival;
    char category;
    char key[8];
} drawn;

static int by_arrival(const void *a, const void *b)
{
    const drawn *x = a, *y = b;
    return (x->arrival > y->arrival) - (x->arrival < y->arrival);
}

static size_t draw_events(drawn *v)
{
    size_t n = 10 + draw(120);
    int64_t ts = 1000000, gap = 1 + (int64_t)draw(1500), late = draw(3) ? (int64_t)draw(LATENESS) + 1 : 1;
    for (size_t i = 0; i < n; i++) {
        static const char *const keys[] = {"x", "x", "x", "y", "x,y", "", "z"};
        ts += (int64_t)draw((uint64_t)gap);
        v[i] = (drawn){.ts = ts,
                       .arrival = ts + (draw(3) ? 0 : (int64_t)draw((uint64_t)late)),
                       .category = "aabbccmu"[draw(8)]};
        snprintf(v[i].key, sizeof v[i].key, "%s", keys[draw(7)]);
    }
    qsort(v, n, sizeof *v, by_arrival);
    return n;
}

typedef struct texts {
    char v[MOST_FOUND][96];
    size_t n;
} texts;

static int by_text(const void *a, const void *b) { return strcmp(a, b); }

/* Several keys of the same events are one alert. */
static void only_different(texts *t)
{
    size_t n = 0;
    qsort(t->v, t->n, sizeof *t->v, by_text);
    for (size_t i = 0; i < t->n; i++)
        if (i == 0 || strcmp(t->v[i], t->v[n - 1]) != 0) memmove(t->v[n++], t->v[i], 96);
    t->n = n;
}

static void on_batch(void *ctx, const vd_finding *f)
{
    texts *t = ctx;
    assert_true(t->n < MOST_FOUND);
    describe(f, t->v[t->n++]);
}

static int read_numbered(void *ctx, uint64_t seq, vd_arena *a, vd_str *line, vd_err *err)
{
    return read_document(ctx, seq, a, line, err);
}

static void run_batch(world *w, texts *t)
{
    vd_err err = {0};
    vd_engine *e = vd_engine_new(&(vd_engine_config){.plan = w->plan,
                                                     .since = VD_TIME_NONE,
                                                     .until = VD_TIME_NONE,
                                                     .size = -1,
                                                     .found = on_batch,
                                                     .ctx = t},
                                 &err);
    uint32_t source = vd_engine_source(e, &(vd_engine_input){.fd = -1, .read = read_numbered, .ctx = w});
    char *text = calloc(512, MOST_EVENTS), *at = text;
    uint64_t numbers[MOST_EVENTS];
    for (uint64_t i = 1; i <= w->n; i++) {
        at += sprintf(at, "%s\n", w->documents[i]);
        numbers[i - 1] = i;
    }
    vd_engine_feed(e, 0,
                   &(vd_block){.source = source,
                               .text = text,
                               .n = (size_t)(at - text),
                               .line = 1,
                               .lines = true,
                               .ordinals = numbers});
    assert_int_equal(vd_engine_finish(e, &err), 0);
    vd_engine_free(e);
    free(text);
    only_different(t);
}

static void take_stream(const world *w, texts *t)
{
    for (size_t i = 0; i < w->n_found; i++)
        if (!w->found[i].superseded) memcpy(t->v[t->n++], w->found[i].text, 96);
    only_different(t);
}

static void compare(const texts *want, const texts *got, uint64_t seed)
{
    size_t i = 0, k = 0;
    while (i < want->n || k < got->n) {
        int c = i == want->n ? 1 : k == got->n ? -1 : strcmp(want->v[i], got->v[k]);
        if (c < 0) fail_msg("seed %llu: not found: %s", (unsigned long long)seed, want->v[i]);
        if (c > 0) fail_msg("seed %llu: found too much: %s", (unsigned long long)seed, got->v[k]);
        i++;
        k++;
    }
}

/* The same rules in a new stream that takes over from the old. */
static void change_plan(world *w)
{
    vd_err err = {0};
    bool fresh[N_RULES];
    vd_stream *s = new_stream(w, w->plan);
    assert_int_equal(vd_stream_adopt(s, w->stream, fresh, &err), 0);
    for (size_t i = 0; i < N_RULES; i++) assert_false(fresh[i]);
    vd_stream_free(w->stream);
    w->stream = s;
}

/* What all blocks so far left to be kept. */
static char kept[1 << 20];
static size_t n_kept;

/* Another process begins where this one ended. */
static void begin_again(world *w)
{
    vd_err err = {0};
    vd_stream *s = new_stream(w, w->plan);
    if (vd_stream_resume(s, (vd_str){kept, n_kept}, &err)) fail_msg("%s", err.msg);
    assert_int_equal(vd_stream_stats_of(s).clock, vd_stream_stats_of(w->stream).clock);
    vd_stream_free(w->stream);
    w->stream = s;
}

static void keep_candidates(const world *w)
{
    vd_str c = vd_stream_candidates(w->stream);
    assert_true(n_kept + c.n <= sizeof kept);
    memcpy(kept + n_kept, c.p, c.n);
    n_kept += c.n;
}

typedef enum change { NO_CHANGE, OTHER_PLAN, OTHER_PROCESS } change;

static void feed_blocks(world *w, const drawn *v, size_t n, change what)
{
    n_kept = 0;
    bool wall = draw(2);
    uint64_t most = 1 + draw(12);
    for (size_t i = 0; i < n;) {
        uint64_t first = w->n + 1, size = 1 + draw(most);
        int64_t now = wall ? v[i].arrival : INT64_C(4000000000000);
        for (; i < n && size-- && v[i].arrival < v[first - 1].arrival + LATENESS; i++)
            add_document(w, v[i].ts, v[i].category, v[i].key, strlen(v[i].key));
        feed_from(w, first, now);
        keep_candidates(w);
        if (what == OTHER_PLAN && !draw(10)) change_plan(w);
        if (what == OTHER_PROCESS && !draw(10)) begin_again(w);
    }
    if (draw(2)) tick(w, INT64_C(4000000000000) + 3600000);
    else assert_int_equal(vd_stream_end(w->stream, &(vd_err){0}), 0);
}

typedef struct totals {
    uint64_t found, superseded, late, windows;
} totals;

static void round_of(uint64_t seed, change what, totals *sum)
{
    static drawn v[MOST_EVENTS];
    static texts want, got;
    state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    for (int i = 0; i < 4; i++) draw(2);
    size_t n = draw_events(v);
    static world one;
    world *w = &one;
    vd_plan *plan = w->plan ? w->plan : plan_of(queries, N_RULES);
    memset(w, 0, sizeof *w);
    w->plan = plan;
    w->lateness = LATENESS;
    w->records = draw(2) ? 1 + (uint32_t)draw(4) : 0;
    w->budget = draw(3) ? 0 : 1 + draw(40);
    w->stream = new_stream(w, plan);
    feed_blocks(w, v, n, what);
    want.n = got.n = 0;
    run_batch(w, &want);
    take_stream(w, &got);
    compare(&want, &got, seed);
    vd_stream_stats st = vd_stream_stats_of(w->stream);
    assert_int_equal(st.too_late, 0);
    sum->found += want.n;
    sum->superseded += st.superseded;
    sum->late += st.late;
    vd_stream_free(w->stream);
    for (size_t i = 0; i < MOST_EVENTS; i++) free(w->documents[i]);
}

static void many(change what)
{
    const char *rounds = getenv("VD_ROUNDS"), *first = getenv("VD_SEED");
    uint64_t n = rounds ? strtoull(rounds, NULL, 10) : 200, from = first ? strtoull(first, NULL, 10) : 1;
    totals sum = {0};
    for (uint64_t seed = from; seed < from + n; seed++) round_of(seed, what, &sum);
    if (!first) {
        assert_true(sum.found > 10 * n && sum.late > n);
        assert_true(sum.superseded > n / 10);
    }
}

static void stream_finds_what_a_batch_finds(void **unused)
{
    (void)unused;
    many(NO_CHANGE);
}

static void also_when_streams_take_over_from_each_other(void **unused)
{
    (void)unused;
    many(OTHER_PLAN);
}

static void also_when_they_resume_from_candidates(void **unused)
{
    (void)unused;
    many(OTHER_PROCESS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stream_finds_what_a_batch_finds),
        cmocka_unit_test(also_when_streams_take_over_from_each_other),
        cmocka_unit_test(also_when_they_resume_from_candidates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
