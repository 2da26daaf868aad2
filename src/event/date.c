/* event/date.c - the formats of date fields
 *
 * A mapping's format is a list of alternatives, `A||B`; the first that reads the
 * whole text wins. Known are the default's reader (base/clock.h), the epochs,
 * the built-in names below and patterns in Java's letters as far as they name
 * numbers and zones. An alternative that is not understood reads nothing.
 * Source: Elastic docs, "format" (mapping parameter). */
#include "base/clock.h"
#include "event/event_int.h"

typedef enum reader_kind { READ_ISO, READ_MILLIS, READ_SECONDS, READ_PATTERN } reader_kind;

typedef struct alternative {
    reader_kind kind;
    vd_str pattern;
} alternative;

struct vd_date_format {
    alternative *v;
    size_t n;
};

/* Built-in names (with and without "strict_") and what they read. */
static const struct {
    const char *name, *pattern;
} named[] = {
    {"date_time", "yyyy-MM-dd'T'HH:mm:ss.SXXX"},
    {"date_time_no_millis", "yyyy-MM-dd'T'HH:mm:ssXXX"},
    {"date", "yyyy-MM-dd"},
    {"date_hour", "yyyy-MM-dd'T'HH"},
    {"date_hour_minute", "yyyy-MM-dd'T'HH:mm"},
    {"date_hour_minute_second", "yyyy-MM-dd'T'HH:mm:ss"},
    {"date_hour_minute_second_millis", "yyyy-MM-dd'T'HH:mm:ss.S"},
    {"date_hour_minute_second_fraction", "yyyy-MM-dd'T'HH:mm:ss.S"},
    {"year_month_day", "yyyy-MM-dd"},
    {"year_month", "yyyy-MM"},
    {"year", "yyyy"},
    {"basic_date", "yyyyMMdd"},
    {"basic_date_time", "yyyyMMdd'T'HHmmss.SXXX"},
    {"basic_date_time_no_millis", "yyyyMMdd'T'HHmmssXXX"},
};

/* Moves *i behind between `least` and `most` digits; false: fewer, or too large. */
static bool take_number(vd_str s, size_t *i, size_t least, size_t most, int *out)
{
    size_t start = *i;
    int v = 0;
    while (*i < s.n && *i - start < most && s.p[*i] >= '0' && s.p[*i] <= '9')
        v = v * 10 + (s.p[(*i)++] - '0');
    *out = v;
    return *i - start >= least;
}

/* A fraction of a second of one to nine digits, in milliseconds. */
static bool take_fraction(vd_str s, size_t *i, int *ms)
{
    size_t start = *i;
    int v = 0;
    for (; *i < s.n && *i - start < 9 && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i)
        if (*i - start < 3) v = v * 10 + (s.p[*i] - '0');
    size_t digits = *i - start;
    for (size_t k = digits; k < 3; k++)
        v *= 10;
    *ms = v;
    return digits > 0;
}

/* Z, +hh, +hhmm or +hh:mm. */
static bool take_zone(vd_str s, size_t *i, int *minutes)
{
    int h, m = 0;
    if (*i >= s.n) return false;
    char sign = s.p[(*i)++];
    if (sign == 'Z') return true;
    if ((sign != '+' && sign != '-') || !take_number(s, i, 2, 2, &h)) return false;
    bool colon = *i < s.n && s.p[*i] == ':';
    if (colon) ++*i;
    bool more = *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9';
    if ((colon || more) && !take_number(s, i, 2, 2, &m)) return false;
    if (h > 18 || m > 59) return false;
    *minutes = (h * 60 + m) * (sign == '-' ? -1 : 1);
    return true;
}

/* What a pattern has read so far. */
typedef struct fields {
    vd_civil c;
    int zone;
} fields;

/* One run of `len` equal letters. */
static bool take_letters(char letter, size_t len, vd_str s, size_t *i, fields *f)
{
    int v;
    if (letter == 'S') return take_fraction(s, i, &f->c.ms);
    if (letter == 'X' || letter == 'x' || letter == 'Z') return take_zone(s, i, &f->zone);
    if (letter == 'y' || letter == 'u') {
        bool ok = take_number(s, i, len, len == 2 ? 2 : 4, &v);
        f->c.year = len == 2 ? 2000 + v : v;
        return ok;
    }
    if (!take_number(s, i, len > 2 ? 2 : len, 2, &v)) return false;
    switch (letter) {
    case 'M': f->c.month = v; return len <= 2;
    case 'd': f->c.day = v; return true;
    case 'H': f->c.hour = v; return true;
    case 'm': f->c.minute = v; return true;
    case 's': f->c.second = v; return true;
    default: return false;
    }
}

static bool is_letter(char c)
{
    return vd_ascii_lower((unsigned char)c) - 'a' + 0u < 26u;
}

