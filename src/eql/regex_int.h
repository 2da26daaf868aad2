/* eql/regex_int.h - between the parts of the regular expressions; private to eql/
 *
 * Way of a pattern  regex_parse.c reads it into a tree, regex_set.c keeps the sets
 *                   of characters in it, regex_dfa.c makes the automaton,
 *                   regex.c compiles and matches. */
#ifndef VD_EQL_REGEX_INT_H
#define VD_EQL_REGEX_INT_H

#include "base/vec.h"
#include "eql/regex.h"

#define VD_RE_LAST 0x10FFFFu /* the greatest code point */
#define VD_RE_MAX_REPEAT 1000
/* Operators inside each other; bounds every recursion over a tree. */
#define VD_RE_MAX_HEIGHT 250

/* ---- sets of characters ---- */

typedef struct vd_re_range {
    uint32_t lo, hi; /* both inclusive */
} vd_re_range;

typedef struct vd_re_set {
    vd_re_range *r; /* sorted, apart from each other */
    uint32_t n;
} vd_re_set;

typedef VD_VEC(vd_re_range) vd_re_ranges;

/* All distinct sets of a pattern, and the classes that they divide the characters
 * into: characters of one class are in the same sets. */
typedef struct vd_re_sets {
    vd_arena *a;
    vd_re_set *v;
    uint32_t n, cap;
    uint32_t *starts; /* first character of each interval, ascending from 0 */
    uint16_t *class_of; /* of each interval */
    uint32_t n_intervals, n_classes;
    uint8_t *holds; /* holds[set * n_classes + class] */
} vd_re_sets;

/* The index of the set of these ranges, which are sorted and merged in place. */
uint32_t vd_re_set_add(vd_re_sets *s, vd_re_ranges *ranges, bool negated, bool ci);
/* Works out the classes; false if there are too many. */
bool vd_re_sets_divide(vd_re_sets *s);

/* ---- the tree ---- */

typedef enum vd_re_kind {
    VD_RE_SET,    /* one character of a set */
    VD_RE_CAT,    /* kids one after another; none: the empty text */
    VD_RE_ALT,    /* one of the kids; none: nothing matches */
    VD_RE_AND,    /* all kids at once */
    VD_RE_NOT,    /* whatever kid 0 does not match */
    VD_RE_REPEAT  /* kid 0, min to max times */
} vd_re_kind;

#define VD_RE_UNBOUNDED UINT32_MAX

typedef struct vd_re_node vd_re_node;
struct vd_re_node {
    uint8_t kind;      /* vd_re_kind */
    uint16_t height;
    uint32_t set;      /* SET: index into the sets */
    uint32_t min, max; /* REPEAT */
    vd_re_node **kids;
    uint32_t n;
};

/* Reads `pattern`; trees and sets live in s->a. */
int vd_re_parse(vd_re_sets *s, vd_str pattern, bool ci, vd_re_node **out, vd_err *err);

/* ---- the automaton ---- */

typedef struct vd_re_dfa {
    uint16_t *next; /* next[state * n_classes + class]; 0 is the dead end, 1 the start */
    bool *accepts;
    uint32_t n; /* states */
} vd_re_dfa;

/* Builds the automaton in s->a; false if it grows too large. */
bool vd_re_build(vd_re_sets *s, const vd_re_node *tree, vd_re_dfa *out);

#endif
