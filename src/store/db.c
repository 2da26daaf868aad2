/* store/db.c
 *
 * Durability. WAL with synchronous=NORMAL: a commit is written, not synced. After a kill of the
 * process everything committed is there. After a power loss the last commits may be gone, but
 * only from the end: what is there is a prefix of the commits. Whoever needs a commit to outlive
 * a power loss calls vd_db_sync after it. It is enough that it syncs the WAL file: a commit's
 * frames are in the WAL until a checkpoint, and a checkpoint syncs the WAL before and the
 * database after it copies them, before the WAL may be begun anew. */
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/thread.h"
#include "base/wait.h"
#include "store/db_int.h"
#include "store/migrate.h"

/* Other processes may look (`vedette store` beside a service): how long to wait for them, ms. */
#define BUSY_MS 10000
/* Bytes of the WAL at which a checkpoint is made, and at which writers wait for it, so that
 * it can be begun anew. */
#define WAL_CHECKPOINT (8ll << 20)
#define WAL_LARGE      (128ll << 20)

int vd_conn_fail(sqlite3 *sqlite, vd_err *err, const char *doing)
{
    return vd_fail(err, VD_IO, "database: %s: %s", doing, sqlite3_errmsg(sqlite));
}

int vd_conn_exec(vd_conn *c, const char *sql, vd_err *err)
{
    if (sqlite3_exec(c->sqlite, sql, NULL, NULL, NULL) == SQLITE_OK) return 0;
    return vd_conn_fail(c->sqlite, err, "execute");
}

/* Page size and auto_vacuum count only while the file is empty. */
static int set_up(vd_conn *c, bool read_only, vd_err *err)
{
    sqlite3_busy_timeout(c->sqlite, BUSY_MS);
    sqlite3_extended_result_codes(c->sqlite, 1);
    if (read_only) return vd_conn_exec(c, "PRAGMA query_only=1; PRAGMA cache_size=-4096", err);
    return vd_conn_exec(c,
                        "PRAGMA page_size=8192; PRAGMA auto_vacuum=INCREMENTAL;"
                        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;"
                        "PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864;"
                        "PRAGMA foreign_keys=1; PRAGMA cache_size=-8192; PRAGMA temp_store=MEMORY",
                        err);
}

vd_conn *vd_conn_open(const char *path, bool read_only, vd_err *err)
{
    vd_conn *c = vd_calloc(1, sizeof *c);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
    if (sqlite3_open_v2(path, &c->sqlite, flags, NULL) != SQLITE_OK) {
        vd_fail(err, VD_IO, "%s: %s", path, c->sqlite ? sqlite3_errmsg(c->sqlite) : "no memory");
        vd_conn_close(c);
        return NULL;
    }
    if (!set_up(c, read_only, err)) return c;
    vd_conn_close(c);
    return NULL;
}

void vd_conn_close(vd_conn *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->prepared.n; i++)
        sqlite3_finalize(c->prepared.v[i].st);
    vd_vec_free(&c->prepared);
    sqlite3_close(c->sqlite);
    free(c);
}

/* --- checkpoints --- */

static long long wal_bytes(const vd_db *db)
{
    char wal[4096];
    struct stat st;
    snprintf(wal, sizeof wal, "%s-wal", db->path);
    return stat(wal, &st) ? 0 : (long long)st.st_size;
}

/* While writers go on, a checkpoint never reaches their last frame and the WAL only grows; so
 * when it is large they are kept out for what little the first two rounds have left. */
