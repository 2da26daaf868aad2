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
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
