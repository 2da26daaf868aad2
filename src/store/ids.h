/* store/ids.h - the ids of the newest documents; private to store/
 *
 * Idea      64-bit seeded hashes in open addressing, in generations: when the newest holds its
 *           share, the oldest is dropped and a new one begun. Never fewer than the horizon's
 *           newest are remembered, and a fourth more at most. Two different ids are taken for
 *           one with a chance of horizon / 2^64.
 * Cost      A probe a generation, 8 bytes / 0.4 to 0.8 a hash.
 * Threads   One at a time. */
#ifndef VD_STORE_IDS_H
#define VD_STORE_IDS_H

#include "base/vec.h"

typedef struct vd_ids vd_ids;

vd_ids *vd_ids_new(uint64_t horizon);
void vd_ids_free(vd_ids *ids);
/* hash is not 0. */
bool vd_ids_has(const vd_ids *ids, uint64_t hash);
/* One that is not there. */
void vd_ids_add(vd_ids *ids, uint64_t hash);
void vd_ids_remove(vd_ids *ids, uint64_t hash);
uint64_t vd_ids_count(const vd_ids *ids);

#endif
