/* event/number.c - numbers as JSON writes them
 *
 * Whole numbers keep all their 64 bits; what has a fraction or an exponent is
 * read as a double only by those who want one. */
#include "event/event_int.h"

static bool is_digit(char c)
{
    return (unsigned char)(c - '0') < 10;
}

static size_t digits_end(vd_str s, size_t i)
{
    while (i < s.n && is_digit(s.p[i]))
        i++;
    return i;
}

/* `n` digits as a number; false: beyond 64 bits. */
static bool read_digits(const char *p, size_t n, uint64_t *out)
{
    uint64_t v = 0;
    if (n <= 19) { /* cannot overflow */
        for (size_t i = 0; i < n; i++)
            v = v * 10 + (uint64_t)(p[i] - '0');
        *out = v;
        return true;
    }
    for (size_t i = 0; i < n; i++)
        if (__builtin_mul_overflow(v, 10, &v) ||
            __builtin_add_overflow(v, (uint64_t)(p[i] - '0'), &v))
            return false;
    *out = v;
    return true;
}

static vd_number whole(vd_number num, size_t from)
{
    uint64_t v;
    if (!read_digits(num.text.p + from, num.text.n - from, &v))
        num.kind = VD_NUMBER_BIG;
    else if (num.negative && v > (uint64_t)INT64_MAX + 1)
        num.kind = VD_NUMBER_BIG;
    else if (num.negative)
        num.kind = VD_NUMBER_LONG, num.i = (int64_t)(0 - v);
    else if (v > INT64_MAX)
        num.kind = VD_NUMBER_ULONG, num.u = v;
    else
        num.kind = VD_NUMBER_LONG, num.i = (int64_t)v;
    return num;
}

/* Most numbers: up to 18 digits and nothing else. */
static bool read_plain(vd_str text, vd_number *num)
{
    int64_t v = 0;
    if (text.n == 0 || text.n > 18 || (text.p[0] == '0' && text.n > 1)) return false;
    for (size_t i = 0; i < text.n; i++) {
        unsigned digit = (unsigned char)(text.p[i] - '0');
        if (digit > 9) return false;
        v = v * 10 + digit;
    }
    *num = (vd_number){.kind = VD_NUMBER_LONG, .i = v, .text = text, .whole_n = text.n};
    return true;
}

vd_number vd_number_read(vd_str text)
{
    vd_number plain;
    if (read_plain(text, &plain)) return plain;
    vd_number num = {.kind = VD_NUMBER_BAD, .text = text, .whole_n = text.n};
    num.negative = text.n > 0 && text.p[0] == '-';
    size_t start = num.negative, i = digits_end(text, start);
    if (i == start || (text.p[start] == '0' && i > start + 1)) return num;
    if (i == text.n) return whole(num, start);
    num.whole_n = i;
    if (text.p[i] == '.') {
        size_t end = digits_end(text, i + 1);
        if (end == i + 1) return num;
        i = end;
    }
    if (i < text.n && (text.p[i] == 'e' || text.p[i] == 'E')) {
        num.has_exponent = true;
        i++;
        if (i < text.n && (text.p[i] == '+' || text.p[i] == '-')) i++;
        size_t end = digits_end(text, i);
        if (end == i) return num;
        i = end;
    }
    if (i == text.n) num.kind = VD_NUMBER_DECIMAL;
    return num;
}

/* Of a number that no double is near: whether it is too small rather than too
 * large. Its first significant digit stands left of 10^0 or right of it. */
static bool is_tiny(vd_str s)
{
    int64_t exponent = 0, point = 0;
    bool significant = false, behind_dot = false;
    size_t i = s.n > 0 && s.p[0] == '-';
    for (; i < s.n && s.p[i] != 'e' && s.p[i] != 'E'; i++) {
        if (s.p[i] == '.')
            behind_dot = true;
        else if (significant || s.p[i] != '0')
            significant = true, point += !behind_dot;
        else if (behind_dot)
            point--;
    }
    if (!significant) return true;
    if (i < s.n) {
        bool minus = s.p[i + 1] == '-';
        for (i += 1 + (minus || s.p[i + 1] == '+'); i < s.n && exponent < (INT64_C(1) << 40); i++)
            exponent = exponent * 10 + (s.p[i] - '0');
        if (minus) exponent = -exponent;
    }
    return point + exponent < 0;
}

bool vd_number_double(const vd_number *num, double *out)
{
    if (num->kind == VD_NUMBER_LONG) return *out = (double)num->i, true;
    if (num->kind == VD_NUMBER_ULONG) return *out = (double)num->u, true;
    if (num->kind == VD_NUMBER_BAD) return false;
    if (vd_double_parse(num->text.p, num->text.n, out)) return true;
    if (!is_tiny(num->text)) return false;
    *out = num->negative ? -0.0 : 0.0;
    return true;
}

bool vd_number_long(const vd_number *num, int64_t *out)
{
    if (num->kind == VD_NUMBER_LONG) return *out = num->i, true;
    if (num->kind != VD_NUMBER_DECIMAL) return false;
    if (!num->has_exponent) {
        vd_number cut = vd_number_read(vd_str_sub(num->text, 0, num->whole_n));
        return vd_number_long(&cut, out);
    }
    double d;
    if (!vd_number_double(num, &d) || !(d >= -0x1p63 && d < 0x1p63)) return false;
    *out = (int64_t)d;
    return true;
}

bool vd_number_ulong(const vd_number *num, uint64_t *out)
{
    if (num->kind == VD_NUMBER_LONG) return *out = (uint64_t)num->i, num->i >= 0;
    if (num->kind == VD_NUMBER_ULONG) return *out = num->u, true;
    if (num->kind != VD_NUMBER_DECIMAL) return false;
    if (!num->has_exponent) {
        vd_number cut = vd_number_read(vd_str_sub(num->text, 0, num->whole_n));
        return vd_number_ulong(&cut, out);
    }
    double d;
    if (!vd_number_double(num, &d) || !(d >= 0 && d < 0x1p64)) return false;
    *out = (uint64_t)d;
    return true;
}

vd_number vd_number_from_string(vd_str s)
{
    size_t i = s.n > 1 && s.p[0] == '+';
    while (i + 1 < s.n && s.p[i] == '0' && is_digit(s.p[i + 1]))
        i++;
    vd_number num = vd_number_read(vd_str_sub(s, i, s.n));
    if (i > 0 && num.negative) num.kind = VD_NUMBER_BAD; /* "+-5" */
    return num;
}
