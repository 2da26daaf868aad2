/* Expressions and conditions.
 *
 * A condition is and/or/not over leaves. A leaf is true for an event if its
 * expression is true for some combination of the values of its fields; a field
 * without values stands in as null. Inside a leaf null spreads; outside it a leaf
 * that is not true is false, and `not` turns that round. Only a leaf without any
 * field can be null: so can `not` of it, and a condition that is null holds for
 * nothing. */
#include "model.h"

#define MAX_FIELDS 64

typedef enum truth { NO, YES, UNKNOWN } truth;

struct m_cond {
    enum { AND, OR, NOT, LEAF } kind;
    m_cond **kids;
    uint32_t n;
    const vd_eql_expr *leaf;
    vd_field_id fields[MAX_FIELDS]; /* of the leaf, each once */
    uint32_t n_fields;
};

/* ---- expressions ---- */

/* The combination of values at hand. */
typedef struct env {
    m_doc *doc;
    const m_cond *leaf;
    const vd_value *value[MAX_FIELDS]; /* by the leaf's fields; NULL: null */
    bool fault;
} env;

static bool has_field(const vd_eql_expr *e)
{
    if (e->kind == VD_EQL_FIELD) return !e->unmapped;
    for (uint32_t i = 0; i < e->n; i++)
        if (has_field(e->args[i])) return true;
    return false;
}

static vd_value eval(env *v, const vd_eql_expr *e);

static vd_value field_value(env *v, const vd_eql_expr *e)
{
    for (uint32_t i = 0; !e->unmapped && i < v->leaf->n_fields; i++)
        if (v->leaf->fields[i] == e->field && v->value[i]) return *v->value[i];
    return vd_value_null();
}

static bool is_mapped_field(const vd_eql_expr *e)
{
    return e->kind == VD_EQL_FIELD && !e->unmapped;
}

static vd_eql_op turned(vd_eql_op op)
{
    switch (op) {
    case VD_OP_LT: return VD_OP_GT;
    case VD_OP_LE: return VD_OP_GE;
    case VD_OP_GT: return VD_OP_LT;
    case VD_OP_GE: return VD_OP_LE;
    default: return op;
    }
}

/* A field against what holds no field: the field's type decides how it is read. */
static vd_value with_constant(env *v, vd_eql_op op, const vd_eql_expr *field,
                              const vd_value *constant)
{
    vd_value x = field_value(v, field);
    if (x.kind == VD_NULL) return x;
    const vd_field *f = vd_schema_field(v->doc->schema, field->field);
    return vd_value_bool(m_compare_field(f->type, op, &x, constant, &v->doc->arena));
}

static vd_value compare(env *v, vd_eql_op op, const vd_eql_expr *l, const vd_eql_expr *r)
{
    vd_value a = eval(v, l), b = eval(v, r);
    bool const_l = !has_field(l), const_r = !has_field(r);
    /* == null asks whether there is a value. */
    if (op == VD_OP_EQ && const_r && b.kind == VD_NULL) return vd_value_bool(a.kind == VD_NULL);
    if (op == VD_OP_EQ && const_l && a.kind == VD_NULL) return vd_value_bool(b.kind == VD_NULL);
    if (b.kind == VD_NULL || a.kind == VD_NULL) return vd_value_null();
    if (is_mapped_field(l) && const_r) return with_constant(v, op, l, &b);
    if (is_mapped_field(r) && const_l) return with_constant(v, turned(op), r, &a);
    return m_compare_op(op, &a, &b);
}

static vd_value one_of(env *v, const vd_eql_expr *e)
{
    vd_value x = eval(v, e->args[0]);
    if (x.kind == VD_NULL) return x;
    for (uint32_t i = 1; i < e->n; i++) {
        vd_value c = eval(v, e->args[i]);
        bool hit;
        if (c.kind == VD_NULL) continue;
        if (e->ci && m_is_text(&x) && m_is_text(&c)) {
            hit = m_equal(vd_value_str(&x), vd_value_str(&c), true);
        } else {
            vd_value same = compare(v, VD_OP_EQ, e->args[0], e->args[i]);
            hit = same.kind == VD_BOOL && same.b;
        }
        if (hit) return vd_value_bool(true);
    }
    return vd_value_bool(false);
}

