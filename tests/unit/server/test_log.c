/* server/log.c - a line is JSON whatever stands in it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/json.h"
#include "server/log.h"

static char got[64 << 10];
static size_t n_got;

/* Standard error goes to a file while `work` runs. */
static void capture(void (*work)(void))
{
    FILE *f = tmpfile();
    int old = dup(STDERR_FILENO);
    assert_non_null(f);
    assert_true(dup2(fileno(f), STDERR_FILENO) >= 0);
    work();
    assert_true(dup2(old, STDERR_FILENO) >= 0);
    close(old);
    rewind(f);
    n_got = fread(got, 1, sizeof got - 1, f);
    got[n_got] = 0;
    fclose(f);
}

static vd_json *only_line(void)
{
    vd_json *v;
    vd_err err = {0};
    assert_true(n_got > 0 && got[n_got - 1] == '\n');
    assert_ptr_equal(memchr(got, '\n', n_got), got + n_got - 1);
    assert_int_equal(vd_json_parse((vd_str){got, n_got}, &v, &err), 0);
    return v;
}

static void is(const vd_json *v, const char *name, const char *want)
{
    vd_str s = vd_json_str(vd_json_get(v, name));
    assert_int_equal(s.n, strlen(want));
    assert_memory_equal(s.p, want, s.n);
}

static void usual(void)
{
    vd_log(VD_LOG_WARN, "store.seal", "a block", "vedette.index", "logs-x", "error.message", "no \"space\"",
           (const char *)NULL);
}

static void test_a_line(void **state)
{
    vd_log_setup(VD_LOG_INFO, false);
    capture(usual);
    vd_json *v = only_line();
    is(v, "log.level", "warn");
    is(v, "message", "a block");
    is(v, "event.action", "store.seal");
    is(v, "vedette.index", "logs-x");
    is(v, "error.message", "no \"space\"");
    assert_int_equal(vd_json_str(vd_json_get(v, "@timestamp")).n, 24);
    vd_json_free(v);
}

static void hostile(void)
{
    vd_log(VD_LOG_ERROR, "x", "a\nb\x1b[31m\r\t\x7f\xc2\x9b\xe2\x80\xae\xff\xc3", "n", "\\\"\x01", (const char *)NULL);
}

static void no_control_bytes(void)
{
    for (size_t i = 0; i + 1 < n_got; i++)
        assert_true((unsigned char)got[i] >= 0x20 && got[i] != 0x7f);
    assert_null(strstr(got, "\xc2\x9b"));     /* CSI as one character */
    assert_null(strstr(got, "\xe2\x80\xae")); /* right to left from here */
}

static void test_hostile_text(void **state)
{
    vd_log_setup(VD_LOG_INFO, false);
    capture(hostile);
    no_control_bytes();
    vd_json *v = only_line();
    is(v, "message", "a\nb\x1b[31m\r\t\x7f\xc2\x9b\xe2\x80\xae\xef\xbf\xbd\xef\xbf\xbd");
    is(v, "n", "\\\"\x01");
    vd_json_free(v);
    vd_log_setup(VD_LOG_INFO, true);
    capture(hostile);
    no_control_bytes();
    assert_int_equal(got[n_got - 1], '\n');
    assert_non_null(strstr(got, " error a\\u000ab\\u001b[31m"));
    assert_non_null(strstr(got, " n=\"\\\\\\\"\\u0001\""));
}

static char long_value[5000];

static void endless(void)
{
    vd_log(VD_LOG_INFO, "x", long_value, "a", long_value, "b", long_value, "c", long_value, "d", long_value, "e",
           long_value, "f", long_value, "g", long_value, "h", long_value, "i", long_value, (const char *)NULL);
}

/* Whatever it is made of, what was cut is a line and JSON. */
static void test_long_values(void **state)
{
    static const char *const unit[] = {"x", "\"", "\x01", "\xff", "\xc3\xa4", "\xf0\x9f\x98\x80", "\\x"};
    vd_log_setup(VD_LOG_INFO, false);
    for (size_t u = 0; u < sizeof unit / sizeof *unit; u++) {
        for (size_t shift = 0; shift < 12; shift++) {
            size_t n = shift;
            memset(long_value, 'y', shift);
            while (n + 4 < sizeof long_value) {
                memcpy(long_value + n, unit[u], strlen(unit[u]));
                n += strlen(unit[u]);
            }
            long_value[n] = 0;
            capture(endless);
            assert_true(n_got <= 8192);
            vd_json_free(only_line());
        }
    }
}

static void several(void)
{
    vd_logf(VD_LOG_DEBUG, "x", "not %s", "this");
    vd_logf(VD_LOG_INFO, "x", "nor %s", "this");
    vd_logf(VD_LOG_WARN, "x", "but %s %d", "this", 7);
}

static void test_levels(void **state)
{
    vd_log_setup(VD_LOG_WARN, false);
    capture(several);
    vd_json *v = only_line();
    is(v, "message", "but this 7");
    vd_json_free(v);
    vd_log_setup(VD_LOG_DEBUG, true);
    capture(several);
    assert_non_null(strstr(got, " debug not this\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line),
        cmocka_unit_test(test_hostile_text),
        cmocka_unit_test(test_long_values),
        cmocka_unit_test(test_levels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
