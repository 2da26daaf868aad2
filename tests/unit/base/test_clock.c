#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/clock.h"
#include "base/wait.h"

static int64_t parsed(const char *s)
{
    int64_t ms = VD_TIME_NONE;
    vd_time_parse(vd_str_from(s), &ms);
    return ms;
}

static void times_are_read_as_elasticsearch_reads_them(void **state)
{
    assert_int_equal(parsed("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(parsed("2022-04-04T18:52:00.6007809Z"), 1649098320600);
    assert_int_equal(parsed("2022-04-04T20:52:00.600+02:00"), 1649098320600);
    assert_int_equal(parsed("2022-04-04T20:52:00.600+0200"), 1649098320600);
    assert_int_equal(parsed("2022-04-04"), 1649030400000);
    assert_int_equal(parsed("2022-04"), 1648771200000);
    assert_int_equal(parsed("2022"), 1640995200000);
    assert_int_equal(parsed("1969-12-31T23:59:59.999Z"), -1);
    assert_int_equal(parsed("1649098320600"), 1649098320600);
    assert_int_equal(parsed("-5"), -5);
    assert_int_equal(parsed("1"), 1);
    assert_int_equal(parsed("2024-02-29T00:00:00"), 1709164800000);
}

static void what_is_no_time_is_refused(void **state)
{
    const char *bad[] = {"", "x", "2022-13-01", "2023-02-29", "2022-04-04T25:00:00Z",
                         "2022-04-04 18:52:00", "2022-04-04T18:52:00.Z", "2022-04-04T18:52:00+99:00",
                         "2022-04-04T18:52:00Zjunk", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ms;
        if (vd_time_parse(vd_str_from(bad[i]), &ms)) fail_msg("taken as a time: %s", bad[i]);
    }
}

static void printing_and_reading_agree(void **state)
{
    char out[40];
    for (int64_t ms = -62135596800000; ms < 253402300800000; ms += 86399999 * 977ll) {
        vd_time_format(ms, out);
        assert_int_equal(parsed(out), ms);
        vd_time_format_zone(ms, -210, out);
        assert_int_equal(parsed(out), ms);
    }
    assert_int_equal(vd_time_format(1649098320600, out), 24);
    assert_string_equal(out, "2022-04-04T18:52:00.600Z");
    vd_time_format_zone(0, 120, out);
    assert_string_equal(out, "1970-01-01T02:00:00.000+02:00");
}

static int64_t math(const char *s, bool up)
{
    int64_t ms = VD_TIME_NONE;
    vd_err err;
    if (vd_time_math(vd_str_from(s), 1649098320600, up, &ms, &err)) return VD_TIME_NONE;
    return ms;
}

static void date_math_moves_and_rounds(void **state)
{
    assert_int_equal(math("now", false), 1649098320600);
    assert_int_equal(math("now-9m", false), 1649098320600 - 540000);
    assert_int_equal(math("now-1d/d", false), parsed("2022-04-03"));
    assert_int_equal(math("now/d", true), parsed("2022-04-05") - 1);
    assert_int_equal(math("now/w", false), parsed("2022-04-04"));
    assert_int_equal(math("now/y", false), parsed("2022-01-01"));
    assert_int_equal(math("2022-01-31||+1M", false), parsed("2022-02-28"));
    assert_int_equal(math("2022-01-31T10:00:00Z", false), parsed("2022-01-31T10:00:00Z"));
    assert_int_equal(math("now-9x", false), VD_TIME_NONE);
    assert_int_equal(math("yesterday", false), VD_TIME_NONE);
}

static void durations_read_and_print(void **state)
{
    int64_t ms = 0;
    char out[48];
    assert_true(vd_duration_parse(VD_STR("5m"), &ms));
    assert_int_equal(ms, 300000);
    assert_false(vd_duration_parse(VD_STR("5"), &ms));
    assert_false(vd_duration_parse(VD_STR("m"), &ms));
    assert_false(vd_duration_parse(VD_STR("5w"), &ms));
    vd_duration_format(90000, out);
    assert_string_equal(out, "1m 30s");
    vd_duration_format(0, out);
    assert_string_equal(out, "0ms");
    vd_duration_format(-250, out);
    assert_string_equal(out, "-250ms");
}

static int64_t ns_of(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

static void waits_end_by_the_steady_clock(void **state)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond;
    int64_t before = vd_mono_ns();
    struct timespec far = vd_wait_until(123456);
    assert_true(far.tv_nsec >= 0 && far.tv_nsec < 1000000000);
    assert_in_range(ns_of(far) - before, 123456000000, 133456000000);
    assert_in_range(ns_of(vd_wait_until(-5)) - before, 0, 10000000000);
    vd_cond_init(&cond);
    struct timespec soon = vd_wait_until(20);
    pthread_mutex_lock(&lock);
    assert_int_equal(pthread_cond_timedwait(&cond, &lock, &soon), ETIMEDOUT);
    pthread_mutex_unlock(&lock);
    assert_true(vd_mono_ns() >= ns_of(soon));
    vd_sleep_ms(5);
    assert_true(vd_mono_ns() >= ns_of(soon) + 5000000);
    pthread_cond_destroy(&cond);
}

static void a_thread_knows_its_own_time(void **state)
{
    int64_t cpu = vd_thread_cpu_ns();
    vd_sleep_ms(50);
    assert_in_range(vd_thread_cpu_ns() - cpu, 0, 40000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_read_as_elasticsearch_reads_them),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(printing_and_reading_agree),
        cmocka_unit_test(date_math_moves_and_rounds),
        cmocka_unit_test(durations_read_and_print),
        cmocka_unit_test(waits_end_by_the_steady_clock),
        cmocka_unit_test(a_thread_knows_its_own_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
