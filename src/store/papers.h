/* store/papers.h - what people and rules leave behind: alerts, rules, runs, notes, keys
 *
 * Idea      Each is a JSON document with columns beside it for what is searched by.
 *           Alerts are written once under their id: the same finding is one row.
 * Threads   From any thread. Documents given out are in the caller's arena. */
#ifndef VD_STORE_PAPERS_H
#define VD_STORE_PAPERS_H

#include "base/json.h"
#include "store/db.h"

/* The papers of the store in that directory; made, if that is to be written and is not there. Those of
 * a store that had one database for all are taken over. VD_IO; VD_UNSUPPORTED as vd_db_open. */
int vd_papers_open(const char *dir, bool read_only, vd_db **out, vd_err *err);

/* --- alerts --- */

/* The index that alerts are in. */
#define VD_ALERTS_INDEX ".alerts-security.alerts-default"

typedef struct vd_alert_row {
    vd_str id;            /* kibana.alert.uuid, 64 hex digits */
    vd_str rule_id, rule_name, severity, status; /* status: open, acknowledged, closed */
    vd_str mode;          /* stream, schedule, manual */
    vd_str host, user;    /* host.name, user.name; may be empty */
    vd_str group;         /* kibana.alert.group.id; empty: no sequence */
    int64_t risk;
    int64_t ts;           /* of the last event */
    int64_t created;      /* @timestamp of the alert */
    bool building_block;  /* one of a sequence's events, or of a building-block rule */
    bool superseded;      /* what came late says that it would not be found now */
    uint64_t number;      /* in order of writing, from 1; given by the store */
    vd_str document;      /* the alert document, JSON on one line */
    bool damaged;         /* its document could not be read: another stands for it, of the
                             columns and with "vedette.damaged" */
} vd_alert_row;

/* Writes alerts in one transaction; those whose id is there already are left as they are.
 * Each row gets its number, 0 if its id was there; *fresh (may be NULL; n of them): which were
 * new. */
int vd_alerts_put(vd_db *db, vd_alert_row *rows, size_t n, bool *fresh, vd_err *err);
/* The alert of that id is marked: its document gets kibana.alert.superseded, true, and
 * kibana.alert.superseded_at. One that is marked, or that is not there, is left alone. */
int vd_alerts_supersede(vd_db *db, vd_str id, int64_t now, vd_err *err);

typedef struct vd_alert_query {
    vd_str rule_id, severity, status, host, user, group, mode; /* empty: any */
    int64_t since, until;    /* by ts; VD_TIME_NONE: open */
    int64_t created_since, created_until;
    int superseded;          /* 0: without, 1: only, -1: with */
    bool building_blocks;    /* with them */
    uint64_t after;          /* numbers above this */
    bool newest_first;
    size_t from, size;
} vd_alert_query;
/* Rows in order of number (or newest first); *total (may be NULL): without from and size. */
int vd_alerts_find(vd_db *db, const vd_alert_query *q, vd_arena *a, vd_alert_row **rows, size_t *n,
                   uint64_t *total, vd_err *err);
/* The query that every alert meets, building blocks and superseded ones too; its size is 0. */
vd_alert_query vd_alerts_all(void);
/* Takes some alerts, valid during the call. Not 0 ends: VD_ALERTS_ENOUGH without an error. */
typedef int vd_alerts_page(void *ctx, const vd_alert_row *rows, size_t n, vd_err *err);
#define VD_ALERTS_ENOUGH (-1)
/* The alerts of q in order of number, page by page; its size and order do not count. */
int vd_alerts_each(vd_db *db, const vd_alert_query *q, vd_alerts_page *page, void *ctx, vd_err *err);
/* An alert as the line that an event of its index would be, {"_index","_id","_source"}; VD_PADDING
 * readable bytes behind it. */
vd_str vd_alert_line(vd_arena *a, const vd_alert_row *row);
/* The line of alert `number`. VD_IO: it is gone. */
int vd_alerts_read(vd_db *db, uint64_t number, vd_arena *a, vd_str *line, vd_err *err);
/* VD_USAGE if there is none, VD_FORMAT if its document is damaged. */
int vd_alerts_get(vd_db *db, vd_str id, vd_arena *a, vd_alert_row *row, vd_err *err);
/* Whether there is an alert of that id; false, too, if the database failed. */
bool vd_alerts_has(vd_db *db, vd_str id);
/* Reads every alert's document; told which are damaged. Returns how many, -1 if it could not be
 * done. */
int64_t vd_alerts_verify(vd_db *db, void (*damaged)(void *ctx, const char *what), void *ctx, vd_err *err);
/* Removes alerts created before `before`, in transactions of some hundred. */
int vd_alerts_retain(vd_db *db, int64_t before, uint64_t *removed, vd_err *err);

