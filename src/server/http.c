#include "server/http_int.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "server/log.h"

/* Descriptors besides those of connections: the store's, the rules', the library's own. */
#define OTHER_FILES 512

/* For answers that were made when the drain was over. */
#define LAST_ANSWERS_MS 200

/* --- a request's way through the library --- */

static vd_conn *conn_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_context,
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
static enum MHD_Result on_accept(void *ctx, const struct sockaddr *address, socklen_t n)
{
    return atomic_load(&((vd_http *)ctx)->stopping) ? MHD_NO : MHD_YES;
}

/* The request's line is there: the exchange begins. */
static void *on_line(void *ctx, const char *uri, struct MHD_Connection *mhd)
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

/* Called with the head, with each piece of the body, and at the end. */
static enum MHD_Result on_request(void *ctx, struct MHD_Connection *mhd, const char *url,
                                  const char *method, const char *version, const char *piece, size_t *n,
                                  void **request)
{
    vd_exchange *x = *request;
    if (!x->decided) return on_head(x, method);
    return *n ? on_piece(x, piece, n) : on_end(x, method);
}

static void on_done(void *ctx, struct MHD_Connection *mhd, void **request,
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
static size_t on_unescape(void *ctx, struct MHD_Connection *mhd, char *s)
{
    return strlen(s);
}

static void on_library_log(void *ctx, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));
static void on_library_log(void *ctx, const char *fmt, va_list args)
{
    char text[512];
    vsnprintf(text, sizeof text, fmt, args);
    for (size_t n = strlen(text); n && text[n - 1] == '\n';) text[--n] = 0;
    vd_log(VD_LOG_DEBUG, "http.library", text, (const char *)NULL);
}

/* --- starting --- */

static bool is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)a)->sin_addr.s_addr) >> 24 == 127;
    return a->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static uint16_t port_of(int fd)
{
    struct sockaddr_storage a;
    socklen_t n = sizeof a;
    if (getsockname(fd, (struct sockaddr *)&a, &n)) return 0;
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port
                                         : ((struct sockaddr_in *)&a)->sin_port);
}

/* A listening socket of our own: the library would not say why it has none. */
static int listen_on(vd_http *h, const struct addrinfo *a, vd_err *err)
{
    int one = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0) setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (fd < 0 || bind(fd, a->ai_addr, a->ai_addrlen) || listen(fd, 1024)) {
        vd_fail(err, VD_IO, "%s port %u: %s", h->o.address, (unsigned)h->o.port, strerror(errno));
        if (fd >= 0) close(fd);
        return -1;
    }
    h->loopback = is_loopback(a->ai_addr);
    h->port = port_of(fd);
    return fd;
}

static int open_socket(vd_http *h, vd_err *err)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
    char port[8];
    snprintf(port, sizeof port, "%u", (unsigned)h->o.port);
    int code = getaddrinfo(h->o.address, port, &hints, &found);
    if (code) {
        vd_fail(err, VD_IO, "%s: %s", h->o.address, gai_strerror(code));
        return -1;
    }
    int fd = listen_on(h, found, err);
    freeaddrinfo(found);
    return fd;
}

static void raise_file_limit(unsigned connections)
{
    struct rlimit limit;
    rlim_t want = connections + OTHER_FILES;
    if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= want) return;
    limit.rlim_cur = limit.rlim_max < want ? limit.rlim_max : want;
    if (setrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur < want)
        vd_logf(VD_LOG_WARN, "http.start", "%u connections need more open files than the limit (ulimit -n) of %llu",
                connections, (unsigned long long)limit.rlim_cur);
}

static int start_daemon(vd_http *h, int fd, vd_err *err)
{
    struct MHD_OptionItem options[8] = {{MHD_OPTION_END, 0, NULL}};
    size_t n = 0;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG | MHD_ALLOW_SUSPEND_RESUME;
    if (h->o.threads > 1)
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)h->o.threads, NULL};
    if (h->o.tls_cert) {
        flags |= MHD_USE_TLS;
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_CERT_CALLBACK, 0,
                                               (void *)(uintptr_t)vd_tls_choose};
        options[n++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0,
                                               (void *)(uintptr_t)"NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"};
    }
    options[n] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    h->daemon = MHD_start_daemon(
        flags, 0, on_accept, h, on_request, h, MHD_OPTION_EXTERNAL_LOGGER, on_library_log, h,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, h->o.max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)h->o.timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)VD_HTTP_CONNECTION_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, on_line, h,
        MHD_OPTION_NOTIFY_COMPLETED, on_done, h, MHD_OPTION_NOTIFY_CONNECTION, on_connection, h,
        MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    return h->daemon ? 0 : vd_fail(err, VD_IO, "the HTTP server did not start: %s", strerror(errno));
}

