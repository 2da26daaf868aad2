/* The blocks of a scan, matched by one thread or two.
 *
 * Idea   A block is valid until the next is asked for, and unpacking is quick beside matching.
 *        So whoever scans gives a copy of a block to the helper when that is idle, and
 *        matches the block itself when not. */
#include <pthread.h>

#include "schedule/schedule_int.h"

/* Documents from which a second thread is worth starting. */
#define PAIR_FROM 20000

typedef struct helper {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    vd_engine *engine;
    VD_VEC(char) text;
    VD_VEC(uint64_t) seqs;
    size_t n;   /* bytes of text */
    uint32_t source;
    bool full;  /* a block is there to be matched */
    bool end;
} helper;

static void feed_block(vd_engine *engine, unsigned worker, uint32_t source, const char *text, size_t n,
                       const uint64_t *seqs)
{
    vd_engine_feed(engine, worker,
                   &(vd_block){.source = source,
                               .text = text,
                               .n = n,
                               .line = 1,
                               .lines = true,
                               .ordinals = seqs});
}

static void *help(void *ctx)
{
    helper *h = ctx;
    pthread_mutex_lock(&h->lock);
    for (;;) {
        while (!h->full && !h->end)
            pthread_cond_wait(&h->changed, &h->lock);
        if (!h->full) break;
        pthread_mutex_unlock(&h->lock); /* nobody writes while it is full */
        feed_block(h->engine, 1, h->source, h->text.v, h->n, h->seqs.v);
        pthread_mutex_lock(&h->lock);
        h->full = false;
    }
    pthread_mutex_unlock(&h->lock);
    return NULL;
}

static helper *helper_begin(const vd_feed *f, vd_scan *scan, uint32_t source)
{
    if (f->workers < 2 || vd_scan_documents(scan) < PAIR_FROM) return NULL;
    helper *h = vd_calloc(1, sizeof *h);
    h->engine = f->engine;
    h->source = source;
    pthread_mutex_init(&h->lock, NULL);
    pthread_cond_init(&h->changed, NULL);
    if (!pthread_create(&h->thread, NULL, help, h)) return h;
    pthread_cond_destroy(&h->changed); /* one thread does it alone */
    pthread_mutex_destroy(&h->lock);
    free(h);
    return NULL;
}

static void helper_end(helper *h)
{
    if (!h) return;
    pthread_mutex_lock(&h->lock);
    h->end = true;
    pthread_cond_signal(&h->changed);
    pthread_mutex_unlock(&h->lock);
    pthread_join(h->thread, NULL);
    pthread_cond_destroy(&h->changed);
    pthread_mutex_destroy(&h->lock);
    vd_vec_free(&h->text);
    vd_vec_free(&h->seqs);
    free(h);
}

/* Gives it a copy of the block; false: it has one. */
static bool helper_take(helper *h, const vd_scan_block *b)
{
    if (!h) return false;
    pthread_mutex_lock(&h->lock);
    bool idle = !h->full;
    if (idle) {
        vd_vec_reserve(&h->text, b->n + VD_PADDING);
        vd_vec_reserve(&h->seqs, b->n_docs);
        memcpy(h->text.v, b->text, b->n);
        memset(h->text.v + b->n, 0, VD_PADDING);
        memcpy(h->seqs.v, b->seqs, b->n_docs * sizeof *h->seqs.v);
        h->n = b->n;
        h->full = true;
        pthread_cond_signal(&h->changed);
    }
    pthread_mutex_unlock(&h->lock);
    return idle;
}

int vd_feed_blocks(const vd_feed *f, vd_scan *scan, uint32_t source, vd_err *err)
{
    vd_scan_block b;
    int more, code = 0;
    helper *h = helper_begin(f, scan, source);
    while ((more = vd_scan_next(scan, &b, err)) > 0) {
        if (f->stopping && f->stopping(f->ctx)) code = vd_fail(err, VD_LIMIT, "stopped");
        if (code || vd_engine_failed(f->engine)) break; /* vd_engine_finish says why it failed */
        if (b.n_docs && !helper_take(h, &b)) feed_block(f->engine, 0, source, b.text, b.n, b.seqs);
    }
    helper_end(h);
    return more < 0 ? VD_IO : code;
}
