#include "base/hash.h"

#include <pthread.h>
#include <sys/random.h>
#include <xxhash.h>

#include "base/clock.h"

static uint64_t seed;
static pthread_once_t seeded = PTHREAD_ONCE_INIT;

static void draw_seed(void)
{
    if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed)
        seed = (uint64_t)vd_mono_ns() * 0x9E3779B97F4A7C15u;
}

uint64_t vd_hash_seed(void)
{
    pthread_once(&seeded, draw_seed);
    return seed;
}

void vd_hash_seed_set(uint64_t own)
{
    vd_hash_seed(); /* so that none is drawn over it later */
    seed = own;
}

uint64_t vd_hash64(vd_str s) { return XXH3_64bits_withSeed(s.p ? s.p : "", s.n, vd_hash_seed()); }

static vd_hash128 from_xxh(XXH128_hash_t h) { return (vd_hash128){h.low64, h.high64}; }

vd_hash128 vd_hash128_seeded(vd_str s)
{
    return from_xxh(XXH3_128bits_withSeed(s.p ? s.p : "", s.n, vd_hash_seed()));
}

vd_hash128 vd_hash128_stable(vd_str s) { return from_xxh(XXH3_128bits(s.p ? s.p : "", s.n)); }
