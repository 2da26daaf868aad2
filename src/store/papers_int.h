/* store/papers_int.h - what the files of the papers share; private to store/ */
#ifndef VD_STORE_PAPERS_INT_H
#define VD_STORE_PAPERS_INT_H

#include "base/vec.h"
#include "store/papers.h"

/* A column's text, in the arena. */
static inline vd_str vd_stmt_copy(vd_stmt *st, int column, vd_arena *a)
{
    return vd_arena_str(a, vd_stmt_get_text(st, column));
}

/* Text, or NULL where it is empty. */
static inline void vd_stmt_text_or_null(vd_stmt *st, int i, vd_str s)
{
    if (s.n)
        vd_stmt_text(st, i, s);
    else
        vd_stmt_null(st, i);
}

/* Ends what vd_db_begin began: commits if code is 0. */
static inline int vd_papers_end(vd_db *db, vd_conn *c, int code, vd_err *err)
{
    if (!code) return vd_db_commit(db, c, err);
    vd_db_rollback(db, c);
    return code;
}

/* Hands rows collected in a vec out in the arena. */
#define VD_PAPERS_GIVE(a, found, rows, n)                                                           \
    do {                                                                                           \
        *(rows) = vd_arena_calloc((a), (found).n, sizeof *(found).v);                              \
        if ((found).n) memcpy(*(rows), (found).v, (found).n * sizeof *(found).v);                  \
        *(n) = (found).n;                                                                          \
    } while (0)

/* Reads the rows of a statement with texts; `row` is called on each. *n (may be NULL): how many. */
int vd_papers_read(vd_db *db, const char *sql, const vd_str *texts, size_t n_texts,
                   void (*row)(void *ctx, vd_stmt *st), void *ctx, size_t *n, vd_err *err);
/* Runs a statement with one text, in a transaction of its own; *changes (may be NULL): rows. */
int vd_papers_run(vd_db *db, const char *sql, const vd_str *texts, size_t n, int64_t *changes, vd_err *err);

/* --- alert_pack.c: documents of alerts, packed --- */

/* An alert is mostly its rule's text, the same in each alert of the rule: packed by itself
 * a document takes 0.29 of its size, packed against another of its rule 0.02 to 0.05. So a
 * rule's document is kept as a base (a table of its own) and the next ones are packed against
 * it. One that its base does not serve well becomes the rule's next base; that costs what
 * packing it by itself would. */
typedef struct vd_alert_base {
    int64_t id;
    vd_str rule_id, document;
} vd_alert_base;

/* Bases that were read; zeroed: empty. Belongs to one transaction or query. */
typedef struct vd_alert_packer {
    void *in, *out; /* ZSTD_CCtx, ZSTD_DCtx */
    vd_arena arena;
    VD_VEC(vd_alert_base) bases;
    VD_VEC(char) packed;
} vd_alert_packer;

void vd_alert_packer_init(vd_alert_packer *p);
void vd_alert_packer_fini(vd_alert_packer *p);
/* Writes the document of alert `number`; in a transaction. */
int vd_alert_document_put(vd_alert_packer *p, vd_conn *c, vd_str rule_id, int64_t number,
                          vd_str document, vd_err *err);
/* Unpacks from columns (base, raw, document) of st, the first of which is `column`. */
int vd_alert_document_get(vd_alert_packer *p, vd_conn *c, vd_stmt *st, int column, vd_arena *a,
                          vd_str *document, vd_err *err);
/* Removes bases that no document needs. */
int vd_alert_bases_retain(vd_conn *c, vd_err *err);

#endif
