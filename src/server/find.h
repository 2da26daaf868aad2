/* server/find.h - documents and alerts that meet a condition
 *
 * Idea      One pass over the blocks that may hold something of the window; each document meets the
 *           condition as an event meets a rule's. Alerts are read from their table as
 *           documents of their index.
 * Source    Elasticsearch API docs, "Run a search". */
#ifndef VD_SERVER_FIND_H
#define VD_SERVER_FIND_H

#include <signal.h>

#include "plan/plan.h"
#include "server/topk.h"
#include "store/papers.h"
#include "store/store.h"

/* A pattern list of a URL: which stores it speaks of. */
typedef struct vd_targets {
    vd_str pattern;      /* "a,b*"; empty: all */
    bool events, alerts; /* alerts only by a name that begins with a dot, as hidden indices are */
} vd_targets;

/* VD_USAGE: a name without a wildcard that is not there (404), unless `lenient`. */
int vd_targets_read(vd_store *store, vd_db *db, vd_str text, bool lenient, vd_targets *out, vd_err *err);

typedef struct vd_find {
    vd_store *store;
    vd_db *db;
    const vd_targets *targets;
    vd_plan *plan;           /* of one query: any where CONDITION */
    const vd_extract *sort;  /* of the one field that is sorted by; NULL: by number */
    bool descending;
    int64_t since, until;    /* by @timestamp: what need not be read */
    int64_t deadline;        /* vd_mono_ns; 0: none */
    vd_topk *top;
    uint64_t total;          /* [out] documents that meet the condition */
    bool timed_out;          /* [out] the deadline came first */
    vd_scan_counts blocks;   /* [out] */
} vd_find;

/* The plan of `any where CONDITION` over a schema, which is taken. NULL: *err says what EQL
 * has against it (VD_PARSE or VD_VERIFY). */
vd_plan *vd_find_plan(vd_str condition, vd_schema *schema, vd_err *err);
int vd_find_run(vd_find *f, vd_err *err);

#endif
