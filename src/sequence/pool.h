/* sequence/pool.h - private to the room: cells of one size, by number
 *
 * Idea      Cells are cut from slabs and named by 32-bit numbers, half the size
 *           of a pointer. A slab whose cells are all free goes back to the
 *           system, so that what one pool gives up another may use: both live
 *           under one cap.
 * Layout    number = slab << shift | cell. Free cells of a slab hang on its own
 *           list (their first four bytes), slabs with a free cell on the pool's.
 * Lifetime  A cell's address stays good until the cell is put back.
 * Cost      take and put are O(1) and allocate nothing; grow allocates a slab.
 *           One empty slab is kept, so that a pool at a slab's edge does not
 *           ask the system again and again. */
#ifndef VD_SEQUENCE_POOL_H
#define VD_SEQUENCE_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* No cell, no slab. */
#define VD_CELL_NONE UINT32_MAX

typedef struct vd_slab {
    char *mem;           /* cells, aligned to a cache line; NULL: given back */
    void *raw;           /* what free() takes */
    uint32_t free;       /* list of cells put back */
    uint32_t fresh;      /* cells from here on were never taken */
    uint32_t live;       /* cells in use */
    uint32_t prev, next; /* neighbours in the pool's list of open (or empty) slabs */
} vd_slab;

typedef struct vd_pool {
    vd_slab *slabs;
    uint32_t n_slabs, cap_slabs;
    uint32_t open;   /* slabs with memory and a free cell */
    uint32_t vacant; /* numbers whose memory was given back */
    uint32_t shift;  /* log2 of the cells of a slab */
    uint32_t size;   /* bytes of a cell: a power of two, at least 16 */
    uint64_t room;   /* free cells in all slabs */
    uint64_t bytes;  /* held from the system */
} vd_pool;

/* size: of a cell; slab_bytes: a power of two, at least 2 * size. Nothing is allocated. */
void vd_pool_init(vd_pool *pool, uint32_t size, uint32_t slab_bytes);
void vd_pool_fini(vd_pool *pool);
/* Bytes that the next grow will take from the system. */
uint64_t vd_pool_growth(const vd_pool *pool);
/* Adds a slab. false: the numbers are used up. */
bool vd_pool_grow(vd_pool *pool);
/* A cell, not zeroed. There must be room. */
uint32_t vd_pool_take(vd_pool *pool);
void vd_pool_put(vd_pool *pool, uint32_t cell);
/* All cells are put back, and all slabs but one given back. */
void vd_pool_clear(vd_pool *pool);

static inline void *vd_pool_at(const vd_pool *pool, uint32_t cell)
{
    uint32_t within = cell & ((1u << pool->shift) - 1);
    return pool->slabs[cell >> pool->shift].mem + (size_t)within * pool->size;
}

#endif
