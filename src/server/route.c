#include "server/http_int.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "server/log.h"

static const struct {
    const char *name;
    vd_method method;
} methods[] = {{"GET", VD_GET}, {"HEAD", VD_HEAD}, {"POST", VD_POST},
               {"PUT", VD_PUT}, {"DELETE", VD_DELETE}, {"PATCH", VD_PATCH}};

static vd_method method_of(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (strcmp(methods[i].name, name) == 0) return methods[i].method;
    return 0;
}

static void refuse(vd_exchange *x, unsigned status, const char *type, const char *reason)
{
    x->refused = true;
    vd_answer_error(&x->r, &x->answer, status, type, "%s", reason);
}

/* --- the line --- */

/* A proxy's client asks for http://host/path. */
static vd_str without_authority(vd_str uri)
{
    if (uri.n && uri.p[0] == '/') return uri;
    vd_str http = VD_STR("http://"), https = VD_STR("https://");
    size_t from = vd_str_starts(uri, http) ? http.n : vd_str_starts(uri, https) ? https.n : 0;
    if (!from) return uri;
    return vd_str_sub(uri, vd_str_find_byte(uri, '/', from), uri.n);
}

static bool read_uri(vd_exchange *x, vd_str segments[VD_HTTP_PATH_SEGMENTS], size_t *n)
{
    vd_str uri = without_authority(x->uri);
    size_t mark = vd_str_find_byte(uri, '?', 0);
    const char *why = NULL;
    x->r.path = vd_str_sub(uri, 0, mark);
    if (vd_uri_path(x->r.arena, x->r.path, segments, n, &why) &&
        vd_uri_query(x->r.arena, vd_str_sub(uri, mark + 1, uri.n), x->params, &x->n_params, &why))
        return true;
    refuse(x, 400, "illegal_argument_exception", why);
    return false;
}

/* --- which route --- */

/* Whether the pattern fits the parts; what its {} stand for goes to out. */
static bool fits(const char *pattern, const vd_str *segments, size_t n, vd_str *out, size_t *n_out)
{
    vd_str p = vd_str_from(pattern);
    size_t i = 0;
    *n_out = 0;
    for (size_t at = 0; at < p.n;) {
        size_t end = vd_str_find_byte(p, '/', at);
        vd_str want = vd_str_sub(p, at, end);
        at = end + 1;
        if (want.n == 0) continue;
        if (i == n) return false;
        if (!vd_str_eq(want, VD_STR("{}"))) {
            if (!vd_str_eq(want, segments[i])) return false;
        } else if (*n_out < VD_MAX_PATH_PARTS) {
            out[(*n_out)++] = segments[i];
        }
        i++;
    }
    return i == n;
}

static unsigned answered_methods(const vd_route *route)
{
    return route->methods | (route->methods & VD_GET ? (unsigned)VD_HEAD : 0u);
}

/* Sets x->route and the parts; *allowed: methods of all routes that fit the path. */
static void find_route(vd_exchange *x, const vd_str *segments, size_t n, unsigned *allowed)
{
    *allowed = 0;
    for (size_t i = 0; i < x->h->o.n_routes; i++) {
        const vd_route *route = &x->h->o.routes[i];
        vd_str parts[VD_MAX_PATH_PARTS];
        size_t n_parts;
        if (!fits(route->path, segments, n, parts, &n_parts)) continue;
        *allowed |= answered_methods(route);
        if (!(answered_methods(route) & x->r.method)) continue;
        x->route = route;
        x->r.n_parts = n_parts;
        memcpy(x->r.parts, parts, sizeof parts);
        return;
    }
}

