/* store/ids.c */
#include "store/ids.h"

#define SHARES      4
#define FIRST_SLOTS 1024u

typedef struct generation {
    uint64_t *slots; /* 0: empty; a power of two */
    uint64_t n, mask;
} generation;

struct vd_ids {
    uint64_t share; /* hashes in a full generation */
    generation all[SHARES + 1];
    unsigned newest, used;
};

static void make(generation *g, uint64_t slots)
{
    *g = (generation){vd_calloc(slots, sizeof *g->slots), 0, slots - 1};
}

vd_ids *vd_ids_new(uint64_t horizon)
{
    vd_ids *ids = vd_calloc(1, sizeof *ids);
    ids->share = horizon / SHARES + 1;
    ids->used = 1;
    make(&ids->all[0], FIRST_SLOTS);
    return ids;
}

void vd_ids_free(vd_ids *ids)
{
    if (!ids) return;
    for (unsigned i = 0; i <= SHARES; i++)
        free(ids->all[i].slots);
    free(ids);
}

/* Where the hash is, or the empty place where it would be. */
static uint64_t place(const generation *g, uint64_t hash)
{
    uint64_t i = hash & g->mask;
    while (g->slots[i] && g->slots[i] != hash)
        i = (i + 1) & g->mask;
    return i;
}

static generation *holder(const vd_ids *ids, uint64_t hash)
{
    for (unsigned i = 0; i < ids->used; i++) {
        const generation *g = &ids->all[(ids->newest + SHARES + 1 - i) % (SHARES + 1)];
        if (g->slots[place(g, hash)]) return (generation *)(uintptr_t)g;
    }
    return NULL;
}

bool vd_ids_has(const vd_ids *ids, uint64_t hash) { return holder(ids, hash) != NULL; }

static void grow(generation *g)
{
    generation old = *g;
    make(g, (old.mask + 1) * 2);
    for (uint64_t i = 0; i <= old.mask; i++)
        if (old.slots[i]) g->slots[place(g, old.slots[i])] = old.slots[i];
    g->n = old.n;
    free(old.slots);
}

static void turn(vd_ids *ids)
{
    ids->newest = (ids->newest + 1) % (SHARES + 1);
    if (ids->used <= SHARES) ids->used++;
    free(ids->all[ids->newest].slots);
    make(&ids->all[ids->newest], FIRST_SLOTS);
}

void vd_ids_add(vd_ids *ids, uint64_t hash)
{
    if (ids->all[ids->newest].n >= ids->share) turn(ids);
    generation *g = &ids->all[ids->newest];
    if ((g->n + 1) * 5 > (g->mask + 1) * 4) grow(g);
    g->slots[place(g, hash)] = hash;
    g->n++;
}

/* What stood behind it in its run moves up, so that every run stays without a hole. */
void vd_ids_remove(vd_ids *ids, uint64_t hash)
{
    generation *g = holder(ids, hash);
    if (!g) return;
    uint64_t hole = place(g, hash);
    for (uint64_t i = (hole + 1) & g->mask; g->slots[i]; i = (i + 1) & g->mask) {
        uint64_t home = g->slots[i] & g->mask;
        if (((i - home) & g->mask) < ((i - hole) & g->mask)) continue;
        g->slots[hole] = g->slots[i];
        hole = i;
    }
    g->slots[hole] = 0;
    g->n--;
}

uint64_t vd_ids_count(const vd_ids *ids)
{
    uint64_t n = 0;
    for (unsigned i = 0; i <= SHARES; i++)
        n += ids->all[i].n;
    return n;
}
