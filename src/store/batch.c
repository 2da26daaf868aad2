#include "store/batch.h"

#include <pthread.h>
#include <stdlib.h>

/* Text buffers of batches that are gone, for those to come: fresh memory costs a page fault
 * for every 4 KB, a tenth of what a document costs in all. Larger ones are not kept. */
#define SPARES    8
#define SPARE_MAX (8u << 20)

typedef struct spare {
    char *text;
    size_t cap;
} spare;

static spare spares[SPARES];
static unsigned n_spares;
static pthread_mutex_t spare_lock = PTHREAD_MUTEX_INITIALIZER;

static void take_spare(vd_batch *b)
{
    pthread_mutex_lock(&spare_lock);
    if (n_spares) {
        spare s = spares[--n_spares];
        b->text.v = s.text;
        b->text.cap = s.cap;
    }
    pthread_mutex_unlock(&spare_lock);
}

static void give_spare(vd_batch *b)
{
    if (!b->text.v || b->text.cap > SPARE_MAX) return;
    pthread_mutex_lock(&spare_lock);
    if (n_spares < SPARES) {
        spares[n_spares++] = (spare){b->text.v, b->text.cap};
        b->text.v = NULL;
    }
    pthread_mutex_unlock(&spare_lock);
}

vd_batch *vd_batch_new(int64_t received)
{
    vd_batch *b = vd_calloc(1, sizeof *b);
    atomic_init(&b->refs, 1);
    b->received = received;
    take_spare(b);
    return b;
}

vd_batch *vd_batch_ref(vd_batch *b)
{
    atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

void vd_batch_unref(vd_batch *b)
{
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) != 1) return;
    for (size_t i = 0; i < b->names.n; i++)
        free(b->names.v[i]);
    vd_vec_free(&b->names);
    vd_vec_free(&b->indices);
    vd_vec_free(&b->hashes);
    vd_vec_free(&b->docs);
    give_spare(b);
    vd_vec_free(&b->text);
    free(b);
}

/* A request names one or two indices, so looking at them in turn is enough. */
uint32_t vd_batch_index(vd_batch *b, vd_str name)
{
    for (size_t i = b->indices.n; i-- > 0;)
        if (vd_str_eq(b->indices.v[i], name)) return (uint32_t)i;
    char *own = vd_malloc(name.n + 1);
    memcpy(own, name.p, name.n);
    own[name.n] = 0;
    *vd_vec_push(&b->names) = own;
    *vd_vec_push(&b->indices) = (vd_str){own, name.n};
    return (uint32_t)(b->indices.n - 1);
}
