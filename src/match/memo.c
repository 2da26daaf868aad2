#include "match/memo.h"

#include <stdlib.h>

/* Inlined: half the cost of a probe would be the calls. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define FIRST_SIZE 256u
#define MAX_SIZE   (1u << 15)
#define MAX_LISTS  (1u << 18) /* numbers in all lists */

static void clear(vd_memo *memo)
{
    memset(memo->v, 0, memo->n * sizeof *memo->v);
    memset(memo->known, 0, memo->cap_known * sizeof *memo->known);
    memo->used = memo->n_known = 0;
    memo->lists.n = 0;
    *vd_vec_push(&memo->lists) = 0; /* place 0 is the empty list */
}

void vd_memo_init(vd_memo *memo)
{
    memo->n = FIRST_SIZE;
    memo->cap_known = FIRST_SIZE;
    memo->v = vd_calloc(memo->n, sizeof *memo->v);
    memo->known = vd_calloc(memo->cap_known, sizeof *memo->known);
    clear(memo);
}

void vd_memo_fini(vd_memo *memo)
{
    free(memo->v);
    free(memo->known);
    vd_vec_free(&memo->lists);
    *memo = (vd_memo){0};
}

uint64_t vd_memo_hash(vd_str value, uint64_t seed)
{
    uint64_t h = XXH3_64bits_withSeed(value.p, value.n, seed);
    return h ? h : 1;
}

static void insert(vd_memo *memo, const vd_memo_entry *e)
{
    uint32_t i = (uint32_t)e->hash & (memo->n - 1);
    while (memo->v[i].hash)
        i = (i + 1) & (memo->n - 1);
    memo->v[i] = *e;
}

static void grow(vd_memo *memo)
{
    vd_memo_entry *old = memo->v;
    uint32_t n = memo->n;
    memo->n = n * 2;
    memo->v = vd_calloc(memo->n, sizeof *memo->v);
    for (uint32_t i = 0; i < n; i++)
        if (old[i].hash) insert(memo, &old[i]);
    free(old);
}

static uint32_t list_hash(const uint32_t *ids, size_t n)
{
    return (uint32_t)XXH3_64bits(ids, n * sizeof *ids);
}

static void grow_known(vd_memo *memo)
{
    uint32_t *old = memo->known, n = memo->cap_known;
    memo->cap_known = n * 2;
    memo->known = vd_calloc(memo->cap_known, sizeof *memo->known);
    for (uint32_t i = 0; i < n; i++) {
        if (!old[i]) continue;
        const uint32_t *list = memo->lists.v + old[i];
        uint32_t k = list_hash(list + 1, *list) & (memo->cap_known - 1);
        while (memo->known[k])
            k = (k + 1) & (memo->cap_known - 1);
        memo->known[k] = old[i];
    }
    free(old);
}

/* Where a list equal to this one stands; it is added if there is none. */
static uint32_t intern(vd_memo *memo, const uint32_t *ids, size_t n)
{
    if (n == 0) return 0;
    if (memo->n_known * 2 >= memo->cap_known) grow_known(memo);
    uint32_t i = list_hash(ids, n) & (memo->cap_known - 1);
    for (; memo->known[i]; i = (i + 1) & (memo->cap_known - 1)) {
        const uint32_t *list = memo->lists.v + memo->known[i];
        if (*list == n && memcmp(list + 1, ids, n * sizeof *ids) == 0) return memo->known[i];
    }
    uint32_t at = (uint32_t)memo->lists.n;
    vd_vec_reserve(&memo->lists, memo->lists.n + n + 1);
    *vd_vec_push(&memo->lists) = (uint32_t)n;
    memcpy(memo->lists.v + memo->lists.n, ids, n * sizeof *ids);
    memo->lists.n += n;
    memo->known[i] = at;
    memo->n_known++;
    return at;
}

void vd_memo_put(vd_memo *memo, uint64_t hash, const uint32_t *ids, size_t n)
{
    if (n > MAX_LISTS / 2) return;
    if (memo->lists.n + n + 1 > MAX_LISTS) clear(memo);
    if (memo->used >= memo->n / 2) {
        if (memo->n < MAX_SIZE) grow(memo);
        else clear(memo);
    }
    vd_memo_entry e = {.hash = hash, .at = intern(memo, ids, n)};
    insert(memo, &e);
    memo->used++;
}

size_t vd_memo_bytes(const vd_memo *memo)
{
    return memo->n * sizeof *memo->v + memo->cap_known * sizeof *memo->known +
           memo->lists.cap * sizeof *memo->lists.v;
}
