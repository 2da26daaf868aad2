/* Constants are coerced to their field's type once, here, as Elasticsearch's field
 * types read the values of their queries; what cannot be gives no atom. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "plan/build_int.h"

bool vd_number_key(const vd_value *v, char out[9])
{
    uint64_t bits;
    char tag = 'i';
    switch (v->kind) {
    case VD_BOOL:
        tag = 'b';
        bits = v->b;
        break;
    case VD_LONG: bits = (uint64_t)v->i; break;
    case VD_DATE:
        tag = 't';
        bits = (uint64_t)v->i;
        break;
    case VD_ULONG:
        tag = v->u > INT64_MAX ? 'u' : 'i';
        bits = v->u;
        break;
    case VD_DOUBLE:
        if (v->d == floor(v->d) && fabs(v->d) < 9.2e18) {
            bits = (uint64_t)(int64_t)v->d;
        } else {
            tag = 'd';
            memcpy(&bits, &v->d, 8);
        }
        break;
    default: return false;
    }
    out[0] = tag;
    memcpy(out + 1, &bits, 8);
    return true;
}

static vd_field_type type_of(vd_builder *b, const vd_node *node)
{
    return vd_schema_field(b->schema, b->slots.v[node->slot])->type;
}

bool vd_number_text(vd_str s, vd_value *out)
{
    char buf[64], *end;
    if (s.n == 0 || s.n >= sizeof buf) return false;
    memcpy(buf, s.p, s.n);
    buf[s.n] = 0;
    if (strspn(buf, "+-.0123456789eE") < s.n) return false;
    *out = vd_value_long(strtoll(buf, &end, 10));
    if (*end == 0 && s.n < 19) return true;
    *out = vd_value_double(strtod(buf, &end));
    return *end == 0 && isfinite(out->d);
}

/* A number's text as a keyword field holds it. */
static vd_str number_text(vd_builder *b, const vd_value *v)
{
    if (v->kind == VD_BOOL) return v->b ? VD_STR("true") : VD_STR("false");
    if (v->kind == VD_LONG) return vd_arena_printf(&b->tmp, "%lld", (long long)v->i);
    if (v->kind == VD_ULONG) return vd_arena_printf(&b->tmp, "%llu", (unsigned long long)v->u);
    vd_op_fault fault = VD_OP_FINE;
    vd_value s = vd_fn_call(VD_FN_STRING, false, v, 1, &b->tmp, &fault);
    return s.kind == VD_STRING ? vd_value_str(&s) : VD_STR("");
}

static void number_atom(vd_builder *b, vd_node *node, const vd_value *v)
{
    char key[9];
    if (vd_number_key(v, key))
        vd_build_atom(b, node, &(vd_atom){.kind = VD_ATOM_NUMBER, .text = {key, 9}});
}

static void text_atom(vd_builder *b, vd_node *node, vd_str s, bool ci)
{
    vd_build_atom(b, node, &(vd_atom){.kind = ci ? VD_ATOM_FOLDED : VD_ATOM_EXACT,
                                      .text = ci ? vd_arena_fold(&b->tmp, s) : s});
}

static void range_atom(vd_builder *b, vd_node *node, vd_eql_op op, vd_value v)
{
    vd_build_atom(b, node, &(vd_atom){.kind = VD_ATOM_RANGE, .op = (uint8_t)op, .value = v});
}

static bool read_bool(const vd_value *v, vd_value *out)
{
    *out = *v;
    if (v->kind == VD_BOOL) return true;
    vd_str s = v->kind == VD_STRING ? vd_value_str(v) : VD_STR("");
    *out = vd_value_bool(vd_str_eq(s, VD_STR("true")));
    return out->b || vd_str_eq(s, VD_STR("false"));
}

/* The last millisecond of a time that leaves its smaller parts out (Elastic docs,
 * range query: "Missing date components" and rounding of gt and lte). */
