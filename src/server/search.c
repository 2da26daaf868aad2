/* _search and _count: the query DSL over what is stored.
 * A search runs on the thread of its request. Those threads are few and serve the rest of the API
 * too, so few searches run at once, and each has an end in time.
 * Source: Elasticsearch API docs, "Run a search", "Count search results". */
#include <stdatomic.h>

#include "base/clock.h"
#include "server/dsl.h"
#include "server/find.h"
#include "server/hits.h"
#include "server/reply.h"
#include "server/routes.h"
#include "server/search_int.h"

#define MAX_AT_ONCE 2
#define MAX_TIME_NS (30ll * 1000000000)

static atomic_uint at_work;

typedef struct search {
    const vd_request *r;
    vd_service *s;
    vd_json *body;
    vd_targets targets;
    vd_dsl dsl;
    int64_t from, size;
    vd_str sort;         /* a field; empty: by number */
    bool sorted, descending;
    vd_field_id sort_field;
    vd_shown shown;
    vd_extract *sort_extract;
    vd_find find;
} search;

/* --- what is asked for --- */

static bool is_number_order(vd_str name)
{
    return vd_str_eq(name, VD_STR("_doc")) || vd_str_eq(name, VD_STR("_score")) || vd_str_eq(name, VD_STR("_shard_doc")) ||
           vd_str_eq(name, VD_STR("_seq_no"));
}

static int read_order(search *q, vd_str order, vd_err *err)
{
    if (!order.n || vd_str_eq_ascii_ci(order, VD_STR("asc"))) return 0;
    q->descending = vd_str_eq_ascii_ci(order, VD_STR("desc"));
    return q->descending ? 0 : vd_fail(err, VD_PARSE, "unknown sort order [%.*s]", VD_FMT(order));
}

static int sort_by(search *q, vd_str field, vd_str order, vd_err *err)
{
    if (q->sorted && is_number_order(field)) return 0; /* what breaks ties here anyway */
    if (q->sorted) return vd_fail(err, VD_PARSE, "[sort] by one field is supported; documents of equal value follow in order of arrival");
    q->sorted = true;
    if (!is_number_order(field)) q->sort = field;
    return read_order(q, order, err);
}

/* "field", {"field": "desc"} or {"field": {"order": "desc"}}. */
static int read_sort(search *q, const vd_json *v, vd_err *err)
{
    vd_json_iter it = {0};
    if (vd_json_typeof(v) == VD_JSON_STRING) return sort_by(q, vd_json_str(v), (vd_str){0}, err);
    if (vd_json_typeof(v) != VD_JSON_OBJECT || vd_json_len(v) != 1 || !vd_json_next(v, &it))
        return vd_fail(err, VD_PARSE, "[sort] malformed: expected a field, or an object of one");
    if (vd_json_typeof(it.value) == VD_JSON_STRING) return sort_by(q, it.key, vd_json_str(it.value), err);
    vd_str missing = vd_json_str(vd_json_get(it.value, "missing"));
    int code = vd_search_only(q->r, it.value, " order unmapped_type missing format numeric_type mode ", err);
    if (!code && missing.n && !vd_str_eq(missing, VD_STR("_last")))
        code = vd_fail(err, VD_PARSE, "[sort] supports [missing] _last");
    return code ? code : sort_by(q, it.key, vd_json_str(vd_json_get(it.value, "order")), err);
}

static int read_sorts(search *q, vd_err *err)
{
    const vd_json *v = vd_json_get(q->body, "sort");
    vd_str text = vd_request_param(q->r, "sort");
    int code = 0;
    if (!v && text.n) {
        size_t colon = vd_str_find_byte(text, ':', 0);
        return sort_by(q, vd_str_sub(text, 0, colon), vd_str_sub(text, colon + 1, text.n), err);
    }
    if (vd_json_typeof(v) != VD_JSON_ARRAY) return v ? read_sort(q, v, err) : 0;
    for (size_t i = 0; i < vd_json_len(v) && !code; i++)
        code = read_sort(q, vd_json_at(v, i), err);
    return code;
}

static int read_page(search *q, vd_err *err)
{
    q->size = 10;
    int code = vd_search_number(q->r, q->body, "from", VD_MAX_SEARCH_HITS, &q->from, err);
    if (!code) code = vd_search_number(q->r, q->body, "size", VD_MAX_SEARCH_HITS, &q->size, err);
    if (code || q->from + q->size <= VD_MAX_SEARCH_HITS) return code;
    return vd_fail(err, VD_LIMIT, "Result window is too large, from + size must be less than or equal to: [%d] but was [%lld]",
                   VD_MAX_SEARCH_HITS, (long long)(q->from + q->size));
}

