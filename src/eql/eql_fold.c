/* eql/eql_fold.c - what is the same for every event is worked out once
 *
 * Two readings  A condition is a tree of and/or/not over leaves, and a leaf is
 *               true or false: null counts as false there. Inside a leaf (say,
 *               under a comparison) and/or/not know a third answer, null.
 *               `filter` says which of the two holds for the node at hand.
 * Source        Elastic docs: "EQL syntax reference"; elastic/elasticsearch
 *               Optimizer (null comparisons, boolean simplification). */
#include "eql/eql_int.h"
#include "eql/ops.h"
#include "eql/regex.h"

typedef struct folder {
    vd_arena *a;
    vd_str text;
    int code; /* the first error */
    vd_err *err;
} folder;

static bool is_literal(const vd_eql_expr *e) { return e->kind == VD_EQL_LITERAL; }
static bool is_bool(const vd_eql_expr *e, bool b)
{
    return is_literal(e) && e->lit.kind == VD_BOOL && e->lit.b == b;
}
static bool all_literal(const vd_eql_expr *e)
{
    for (uint32_t i = 0; i < e->n; i++)
        if (!is_literal(e->args[i])) return false;
    return true;
}

static vd_eql_expr *literal(folder *f, const vd_eql_expr *at, vd_value v)
{
    return vd_eql_literal(f->a, at, v);
}

static vd_eql_expr *truth(folder *f, const vd_eql_expr *at, bool b)
{
    return literal(f, at, vd_value_bool(b));
}

static vd_eql_expr *negation(folder *f, vd_eql_expr *e)
{
    if (e->kind == VD_EQL_NOT) return e->args[0];
    if (is_literal(e) && e->lit.kind == VD_BOOL) return truth(f, e, !e->lit.b);
    if (vd_eql_is_null(e)) return e;
    vd_eql_expr *n = vd_eql_node(f->a, VD_EQL_NOT, e->pos, e->pos + e->len, &e, 1);
    n->type = VD_ET_BOOLEAN;
    return n;
}

/* The value of a constant operation, or an error where it has none. */
static vd_eql_expr *result(folder *f, vd_eql_expr *e, vd_value v, vd_op_fault fault)
{
    static const char *const why[] = {[VD_OP_OVERFLOW] = "the result is out of range",
                                      [VD_OP_ZERO_DIVISION] = "division by zero",
                                      [VD_OP_BAD_TYPE] = "an argument has a value that cannot be used"};
    if (fault == VD_OP_FINE) return literal(f, e, v);
    if (f->code) return e;
    vd_str s = vd_clip(vd_str_sub(f->text, e->pos, (size_t)e->pos + e->len), 200);
    vd_str msg = vd_arena_printf(f->a, "cannot work out [%.*s]: %s", VD_FMT(s), why[fault]);
    f->code = vd_eql_refuse(f->err, f->text, e->pos, e->len, msg.p);
    return e;
}

/* ---- and, or ---- */

/* `whole` decides the outcome alone (false for and, true for or), `part` adds nothing. */
static vd_eql_expr *fold_junction(folder *f, vd_eql_expr *e, bool filter)
{
    bool whole = e->kind == VD_EQL_OR;
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->n; i++) {
        vd_eql_expr *arg = e->args[i];
        if (filter && vd_eql_is_null(arg)) arg = truth(f, arg, false);
        if (is_bool(arg, whole)) return truth(f, e, whole);
        if (!is_bool(arg, !whole)) e->args[n++] = arg;
    }
    e->n = n;
    if (n == 0) return truth(f, e, !whole);
    if (n == 1) return e->args[0];
    return all_literal(e) ? e->args[0] : e; /* literals that are left are all null */
}

/* An operand may have become of the same kind as what it stands in. */
static vd_eql_expr *flatten(folder *f, vd_eql_expr *e)
{
    size_t n = 0;
    bool flat = true;
    for (uint32_t i = 0; i < e->n; i++) {
        bool same = e->args[i]->kind == e->kind;
        n += same ? e->args[i]->n : 1;
        flat = flat && !same;
    }
    if (flat) return e;
    vd_eql_expr **args = vd_arena_alloc(f->a, n * sizeof *args);
    n = 0;
    for (uint32_t i = 0; i < e->n; i++) {
        vd_eql_expr *arg = e->args[i];
        if (arg->kind != e->kind) args[n++] = arg;
        else
            for (uint32_t k = 0; k < arg->n; k++) args[n++] = arg->args[k];
    }
    e->args = args;
    e->n = (uint32_t)n;
    return e;
}

