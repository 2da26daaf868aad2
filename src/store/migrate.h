/* store/migrate.h - the database's schema, as numbered steps; private to store/
 *
 * Idea      Each part of the store has its list of steps; a step's number is its own for good
 *           and a step that was released is never changed. PRAGMA user_version holds the number
 *           of the last step that a database has seen; what is missing is run in order of
 *           number, each step in one transaction. */
#ifndef VD_STORE_MIGRATE_H
#define VD_STORE_MIGRATE_H

#include "store/db_int.h"

typedef struct vd_migration {
    int number;      /* from 1, unique over all lists; 0 ends a list */
    const char *sql; /* statements */
} vd_migration;

extern const vd_migration vd_events_migrations[]; /* events_schema.c */
extern const vd_migration vd_papers_migrations[]; /* papers_schema.c */

/* Brings the database to this program's schema. VD_UNSUPPORTED if its steps go further. */
int vd_migrate(vd_conn *c, vd_err *err);
/* VD_UNSUPPORTED if the schema is not this program's: for those who may not write. */
int vd_migrate_check(vd_conn *c, vd_err *err);

#endif