/* Text between quotes at *k of the pattern ('' is a quote); moves both on. */
static bool take_quoted(vd_str pattern, size_t *k, vd_str s, size_t *i)
{
    size_t end = vd_str_find_byte(pattern, '\'', *k + 1);
    vd_str text = vd_str_sub(pattern, *k + 1, end);
    if (text.n == 0) text = VD_STR("'");
    if (!vd_str_starts(vd_str_sub(s, *i, s.n), text)) return false;
    *i += text.n;
    *k = end + 1;
    return true;
}

static bool in_range(const vd_civil *c)
{
    return c->month >= 1 && c->month <= 12 && c->day >= 1 && c->day <= 31 && c->hour <= 23 &&
           c->minute <= 59 && c->second <= 59;
}

/* No such day as February 30: it would come back as another one. */
static bool same_day(const vd_civil *c, int64_t ms)
{
    vd_civil back = vd_time_civil(ms);
    return back.month == c->month && back.day == c->day;
}

static bool read_pattern(vd_str pattern, vd_str s, int64_t *ms)
{
    fields f = {.c = {.year = 1970, .month = 1, .day = 1}};
    size_t i = 0, k = 0;
    while (k < pattern.n) {
        char c = pattern.p[k];
        if (c == '\'') {
            if (!take_quoted(pattern, &k, s, &i)) return false;
        } else if (is_letter(c)) {
            size_t len = 1;
            while (k + len < pattern.n && pattern.p[k + len] == c)
                len++;
            if (!take_letters(c, len, s, &i, &f)) return false;
            k += len;
        } else {
            if (i >= s.n || s.p[i++] != c) return false;
            k++;
        }
    }
    if (i != s.n || !in_range(&f.c)) return false;
    int64_t t = vd_time_from_civil(f.c);
    if (!same_day(&f.c, t)) return false;
    *ms = t - f.zone * INT64_C(60000);
    return true;
}

/* Whole and decimal numbers; a fraction finer than milliseconds is cut. */
static bool read_epoch(vd_str s, bool seconds, int64_t *ms)
{
    vd_number num = vd_number_read(s);
    int64_t v;
    if (num.kind == VD_NUMBER_BAD || !vd_number_long(&num, &v)) return false;
    if (!seconds) return *ms = v, true;
    int fraction = 0;
    size_t dot = vd_str_find_byte(s, '.', 0) + 1;
    if (dot <= s.n && !take_fraction(s, &dot, &fraction)) return false;
    if (__builtin_mul_overflow(v, 1000, &v)) return false;
    return !__builtin_add_overflow(v, num.negative ? -fraction : fraction, ms);
}

static bool read_alternative(const alternative *alt, vd_str s, int64_t *ms)
{
    switch (alt->kind) {
    case READ_ISO: return vd_time_parse(s, ms);
    case READ_MILLIS: return read_epoch(s, false, ms);
    case READ_SECONDS: return read_epoch(s, true, ms);
    case READ_PATTERN: return read_pattern(alt->pattern, s, ms);
    }
    return false;
}

bool vd_date_parse(const vd_date_format *format, vd_str s, int64_t *ms)
{
    if (!format) return vd_time_parse(s, ms);
    for (size_t i = 0; i < format->n; i++)
        if (read_alternative(&format->v[i], s, ms)) return true;
    return false;
}

static alternative alternative_of(vd_arena *a, vd_str text)
{
    vd_str name = vd_str_starts(text, VD_STR("strict_")) ? vd_str_sub(text, 7, text.n) : text;
    if (vd_str_eq(name, VD_STR("epoch_millis"))) return (alternative){.kind = READ_MILLIS};
    if (vd_str_eq(name, VD_STR("epoch_second"))) return (alternative){.kind = READ_SECONDS};
    if (vd_str_eq(name, VD_STR("date_optional_time")) ||
        vd_str_eq(name, VD_STR("date_optional_time_nanos")) || vd_str_eq(name, VD_STR("iso8601")))
        return (alternative){.kind = READ_ISO};
    for (size_t i = 0; i < sizeof named / sizeof *named; i++)
        if (vd_str_eq(name, vd_str_from(named[i].name)))
            return (alternative){READ_PATTERN, vd_str_from(named[i].pattern)};
    if (text.n > 0 && text.p[0] == '8') text = vd_str_sub(text, 1, text.n); /* "8yyyy": java.time */
    return (alternative){READ_PATTERN, vd_arena_str(a, text)};
}

const vd_date_format *vd_date_format_new(vd_arena *a, vd_str format)
{
    if (format.n == 0 || vd_str_eq(format, VD_STR("strict_date_optional_time||epoch_millis")))
        return NULL;
    vd_date_format *f = VD_NEW(a, vd_date_format);
    f->v = VD_NEW_N(a, alternative, format.n / 2 + 1);
    for (size_t at = 0; at <= format.n;) {
        vd_str rest = vd_str_sub(format, at, format.n);
        const char *bars = rest.n ? memmem(rest.p, rest.n, "||", 2) : NULL;
        size_t n = bars ? (size_t)(bars - rest.p) : rest.n;
        vd_str text = vd_str_trim(vd_str_sub(rest, 0, n));
        if (text.n > 0) f->v[f->n++] = alternative_of(a, text);
        at += n + 2;
    }
    return f;
}
