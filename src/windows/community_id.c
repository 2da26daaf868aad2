/* windows/community_id.c - network.community_id of a connection
 *
 * The id is "1:" and the base64 of a SHA-1 over a seed, the two ends (the smaller first),
 * the protocol and the ports, so that both sides of a connection get the same one.
 * Source: Community ID flow hashing, version 1; SHA-1: FIPS 180-4. */
#include "field/ip.h"
#include "windows/normalise_int.h"

static uint32_t rotate(uint32_t x, unsigned by)
{
    return x << by | x >> (32 - by);
}

static uint32_t mix(unsigned i, uint32_t b, uint32_t c, uint32_t d)
{
    if (i < 20) return ((b & c) | (~b & d)) + 0x5a827999;
    if (i < 40) return (b ^ c ^ d) + 0x6ed9eba1;
    if (i < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    return (b ^ c ^ d) + 0xca62c1d6;
}

/* SHA-1 of n <= 55 bytes: one block. */
static void sha1_short(const uint8_t *p, size_t n, uint8_t out[20])
{
    uint32_t h[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0}, w[80];
    uint8_t block[64] = {0};
    memcpy(block, p, n);
    block[n] = 0x80;
    block[62] = (uint8_t)(n * 8 >> 8);
    block[63] = (uint8_t)(n * 8);
    for (unsigned i = 0; i < 16; i++)
        w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
               (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
    for (unsigned i = 16; i < 80; i++)
        w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
    uint32_t a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    for (unsigned i = 0; i < 80; i++) {
        uint32_t t = rotate(a, 5) + mix(i, b, c, d) + e + w[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = t;
    }
    uint32_t sum[5] = {h[0] + a, h[1] + b, h[2] + c, h[3] + d, h[4] + e};
    for (unsigned i = 0; i < 20; i++)
        out[i] = (uint8_t)(sum[i / 4] >> (24 - i % 4 * 8));
}

static void base64_20(const uint8_t in[20], char out[28])
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (unsigned i = 0; i < 28; i++) {
        unsigned bit = i * 6, byte = bit / 8;
        unsigned two =
            (unsigned)in[byte < 20 ? byte : 19] << 8 | (byte + 1 < 20 ? in[byte + 1] : 0);
        out[i] = i == 27 ? '=' : digits[two >> (10 - bit % 8) & 63];
    }
}

/* One end as it is hashed: 4 or 16 bytes of address, 2 of port. */
typedef struct flow_end {
    uint8_t bytes[18];
    size_t n; /* of the address */
} flow_end;

static bool end_of(const vd_normaliser *n, uint32_t ip, uint32_t port, flow_end *e)
{
    uint8_t address[16];
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    if (ip == VD_MAP_NONE || port == VD_MAP_NONE) return false;
    const nz_value *a = &n->values[ip], *p = &n->values[port];
    if (a->kind != NZ_TEXT || p->kind != NZ_LONG || !vd_ip_parse(a->text, address)) return false;
    bool four = memcmp(address, mapped, sizeof mapped) == 0;
    e->n = four ? 4 : 16;
    memcpy(e->bytes, address + (four ? 12 : 0), e->n);
    e->bytes[e->n] = (uint8_t)(p->num >> 8);
    e->bytes[e->n + 1] = (uint8_t)p->num;
    return true;
}

static unsigned protocol_of(vd_str transport)
{
    if (nz_same(transport, VD_STR("tcp"))) return 6;
    if (nz_same(transport, VD_STR("udp"))) return 17;
    return 0;
}

bool nz_community_id(vd_normaliser *n, const nz_call *call, nz_value *v)
{
    flow_end s, d;
    unsigned protocol = v->kind == NZ_TEXT ? protocol_of(v->text) : 0;
    if (!protocol || !end_of(n, n->flow.source_ip, n->flow.source_port, &s) ||
        !end_of(n, n->flow.destination_ip, n->flow.destination_port, &d) || s.n != d.n)
        return false;
    bool turned = memcmp(s.bytes, d.bytes, s.n + 2) > 0;
    const flow_end *first = turned ? &d : &s, *second = turned ? &s : &d;
    uint8_t text[2 + 32 + 2 + 4] = {0}, hash[20], *at = text + 2;
    memcpy(at, first->bytes, s.n);
    memcpy(at + s.n, second->bytes, s.n);
    at += 2 * s.n;
    *at = (uint8_t)protocol;
    memcpy(at + 2, first->bytes + s.n, 2);
    memcpy(at + 4, second->bytes + s.n, 2);
    sha1_short(text, (size_t)(at + 6 - text), hash);
    char *out = vd_arena_alloc(&n->scratch, 30);
    out[0] = '1';
    out[1] = ':';
    base64_20(hash, out + 2);
    *v = nz_value_text((vd_str){out, 30});
    return true;
}
