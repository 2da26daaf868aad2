/* bench/gen/emit.h - text into a buffer at the speed of memcpy
 *
 * Idea        every emitter takes the write cursor and gives back the new one,
 *             so that it lives in a register; JSON is put together from string
 *             literals whose lengths the compiler knows
 * Use         LIT(w, O("agent") T("id")); w = vd_put(w, id, n); LIT(w, "\"}");
 * Limits      nothing is checked here: a document's buffer is
 *             VD_DOC_CAP bytes and every variable part that goes into it is
 *             bounded by the struct that holds it (doc.c asserts the sum)
 */
#ifndef VD_GEN_EMIT_H
#define VD_GEN_EMIT_H

#include <stdint.h>
#include <string.h>

/* Pieces of JSON as literals: a key, an object that opens, a string value that
 * opens, a whole string member, a member whose value is literal. */
#define K(k)    "\"" k "\":"
#define O(k)    "\"" k "\":{"
#define T(k)    "\"" k "\":\""
#define S(k, v) "\"" k "\":\"" v "\""
#define V(k, v) "\"" k "\":" v

/* Appends a string literal and moves the cursor. */
#define LIT(w, s) ((void)memcpy((w), (s), sizeof(s) - 1), (void)((w) += sizeof(s) - 1))

/* A piece of text that somebody else owns; not terminated. Text that goes into
 * documents is kept JSON-escaped from the start. */
typedef struct vd_text {
    const char *p;
    uint32_t len;
} vd_text;

static inline vd_text vd_text_of(const char *s)
{
    return (vd_text){s, (uint32_t)strlen(s)};
}

static inline char *vd_put(char *w, const char *p, size_t n)
{
    memcpy(w, p, n);
    return w + n;
}

static inline char *vd_put_text(char *w, vd_text t)
{
    return vd_put(w, t.p, t.len);
}

static inline char *vd_put_str(char *w, const char *s)
{
    return vd_put(w, s, strlen(s));
}

static inline char *vd_put_u64(char *w, uint64_t v)
{
    char tmp[20];
    size_t n = 0;
    do {
        tmp[sizeof tmp - ++n] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    return vd_put(w, tmp + sizeof tmp - n, n);
}

/* The lowest `digits` decimal digits of v, with leading zeros. */
static inline char *vd_put_pad(char *w, uint64_t v, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; v /= 10)
        w[i] = (char)('0' + v % 10);
    return w + digits;
}

/* The lowest `digits` hexadecimal digits of v, lower case; digits <= 16. */
static inline char *vd_put_hex(char *w, uint64_t v, unsigned digits)
{
    static const char hex[] = "0123456789abcdef";
    for (unsigned i = digits; i-- > 0; v >>= 4)
        w[i] = hex[v & 15];
    return w + digits;
}

/* `digits` hexadecimal digits that depend on `seed` only: a made-up hash. */
static inline char *vd_put_digest(char *w, uint64_t seed, unsigned digits)
{
    for (; digits >= 16; digits -= 16) {
        seed = seed * 0xd1342543de82ef95u + 0x9e3779b97f4a7c15u;
        w = vd_put_hex(w, seed ^ (seed >> 29), 16);
    }
    return vd_put_hex(w, seed >> 7, digits);
}

/* Ticks are 100 ns since 1970, the resolution that the endpoint writes. */
#define VD_TICKS_SECOND 10000000LL
#define VD_TICKS_MS     10000LL

/* YYYY-MM-DDThh:mm:ss of a time not before 1970 (days to civil date after
 * H. Hinnant, "chrono-Compatible Low-Level Date Algorithms"). */
static inline char *vd_put_datetime(char *w, int64_t ticks)
{
    uint64_t secs = (uint64_t)(ticks / VD_TICKS_SECOND);
    uint32_t z = (uint32_t)(secs / 86400) + 719468u;
    uint32_t tod = (uint32_t)(secs % 86400);
    uint32_t era = z / 146097, doe = z % 146097;
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153;
    uint32_t month = mp < 10 ? mp + 3 : mp - 9;
    w = vd_put_pad(w, yoe + era * 400 + (month <= 2), 4);
    *w++ = '-';
    w = vd_put_pad(w, month, 2);
    *w++ = '-';
    w = vd_put_pad(w, doy - (153 * mp + 2) / 5 + 1, 2);
    *w++ = 'T';
    w = vd_put_pad(w, tod / 3600, 2);
    *w++ = ':';
    w = vd_put_pad(w, tod / 60 % 60, 2);
    *w++ = ':';
    return vd_put_pad(w, tod % 60, 2);
}

/* The same with seven fractional digits and a Z. */
static inline char *vd_put_time(char *w, int64_t ticks)
{
    w = vd_put_datetime(w, ticks);
    *w++ = '.';
    w = vd_put_pad(w, (uint64_t)(ticks % VD_TICKS_SECOND), 7);
    *w++ = 'Z';
    return w;
}

#endif
