#include "base/clock.h"

#include <inttypes.h>
#include <time.h>

/* Days since 1970-01-01 of a civil date and back (Howard Hinnant's public
 * description of the proleptic Gregorian calendar in 400-year eras). */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static int64_t floor_div(int64_t a, int64_t b) { return a / b - (a % b < 0); }

vd_civil vd_time_civil(int64_t ms)
{
    int64_t days = floor_div(ms, 86400000), rest = ms - days * 86400000;
    int64_t z = days + 719468, era = floor_div(z, 146097), doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int month = (int)(mp < 10 ? mp + 3 : mp - 9);
    return (vd_civil){yoe + era * 400 + (month <= 2), month, (int)(doy - (153 * mp + 2) / 5 + 1),
                      (int)(rest / 3600000), (int)(rest / 60000 % 60), (int)(rest / 1000 % 60),
                      (int)(rest % 1000)};
}

int64_t vd_time_from_civil(vd_civil c)
{
    return days_from_civil(c.year, c.month, c.day) * 86400000 + c.hour * 3600000ll +
           c.minute * 60000ll + c.second * 1000ll + c.ms;
}

static int month_days(int64_t y, int m)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return m == 2 && leap ? 29 : days[m - 1];
}

/* Exactly n digits at *i. */
static bool digits(vd_str s, size_t *i, int n, int *out)
{
    int v = 0;
    for (int k = 0; k < n; k++, (*i)++) {
        if (*i >= s.n || s.p[*i] < '0' || s.p[*i] > '9') return false;
        v = v * 10 + (s.p[*i] - '0');
    }
    *out = v;
    return true;
}

static bool take(vd_str s, size_t *i, char c)
{
    if (*i >= s.n || s.p[*i] != c) return false;
    ++*i;
    return true;
}

static bool fraction(vd_str s, size_t *i, int *ms)
{
    int scale = 100, n = 0;
    *ms = 0;
    for (; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i, n++, scale /= 10)
        *ms += (s.p[*i] - '0') * scale;
    return n > 0 && n <= 9;
}

/* Z, +hh, +hhmm, +hh:mm; minutes east of UTC. */
static bool zone(vd_str s, size_t *i, int *minutes)
{
    int sign = take(s, i, '+') ? 1 : take(s, i, '-') ? -1 : 0, h, m = 0;
    *minutes = 0;
    if (sign == 0) return take(s, i, 'Z');
    if (!digits(s, i, 2, &h)) return false;
    if (*i < s.n) {
        take(s, i, ':');
        if (!digits(s, i, 2, &m)) return false;
    }
    *minutes = sign * (h * 60 + m);
    return h <= 18 && m < 60;
}

static bool time_of_day(vd_str s, size_t *i, vd_civil *c)
{
    if (!digits(s, i, 2, &c->hour) || c->hour > 23) return false;
    if (!take(s, i, ':')) return true;
    if (!digits(s, i, 2, &c->minute) || c->minute > 59) return false;
    if (!take(s, i, ':')) return true;
    if (!digits(s, i, 2, &c->second) || c->second > 59) return false;
    if (take(s, i, '.') || take(s, i, ',')) return fraction(s, i, &c->ms);
    return true;
}

static bool iso(vd_str s, int64_t *ms)
{
    vd_civil c = {.month = 1, .day = 1};
    size_t i = 0;
    int year, minutes = 0;
    bool minus = take(s, &i, '-');
    if (!digits(s, &i, 4, &year)) return false;
    c.year = minus ? -year : year;
    if (take(s, &i, '-')) {
        if (!digits(s, &i, 2, &c.month) || c.month < 1 || c.month > 12) return false;
        if (take(s, &i, '-') &&
            (!digits(s, &i, 2, &c.day) || c.day < 1 || c.day > month_days(c.year, c.month)))
            return false;
    }
    if (take(s, &i, 'T') && i < s.n) {
        if (!time_of_day(s, &i, &c)) return false;
        if (i < s.n && !zone(s, &i, &minutes)) return false;
    }
    if (i != s.n) return false;
    *ms = vd_time_from_civil(c) - minutes * 60000ll;
    return true;
}

