/* server/hits.h - what a hit shows: _source, cut to what was asked for, and single fields */
#ifndef VD_SERVER_HITS_H
#define VD_SERVER_HITS_H

#include "server/filter.h"

typedef struct vd_shown {
    bool no_source;
    vd_filter source;     /* patterns of _source */
    vd_str fields[VD_MAX_FILTER_PATHS]; /* "fields": names or patterns */
    size_t n_fields;
} vd_shown;

/* Reads the members _source and fields of a search's body. Texts point into it. VD_PARSE: what is
 * not understood. */
int vd_shown_read(const vd_json *body, vd_shown *out, vd_err *err);
/* The same for _source, _source_includes and _source_excludes of a URL; empty: not given. */
int vd_shown_params(vd_str source, vd_str includes, vd_str excludes, vd_shown *out, vd_err *err);

/* Adds _source and fields to a hit, as asked for. */
void vd_shown_put(const vd_shown *shown, vd_json *hit, const vd_json *source);

#endif
