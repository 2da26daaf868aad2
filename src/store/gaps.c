/* store/gaps.c - times that a rule did not look at */
#include "store/papers_int.h"

int vd_gaps_put(vd_db *db, vd_str rule_id, int64_t since, int64_t until, int64_t seen, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    /* A service that starts twice in a row sees the same gap twice. */
    vd_stmt *st = vd_db_query(c,
                              "INSERT INTO gaps(rule_id, since, until, seen) VALUES (?, ?, ?, ?)"
                              " ON CONFLICT (rule_id, since, until) DO NOTHING",
                              err);
    if (st) {
        vd_stmt_text(st, 1, rule_id);
        vd_stmt_int(st, 2, since);
        vd_stmt_int(st, 3, until);
        vd_stmt_int(st, 4, seen);
    }
    return vd_papers_end(db, c, st ? vd_stmt_run(st, err) : VD_IO, err);
}

int vd_gaps_filled(vd_db *db, int64_t number, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    vd_stmt *st = vd_db_query(c, "UPDATE gaps SET filled = 1 WHERE number = ?", err);
    if (st) vd_stmt_int(st, 1, number);
    return vd_papers_end(db, c, st ? vd_stmt_run(st, err) : VD_IO, err);
}

static vd_gap_row row_of(vd_stmt *st, vd_arena *a)
{
    return (vd_gap_row){.number = vd_stmt_get_int(st, 0),
                        .rule_id = vd_stmt_copy(st, 1, a),
                        .since = vd_stmt_get_int(st, 2),
                        .until = vd_stmt_get_int(st, 3),
                        .seen = vd_stmt_get_int(st, 4)};
}

typedef struct gap_list {
    vd_arena *a;
    VD_VEC(vd_gap_row) rows;
} gap_list;

static void add_row(void *ctx, vd_stmt *st)
{
    gap_list *list = ctx;
    *vd_vec_push(&list->rows) = row_of(st, list->a);
}

int vd_gaps_open(vd_db *db, vd_str rule_id, vd_arena *a, vd_gap_row **rows, size_t *n, vd_err *err)
{
    gap_list list = {.a = a};
    int code = vd_papers_read(db,
                              "SELECT number, rule_id, since, until, seen FROM gaps"
                              " WHERE filled = 0 AND (?1 = '' OR rule_id = ?1) ORDER BY since, number",
                              &rule_id, 1, add_row, &list, NULL, err);
    if (!code) VD_PAPERS_GIVE(a, list.rows, rows, n);
    vd_vec_free(&list.rows);
    return code;
}
