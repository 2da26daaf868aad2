#include "store/filter.h"

#include <xxhash.h>

#include "field/ip.h"

#define BITS   10
#define PLACES 7

bool vd_filter_hash(const uint64_t seed[2], vd_str value, uint64_t *hash)
{
    char folded[VD_FILTER_VALUE];
    if (value.n == 0 || value.n > sizeof folded) return false;
    for (size_t i = 0; i < value.n; i++)
        folded[i] = (char)vd_ascii_lower((unsigned char)value.p[i]);
    *hash = XXH3_64bits_withSeed(folded, value.n, seed[0]);
    return true;
}

uint64_t vd_filter_hash_ip(const uint64_t seed[2], const uint8_t ip[16])
{
    return XXH3_64bits_withSeed(ip, 16, seed[0] ^ 0x6970);
}

/* Least significant byte first: distinct values lie together after eight rounds, and this
 * takes a third of qsort's time for the ten thousand values of a block. */
static void sort(vd_hashes *h)
{
    uint64_t *from = h->v, *to = vd_malloc(h->n * sizeof *to), *spare = to;
    for (unsigned shift = 0; shift < 64; shift += 8) {
        size_t at[257] = {0};
        for (size_t i = 0; i < h->n; i++)
            at[(from[i] >> shift & 255) + 1]++;
        for (unsigned b = 1; b < 257; b++)
            at[b] += at[b - 1];
        for (size_t i = 0; i < h->n; i++)
            to[at[from[i] >> shift & 255]++] = from[i];
        uint64_t *swap = from;
        from = to;
        to = swap;
    }
    free(spare); /* an even number of rounds: the result is in h->v */
}

static void unique(vd_hashes *h)
{
    size_t n = 0;
    for (size_t i = 0; i < h->n; i++)
        if (i == 0 || h->v[i] != h->v[i - 1]) h->v[n++] = h->v[i];
    h->n = n;
}

/* The i-th place of a hash among `bits`: two halves make as many as are wanted. */
static uint64_t place(uint64_t hash, unsigned i, uint64_t bits)
{
    uint64_t h = hash + i * ((hash >> 32 | hash << 32) | 1);
    return (uint64_t)((unsigned __int128)h * bits >> 64);
}

void vd_filter_make(vd_hashes *hashes, vd_bytes *out)
{
    if (hashes->n == 0) return;
    sort(hashes);
    unique(hashes);
    size_t size = (hashes->n * BITS + 7) / 8 + 7, at = out->n;
    vd_vec_reserve(out, at + size);
    out->n += size;
    unsigned char *f = (unsigned char *)out->v + at;
    memset(f, 0, size);
    for (size_t i = 0; i < hashes->n; i++)
        for (unsigned k = 0; k < PLACES; k++) {
            uint64_t bit = place(hashes->v[i], k, size * 8);
            f[bit / 8] |= (unsigned char)(1u << bit % 8);
        }
}

bool vd_filter_may_hold(vd_str filter, uint64_t hash)
{
    if (filter.n == 0) return false;
    for (unsigned k = 0; k < PLACES; k++) {
        uint64_t bit = place(hash, k, filter.n * 8);
        if (!((unsigned char)filter.p[bit / 8] >> bit % 8 & 1)) return false;
    }
    return true;
}

vd_filter_question vd_filter_ask(const uint64_t seed[2], vd_str value)
{
    vd_filter_question q = {0};
    uint8_t ip[16];
    if (!vd_filter_hash(seed, value, &q.hashes[0])) return q;
    q.n = 1;
    if (vd_ip_parse(value, ip)) q.hashes[q.n++] = vd_filter_hash_ip(seed, ip);
    return q;
}

bool vd_filter_answer(const vd_filter_question *q, vd_str filter)
{
    for (unsigned i = 0; i < q->n; i++)
        if (vd_filter_may_hold(filter, q->hashes[i])) return true;
    return q->n == 0;
}
