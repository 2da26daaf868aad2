#include "server/http_int.h"

#include <arpa/inet.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool vd_uri_decode(vd_arena *a, vd_str raw, bool plus, vd_str *out)
{
    char *p = vd_arena_alloc(a, raw.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '%') {
            if (raw.n - i < 3) return false;
            int hi = hex_digit(raw.p[i + 1]), lo = hex_digit(raw.p[i + 2]);
            if (hi < 0 || lo < 0) return false;
            c = (char)(hi << 4 | lo);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        p[n++] = c;
    }
    p[n] = 0;
    *out = (vd_str){p, n};
    return true;
}

static bool is_dots(vd_str s)
{
    return vd_str_eq(s, VD_STR(".")) || vd_str_eq(s, VD_STR(".."));
}

/* Nothing that a path may name has such parts, and what stands behind it (logs, files, other
 * programs) could take them for something else. A slash was encoded if it is still there. */
static bool is_plain_part(vd_str part)
{
    for (size_t i = 0; i < part.n; i++)
        if ((unsigned char)part.p[i] < 0x20 || part.p[i] == 0x7f) return false;
    for (size_t at = 0; at <= part.n;) {
        size_t end = vd_str_find_byte(part, '/', at);
        if (is_dots(vd_str_sub(part, at, end))) return false;
        at = end + 1;
    }
    return true;
}

bool vd_uri_path(vd_arena *a, vd_str path, vd_str parts[VD_HTTP_PATH_SEGMENTS], size_t *n,
                 const char **why)
{
    *n = 0;
    for (size_t at = 0; at < path.n;) {
        size_t end = vd_str_find_byte(path, '/', at);
        vd_str raw = vd_str_sub(path, at, end);
        at = end + 1;
        if (raw.n == 0) continue;
        *why = "the path has too many parts";
        if (*n == VD_HTTP_PATH_SEGMENTS) return false;
        *why = "a % in the path is not followed by two hexadecimal digits";
        if (!vd_uri_decode(a, raw, false, &parts[*n])) return false;
        *why = "the path has a part that is not allowed";
        if (!is_plain_part(parts[*n])) return false;
        ++*n;
    }
    return true;
}

bool vd_uri_query(vd_arena *a, vd_str query, vd_pair pairs[VD_HTTP_PARAMS], size_t *n, const char **why)
{
    *n = 0;
    for (size_t at = 0; at < query.n;) {
        size_t end = vd_str_find_byte(query, '&', at);
        vd_str raw = vd_str_sub(query, at, end);
        at = end + 1;
        if (raw.n == 0) continue;
        *why = "the query has too many parameters";
        if (*n == VD_HTTP_PARAMS) return false;
        size_t eq = vd_str_find_byte(raw, '=', 0);
        vd_pair *pair = &pairs[*n];
        *why = "a % in the query is not followed by two hexadecimal digits";
        if (!vd_uri_decode(a, vd_str_sub(raw, 0, eq), true, &pair->name)) return false;
        if (!vd_uri_decode(a, vd_str_sub(raw, eq + 1, raw.n), true, &pair->value)) return false;
        ++*n;
    }
    return true;
}

/* host, [v6], host:port to the host alone. */
static vd_str without_port(vd_str host)
{
    if (host.n && host.p[0] == '[') {
        size_t end = vd_str_find_byte(host, ']', 0);
        return vd_str_sub(host, 1, end);
    }
    return vd_str_sub(host, 0, vd_str_find_byte(host, ':', 0));
}

bool vd_uri_is_local_host(vd_str host)
{
    char z[64];
    unsigned char address[16];
    vd_str name = without_port(host);
    if (vd_str_eq_ascii_ci(name, VD_STR("localhost"))) return true;
    if (name.n >= sizeof z) return false;
    memcpy(z, name.p, name.n);
    z[name.n] = 0;
    return inet_pton(AF_INET, z, address) == 1 || inet_pton(AF_INET6, z, address) == 1;
}

static vd_str without_suffix(vd_str s, vd_str suffix)
{
    return vd_str_ends(s, suffix) ? vd_str_sub(s, 0, s.n - suffix.n) : s;
}

bool vd_uri_same_site(vd_str origin, vd_str host)
{
    vd_str http = VD_STR("http://"), https = VD_STR("https://"), port = VD_STR(":80");
    if (vd_str_starts(origin, https)) {
        origin = vd_str_sub(origin, https.n, origin.n);
        port = VD_STR(":443");
    } else if (vd_str_starts(origin, http)) {
        origin = vd_str_sub(origin, http.n, origin.n);
    } else {
        return false; /* "null", an extension */
    }
    return host.n > 0 && vd_str_eq_ascii_ci(without_suffix(origin, port), without_suffix(host, port));
}
