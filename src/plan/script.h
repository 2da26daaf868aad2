/* plan/script.h - a leaf that is no predicate, as a small stack program
 *
 * Functions and arithmetic over one or several fields (EQL semantics, "script"
 * leaves): the program is run for every combination of the fields' values, null for
 * a field that has none; the leaf holds if one run gives true. */
#ifndef VD_PLAN_SCRIPT_H
#define VD_PLAN_SCRIPT_H

#include "eql/eql.h"
#include "plan/glob.h"
#include "eql/regex.h"

typedef enum vd_script_op {
    VD_SC_CONST,   /* push constant `arg` */
    VD_SC_FIELD,   /* push the current value of field `arg` */
    VD_SC_COMPARE, /* pop b, a; push a `sub` b */
    VD_SC_IS_NULL, /* pop a; push whether it is null */
    VD_SC_ARITH,   /* pop b, a; push a `sub` b */
    VD_SC_NEGATE,
    VD_SC_NOT,     /* null stays null */
    VD_SC_AND,     /* pop `arg` values; three-valued */
    VD_SC_OR,
    VD_SC_IN,      /* pop `arg` items and then the value; sub: without case */
    VD_SC_PATTERN, /* pop a string; push whether one of `sub` patterns from `arg` matches */
    VD_SC_REGEX,   /* the same with expressions */
    VD_SC_CALL     /* pop `arg` arguments, push function `sub`; ci */
} vd_script_op;

typedef struct vd_script_step {
    uint8_t op; /* vd_script_op */
    bool ci;
    uint16_t sub;
    uint32_t arg;
} vd_script_step;

typedef struct vd_script {
    vd_script_step *steps;
    uint32_t n_steps;
    uint32_t depth; /* stack that it needs */
    vd_value *consts;
    vd_glob *patterns;
    const vd_regex **regexes;
    uint32_t *slots; /* of its fields; VD_NO_SLOT: always null */
    uint32_t n_slots;
} vd_script;

#endif
