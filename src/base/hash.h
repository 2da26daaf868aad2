/* base/hash.h - hashing of bytes: seeded for tables, stable for ids */
#ifndef VD_BASE_HASH_H
#define VD_BASE_HASH_H

#include "base/str.h"

typedef struct vd_hash128 {
    uint64_t lo, hi;
} vd_hash128;

/* The process's secret seed, drawn once from the system. */
uint64_t vd_hash_seed(void);
/* Sets it, before anything is hashed: hashes that a store keeps must be those of the next
 * process. The seed is a secret of the store. */
void vd_hash_seed_set(uint64_t seed);
/* 64-bit hash with the process's seed: for tables in memory only. */
uint64_t vd_hash64(vd_str s);
/* 128-bit hash with the process's seed: join keys in memory. */
vd_hash128 vd_hash128_seeded(vd_str s);
/* 128-bit hash without a seed: the same in every process, for event ids. */
vd_hash128 vd_hash128_stable(vd_str s);
/* Writes the SHA-256 of the `n` slices, glued together, as 64 lower-case hex digits and
 * a NUL to `out`. Alert ids (Kibana's are SHA-256 hex too). */
void vd_sha256_hex(const vd_str *parts, size_t n, char out[65]);

#endif
