/* store/db.h - SQLite, as this project uses it
 *
 * Idea      One writer connection behind a lock, reader connections lent to threads;
 *           WAL, schema in numbered migrations; statements prepared once a connection.
 * Use       Reading: vd_db_reader, vd_db_query, vd_stmt_*, vd_db_return.
 *           Writing: vd_db_begin, vd_db_query ..., vd_db_commit or vd_db_rollback.
 * Threads   A connection belongs to the thread that has it. */
#ifndef VD_STORE_DB_H
#define VD_STORE_DB_H

#include "base/arena.h"
#include "base/err.h"

typedef struct vd_db vd_db;
typedef struct vd_conn vd_conn;
typedef struct sqlite3_stmt vd_stmt;

/* Which tables a database has. Events and papers have one each, so that who writes alerts never
 * waits for who writes blocks of events. */
typedef enum vd_db_part { VD_DB_EVENTS, VD_DB_PAPERS } vd_db_part;

/* Opens or makes the file and brings its schema to this program's version (migrate.c). VD_IO;
 * VD_UNSUPPORTED if a newer program made it. */
int vd_db_open(const char *path, vd_db_part part, bool read_only, vd_db **out, vd_err *err);
void vd_db_close(vd_db *db);

/* A reader connection; give it back. It sees each statement's own snapshot. NULL: *err. */
vd_conn *vd_db_reader(vd_db *db, vd_err *err);
void vd_db_return(vd_db *db, vd_conn *c);
/* The writer, in a transaction of its own; waits for the lock. NULL: *err. */
vd_conn *vd_db_begin(vd_db *db, vd_err *err);
/* Ends the transaction and gives the writer back, whatever comes of it. */
int vd_db_commit(vd_db *db, vd_conn *c, vd_err *err);
void vd_db_rollback(vd_db *db, vd_conn *c);
/* Everything committed so far outlives a power loss, when this returns; costs nothing if nothing
 * was committed since the last time. A commit by itself outlives the process (a kill), and is
 * lost only with what came after it (db.c). */
int vd_db_sync(vd_db *db, vd_err *err);

/* A prepared statement of that text (kept by the connection; sql is a string that lives on),
 * reset and with nothing bound. NULL: *err. */
vd_stmt *vd_db_query(vd_conn *c, const char *sql, vd_err *err);
/* Binds parameter i, from 1. Text and blobs must live until the statement is reset. */
void vd_stmt_int(vd_stmt *st, int i, int64_t v);
void vd_stmt_text(vd_stmt *st, int i, vd_str s);
void vd_stmt_blob(vd_stmt *st, int i, vd_str s);
void vd_stmt_null(vd_stmt *st, int i);
/* 1: a row; 0: done; -1: *err. */
int vd_stmt_step(vd_stmt *st, vd_err *err);
/* Steps a statement that gives no rows. 0 or a code. */
int vd_stmt_run(vd_stmt *st, vd_err *err);
/* Columns of the row, from 0; text and blobs live until the next step or reset. */
int64_t vd_stmt_get_int(vd_stmt *st, int column);
vd_str vd_stmt_get_text(vd_stmt *st, int column);
vd_str vd_stmt_get_blob(vd_stmt *st, int column);
bool vd_stmt_is_null(vd_stmt *st, int column);
/* Ends a query before its last row; fine to call always. */
void vd_stmt_reset(vd_stmt *st);
/* Rows that the last statement of this connection changed. */
int64_t vd_db_changes(vd_conn *c);

#endif
