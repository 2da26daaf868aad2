/* Comparing values, calculating with them, writing them as text. */
#include "model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "field/ip.h"
#include "field/version.h"

#define NO_ORDER 2

typedef __int128 wide;

bool m_is_text(const vd_value *v)
{
    return v->kind == VD_STRING || v->kind == VD_VERSION;
}
static bool is_whole(const vd_value *v)
{
    return v->kind == VD_LONG || v->kind == VD_ULONG;
}
bool m_is_number(const vd_value *v)
{
    return is_whole(v) || v->kind == VD_DOUBLE;
}

static wide whole(const vd_value *v)
{
    return v->kind == VD_ULONG ? (wide)v->u : (wide)v->i;
}

static long double real(const vd_value *v)
{
    return v->kind == VD_DOUBLE ? (long double)v->d : (long double)whole(v);
}

bool m_read_number(vd_str s, vd_value *out)
{
    char buf[64], *end;
    if (s.n == 0 || s.n >= sizeof buf) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!strchr("0123456789+-.eE", s.p[i])) return false;
    memcpy(buf, s.p, s.n);
    buf[s.n] = 0;
    double d = strtod(buf, &end);
    if (*end || !isfinite(d)) return false;
    bool plain = !memchr(s.p, '.', s.n) && !memchr(s.p, 'e', s.n) && !memchr(s.p, 'E', s.n);
    *out = vd_value_double(d);
    errno = 0;
    if (plain) *out = vd_value_long(strtoll(buf, NULL, 10));
    if (errno && d > 0 && d < 0x1p64)
        *out = (vd_value){.u = strtoull(buf, NULL, 10), .kind = VD_ULONG};
    else if (errno)
        *out = vd_value_double(d);
    return true;
}

static int compare_numbers(const vd_value *a, const vd_value *b)
{
    if (is_whole(a) && is_whole(b)) return (whole(a) > whole(b)) - (whole(a) < whole(b));
    long double x = real(a), y = real(b); /* 64 bits of mantissa: exact for both kinds */
    if (isnan(x) || isnan(y)) return NO_ORDER;
    return (x > y) - (x < y);
}

static int sign(int c)
{
    return (c > 0) - (c < 0);
}

int m_compare(const vd_value *a, const vd_value *b)
{
    if (m_is_number(a) && m_is_number(b)) return compare_numbers(a, b);
    if (m_is_text(a) && m_is_text(b)) {
        if (a->kind == VD_VERSION || b->kind == VD_VERSION)
            return sign(vd_version_cmp(vd_value_str(a), vd_value_str(b)));
        return sign(vd_str_cmp(vd_value_str(a), vd_value_str(b)));
    }
    if (a->kind == VD_BOOL && b->kind == VD_BOOL) return (int)a->b - (int)b->b;
    if (a->kind == VD_DATE && b->kind == VD_DATE) return (a->i > b->i) - (a->i < b->i);
    if (a->kind == VD_IP && b->kind == VD_IP) return sign(memcmp(a->s, b->s, 16));
    return NO_ORDER;
}

static bool holds(vd_eql_op op, int c)
{
    if (c == NO_ORDER) return false;
    switch (op) {
    case VD_OP_EQ: return c == 0;
    case VD_OP_LT: return c < 0;
    case VD_OP_LE: return c <= 0;
    case VD_OP_GT: return c > 0;
    default: return c >= 0;
    }
}

vd_value m_compare_op(vd_eql_op op, const vd_value *a, const vd_value *b)
{
    if (a->kind == VD_NULL || b->kind == VD_NULL) return vd_value_null();
    return vd_value_bool(holds(op, m_compare(a, b)));
}

/* ---- a field against a constant ---- */

static bool is_date_math(vd_str s)
{
    return vd_str_starts(s, VD_STR("now")) || memmem(s.p, s.n, "||", 2);
}

/* Milliseconds that a date text leaves open at its end. */
static int64_t span_of(vd_str s)
{
    size_t t = vd_str_find_byte(s, 'T', 0), digits = 0;
    if (s.n < 4 || (s.n > 4 && s.p[4] != '-')) return 0; /* epoch milliseconds */
    if (t == s.n) return 86399999;
    vd_str clock = vd_str_sub(s, t + 1, s.n);
    while (digits < clock.n && !strchr("Z+-", clock.p[digits]))
        digits++;
    switch (digits) {
    case 0: return 86399999;
    case 2: return 3599999;
    case 5: return 59999;
    case 8: return 999;
    default: return 0;
    }
}

