/* From a checked, folded condition to predicates: every leaf becomes a predicate
 * over one field where it can, and a script where it cannot. Leaves are two-valued
 * (EQL semantics: a leaf is true or not; `not` flips that), so the tree is put into
 * negation normal form on the way down. */
#include "plan/build_int.h"

static vd_node *node_of(vd_builder *b, vd_node_kind kind)
{
    vd_node *n = VD_NEW(&b->tmp, vd_node);
    n->kind = (uint8_t)kind;
    return n;
}

static vd_node *truth(vd_builder *b, bool holds)
{
    return node_of(b, holds ? VD_NODE_TRUE : VD_NODE_FALSE);
}

/* A leaf that folds to null for every event: nothing satisfies it, nor its negation
 * (Elasticsearch's optimizer: a filter that is null matches nothing). */
static vd_node *nothing(vd_builder *b)
{
    vd_node *n = truth(b, false);
    n->null = true;
    return n;
}

/* An optional field that no mapping knows: null for every event. */
static bool is_null(const vd_eql_expr *e)
{
    return (e->kind == VD_EQL_FIELD && e->unmapped) ||
           (e->kind == VD_EQL_LITERAL && e->lit.kind == VD_NULL);
}

static bool is_field(const vd_eql_expr *e) { return e->kind == VD_EQL_FIELD && !e->unmapped; }
static bool is_literal(const vd_eql_expr *e) { return e->kind == VD_EQL_LITERAL; }

static bool all_literals(const vd_eql_expr *e, uint32_t from)
{
    for (uint32_t i = from; i < e->n; i++)
        if (!is_literal(e->args[i])) return false;
    return true;
}

static vd_node *script_node(vd_builder *b, const vd_eql_expr *e)
{
    vd_node *n = node_of(b, VD_NODE_SCRIPT);
    n->id = vd_build_script(b, e);
    return n;
}

static vd_node *field_node(vd_builder *b, const vd_eql_expr *field)
{
    return vd_build_pred_node(b, vd_build_slot(b, field->field));
}

static vd_node *exists(vd_builder *b, const vd_eql_expr *field, bool negated)
{
    vd_node *n = field_node(b, field);
    vd_build_atom(b, n, &(vd_atom){.kind = VD_ATOM_EXISTS});
    n->negated = negated;
    return n;
}

static vd_node *compare(vd_builder *b, const vd_eql_expr *e)
{
    const vd_eql_expr *l = e->args[0], *r = e->args[1];
    if (is_null(l) && is_null(r)) return truth(b, e->op == VD_OP_EQ);
    if (e->op == VD_OP_EQ && is_field(l) && is_null(r)) return exists(b, l, true);
    if (e->op == VD_OP_EQ && is_null(l) && is_field(r)) return exists(b, r, true);
    if (is_null(l) && is_literal(r)) return e->op == VD_OP_EQ ? truth(b, false) : nothing(b);
    if (is_field(l) && is_literal(r)) {
        vd_node *n = field_node(b, l);
        if (e->op == VD_OP_EQ) vd_build_equals(b, n, &r->lit, false);
        else vd_build_range(b, n, (vd_eql_op)e->op, &r->lit);
        return n;
    }
    return script_node(b, e);
}

static vd_node *in_list(vd_builder *b, const vd_eql_expr *e)
{
    if (is_null(e->args[0])) return truth(b, false);
    if (!is_field(e->args[0]) || !all_literals(e, 1)) return script_node(b, e);
    vd_node *n = field_node(b, e->args[0]);
    for (uint32_t i = 1; i < e->n; i++)
        vd_build_equals(b, n, &e->args[i]->lit, e->ci);
    return n;
}

static vd_node *patterns(vd_builder *b, const vd_eql_expr *e)
{
    if (is_null(e->args[0])) return nothing(b);
    /* Expressions are few and dear: a script is only run when all else holds. */
    if (!is_field(e->args[0]) || e->kind == VD_EQL_REGEX) return script_node(b, e);
    bool ci = e->ci || e->kind == VD_EQL_SEQ;
    vd_node *n = field_node(b, e->args[0]);
    for (uint32_t i = 1; i < e->n; i++)
        vd_build_pattern(b, n, vd_value_str(&e->args[i]->lit), ci);
    return n;
}

static vd_node *plain_text(vd_builder *b, const vd_eql_expr *e, vd_atom_kind kind)
{
    vd_node *n = field_node(b, e->args[0]);
    vd_str text = vd_value_str(&e->args[1]->lit);
    if (text.n == 0) /* starts, ends and contains: whatever the value is */
        vd_build_atom(b, n, &(vd_atom){.kind = VD_ATOM_EXISTS});
    else
        vd_build_atom(b, n, &(vd_atom){.kind = (uint8_t)kind, .ci = e->ci, .text = text});
    return n;
}

static vd_node *cidr(vd_builder *b, const vd_eql_expr *e)
{
    vd_node *n = field_node(b, e->args[0]);
    for (uint32_t i = 1; i < e->n; i++)
        vd_build_cidr(b, n, vd_value_str(&e->args[i]->lit));
    return n;
}

static bool string_literals(const vd_eql_expr *e)
{
    for (uint32_t i = 1; i < e->n; i++)
        if (!is_literal(e->args[i]) || e->args[i]->lit.kind != VD_STRING) return false;
    return true;
}

static vd_node *call(vd_builder *b, const vd_eql_expr *e)
{
    if (e->n && is_null(e->args[0]) && e->type == VD_ET_BOOLEAN) return nothing(b);
    if (e->n && is_field(e->args[0]) && string_literals(e)) {
        switch (e->fn) {
        case VD_FN_STARTS_WITH: return plain_text(b, e, VD_ATOM_PREFIX);
        case VD_FN_ENDS_WITH: return plain_text(b, e, VD_ATOM_SUFFIX);
        case VD_FN_STRING_CONTAINS: return plain_text(b, e, VD_ATOM_CONTAINS);
        case VD_FN_CIDR_MATCH: return cidr(b, e);
        default: break;
        }
    }
    return script_node(b, e);
}

