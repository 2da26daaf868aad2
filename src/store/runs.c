/* store/runs.c - what each run of a scheduled rule came to */
#include "store/papers_int.h"

#define COLUMNS                                                                                     \
    "rule_id, started, duration_ms, since, until, kind, status, events, candidates, alerts,"        \
    " left_out, gap_ms, message"

static void bind(vd_stmt *st, const vd_run_row *r)
{
    vd_stmt_text(st, 1, r->rule_id);
    vd_stmt_int(st, 2, r->started);
    vd_stmt_int(st, 3, r->duration_ms);
    vd_stmt_int(st, 4, r->since);
    vd_stmt_int(st, 5, r->until);
    vd_stmt_text(st, 6, r->kind);
    vd_stmt_text(st, 7, r->status);
    vd_stmt_int(st, 8, (int64_t)r->events);
    vd_stmt_int(st, 9, (int64_t)r->candidates);
    vd_stmt_int(st, 10, (int64_t)r->alerts);
    vd_stmt_int(st, 11, (int64_t)r->left_out);
    vd_stmt_int(st, 12, r->gap_ms);
    vd_stmt_text(st, 13, r->message);
}

static vd_run_row row_of(vd_stmt *st, vd_arena *a)
{
    return (vd_run_row){.rule_id = vd_stmt_copy(st, 0, a),
                        .started = vd_stmt_get_int(st, 1),
                        .duration_ms = vd_stmt_get_int(st, 2),
                        .since = vd_stmt_get_int(st, 3),
                        .until = vd_stmt_get_int(st, 4),
                        .kind = vd_stmt_copy(st, 5, a),
                        .status = vd_stmt_copy(st, 6, a),
                        .events = (uint64_t)vd_stmt_get_int(st, 7),
                        .candidates = (uint64_t)vd_stmt_get_int(st, 8),
                        .alerts = (uint64_t)vd_stmt_get_int(st, 9),
                        .left_out = (uint64_t)vd_stmt_get_int(st, 10),
                        .gap_ms = vd_stmt_get_int(st, 11),
                        .message = vd_stmt_copy(st, 12, a)};
}

static int put_one(vd_conn *c, const vd_run_row *row, vd_err *err)
{
    vd_stmt *st = vd_db_query(
        c, "INSERT INTO runs(" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err);
    if (!st) return VD_IO;
    bind(st, row);
    return vd_stmt_run(st, err);
}

int vd_runs_put(vd_db *db, const vd_run_row *rows, size_t n, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    int code = 0;
    for (size_t i = 0; i < n && !code; i++)
        code = put_one(c, &rows[i], err);
    return vd_papers_end(db, c, code, err);
}

typedef VD_VEC(vd_run_row) run_rows;

static int read_rows(vd_conn *c, vd_str rule_id, size_t size, vd_arena *a, run_rows *found, vd_err *err)
{
    static const char all[] = "SELECT " COLUMNS " FROM runs ORDER BY started DESC, number DESC LIMIT ?1";
    static const char one[] =
        "SELECT " COLUMNS " FROM runs WHERE rule_id = ?2 ORDER BY started DESC, number DESC LIMIT ?1";
    vd_stmt *st = vd_db_query(c, rule_id.n ? one : all, err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, size > INT64_MAX ? INT64_MAX : (int64_t)size);
    if (rule_id.n) vd_stmt_text(st, 2, rule_id);
    int rc;
    while ((rc = vd_stmt_step(st, err)) == 1)
        *vd_vec_push(found) = row_of(st, a);
    vd_stmt_reset(st);
    return rc < 0 ? VD_IO : 0;
}

int vd_runs_find(vd_db *db, vd_str rule_id, size_t size, vd_arena *a, vd_run_row **rows, size_t *n, vd_err *err)
{
    run_rows found = {0};
    vd_conn *c = vd_db_reader(db, err);
    if (!c) return VD_IO;
    int code = read_rows(c, rule_id, size, a, &found, err);
    vd_db_return(db, c);
    if (!code) VD_PAPERS_GIVE(a, found, rows, n);
    vd_vec_free(&found);
    return code;
}

static int remove_some(vd_db *db, int64_t before, int64_t *n, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    vd_stmt *st = vd_db_query(c,
                              "DELETE FROM runs WHERE number IN (SELECT number FROM runs"
                              " WHERE started < ? ORDER BY started, number LIMIT 2000)",
                              err);
    if (st) vd_stmt_int(st, 1, before);
    int code = st ? vd_stmt_run(st, err) : VD_IO;
    *n = code ? 0 : vd_db_changes(c);
    return vd_papers_end(db, c, code, err);
}

/* In small transactions: who writes meanwhile waits for each. */
int vd_runs_retain(vd_db *db, int64_t before, vd_err *err)
{
    int64_t n;
    int code;
    do
        code = remove_some(db, before, &n, err);
    while (!code && n);
    return code;
}
