/* sequence/sequence.h - stages over time: sequences, until, missing events, samples
 *
 * Idea      A hash from (rule, join key) to one pending partial per stage; a
 *           candidate of stage i takes the partial that waits at i-1 and moves it
 *           on. Events of a partial hang on a chain; each is held, and let go with it.
 * Use       vd_sequencer_new; vd_sequencer_feed in the order of vd_candidate_cmp;
 *           vd_sequencer_flush when no earlier candidate can come any more (at the
 *           end of a batch: INT64_MAX). Matches come through the callback in the
 *           order of their last event; those of one last event and rule in no
 *           particular order (the caller, who has the keys' values, sorts them).
 * Source    elastic/elasticsearch: SequenceMatcher, TumblingWindow, SampleIterator. */
#ifndef VD_SEQUENCE_SEQUENCE_H
#define VD_SEQUENCE_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "sequence/candidate.h"

typedef enum vd_stage_role {
    VD_STAGE_EVENT,   /* a positive stage of a sequence or an item of a sample */
    VD_STAGE_MISSING, /* ![ ... ] */
    VD_STAGE_UNTIL
} vd_stage_role;

/* What the machine must know of a rule. `roles` has n_stages entries: the items
 * in order with runs expanded (each copy a stage of its own), until last. */
typedef struct vd_sequence_spec {
    const uint8_t *roles; /* vd_stage_role */
    uint16_t n_stages;
    bool sample;
    bool keyed;      /* has join keys */
    int64_t maxspan; /* milliseconds, -1: none */
} vd_sequence_spec;

typedef struct vd_sequence_match {
    uint32_t rule;
    int64_t ts;               /* of the last event; of a sample's latest */
    int64_t first_ts;         /* of the first event that is not missing; a sample: ts */
    const uint64_t *events;   /* n references in stage order; VD_NO_EVENT for a missing stage */
    size_t n;                 /* items with runs expanded, without until */
    uint64_t key[2];
} vd_sequence_match;

typedef void (*vd_sequence_found)(void *ctx, const vd_sequence_match *match);
/* Events are held by reference: told when a chain takes one and lets it go. Both
 * may be NULL. Every event of a match is still held during the callback. */
typedef void (*vd_sequence_hold)(void *ctx, uint64_t event);

typedef struct vd_sequence_config {
    const vd_sequence_spec *specs; /* by rule; rules that are no sequence have n_stages 0 */
    size_t n_specs;
    uint64_t max_state;            /* bytes, at least 16 KiB; 0: VD_MAX_STATE */
    bool unordered;                /* candidates are in order within a rule and key only: partials
                                      expire by the time of their arrival (vd_sequencer_now) and
                                      in flush only. Not for missing stages and samples */
    vd_sequence_found found;
    vd_sequence_hold hold, release;
    void *ctx;
} vd_sequence_config;

typedef struct vd_sequence_stats {
    uint64_t pending;      /* partials now */
    uint64_t pending_peak;
    uint64_t bytes, bytes_peak; /* of state */
    uint64_t dropped;      /* partials dropped at max_state, oldest first */
    uint64_t expired;      /* partials whose maxspan passed */
    uint64_t matches;
} vd_sequence_stats;

typedef struct vd_sequencer vd_sequencer;

/* The specs are copied. */
vd_sequencer *vd_sequencer_new(const vd_sequence_config *config);
void vd_sequencer_free(vd_sequencer *seq);
/* Unordered: the time of arrival of what is fed from now on, ms; an earlier one than
 * before counts as that. */
void vd_sequencer_now(vd_sequencer *seq, int64_t now);
/* Unordered: everything of that rule and key is let go, as if nothing had been fed. */
void vd_sequencer_forget(vd_sequencer *seq, uint32_t rule, const uint64_t key[2]);
/* Takes the next candidate; until, missing and positive stages alike. */
void vd_sequencer_feed(vd_sequencer *seq, const vd_candidate *c);
/* A candidate that comes a little later (near: soon): asks for the memory that feeding it
 * will look at, so that with a million partials the way there is not waited for. */
void vd_sequencer_ahead(const vd_sequencer *seq, const vd_candidate *c, bool near);
/* Nothing at or before `watermark` (ms) will come any more: reports what waited
 * for its missing-event stage, expires partials. INT64_MAX also ends samples and lets
 * everything go; what is fed then is a new batch, anywhere in time. */
void vd_sequencer_flush(vd_sequencer *seq, int64_t watermark);
vd_sequence_stats vd_sequencer_stats(const vd_sequencer *seq);

#endif