static void set_defaults(vd_http_options *o)
{
    if (!o->address) o->address = "127.0.0.1";
    if (!o->max_body) o->max_body = (size_t)100 << 20;
    if (!o->threads) o->threads = 4;
    if (!o->max_connections) o->max_connections = 4096;
    if (o->max_connections < o->threads) o->max_connections = o->threads;
    if (o->timeout_s <= 0) o->timeout_s = 30;
    if (o->request_s <= 0) o->request_s = 60;
    if (!o->max_in_flight) o->max_in_flight = 512ull << 20;
}

static char *copy_of(const char *z)
{
    size_t n = z ? strlen(z) + 1 : 0;
    return z ? memcpy(vd_malloc(n), z, n) : NULL;
}

static vd_http *make(const vd_http_options *options)
{
    vd_http *h = vd_calloc(1, sizeof *h);
    h->o = *options;
    set_defaults(&h->o);
    h->cert_path = copy_of(h->o.tls_cert);
    h->key_path = copy_of(h->o.tls_key);
    pthread_mutex_init(&h->lock, NULL);
    pthread_mutex_init(&h->tls_lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&h->quiet, &attr);
    pthread_condattr_destroy(&attr);
    vd_http_crew_init(h);
    vd_body_pool_init(&h->bodies, h->o.max_body, h->o.max_in_flight);
    h->counts = vd_calloc(h->o.n_routes + 1, sizeof *h->counts);
    for (size_t i = 0; i <= h->o.n_routes; i++)
        h->counts[i].times = vd_histogram_new();
    return h;
}

static void destroy(vd_http *h)
{
    vd_tls_fini(h);
    vd_http_crew_fini(h);
    vd_body_pool_fini(&h->bodies);
    for (size_t i = 0; i <= h->o.n_routes; i++)
        vd_histogram_free(h->counts[i].times);
    pthread_mutex_destroy(&h->lock);
    pthread_mutex_destroy(&h->tls_lock);
    pthread_cond_destroy(&h->quiet);
    free(h->counts);
    free(h->cert_path);
    free(h->key_path);
    free(h);
}

/* The library last: connections and requests go to the others from the first on. */
static int start_threads(vd_http *h, int fd, vd_err *err)
{
    int code = vd_sweep_start(h, err);
    if (code) return code;
    code = vd_http_crew_start(h, err);
    if (!code && (code = start_daemon(h, fd, err))) vd_http_crew_stop(h);
    if (code) vd_sweep_stop(h);
    return code;
}

static int start(vd_http *h, vd_err *err)
{
    if (!h->o.tls_cert != !h->o.tls_key)
        return vd_fail(err, VD_USAGE, "TLS needs both a certificate and its key");
    int code = h->o.tls_cert ? vd_tls_load(h, err) : 0;
    if (code) return code;
    raise_file_limit(h->o.max_connections);
    int fd = open_socket(h, err);
    if (fd < 0) return VD_IO;
    code = start_threads(h, fd, err);
    if (code) close(fd);
    return code;
}

int vd_http_start(const vd_http_options *options, vd_http **out, vd_err *err)
{
    vd_http *h = make(options);
    int code = start(h, err);
    if (code) {
        destroy(h);
        h = NULL;
    }
    *out = h;
    return code;
}

uint16_t vd_http_port(const vd_http *h)
{
    return h->port;
}

int vd_http_reload(vd_http *h, vd_err *err)
{
    return h->cert_path ? vd_tls_load(h, err) : 0;
}

/* --- stopping --- */

static void drain(vd_http *h, int ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000L;
    }
    pthread_mutex_lock(&h->lock);
    while (h->active && pthread_cond_timedwait(&h->quiet, &h->lock, &until) == 0) continue;
    pthread_mutex_unlock(&h->lock);
}

