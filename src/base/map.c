#include "base/map.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/hash.h"

void vd_map_fini(vd_map *m)
{
    free(m->slots);
    *m = (vd_map){0};
}

/* The slot that holds `key`, or the empty one where it belongs. */
static vd_map_slot *probe(const vd_map *m, vd_str key, uint32_t hash)
{
    for (uint32_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        vd_map_slot *s = &m->slots[i];
        if (s->value == VD_MAP_NONE || (s->hash == hash && vd_str_eq(s->key, key))) return s;
    }
}

static void grow(vd_map *m)
{
    vd_map old = *m;
    m->cap = old.cap ? old.cap * 2 : 16;
    m->slots = vd_calloc(m->cap, sizeof *m->slots);
    for (uint32_t i = 0; i < m->cap; i++)
        m->slots[i].value = VD_MAP_NONE;
    for (uint32_t i = 0; i < old.cap; i++)
        if (old.slots[i].value != VD_MAP_NONE)
            *probe(m, old.slots[i].key, old.slots[i].hash) = old.slots[i];
    free(old.slots);
}

uint32_t vd_map_get(const vd_map *m, vd_str key)
{
    return m->cap ? probe(m, key, (uint32_t)vd_hash64(key))->value : VD_MAP_NONE;
}

uint32_t vd_map_put(vd_map *m, vd_str key, uint32_t value)
{
    if ((m->n + 1) * 4ull > m->cap * 3ull) grow(m);
    uint32_t hash = (uint32_t)vd_hash64(key);
    vd_map_slot *s = probe(m, key, hash);
    if (s->value != VD_MAP_NONE) return s->value;
    *s = (vd_map_slot){key, hash, value};
    m->n++;
    return value;
}
