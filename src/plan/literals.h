/* plan/literals.h - which of many wildcard patterns may match a text
 *
 * Idea      A pattern can only match a text that holds its plain pieces. Of each pattern
 *           four bytes in a row are chosen (two, where its pieces are shorter), the ones
 *           that fewest other patterns have, since what many patterns share most texts
 *           have too. A text is run through once: four bytes at each place, one look
 *           into a bit table of 8 KiB, which stays in the first cache; what it lets
 *           through is looked up. An Aho-Corasick automaton over the longest literals
 *           took 1.4 times a whole match here, waiting for its table's memory.
 * Use       Candidates only: the pattern itself is tried afterwards. Texts and pieces
 *           are ASCII-folded. */
#ifndef VD_PLAN_LITERALS_H
#define VD_PLAN_LITERALS_H

#include "base/arena.h"
#include "plan/glob.h"

#define VD_GRAM_BITS 16 /* of the hash into the bit table */

typedef struct vd_gram {
    uint32_t gram;
    uint32_t at, n; /* range of ids; n 0: an empty place */
} vd_gram;

/* Patterns known by `size` bytes in a row. */
typedef struct vd_gram_table {
    uint32_t size;  /* 4 or 2 */
    uint32_t n;     /* patterns in it */
    uint64_t *bits; /* 1 << VD_GRAM_BITS of them */
    vd_gram *grams; /* open addressing */
    uint32_t mask;
    uint32_t *ids;
} vd_gram_table;

/* Patterns by one byte b: ids[at[b]] to ids[at[b + 1]]. */
typedef struct vd_byte_table {
    uint32_t at[257];
    uint32_t *ids;
} vd_byte_table;

typedef struct vd_literals {
    vd_gram_table four, two;
    vd_byte_table front, back; /* short patterns by their first byte, else by their last */
    uint32_t *bare; /* short patterns with wildcards at both ends: always tried */
    uint32_t n_bare;
} vd_literals;

const vd_literals *vd_literals_build(vd_arena *a, const vd_glob *const *globs, uint32_t n);

static inline uint32_t vd_gram_hash(uint32_t gram)
{
    return (gram * 0x9E3779B1u) >> (32 - VD_GRAM_BITS);
}

/* The patterns known by that gram, or NULL. Nearly always the bit says no. */
static inline const vd_gram *vd_gram_find(const vd_gram_table *t, uint32_t gram)
{
    uint32_t h = vd_gram_hash(gram);
    if (!(t->bits[h >> 6] >> (h & 63) & 1)) return NULL;
    for (uint32_t i = h & t->mask; t->grams[i].n; i = (i + 1) & t->mask)
        if (t->grams[i].gram == gram) return &t->grams[i];
    return NULL;
}

#endif