/* ---- comparisons ---- */

/* Null as a constant, or as an optional field that no event has. */
static bool is_nothing(const vd_eql_expr *e)
{
    return vd_eql_is_null(e) || (e->kind == VD_EQL_FIELD && e->unmapped);
}

static vd_eql_expr *fold(folder *f, vd_eql_expr *e, bool filter);

/* The value that something is compared with: a literal also where unmapped
 * fields stand in it, which are null. */
static vd_eql_expr *settle(folder *f, vd_eql_expr *e)
{
    if (is_literal(e) || !vd_eql_is_constant(e)) return e;
    if (e->kind == VD_EQL_FIELD) return literal(f, e, vd_value_null());
    for (uint32_t i = 0; i < e->n; i++) e->args[i] = settle(f, e->args[i]);
    return fold(f, e, false);
}

static vd_eql_expr *is_null_test(folder *f, const vd_eql_expr *at, vd_eql_expr *field)
{
    vd_eql_expr *args[] = {field, literal(f, field, vd_value_null())};
    vd_eql_expr *e = vd_eql_node(f->a, VD_EQL_COMPARE, at->pos, at->pos + at->len, args, 2);
    e->op = VD_OP_EQ;
    e->type = VD_ET_BOOLEAN;
    return e;
}

/* ?x == ?y where both may be unmapped: true if both are null. */
static vd_eql_expr *both_null(folder *f, vd_eql_expr *e)
{
    vd_eql_expr *tests[] = {is_null_test(f, e, e->args[0]), is_null_test(f, e, e->args[1])};
    vd_eql_expr *both = vd_eql_node(f->a, VD_EQL_AND, e->pos, e->pos + e->len, tests, 2);
    both->type = VD_ET_BOOLEAN;
    return both;
}

static bool is_boolean_result(const vd_eql_expr *e)
{
    return e->type == VD_ET_BOOLEAN && e->kind != VD_EQL_FIELD && !is_literal(e);
}

static vd_eql_expr *fold_equal(folder *f, vd_eql_expr *e)
{
    vd_eql_expr *l = e->args[0], *r = e->args[1];
    if (is_nothing(l) && is_nothing(r)) return truth(f, e, true);
    if (vd_eql_both_optional(l, r)) return both_null(f, e);
    if ((is_nothing(l) && is_literal(r)) || (is_literal(l) && is_nothing(r))) return truth(f, e, false);
    if (is_nothing(l)) return is_null_test(f, e, r);
    if (is_nothing(r)) return is_null_test(f, e, l);
    if (is_literal(l) && is_literal(r)) return literal(f, e, vd_op_compare(VD_OP_EQ, &l->lit, &r->lit));
    if (is_boolean_result(l) && is_bool(r, true)) return l;
    if (is_boolean_result(l) && is_bool(r, false)) return negation(f, l);
    return e;
}

static vd_eql_expr *fold_compare(folder *f, vd_eql_expr *e)
{
    if (is_literal(e->args[0]) && !is_literal(e->args[1])) vd_eql_flip(e);
    e->args[1] = settle(f, e->args[1]);
    if (e->op == VD_OP_EQ) return fold_equal(f, e);
    vd_eql_expr *l = e->args[0], *r = e->args[1];
    if (vd_eql_is_null(l) || vd_eql_is_null(r) || vd_eql_both_optional(l, r))
        return literal(f, e, vd_value_null());
    if (is_literal(l) && is_literal(r))
        return literal(f, e, vd_op_compare((vd_eql_op)e->op, &l->lit, &r->lit));
    return e;
}

/* ---- lists and patterns ---- */

static bool member(const vd_value *x, const vd_value *v, bool ci)
{
    if (ci && x->kind == VD_STRING && v->kind == VD_STRING)
        return vd_str_eq_ascii_ci(vd_value_str(x), vd_value_str(v));
    return vd_value_compare(x, v) == 0;
}

/* Nulls in a list are skipped. */
static vd_eql_expr *fold_in(folder *f, vd_eql_expr *e)
{
    uint32_t n = 1;
    for (uint32_t i = 1; i < e->n; i++) {
        vd_eql_expr *v = settle(f, e->args[i]);
        if (!vd_eql_is_null(v)) e->args[n++] = v;
    }
    e->n = n;
    if (n == 1) return truth(f, e, false);
    vd_eql_expr *x = e->args[0];
    if (vd_eql_is_null(x)) return x;
    if (!all_literal(e)) return e;
    for (uint32_t i = 1; i < n; i++)
        if (member(&x->lit, &e->args[i]->lit, e->ci)) return truth(f, e, true);
    return truth(f, e, false);
}

