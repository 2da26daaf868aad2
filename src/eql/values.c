/* eql/values.c
 *
 * A condition gives lists that must all be met. Equalities and lists of plain constants give one;
 * `and` has those of all its parts; of an `or` each part must have one, and one of each is put
 * together. All else gives none: what is not known must not leave anything out. */
#include "eql/values.h"

#include "eql/ops.h"

typedef struct wants {
    vd_strs lists[VD_EQL_MAX_VALUES];
    size_t n;
} wants;

typedef struct reader {
    vd_arena *a;
    const vd_schema *schema;
    vd_eql_askable askable;
} reader;

/* The field whose values in the document it reads, or NULL: one that is read otherwise than
 * it was written (null_value stands for what is not there). */
static const vd_field *field_read(const reader *r, const vd_eql_expr *e)
{
    if (e->kind != VD_EQL_FIELD || e->unmapped || e->field == VD_NO_FIELD) return NULL;
    const vd_field *f = vd_schema_field(r->schema, e->field);
    return f && !f->has_null_value ? f : NULL;
}

static vd_str name_in_document(const reader *r, const vd_field *f)
{
    return f->reads_from == VD_NO_FIELD ? f->name : vd_schema_field(r->schema, f->reads_from)->name;
}

/* args[0] equals one of args[1..n). */
static void from_equals(const reader *r, const vd_eql_expr *e, bool patterns, wants *out)
{
    const vd_field *f = field_read(r, e->args[0]);
    if (!f) return;
    vd_str name = name_in_document(r, f), *v = VD_NEW_N(r->a, vd_str, e->n);
    size_t n = 0;
    for (uint32_t i = 1; i < e->n; i++) {
        const vd_eql_expr *arg = e->args[i];
        if (arg->kind != VD_EQL_LITERAL || arg->lit.kind != VD_STRING) return;
        v[n] = vd_value_str(&arg->lit);
        if (patterns && vd_glob_is_pattern(v[n])) return;
        if (!r->askable(name, f->type, v[n++])) return;
    }
    out->lists[out->n++] = (vd_strs){v, n};
}

static wants of(const reader *r, const vd_eql_expr *e);

/* What is beyond the bound is not asked for. */
static void from_all(const reader *r, const vd_eql_expr *e, wants *out)
{
    for (uint32_t i = 0; i < e->n; i++) {
        wants w = of(r, e->args[i]);
        for (size_t k = 0; k < w.n && out->n < VD_EQL_MAX_VALUES; k++)
            out->lists[out->n++] = w.lists[k];
    }
}

/* Fewer values leave more out. */
static vd_strs shortest(const wants *w)
{
    vd_strs best = w->lists[0];
    for (size_t i = 1; i < w->n; i++)
        if (w->lists[i].n < best.n) best = w->lists[i];
    return best;
}

typedef VD_VEC(vd_str) values;

/* false: it has no list. */
static bool put_shortest(values *to, const wants *w)
{
    if (!w->n) return false;
    vd_strs s = shortest(w);
    for (size_t i = 0; i < s.n; i++)
        *vd_vec_push(to) = s.v[i];
    return true;
}

static void put_list(const reader *r, const values *all, wants *out)
{
    vd_str *v = VD_NEW_N(r->a, vd_str, all->n + 1);
    for (size_t i = 0; i < all->n; i++)
        v[i] = all->v[i];
    out->lists[out->n++] = (vd_strs){v, all->n};
}

static void from_any(const reader *r, const vd_eql_expr *e, wants *out)
{
    values all = {0};
    bool each = true;
    for (uint32_t i = 0; i < e->n && each; i++) {
        wants w = of(r, e->args[i]);
        each = put_shortest(&all, &w);
    }
    if (each) put_list(r, &all, out);
    vd_vec_free(&all);
}

/* Depth is bounded by the parser (VD_MAX_EXPR_DEPTH). */
static wants of(const reader *r, const vd_eql_expr *e)
{
    wants w = {.n = 0};
    switch ((vd_eql_kind)e->kind) {
    case VD_EQL_AND: from_all(r, e, &w); break;
    case VD_EQL_OR: from_any(r, e, &w); break;
    case VD_EQL_COMPARE:
        if (e->op == VD_OP_EQ) from_equals(r, e, false, &w);
        break;
    case VD_EQL_IN: from_equals(r, e, false, &w); break;
    case VD_EQL_SEQ:
    case VD_EQL_LIKE: from_equals(r, e, true, &w); break;
    default: break;
    }
    return w;
}

/* Every item's events count: a missing one's speak against a result, as those of `until` do. */
static wants of_items(const reader *r, const vd_eql_query *q)
{
    wants out = {.n = 0};
    values all = {0};
    bool each = true;
    for (uint32_t i = 0; i < q->n_items + (q->until != NULL) && each; i++) {
        wants w = of(r, i < q->n_items ? q->items[i].cond : q->until->cond);
        each = put_shortest(&all, &w);
    }
    if (each) put_list(r, &all, &out);
    vd_vec_free(&all);
    return out;
}

size_t vd_eql_values(vd_arena *a, const vd_eql_query *query, const vd_schema *schema, vd_eql_askable askable,
                     vd_strs out[VD_EQL_MAX_VALUES])
{
    reader r = {a, schema, askable};
    wants w = query->kind == VD_EQL_EVENT ? of(&r, query->items[0].cond) : of_items(&r, query);
    memcpy(out, w.lists, w.n * sizeof *out);
    return w.n;
}
