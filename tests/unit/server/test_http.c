/* server/http.c and body.c - a server that is really asked */
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "server/http_int.h"

/* --- bodies --- */

#define KIB ((size_t)1 << 10)

static void test_gather(void **state)
{
    vd_body_pool pool;
    vd_buffer b = {0};
    char piece[1000];
    size_t n = 0;
    vd_body_pool_init(&pool, 2000 * KIB, 4000 * KIB);
    for (size_t i = 0; n + sizeof piece <= 2000 * KIB; i++, n += sizeof piece) {
        memset(piece, (int)(i & 0xff), sizeof piece);
        assert_int_equal(vd_body_take(&pool, &b, piece, sizeof piece, i % 2 ? 0 : 1 << 30), VD_BODY_OK);
        assert_int_equal(atomic_load(&pool.in_flight), n + sizeof piece);
        assert_true(b.cap <= 4 * (n + sizeof piece) + (512u << 10));
    }
    assert_int_equal(vd_body_take(&pool, &b, piece, 1000, 0), VD_BODY_TOO_LARGE);
    vd_str body = vd_body_seal(&b);
    assert_int_equal(body.n, n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal((unsigned char)body.p[i], i / sizeof piece & 0xff);
    for (size_t i = 0; i < VD_PADDING; i++)
        assert_int_equal(body.p[n + i], 0);
    vd_body_release(&pool, &b);
    assert_int_equal(atomic_load(&pool.in_flight), 0);
    assert_int_equal(vd_body_seal(&b).n, 0);
    vd_body_pool_fini(&pool);
}

static void test_all_bodies_are_bounded(void **state)
{
    vd_body_pool pool;
    vd_buffer a = {0}, b = {0};
    static char piece[600 << 10];
    vd_body_pool_init(&pool, 1000 * KIB, 1000 * KIB);
    assert_int_equal(vd_body_take(&pool, &a, piece, sizeof piece, 0), VD_BODY_OK);
    assert_int_equal(vd_body_take(&pool, &b, piece, 400 * KIB, 0), VD_BODY_OK);
    assert_int_equal(vd_body_take(&pool, &b, piece, 1, 0), VD_BODY_NO_ROOM);
    vd_body_release(&pool, &a);
    assert_int_equal(pool.n_spare, 1);
    assert_int_equal(vd_body_take(&pool, &b, piece, 1, 0), VD_BODY_OK);
    assert_int_equal(vd_body_take(&pool, &a, piece, 1, 0), VD_BODY_OK); /* the spare one */
    assert_int_equal(pool.n_spare, 0);
    vd_body_release(&pool, &a);
    vd_body_release(&pool, &b);
    vd_body_pool_fini(&pool);
}

/* Packs n bytes that differ from place to place. */
static vd_str pack(vd_packing packing, size_t n, char *out, size_t cap)
{
    char *plain = vd_malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        plain[i] = (char)(i * i >> 7);
    uLongf made = cap;
    if (packing == VD_PACK_ZSTD) made = ZSTD_compress(out, cap, plain, n, 1);
    else assert_int_equal(compress((Bytef *)out, &made, (const Bytef *)plain, n), Z_OK);
    free(plain);
    return (vd_str){out, made};
}

static void unpacks(vd_packing packing, size_t n, size_t limit, vd_body_code want)
{
    static char packed[4 << 20];
    vd_body_pool pool;
    vd_buffer out = {0};
    const char *why = NULL;
    vd_body_pool_init(&pool, limit, 100000 * KIB);
    vd_str in = pack(packing, n, packed, sizeof packed);
    assert_int_equal(vd_body_unpack(&pool, packing, in, &out, &why), want);
    if (want == VD_BODY_OK) {
        vd_str body = vd_body_seal(&out);
        assert_int_equal(body.n, n);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(body.p[i], (char)(i * i >> 7));
    }
    vd_body_release(&pool, &out);
    /* Cut anywhere it is broken, never more than that. */
    for (size_t cut = 1; cut < 12 && cut < in.n; cut++) {
        assert_int_equal(vd_body_unpack(&pool, packing, vd_str_sub(in, 0, in.n - cut), &out, &why) == VD_BODY_OK, 0);
        vd_body_release(&pool, &out);
    }
    assert_int_equal(atomic_load(&pool.in_flight), 0);
    vd_body_pool_fini(&pool);
}

static void test_unpack_up_to_the_limit(void **state)
{
    static const size_t sizes[] = {1, 63, 64, 65, 256 * 1024 - 64, 256 * 1024, 300000, 1 << 20, 3000001};
    for (vd_packing p = VD_PACK_GZIP; p <= VD_PACK_ZSTD; p++) {
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unpacks(p, sizes[i], sizes[i], VD_BODY_OK);
            unpacks(p, sizes[i], sizes[i] + 1, VD_BODY_OK);
            unpacks(p, sizes[i], 8 << 20, VD_BODY_OK);
            unpacks(p, sizes[i] + 1, sizes[i], VD_BODY_TOO_LARGE);
        }
    }
}

