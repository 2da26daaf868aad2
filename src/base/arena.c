#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/vec.h"

#define DEFAULT_PAGE (64u << 10)

struct vd_arena_page {
    vd_arena_page *next;
    size_t size; /* bytes of data behind the header */
    _Alignas(64) char data[];
};

static void out_of_memory(size_t size)
{
    fprintf(stderr, "vedette: out of memory (%zu bytes wanted)\n", size);
    abort();
}

void *vd_malloc(size_t size)
{
    void *p = malloc(size ? size : 1);
    if (!p) out_of_memory(size);
    return p;
}

void *vd_calloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);
    if (!p) out_of_memory(n * size);
    return p;
}

void *vd_realloc_n(void *p, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) out_of_memory(SIZE_MAX);
    p = realloc(p, bytes ? bytes : 1);
    if (!p) out_of_memory(bytes);
    return p;
}

void *vd_vec_grow_(void *v, size_t want, size_t *cap, size_t size)
{
    size_t next = *cap ? *cap + *cap / 2 + 1 : 8;
    if (next < want) next = want;
    v = vd_realloc_n(v, next, size);
    *cap = next;
    return v;
}

void vd_arena_init(vd_arena *a, size_t page_size)
{
    *a = (vd_arena){.page_size = page_size ? page_size : DEFAULT_PAGE};
}

static void free_pages(vd_arena_page *p)
{
    while (p) {
        vd_arena_page *next = p->next;
        free(p);
        p = next;
    }
}

void vd_arena_fini(vd_arena *a)
{
    free_pages(a->head);
    free_pages(a->free);
    vd_arena_init(a, a->page_size);
}

void vd_arena_reset(vd_arena *a)
{
    vd_arena_page *p = a->head;
    while (p) {
        vd_arena_page *next = p->next;
        if (p->size == a->page_size) {
            p->next = a->free;
            a->free = p;
        } else { /* an outsize page would be kept for one large document */
            a->total -= p->size;
            free(p);
        }
        p = next;
    }
    a->head = NULL;
    a->at = a->end = NULL;
}

size_t vd_arena_bytes(const vd_arena *a) { return a->total; }

static vd_arena_page *page_of(vd_arena *a, size_t size)
{
    if (a->free && size <= a->page_size) {
        vd_arena_page *p = a->free;
        a->free = p->next;
        return p;
    }
    if (size < a->page_size) size = a->page_size;
    vd_arena_page *p = aligned_alloc(64, (sizeof *p + size + 63) & ~(size_t)63);
    if (!p) out_of_memory(size);
    p->size = size;
    a->total += size;
    return p;
}

/* Slow path of an allocation: a new page. A large request gets a page of its own
 * behind the current one, so that the rest of the current page is not wasted. */
static void *alloc_page(vd_arena *a, size_t size)
{
    if (size > SIZE_MAX / 2) out_of_memory(size);
    vd_arena_page *p = page_of(a, size);
    if (a->head && size > a->page_size / 4 && p->size != a->page_size) {
        p->next = a->head->next;
        a->head->next = p;
        return p->data;
    }
    p->next = a->head;
    a->head = p;
    a->at = p->data + size;
    a->end = p->data + p->size;
    return p->data;
}

void *vd_arena_alloc_aligned(vd_arena *a, size_t size, size_t align)
{
    uintptr_t at = ((uintptr_t)a->at + (align - 1)) & ~(uintptr_t)(align - 1);
    if (a->at && at <= (uintptr_t)a->end && size <= (uintptr_t)a->end - at) {
        a->at = (char *)at + size;
        return (void *)at;
    }
    return alloc_page(a, size);
}

void *vd_arena_calloc(vd_arena *a, size_t n, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(n, size, &bytes)) out_of_memory(SIZE_MAX);
    void *p = vd_arena_alloc(a, bytes);
    return memset(p, 0, bytes);
}

vd_str vd_arena_str(vd_arena *a, vd_str s)
{
    char *p = vd_arena_alloc_aligned(a, s.n + 1, 1);
    if (s.n) memcpy(p, s.p, s.n);
    p[s.n] = 0;
    return (vd_str){p, s.n};
}

vd_str vd_arena_fold(vd_arena *a, vd_str s)
{
    char *p = vd_arena_alloc_aligned(a, s.n + 1, 1);
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)vd_ascii_lower((unsigned char)s.p[i]);
    p[s.n] = 0;
    return (vd_str){p, s.n};
}

vd_str vd_arena_printf(vd_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) return (vd_str){"", 0};
    char *p = vd_arena_alloc_aligned(a, (size_t)n + 1, 1);
    va_start(ap, fmt);
    vsnprintf(p, (size_t)n + 1, fmt, ap);
    va_end(ap);
    return (vd_str){p, (size_t)n};
}
