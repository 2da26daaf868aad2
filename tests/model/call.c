/* EQL's functions, each as Elastic's "EQL function reference" describes it: null in,
 * null out unless it says otherwise. Positions are UTF-16 units. */
#include "model.h"

#include <stdlib.h>

#include "base/utf8.h"
#include "field/ip.h"

typedef struct call {
    const vd_value *args;
    uint32_t n;
    bool ci;
    vd_arena *a;
    bool *fault;
} call;

static bool null_arg(const call *c, uint32_t i)
{
    return i >= c->n || c->args[i].kind == VD_NULL;
}

/* Argument i is text; anything else is a fault. */
static bool text_arg(const call *c, uint32_t i, vd_str *out)
{
    if (!m_is_text(&c->args[i]))
        *c->fault = true;
    else
        *out = vd_value_str(&c->args[i]);
    return !*c->fault;
}

static bool int_arg(const call *c, uint32_t i, int64_t *out)
{
    const vd_value *v = &c->args[i];
    if (v->kind == VD_LONG)
        *out = v->i;
    else if (v->kind == VD_DOUBLE && v->d == (double)(int64_t)v->d)
        *out = (int64_t)v->d;
    else
        *c->fault = true;
    return !*c->fault;
}

static vd_value text_value(vd_str s)
{
    return vd_value_string(s);
}

static vd_value int_value(int64_t i)
{
    vd_value v = vd_value_long(i);
    v.is32 = i >= INT32_MIN && i <= INT32_MAX;
    return v;
}

/* ---- positions: bytes to units and back ---- */

static int64_t units(vd_str s)
{
    return (int64_t)vd_utf16_count(s);
}

/* The byte at which unit `u` begins. */
static size_t byte_at(vd_str s, int64_t u)
{
    size_t i = 0;
    while (i < s.n && units(vd_str_sub(s, 0, i)) < u) {
        size_t next = i;
        vd_utf8_next(s, &next);
        if (units(vd_str_sub(s, 0, next)) > u) break;
        i = next;
    }
    return i;
}

/* ---- the functions ---- */

static vd_value between(const call *c)
{
    vd_str s, left, right;
    for (uint32_t i = 0; i < c->n; i++)
        if (null_arg(c, i)) return vd_value_null();
    if (!text_arg(c, 0, &s) || !text_arg(c, 1, &left) || !text_arg(c, 2, &right))
        return vd_value_null();
    bool greedy = c->n > 3 && c->args[3].b;
    int64_t from = m_find(s, left, 0, c->ci);
    if (from < 0) return text_value(VD_STR(""));
    vd_str rest = vd_str_sub(s, (size_t)from + left.n, s.n);
    int64_t to = greedy ? m_find_last(rest, right, c->ci) : m_find(rest, right, 0, c->ci);
    return text_value(to < 0 ? VD_STR("") : vd_str_sub(rest, 0, (size_t)to));
}

/* startsWith, endsWith, stringContains. */
static vd_value affix(const call *c, vd_eql_fn fn)
{
    vd_str s, part;
    if (null_arg(c, 0) || null_arg(c, 1)) return vd_value_null();
    if (!text_arg(c, 0, &s) || !text_arg(c, 1, &part)) return vd_value_null();
    if (fn == VD_FN_STRING_CONTAINS)
        return vd_value_bool(part.n > 0 && m_find(s, part, 0, c->ci) >= 0);
    if (part.n > s.n) return vd_value_bool(false);
    size_t at = fn == VD_FN_ENDS_WITH ? s.n - part.n : 0;
    return vd_value_bool(m_equal(vd_str_sub(s, at, at + part.n), part, c->ci));
}

static vd_value index_of(const call *c)
{
    vd_str s, part;
    int64_t start = 0;
    if (null_arg(c, 0) || null_arg(c, 1) || (c->n > 2 && null_arg(c, 2))) return vd_value_null();
    if (!text_arg(c, 0, &s) || !text_arg(c, 1, &part)) return vd_value_null();
    if (c->n > 2 && !int_arg(c, 2, &start)) return vd_value_null();
    if (start < 0) start = 0;
    if (start > units(s)) return vd_value_null();
    int64_t at = m_find(s, part, (int64_t)byte_at(s, start), c->ci);
    return at < 0 ? vd_value_null() : int_value(units(vd_str_sub(s, 0, (size_t)at)));
}

static vd_value length(const call *c)
{
    vd_str s;
    if (null_arg(c, 0) || !text_arg(c, 0, &s)) return vd_value_null();
    return int_value(units(s));
}

