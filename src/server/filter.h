/* server/filter.h - filter_path: which parts of an answer a client wants
 *
 * Idea      Patterns such as "errors,items.*.error": names with dots between, * for any part of a
 *           name, ** for any number of names; one with - in front takes away. Arrays are
 *           looked through. An answer's value is kept if a pattern ends at it or above it.
 * Source    Elasticsearch docs, "Common options", response filtering. */
#ifndef VD_SERVER_FILTER_H
#define VD_SERVER_FILTER_H

#include "base/json.h"
#include "base/limits.h"

typedef struct vd_filter {
    vd_str keep[VD_MAX_FILTER_PATHS], drop[VD_MAX_FILTER_PATHS];
    size_t n_keep, n_drop; /* none of either: everything is wanted */
} vd_filter;

/* Reads a filter_path (points into it); p NULL: everything. VD_LIMIT: too many patterns. */
int vd_filter_read(vd_str text, vd_filter *out, vd_err *err);
static inline bool vd_filter_all(const vd_filter *f) { return !f->n_keep && !f->n_drop; }
/* Whether the value at that path ("items.create.error.type") is wanted. */
bool vd_filter_wants(const vd_filter *f, vd_str path);
/* What is wanted of v, as a new value; NULL: nothing. Objects and arrays of which nothing is left
 * go too. */
vd_json *vd_filter_tree(const vd_filter *f, const vd_json *v);

#endif
