/* Which indices a rule's patterns take. */
#include "check.h"
#include "field/index.h"

/* `patterns`: up to four, split by blanks. */
static bool takes(const char *patterns, const char *index)
{
    vd_str list[4], s = vd_str_from(patterns);
    size_t n = 0;
    for (size_t at = 0; at < s.n;) {
        size_t end = vd_str_find_byte(s, ' ', at);
        list[n++] = vd_str_sub(s, at, end);
        at = end + 1;
    }
    return vd_index_takes(list, n, vd_str_from(index));
}

static void stars(void **state)
{
    const char *index = "logs-endpoint.events.process-default";
    assert_true(takes("logs-endpoint.events.*", index));
    assert_true(takes("logs-endpoint.events.process-default", index));
    assert_true(takes("logs-*-default", index));
    assert_true(takes("*", index));
    assert_true(takes("_all", index));
    assert_true(takes("winlogbeat-* logs-*", index));
    assert_false(takes("logs-endpoint.events.network-*", index));
    assert_false(takes("LOGS-*", index));
    assert_false(takes("logs-endpoint", index));
    assert_false(takes("", index));
    assert_false(takes("*x", index));
    assert_false(vd_index_takes(NULL, 0, vd_str_from(index)));
}

static void lists_and_exclusions(void **state)
{
    assert_true(takes("winlogbeat-*,logs-*", "logs-x"));
    assert_false(takes("logs-*,-logs-x*", "logs-x-y"));
    assert_true(takes("logs-*,-logs-x*", "logs-z"));
    assert_false(takes("logs-* -*cloud*", "logs-elastic-cloud-1"));
    /* An exclusion only takes away from what came before it. */
    assert_true(takes("-logs-x*,logs-*", "logs-x-y"));
    assert_true(takes("logs-*,-logs-x*,logs-x-y", "logs-x-y"));
}

static void clusters(void **state)
{
    assert_true(takes("cluster:logs-*", "logs-x"));
    assert_true(takes("*:logs-*", "remote:logs-x"));
    assert_true(takes("logs-*", "remote:logs-x"));
    assert_true(takes("logs-*,-remote:*", "logs-x"));
    assert_false(takes("*:logs-*,-remote:*", "remote:logs-x"));
    assert_true(takes("*:logs-*,-remote:*", "other:logs-x"));
}

static void backing_indices(void **state)
{
    const char *backing = ".ds-logs-endpoint.events.process-default-2026.01.02-000001";
    assert_true(takes("logs-endpoint.events.process-*", backing));
    assert_true(takes("logs-endpoint.events.process-default", backing));
    assert_true(takes(".ds-logs-*", backing));
    assert_true(takes("logs-*", "partial-.ds-logs-x-default-2026.01.02-000001"));
    assert_false(takes("logs-endpoint.events.network-*", backing));
    assert_false(takes("logs-*,-logs-endpoint*", backing));
    assert_true(takes(".alerts-security.alerts-default",
                      ".internal.alerts-security.alerts-default-000001"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stars),
        cmocka_unit_test(lists_and_exclusions),
        cmocka_unit_test(clusters),
        cmocka_unit_test(backing_indices),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