/* A number in a field without a type meets `:` and like as far as they are no
 * pattern: "*" asks for any value, a text without wildcards for an equal one. */
static vd_value untyped_pattern(env *v, const vd_eql_expr *e)
{
    const vd_eql_expr *f = e->args[0];
    if (f->kind != VD_EQL_FIELD || e->kind == VD_EQL_REGEX ||
        vd_schema_field(v->doc->schema, f->field)->type != VD_TYPE_UNKNOWN)
        return vd_value_bool(false);
    for (uint32_t i = 1; i < e->n; i++) {
        vd_str p = vd_value_str(&e->args[i]->lit);
        size_t wild = 0, stars = 0;
        for (size_t k = 0; k < p.n; k++) {
            stars += p.p[k] == '*';
            wild += p.p[k] == '*' || p.p[k] == '?';
        }
        if (p.n && stars == p.n) return vd_value_bool(true);
        vd_value same = with_constant(v, VD_OP_EQ, f, &e->args[i]->lit);
        if (wild == 0 && same.kind == VD_BOOL && same.b) return same;
    }
    return vd_value_bool(false);
}

static vd_value pattern(env *v, const vd_eql_expr *e)
{
    vd_value x = eval(v, e->args[0]);
    if (x.kind == VD_NULL) return x;
    if (!m_is_text(&x)) return untyped_pattern(v, e);
    bool ci = e->ci || e->kind == VD_EQL_SEQ;
    for (uint32_t i = 1; i < e->n; i++) {
        vd_str p = vd_value_str(&e->args[i]->lit);
        if (e->kind == VD_EQL_REGEX ? m_regex(p, vd_value_str(&x), ci)
                                    : m_glob(p, vd_value_str(&x), ci))
            return vd_value_bool(true);
    }
    return vd_value_bool(false);
}

static vd_value call(env *v, const vd_eql_expr *e)
{
    vd_value *args = VD_NEW_N(&v->doc->arena, vd_value, e->n + 1);
    for (uint32_t i = 0; i < e->n; i++)
        args[i] = eval(v, e->args[i]);
    return v->fault ? vd_value_null() : m_call(e, args, &v->doc->arena, &v->fault);
}

/* and, or, not within a leaf: Kleene's. */
static vd_value logic(env *v, const vd_eql_expr *e)
{
    bool is_and = e->kind == VD_EQL_AND, unknown = false;
    if (e->kind == VD_EQL_NOT) {
        vd_value x = eval(v, e->args[0]);
        return x.kind == VD_BOOL ? vd_value_bool(!x.b) : vd_value_null();
    }
    for (uint32_t i = 0; i < e->n; i++) {
        vd_value x = eval(v, e->args[i]);
        if (x.kind != VD_BOOL)
            unknown = true;
        else if (x.b != is_and)
            return x;
    }
    return unknown ? vd_value_null() : vd_value_bool(is_and);
}

static vd_value negated(env *v, const vd_eql_expr *e)
{
    vd_value x = eval(v, e->args[0]), zero = vd_value_long(0);
    if (x.kind == VD_DOUBLE) return vd_value_double(-x.d);
    zero.is32 = x.is32;
    return m_arith(VD_OP_SUB, &zero, &x, &v->fault);
}

/* Depth is bounded by the parser. */
static vd_value eval(env *v, const vd_eql_expr *e)
{
    vd_value a, b;
    switch ((vd_eql_kind)e->kind) {
    case VD_EQL_LITERAL: return e->lit;
    case VD_EQL_FIELD: return field_value(v, e);
    case VD_EQL_NEG: return negated(v, e);
    case VD_EQL_COMPARE: return compare(v, (vd_eql_op)e->op, e->args[0], e->args[1]);
    case VD_EQL_ARITH:
        a = eval(v, e->args[0]);
        b = eval(v, e->args[1]);
        return m_arith((vd_eql_op)e->op, &a, &b, &v->fault);
    case VD_EQL_IN: return one_of(v, e);
    case VD_EQL_SEQ:
    case VD_EQL_LIKE:
    case VD_EQL_REGEX: return pattern(v, e);
    case VD_EQL_CALL: return call(v, e);
    default: return logic(v, e);
    }
}

/* ---- leaves ---- */

