/* plan/build_int.h - what the plan's own files share while it is built. Private. */
#ifndef VD_PLAN_BUILD_INT_H
#define VD_PLAN_BUILD_INT_H

#include "base/map.h"
#include "base/vec.h"
#include "plan/tables.h"

/* One test of one field. */
typedef enum vd_atom_kind {
    VD_ATOM_EXISTS,
    VD_ATOM_EXACT,  /* text equals */
    VD_ATOM_FOLDED, /* text equals without ASCII case; text is folded */
    VD_ATOM_NUMBER, /* text is the vd_number_key */
    VD_ATOM_GLOB,   /* text is the pattern */
    VD_ATOM_PREFIX, /* text is plain */
    VD_ATOM_SUFFIX,
    VD_ATOM_CONTAINS,
    VD_ATOM_RANGE,  /* op, value */
    VD_ATOM_CIDR    /* text is "address/bits" as written */
} vd_atom_kind;

typedef struct vd_atom {
    uint8_t kind; /* vd_atom_kind */
    uint8_t op;   /* RANGE */
    bool ci;      /* GLOB, PREFIX, SUFFIX, CONTAINS */
    uint32_t slot;
    vd_str text;
    vd_value value; /* RANGE */
    vd_str key;     /* canonical bytes, slot included */
} vd_atom;

/* A condition's tree in negation normal form. */
typedef enum vd_node_kind {
    VD_NODE_TRUE,
    VD_NODE_FALSE,
    VD_NODE_AND,
    VD_NODE_OR,
    VD_NODE_PRED,  /* id: predicate */
    VD_NODE_SCRIPT /* id: script */
} vd_node_kind;

typedef struct vd_node vd_node;
struct vd_node {
    uint8_t kind; /* vd_node_kind */
    bool negated; /* PRED, SCRIPT */
    bool null;    /* FALSE that is null: `not` leaves it as it is */
    uint32_t id;
    /* PRED while lowering: its atoms, not yet interned */
    uint32_t slot;
    uint32_t *atoms;
    uint32_t n_atoms;
    vd_node **kids;
    uint32_t n_kids;
};

typedef struct vd_pred_build {
    uint32_t slot;
    uint32_t *atoms; /* ascending */
    uint32_t n_atoms;
} vd_pred_build;

typedef struct vd_builder {
    vd_plan *plan;
    vd_arena *a;    /* the plan's */
    vd_arena tmp;   /* gone after the build */
    vd_schema *schema;
    int64_t now;
    VD_VEC(vd_field_id) slots;        /* field of each slot */
    VD_VEC(uint32_t) slot_of;         /* by field id: slot + 1, or 0 */
    VD_VEC(vd_atom) atoms;
    vd_map atom_map;                  /* key -> atom */
    VD_VEC(vd_pred_build) preds;
    vd_map pred_map;                  /* slot and atoms -> predicate */
    VD_VEC(vd_script) scripts;
    vd_map script_map;                /* printed expression -> script */
    VD_VEC(vd_step) steps;
    VD_VEC(vd_condition) conditions;
    VD_VEC(vd_str) condition_keys;
    vd_map condition_map;             /* program bytes -> condition */
    VD_VEC(VD_VEC(vd_plan_use)) uses; /* by condition */
    VD_VEC(vd_plan_stage) stages;
    VD_VEC(vd_plan_rule) rules;
    VD_VEC(uint32_t) lists;
} vd_builder;

/* slots.c */
uint32_t vd_build_slot(vd_builder *b, vd_field_id field);
uint32_t vd_build_slot_named(vd_builder *b, vd_str name);
void vd_build_slot_tests(vd_builder *b); /* freezes atoms into plan->slots */

/* constants.c: the atoms of `field op constant`, typed by the field. Each appends
 * atom ids to *node (a PRED node of that slot); nothing appended: never holds. */
void vd_build_equals(vd_builder *b, vd_node *node, const vd_value *v, bool ci);
void vd_build_range(vd_builder *b, vd_node *node, vd_eql_op op, const vd_value *v);
void vd_build_pattern(vd_builder *b, vd_node *node, vd_str pattern, bool ci);
void vd_build_cidr(vd_builder *b, vd_node *node, vd_str block);

/* atoms.c */
void vd_build_atom(vd_builder *b, vd_node *node, const vd_atom *atom);
uint32_t vd_build_pred(vd_builder *b, const vd_node *node);
vd_node *vd_build_pred_node(vd_builder *b, uint32_t slot);

/* lower.c: a checked, folded condition and its category to a tree. */
vd_node *vd_build_lower(vd_builder *b, const vd_eql_item *item, vd_str category_field);

/* script.c */
uint32_t vd_build_script(vd_builder *b, const vd_eql_expr *e);

/* share.c: how often a predicate, a node holds for a usual event, roughly: 0 to 1. */
double vd_build_pred_share(vd_builder *b, uint32_t pred);
double vd_build_share(vd_builder *b, const vd_node *n);
/* The field has few values, each shared by many events. */
bool vd_build_few_valued(vd_str field);

/* program.c: the condition of a tree, shared with an equal one. */
uint32_t vd_build_condition(vd_builder *b, vd_node *n);

#endif
