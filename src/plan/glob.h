/* plan/glob.h - a wildcard pattern taken apart once
 *
 * Idea      Between its stars a pattern is a row of segments, which have to be found
 *           in order: the first at the start, the last at the end, those between at
 *           the first place they fit. So a match never goes back, and takes time
 *           linear in the text: plain segments by memmem, those with `?` by bitap.h.
 * Not here  Patterns of constants against constants: vd_glob_match in eql/ops.h. */
#ifndef VD_PLAN_GLOB_H
#define VD_PLAN_GLOB_H

#include "plan/bitap.h"

typedef struct vd_glob_segment {
    vd_str text;  /* `?` stands for any one code point where `any` is set */
    bool any;     /* has such a `?` */
    const vd_bitap *bitap; /* finds one with `?`; NULL for one longer than is taken */
} vd_glob_segment;

typedef struct vd_glob {
    vd_glob_segment *segments;
    uint32_t n;
    bool ci;         /* segments are folded: match against folded text */
    bool star_front; /* begins with a star */
    bool star_back;  /* ends with one */
    bool open;       /* has a star at all; else segments[0] is the whole */
    vd_str literal;  /* the longest piece without wildcards, ASCII-folded; may be empty */
} vd_glob;

/* Takes `pattern` apart (`*` and `?` are wildcards, there is no escape). */
void vd_glob_init(vd_arena *a, vd_str pattern, bool ci, vd_glob *out);
/* A pattern of one plain text with or without a star before and behind it:
 * startsWith, endsWith, stringContains. Every byte of `text` is itself. */
void vd_glob_init_plain(vd_arena *a, vd_str text, bool ci, bool star_front, bool star_back,
                        vd_glob *out);
/* The whole of `text` (folded by the caller if g->ci) matches. */
bool vd_glob_run(const vd_glob *g, vd_str text);

#endif
