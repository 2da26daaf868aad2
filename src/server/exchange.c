#include "server/http_int.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"
#include "server/log.h"

static vd_conn *conn_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

void vd_on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_context,
                      enum MHD_ConnectionNotificationCode what)
{
    vd_http *h = ctx;
    if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
        vd_sweep_remove(*socket_context);
        *socket_context = NULL;
        atomic_fetch_sub(&h->connections, 1);
        return;
    }
    int fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    *socket_context = vd_sweep_add(h, fd);
    atomic_fetch_add(&h->connections, 1);
    atomic_fetch_add(&h->connections_total, 1);
}

/* While the server stops, new connections are closed as they come. */
enum MHD_Result vd_on_accept(void *ctx, const struct sockaddr *address, socklen_t n)
{
    return atomic_load(&((vd_http *)ctx)->stopping) ? MHD_NO : MHD_YES;
}

/* The request's line is there: the exchange begins. */
void *vd_on_line(void *ctx, const char *uri, struct MHD_Connection *mhd)
{
    vd_http *h = ctx;
    vd_exchange *x = vd_calloc(1, sizeof *x);
    vd_arena_init(&x->arena, 4096);
    x->h = h;
    x->mhd = mhd;
    x->conn = conn_of(mhd);
    x->began = vd_mono_ns();
    x->r.arena = &x->arena;
    x->r.impl = x;
    x->uri = vd_arena_str(&x->arena, vd_str_from(uri));
    atomic_store(&x->conn->idle, false);
    vd_sweep_allow(x->conn, h->o.request_s * 1000LL);
    atomic_fetch_add(&h->requests, 1);
    pthread_mutex_lock(&h->lock);
    h->active++;
    pthread_mutex_unlock(&h->lock);
    return x;
}

/* A refusal closes the connection unless little is to come of its body, and soon. */
static bool is_swallowed(const vd_exchange *x)
{
    return !x->chunked && x->expected <= VD_HTTP_SWALLOW && !vd_request_header(&x->r, "Expect").p;
}

static enum MHD_Result on_head(vd_exchange *x, const char *method)
{
    vd_route_decide(x, method);
    if (!x->refused || is_swallowed(x)) return MHD_YES;
    x->conn->linger = true;
    return vd_answer_send(x, true);
}

static void set_refusal(vd_exchange *x, vd_body_code code, const char *why)
{
    x->refused = true;
    if (code == VD_BODY_TOO_LARGE) {
        vd_answer_error(&x->r, &x->answer, 413, "content_too_long_exception",
                        "the body is larger than the limit of %zu bytes", x->h->bodies.max_body);
    } else if (code == VD_BODY_NO_ROOM) {
        vd_answer_error(&x->r, &x->answer, 429, "es_rejected_execution_exception",
                        "other requests' bodies fill the memory set aside for them; send it again later");
        vd_answer_header(&x->answer, "Retry-After", "1");
    } else {
        vd_answer_error(&x->r, &x->answer, 400, "parse_exception", "%s", why);
    }
}

static void release_bodies(vd_exchange *x)
{
    vd_body_release(&x->h->bodies, &x->body);
    vd_body_release(&x->h->bodies, &x->unpacked);
}

/* MHD_NO ends the connection. */
static enum MHD_Result on_piece(vd_exchange *x, const char *p, size_t *n)
{
    size_t length = *n;
    *n = 0;
    if (x->refused) return MHD_YES;
    vd_body_code code = vd_body_take(&x->h->bodies, &x->body, p, length, x->expected);
    atomic_fetch_add_explicit(&x->h->bytes_in, length, memory_order_relaxed);
    if (code == VD_BODY_OK) return MHD_YES;
    set_refusal(x, code, "");
    release_bodies(x);
    if (is_swallowed(x)) return MHD_YES;
    x->conn->linger = true;
    vd_answer_send_early(x);
    return MHD_NO;
}

static bool unpack(vd_exchange *x)
{
    const char *why = "";
    x->r.body = vd_body_seal(&x->body);
    if (x->packing == VD_PACK_NONE) return true;
    vd_body_code code = vd_body_unpack(&x->h->bodies, x->packing, x->r.body, &x->unpacked, &why);
    vd_body_release(&x->h->bodies, &x->body);
    x->r.body = vd_body_seal(&x->unpacked);
    if (code != VD_BODY_OK) set_refusal(x, code, why);
    return code == VD_BODY_OK;
}

