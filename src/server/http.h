/* server/http.h - HTTP as the service speaks it: limits, who may, answers
 *
 * Idea      A thin face over libmicrohttpd: a table of routes; bodies gathered up to a limit
 *           and unpacked (gzip, zstd) up to the same; a handler gets a whole request and
 *           fills an answer. Everything a stranger can do (size, time, connections,
 *           rights) is decided here, before a handler sees it.
 * Threads   A handler of a route that a shipper may use (VD_KEY_INGEST, or anyone) runs on one of
 *           the library's threads, which serves other connections too: some milliseconds are
 *           fine. The others (searches, rules, keys) run on threads of their own.
 * Keys      Authorization: ApiKey KEY, Bearer KEY, or Basic with any user and the key as the
 *           password, or with the key's id and secret: shippers such as rsyslog's
 *           omelasticsearch know only a user and a password.
 * Browsers  A request that changes something and has an Origin must have that of this server;
 *           on loopback what needs no key is answered only to the names of loopback, so that
 *           no page reaches the service through a browser, by its own name or another.
 * Errors    Always Elasticsearch's shape: {"error":{"type":..,"reason":..,"root_cause":[..]},
 *           "status":N}. */
#ifndef VD_SERVER_HTTP_H
#define VD_SERVER_HTTP_H

#include "base/arena.h"
#include "base/json.h"
#include "server/metrics.h"
#include "store/papers.h"

typedef enum vd_method { VD_GET = 1, VD_HEAD = 2, VD_POST = 4, VD_PUT = 8, VD_DELETE = 16, VD_PATCH = 32 } vd_method;

#define VD_MAX_PATH_PARTS 8

typedef struct vd_request {
    vd_method method;
    vd_str path;                       /* as asked for, without the query */
    vd_str parts[VD_MAX_PATH_PARTS];   /* what the route's {} stood for, percent-decoded */
    size_t n_parts;
    vd_str body;                       /* unpacked; VD_PADDING readable bytes behind it. Until the
                                          handler returns */
    vd_str content_type;
    vd_key_role role;                  /* of who asks */
    vd_str who;                        /* the key's id, for logs; empty: none */
    int64_t now;                       /* ms, when the last byte had come */
    int64_t received_ns;               /* vd_mono_ns then */
    vd_arena *arena;                   /* lives until the answer is sent */
    void *impl;
} vd_request;

/* A parameter of the query string, decoded; p NULL: it was not given ("pretty" alone: empty). */
vd_str vd_request_param(const vd_request *r, const char *name);
/* A header; p NULL: none. */
vd_str vd_request_header(const vd_request *r, const char *name);

typedef struct vd_http vd_http;
/* The server that has it. */
const vd_http *vd_request_server(const vd_request *r);

typedef struct vd_answer {
    unsigned status;        /* 200 unless set */
    const char *type;       /* content type; NULL: application/json (as the client asked:
                               application/vnd.elasticsearch+json;compatible-with=8) */
    vd_str body;            /* in the request's arena, or `owned` */
    char *owned;            /* freed after sending; body points into it */
    const char *headers[4][2];
    size_t n_headers;
} vd_answer;

void vd_answer_json(const vd_request *r, vd_answer *a, const vd_json *v); /* honours ?pretty */
/* Elasticsearch's error; type e.g. "parsing_exception", "illegal_argument_exception". */
void vd_answer_error(const vd_request *r, vd_answer *a, unsigned status, const char *type,
                     const char *fmt, ...) __attribute__((format(printf, 5, 6)));
void vd_answer_header(vd_answer *a, const char *name, const char *value);

typedef void (*vd_handler)(void *ctx, const vd_request *r, vd_answer *a);

/* path: "/_bulk", "/{}/_bulk": {} is one part that is not empty. The first that fits wins.
 * role: the least that may; VD_KEY_NONE: anyone (health). A role may what lower ones may, but
 * VD_KEY_INGEST may only ingest and VD_KEY_READ may not: `only` says which exactly. */
typedef struct vd_route {
    unsigned methods;       /* vd_method bits; HEAD is answered where GET is */
    const char *path;
    unsigned roles;         /* bits 1 << vd_key_role; 0: anyone */
    vd_handler handler;
    const char *name;       /* in metrics and logs */
} vd_route;

#define VD_MAY_INGEST  (1u << VD_KEY_INGEST | 1u << VD_KEY_ANALYST | 1u << VD_KEY_ADMIN)
#define VD_MAY_READ    (1u << VD_KEY_READ | 1u << VD_KEY_ANALYST | 1u << VD_KEY_ADMIN)
#define VD_MAY_ANALYSE (1u << VD_KEY_ANALYST | 1u << VD_KEY_ADMIN)
#define VD_MAY_ADMIN   (1u << VD_KEY_ADMIN)
/* Handshakes: any valid key. */
#define VD_MAY_ANY     (VD_MAY_READ | 1u << VD_KEY_INGEST)

typedef struct vd_http_options {
    const char *address;    /* "127.0.0.1", "::1", "0.0.0.0", ... */
    uint16_t port;          /* 0: any free one */
    const char *tls_cert, *tls_key; /* files; both or neither */
    size_t max_body;        /* bytes of a body, packed and unpacked each; 0: 100 MiB */
    unsigned max_connections; /* 0: 4096 */
    unsigned threads;       /* 0: 4 */
    int timeout_s;          /* without a byte; 0: 30 */
    int request_s;          /* for a whole request, head and body; 0: 60. Slower ones are closed */
    uint64_t max_in_flight; /* bytes of bodies in memory at once; 0: 512 MiB. Beyond: 429 */
    vd_db *keys;            /* API keys; NULL: no key is asked for (tests of this room) */
    const vd_route *routes;
    size_t n_routes;
    void *ctx;              /* of the handlers */
} vd_http_options;

/* Listens. VD_IO with the reason (address in use, bad certificate). */
int vd_http_start(const vd_http_options *options, vd_http **out, vd_err *err);
uint16_t vd_http_port(const vd_http *h);
/* Takes no new connection; ends those that are idle, waits up to `drain_ms` for requests under way. */
void vd_http_stop(vd_http *h, int drain_ms);
/* Reads the certificate anew (SIGHUP). */
int vd_http_reload(vd_http *h, vd_err *err);

typedef struct vd_http_stats {
    uint64_t connections, connections_total, requests, refused, timed_out, unauthorised;
    uint64_t bytes_in, bytes_out, bytes_in_flight;
} vd_http_stats;
vd_http_stats vd_http_stats_of(const vd_http *h);
/* The same for Prometheus, with counts and times of each route. */
void vd_http_metrics(const vd_http *h, vd_text_out *out);

#endif
