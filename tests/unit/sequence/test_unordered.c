/* A sequencer whose candidates are in order within a key only: age is time since arrival, and a
 * key can be set back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "sequence/sequence.h"

typedef struct seen {
    char text[256]; /* "1 2, " for each match */
    int64_t first_ts;
    int held; /* events */
} seen;

static void on_found(void *ctx, const vd_sequence_match *m)
{
    seen *s = ctx;
    size_t n = strlen(s->text);
    for (size_t i = 0; i < m->n; i++)
        n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%d%s", (int)m->events[i],
                              i + 1 < m->n ? " " : ", ");
    s->first_ts = m->first_ts;
}

static void on_hold(void *ctx, uint64_t event) { ((seen *)ctx)->held += event > 0; }

static void on_release(void *ctx, uint64_t event) { ((seen *)ctx)->held -= event > 0; }

/* Two rules of two stages and an until, 100 ms and 1 s. */
static vd_sequencer *begin(seen *s)
{
    static const uint8_t roles[] = {VD_STAGE_EVENT, VD_STAGE_EVENT, VD_STAGE_UNTIL};
    vd_sequence_spec specs[] = {{.roles = roles, .n_stages = 3, .keyed = true, .maxspan = 100},
                                {.roles = roles, .n_stages = 3, .keyed = true, .maxspan = 1000}};
    *s = (seen){0};
    return vd_sequencer_new(&(vd_sequence_config){.specs = specs,
                                                  .n_specs = 2,
                                                  .unordered = true,
                                                  .found = on_found,
                                                  .hold = on_hold,
                                                  .release = on_release,
                                                  .ctx = s});
}

static void feed(vd_sequencer *seq, uint32_t rule, uint64_t key, uint16_t stage, int64_t ts,
                 uint64_t event)
{
    vd_sequencer_feed(seq, &(vd_candidate){.ts = ts,
                                           .tie = VD_NO_TIEBREAK,
                                           .ordinal = event,
                                           .event = event,
                                           .key = {key, 0},
                                           .rule = rule,
                                           .stage = stage});
}

static void keys_come_in_any_order(void **state)
{
    seen s;
    vd_sequencer *seq = begin(&s);
    feed(seq, 0, 1, 0, 5000, 1);
    feed(seq, 0, 2, 0, 10, 2); /* of long ago: it does not end, nor is it ended */
    feed(seq, 1, 1, 0, 90000, 3);
    feed(seq, 0, 1, 1, 5100, 4);
    feed(seq, 0, 2, 1, 20, 5);
    assert_string_equal(s.text, "1 4, 2 5, ");
    assert_int_equal(s.first_ts, 10);
    feed(seq, 0, 2, 0, 30, 6);
    feed(seq, 0, 2, 1, 131, 7); /* maxspan is by their own times */
    assert_string_equal(s.text, "1 4, 2 5, ");
    feed(seq, 0, 4, 0, 50, 8);
    feed(seq, 0, 4, 1, 49, 9); /* order was lost: no sequence backwards */
    assert_string_equal(s.text, "1 4, 2 5, ");
    vd_sequencer_free(seq);
}

static void age_counts_from_arrival(void **state)
{
    seen s;
    vd_sequencer *seq = begin(&s);
    vd_sequencer_now(seq, 1000);
    feed(seq, 0, 1, 0, 5, 1);
    vd_sequencer_now(seq, 1050);
    feed(seq, 0, 2, 0, 4, 2);
    vd_sequencer_now(seq, 900); /* does not go back */
    feed(seq, 0, 3, 0, 999999, 3);
    vd_sequencer_flush(seq, 1099);
    assert_int_equal(vd_sequencer_stats(seq).pending, 3);
    vd_sequencer_flush(seq, 1100);
    assert_int_equal(vd_sequencer_stats(seq).pending, 2);
    feed(seq, 0, 1, 1, 6, 4);
    feed(seq, 0, 2, 1, 6, 5);
    assert_string_equal(s.text, "2 5, ");
    vd_sequencer_now(seq, 1140);
    feed(seq, 0, 3, 0, 1000000, 6); /* begins anew, and so does its age */
    vd_sequencer_flush(seq, 1239);
    assert_int_equal(vd_sequencer_stats(seq).pending, 1);
    vd_sequencer_flush(seq, 1240);
    assert_int_equal(vd_sequencer_stats(seq).pending, 0);
    assert_int_equal(s.held, 0);
    vd_sequencer_free(seq);
}

static void a_key_is_forgotten_alone(void **state)
{
    seen s;
    vd_sequencer *seq = begin(&s);
    feed(seq, 0, 1, 0, 10, 1);
    feed(seq, 0, 2, 0, 10, 2);
    feed(seq, 1, 1, 0, 10, 3);
    vd_sequencer_forget(seq, 0, (uint64_t[]){1, 0});
    vd_sequencer_forget(seq, 0, (uint64_t[]){7, 0}); /* there is none */
    assert_int_equal(s.held, 2);
    feed(seq, 0, 1, 1, 20, 4);
    feed(seq, 0, 2, 1, 20, 5);
    feed(seq, 1, 1, 1, 20, 6);
    assert_string_equal(s.text, "2 5, 3 6, ");
    feed(seq, 0, 1, 0, 5, 7); /* and it may begin earlier again */
    feed(seq, 0, 1, 1, 6, 8);
    assert_string_equal(s.text, "2 5, 3 6, 7 8, ");
    vd_sequencer_free(seq);
}

/* An until waits for the rest of its event: forgetting ends that. */
static void an_until_at_hand_strikes_before(void **state)
{
    seen s;
    vd_sequencer *seq = begin(&s);
    feed(seq, 0, 1, 0, 10, 1);
    feed(seq, 0, 1, 2, 20, 2);
    vd_sequencer_forget(seq, 0, (uint64_t[]){9, 0});
    assert_int_equal(s.held, 0);
    feed(seq, 0, 1, 0, 15, 3); /* a replay: the until must not come again */
    feed(seq, 0, 1, 1, 16, 4);
    assert_string_equal(s.text, "3 4, ");
    vd_sequencer_free(seq);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_come_in_any_order),
        cmocka_unit_test(age_counts_from_arrival),
        cmocka_unit_test(a_key_is_forgotten_alone),
        cmocka_unit_test(an_until_at_hand_strikes_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
