/* sequence/pool.c - slabs with free lists; see pool.h */
#include "sequence/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "base/arena.h"

#define LINE 64
/* A pool of so many slabs goes on growing. */
#define MANY_SLABS 16
#define PAGE 4096u

static uint32_t slab_cells(const vd_pool *pool) { return 1u << pool->shift; }

static uint64_t slab_bytes(const vd_pool *pool)
{
    return ((uint64_t)pool->size << pool->shift) + LINE - 1;
}

void vd_pool_init(vd_pool *pool, uint32_t size, uint32_t bytes)
{
    assert(size >= 16 && bytes >= 2 * size);
    *pool = (vd_pool){.size = size, .open = VD_CELL_NONE, .vacant = VD_CELL_NONE};
    while (((uint64_t)size << (pool->shift + 1)) <= bytes) pool->shift++;
}

void vd_pool_fini(vd_pool *pool)
{
    for (uint32_t i = 0; i < pool->n_slabs; i++) free(pool->slabs[i].raw);
    free(pool->slabs);
    vd_pool_init(pool, pool->size, pool->size << pool->shift);
}

void vd_pool_clear(vd_pool *pool)
{
    vd_pool_fini(pool);
    vd_pool_grow(pool);
}

static void list_push(vd_pool *pool, uint32_t *list, uint32_t s)
{
    pool->slabs[s].prev = VD_CELL_NONE;
    pool->slabs[s].next = *list;
    if (*list != VD_CELL_NONE) pool->slabs[*list].prev = s;
    *list = s;
}

static void list_remove(vd_pool *pool, uint32_t *list, uint32_t s)
{
    vd_slab *slab = &pool->slabs[s];
    if (slab->prev != VD_CELL_NONE)
        pool->slabs[slab->prev].next = slab->next;
    else
        *list = slab->next;
    if (slab->next != VD_CELL_NONE) pool->slabs[slab->next].prev = slab->prev;
}

/* The records double; they are small (one for a slab of cells) but counted too. */
static uint32_t more_records(const vd_pool *pool)
{
    return pool->cap_slabs ? pool->cap_slabs : 8;
}

uint64_t vd_pool_growth(const vd_pool *pool)
{
    uint64_t bytes = slab_bytes(pool);
    if (pool->vacant == VD_CELL_NONE && pool->n_slabs == pool->cap_slabs)
        bytes += (uint64_t)more_records(pool) * sizeof *pool->slabs;
    return bytes;
}

/* A number for a new slab, or VD_CELL_NONE. */
static uint32_t slab_number(vd_pool *pool)
{
    uint32_t s = pool->vacant;
    if (s != VD_CELL_NONE) {
        list_remove(pool, &pool->vacant, s);
        return s;
    }
    /* The last slab's last number would be VD_CELL_NONE: it is not used. */
    if (pool->n_slabs >= (UINT32_MAX >> pool->shift)) return VD_CELL_NONE;
    if (pool->n_slabs == pool->cap_slabs) {
        uint32_t more = more_records(pool);
        pool->cap_slabs += more;
        pool->slabs = vd_realloc_n(pool->slabs, pool->cap_slabs, sizeof *pool->slabs);
        pool->bytes += (uint64_t)more * sizeof *pool->slabs;
    }
    return pool->n_slabs++;
}

/* Asks for all pages of a slab at once: the system gives them faster so than one by one, each
 * when it is first written to. */
static void populate(char *mem, size_t n)
{
#ifdef MADV_POPULATE_WRITE
    size_t skip = -(uintptr_t)mem & (PAGE - 1);
    if (n > 2 * PAGE) madvise(mem + skip, (n - skip) & ~(size_t)(PAGE - 1), MADV_POPULATE_WRITE);
#else
    (void)mem;
    (void)n;
#endif
}

bool vd_pool_grow(vd_pool *pool)
{
    uint32_t s = slab_number(pool);
    if (s == VD_CELL_NONE) return false;
    void *raw = vd_malloc(slab_bytes(pool));
    char *mem = (char *)raw + (-(uintptr_t)raw & (LINE - 1));
    pool->slabs[s] = (vd_slab){.mem = mem, .raw = raw, .free = VD_CELL_NONE};
    if (pool->n_slabs >= MANY_SLABS) populate(mem, (size_t)pool->size << pool->shift);
    pool->bytes += slab_bytes(pool);
    pool->room += slab_cells(pool);
    list_push(pool, &pool->open, s);
    return true;
}

uint32_t vd_pool_take(vd_pool *pool)
{
    uint32_t s = pool->open;
    assert(s != VD_CELL_NONE);
    vd_slab *slab = &pool->slabs[s];
    uint32_t cell;
    if (slab->free != VD_CELL_NONE) {
        cell = slab->free;
        slab->free = *(uint32_t *)vd_pool_at(pool, cell);
    } else {
        cell = s << pool->shift | slab->fresh++;
    }
    slab->live++;
    pool->room--;
    if (slab->live == slab_cells(pool)) list_remove(pool, &pool->open, s);
    return cell;
}

static void give_back(vd_pool *pool, uint32_t s)
{
    list_remove(pool, &pool->open, s);
    free(pool->slabs[s].raw);
    pool->slabs[s].raw = pool->slabs[s].mem = NULL;
    pool->room -= slab_cells(pool);
    pool->bytes -= slab_bytes(pool);
    list_push(pool, &pool->vacant, s);
}

void vd_pool_put(vd_pool *pool, uint32_t cell)
{
    uint32_t s = cell >> pool->shift;
    vd_slab *slab = &pool->slabs[s];
    assert(slab->live > 0);
    *(uint32_t *)vd_pool_at(pool, cell) = slab->free;
    slab->free = cell;
    if (slab->live == slab_cells(pool)) list_push(pool, &pool->open, s);
    slab->live--;
    pool->room++;
    if (slab->live == 0 && pool->room >= 2 * (uint64_t)slab_cells(pool)) give_back(pool, s);
}
