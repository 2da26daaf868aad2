/* store/queue.c - the follower's side: batches in order, and back */
#include "base/wait.h"
#include "store/store_int.h"

vd_batch *vd_store_next(vd_store *s, int wait_ms)
{
    vd_batch *b = NULL;
    struct timespec until = vd_wait_until(wait_ms);
    pthread_mutex_lock(&s->lock);
    while (s->given == s->queue.n && !s->wake && wait_ms > 0)
        if (pthread_cond_timedwait(&s->batches, &s->lock, &until)) break;
    s->wake = false;
    if (s->given < s->queue.n) b = vd_batch_ref(s->queue.v[s->given++].b);
    pthread_mutex_unlock(&s->lock);
    return b;
}

void vd_store_wake(vd_store *s)
{
    pthread_mutex_lock(&s->lock);
    s->wake = true;
    pthread_cond_signal(&s->batches);
    pthread_mutex_unlock(&s->lock);
}

static void finish(vd_store *s, vd_entry *e, vd_str candidates, uint64_t plan)
{
    e->done = true;
    e->done_at = e->restored ? 0 : vd_mono_ns();
    e->plan = plan;
    if (candidates.n) {
        e->candidates = vd_malloc(candidates.n);
        memcpy(e->candidates, candidates.p, candidates.n);
        e->candidates_n = candidates.n;
    }
    /* The sealer looks once a second by itself. */
    if (s->flush || e->restored || s->waiting >= s->o.block_bytes) pthread_cond_signal(&s->work);
}

size_t vd_queue_find(const vd_store *s, uint64_t seq)
{
    size_t low = 0, high = s->queue.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (s->queue.v[mid].b->seq <= seq) low = mid + 1;
        else high = mid;
    }
    if (low == 0) return SIZE_MAX;
    const vd_batch *b = s->queue.v[low - 1].b;
    return seq - b->seq < b->docs.n ? low - 1 : SIZE_MAX;
}

void vd_store_done(vd_store *s, vd_batch *b, vd_str candidates, uint64_t plan)
{
    pthread_mutex_lock(&s->lock);
    size_t i = vd_queue_find(s, b->seq);
    if (i < s->given && !s->queue.v[i].done) finish(s, &s->queue.v[i], candidates, plan);
    pthread_mutex_unlock(&s->lock);
    vd_batch_unref(b);
}