static bool epoch(vd_str s, int64_t *ms)
{
    bool minus = s.n && s.p[0] == '-';
    size_t i = minus;
    int64_t v = 0;
    if (i == s.n || s.n > 18) return false;
    for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
        v = v * 10 + (s.p[i] - '0');
    if (i < s.n && s.p[i] == '.') /* epoch_millis may carry a fraction */
        for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9';)
            i++;
    if (i != s.n) return false;
    *ms = minus ? -v : v;
    return true;
}

static unsigned two(const char *p, bool *ok)
{
    unsigned a = (unsigned char)(p[0] - '0'), b = (unsigned char)(p[1] - '0');
    *ok &= a < 10 && b < 10;
    return a * 10 + b;
}

/* The form in which events bring their times, 2026-01-02T03:04:05[.678901234]Z; false
 * if it is any other. Measured at a quarter of what the general reader takes. */
static bool common_form(vd_str s, int64_t *ms)
{
    bool ok = true;
    const char *p = s.p;
    if (s.n < 20 || s.n > 30 || p[4] != '-' || p[7] != '-' || p[10] != 'T' || p[13] != ':' ||
        p[16] != ':' || p[s.n - 1] != 'Z')
        return false;
    unsigned year = two(p, &ok) * 100;
    year += two(p + 2, &ok);
    unsigned month = two(p + 5, &ok), day = two(p + 8, &ok), hour = two(p + 11, &ok);
    unsigned minute = two(p + 14, &ok), second = two(p + 17, &ok), fraction = 0, digits = 0;
    if (s.n > 20) {
        ok &= p[19] == '.' && s.n > 21;
        for (size_t i = 20; i < s.n - 1; i++) {
            unsigned d = (unsigned char)(p[i] - '0');
            ok &= d < 10;
            if (digits < 3) fraction = fraction * 10 + d, digits++;
        }
    }
    for (; digits < 3; digits++)
        fraction *= 10;
    if (!ok || month - 1 > 11 || hour > 23 || minute > 59 || second > 59) return false;
    if (day - 1 >= (unsigned)month_days(year, (int)month)) return false;
    *ms = days_from_civil(year, (int)month, (int)day) * 86400000 + hour * 3600000ll +
          minute * 60000ll + second * 1000ll + fraction;
    return true;
}

bool vd_time_parse(vd_str s, int64_t *ms)
{
    if (common_form(s, ms)) return true;
    bool only_digits = s.n > 0;
    for (size_t i = s.n && s.p[0] == '-'; i < s.n; i++)
        only_digits = only_digits && s.p[i] >= '0' && s.p[i] <= '9';
    /* Four digits alone are a year to the first format of the two. */
    if (s.n == 4 || !only_digits) return iso(s, ms) || epoch(s, ms);
    return epoch(s, ms);
}

