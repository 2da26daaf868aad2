/* server/http_int.h - what the files of the HTTP server share
 *
 * The way of a request: the library tells of a connection (exchange.c, sweep.c), then of the
 * request's line (an exchange begins), then of its head (route.c decides: refuse or go on),
 * then of pieces of its body (body.c), then of its end (the handler runs, answer.c sends),
 * then that all is sent or lost (the exchange ends).
 *
 * Threads   An exchange belongs to the library's thread that has its connection. The list
 *           of connections is behind `lock`; what the sweeper reads of one is atomic. */
#ifndef VD_SERVER_HTTP_INT_H
#define VD_SERVER_HTTP_INT_H

#include <gnutls/abstract.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

#include "server/http.h"
#include "server/metrics.h"

/* Bytes of a request's line and headers, and of the pieces in which a body is read. */
#define VD_HTTP_CONNECTION_MEMORY (128u << 10)
/* Parts of a path, and pairs of a query; more are refused. */
#define VD_HTTP_PATH_SEGMENTS 24
#define VD_HTTP_PARAMS        64
/* A body that is refused but no longer than this is read, so that the connection can go on. */
#define VD_HTTP_SWALLOW (64u << 10)
/* Threads for what may take long, and requests that wait for one; more are told to come again. */
#define VD_HTTP_CREW    4
#define VD_HTTP_WAITING 128
/* Connections that are ended while the other side still sends are read for so long that it
 * can see the answer: closing at once would make its kernel throw the answer away. */
#define VD_HTTP_LINGER_MS  3000
#define VD_HTTP_LINGER_MAX 128

/* --- uri.c: what stands in a request's line --- */

typedef struct vd_pair {
    vd_str name, value;
} vd_pair;

/* %xx and, in queries, + made into bytes. false: a % that is not followed by two digits. */
bool vd_uri_decode(vd_arena *a, vd_str raw, bool plus, vd_str *out);
/* The parts of a path, decoded; empty ones are left out. *why: what is wrong, if false. */
bool vd_uri_path(vd_arena *a, vd_str path, vd_str parts[VD_HTTP_PATH_SEGMENTS], size_t *n,
                 const char **why);
bool vd_uri_query(vd_arena *a, vd_str query, vd_pair pairs[VD_HTTP_PARAMS], size_t *n, const char **why);
/* Whether a Host or Origin's authority is this machine's loopback or an address in digits: no
 * name that a stranger's name server could point here. */
bool vd_uri_is_local_host(vd_str host);
/* Whether a page of that Origin was served by the server called `host`. */
bool vd_uri_same_site(vd_str origin, vd_str host);

/* --- body.c: bytes that come in --- */

/* A run of memory that grows without copying, its pages are moved. */
typedef struct vd_buffer {
    char *p;
    size_t n, cap;
    size_t charged; /* of the bound over all requests */
} vd_buffer;

typedef enum vd_packing { VD_PACK_NONE, VD_PACK_GZIP, VD_PACK_ZSTD, VD_PACK_UNKNOWN } vd_packing;

typedef enum vd_body_code {
    VD_BODY_OK,
    VD_BODY_TOO_LARGE, /* 413 */
    VD_BODY_NO_ROOM,   /* 429: other requests fill the memory */
    VD_BODY_BROKEN     /* 400 */
} vd_body_code;

#define VD_SPARE_BUFFERS 8

/* Buffers between requests, and the bound over all that are in use. */
typedef struct vd_body_pool {
    pthread_mutex_t lock;
    vd_buffer spare[VD_SPARE_BUFFERS];
    size_t n_spare;
    _Atomic uint64_t in_flight;
    uint64_t max_in_flight;
    size_t max_body;
} vd_body_pool;

void vd_body_pool_init(vd_body_pool *pool, size_t max_body, uint64_t max_in_flight);
void vd_body_pool_fini(vd_body_pool *pool);
/* Appends; expected: how many bytes are said to come in all (0: not said): a hint that is
 * believed only as far as bytes have come. */
vd_body_code vd_body_take(vd_body_pool *pool, vd_buffer *b, const char *p, size_t n, uint64_t expected);
/* Zeroes VD_PADDING bytes behind what is there; the slice is valid until release. */
vd_str vd_body_seal(vd_buffer *b);
void vd_body_release(vd_body_pool *pool, vd_buffer *b);
vd_packing vd_body_packing(vd_str content_encoding);
/* Unpacks `in`; *why says what is wrong with it. */
vd_body_code vd_body_unpack(vd_body_pool *pool, vd_packing packing, vd_str in, vd_buffer *out,
                            const char **why);

/* --- auth.c: who asks --- */

/* The texts of keys that a header of `Authorization` may stand for, the likelier first. */
size_t vd_auth_read(vd_arena *a, vd_str header, vd_str keys[2]);
/* The id in a key's text, for logs; empty if it has none that can be shown. */
vd_str vd_auth_id(vd_arena *a, vd_str key);

/* --- connections and exchanges --- */

typedef struct vd_conn {
    vd_http *h;
    struct vd_conn *prev, *next;
    int fd;
    _Atomic int64_t deadline; /* vd_mono_ns at which the sweeper ends it; INT64_MAX: not */
    atomic_bool idle;         /* between requests */
    atomic_bool swept;
    bool linger;              /* the other side may still be sending when it is closed */
} vd_conn;