static bool has_route(vd_exchange *x, unsigned allowed, const char *method)
{
    if (x->route) return true;
    x->refused = true;
    if (!allowed) {
        vd_answer_error(&x->r, &x->answer, 404, "resource_not_found_exception",
                        "there is nothing at [%.*s] (%s)", VD_FMT(x->r.path), method);
        return false;
    }
    char list[64] = "";
    size_t n = 0;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (allowed & methods[i].method)
            n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "", methods[i].name);
    vd_answer_error(&x->r, &x->answer, 405, "method_not_allowed_exception",
                    "[%.*s] does not take %s; allowed: %s", VD_FMT(x->r.path), method, list);
    vd_answer_header(&x->answer, "Allow", vd_arena_printf(x->r.arena, "%s", list).p);
    return false;
}

/* --- who asks --- */

static void read_role(vd_exchange *x)
{
    vd_str header = vd_request_header(&x->r, "Authorization"), keys[2];
    size_t n = header.p ? vd_auth_read(x->r.arena, header, keys) : 0;
    for (size_t i = 0; i < n && x->r.role == VD_KEY_NONE; i++) {
        x->r.role = vd_keys_check(x->h->o.keys, keys[i], x->r.now);
        if (x->r.role != VD_KEY_NONE) x->r.who = vd_auth_id(x->r.arena, keys[i]);
    }
}

