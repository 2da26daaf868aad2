/* The order of events, and the join keys that an event carries. */
#include "model.h"

#include "base/clock.h"
#include "field/ip.h"

int m_order_cmp(const m_order *a, const m_order *b)
{
    if (a->ts != b->ts) return a->ts < b->ts ? -1 : 1;
    if (a->has_tie != b->has_tie) return a->has_tie ? -1 : 1;
    int c = 0;
    if (a->has_tie) {
        /* Of two values that have no common order, numbers come first. */
        c = m_compare(&a->tie, &b->tie);
        if (c == 2) c = a->tie.kind < b->tie.kind ? -1 : 1;
    }
    if (c) return c;
    return (a->arrival > b->arrival) - (a->arrival < b->arrival);
}

/* A value as it stands among the join keys. */
static vd_json *key_value(vd_arena *a, const vd_value *v)
{
    switch (v->kind) {
    case VD_NULL: return NULL;
    case VD_BOOL: return vd_json_bool(v->b);
    case VD_LONG: return vd_json_int(v->i);
    case VD_ULONG: return vd_json_uint(v->u);
    case VD_DOUBLE:
        if (v->d == (double)(int64_t)v->d) return vd_json_int((int64_t)v->d);
        return vd_json_double(v->d);
    default: return vd_json_string(m_value_text(a, v));
    }
}

typedef struct maker {
    m_doc *doc;
    const vd_eql_item *item;
    vd_arena *a;
    m_keys *out;
    const vd_value *chosen[VD_MAX_JOIN_KEYS];
} maker;

static void add(maker *m)
{
    static const vd_value null = {.kind = VD_NULL};
    vd_json *array = vd_json_array();
    for (uint32_t i = 0; i < m->item->n_keys; i++)
        vd_json_push(array, key_value(m->a, m->chosen[i] ? m->chosen[i] : &null));
    vd_str text = vd_json_text(m->a, array, false);
    vd_json_free(array);
    for (size_t i = 0; i < m->out->n; i++)
        if (vd_str_eq(m->out->v[i], text)) return;
    *vd_vec_push(m->out) = text;
}

/* Every combination of the values of keys k, k + 1, ... A key without a value is
 * null if it is optional; else there is no combination. */
static void combine(maker *m, uint32_t k)
{
    if (k == m->item->n_keys) {
        add(m);
        return;
    }
    const vd_eql_key *key = &m->item->keys[k];
    const m_values *values = key->unmapped ? NULL : m_doc_field(m->doc, key->field);
    m->chosen[k] = NULL;
    if (!values || values->n == 0) {
        if (key->optional) combine(m, k + 1);
        return;
    }
    for (size_t i = 0; i < values->n; i++) {
        m->chosen[k] = &values->v[i];
        combine(m, k + 1);
    }
}

void m_keys_of(m_doc *d, const vd_eql_item *item, vd_arena *a, m_keys *out)
{
    maker m = {.doc = d, .item = item, .a = a, .out = out};
    out->n = 0;
    combine(&m, 0);
}