typedef struct vd_exchange {
    vd_request r; /* first: a request is its exchange */
    vd_arena arena;
    vd_http *h;
    vd_conn *conn;
    struct MHD_Connection *mhd;
    vd_str uri;
    vd_pair params[VD_HTTP_PARAMS];
    size_t n_params;
    const vd_route *route; /* NULL: none fits */
    bool known_method;
    bool decided;          /* its head was looked at */
    bool refused;          /* `answer` is an error; what comes of the body is thrown away */
    bool handled;          /* `answer` is there */
    vd_packing packing;
    uint64_t expected;     /* Content-Length; 0: none */
    bool chunked;
    vd_buffer body, unpacked;
    vd_answer answer;
    int64_t began;         /* vd_mono_ns */
} vd_exchange;

typedef struct vd_route_count {
    _Atomic uint64_t by_class[6]; /* [2]: answers of 200 to 299 */
    vd_histogram *times;
} vd_route_count;

typedef struct vd_certificate {
    gnutls_pcert_st *chain;
    unsigned n;
    gnutls_privkey_t key;
    struct vd_certificate *older; /* sessions may still use it */
} vd_certificate;

/* A ring of exchanges whose connections are suspended. */
typedef struct vd_http_crew {
    pthread_mutex_t lock;
    pthread_cond_t more;
    vd_exchange *queue[VD_HTTP_WAITING];
    size_t first, n;
    bool ends;
    pthread_t threads[VD_HTTP_CREW];
    unsigned n_threads;
} vd_http_crew;

typedef struct vd_linger {
    int fd;
    int64_t until;
} vd_linger;

struct vd_http {
    vd_http_options o;
    char *cert_path, *key_path;
    struct MHD_Daemon *daemon;
    uint16_t port;
    bool loopback;
    vd_body_pool bodies;
    vd_route_count *counts; /* of each route; the last: of none */

    pthread_mutex_t lock;
    pthread_cond_t quiet;   /* active became 0 */
    vd_conn *conns;
    size_t active;          /* exchanges */
    vd_linger lingers[VD_HTTP_LINGER_MAX];
    size_t n_lingers;
    bool sweep_ends;
    int wake[2];            /* a pipe to the sweeper */
    pthread_t sweeper;
    atomic_bool stopping;
    vd_http_crew crew;

    pthread_mutex_t tls_lock;
    vd_certificate *certificate;

    _Atomic uint64_t connections, connections_total, requests, refused, timed_out, unauthorised;
    _Atomic uint64_t bytes_in, bytes_out;
    _Atomic int64_t told;      /* vd_mono_ns of the last line on who was not let in */
    _Atomic uint64_t not_told;
};

static inline vd_exchange *vd_exchange_of(const vd_request *r)
{
    return (vd_exchange *)r->impl;
}

/* --- route.c --- */

/* Looks at the head: which route, who, how much. Fills x->answer and sets x->refused if it is
 * not let in. */
void vd_route_decide(vd_exchange *x, const char *method);

/* --- answer.c --- */

/* Gives x->answer to the library. close: the connection ends with it. */
enum MHD_Result vd_answer_send(vd_exchange *x, bool close);
/* Writes x->answer past the library, which takes no answer while a body is coming; the connection
 * must end after it. */
void vd_answer_send_early(vd_exchange *x);
void vd_answer_drop(vd_answer *a);

/* --- exchange.c: what the library calls --- */

void vd_on_connection(void *ctx, struct MHD_Connection *mhd, void **socket_context,
                      enum MHD_ConnectionNotificationCode what);
enum MHD_Result vd_on_accept(void *ctx, const struct sockaddr *address, socklen_t n);
void *vd_on_line(void *ctx, const char *uri, struct MHD_Connection *mhd);
enum MHD_Result vd_on_request(void *ctx, struct MHD_Connection *mhd, const char *url, const char *method,
                              const char *version, const char *piece, size_t *n, void **request);
void vd_on_done(void *ctx, struct MHD_Connection *mhd, void **request, enum MHD_RequestTerminationCode how);
size_t vd_on_unescape(void *ctx, struct MHD_Connection *mhd, char *s);
void vd_on_library_log(void *ctx, const char *fmt, va_list args) __attribute__((format(printf, 2, 0)));

/* Calls the handler. */
void vd_exchange_run(vd_exchange *x);
/* Answers 429 or 503 in its stead. */
void vd_exchange_reject(vd_exchange *x, unsigned status, const char *reason);

/* --- crew.c: threads for what may take long --- */

void vd_http_crew_init(vd_http *h);
int vd_http_crew_start(vd_http *h, vd_err *err);
/* The connection must be suspended. false: too many wait; x is still the caller's. */
bool vd_http_crew_give(vd_http *h, vd_exchange *x);
/* Ends the threads; what waits is rejected. */
void vd_http_crew_stop(vd_http *h);
void vd_http_crew_fini(vd_http *h);

/* --- sweep.c --- */

int vd_sweep_start(vd_http *h, vd_err *err);
void vd_sweep_stop(vd_http *h);
vd_conn *vd_sweep_add(vd_http *h, int fd);
/* The connection is about to be closed by the library; lingers if it must. */
void vd_sweep_remove(vd_conn *c);
/* Moves the time at which the connection is ended to ms from now. */
void vd_sweep_allow(vd_conn *c, int64_t ms);
/* Ends connections between requests. */
void vd_sweep_idle(vd_http *h);

/* --- tls.c --- */

/* Reads h->cert_path and h->key_path and makes them those of new connections. */
int vd_tls_load(vd_http *h, vd_err *err);
void vd_tls_fini(vd_http *h);
int vd_tls_choose(gnutls_session_t session, const gnutls_datum_t *ca, int n_ca,
                  const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **chain,
                  unsigned *n, gnutls_privkey_t *key);

#endif
