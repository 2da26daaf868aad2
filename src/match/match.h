/* match/match.h - run the plan over an event: which conditions hold
 *
 * Idea      Predicates are answered a field at a time and at most once an event;
 *           answers of string values are remembered from event to event (memo.h).
 *           Only conditions whose gate is up are looked at (class.h).
 * Lifetime  A matcher holds a reference to its plan.
 * Threads   One matcher a thread.
 * Cost      No allocation per event once the memos are warm; they are bounded. */
#ifndef VD_MATCH_MATCH_H
#define VD_MATCH_MATCH_H

#include "plan/plan.h"

typedef struct vd_matcher vd_matcher;

vd_matcher *vd_matcher_new(vd_plan *plan);
void vd_matcher_free(vd_matcher *m);

/* The conditions that hold for `ev`, ascending, in *out (valid until the next
 * call). index: name of the index the document stands for (empty: it does not
 * say); conditions of rules that do not take it are left out, as far as all rules
 * that stand on the condition do not. */
size_t vd_match_event(vd_matcher *m, const vd_event *ev, vd_str index, const uint32_t **out);

/* Whether rule `rule` takes the index of the last vd_match_event. */
bool vd_match_rule_takes(const vd_matcher *m, uint32_t rule);

/* Events so far whose index rule `rule` takes. */
uint64_t vd_match_rule_events(const vd_matcher *m, uint32_t rule);

typedef struct vd_match_stats {
    uint64_t events, conditions_looked_at, conditions_held;
    uint64_t patterns_tried; /* wildcard patterns run over a value */
    uint64_t memo_hits, memo_misses, script_faults, combinations_cut;
    uint64_t classes; /* of events, made so far (match/class.h) */
    uint64_t always;  /* conditions that no predicate gates, for events of no class */
    size_t bytes;
} vd_match_stats;
vd_match_stats vd_matcher_stats(const vd_matcher *m);

/* Per condition: how often it was looked at and held, and the time it took when
 * profiling is on. */
void vd_matcher_profile(vd_matcher *m, bool on);
typedef struct vd_match_profile {
    uint64_t looked_at, held, ns;
} vd_match_profile;
const vd_match_profile *vd_matcher_profile_of(const vd_matcher *m, uint32_t condition);

#endif
