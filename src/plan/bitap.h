/* plan/bitap.h - a long row of characters with `?` among them, found in one pass
 *
 * Idea      Bit i of the state says that the first i + 1 characters stand just before
 *           the place at hand; one shift and one mask a character move all of them on
 *           (Baeza-Yates and Gonnet, "A new approach to text searching", 1992). To try
 *           the row at each place would take its length times the text's.
 * Limits    VD_MAX_GLOB_PIECE characters: 16 words of state. */
#ifndef VD_PLAN_BITAP_H
#define VD_PLAN_BITAP_H

#include "base/arena.h"

typedef struct vd_bitap vd_bitap;

/* Bytes of the code point at p, at most `left`: a lead byte and what continues it. */
static inline size_t vd_glob_step(const char *p, size_t left)
{
    size_t n = 1;
    if ((unsigned char)p[0] >= 0xC0)
        while (n < left && n < 4 && ((unsigned char)p[n] & 0xC0) == 0x80)
            n++;
    return n;
}

/* For a row of 1 to VD_MAX_GLOB_PIECE characters; NULL for a longer one. */
const vd_bitap *vd_bitap_new(vd_arena *a, vd_str row);
/* The end of the first place at or behind `from` where the row stands, or SIZE_MAX. */
size_t vd_bitap_find(const vd_bitap *b, vd_str text, size_t from);

#endif
