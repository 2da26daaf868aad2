/* tests/unit/sequence/test_table.c - the table against a plain list */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sequence/sequence_int.h"

#define N 6000

typedef struct world {
    vd_sequencer *seq;
    uint32_t cells[N]; /* by key; VD_CELL_NONE: not in the table */
    unsigned seed;
} world;

static void on_found(void *ctx, const vd_sequence_match *match) {}

/* Keys below `crowd` share their hash. */
static vd_candidate key_of(uint32_t i, uint32_t crowd)
{
    uint64_t x = (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    vd_candidate c = {.key = {x ^ x >> 29, x << 7}};
    if (i < crowd) c.key[0] = (uint64_t)i << 32, c.key[1] = i;
    return c;
}

static void begin(world *w)
{
    static const uint8_t roles[] = {VD_STAGE_EVENT, VD_STAGE_EVENT};
    vd_sequence_spec spec = {.roles = roles, .n_stages = 2, .keyed = true, .maxspan = -1};
    w->seq = vd_sequencer_new(&(vd_sequence_config){.specs = &spec, .n_specs = 1, .found = on_found});
    w->seed = 5;
    for (uint32_t i = 0; i < N; i++) w->cells[i] = VD_CELL_NONE;
}

static uint32_t new_cell(world *w, const vd_candidate *c)
{
    if (!vd_seq_has_room(w->seq)) vd_seq_make_room(w->seq);
    return vd_cell_new(w->seq, c, VD_CELL_WAIT, 0);
}

static void change(world *w, uint32_t i, uint32_t crowd)
{
    vd_candidate c = key_of(i, crowd);
    assert_int_equal(vd_table_find(w->seq, 0, 0, c.key), w->cells[i]);
    assert_int_equal(vd_table_find(w->seq, 0, 1, c.key), VD_CELL_NONE);
    if (w->cells[i] == VD_CELL_NONE) {
        w->cells[i] = new_cell(w, &c);
        vd_table_add(w->seq, w->cells[i]);
    } else if (rand_r(&w->seed) % 4 == 0) {
        uint32_t other = new_cell(w, &c);
        assert_int_equal(vd_table_put(w->seq, other), w->cells[i]);
        vd_cell_free(w->seq, w->cells[i]);
        w->cells[i] = other;
    } else {
        vd_table_remove(w->seq, w->cells[i]);
        vd_cell_free(w->seq, w->cells[i]);
        w->cells[i] = VD_CELL_NONE;
    }
}

/* An empty table remembers nothing of what passed its buckets. */
static void check_empty(const vd_table *t)
{
    assert_int_equal(t->n, 0);
    for (uint32_t i = 0; i < t->n_buckets; i++) {
        assert_int_equal(t->buckets[i].n, 0);
        assert_int_equal(t->buckets[i].passed, 0);
    }
}

static void go(uint32_t crowd)
{
    world w;
    begin(&w);
    for (uint32_t i = 0; i < 200000; i++) {
        /* Waves: nearly full, nearly empty. */
        uint32_t at = (uint32_t)rand_r(&w.seed) % N;
        bool fill = i / 30000 % 2 == 0, in = w.cells[at] != VD_CELL_NONE;
        if (fill == in && rand_r(&w.seed) % 4) continue;
        change(&w, at, crowd);
    }
    for (uint32_t i = 0; i < N; i++) {
        assert_int_equal(vd_table_find(w.seq, 0, 0, key_of(i, crowd).key), w.cells[i]);
        if (w.cells[i] == VD_CELL_NONE) continue;
        vd_table_remove(w.seq, w.cells[i]);
        vd_cell_free(w.seq, w.cells[i]);
    }
    check_empty(&w.seq->table);
    assert_true(w.seq->table.n_buckets < 16); /* a past peak is given back */
    vd_sequencer_free(w.seq);
}

static void it_finds_what_is_in_it(void **state) { go(0); }
static void it_does_where_a_hundred_share_a_hash(void **state) { go(100); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_finds_what_is_in_it),
        cmocka_unit_test(it_does_where_a_hundred_share_a_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
