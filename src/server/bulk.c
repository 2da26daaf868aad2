/* Documents by Elasticsearch's ways: bulk requests and single documents.
 * A request is one batch: all of it that is good is on disk when the answer goes out, or none. */
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "server/bulk_int.h"
#include "server/ingest.h"
#include "server/routes.h"

/* --- an intake for each thread that serves requests --- */

typedef struct own_intake {
    uint64_t seed[2];
    vd_intake *intake;
} own_intake;

static pthread_key_t intake_key;
static pthread_once_t intake_once = PTHREAD_ONCE_INIT;

static void free_intake(void *p)
{
    own_intake *own = p;
    vd_intake_free(own->intake);
    free(own);
}

static void make_key(void)
{
    if (pthread_key_create(&intake_key, free_intake)) abort(); /* out of keys at the start */
}

/* The seed is the store's: another store in the same process wants another intake. */
static vd_intake *intake_of(const vd_store *store)
{
    uint64_t seed[2];
    vd_store_seed(store, seed);
    pthread_once(&intake_once, make_key);
    own_intake *own = pthread_getspecific(intake_key);
    if (own && memcmp(own->seed, seed, sizeof seed) == 0) return own->intake;
    if (own) free_intake(own);
    own = vd_malloc(sizeof *own);
    memcpy(own->seed, seed, sizeof seed);
    own->intake = vd_intake_new(seed);
    pthread_setspecific(intake_key, own);
    return own->intake;
}

/* --- where a document wants to go --- */

static void refuse(vd_intake_item *item, unsigned status, const char *type, vd_str reason)
{
    item->doc = VD_NOT_STORED;
    item->refusal = (vd_refusal){status, type, reason};
}

/* What Elasticsearch does not take as an index name; NULL: nothing is wrong with it. */
static const char *name_fault(vd_str name)
{
    if (name.n > VD_MAX_INDEX_NAME) return "index name is too long";
    if (vd_str_eq(name, VD_STR(".")) || vd_str_eq(name, VD_STR(".."))) return "must not be '.' or '..'";
    if (name.p[0] == '_' || name.p[0] == '-' || name.p[0] == '+') return "must not start with '_', '-', or '+'";
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c >= 'A' && c <= 'Z') return "must be lowercase";
        if (c <= ' ' || c == 0x7f || strchr("\"*/\\<>|?,#:", c))
            return "must not contain the following characters [' ','\"','*','\\','<','|',',','>','/','?','#',':']";
    }
    return vd_utf8_valid(name) ? NULL : "must be UTF-8";
}

/* Alerts are written by rules alone: whoever could send some would make findings up. */
static bool is_own(vd_str name)
{
    return vd_str_starts(name, VD_STR(".alerts-")) || vd_str_starts(name, VD_STR(".internal.alerts-"));
}

static bool may_go(const vd_request *r, vd_intake_item *item)
{
    const char *fault = item->index.n ? name_fault(item->index) : NULL;
    if (fault)
        refuse(item, 400, "invalid_index_name_exception",
               vd_arena_printf(r->arena, "Invalid index name [%.*s], %s", VD_FMT(item->index), fault));
    else if (is_own(item->index))
        refuse(item, 403, "security_exception",
               vd_arena_printf(r->arena, "[%.*s] is written by detection rules only", VD_FMT(item->index)));
    else if (item->id.n > VD_MAX_DOC_ID)
        refuse(item, 400, "illegal_argument_exception",
               vd_arena_printf(r->arena, "id is too long, must be no longer than %u bytes but was: %zu", VD_MAX_DOC_ID,
                               item->id.n));
    else
        return true;
    return false;
}

