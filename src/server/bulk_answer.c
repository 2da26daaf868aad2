/* What became of the items, as text: there are many, so no tree is built. */
#include <inttypes.h>
#include <stdlib.h>

#include "server/bulk_int.h"

void vd_out_put(vd_out *t, vd_str s)
{
    if (!s.n) return;
    vd_vec_reserve(t, t->n + s.n);
    memcpy(t->v + t->n, s.p, s.n);
    t->n += s.n;
}

static void put(vd_out *t, const char *z) { vd_out_put(t, vd_str_from(z)); }

static void put_number(vd_out *t, uint64_t n)
{
    char out[24];
    put(t, (snprintf(out, sizeof out, "%" PRIu64, n), out));
}

void vd_out_json(vd_out *t, vd_str s)
{
    char hex[8];
    *vd_vec_push(t) = '"';
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') *vd_vec_push(t) = '\\';
        if (c >= 0x20) *vd_vec_push(t) = (char)c;
        else put(t, (snprintf(hex, sizeof hex, "\\u%04x", c), hex));
    }
    *vd_vec_push(t) = '"';
}

/* What of an item is wanted, worked out once a request for each action: a bit a value. */
typedef enum leaf {
    LEAF_INDEX,
    LEAF_ID,
    LEAF_VERSION,
    LEAF_RESULT,
    LEAF_SHARDS,
    LEAF_SEQ_NO,
    LEAF_TERM,
    LEAF_STATUS,
    LEAF_ERROR_TYPE,
    LEAF_ERROR_REASON,
    LEAF_COUNT
} leaf;

static const char *const leaf_paths[LEAF_COUNT] = {
    "_index", "_id", "_version", "result", "_shards.total", "_seq_no", "_primary_term", "status", "error.type",
    "error.reason"};

static unsigned wanted(const vd_filter *f, vd_bulk_op op)
{
    unsigned bits = 0;
    char path[64];
    for (int i = 0; i < LEAF_COUNT; i++) {
        snprintf(path, sizeof path, "items.%s.%s", vd_bulk_op_name(op), leaf_paths[i]);
        if (vd_filter_wants(f, vd_str_from(path))) bits |= 1u << i;
    }
    return bits;
}

/* Begins a member if it is wanted. */
static bool member(vd_out *t, unsigned bits, leaf l, const char *name)
{
    if (!(bits >> l & 1)) return false;
    if (t->v[t->n - 1] != '{') *vd_vec_push(t) = ',';
    *vd_vec_push(t) = '"';
    put(t, name);
    put(t, "\":");
    return true;
}

static const vd_doc *doc_of(const vd_batch *b, const vd_intake_item *item)
{
    return item->doc == VD_NOT_STORED ? NULL : &b->docs.v[item->doc];
}

static bool is_conflict(const vd_batch *b, const vd_intake_item *item)
{
    const vd_doc *d = doc_of(b, item);
    return d && d->state == VD_DOC_DUPLICATE && item->op == VD_BULK_CREATE;
}

static bool is_noop(const vd_batch *b, const vd_intake_item *item)
{
    const vd_doc *d = doc_of(b, item);
    return d && d->state == VD_DOC_DUPLICATE && item->op == VD_BULK_INDEX;
}

/* The id as the stored line has it: escaped already. */
static vd_str id_text(const vd_batch *b, const vd_doc *d)
{
    return (vd_str){b->text.v + d->id_at, d->id_n};
}

static void put_where(vd_out *t, unsigned bits, const vd_batch *b, const vd_intake_item *item)
{
    const vd_doc *d = doc_of(b, item);
    if (member(t, bits, LEAF_INDEX, "_index")) vd_out_json(t, d ? b->indices.v[d->index] : item->index);
    if (!member(t, bits, LEAF_ID, "_id")) return;
    if (d) {
        *vd_vec_push(t) = '"';
        vd_out_put(t, id_text(b, d));
        *vd_vec_push(t) = '"';
    } else if (item->id.n) {
        vd_out_json(t, item->id);
    } else {
        put(t, "null");
    }
}

static void put_stored(vd_out *t, unsigned bits, const vd_batch *b, const vd_intake_item *item)
{
    bool noop = is_noop(b, item);
    if (member(t, bits, LEAF_VERSION, "_version")) put(t, "1");
    if (member(t, bits, LEAF_RESULT, "result")) put(t, noop ? "\"noop\"" : "\"created\"");
    if (member(t, bits, LEAF_SHARDS, "_shards"))
        put(t, noop ? "{\"total\":0,\"successful\":0,\"failed\":0}" : "{\"total\":1,\"successful\":1,\"failed\":0}");
    if (member(t, bits, LEAF_SEQ_NO, "_seq_no")) put_number(t, b->seq + item->doc);
    if (member(t, bits, LEAF_TERM, "_primary_term")) put(t, "1");
    if (member(t, bits, LEAF_STATUS, "status")) put(t, noop ? "200" : "201");
}