void vd_http_stop(vd_http *h, int drain_ms)
{
    if (!h) return;
    atomic_store(&h->stopping, true);
    vd_sweep_idle(h);
    drain(h, drain_ms < 0 ? 0 : drain_ms);
    vd_http_crew_stop(h); /* no connection may be suspended when the library ends */
    drain(h, LAST_ANSWERS_MS);
    MHD_stop_daemon(h->daemon);
    vd_sweep_stop(h);
    destroy(h);
}

/* --- numbers --- */

vd_http_stats vd_http_stats_of(const vd_http *h)
{
    return (vd_http_stats){
        .connections = atomic_load(&h->connections),
        .connections_total = atomic_load(&h->connections_total),
        .requests = atomic_load(&h->requests),
        .refused = atomic_load(&h->refused),
        .timed_out = atomic_load(&h->timed_out),
        .unauthorised = atomic_load(&h->unauthorised),
        .bytes_in = atomic_load(&h->bytes_in),
        .bytes_out = atomic_load(&h->bytes_out),
        .bytes_in_flight = atomic_load(&h->bodies.in_flight),
    };
}

static void print_number(vd_text_out *out, const char *name, const char *type, const char *help,
                         uint64_t value)
{
    vd_metric_head(out, name, type, help);
    vd_metric(out, name, NULL, (double)value);
}

static const char *route_name(const vd_http *h, size_t i)
{
    return i < h->o.n_routes ? h->o.routes[i].name : "none";
}

/* Routes may share a name; Prometheus wants each series once. */
static bool is_first_of_name(const vd_http *h, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (strcmp(route_name(h, k), route_name(h, i)) == 0) return false;
    return true;
}

static void print_classes(const vd_http *h, size_t i, vd_text_out *out)
{
    char label[128], both[192];
    vd_metric_label(label, sizeof label, "route", vd_str_from(route_name(h, i)));
    for (unsigned c = 2; c < 6; c++) {
        uint64_t n = 0;
        for (size_t k = i; k <= h->o.n_routes; k++)
            if (strcmp(route_name(h, k), route_name(h, i)) == 0) n += atomic_load(&h->counts[k].by_class[c]);
        snprintf(both, sizeof both, "%s,status=\"%uxx\"", label, c);
        if (n) vd_metric(out, "vedette_http_requests_total", both, (double)n);
    }
}

/* A route that was never asked for is left out: most never are. */
static void print_times(const vd_http *h, size_t i, vd_text_out *out)
{
    char label[128];
    vd_histogram *sum = vd_histogram_new();
    for (size_t k = i; k <= h->o.n_routes; k++)
        if (strcmp(route_name(h, k), route_name(h, i)) == 0) vd_histogram_merge(sum, h->counts[k].times);
    vd_metric_label(label, sizeof label, "route", vd_str_from(route_name(h, i)));
    if (vd_histogram_at(sum, 1)) vd_histogram_print(out, sum, "vedette_http_request_seconds", label);
    vd_histogram_free(sum);
}

void vd_http_metrics(const vd_http *h, vd_text_out *out)
{
    vd_http_stats s = vd_http_stats_of(h);
    print_number(out, "vedette_http_connections", "gauge", "Open connections.", s.connections);
    print_number(out, "vedette_http_connections_total", "counter", "Connections taken.", s.connections_total);
    print_number(out, "vedette_http_refused_total", "counter", "Requests refused before a handler saw them.",
                 s.refused);
    print_number(out, "vedette_http_unauthorised_total", "counter", "Requests without a key that may.",
                 s.unauthorised);
    print_number(out, "vedette_http_timeouts_total", "counter", "Connections ended because they were slow.",
                 s.timed_out);
    print_number(out, "vedette_http_body_bytes_total", "counter", "Bytes of bodies, as they were sent.", s.bytes_in);
    print_number(out, "vedette_http_answer_bytes_total", "counter", "Bytes of answers' bodies.", s.bytes_out);
    print_number(out, "vedette_http_body_bytes_in_flight", "gauge", "Bytes of bodies in memory.",
                 s.bytes_in_flight);
    vd_metric_head(out, "vedette_http_requests_total", "counter", "Requests answered.");
    for (size_t i = 0; i <= h->o.n_routes; i++)
        if (is_first_of_name(h, i)) print_classes(h, i, out);
    vd_metric_head(out, "vedette_http_request_seconds", "histogram",
                   "From a request's line to its answer's beginning.");
    for (size_t i = 0; i <= h->o.n_routes; i++)
        if (is_first_of_name(h, i)) print_times(h, i, out);
}
