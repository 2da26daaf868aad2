/* A server with a few routes on server/http.h, for tests/e2e/test_http_faults.py.
 *
 *   http_echo [--db FILE] [--cert FILE --key FILE] [--max-body N] [--in-flight N] [--timeout S]
 *             [--request S] [--threads N] [--connections N] [--drain MS]
 *
 * Prints {"port":N,"keys":{"read":"..",..}} when it listens and {} when it was stopped
 * (SIGTERM). SIGHUP reads the certificate anew; SIGUSR1 prints {"requests":N,..}. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/hash.h"
#include "base/limits.h"
#include "server/http.h"
#include "server/log.h"

static vd_json *strings(const vd_str *p, size_t n)
{
    vd_json *list = vd_json_array();
    for (size_t i = 0; i < n; i++)
        vd_json_push(list, vd_json_string(p[i]));
    return list;
}

static void on_echo(void *ctx, const vd_request *r, vd_answer *a)
{
    char hex[65];
    vd_str body = r->body, q = vd_request_param(r, "q");
    unsigned padding = 0;
    for (size_t i = 0; i < VD_PADDING; i++)
        padding += (unsigned char)body.p[body.n + i];
    vd_sha256_hex(&body, 1, hex);
    vd_json *v = vd_json_object();
    vd_json_set(v, "bytes", vd_json_uint(body.n));
    vd_json_set_str(v, "sha256", (vd_str){hex, 64});
    vd_json_set(v, "padding", vd_json_int(padding));
    vd_json_set_str(v, "who", r->who);
    vd_json_set_str(v, "role", vd_str_from(vd_key_role_name(r->role)));
    vd_json_set(v, "parts", strings(r->parts, r->n_parts));
    if (q.p) vd_json_set_str(v, "q", q);
    vd_answer_json(r, a, v);
    vd_json_free(v);
}

static long number(const vd_request *r, const char *name, long most)
{
    vd_str s = vd_request_param(r, name);
    char z[16] = "";
    memcpy(z, s.n < sizeof z ? s.p : z, s.n < sizeof z ? s.n : 0);
    long n = strtol(z, NULL, 10);
    return n < 0 ? 0 : n > most ? most : n;
}

static void on_slow(void *ctx, const vd_request *r, vd_answer *a)
{
    long ms = number(r, "ms", 10000);
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000L}, NULL);
    on_echo(ctx, r, a);
}

static void on_big(void *ctx, const vd_request *r, vd_answer *a)
{
    size_t n = (size_t)number(r, "bytes", 256L << 20);
    a->owned = vd_malloc(n + 1);
    memset(a->owned, 'x', n);
    a->body = (vd_str){a->owned, n};
    a->type = "text/plain";
}

static const vd_route routes[] = {
    {VD_GET, "/open", 0, on_echo, "open"},
    {VD_GET, "/read", VD_MAY_READ, on_echo, "read"},
    {VD_POST | VD_PUT, "/echo", VD_MAY_INGEST, on_echo, "echo"},
    {VD_POST, "/{}/_bulk", VD_MAY_INGEST, on_echo, "bulk"},
    {VD_DELETE, "/admin/{}", VD_MAY_ADMIN, on_echo, "admin"},
    {VD_GET, "/slow", VD_MAY_ANY, on_slow, "slow"},
    {VD_GET | VD_POST, "/search", VD_MAY_READ, on_slow, "search"},
    {VD_GET, "/big", VD_MAY_ANY, on_big, "big"},
    {VD_GET, "/{}/parts/{}", VD_MAY_ANY, on_echo, "parts"},
};

typedef struct vd_flags {
    vd_http_options http;
    const char *db;
    int drain_ms;
} vd_flags;

static int read_flags(int argc, char **argv, vd_flags *f)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        const char *name = argv[i], *value = argv[i + 1];
        unsigned long n = strtoul(value, NULL, 10);
        if (!strcmp(name, "--db")) f->db = value;
        else if (!strcmp(name, "--cert")) f->http.tls_cert = value;
        else if (!strcmp(name, "--key")) f->http.tls_key = value;
        else if (!strcmp(name, "--max-body")) f->http.max_body = n;
        else if (!strcmp(name, "--in-flight")) f->http.max_in_flight = n;
        else if (!strcmp(name, "--timeout")) f->http.timeout_s = (int)n;
        else if (!strcmp(name, "--request")) f->http.request_s = (int)n;
        else if (!strcmp(name, "--threads")) f->http.threads = (unsigned)n;
        else if (!strcmp(name, "--connections")) f->http.max_connections = (unsigned)n;
        else if (!strcmp(name, "--drain")) f->drain_ms = (int)n;
        else return 1;
    }
    return argc % 2 == 0;
}

static int make_keys(vd_db *db, vd_json *keys, vd_err *err)
{
    for (vd_key_role role = VD_KEY_INGEST; role <= VD_KEY_ADMIN; role++) {
        char text[VD_KEY_MAX];
        vd_str name = vd_str_from(vd_key_role_name(role));
        int code = vd_keys_make(db, name, role, 0, text, err);
        if (code) return code;
        vd_json_set_str(keys, vd_key_role_name(role), vd_str_from(text));
    }
    return 0;
}

static void say(vd_json *v)
{
    vd_json_write_line(stdout, v);
    fflush(stdout);
    vd_json_free(v);
}

static void say_stats(const vd_http *h)
{
    vd_http_stats s = vd_http_stats_of(h);
    vd_json *v = vd_json_object();
    vd_json_set(v, "requests", vd_json_uint(s.requests));
    vd_json_set(v, "refused", vd_json_uint(s.refused));
    vd_json_set(v, "timed_out", vd_json_uint(s.timed_out));
    vd_json_set(v, "unauthorised", vd_json_uint(s.unauthorised));
    vd_json_set(v, "connections", vd_json_uint(s.connections));
    vd_json_set(v, "in_flight", vd_json_uint(s.bytes_in_flight));
    say(v);
}

/* Signals are waited for, not handled: the main thread has nothing else to do. */
static void serve(vd_http *h, const sigset_t *signals)
{
    for (int sig; sigwait(signals, &sig) == 0 && sig != SIGTERM;) {
        vd_err err = {0};
        if (sig == SIGUSR1) say_stats(h);
        else if (vd_http_reload(h, &err)) vd_log(VD_LOG_ERROR, "reload", err.msg, (const char *)NULL);
        else vd_log(VD_LOG_INFO, "reload", "reloaded", (const char *)NULL);
    }
}

