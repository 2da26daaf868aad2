/* Blocks and the threads that feed them. Blocks are few and go round: the reader waits
 * when all are on their way, so memory does not grow with the input. */
#include "source/source_int.h"

#include <pthread.h>

#define BUFFERS_PER_THREAD 3
/* A block that grew for a long line is not kept at that size. */
#define KEEP_BYTES (4u * VD_BLOCK_BYTES)

typedef struct worker {
    struct vd_pool *pool;
    unsigned number;
    pthread_t thread;
} worker;

struct vd_pool {
    const vd_source_sink *sink;
    unsigned n_workers; /* 0: everything happens in vd_pool_hand_on */
    worker *workers;
    pthread_mutex_t lock;
    pthread_cond_t filled, freed;
    vd_buffer *free, *head, **tail;
    unsigned made, max;
    bool ended;
};

void vd_buffer_reserve(vd_buffer *b, size_t cap)
{
    if (b->cap >= cap) return;
    b->text = vd_realloc_n(b->text, cap + VD_PADDING, 1);
    memset(b->text + cap, 0, VD_PADDING);
    b->cap = cap;
}

static void free_buffer(vd_buffer *b)
{
    free(b->text);
    vd_vec_free(&b->docs);
    free(b);
}

static void feed(const vd_pool *pool, unsigned number, const vd_buffer *b)
{
    vd_source_block block = {b->input, b->text, b->n, b->offset, b->line, true};
    if (!b->docs.n) {
        pool->sink->feed(pool->sink->ctx, number, &block);
        return;
    }
    block.lines = false;
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_span *doc = &b->docs.v[i];
        block.text = b->text + doc->at;
        block.n = doc->n;
        block.offset = b->offset + doc->at;
        block.line = doc->line;
        pool->sink->feed(pool->sink->ctx, number, &block);
    }
}

/* The next filled block, or NULL at the end. */
static vd_buffer *next_filled(vd_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->head && !pool->ended)
        pthread_cond_wait(&pool->filled, &pool->lock);
    vd_buffer *b = pool->head;
    if (b) {
        pool->head = b->next;
        if (!pool->head) pool->tail = &pool->head;
    }
    pthread_mutex_unlock(&pool->lock);
    return b;
}

static void *work(void *arg)
{
    worker *w = arg;
    for (vd_buffer *b; (b = next_filled(w->pool));) {
        feed(w->pool, w->number, b);
        vd_pool_give(w->pool, b);
    }
    return NULL;
}

vd_pool *vd_pool_new(unsigned threads, const vd_source_sink *sink)
{
    vd_pool *pool = vd_calloc(1, sizeof *pool);
    pool->sink = sink;
    pool->tail = &pool->head;
    pool->max = BUFFERS_PER_THREAD * threads;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->filled, NULL);
    pthread_cond_init(&pool->freed, NULL);
    if (threads < 2) return pool;
    pool->workers = vd_calloc(threads, sizeof *pool->workers);
    for (unsigned i = 0; i < threads; i++) {
        worker *w = &pool->workers[i];
        *w = (worker){pool, i, 0};
        /* Fewer threads than asked for do the same work. */
        if (pthread_create(&w->thread, NULL, work, w)) break;
        pool->n_workers++;
    }
    return pool;
}

vd_buffer *vd_pool_buffer(vd_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->free && pool->made == pool->max)
        pthread_cond_wait(&pool->freed, &pool->lock);
    vd_buffer *b = pool->free;
    if (b)
        pool->free = b->next;
    else
        pool->made++;
    pthread_mutex_unlock(&pool->lock);
    if (!b) b = vd_calloc(1, sizeof *b);
    vd_buffer_reserve(b, VD_BLOCK_BYTES);
    b->n = 0;
    b->docs.n = 0;
    b->next = NULL;
    return b;
}

void vd_pool_give(vd_pool *pool, vd_buffer *b)
{
    if (b->cap > KEEP_BYTES) {
        free(b->text);
        b->text = NULL;
        b->cap = 0;
    }
    pthread_mutex_lock(&pool->lock);
    b->next = pool->free;
    pool->free = b;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

void vd_pool_hand_on(vd_pool *pool, vd_buffer *b)
{
    if (!pool->n_workers) {
        feed(pool, 0, b);
        vd_pool_give(pool, b);
        return;
    }
    pthread_mutex_lock(&pool->lock);
    b->next = NULL;
    *pool->tail = b;
    pool->tail = &b->next;
    pthread_cond_signal(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
}

void vd_pool_finish(vd_pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    pool->ended = true;
    pthread_cond_broadcast(&pool->filled);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->n_workers; i++)
        pthread_join(pool->workers[i].thread, NULL);
    for (vd_buffer *b = pool->free, *next; b; b = next) {
        next = b->next;
        free_buffer(b);
    }
    pthread_cond_destroy(&pool->freed);
    pthread_cond_destroy(&pool->filled);
    pthread_mutex_destroy(&pool->lock);
    free(pool->workers);
    free(pool);
}
