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

int vd_papers_read(vd_db *db, const char *sql, const vd_str *texts, size_t n_texts,
                   void (*row)(void *ctx, vd_stmt *st), void *ctx, size_t *n, vd_err *err)
{
    vd_conn *c = vd_db_reader(db, err);
    if (!c) return VD_IO;
    int rc = -1;
    size_t rows = 0;
    vd_stmt *st = vd_db_query(c, sql, err);
    for (size_t i = 0; st && i < n_texts; i++)
        vd_stmt_text(st, (int)i + 1, texts[i]);
    for (; st && (rc = vd_stmt_step(st, err)) == 1; rows++)
        row(ctx, st);
    if (st) vd_stmt_reset(st);
    vd_db_return(db, c);
    if (n) *n = rows;
    return rc < 0 ? VD_IO : 0;
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

typedef struct one_paper {
    vd_arena *a;
    vd_str *document;
} one_paper;

static void keep_document(void *ctx, vd_stmt *st)
{
    const one_paper *p = ctx;
    *p->document = vd_stmt_copy(st, 0, p->a);
}

int vd_papers_get(vd_db *db, const char *kind, vd_str id, vd_arena *a, vd_str *document, bool *found, vd_err *err)
{
    const vd_str texts[] = {vd_str_from(kind), id};
    one_paper p = {a, document};
    size_t n;
    int code = vd_papers_read(db, "SELECT document FROM papers WHERE kind = ? AND id = ?", texts, 2,
                              keep_document, &p, &n, err);
    *found = n == 1;
    return code;
}

typedef struct taker {
    void (*take)(void *ctx, vd_str id, vd_str document);
    void *ctx;
} taker;

static void give_paper(void *ctx, vd_stmt *st)
{
    const taker *t = ctx;
    t->take(t->ctx, vd_stmt_get_text(st, 0), vd_stmt_get_text(st, 1));
}

int vd_papers_each(vd_db *db, const char *kind, void (*take)(void *ctx, vd_str id, vd_str document), void *ctx,
                   vd_err *err)
{
    const vd_str of = vd_str_from(kind);
    taker t = {take, ctx};
    return vd_papers_read(db, "SELECT id, document FROM papers WHERE kind = ? ORDER BY id", &of, 1, give_paper,
                          &t, NULL, err);
}
