#include "server/http_int.h"

#include <gnutls/gnutls.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/utf8.h"

/* How slowly an answer may be read before its connection is ended. */
#define SLOWEST_BYTES_PER_MS 64

vd_str vd_request_param(const vd_request *r, const char *name)
{
    const vd_exchange *x = vd_exchange_of(r);
    for (size_t i = 0; i < x->n_params; i++)
        if (vd_str_eq(x->params[i].name, vd_str_from(name))) return x->params[i].value;
    return (vd_str){NULL, 0};
}

vd_str vd_request_header(const vd_request *r, const char *name)
{
    const char *value = NULL;
    size_t n = 0;
    if (MHD_lookup_connection_value_n(vd_exchange_of(r)->mhd, MHD_HEADER_KIND, name, strlen(name), &value,
                                      &n) != MHD_YES)
        return (vd_str){NULL, 0};
    return (vd_str){value ? value : "", value ? n : 0};
}

const vd_http *vd_request_server(const vd_request *r)
{
    return vd_exchange_of(r)->h;
}

static bool wants_pretty(const vd_request *r)
{
    vd_str p = vd_request_param(r, "pretty");
    return p.p && !vd_str_eq(p, VD_STR("false"));
}

void vd_answer_json(const vd_request *r, vd_answer *a, const vd_json *v)
{
    bool pretty = wants_pretty(r);
    vd_str text = vd_json_text(r->arena, v, pretty);
    a->body = pretty ? vd_arena_printf(r->arena, "%.*s\n", VD_FMT(text)) : text;
    if (!a->status) a->status = 200;
}

/* JSON is UTF-8, whatever a stranger's path was; and a reason that was cut may end inside a
 * character. */
static vd_str as_utf8(vd_arena *a, vd_str s)
{
    char *p = vd_arena_alloc(a, s.n * 3 + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t cp = vd_utf8_next(s, &i);
        n += vd_utf8_put(cp >= 0xdc00 && cp <= 0xdfff ? 0xfffd : cp, p + n);
    }
    return (vd_str){p, n};
}

static vd_json *error_cause(const char *type, vd_str reason)
{
    vd_json *cause = vd_json_object();
    vd_json_set_str(cause, "type", vd_str_from(type));
    vd_json_set_str(cause, "reason", reason);
    return cause;
}

void vd_answer_error(const vd_request *r, vd_answer *a, unsigned status, const char *type,
                     const char *fmt, ...)
{
    char text[2048];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    vd_str reason = as_utf8(r->arena, vd_str_from(text));
    vd_json *error = error_cause(type, reason), *causes = vd_json_array();
    vd_json_push(causes, error_cause(type, reason));
    vd_json_set(error, "root_cause", causes);
    vd_json *root = vd_json_object();
    vd_json_set(root, "error", error);
    vd_json_set(root, "status", vd_json_int(status));
    vd_answer_drop(a);
    a->status = status;
    a->type = NULL;
    vd_answer_json(r, a, root);
    vd_json_free(root);
}

void vd_answer_header(vd_answer *a, const char *name, const char *value)
{
    if (a->n_headers == sizeof a->headers / sizeof *a->headers) return;
    a->headers[a->n_headers][0] = name;
    a->headers[a->n_headers++][1] = value;
}

void vd_answer_drop(vd_answer *a)
{
    free(a->owned);
    a->owned = NULL;
    a->body = (vd_str){NULL, 0};
}

/* Clients of Elasticsearch 8 and 9 ask for a type with the version in it, and stop if they
 * are not answered in it. */
static const char *type_of(const vd_exchange *x)
{
    if (x->answer.type) return x->answer.type;
    vd_str accept = vd_request_header(&x->r, "Accept"), vendor = VD_STR("application/vnd.elasticsearch+json");
    for (size_t i = 0; i + vendor.n <= accept.n; i++) {
        if (!vd_str_eq_ascii_ci(vd_str_sub(accept, i, i + vendor.n), vendor)) continue;
        vd_str with = VD_STR("compatible-with=");
        for (size_t k = i + vendor.n; k + with.n < accept.n && accept.p[k] != ','; k++)
            if (vd_str_starts(vd_str_sub(accept, k, accept.n), with) && accept.p[k + with.n] == '9')
                return "application/vnd.elasticsearch+json;compatible-with=9";
        return "application/vnd.elasticsearch+json;compatible-with=8";
    }
    return "application/json";
}

