/* Rules by API: list, make, change, switch, run by hand, preview; their runs and gaps. */
#include "base/clock.h"
#include "server/api_int.h"
#include "base/hash.h"
#include "server/rulebook.h"

#define MAX_RUNS 10000
#define MAX_PREVIEW_ALERTS 1000

static void no_rule(const vd_request *r, vd_answer *a, vd_str id)
{
    vd_answer_error(r, a, 404, "resource_not_found_exception", "there is no rule [%.*s]", VD_FMT(id));
}

void vd_api_rules_list(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *out = vd_json_object(), *all = vd_service_rules(ctx);
    vd_json_set(out, "total", vd_json_uint(vd_json_len(all)));
    vd_json_set(out, "rules", all);
    vd_api_give(r, a, out);
}

void vd_api_rules_get(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *rule = vd_service_rule(ctx, r->parts[0]);
    if (rule) vd_api_give(r, a, rule);
    else no_rule(r, a, r->parts[0]);
}

static bool reload(vd_service *s, const vd_request *r, vd_answer *a)
{
    vd_err err;
    if (!vd_service_reload(s, &err)) return true;
    vd_api_fail(r, a, &err);
    return false;
}

/* --- make and change --- */

static vd_str new_id(const vd_request *r)
{
    vd_hash128 h;
    static _Atomic uint64_t count;
    uint64_t facts[] = {(uint64_t)r->received_ns, (uint64_t)r->now, ++count};
    h = vd_hash128_seeded((vd_str){(const char *)facts, sizeof facts});
    return vd_arena_printf(r->arena, "%08x-%04x-4%03x-%04x-%012llx", (unsigned)(h.hi >> 32),
                           (unsigned)(h.hi >> 16 & 0xffff), (unsigned)(h.hi & 0xfff),
                           (unsigned)(0x8000 | (h.lo >> 48 & 0x3fff)), (unsigned long long)(h.lo & 0xffffffffffff));
}

/* Stores the body as a rule of the API; `old` is what stood there (its id empty: nothing). */
static void store_rule(vd_service *s, const vd_request *r, vd_answer *a, vd_json *body, const vd_rule_row *old)
{
    vd_err err;
    vd_json *enabled = vd_json_get(body, "enabled");
    vd_json_set(body, "revision", vd_json_int(old->rule_id.n ? old->revision + 1 : 0));
    if (!vd_json_get(body, "version")) vd_json_set(body, "version", vd_json_int(old->rule_id.n ? old->version : 1));
    vd_str text = vd_json_text(r->arena, body, false);
    if (vd_rulebook_try(text, true, NULL, &err)) {
        vd_answer_error(r, a, 400, "rule_exception", "%s", err.msg);
        return;
    }
    vd_rule_row row = {.rule_id = vd_json_str(vd_json_get(body, "rule_id")),
                       .name = vd_json_str(vd_json_get(body, "name")),
                       .type = vd_json_str(vd_json_get(body, "type")),
                       .source = VD_STR("api"),
                       .enabled = enabled ? vd_json_get_bool(enabled) : old->rule_id.n ? old->enabled : true,
                       .mode = vd_json_str(vd_json_get(body, "mode")),
                       .version = vd_json_get_int(vd_json_get(body, "version")),
                       .revision = vd_json_get_int(vd_json_get(body, "revision")),
                       .created = old->rule_id.n ? old->created : r->now,
                       .updated = r->now,
                       .document = text};
    if (vd_rules_put(vd_service_db(s), &row, &err)) {
        vd_api_fail(r, a, &err);
        return;
    }
    if (!reload(s, r, a)) return;
    vd_json *now = vd_service_rule(s, row.rule_id);
    vd_api_give(r, a, now ? now : vd_json_object());
    a->status = old->rule_id.n ? 200 : 201;
}

