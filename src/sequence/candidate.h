/* sequence/candidate.h - an event that meets one condition of one rule
 *
 * What matching hands to the sequences: small enough to be sorted, spilled and
 * kept by the million. The event itself stays where it is. */
#ifndef VD_SEQUENCE_CANDIDATE_H
#define VD_SEQUENCE_CANDIDATE_H

#include <stdint.h>

/* The tiebreak of an event without the tiebreaker field: after every value
 * (elastic/elasticsearch, Ordinal). */
#define VD_NO_TIEBREAK UINT64_MAX
/* In a match: stands for a missing-event stage. */
#define VD_NO_EVENT UINT64_MAX

typedef struct vd_candidate {
    int64_t ts;        /* milliseconds */
    uint64_t tie;      /* the tiebreaker's value, mapped so that unsigned order is its order */
    uint64_t ordinal;  /* order of arrival: the last word between equals */
    uint64_t event;    /* reference to the event, opaque here */
    uint64_t key[2];   /* seeded hash of the join key tuple; 0,0 without keys */
    uint32_t rule;     /* index into the plan's rules */
    uint16_t stage;    /* index into the rule's stages (plan.h) */
    uint16_t below;    /* so many stages right below that the event takes in the same way
                          (with runs): one candidate stands for them all. 0 in the sequencer */
} vd_candidate;        /* 56 bytes */

_Static_assert(sizeof(vd_candidate) <= 64, "candidates are sorted and kept by the million");

/* Order of the machine: time, tiebreak, arrival, rule, then the later stage first
 * so that an event cannot follow itself. (An until, the last stage, thus comes first
 * of its event; the sequencer lets it strike after the event's other stages.) */
int vd_candidate_cmp(const vd_candidate *a, const vd_candidate *b);

#endif
