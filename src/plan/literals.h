/* plan/literals.h - which of many literals occur in a text, in one pass
 *
 * An Aho-Corasick automaton with all transitions filled in, over classes of bytes.
 * Literals are cut to their last VD_LITERAL_MAX bytes: the automaton only names
 * candidates, the pattern itself is checked afterwards. Texts and literals are
 * ASCII-folded by the caller. */
#ifndef VD_PLAN_LITERALS_H
#define VD_PLAN_LITERALS_H

#include "base/arena.h"

#define VD_LITERAL_MAX 12

typedef struct vd_literals {
    uint8_t classes[256]; /* byte -> class; 0: in no literal */
    uint32_t n_classes, n_states;
    uint32_t *next;  /* [state * n_classes + class]: (state << 1 | has ids) */
    uint32_t *first; /* by state: range of `ids` [first[s], first[s + 1]) */
    uint32_t *ids;
} vd_literals;

/* Builds the automaton; literal i (not empty) reports as i. */
const vd_literals *vd_literals_build(vd_arena *a, const vd_str *literals, uint32_t n);

#endif
