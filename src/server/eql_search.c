/* _eql/search: one EQL query over a window of the store, waited for or left running.
 * Source: Elasticsearch API docs, "Get EQL search results", "Get async EQL search results". */
#include <stdlib.h>

#include "base/clock.h"
#include "server/async.h"
#include "server/dsl.h"
#include "server/find.h"
#include "server/hits.h"
#include "server/reply.h"
#include "server/routes.h"
#include "server/search_int.h"

#define KEEP_MS (5ll * 86400000)
#define MAX_KEEP_MS (30ll * 86400000)
/* A request without wait_for_completion_timeout waits, on one of the few threads that the API has,
 * so there is an end to that: the search then goes on and is asked for by its id. */
#define MAX_WAIT_MS 60000

/* One search: what it runs and what it found. Lives on its thread. */
typedef struct eql_work {
    vd_store *store;
    vd_arena arena;     /* of the patterns */
    vd_json *body;      /* shown points into it */
    vd_targets targets;
    vd_plan *plan;
    bool sequences, head;
    int64_t since, until, size, began;
    vd_shown shown;
    vd_json *found;     /* array */
    uint64_t bytes;
    bool too_big;
} eql_work;

static void free_work(void *ctx)
{
    eql_work *w = ctx;
    vd_json_free(w->found);
    vd_json_free(w->body);
    vd_plan_unref(w->plan);
    vd_arena_fini(&w->arena);
    free(w);
}

/* --- on its thread --- */

static vd_json *event_of(const eql_work *w, const vd_finding_event *ev)
{
    vd_json *hit = vd_json_object();
    vd_json_set_str(hit, "_index", ev->missing ? (vd_str){"", 0} : ev->index);
    vd_json_set_str(hit, "_id", ev->missing ? (vd_str){"", 0} : ev->id);
    if (ev->missing) {
        vd_json_set(hit, "_source", vd_json_object());
        vd_json_set(hit, "missing", vd_json_bool(true));
    } else {
        vd_shown_put(&w->shown, hit, ev->doc);
    }
    return hit;
}

static vd_json *sequence_of(const eql_work *w, const vd_finding *finding)
{
    vd_json *sequence = vd_json_object(), *events = vd_json_array();
    for (size_t i = 0; i < finding->n_events; i++)
        vd_json_push(events, event_of(w, &finding->events[i]));
    vd_json_set(sequence, "join_keys", finding->join_keys ? vd_json_copy(finding->join_keys) : vd_json_array());
    vd_json_set(sequence, "events", events);
    return sequence;
}

static void found(void *ctx, const vd_finding *finding)
{
    eql_work *w = ctx;
    for (size_t i = 0; i < finding->n_events; i++)
        w->bytes += finding->events[i].json.n;
    w->too_big |= w->bytes > VD_MAX_SEARCH_ANSWER / 4;
    if (!w->too_big) vd_json_push(w->found, w->sequences ? sequence_of(w, finding) : event_of(w, &finding->events[0]));
}

static vd_json *answer_of(eql_work *w)
{
    vd_json *v = vd_json_object(), *hits = vd_json_object(), *total = vd_json_object();
    vd_json_set(total, "value", vd_json_uint(vd_json_len(w->found)));
    vd_json_set_str(total, "relation", VD_STR("eq"));
    vd_json_set(hits, "total", total);
    vd_json_set(hits, w->sequences ? "sequences" : "events", vd_json_share(w->found));
    vd_json_set(v, "is_partial", vd_json_bool(false));
    vd_json_set(v, "is_running", vd_json_bool(false));
    vd_json_set(v, "took", vd_json_int((vd_mono_ns() - w->began) / 1000000));
    vd_json_set(v, "timed_out", vd_json_bool(false));
    vd_json_set(v, "hits", hits);
    return v;
}

static vd_json *error_of(const char *type, const char *reason, int status)
{
    vd_json *v = vd_json_object(), *e = vd_json_object(), *cause = vd_json_object(), *causes = vd_json_array();
    vd_json_set_str(cause, "type", vd_str_from(type));
    vd_json_set_str(cause, "reason", vd_str_from(reason));
    vd_json_push(causes, cause);
    vd_json_set(e, "root_cause", causes);
    vd_json_set_str(e, "type", vd_str_from(type));
    vd_json_set_str(e, "reason", vd_str_from(reason));
    vd_json_set(v, "error", e);
    vd_json_set(v, "status", vd_json_int(status));
    return v;
}

