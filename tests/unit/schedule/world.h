/* A store with events, rules on a schedule, and what they found. */
#ifndef VD_TEST_SCHEDULE_WORLD_H
#define VD_TEST_SCHEDULE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "schedule/schedule_int.h"
#include "store/intake.h"

#define M 60000ll                /* a minute */
#define T 1700000000000ll        /* where these tests begin */

typedef struct world {
    char dir[64];
    vd_store *store;
    vd_intake *intake;
    vd_plan *plan;
    vd_schedule *schedule;
    vd_schedule_config config;
    char found[4096]; /* "rule:id+id " for each finding that was new */
    char told[4096];
    vd_arena a;
} world;

static inline int remove_one(const char *path, const struct stat *st, int kind, struct FTW *ftw)
{
    return remove(path);
}

static inline void note(char *out, const vd_finding *f)
{
    size_t n = strlen(out);
    n += (size_t)snprintf(out + n, 4096 - n, "%.*s:", VD_FMT(f->rule->rule_id));
    for (size_t i = 0; i < f->n_events; i++)
        n += (size_t)snprintf(out + n, 4096 - n, "%s%.*s", i ? "+" : "",
                              f->events[i].id.n > 60 ? 5 : (int)f->events[i].id.n, f->events[i].id.p);
    snprintf(out + n, 4096 - n, " ");
}

static inline bool put_alerts(world *w, const vd_finding *f, int64_t now)
{
    vd_err err;
    bool fresh[8] = {0};
    vd_alert_row rows[8] = {0};
    vd_json *docs = vd_json_array();
    vd_alert_documents(f, &(vd_alert_options){.now = now}, docs);
    size_t n = vd_json_len(docs);
    assert_true(n <= 8);
    for (size_t i = 0; i < n; i++) {
        vd_json *doc = vd_json_at(docs, i);
        rows[i] = (vd_alert_row){.id = vd_json_str(vd_json_path(doc, VD_STR("kibana.alert.uuid"))),
                                 .rule_id = f->rule->rule_id,
                                 .rule_name = f->rule->name,
                                 .severity = VD_STR("low"),
                                 .status = VD_STR("open"),
                                 .mode = VD_STR("schedule"),
                                 .ts = f->ts,
                                 .created = now,
                                 .building_block = i > 0,
                                 .document = vd_json_text(&w->a, doc, false)};
    }
    if (n) assert_int_equal(vd_alerts_put(vd_store_papers(w->store), rows, n, fresh, &err), 0);
    vd_json_free(docs);
    return n && fresh[0];
}

static inline bool on_found(void *ctx, const vd_finding *f, int64_t now, const char *kind)
{
    world *w = ctx;
    bool fresh = put_alerts(w, f, now);
    if (fresh) note(w->found, f);
    return fresh;
}

static inline void on_tell(void *ctx, const char *what)
{
    world *w = ctx;
    size_t n = strlen(w->told);
    snprintf(w->told + n, sizeof w->told - n, "%s\n", what);
}

#define RULE(id, query, more)                                                                      \
    "{\"rule_id\":\"" id "\",\"name\":\"" id                                                       \
    "\",\"description\":\"d\",\"risk_score\":1,\"severity\":\"low\",\"type\":\"eql\","             \
    "\"language\":\"eql\",\"interval\":\"5m\",\"from\":\"now-9m\",\"query\":\"" query              \
    "\",\"index\":[\"logs-*\"]" more "}"

static inline vd_plan *plan_of(const char *rules)
{
    vd_schema *schema = vd_schema_new();
    vd_ruleset *set = vd_ruleset_new();
    size_t size = strlen(rules) + 3;
    char *text = vd_malloc(size);
    snprintf(text, size, "[%s]", rules);
    vd_ruleset_read_text(set, vd_str_from(text), "rules", &(vd_read_options){0});
    free(text);
    vd_ruleset_compile(set, schema);
    for (size_t i = 0; i < set->rules.n; i++)
        assert_false(set->rules.v[i]->broken);
    return vd_plan_build(set, schema, &(vd_plan_options){0});
}