static void test_names_of_packings(void **state)
{
    assert_int_equal(vd_body_packing((vd_str){NULL, 0}), VD_PACK_NONE);
    assert_int_equal(vd_body_packing(VD_STR("identity")), VD_PACK_NONE);
    assert_int_equal(vd_body_packing(VD_STR(" GZip ")), VD_PACK_GZIP);
    assert_int_equal(vd_body_packing(VD_STR("deflate")), VD_PACK_GZIP);
    assert_int_equal(vd_body_packing(VD_STR("zstd")), VD_PACK_ZSTD);
    assert_int_equal(vd_body_packing(VD_STR("gzip, gzip")), VD_PACK_UNKNOWN);
    assert_int_equal(vd_body_packing(VD_STR("br")), VD_PACK_UNKNOWN);
}

/* --- a server --- */

static void on_body(void *ctx, const vd_request *r, vd_answer *a)
{
    ++*(atomic_int *)ctx;
    vd_json *v = vd_json_object();
    vd_json_set(v, "n", vd_json_uint(r->body.n));
    vd_json_set_str(v, "first", r->n_parts ? r->parts[0] : VD_STR(""));
    vd_json_set_str(v, "who", r->who);
    vd_answer_json(r, a, v);
    vd_json_free(v);
}

static void on_owned(void *ctx, const vd_request *r, vd_answer *a)
{
    a->status = 201;
    a->type = "text/plain";
    a->owned = vd_malloc(16);
    memcpy(a->owned, "..hello", 7);
    a->body = (vd_str){a->owned + 2, 5};
    vd_answer_header(a, "X-More", "yes");
}

/* An error instead of an answer that was begun. */
static void on_change_of_mind(void *ctx, const vd_request *r, vd_answer *a)
{
    on_owned(ctx, r, a);
    vd_answer_error(r, a, 404, "not_here_exception", "no %s: \xff", "such");
}

static const vd_route routes[] = {
    {VD_GET, "/", 0, on_body, "root"},
    {VD_POST, "/_bulk", VD_MAY_INGEST, on_body, "bulk"},
    {VD_POST, "/{}/_bulk", VD_MAY_INGEST, on_body, "bulk"},
    {VD_GET, "/owned", VD_MAY_READ, on_owned, "owned"},
    {VD_GET, "/mind", VD_MAY_READ, on_change_of_mind, "mind"},
    {VD_DELETE, "/{}", VD_MAY_ADMIN, on_body, "delete"},
};

static atomic_int handled;

static vd_http *start(vd_http_options o)
{
    vd_http *h;
    vd_err err = {0};
    o.address = "127.0.0.1";
    o.routes = routes;
    o.n_routes = sizeof routes / sizeof *routes;
    o.ctx = &handled;
    o.threads = 2;
    if (vd_http_start(&o, &h, &err)) fail_msg("%s", err.msg);
    return h;
}

static int connect_to(const vd_http *h)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(vd_http_port(h))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct timeval limit = {10, 0};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
    return fd;
}

static char got[1 << 20];

static void send_all(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t k = send(fd, p, n, MSG_NOSIGNAL);
        if (k <= 0) return;
        p += k;
        n -= (size_t)k;
    }
}

/* Sends a request that asks for the end of the connection, reads all there is; the status. */
static int ask(const vd_http *h, const char *request)
{
    int fd = connect_to(h), status = 0;
    size_t n = 0;
    send_all(fd, request, strlen(request));
    for (ssize_t k; (k = recv(fd, got + n, sizeof got - 1 - n, 0)) > 0;)
        n += (size_t)k;
    got[n] = 0;
    close(fd);
    if (sscanf(got, "HTTP/1.1 %d", &status) != 1) return 0;
    return status;
}

#define END "Host: localhost\r\nConnection: close\r\n"

