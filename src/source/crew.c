/* Blocks and the threads that feed them. Blocks are few and go round: the reader waits
 * when all are on their way, so memory does not grow with the input. */
#include "source/source_int.h"

#include <pthread.h>

#define BUFFERS_PER_THREAD 3
/* A block that grew for a long line is not kept at that size. */
#define KEEP_BYTES (4u * VD_BLOCK_BYTES)

typedef struct worker {
    struct vd_crew *crew;
    unsigned number;
    pthread_t thread;
    vd_translator *translator; /* made when first needed */
} worker;

struct vd_crew {
    vd_source *source;
    unsigned n_workers; /* 0: everything happens in vd_crew_hand_on, by workers[0] */
    worker *workers;
    unsigned made_workers;
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

static void feed(worker *w, const vd_buffer *b)
{
    const vd_source_sink *sink = &w->crew->source->sink;
    vd_source_block block = {b->part->number, b->text, b->n, b->offset, b->line, true};
    if (b->part->way != VD_WAY_PLAIN) {
        if (!w->translator) w->translator = vd_translator_new(w->crew->source, w->number);
        vd_translate(w->translator, b);
        return;
    }
    if (!b->docs.n) {
        sink->feed(sink->ctx, w->number, &block);
        return;
    }
    block.lines = false;
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_span *doc = &b->docs.v[i];
        block.text = b->text + doc->at;
        block.n = doc->n;
        block.offset = b->offset + doc->at;
        block.line = doc->line;
        sink->feed(sink->ctx, w->number, &block);
    }
}

/* The next filled block, or NULL at the end. */
static vd_buffer *next_filled(vd_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (!crew->head && !crew->ended)
        pthread_cond_wait(&crew->filled, &crew->lock);
    vd_buffer *b = crew->head;
    if (b) {
        crew->head = b->next;
        if (!crew->head) crew->tail = &crew->head;
    }
    pthread_mutex_unlock(&crew->lock);
    return b;
}

static void *work(void *arg)
{
    worker *w = arg;
    for (vd_buffer *b; (b = next_filled(w->crew));) {
        feed(w, b);
        vd_crew_give(w->crew, b);
    }
    return NULL;
}

vd_crew *vd_crew_new(vd_source *source)
{
    unsigned threads = source->options.threads;
    vd_crew *crew = vd_calloc(1, sizeof *crew);
    crew->source = source;
    crew->tail = &crew->head;
    crew->max = BUFFERS_PER_THREAD * threads;
    crew->made_workers = threads;
    pthread_mutex_init(&crew->lock, NULL);
    pthread_cond_init(&crew->filled, NULL);
    pthread_cond_init(&crew->freed, NULL);
    crew->workers = vd_calloc(threads, sizeof *crew->workers);
    for (unsigned i = 0; i < threads; i++)
        crew->workers[i] = (worker){.crew = crew, .number = i};
    for (unsigned i = 0; i < threads && threads > 1; i++) {
        /* Fewer threads than asked for do the same work. */
        if (pthread_create(&crew->workers[i].thread, NULL, work, &crew->workers[i])) break;
        crew->n_workers++;
    }
    return crew;
}

vd_buffer *vd_crew_buffer(vd_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    while (!crew->free && crew->made == crew->max)
        pthread_cond_wait(&crew->freed, &crew->lock);
    vd_buffer *b = crew->free;
    if (b)
        crew->free = b->next;
    else
        crew->made++;
    pthread_mutex_unlock(&crew->lock);
    if (!b) b = vd_calloc(1, sizeof *b);
    vd_buffer_reserve(b, VD_BLOCK_BYTES);
    b->n = 0;
    b->docs.n = 0;
    b->next = NULL;
    return b;
}

void vd_crew_give(vd_crew *crew, vd_buffer *b)
{
    if (b->cap > KEEP_BYTES) {
        free(b->text);
        b->text = NULL;
        b->cap = 0;
    }
    pthread_mutex_lock(&crew->lock);
    b->next = crew->free;
    crew->free = b;
    pthread_cond_signal(&crew->freed);
    pthread_mutex_unlock(&crew->lock);
}

void vd_crew_hand_on(vd_crew *crew, vd_buffer *b)
{
    b->number = b->part->handed++;
    if (!crew->n_workers) {
        feed(&crew->workers[0], b);
        vd_crew_give(crew, b);
        return;
    }
    pthread_mutex_lock(&crew->lock);
    b->next = NULL;
    *crew->tail = b;
    crew->tail = &b->next;
    pthread_cond_signal(&crew->filled);
    pthread_mutex_unlock(&crew->lock);
}

void vd_crew_finish(vd_crew *crew)
{
    pthread_mutex_lock(&crew->lock);
    crew->ended = true;
    pthread_cond_broadcast(&crew->filled);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->n_workers; i++)
        pthread_join(crew->workers[i].thread, NULL);
    for (unsigned i = 0; i < crew->made_workers; i++)
        vd_translator_free(crew->workers[i].translator);
    for (vd_buffer *b = crew->free, *next; b; b = next) {
        next = b->next;
        free_buffer(b);
    }
    pthread_cond_destroy(&crew->freed);
    pthread_cond_destroy(&crew->filled);
    pthread_mutex_destroy(&crew->lock);
    free(crew->workers);
    free(crew);
}