static int64_t fill_up(vd_str s, int64_t ms)
{
    size_t t = vd_str_find_byte(s, 'T', 0);
    vd_str clock = vd_str_sub(s, t + 1, s.n);
    size_t end = 0;
    while (end < clock.n && !strchr("Z+-", clock.p[end]))
        end++;
    if (t >= s.n || end == 0) return ms + 86399999;
    if (end == 2) return ms + 3599999;
    if (end == 5) return ms + 59999;
    return end == 8 ? ms + 999 : ms;
}

/* Reads a date constant; up: rounded to the end of what it names. */
static bool read_date(vd_builder *b, const vd_value *v, bool up, int64_t *ms)
{
    *ms = v->i;
    if (v->kind == VD_LONG || v->kind == VD_DATE) return true;
    if (v->kind != VD_STRING) return false;
    vd_str s = vd_value_str(v);
    if (vd_time_math(s, b->now, up, ms, NULL)) return false;
    bool plain = !vd_str_starts(s, VD_STR("now")) && !memmem(s.p, s.n, "||", 2) &&
                 (s.n == 4 || vd_str_find_byte(s, '-', 1) < s.n);
    if (up && plain) *ms = fill_up(s, *ms);
    return true;
}

static vd_value date_value(int64_t ms)
{
    return (vd_value){.i = ms, .kind = VD_DATE, .next = VD_NO_VALUE};
}

static vd_value ip_value(vd_builder *b, const uint8_t ip[16])
{
    char *p = vd_arena_alloc_aligned(b->a, 16, 1);
    memcpy(p, ip, 16);
    return (vd_value){.s = p, .len = 16, .kind = VD_IP, .next = VD_NO_VALUE};
}

void vd_build_cidr(vd_builder *b, vd_node *node, vd_str block)
{
    vd_cidr c;
    if (vd_cidr_parse(block, &c))
        vd_build_atom(b, node, &(vd_atom){.kind = VD_ATOM_CIDR, .text = block});
}

/* A date equals a constant if it lies in the span that the constant names: one
 * instant as a rule, a day for "2024-01-01". A span is a RANGE atom with op EQ, the
 * lower bound as its value and the eight bytes of the upper one as its text. */
static void date_equals(vd_builder *b, vd_node *node, const vd_value *v)
{
    int64_t from, to;
    if (!read_date(b, v, false, &from) || !read_date(b, v, true, &to)) return;
    if (from == to) {
        vd_value d = date_value(from);
        number_atom(b, node, &d);
        return;
    }
    vd_build_atom(b, node,
                  &(vd_atom){.kind = VD_ATOM_RANGE,
                             .op = VD_OP_EQ,
                             .value = date_value(from),
                             .text = vd_arena_str(b->a, (vd_str){(const char *)&to, sizeof to})});
}

static void ip_equals(vd_builder *b, vd_node *node, const vd_value *v)
{
    if (v->kind == VD_STRING) vd_build_cidr(b, node, vd_value_str(v));
}

/* A field without a type holds what its documents say, so numbers and their texts
 * meet in both directions. */
static void dynamic_equals(vd_builder *b, vd_node *node, const vd_value *v, bool ci)
{
    vd_value n;
    if (v->kind == VD_STRING) {
        text_atom(b, node, vd_value_str(v), ci);
        if (vd_number_text(vd_value_str(v), &n)) number_atom(b, node, &n);
        if (read_bool(v, &n)) number_atom(b, node, &n);
        return;
    }
    number_atom(b, node, v);
    text_atom(b, node, number_text(b, v), false);
}

static void number_equals(vd_builder *b, vd_node *node, const vd_value *v)
{
    vd_value n = *v;
    if (v->kind == VD_STRING && !vd_number_text(vd_value_str(v), &n)) return;
    if (n.kind != VD_BOOL) number_atom(b, node, &n);
}

