/* eql/eql_print.c - a tree as EQL text again
 *
 * Whatever is no single term stands in parentheses, so precedence plays no part
 * and each level of the tree costs one level of nesting at most. */
#include <math.h>
#include <stdlib.h>

#include "eql/eql_int.h"

typedef VD_VEC(char) text;

static void put(text *t, vd_str s)
{
    vd_vec_reserve(t, t->n + s.n);
    if (s.n) memcpy(t->v + t->n, s.p, s.n);
    t->n += s.n;
}

static void puts_z(text *t, const char *z) { put(t, vd_str_from(z)); }

/* ---- names and constants ---- */

static void put_string(text *t, vd_str s)
{
    static const char from[] = "\b\t\n\f\r\"\\", to[] = "btnfr\"\\";
    puts_z(t, "\"");
    for (size_t i = 0; i < s.n; i++) {
        const char *q = s.p[i] ? strchr(from, s.p[i]) : NULL;
        if (q) *vd_vec_push(t) = '\\';
        *vd_vec_push(t) = q ? to[q - from] : s.p[i];
    }
    puts_z(t, "\"");
}

static bool is_plain_path(vd_str s)
{
    for (size_t from = 0; from <= s.n;) {
        size_t dot = vd_str_find_byte(s, '.', from);
        if (!vd_eql_is_plain_name(vd_str_sub(s, from, dot))) return false;
        from = dot + 1;
    }
    return true;
}

static void put_name(text *t, bool optional, vd_str s)
{
    if (optional) puts_z(t, "?");
    if (is_plain_path(s)) {
        put(t, s);
        return;
    }
    puts_z(t, "`");
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '`') *vd_vec_push(t) = '`';
        *vd_vec_push(t) = s.p[i];
    }
    puts_z(t, "`");
}

/* The fewest digits that read back as the same double, with a point or exponent
 * in them. What is no number is written as the division that makes it. */
static void put_double(text *t, double d)
{
    char buf[40];
    if (isnan(d)) {
        puts_z(t, "0.0 / 0.0");
    } else if (isinf(d)) {
        puts_z(t, d < 0 ? "-1.0 / 0.0" : "1.0 / 0.0");
    } else {
        for (int digits = 0; digits < 17; digits++) {
            snprintf(buf, sizeof buf, "%.*e", digits, d);
            if (strtod(buf, NULL) == d) break;
        }
        puts_z(t, buf);
    }
}

static void put_literal(text *t, const vd_value *v)
{
    char buf[32];
    switch (v->kind) {
    case VD_BOOL: puts_z(t, v->b ? "true" : "false"); break;
    case VD_LONG:
        snprintf(buf, sizeof buf, "%lld", (long long)v->i);
        puts_z(t, buf);
        break;
    case VD_ULONG:
        snprintf(buf, sizeof buf, "%llu", (unsigned long long)v->u);
        puts_z(t, buf);
        break;
    case VD_DOUBLE: put_double(t, v->d); break;
    case VD_STRING:
    case VD_VERSION: put_string(t, vd_value_str(v)); break;
    default: puts_z(t, "null"); break;
    }
}

/* ---- expressions ---- */

static void put_expr(text *t, const vd_eql_expr *e);

static bool is_term(const vd_eql_expr *e)
{
    if (e->kind == VD_EQL_FIELD || e->kind == VD_EQL_CALL) return true;
    if (e->kind != VD_EQL_LITERAL) return false;
    if (e->lit.kind == VD_DOUBLE) return isfinite(e->lit.d) && !signbit(e->lit.d);
    return e->lit.kind != VD_LONG || e->lit.i >= 0;
}

static void put_operand(text *t, const vd_eql_expr *e)
{
    if (is_term(e)) {
        put_expr(t, e);
        return;
    }
    puts_z(t, "(");
    put_expr(t, e);
    puts_z(t, ")");
}

static void put_list(text *t, const vd_eql_expr *e, uint32_t from)
{
    puts_z(t, "(");
    for (uint32_t i = from; i < e->n; i++) {
        if (i > from) puts_z(t, ", ");
        put_expr(t, e->args[i]);
    }
    puts_z(t, ")");
}

static void put_joined(text *t, const vd_eql_expr *e, const char *between)
{
    for (uint32_t i = 0; i < e->n; i++) {
        if (i) puts_z(t, between);
        put_operand(t, e->args[i]);
    }
}

/* x in (..), x : .., x like~ (..) */
static void put_predicate(text *t, const vd_eql_expr *e, const char *word, bool tilde)
{
    put_operand(t, e->args[0]);
    puts_z(t, " ");
    puts_z(t, word);
    puts_z(t, tilde && e->ci ? "~ " : " ");
    if (e->n == 2 && e->kind != VD_EQL_IN && is_term(e->args[1])) put_expr(t, e->args[1]);
    else put_list(t, e, 1);
}