static unsigned give(vd_json *v, unsigned status, char **body, size_t *n)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_str text = vd_json_text(&a, v, false);
    *body = vd_malloc(text.n + 1);
    memcpy(*body, text.p, text.n);
    *n = text.n;
    vd_arena_fini(&a);
    vd_json_free(v);
    return status;
}

static unsigned run(void *ctx, const volatile sig_atomic_t *stop, char **body, size_t *n)
{
    eql_work *w = ctx;
    vd_err err = {0};
    vd_scan_counts blocks;
    vd_preview p = {.plan = w->plan, .blocks = &blocks, .window = {w->since, w->until}, .indices = &w->targets.pattern,
                    .n_indices = w->targets.pattern.n > 0, .alerts_too = w->targets.alerts, .size = w->size,
                    .head = w->head, .stop = stop, .found = found, .ctx = w};
    int code = vd_schedule_preview(w->store, &p, NULL, &err);
    vd_search_log(&blocks);
    if (code && vd_search_stopped(stop)) return give(error_of("task_cancelled_exception", "the search was cancelled", 400), 400, body, n);
    if (code) return give(error_of("search_phase_execution_exception", err.msg, 503), 503, body, n);
    if (w->too_big)
        return give(error_of("circuit_breaking_exception", "the answer is too large: ask for fewer hits or fields", 429), 429, body, n);
    return give(answer_of(w), 200, body, n);
}

/* --- what is asked for --- */

static const char known[] = " query filter size fetch_size event_category_field timestamp_field tiebreaker_field "
                            "result_position fields keep_alive keep_on_completion wait_for_completion_timeout "
                            "case_sensitive allow_partial_search_results allow_partial_sequence_results "
                            "max_samples_per_key ";

static int read_numbers(const vd_request *r, eql_work *w, vd_err *err)
{
    int64_t fetch = 1000, samples = 1;
    w->size = 10;
    int code = vd_search_number(r, w->body, "size", VD_MAX_SEARCH_HITS, &w->size, err);
    if (!code) code = vd_search_number(r, w->body, "fetch_size", VD_MAX_SEARCH_HITS, &fetch, err);
    if (!code) code = vd_search_number(r, w->body, "max_samples_per_key", VD_MAX_SEARCH_HITS, &samples, err);
    if (!code && fetch < 2) code = vd_fail(err, VD_LIMIT, "fetch size must be greater than 1");
    if (!code && samples != 1) code = vd_fail(err, VD_LIMIT, "[max_samples_per_key] other than 1 is not supported here");
    return code;
}

static int read_position(const vd_request *r, eql_work *w, vd_err *err)
{
    vd_str position = vd_search_text(r, w->body, "result_position");
    w->head = vd_str_eq(position, VD_STR("head"));
    if (w->head || !position.n || vd_str_eq(position, VD_STR("tail"))) return 0;
    return vd_fail(err, VD_LIMIT, "result position [%.*s] not recognised: head or tail", VD_FMT(position));
}

/* The query with its filter in it, and the window that the filter leaves. */
static int narrow(const vd_request *r, eql_work *w, vd_schema *schema, vd_str *query, vd_err *err)
{
    const vd_json *filter = vd_json_get(w->body, "filter");
    vd_dsl dsl;
    w->since = w->until = VD_TIME_NONE;
    if (!filter) return 0;
    int code = vd_dsl_read(r->arena, filter, schema, r->now, &dsl, err);
    if (!code) code = vd_dsl_narrow(r->arena, *query, dsl.condition, query, err);
    vd_str timestamp = vd_search_text(r, w->body, "timestamp_field");
    if (code || (timestamp.n && !vd_str_eq(timestamp, VD_STR("@timestamp")))) return code;
    w->since = dsl.since;
    w->until = dsl.until;
    return 0;
}

static void set_fields(const vd_request *r, const eql_work *w, vd_ruleset *set, vd_rule *rule)
{
    const struct {
        const char *name;
        vd_str *to;
    } fields[] = {{"event_category_field", &rule->category_field},
                  {"timestamp_field", &rule->timestamp_field},
                  {"tiebreaker_field", &rule->tiebreaker_field}};
    for (size_t i = 0; i < 3; i++) {
        vd_str name = vd_search_text(r, w->body, fields[i].name);
        if (name.n) *fields[i].to = vd_arena_str(&set->arena, name);
    }
}

