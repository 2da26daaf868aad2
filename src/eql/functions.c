/* eql/functions.c - EQL's functions
 *
 * Positions and lengths count UTF-16 units, as in Java; text that is all ASCII
 * takes the short way. The ~ forms compare ASCII letters without case.
 * Source  Elastic docs: "EQL function reference". */
#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "eql/ops.h"
#include "field/ip.h"

typedef struct call {
    bool ci;
    const vd_value *args;
    size_t n;
    vd_arena *scratch;
    vd_op_fault fault;
} call;

static vd_value bad_type(call *c)
{
    c->fault = VD_OP_BAD_TYPE;
    return vd_value_null();
}

/* ---- reading arguments ---- */

static bool is_null(const call *c, size_t i) { return i >= c->n || c->args[i].kind == VD_NULL; }

/* Argument i as text; false (and a fault) if it is none. */
static bool text_arg(call *c, size_t i, vd_str *out)
{
    const vd_value *v = &c->args[i];
    *out = vd_value_str(v);
    if (v->kind == VD_STRING || v->kind == VD_VERSION) return true;
    c->fault = VD_OP_BAD_TYPE;
    return false;
}

/* Argument i as a whole number, cut to what positions can be. */
static bool whole_arg(call *c, size_t i, int64_t *out)
{
    const vd_value *v = &c->args[i];
    const int64_t far = INT32_MAX;
    if (v->kind == VD_ULONG) *out = far;
    else if (v->kind == VD_LONG) *out = v->i > far ? far : v->i < -far ? -far : v->i;
    else if (v->kind == VD_DOUBLE && v->d == trunc(v->d) && fabs(v->d) <= (double)far) *out = (int64_t)v->d;
    else c->fault = VD_OP_BAD_TYPE;
    return c->fault == VD_OP_FINE;
}

/* ---- text ---- */

static bool same_text(vd_str a, vd_str b, bool ci)
{
    return ci ? vd_str_eq_ascii_ci(a, b) : vd_str_eq(a, b);
}

/* The first byte at or after `from` where `part` stands, or SIZE_MAX. Both may be an
 * attacker's, so the search has to be linear in both: memmem is, folded copies keep it so. */
static size_t find(const call *c, vd_str s, vd_str part, size_t from)
{
    if (part.n > s.n || from > s.n - part.n) return SIZE_MAX;
    if (part.n == 0) return from;
    vd_str rest = vd_str_sub(s, from, s.n);
    if (c->ci) {
        rest = vd_arena_fold(c->scratch, rest);
        part = vd_arena_fold(c->scratch, part);
    }
    const char *q = memmem(rest.p, rest.n, part.p, part.n);
    return q ? from + (size_t)(q - rest.p) : SIZE_MAX;
}

