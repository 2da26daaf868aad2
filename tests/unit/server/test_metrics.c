/* server/metrics.c - Prometheus' text format */
#include <math.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "server/metrics.h"

static const char *text(vd_text_out *out)
{
    *vd_vec_push(&out->v) = 0;
    out->v.n--;
    return out->v.v;
}

static void test_numbers(void **state)
{
    vd_text_out out = {0};
    vd_metric_head(&out, "a_total", "counter", "What it counts.");
    vd_metric(&out, "a_total", NULL, 9007199254740991.0 - 1e15);
    vd_metric(&out, "a_total", "x=\"y\"", 0.5);
    vd_metric(&out, "b", "", -3);
    vd_metric(&out, "b", NULL, INFINITY);
    vd_metric(&out, "b", NULL, NAN);
    assert_string_equal(text(&out), "# HELP a_total What it counts.\n# TYPE a_total counter\n"
                                    "a_total 8007199254740991\na_total{x=\"y\"} 0.5\nb -3\nb +Inf\nb NaN\n");
    vd_vec_free(&out.v);
}

static void label_is(vd_str value, size_t size, const char *want)
{
    char label[64];
    memset(label, '#', sizeof label);
    vd_metric_label(label, size, "rule", value);
    assert_string_equal(label, want);
    for (size_t i = size; i < sizeof label; i++)
        assert_int_equal(label[i], '#');
}

static void test_labels(void **state)
{
    label_is(VD_STR("a b"), 64, "rule=\"a b\"");
    label_is(VD_STR("a\"b\\c\nd\x01\xff"), 64, "rule=\"a\\\"b\\\\c\\nd \xef\xbf\xbd\"");
    label_is(VD_STR(""), 64, "rule=\"\"");
    /* Cut where it still is a label: never inside an escape or a character. */
    label_is(VD_STR("abcdef"), 12, "rule=\"abcd\"");
    label_is(VD_STR("abc\"def"), 11, "rule=\"abc\"");
    label_is(VD_STR("abc\xc3\xa4"), 11, "rule=\"abc\"");
    label_is(VD_STR("abc"), 8, "rule=\"\"");
    label_is(VD_STR("abc"), 7, "");
    label_is(VD_STR("abc"), 1, "");
}

static void test_histogram(void **state)
{
    vd_histogram *h = vd_histogram_new();
    vd_text_out out = {0};
    assert_int_equal(vd_histogram_at(h, 0.99), 0);
    for (int i = 0; i < 98; i++)
        vd_histogram_add(h, 90000);
    vd_histogram_add(h, 2000000);
    vd_histogram_add(h, 60000000000);
    vd_histogram_add(h, -5);
    assert_int_equal(vd_histogram_at(h, 0.5), 100000);
    assert_int_equal(vd_histogram_at(h, 0.99), 2500000);
    assert_int_equal(vd_histogram_at(h, 1), INT64_MAX);
    vd_histogram_print(&out, h, "t_seconds", "route=\"x\"");
    const char *s = text(&out);
    assert_non_null(strstr(s, "t_seconds_bucket{route=\"x\",le=\"0.0001\"} 99\n"));
    assert_non_null(strstr(s, "t_seconds_bucket{route=\"x\",le=\"0.0025\"} 100\n"));
    assert_non_null(strstr(s, "t_seconds_bucket{route=\"x\",le=\"30\"} 100\n"));
    assert_non_null(strstr(s, "t_seconds_bucket{route=\"x\",le=\"+Inf\"} 101\n"));
    assert_non_null(strstr(s, "t_seconds_sum{route=\"x\"} 60.01082\n"));
    assert_non_null(strstr(s, "t_seconds_count{route=\"x\"} 101\n"));
    out.v.n = 0;
    vd_histogram_print(&out, h, "t_seconds", NULL);
    s = text(&out);
    assert_non_null(strstr(s, "t_seconds_bucket{le=\"0.0001\"} 99\n"));
    assert_non_null(strstr(s, "t_seconds_count 101\n"));
    vd_vec_free(&out.v);
    vd_histogram_free(h);
}

static void *count(void *arg)
{
    for (int i = 0; i < 20000; i++)
        vd_histogram_add(arg, i % 2 ? 50000 : 3000000);
    return NULL;
}

static void test_from_many_threads(void **state)
{
    vd_histogram *h = vd_histogram_new(), *sum = vd_histogram_new();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count, h), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    vd_text_out out = {0};
    vd_histogram_merge(sum, h);
    vd_histogram_merge(sum, h);
    vd_histogram_print(&out, sum, "t", NULL);
    assert_non_null(strstr(text(&out), "t_count 160000\n"));
    assert_non_null(strstr(text(&out), "t_bucket{le=\"0.0001\"} 80000\n"));
    vd_vec_free(&out.v);
    vd_histogram_free(h);
    vd_histogram_free(sum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_labels),
        cmocka_unit_test(test_histogram),
        cmocka_unit_test(test_from_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
