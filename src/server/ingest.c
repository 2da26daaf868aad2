#include "server/ingest.h"

#include "server/bulk_int.h"

#define MAX_REASONS 100

typedef struct ingest {
    vd_service *s;
    const vd_request *r;
    vd_batch *b;
    vd_str index;         /* ?index= */
    vd_json *rejected;    /* the first of them */
    size_t n_rejected, lines;
} ingest;

static void reject(ingest *in, vd_str reason)
{
    if (in->n_rejected++ >= MAX_REASONS) return;
    vd_json *one = vd_json_object();
    vd_json_set(one, "line", vd_json_uint(in->lines));
    vd_json_set_str(one, "reason", reason);
    vd_json_push(in->rejected, one);
}

static void take_line(ingest *in, vd_str line)
{
    vd_intake_item item = {.doc = VD_NOT_STORED};
    vd_str source;
    if (!vd_bulk_envelope(line, in->r->arena, &item.index, &item.id, &source)) {
        source = line;
        item.index = item.id = (vd_str){0};
    }
    if (!item.index.n) item.index = in->index;
    vd_take_document(in->r, vd_service_store(in->s), in->b, &item, source);
    if (item.refusal.status) reject(in, item.refusal.reason);
}

/* False: the answer is made already. */
static bool take_lines(ingest *in, vd_answer *a)
{
    vd_str body = in->r->body;
    for (size_t at = 0; at < body.n;) {
        size_t end = vd_str_find_byte(body, '\n', at);
        vd_str line = vd_str_trim(vd_str_sub(body, at, end));
        at = end + 1;
        in->lines++;
        if (!line.n) continue;
        if (vd_batch_too_big(in->r, in->b, in->b->docs.n + in->n_rejected + 1, a)) return false;
        take_line(in, line);
    }
    if (in->b->docs.n || in->n_rejected) return true;
    vd_answer_error(in->r, a, 400, "parse_exception", "the body holds no documents: one JSON object a line");
    return false;
}

static void tell(ingest *in, vd_answer *a)
{
    size_t duplicates = 0;
    for (size_t i = 0; i < in->b->docs.n; i++)
        duplicates += in->b->docs.v[i].state == VD_DOC_DUPLICATE;
    vd_json *out = vd_json_object();
    vd_json_set(out, "accepted", vd_json_uint(in->b->docs.n - duplicates));
    vd_json_set(out, "duplicates", vd_json_uint(duplicates));
    vd_json_set(out, "rejected_count", vd_json_uint(in->n_rejected));
    vd_json_set(out, "rejected", vd_json_share(in->rejected));
    vd_answer_json(in->r, a, out);
    vd_json_free(out);
    if (!in->b->docs.n) a->status = 400;
}

void vd_ingest(void *ctx, const vd_request *r, vd_answer *a)
{
    ingest in = {.s = ctx, .r = r, .index = vd_request_param(r, "index")};
    if (!vd_may_take(in.s, r, a)) return;
    in.rejected = vd_json_array();
    in.b = vd_batch_new(r->now);
    in.b->received_ns = r->received_ns;
    if (take_lines(&in, a) && vd_take_batch(in.s, r, in.b, a)) tell(&in, a);
    vd_batch_unref(in.b);
    vd_json_free(in.rejected);
}