static size_t format(int64_t ms, const char *zone_text, char *out, size_t size)
{
    vd_civil c = vd_time_civil(ms);
    int n = snprintf(out, size, "%04" PRId64 "-%02d-%02dT%02d:%02d:%02d.%03d%s", c.year, c.month,
                     c.day, c.hour, c.minute, c.second, c.ms, zone_text);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

size_t vd_time_format(int64_t ms, char out[32]) { return format(ms, "Z", out, 32); }

size_t vd_time_format_zone(int64_t ms, int minutes, char out[40])
{
    char z[8];
    if (minutes == 0) return format(ms, "Z", out, 40);
    int a = minutes < 0 ? -minutes : minutes;
    snprintf(z, sizeof z, "%c%02d:%02d", minutes < 0 ? '-' : '+', a / 60 % 100, a % 60);
    return format(ms + minutes * 60000ll, z, out, 40);
}

static bool has_unit(char u) { return u && strchr("yMwdhHms", u); }

static int64_t unit_ms(char u)
{
    switch (u) {
    case 'w': return 604800000;
    case 'd': return 86400000;
    case 'h':
    case 'H': return 3600000;
    case 'm': return 60000;
    default: return 1000;
    }
}

static int64_t add_months(int64_t ms, int64_t months)
{
    vd_civil c = vd_time_civil(ms);
    int64_t total = c.year * 12 + (c.month - 1) + months;
    c.year = floor_div(total, 12);
    c.month = (int)(total - c.year * 12) + 1;
    int last = month_days(c.year, c.month);
    if (c.day > last) c.day = last;
    return vd_time_from_civil(c);
}

static int64_t add_units(int64_t ms, int64_t n, char u)
{
    if (u == 'y') return add_months(ms, n * 12);
    if (u == 'M') return add_months(ms, n);
    return ms + n * unit_ms(u);
}

static int64_t round_down(int64_t ms, char u)
{
    vd_civil c = vd_time_civil(ms);
    if (u == 'y') return vd_time_from_civil((vd_civil){.year = c.year, .month = 1, .day = 1});
    if (u == 'M') return vd_time_from_civil((vd_civil){.year = c.year, .month = c.month, .day = 1});
    if (u == 'w') /* weeks begin on Monday; 1970-01-01 was a Thursday */
        return floor_div(ms + 3 * 86400000ll, 604800000) * 604800000 - 3 * 86400000ll;
    return floor_div(ms, unit_ms(u)) * unit_ms(u);
}

/* One step of date math at *i. */
static bool math_step(vd_str s, size_t *i, bool round_up, int64_t *t)
{
    char op = s.p[(*i)++];
    int64_t n = 1;
    if (op == '/') {
        if (*i >= s.n || !has_unit(s.p[*i])) return false;
        int64_t start = round_down(*t, s.p[*i]);
        *t = round_up ? add_units(start, 1, s.p[*i]) - 1 : start;
        ++*i;
        return true;
    }
    if (op != '+' && op != '-') return false;
    if (*i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9')
        for (n = 0; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i)
            if ((n = n * 10 + (s.p[*i] - '0')) > 1000000000) return false;
    if (*i >= s.n || !has_unit(s.p[*i])) return false;
    *t = add_units(*t, op == '-' ? -n : n, s.p[(*i)++]);
    return true;
}

int vd_time_math(vd_str s, int64_t now_ms, bool round_up, int64_t *ms, vd_err *err)
{
    int64_t t = now_ms;
    size_t i = 3;
    if (!vd_str_starts(s, VD_STR("now"))) {
        const char *bars = s.n ? memmem(s.p, s.n, "||", 2) : NULL;
        size_t end = bars ? (size_t)(bars - s.p) : s.n;
        if (!vd_time_parse(vd_str_sub(s, 0, end), &t))
            return vd_fail(err, VD_FORMAT, "[%.*s] is neither a time nor date math", VD_FMT(s));
        i = bars ? end + 2 : s.n;
    }
    while (i < s.n)
        if (!math_step(s, &i, round_up, &t))
            return vd_fail_at(err, VD_FORMAT, i, 1,
                              "[%.*s] is no date math: expected +N, -N or / and a unit of y M w d "
                              "h m s at its character %zu",
                              VD_FMT(s), i + 1);
    *ms = t;
    return 0;
}

bool vd_duration_parse(vd_str s, int64_t *ms)
{
    int64_t n = 0;
    if (s.n < 2 || s.n > 12) return false;
    for (size_t i = 0; i + 1 < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return false;
        n = n * 10 + (s.p[i] - '0');
    }
    char u = s.p[s.n - 1];
    if (u != 's' && u != 'm' && u != 'h' && u != 'd') return false;
    *ms = n * unit_ms(u);
    return true;
}

size_t vd_duration_format(int64_t ms, char out[48])
{
    static const struct {
        int64_t ms;
        const char *unit;
    } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
    size_t n = 0;
    int parts = 0;
    if (ms < 0) out[n++] = '-';
    uint64_t rest = ms < 0 ? 0 - (uint64_t)ms : (uint64_t)ms;
    for (size_t k = 0; k < 5 && parts < 2; k++) {
        uint64_t v = rest / (uint64_t)units[k].ms;
        if (v == 0 && !(k == 4 && parts == 0)) continue;
        n += (size_t)snprintf(out + n, 48 - n, "%s%" PRIu64 "%s", parts ? " " : "", v,
                              units[k].unit);
        rest -= v * (uint64_t)units[k].ms;
        parts++;
    }
    return n;
}

static int64_t read_clock(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return t.tv_sec * 1000000000ll + t.tv_nsec;
}

int64_t vd_now_ms(void) { return read_clock(CLOCK_REALTIME) / 1000000; }
int64_t vd_mono_ns(void) { return read_clock(CLOCK_MONOTONIC); }
int64_t vd_thread_cpu_ns(void) { return read_clock(CLOCK_THREAD_CPUTIME_ID); }
