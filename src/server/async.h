/* server/async.h - searches that run beside the requests that asked for them
 *
 * Idea      A search is a thread and an entry under a random id. A request waits for it as long as it
 *           likes; what is done is kept until its time is over. Running searches, kept answers and
 *           their bytes are bounded: what is over a bound is refused when it is asked for.
 * Threads   From any thread. vd_searches_free stops what runs and waits for it. */
#ifndef VD_SERVER_ASYNC_H
#define VD_SERVER_ASYNC_H

#include <signal.h>

#include "base/arena.h"
#include "base/err.h"

typedef struct vd_searches vd_searches;

/* Whether a search shall end; `stop` is set by another thread. */
static inline bool vd_search_stopped(const volatile sig_atomic_t *stop)
{
    return __atomic_load_n(stop, __ATOMIC_RELAXED) != 0;
}

vd_searches *vd_searches_new(void);
void vd_searches_free(vd_searches *s);

#define VD_SEARCH_ID 33 /* 32 hex digits and a NUL */

/* What a search does. run: on a thread of its own; ends early when vd_search_stopped. It gives the HTTP
 * status and the answer's body, in memory of malloc. */
typedef struct vd_search_work {
    unsigned (*run)(void *ctx, const volatile sig_atomic_t *stop, char **body, size_t *n);
    void (*free)(void *ctx); /* when it is over, or could not be begun */
    void *ctx;
} vd_search_work;

/* VD_LIMIT: too many run or are kept. The work is taken in any case. keep_ms: how long the
 * answer stays once it was begun. */
int vd_searches_start(vd_searches *s, const vd_search_work *work, int64_t keep_ms, char id[VD_SEARCH_ID], vd_err *err);

typedef struct vd_search_state {
    bool found, running;
    int64_t started, expires; /* ms */
    unsigned status;          /* when it is over */
    vd_str body;              /* in the arena; only if one was given */
} vd_search_state;

/* How it stands once it is over, or after wait_ms. a: where the body goes; NULL: it is not wanted.
 * keep_ms > 0: it stays that much longer from now on. */
vd_search_state vd_searches_look(vd_searches *s, vd_str id, int64_t wait_ms, int64_t keep_ms, vd_arena *a);
/* Ends and forgets it. False: there is none. */
bool vd_searches_drop(vd_searches *s, vd_str id);

#endif
