/* store/retain.c - whole blocks go: by age of receipt, and the oldest when there is too much */
#include "store/store_int.h"

/* Blocks that go in one transaction: writers wait for it. */
#define AT_ONCE 64
/* SQLite's own share of the file, at most: pages' heads and unfilled last pages. */
#define OVERHEAD(n) ((n) / 32)

static uint64_t size_of(const vd_block_info *i) { return i->packed + i->filter + 8ull * i->ids; }

static int older(const void *a, const void *b)
{
    uint64_t x = ((const vd_block_info *)a)->last_seq, y = ((const vd_block_info *)b)->last_seq;
    return (x > y) - (x < y);
}

typedef VD_VEC(int64_t) block_ids;

/* Chooses among the blocks in order of age. lock held. */
static void choose(vd_store *s, int64_t before, uint64_t excess, block_ids *out)
{
    if (s->blocks.n) qsort(s->blocks.v, s->blocks.n, sizeof *s->blocks.v, older);
    for (size_t i = 0; i < s->blocks.n && out->n < AT_ONCE; i++) {
        const vd_block_info *b = &s->blocks.v[i];
        bool old = before != VD_TIME_NONE && b->last_received < before;
        if (!old && excess == 0) continue;
        uint64_t size = size_of(b) + OVERHEAD(size_of(b));
        excess = size < excess ? excess - size : 0;
        *vd_vec_push(out) = b->id;
    }
}

static void find_doomed(vd_store *s, int64_t now, block_ids *out)
{
    uint64_t journal = vd_journal_bytes(s->journal), total = 0;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->blocks.n; i++)
        total += size_of(&s->blocks.v[i]);
    total += s->candidate_bytes + OVERHEAD(total) + journal;
    uint64_t excess = s->o.max_bytes && total > s->o.max_bytes ? total - s->o.max_bytes : 0;
    choose(s, s->o.retain ? now - s->o.retain : VD_TIME_NONE, excess, out);
    pthread_mutex_unlock(&s->lock);
}

static bool among(const block_ids *ids, int64_t id)
{
    for (size_t i = 0; i < ids->n; i++)
        if (ids->v[i] == id) return true;
    return false;
}

/* The lowest number that stays: candidates below it go. */
static uint64_t lowest_kept(vd_store *s, const block_ids *gone)
{
    pthread_mutex_lock(&s->lock);
    uint64_t lowest = s->sealed + 1;
    for (size_t i = 0; i < s->blocks.n; i++)
        if (!among(gone, s->blocks.v[i].id) && s->blocks.v[i].first_seq < lowest)
            lowest = s->blocks.v[i].first_seq;
    pthread_mutex_unlock(&s->lock);
    return lowest;
}

static int remove_blocks(vd_store *s, const block_ids *ids, vd_err *err)
{
    uint64_t lowest = lowest_kept(s, ids), bytes = 0;
    vd_conn *c = vd_db_begin(s->db, err);
    if (!c) return VD_IO;
    int code = 0;
    for (size_t i = 0; i < ids->n && !code; i++)
        code = vd_catalog_delete(c, ids->v[i], err);
    if (!code) code = vd_candidates_forget(c, lowest, err);
    if (!code) code = vd_candidates_bytes(c, &bytes, err);
    if (code) {
        vd_db_rollback(s->db, c);
        return code;
    }
    if (vd_db_commit(s->db, c, err)) return VD_IO;
    pthread_mutex_lock(&s->lock);
    vd_catalog_forget(s, ids->v, ids->n);
    s->stats.removed_blocks += ids->n;
    s->candidate_bytes = bytes;
    pthread_mutex_unlock(&s->lock);
    return 0;
}

int vd_store_retain(vd_store *s, int64_t now, uint64_t *removed, vd_err *err)
{
    uint64_t n = 0;
    int code = 0;
    block_ids ids = {0};
    if (s->o.read_only) return vd_fail(err, VD_UNSUPPORTED, "the store is open for reading only");
    pthread_mutex_lock(&s->upkeep);
    do {
        ids.n = 0;
        find_doomed(s, now, &ids);
        if (ids.n) code = remove_blocks(s, &ids, err);
        if (!code) n += ids.n;
    } while (!code && ids.n == AT_ONCE);
    pthread_mutex_unlock(&s->upkeep);
    vd_vec_free(&ids);
    if (removed) *removed = n;
    return code;
}
