#include "base/utf8.h"

vd_str vd_str_trim(vd_str s)
{
    while (s.n && strchr(" \t\r\n\f\v", s.p[0]) && s.p[0]) {
        s.p++;
        s.n--;
    }
    while (s.n && s.p[s.n - 1] && strchr(" \t\r\n\f\v", s.p[s.n - 1]))
        s.n--;
    return s;
}

bool vd_str_eq_ascii_ci(vd_str a, vd_str b)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (vd_ascii_lower((unsigned char)a.p[i]) != vd_ascii_lower((unsigned char)b.p[i]))
            return false;
    return true;
}

/* Length of the valid sequence at p (n bytes left), 0 if there is none; *cp gets
 * its code point. */
static size_t sequence_at(const unsigned char *p, size_t n, uint32_t *cp)
{
    unsigned char c = p[0];
    size_t len = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3
                 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
    if (len == 0 || len > n) return 0;
    uint32_t v = len == 1 ? c : len == 2 ? c & 0x1Fu : len == 3 ? c & 0x0Fu : c & 0x07u;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
        v = v << 6 | (p[i] & 0x3Fu);
    }
    if ((len == 3 && v < 0x800) || (len == 4 && (v < 0x10000 || v > 0x10FFFF))) return 0;
    if (v >= 0xD800 && v < 0xE000) return 0;
    *cp = v;
    return len;
}

uint32_t vd_utf8_next(vd_str s, size_t *i)
{
    const unsigned char *p = (const unsigned char *)s.p + *i;
    uint32_t cp;
    size_t len = sequence_at(p, s.n - *i, &cp);
    if (len == 0) {
        *i += 1;
        return 0xDC00u + p[0];
    }
    *i += len;
    return cp;
}

size_t vd_utf8_put(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}

bool vd_utf8_valid(vd_str s)
{
    uint32_t cp;
    for (size_t i = 0; i < s.n;) {
        size_t len = sequence_at((const unsigned char *)s.p + i, s.n - i, &cp);
        if (len == 0) return false;
        i += len;
    }
    return true;
}

size_t vd_utf8_count(vd_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n; n++)
        vd_utf8_next(s, &i);
    return n;
}

size_t vd_utf16_count(vd_str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.n;)
        n += vd_utf8_next(s, &i) > 0xFFFF ? 2 : 1;
    return n;
}
