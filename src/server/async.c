#include "server/async.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/thread.h"
#include "base/wait.h"

typedef struct entry {
    char id[VD_SEARCH_ID];
    vd_searches *owner;
    vd_search_work work;
    pthread_t thread;
    volatile sig_atomic_t stop;
    bool done, dropped;       /* under the lock, as all below */
    int64_t started, expires;
    unsigned status;
    char *body;
    size_t n;
    unsigned waiting;         /* requests that look at it now */
} entry;

struct vd_searches {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    entry *kept[VD_MAX_KEPT_SEARCHES];
    size_t n_kept, running;
    uint64_t bytes; /* of answers */
};

vd_searches *vd_searches_new(void)
{
    vd_searches *s = vd_calloc(1, sizeof *s);
    pthread_mutex_init(&s->lock, NULL);
    vd_cond_init(&s->changed);
    return s;
}

/* --- the thread of a search --- */

static const char too_big[] =
    "{\"error\":{\"root_cause\":[{\"type\":\"circuit_breaking_exception\",\"reason\":\"answers that are kept take too "
    "much memory\"}],\"type\":\"circuit_breaking_exception\",\"reason\":\"answers that are kept take too much "
    "memory\"},\"status\":429}";

static void keep(entry *e, unsigned status, char *body, size_t n)
{
    vd_searches *s = e->owner;
    if (s->bytes + n > VD_MAX_SEARCH_ANSWER) {
        free(body);
        n = sizeof too_big - 1;
        body = vd_malloc(n);
        memcpy(body, too_big, n);
        status = 429;
    }
    e->status = status;
    e->body = body;
    e->n = n;
    s->bytes += n;
}

static void *run(void *arg)
{
    entry *e = arg;
    vd_thread_begin("vd-search", VD_RANK_REQUESTS);
    vd_searches *s = e->owner;
    char *body = NULL;
    size_t n = 0;
    unsigned status = e->work.run(e->work.ctx, &e->stop, &body, &n);
    e->work.free(e->work.ctx);
    pthread_mutex_lock(&s->lock);
    keep(e, status, body, n);
    e->done = true;
    s->running--;
    pthread_cond_broadcast(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

/* --- entries; all under the lock --- */

static void stop(entry *e) { __atomic_store_n(&e->stop, 1, __ATOMIC_RELAXED); }

static void remove_at(vd_searches *s, size_t i)
{
    entry *e = s->kept[i];
    pthread_join(e->thread, NULL); /* it is past its last lock, or about to be */
    s->bytes -= e->n;
    s->kept[i] = s->kept[--s->n_kept];
    free(e->body);
    free(e);
}

static void reap(vd_searches *s)
{
    int64_t now = vd_now_ms();
    for (size_t i = s->n_kept; i-- > 0;) {
        entry *e = s->kept[i];
        if (!e->done && now >= e->expires) stop(e);
        if (e->done && !e->waiting && (e->dropped || now >= e->expires)) remove_at(s, i);
    }
}

static entry *find(vd_searches *s, vd_str id)
{
    for (size_t i = 0; i < s->n_kept; i++)
        if (!s->kept[i]->dropped && vd_str_eq(id, vd_str_from(s->kept[i]->id))) return s->kept[i];
    return NULL;
}

static void make_id(char id[VD_SEARCH_ID])
{
    unsigned char raw[16];
    if (getrandom(raw, sizeof raw, 0) != sizeof raw) abort(); /* Linux gives that much or waits */
    for (size_t i = 0; i < sizeof raw; i++)
        snprintf(id + 2 * i, 3, "%02x", raw[i]);
}

static int start(vd_searches *s, entry *e, vd_err *err)
{
    reap(s);
    if (s->running >= VD_MAX_SEARCHES)
        return vd_fail(err, VD_LIMIT, "%u searches run already", VD_MAX_SEARCHES);
    if (s->n_kept >= VD_MAX_KEPT_SEARCHES)
        return vd_fail(err, VD_LIMIT, "%u answers of searches are kept already: delete some", VD_MAX_KEPT_SEARCHES);
    if (pthread_create(&e->thread, NULL, run, e)) return vd_fail(err, VD_LIMIT, "a thread could not be started");
    s->kept[s->n_kept++] = e;
    s->running++;
    return 0;
}

int vd_searches_start(vd_searches *s, const vd_search_work *work, int64_t keep_ms, char id[VD_SEARCH_ID], vd_err *err)
{
    entry *e = vd_calloc(1, sizeof *e);
    e->owner = s;
    e->work = *work;
    e->started = vd_now_ms();
    e->expires = e->started + keep_ms;
    make_id(e->id);
    memcpy(id, e->id, VD_SEARCH_ID);
    pthread_mutex_lock(&s->lock);
    int code = start(s, e, err);
    pthread_mutex_unlock(&s->lock);
    if (code) {
        work->free(work->ctx);
        free(e);
    }
    return code;
}

static void wait_for(vd_searches *s, const entry *e, int64_t wait_ms)
{
    struct timespec until = vd_wait_until(wait_ms);
    while (!e->done && pthread_cond_timedwait(&s->changed, &s->lock, &until) != ETIMEDOUT) {}
}

vd_search_state vd_searches_look(vd_searches *s, vd_str id, int64_t wait_ms, int64_t keep_ms, vd_arena *a)
{
    vd_search_state state = {0};
    pthread_mutex_lock(&s->lock);
    reap(s);
    entry *e = find(s, id);
    if (e) {
        e->waiting++;
        if (keep_ms > 0) e->expires = vd_now_ms() + keep_ms;
        if (!e->done && wait_ms > 0) wait_for(s, e, wait_ms);
        state = (vd_search_state){true, !e->done, e->started, e->expires, e->status, {NULL, 0}};
        if (a && e->done) state.body = vd_arena_str(a, (vd_str){e->body, e->n});
        e->waiting--;
    }
    pthread_mutex_unlock(&s->lock);
    return state;
}

bool vd_searches_drop(vd_searches *s, vd_str id)
{
    pthread_mutex_lock(&s->lock);
    entry *e = find(s, id);
    if (e) {
        e->dropped = true;
        stop(e);
        reap(s);
    }
    pthread_mutex_unlock(&s->lock);
    return e != NULL;
}

void vd_searches_free(vd_searches *s)
{
    if (!s) return;
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < s->n_kept; i++)
        stop(s->kept[i]);
    while (s->running)
        pthread_cond_wait(&s->changed, &s->lock);
    pthread_mutex_unlock(&s->lock);
    while (s->n_kept)
        remove_at(s, s->n_kept - 1);
    pthread_cond_destroy(&s->changed);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
