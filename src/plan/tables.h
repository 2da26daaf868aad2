/* plan/tables.h - how a built plan lies in memory; for match/ alone
 *
 * Layout   condition -> program: steps, each tests one predicate or script and names
 *          the next step for yes and for no. predicate -> slot. slot -> its tests,
 *          one structure a kind of test; each test leads to the list of predicates
 *          that hold when it does.
 * Lists    A vd_list is a range of plan->lists. */
#ifndef VD_PLAN_TABLES_H
#define VD_PLAN_TABLES_H

#include <stdatomic.h>

#include "eql/ops.h"
#include "field/ip.h"
#include "plan/glob.h"
#include "plan/literals.h"
#include "plan/plan.h"
#include "plan/script.h"

typedef struct vd_list {
    uint32_t at, n;
} vd_list;

typedef struct vd_predicate {
    uint32_t slot;
    float share; /* a guess, before any event is seen: of the events it holds for */
} vd_predicate;

/* A step's target: the number of a step, or an end. */
#define VD_STEP_YES 0xFFFFFFFFu
#define VD_STEP_NO 0xFFFFFFFEu
/* Marks a step that tests a script, not a predicate. */
#define VD_STEP_SCRIPT 0x80000000u

typedef struct vd_step {
    uint32_t test; /* predicate, or script with VD_STEP_SCRIPT */
    uint32_t yes, no;
} vd_step;

/* A program's steps are [first, end); a step's targets stand before it. */
typedef struct vd_condition {
    uint32_t entry; /* the step to begin with, or an end */
    uint32_t first, end;
    vd_list uses;   /* in plan->uses */
} vd_condition;

/* Equality with a constant: open addressing by hash, n is a power of two or 0. Tags are
 * 32 bits of the hash, apart from the rest so that a look finds them in the cache. */
typedef struct vd_eq_entry {
    vd_str text;   /* the constant's bytes; numbers: 9 bytes of vd_number_key */
    vd_list preds;
} vd_eq_entry;

typedef struct vd_eq_table {
    uint32_t *tags; /* 0: an empty place */
    vd_eq_entry *v;
    uint32_t n;
    uint64_t lengths; /* bit i: some constant has i bytes, bit 63: 63 or more */
} vd_eq_table;

typedef struct vd_pattern_test {
    vd_glob glob;
    vd_list preds;
} vd_pattern_test;

typedef struct vd_range_test {
    vd_value bound;
    int64_t upto; /* dates, op EQ: the last millisecond that is equal */
    uint8_t op;   /* vd_eql_op */
    vd_list preds;
} vd_range_test;

typedef struct vd_cidr_test {
    vd_cidr block;
    vd_list preds;
} vd_cidr_test;

typedef struct vd_slot_tests {
    uint8_t type; /* vd_field_type */
    bool tested;  /* has any test */
    bool strings; /* has a test that only strings can pass */
    vd_list exists;
    vd_eq_table exact, folded, number;
    vd_pattern_test *patterns;
    uint32_t n_patterns;
    const vd_literals *literals; /* which of them to try; NULL if there are none */
    vd_range_test *ranges;
    uint32_t n_ranges;
    vd_cidr_test *cidrs;
    uint32_t n_cidrs;
} vd_slot_tests;

struct vd_plan {
    atomic_uint refs;
    vd_arena arena;
    vd_ruleset *ruleset;
    vd_schema *schema;
    vd_extract *extract;
    bool ignore_index;
    vd_plan_slots own;       /* slots of the engine's fields */
    vd_plan_rule *rules;
    vd_plan_stage *stages;
    vd_condition *conditions;
    vd_plan_use *uses;
    vd_predicate *predicates;
    vd_step *steps;
    vd_script *scripts;
    uint32_t *lists;
    vd_slot_tests *slots;
    uint32_t *class_slots;   /* the few-valued fields by which events fall into classes */
    vd_field_id *slot_fields;
    uint32_t n_rules, n_stages, n_conditions, n_uses, n_predicates, n_steps, n_scripts, n_lists,
        n_slots, n_class_slots, n_atoms, max_patterns;
    int64_t build_ns;
};

/* The 9 bytes by which a number is found in an eq table: equal numbers of any kind
 * have equal keys. false if `v` is no number, bool or date. */
bool vd_number_key(const vd_value *v, char out[9]);
/* Reads a whole text as a number; false if it is none. */
bool vd_number_text(vd_str s, vd_value *out);
/* A fast mixer for short keys, seeded by nothing: the tables are built from rules,
 * and a bad distribution costs time, never an answer. */
static inline uint64_t vd_eq_hash(const char *p, size_t n)
{
    uint64_t h = 0x9E3779B97F4A7C15u ^ (n * 0xD6E8FEB86659FD93u), w;
    for (; n >= 8; p += 8, n -= 8) {
        memcpy(&w, p, 8);
        h = (h ^ w) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    if (n) {
        w = 0;
        memcpy(&w, p, n);
        h = (h ^ w) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 32;
    }
    return h * 0xC4CEB9FE1A85EC53u;
}

static inline uint32_t vd_eq_tag(uint64_t hash) { return (uint32_t)hash | 1; }

static inline const vd_eq_entry *vd_eq_find(const vd_eq_table *t, const char *p, size_t n)
{
    if (!(t->lengths >> (n < 63 ? n : 63) & 1)) return NULL;
    uint64_t hash = vd_eq_hash(p, n);
    uint32_t tag = vd_eq_tag(hash);
    for (uint32_t i = (uint32_t)(hash >> 32) & (t->n - 1); t->tags[i]; i = (i + 1) & (t->n - 1)) {
        const vd_eq_entry *e = &t->v[i];
        if (t->tags[i] == tag && e->text.n == n && memcmp(e->text.p, p, n) == 0) return e;
    }
    return NULL;
}

#endif
