/* tests/unit/alert/make.h - a rule and its findings out of JSON text */
#ifndef VD_TESTS_ALERT_MAKE_H
#define VD_TESTS_ALERT_MAKE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "alert/alert.h"
#include "base/clock.h"

#define MAKE_MAX 8

/* Everything one test needs; made by make_rule, released by make_end. */
typedef struct maker {
    vd_arena arena;
    vd_rule rule;
    vd_finding_event events[MAKE_MAX];
    vd_finding finding;
    vd_alert_options options;
    vd_json *alerts;
} maker;

static inline vd_json *make_json(const char *text)
{
    vd_json *v = NULL;
    vd_err err = {0};
    if (vd_json_parse(vd_str_from(text), &v, &err)) fail_msg("%s in %s", err.msg, text);
    return v;
}

/* A medium rule of risk 47, id "rule-1", name "R"; `api` may say more. */
static inline void make_rule(maker *m, const char *api)
{
    *m = (maker){0};
    vd_arena_init(&m->arena, 0);
    m->rule = (vd_rule){.api = make_json(api),
                        .rule_id = VD_STR("rule-1"),
                        .name = VD_STR("R"),
                        .type = VD_STR("eql"),
                        .severity = VD_SEVERITY_MEDIUM,
                        .risk_score = 47,
                        .max_signals = 100,
                        .interval = VD_STR("5m"),
                        .from = VD_STR("now-9m"),
                        .to = VD_STR("now"),
                        .enabled = true};
    m->options = (vd_alert_options){.now = 1767323045678}; /* 2026-01-02T03:04:05.678Z */
    m->finding = (vd_finding){.rule = &m->rule, .events = m->events};
    m->alerts = vd_json_array();
}

/* Adds an event; doc NULL: a stage that is missing as asked. */
static inline void make_event(maker *m, const char *id, const char *index, const char *doc)
{
    vd_finding_event *e = &m->events[m->finding.n_events++];
    if (!doc) {
        e->missing = true;
        return;
    }
    *e = (vd_finding_event){.id = vd_str_from(id),
                            .index = vd_str_from(index),
                            .json = vd_str_from(doc),
                            .doc = make_json(doc),
                            .ts = 1000};
    m->finding.sequence = m->finding.n_events > 1;
}

static inline void make_end(maker *m)
{
    for (size_t i = 0; i < m->finding.n_events; i++)
        vd_json_free(m->events[i].doc);
    vd_json_free(m->rule.api);
    vd_json_free(m->alerts);
    vd_arena_fini(&m->arena);
}

/* The value under the flat key `key` of a document must be `want`, as JSON text;
 * want NULL: there must be none. */
static inline void check_key(maker *m, const vd_json *doc, const char *key, const char *want,
                             int line)
{
    bool has = vd_json_has(doc, key);
    vd_str got = has ? vd_json_text(&m->arena, vd_json_get(doc, key), false) : VD_STR("nothing");
    if (!vd_str_eq(got, want ? vd_str_from(want) : VD_STR("nothing")))
        fail_msg("line %d: %s is %.*s, want %s", line, key, VD_FMT(got), want ? want : "nothing");
}
#define CHECK_KEY(m, doc, key, want) check_key((m), (doc), (key), (want), __LINE__)

static inline void check_text(vd_str got, const char *want, int line)
{
    if (!vd_str_eq(got, vd_str_from(want)))
        fail_msg("line %d: got %.*s, want %s", line, VD_FMT(got), want);
}
#define CHECK_TEXT(got, want) check_text((got), (want), __LINE__)

#endif
