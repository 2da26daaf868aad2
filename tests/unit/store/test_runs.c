/* Runs of scheduled rules, and their gaps. */
#include "papers.h"

static vd_run_row run(const char *rule_id, int64_t started)
{
    return (vd_run_row){.rule_id = vd_str_from(rule_id),
                        .started = started,
                        .duration_ms = 12,
                        .since = started - 540000,
                        .until = started,
                        .kind = VD_STR("scheduled"),
                        .status = VD_STR("partial failure"),
                        .events = 1000,
                        .candidates = 30,
                        .alerts = 2,
                        .left_out = 1,
                        .gap_ms = 60000,
                        .message = VD_STR("a gap of 1m")};
}

static void a_run_comes_back_as_it_was_put(void **state)
{
    const vd_run_row one = run("r", 1000000);
    vd_run_row *got;
    size_t n;
    assert_int_equal(vd_runs_put(db, &one, 1, &err), 0);
    reopen();
    assert_int_equal(vd_runs_find(db, VD_STR("r"), 10, &arena, &got, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_str(got->rule_id, "r");
    assert_str(got->kind, "scheduled");
    assert_str(got->status, "partial failure");
    assert_str(got->message, "a gap of 1m");
    assert_true(got->started == 1000000 && got->duration_ms == 12 && got->since == 460000 && got->until == 1000000);
    assert_true(got->events == 1000 && got->candidates == 30 && got->alerts == 2 && got->left_out == 1 &&
                got->gap_ms == 60000);
}

static void the_newest_runs_come_first(void **state)
{
    const vd_run_row rows[] = {run("a", 300), run("b", 100), run("a", 200), run("b", 400)};
    vd_run_row *got;
    size_t n;
    assert_int_equal(vd_runs_put(db, rows, 4, &err), 0);
    assert_int_equal(vd_runs_find(db, (vd_str){NULL, 0}, 3, &arena, &got, &n, &err), 0);
    assert_int_equal(n, 3);
    assert_true(got[0].started == 400 && got[1].started == 300 && got[2].started == 200);
    assert_int_equal(vd_runs_find(db, VD_STR("a"), 3, &arena, &got, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_true(got[0].started == 300 && got[1].started == 200);
    assert_int_equal(vd_runs_retain(db, 300, &err), 0);
    assert_int_equal(vd_runs_find(db, (vd_str){NULL, 0}, SIZE_MAX, &arena, &got, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_true(got[0].started == 400 && got[1].started == 300);
}

static void many_old_runs_go(void **state)
{
    vd_run_row *got, *rows = VD_NEW_N(&arena, vd_run_row, 4100);
    size_t n;
    for (size_t i = 0; i < 4100; i++)
        rows[i] = run("a", 100 + (int64_t)i);
    assert_int_equal(vd_runs_put(db, rows, 4100, &err), 0);
    assert_int_equal(vd_runs_retain(db, 100 + 4099, &err), 0);
    assert_int_equal(vd_runs_find(db, VD_STR("a"), SIZE_MAX, &arena, &got, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(got[0].started, 4199);
}

static void gaps_are_open_until_they_are_filled(void **state)
{
    vd_gap_row *got;
    size_t n;
    assert_int_equal(vd_gaps_put(db, VD_STR("a"), 500, 600, 700, &err), 0);
    assert_int_equal(vd_gaps_put(db, VD_STR("b"), 100, 200, 700, &err), 0);
    assert_int_equal(vd_gaps_put(db, VD_STR("a"), 500, 600, 800, &err), 0); /* seen again */
    assert_int_equal(vd_gaps_open(db, (vd_str){NULL, 0}, &arena, &got, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_str(got[0].rule_id, "b");
    assert_true(got[1].since == 500 && got[1].until == 600 && got[1].seen == 700 && !got[1].filled);
    assert_int_equal(vd_gaps_open(db, VD_STR("a"), &arena, &got, &n, &err), 0);
    assert_int_equal(n, 1);
    assert_int_equal(vd_gaps_filled(db, got[0].number, &err), 0);
    assert_int_equal(vd_gaps_open(db, VD_STR("a"), &arena, &got, &n, &err), 0);
    assert_int_equal(n, 0);
    assert_int_equal(vd_gaps_put(db, VD_STR("a"), 500, 600, 900, &err), 0);
    assert_int_equal(vd_gaps_open(db, VD_STR("a"), &arena, &got, &n, &err), 0);
    assert_int_equal(n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_database(a_run_comes_back_as_it_was_put),
        in_a_database(the_newest_runs_come_first),
        in_a_database(many_old_runs_go),
        in_a_database(gaps_are_open_until_they_are_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
