/* A document and the values of its fields, coerced as Elasticsearch's mappers do. */
#include "model.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "field/ip.h"

void m_doc_init(m_doc *d, const vd_schema *schema)
{
    *d = (m_doc){.schema = schema, .n_slots = vd_schema_count(schema)};
    vd_arena_init(&d->arena, 0);
    d->slots = vd_calloc(d->n_slots + 1, sizeof *d->slots);
}

void m_doc_fini(m_doc *d)
{
    for (size_t i = 0; i < d->n_slots; i++)
        vd_vec_free(&d->slots[i].values);
    free(d->slots);
    vd_json_free(d->whole);
    vd_arena_fini(&d->arena);
}

bool m_doc_take(m_doc *d, vd_str text)
{
    vd_json_free(d->whole);
    d->whole = NULL;
    vd_arena_reset(&d->arena);
    d->number++;
    if (vd_json_parse(text, &d->whole, NULL)) return false;
    vd_json *source = vd_json_get(d->whole, "_source");
    d->root = vd_json_typeof(source) == VD_JSON_OBJECT ? source : d->whole;
    return vd_json_typeof(d->whole) == VD_JSON_OBJECT;
}

/* ---- typing one JSON value ---- */

static void push(m_values *out, vd_value v)
{
    v.next = VD_NO_VALUE;
    *vd_vec_push(out) = v;
}

static void push_number(m_values *out, vd_field_type type, vd_value v)
{
    double d = v.kind == VD_DOUBLE ? v.d : v.kind == VD_ULONG ? (double)v.u : (double)v.i;
    if (type == VD_TYPE_DOUBLE) {
        push(out, vd_value_double(d));
    } else if (type == VD_TYPE_LONG) {
        if (v.kind == VD_LONG)
            push(out, v);
        else if (v.kind == VD_DOUBLE && fabs(d) < 9.2e18)
            push(out, vd_value_long((int64_t)d));
    } else if (v.kind != VD_LONG || v.i >= 0) { /* unsigned */
        if (v.kind == VD_DOUBLE) v = vd_value_long((int64_t)d);
        push(out, v);
    }
}

static void push_text(m_values *out, const vd_field *f, vd_str s, vd_kind kind)
{
    if (vd_utf16_count(s) > f->ignore_above) return;
    vd_value v = vd_value_string(s);
    v.kind = (uint8_t)kind;
    push(out, v);
}

static void push_date(m_values *out, vd_str s)
{
    int64_t ms;
    if (vd_time_parse(s, &ms)) push(out, (vd_value){.i = ms, .kind = VD_DATE});
}

static void push_ip(m_doc *d, m_values *out, vd_str s)
{
    uint8_t ip[16];
    if (!vd_ip_parse(s, ip)) return;
    vd_str own = vd_arena_str(&d->arena, (vd_str){(const char *)ip, 16});
    push(out, (vd_value){.s = own.p, .len = 16, .kind = VD_IP});
}

static void push_string(m_doc *d, m_values *out, const vd_field *f, vd_str s)
{
    vd_value n;
    switch (f->type) {
    case VD_TYPE_LONG:
    case VD_TYPE_UNSIGNED_LONG:
    case VD_TYPE_DOUBLE:
        if (m_read_number(s, &n)) push_number(out, f->type, n);
        break;
    case VD_TYPE_BOOLEAN:
        if (vd_str_eq(s, VD_STR("true")))
            push(out, vd_value_bool(true));
        else if (s.n == 0 || vd_str_eq(s, VD_STR("false")))
            push(out, vd_value_bool(false));
        break;
    case VD_TYPE_DATE: push_date(out, s); break;
    case VD_TYPE_IP: push_ip(d, out, s); break;
    case VD_TYPE_OBJECT:
    case VD_TYPE_NESTED: break;
    case VD_TYPE_VERSION: push_text(out, f, s, VD_VERSION); break;
    default: push_text(out, f, s, VD_STRING); break;
    }
}

static vd_value number_of(vd_arena *a, const vd_json *v)
{
    vd_value n = vd_value_double(vd_json_get_double(v));
    if (vd_json_typeof(v) == VD_JSON_INT) m_read_number(vd_json_text(a, v, false), &n);
    return n;
}

