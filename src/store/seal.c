/* store/seal.c - batches become blocks
 *
 * Durability. A round takes batches from the queue's front, makes blocks of their documents and
 * writes blocks, candidates and `sealed`, the last number that is in blocks, in one
 * transaction. A kill before its commit leaves the journal as it was; after it, the journal's
 * records up to `sealed` are known to be sealed and are not taken up again. Commits are not
 * synced (db.c): a power loss may take the transaction back. The journal must then still be
 * there. So a segment is removed only after vd_db_sync returned, which covers the transaction
 * that sealed its last record. Alerts are in a database of their own: those of the documents
 * that a round seals are synced before it commits, so that what is sealed has its alerts, and
 * what is not sealed is matched again. That the removal itself is not synced does no harm: a segment that is there
 * again holds nothing above `sealed`, and goes when the store is opened. */
#include <zstd.h>

#include "base/thread.h"
#include "base/wait.h"
#include "store/store_int.h"

/* What is done but too little for a block is sealed after this, ns. */
#define IDLE_NS (5ll * 1000000000)
/* After a round that failed (a full disk), and between upkeeps. */
#define RETRY_NS  (1ll * 1000000000)
#define UPKEEP_NS (60ll * 1000000000)
/* Batches of several indices make smaller blocks of each: then more is sealed at once. */
#define MAX_TARGETS 4

typedef struct sealer {
    vd_store *s;
    ZSTD_CCtx *zstd;
    VD_VEC(vd_block) open;     /* by index; buffers are kept */
    VD_VEC(vd_block) finished; /* info, packed, ids, filter */
    VD_VEC(uint32_t) numbers;  /* of the indices of the batch at hand */
    size_t indices;            /* of the last round */
    size_t ready;              /* batches at the queue's front that are done, counted so far */
    uint64_t ready_bytes;
    int64_t retry_at, upkeep_at;
} sealer;

/* --- making blocks --- */

static int finish(sealer *z, vd_block *b, vd_err *err)
{
    if (b->info.docs == 0) return 0;
    if (vd_block_pack(b, z->zstd, err)) return VD_IO;
    vd_block *f = vd_vec_push(&z->finished);
    *f = (vd_block){.info = b->info, .packed = b->packed, .ids = b->ids, .filter = b->filter};
    memset(&b->packed, 0, sizeof b->packed);
    memset(&b->ids, 0, sizeof b->ids);
    memset(&b->filter, 0, sizeof b->filter);
    uint32_t index = b->info.index;
    vd_block_reset(b);
    b->info.index = index;
    return 0;
}

static vd_block *block_of(sealer *z, uint32_t index)
{
    for (size_t i = 0; i < z->open.n; i++)
        if (z->open.v[i].info.index == index) return &z->open.v[i];
    vd_block *b = vd_vec_push(&z->open);
    memset(b, 0, sizeof *b);
    vd_block_reset(b);
    b->info.index = index;
    return b;
}

static void add_document(vd_block *to, const vd_batch *b, size_t i)
{
    const vd_doc *d = &b->docs.v[i];
    size_t end = i + 1 < b->docs.n ? b->docs.v[i + 1].hash_at : b->hashes.n;
    vd_block_add(to, (vd_str){b->text.v + d->at, d->n}, b->seq + i, d->ts, b->received);
    for (int k = 0; k < 2; k++)
        if (d->ids[k]) vd_block_add_id(to, d->ids[k]);
    for (size_t h = d->hash_at; h < end; h++)
        *vd_vec_push(&to->hashes) = b->hashes.v[h];
}

/* Numbers of the batch's indices, all asked for at once: the lock is also that of who takes
 * documents in and of the rules, who should not wait for a thread with less right to run. */
static void number_indices(sealer *z, const vd_batch *b)
{
    vd_vec_reserve(&z->numbers, b->indices.n);
    pthread_mutex_lock(&z->s->lock);
    for (size_t i = 0; i < b->indices.n; i++)
        z->numbers.v[i] = vd_catalog_index(z->s, b->indices.v[i]);
    pthread_mutex_unlock(&z->s->lock);
}

static int add_batch(sealer *z, const vd_batch *b, vd_err *err)
{
    number_indices(z, b);
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_doc *d = &b->docs.v[i];
        if (d->state == VD_DOC_DUPLICATE) continue;
        vd_block *to = block_of(z, z->numbers.v[d->index]);
        add_document(to, b, i);
        if (to->text.n >= z->s->o.block_bytes && finish(z, to, err)) return VD_IO;
    }
    return 0;
}