/* The first or last millisecond of what the constant names. */
static bool date_bound(const vd_value *c, bool last, int64_t *ms)
{
    *ms = c->i;
    if (c->kind == VD_LONG || c->kind == VD_DATE) return true;
    if (c->kind != VD_STRING) return false;
    vd_str s = vd_value_str(c);
    if (is_date_math(s)) return vd_time_math(s, vd_now_ms(), last, ms, NULL) == 0;
    if (!vd_time_parse(s, ms)) return false;
    if (last) *ms += span_of(s);
    return true;
}

/* Before the span is below, behind it is above, in it is equal. */
static bool date_holds(vd_eql_op op, int64_t v, const vd_value *c)
{
    int64_t from, to;
    if (!date_bound(c, false, &from) || !date_bound(c, true, &to)) return false;
    switch (op) {
    case VD_OP_EQ: return v >= from && v <= to;
    case VD_OP_LT: return v < from;
    case VD_OP_LE: return v <= to;
    case VD_OP_GT: return v > to;
    default: return v >= from;
    }
}

static bool ip_holds(vd_eql_op op, const vd_value *v, const vd_value *c)
{
    vd_cidr block;
    uint8_t ip[16];
    if (c->kind != VD_STRING) return false;
    if (op == VD_OP_EQ)
        return vd_cidr_parse(vd_value_str(c), &block) &&
               vd_cidr_holds(&block, (const uint8_t *)v->s);
    return vd_ip_parse(vd_value_str(c), ip) && holds(op, sign(memcmp(v->s, ip, 16)));
}

static bool text_holds(vd_eql_op op, const vd_value *v, const vd_value *c, vd_arena *a)
{
    return holds(op, sign(vd_str_cmp(vd_value_str(v), m_value_text(a, c))));
}

/* A field without a type: a number and a text are equal as numbers if the text is
 * one, else as texts; they have no order. */
static bool dynamic_holds(vd_eql_op op, const vd_value *v, const vd_value *c, vd_arena *a)
{
    vd_value n;
    if (v->kind == c->kind || (m_is_number(v) && m_is_number(c))) return holds(op, m_compare(v, c));
    if (op != VD_OP_EQ) return false;
    if (m_is_number(v) && c->kind == VD_STRING && m_read_number(vd_value_str(c), &n))
        return m_compare(v, &n) == 0;
    if (v->kind == VD_STRING && m_is_number(c) && m_read_number(vd_value_str(v), &n))
        return m_compare(&n, c) == 0;
    if (v->kind != VD_STRING && c->kind != VD_STRING) return false;
    return vd_str_eq(m_value_text(a, v), m_value_text(a, c));
}

static bool number_holds(vd_eql_op op, const vd_value *v, const vd_value *c)
{
    vd_value n = *c;
    if (c->kind == VD_STRING && !m_read_number(vd_value_str(c), &n)) return false;
    return holds(op, m_compare(v, &n));
}

static bool bool_holds(vd_eql_op op, const vd_value *v, const vd_value *c)
{
    vd_value b = *c;
    if (c->kind == VD_STRING && vd_str_eq(vd_value_str(c), VD_STR("true"))) b = vd_value_bool(true);
    if (c->kind == VD_STRING && vd_str_eq(vd_value_str(c), VD_STR("false")))
        b = vd_value_bool(false);
    return holds(op, m_compare(v, &b));
}

bool m_compare_field(vd_field_type type, vd_eql_op op, const vd_value *v, const vd_value *c,
                     vd_arena *a)
{
    if (c->kind == VD_NULL || v->kind == VD_NULL) return false;
    switch (type) {
    case VD_TYPE_UNKNOWN: return dynamic_holds(op, v, c, a);
    case VD_TYPE_LONG:
    case VD_TYPE_UNSIGNED_LONG:
    case VD_TYPE_DOUBLE: return number_holds(op, v, c);
    case VD_TYPE_BOOLEAN: return bool_holds(op, v, c);
    case VD_TYPE_DATE: return date_holds(op, v->i, c);
    case VD_TYPE_IP: return ip_holds(op, v, c);
    case VD_TYPE_VERSION: return c->kind == VD_STRING && holds(op, m_compare(v, c));
    default: return text_holds(op, v, c, a);
    }
}

