/* base/arena.h - memory with one lifetime
 *
 * Idea      Everything that dies together is allocated from one arena and freed
 *           at once. A function that takes an arena returns memory that lives
 *           as long as that arena.
 * Layout    A list of pages; allocations are bumped in the newest. A page never
 *           moves, so pointers stay valid until reset or fini.
 * Errors    Running out of memory ends the process with a message: nothing in
 *           Vedette can do its work after that, and what was acknowledged is on
 *           disk. Sizes that come from outside are checked against limits.h
 *           before they get here.
 * Threads   One arena, one thread at a time. */
#ifndef VD_BASE_ARENA_H
#define VD_BASE_ARENA_H

#include "base/str.h"

typedef struct vd_arena_page vd_arena_page;

typedef struct vd_arena {
    vd_arena_page *head; /* page being filled */
    vd_arena_page *free; /* pages kept by a reset */
    char *at, *end;      /* the free part of `head` */
    size_t page_size;    /* bytes of an ordinary page */
    size_t total;        /* bytes held from the system */
} vd_arena;

/* Makes an empty arena; nothing is allocated until the first use.
 * page_size: bytes of a page, 0 for the default (64 KiB). */
void vd_arena_init(vd_arena *a, size_t page_size);
/* Frees everything; the arena may be used again as if new. */
void vd_arena_fini(vd_arena *a);
/* Forgets all allocations and keeps the ordinary pages for reuse. */
void vd_arena_reset(vd_arena *a);
/* Bytes held from the system by this arena. */
size_t vd_arena_bytes(const vd_arena *a);

/* `size` bytes, not zeroed, aligned to `align` (a power of two up to 64).
 * Never NULL; size 0 gives a valid, unique-enough pointer. */
void *vd_arena_alloc_aligned(vd_arena *a, size_t size, size_t align);
/* Like malloc, aligned to 16. */
static inline void *vd_arena_alloc(vd_arena *a, size_t size)
{
    return vd_arena_alloc_aligned(a, size, 16);
}
/* n * size bytes, zeroed; an overflowing product ends the process. */
void *vd_arena_calloc(vd_arena *a, size_t n, size_t size);
/* A copy of `s`, with a NUL behind it that is not counted. */
vd_str vd_arena_str(vd_arena *a, vd_str s);
/* The same with ASCII letters in lower case, other bytes as they are. */
vd_str vd_arena_fold(vd_arena *a, vd_str s);
/* printf into the arena; the result is NUL-terminated behind its length. */
vd_str vd_arena_printf(vd_arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One zeroed object of `type`. */
#define VD_NEW(a, type) ((type *)vd_arena_calloc((a), 1, sizeof(type)))
/* `n` zeroed objects of `type`. */
#define VD_NEW_N(a, type, n) ((type *)vd_arena_calloc((a), (n), sizeof(type)))

/* Heap memory for what outlives any arena. These end the process when memory
 * runs out and check the product n * size. free() releases them. */
void *vd_malloc(size_t size);
void *vd_calloc(size_t n, size_t size);
void *vd_realloc_n(void *p, size_t n, size_t size);

#endif
