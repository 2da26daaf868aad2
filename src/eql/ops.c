/* eql/ops.c - comparing and calculating with values
 *
 * Source  Elastic docs: "EQL syntax reference"; elastic/elasticsearch Arithmetics
 *         (which numbers widen to which, and that whole numbers overflow loudly). */
#include "eql/ops.h"

#include <math.h>

#include "base/clock.h"
#include "field/ip.h"
#include "field/version.h"

#define NOT_COMPARABLE 2

typedef __int128 wide; /* holds every long and every unsigned long */

static bool is_whole(const vd_value *v) { return v->kind == VD_LONG || v->kind == VD_ULONG; }
static bool is_number(const vd_value *v) { return is_whole(v) || v->kind == VD_DOUBLE; }
static wide as_wide(const vd_value *v) { return v->kind == VD_ULONG ? (wide)v->u : (wide)v->i; }
static double as_double(const vd_value *v)
{
    return v->kind == VD_DOUBLE ? v->d : v->kind == VD_ULONG ? (double)v->u : (double)v->i;
}

/* A whole number against a double, without losing digits in a conversion. */
static int compare_whole_double(wide w, double d)
{
    if (isnan(d)) return NOT_COMPARABLE;
    if (d >= 18446744073709551616.0) return -1;
    if (d < -9223372036854775808.0) return 1;
    double cut = trunc(d);
    wide whole = (wide)cut;
    if (w != whole) return w < whole ? -1 : 1;
    return d > cut ? -1 : d < cut ? 1 : 0;
}

static int compare_numbers(const vd_value *a, const vd_value *b)
{
    if (is_whole(a) && is_whole(b)) {
        wide x = as_wide(a), y = as_wide(b);
        return (x > y) - (x < y);
    }
    if (is_whole(a)) return compare_whole_double(as_wide(a), b->d);
    if (is_whole(b)) {
        int c = compare_whole_double(as_wide(b), a->d);
        return c == NOT_COMPARABLE ? c : -c;
    }
    if (isnan(a->d) || isnan(b->d)) return NOT_COMPARABLE;
    return (a->d > b->d) - (a->d < b->d);
}

static int sign(int c) { return (c > 0) - (c < 0); }

/* A date against what stands for a time: a date, a text, milliseconds. */
static int compare_date(int64_t ms, const vd_value *b)
{
    int64_t other;
    if (b->kind == VD_STRING) {
        if (!vd_time_parse(vd_value_str(b), &other)) return NOT_COMPARABLE;
    } else if (b->kind == VD_DATE) {
        other = b->i;
    } else if (is_number(b)) {
        vd_value date = vd_value_long(ms);
        return compare_numbers(&date, b);
    } else {
        return NOT_COMPARABLE;
    }
    return (ms > other) - (ms < other);
}

static int compare_ip(const vd_value *a, const vd_value *b)
{
    uint8_t other[16];
    if (b->kind == VD_IP) return sign(memcmp(a->s, b->s, 16));
    if (b->kind != VD_STRING || !vd_ip_parse(vd_value_str(b), other)) return NOT_COMPARABLE;
    return sign(memcmp(a->s, other, 16));
}

static bool is_text(const vd_value *v) { return v->kind == VD_STRING || v->kind == VD_VERSION; }

int vd_value_compare(const vd_value *a, const vd_value *b)
{
    if (is_number(a) && is_number(b)) return compare_numbers(a, b);
    if (is_text(a) && is_text(b)) {
        if (a->kind == VD_VERSION || b->kind == VD_VERSION)
            return sign(vd_version_cmp(vd_value_str(a), vd_value_str(b)));
        return sign(vd_str_cmp(vd_value_str(a), vd_value_str(b)));
    }
    if (a->kind == VD_BOOL && b->kind == VD_BOOL) return (int)a->b - (int)b->b;
    int c = NOT_COMPARABLE;
    if (a->kind == VD_DATE) return compare_date(a->i, b);
    if (a->kind == VD_IP) return compare_ip(a, b);
    if (b->kind == VD_DATE) c = compare_date(b->i, a);
    if (b->kind == VD_IP) c = compare_ip(b, a);
    return c == NOT_COMPARABLE ? c : -c;
}

