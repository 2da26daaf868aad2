/* tests/unit/sequence/test_machine.c - sequences, maxspan, until, runs, keys */
#include "harness.h"

static void latest_partial_wins(void **state)
{
    check("a b c", -1, "1:a 2:a 3:b 4:b 5:c", "2 3 5");
    check("a b c", -1, "1:a 2:b 3:a 4:c 5:b 6:c", "1 2 4 / 3 5 6");
    check("a b", -1, "1:b 2:a", "");
    check("a b", -1, "", "");
}

static void event_serves_several_stages(void **state)
{
    check("* *", -1, "1:x 2:x 3:x 4:x", "1 2 / 2 3 / 3 4");
    check("* * *", -1, "1:x 2:x 3:x 4:x 5:x", "1 2 3 / 2 3 4 / 3 4 5");
    check("x x x", -1, "1:x 2:x 3:x 4:x", "1 2 3 / 2 3 4");
    check("a", -1, "1:a 2:b 3:a", "1 / 3");
}

static void maxspan_is_inclusive(void **state)
{
    check("a b", 1000, "0:a 1000:b 2000:a 3001:b", "1 2");
    check("a b c", 1000, "0:a 900:b 1100:c", "");
    check("a b", 1000, "0:a 1500:b 1600:a 1700:b", "3 4");
    /* What has run out is taken all the same: no older one steps in. */
    check("a b c", 10, "0:a 1:b 5:a 12:b 13:c", "3 4 5");
    check("a b", 0, "5:a@1 5:b@2 6:b", "1 2");
    check("a b", INT64_MAX, "-9000000000000000000:a 9000000000000000000:b", "1 2");
}

static void until_strikes_after_its_event(void **state)
{
    check("a b ~u", -1, "1:a 2:u 3:b 4:a 5:b 6:u", "4 5");
    check("a b ~u", -1, "1:au 2:b 3:a 4:b", "3 4");
    check("a b ~b", -1, "1:a 2:b", "1 2");
    check("a b ~u", -1, "1:a@1 2:b@2 2:u@3", "1 2");
    check("a b ~u", -1, "1:a@1 2:u@2 2:b@3", "");
    check("a b c ~u", -1, "1:a 2:bu 3:c", "");
    check("a b c ~u", -1, "1:a 2:b 3:cu 4:c", "1 2 3");
    check("a b ~u", -1, "1:a/x 2:u/y 3:b/x", "1 3{x}");
    check("a b ~u", -1, "1:a/xyz 2:u/xz 3:b/xyz", "1 3{y}");
}

static void tiebreak_then_arrival_order_a_millisecond(void **state)
{
    check("a b", -1, "1:b@2 1:a@1", "2 1");
    check("a b", -1, "1:b@1 1:a@2", "");
    check("a b", -1, "1:a 1:b@9", "");
    check("a b", -1, "1:a 1:b", "1 2");
    check("a b", -1, "1:b 1:a", "");
}

static void keys_are_apart(void **state)
{
    check("a b", -1, "1:a/1 2:a/2 3:b/2 4:b/1", "2 3{2} / 1 4{1}");
    check("a b", -1, "1:a 2:b 3:a/1 4:b/1", "1 2 / 3 4{1}");
    check("a b", -1, "1:a/xyz 2:b/xz 3:b/y", "1 2{x} / 1 2{z} / 1 3{y}");
    check("a b c", -1, "1:a/xy 2:b/x 3:b/y 4:c/xy 5:c/xy", "1 2 4{x} / 1 3 4{y}");
}

/* "1:x 2:x ..." or the stages "x x ...". */
static char *repeat(const char *fmt, int n)
{
    char *text = calloc(1, (size_t)n * 16), *at = text;
    for (int i = 1; i <= n; i++) at += snprintf(at, 16, fmt, i);
    return text;
}

static void hundred_runs(void **state)
{
    char *stages = repeat("x %.0d", 100), *events = repeat("%d:x ", 102);
    char want[2048], *at = want;
    for (int from = 1; from <= 3; from++) {
        at += snprintf(at, 8, from > 1 ? " / " : "%s", "");
        for (int i = 0; i < 100; i++) at += snprintf(at, 8, i ? " %d" : "%d", from + i);
    }
    for (char *p = stages; *p; p++)
        if (*p != 'x') *p = ' ';
    check(stages, -1, events, want);
    check(stages, 98, events, "");
    check(stages, 99, events, want);
    free(stages);
    free(events);
}

static void ten_stages(void **state)
{
    check("a b c d e f g h i j", 60, "1:a 2:b 3:c 4:d 5:a 6:e 7:f 8:b 9:g 10:h 11:i 12:a 13:j",
          "1 2 3 4 6 7 9 10 11 13");
    check("a b a b a b a b a b", -1, "1:a 2:b 3:a 4:b 5:a 6:b 7:a 8:b 9:a 10:b 11:a 12:b",
          "1 2 3 4 5 6 7 8 9 10 / 3 4 5 6 7 8 9 10 11 12");
}

static void order_of_candidates(void **state)
{
    vd_candidate a = {.ts = 1, .tie = 5, .ordinal = 5, .rule = 5, .stage = 5}, b = a;
    assert_int_equal(vd_candidate_cmp(&a, &b), 0);
    b.stage = 4; /* the later stage first */
    assert_true(vd_candidate_cmp(&a, &b) < 0 && vd_candidate_cmp(&b, &a) > 0);
    b.rule = 4;
    assert_true(vd_candidate_cmp(&a, &b) > 0);
    b.ordinal = 6;
    assert_true(vd_candidate_cmp(&a, &b) < 0);
    b.tie = 4;
    assert_true(vd_candidate_cmp(&a, &b) > 0);
    a.tie = VD_NO_TIEBREAK;
    assert_true(vd_candidate_cmp(&a, &b) > 0);
    b.ts = 2;
    assert_true(vd_candidate_cmp(&a, &b) < 0);
    a.ts = INT64_MAX;
    b.ts = INT64_MIN;
    assert_true(vd_candidate_cmp(&a, &b) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(latest_partial_wins),
        cmocka_unit_test(event_serves_several_stages),
        cmocka_unit_test(maxspan_is_inclusive),
        cmocka_unit_test(until_strikes_after_its_event),
        cmocka_unit_test(tiebreak_then_arrival_order_a_millisecond),
        cmocka_unit_test(keys_are_apart),
        cmocka_unit_test(hundred_runs),
        cmocka_unit_test(ten_stages),
        cmocka_unit_test(order_of_candidates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