/* ---- arithmetic ---- */

static vd_value whole_arith(vd_eql_op op, const vd_value *a, const vd_value *b, bool *fault)
{
    wide x = whole(a), y = whole(b), r;
    bool is32 = a->is32 && b->is32, is_unsigned = a->kind == VD_ULONG || b->kind == VD_ULONG;
    if (y == 0 && (op == VD_OP_DIV || op == VD_OP_MOD)) {
        *fault = true;
        return vd_value_null();
    }
    r = op == VD_OP_ADD   ? x + y
        : op == VD_OP_SUB ? x - y
        : op == VD_OP_DIV ? x / y
        : op == VD_OP_MOD ? x % y
                          : 0;
    if (op == VD_OP_MUL && __builtin_mul_overflow(x, y, &r)) *fault = true;
    if (is_unsigned ? r < 0 || r > (wide)UINT64_MAX : r < INT64_MIN || r > INT64_MAX) *fault = true;
    if (is32 && (r < INT32_MIN || r > INT32_MAX)) *fault = true;
    if (*fault) return vd_value_null();
    if (r > INT64_MAX) return (vd_value){.u = (uint64_t)r, .kind = VD_ULONG};
    vd_value v = vd_value_long((int64_t)r);
    v.is32 = is32;
    return v;
}

vd_value m_arith(vd_eql_op op, const vd_value *a, const vd_value *b, bool *fault)
{
    if (a->kind == VD_NULL || b->kind == VD_NULL) return vd_value_null();
    if (!m_is_number(a) || !m_is_number(b)) {
        *fault = true;
        return vd_value_null();
    }
    if (is_whole(a) && is_whole(b)) return whole_arith(op, a, b, fault);
    double x = (double)real(a), y = (double)real(b);
    switch (op) {
    case VD_OP_ADD: return vd_value_double(x + y);
    case VD_OP_SUB: return vd_value_double(x - y);
    case VD_OP_MUL: return vd_value_double(x * y);
    case VD_OP_DIV: return vd_value_double(x / y);
    default: return vd_value_double(fmod(x, y));
    }
}

/* ---- text ---- */

/* Java's Double.toString for what tests write: 0.001 up to ten million. */
static vd_str double_text(vd_arena *a, double d)
{
    if (isnan(d)) return VD_STR("NaN");
    if (isinf(d)) return d < 0 ? VD_STR("-Infinity") : VD_STR("Infinity");
    char buf[64];
    int digits = 1;
    do
        snprintf(buf, sizeof buf, "%.*g", digits, d);
    while (strtod(buf, NULL) != d && ++digits < 18);
    if (fabs(d) >= 1e-3 && fabs(d) < 1e7) {
        for (int after = 1; after < 20; after++) {
            snprintf(buf, sizeof buf, "%.*f", after, d);
            if (strtod(buf, NULL) == d) break;
        }
        return vd_arena_printf(a, "%s", buf);
    }
    if (d == 0) return signbit(d) ? VD_STR("-0.0") : VD_STR("0.0");
    snprintf(buf, sizeof buf, "%.*e", digits > 1 ? digits - 1 : 1, d);
    char *e = strchr(buf, 'e');
    long exponent = strtol(e + 1, NULL, 10);
    *e = 0;
    return vd_arena_printf(a, "%sE%ld", buf, exponent);
}

vd_str m_value_text(vd_arena *a, const vd_value *v)
{
    char buf[64];
    switch (v->kind) {
    case VD_BOOL: return v->b ? VD_STR("true") : VD_STR("false");
    case VD_LONG: return vd_arena_printf(a, "%lld", (long long)v->i);
    case VD_ULONG: return vd_arena_printf(a, "%llu", (unsigned long long)v->u);
    case VD_DOUBLE: return double_text(a, v->d);
    case VD_IP: return vd_arena_str(a, (vd_str){buf, vd_ip_format((const uint8_t *)v->s, buf)});
    case VD_DATE: return vd_arena_str(a, (vd_str){buf, vd_time_format(v->i, buf)});
    case VD_NULL: return (vd_str){0};
    default: return vd_value_str(v);
    }
}
