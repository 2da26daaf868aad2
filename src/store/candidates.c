/* store/candidates.c - what the rules made of documents, kept beside them
 *
 * A row holds what one plan made of consecutive batches that were sealed together. Its bytes,
 * packed: for each batch the documents' count (varint), the candidates' length (varint) and
 * the candidates. */
#include <xxhash.h>
#include <zstd.h>

#include "store/store_int.h"

static int64_t latest(const vd_batch *b, int64_t last)
{
    for (size_t i = 0; i < b->docs.n; i++)
        if (b->docs.v[i].ts != VD_TIME_NONE && b->docs.v[i].ts > last) last = b->docs.v[i].ts;
    return last; /* VD_TIME_NONE is the lowest */
}

static int put_row(vd_conn *c, const vd_entry *e, size_t n, const vd_bytes *raw, const vd_bytes *packed,
                   vd_err *err)
{
    const vd_batch *last = e[n - 1].b;
    int64_t ts = VD_TIME_NONE;
    for (size_t i = 0; i < n; i++)
        ts = latest(e[i].b, ts);
    vd_stmt *st = vd_db_query(c,
                              "INSERT OR REPLACE INTO candidates(first_seq, last_seq, last_ts, plan, raw, "
                              "xxh, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
                              err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, (int64_t)e[0].b->seq);
    vd_stmt_int(st, 2, (int64_t)(last->seq + last->docs.n - 1));
    if (ts == VD_TIME_NONE) vd_stmt_null(st, 3);
    else vd_stmt_int(st, 3, ts);
    vd_stmt_int(st, 4, (int64_t)e[0].plan);
    vd_stmt_int(st, 5, (int64_t)raw->n);
    vd_stmt_int(st, 6, (int64_t)XXH64(packed->v, packed->n, 0));
    vd_stmt_blob(st, 7, (vd_str){packed->v, packed->n});
    return vd_stmt_run(st, err);
}

static int put_run(vd_conn *c, const vd_entry *e, size_t n, uint64_t *bytes, vd_err *err)
{
    vd_bytes raw = {0}, packed = {0};
    for (size_t i = 0; i < n; i++) {
        vd_varint_put(&raw, e[i].b->docs.n);
        vd_varint_put(&raw, e[i].candidates_n);
        vd_bytes_put(&raw, e[i].candidates, e[i].candidates_n);
    }
    vd_vec_reserve(&packed, ZSTD_compressBound(raw.n));
    packed.n = ZSTD_compress(packed.v, packed.cap, raw.v, raw.n, 3);
    int code = ZSTD_isError(packed.n) ? vd_fail(err, VD_IO, "candidates cannot be packed")
                                      : put_row(c, e, n, &raw, &packed, err);
    if (!code) *bytes += packed.n;
    vd_vec_free(&raw);
    vd_vec_free(&packed);
    return code;
}

int vd_candidates_put(vd_conn *c, const vd_entry *entries, size_t n, uint64_t *bytes, vd_err *err)
{
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && entries[end].plan == entries[i].plan;)
            end++;
        /* No plan: nobody will ask for it. */
        if (entries[i].plan && put_run(c, entries + i, end - i, bytes, err)) return VD_IO;
    }
    return 0;
}

int vd_candidates_forget(vd_conn *c, uint64_t before, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "DELETE FROM candidates WHERE last_seq < ?", err);
    if (!st) return VD_IO;
    vd_stmt_int(st, 1, before > INT64_MAX ? INT64_MAX : (int64_t)before);
    return vd_stmt_run(st, err);
}

int vd_candidates_bytes(vd_conn *c, uint64_t *bytes, vd_err *err)
{
    vd_stmt *st = vd_db_query(c, "SELECT coalesce(sum(length(data)), 0) FROM candidates", err);
    if (!st || vd_stmt_step(st, err) != 1) return VD_IO;
    *bytes = (uint64_t)vd_stmt_get_int(st, 0);
    vd_stmt_reset(st);
    return 0;
}

/* --- reading --- */

typedef bool take_fn(void *ctx, vd_str candidates, uint64_t first_seq, uint64_t last_seq);

/* Gives the batches of an unpacked row. false: the caller has enough. */
static bool give(vd_str raw, uint64_t seq, take_fn *take, void *ctx, bool *good)
{
    uint64_t docs, n;
    while (raw.n) {
        *good = vd_varint_get(&raw, &docs) && vd_varint_get(&raw, &n) && n <= raw.n && docs > 0;
        if (!*good) return true;
        if (!take(ctx, vd_str_sub(raw, 0, n), seq, seq + docs - 1)) return false;
        raw = vd_str_sub(raw, n, raw.n);
        seq += docs;
    }
    return true;
}

