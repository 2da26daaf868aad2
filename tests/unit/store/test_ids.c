/* The table of ids: against a plain list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "store/ids.h"

static uint64_t next(uint64_t *x)
{
    *x = *x * 6364136223846793005ull + 1442695040888963407ull;
    return (*x >> 20 & 0xffff) * 0x10001 + 1; /* many meet in one place */
}

static void it_knows_what_was_added_and_not_removed(void **state)
{
    enum { N = 200000 };
    static uint8_t there[0xffff * 2 + 2];
    uint64_t x = 5, n = 0;
    vd_ids *ids = vd_ids_new(1 << 20);
    memset(there, 0, sizeof there);
    for (int i = 0; i < N; i++) {
        uint64_t h = next(&x);
        size_t k = (h - 1) / 0x10001;
        assert_int_equal(vd_ids_has(ids, h), there[k]);
        if (there[k]) vd_ids_remove(ids, h), n--;
        else vd_ids_add(ids, h), n++;
        there[k] = !there[k];
    }
    assert_int_equal(vd_ids_count(ids), n);
    vd_ids_free(ids);
}

static void the_newest_are_remembered(void **state)
{
    enum { HORIZON = 4000 };
    vd_ids *ids = vd_ids_new(HORIZON);
    for (uint64_t i = 1; i <= 50000; i++) {
        vd_ids_add(ids, i * 0x9e3779b97f4a7c15ull);
        if (i % 1000) continue;
        for (uint64_t k = i > HORIZON ? i - HORIZON + 1 : 1; k <= i; k++)
            assert_true(vd_ids_has(ids, k * 0x9e3779b97f4a7c15ull));
    }
    assert_true(vd_ids_count(ids) <= HORIZON * 5 / 4 + 5);
    assert_false(vd_ids_has(ids, 0x9e3779b97f4a7c15ull));
    vd_ids_free(ids);
}

static void removing_what_is_not_there_does_nothing(void **state)
{
    vd_ids *ids = vd_ids_new(100);
    vd_ids_add(ids, 9);
    vd_ids_remove(ids, 8);
    assert_true(vd_ids_has(ids, 9));
    vd_ids_remove(ids, 9);
    assert_false(vd_ids_has(ids, 9));
    assert_int_equal(vd_ids_count(ids), 0);
    vd_ids_free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_knows_what_was_added_and_not_removed),
        cmocka_unit_test(the_newest_are_remembered),
        cmocka_unit_test(removing_what_is_not_there_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
