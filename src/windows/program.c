/* windows/program.c - which operations an event runs, by channel, provider and event id
 *
 * Of the blocks that speak of an event those of a later map come first, then those that
 * name its id before those for a whole section, then sections with channel and provider
 * before those with one of them, then the order of the text. */
#include <stdlib.h>

#include "base/hash.h"
#include "windows/normalise_int.h"

typedef struct candidate {
    const nz_block *block;
    uint32_t weight; /* the larger the earlier */
    uint32_t at;
} candidate;

static int by_weight(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    if (x->weight != y->weight) return x->weight > y->weight ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

static bool names_id(const nz_table *t, const nz_block *b, uint32_t id)
{
    for (uint32_t i = 0; i < b->n_ids; i++) {
        nz_range r = t->ranges.v[b->ids + i];
        if (id >= r.from && id <= r.to) return true;
    }
    return false;
}

/* 0: none of the block's sections is the record's; else 1 and how closely. */
static uint32_t section_fit(const nz_table *t, const nz_block *b, vd_str channel, vd_str provider)
{
    uint32_t best = 0;
    for (uint32_t i = 0; i < b->n_sec; i++) {
        const nz_section *s = &t->sections.v[b->sec + i];
        bool fits = (s->channel.n == 0 || nz_same(s->channel, channel)) &&
                    (s->provider.n == 0 || nz_same(s->provider, provider));
        uint32_t fit = 1 + (s->channel.n ? 2 : 0) + (s->provider.n ? 1 : 0);
        if (fits && fit > best) best = fit;
    }
    return best;
}

static uint32_t weigh(const nz_table *t, const nz_block *b, vd_str channel, vd_str provider,
                      uint32_t id)
{
    uint32_t fit = section_fit(t, b, channel, provider);
    if (!fit || (b->n_ids && !names_id(t, b, id))) return 0;
    return b->rank * 16 + (b->n_ids ? 8 : 0) + fit;
}

static nz_program build(vd_normaliser *n, vd_str channel, vd_str provider, uint32_t id)
{
    const nz_table *t = &n->table;
    candidate *c = vd_malloc(t->blocks.n * sizeof *c);
    uint32_t count = 0, ops = 0;
    for (uint32_t i = 0; i < t->blocks.n; i++) {
        const nz_block *b = &t->blocks.v[i];
        uint32_t weight = weigh(t, b, channel, provider, id);
        if (!weight) continue;
        c[count++] = (candidate){b, weight, i};
        ops += b->n_op;
    }
    qsort(c, count, sizeof *c, by_weight);
    const nz_op **list = vd_arena_alloc(&n->programs, ops * sizeof *list);
    nz_program program = {list, ops};
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t k = 0; k < c[i].block->n_op; k++)
            *list++ = &t->ops.v[c[i].block->op + k];
    free(c);
    return program;
}

void nz_programs_forget(vd_normaliser *n)
{
    vd_arena_reset(&n->programs);
    memset(n->recent, 0, sizeof n->recent);
    free(n->cache);
    n->cache = NULL;
    n->cache_n = n->cache_mask = 0;
}

static uint32_t place_of(const vd_normaliser *n, uint64_t hash, vd_str channel, vd_str provider,
                         uint32_t id)
{
    uint32_t at = (uint32_t)hash & n->cache_mask;
    for (; n->cache[at].program.ops; at = (at + 1) & n->cache_mask) {
        const nz_cached *e = &n->cache[at];
        if (e->hash == hash && e->event_id == id && vd_str_eq(e->channel, channel) &&
            vd_str_eq(e->provider, provider))
            break;
    }
    return at;
}

static void grow(vd_normaliser *n)
{
    nz_cached *old = n->cache;
    uint32_t cap = old ? n->cache_mask + 1 : 0, wider = cap ? cap * 2 : 256;
    n->cache = vd_calloc(wider, sizeof *n->cache);
    n->cache_mask = wider - 1;
    for (uint32_t i = 0; i < cap; i++) {
        const nz_cached *e = &old[i];
        if (e->program.ops)
            n->cache[place_of(n, e->hash, e->channel, e->provider, e->event_id)] = *e;
    }
    free(old);
}

static nz_cached *find_or_build(vd_normaliser *n, vd_str channel, vd_str provider, uint32_t id)
{
    uint64_t hash = vd_hash64(channel) * 31 + vd_hash64(provider) * 17 + id * 0x9e3779b97f4a7c15ull;
    hash ^= hash >> 32;
    if (n->cache_n >= NZ_MAX_PROGRAMS) nz_programs_forget(n);
    if (!n->cache || n->cache_n * 2 > n->cache_mask) grow(n);
    uint32_t at = place_of(n, hash, channel, provider, id);
    nz_cached *e = &n->cache[at];
    if (e->program.ops) return e;
    *e = (nz_cached){.channel = vd_arena_str(&n->programs, channel),
                     .provider = vd_arena_str(&n->programs, provider),
                     .event_id = id,
                     .hash = hash,
                     .program = build(n, channel, provider, id)};
    n->cache_n++;
    return e;
}

nz_program nz_program_of(vd_normaliser *n, vd_str channel, vd_str provider, uint32_t id)
{
    nz_cached *e = &n->recent[id % (sizeof n->recent / sizeof *n->recent)];
    bool same = e->program.ops && e->event_id == id && vd_str_eq(e->channel, channel) &&
                vd_str_eq(e->provider, provider);
    if (!same) *e = *find_or_build(n, channel, provider, id);
    return e->program;
}