static int run(vd_flags *f, const sigset_t *signals, vd_err *err)
{
    vd_http *h;
    vd_json *ready = vd_json_object(), *keys = vd_json_object();
    int code = f->db ? vd_db_open(f->db, VD_DB_PAPERS, false, &f->http.keys, err) : 0;
    if (!code && f->db) code = make_keys(f->http.keys, keys, err);
    if (!code) code = vd_http_start(&f->http, &h, err);
    if (code) return code;
    vd_json_set(ready, "port", vd_json_int(vd_http_port(h)));
    vd_json_set(ready, "keys", keys);
    say(ready);
    serve(h, signals);
    vd_http_stop(h, f->drain_ms);
    if (f->http.keys) vd_db_close(f->http.keys);
    say(vd_json_object());
    return 0;
}

int main(int argc, char **argv)
{
    vd_flags f = {.http = {.address = "127.0.0.1",
                           .routes = routes,
                           .n_routes = sizeof routes / sizeof *routes},
                  .drain_ms = 2000};
    sigset_t signals;
    vd_err err = {0};
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigaddset(&signals, SIGUSR1);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    if (read_flags(argc, argv, &f)) {
        fprintf(stderr, "http_echo: see the top of http_echo.c\n");
        return 2;
    }
    if (!run(&f, &signals, &err)) return 0;
    fprintf(stderr, "http_echo: %s\n", err.msg);
    return 1;
}