void vd_take_document(const vd_request *r, vd_store *store, vd_batch *b, vd_intake_item *item, vd_str source)
{
    size_t pos = 0;
    if (!may_go(r, item)) return;
    vd_fault fault = vd_intake_add(intake_of(store), b, item->index, item->id, source, &pos);
    if (fault == VD_FAULT_NONE) item->doc = (uint32_t)(b->docs.n - 1);
    else
        refuse(item, 400, "document_parsing_exception",
               vd_arena_printf(r->arena, "[1:%zu] failed to parse: %s", pos + 1, vd_fault_text(fault)));
}

/* --- to the store --- */

/* A request that finds no room waits so long for blocks to be made, before it is refused: a
 * client that is held back a little loses less time than one that has to send again. */
#define BRAKE_MS 250

static void answer_busy(const vd_request *r, vd_answer *a, const char *why)
{
    vd_answer_error(r, a, 429, "es_rejected_execution_exception", "rejected execution: %s", why);
    vd_answer_header(a, "Retry-After", "1");
}

bool vd_may_take(vd_service *s, const vd_request *r, vd_answer *a)
{
    if (vd_store_wait_for_room(vd_service_store(s), r->body.n, BRAKE_MS)) return true;
    answer_busy(r, a, "too many documents wait to be matched and sealed");
    return false;
}

bool vd_batch_too_big(const vd_request *r, const vd_batch *b, size_t items, vd_answer *a)
{
    if (items <= VD_MAX_BULK_ITEMS && vd_batch_bytes(b) <= VD_MAX_BULK_STORED) return false;
    vd_answer_error(r, a, 413, "content_too_long_exception",
                    "one request may hold %u documents and %u bytes with their envelopes: send it in parts",
                    VD_MAX_BULK_ITEMS, VD_MAX_BULK_STORED);
    return true;
}

bool vd_take_batch(vd_service *s, const vd_request *r, vd_batch *b, vd_answer *a)
{
    vd_err err = {0};
    if (!b->docs.n) return true;
    int code = vd_service_take(s, b, &err);
    if (!code) return true;
    if (code == VD_LIMIT) answer_busy(r, a, err.msg);
    else vd_answer_error(r, a, 503, "unavailable_shards_exception", "nothing was stored: %s", err.msg);
    return false;
}

/* --- bulk --- */

typedef VD_VEC(vd_intake_item) item_vec;

/* A store of events takes what is new, as a data stream does. */
static void refuse_change(const vd_request *r, vd_intake_item *item)
{
    refuse(item, 400, "illegal_argument_exception",
           vd_arena_printf(r->arena, "only write ops with an op_type of create are allowed in data streams: [%s] is none",
                           vd_bulk_op_name(item->op)));
}

static void take_item(vd_service *s, const vd_request *r, vd_batch *b, const vd_bulk_item *in, item_vec *items)
{
    vd_intake_item *item = vd_vec_push(items);
    vd_str index = in->index.n ? in->index : r->n_parts ? r->parts[0] : (vd_str){0};
    *item = (vd_intake_item){.op = in->op, .doc = VD_NOT_STORED, .index = index, .id = in->id};
    if (in->op == VD_BULK_UPDATE || in->op == VD_BULK_DELETE) refuse_change(r, item);
    else if (in->conditional)
        refuse(item, 400, "illegal_argument_exception",
               VD_STR("documents have one version here: version, if_seq_no and if_primary_term cannot be asked for"));
    else if (in->has_id && !in->id.n)
        refuse(item, 400, "illegal_argument_exception", VD_STR("if _id is specified it must not be empty"));
    else
        vd_take_document(r, vd_service_store(s), b, item, in->source);
}