static int read_shown(search *q, vd_err *err)
{
    int code = vd_shown_read(q->body, &q->shown, err);
    if (code) return code;
    return vd_shown_params(vd_request_param(q->r, "_source"), vd_request_param(q->r, "_source_includes"),
                           vd_request_param(q->r, "_source_excludes"), &q->shown, err);
}

static const char known[] = " query from size sort _source fields track_total_hits track_scores timeout version "
                            "seq_no_primary_term explain stored_fields ";

static int read_targets(search *q, vd_err *err)
{
    vd_str lenient = vd_request_param(q->r, "ignore_unavailable");
    return vd_targets_read(vd_service_store(q->s), vd_service_db(q->s), q->r->n_parts ? q->r->parts[0] : (vd_str){0},
                           lenient.p && !vd_str_eq(lenient, VD_STR("false")), &q->targets, err);
}

/* The condition and the plan that runs it. */
static int read_query(search *q, vd_err *err)
{
    vd_str words = vd_request_param(q->r, "q");
    vd_schema *schema = vd_schema_new();
    const vd_json *query = vd_json_get(q->body, "query");
    int code = words.n && !query ? vd_dsl_words(q->r->arena, words, schema, q->r->now, &q->dsl, err)
                                 : vd_dsl_read(q->r->arena, query, schema, q->r->now, &q->dsl, err);
    if (code) {
        vd_schema_free(schema);
        return code;
    }
    if (q->sort.n) q->sort_field = vd_schema_intern(schema, q->sort);
    q->find.plan = vd_find_plan(q->dsl.condition, schema, err);
    if (!q->find.plan) return err->code;
    if (q->sort.n) q->sort_extract = vd_extract_new(vd_plan_schema(q->find.plan), &q->sort_field, 1);
    return 0;
}

/* --- the run --- */

static int run(search *q, size_t k, vd_err *err)
{
    vd_find *f = &q->find;
    f->store = vd_service_store(q->s);
    f->db = vd_service_db(q->s);
    f->targets = &q->targets;
    f->sort = q->sort_extract;
    f->descending = q->descending;
    f->since = q->dsl.since;
    f->until = q->dsl.until;
    f->deadline = vd_mono_ns() + MAX_TIME_NS;
    f->top = vd_topk_new(k, q->descending, VD_MAX_SEARCH_ANSWER);
    int code = vd_find_run(f, err);
    vd_search_log(&f->blocks);
    return code;
}

static void fini(search *q)
{
    vd_topk_free(q->find.top);
    if (q->sort_extract) vd_extract_free(q->sort_extract);
    vd_plan_unref(q->find.plan);
    vd_json_free(q->body);
}

/* --- the answer --- */

static vd_json *shards(void)
{
    vd_json *v = vd_json_object();
    vd_json_set(v, "total", vd_json_int(1));
    vd_json_set(v, "successful", vd_json_int(1));
    vd_json_set(v, "skipped", vd_json_int(0));
    vd_json_set(v, "failed", vd_json_int(0));
    return v;
}

static vd_json *sort_value(const vd_sort_key *key)
{
    if (key->kind == VD_LONG) return vd_json_int(key->i);
    if (key->kind == VD_DOUBLE) return vd_json_double(key->d);
    return key->kind == VD_STRING ? vd_json_string(key->s) : NULL;
}

static vd_json *hit_of(const search *q, const vd_hit *h)
{
    vd_json *doc = vd_event_tree(h->line, h->n), *hit = vd_json_object();
    vd_json_set(hit, "_index", vd_json_copy(vd_json_get(doc, "_index")));
    vd_json_set(hit, "_id", vd_json_copy(vd_json_get(doc, "_id")));
    vd_json_set(hit, "_score", q->sorted ? NULL : vd_json_double(1));
    vd_shown_put(&q->shown, hit, vd_json_get(doc, "_source"));
    vd_json_free(doc);
    if (!q->sorted) return hit;
    vd_json *sort = vd_json_array();
    vd_json_push(sort, sort_value(&h->key));
    vd_json_set(hit, "sort", sort);
    return hit;
}

