/* store/upkeep.c - statistics, checking, and what is done once a minute */
#include <dirent.h>
#include <sys/stat.h>

#include "store/store_int.h"

/* --- statistics --- */

static uint64_t size_of(const char *dir, const char *name)
{
    char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &st) ? 0 : (uint64_t)st.st_size;
}

static uint64_t database_bytes(const char *dir, const char *name)
{
    char wal[64], shm[64];
    snprintf(wal, sizeof wal, "%s-wal", name);
    snprintf(shm, sizeof shm, "%s-shm", name);
    return size_of(dir, name) + size_of(dir, wal) + size_of(dir, shm);
}

static int64_t earlier(int64_t a, int64_t b)
{
    if (a == VD_TIME_NONE || b == VD_TIME_NONE) return a == VD_TIME_NONE ? b : a;
    return a < b ? a : b;
}

static void add_block(vd_store_stats *st, const vd_block_info *b)
{
    st->blocks++;
    st->documents += b->docs;
    st->raw_bytes += b->raw;
    st->block_bytes += b->packed;
    st->filter_bytes += b->filter;
    st->id_bytes += 8ull * b->ids;
    st->first_ts = earlier(st->first_ts, b->first_ts);
    if (b->last_ts > st->last_ts) st->last_ts = b->last_ts;
}

static void add_batch(vd_store_stats *st, const vd_batch *b)
{
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_doc *d = &b->docs.v[i];
        if (d->state == VD_DOC_DUPLICATE) continue;
        st->documents++;
        st->first_ts = earlier(st->first_ts, d->ts);
        if (d->ts > st->last_ts) st->last_ts = d->ts;
    }
}

vd_store_stats vd_store_stats_of(vd_store *s)
{
    pthread_mutex_lock(&s->lock);
    vd_store_stats st = s->stats;
    st.first_ts = st.last_ts = VD_TIME_NONE;
    for (size_t i = 0; i < s->blocks.n; i++)
        add_block(&st, &s->blocks.v[i]);
    for (size_t i = 0; i < s->queue.n; i++)
        add_batch(&st, s->queue.v[i].b);
    st.candidate_bytes = s->candidate_bytes;
    st.waiting_bytes = s->waiting;
    st.sealed_seq = s->sealed;
    pthread_mutex_unlock(&s->lock);
    st.last_seq = __atomic_load_n(&s->next_seq, __ATOMIC_RELAXED) - 1;
    st.journal_bytes = vd_journal_bytes(s->journal);
    st.syncs = vd_journal_syncs(s->journal);
    st.disk_bytes = st.journal_bytes + database_bytes(s->dir, "vedette.db") + database_bytes(s->dir, "papers.db");
    return st;
}

typedef VD_VEC(vd_store_index) indices;

static vd_store_index *index_named(indices *all, vd_str name)
{
    for (size_t i = 0; i < all->n; i++)
        if (vd_str_eq(all->v[i].name, name)) return &all->v[i];
    vd_store_index *i = vd_vec_push(all);
    *i = (vd_store_index){.name = name, .first_ts = VD_TIME_NONE, .last_ts = VD_TIME_NONE};
    return i;
}

static void count_block(indices *all, vd_str name, const vd_block_info *b)
{
    vd_store_index *i = index_named(all, name);
    i->blocks++;
    i->documents += b->docs;
    i->raw_bytes += b->raw;
    i->block_bytes += b->packed;
    i->first_ts = earlier(i->first_ts, b->first_ts);
    if (b->last_ts > i->last_ts) i->last_ts = b->last_ts;
}

/* Names in `a`: the batch may go. */
static void count_batch(vd_store *s, indices *all, const vd_batch *b)
{
    for (size_t k = 0; k < b->docs.n; k++) {
        const vd_doc *d = &b->docs.v[k];
        if (d->state == VD_DOC_DUPLICATE) continue;
        uint32_t n = vd_catalog_index(s, b->indices.v[d->index]);
        vd_store_index *i = index_named(all, (vd_str){s->names.v[n].name, s->names.v[n].n});
        i->documents++;
        i->raw_bytes += d->n + 1;
        i->first_ts = earlier(i->first_ts, d->ts);
        if (d->ts > i->last_ts) i->last_ts = d->ts;
    }
}

