/* Wildcards, and what is done to strings, a character at a time. */
#include "model.h"

#include "base/utf8.h"

static bool same(uint32_t a, uint32_t b, bool ci)
{
    if (ci && a < 128 && b < 128)
        return vd_ascii_lower((unsigned char)a) == vd_ascii_lower((unsigned char)b);
    return a == b;
}

bool m_equal(vd_str a, vd_str b, bool ci)
{
    if (a.n != b.n) return false;
    for (size_t i = 0; i < a.n; i++)
        if (!same((unsigned char)a.p[i], (unsigned char)b.p[i], ci)) return false;
    return true;
}

/* The textbook way: on a mismatch the last star takes one character more. */
bool m_glob(vd_str pattern, vd_str text, bool ci)
{
    size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;
    while (t < text.n) {
        size_t tn = t, pn = p;
        uint32_t c = vd_utf8_next(text, &tn);
        if (p < pattern.n && pattern.p[p] == '*') {
            star = ++p;
            mark = t;
        } else if (p < pattern.n &&
                   (pattern.p[p] == '?' || same(vd_utf8_next(pattern, &pn), c, ci))) {
            p = pattern.p[p] == '?' ? p + 1 : pn;
            t = tn;
        } else if (star != SIZE_MAX) {
            p = star;
            vd_utf8_next(text, &mark);
            t = mark;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

int64_t m_find(vd_str s, vd_str part, int64_t from, bool ci)
{
    for (size_t i = (size_t)from; i + part.n <= s.n; i++)
        if (m_equal(vd_str_sub(s, i, i + part.n), part, ci)) return (int64_t)i;
    return -1;
}

int64_t m_find_last(vd_str s, vd_str part, bool ci)
{
    for (int64_t i = (int64_t)s.n - (int64_t)part.n; i >= 0; i--)
        if (m_equal(vd_str_sub(s, (size_t)i, (size_t)i + part.n), part, ci)) return i;
    return -1;
}
