/* The service's own API: alerts, numbers, health; and what its handlers share. */
#include "base/clock.h"
#include "server/api_int.h"

void vd_api_fail(const vd_request *r, vd_answer *a, const vd_err *err)
{
    unsigned status = err->code == VD_LIMIT ? 429 : err->code == VD_IO ? 503 : 400;
    const char *type = err->code == VD_LIMIT ? "es_rejected_execution_exception"
                       : err->code == VD_IO  ? "unavailable_shards_exception"
                       : err->code == VD_PARSE || err->code == VD_VERIFY ? vd_code_name(err->code)
                                                                        : "illegal_argument_exception";
    vd_answer_error(r, a, status, type, "%s", err->msg);
}

bool vd_api_number(const vd_request *r, vd_answer *a, const char *name, uint64_t max, uint64_t *out)
{
    vd_str s = vd_request_param(r, name);
    if (!s.p) return true;
    uint64_t v = 0;
    bool good = s.n > 0 && s.n < 20;
    for (size_t i = 0; good && i < s.n; i++) {
        good = s.p[i] >= '0' && s.p[i] <= '9';
        v = v * 10 + (uint64_t)(s.p[i] - '0');
    }
    if (good && v <= max) {
        *out = v;
        return true;
    }
    vd_answer_error(r, a, 400, "illegal_argument_exception", "[%s] must be a whole number up to %llu", name,
                    (unsigned long long)max);
    return false;
}

static bool read_time(const vd_request *r, vd_answer *a, const char *name, vd_str s, int64_t *out)
{
    vd_err err;
    *out = VD_TIME_NONE;
    if (!s.n) return true;
    if (vd_time_parse(s, out) || vd_time_math(s, r->now, false, out, &err) == VD_OK) return true;
    vd_answer_error(r, a, 400, "illegal_argument_exception",
                    "[%s] must be a time like 2026-01-02T03:04:05Z or date math like now-1h", name);
    return false;
}

bool vd_api_time(const vd_request *r, vd_answer *a, const char *name, int64_t *out)
{
    return read_time(r, a, name, vd_request_param(r, name), out);
}

bool vd_api_body_time(const vd_request *r, vd_answer *a, const vd_json *body, const char *key, int64_t *out)
{
    return read_time(r, a, key, vd_json_str(vd_json_get(body, key)), out);
}

vd_json *vd_api_body(const vd_request *r, vd_answer *a)
{
    vd_json *v = NULL;
    vd_err err;
    if (vd_str_trim(r->body).n == 0) return vd_json_object();
    if (vd_json_parse(r->body, &v, &err)) {
        vd_answer_error(r, a, 400, "parse_exception", "the body is not JSON: %s", err.msg);
        return NULL;
    }
    if (vd_json_typeof(v) == VD_JSON_OBJECT) return v;
    vd_json_free(v);
    vd_answer_error(r, a, 400, "parse_exception", "the body must be a JSON object");
    return NULL;
}

void vd_api_give(const vd_request *r, vd_answer *a, vd_json *v)
{
    vd_answer_json(r, a, v);
    vd_json_free(v);
}

/* --- alerts --- */

#define MAX_ALERTS 10000

static vd_str param(const vd_request *r, const char *name)
{
    vd_str s = vd_request_param(r, name);
    return s.p ? s : (vd_str){"", 0};
}

static bool flag(const vd_request *r, const char *name)
{
    vd_str s = vd_request_param(r, name);
    return s.p && !vd_str_eq(s, VD_STR("false"));
}

static bool read_query(const vd_request *r, vd_answer *a, vd_alert_query *q)
{
    uint64_t from = 0, size = 100, after = 0;
    *q = (vd_alert_query){.rule_id = param(r, "rule_id"),
                          .severity = param(r, "severity"),
                          .status = param(r, "status"),
                          .host = param(r, "host"),
                          .user = param(r, "user"),
                          .group = param(r, "group"),
                          .mode = param(r, "mode"),
                          .superseded = -1,
                          .building_blocks = flag(r, "building_blocks")};
    vd_str superseded = vd_request_param(r, "superseded");
    if (superseded.p) q->superseded = flag(r, "superseded");
    if (!vd_api_time(r, a, "since", &q->since) || !vd_api_time(r, a, "until", &q->until) ||
        !vd_api_time(r, a, "created_since", &q->created_since) ||
        !vd_api_time(r, a, "created_until", &q->created_until) ||
        !vd_api_number(r, a, "from", INT64_MAX, &from) || !vd_api_number(r, a, "size", MAX_ALERTS, &size) ||
        !vd_api_number(r, a, "after", INT64_MAX, &after))
        return false;
    q->from = from;
    q->size = size;
    q->after = after;
    q->newest_first = !vd_request_param(r, "after").p && !vd_str_eq(param(r, "order"), VD_STR("asc"));
    return true;
}

/* The document as it was written; a row holds it as text, which is a tree again here. */
static vd_json *alert_json(const vd_alert_row *row)
{
    vd_json *doc = NULL;
    if (vd_json_parse(row->document, &doc, NULL)) return NULL;
    return doc;
}

static void alerts(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_alert_query q;
    vd_alert_row *rows;
    size_t n;
    uint64_t total, last = 0;
    vd_err err;
    if (!read_query(r, a, &q)) return;
    if (vd_alerts_find(vd_service_db(ctx), &q, r->arena, &rows, &n, &total, &err)) {
        vd_api_fail(r, a, &err);
        return;
    }
    vd_json *out = vd_json_object(), *list = vd_json_array();
    for (size_t i = 0; i < n; i++) {
        vd_json_push(list, alert_json(&rows[i]));
        if (rows[i].number > last) last = rows[i].number;
    }
    vd_json_set(out, "total", vd_json_uint(total));
    if (n) vd_json_set(out, "last", vd_json_uint(last)); /* ?after= it gives what is newer */
    vd_json_set(out, "alerts", list);
    vd_api_give(r, a, out);
}