/* POST /api/rules makes one; PUT /api/rules/{id} makes or replaces one of the API. */
void vd_api_rules_put(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_err err;
    vd_json *body = vd_api_body(r, a);
    if (!body) return;
    bool make = r->method == VD_POST;
    vd_str named = vd_json_str(vd_json_get(body, "rule_id")), id = make ? named : r->parts[0];
    if (!id.n) id = new_id(r);
    id = vd_arena_str(r->arena, id);
    vd_rule_row old = {0};
    vd_json *there = vd_service_rule(ctx, id);
    int code = vd_rules_get(vd_service_db(ctx), id, r->arena, &old, &err);
    if (code == VD_USAGE) old = (vd_rule_row){0};
    bool from_file = there && !vd_str_eq(vd_json_str(vd_json_get(there, "source")), VD_STR("api"));
    if (!make && named.n && !vd_str_eq(named, id))
        vd_answer_error(r, a, 400, "illegal_argument_exception", "[rule_id] is not that of the path");
    else if (code && code != VD_USAGE)
        vd_api_fail(r, a, &err);
    else if (there && (make || from_file))
        vd_answer_error(r, a, 409, "version_conflict_engine_exception",
                        from_file ? "rule [%.*s] comes from a file: change it there"
                                  : "there is a rule [%.*s] already: PUT replaces it",
                        VD_FMT(id));
    else {
        vd_json_set_str(body, "rule_id", id);
        store_rule(ctx, r, a, body, &old);
    }
    vd_json_free(there);
    vd_json_free(body);
}

void vd_api_rules_delete(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_err err;
    vd_rule_row row;
    bool was;
    int code = vd_rules_get(vd_service_db(ctx), r->parts[0], r->arena, &row, &err);
    if (code == VD_USAGE || (!code && !vd_str_eq(row.source, VD_STR("api")))) {
        vd_json *there = vd_service_rule(ctx, r->parts[0]);
        if (there)
            vd_answer_error(r, a, 409, "illegal_argument_exception",
                            "rule [%.*s] comes from a file: remove it there, or disable it", VD_FMT(r->parts[0]));
        else
            no_rule(r, a, r->parts[0]);
        vd_json_free(there);
        return;
    }
    if (code || vd_rules_delete(vd_service_db(ctx), r->parts[0], &was, &err)) {
        vd_api_fail(r, a, &err);
        return;
    }
    if (!reload(ctx, r, a)) return;
    vd_json *out = vd_json_object();
    vd_json_set(out, "deleted", vd_json_bool(true));
    vd_api_give(r, a, out);
}

/* Changes what is said of a rule, its document untouched: of a file's rule a row is made. */
static void set_row(vd_service *s, const vd_request *r, vd_answer *a, const bool *enabled, const vd_str *mode)
{
    vd_err err;
    vd_rule_row row;
    vd_str id = r->parts[0];
    vd_json *there = vd_service_rule(s, id);
    if (!there) {
        no_rule(r, a, id);
        return;
    }
    int code = vd_rules_get(vd_service_db(s), id, r->arena, &row, &err);
    if (code == VD_USAGE) {
        row = (vd_rule_row){.rule_id = id,
                            .name = vd_json_str(vd_json_get(there, "name")),
                            .type = vd_json_str(vd_json_get(there, "type")),
                            .source = vd_json_str(vd_json_get(there, "source")),
                            .enabled = true,
                            .version = 1,
                            .created = r->now,
                            .document = VD_STR("{}")};
        code = 0;
    }
    if (enabled) row.enabled = *enabled;
    if (mode) row.mode = *mode;
    row.updated = r->now;
    if (!code) code = vd_rules_put(vd_service_db(s), &row, &err);
    vd_json_free(there);
    if (code) vd_api_fail(r, a, &err);
    else if (reload(s, r, a)) vd_api_rules_get(s, r, a);
}

