/* store/rules.c - rules of the API, and what was said of rules from files */
#include "store/papers_int.h"

#define COLUMNS "rule_id, name, type, source, enabled, mode, version, revision, created, updated, document"

static void bind(vd_stmt *st, const vd_rule_row *r)
{
    vd_stmt_text(st, 1, r->rule_id);
    vd_stmt_text(st, 2, r->name);
    vd_stmt_text(st, 3, r->type);
    vd_stmt_text(st, 4, r->source);
    vd_stmt_int(st, 5, r->enabled);
    vd_stmt_text(st, 6, r->mode);
    vd_stmt_int(st, 7, r->version);
    vd_stmt_int(st, 8, r->revision);
    vd_stmt_int(st, 9, r->created);
    vd_stmt_int(st, 10, r->updated);
    vd_stmt_text(st, 11, r->document);
}

static vd_rule_row row_of(vd_stmt *st, vd_arena *a)
{
    return (vd_rule_row){.rule_id = vd_stmt_copy(st, 0, a),
                         .name = vd_stmt_copy(st, 1, a),
                         .type = vd_stmt_copy(st, 2, a),
                         .source = vd_stmt_copy(st, 3, a),
                         .enabled = vd_stmt_get_int(st, 4) != 0,
                         .mode = vd_stmt_copy(st, 5, a),
                         .version = vd_stmt_get_int(st, 6),
                         .revision = vd_stmt_get_int(st, 7),
                         .created = vd_stmt_get_int(st, 8),
                         .updated = vd_stmt_get_int(st, 9),
                         .document = vd_stmt_copy(st, 10, a)};
}

/* What a person changed is to outlive a power loss: it is synced. */
int vd_rules_put(vd_db *db, const vd_rule_row *row, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    vd_stmt *st = vd_db_query(
        c, "INSERT OR REPLACE INTO rules(" COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", err);
    if (st) bind(st, row);
    int code = vd_papers_end(db, c, st ? vd_stmt_run(st, err) : VD_IO, err);
    return code ? code : vd_db_sync(db, err);
}

int vd_rules_delete(vd_db *db, vd_str rule_id, bool *was, vd_err *err)
{
    int64_t changes = 0;
    int code = vd_papers_run(db, "DELETE FROM rules WHERE rule_id = ?", &rule_id, 1, &changes, err);
    if (!code && was) *was = changes != 0;
    return code ? code : vd_db_sync(db, err);
}

typedef struct rule_list {
    vd_arena *a;
    VD_VEC(vd_rule_row) rows;
} rule_list;

static void add_row(void *ctx, vd_stmt *st)
{
    rule_list *list = ctx;
    *vd_vec_push(&list->rows) = row_of(st, list->a);
}

int vd_rules_get(vd_db *db, vd_str rule_id, vd_arena *a, vd_rule_row *row, vd_err *err)
{
    rule_list list = {.a = a};
    int code = vd_papers_read(db, "SELECT " COLUMNS " FROM rules WHERE rule_id = ?", &rule_id, 1, add_row,
                              &list, NULL, err);
    if (!code && list.rows.n) *row = list.rows.v[0];
    else if (!code) code = vd_fail(err, VD_USAGE, "there is no rule \"%.*s\"", VD_FMT(rule_id));
    vd_vec_free(&list.rows);
    return code;
}

int vd_rules_all(vd_db *db, vd_arena *a, vd_rule_row **rows, size_t *n, vd_err *err)
{
    rule_list list = {.a = a};
    int code = vd_papers_read(db, "SELECT " COLUMNS " FROM rules ORDER BY rule_id", NULL, 0, add_row, &list,
                              NULL, err);
    if (!code) VD_PAPERS_GIVE(a, list.rows, rows, n);
    vd_vec_free(&list.rows);
    return code;
}