/* What the client calls its request, if it can stand in a header. */
static const char *opaque_id(const vd_exchange *x)
{
    vd_str id = vd_request_header(&x->r, "X-Opaque-Id");
    if (id.n == 0 || id.n > 256) return NULL;
    for (size_t i = 0; i < id.n; i++)
        if ((unsigned char)id.p[i] < 0x20 || (unsigned char)id.p[i] >= 0x7f) return NULL;
    return id.p; /* the library ends it with a NUL */
}

typedef void (*put_header)(void *to, const char *name, const char *value);

static void put_headers(const vd_exchange *x, bool close, put_header put, void *to)
{
    const char *id = opaque_id(x);
    put(to, "X-Elastic-Product", "Elasticsearch");
    put(to, "Content-Type", type_of(x));
    put(to, "X-Content-Type-Options", "nosniff");
    if (id) put(to, "X-Opaque-Id", id);
    if (close) put(to, "Connection", "close");
    for (size_t i = 0; i < x->answer.n_headers; i++)
        put(to, x->answer.headers[i][0], x->answer.headers[i][1]);
}

static void put_to_library(void *to, const char *name, const char *value)
{
    MHD_add_response_header((struct MHD_Response *)to, name, value);
}

static void put_to_text(void *to, const char *name, const char *value)
{
    vd_text_add((vd_text_out *)to, "%s: %s\r\n", name, value);
}

static void count_answer(vd_exchange *x)
{
    vd_http *h = x->h;
    size_t which = x->route ? (size_t)(x->route - h->o.routes) : h->o.n_routes;
    unsigned class = x->answer.status / 100;
    atomic_fetch_add_explicit(&h->counts[which].by_class[class < 6 ? class : 5], 1, memory_order_relaxed);
    vd_histogram_add(h->counts[which].times, vd_mono_ns() - x->began);
    atomic_fetch_add_explicit(&h->bytes_out, x->answer.body.n, memory_order_relaxed);
    if (x->refused) atomic_fetch_add_explicit(&h->refused, 1, memory_order_relaxed);
}

enum MHD_Result vd_answer_send(vd_exchange *x, bool close)
{
    vd_answer *a = &x->answer;
    if (!a->status) a->status = 200;
    count_answer(x);
    void *p = (void *)(uintptr_t)(a->body.p ? a->body.p : "");
    struct MHD_Response *response =
        a->owned ? MHD_create_response_from_buffer_with_free_callback_cls(a->body.n, p, free, a->owned)
                 : MHD_create_response_from_buffer(a->body.n, p, MHD_RESPMEM_PERSISTENT);
    if (!response) return MHD_NO;
    a->owned = NULL;
    put_headers(x, close || atomic_load(&x->h->stopping), put_to_library, response);
    vd_sweep_allow(x->conn, x->h->o.request_s * 1000LL + (int64_t)(a->body.n / SLOWEST_BYTES_PER_MS));
    enum MHD_Result queued = MHD_queue_response(x->mhd, a->status, response);
    MHD_destroy_response(response);
    return queued;
}

static void write_all(vd_exchange *x, const char *p, size_t n)
{
    const union MHD_ConnectionInfo *tls = MHD_get_connection_info(x->mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (x->h->o.tls_cert && tls && tls->tls_session)
        gnutls_record_send((gnutls_session_t)tls->tls_session, p, n);
    else if (send(x->conn->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return; /* the other side does not listen: the connection ends anyhow */
}

static const char *reason_of(unsigned status)
{
    return status == 413 ? "Content Too Large" : status == 429 ? "Too Many Requests" : "Bad Request";
}

/* Nothing of an answer is on its way yet and an error is short, so it fits into the socket's
 * empty buffer. */
void vd_answer_send_early(vd_exchange *x)
{
    vd_text_out out = {0};
    count_answer(x);
    vd_text_add(&out, "HTTP/1.1 %u %s\r\n", x->answer.status, reason_of(x->answer.status));
    put_headers(x, true, put_to_text, &out);
    vd_text_add(&out, "Content-Length: %zu\r\n\r\n", x->answer.body.n);
    if (x->r.method != VD_HEAD) vd_text_add(&out, "%.*s", VD_FMT(x->answer.body));
    write_all(x, out.v.v, out.v.n);
    vd_vec_free(&out.v);
}