static int by_name(const void *a, const void *b)
{
    return vd_str_cmp(((const vd_store_index *)a)->name, ((const vd_store_index *)b)->name);
}

int vd_store_each_index(vd_store *s, void (*take)(void *ctx, const vd_store_index *i), void *ctx, vd_err *err)
{
    indices all = {0};
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->blocks.n; i++) {
        const vd_index_name *name = &s->names.v[s->blocks.v[i].index];
        count_block(&all, (vd_str){name->name, name->n}, &s->blocks.v[i]);
    }
    for (size_t i = 0; i < s->queue.n; i++)
        count_batch(s, &all, s->queue.v[i].b);
    pthread_mutex_unlock(&s->lock);
    if (all.n) qsort(all.v, all.n, sizeof *all.v, by_name);
    for (size_t i = 0; i < all.n; i++)
        take(ctx, &all.v[i]);
    vd_vec_free(&all);
    return 0;
}

/* --- space --- */

/* Pages given back in one transaction: writers wait for it. */
#define VACUUM_PAGES "256"

static int64_t pragma(vd_conn *c, const char *sql)
{
    vd_stmt *st = vd_db_query(c, sql, NULL);
    if (!st || vd_stmt_step(st, NULL) != 1) return 0;
    int64_t n = vd_stmt_get_int(st, 0);
    vd_stmt_reset(st);
    return n;
}

/* A step of the vacuum; *left: free pages, behind it. */
static int vacuum_step(vd_db *db, int64_t *left, int64_t *pages, vd_err *err)
{
    vd_conn *c = vd_db_begin(db, err);
    if (!c) return VD_IO;
    vd_stmt *st = vd_db_query(c, "PRAGMA incremental_vacuum(" VACUUM_PAGES ")", err);
    int code = st ? vd_stmt_run(st, err) : VD_IO;
    *left = pragma(c, "PRAGMA freelist_count");
    *pages = pragma(c, "PRAGMA page_count");
    if (!code) return vd_db_commit(db, c, err);
    vd_db_rollback(db, c);
    return code;
}

static int vacuum(vd_db *db, vd_err *err)
{
    int64_t left = 0, before, pages;
    int code;
    do {
        before = left;
        code = vacuum_step(db, &left, &pages, err);
    } while (!code && left > 0 && left != before);
    return code;
}

int vd_store_vacuum(vd_store *s, vd_err *err)
{
    int code = vacuum(s->db, err);
    return code ? code : vacuum(s->papers, err);
}

int vd_store_compact(vd_store *s, vd_err *err)
{
    if (s->o.read_only) return vd_fail(err, VD_UNSUPPORTED, "the store is open for reading only");
    int code = vd_store_retain(s, vd_now_ms(), NULL, err);
    pthread_mutex_lock(&s->upkeep);
    if (!code) code = vd_store_join(s, 2, err);
    if (!code) code = vd_store_vacuum(s, err);
    pthread_mutex_unlock(&s->upkeep);
    return code;
}

/* Small blocks are joined when there are enough of them to matter. */
#define JOIN_AT_LEAST 16
/* Free pages serve the next blocks; they are given back when they are many. */
#define FREE_SHARE 4

/* A clock that jumps ahead must not empty the store: since opening, time goes no faster here
 * than the monotonic clock, but for an hour's correction. */
static int64_t steady_now(const vd_store *s)
{
    int64_t steady = s->opened_ms + (vd_mono_ns() - s->opened_ns) / 1000000 + 3600000;
    int64_t now = vd_now_ms();
    return now < steady ? now : steady;
}

static int give_back(vd_db *db, vd_err *err)
{
    int64_t left = 0, pages = 0;
    int code = vacuum_step(db, &left, &pages, err);
    return code || left <= pages / FREE_SHARE ? code : vacuum(db, err);
}

void vd_store_tidy(vd_store *s)
{
    vd_err err = {0};
    int code = vd_store_retain(s, steady_now(s), NULL, &err);
    pthread_mutex_lock(&s->upkeep);
    if (!code) code = vd_store_join(s, JOIN_AT_LEAST, &err);
    if (!code) code = give_back(s->db, &err);
    if (!code) code = give_back(s->papers, &err);
    pthread_mutex_unlock(&s->upkeep);
    if (code) vd_store_tell(s, "upkeep: %s", err.msg);
}
