/* match/memo.h - from a value to the predicates that hold for it
 *
 * Telemetry repeats itself: most strings were seen before, and their answer with
 * them. A value is known by a seeded 64-bit hash, so its text is not kept: two values of
 * one slot would have to agree in all 64 bits to be taken for each other. Equal answers
 * are kept once, so those that are asked for stay in the cache. A memo that is full is
 * emptied: memory is bounded whatever the input. */
#ifndef VD_MATCH_MEMO_H
#define VD_MATCH_MEMO_H

#define VD_MEMO_TRIAL 4096u

#include "base/hash.h"
#include "base/vec.h"

typedef struct vd_memo_entry {
    uint64_t hash; /* 0: empty */
    uint32_t at;   /* of its list in `lists`: the number of predicates, then they */
    uint32_t unused;
} vd_memo_entry;

typedef struct vd_memo {
    vd_memo_entry *v;
    uint32_t n, used;      /* n: a power of two, 0 for a slot without a memo */
    VD_VEC(uint32_t) lists;
    uint32_t *known;       /* open addressing: where equal lists stand, 0: none */
    uint32_t n_known, cap_known;
    uint32_t asked, hits; /* lately */
    uint32_t rest;        /* values for which it is left aside: nearly all were new */
} vd_memo;

void vd_memo_init(vd_memo *memo);
void vd_memo_fini(vd_memo *memo);
/* The predicates of that value (*n of them), or NULL if it is not known. Stale after
 * the next put. */
static inline const uint32_t *vd_memo_find(const vd_memo *memo, uint64_t hash, uint32_t *n)
{
    for (uint32_t i = (uint32_t)hash & (memo->n - 1);; i = (i + 1) & (memo->n - 1)) {
        const vd_memo_entry *e = &memo->v[i];
        if (e->hash == hash) {
            const uint32_t *list = memo->lists.v + e->at;
            *n = *list;
            return list + 1;
        }
        if (e->hash == 0) return NULL;
    }
}
/* Whether to ask the memo for the next value: a memo that nearly never knows the answer
 * is left aside for a while. */
static inline bool vd_memo_worth(vd_memo *memo)
{
    if (!memo->n) return false;
    if (memo->rest) {
        memo->rest--;
        return false;
    }
    if (++memo->asked < VD_MEMO_TRIAL) return true;
    if (memo->hits < VD_MEMO_TRIAL / 16) memo->rest = 16 * VD_MEMO_TRIAL;
    memo->asked = memo->hits = 0;
    return true;
}
/* Asks for the memory that vd_memo_find will look at. */
static inline void vd_memo_prefetch(const vd_memo *memo, uint64_t hash)
{
    __builtin_prefetch(&memo->v[(uint32_t)hash & (memo->n - 1)]);
}
/* Remembers that the n predicates hold for the value. */
void vd_memo_put(vd_memo *memo, uint64_t hash, const uint32_t *ids, size_t n);
size_t vd_memo_bytes(const vd_memo *memo);
/* The hash of a value, never 0. */
uint64_t vd_memo_hash(vd_str value, uint64_t seed);

#endif
