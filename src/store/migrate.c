#include "store/migrate.h"

static const vd_migration *steps_of(vd_db_part part)
{
    return part == VD_DB_EVENTS ? vd_events_migrations : vd_papers_migrations;
}

static int newest(vd_db_part part)
{
    int last = 0;
    for (const vd_migration *step = steps_of(part); step->number; step++)
        last = step->number;
    return last;
}

static int version(vd_conn *c, int *out, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "PRAGMA user_version", err);
    if (!st || vd_stmt_step(st, err) != 1) return VD_IO;
    *out = (int)vd_stmt_get_int(st, 0);
    vd_stmt_reset(st);
    return 0;
}

static int run_step(vd_conn *c, const vd_migration *step, vd_err *err)
{
    char mark[64];
    snprintf(mark, sizeof mark, "PRAGMA user_version = %d", step->number);
    if (vd_conn_exec(c, "BEGIN IMMEDIATE", err)) return VD_IO;
    if (!vd_conn_exec(c, step->sql, err) && !vd_conn_exec(c, mark, err) && !vd_conn_exec(c, "COMMIT", err))
        return 0;
    vd_conn_exec(c, "ROLLBACK", NULL);
    return VD_IO;
}

static int too_new(int at, vd_db_part part, vd_err *err)
{
    return vd_fail(err, VD_UNSUPPORTED,
                   "the database has schema %d, this program knows %d: a newer Vedette made it", at,
                   newest(part));
}

int vd_migrate(vd_conn *c, vd_db_part part, vd_err *err)
{
    int at;
    if (version(c, &at, err)) return VD_IO;
    if (at > newest(part)) return too_new(at, part, err);
    for (const vd_migration *step = steps_of(part); step->number; step++)
        if (step->number > at && run_step(c, step, err)) return VD_IO;
    return 0;
}

int vd_migrate_check(vd_conn *c, vd_db_part part, vd_err *err)
{
    int at;
    if (version(c, &at, err)) return VD_IO;
    if (at > newest(part)) return too_new(at, part, err);
    if (at < newest(part))
        return vd_fail(err, VD_UNSUPPORTED,
                       "the database has schema %d and this program wants %d: open it for writing once",
                       at, newest(part));
    return 0;
}