static void checkpoint(vd_db *db, vd_conn *c)
{
    int log = 0, copied = 0;
    int rc = sqlite3_wal_checkpoint_v2(c->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, &log, &copied);
    if (rc != SQLITE_OK || log == copied || wal_bytes(db) < WAL_LARGE) return;
    sqlite3_wal_checkpoint_v2(c->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    pthread_mutex_lock(&db->writing);
    sqlite3_wal_checkpoint_v2(c->sqlite, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    pthread_mutex_unlock(&db->writing);
}

static void *keep(void *ctx)
{
    vd_db *db = ctx;
    vd_thread_begin("vd-sqlite", VD_RANK_BACKGROUND);
    vd_conn *c = vd_conn_open(db->path, false, NULL);
    pthread_mutex_lock(&db->keeping);
    while (!db->closing) {
        pthread_mutex_unlock(&db->keeping);
        if (c && wal_bytes(db) >= WAL_CHECKPOINT) checkpoint(db, c);
        pthread_mutex_lock(&db->keeping);
        if (db->closing) break;
        struct timespec until = vd_wait_until(1000);
        pthread_cond_timedwait(&db->keep, &db->keeping, &until);
    }
    pthread_mutex_unlock(&db->keeping);
    vd_conn_close(c);
    return NULL;
}

/* --- open, close --- */

static void free_db(vd_db *db)
{
    while (db->idle) {
        vd_conn *c = db->idle;
        db->idle = c->next;
        vd_conn_close(c);
    }
    vd_conn_close(db->writer);
    pthread_mutex_destroy(&db->writing);
    pthread_mutex_destroy(&db->lending);
    pthread_mutex_destroy(&db->keeping);
    pthread_cond_destroy(&db->keep);
    free(db->path);
    free(db);
}

static vd_db *new_db(const char *path, vd_db_part part, bool read_only)
{
    vd_db *db = vd_calloc(1, sizeof *db);
    size_t n = strlen(path) + 1;
    db->path = vd_malloc(n);
    memcpy(db->path, path, n);
    db->part = part;
    db->read_only = read_only;
    atomic_init(&db->commits, 1); /* what another process left */
    pthread_mutex_init(&db->writing, NULL);
    pthread_mutex_init(&db->lending, NULL);
    pthread_mutex_init(&db->keeping, NULL);
    vd_cond_init(&db->keep);
    return db;
}

static int open_reading(vd_db *db, vd_err *err)
{
    vd_conn *c = vd_db_reader(db, err);
    if (!c) return VD_IO;
    int code = vd_migrate_check(c, db->part, err);
    vd_db_return(db, c);
    return code;
}

/* SQLite makes files that everybody may read, and the WAL like the database. */
static void make_private(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd >= 0) close(fd); /* else SQLite says why */
}

static int open_writing(vd_db *db, vd_err *err)
{
    make_private(db->path);
    db->writer = vd_conn_open(db->path, false, err);
    if (!db->writer) return VD_IO;
    int code = vd_migrate(db->writer, db->part, err);
    if (code) return code;
    /* One that was killed again and again never came to a checkpoint, and each start reads
     * the whole WAL. */
    if (wal_bytes(db) >= WAL_LARGE)
        sqlite3_wal_checkpoint_v2(db->writer->sqlite, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (pthread_create(&db->keeper, NULL, keep, db))
        return vd_fail(err, VD_IO, "no thread for the database");
    return 0;
}

int vd_db_open(const char *path, vd_db_part part, bool read_only, vd_db **out, vd_err *err)
{
    vd_db *db = new_db(path, part, read_only);
    int code = read_only ? open_reading(db, err) : open_writing(db, err);
    if (code) {
        free_db(db);
        return code;
    }
    *out = db;
    return 0;
}

void vd_db_close(vd_db *db)
{
    if (!db) return;
    if (!db->read_only) {
        pthread_mutex_lock(&db->keeping);
        db->closing = true;
        pthread_cond_signal(&db->keep);
        pthread_mutex_unlock(&db->keeping);
        pthread_join(db->keeper, NULL);
    }
    free_db(db);
}

static int sync_path(const char *path, vd_err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno == ENOENT ? 0 : vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
    int code = fsync(fd) ? vd_fail(err, VD_IO, "%s: %s", path, strerror(errno)) : 0;
    close(fd);
    return code;
}

/* No WAL: everything is in the database, and was synced when it got there. The directory once,
 * because the WAL is new in it. */
int vd_db_sync(vd_db *db, vd_err *err)
{
    char path[4096];
    uint64_t commits = atomic_load(&db->commits);
    if (atomic_load(&db->synced) == commits) return 0;
    snprintf(path, sizeof path, "%s-wal", db->path);
    int code = sync_path(path, err);
    char *slash = strrchr(path, '/');
    snprintf(slash ? slash : path, slash ? 2 : sizeof path, slash ? "/" : ".");
    if (!code && !atomic_load(&db->synced)) code = sync_path(path, err);
    if (!code) atomic_store(&db->synced, commits);
    return code;
}

/* --- connections --- */

vd_conn *vd_db_reader(vd_db *db, vd_err *err)
{
    pthread_mutex_lock(&db->lending);
    vd_conn *c = db->idle;
    if (c) db->idle = c->next;
    pthread_mutex_unlock(&db->lending);
    return c ? c : vd_conn_open(db->path, true, err);
}

void vd_db_return(vd_db *db, vd_conn *c)
{
    if (!c) return;
    for (size_t i = 0; i < c->prepared.n; i++)
        sqlite3_reset(c->prepared.v[i].st);
    pthread_mutex_lock(&db->lending);
    c->next = db->idle;
    db->idle = c;
    pthread_mutex_unlock(&db->lending);
}

vd_conn *vd_db_begin(vd_db *db, vd_err *err)
{
    if (db->read_only) {
        vd_fail(err, VD_UNSUPPORTED, "the database is open for reading only");
        return NULL;
    }
    pthread_mutex_lock(&db->writing);
    if (!vd_conn_exec(db->writer, "BEGIN IMMEDIATE", err)) return db->writer;
    pthread_mutex_unlock(&db->writing);
    return NULL;
}

/* A statement that still has rows would keep the transaction's snapshot. */
static void reset_all(vd_conn *c)
{
    for (size_t i = 0; i < c->prepared.n; i++)
        sqlite3_reset(c->prepared.v[i].st);
}

int vd_db_commit(vd_db *db, vd_conn *c, vd_err *err)
{
    reset_all(c);
    int code = vd_conn_exec(c, "COMMIT", err);
    if (code) vd_conn_exec(c, "ROLLBACK", NULL);
    else atomic_fetch_add(&db->commits, 1);
    pthread_mutex_unlock(&db->writing);
    return code;
}

void vd_db_rollback(vd_db *db, vd_conn *c)
{
    reset_all(c);
    vd_conn_exec(c, "ROLLBACK", NULL);
    pthread_mutex_unlock(&db->writing);
}

/* --- statements --- */

vd_stmt *vd_db_query(vd_conn *c, const char *sql, vd_err *err)
{
    for (size_t i = 0; i < c->prepared.n; i++)
        if (c->prepared.v[i].sql == sql) {
            sqlite3_reset(c->prepared.v[i].st);
            sqlite3_clear_bindings(c->prepared.v[i].st);
            return c->prepared.v[i].st;
        }
    sqlite3_stmt *st = NULL;
    if (sqlite3_prepare_v3(c->sqlite, sql, -1, SQLITE_PREPARE_PERSISTENT, &st, NULL) != SQLITE_OK) {
        vd_conn_fail(c->sqlite, err, sql);
        return NULL;
    }
    *vd_vec_push(&c->prepared) = (vd_prepared){sql, st};
    return st;
}

void vd_stmt_int(vd_stmt *st, int i, int64_t v) { sqlite3_bind_int64(st, i, v); }
void vd_stmt_null(vd_stmt *st, int i) { sqlite3_bind_null(st, i); }

void vd_stmt_text(vd_stmt *st, int i, vd_str s)
{
    sqlite3_bind_text64(st, i, s.p ? s.p : "", s.n, SQLITE_STATIC, SQLITE_UTF8);
}

void vd_stmt_blob(vd_stmt *st, int i, vd_str s)
{
    sqlite3_bind_blob64(st, i, s.p ? s.p : "", s.n, SQLITE_STATIC);
}

int vd_stmt_step(vd_stmt *st, vd_err *err)
{
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) return 1;
    if (rc == SQLITE_DONE) return 0;
    vd_conn_fail(sqlite3_db_handle(st), err, sqlite3_sql(st));
    sqlite3_reset(st);
    return -1;
}

int vd_stmt_run(vd_stmt *st, vd_err *err)
{
    int rc;
    while ((rc = vd_stmt_step(st, err)) == 1)
        continue;
    sqlite3_reset(st);
    return rc ? VD_IO : 0;
}

int64_t vd_stmt_get_int(vd_stmt *st, int column) { return sqlite3_column_int64(st, column); }

vd_str vd_stmt_get_text(vd_stmt *st, int column)
{
    const char *p = (const char *)sqlite3_column_text(st, column);
    return (vd_str){p, (size_t)sqlite3_column_bytes(st, column)};
}

vd_str vd_stmt_get_blob(vd_stmt *st, int column)
{
    const char *p = sqlite3_column_blob(st, column);
    return (vd_str){p, (size_t)sqlite3_column_bytes(st, column)};
}

bool vd_stmt_is_null(vd_stmt *st, int column)
{
    return sqlite3_column_type(st, column) == SQLITE_NULL;
}

void vd_stmt_reset(vd_stmt *st) { sqlite3_reset(st); }

int64_t vd_db_changes(vd_conn *c) { return sqlite3_changes64(c->sqlite); }
