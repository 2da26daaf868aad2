/* Time without the clock's jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/steady.h"

#define HOUR INT64_C(3600000)

static void small_steps_are_followed(void **state)
{
    vd_steady s;
    int64_t jump;
    vd_steady_init(&s, 1000000, 500);
    assert_int_equal(vd_steady_now(&s, 1000100, 600, &jump), 1000100);
    assert_int_equal(vd_steady_now(&s, 1001900, 700, &jump), 1001900);
    assert_int_equal(vd_steady_now(&s, 1000500, 800, &jump), 1000500);
    assert_int_equal(jump, 0);
}

static void a_jump_is_doubted_for_a_minute(void **state)
{
    vd_steady s;
    int64_t jump;
    vd_steady_init(&s, 1000000, 0);
    assert_int_equal(vd_steady_now(&s, 1001000 + HOUR, 1000, &jump), 1001000);
    assert_int_equal(jump, HOUR);
    assert_int_equal(vd_steady_now(&s, 1060000 + HOUR, 60000, &jump), 1060000);
    assert_int_equal(jump, 0);
    assert_int_equal(vd_steady_now(&s, 1061000 + HOUR, 61000, &jump), 1061000 + HOUR);
    assert_int_equal(jump, HOUR);
    assert_int_equal(vd_steady_now(&s, 1062000 + HOUR, 62000, &jump), 1062000 + HOUR);
    assert_int_equal(jump, 0);
}

static void a_jump_that_is_taken_back_did_not_happen(void **state)
{
    vd_steady s;
    int64_t jump;
    vd_steady_init(&s, 1000000, 0);
    assert_int_equal(vd_steady_now(&s, 1001000 - HOUR, 1000, &jump), 1001000);
    assert_int_equal(jump, -HOUR);
    assert_int_equal(vd_steady_now(&s, 1050000, 50000, &jump), 1050000);
    assert_int_equal(vd_steady_now(&s, 1070000 - HOUR, 70000, &jump), 1070000); /* doubted anew */
    assert_int_equal(jump, -HOUR);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_steps_are_followed),
        cmocka_unit_test(a_jump_is_doubted_for_a_minute),
        cmocka_unit_test(a_jump_that_is_taken_back_did_not_happen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