static void log_request(const vd_exchange *x, const char *method)
{
    char status[16];
    snprintf(status, sizeof status, "%u", x->answer.status);
    vd_log(VD_LOG_DEBUG, "http.request", x->route ? x->route->name : "none", "http.request.method", method,
           "url.path", vd_arena_str(x->r.arena, x->r.path).p, "http.response.status_code", status, "user.id",
           vd_arena_str(x->r.arena, x->r.who).p, (const char *)NULL);
}

void vd_exchange_run(vd_exchange *x)
{
    x->route->handler(x->h->o.ctx, &x->r, &x->answer);
    x->r.body = (vd_str){NULL, 0};
    release_bodies(x);
    x->handled = true;
}

void vd_exchange_reject(vd_exchange *x, unsigned status, const char *reason)
{
    x->refused = x->handled = true;
    vd_answer_error(&x->r, &x->answer, status, "es_rejected_execution_exception", "%s", reason);
    vd_answer_header(&x->answer, "Retry-After", "1");
}

/* What ships events and what asks for health is answered by the connection's own thread, soon;
 * what people ask for may be a search that takes seconds, and must not hold up the
 * connections that share a thread with it. */
static bool may_take_long(const vd_route *route)
{
    return route->roles && !(route->roles & 1u << VD_KEY_INGEST);
}

static void give_away(vd_exchange *x)
{
    struct MHD_Connection *mhd = x->mhd;
    MHD_suspend_connection(mhd);
    if (vd_http_crew_give(x->h, x)) return;
    vd_exchange_reject(x, 429, "too many requests wait; send it again later");
    MHD_resume_connection(mhd);
}

/* Called again when the connection was suspended and is no more. */
static enum MHD_Result on_end(vd_exchange *x, const char *method)
{
    if (!x->handled) {
        vd_sweep_allow(x->conn, INT64_MAX); /* a handler takes the time that it takes */
        x->r.received_ns = vd_mono_ns();
        x->r.now = vd_now_ms();
        bool good = !x->refused && unpack(x);
        if (good && may_take_long(x->route)) {
            give_away(x);
            return MHD_YES;
        }
        if (good) vd_exchange_run(x);
    }
    release_bodies(x);
    enum MHD_Result sent = vd_answer_send(x, false);
    log_request(x, method);
    return sent;
}

/* The library starts its threads itself. */
static void rank_thread(void)
{
    static _Thread_local bool ranked;
    if (ranked) return;
    ranked = true;
    vd_thread_set_rank(VD_RANK_REQUESTS);
}

/* Called with the head, with each piece of the body, and at the end. */
enum MHD_Result vd_on_request(void *ctx, struct MHD_Connection *mhd, const char *url,
                              const char *method, const char *version, const char *piece, size_t *n,
                              void **request)
{
    vd_exchange *x = *request;
    rank_thread();
    if (!x->decided) return on_head(x, method);
    return *n ? on_piece(x, piece, n) : on_end(x, method);
}

void vd_on_done(void *ctx, struct MHD_Connection *mhd, void **request,
                enum MHD_RequestTerminationCode how)
{
    vd_http *h = ctx;
    vd_exchange *x = *request;
    if (!x) return;
    *request = NULL;
    if (how == MHD_REQUEST_TERMINATED_TIMEOUT_REACHED) atomic_fetch_add(&h->timed_out, 1);
    vd_sweep_allow(x->conn, (h->o.timeout_s + h->o.request_s) * 1000LL);
    atomic_store(&x->conn->idle, true);
    release_bodies(x);
    vd_answer_drop(&x->answer);
    vd_arena_fini(&x->arena);
    free(x);
    pthread_mutex_lock(&h->lock);
    if (--h->active == 0) pthread_cond_broadcast(&h->quiet);
    pthread_mutex_unlock(&h->lock);
}

/* Paths and parameters are decoded here (uri.c), where a slash that was encoded stays apart. */
size_t vd_on_unescape(void *ctx, struct MHD_Connection *mhd, char *s)
{
    return strlen(s);
}

void vd_on_library_log(void *ctx, const char *fmt, va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, fmt, args);
    for (size_t n = strlen(text); n && text[n - 1] == '\n';) text[--n] = 0;
    vd_log(VD_LOG_DEBUG, "http.library", text, (const char *)NULL);
}