void vd_build_equals(vd_builder *b, vd_node *node, const vd_value *v, bool ci)
{
    vd_field_type type = type_of(b, node);
    vd_value n;
    if (v->kind == VD_NULL) return;
    switch (type) {
    case VD_TYPE_UNKNOWN: dynamic_equals(b, node, v, ci); return;
    case VD_TYPE_LONG:
    case VD_TYPE_UNSIGNED_LONG:
    case VD_TYPE_DOUBLE: number_equals(b, node, v); return;
    case VD_TYPE_BOOLEAN:
        if (read_bool(v, &n)) number_atom(b, node, &n);
        return;
    case VD_TYPE_DATE: date_equals(b, node, v); return;
    case VD_TYPE_IP: ip_equals(b, node, v); return;
    case VD_TYPE_VERSION:
        if (v->kind == VD_STRING && !ci)
            range_atom(b, node, VD_OP_EQ,
                       (vd_value){.s = vd_arena_str(b->a, vd_value_str(v)).p,
                                  .len = v->len,
                                  .kind = VD_VERSION,
                                  .next = VD_NO_VALUE});
        else if (v->kind == VD_STRING)
            text_atom(b, node, vd_value_str(v), true);
        return;
    default: text_atom(b, node, v->kind == VD_STRING ? vd_value_str(v) : number_text(b, v), ci);
    }
}

static void date_range(vd_builder *b, vd_node *node, vd_eql_op op, const vd_value *v)
{
    int64_t ms;
    bool up = op == VD_OP_GT || op == VD_OP_LE;
    if (read_date(b, v, up, &ms)) range_atom(b, node, op, date_value(ms));
}

static void ip_range(vd_builder *b, vd_node *node, vd_eql_op op, const vd_value *v)
{
    uint8_t ip[16];
    if (v->kind == VD_STRING && vd_ip_parse(vd_value_str(v), ip))
        range_atom(b, node, op, ip_value(b, ip));
}

static vd_value own_text(vd_builder *b, vd_str s, uint8_t kind)
{
    vd_str own = vd_arena_str(b->a, s);
    return (vd_value){.s = own.p, .len = (uint32_t)own.n, .kind = kind, .next = VD_NO_VALUE};
}

void vd_build_range(vd_builder *b, vd_node *node, vd_eql_op op, const vd_value *v)
{
    vd_field_type type = type_of(b, node);
    vd_value n = *v;
    n.is32 = 0;
    if (v->kind == VD_NULL) return;
    if (type == VD_TYPE_DATE) {
        date_range(b, node, op, v);
    } else if (type == VD_TYPE_IP) {
        ip_range(b, node, op, v);
    } else if (vd_field_type_is_number(type)) {
        if (v->kind != VD_STRING || vd_number_text(vd_value_str(v), &n)) range_atom(b, node, op, n);
    } else if (type == VD_TYPE_BOOLEAN) {
        if (read_bool(v, &n)) range_atom(b, node, op, n);
    } else if (type == VD_TYPE_UNKNOWN && v->kind != VD_STRING) {
        range_atom(b, node, op, n);
    } else {
        vd_str s = v->kind == VD_STRING ? vd_value_str(v) : number_text(b, v);
        range_atom(b, node, op, own_text(b, s, type == VD_TYPE_VERSION ? VD_VERSION : VD_STRING));
    }
}

void vd_build_pattern(vd_builder *b, vd_node *node, vd_str pattern, bool ci)
{
    size_t stars = 0;
    for (size_t i = 0; i < pattern.n; i++)
        stars += pattern.p[i] == '*';
    if (pattern.n && stars == pattern.n) {
        vd_build_atom(b, node, &(vd_atom){.kind = VD_ATOM_EXISTS});
    } else if (!vd_glob_is_pattern(pattern)) {
        vd_value v = vd_value_string(pattern);
        vd_build_equals(b, node, &v, ci);
    } else {
        vd_build_atom(b, node, &(vd_atom){.kind = VD_ATOM_GLOB, .ci = ci, .text = pattern});
    }
}
