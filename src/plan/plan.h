/* plan/plan.h - many rules to one read-only plan
 *
 * Idea      Conditions of all rules are broken into *atoms* (one field, one test),
 *           atoms into *predicates* (any of these atoms of one field), shared by
 *           all rules. A condition is a short decision program over predicates and
 *           names a gate: predicates one of which must hold for it to be looked at.
 * Use       vd_plan_build from a compiled rule set; share it between threads.
 * Lifetime  The plan owns the rule set and the schema it was built from; both and
 *           everything in them live until the last vd_plan_unref.
 * Threads   Immutable once built; the count of references is atomic.
 * Not here  Running it: match/match.h. */
#ifndef VD_PLAN_PLAN_H
#define VD_PLAN_PLAN_H

#include "base/err.h"
#include "base/limits.h"
#include "event/event.h"
#include "rule/rule.h"

typedef struct vd_plan vd_plan;

#define VD_NO_SLOT UINT32_MAX

typedef struct vd_plan_options {
    vd_str category_field, timestamp_field, tiebreaker_field; /* for rules that name none;
                                                                 empty: event.category, @timestamp, none */
    bool ignore_index;    /* every rule sees every document */
} vd_plan_options;

/* Builds the plan of all rules that run, are enabled and not broken. Takes
 * ownership of `rules` and `schema`. The schema must be the one
 * that vd_ruleset_compile used. */
vd_plan *vd_plan_build(vd_ruleset *rules, vd_schema *schema, const vd_plan_options *options);
vd_plan *vd_plan_ref(vd_plan *plan);
void vd_plan_unref(vd_plan *plan);

/* The same numbers as sequence/sequence.h's vd_stage_role. */
typedef enum vd_plan_role { VD_ROLE_EVENT, VD_ROLE_MISSING, VD_ROLE_UNTIL } vd_plan_role;

/* What runs where: one entry a stage of a rule, in the order of the query's items
 * (runs expanded), until last. */
typedef struct vd_plan_stage {
    uint32_t condition;        /* index of the condition it stands on */
    uint8_t role;              /* vd_plan_role */
    uint8_t n_keys;
    bool optional_keys[VD_MAX_JOIN_KEYS];  /* by key: null is a value of its own */
    uint32_t key_slots[VD_MAX_JOIN_KEYS];  /* VD_NO_SLOT: unmapped, always null */
} vd_plan_stage;

typedef struct vd_plan_rule {
    const vd_rule *rule;
    vd_eql_query_kind kind;
    uint32_t first_stage, n_stages;
    int64_t maxspan; /* ms, -1: none */
    uint32_t timestamp_slot, tiebreaker_slot /* VD_NO_SLOT: none */, override_slot;
} vd_plan_rule;

size_t vd_plan_rule_count(const vd_plan *plan);
const vd_plan_rule *vd_plan_rule_at(const vd_plan *plan, uint32_t rule);
const vd_plan_stage *vd_plan_stage_at(const vd_plan *plan, uint32_t stage);
vd_ruleset *vd_plan_rules(const vd_plan *plan);
const vd_schema *vd_plan_schema(const vd_plan *plan);
/* The stages that stand on one condition, as pairs. */
typedef struct vd_plan_use {
    uint32_t rule;
    uint16_t stage; /* within the rule */
} vd_plan_use;
size_t vd_plan_uses(const vd_plan *plan, uint32_t condition, const vd_plan_use **out);

/* The fields to take out of a document; slot i of an event is field i of it. */
const vd_extract *vd_plan_extract(const vd_plan *plan);
/* Slots of what the engine itself reads: the document's identity and index. */
typedef struct vd_plan_slots {
    uint32_t id, event_id, index, ds_type, ds_dataset, ds_namespace, timestamp, host_name;
} vd_plan_slots;
const vd_plan_slots *vd_plan_slots_of(const vd_plan *plan);
/* The name of a slot's field. */
vd_str vd_plan_slot_name(const vd_plan *plan, uint32_t slot);
/* Built with ignore_index. */
bool vd_plan_ignores_index(const vd_plan *plan);
/* Whether rule `rule`'s index patterns take an index of that name. */
bool vd_plan_takes(const vd_plan *plan, uint32_t rule, vd_str index);

typedef struct vd_plan_stats {
    size_t rules, conditions, predicates, atoms, scripts, slots;
    size_t bytes;
    int64_t build_ns;
} vd_plan_stats;
vd_plan_stats vd_plan_stats_of(const vd_plan *plan);

/* The plan in words, for people and bug reports (check --plan). */
void vd_plan_print(FILE *out, const vd_plan *plan);

#endif