static vd_value substring(const call *c)
{
    vd_str s;
    int64_t from, to;
    if (null_arg(c, 0) || null_arg(c, 1)) return vd_value_null();
    if (!text_arg(c, 0, &s) || !int_arg(c, 1, &from)) return vd_value_null();
    int64_t n = to = units(s);
    if (!null_arg(c, 2) && !int_arg(c, 2, &to)) return vd_value_null();
    if (from < 0) from = from + n < 0 ? 0 : from + n;
    if (to < 0) to = to + n < 0 ? 0 : to + n;
    if (to > n) to = n;
    if (from >= to) return text_value(VD_STR(""));
    return text_value(vd_str_sub(s, byte_at(s, from), byte_at(s, to)));
}

static vd_value concat(const call *c)
{
    vd_str all = {0};
    for (uint32_t i = 0; i < c->n; i++) {
        if (null_arg(c, i)) return vd_value_null();
        all =
            vd_arena_printf(c->a, "%.*s%.*s", VD_FMT(all), VD_FMT(m_value_text(c->a, &c->args[i])));
    }
    return text_value(all);
}

static int digit(char ch)
{
    unsigned char l = vd_ascii_lower((unsigned char)ch);
    if (l >= '0' && l <= '9') return l - '0';
    return l >= 'a' && l <= 'z' ? l - 'a' + 10 : 99;
}

/* number(s, base): 0x in front of what is hexadecimal anyway, or of no base. */
static vd_value number(const call *c)
{
    vd_str s;
    int64_t base = 10;
    vd_value plain;
    if (null_arg(c, 0) || !text_arg(c, 0, &s)) return vd_value_null();
    if (!null_arg(c, 1) && !int_arg(c, 1, &base)) return vd_value_null();
    s = vd_str_trim(s);
    size_t sign = s.n && (s.p[0] == '-' || s.p[0] == '+');
    bool hex = s.n > sign + 2 && s.p[sign] == '0' && digit(s.p[sign + 1]) == 33;
    if (hex && (null_arg(c, 1) || base == 16))
        base = 16;
    else
        hex = false;
    if (base == 10) return m_read_number(s, &plain) ? plain : vd_value_null();
    int64_t v = 0;
    size_t i = sign + (hex ? 2 : 0);
    if (i == s.n) return vd_value_null();
    for (; i < s.n; i++) {
        if (digit(s.p[i]) >= base || __builtin_mul_overflow(v, base, &v) ||
            __builtin_add_overflow(v, digit(s.p[i]), &v))
            return vd_value_null();
    }
    return vd_value_long(sign && s.p[0] == '-' ? -v : v);
}

static vd_value cidr_match(const call *c)
{
    uint8_t ip[16];
    for (uint32_t i = 0; i < c->n; i++)
        if (null_arg(c, i)) return vd_value_null();
    if (c->args[0].kind == VD_IP) {
        memcpy(ip, c->args[0].s, 16);
    } else if (c->args[0].kind != VD_STRING || !vd_ip_parse(vd_value_str(&c->args[0]), ip)) {
        *c->fault = true;
        return vd_value_null();
    }
    for (uint32_t i = 1; i < c->n; i++) {
        vd_cidr block;
        if (vd_cidr_parse(vd_value_str(&c->args[i]), &block) && vd_cidr_holds(&block, ip))
            return vd_value_bool(true);
    }
    return vd_value_bool(false);
}

vd_value m_call(const vd_eql_expr *e, const vd_value *args, vd_arena *a, bool *fault)
{
    call c = {args, e->n, e->ci, a, fault};
    switch ((vd_eql_fn)e->fn) {
    case VD_FN_ADD: return m_arith(VD_OP_ADD, &args[0], &args[1], fault);
    case VD_FN_SUBTRACT: return m_arith(VD_OP_SUB, &args[0], &args[1], fault);
    case VD_FN_MULTIPLY: return m_arith(VD_OP_MUL, &args[0], &args[1], fault);
    case VD_FN_DIVIDE: return m_arith(VD_OP_DIV, &args[0], &args[1], fault);
    case VD_FN_MODULO: return m_arith(VD_OP_MOD, &args[0], &args[1], fault);
    case VD_FN_BETWEEN: return between(&c);
    case VD_FN_CIDR_MATCH: return cidr_match(&c);
    case VD_FN_CONCAT: return concat(&c);
    case VD_FN_INDEX_OF: return index_of(&c);
    case VD_FN_LENGTH: return length(&c);
    case VD_FN_NUMBER: return number(&c);
    case VD_FN_STRING:
        return null_arg(&c, 0) ? vd_value_null() : text_value(m_value_text(a, &args[0]));
    case VD_FN_SUBSTRING: return substring(&c);
    case VD_FN_STARTS_WITH:
    case VD_FN_ENDS_WITH:
    case VD_FN_STRING_CONTAINS: return affix(&c, (vd_eql_fn)e->fn);
    default: return vd_value_null();
    }
}