static vd_json *hits_of(search *q)
{
    vd_hit **v;
    size_t n = vd_topk_sorted(q->find.top, &v);
    vd_json *hits = vd_json_object(), *list = vd_json_array();
    if (!vd_str_eq(vd_search_text(q->r, q->body, "track_total_hits"), VD_STR("false"))) {
        vd_json *total = vd_json_object();
        vd_json_set(total, "value", vd_json_uint(q->find.total));
        vd_json_set_str(total, "relation", q->find.timed_out ? VD_STR("gte") : VD_STR("eq"));
        vd_json_set(hits, "total", total);
    }
    for (size_t i = (size_t)q->from; i < n; i++)
        vd_json_push(list, hit_of(q, v[i]));
    vd_json_set(hits, "max_score", !q->sorted && vd_json_len(list) ? vd_json_double(1) : NULL);
    vd_json_set(hits, "hits", list);
    return hits;
}

static void answer_hits(search *q, int64_t began, vd_answer *a)
{
    vd_json *v = vd_json_object();
    vd_json_set(v, "took", vd_json_int((vd_mono_ns() - began) / 1000000));
    vd_json_set(v, "timed_out", vd_json_bool(q->find.timed_out));
    vd_json_set(v, "_shards", shards());
    vd_json_set(v, "hits", hits_of(q));
    vd_reply(q->r, a, v);
}

static void answer_count(search *q, vd_answer *a)
{
    vd_json *v = vd_json_object();
    vd_json_set(v, "count", vd_json_uint(q->find.total));
    vd_json_set(v, "_shards", shards());
    vd_reply(q->r, a, v);
}

static bool may_run(const vd_request *r, vd_answer *a)
{
    if (atomic_fetch_add(&at_work, 1) < MAX_AT_ONCE) return true;
    atomic_fetch_sub(&at_work, 1);
    vd_answer_error(r, a, 429, "es_rejected_execution_exception", "rejected execution: %d searches run already", MAX_AT_ONCE);
    vd_answer_header(a, "Retry-After", "1");
    return false;
}

static void find_hits(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_err err = {0};
    int64_t began = vd_mono_ns();
    search q = {.r = r, .s = ctx};
    if (vd_request_param(r, "scroll").p) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "[scroll] is not supported: use from, size and a range");
        return;
    }
    if (!(q.body = vd_search_body(r, a))) return;
    int code = vd_search_only(r, q.body, known, &err);
    if (!code) code = read_targets(&q, &err);
    if (!code) code = read_page(&q, &err);
    if (!code) code = read_sorts(&q, &err);
    if (!code) code = read_shown(&q, &err);
    if (!code) code = read_query(&q, &err);
    if (code) vd_search_error(r, a, code, &err);
    else if (may_run(r, a)) {
        code = run(&q, (size_t)(q.from + q.size), &err);
        atomic_fetch_sub(&at_work, 1);
        if (code) vd_search_error(r, a, code, &err);
        else answer_hits(&q, began, a);
    }
    fini(&q);
}

static void count(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_err err = {0};
    search q = {.r = r, .s = ctx};
    if (!(q.body = vd_search_body(r, a))) return;
    int code = vd_search_only(r, q.body, " query ", &err);
    if (!code) code = read_targets(&q, &err);
    if (!code) code = read_query(&q, &err);
    if (code) vd_search_error(r, a, code, &err);
    else if (may_run(r, a)) {
        code = run(&q, 0, &err);
        atomic_fetch_sub(&at_work, 1);
        if (!code && q.find.timed_out) code = vd_fail(&err, VD_LIMIT, "counting took too long: narrow it with a range of @timestamp");
        if (code) vd_search_error(r, a, code, &err);
        else answer_count(&q, a);
    }
    fini(&q);
}

const vd_route vd_routes_search[] = {
    {VD_POST | VD_GET, "/_search", VD_MAY_READ, find_hits, "search"},
    {VD_POST | VD_GET, "/{}/_search", VD_MAY_READ, find_hits, "search"},
    {VD_POST | VD_GET, "/_count", VD_MAY_READ, count, "count"},
    {VD_POST | VD_GET, "/{}/_count", VD_MAY_READ, count, "count"},
    {VD_POST | VD_GET, "/{}/_eql/search", VD_MAY_READ, vd_eql_search, "eql_search"},
    {VD_GET, "/_eql/search/status/{}", VD_MAY_READ, vd_eql_search_status, "eql_status"},
    {VD_GET, "/_eql/search/{}", VD_MAY_READ, vd_eql_search_get, "eql_get"},
    {VD_DELETE, "/_eql/search/{}", VD_MAY_READ, vd_eql_search_delete, "eql_delete"},
};
const size_t vd_n_routes_search = sizeof vd_routes_search / sizeof *vd_routes_search;
