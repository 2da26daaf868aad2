/* base/vec.h - a growing array of any type, on the heap
 *
 * Use     VD_VEC(uint32_t) ids = {0};  *vd_vec_push(&ids) = 7;  vd_vec_free(&ids);
 * Stale   Any push may move the elements: keep indexes, not pointers. */
#ifndef VD_BASE_VEC_H
#define VD_BASE_VEC_H

#include <stdlib.h>

#include "base/arena.h"

#define VD_VEC(type)                                                                               \
    struct {                                                                                       \
        type *v;                                                                                   \
        size_t n, cap;                                                                             \
    }

/* Makes room for `want` elements in all. */
#define vd_vec_reserve(vec, want)                                                                  \
    ((want) <= (vec)->cap ? (void)0                                                                \
                          : (void)((vec)->v = vd_vec_grow_((vec)->v, (want), &(vec)->cap,          \
                                                           sizeof *(vec)->v)))
/* Appends one element, not initialised, and gives its address. */
#define vd_vec_push(vec)                                                                           \
    (((vec)->n == (vec)->cap                                                                       \
          ? (void)((vec)->v =                                                                      \
                       vd_vec_grow_((vec)->v, (vec)->n + 1, &(vec)->cap, sizeof *(vec)->v))        \
          : (void)0),                                                                              \
     &(vec)->v[(vec)->n++])
#define vd_vec_free(vec) (free((vec)->v), (vec)->v = NULL, (vec)->n = (vec)->cap = 0)

void *vd_vec_grow_(void *v, size_t want, size_t *cap, size_t size);

#endif
