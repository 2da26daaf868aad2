/* vedette.h - Elastic Security's detection rules over events, as a library
 *
 * Use        vedette_rules *rules = vedette_rules_new();
 *            vedette_rules_read(rules, "rules/", &err);
 *            vedette_plan *plan = vedette_plan_new(rules, NULL);
 *            vedette_engine *e = vedette_engine_new(plan, &options, &err);
 *            uint32_t src = vedette_engine_source(e, "events.ndjson", fd);
 *            vedette_engine_feed(e, 0, src, buf, len, cap, offset, line);   ... again and again
 *            vedette_engine_finish(e, &err);                                alerts come here
 * Threads    Rules: one thread. A plan is immutable: any number of engines and threads.
 *            An engine: vedette_engine_feed from as many threads as it was made with
 *            workers, each with its own number; everything else from one thread.
 *            Callbacks come one at a time.
 * Memory     Running out of memory ends the process. Pointers handed to a callback are
 *            valid during the call.
 * Errors     Functions return 0 or a code and fill *err if it is not NULL. A bad rule
 *            or a bad event is no error: it is told to a callback, the rest goes on. */
#ifndef VEDETTE_H
#define VEDETTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define VEDETTE_API __attribute__((visibility("default")))
#else
#define VEDETTE_API
#endif

/* Readable bytes that must stand behind every buffer that is fed. */
#define VEDETTE_PADDING 64
#define VEDETTE_NO_TIME INT64_MIN

typedef struct vedette_rules vedette_rules;
typedef struct vedette_plan vedette_plan;
typedef struct vedette_engine vedette_engine;

typedef struct vedette_error {
    int code;           /* 0: none */
    const char *name;   /* of the code, e.g. "parsing_exception" */
    size_t pos, len;    /* place of the offending text, if len is not 0 */
    char message[1024];
} vedette_error;

/* "0.1.0" */
VEDETTE_API const char *vedette_version(void);

VEDETTE_API vedette_rules *vedette_rules_new(void);
/* Only for rules that did not become a plan. NULL is fine. */
VEDETTE_API void vedette_rules_free(vedette_rules *rules);
/* Field types from a mapping in Elasticsearch's form; after it, a field that the
 * mapping does not hold is an error in a rule. Before the plan. */
VEDETTE_API int vedette_rules_field_types(vedette_rules *rules, const char *json, size_t len,
                                          vedette_error *err);
/* Reads a rule file (detection-rules TOML, Kibana NDJSON) or a directory of them. */
VEDETTE_API int vedette_rules_read(vedette_rules *rules, const char *path, vedette_error *err);
/* Adds one EQL query as a rule of its own. */
VEDETTE_API void vedette_rules_query(vedette_rules *rules, const char *eql, size_t len);

/* What was found wrong. */
typedef struct vedette_problem {
    bool error; /* the rule does not run; else a warning */
    const char *rule_id, *file, *code, *message; /* rule_id NULL: of a file */
    size_t line, column; /* in the file, from 1; 0: unknown */
} vedette_problem;

/* Parses and checks all rules; told what is wrong with them. Returns how many run. */
VEDETTE_API size_t vedette_rules_compile(vedette_rules *rules,
                                         void (*problem)(void *ctx, const vedette_problem *p),
                                         void *ctx);

typedef struct vedette_plan_options {
    bool ignore_index;           /* every rule sees every document */
    const char *category_field;  /* NULL: event.category */
    const char *timestamp_field; /* NULL: @timestamp */
    const char *tiebreaker_field; /* NULL: none */
} vedette_plan_options;

/* The plan of the rules that compiled (compiles them if that was not done). Takes the
 * rules over. options may be NULL. Never NULL. */
VEDETTE_API vedette_plan *vedette_plan_new(vedette_rules *rules, const vedette_plan_options *options);
VEDETTE_API vedette_plan *vedette_plan_ref(vedette_plan *plan);
VEDETTE_API void vedette_plan_unref(vedette_plan *plan);

typedef struct vedette_alert {
    const char *id;        /* 64 hex digits: the same finding is the same id */
    const char *rule_id, *rule_name;
    const char *severity;  /* low, medium, high, critical; after the rule's mappings */
    int64_t risk_score;
    int64_t timestamp;     /* of the last event, ms since 1970 UTC */
    const char *const *event_ids; /* in stage order; NULL for a missing-event stage */
    size_t n_events;
    const char *documents; /* the alert documents, a JSON array: the alert, then its
                              building blocks */
    size_t documents_len;
} vedette_alert;

typedef struct vedette_fault {
    const char *name, *text; /* e.g. "broken_json", "not valid JSON" */
    const char *source;
    uint64_t line, offset;
    const char *field;       /* of a value, else NULL */
} vedette_fault;

typedef struct vedette_engine_options {
    unsigned workers;           /* threads that feed; 0: one */
    const char *default_index;  /* what a document that names no index stands for */
    int64_t since, until;       /* ms, inclusive; VEDETTE_NO_TIME: open */
    int64_t now;                /* @timestamp of the alerts; VEDETTE_NO_TIME: the clock's */
    bool honour_max_signals;    /* at most max_signals alerts a rule: the newest */
    uint64_t max_state;         /* bytes of sequence state; 0: 1 GiB */
    void (*alert)(void *ctx, const vedette_alert *alert);
    void (*fault)(void *ctx, const vedette_fault *fault);
    void *ctx;
} vedette_engine_options;

/* Options with open times and everything else zero. */
VEDETTE_API vedette_engine_options vedette_engine_defaults(void);
/* NULL with *err filled if the options make no sense. Holds a reference to the plan. */
VEDETTE_API vedette_engine *vedette_engine_new(vedette_plan *plan,
                                               const vedette_engine_options *options,
                                               vedette_error *err);
VEDETTE_API void vedette_engine_free(vedette_engine *engine);
/* Adds a source. fd: a file that is read again for alerts and stays open until the
 * engine is freed; -1: events that matter are kept as compressed copies. Returns its
 * number, UINT32_MAX if there are too many. */
VEDETTE_API uint32_t vedette_engine_source(vedette_engine *engine, const char *name, int fd);
/* Takes whole lines of NDJSON. buf has `cap` bytes, of which `len` are text; cap must be
 * at least len + VEDETTE_PADDING. offset: of buf in the source; line: number of its
 * first line, from 1. Returns VD_USAGE's code if cap is too small. */
VEDETTE_API int vedette_engine_feed(vedette_engine *engine, unsigned worker, uint32_t source,
                                    const char *buf, size_t len, size_t cap, uint64_t offset,
                                    uint64_t line);
/* Everything was fed: runs the sequences and reports the alerts. Once. */
VEDETTE_API int vedette_engine_finish(vedette_engine *engine, vedette_error *err);

#ifdef __cplusplus
}
#endif
#endif
