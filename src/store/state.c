/* store/state.c - the store's own few values */
#include "store/store_int.h"

int vd_state_get(vd_conn *c, const char *name, vd_arena *a, vd_str *value, bool *found, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "SELECT value FROM store_state WHERE name = ?", err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, vd_str_from(name));
    int rc = vd_stmt_step(st, err);
    *found = rc == 1;
    if (*found) *value = vd_arena_str(a, vd_stmt_get_blob(st, 0));
    vd_stmt_reset(st);
    return rc < 0 ? VD_IO : 0;
}

int vd_store_state_put(vd_conn *c, const char *name, vd_str value, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "INSERT OR REPLACE INTO store_state(name, value) VALUES (?, ?)", err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, vd_str_from(name));
    vd_stmt_blob(st, 2, value);
    return vd_stmt_run(st, err);
}
