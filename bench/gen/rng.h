/* bench/gen/rng.h - the generator's own random numbers
 *
 * Idea        xoshiro256++ seeded through splitmix64: the same seed gives the
 *             same stream on every machine and every libc
 * Lifetime    a vd_rng is a value; copy it to fork a stream
 * Cost        about a nanosecond a number
 */
#ifndef VD_GEN_RNG_H
#define VD_GEN_RNG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct vd_rng {
    uint64_t s[4];
} vd_rng;

/* A bijection of 64-bit numbers that leaves no visible order (splitmix64). */
static inline uint64_t vd_mix64(uint64_t x)
{
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static inline void vd_rng_seed(vd_rng *r, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++) {
        seed = vd_mix64(seed + i);
        r->s[i] = seed;
    }
}

static inline uint64_t vd_rotl64(uint64_t x, int k)
{
    return (x << k) | (x >> (64 - k));
}

static inline uint64_t vd_rng_next(vd_rng *r)
{
    uint64_t *s = r->s;
    uint64_t out = vd_rotl64(s[0] + s[3], 23) + s[0];
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = vd_rotl64(s[3], 45);
    return out;
}

/* A number in [0, n); n is at least 1. The bias of multiply-and-shift is far
 * below anything that a simulation could notice. */
static inline uint32_t vd_rng_below(vd_rng *r, uint32_t n)
{
    return (uint32_t)(((vd_rng_next(r) >> 32) * n) >> 32);
}

/* A number in [lo, hi], both ends included. */
static inline uint32_t vd_rng_range(vd_rng *r, uint32_t lo, uint32_t hi)
{
    return lo + vd_rng_below(r, hi - lo + 1);
}

/* True in `permille` of 1000 calls. */
static inline bool vd_rng_chance(vd_rng *r, uint32_t permille)
{
    return vd_rng_below(r, 1000) < permille;
}

/* An index in [0, n) that prefers small ones: the product of two uniform
 * draws. Stands in for the few values that everybody uses. */
static inline uint32_t vd_rng_skewed(vd_rng *r, uint32_t n)
{
    uint64_t a = vd_rng_next(r);
    uint64_t p = (a >> 32) * (a & 0xffffffffu) >> 32;
    return (uint32_t)((p * n) >> 32);
}

#endif