static vd_str backwards(const call *c, vd_str s)
{
    char *p = vd_arena_alloc_aligned(c->scratch, s.n + 1, 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = s.p[s.n - 1 - i];
    return (vd_str){p, s.n};
}

/* The last place where `part` stands, or SIZE_MAX. */
static size_t find_last(const call *c, vd_str s, vd_str part)
{
    size_t from_end = find(c, backwards(c, s), backwards(c, part), 0);
    return from_end == SIZE_MAX ? SIZE_MAX : s.n - part.n - from_end;
}

static bool is_ascii(vd_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if ((unsigned char)s.p[i] >= 0x80) return false;
    return true;
}

/* The byte where the `units`-th UTF-16 unit begins; inside a pair: where the pair does. */
static size_t byte_of(vd_str s, size_t units)
{
    if (is_ascii(s)) return units < s.n ? units : s.n;
    size_t i = 0;
    while (i < s.n) {
        size_t next = i;
        size_t width = vd_utf8_next(s, &next) > 0xFFFF ? 2 : 1;
        if (width > units) break;
        units -= width;
        i = next;
    }
    return i;
}

static int64_t unit_of(vd_str s, size_t byte) { return (int64_t)vd_utf16_count(vd_str_sub(s, 0, byte)); }

static vd_value int_value(int64_t i)
{
    vd_value v = vd_value_long(i);
    v.is32 = i >= INT32_MIN && i <= INT32_MAX;
    return v;
}

static vd_value fn_between(call *c)
{
    vd_str s, left, right;
    if (is_null(c, 0) || is_null(c, 1) || is_null(c, 2)) return vd_value_null();
    bool greedy = c->n > 3 && c->args[3].kind == VD_BOOL && c->args[3].b;
    if (c->n > 3 && c->args[3].kind == VD_NULL) return vd_value_null();
    if (c->n > 3 && c->args[3].kind != VD_BOOL) return bad_type(c);
    if (!text_arg(c, 0, &s) || !text_arg(c, 1, &left) || !text_arg(c, 2, &right)) return vd_value_null();
    size_t from = find(c, s, left, 0);
    if (from == SIZE_MAX) return vd_value_string(VD_STR(""));
    from += left.n;
    size_t to = greedy ? find_last(c, s, right) : find(c, s, right, from);
    if (to == SIZE_MAX || to < from) return vd_value_string(VD_STR(""));
    return vd_value_string(vd_str_sub(s, from, to));
}

/* Both arguments as text; null if one is null or none. */
static bool two_texts(call *c, vd_str *s, vd_str *part)
{
    if (is_null(c, 0) || is_null(c, 1)) return false;
    return text_arg(c, 0, s) && text_arg(c, 1, part);
}

static vd_value fn_starts_with(call *c)
{
    vd_str s, part;
    if (!two_texts(c, &s, &part)) return vd_value_null();
    return vd_value_bool(part.n <= s.n && same_text(vd_str_sub(s, 0, part.n), part, c->ci));
}

static vd_value fn_ends_with(call *c)
{
    vd_str s, part;
    if (!two_texts(c, &s, &part)) return vd_value_null();
    return vd_value_bool(part.n <= s.n && same_text(vd_str_sub(s, s.n - part.n, s.n), part, c->ci));
}

/* Documented: no text contains the empty one. */
static vd_value fn_string_contains(call *c)
{
    vd_str s, part;
    if (!two_texts(c, &s, &part)) return vd_value_null();
    return vd_value_bool(part.n > 0 && find(c, s, part, 0) != SIZE_MAX);
}

static vd_value fn_index_of(call *c)
{
    vd_str s, part;
    int64_t start = 0;
    if (!two_texts(c, &s, &part) || (c->n > 2 && is_null(c, 2))) return vd_value_null();
    if (c->n > 2 && !whole_arg(c, 2, &start)) return vd_value_null();
    if (start < 0) start = 0;
    if (start > unit_of(s, s.n)) return vd_value_null();
    size_t at = find(c, s, part, byte_of(s, (size_t)start));
    return at == SIZE_MAX ? vd_value_null() : int_value(unit_of(s, at));
}

static vd_value fn_length(call *c)
{
    vd_str s;
    if (is_null(c, 0) || !text_arg(c, 0, &s)) return vd_value_null();
    return int_value(unit_of(s, s.n));
}

/* A position counted from the end if negative, moved into [0, n]. */
static int64_t slice_bound(int64_t i, int64_t n)
{
    if (i < 0) i += n;
    return i < 0 ? 0 : i > n ? n : i;
}

static vd_value fn_substring(call *c)
{
    vd_str s;
    int64_t from, to;
    if (is_null(c, 0) || is_null(c, 1)) return vd_value_null();
    if (!text_arg(c, 0, &s) || !whole_arg(c, 1, &from)) return vd_value_null();
    int64_t n = unit_of(s, s.n);
    to = n;
    if (!is_null(c, 2) && !whole_arg(c, 2, &to)) return vd_value_null();
    from = slice_bound(from, n);
    to = slice_bound(to, n);
    if (from >= to) return vd_value_string(VD_STR(""));
    return vd_value_string(vd_str_sub(s, byte_of(s, (size_t)from), byte_of(s, (size_t)to)));
}

/* ---- values to text ---- */

/* The fewest digits that read back as `d` (positive, finite): "d.dddde+XX". */
static void shortest(double d, char buf[40])
{
    for (int digits = 0; digits < 17; digits++) {
        snprintf(buf, 40, "%.*e", digits, d);
        if (strtod(buf, NULL) == d) return;
    }
}

/* As Java writes a double: plain from 0.001 up to ten million, else 1.0E10. */
static vd_str double_text(double d, vd_arena *a)
{
    if (isnan(d)) return VD_STR("NaN");
    const char *minus = signbit(d) ? "-" : "";
    d = fabs(d);
    if (isinf(d)) return vd_arena_printf(a, "%sInfinity", minus);
    if (d == 0) return vd_arena_printf(a, "%s0.0", minus);
    char buf[40], digits[24];
    shortest(d, buf);
    size_t n = 0;
    char *p = buf;
    for (; *p && *p != 'e'; p++)
        if (*p != '.' && n + 1 < sizeof digits) digits[n++] = *p;
    long e = strtol(p + 1, NULL, 10);
    while (n > 1 && digits[n - 1] == '0') n--;
    digits[n] = 0;
    if (e < -3 || e >= 7) return vd_arena_printf(a, "%s%c.%sE%ld", minus, digits[0], n > 1 ? digits + 1 : "0", e);
    if (e < 0) return vd_arena_printf(a, "%s0.%.*s%s", minus, (int)(-e - 1), "00", digits);
    size_t whole = (size_t)e + 1;
    if (n <= whole) return vd_arena_printf(a, "%s%s%.*s.0", minus, digits, (int)(whole - n), "000000");
    return vd_arena_printf(a, "%s%.*s.%s", minus, (int)whole, digits, digits + whole);
}

static vd_str value_text(const vd_value *v, vd_arena *a)
{
    char buf[48];
    switch (v->kind) {
    case VD_BOOL: return v->b ? VD_STR("true") : VD_STR("false");
    case VD_LONG: return vd_arena_printf(a, "%lld", (long long)v->i);
    case VD_ULONG: return vd_arena_printf(a, "%llu", (unsigned long long)v->u);
    case VD_DOUBLE: return double_text(v->d, a);
    case VD_IP: return vd_arena_str(a, (vd_str){buf, vd_ip_format((const uint8_t *)v->s, buf)});
    case VD_DATE: return vd_arena_str(a, (vd_str){buf, vd_time_format(v->i, buf)});
    default: return vd_value_str(v);
    }
}

static vd_value fn_string(call *c)
{
    return is_null(c, 0) ? vd_value_null() : vd_value_string(value_text(&c->args[0], c->scratch));
}

static vd_value fn_concat(call *c)
{
    size_t total = 0;
    for (size_t i = 0; i < c->n; i++)
        if (is_null(c, i)) return vd_value_null();
    vd_str *parts = VD_NEW_N(c->scratch, vd_str, c->n);
    for (size_t i = 0; i < c->n; i++) {
        parts[i] = value_text(&c->args[i], c->scratch);
        total += parts[i].n;
    }
    if (total > UINT32_MAX) return bad_type(c); /* no value can be that long */
    char *buf = vd_arena_alloc(c->scratch, total + 1);
    size_t at = 0;
    for (size_t i = 0; i < c->n; i++) {
        if (parts[i].n) memcpy(buf + at, parts[i].p, parts[i].n);
        at += parts[i].n;
    }
    return vd_value_string((vd_str){buf, total});
}

/* ---- text to numbers ---- */

static int digit_of(char ch)
{
    int c = vd_ascii_lower((unsigned char)ch);
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'z' ? c - 'a' + 10 : 99;
}

/* Digits of `base`, the sign already taken, as a long; false if there are others or too many. */
static bool whole_number(vd_str s, bool negative, int base, int64_t *out)
{
    int64_t n = 0;
    if (s.n == 0) return false;
    for (size_t i = 0; i < s.n; i++) {
        int d = digit_of(s.p[i]);
        if (d >= base || __builtin_mul_overflow(n, (int64_t)base, &n) ||
            __builtin_sub_overflow(n, (int64_t)d, &n))
            return false;
    }
    return negative ? (*out = n, true) : !__builtin_sub_overflow((int64_t)0, n, out);
}

static bool decimal_number(vd_str s, vd_arena *a, double *out)
{
    bool digit = false;
    if (s.n && (s.p[0] == '-' || s.p[0] == '+')) return false; /* the sign is taken already */
    for (size_t i = 0; i < s.n; i++) {
        if (digit_of(s.p[i]) < 10) digit = true;
        else if (!strchr("+-.eE", s.p[i]) || s.p[i] == 0) return false;
    }
    vd_str z = vd_arena_str(a, s);
    char *end;
    *out = strtod(z.p, &end);
    return digit && end == z.p + z.n;
}

static vd_value fn_number(call *c)
{
    vd_str s;
    int64_t base = 10, whole;
    double d;
    if (is_null(c, 0) || !text_arg(c, 0, &s)) return vd_value_null();
    if (!is_null(c, 1) && !whole_arg(c, 1, &base)) return vd_value_null();
    if (base < 2 || base > 36) return bad_type(c);
    s = vd_str_trim(s);
    bool signed_text = s.n && (s.p[0] == '-' || s.p[0] == '+');
    bool negative = signed_text && s.p[0] == '-';
    vd_str digits = vd_str_sub(s, signed_text, s.n);
    bool hex = digits.n > 2 && digits.p[0] == '0' && (digits.p[1] | 32) == 'x';
    if (hex && (is_null(c, 1) || base == 16)) {
        digits = vd_str_sub(digits, 2, digits.n);
        base = 16;
    }
    if (whole_number(digits, negative, (int)base, &whole)) return vd_value_long(whole);
    if (base != 10 || !decimal_number(digits, c->scratch, &d)) return vd_value_null();
    return vd_value_double(negative ? -d : d);
}

/* ---- addresses ---- */

static vd_value fn_cidr_match(call *c)
{
    uint8_t ip[16];
    for (size_t i = 0; i < c->n; i++)
        if (is_null(c, i)) return vd_value_null();
    const vd_value *v = &c->args[0];
    if (v->kind == VD_IP) memcpy(ip, v->s, 16);
    else if (v->kind != VD_STRING || !vd_ip_parse(vd_value_str(v), ip)) return bad_type(c);
    for (size_t i = 1; i < c->n; i++) {
        vd_str s;
        vd_cidr block;
        if (!text_arg(c, i, &s)) return vd_value_null();
        if (!vd_cidr_parse(s, &block)) return bad_type(c);
        if (vd_cidr_holds(&block, ip)) return vd_value_bool(true);
    }
    return vd_value_bool(false);
}

/* ---- arithmetic ---- */

static vd_value arith(call *c, vd_eql_op op) { return vd_op_arith(op, &c->args[0], &c->args[1], &c->fault); }
static vd_value fn_add(call *c) { return arith(c, VD_OP_ADD); }
static vd_value fn_subtract(call *c) { return arith(c, VD_OP_SUB); }
static vd_value fn_multiply(call *c) { return arith(c, VD_OP_MUL); }
static vd_value fn_divide(call *c) { return arith(c, VD_OP_DIV); }
static vd_value fn_modulo(call *c) { return arith(c, VD_OP_MOD); }

static vd_value (*const functions[VD_FN_COUNT])(call *) = {
    [VD_FN_ADD] = fn_add,
    [VD_FN_BETWEEN] = fn_between,
    [VD_FN_CIDR_MATCH] = fn_cidr_match,
    [VD_FN_CONCAT] = fn_concat,
    [VD_FN_DIVIDE] = fn_divide,
    [VD_FN_ENDS_WITH] = fn_ends_with,
    [VD_FN_INDEX_OF] = fn_index_of,
    [VD_FN_LENGTH] = fn_length,
    [VD_FN_MODULO] = fn_modulo,
    [VD_FN_MULTIPLY] = fn_multiply,
    [VD_FN_NUMBER] = fn_number,
    [VD_FN_STARTS_WITH] = fn_starts_with,
    [VD_FN_STRING] = fn_string,
    [VD_FN_STRING_CONTAINS] = fn_string_contains,
    [VD_FN_SUBSTRING] = fn_substring,
    [VD_FN_SUBTRACT] = fn_subtract,
};

vd_value vd_fn_call(vd_eql_fn fn, bool ci, const vd_value *args, size_t n, vd_arena *scratch,
                    vd_op_fault *fault)
{
    call c = {ci, args, n, scratch, VD_OP_FINE};
    vd_value v = functions[fn](&c);
    *fault = c.fault;
    return v;
}