void vd_api_rules_enable(void *ctx, const vd_request *r, vd_answer *a) { set_row(ctx, r, a, &(bool){true}, NULL); }
void vd_api_rules_disable(void *ctx, const vd_request *r, vd_answer *a) { set_row(ctx, r, a, &(bool){false}, NULL); }

void vd_api_rules_mode(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *body = vd_api_body(r, a);
    if (!body) return;
    vd_str mode = vd_json_str(vd_json_get(body, "mode"));
    if (mode.n && !vd_str_eq(mode, VD_STR("stream")) && !vd_str_eq(mode, VD_STR("schedule")))
        vd_answer_error(r, a, 400, "illegal_argument_exception",
                        "[mode] must be stream or schedule; empty: the rule's or the service's own");
    else
        set_row(ctx, r, a, NULL, &mode);
    vd_json_free(body);
}

static const char *const shown_only[] = {"source", "stream", "differences", "error", "mode", "enabled", "id",
                                         "created_at", "updated_at", "rule_source", "immutable"};

void vd_api_rules_duplicate(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_json *there = vd_service_rule(ctx, r->parts[0]);
    if (!there) {
        no_rule(r, a, r->parts[0]);
        return;
    }
    vd_json *copy = vd_json_copy(there);
    for (size_t i = 0; i < sizeof shown_only / sizeof *shown_only; i++)
        vd_json_del(copy, shown_only[i]);
    vd_str name = vd_arena_printf(r->arena, "%.*s [Duplicate]", VD_FMT(vd_json_str(vd_json_get(there, "name"))));
    vd_json_set_str(copy, "name", name);
    vd_json_set_str(copy, "rule_id", new_id(r));
    vd_json_set(copy, "version", vd_json_int(1));
    vd_json_set(copy, "enabled", vd_json_bool(false)); /* as Kibana's copies are */
    store_rule(ctx, r, a, copy, &(vd_rule_row){0});
    vd_json_free(copy);
    vd_json_free(there);
}

/* --- by hand --- */

void vd_api_rules_run(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_err err;
    int64_t since, until;
    uint64_t alerts = 0;
    vd_json *body = vd_api_body(r, a);
    if (!body) return;
    vd_str id = r->parts[0];
    bool good = vd_api_body_time(r, a, body, "since", &since) && vd_api_body_time(r, a, body, "until", &until);
    vd_json_free(body);
    if (!good) return;
    if (until == VD_TIME_NONE) until = r->now;
    if (since == VD_TIME_NONE || since > until) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "[since] is wanted, and not after [until]");
        return;
    }
    if (vd_str_eq(id, VD_STR("_all"))) id = (vd_str){"", 0};
    int code = vd_service_run(ctx, id, since, until, &alerts, &err);
    if (code == VD_USAGE) {
        no_rule(r, a, id);
    } else if (code) {
        vd_api_fail(r, a, &err);
    } else {
        vd_json *out = vd_json_object();
        vd_json_set(out, "new_alerts", vd_json_uint(alerts));
        vd_api_give(r, a, out);
    }
}

typedef struct previewing {
    vd_json *alerts;
    int64_t now;
    uint64_t findings;
} previewing;

static void preview_found(void *ctx, const vd_finding *finding)
{
    previewing *p = ctx;
    p->findings++;
    if (vd_json_len(p->alerts) < MAX_PREVIEW_ALERTS)
        vd_alert_documents(finding, &(vd_alert_options){.now = p->now}, p->alerts);
}

