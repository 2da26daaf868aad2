/* tests/unit/engine/stream_harness.h - rules and events as short texts, and what comes of them
 *
 * Events    "1000:a/x": at 1000 ms, of category a, with key x ("x,y": two values; nothing: none).
 *           Its id is its number, from 1 in the order fed.
 * Log       "rule:1 2, " for each finding, "~rule:1 2, " for one that is superseded. */
#ifndef VD_TEST_STREAM_HARNESS_H
#define VD_TEST_STREAM_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "engine/engine.h"
#include "engine/stream_int.h"

#define MOST_EVENTS 1024
#define MOST_FOUND 8192

typedef struct one_found {
    char id[65];
    char text[96];
    bool superseded;
} one_found;

typedef struct world {
    char *documents[MOST_EVENTS]; /* by number from 1 */
    uint64_t n;
    vd_plan *plan;
    vd_stream *stream;
    int64_t lateness;
    uint32_t records; /* of a log segment; 0: as it is */
    uint64_t budget;  /* of replays; 0: as it is */
    one_found found[MOST_FOUND];
    size_t n_found;
    char log[1 << 14];
    unsigned reads, faults;
} world;

static vd_plan *plan_of(const char *const *queries, size_t n)
{
    VD_VEC(char) text = {0};
    vd_vec_reserve(&text, 1 << 16);
    size_t at = (size_t)snprintf(text.v, 1 << 16, "[");
    for (size_t i = 0; i < n; i++) {
        const char *name = queries[2 * i], *query = queries[2 * i + 1];
        at += (size_t)snprintf(text.v + at, (1 << 16) - at,
                               "%s{\"rule_id\":\"%s\",\"name\":\"n\",\"description\":\"d\",\"risk_score\":1,"
                               "\"severity\":\"low\",\"type\":\"eql\",\"language\":\"eql\",\"query\":\"%s\"}",
                               i ? "," : "", name, query);
    }
    at += (size_t)snprintf(text.v + at, (1 << 16) - at, "]");
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_schema_new();
    vd_ruleset_read_text(set, (vd_str){text.v, at}, "rules", &(vd_read_options){0});
    vd_ruleset_compile(set, schema);
    for (size_t i = 0; i < set->rules.n; i++)
        if (set->rules.v[i]->broken)
            fail_msg("%.*s: %.*s", VD_FMT(set->rules.v[i]->query),
                     VD_FMT(set->rules.v[i]->problems.v[0].msg));
    vd_plan *plan = vd_plan_build(set, schema, &(vd_plan_options){.ignore_index = true});
    assert_int_equal(vd_plan_rule_count(plan), n);
    vd_vec_free(&text);
    return plan;
}

static int read_document(void *ctx, uint64_t seq, vd_arena *a, vd_str *line, vd_err *err)
{
    world *w = ctx;
    w->reads++;
    if (seq < 1 || seq > w->n) return vd_fail(err, VD_IO, "there is no document %d", (int)seq);
    size_t n = strlen(w->documents[seq]);
    char *own = vd_arena_alloc(a, n + VD_PADDING);
    memcpy(own, w->documents[seq], n);
    memset(own + n, 0, VD_PADDING);
    *line = (vd_str){own, n};
    return 0;
}

static void describe(const vd_finding *f, char out[96])
{
    size_t n = (size_t)snprintf(out, 96, "%.*s:", VD_FMT(f->rule->rule_id));
    for (size_t i = 0; i < f->n_events && n < 80; i++)
        n += (size_t)snprintf(out + n, 96 - n, "%s%.*s", i ? " " : "",
                              VD_FMT(f->events[i].missing ? VD_STR("-") : f->events[i].id));
}

static void add_log(world *w, const char *before, const char *text)
{
    size_t n = strlen(w->log);
    snprintf(w->log + n, sizeof w->log - n, "%s%s, ", before, text);
}

static void on_found(void *ctx, const vd_finding *f, const char id[65])
{
    world *w = ctx;
    assert_true(w->n_found < MOST_FOUND);
    one_found *one = &w->found[w->n_found++];
    memcpy(one->id, id, 65);
    one->superseded = false;
    describe(f, one->text);
    add_log(w, "", one->text);
}

static void on_superseded(void *ctx, const vd_rule *rule, const char id[65])
{
    world *w = ctx;
    const char *text = NULL;
    (void)rule;
    for (size_t i = 0; i < w->n_found; i++) {
        if (w->found[i].superseded || strcmp(w->found[i].id, id) != 0) continue;
        w->found[i].superseded = true;
        text = w->found[i].text;
    }
    if (!text) fail_msg("%s is superseded but was not found", id);
    add_log(w, "~", text);
}

static void on_stream_fault(void *ctx, const vd_fault_report *r)
{
    (void)r;
    ((world *)ctx)->faults++;
}

static vd_stream *new_stream(world *w, vd_plan *plan)
{
    static const vd_alert_options alerts = {0};
    vd_err err = {0};
    vd_stream *s = vd_stream_new(&(vd_stream_config){.plan = plan,
                                                     .lateness = w->lateness,
                                                     .default_maxspan = 60000,
                                                     .read = read_document,
                                                     .found = on_found,
                                                     .superseded = on_superseded,
                                                     .fault = on_stream_fault,
                                                     .alerts = &alerts,
                                                     .ctx = w},
                                 &err);
    assert_non_null(s);
    if (w->records) s->room.records = w->records;
    if (w->budget) s->replay_budget = w->budget;
    return s;
}

/* "x,y" as JSON, or nothing. */
static size_t put_values(char *out, size_t room, const char *key, size_t n)
{
    if (!n) return 0;
    size_t at = (size_t)snprintf(out, room, ",\"k\":[");
    for (size_t i = 0; i < n; i++)
        if (key[i] != ',')
            at += (size_t)snprintf(out + at, room - at, "%s\"%c\"", i ? "," : "", key[i]);
    return at + (size_t)snprintf(out + at, room - at, "]");
}

/* One event as a document, kept by its number. */
static const char *add_document(world *w, int64_t ts, char category, const char *key, size_t n_key)
{
    char text[512];
    uint64_t number = ++w->n;
    assert_true(number < MOST_EVENTS);
    size_t n = (size_t)snprintf(text, sizeof text,
                                "{\"@timestamp\":%lld,\"event.category\":\"%c\",\"event.id\":\"%llu\"",
                                (long long)ts, category, (unsigned long long)number);
    n += put_values(text + n, sizeof text - n, key, n_key);
    snprintf(text + n, sizeof text - n, "}");
    return w->documents[number] = strdup(text);
}

/* Documents first to w->n as one block. */
static void feed_from(world *w, uint64_t first, int64_t now)
{
    vd_err err = {0};
    size_t n = 0;
    for (uint64_t i = first; i <= w->n; i++) n += strlen(w->documents[i]) + 1;
    char *text = calloc(n + VD_PADDING + 1, 1), *at = text;
    for (uint64_t i = first; i <= w->n; i++) at += sprintf(at, "%s\n", w->documents[i]);
    int code = vd_stream_feed(w->stream, &(vd_stream_block){text, n, first, NULL, now}, &err);
    if (code) fail_msg("%s", err.msg);
    free(text);
}

static const char *tick(world *w, int64_t now)
{
    vd_err err;
    w->log[0] = 0;
    assert_int_equal(vd_stream_tick(w->stream, now, &err), 0);
    return w->log;
}

#endif