static bool regex_matches(folder *f, vd_str pattern, vd_str text, bool ci)
{
    vd_arena scratch;
    vd_regex *re;
    vd_arena_init(&scratch, 0);
    int code = vd_regex_compile(&scratch, pattern, ci, &re, f->code ? NULL : f->err);
    bool hit = code == 0 && vd_regex_match(re, text);
    if (code && !f->code) f->code = code; /* the check has refused it before */
    vd_arena_fini(&scratch);
    return hit;
}

/* : like regex on a constant. */
static vd_eql_expr *fold_pattern(folder *f, vd_eql_expr *e)
{
    vd_eql_expr *x = e->args[0];
    if (vd_eql_is_null(x)) return x;
    if (!all_literal(e) || x->lit.kind != VD_STRING) return e;
    vd_str s = vd_value_str(&x->lit);
    bool ci = e->ci || e->kind == VD_EQL_SEQ, regex = e->kind == VD_EQL_REGEX, hit = false;
    if (ci && !regex) s = vd_arena_fold(f->a, s); /* text of one case is searched in one go */
    for (uint32_t i = 1; i < e->n && !hit; i++) {
        vd_str pattern = vd_value_str(&e->args[i]->lit);
        if (regex) hit = regex_matches(f, pattern, s, ci);
        else hit = vd_glob_match(ci ? vd_arena_fold(f->a, pattern) : pattern, s, false);
    }
    return truth(f, e, hit);
}

/* ---- arithmetic and calls ---- */

static vd_eql_expr *fold_arith(folder *f, vd_eql_expr *e)
{
    vd_op_fault fault;
    if (!all_literal(e)) return e;
    const vd_value *l = &e->args[0]->lit;
    vd_value v = e->kind == VD_EQL_NEG ? vd_op_negate(l, &fault)
                                       : vd_op_arith((vd_eql_op)e->op, l, &e->args[1]->lit, &fault);
    return result(f, e, v, fault);
}

static vd_eql_expr *fold_call(folder *f, vd_eql_expr *e)
{
    vd_op_fault fault;
    if (!all_literal(e)) return e;
    vd_value *args = VD_NEW_N(f->a, vd_value, e->n);
    for (uint32_t i = 0; i < e->n; i++) args[i] = e->args[i]->lit;
    vd_value v = vd_fn_call((vd_eql_fn)e->fn, e->ci, args, e->n, f->a, &fault);
    return result(f, e, v, fault);
}

/* `filter`: the node stands for a condition, not for a value inside a leaf. */
static vd_eql_expr *fold(folder *f, vd_eql_expr *e, bool filter)
{
    bool connective = e->kind == VD_EQL_AND || e->kind == VD_EQL_OR || e->kind == VD_EQL_NOT;
    for (uint32_t i = 0; i < e->n; i++) e->args[i] = fold(f, e->args[i], filter && connective);
    switch ((vd_eql_kind)e->kind) {
    case VD_EQL_NOT: return negation(f, e->args[0]);
    case VD_EQL_AND:
    case VD_EQL_OR: return fold_junction(f, flatten(f, e), filter);
    case VD_EQL_COMPARE: return fold_compare(f, e);
    case VD_EQL_IN: return fold_in(f, e);
    case VD_EQL_SEQ:
    case VD_EQL_LIKE:
    case VD_EQL_REGEX: return fold_pattern(f, e);
    case VD_EQL_NEG:
    case VD_EQL_ARITH: return fold_arith(f, e);
    case VD_EQL_CALL: return fold_call(f, e);
    default: return e;
    }
}

static void fold_item(folder *f, vd_eql_item *item)
{
    item->cond = fold(f, item->cond, true);
    if (vd_eql_is_null(item->cond)) item->cond = truth(f, item->cond, false);
}

int vd_eql_fold(vd_arena *a, vd_eql_query *query, vd_err *err)
{
    folder f = {.a = a, .text = query->text, .err = err};
    for (uint32_t i = 0; i < query->n_items; i++) fold_item(&f, &query->items[i]);
    if (query->until) fold_item(&f, query->until);
    return f.code;
}
