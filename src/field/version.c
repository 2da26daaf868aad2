/* field/version.c - precedence of versions
 *
 * Elasticsearch orders a version field by an encoded form of its text. This
 * compares the two texts as those forms would compare: the parts of the main
 * version as numbers, of two main versions the shorter first ("1.2" before
 * "1.2.0"), a pre-release before its release, numeric identifiers of a
 * pre-release before others, and a build suffix last, by bytes. */
#include "field/version.h"

typedef struct parts {
    vd_str main, pre, build; /* pre and build without '-' and '+' */
    bool has_pre, has_build;
} parts;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
static bool is_word(char c)
{
    return is_digit(c) || c == '-' || (vd_ascii_lower((unsigned char)c) - 'a' + 0u) < 26u;
}

static bool all_digits(vd_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!is_digit(s.p[i])) return false;
    return true;
}

/* The identifier of a dotted list at *at; moves *at behind its dot. false: no more.
 * *at starts at 0 and ends above s.n. */
static bool next_part(vd_str s, size_t *at, vd_str *out)
{
    if (*at > s.n) return false;
    size_t end = vd_str_find_byte(s, '.', *at);
    *out = vd_str_sub(s, *at, end);
    *at = end + 1;
    return true;
}

static bool number_valid(vd_str s)
{
    return all_digits(s) && (s.n == 1 || s.p[0] != '0');
}

/* Every identifier has characters and only those allowed. numbers: a numeric
 * one has no leading zero; only_numbers: there are no others. */
static bool list_valid(vd_str s, bool numbers, bool only_numbers)
{
    vd_str part;
    for (size_t at = 0; next_part(s, &at, &part);) {
        if (part.n == 0) return false;
        bool digits = all_digits(part);
        if (only_numbers && !digits) return false;
        if (numbers && digits && !number_valid(part)) return false;
        for (size_t i = 0; i < part.n; i++)
            if (!is_word(part.p[i])) return false;
    }
    return true;
}

static bool split(vd_str s, parts *out)
{
    *out = (parts){0};
    size_t plus = vd_str_find_byte(s, '+', 0);
    vd_str rest = vd_str_sub(s, 0, plus);
    size_t dash = vd_str_find_byte(rest, '-', 0);
    out->main = vd_str_sub(rest, 0, dash);
    out->has_pre = dash < rest.n;
    out->has_build = plus < s.n;
    if (out->has_pre) out->pre = vd_str_sub(rest, dash + 1, rest.n);
    if (out->has_build) out->build = vd_str_sub(s, plus + 1, s.n);
    return list_valid(out->main, true, true) &&
           (!out->has_pre || list_valid(out->pre, true, false)) &&
           (!out->has_build || list_valid(out->build, false, false));
}

bool vd_version_valid(vd_str s)
{
    parts p;
    return split(s, &p);
}

static int number_cmp(vd_str a, vd_str b)
{
    if (a.n != b.n) return a.n < b.n ? -1 : 1;
    return vd_str_cmp(a, b);
}

static int part_cmp(vd_str a, vd_str b)
{
    bool na = all_digits(a), nb = all_digits(b);
    if (na && nb) return number_cmp(a, b);
    if (na != nb) return na ? -1 : 1;
    return vd_str_cmp(a, b);
}

/* Part by part; where one list ends, it comes first. */
static int list_cmp(vd_str a, vd_str b)
{
    size_t ia = 0, ib = 0;
    vd_str pa, pb;
    for (;;) {
        bool more_a = next_part(a, &ia, &pa), more_b = next_part(b, &ib, &pb);
        if (!more_a || !more_b) return more_a - more_b;
        int c = part_cmp(pa, pb);
        if (c) return c;
    }
}

int vd_version_cmp(vd_str a, vd_str b)
{
    parts pa, pb;
    bool va = split(a, &pa), vb = split(b, &pb);
    if (!va && !vb) return vd_str_cmp(a, b);
    if (va != vb) return va ? -1 : 1;
    int c = list_cmp(pa.main, pb.main);
    if (c) return c;
    if (pa.has_pre != pb.has_pre) return pa.has_pre ? -1 : 1;
    if (pa.has_pre && (c = list_cmp(pa.pre, pb.pre))) return c;
    if (pa.has_build != pb.has_build) return pa.has_build ? 1 : -1;
    return vd_str_cmp(pa.build, pb.build);
}
