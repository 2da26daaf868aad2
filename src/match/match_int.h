/* match/match_int.h - what matching's own files share. Private. */
#ifndef VD_MATCH_MATCH_INT_H
#define VD_MATCH_MATCH_INT_H

#include "base/map.h"
#include "base/vec.h"
#include "match/class.h"
#include "match/match.h"
#include "match/memo.h"
#include "plan/tables.h"

/* Which rules and conditions a document of one index may meet. */
typedef struct vd_route {
    vd_str name;
    uint64_t *rules, *conditions; /* bit sets */
    uint64_t events;              /* that took it */
} vd_route;

/* A class that is not made yet: how often its events came up. */
typedef struct vd_sighting {
    uint64_t sig;
    uint32_t n;
} vd_sighting;

#define VD_SIGHTINGS 1024

/* The class of events with these values in their class fields. */
typedef struct vd_known_class {
    uint64_t raw; /* hash of the values; 0: empty */
    vd_class *cls;
} vd_known_class;

#define VD_KNOWN 2048

struct vd_matcher {
    vd_plan *plan;
    uint32_t epoch;       /* number of the event, for the stamps below */
    uint32_t *truth;      /* by predicate: epoch in which it held last */
    uint32_t *answered;   /* by slot */
    uint32_t *queued;     /* by live number of the class at hand */
    uint32_t *script_ran; /* by script; its answer beside it */
    bool *script_holds;
    uint32_t *queue;      /* live conditions to look at */
    uint32_t n_queue;
    uint32_t *held;
    vd_memo *memos;       /* by slot; n 0 where the slot needs none */
    uint64_t seed;        /* of their hashes */
    uint64_t *ahead;      /* hashes of the slots about to be answered */
    uint32_t *present;    /* of the slots asked for: those that the event has */
    uint32_t stamp;       /* for the two below */
    uint32_t *in_list;    /* by predicate: already in `found` */
    uint32_t *tried;      /* by pattern of one slot */
    VD_VEC(uint32_t) found;  /* predicates that hold for the value at hand */
    VD_VEC(char) folded;     /* the value at hand without case */
    vd_value *stack;      /* for scripts */
    const vd_value **script_values; /* the combination at hand, by slot of the script */
    vd_arena scratch;     /* strings made by scripts */
    vd_map route_map;
    VD_VEC(vd_route) routes;
    vd_arena route_arena;
    const vd_route *route; /* of the event at hand; NULL: everything */
    uint64_t *rule_events; /* by rule: from routes that were forgotten */
    vd_class *all;         /* the class of all events */
    vd_class *cls;         /* of the event at hand */
    bool counting;         /* it is counted for its class */
    vd_class **classes;    /* open addressing by signature */
    uint32_t n_classes, cap_classes;
    size_t class_bytes;
    vd_sighting *sightings;
    vd_known_class *known; /* by hash */
    uint64_t sign;         /* not 0: the predicates being marked are hashed into it */
    bool *class_slot;      /* by slot */
    bool profiling;
    vd_match_profile *profile; /* by condition */
    vd_match_stats stats;
};

/* answer.c: all predicates of a slot, once an event. hash: what vd_match_hash_ahead gave
 * for it, or 0. */
void vd_match_answer(vd_matcher *m, const vd_event *ev, uint32_t slot, uint64_t hash);
/* The memo's hash of the slot's first value, and its memory asked for; 0 if there is
 * nothing to ask for. Several of these before the answers hide the way to memory. */
uint64_t vd_match_hash_ahead(vd_matcher *m, const vd_event *ev, uint32_t slot);
/* script_run.c: whether a script holds for the event. */
bool vd_match_script(vd_matcher *m, const vd_event *ev, uint32_t script);
/* route.c: the route of an index, made on first sight. */
const vd_route *vd_match_route(vd_matcher *m, vd_str index);
/* classify.c: the class of an event; m->epoch is its own already. */
vd_class *vd_match_classify(vd_matcher *m, const vd_event *ev, vd_str index);
void vd_match_forget_classes(vd_matcher *m);

static inline bool vd_bit(const uint64_t *bits, uint32_t i) { return bits[i >> 6] >> (i & 63) & 1; }

#endif