/* like with something else than constants can only come from wildcard(..) */
static void put_like(text *t, const vd_eql_expr *e)
{
    for (uint32_t i = 1; i < e->n; i++) {
        if (e->args[i]->kind == VD_EQL_LITERAL) continue;
        puts_z(t, e->ci ? "wildcard~" : "wildcard");
        put_list(t, e, 0);
        return;
    }
    put_predicate(t, e, "like", true);
}

static void put_expr(text *t, const vd_eql_expr *e)
{
    switch ((vd_eql_kind)e->kind) {
    case VD_EQL_LITERAL: put_literal(t, &e->lit); break;
    case VD_EQL_FIELD: put_name(t, e->optional, e->name); break;
    case VD_EQL_NOT:
        puts_z(t, "not ");
        put_operand(t, e->args[0]);
        break;
    case VD_EQL_NEG:
        puts_z(t, "-");
        put_operand(t, e->args[0]);
        break;
    case VD_EQL_AND: put_joined(t, e, " and "); break;
    case VD_EQL_OR: put_joined(t, e, " or "); break;
    case VD_EQL_COMPARE:
    case VD_EQL_ARITH:
        put_operand(t, e->args[0]);
        puts_z(t, " ");
        puts_z(t, vd_eql_op_sign((vd_eql_op)e->op));
        puts_z(t, " ");
        put_operand(t, e->args[1]);
        break;
    case VD_EQL_IN: put_predicate(t, e, "in", true); break;
    case VD_EQL_SEQ: put_predicate(t, e, ":", false); break;
    case VD_EQL_LIKE: put_like(t, e); break;
    case VD_EQL_REGEX: put_predicate(t, e, "regex", true); break;
    case VD_EQL_CALL:
        puts_z(t, vd_fn_info_of((vd_eql_fn)e->fn)->name);
        if (e->ci) puts_z(t, "~");
        put_list(t, e, 0);
        break;
    }
}

/* ---- queries ---- */

static void put_event(text *t, const vd_eql_item *item)
{
    if (item->any) puts_z(t, "any");
    else if (vd_eql_is_plain_name(item->category) && item->category.p[0] != '@') put(t, item->category);
    else put_string(t, item->category);
    puts_z(t, " where ");
    put_expr(t, item->cond);
}

/* All of an item's keys behind the item: which of them the query's own `by`
 * gave makes no difference. */
static void put_item(text *t, const vd_eql_item *item)
{
    puts_z(t, item->missing ? "![" : "[");
    put_event(t, item);
    puts_z(t, "]");
    for (uint32_t i = 0; i < item->n_keys; i++) {
        puts_z(t, i ? ", " : " by ");
        put_name(t, item->keys[i].optional, item->keys[i].name);
    }
    if (item->runs > 1) {
        char buf[40];
        snprintf(buf, sizeof buf, " with runs=%u", item->runs);
        puts_z(t, buf);
    }
}

static void put_items(text *t, const vd_eql_query *q)
{
    char buf[48];
    puts_z(t, q->kind == VD_EQL_SAMPLE ? "sample" : "sequence");
    if (q->maxspan >= 0) {
        snprintf(buf, sizeof buf, " with maxspan=%lldms", (long long)q->maxspan);
        puts_z(t, buf);
    }
    for (uint32_t i = 0; i < q->n_items; i++) {
        puts_z(t, " ");
        put_item(t, &q->items[i]);
    }
    if (!q->until) return;
    puts_z(t, " until ");
    put_item(t, q->until);
}

static vd_str finish(vd_arena *a, text *t)
{
    vd_str s = vd_arena_str(a, (vd_str){t->v, t->n});
    vd_vec_free(t);
    return s;
}

vd_str vd_eql_print(vd_arena *a, const vd_eql_query *query)
{
    text t = {0};
    if (query->kind == VD_EQL_EVENT) put_event(&t, &query->items[0]);
    else put_items(&t, query);
    for (uint32_t i = 0; i < query->n_pipes; i++) {
        char buf[48];
        snprintf(buf, sizeof buf, " | %s %lld", query->pipes[i].tail ? "tail" : "head",
                 (long long)query->pipes[i].n);
        puts_z(&t, buf);
    }
    return finish(a, &t);
}

vd_str vd_eql_print_expr(vd_arena *a, const vd_eql_expr *e)
{
    text t = {0};
    put_expr(&t, e);
    return finish(a, &t);
}