/* A bare boolean field of a leaf may hold a text where it has no type. */
static truth truth_of(env *v, const vd_eql_expr *e)
{
    vd_value yes = vd_value_bool(true), x;
    v->fault = false;
    x = e->kind == VD_EQL_FIELD && !e->unmapped ? with_constant(v, VD_OP_EQ, e, &yes) : eval(v, e);
    if (v->fault) return NO;
    return x.kind == VD_BOOL ? x.b ? YES : NO : UNKNOWN;
}

/* Goes through all combinations of values of fields k, k + 1, ... */
static truth combine(env *v, uint32_t k)
{
    if (k == v->leaf->n_fields) return truth_of(v, v->leaf->leaf);
    const m_values *values = m_doc_field(v->doc, v->leaf->fields[k]);
    truth t = NO;
    for (size_t i = 0; i < (values->n ? values->n : 1) && t != YES; i++) {
        v->value[k] = values->n ? &values->v[i] : NULL;
        t = combine(v, k + 1);
    }
    return t;
}

static truth leaf(const m_cond *c, m_doc *d)
{
    env v = {.doc = d, .leaf = c};
    truth t = combine(&v, 0);
    return t == UNKNOWN && c->n_fields ? NO : t;
}

/* ---- conditions ---- */

static truth cond(const m_cond *c, m_doc *d)
{
    truth t = c->kind == AND ? YES : NO;
    switch (c->kind) {
    case LEAF: return leaf(c, d);
    case NOT: t = cond(c->kids[0], d); return t == UNKNOWN ? t : t == YES ? NO : YES;
    default:
        for (uint32_t i = 0; i < c->n; i++) {
            truth kid = cond(c->kids[i], d);
            if (kid == (c->kind == AND ? NO : YES)) return kid;
            if (kid == UNKNOWN) t = kid;
        }
        return t;
    }
}

bool m_cond_holds(const m_cond *c, m_doc *d)
{
    return cond(c, d) == YES;
}

static void add_fields(m_cond *c, const vd_eql_expr *e)
{
    if (is_mapped_field(e)) {
        for (uint32_t i = 0; i < c->n_fields; i++)
            if (c->fields[i] == e->field) return;
        if (c->n_fields < MAX_FIELDS) c->fields[c->n_fields++] = e->field;
    }
    for (uint32_t i = 0; i < e->n; i++)
        add_fields(c, e->args[i]);
}

/* `c == true` and `c == false` of a condition c are c and `not c`. */
static bool is_truth_test(const vd_eql_expr *e, uint32_t *which, bool *wanted)
{
    for (uint32_t i = 0; e->kind == VD_EQL_COMPARE && e->op == VD_OP_EQ && i < 2; i++) {
        const vd_eql_expr *lit = e->args[i], *c = e->args[1 - i];
        if (lit->kind != VD_EQL_LITERAL || lit->lit.kind != VD_BOOL) continue;
        if (c->kind == VD_EQL_FIELD || c->kind == VD_EQL_LITERAL) continue;
        *which = 1 - i;
        *wanted = lit->lit.b;
        return true;
    }
    return false;
}

static m_cond *with_kids(vd_arena *a, int kind, vd_eql_expr *const *args, uint32_t n)
{
    m_cond *c = VD_NEW(a, m_cond);
    c->kind = kind;
    c->kids = VD_NEW_N(a, m_cond *, n);
    c->n = n;
    for (uint32_t i = 0; i < n; i++)
        c->kids[i] = m_cond_new(a, args[i]);
    return c;
}

m_cond *m_cond_new(vd_arena *a, const vd_eql_expr *e)
{
    uint32_t which;
    bool wanted;
    if (e->kind == VD_EQL_AND) return with_kids(a, AND, e->args, e->n);
    if (e->kind == VD_EQL_OR) return with_kids(a, OR, e->args, e->n);
    if (e->kind == VD_EQL_NOT) return with_kids(a, NOT, e->args, 1);
    if (is_truth_test(e, &which, &wanted))
        return wanted ? m_cond_new(a, e->args[which]) : with_kids(a, NOT, &e->args[which], 1);
    m_cond *c = VD_NEW(a, m_cond);
    c->kind = LEAF;
    c->leaf = e;
    add_fields(c, e);
    return c;
}
