/* base/map.h - a hash map from byte strings to 32-bit numbers
 *
 * The number is usually an index into a table kept beside the map. Hashes are
 * seeded per process (base/hash.h), so keys chosen by an attacker do not
 * collide on purpose. Keys are not copied: they must outlive the map. */
#ifndef VD_BASE_MAP_H
#define VD_BASE_MAP_H

#include "base/str.h"

#define VD_MAP_NONE UINT32_MAX

typedef struct vd_map_slot {
    vd_str key;
    uint32_t hash;  /* low bits of the key's hash */
    uint32_t value; /* VD_MAP_NONE marks an empty slot */
} vd_map_slot;

typedef struct vd_map {
    vd_map_slot *slots; /* NULL until the first put; a power of two */
    uint32_t n, cap;
} vd_map;

/* A zeroed vd_map is an empty map. fini frees the slots. */
void vd_map_fini(vd_map *m);
/* The number stored for `key`, or VD_MAP_NONE. */
uint32_t vd_map_get(const vd_map *m, vd_str key);
/* Stores `value` (not VD_MAP_NONE) for `key` if the key is new. Gives the
 * number that the map now holds for it: `value`, or the older one. */
uint32_t vd_map_put(vd_map *m, vd_str key, uint32_t value);

#endif
