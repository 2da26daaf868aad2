/* field/ip.c - reading, printing and matching addresses
 *
 * Our own reader rather than inet_pton: addresses arrive as slices and stand on
 * the per-event path. Same grammar: no leading zeros in a decimal part, at most
 * four hex digits in a group, one "::" that stands for at least one group. */
#include "field/ip.h"

#include <stdio.h>

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Four dotted parts that are all of `s`. */
static bool parse_v4(vd_str s, uint8_t out[4])
{
    unsigned v = 0, digits = 0, part = 0;
    if (s.n > 15) return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned digit = (unsigned char)(s.p[i] - '0');
        if (digit <= 9) {
            if (digits == 3 || (digits > 0 && v == 0)) return false; /* no leading zeros */
            v = v * 10 + digit;
            digits++;
        } else {
            if (s.p[i] != '.' || digits == 0 || v > 255 || part == 3) return false;
            out[part++] = (uint8_t)v;
            v = digits = 0;
        }
    }
    if (digits == 0 || v > 255 || part != 3) return false;
    out[3] = (uint8_t)v;
    return true;
}

static void map_v4(const uint8_t v4[4], uint8_t out[16])
{
    memset(out, 0, 10);
    out[10] = out[11] = 0xff;
    memcpy(out + 12, v4, 4);
}

/* One group of up to four hex digits at *i; false: there is none. */
static bool hex_group(vd_str s, size_t *i, uint8_t out[2])
{
    size_t start = *i;
    unsigned v = 0;
    for (int digit; *i < s.n && *i - start < 4 && (digit = hex_digit(s.p[*i])) >= 0; ++*i)
        v = v * 16 + (unsigned)digit;
    out[0] = (uint8_t)(v >> 8);
    out[1] = (uint8_t)v;
    return *i > start;
}

/* Moves what was read behind the gap to the end; the gap becomes zeros. */
static bool close_gap(uint8_t out[16], int filled, int gap)
{
    if (gap < 0) return filled == 16;
    if (filled > 14) return false; /* "::" must stand for a group */
    memmove(out + 16 - (filled - gap), out + gap, (size_t)(filled - gap));
    memset(out + gap, 0, (size_t)(16 - filled));
    return true;
}

static bool parse_v6(vd_str s, uint8_t out[16])
{
    int filled = 0, gap = -1;
    size_t i = 0;
    if (s.n >= 2 && s.p[0] == ':' && s.p[1] == ':') {
        gap = 0;
        i = 2;
    }
    while (i < s.n) {
        size_t start = i;
        if (filled >= 16 || !hex_group(s, &i, out + filled)) return false;
        if (i < s.n && s.p[i] == '.') { /* the tail as a dotted quad */
            if (filled > 12 || !parse_v4(vd_str_sub(s, start, s.n), out + filled)) return false;
            filled += 4;
            break;
        }
        filled += 2;
        if (i == s.n) break;
        if (s.p[i++] != ':' || i == s.n) return false;
        if (s.p[i] == ':') {
            if (gap >= 0) return false;
            gap = filled;
            i++;
        }
    }
    return close_gap(out, filled, gap);
}

bool vd_ip_parse(vd_str s, uint8_t out[16])
{
    uint8_t v4[4], v6[16];
    if (s.n == 0 || s.n > 45) return false;
    if (parse_v4(s, v4)) {
        map_v4(v4, out);
        return true;
    }
    if (!memchr(s.p, ':', s.n) || !parse_v6(s, v6)) return false;
    memcpy(out, v6, 16);
    return true;
}

/* Digits without a sign or a leading zero, at most `max`; -1 otherwise. */
static int prefix_bits(vd_str s, int max)
{
    if (s.n == 0 || s.n > 3 || (s.n > 1 && s.p[0] == '0')) return -1;
    int v = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9') return -1;
        v = v * 10 + (s.p[i] - '0');
    }
    return v <= max ? v : -1;
}

static void clear_host_bits(vd_cidr *c)
{
    for (int i = 0; i < 16; i++) {
        int keep = (int)c->bits - i * 8;
        if (keep <= 0)
            c->net[i] = 0;
        else if (keep < 8)
            c->net[i] &= (uint8_t)(0xff << (8 - keep));
    }
}

bool vd_cidr_parse(vd_str s, vd_cidr *out)
{
    vd_cidr c = {.bits = 128};
    size_t slash = vd_str_find_byte(s, '/', 0);
    vd_str address = vd_str_sub(s, 0, slash);
    if (!vd_ip_parse(address, c.net)) return false;
    if (slash < s.n) {
        bool v6 = memchr(address.p, ':', address.n) != NULL;
        int bits = prefix_bits(vd_str_sub(s, slash + 1, s.n), v6 ? 128 : 32);
        if (bits < 0) return false;
        c.bits = (uint8_t)(v6 ? bits : bits + 96);
    }
    clear_host_bits(&c);
    *out = c;
    return true;
}

bool vd_cidr_holds(const vd_cidr *c, const uint8_t ip[16])
{
    size_t whole = c->bits / 8;
    unsigned rest = c->bits % 8;
    if (memcmp(c->net, ip, whole) != 0) return false;
    return rest == 0 || ((c->net[whole] ^ ip[whole]) >> (8 - rest)) == 0;
}

/* The longest run of two or more zero groups: its first group and its length. */
static int zero_run(const unsigned g[8], int *len)
{
    int best = -1;
    *len = 1;
    for (int i = 0; i < 8; i++) {
        int n = 0;
        while (i + n < 8 && g[i + n] == 0)
            n++;
        if (n > *len) {
            *len = n;
            best = i;
        }
        i += n;
    }
    return best;
}

size_t vd_ip_format(const uint8_t ip[16], char out[48])
{
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (memcmp(ip, mapped, 12) == 0)
        return (size_t)snprintf(out, 48, "%u.%u.%u.%u", ip[12], ip[13], ip[14], ip[15]);
    unsigned g[8];
    for (int i = 0; i < 8; i++)
        g[i] = (unsigned)ip[2 * i] << 8 | ip[2 * i + 1];
    int len, gap = zero_run(g, &len);
    size_t n = 0;
    for (int i = 0; i < 8;) {
        if (i == gap) {
            out[n++] = ':';
            out[n++] = ':';
            i += len;
            continue;
        }
        n += (size_t)snprintf(out + n, 48 - n, "%s%x", i > 0 && out[n - 1] != ':' ? ":" : "", g[i]);
        i++;
    }
    out[n] = 0;
    return n;
}
