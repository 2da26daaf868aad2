/* store/migrate.h - the databases' schemas, as numbered steps; private to store/
 *
 * Idea      Each database has its list of steps, in order of number; a step's number is its own
 *           for good and a step that was released is never changed. PRAGMA user_version holds the
 *           number of the last step that a database has seen; what is missing is run, each step
 *           in one transaction. */
#ifndef VD_STORE_MIGRATE_H
#define VD_STORE_MIGRATE_H

#include "store/db_int.h"

typedef struct vd_migration {
    int number;      /* from 1; 0 ends a list */
    const char *sql; /* statements */
} vd_migration;

extern const vd_migration vd_events_migrations[]; /* events_schema.c */
extern const vd_migration vd_papers_migrations[]; /* papers_schema.c */

/* Brings the database to this program's schema. VD_UNSUPPORTED if its steps go further. */
int vd_migrate(vd_conn *c, vd_db_part part, vd_err *err);
/* VD_UNSUPPORTED if the schema is not this program's: for those who may not write. */
int vd_migrate_check(vd_conn *c, vd_db_part part, vd_err *err);

#endif