static int make_blocks(sealer *z, const vd_entry *entries, size_t n, vd_err *err)
{
    for (size_t i = 0; i < n; i++)
        if (add_batch(z, entries[i].b, err)) return VD_IO;
    for (size_t i = 0; i < z->open.n; i++)
        if (finish(z, &z->open.v[i], err)) return VD_IO;
    return 0;
}

static size_t indices(const sealer *z)
{
    size_t n = 0;
    for (size_t i = 0; i < z->finished.n; i++) {
        size_t k = 0;
        while (k < i && z->finished.v[k].info.index != z->finished.v[i].info.index)
            k++;
        n += k == i;
    }
    return n;
}

/* Empties what a round left; buffers of a few indices are kept for the next. */
static void clear(sealer *z, size_t keep)
{
    z->indices = indices(z);
    for (size_t i = 0; i < z->finished.n; i++)
        vd_block_fini(&z->finished.v[i]);
    z->finished.n = 0;
    while (z->open.n > keep)
        vd_block_fini(&z->open.v[--z->open.n]);
    for (size_t i = 0; i < z->open.n; i++) {
        uint32_t index = z->open.v[i].info.index;
        vd_block_reset(&z->open.v[i]);
        z->open.v[i].info.index = index;
    }
}

/* --- writing them --- */

static int put_sealed(vd_conn *c, uint64_t seq, vd_err *err)
{
    char bytes[8];
    vd_put64(bytes, seq);
    return vd_store_state_put(c, "sealed", (vd_str){bytes, 8}, err);
}

static int put_all(sealer *z, vd_conn *c, const vd_entry *entries, size_t n, uint64_t sealed,
                   uint64_t *candidates, vd_err *err)
{
    for (size_t i = 0; i < z->finished.n; i++)
        if (vd_catalog_insert(z->s, c, &z->finished.v[i], err)) return VD_IO;
    if (vd_candidates_put(c, entries, n, candidates, err)) return VD_IO;
    return put_sealed(c, sealed, err);
}

/* What was written is now what readers see: blocks instead of batches. */
static void publish(sealer *z, size_t n, uint64_t sealed, uint64_t candidates)
{
    vd_store *s = z->s;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < z->finished.n; i++)
        *vd_vec_push(&s->blocks) = z->finished.v[i].info;
    for (size_t i = 0; i < n; i++)
        s->waiting -= vd_batch_bytes(s->queue.v[i].b);
    s->queue.n -= n;
    s->given -= n;
    if (s->queue.n) memmove(s->queue.v, s->queue.v + n, s->queue.n * sizeof *s->queue.v);
    s->sealed = sealed;
    s->candidate_bytes += candidates;
    pthread_mutex_unlock(&s->lock);
}

void vd_store_drop_journal(vd_store *s, uint64_t sealed, bool turn)
{
    if (turn) vd_journal_turn(s->journal);
    if (!vd_journal_droppable(s->journal, sealed)) return;
    vd_err err;
    if (vd_db_sync(s->db, &err)) {
        vd_store_tell(s, "the journal is kept: %s", err.msg);
        return;
    }
    vd_journal_drop(s->journal, sealed);
}

static int write_blocks(sealer *z, const vd_entry *entries, size_t n, vd_err *err)
{
    const vd_batch *last = entries[n - 1].b;
    uint64_t sealed = last->seq + last->docs.n - 1, candidates = 0;
    if (vd_db_sync(z->s->papers, err)) return VD_IO;
    vd_conn *c = vd_db_begin(z->s->db, err);
    if (!c) return VD_IO;
    if (put_all(z, c, entries, n, sealed, &candidates, err)) {
        vd_db_rollback(z->s->db, c);
        return VD_IO;
    }
    if (vd_db_commit(z->s->db, c, err)) return VD_IO;
    publish(z, n, sealed, candidates);
    return 0;
}

/* --- rounds --- */

/* How many batches from the front are to be sealed now; 0: none. lock held. */
static size_t due(sealer *z)
{
    const vd_store *s = z->s;
    size_t targets = z->indices < 1 ? 1 : z->indices > MAX_TARGETS ? MAX_TARGETS : z->indices;
    uint64_t target = s->o.block_bytes * (uint64_t)targets;
    int64_t now = vd_mono_ns();
    if (now < z->retry_at && !s->closing) return 0;
    while (z->ready < s->queue.n && s->queue.v[z->ready].done && z->ready_bytes < target)
        z->ready_bytes += vd_batch_bytes(s->queue.v[z->ready++].b);
    bool old = z->ready && now - s->queue.v[0].done_at >= IDLE_NS;
    return z->ready_bytes >= target || old || s->flush || s->closing ? z->ready : 0;
}

