#include "server/http_int.h"

/* The longest header that is looked at: a key's text is far shorter. */
#define AUTH_MAX 1024

static int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    if (c == '+' || c == '-') return 62;
    return c == '/' || c == '_' ? 63 : -1;
}

/* Both alphabets, with or without the padding. */
static bool decode(vd_arena *a, vd_str s, vd_str *out)
{
    while (s.n && s.p[s.n - 1] == '=') s.n--;
    if (s.n % 4 == 1) return false;
    char *p = vd_arena_alloc(a, s.n / 4 * 3 + 3);
    uint32_t bits = 0;
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        int d = base64_digit(s.p[i]);
        if (d < 0) return false;
        bits = bits << 6 | (uint32_t)d;
        if (i % 4) p[n++] = (char)(bits >> (6 - 2 * (i % 4)));
    }
    *out = (vd_str){p, n};
    return true;
}

/* "id:secret" in base64. */
static bool is_key(vd_arena *a, vd_str text)
{
    vd_str plain;
    return text.n < AUTH_MAX && decode(a, text, &plain) && vd_str_find_byte(plain, ':', 0) < plain.n;
}

static bool has_scheme(vd_str header, const char *scheme, vd_str *rest)
{
    vd_str s = vd_str_from(scheme);
    if (header.n <= s.n || header.p[s.n] != ' ' || !vd_str_eq_ascii_ci(vd_str_sub(header, 0, s.n), s))
        return false;
    *rest = vd_str_trim(vd_str_sub(header, s.n, header.n));
    return true;
}

/* Shippers that only know a user and a password: either the key's id and secret, which in
 * base64 are the key's text, or any user and the key's text as the password. */
static size_t read_basic(vd_arena *a, vd_str rest, vd_str keys[2])
{
    vd_str plain;
    size_t n = 0, colon;
    if (!decode(a, rest, &plain) || (colon = vd_str_find_byte(plain, ':', 0)) == plain.n) return 0;
    vd_str password = vd_str_sub(plain, colon + 1, plain.n);
    if (is_key(a, password)) keys[n++] = password;
    keys[n++] = rest;
    return n;
}

size_t vd_auth_read(vd_arena *a, vd_str header, vd_str keys[2])
{
    vd_str rest;
    header = vd_str_trim(header);
    if (header.n > AUTH_MAX) return 0;
    if (has_scheme(header, "Basic", &rest)) return read_basic(a, rest, keys);
    if (!has_scheme(header, "ApiKey", &rest) && !has_scheme(header, "Bearer", &rest)) return 0;
    if (!is_key(a, rest)) return 0;
    keys[0] = rest;
    return 1;
}

vd_str vd_auth_id(vd_arena *a, vd_str key)
{
    vd_str plain;
    if (!decode(a, key, &plain)) return (vd_str){NULL, 0};
    size_t colon = vd_str_find_byte(plain, ':', 0);
    if (colon == plain.n || colon > 64) return (vd_str){NULL, 0};
    for (size_t i = 0; i < colon; i++)
        if ((unsigned char)plain.p[i] <= 0x20 || (unsigned char)plain.p[i] >= 0x7f) return (vd_str){NULL, 0};
    return vd_str_sub(plain, 0, colon);
}