static void client_address(const vd_exchange *x, char out[INET6_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(x->mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *sa = info ? info->client_addr : NULL;
    out[0] = 0;
    if (sa && sa->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, out, INET6_ADDRSTRLEN);
    else if (sa && sa->sa_family == AF_INET6)
        inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, out,
                  INET6_ADDRSTRLEN);
}

/* Once a second at most: whoever tries keys must not fill the disk. */
static void tell_refused(vd_exchange *x, const char *what)
{
    int64_t now = vd_mono_ns(), told = atomic_load(&x->h->told);
    if (now - told < 1000000000 || !atomic_compare_exchange_strong(&x->h->told, &told, now)) {
        atomic_fetch_add(&x->h->not_told, 1);
        return;
    }
    char address[INET6_ADDRSTRLEN], more[24];
    client_address(x, address);
    snprintf(more, sizeof more, "%" PRIu64, atomic_exchange(&x->h->not_told, 0));
    vd_log(VD_LOG_WARN, "http.refused", what, "client.ip", address, "url.path",
           vd_arena_str(x->r.arena, x->r.path).p, "user.id", vd_arena_str(x->r.arena, x->r.who).p,
           "vedette.not_told", more, (const char *)NULL);
}

static void refuse_unknown(vd_exchange *x)
{
    bool given = vd_request_header(&x->r, "Authorization").p != NULL;
    atomic_fetch_add(&x->h->unauthorised, 1);
    refuse(x, 401, "security_exception",
           given ? "the credentials are those of no valid API key"
                 : "this needs an API key: Authorization: ApiKey <key>");
    vd_answer_header(&x->answer, "WWW-Authenticate", "ApiKey");
    vd_answer_header(&x->answer, "WWW-Authenticate", "Basic realm=\"vedette\", charset=\"UTF-8\"");
    tell_refused(x, given ? "credentials of no valid key" : "no credentials");
}

/* Roles of the route; what is at no route is told to those with a key only. */
static bool may(vd_exchange *x)
{
    if (!x->h->o.keys) {
        x->r.role = VD_KEY_ADMIN;
        return true;
    }
    if (x->route && !x->route->roles) return true;
    read_role(x);
    if (x->r.role == VD_KEY_NONE) {
        refuse_unknown(x);
        return false;
    }
    if (!x->route || x->route->roles & 1u << x->r.role) return true;
    x->refused = true;
    atomic_fetch_add(&x->h->unauthorised, 1);
    vd_answer_error(&x->r, &x->answer, 403, "security_exception",
                    "a key of the role [%s] may not do this", vd_key_role_name(x->r.role));
    tell_refused(x, "a key without the right");
    return false;
}

/* A browser on this machine must not be made to act for a page from elsewhere: it may hold
 * credentials (Basic), and it reaches loopback. Its requests that change something have an
 * Origin. A page whose own name was pointed at loopback is of the same origin, so where no
 * key was asked for, loopback answers only to its own names. */
static bool is_from_here(vd_exchange *x)
{
    vd_str origin = vd_request_header(&x->r, "Origin"), host = vd_request_header(&x->r, "Host");
    bool changes = x->r.method != VD_GET && x->r.method != VD_HEAD;
    if (changes && origin.p && !vd_uri_same_site(origin, host)) {
        refuse(x, 403, "security_exception", "the request comes from a page of another site (Origin)");
        tell_refused(x, "request of another site's page");
        return false;
    }
    bool keyless = !x->h->o.keys || x->r.role == VD_KEY_NONE;
    if (x->h->loopback && keyless && host.n && !vd_uri_is_local_host(host)) {
        refuse(x, 403, "security_exception",
               "without a key only requests for localhost or an address are answered (Host)");
        return false;
    }
    return true;
}

/* --- how much --- */

static enum MHD_Result count_framing(void *ctx, enum MHD_ValueKind kind, const char *name, const char *value)
{
    unsigned *counts = ctx;
    counts[0] += vd_str_eq_ascii_ci(vd_str_from(name), VD_STR("Content-Length"));
    counts[1] += vd_str_eq_ascii_ci(vd_str_from(name), VD_STR("Transfer-Encoding"));
    return MHD_YES;
}

/* The library has read these headers its own way; where two readers could differ about
 * where a request ends, there is no request. */
static bool read_framing(vd_exchange *x)
{
    unsigned counts[2] = {0};
    vd_str length = vd_request_header(&x->r, "Content-Length");
    vd_str coding = vd_request_header(&x->r, "Transfer-Encoding");
    MHD_get_connection_values(x->mhd, MHD_HEADER_KIND, count_framing, counts);
    x->chunked = coding.p != NULL;
    if (counts[0] + counts[1] > 1 || (coding.p && !vd_str_eq_ascii_ci(coding, VD_STR("chunked")))) {
        refuse(x, 400, "illegal_argument_exception",
               "the request's length is given twice or in a way that is not known: one Content-Length or "
               "one Transfer-Encoding: chunked");
        return false;
    }
    for (size_t i = 0; i < length.n; i++) {
        if (x->expected > (UINT64_MAX - 9) / 10) break;
        x->expected = x->expected * 10 + (uint64_t)(length.p[i] - '0');
    }
    return true;
}

static bool has_room(vd_exchange *x)
{
    const vd_body_pool *pool = &x->h->bodies;
    if (x->packing == VD_PACK_UNKNOWN) {
        refuse(x, 415, "unsupported_encoding_exception",
               "of Content-Encoding gzip, deflate and zstd are known");
    } else if (x->expected > pool->max_body) {
        vd_answer_error(&x->r, &x->answer, 413, "content_too_long_exception",
                        "the body is larger than the limit of %zu bytes", pool->max_body);
        x->refused = true;
    } else if (x->expected && atomic_load(&pool->in_flight) + x->expected > pool->max_in_flight) {
        refuse(x, 429, "es_rejected_execution_exception",
               "other requests' bodies fill the memory set aside for them; send it again later");
        vd_answer_header(&x->answer, "Retry-After", "1");
    }
    return !x->refused;
}

void vd_route_decide(vd_exchange *x, const char *method)
{
    vd_str segments[VD_HTTP_PATH_SEGMENTS];
    size_t n;
    unsigned allowed;
    x->decided = true;
    x->r.now = vd_now_ms();
    x->r.method = method_of(method);
    x->r.content_type = vd_request_header(&x->r, "Content-Type");
    x->packing = vd_body_packing(vd_request_header(&x->r, "Content-Encoding"));
    if (!read_framing(x) || !read_uri(x, segments, &n)) return;
    find_route(x, segments, n, &allowed);
    if (may(x) && is_from_here(x) && has_route(x, allowed, method)) has_room(x);
}
