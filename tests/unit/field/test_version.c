/* Versions in the order of Elasticsearch's version field. */
#include "check.h"
#include "field/version.h"

/* Each comes strictly before the next. */
static const char *const ascending[] = {
    "0.0.1",
    "1",
    "1.0",
    "1.0.0-1",
    "1.0.0-2",
    "1.0.0-11",
    "1.0.0-alpha",
    "1.0.0-alpha.1",
    "1.0.0-alpha.beta",
    "1.0.0-beta",
    "1.0.0-beta.2",
    "1.0.0-beta.11",
    "1.0.0-rc.1",
    "1.0.0",
    "1.0.0+build1",
    "1.0.1",
    "1.2.3.4",
    "1.10.0",
    "2.0.0",
    "10.0.0",
    "123456789012345678901234567890.0",
    "01.0.0",
    "1.0.",
    "bad",
    "v1.0",
};

static void order_is_semantic(void **state)
{
    size_t n = sizeof ascending / sizeof *ascending;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++) {
            int c = vd_version_cmp(vd_str_from(ascending[i]), vd_str_from(ascending[j]));
            int want = (i > j) - (i < j);
            if ((c > 0) - (c < 0) != want)
                fail_msg("%s against %s: got %d, want %d", ascending[i], ascending[j], c, want);
        }
    }
}

static void validity(void **state)
{
    static const char *const good[] = {"1",         "1.2.3",   "1.2.3-a.b+c.d", "0.0.0",
                                       "1.2.3.4.5", "1.0.0--", "1.0.0+001"};
    static const char *const bad[] = {"",           "1.",     ".1",        "a",
                                      "1.2.3-",     "1.2.3+", "1.02",      "1.0.0-01",
                                      "1.0.0-a..b", "1.0 ",   "1.0.0-a_b", "1.0.0+a+b"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!vd_version_valid(vd_str_from(good[i]))) fail_msg("%s was refused", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (vd_version_valid(vd_str_from(bad[i]))) fail_msg("%s was taken", bad[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_semantic),
        cmocka_unit_test(validity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
