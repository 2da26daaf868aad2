#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "engine/engine_int.h"

typedef struct check {
    vd_candidate last;
    uint64_t n, sum;
} check;

static void take(void *ctx, const vd_candidate *c)
{
    check *k = ctx;
    if (k->n && vd_candidate_cmp(&k->last, c) > 0) fail_msg("candidate %llu out of order",
                                                            (unsigned long long)k->n);
    k->last = *c;
    k->n++;
    k->sum += c->event;
}

/* However small the cap, everything comes back, in order. */
static void candidates_come_back_in_order(void **state)
{
    const uint64_t caps[] = {1, 56 * 100, 56 * 9999, 1 << 30};
    for (size_t c = 0; c < 4; c++) {
        vd_spool s;
        check k = {0};
        uint64_t sum = 0;
        size_t n = c == 0 ? 500 : 20000;
        srand(3);
        vd_spool_init(&s, caps[c]);
        for (size_t i = 0; i < n; i++) {
            vd_candidate v = {.ts = rand() % 1000, .ordinal = i, .event = (uint64_t)rand()};
            sum += v.event;
            assert_int_equal(vd_spool_add(&s, &v, 1, NULL), 0);
        }
        assert_int_equal(vd_spool_drain(&s, take, &k, NULL), 0);
        assert_int_equal(k.n, n);
        assert_int_equal(k.sum, sum);
        assert_true((s.runs.n > 0) == (c < 3));
        vd_spool_fini(&s);
    }
}

static void documents_are_kept_and_read_back(void **state)
{
    vd_keep k;
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_keep_init(&k);
    uint64_t at[3];
    char *large = calloc(1 << 20, 1);
    memset(large, 'x', 1 << 20);
    vd_str docs[3] = {VD_STR("{\"a\":1}"), {large, 1 << 20}, VD_STR("")};
    for (int i = 0; i < 3; i++)
        assert_int_equal(vd_keep_put(&k, docs[i].p, docs[i].n, &at[i], NULL), 0);
    for (int round = 0; round < 2; round++)
        for (int i = 2; i >= 0; i--) {
            vd_str out;
            assert_int_equal(vd_keep_get(&k, at[i], &a, &out, NULL), 0);
            assert_true(vd_str_eq(out, docs[i]));
        }
    free(large);
    vd_keep_fini(&k);
    vd_arena_fini(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_come_back_in_order),
        cmocka_unit_test(documents_are_kept_and_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
