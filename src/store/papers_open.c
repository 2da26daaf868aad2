/* store/papers_open.c - the database of the papers, and what is taken over into it
 *
 * A store of schema 2 kept its papers beside its events. They are copied in one transaction and
 * synced before the events' next step drops the old tables; a kill in between copies them again,
 * which changes nothing. */
#include <unistd.h>

#include "store/db_int.h"
#include "store/papers.h"

#define TAKE(table) "INSERT OR IGNORE INTO main." table " SELECT * FROM old." table ";"
static const char take_all[] =
    "BEGIN IMMEDIATE;" TAKE("alerts") TAKE("alert_documents") TAKE("alert_bases") TAKE("rules")
    TAKE("runs") TAKE("gaps") TAKE("papers") TAKE("api_keys") "COMMIT";

static int has_papers(vd_conn *c, bool *has, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "SELECT count(*) FROM old.sqlite_master WHERE name = 'alerts'", err);
    if (!st || vd_stmt_step(st, err) != 1) return VD_IO;
    *has = vd_stmt_get_int(st, 0) > 0;
    vd_stmt_reset(st);
    return 0;
}

static int attach(vd_conn *c, const char *events, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "ATTACH ? AS old", err);
    if (!st) return VD_IO;
    vd_stmt_text(st, 1, vd_str_from(events));
    return vd_stmt_run(st, err);
}

static int take_over(vd_db *db, vd_conn *c, vd_err *err)
{
    bool has = false;
    int code = has_papers(c, &has, err);
    if (code || !has) return code;
    code = vd_conn_exec(c, take_all, err);
    if (code) vd_conn_exec(c, "ROLLBACK", NULL);
    return code ? code : vd_db_sync(db, err);
}

int vd_papers_open(const char *dir, bool read_only, vd_db **out, vd_err *err)
{
    char path[4096], events[4096];
    snprintf(path, sizeof path, "%s/papers.db", dir);
    snprintf(events, sizeof events, "%s/vedette.db", dir);
    if (read_only && access(path, F_OK) != 0)
        return vd_fail(err, VD_UNSUPPORTED, "%s is not there: open the store for writing once", path);
    int code = vd_db_open(path, VD_DB_PAPERS, read_only, out, err);
    if (code || read_only || access(events, F_OK) != 0) return code;
    vd_conn *c = vd_conn_open(path, false, err);
    if (!c) code = VD_IO;
    if (!code) code = attach(c, events, err);
    if (!code) code = take_over(*out, c, err);
    vd_conn_close(c);
    if (code) {
        vd_db_close(*out);
        *out = NULL;
    }
    return code;
}
