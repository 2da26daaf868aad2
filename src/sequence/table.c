/* sequence/table.c - from (rule, slot, key) to a cell
 *
 * A bucket is one cache line: seven entries and how many more had it for their home, or
 * for a bucket on their way, and found it full. Entries are 32 bits of hash beside the
 * cell's number: a look goes to the cell, which is another line, only when they agree, and
 * no further than the first bucket that nobody passed. The seven are compared without a
 * branch: how many there are is anybody's guess. Removal takes back what it counted, so the
 * table never decays. It shrinks when it is six sevenths empty: a past peak does not eat
 * into the cap for ever. */
#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "sequence/sequence_int.h"

#define MIN_BUCKETS 4u
#define HUGE_PAGE (2u << 20)

/* Keys are seeded hashes already; rule and slot only have to be mixed in. */
static uint32_t slot_hash(uint32_t rule, uint16_t slot, const uint64_t key[2])
{
    uint64_t x = ((uint64_t)rule << 16 | slot) * UINT64_C(0x9e3779b97f4a7c15);
    x ^= key[0] ^ (key[1] << 32 | key[1] >> 32);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x >> 32);
}

static uint32_t hash_of(const vd_cell *cell)
{
    return slot_hash(cell->rule, cell->slot, cell->key);
}

/* Empty. A large table is in huge pages where the system has them: who looks into it looks
 * anywhere, and would wait for the address of a page each time. */
static vd_table new_table(uint32_t n_buckets)
{
    size_t bytes = n_buckets * sizeof(vd_bucket);
    size_t align = bytes < HUGE_PAGE ? sizeof(vd_bucket) : HUGE_PAGE;
    char *raw = vd_malloc(bytes + align - 1);
    char *at = raw + (-(uintptr_t)raw & (align - 1));
    if (align == HUGE_PAGE) madvise(at, bytes, MADV_HUGEPAGE); /* if not, not */
    memset(at, 0, bytes);
    return (vd_table){.raw = raw, .buckets = (vd_bucket *)at, .n_buckets = n_buckets};
}

void vd_table_init(vd_table *t) { *t = new_table(MIN_BUCKETS); }

void vd_table_fini(vd_table *t)
{
    free(t->raw);
    *t = (vd_table){0};
}

uint64_t vd_table_bytes(const vd_table *t) { return (uint64_t)t->n_buckets * sizeof *t->buckets; }

static void insert(vd_table *t, uint32_t hash, uint32_t c)
{
    uint32_t mask = t->n_buckets - 1, at = hash & mask;
    for (; t->buckets[at].n == VD_BUCKET; at = (at + 1) & mask) t->buckets[at].passed++;
    vd_bucket *b = &t->buckets[at];
    b->hash[b->n] = hash;
    b->cell[b->n++] = c;
    t->n++;
}

static void rehash(vd_table *t, uint32_t n_buckets)
{
    vd_table old = *t;
    *t = new_table(n_buckets);
    for (uint32_t at = 0; at < old.n_buckets; at++)
        for (uint32_t i = 0; i < old.buckets[at].n; i++)
            insert(t, old.buckets[at].hash[i], old.buckets[at].cell[i]);
    vd_table_fini(&old);
}

void vd_table_grow(vd_table *t)
{
    assert(t->n_buckets <= UINT32_MAX / 16);
    rehash(t, t->n_buckets * 2);
}

static bool is_for(const vd_cell *cell, uint32_t rule, uint16_t slot, const uint64_t key[2])
{
    return cell->key[0] == key[0] && cell->key[1] == key[1] && cell->rule == rule &&
           cell->slot == slot;
}

/* Bit set of the entries with that hash. */
static uint32_t agreeing(const vd_bucket *b, uint32_t hash)
{
    uint32_t set = 0;
#pragma GCC unroll 7
    for (uint32_t i = 0; i < VD_BUCKET; i++) set |= (uint32_t)(b->hash[i] == hash) << i;
    return set & ((1u << b->n) - 1);
}

/* Where the cell's number stands; NULL: nowhere. */
static uint32_t *probe(const vd_sequencer *seq, uint32_t rule, uint16_t slot, const uint64_t key[2])
{
    const vd_table *t = &seq->table;
    uint32_t hash = slot_hash(rule, slot, key), mask = t->n_buckets - 1;
    for (uint32_t at = hash & mask;; at = (at + 1) & mask) {
        vd_bucket *b = &t->buckets[at];
        for (uint32_t set = agreeing(b, hash); set; set &= set - 1) {
            uint32_t *cell = &b->cell[__builtin_ctz(set)];
            if (is_for(vd_seq_cell(seq, *cell), rule, slot, key)) return cell;
        }
        if (!b->passed) return NULL;
    }
}

uint32_t vd_table_find(const vd_sequencer *seq, uint32_t rule, uint16_t slot,
                       const uint64_t key[2])
{
    const uint32_t *at = probe(seq, rule, slot, key);
    return at ? *at : VD_CELL_NONE;
}

void vd_table_ahead(const vd_sequencer *seq, uint32_t rule, uint16_t slot, const uint64_t key[2],
                    bool near)
{
    const vd_table *t = &seq->table;
    uint32_t hash = slot_hash(rule, slot, key);
    const vd_bucket *b = &t->buckets[hash & (t->n_buckets - 1)];
    if (!near) {
        __builtin_prefetch(b, 1);
        return;
    }
    uint32_t set = agreeing(b, hash);
    if (set) __builtin_prefetch(vd_seq_cell(seq, b->cell[__builtin_ctz(set)]));
}

void vd_table_add(vd_sequencer *seq, uint32_t c)
{
    insert(&seq->table, hash_of(vd_seq_cell(seq, c)), c);
}

uint32_t vd_table_put(vd_sequencer *seq, uint32_t c)
{
    const vd_cell *cell = vd_seq_cell(seq, c);
    uint32_t *at = probe(seq, cell->rule, cell->slot, cell->key);
    if (!at) {
        vd_table_add(seq, c);
        return VD_CELL_NONE;
    }
    uint32_t old = *at;
    *at = c;
    return old;
}

/* The entry of cell c in the bucket, or its number of entries. */
static uint32_t entry_of(const vd_bucket *b, uint32_t c)
{
    uint32_t i = 0;
    while (i < b->n && b->cell[i] != c) i++;
    return i;
}

void vd_table_remove(vd_sequencer *seq, uint32_t c)
{
    vd_table *t = &seq->table;
    uint32_t mask = t->n_buckets - 1, at = hash_of(vd_seq_cell(seq, c)) & mask, i;
    for (; (i = entry_of(&t->buckets[at], c)) == t->buckets[at].n; at = (at + 1) & mask) {
        assert(t->buckets[at].passed > 0);
        t->buckets[at].passed--;
    }
    vd_bucket *b = &t->buckets[at];
    b->n--;
    b->hash[i] = b->hash[b->n];
    b->cell[i] = b->cell[b->n];
    t->n--;
    if (t->n_buckets > MIN_BUCKETS && t->n < t->n_buckets) rehash(t, t->n_buckets / 2);
}