static vd_node *bare_field(vd_builder *b, const vd_eql_expr *e)
{
    if (is_null(e)) return truth(b, false);
    vd_node *n = field_node(b, e);
    vd_value yes = vd_value_bool(true);
    vd_build_equals(b, n, &yes, false);
    return n;
}

static vd_node *leaf(vd_builder *b, const vd_eql_expr *e)
{
    switch (e->kind) {
    case VD_EQL_LITERAL: return truth(b, e->lit.kind == VD_BOOL && e->lit.b);
    case VD_EQL_FIELD: return bare_field(b, e);
    case VD_EQL_COMPARE: return compare(b, e);
    case VD_EQL_IN: return in_list(b, e);
    case VD_EQL_SEQ:
    case VD_EQL_LIKE:
    case VD_EQL_REGEX: return patterns(b, e);
    case VD_EQL_CALL: return call(b, e);
    default: return script_node(b, e);
    }
}

static vd_node *negate_leaf(vd_node *n)
{
    if (n->null) return n;
    if (n->kind == VD_NODE_TRUE) n->kind = VD_NODE_FALSE;
    else if (n->kind == VD_NODE_FALSE) n->kind = VD_NODE_TRUE;
    else n->negated = !n->negated;
    return n;
}

/* Predicates over one slot that stand side by side become one: `a or b` of plain
 * ones, `not a and not b` of negated ones. */
static bool absorb(vd_builder *b, vd_node *into, const vd_node *kid)
{
    bool want = into->kind == VD_NODE_AND;
    if (kid->kind != VD_NODE_PRED || kid->negated != want) return false;
    for (uint32_t i = 0; i < into->n_kids; i++) {
        vd_node *k = into->kids[i];
        if (k->kind != VD_NODE_PRED || k->negated != want || k->slot != kid->slot) continue;
        uint32_t *all = VD_NEW_N(&b->tmp, uint32_t, k->n_atoms + kid->n_atoms);
        if (k->n_atoms) memcpy(all, k->atoms, k->n_atoms * sizeof *all);
        if (kid->n_atoms) memcpy(all + k->n_atoms, kid->atoms, kid->n_atoms * sizeof *all);
        k->atoms = all;
        k->n_atoms += kid->n_atoms;
        return true;
    }
    return false;
}

static vd_node *lower(vd_builder *b, const vd_eql_expr *e, bool negated);

static vd_node *lower_many(vd_builder *b, const vd_eql_expr *e, bool negated)
{
    bool and = (e->kind == VD_EQL_AND) != negated;
    vd_node *n = node_of(b, and ? VD_NODE_AND : VD_NODE_OR);
    n->kids = VD_NEW_N(&b->tmp, vd_node *, e->n);
    for (uint32_t i = 0; i < e->n; i++) {
        vd_node *kid = lower(b, e->args[i], negated);
        if (kid->kind == (and ? VD_NODE_FALSE : VD_NODE_TRUE)) return kid;
        if (kid->kind == VD_NODE_TRUE || kid->kind == VD_NODE_FALSE) continue;
        if (!absorb(b, n, kid)) n->kids[n->n_kids++] = kid;
    }
    if (n->n_kids == 0) return truth(b, and);
    return n->n_kids == 1 ? n->kids[0] : n;
}

/* Depth is bounded by the parser (VD_MAX_EXPR_DEPTH). */
static vd_node *lower(vd_builder *b, const vd_eql_expr *e, bool negated)
{
    if (e->kind == VD_EQL_NOT) return lower(b, e->args[0], !negated);
    if (e->kind == VD_EQL_AND || e->kind == VD_EQL_OR) return lower_many(b, e, negated);
    vd_node *n = leaf(b, e);
    /* A predicate without an atom never holds. */
    if (n->kind == VD_NODE_PRED && n->n_atoms == 0) n->kind = VD_NODE_FALSE;
    return negated ? negate_leaf(n) : n;
}

/* Gives every predicate node its number, once merging is over. */
static void intern(vd_builder *b, vd_node *n)
{
    if (n->kind == VD_NODE_PRED) n->id = vd_build_pred(b, n);
    for (uint32_t i = 0; i < n->n_kids; i++)
        intern(b, n->kids[i]);
}

static vd_node *with_category(vd_builder *b, vd_node *cond, vd_str category, vd_str field)
{
    vd_node *c = vd_build_pred_node(b, vd_build_slot_named(b, field)), *n;
    vd_value v = vd_value_string(category);
    vd_build_equals(b, c, &v, false);
    if (c->n_atoms == 0 || cond->kind == VD_NODE_FALSE) return truth(b, false);
    if (cond->kind == VD_NODE_TRUE) return c;
    uint32_t inner = cond->kind == VD_NODE_AND ? cond->n_kids : 1;
    n = node_of(b, VD_NODE_AND);
    n->kids = VD_NEW_N(&b->tmp, vd_node *, inner + 1);
    n->kids[n->n_kids++] = c;
    for (uint32_t i = 0; i < inner; i++)
        n->kids[n->n_kids++] = cond->kind == VD_NODE_AND ? cond->kids[i] : cond;
    return n;
}

vd_node *vd_build_lower(vd_builder *b, const vd_eql_item *item, vd_str category_field)
{
    vd_node *n = lower(b, item->cond, false);
    if (!item->any) n = with_category(b, n, item->category, category_field);
    intern(b, n);
    return n;
}