static void one_alert(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_alert_row row;
    vd_err err;
    int code = vd_alerts_get(vd_service_db(ctx), r->parts[0], r->arena, &row, &err);
    if (code == VD_USAGE)
        vd_answer_error(r, a, 404, "resource_not_found_exception", "there is no alert [%.*s]", VD_FMT(r->parts[0]));
    else if (code)
        vd_api_fail(r, a, &err);
    else
        vd_api_give(r, a, alert_json(&row));
}

/* --- numbers and health --- */

static void metrics(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_text_out out = {0};
    vd_service_metrics(ctx, &out);
    vd_http_metrics(vd_request_server(r), &out);
    a->type = "text/plain; version=0.0.4; charset=utf-8";
    a->owned = out.v.v;
    a->body = (vd_str){out.v.v, out.v.n};
}

static void add_index(void *ctx, const vd_store_index *i)
{
    vd_json *one = vd_json_object();
    vd_json_set_str(one, "name", i->name);
    vd_json_set(one, "documents", vd_json_uint(i->documents));
    vd_json_set(one, "bytes", vd_json_uint(i->raw_bytes));
    vd_json_set(one, "disk_bytes", vd_json_uint(i->block_bytes));
    vd_json_set_time(one, "first_ts", i->first_ts);
    vd_json_set_time(one, "last_ts", i->last_ts);
    vd_json_push(ctx, one);
}

/* What is stored, in a few numbers; the rest is in /metrics. */
static void stats(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_err err;
    vd_store *store = vd_service_store(ctx);
    vd_store_stats st = vd_store_stats_of(store);
    vd_json *out = vd_json_object(), *indices = vd_json_array();
    vd_json_set(out, "documents", vd_json_uint(st.documents));
    vd_json_set(out, "bytes", vd_json_uint(st.raw_bytes + st.waiting_bytes));
    vd_json_set(out, "disk_bytes", vd_json_uint(st.disk_bytes));
    vd_json_set_time(out, "first_ts", st.first_ts);
    vd_json_set_time(out, "last_ts", st.last_ts);
    vd_json_set(out, "indices", indices);
    if (vd_store_each_index(store, add_index, indices, &err)) {
        vd_json_free(out);
        vd_api_fail(r, a, &err);
        return;
    }
    vd_api_give(r, a, out);
}

static void healthz(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *out = vd_json_object();
    vd_json_set_str(out, "status", VD_STR("ok"));
    vd_api_give(r, a, out);
}

static void readyz(void *ctx, const vd_request *r, vd_answer *a)
{
    bool ready = vd_service_ready(ctx), busy = vd_store_busy(vd_service_store(ctx), 1);
    vd_json *out = vd_json_object();
    vd_json_set_str(out, "status", vd_str_from(!ready ? "starting" : busy ? "busy" : "ready"));
    vd_api_give(r, a, out);
    if (!ready || busy) a->status = 503;
}

const vd_route vd_routes_api[] = {
    {VD_GET, "/api/alerts", VD_MAY_READ, alerts, "alerts"},
    {VD_GET, "/api/alerts/{}", VD_MAY_READ, one_alert, "alert"},
    {VD_GET, "/api/rules", VD_MAY_READ, vd_api_rules_list, "rules"},
    {VD_POST, "/api/rules", VD_MAY_ANALYSE, vd_api_rules_put, "rule_make"},
    {VD_POST, "/api/rules/_preview", VD_MAY_ANALYSE, vd_api_rules_preview, "rule_preview"},
    {VD_GET, "/api/rules/{}", VD_MAY_READ, vd_api_rules_get, "rule"},
    {VD_PUT, "/api/rules/{}", VD_MAY_ANALYSE, vd_api_rules_put, "rule_put"},
    {VD_DELETE, "/api/rules/{}", VD_MAY_ANALYSE, vd_api_rules_delete, "rule_delete"},
    {VD_POST, "/api/rules/{}/_enable", VD_MAY_ANALYSE, vd_api_rules_enable, "rule_enable"},
    {VD_POST, "/api/rules/{}/_disable", VD_MAY_ANALYSE, vd_api_rules_disable, "rule_disable"},
    {VD_POST, "/api/rules/{}/_mode", VD_MAY_ANALYSE, vd_api_rules_mode, "rule_mode"},
    {VD_POST, "/api/rules/{}/_duplicate", VD_MAY_ANALYSE, vd_api_rules_duplicate, "rule_duplicate"},
    {VD_POST, "/api/rules/{}/_run", VD_MAY_ANALYSE, vd_api_rules_run, "rule_run"},
    {VD_GET, "/api/runs", VD_MAY_READ, vd_api_runs, "runs"},
    {VD_GET, "/api/gaps", VD_MAY_READ, vd_api_gaps, "gaps"},
    {VD_GET, "/api/keys", VD_MAY_ADMIN, vd_api_keys_list, "keys"},
    {VD_POST, "/api/keys", VD_MAY_ADMIN, vd_api_keys_make, "key_make"},
    {VD_DELETE, "/api/keys/{}", VD_MAY_ADMIN, vd_api_keys_revoke, "key_revoke"},
    {VD_GET, "/api/stats", VD_MAY_READ, stats, "stats"},
    {VD_GET, "/metrics", VD_MAY_READ, metrics, "metrics"},
    {VD_GET, "/healthz", 0, healthz, "healthz"},
    {VD_GET, "/readyz", 0, readyz, "readyz"},
};
const size_t vd_n_routes_api = sizeof vd_routes_api / sizeof *vd_routes_api;