/* "Found 1 problem\nline 1:9: ..." of a verification, "line 1:9: ..." of a parser. */
static int refused(vd_arena *a, const vd_rule *rule, vd_err *err)
{
    vd_str text = {"", 0};
    bool parse = false;
    size_t n = 0;
    for (size_t i = 0; i < rule->problems.n; i++) {
        const vd_problem *p = &rule->problems.v[i];
        if (!p->error) continue;
        vd_place place = vd_place_of(rule->query, p->placed ? p->pos : 0);
        parse |= vd_str_eq(p->code, VD_STR("parsing_exception"));
        text = vd_arena_printf(a, "%.*s%sline %zu:%zu: %.*s", VD_FMT(text), n++ ? "\n" : "", place.line, place.column,
                               VD_FMT(p->msg));
    }
    if (parse) return vd_fail(err, VD_PARSE, "%.*s", VD_FMT(text));
    return vd_fail(err, VD_VERIFY, "Found %zu problem%s\n%.*s", n, n == 1 ? "" : "s", VD_FMT(text));
}

/* Takes the schema. */
static int compile(const vd_request *r, eql_work *w, vd_str query, vd_schema *schema, vd_err *err)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_rule *rule = vd_ruleset_add_query(set, query);
    set_fields(r, w, set, rule);
    vd_ruleset_compile(set, schema);
    if (!rule->broken) {
        vd_plan_options options = {.ignore_index = true};
        w->sequences = rule->eql->kind != VD_EQL_EVENT;
        w->plan = vd_plan_build(set, schema, &options);
        return 0;
    }
    int code = refused(r->arena, rule, err);
    vd_ruleset_free(set);
    vd_schema_free(schema);
    return code;
}

static int read_query(const vd_request *r, eql_work *w, vd_err *err)
{
    const vd_json *v = vd_json_get(w->body, "query");
    vd_str query = vd_json_str(v);
    if (!query.n) return vd_fail(err, VD_LIMIT, "query is null or empty");
    vd_schema *schema = vd_schema_new();
    int code = narrow(r, w, schema, &query, err);
    if (!code) return compile(r, w, query, schema, err);
    vd_schema_free(schema);
    return code;
}

static int read_work(vd_service *s, const vd_request *r, eql_work *w, vd_err *err)
{
    vd_str lenient = vd_request_param(r, "ignore_unavailable"), name = vd_arena_str(&w->arena, r->parts[0]);
    int code = vd_search_only(r, w->body, known, err);
    if (!code) code = vd_targets_read(w->store, vd_service_db(s), name, lenient.p && !vd_str_eq(lenient, VD_STR("false")), &w->targets, err);
    if (!code) code = read_numbers(r, w, err);
    if (!code) code = read_position(r, w, err);
    if (!code) code = vd_shown_read(w->body, &w->shown, err);
    if (!code) code = read_query(r, w, err);
    return code;
}

/* A duration of the request; false: it is none, and the answer says so. */
static bool read_duration(const vd_request *r, const vd_json *body, const char *name, int64_t max, int64_t *ms, vd_answer *a)
{
    vd_str text = vd_search_text(r, body, name);
    if (text.n && !vd_search_duration(text, ms)) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "failed to parse setting [%s] with value [%.*s] as a time value",
                        name, VD_FMT(vd_str_sub(text, 0, 50)));
        return false;
    }
    if (*ms > max) *ms = max;
    return true;
}

/* --- answers --- */

/* The answer of a search that is over, with its id if it is kept. */
static void answer_done(const vd_request *r, vd_answer *a, const vd_search_state *state, const char *id)
{
    vd_json *v = NULL;
    if (vd_json_parse(state->body, &v, NULL)) {
        vd_answer_error(r, a, 500, "exception", "the answer was lost");
        return;
    }
    if (id && state->status == 200) {
        vd_json *with = vd_json_object();
        vd_json_set_str(with, "id", vd_str_from(id));
        for (vd_json_iter it = {0}; vd_json_next(v, &it);)
            vd_json_set_n(with, it.key, vd_json_share(it.value));
        vd_json_free(v);
        v = with;
    }
    vd_reply(r, a, v);
    a->status = state->status;
}

static void answer_running(const vd_request *r, vd_answer *a, const vd_search_state *state, const char *id)
{
    vd_json *v = vd_json_object(), *hits = vd_json_object(), *total = vd_json_object();
    vd_json_set(total, "value", vd_json_int(0));
    vd_json_set_str(total, "relation", VD_STR("gte"));
    vd_json_set(hits, "total", total);
    vd_json_set_str(v, "id", vd_str_from(id));
    vd_json_set(v, "is_partial", vd_json_bool(true));
    vd_json_set(v, "is_running", vd_json_bool(true));
    vd_json_set(v, "took", vd_json_int(vd_now_ms() - state->started));
    vd_json_set(v, "timed_out", vd_json_bool(false));
    vd_json_set(v, "hits", hits);
    vd_reply(r, a, v);
}

