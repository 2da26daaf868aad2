#include "store/migrate.h"

static int last_of(const vd_migration *list)
{
    int last = 0;
    for (; list->number; list++)
        if (list->number > last) last = list->number;
    return last;
}

static int newest(void)
{
    int events = last_of(vd_events_migrations), papers = last_of(vd_papers_migrations);
    return events > papers ? events : papers;
}

static const char *step(const vd_migration *list, int number)
{
    for (; list->number; list++)
        if (list->number == number) return list->sql;
    return NULL;
}

static int version(vd_conn *c, int *out, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "PRAGMA user_version", err);
    if (!st || vd_stmt_step(st, err) != 1) return VD_IO;
    *out = (int)vd_stmt_get_int(st, 0);
    vd_stmt_reset(st);
    return 0;
}

static int run_step(vd_conn *c, int number, vd_err *err)
{
    const char *sql = step(vd_events_migrations, number);
    if (!sql) sql = step(vd_papers_migrations, number);
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d", number);
    if (vd_conn_exec(c, "BEGIN IMMEDIATE", err)) return VD_IO;
    if ((!sql || !vd_conn_exec(c, sql, err)) && !vd_conn_exec(c, mark, err) &&
        !vd_conn_exec(c, "COMMIT", err))
        return 0;
    vd_conn_exec(c, "ROLLBACK", NULL);
    return VD_IO;
}

static int too_new(int at, vd_err *err)
{
    return vd_fail(err, VD_UNSUPPORTED,
                   "the database has schema %d, this program knows %d: a newer Vedette made it", at,
                   newest());
}

int vd_migrate(vd_conn *c, vd_err *err)
{
    int at;
    if (version(c, &at, err)) return VD_IO;
    if (at > newest()) return too_new(at, err);
    while (at < newest())
        if (run_step(c, ++at, err)) return VD_IO;
    return 0;
}

int vd_migrate_check(vd_conn *c, vd_err *err)
{
    int at;
    if (version(c, &at, err)) return VD_IO;
    if (at > newest()) return too_new(at, err);
    if (at < newest())
        return vd_fail(err, VD_UNSUPPORTED,
                       "the database has schema %d and this program wants %d: open it for writing once",
                       at, newest());
    return 0;
}
