/* match/memo.h - from a value to the predicates that hold for it
 *
 * Telemetry repeats itself: most strings were seen before, and their answer with
 * them. A value is known by a seeded 128-bit hash, so its text is not kept. A memo
 * that is full is emptied: memory is bounded whatever the input. */
#ifndef VD_MATCH_MEMO_H
#define VD_MATCH_MEMO_H

#include "base/hash.h"
#include "base/vec.h"

typedef struct vd_memo_entry {
    uint64_t lo, hi; /* both 0: empty */
    uint32_t at, n;  /* range of `ids` */
} vd_memo_entry;

typedef struct vd_memo {
    vd_memo_entry *v;
    uint32_t n, used; /* n: a power of two, 0 for a slot without a memo */
    VD_VEC(uint32_t) ids;
} vd_memo;

void vd_memo_init(vd_memo *memo);
void vd_memo_fini(vd_memo *memo);
/* The entry of that value, or NULL. Stale after the next put. */
const vd_memo_entry *vd_memo_find(const vd_memo *memo, vd_hash128 h);
/* Remembers that the n predicates hold for the value. */
void vd_memo_put(vd_memo *memo, vd_hash128 h, const uint32_t *ids, size_t n);
size_t vd_memo_bytes(const vd_memo *memo);
/* The hash of a value, never all zero. */
vd_hash128 vd_memo_hash(vd_str value, uint64_t seed);

#endif
