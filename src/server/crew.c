#include "server/http_int.h"

#include <string.h>

#include "base/thread.h"

/* The library is told to leave the connection alone before it is given away, and to take it up
 * again when the answer is there: after that the exchange is no longer ours. */

static vd_exchange *next(vd_http_crew *crew, bool *ends)
{
    vd_exchange *x = NULL;
    pthread_mutex_lock(&crew->lock);
    while (!crew->n && !crew->ends) pthread_cond_wait(&crew->more, &crew->lock);
    if (crew->n) {
        x = crew->queue[crew->first];
        crew->first = (crew->first + 1) % VD_HTTP_WAITING;
        crew->n--;
    }
    *ends = crew->ends;
    pthread_mutex_unlock(&crew->lock);
    return x;
}

static void *run(void *arg)
{
    vd_http *h = arg;
    vd_thread_begin("vd-requests", VD_RANK_REQUESTS);
    bool ends;
    for (vd_exchange *x; (x = next(&h->crew, &ends));) {
        struct MHD_Connection *mhd = x->mhd;
        if (ends) vd_exchange_reject(x, 503, "the service stops");
        else vd_exchange_run(x);
        MHD_resume_connection(mhd);
    }
    return NULL;
}

bool vd_http_crew_give(vd_http *h, vd_exchange *x)
{
    vd_http_crew *crew = &h->crew;
    pthread_mutex_lock(&crew->lock);
    bool taken = !crew->ends && crew->n < VD_HTTP_WAITING;
    if (taken) {
        crew->queue[(crew->first + crew->n++) % VD_HTTP_WAITING] = x;
        pthread_cond_signal(&crew->more);
    }
    pthread_mutex_unlock(&crew->lock);
    return taken;
}

void vd_http_crew_init(vd_http *h)
{
    pthread_mutex_init(&h->crew.lock, NULL);
    pthread_cond_init(&h->crew.more, NULL);
}

int vd_http_crew_start(vd_http *h, vd_err *err)
{
    vd_http_crew *crew = &h->crew;
    for (; crew->n_threads < VD_HTTP_CREW; crew->n_threads++) {
        int code = pthread_create(&crew->threads[crew->n_threads], NULL, run, h);
        if (!code) continue;
        vd_http_crew_stop(h);
        return vd_fail(err, VD_IO, "a thread: %s", strerror(code));
    }
    return 0;
}

void vd_http_crew_stop(vd_http *h)
{
    vd_http_crew *crew = &h->crew;
    pthread_mutex_lock(&crew->lock);
    crew->ends = true;
    pthread_cond_broadcast(&crew->more);
    pthread_mutex_unlock(&crew->lock);
    for (unsigned i = 0; i < crew->n_threads; i++)
        pthread_join(crew->threads[i], NULL);
    crew->n_threads = 0;
}

void vd_http_crew_fini(vd_http *h)
{
    pthread_mutex_destroy(&h->crew.lock);
    pthread_cond_destroy(&h->crew.more);
}