static void test_routes(void **state)
{
    vd_http *h = start((vd_http_options){0});
    assert_int_equal(ask(h, "GET / HTTP/1.1\r\n" END "\r\n"), 200);
    assert_non_null(strstr(got, "X-Elastic-Product: Elasticsearch\r\n"));
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "Content-Length: 3\r\n\r\nabc"), 200);
    assert_non_null(strstr(got, "{\"n\":3,\"first\":\"\""));
    assert_int_equal(ask(h, "POST /a%20b/_bulk HTTP/1.1\r\n" END "Transfer-Encoding: chunked\r\n\r\n"
                            "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n"),
                     200);
    assert_non_null(strstr(got, "{\"n\":7,\"first\":\"a b\""));
    assert_int_equal(ask(h, "GET /owned HTTP/1.1\r\n" END "\r\n"), 201);
    assert_non_null(strstr(got, "\r\nX-More: yes\r\n"));
    assert_non_null(strstr(got, "\r\nContent-Type: text/plain\r\n"));
    assert_non_null(strstr(got, "\r\n\r\nhello"));
    assert_int_equal(ask(h, "GET /mind HTTP/1.1\r\n" END "\r\n"), 404);
    assert_non_null(strstr(got, "{\"error\":{\"type\":\"not_here_exception\",\"reason\":\"no such: \xef\xbf\xbd\","
                                "\"root_cause\":[{\"type\":\"not_here_exception\",\"reason\":\"no such: \xef\xbf\xbd\"}]"
                                "},\"status\":404}"));
    assert_int_equal(ask(h, "GET /_bulk HTTP/1.1\r\n" END "\r\n"), 405);
    assert_non_null(strstr(got, "\r\nAllow: POST, DELETE\r\n"));
    assert_int_equal(ask(h, "GET /a/b HTTP/1.1\r\n" END "\r\n"), 404);
    assert_int_equal(ask(h, "HEAD / HTTP/1.1\r\n" END "\r\n"), 200);
    assert_string_equal(strstr(got, "\r\n\r\n"), "\r\n\r\n");
    vd_http_stop(h, 1000);
}

static void test_what_is_refused_meets_no_handler(void **state)
{
    vd_http *h = start((vd_http_options){.max_body = 10});
    int before = atomic_load(&handled);
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "Content-Length: 11\r\n\r\n12345678901"), 413);
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "Content-Length: 9999999\r\n\r\n"), 413);
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "Transfer-Encoding: chunked\r\n\r\nb\r\n12345678901\r\n"
                            "0\r\n\r\n"),
                     413);
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx"), 415);
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx"),
                     400);
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "Origin: http://evil.example\r\nContent-Length: 1\r\n\r\nx"),
                     403);
    assert_int_equal(ask(h, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"), 403);
    assert_int_equal(ask(h, "GET /%00 HTTP/1.1\r\n" END "\r\n"), 400);
    assert_int_equal(atomic_load(&handled), before);
    vd_http_stats s = vd_http_stats_of(h);
    assert_int_equal(s.refused, 8);
    assert_int_equal(s.requests, 8);
    assert_int_equal(s.bytes_in_flight, 0);
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "Content-Length: 10\r\n\r\n1234567890"), 200);
    vd_http_stop(h, 1000);
}

static int ask_with(const vd_http *h, const char *what, const char *scheme, const char *key)
{
    char request[1024];
    snprintf(request, sizeof request, "%s HTTP/1.1\r\n" END "Authorization: %s %s\r\n\r\n", what, scheme, key);
    return ask(h, request);
}

static void test_keys(void **state)
{
    char folder[] = "/tmp/vedette-http-XXXXXX", path[64], ingest[VD_KEY_MAX], admin[VD_KEY_MAX];
    vd_err err = {0};
    vd_db *db;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/keys.db", folder);
    assert_int_equal(vd_db_open(path, VD_DB_PAPERS, false, &db, &err), 0);
    assert_int_equal(vd_keys_make(db, VD_STR("a"), VD_KEY_INGEST, 0, ingest, &err), 0);
    assert_int_equal(vd_keys_make(db, VD_STR("b"), VD_KEY_ADMIN, 0, admin, &err), 0);
    vd_http *h = start((vd_http_options){.keys = db});
    assert_int_equal(ask_with(h, "POST /_bulk", "ApiKey", ingest), 200);
    assert_null(strstr(got, "\"who\":\"\""));
    assert_int_equal(ask_with(h, "POST /_bulk", "Basic", ingest), 200);
    assert_int_equal(ask_with(h, "GET /owned", "ApiKey", ingest), 403);
    assert_int_equal(ask_with(h, "GET /owned", "Bearer", admin), 201);
    assert_int_equal(ask_with(h, "DELETE /x", "ApiKey", admin), 200);
    ingest[strlen(ingest) - 3] ^= 1;
    assert_int_equal(ask_with(h, "POST /_bulk", "ApiKey", ingest), 401);
    assert_non_null(strstr(got, "\r\nWWW-Authenticate: ApiKey\r\n"));
    assert_int_equal(ask(h, "POST /_bulk HTTP/1.1\r\n" END "\r\n"), 401);
    assert_int_equal(ask(h, "GET /nowhere/at/all HTTP/1.1\r\n" END "\r\n"), 401);
    assert_int_equal(ask(h, "GET / HTTP/1.1\r\n" END "\r\n"), 200);
    assert_int_equal(vd_http_stats_of(h).unauthorised, 4);
    vd_http_stop(h, 1000);
    vd_db_close(db);
    char command[96];
    snprintf(command, sizeof command, "rm -r %s", folder);
    assert_int_equal(system(command), 0);
}