static void push_json(m_doc *d, m_values *out, const vd_field *f, const vd_json *v)
{
    vd_json_type kind = vd_json_typeof(v);
    bool number = kind == VD_JSON_INT || kind == VD_JSON_DOUBLE;
    if (kind == VD_JSON_STRING) {
        push_string(d, out, f, vd_arena_str(&d->arena, vd_json_str(v)));
    } else if (kind == VD_JSON_NULL) {
        if (f->has_null_value) push_string(d, out, f, f->null_value);
    } else if (number && vd_field_type_is_number(f->type)) {
        push_number(out, f->type, number_of(&d->arena, v));
    } else if (number && f->type == VD_TYPE_UNKNOWN) {
        push(out, number_of(&d->arena, v));
    } else if (number && f->type != VD_TYPE_BOOLEAN && f->type != VD_TYPE_IP) {
        push_string(d, out, f, vd_json_text(&d->arena, v, false));
    } else if (kind == VD_JSON_BOOL && (f->type == VD_TYPE_BOOLEAN || f->type == VD_TYPE_UNKNOWN)) {
        push(out, vd_value_bool(vd_json_get_bool(v)));
    } else if (kind == VD_JSON_BOOL && vd_field_type_is_string(f->type) &&
               f->type != VD_TYPE_VERSION) {
        push_text(out, f, vd_json_get_bool(v) ? VD_STR("true") : VD_STR("false"), VD_STRING);
    }
}

/* ---- finding a path ---- */

typedef void (*found_fn)(m_doc *d, void *ctx, const vd_json *v);

static void each_leaf(m_doc *d, const vd_json *v, int depth, found_fn f, void *ctx)
{
    if (vd_json_typeof(v) == VD_JSON_OBJECT || depth == 0) return;
    if (vd_json_typeof(v) != VD_JSON_ARRAY) {
        f(d, ctx, v);
        return;
    }
    for (size_t i = 0; i < vd_json_len(v); i++)
        each_leaf(d, vd_json_at(v, i), depth - 1, f, ctx);
}

static void each_at(m_doc *d, const vd_json *v, vd_str path, int depth, found_fn f, void *ctx)
{
    if (depth == 0) return;
    if (vd_json_typeof(v) == VD_JSON_ARRAY)
        for (size_t i = 0; i < vd_json_len(v); i++)
            each_at(d, vd_json_at(v, i), path, depth - 1, f, ctx);
    for (vd_json_iter it = {0}; vd_json_next(v, &it);) {
        if (vd_str_eq(it.key, path))
            each_leaf(d, it.value, depth, f, ctx);
        else if (vd_str_starts(path, it.key) && path.p[it.key.n] == '.')
            each_at(d, it.value, vd_str_sub(path, it.key.n + 1, path.n), depth - 1, f, ctx);
    }
}

static bool is_envelope_field(vd_str name)
{
    return vd_str_eq(name, VD_STR("_id")) || vd_str_eq(name, VD_STR("_index"));
}

static void each_value(m_doc *d, vd_str path, found_fn f, void *ctx)
{
    const vd_json *from = is_envelope_field(path) ? d->whole : d->root;
    each_at(d, from, path, VD_MAX_JSON_DEPTH, f, ctx);
}

typedef struct collector {
    const vd_field *field;
    m_values *out;
} collector;

static void collect(m_doc *d, void *ctx, const vd_json *v)
{
    collector *c = ctx;
    push_json(d, c->out, c->field, v);
}

const m_values *m_doc_field(m_doc *d, vd_field_id id)
{
    id = vd_schema_resolve(d->schema, id);
    m_slot *slot = &d->slots[id];
    if (slot->doc == d->number) return &slot->values;
    slot->doc = d->number;
    slot->values.n = 0;
    const vd_field *f = vd_schema_field(d->schema, id);
    const vd_field *from =
        f->reads_from == VD_NO_FIELD ? f : vd_schema_field(d->schema, f->reads_from);
    collector c = {f, &slot->values};
    each_value(d, from->name, collect, &c);
    return &slot->values;
}

static void take_text(m_doc *d, void *ctx, const vd_json *v)
{
    vd_str *out = ctx;
    if (out->n || vd_json_typeof(v) == VD_JSON_NULL) return;
    bool string = vd_json_typeof(v) == VD_JSON_STRING;
    *out = vd_arena_str(&d->arena, string ? vd_json_str(v) : vd_json_text(&d->arena, v, false));
}

vd_str m_doc_text(m_doc *d, const char *path)
{
    vd_str out = {0};
    each_value(d, vd_str_from(path), take_text, &out);
    return out;
}
