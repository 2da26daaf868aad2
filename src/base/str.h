/* base/str.h - a slice: bytes with a length, owned by somebody else
 *
 * Strings are slices everywhere; no code relies on a terminating NUL. A slice
 * is passed by value. Whoever hands one out says how long it lives. */
#ifndef VD_BASE_STR_H
#define VD_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct vd_str {
    const char *p; /* may be NULL when n is 0 */
    size_t n;      /* bytes */
} vd_str;

/* Some slices, the array owned by somebody else as well. */
typedef struct vd_strs {
    const vd_str *v;
    size_t n;
} vd_strs;

/* A slice over a string literal. */
#define VD_STR(lit) ((vd_str){(lit), sizeof(lit) - 1})
/* For printf: "%.*s", VD_FMT(s). Caps at INT_MAX bytes. */
#define VD_FMT(s) (int)((s).n > 0x7fffffff ? 0x7fffffff : (s).n), ((s).p ? (s).p : "")

/* A slice over a NUL-terminated string; NULL gives the empty slice. */
static inline vd_str vd_str_from(const char *z) { return (vd_str){z, z ? strlen(z) : 0}; }

static inline bool vd_str_eq(vd_str a, vd_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

/* Orders by unsigned bytes, a prefix before what extends it: <0, 0, >0. */
static inline int vd_str_cmp(vd_str a, vd_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

static inline bool vd_str_starts(vd_str s, vd_str prefix)
{
    return s.n >= prefix.n && (prefix.n == 0 || memcmp(s.p, prefix.p, prefix.n) == 0);
}

static inline bool vd_str_ends(vd_str s, vd_str suffix)
{
    return s.n >= suffix.n &&
           (suffix.n == 0 || memcmp(s.p + (s.n - suffix.n), suffix.p, suffix.n) == 0);
}

/* The part [from, to) of `s`; bounds are clamped to it. */
static inline vd_str vd_str_sub(vd_str s, size_t from, size_t to)
{
    if (to > s.n) to = s.n;
    if (from > to) from = to;
    return (vd_str){from ? s.p + from : s.p, to - from}; /* p may be NULL */
}

/* Position of byte `c` in `s` at or after `from`, or s.n. */
static inline size_t vd_str_find_byte(vd_str s, char c, size_t from)
{
    if (from >= s.n) return s.n;
    const char *q = (const char *)memchr(s.p + from, c, s.n - from); /* cast: C++ reads this too */
    return q ? (size_t)(q - s.p) : s.n;
}

/* Without the ASCII white space at both ends. */
vd_str vd_str_trim(vd_str s);

/* ASCII letters compare without case, all other bytes as they are. */
bool vd_str_eq_ascii_ci(vd_str a, vd_str b);

/* Lower-cases the ASCII letters of `c`, leaves every other byte alone. */
static inline unsigned char vd_ascii_lower(unsigned char c)
{
    return (unsigned char)(c - 'A') < 26 ? (unsigned char)(c + 32) : c;
}

#endif