/* Seals the first n batches. The queue's front is only ever taken by this thread. */
static void round_of(sealer *z, size_t n)
{
    vd_store *s = z->s;
    vd_entry *entries = vd_malloc(n * sizeof *entries);
    memcpy(entries, s->queue.v, n * sizeof *entries); /* the queue's references are ours now */
    z->ready = 0;
    z->ready_bytes = 0;
    pthread_mutex_unlock(&s->lock);
    vd_err err = {0};
    int64_t began = vd_mono_ns(), start = vd_thread_cpu_ns();
    int code = make_blocks(z, entries, n, &err);
    int64_t made = vd_thread_cpu_ns();
    if (!code) code = write_blocks(z, entries, n, &err);
    clear(z, MAX_TARGETS);
    for (size_t i = 0; i < n && !code; i++) {
        vd_batch_unref(entries[i].b);
        free(entries[i].candidates);
    }
    free(entries);
    if (code) vd_store_tell(s, "not sealed, will be tried again: %s", err.msg);
    pthread_mutex_lock(&s->lock);
    bool turn = !code && s->flush && s->queue.n == 0;
    s->stats.blocks_cpu_ns += (uint64_t)(made - start);
    s->stats.sqlite_cpu_ns += (uint64_t)(vd_thread_cpu_ns() - made);
    s->stats.seal_ns += (uint64_t)(vd_mono_ns() - began);
    if (code) {
        z->retry_at = vd_mono_ns() + RETRY_NS;
        s->failed_rounds++;
        s->seal_err = err;
    }
    pthread_mutex_unlock(&s->lock);
    if (!code) vd_store_drop_journal(s, s->sealed, turn);
    pthread_mutex_lock(&s->lock);
    pthread_cond_broadcast(&s->sealed_some);
}

static void wait_for_work(sealer *z)
{
    struct timespec t = vd_wait_until(1000);
    pthread_cond_timedwait(&z->s->work, &z->s->lock, &t);
}

static void upkeep(sealer *z)
{
    if (vd_mono_ns() < z->upkeep_at) return;
    z->upkeep_at = vd_mono_ns() + UPKEEP_NS;
    pthread_mutex_unlock(&z->s->lock);
    vd_store_tidy(z->s);
    pthread_mutex_lock(&z->s->lock);
}

/* Nothing is left to do and the disk holds a journal that is all sealed: let it go. */
static void idle(sealer *z)
{
    vd_store *s = z->s;
    bool turn = s->queue.n == 0 && !s->first_waiter && s->waiting == 0;
    if (turn) {
        pthread_mutex_unlock(&s->lock);
        if (vd_journal_bytes(s->journal) > 0) vd_store_drop_journal(s, s->sealed, true);
        pthread_mutex_lock(&s->lock);
    }
    wait_for_work(z);
}

static void run(sealer *z)
{
    vd_store *s = z->s;
    uint64_t failed = s->failed_rounds;
    for (;;) {
        size_t n = due(z);
        if (n) round_of(z, n);
        else if (s->closing) break;
        else idle(z);
        if (s->closing && s->failed_rounds > failed) break; /* what is not sealed is in the journal */
        if (!s->closing) failed = s->failed_rounds;
        if (!s->closing) upkeep(z);
    }
}

void *vd_sealer(void *store)
{
    vd_store *s = store;
    vd_thread_begin("vd-seal", VD_RANK_BACKGROUND);
    sealer z = {.s = s, .upkeep_at = vd_mono_ns() + UPKEEP_NS};
    if (!(z.zstd = vd_store_zstd(s))) abort();
    pthread_mutex_lock(&s->lock);
    run(&z);
    pthread_mutex_unlock(&s->lock);
    vd_store_drop_journal(s, s->sealed, true);
    clear(&z, 0);
    vd_vec_free(&z.open);
    vd_vec_free(&z.finished);
    vd_vec_free(&z.numbers);
    ZSTD_freeCCtx(z.zstd);
    return NULL;
}

/* Whether something done waits; lock held. */
static bool some_done(const vd_store *s) { return s->queue.n && s->queue.v[0].done; }

int vd_store_seal(vd_store *s, vd_err *err)
{
    if (s->o.read_only) return 0;
    pthread_mutex_lock(&s->lock);
    uint64_t failed = s->failed_rounds;
    s->flush = true;
    while (some_done(s) && s->failed_rounds == failed) {
        pthread_cond_signal(&s->work);
        pthread_cond_wait(&s->sealed_some, &s->lock);
    }
    s->flush = false;
    int code = s->failed_rounds == failed ? 0 : VD_IO;
    if (code && err) *err = s->seal_err;
    bool turn = s->queue.n == 0;
    uint64_t sealed = s->sealed;
    pthread_mutex_unlock(&s->lock);
    if (!code) vd_store_drop_journal(s, sealed, turn);
    return code;
}
