/* event/scan.h - looking at bytes many at a time; private to event/
 *
 * All of these may read up to 16 bytes behind what they are asked about: a
 * document has VD_PADDING readable bytes behind it. What is read there never
 * decides anything. */
#ifndef VD_EVENT_SCAN_H
#define VD_EVENT_SCAN_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline uint64_t vd_load64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint64_t vd_zero_bytes(uint64_t v)
{
    return (v - 0x0101010101010101ull) & ~v & 0x8080808080808080ull;
}

/* Some byte of `v` is a backslash or a dot. */
static inline bool vd_word_has_special(uint64_t v)
{
    return (vd_zero_bytes(v ^ 0x5c5c5c5c5c5c5c5cull) | vd_zero_bytes(v ^ 0x2e2e2e2e2e2e2e2eull)) !=
           0;
}

#ifdef __SSE2__

/* Some byte of the `n` is a backslash or a dot. */
static inline bool vd_has_special(const char *p, size_t n)
{
    __m128i backslash = _mm_set1_epi8('\\'), dot = _mm_set1_epi8('.');
    for (size_t i = 0; i < n; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(p + i));
        __m128i hit = _mm_or_si128(_mm_cmpeq_epi8(v, backslash), _mm_cmpeq_epi8(v, dot));
        unsigned m = (unsigned)_mm_movemask_epi8(hit);
        if (m) return i + (unsigned)__builtin_ctz(m) < n;
    }
    return false;
}

/* Copies 16 bytes and gives the offset of the first backslash among them, or 16. */
static inline unsigned vd_copy_to_backslash16(char *to, const char *from)
{
    __m128i v = _mm_loadu_si128((const __m128i *)from);
    _mm_storeu_si128((__m128i *)to, v);
    unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    return m ? (unsigned)__builtin_ctz(m) : 16;
}

/* Offset of the first backslash in `n` bytes, or n. */
static inline size_t vd_find_backslash(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(p + i));
        unsigned m = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
        if (m) {
            size_t at = i + (unsigned)__builtin_ctz(m);
            return at < n ? at : n;
        }
    }
    return n;
}

#else

static inline bool vd_has_special(const char *p, size_t n)
{
    return memchr(p, '\\', n) || memchr(p, '.', n);
}

static inline unsigned vd_copy_to_backslash16(char *to, const char *from)
{
    memcpy(to, from, 16);
    const char *q = memchr(from, '\\', 16);
    return q ? (unsigned)(q - from) : 16;
}

static inline size_t vd_find_backslash(const char *p, size_t n)
{
    const char *q = n ? memchr(p, '\\', n) : NULL;
    return q ? (size_t)(q - p) : n;
}

#endif
#endif
