/* store/db_int.h - what the files that know SQLite share; private to store/ */
#ifndef VD_STORE_DB_INT_H
#define VD_STORE_DB_INT_H

#include <pthread.h>
#include <stdatomic.h>
#include <sqlite3.h>

#include "base/vec.h"
#include "store/db.h"

typedef struct vd_prepared {
    const char *sql; /* compared by address */
    sqlite3_stmt *st;
} vd_prepared;

struct vd_conn {
    sqlite3 *sqlite;
    VD_VEC(vd_prepared) prepared;
    struct vd_conn *next; /* of the idle ones */
};

struct vd_db {
    char *path;
    vd_db_part part;
    bool read_only;
    atomic_uint_fast64_t commits, synced; /* commits so far; those that outlive a power loss */
    pthread_mutex_t writing; /* held from begin to commit or rollback */
    vd_conn *writer;         /* NULL if read_only */
    pthread_mutex_t lending;
    vd_conn *idle;
    pthread_t keeper; /* checkpoints */
    pthread_mutex_t keeping;
    pthread_cond_t keep;
    bool closing;
};

vd_conn *vd_conn_open(const char *path, bool read_only, vd_err *err);
void vd_conn_close(vd_conn *c);
/* Runs statements that give no rows. */
int vd_conn_exec(vd_conn *c, const char *sql, vd_err *err);
int vd_conn_fail(sqlite3 *sqlite, vd_err *err, const char *doing);

#endif
