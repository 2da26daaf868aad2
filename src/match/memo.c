#include "match/memo.h"

#include <stdlib.h>

/* Inlined: half the cost of a probe would be the calls. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define FIRST_SIZE 256u
#define MAX_SIZE   (1u << 15)
#define MAX_IDS    (1u << 18)

void vd_memo_init(vd_memo *memo)
{
    memo->n = FIRST_SIZE;
    memo->v = vd_calloc(memo->n, sizeof *memo->v);
}

void vd_memo_fini(vd_memo *memo)
{
    free(memo->v);
    vd_vec_free(&memo->ids);
    *memo = (vd_memo){0};
}

vd_hash128 vd_memo_hash(vd_str value, uint64_t seed)
{
    XXH128_hash_t h = XXH3_128bits_withSeed(value.p, value.n, seed);
    return (vd_hash128){h.low64, h.high64 | 1};
}

const vd_memo_entry *vd_memo_find(const vd_memo *memo, vd_hash128 h)
{
    for (uint32_t i = (uint32_t)h.lo & (memo->n - 1);; i = (i + 1) & (memo->n - 1)) {
        const vd_memo_entry *e = &memo->v[i];
        if (e->lo == h.lo && e->hi == h.hi) return e;
        if (e->hi == 0) return NULL;
    }
}

static void insert(vd_memo *memo, const vd_memo_entry *e)
{
    uint32_t i = (uint32_t)e->lo & (memo->n - 1);
    while (memo->v[i].hi)
        i = (i + 1) & (memo->n - 1);
    memo->v[i] = *e;
}

static void clear(vd_memo *memo)
{
    memset(memo->v, 0, memo->n * sizeof *memo->v);
    memo->used = 0;
    memo->ids.n = 0;
}

static void grow(vd_memo *memo)
{
    vd_memo_entry *old = memo->v;
    uint32_t n = memo->n;
    memo->n = n * 2;
    memo->v = vd_calloc(memo->n, sizeof *memo->v);
    for (uint32_t i = 0; i < n; i++)
        if (old[i].hi) insert(memo, &old[i]);
    free(old);
}

void vd_memo_put(vd_memo *memo, vd_hash128 h, const uint32_t *ids, size_t n)
{
    if (n > MAX_IDS) return;
    if (memo->ids.n + n > MAX_IDS) clear(memo);
    if (memo->used >= memo->n / 2) {
        if (memo->n < MAX_SIZE) grow(memo);
        else clear(memo);
    }
    vd_memo_entry e = {h.lo, h.hi, (uint32_t)memo->ids.n, (uint32_t)n};
    for (size_t i = 0; i < n; i++)
        *vd_vec_push(&memo->ids) = ids[i];
    insert(memo, &e);
    memo->used++;
}

size_t vd_memo_bytes(const vd_memo *memo)
{
    return memo->n * sizeof *memo->v + memo->ids.cap * sizeof *memo->ids.v;
}
