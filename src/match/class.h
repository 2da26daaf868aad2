/* match/class.h - events of one kind, and what is left of the rules for them
 *
 * Idea      A few fields with few values (category, type, action, dataset, the
 *           host's system: plan->class_slots) say which conditions cannot hold at all.
 *           Events that agree in them, and in the index they stand for, are a class.
 *           For a class the conditions' programs are run as far as these fields
 *           decide: most end at once, the rest are shorter. Of the rest each gets a
 *           *gate*: predicates one of which must hold, so that only conditions whose
 *           gate is up are looked at, and only fields in a gate are looked into.
 * Tuning    Which gate is best depends on the events. A class begins with the plan's
 *           guesses, counts for its first events how often predicates hold, and then
 *           chooses its gates anew. Answers never depend on gates.
 * Bounds    A class is made when events of it have come up a few times, there are at
 *           most so many of them (classify.c), and the class of all events serves the others.
 * Threads   Classes belong to one matcher. */
#ifndef VD_MATCH_CLASS_H
#define VD_MATCH_CLASS_H

#include "base/hash.h"
#include "plan/tables.h"

/* Where the gates of a predicate stand: gates[at] is their number, then come live
 * conditions; 0: none. */
typedef struct vd_class {
    uint64_t sig;
    vd_arena arena;     /* everything below */
    uint64_t events;
    uint32_t n_counted_events;
    vd_step *steps;     /* of the live conditions, with targets in here */
    uint32_t n_steps;
    uint32_t *live;     /* conditions that may hold: live number -> condition */
    uint32_t *entry;    /* by live number: the step to begin with */
    uint32_t n_live;
    uint32_t *certain;  /* conditions that hold whatever else the event has */
    uint32_t n_certain;
    uint32_t *always;   /* live numbers without a gate */
    uint32_t n_always;
    uint32_t *slots;    /* fields to look into at once: those of the gates */
    uint32_t n_slots;
    uint64_t *matters;  /* bit set of predicates: tested by a live condition or in a gate */
    uint32_t *gate_at;  /* by predicate */
    uint32_t *gates;
    uint32_t *counts;   /* by predicate, while counting; NULL once tuned */
    uint32_t *counted;  /* fields to look into while counting */
    uint32_t n_counted;
} vd_class;

/* What is known when a class is made. */
typedef struct vd_class_facts {
    const uint32_t *truth; /* by predicate: `epoch` if it holds; of class slots only */
    uint32_t epoch;
    const bool *class_slot; /* by slot; NULL: nothing is known, the class of all events */
    const uint64_t *allowed; /* bit set of conditions, NULL: all */
} vd_class_facts;

vd_class *vd_class_new(const vd_plan *plan, const vd_class_facts *facts);
void vd_class_free(vd_class *c);
/* Enough events were counted: chooses the gates by what was seen. */
void vd_class_tune(vd_class *c, const vd_plan *plan);
size_t vd_class_bytes(const vd_class *c);

/* gates.c: chooses gates by `share`, how often each predicate holds; fills slots,
 * always, gate_at and gates. */
void vd_class_choose_gates(vd_class *c, const vd_plan *plan, const float *share);

#endif
