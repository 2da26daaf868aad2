/* Elasticsearch's envelopes: hits, answers with hits in them, bulk action lines.
 * Elastic docs: Search API, EQL search API, Bulk API, "response body". */
#include "windows/shapes_int.h"

#define MAX_NESTED 6

static void append(vd_members *m, vd_str text)
{
    if (!text.n) return;
    vd_vec_reserve(m, m->n + text.n);
    memcpy(m->v + m->n, text.p, text.n);
    m->n += text.n;
}

void vd_members_add(vd_members *m, vd_str key, const vd_cut *value)
{
    bool quoted = value->kind == VD_CUT_STRING;
    append(m, m->n ? VD_STR(",\"") : VD_STR("\""));
    append(m, key);
    append(m, quoted ? VD_STR("\":\"") : VD_STR("\":"));
    append(m, value->raw);
    if (quoted) append(m, VD_STR("\""));
}

/* {MEMBERS, and those of object that it does not bring itself} in s->composed. */
static vd_str compose(vd_shapes *s, vd_str members, const vd_cut *object)
{
    static const char padding[64];
    vd_str inner = vd_str_trim(vd_str_sub(object->raw, 1, object->raw.n - 1));
    s->composed.n = 0;
    append(&s->composed, VD_STR("{"));
    append(&s->composed, members);
    if (members.n && inner.n) append(&s->composed, VD_STR(","));
    append(&s->composed, inner);
    append(&s->composed, VD_STR("}"));
    size_t n = s->composed.n;
    append(&s->composed, (vd_str){padding, sizeof padding});
    return (vd_str){s->composed.v, n};
}

/* _index and _id of `from` that `document` does not have. */
static void collect_ids(vd_members *m, const vd_cut *from, const vd_cut *document)
{
    static const vd_str names[] = {VD_STR("_index"), VD_STR("_id")};
    vd_cut v, own;
    m->n = 0;
    for (size_t i = 0; i < 2; i++)
        if (vd_cut_get(from, names[i], &v) && v.kind == VD_CUT_STRING &&
            !(document && vd_cut_get(document, names[i], &own)))
            vd_members_add(m, names[i], &v);
}

/* ---- bulk ---- */

void vd_shape_action(vd_shapes *s, const char *json, size_t n)
{
    vd_cut document, action;
    vd_str key;
    s->action.n = 0;
    if (!vd_cut_whole((vd_str){json, n}, &document) || document.kind != VD_CUT_OBJECT) return;
    vd_cut_iter it = vd_cut_open(&document);
    if (!vd_cut_member(&it, &key, &action) || action.kind != VD_CUT_OBJECT) return;
    if (!vd_str_eq(key, VD_STR("delete"))) collect_ids(&s->action, &action, NULL);
}

vd_str vd_shape_with_action(vd_shapes *s, vd_str json)
{
    vd_cut document, own;
    vd_str members = {s->action.v, s->action.n};
    s->action.n = 0;
    if (!members.n || !vd_cut_whole(json, &document) || document.kind != VD_CUT_OBJECT) return json;
    /* A document that says it itself keeps what it says. */
    if (vd_cut_get(&document, VD_STR("_index"), &own) || vd_cut_get(&document, VD_STR("_id"), &own))
        return json;
    return compose(s, members, &document);
}

/* ---- hits ---- */

typedef struct unwrap {
    vd_shapes *s;
    void (*f)(void *ctx, const char *json, size_t n);
    void *ctx;
} unwrap;

static void hit(const unwrap *u, const vd_cut *v)
{
    vd_cut source;
    vd_form form;
    bool windows = vd_cut_get(v, VD_STR("_source"), &source) &&
                   vd_shape_look(&source, &form) == VD_SHAPE_WINDOWS;
    vd_str json = v->raw;
    if (windows) {
        vd_members ids = {0};
        collect_ids(&ids, v, &source);
        json = compose(u->s, (vd_str){ids.v, ids.n}, &source);
        vd_vec_free(&ids);
    }
    u->f(u->ctx, json.p, json.n);
}

/* Hits lie under these names, inside each other: {"response":{"hits":{"hits":[..]}}},
 * {"hits":{"sequences":[{"events":[..]}]}}. Bounded: MAX_NESTED. */
static void find_hits(const unwrap *u, const vd_cut *v, unsigned depth)
{
    static const vd_str names[] = {VD_STR("response"), VD_STR("responses"), VD_STR("hits"),
                                   VD_STR("sequences"), VD_STR("events")};
    vd_cut inner;
    vd_str key;
    if (depth > MAX_NESTED) return;
    if (v->kind == VD_CUT_ARRAY) {
        for (vd_cut_iter it = vd_cut_open(v); vd_cut_element(&it, &inner);)
            find_hits(u, &inner, depth + 1);
        return;
    }
    if (v->kind != VD_CUT_OBJECT) return;
    if (vd_cut_get(v, VD_STR("_source"), &inner) && inner.kind == VD_CUT_OBJECT) {
        hit(u, v);
        return;
    }
    for (vd_cut_iter it = vd_cut_open(v); vd_cut_member(&it, &key, &inner);)
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (vd_str_eq(key, names[i])) find_hits(u, &inner, depth + 1);
}

void vd_shape_unwrap(vd_shapes *s, const char *json, size_t n,
                     void (*f)(void *ctx, const char *json, size_t n), void *ctx)
{
    vd_cut document;
    const unwrap u = {s, f, ctx};
    if (vd_cut_whole((vd_str){json, n}, &document)) find_hits(&u, &document, 0);
}