/* A damaged row is a hole, and told. */
static bool give_row(vd_store *s, vd_stmt *st, take_fn *take, void *ctx)
{
    vd_str data = vd_stmt_get_blob(st, 3);
    uint64_t seq = (uint64_t)vd_stmt_get_int(st, 0), raw = (uint64_t)vd_stmt_get_int(st, 1);
    bool more = true, good = XXH64(data.p, data.n, 0) == (uint64_t)vd_stmt_get_int(st, 2) &&
                             ZSTD_getFrameContentSize(data.p, data.n) == raw;
    char *bytes = good ? vd_malloc(raw + 1) : NULL;
    good = good && ZSTD_decompress(bytes, raw, data.p, data.n) == raw;
    if (good) more = give((vd_str){bytes, raw}, seq, take, ctx, &good);
    if (!good) vd_store_tell(s, "candidates from document %llu on are damaged", (unsigned long long)seq);
    free(bytes);
    return more;
}

/* What is done and not yet sealed, copied; *first: the number it begins with. */
static void waiting(vd_store *s, uint64_t plan, vd_bytes *out, uint64_t *first)
{
    pthread_mutex_lock(&s->lock);
    *first = s->queue.n ? s->queue.v[0].b->seq : UINT64_MAX;
    for (size_t i = 0; i < s->queue.n && s->queue.v[i].done && s->queue.v[i].plan == plan; i++) {
        vd_varint_put(out, s->queue.v[i].b->docs.n);
        vd_varint_put(out, s->queue.v[i].candidates_n);
        vd_bytes_put(out, s->queue.v[i].candidates, s->queue.v[i].candidates_n);
    }
    pthread_mutex_unlock(&s->lock);
}

static int each_row(vd_store *s, int64_t since, uint64_t plan, uint64_t before, take_fn *take, void *ctx,
                    bool *more, vd_err *err)
{
    vd_conn *c = vd_db_reader(s->db, err);
    if (!c) return VD_IO;
    vd_stmt *st = vd_db_query(c,
                              "SELECT first_seq, raw, xxh, data FROM candidates WHERE plan = ? AND "
                              "last_ts >= ? AND first_seq < ? ORDER BY first_seq",
                              err);
    int rc = st ? 0 : -1;
    if (st) {
        vd_stmt_int(st, 1, (int64_t)plan);
        vd_stmt_int(st, 2, since);
        vd_stmt_int(st, 3, before > INT64_MAX ? INT64_MAX : (int64_t)before);
        while (*more && (rc = vd_stmt_step(st, err)) == 1)
            *more = give_row(s, st, take, ctx);
        vd_stmt_reset(st);
    }
    vd_db_return(s->db, c);
    return rc < 0 ? VD_IO : 0;
}

int vd_store_candidates(vd_store *s, int64_t since, uint64_t plan, take_fn *take, void *ctx, vd_err *err)
{
    vd_bytes rest = {0};
    uint64_t first;
    bool more = true, good;
    /* First what waits: what is sealed meanwhile is then not given twice. */
    waiting(s, plan, &rest, &first);
    int code = each_row(s, since, plan, first, take, ctx, &more, err);
    if (!code && more) give((vd_str){rest.v, rest.n}, first, take, ctx, &good);
    vd_vec_free(&rest);
    return code;
}

int vd_store_candidates_of_others(vd_store *s, int64_t since, uint64_t plan, uint64_t *documents, vd_err *err)
{
    vd_conn *c = vd_db_reader(s->db, err);
    if (!c) return VD_IO;
    vd_stmt *st = vd_db_query(c,
                              "SELECT coalesce(sum(last_seq - first_seq + 1), 0) FROM candidates "
                              "WHERE plan <> ? AND last_ts >= ?",
                              err);
    int rc = -1;
    if (st) {
        vd_stmt_int(st, 1, (int64_t)plan);
        vd_stmt_int(st, 2, since);
        rc = vd_stmt_step(st, err);
        if (rc == 1) *documents = (uint64_t)vd_stmt_get_int(st, 0);
        vd_stmt_reset(st);
    }
    vd_db_return(s->db, c);
    return rc == 1 ? 0 : VD_IO;
}
