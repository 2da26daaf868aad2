/* UTF-16 to UTF-8. Nearly all text of event logs is ASCII: sixteen units at a time where
 * they are, one character at a time where not. */
#include "base/utf8.h"
#include "windows/evtx_int.h"

#if defined(__SSE2__)
#include <emmintrin.h>

/* Copies units while all of a step are ASCII; returns how many. */
static size_t ascii_run(const uint8_t *p, size_t n, char *out)
{
    const __m128i high = _mm_set1_epi16((short)0xff80);
    const __m128i zero = _mm_setzero_si128();
    size_t i = 0;
    for (; i + 16 <= n; i += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * i));
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * i + 16));
        __m128i bad = _mm_and_si128(_mm_or_si128(a, b), high);
        if (_mm_movemask_epi8(_mm_cmpeq_epi16(bad, zero)) != 0xffff) break;
        _mm_storeu_si128((__m128i *)(void *)(out + i), _mm_packus_epi16(a, b));
    }
    for (; i + 8 <= n; i += 8) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * i));
        __m128i bad = _mm_and_si128(a, high);
        if (_mm_movemask_epi8(_mm_cmpeq_epi16(bad, zero)) != 0xffff) break;
        _mm_storel_epi64((__m128i *)(void *)(out + i), _mm_packus_epi16(a, a));
    }
    return i;
}
#else
static size_t ascii_run(const uint8_t *p, size_t n, char *out)
{
    return 0;
}
#endif

/* The code point at unit *i, which moves behind it. */
static uint32_t next_point(const uint8_t *p, size_t n, size_t *i)
{
    uint32_t u = vd_le16(p + 2 * (*i)++);
    if (u < 0xd800 || u > 0xdfff) return u;
    if (u > 0xdbff || *i == n) return 0xfffd;
    uint32_t low = vd_le16(p + 2 * *i);
    if (low < 0xdc00 || low > 0xdfff) return 0xfffd;
    ++*i;
    return 0x10000 + ((u - 0xd800) << 10) + (low - 0xdc00);
}

size_t vd_utf16_put(const uint8_t *p, size_t n, char *out)
{
    size_t o = 0;
    for (size_t i = 0; i < n;) {
        size_t run = ascii_run(p + 2 * i, n - i, out + o);
        i += run;
        o += run;
        /* The rest of a step that was not all ASCII, then try steps again. */
        for (size_t stop = i + 8 < n ? i + 8 : n; i < stop;) {
            uint32_t u = vd_le16(p + 2 * i);
            if (u < 0x80) {
                out[o++] = (char)u;
                i++;
            } else {
                o += vd_utf8_put(next_point(p, n, &i), out + o);
            }
        }
    }
    return o;
}