static inline void schedule_again(world *w)
{
    vd_err err;
    vd_schedule_free(w->schedule);
    w->schedule = vd_schedule_new(&w->config, &err);
    assert_non_null(w->schedule);
}

static inline void world_open(world *w)
{
    vd_err err;
    vd_store_options o = {.dir = w->dir, .tell = on_tell, .ctx = w};
    if (vd_store_open(&o, &w->store, &err)) fail_msg("%s", err.msg);
}

static inline world *world_new(const char *rules)
{
    world *w = vd_calloc(1, sizeof *w);
    uint64_t seed[2];
    vd_arena_init(&w->a, 0);
    snprintf(w->dir, sizeof w->dir, "/tmp/vd_schedule_XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    world_open(w);
    vd_store_seed(w->store, seed);
    w->intake = vd_intake_new(seed);
    w->plan = plan_of(rules);
    w->config = (vd_schedule_config){
        .store = w->store, .plan = w->plan, .found = on_found, .tell = on_tell, .ctx = w};
    schedule_again(w);
    return w;
}

static inline void world_free(world *w)
{
    vd_schedule_free(w->schedule);
    vd_plan_unref(w->plan);
    vd_intake_free(w->intake);
    vd_store_close(w->store);
    nftw(w->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    vd_arena_fini(&w->a);
    free(w);
}

/* What was committed is matched and sealed, as the service would. */
static inline void seal(world *w)
{
    vd_err err;
    for (vd_batch *b; (b = vd_store_next(w->store, 0));)
        vd_store_done(w->store, b, (vd_str){NULL, 0}, 0);
    assert_int_equal(vd_store_seal(w->store, &err), 0);
}

/* An event of index logs-t-default, received at `received`; more: ",\"x\":1". */
static inline void event(world *w, const char *id, const char *category, int64_t ts, int64_t received,
                         const char *more)
{
    vd_err err;
    char json[1024 + VD_PADDING] = {0};
    snprintf(json, 1024, "{\"@timestamp\":%lld,\"event\":{\"category\":\"%s\"},\"host\":{\"id\":\"h\"}%s}",
             (long long)ts, category, more);
    vd_batch *b = vd_batch_new(received);
    assert_int_equal(vd_intake_add(w->intake, b, VD_STR("logs-t-default"), vd_str_from(id),
                                   vd_str_from(json), NULL),
                     VD_FAULT_NONE);
    if (vd_store_commit(w->store, b, &err)) fail_msg("%s", err.msg);
    vd_batch_unref(b);
}

static inline void step(world *w, int64_t now)
{
    vd_err err;
    if (vd_schedule_step(w->schedule, now, &err)) fail_msg("%s", err.msg);
}

/* What was found since the last call. */
static inline const char *found(world *w)
{
    static char text[4096];
    memcpy(text, w->found, sizeof text);
    w->found[0] = 0;
    return text;
}

/* The k-th newest run of a rule. */
static inline vd_run_row run_of(world *w, const char *rule, size_t k)
{
    vd_err err;
    vd_run_row *rows;
    size_t n;
    assert_int_equal(vd_runs_find(vd_store_papers(w->store), vd_str_from(rule), 1000, &w->a, &rows, &n, &err), 0);
    assert_true(k < n);
    return rows[k];
}

static inline size_t runs_of(world *w, const char *rule)
{
    vd_err err;
    vd_run_row *rows;
    size_t n;
    assert_int_equal(vd_runs_find(vd_store_papers(w->store), vd_str_from(rule), 1000, &w->a, &rows, &n, &err), 0);
    return n;
}

static inline void expect_text(vd_str text, const char *want)
{
    char own[2048];
    snprintf(own, sizeof own, "%.*s", VD_FMT(text));
    assert_string_equal(own, want);
}

#endif
