#include "server/http_int.h"

#include <errno.h>
#include <gnutls/gnutls.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/wait.h"
#include "server/log.h"

/* Descriptors besides those of connections: the store's, the rules', the library's own. */
#define OTHER_FILES 512

/* For answers that were made when the drain was over. */
#define LAST_ANSWERS_MS 200

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
        flags, 0, vd_on_accept, h, vd_on_request, h, MHD_OPTION_EXTERNAL_LOGGER, vd_on_library_log, h,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, h->o.max_connections,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)h->o.timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)VD_HTTP_CONNECTION_MEMORY, MHD_OPTION_URI_LOG_CALLBACK, vd_on_line, h,
        MHD_OPTION_NOTIFY_COMPLETED, vd_on_done, h, MHD_OPTION_NOTIFY_CONNECTION, vd_on_connection, h,
        MHD_OPTION_UNESCAPE_CALLBACK, vd_on_unescape, NULL, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
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
    vd_cond_init(&h->quiet);
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
    struct timespec until = vd_wait_until(ms);
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
