/* sequence/table.c - from (rule, slot, key) to a cell
 *
 * A slot keeps 32 bits of hash beside the cell's number: a probe goes to the cell,
 * which is a cache miss, only when they agree. Removal shifts the followers back
 * instead of leaving a mark, so the table never decays. It shrinks when it is
 * seven eighths empty: a past peak does not eat into the cap for ever. */
#include <assert.h>
#include <stdlib.h>

#include "sequence/sequence_int.h"

#define MIN_CAP 32u

/* Keys are seeded hashes already; rule and slot only have to be mixed in. */
static uint32_t slot_hash(uint32_t rule, uint16_t slot, const uint64_t key[2])
{
    uint64_t x = ((uint64_t)rule << 16 | slot) * UINT64_C(0x9e3779b97f4a7c15);
    x ^= key[0] ^ (key[1] << 32 | key[1] >> 32);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x >> 32);
}

static vd_slot *new_slots(uint32_t cap)
{
    vd_slot *slots = vd_malloc(cap * sizeof *slots);
    memset(slots, 0xff, cap * sizeof *slots);
    return slots;
}

void vd_table_init(vd_table *t) { *t = (vd_table){.slots = new_slots(MIN_CAP), .cap = MIN_CAP}; }

void vd_table_fini(vd_table *t)
{
    free(t->slots);
    *t = (vd_table){0};
}

uint64_t vd_table_bytes(const vd_table *t) { return (uint64_t)t->cap * sizeof *t->slots; }

static void rehash(vd_table *t, uint32_t cap)
{
    vd_slot *old = t->slots;
    uint32_t old_cap = t->cap;
    t->slots = new_slots(cap);
    t->cap = cap;
    for (uint32_t i = 0; i < old_cap; i++) {
        if (old[i].cell == VD_CELL_NONE) continue;
        uint32_t at = old[i].hash & (cap - 1);
        while (t->slots[at].cell != VD_CELL_NONE) at = (at + 1) & (cap - 1);
        t->slots[at] = old[i];
    }
    free(old);
}

void vd_table_grow(vd_table *t)
{
    assert(t->cap <= UINT32_MAX / 4);
    rehash(t, t->cap * 2);
}

static bool is_for(const vd_cell *cell, uint32_t rule, uint16_t slot, const uint64_t key[2])
{
    return cell->key[0] == key[0] && cell->key[1] == key[1] && cell->rule == rule &&
           cell->slot == slot;
}

/* Where the entry is, or the empty slot where it would be. */
static vd_slot *probe(const vd_sequencer *seq, uint32_t hash, uint32_t rule, uint16_t slot,
                      const uint64_t key[2])
{
    const vd_table *t = &seq->table;
    for (uint32_t at = hash & (t->cap - 1);; at = (at + 1) & (t->cap - 1)) {
        vd_slot *s = &t->slots[at];
        if (s->cell == VD_CELL_NONE) return s;
        if (s->hash == hash && is_for(vd_seq_cell(seq, s->cell), rule, slot, key)) return s;
    }
}

uint32_t vd_table_find(const vd_sequencer *seq, uint32_t rule, uint16_t slot,
                       const uint64_t key[2])
{
    return probe(seq, slot_hash(rule, slot, key), rule, slot, key)->cell;
}

void vd_table_ahead(const vd_sequencer *seq, uint32_t rule, uint16_t slot, const uint64_t key[2],
                    bool near)
{
    const vd_table *t = &seq->table;
    const vd_slot *s = &t->slots[slot_hash(rule, slot, key) & (t->cap - 1)];
    if (!near) __builtin_prefetch(s);
    else if (s->cell != VD_CELL_NONE) __builtin_prefetch(vd_seq_cell(seq, s->cell));
}

uint32_t vd_table_put(vd_sequencer *seq, uint32_t c)
{
    const vd_cell *cell = vd_seq_cell(seq, c);
    uint32_t hash = slot_hash(cell->rule, cell->slot, cell->key);
    vd_slot *s = probe(seq, hash, cell->rule, cell->slot, cell->key);
    uint32_t old = s->cell;
    *s = (vd_slot){hash, c};
    if (old == VD_CELL_NONE) {
        seq->table.n++;
        assert(seq->table.n < seq->table.cap);
    }
    return old;
}

/* Closes the hole at `hole`: every follower that may stand there moves up. */
static void close_hole(vd_table *t, uint32_t hole)
{
    uint32_t mask = t->cap - 1;
    for (uint32_t at = (hole + 1) & mask; t->slots[at].cell != VD_CELL_NONE;
         at = (at + 1) & mask) {
        uint32_t home = t->slots[at].hash & mask;
        if (((at - home) & mask) < ((at - hole) & mask)) continue;
        t->slots[hole] = t->slots[at];
        hole = at;
    }
    t->slots[hole].cell = VD_CELL_NONE;
}

void vd_table_remove(vd_sequencer *seq, uint32_t c)
{
    const vd_cell *cell = vd_seq_cell(seq, c);
    vd_table *t = &seq->table;
    uint32_t at = slot_hash(cell->rule, cell->slot, cell->key) & (t->cap - 1);
    while (t->slots[at].cell != c) {
        assert(t->slots[at].cell != VD_CELL_NONE);
        at = (at + 1) & (t->cap - 1);
    }
    close_hole(t, at);
    t->n--;
    if (t->cap > MIN_CAP && t->n < t->cap / 8) rehash(t, t->cap / 2);
}
