/* tests/unit/sequence/test_pool.c - slabs: no cell twice, memory given back */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sequence/pool.h"

#define N 5000

/* Takes and puts at random; every live cell keeps what was written into it. */
static void cells_are_apart(void **state)
{
    vd_pool pool;
    vd_pool_init(&pool, 16, 1024);
    uint32_t cells[N], n = 0;
    unsigned seed = 7;
    for (int i = 0; i < 200000; i++) {
        bool add = n == 0 || (n < N && (unsigned)rand_r(&seed) % 100 < (i / 20000 % 2 ? 30u : 70u));
        uint32_t at = n ? (uint32_t)rand_r(&seed) % n : 0;
        if (add) {
            if (!pool.room) assert_true(vd_pool_grow(&pool));
            cells[n] = vd_pool_take(&pool);
            uint64_t *mem = vd_pool_at(&pool, cells[n]);
            mem[0] = mem[1] = cells[n++];
        } else {
            uint64_t *mem = vd_pool_at(&pool, cells[at]);
            assert_int_equal(mem[0], cells[at]);
            assert_int_equal(mem[1], cells[at]);
            vd_pool_put(&pool, cells[at]);
            cells[at] = cells[--n];
        }
    }
    while (n) vd_pool_put(&pool, cells[--n]);
    assert_int_equal(pool.room, 64);
    vd_pool_fini(&pool);
    assert_int_equal(pool.bytes, 0);
}

static void empty_slabs_go_back(void **state)
{
    vd_pool pool;
    vd_pool_init(&pool, 64, 4096);
    uint32_t cells[N];
    uint64_t growth = vd_pool_growth(&pool);
    assert_true(vd_pool_grow(&pool));
    assert_int_equal(pool.bytes, growth);
    assert_int_equal((uintptr_t)vd_pool_at(&pool, 0) % 64, 0);
    for (int i = 0; i < N; i++) {
        if (!pool.room) assert_true(vd_pool_grow(&pool));
        cells[i] = vd_pool_take(&pool);
    }
    uint64_t full = pool.bytes;
    assert_true(full >= N * 64);
    for (int i = 0; i < N; i++) vd_pool_put(&pool, cells[i]);
    assert_true(pool.bytes < full / 8);
    assert_int_equal(pool.room, 64);
    vd_pool_fini(&pool);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cells_are_apart),
        cmocka_unit_test(empty_slabs_go_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
