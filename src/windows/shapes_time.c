/* Times as collectors write them. */
#include "base/clock.h"
#include "windows/shapes_int.h"

#define NS_PER_S  1000000000ll
#define NS_PER_MS 1000000ll

typedef struct scan {
    vd_str s;
    size_t i;
} scan;

static bool digits(scan *c, int n, int *out)
{
    int v = 0;
    for (int k = 0; k < n; k++, c->i++) {
        if (c->i >= c->s.n || c->s.p[c->i] < '0' || c->s.p[c->i] > '9') return false;
        v = v * 10 + (c->s.p[c->i] - '0');
    }
    *out = v;
    return true;
}

static bool take(scan *c, const char *any)
{
    if (c->i >= c->s.n || !c->s.p[c->i] || !strchr(any, c->s.p[c->i])) return false;
    c->i++;
    return true;
}

/* Digits of a fraction of a second in nanoseconds; finer ones are cut. */
static int64_t fraction(scan *c)
{
    int64_t v = 0, scale = NS_PER_S / 10;
    for (; c->i < c->s.n && c->s.p[c->i] >= '0' && c->s.p[c->i] <= '9'; c->i++, scale /= 10)
        v += scale * (c->s.p[c->i] - '0');
    return v;
}

/* What stands behind the time; false if it is no zone. */
static bool zone(scan *c, int *minutes, vd_zone_of *of)
{
    int sign, h, m = 0;
    vd_str rest = vd_str_trim(vd_str_sub(c->s, c->i, c->s.n));
    if (!rest.n) return *of = VD_ZONE_NONE, true;
    *of = VD_ZONE_OWN;
    *minutes = 0;
    if (vd_str_eq(rest, VD_STR("Z")) || vd_str_eq(rest, VD_STR("UTC"))) return true;
    scan r = {rest, 0};
    sign = take(&r, "-") ? -1 : 1;
    if (sign == 1 && !take(&r, "+")) return false;
    if (!digits(&r, 2, &h)) return false;
    take(&r, ":");
    if (r.i < rest.n && !digits(&r, 2, &m)) return false;
    *minutes = sign * (h * 60 + m);
    return r.i == rest.n && h < 24 && m < 60;
}

/* Years that 64 bits of nanoseconds hold. */
static bool in_range(const vd_civil *c)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (c->year < 1678 || c->year > 2261 || c->month < 1 || c->month > 12) return false;
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;
    return c->day >= 1 && c->day <= days[c->month - 1] + (leap && c->month == 2) &&
           c->hour < 24 && c->minute < 60 && c->second < 61;
}

static bool iso(vd_str s, const vd_offsets *tz, int64_t *ns, vd_zone_of *of)
{
    scan c = {s, 0};
    int year, minutes = 0;
    vd_civil t = {0};
    if (!digits(&c, 4, &year) || !take(&c, "-/") || !digits(&c, 2, &t.month) || !take(&c, "-/") ||
        !digits(&c, 2, &t.day) || !take(&c, "T ") || !digits(&c, 2, &t.hour) || !take(&c, ":") ||
        !digits(&c, 2, &t.minute) || !take(&c, ":") || !digits(&c, 2, &t.second))
        return false;
    int64_t part = take(&c, ".,") ? fraction(&c) : 0;
    t.year = year;
    if (!in_range(&t) || !zone(&c, &minutes, of)) return false;
    int64_t shown = vd_time_from_civil(t);
    if (*of == VD_ZONE_NONE) minutes = vd_offsets_at_local(tz, shown / 1000);
    *ns = (shown - minutes * 60000ll) * NS_PER_MS + part;
    return true;
}

/* Seconds since 1970, or their thousandths, millionths, billionths: told apart by size. */
static bool epoch(vd_str s, int64_t *ns)
{
    scan c = {s, 0};
    uint64_t v = 0;
    for (; c.i < s.n && s.p[c.i] >= '0' && s.p[c.i] <= '9' && v < 1ull << 59; c.i++)
        v = v * 10 + (uint64_t)(s.p[c.i] - '0');
    if (!c.i) return false;
    uint64_t unit = v < 100000000000ull          ? NS_PER_S
                    : v < 100000000000000ull     ? NS_PER_MS
                    : v < 100000000000000000ull  ? 1000
                                                 : 1;
    int64_t whole, part = take(&c, ".") ? fraction(&c) / (NS_PER_S / (int64_t)unit) : 0;
    if (c.i < s.n || __builtin_mul_overflow(v, unit, &whole)) return false;
    return !__builtin_add_overflow(whole, part, ns);
}

bool vd_win_time(vd_str s, const vd_offsets *tz, int64_t *ns, vd_zone_of *of)
{
    vd_zone_of unused;
    if (!of) of = &unused;
    *of = VD_ZONE_OWN;
    s = vd_str_trim(s);
    if (vd_str_starts(s, VD_STR("/Date(")) && vd_str_ends(s, VD_STR(")/")))
        return epoch(vd_str_sub(s, 6, s.n - 2), ns);
    return iso(s, tz, ns, of) || epoch(s, ns);
}
