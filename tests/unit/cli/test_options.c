/* cli/: options, and what is near a wrong one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "cli/cli.h"

static vd_options o;

#define PARSE(command, ...)                                                                        \
    parse(command, sizeof((char *[]){__VA_ARGS__}) / sizeof(char *), (char *[]){__VA_ARGS__})

static int parse(unsigned command, size_t n, char **argv)
{
    vd_options_fini(&o);
    vd_options_init(&o, command);
    return vd_options_parse(&o, (int)n, argv);
}

static void test_forms_of_options(void **state)
{
    assert_int_equal(PARSE(VD_CMD_RUN, "-r", "a", "--rules=b", "-rc", "-qf", "matches", "x", "--", "-y"), 0);
    assert_int_equal(o.rules.n, 3);
    assert_string_equal(o.rules.v[0], "a");
    assert_string_equal(o.rules.v[1], "b");
    assert_string_equal(o.rules.v[2], "c");
    assert_true(o.quiet);
    assert_string_equal(o.format, "matches");
    assert_int_equal(o.operands.n, 2);
    assert_string_equal(o.operands.v[1], "-y");
    assert_int_equal(PARSE(VD_CMD_RUN, "-"), 0);
    assert_string_equal(o.operands.v[0], "-");
}

static void test_numbers_and_sizes(void **state)
{
    assert_int_equal(PARSE(VD_CMD_SEARCH, "--size", "0", "--max-line", "64k", "--max-state=2GiB"), 0);
    assert_int_equal(o.size, 0);
    assert_int_equal(o.max_line, 65536);
    assert_int_equal(o.max_state, 2ll << 30);
    assert_int_equal(PARSE(VD_CMD_SEARCH, "--max-line", "17"), 0);
    assert_int_equal(o.max_line, 17);
    char *const bad[] = {"x", "-1", "1x", "", "99999999999999999999", " 1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_int_equal(PARSE(VD_CMD_SEARCH, "--size", bad[i]), VD_EXIT_USAGE);
    assert_int_equal(PARSE(VD_CMD_SEARCH, "--max-line", "9999999T"), VD_EXIT_USAGE);
    assert_int_equal(PARSE(VD_CMD_SEARCH, "--max-line", "1Q"), VD_EXIT_USAGE);
    assert_int_equal(PARSE(VD_CMD_SEARCH, "--max-line", "1GB2"), VD_EXIT_USAGE);
}

static void test_wrong_options(void **state)
{
    assert_int_equal(PARSE(VD_CMD_RUN, "--nonsense"), VD_EXIT_USAGE);
    assert_int_equal(PARSE(VD_CMD_RUN, "-Z"), VD_EXIT_USAGE);
    assert_int_equal(PARSE(VD_CMD_RUN, "--format"), VD_EXIT_USAGE);
    assert_int_equal(PARSE(VD_CMD_RUN, "--quiet=yes"), VD_EXIT_USAGE);
    assert_int_equal(PARSE(VD_CMD_SEARCH, "-r", "x"), VD_EXIT_USAGE);
    assert_int_equal(PARSE(VD_CMD_CHECK, "--since", "x"), VD_EXIT_USAGE);
}

static const char *next_word(const void *ctx, size_t i)
{
    static const char *const words[] = {"since", "severity", "threads", NULL};
    (void)ctx;
    return words[i];
}

static void test_nearest(void **state)
{
    assert_string_equal(vd_cli_nearest("sinse", next_word, NULL), "since");
    assert_string_equal(vd_cli_nearest("sev", next_word, NULL), "severity");
    assert_string_equal(vd_cli_nearest("thread", next_word, NULL), "threads");
    assert_null(vd_cli_nearest("zzzzzz", next_word, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forms_of_options),
        cmocka_unit_test(test_numbers_and_sizes),
        cmocka_unit_test(test_wrong_options),
        cmocka_unit_test(test_nearest),
    };
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    vd_options_fini(&o);
    return rc;
}