static void preview(vd_service *s, const vd_request *r, vd_answer *a, const vd_json *rule, int64_t since, int64_t until)
{
    vd_err err;
    vd_plan *plan;
    vd_engine_stats st;
    vd_scan_counts blocks;
    if (vd_rulebook_try(vd_json_text(r->arena, rule, false), false, &plan, &err)) {
        vd_answer_error(r, a, 400, "rule_exception", "%s", err.msg);
        return;
    }
    previewing p = {.alerts = vd_json_array(), .now = r->now};
    vd_preview how = {.plan = plan,
                      .window = {since, until},
                      .default_index = VD_STR("logs-generic-default"),
                      .alerts_too = true,
                      .size = -1,
                      .blocks = &blocks,
                      .found = preview_found,
                      .ctx = &p};
    int code = vd_schedule_preview(vd_service_store(s), &how, &st, &err);
    vd_plan_unref(plan);
    if (code) {
        vd_json_free(p.alerts);
        vd_api_fail(r, a, &err);
        return;
    }
    vd_json *out = vd_json_object();
    vd_json_set(out, "events", vd_json_uint(st.documents));
    vd_json_set(out, "blocks_read", vd_json_uint(blocks.read));
    vd_json_set(out, "blocks_skipped", vd_json_uint(blocks.skipped));
    vd_json_set(out, "candidates", vd_json_uint(st.candidates));
    vd_json_set(out, "findings", vd_json_uint(p.findings));
    vd_json_set(out, "alerts", p.alerts);
    vd_api_give(r, a, out);
}

/* {"rule": {...} or "rule_id": "...", "since": .., "until": ..}; nothing is written. */
void vd_api_rules_preview(void *ctx, const vd_request *r, vd_answer *a)
{
    int64_t since, until;
    vd_json *body = vd_api_body(r, a);
    if (!body) return;
    vd_str id = vd_json_str(vd_json_get(body, "rule_id"));
    vd_json *rule = vd_json_get(body, "rule"), *found = NULL;
    if (id.n) rule = found = vd_service_rule(ctx, id);
    if (id.n && !found) {
        no_rule(r, a, id);
    } else if (!rule) {
        vd_answer_error(r, a, 400, "illegal_argument_exception", "a [rule] or a [rule_id] is wanted");
    } else if (vd_api_body_time(r, a, body, "since", &since) && vd_api_body_time(r, a, body, "until", &until)) {
        if (until == VD_TIME_NONE) until = r->now;
        if (since == VD_TIME_NONE) since = until - 3600000;
        preview(ctx, r, a, rule, since, until);
    }
    vd_json_free(found);
    vd_json_free(body);
}

/* --- runs --- */

void vd_api_runs(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_err err;
    vd_run_row *rows;
    size_t n;
    uint64_t size = 100;
    vd_str id = vd_request_param(r, "rule_id");
    if (!vd_api_number(r, a, "size", MAX_RUNS, &size)) return;
    if (vd_runs_find(vd_service_db(ctx), id.p ? id : (vd_str){"", 0}, size, r->arena, &rows, &n, &err)) {
        vd_api_fail(r, a, &err);
        return;
    }
    vd_json *out = vd_json_object(), *list = vd_json_array();
    for (size_t i = 0; i < n; i++)
        vd_json_push(list, vd_run_json(&rows[i]));
    vd_json_set(out, "runs", list);
    vd_api_give(r, a, out);
}

void vd_api_gaps(void *ctx, const vd_request *r, vd_answer *a)
{
    vd_err err;
    vd_gap_row *rows;
    size_t n;
    vd_str id = vd_request_param(r, "rule_id");
    if (vd_gaps_open(vd_service_db(ctx), id.p ? id : (vd_str){"", 0}, r->arena, &rows, &n, &err)) {
        vd_api_fail(r, a, &err);
        return;
    }
    vd_json *out = vd_json_object(), *list = vd_json_array();
    for (size_t i = 0; i < n; i++) {
        vd_json *one = vd_json_object();
        vd_json_set_str(one, "rule_id", rows[i].rule_id);
        vd_json_set_time(one, "from", rows[i].since);
        vd_json_set_time(one, "to", rows[i].until);
        vd_json_set_time(one, "seen", rows[i].seen);
        vd_json_push(list, one);
    }
    vd_json_set(out, "gaps", list);
    vd_api_give(r, a, out);
}