static void test_start_that_fails(void **state)
{
    vd_http *h = start((vd_http_options){0}), *second;
    vd_err err = {0};
    vd_http_options o = {.address = "127.0.0.1", .port = vd_http_port(h)};
    assert_int_equal(vd_http_start(&o, &second, &err), VD_IO);
    assert_null(second);
    assert_non_null(strstr(err.msg, "Address already in use"));
    o = (vd_http_options){.address = "127.0.0.1", .tls_cert = "/nonexistent.pem", .tls_key = "/nonexistent.pem"};
    assert_int_equal(vd_http_start(&o, &second, &err), VD_IO);
    assert_non_null(strstr(err.msg, "/nonexistent.pem"));
    o.tls_key = NULL;
    assert_int_equal(vd_http_start(&o, &second, &err), VD_USAGE);
    o = (vd_http_options){.address = "no such host"};
    assert_int_equal(vd_http_start(&o, &second, &err), VD_IO);
    assert_int_equal(vd_http_reload(h, &err), 0); /* there is no certificate: nothing to do */
    vd_http_stop(h, 0);
    vd_http_stop(NULL, 0);
}

/* Connections that are idle do not hold the end up, one in a request for the drain at most. */
static void test_stop(void **state)
{
    vd_http *h = start((vd_http_options){0});
    int fds[10];
    for (int i = 0; i < 10; i++)
        fds[i] = connect_to(h);
    const char *begun = "POST /_bulk HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nx";
    send_all(fds[0], begun, strlen(begun));
    for (int i = 0; i < 100 && vd_http_stats_of(h).bytes_in_flight == 0; i++)
        usleep(20000);
    assert_int_equal(vd_http_stats_of(h).connections, 10);
    int64_t began = vd_mono_ns();
    vd_http_stop(h, 300);
    int64_t took = (vd_mono_ns() - began) / 1000000;
    assert_in_range(took, 290, 4000);
    for (int i = 0; i < 10; i++) {
        assert_true(recv(fds[i], got, 1, 0) <= 0);
        close(fds[i]);
    }
}

static void test_slow_requests_are_ended(void **state)
{
    vd_http *h = start((vd_http_options){.request_s = 1, .timeout_s = 5});
    int fd = connect_to(h);
    int64_t began = vd_mono_ns();
    send_all(fd, "GET / HTTP/1.1\r\n", 16);
    assert_true(recv(fd, got, 1, 0) <= 0);
    assert_in_range((vd_mono_ns() - began) / 1000000, 900, 4000);
    assert_int_equal(vd_http_stats_of(h).timed_out, 1);
    close(fd);
    vd_http_stop(h, 1000);
}

static void test_metrics(void **state)
{
    vd_http *h = start((vd_http_options){0});
    vd_text_out out = {0};
    ask(h, "GET / HTTP/1.1\r\n" END "\r\n");
    ask(h, "POST /_bulk HTTP/1.1\r\n" END "Content-Length: 3\r\n\r\nabc");
    ask(h, "POST /x/_bulk HTTP/1.1\r\n" END "Content-Length: 3\r\n\r\nabc");
    ask(h, "GET /a/b/c HTTP/1.1\r\n" END "\r\n");
    vd_http_metrics(h, &out);
    *vd_vec_push(&out.v) = 0;
    static const char *const lines[] = {"\nvedette_http_requests_total{route=\"bulk\",status=\"2xx\"} 2\n",
                                        "\nvedette_http_requests_total{route=\"none\",status=\"4xx\"} 1\n",
                                        "\nvedette_http_request_seconds_count{route=\"bulk\"} 2\n",
                                        "\nvedette_http_body_bytes_total 6\n",
                                        "\n# TYPE vedette_http_request_seconds histogram\n",
                                        "\nvedette_http_connections_total 4\n"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        if (!strstr(out.v.v, lines[i])) fail_msg("%s is not in %s", lines[i], out.v.v);
    assert_null(strstr(out.v.v, "owned"));
    vd_vec_free(&out.v);
    vd_http_stop(h, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gather),
        cmocka_unit_test(test_all_bodies_are_bounded),
        cmocka_unit_test(test_unpack_up_to_the_limit),
        cmocka_unit_test(test_names_of_packings),
        cmocka_unit_test(test_routes),
        cmocka_unit_test(test_what_is_refused_meets_no_handler),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_start_that_fails),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_slow_requests_are_ended),
        cmocka_unit_test(test_metrics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