static void put_conflict(vd_out *t, const vd_batch *b, const vd_intake_item *item)
{
    put(t, "\"[");
    vd_out_put(t, id_text(b, doc_of(b, item)));
    put(t, "]: version conflict, document already exists (current version [1])\"");
}

static void put_error(vd_out *t, unsigned bits, const vd_batch *b, const vd_intake_item *item)
{
    bool conflict = is_conflict(b, item);
    if (member(t, bits, LEAF_STATUS, "status")) put_number(t, conflict ? 409 : item->refusal.status);
    if (!(bits & (1u << LEAF_ERROR_TYPE | 1u << LEAF_ERROR_REASON))) return;
    if (t->v[t->n - 1] != '{') *vd_vec_push(t) = ',';
    put(t, "\"error\":{");
    if (member(t, bits, LEAF_ERROR_TYPE, "type"))
        vd_out_json(t, vd_str_from(conflict ? "version_conflict_engine_exception" : item->refusal.type));
    if (member(t, bits, LEAF_ERROR_REASON, "reason")) {
        if (conflict) put_conflict(t, b, item);
        else vd_out_json(t, item->refusal.reason);
    }
    *vd_vec_push(t) = '}';
}

static bool failed(const vd_batch *b, const vd_intake_item *item)
{
    return item->refusal.status || is_conflict(b, item);
}

static void put_item(vd_out *t, unsigned bits, const vd_batch *b, const vd_intake_item *item)
{
    size_t before = t->n;
    if (t->v[t->n - 1] != '[') *vd_vec_push(t) = ',';
    put(t, "{\"");
    put(t, vd_bulk_op_name(item->op));
    put(t, "\":{");
    size_t empty = t->n;
    put_where(t, bits, b, item);
    if (failed(b, item)) put_error(t, bits, b, item);
    else put_stored(t, bits, b, item);
    if (t->n == empty) t->n = before; /* nothing of it is wanted */
    else put(t, "}}");
}

static void put_items(vd_out *t, const vd_filter *f, const vd_batch *b, const vd_intake_item *items, size_t n)
{
    unsigned bits[4];
    for (int op = 0; op < 4; op++)
        bits[op] = wanted(f, (vd_bulk_op)op);
    size_t before = t->n;
    if (t->v[t->n - 1] != '{') *vd_vec_push(t) = ',';
    put(t, "\"items\":[");
    size_t empty = t->n;
    for (size_t i = 0; i < n; i++)
        put_item(t, bits[items[i].op], b, &items[i]);
    if (t->n == empty) t->n = before;
    else *vd_vec_push(t) = ']';
}

static bool any_failed(const vd_batch *b, const vd_intake_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (failed(b, &items[i])) return true;
    return false;
}

static void give(vd_answer *a, vd_out *t)
{
    a->owned = t->v;
    a->body = (vd_str){t->v, t->n};
}

void vd_bulk_answer(vd_answer *a, const vd_filter *f, const vd_batch *b, const vd_intake_item *items, size_t n,
                    int64_t took_ms)
{
    vd_out t = {0};
    put(&t, "{");
    unsigned both = (unsigned)vd_filter_wants(f, VD_STR("errors")) | (unsigned)vd_filter_wants(f, VD_STR("took")) << 1;
    if (member(&t, both, 0, "errors")) put(&t, any_failed(b, items, n) ? "true" : "false");
    if (member(&t, both, 1, "took")) put_number(&t, (uint64_t)took_ms);
    put_items(&t, f, b, items, n);
    put(&t, "}");
    give(a, &t);
}

void vd_document_answer(const vd_request *r, vd_answer *a, const vd_batch *b, const vd_intake_item *item)
{
    if (is_conflict(b, item)) {
        vd_answer_error(r, a, 409, "version_conflict_engine_exception",
                        "[%.*s]: version conflict, document already exists (current version [1])",
                        VD_FMT(id_text(b, doc_of(b, item))));
        return;
    }
    vd_out t = {0};
    unsigned bits = ~(1u << LEAF_STATUS);
    put(&t, "{");
    put_where(&t, bits, b, item);
    put_stored(&t, bits, b, item);
    put(&t, "}");
    a->status = is_noop(b, item) ? 200 : 201;
    give(a, &t);
}
