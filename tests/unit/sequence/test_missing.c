/* tests/unit/sequence/test_missing.c - the stages ![ ] */
#include "harness.h"

static void middle(void **state)
{
    /* The same millisecond is not between. */
    check("a !m b", 1000, "1:a 1:m 5:b 6:a 7:m 8:b", "1 - 3");
    check("a !m b", 1000, "1:a 5:m 5:b 6:a 7:b 7:m", "1 - 3 / 4 - 5");
    check("a !m b", 1000, "1:a/1 2:m/2 3:b/1 4:a/2 5:m/2 6:b/2", "1 - 3{1}");
    check("a !m !n b", 1000, "1:a 2:n 3:b 4:a 5:m 6:b 7:a 8:b", "7 - - 8");
    check("a !m b !n c", 1000, "1:a 2:n 3:b 4:m 5:c 6:a 7:m 8:b 9:c 10:a 11:b 12:n 13:c",
          "1 - 3 - 5");
    /* An event may be a stage and what is missing before the next. */
    check("a !b b", 1000, "1:a 2:b 3:a 4:b", "1 - 2 / 3 - 4");
    check("a !a b", 1000, "1:a 2:a 3:b", "2 - 3");
}

static void middle_takes_its_slot_all_the_same(void **state)
{
    check("a !m b", 1000, "1:a 2:a 3:m 4:b", "");
    /* 3-5 is spoilt, yet it stands where 1-2 stood. */
    check("a !m b c", 1000, "1:a 2:b 3:a 4:m 5:b 6:c", "");
    check("a !m b c", 1000, "1:a 2:b 3:a 4:m 6:c 7:b 8:c", "1 - 2 5");
}

static void leading(void **state)
{
    check("!m a b", 1000, "0:m 900:a 1100:b 5000:m 5500:a 6000:b", "- 2 3");
    check("!m a b", 1000, "0:a 1:b 2:m 3:a 4:b", "- 1 2");
    check("!m a", 1000, "0:m 1000:a 1001:a", "- 3");
    check("!m a", 1000, "0:m 0:a", "- 2");
    check("!m a", 1000, "0:m 1:m 1:a", "");
    check("!m a", 1000, "0:m 1001:m 1001:a", "- 3");
    check("!m a", 1000, "0:m/x 1:a/xy", "- 2{y}");
    check("!m !n a", 1000, "0:n 2000:m 2500:a 3001:a", "- - 4");
}

static void trailing(void **state)
{
    check("a !m", 1000, "0:a 1000:m 5000:a 6001:m 9000:a", "3 - / 5 -");
    check("a !m", 1000, "0:am 2000:am", "1 - / 2 -");
    check("a !m", 1000, "0:a 0:m", "1 -");
    check("a b !m", 1000, "0:a 10:b 1000:m 2000:a 2010:b 3001:m", "4 5 -");
    /* Only the first event after it counts, and it comes too late. */
    check("a b !m", 100, "0:a 100:b 101:m", "1 2 -");
    check("a !m", 1000, "0:a/x 1:m/y 2:a/y", "1 -{x} / 3 -{y}");
    check("a !m !n", 1000, "0:a 5:n 2000:a 2005:m 4000:a", "5 - -");
}

static void leading_and_trailing(void **state)
{
    check("!m a !m", 1000, "0:m 500:a 1200:m", "- 2 -");
    check("!m a !m", 1000, "0:m 500:a 900:m", "");
    check("!m a !m", 1000, "0:m 500:a", "- 2 -");
    check("!m a !m", 1000, "500:a 501:m", "- 1 -");
    check("!m a b !n", 1000, "0:m 10:a 20:b 1000:n 5000:m 5010:a 5020:b 6001:n", "- 6 7 -");
    check("!m a !n b !o", 100, "0:a 1:n 2:b 10:a 12:b 20:m 21:a 23:b 50:o", "- 4 - 5 -");
}

static void results_of_a_rule_keep_their_order(void **state)
{
    /* 1-3 is certain at 1001, 2-4 by its event at 500; 5 needs nothing more. */
    check("a b !m", 1000, "0:a/x 1:a/y 2:b/y 3:b/x 1000:a/z 2500:c", "2 3 -{y} / 1 4 -{x}");
    check("!l a !m", 1000, "0:l/x 10:a/x 20:a/y 30:l/z 40:a/z 1020:m/z", "- 2 -{x} / - 3 -{y}");
    check("!l a !m", 1000, "0:l/x 10:a/x 20:a/y 1000:m/x", "- 3 -{y}");
}

static void until_does_not_reach_what_is_complete(void **state)
{
    check("a b !m ~u", 1000, "0:a 1:b 2:u", "1 2 -");
    check("a b !m ~u", 1000, "0:a 1:u 2:b", "");
}

static void missing_runs(void **state)
{
    check("a !m !m !m b", 1000, "0:a 5:b 6:a 7:m 8:b", "1 - - - 2");
}

/* A held result is reported by the flush that makes it certain, not before. */
static void held_until_the_watermark(void **state)
{
    run *r = calloc(1, sizeof *r);
    r->spec.maxspan = 1000;
    run_stages(r, "a b !m");
    vd_sequence_config config = {.specs = &r->spec, .n_specs = 1, .found = run_found,
                                 .hold = run_hold, .release = run_release, .ctx = r};
    vd_sequencer *seq = vd_sequencer_new(&config);
    vd_sequencer_feed(seq, &(vd_candidate){.ts = 100, .ordinal = 1, .event = 1, .stage = 0});
    vd_sequencer_feed(seq, &(vd_candidate){.ts = 200, .ordinal = 2, .event = 2, .stage = 1});
    vd_sequencer_flush(seq, 1099);
    assert_string_equal(r->out, "");
    assert_int_equal(vd_sequencer_stats(seq).pending, 1);
    vd_sequencer_flush(seq, 1100);
    assert_string_equal(r->out, "1 2 -");
    assert_int_equal(vd_sequencer_stats(seq).pending, 0);
    assert_int_equal(vd_sequencer_stats(seq).matches, 1);
    vd_sequencer_free(seq);
    free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(middle),
        cmocka_unit_test(middle_takes_its_slot_all_the_same),
        cmocka_unit_test(leading),
        cmocka_unit_test(trailing),
        cmocka_unit_test(leading_and_trailing),
        cmocka_unit_test(results_of_a_rule_keep_their_order),
        cmocka_unit_test(until_does_not_reach_what_is_complete),
        cmocka_unit_test(missing_runs),
        cmocka_unit_test(held_until_the_watermark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
