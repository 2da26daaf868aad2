/* engine/kept: documents come back while they are of use, and room is given back after. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "engine/kept.h"

/* Document `seq`: none is a prefix of another, and zstd makes little of it. */
static vd_str document(uint64_t seq, char buf[600])
{
    int n = snprintf(buf, 600, "{\"n\":%llu,\"noise\":\"", (unsigned long long)seq);
    uint64_t x = seq * 0x9e3779b97f4a7c15u + 1;
    for (int i = 0; i < 500; i++, n++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        buf[n] = (char)('!' + 2 + x % 57);
    }
    n += snprintf(buf + n, 600 - (size_t)n, "\"}");
    return (vd_str){buf, (size_t)n};
}

static void put(vd_kept *k, uint64_t seq, int64_t until)
{
    char buf[600];
    vd_err err = {0};
    assert_int_equal(vd_kept_put(k, seq, (uint32_t)(seq % 3), document(seq, buf), until, &err), 0);
}

static int get(vd_kept *k, uint64_t seq)
{
    char buf[600];
    vd_arena a;
    vd_str json, want = document(seq, buf);
    vd_err err = {0};
    uint32_t source = 99;
    vd_arena_init(&a, 0);
    int code = vd_kept_get(k, seq, &a, &json, &err);
    assert_int_equal(vd_kept_source(k, seq, &source), code == 0);
    if (!code) {
        assert_int_equal(source, seq % 3);
        assert_int_equal(json.n, want.n);
        assert_memory_equal(json.p, want.p, want.n);
        for (size_t i = 0; i < VD_PADDING; i++)
            assert_int_equal(json.p[json.n + i], 0);
    }
    vd_arena_fini(&a);
    return code;
}

static void come_back(void **state)
{
    vd_kept *k = vd_kept_new(0);
    for (uint64_t seq = 10; seq < 3000; seq += 7)
        put(k, seq, 1000);
    for (uint64_t seq = 10; seq < 3000; seq += 7) {
        assert_int_equal(get(k, seq), 0);
        assert_int_equal(get(k, seq + 1), VD_LIMIT);
    }
    assert_int_equal(get(k, 9), VD_LIMIT);
    assert_int_equal(get(k, 1000000), VD_LIMIT);
    put(k, 3000, 1000); /* after reading */
    assert_int_equal(get(k, 3000), 0);
    assert_int_equal(vd_kept_stats_of(k).documents, 429);
    vd_kept_free(k);
    vd_kept_free(NULL);
}

static void nothing_kept(void **state)
{
    vd_kept *k = vd_kept_new(0);
    assert_int_equal(get(k, 1), VD_LIMIT);
    vd_kept_expire(k, 5);
    assert_int_equal(vd_kept_stats_of(k).bytes, 0);
    vd_kept_free(k);
}

/* Past the bound the oldest go, and are counted; the newest stay, and so does the bound. */
static void bounded(void **state)
{
    const uint64_t max = 1 << 20;
    vd_kept *k = vd_kept_new(max);
    for (uint64_t seq = 1; seq <= 10000; seq++) {
        put(k, seq, INT64_MAX);
        assert_in_range(vd_kept_stats_of(k).bytes, 1, max);
    }
    vd_kept_stats st = vd_kept_stats_of(k);
    assert_int_equal(st.documents + st.dropped, 10000);
    assert_in_range(st.documents, 1500, 9000);
    assert_int_equal(get(k, 10000), 0);
    assert_int_equal(get(k, 10000 - st.documents + 1), 0);
    assert_int_equal(get(k, 10000 - st.documents), VD_LIMIT);
    vd_kept_free(k);
}

/* One document that is larger than the bound is there until the next. */
static void larger_than_the_bound(void **state)
{
    vd_kept *k = vd_kept_new(100);
    put(k, 1, 5);
    assert_int_equal(get(k, 1), 0);
    put(k, 2, 5);
    assert_int_equal(get(k, 1), VD_LIMIT);
    assert_int_equal(get(k, 2), 0);
    assert_int_equal(vd_kept_stats_of(k).dropped, 1);
    vd_kept_free(k);
}

static void given_up_with_the_horizon(void **state)
{
    vd_kept *k = vd_kept_new(1 << 20);
    for (uint64_t seq = 1; seq <= 1000; seq++)
        put(k, seq, (int64_t)seq * 10);
    uint64_t all = vd_kept_stats_of(k).bytes;
    vd_kept_expire(k, VD_TIME_NONE); /* nothing came yet */
    vd_kept_expire(k, 10);
    assert_int_equal(vd_kept_stats_of(k).documents, 1000);
    vd_kept_expire(k, 5000);
    vd_kept_stats st = vd_kept_stats_of(k);
    assert_in_range(st.documents, 501, 560); /* whole files */
    assert_in_range(st.bytes, all / 2, all * 6 / 10);
    assert_int_equal(st.dropped, 0);
    assert_int_equal(get(k, 500), 0); /* is passed when it is behind */
    assert_int_equal(get(k, 1000), 0);
    assert_int_equal(get(k, 1), VD_LIMIT);
    vd_kept_expire(k, 10001);
    st = vd_kept_stats_of(k);
    assert_int_equal(st.documents, 0);
    assert_int_equal(st.bytes, 0);
    put(k, 1001, 20000);
    assert_int_equal(get(k, 1001), 0);
    vd_kept_free(k);
}

/* No room for the file: an error, not the end. */
static void no_room(void **state)
{
    char buf[600];
    vd_err err = {0};
    int code = 0;
    setenv("TMPDIR", "/nonexistent", 1);
    vd_kept *k = vd_kept_new(0);
    for (uint64_t seq = 1; seq < 2000 && !code; seq++)
        code = vd_kept_put(k, seq, 0, document(seq, buf), 5, &err);
    assert_int_equal(code, VD_IO);
    assert_non_null(strstr(err.msg, "TMPDIR"));
    unsetenv("TMPDIR");
    vd_kept_free(k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(come_back),
        cmocka_unit_test(nothing_kept),
        cmocka_unit_test(bounded),
        cmocka_unit_test(larger_than_the_bound),
        cmocka_unit_test(given_up_with_the_horizon),
        cmocka_unit_test(no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
