/* store/papers.c - documents under a kind and an id */
#include "store/papers_int.h"

int vd_papers_run(vd_db *db, const char *sql, const vd_str *texts, size_t n, int64_t *changes, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    vd_stmt *st = vd_db_query(c, sql, err);
    for (size_t i = 0; st && i < n; i++)
        vd_stmt_text(st, (int)i + 1, texts[i]);
    int code = st ? vd_stmt_run(st, err) : VD_IO;
    if (!code && changes) *changes = vd_db_changes(c);
    return vd_papers_end(db, c, code, err);
}

int vd_papers_put(vd_db *db, const char *kind, vd_str id, vd_str document, vd_err *err)
{
    const vd_str texts[] = {vd_str_from(kind), id, document};
    return vd_papers_run(db, "INSERT OR REPLACE INTO papers(kind, id, document) VALUES (?, ?, ?)", texts, 3,
                         NULL, err);
}

int vd_papers_delete(vd_db *db, const char *kind, vd_str id, bool *was, vd_err *err)
{
    const vd_str texts[] = {vd_str_from(kind), id};
    int64_t changes = 0;
    int code = vd_papers_run(db, "DELETE FROM papers WHERE kind = ? AND id = ?", texts, 2, &changes, err);
    if (!code && was) *was = changes != 0;
    return code;
}

int vd_papers_get(vd_db *db, const char *kind, vd_str id, vd_arena *a, vd_str *document, bool *found, vd_err *err)
{
    vd_conn *c = vd_db_reader(db, err);
    if (!c) return VD_IO;
    int rc = -1;
    vd_stmt *st = vd_db_query(c, "SELECT document FROM papers WHERE kind = ? AND id = ?", err);
    if (st) {
        vd_stmt_text(st, 1, vd_str_from(kind));
        vd_stmt_text(st, 2, id);
        rc = vd_stmt_step(st, err);
        *found = rc == 1;
        if (rc == 1) *document = vd_stmt_copy(st, 0, a);
        vd_stmt_reset(st);
    }
    vd_db_return(db, c);
    return rc < 0 ? VD_IO : 0;
}

int vd_papers_each(vd_db *db, const char *kind, void (*take)(void *ctx, vd_str id, vd_str document), void *ctx,
                   vd_err *err)
{
    vd_conn *c = vd_db_reader(db, err);
    if (!c) return VD_IO;
    int rc = -1;
    vd_stmt *st = vd_db_query(c, "SELECT id, document FROM papers WHERE kind = ? ORDER BY id", err);
    if (st) {
        vd_stmt_text(st, 1, vd_str_from(kind));
        while ((rc = vd_stmt_step(st, err)) == 1)
            take(ctx, vd_stmt_get_text(st, 0), vd_stmt_get_text(st, 1));
        vd_stmt_reset(st);
    }
    vd_db_return(db, c);
    return rc < 0 ? VD_IO : 0;
}
