/* store/commit.c - many commits, one sync
 *
 * Whoever commits packs its batch itself, then waits. The committer takes all that wait, gives
 * them numbers, marks duplicates, and writes them together: while the disk syncs, the next ones
 * gather, so a slow disk makes groups larger, not the rate smaller. */
#include "base/thread.h"
#include "base/wait.h"
#include "store/store_int.h"

void vd_store_remember(vd_store *s, const vd_batch *b)
{
    for (size_t i = 0; i < b->docs.n; i++)
        for (int k = 0; k < 2; k++) {
            uint64_t h = b->docs.v[i].ids[k];
            if (h && !vd_ids_has(s->ids, h)) vd_ids_add(s->ids, h);
        }
}

void vd_store_enqueue(vd_store *s, vd_batch *b)
{
    *vd_vec_push(&s->queue) = (vd_entry){.b = vd_batch_ref(b)};
    pthread_cond_signal(&s->batches);
}

static bool is_known(const vd_store *s, const vd_doc *d)
{
    return (d->ids[0] && vd_ids_has(s->ids, d->ids[0])) || (d->ids[1] && vd_ids_has(s->ids, d->ids[1]));
}

static void mark(vd_store *s, vd_batch *b)
{
    for (size_t i = 0; i < b->docs.n; i++) {
        vd_doc *d = &b->docs.v[i];
        d->state = is_known(s, d) ? VD_DOC_DUPLICATE : VD_DOC_NEW;
        for (int k = 0; k < 2 && d->state == VD_DOC_NEW; k++)
            if (d->ids[k] && !vd_ids_has(s->ids, d->ids[k])) vd_ids_add(s->ids, d->ids[k]);
    }
}

/* The batch was not written: it may come again, and is no duplicate then. */
static void unmark(vd_store *s, vd_batch *b)
{
    for (size_t i = 0; i < b->docs.n; i++) {
        vd_doc *d = &b->docs.v[i];
        for (int k = 0; k < 2 && d->state == VD_DOC_NEW; k++)
            if (d->ids[k]) vd_ids_remove(s->ids, d->ids[k]);
        d->state = VD_DOC_NEW;
    }
    b->seq = 0;
}

static int write_group(vd_store *s, vd_batch **batches, vd_pack **packs, size_t n, vd_err *err)
{
    uint64_t seq = s->next_seq;
    for (size_t i = 0; i < n; i++) {
        batches[i]->seq = seq;
        seq += batches[i]->docs.n;
        mark(s, batches[i]);
    }
    int code = vd_journal_append(s->journal, batches, packs, n, err);
    for (size_t i = n; code && i-- > 0;)
        unmark(s, batches[i]);
    if (!code) __atomic_store_n(&s->next_seq, seq, __ATOMIC_RELAXED);
    return code;
}

static void count(vd_store *s, const vd_batch *b)
{
    s->stats.commits++;
    for (size_t i = 0; i < b->docs.n; i++)
        s->stats.duplicates += b->docs.v[i].state == VD_DOC_DUPLICATE;
}

/* lock held. */
static void answer(vd_store *s, vd_waiter *w, int code, const vd_err *err)
{
    w->code = code;
    if (code && w->err) *w->err = *err;
    if (!code) {
        count(s, w->b);
        vd_store_enqueue(s, w->b);
    } else {
        s->waiting -= vd_batch_bytes(w->b);
    }
    w->over = true;
}

static void commit_group(vd_store *s, vd_waiter *first)
{
    vd_batch *batches[VD_APPEND_MAX];
    vd_pack *packs[VD_APPEND_MAX];
    vd_err err = {0};
    size_t n = 0;
    int64_t began = vd_mono_ns();
    for (vd_waiter *w = first; w; w = w->next, n++) {
        batches[n] = w->b;
        packs[n] = w->pack;
    }
    int code = write_group(s, batches, packs, n, &err);
    if (code) vd_store_tell(s, "not taken in: %s", err.msg);
    uint64_t ids = vd_ids_count(s->ids);
    pthread_mutex_lock(&s->lock);
    s->stats.ids = ids;
    s->stats.commit_ns += (uint64_t)(vd_mono_ns() - began);
    for (vd_waiter *w = first, *next; w; w = next) {
        next = w->next; /* w is gone once it was answered and the lock is free */
        answer(s, w, code, &err);
    }
    pthread_cond_broadcast(&s->committed);
    pthread_mutex_unlock(&s->lock);
}

/* Takes what waits, at most VD_APPEND_MAX; lock held. */
static vd_waiter *take_group(vd_store *s)
{
    vd_waiter *first = s->first_waiter, *w = first;
    for (size_t n = 1; w->next && n < VD_APPEND_MAX; n++)
        w = w->next;
    s->first_waiter = w->next;
    if (!s->first_waiter) s->last_waiter = &s->first_waiter;
    w->next = NULL;
    return first;
}

void *vd_committer(void *store)
{
    vd_store *s = store;
    vd_thread_begin("vd-journal", VD_RANK_PROMPT);
    pthread_mutex_lock(&s->lock);
    for (;;) {
        while (!s->first_waiter && !s->closing)
            pthread_cond_wait(&s->commits, &s->lock);
        if (!s->first_waiter) break;
        vd_waiter *group = take_group(s);
        pthread_mutex_unlock(&s->lock);
        commit_group(s, group);
        pthread_mutex_lock(&s->lock);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* One that is larger than the bound by itself is taken when nothing else waits. */
static bool is_full(const vd_store *s, size_t bytes)
{
    return s->waiting && s->waiting + bytes > s->o.max_waiting;
}

bool vd_store_busy(vd_store *s, size_t bytes)
{
    pthread_mutex_lock(&s->lock);
    bool full = is_full(s, bytes);
    pthread_mutex_unlock(&s->lock);
    return full;
}

bool vd_store_wait_for_room(vd_store *s, size_t bytes, int64_t ms)
{
    struct timespec until = vd_wait_until(ms);
    pthread_mutex_lock(&s->lock);
    while (is_full(s, bytes) && !s->closing &&
           pthread_cond_timedwait(&s->sealed_some, &s->lock, &until) == 0)
        continue;
    bool full = is_full(s, bytes);
    pthread_mutex_unlock(&s->lock);
    return !full;
}

static bool admit(vd_store *s, size_t bytes)
{
    pthread_mutex_lock(&s->lock);
    bool full = is_full(s, bytes);
    if (full) s->stats.busy++;
    else s->waiting += bytes;
    pthread_mutex_unlock(&s->lock);
    return !full;
}

int vd_store_commit(vd_store *s, vd_batch *b, vd_err *err)
{
    if (s->o.read_only) return vd_fail(err, VD_UNSUPPORTED, "the store is open for reading only");
    if (b->docs.n == 0) return 0;
    if (!admit(s, vd_batch_bytes(b)))
        return vd_fail(err, VD_LIMIT, "too much waits to be matched and sealed: try again later");
    vd_waiter w = {.b = b, .pack = vd_journal_pack(s->journal, b), .err = err};
    pthread_mutex_lock(&s->lock);
    *s->last_waiter = &w;
    s->last_waiter = &w.next;
    pthread_cond_signal(&s->commits);
    while (!w.over)
        pthread_cond_wait(&s->committed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    vd_journal_unpack(s->journal, w.pack);
    return w.code;
}