/* Everything that may refuse the request as a whole. False: the answer says why. */
static bool read_bulk(vd_service *s, const vd_request *r, vd_batch *b, item_vec *items, vd_answer *a)
{
    vd_bulk bulk;
    vd_bulk_item in;
    vd_err err = {0};
    if (vd_bulk_begin(&bulk, r->body, r->arena, &err)) {
        vd_answer_error(r, a, 400, r->body.n ? "illegal_argument_exception" : "parse_exception", "%s", err.msg);
        return false;
    }
    int more;
    while ((more = vd_bulk_next(&bulk, &in, &err)) > 0) {
        if (vd_batch_too_big(r, b, items->n + 1, a)) return false;
        take_item(s, r, b, &in, items);
    }
    if (more < 0) vd_answer_error(r, a, 400, "illegal_argument_exception", "%s", err.msg);
    else if (!items->n)
        vd_answer_error(r, a, 400, "action_request_validation_exception", "Validation Failed: 1: no requests added;");
    return !more && items->n;
}

static void bulk(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_service *s = ctx;
    vd_filter filter;
    vd_err err = {0};
    int64_t began = vd_mono_ns();
    if (vd_filter_read(vd_request_param(r, "filter_path"), &filter, &err)) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "%s", err.msg);
        return;
    }
    if (!vd_may_take(s, r, a)) return;
    item_vec items = {0};
    vd_batch *b = vd_batch_new(r->now);
    b->received_ns = r->received_ns;
    int64_t cpu = vd_thread_cpu_ns();
    bool good = read_bulk(s, r, b, &items, a);
    vd_service_count_read(s, vd_thread_cpu_ns() - cpu);
    if (good && vd_take_batch(s, r, b, a))
        vd_bulk_answer(a, &filter, b, items.v, items.n, (vd_mono_ns() - began) / 1000000);
    vd_batch_unref(b);
    vd_vec_free(&items);
}

/* --- one document --- */

static void take_one(vd_service *s, const vd_request *r, vd_answer *a, vd_bulk_op op, vd_str id)
{
    vd_str op_type = vd_request_param(r, "op_type");
    if (op_type.p && vd_str_eq(op_type, VD_STR("create"))) op = VD_BULK_CREATE;
    if (!r->body.n) {
        vd_answer_error(r, a, 400, "parse_exception", "request body is required");
        return;
    }
    if (!vd_may_take(s, r, a)) return;
    vd_batch *b = vd_batch_new(r->now);
    b->received_ns = r->received_ns;
    vd_intake_item item = {.op = op, .doc = VD_NOT_STORED, .index = r->parts[0], .id = id};
    vd_take_document(r, vd_service_store(s), b, &item, r->body);
    if (item.refusal.status)
        vd_answer_error(r, a, item.refusal.status, item.refusal.type, "%.*s", VD_FMT(item.refusal.reason));
    else if (vd_take_batch(s, r, b, a)) vd_document_answer(r, a, b, &item);
    vd_batch_unref(b);
}

static void add_document(void *ctx, const vd_request *r, vd_answer *a)
{
    take_one(ctx, r, a, VD_BULK_CREATE, (vd_str){0});
}

static void put_document(void *ctx, const vd_request *r, vd_answer *a)
{
    take_one(ctx, r, a, VD_BULK_INDEX, r->parts[1]);
}

static void create_document(void *ctx, const vd_request *r, vd_answer *a)
{
    take_one(ctx, r, a, VD_BULK_CREATE, r->parts[1]);
}

const vd_route vd_routes_ingest[] = {
    {VD_POST | VD_PUT, "/_bulk", VD_MAY_INGEST, bulk, "bulk"},
    {VD_POST | VD_PUT, "/{}/_bulk", VD_MAY_INGEST, bulk, "bulk"},
    {VD_POST, "/api/ingest", VD_MAY_INGEST, vd_ingest, "ingest"},
    {VD_POST, "/{}/_doc", VD_MAY_INGEST, add_document, "doc"},
    {VD_POST | VD_PUT, "/{}/_doc/{}", VD_MAY_INGEST, put_document, "doc"},
    {VD_POST | VD_PUT, "/{}/_create/{}", VD_MAY_INGEST, create_document, "create"},
};
const size_t vd_n_routes_ingest = sizeof vd_routes_ingest / sizeof *vd_routes_ingest;