vd_value vd_op_compare(vd_eql_op op, const vd_value *a, const vd_value *b)
{
    if (a->kind == VD_NULL || b->kind == VD_NULL) return vd_value_null();
    int c = vd_value_compare(a, b);
    if (c == NOT_COMPARABLE) return vd_value_bool(false);
    switch (op) {
    case VD_OP_EQ: return vd_value_bool(c == 0);
    case VD_OP_LT: return vd_value_bool(c < 0);
    case VD_OP_LE: return vd_value_bool(c <= 0);
    case VD_OP_GT: return vd_value_bool(c > 0);
    case VD_OP_GE: return vd_value_bool(c >= 0);
    default: return vd_value_null();
    }
}

static vd_value fail(vd_op_fault *fault, vd_op_fault why)
{
    *fault = why;
    return vd_value_null();
}

static vd_value double_arith(vd_eql_op op, double a, double b)
{
    switch (op) {
    case VD_OP_ADD: return vd_value_double(a + b);
    case VD_OP_SUB: return vd_value_double(a - b);
    case VD_OP_MUL: return vd_value_double(a * b);
    case VD_OP_DIV: return vd_value_double(a / b);
    default: return vd_value_double(fmod(a, b));
    }
}

/* The result in the widest type of the operands, or an overflow. */
static vd_value narrowed(wide r, const vd_value *a, const vd_value *b, vd_op_fault *fault)
{
    bool is_unsigned = a->kind == VD_ULONG || b->kind == VD_ULONG, is32 = a->is32 && b->is32;
    wide least = is_unsigned ? 0 : is32 ? INT32_MIN : INT64_MIN;
    wide most = is_unsigned ? (wide)UINT64_MAX : is32 ? INT32_MAX : INT64_MAX;
    if (r < least || r > most) return fail(fault, VD_OP_OVERFLOW);
    if (r > INT64_MAX) return (vd_value){.u = (uint64_t)r, .kind = VD_ULONG, .next = VD_NO_VALUE};
    vd_value v = vd_value_long((int64_t)r);
    v.is32 = is32;
    return v;
}

static vd_value whole_arith(vd_eql_op op, const vd_value *a, const vd_value *b, vd_op_fault *fault)
{
    wide x = as_wide(a), y = as_wide(b), r = 0;
    bool over = false;
    if ((op == VD_OP_DIV || op == VD_OP_MOD) && y == 0) return fail(fault, VD_OP_ZERO_DIVISION);
    switch (op) {
    case VD_OP_ADD: r = x + y; break;
    case VD_OP_SUB: r = x - y; break;
    case VD_OP_MUL: over = __builtin_mul_overflow(x, y, &r); break;
    case VD_OP_DIV: r = x / y; break;
    default: r = x % y; break;
    }
    return over ? fail(fault, VD_OP_OVERFLOW) : narrowed(r, a, b, fault);
}

vd_value vd_op_arith(vd_eql_op op, const vd_value *a, const vd_value *b, vd_op_fault *fault)
{
    *fault = VD_OP_FINE;
    if (a->kind == VD_NULL || b->kind == VD_NULL) return vd_value_null();
    if (!is_number(a) || !is_number(b)) return fail(fault, VD_OP_BAD_TYPE);
    if (is_whole(a) && is_whole(b)) return whole_arith(op, a, b, fault);
    return double_arith(op, as_double(a), as_double(b));
}

vd_value vd_op_negate(const vd_value *v, vd_op_fault *fault)
{
    *fault = VD_OP_FINE;
    if (v->kind == VD_NULL) return *v;
    if (v->kind == VD_DOUBLE) return vd_value_double(-v->d);
    if (v->kind == VD_ULONG && v->u == (uint64_t)INT64_MAX + 1) return vd_value_long(INT64_MIN);
    if (!is_whole(v)) return fail(fault, VD_OP_BAD_TYPE);
    if (v->kind == VD_ULONG || v->i == INT64_MIN || (v->is32 && v->i == INT32_MIN))
        return fail(fault, VD_OP_OVERFLOW);
    vd_value r = vd_value_long(-v->i);
    r.is32 = v->is32;
    return r;
}