/* --- rules --- */

typedef struct vd_rule_row {
    vd_str rule_id;     /* unique */
    vd_str name, type;
    vd_str source;      /* "api", or the file's path */
    bool enabled;
    vd_str mode;        /* "", stream, schedule: "" is the service's */
    int64_t version, revision;
    int64_t created, updated;
    vd_str document;    /* the rule API's form, JSON */
} vd_rule_row;

int vd_rules_put(vd_db *db, const vd_rule_row *row, vd_err *err); /* adds or replaces */
/* VD_USAGE if there is none. */
int vd_rules_get(vd_db *db, vd_str rule_id, vd_arena *a, vd_rule_row *row, vd_err *err);
int vd_rules_delete(vd_db *db, vd_str rule_id, bool *was, vd_err *err);
int vd_rules_all(vd_db *db, vd_arena *a, vd_rule_row **rows, size_t *n, vd_err *err);

/* --- runs of scheduled rules --- */

typedef struct vd_run_row {
    vd_str rule_id;
    int64_t started, duration_ms;
    int64_t since, until;   /* its window */
    vd_str kind;            /* scheduled, catch-up, fill, manual */
    vd_str status;          /* succeeded, partial failure, failed */
    uint64_t events, candidates, alerts, left_out; /* left_out: over the cap */
    int64_t gap_ms;         /* found before this run; 0: none */
    vd_str message;         /* warnings and errors, joined */
} vd_run_row;
int vd_runs_put(vd_db *db, const vd_run_row *rows, size_t n, vd_err *err);
/* The newest first; rule_id empty: all rules. */
int vd_runs_find(vd_db *db, vd_str rule_id, size_t size, vd_arena *a, vd_run_row **rows, size_t *n, vd_err *err);
int vd_runs_retain(vd_db *db, int64_t before, vd_err *err);

/* Gaps: times that a rule did not look at. */
typedef struct vd_gap_row {
    int64_t number;
    vd_str rule_id;
    int64_t since, until, seen;
    bool filled;
} vd_gap_row;
int vd_gaps_put(vd_db *db, vd_str rule_id, int64_t since, int64_t until, int64_t seen, vd_err *err);
int vd_gaps_open(vd_db *db, vd_str rule_id, vd_arena *a, vd_gap_row **rows, size_t *n, vd_err *err);
int vd_gaps_filled(vd_db *db, int64_t number, vd_err *err);

/* --- any other document: exceptions, notes, state --- */

/* kind: "exception", "note", "state", ...; the document is JSON. */
int vd_papers_put(vd_db *db, const char *kind, vd_str id, vd_str document, vd_err *err);
/* *found false: there is none. */
int vd_papers_get(vd_db *db, const char *kind, vd_str id, vd_arena *a, vd_str *document, bool *found, vd_err *err);
int vd_papers_delete(vd_db *db, const char *kind, vd_str id, bool *was, vd_err *err);
int vd_papers_each(vd_db *db, const char *kind, void (*take)(void *ctx, vd_str id, vd_str document), void *ctx, vd_err *err);

/* --- API keys --- */

typedef enum vd_key_role { VD_KEY_NONE, VD_KEY_INGEST, VD_KEY_READ, VD_KEY_ANALYST, VD_KEY_ADMIN } vd_key_role;

typedef struct vd_key_row {
    vd_str id, name;
    vd_key_role role;
    int64_t created, expires; /* expires 0: never */
} vd_key_row;
#define VD_KEY_MAX 160
/* Makes a key; `text` is "id:secret" in base64, as Elasticsearch's `Authorization: ApiKey` has
 * it, and is nowhere stored: the table holds a salted hash. */
int vd_keys_make(vd_db *db, vd_str name, vd_key_role role, int64_t expires, char text[VD_KEY_MAX], vd_err *err);
/* The role of a key's text at `now`; VD_KEY_NONE: no such key, or the table cannot be read. Takes the same time for a wrong
 * secret as for a right one. Reads the table each time, some microseconds: a key that any
 * process revoked is refused at once. */
vd_key_role vd_keys_check(vd_db *db, vd_str text, int64_t now);
int vd_keys_all(vd_db *db, vd_arena *a, vd_key_row **rows, size_t *n, vd_err *err);
int vd_keys_revoke(vd_db *db, vd_str id, bool *was, vd_err *err);
const char *vd_key_role_name(vd_key_role role);
/* VD_KEY_NONE if it is none. */
vd_key_role vd_key_role_from(vd_str name);

#endif