static void answer_none(const vd_request *r, vd_answer *a, vd_str id)
{
    vd_answer_error(r, a, 404, "resource_not_found_exception", "%.*s", VD_FMT(vd_str_sub(id, 0, 100)));
}

/* Begins the work, which is taken, and answers with what there is after `wait` ms. */
static void start(vd_searches *all, const vd_request *r, eql_work *w, int64_t wait, int64_t keep, bool keep_it, vd_answer *a)
{
    char id[VD_SEARCH_ID];
    vd_err err = {0};
    vd_search_work work = {run, free_work, w};
    if (vd_searches_start(all, &work, keep, id, &err)) {
        vd_answer_error(r, a, 429, "es_rejected_execution_exception", "rejected execution: %s", err.msg);
        vd_answer_header(a, "Retry-After", "1");
        return;
    }
    vd_search_state state = vd_searches_look(all, vd_str_from(id), wait, 0, r->arena);
    if (!state.found) answer_none(r, a, vd_str_from(id));
    else if (state.running) answer_running(r, a, &state, id);
    else answer_done(r, a, &state, keep_it ? id : NULL);
    if (state.found && !state.running && !keep_it) vd_searches_drop(all, vd_str_from(id));
}

void vd_eql_search(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_service *s = ctx;
    vd_err err = {0};
    int64_t wait = MAX_WAIT_MS, keep = KEEP_MS;
    vd_json *body = vd_search_body(r, a);
    if (!body) return;
    bool keep_it = vd_str_eq(vd_search_text(r, body, "keep_on_completion"), VD_STR("true"));
    if (!read_duration(r, body, "wait_for_completion_timeout", MAX_WAIT_MS, &wait, a) ||
        !read_duration(r, body, "keep_alive", MAX_KEEP_MS, &keep, a)) {
        vd_json_free(body);
        return;
    }
    eql_work *w = vd_calloc(1, sizeof *w);
    vd_arena_init(&w->arena, 0);
    w->store = vd_service_store(s);
    w->body = body;
    w->found = vd_json_array();
    w->began = vd_mono_ns();
    int code = read_work(s, r, w, &err);
    if (!code) {
        start(vd_service_searches(s), r, w, wait, keep, keep_it, a);
        return;
    }
    vd_search_error(r, a, code, &err);
    free_work(w);
}

void vd_eql_search_get(void *ctx, const vd_request *r, vd_answer *a)
{
    int64_t wait = 0, keep = 0;
    if (!read_duration(r, NULL, "wait_for_completion_timeout", MAX_WAIT_MS, &wait, a) ||
        !read_duration(r, NULL, "keep_alive", MAX_KEEP_MS, &keep, a))
        return;
    vd_search_state state = vd_searches_look(vd_service_searches(ctx), r->parts[0], wait, keep, r->arena);
    const char *id = vd_arena_str(r->arena, r->parts[0]).p;
    if (!state.found) answer_none(r, a, r->parts[0]);
    else if (state.running) answer_running(r, a, &state, id);
    else answer_done(r, a, &state, id);
}

void vd_eql_search_status(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_search_state state = vd_searches_look(vd_service_searches(ctx), r->parts[0], 0, 0, NULL);
    if (!state.found) {
        answer_none(r, a, r->parts[0]);
        return;
    }
    vd_json *v = vd_json_object();
    vd_json_set_str(v, "id", r->parts[0]);
    vd_json_set(v, "is_running", vd_json_bool(state.running));
    vd_json_set(v, "is_partial", vd_json_bool(state.running || state.status != 200));
    vd_json_set(v, "start_time_in_millis", vd_json_int(state.started));
    vd_json_set(v, "expiration_time_in_millis", vd_json_int(state.expires));
    if (!state.running) vd_json_set(v, "completion_status", vd_json_int(state.status));
    vd_reply(r, a, v);
}

void vd_eql_search_delete(void *ctx, const vd_request *r, vd_answer *a)
{
    if (vd_searches_drop(vd_service_searches(ctx), r->parts[0])) vd_reply_acknowledged(r, a);
    else answer_none(r, a, r->parts[0]);
}
