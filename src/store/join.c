/* store/join.c - small blocks of one index become one
 *
 * A quiet index is sealed every few seconds, a small block each time. Joined they take less
 * space and less time to choose among. Their numbers do not overlap, so a reader that looks for
 * one of the old blocks finds its documents in the new one by their numbers. */
#include <zstd.h>

#include "store/store_int.h"

typedef VD_VEC(vd_block_info) infos;
typedef VD_VEC(int64_t) block_ids;

static int by_index_and_number(const void *a, const void *b)
{
    const vd_block_info *x = a, *y = b;
    if (x->index != y->index) return x->index < y->index ? -1 : 1;
    return (x->first_seq > y->first_seq) - (x->first_seq < y->first_seq);
}

static void list(vd_store *s, infos *out)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->blocks.n; i++)
        *vd_vec_push(out) = s->blocks.v[i];
    pthread_mutex_unlock(&s->lock);
    if (out->n) qsort(out->v, out->n, sizeof *out->v, by_index_and_number);
}

/* How many from `at` on are joined: neighbours of one index, each small, together a block. */
static size_t group(const vd_store *s, const infos *all, size_t at)
{
    uint64_t raw = 0;
    size_t n = 0;
    for (size_t i = at; i < all->n; i++, n++) {
        const vd_block_info *b = &all->v[i];
        if (b->damaged || b->index != all->v[at].index || b->raw >= s->o.block_bytes / 2) break;
        if (raw + b->raw > s->o.block_bytes + s->o.block_bytes / 4) break;
        raw += b->raw;
    }
    return n;
}

static int add_ids(vd_conn *c, int64_t id, vd_block *to, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "SELECT data FROM block_ids WHERE id = ?", err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, id);
    int rc = vd_stmt_step(st, err);
    if (rc == 1) {
        vd_str data = vd_stmt_get_blob(st, 0);
        vd_bytes_put(&to->ids, data.p, data.n);
    }
    vd_stmt_reset(st);
    return rc < 0 ? VD_IO : 0;
}

static void add_documents(const vd_unpacked *u, vd_intake *in, vd_block *to)
{
    size_t at = 0;
    for (size_t i = 0; i < u->map.seqs.n; i++) {
        size_t end = vd_str_find_byte(u->text, '\n', at);
        vd_str line = vd_str_sub(u->text, at, end);
        vd_block_add(to, line, u->map.seqs.v[i], VD_TIME_NONE, 0);
        vd_intake_hashes(in, line, &to->hashes);
        at = end + 1;
    }
}

static int64_t earlier(int64_t a, int64_t b)
{
    if (a == VD_TIME_NONE || b == VD_TIME_NONE) return a == VD_TIME_NONE ? b : a;
    return a < b ? a : b;
}

/* Times are those of the old blocks: that of a document is not kept beside it. */
static void sum_up(const vd_block_info *old, size_t n, vd_block_info *out)
{
    out->index = old[0].index;
    out->first_ts = out->last_ts = VD_TIME_NONE;
    out->first_received = old[0].first_received;
    out->last_received = old[0].last_received;
    out->untimed = out->ids = 0;
    for (size_t i = 0; i < n; i++) {
        out->first_ts = earlier(out->first_ts, old[i].first_ts);
        if (old[i].last_ts > out->last_ts) out->last_ts = old[i].last_ts;
        out->first_received = earlier(out->first_received, old[i].first_received);
        if (old[i].last_received > out->last_received) out->last_received = old[i].last_received;
        out->untimed += old[i].untimed;
        out->ids += old[i].ids;
    }
}

static int gather(vd_store *s, vd_conn *c, const vd_block_info *old, size_t n, vd_intake *in, vd_block *to,
                  vd_err *err)
{
    vd_unpacked u = {0};
    int code = 0;
    for (size_t i = 0; i < n && !code; i++) {
        code = vd_catalog_read(s, c, &old[i], &u, err);
        if (!code) add_documents(&u, in, to);
        if (!code) code = add_ids(c, old[i].id, to, err);
    }
    vd_unpacked_fini(&u);
    if (!code) sum_up(old, n, &to->info);
    return code;
}

static int replace(vd_store *s, const vd_block_info *old, size_t n, vd_block *joined, vd_err *err)
{
    block_ids ids = {0};
    int code = 0;
    vd_conn *c = vd_db_begin(s->db, err);
    if (!c) return VD_IO;
    for (size_t i = 0; i < n && !code; i++) {
        *vd_vec_push(&ids) = old[i].id;
        code = vd_catalog_delete(c, old[i].id, err);
    }
    if (!code) code = vd_catalog_insert(s, c, joined, err);
    if (code) vd_db_rollback(s->db, c);
    else code = vd_db_commit(s->db, c, err);
    if (!code) {
        pthread_mutex_lock(&s->lock);
        vd_catalog_forget(s, ids.v, ids.n);
        *vd_vec_push(&s->blocks) = joined->info;
        pthread_mutex_unlock(&s->lock);
    }
    vd_vec_free(&ids);
    return code;
}

static int join(vd_store *s, const vd_block_info *old, size_t n, vd_intake *in, void *zstd, vd_err *err)
{
    vd_block b = {0};
    vd_block_reset(&b);
    vd_conn *c = vd_db_reader(s->db, err);
    int code = c ? gather(s, c, old, n, in, &b, err) : VD_IO;
    vd_db_return(s->db, c);
    if (!code) code = vd_block_pack(&b, zstd, err);
    if (!code) code = replace(s, old, n, &b, err);
    vd_block_fini(&b);
    return code == VD_FORMAT ? 0 : code; /* a damaged one was told; it is not joined again */
}

/* upkeep held. */
int vd_store_join(vd_store *s, size_t at_least, vd_err *err)
{
    infos all = {0};
    vd_intake *in = NULL;
    ZSTD_CCtx *zstd = NULL;
    int code = 0;
    list(s, &all);
    for (size_t i = 0, n; i < all.n && !code; i += n ? n : 1) {
        n = group(s, &all, i);
        if (n < at_least || n < 2) continue;
        if (!in) in = vd_intake_new(s->seed);
        if (!zstd && !(zstd = vd_store_zstd(s))) abort();
        code = join(s, &all.v[i], n, in, zstd, err);
    }
    vd_intake_free(in);
    ZSTD_freeCCtx(zstd);
    vd_vec_free(&all);
    return code;
}
