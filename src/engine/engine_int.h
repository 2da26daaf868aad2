/* engine/engine_int.h - what the pipeline's own files share. Private. */
#ifndef VD_ENGINE_ENGINE_INT_H
#define VD_ENGINE_ENGINE_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "engine/engine.h"
#include "sequence/sequence.h"

/* An event reference, as candidates carry it:
 *   0 | source, 19 bits | offset, 44 bits    read again from the source's file, or by its
 *                                            number in place of the offset
 *   1 | worker, 19 bits | offset, 44 bits    a compressed copy in the worker's file */
#define VD_REF_KEPT   (1ull << 63)
#define VD_REF_SHIFT  44
#define VD_REF_OFFSET ((1ull << VD_REF_SHIFT) - 1)
#define VD_MAX_SOURCES ((1u << 19) - 1)
#define VD_INPUT_PAGE  4096u

typedef vd_engine_input vd_input; /* with a name of its own */

/* scratch.c: a temporary file without a name, in $TMPDIR, else /tmp. -1: why not is in *err. */
int vd_scratch_open(vd_err *err);
/* All n bytes at `offset`; false: errno says why not. */
bool vd_scratch_write(int fd, const void *p, size_t n, uint64_t offset);
bool vd_scratch_read(int fd, void *p, size_t n, uint64_t offset);
/* VD_IO with the reason (errno) why it took no more of `what`. */
int vd_scratch_full(vd_err *err, const char *what);

/* spool.c: candidates, put in order; a cap decides when a sorted run goes to disk. */
typedef struct vd_spool_run {
    uint64_t offset, n; /* bytes, candidates */
} vd_spool_run;

typedef struct vd_spool {
    VD_VEC(vd_candidate) v;
    VD_VEC(size_t) parts; /* where each part of `v` begins, which is in order */
    VD_VEC(vd_spool_run) runs;
    int fd;        /* of the temporary file; -1: none yet */
    uint64_t end;  /* bytes in it */
    size_t max;    /* candidates in memory */
} vd_spool;

void vd_spool_init(vd_spool *s, uint64_t max_bytes);
void vd_spool_fini(vd_spool *s);
/* VD_IO if a run could not be written. */
int vd_spool_add(vd_spool *s, const vd_candidate *v, size_t n, vd_err *err);
/* Who takes the candidates; ahead is told of one that will be taken later (near: soon);
 * NULL: nobody asks. */
typedef struct vd_spool_taker {
    void (*take)(void *ctx, const vd_candidate *c);
    void (*ahead)(void *ctx, const vd_candidate *c, bool near);
    void *ctx;
} vd_spool_taker;
/* Every candidate, in the order of vd_candidate_cmp. */
int vd_spool_drain(vd_spool *s, const vd_spool_taker *t, vd_err *err);

/* keep.c: compressed copies of documents that cannot be read again. */
typedef struct vd_keep {
    int fd;        /* -1: none yet */
    uint64_t end, events;
    void *cctx, *dctx;
    VD_VEC(char) buf; /* compressed copies not yet written */
    VD_VEC(char) tmp;
} vd_keep;

void vd_keep_init(vd_keep *k);
void vd_keep_fini(vd_keep *k);
/* Stores a copy of a document of input `source`; its offset in *offset. */
int vd_keep_put(vd_keep *k, const char *p, size_t n, uint32_t source, uint64_t *offset, vd_err *err);
/* Reads a copy back into `out` (VD_PADDING bytes follow), and where it came from. */
int vd_keep_get(vd_keep *k, uint64_t offset, vd_arena *a, vd_str *out, uint32_t *source, vd_err *err);

/* later.c: candidates of rules that are not open yet, put aside. */
typedef struct vd_later {
    VD_VEC(uint32_t) v; /* records */
    int fd;       /* of the temporary file; -1: none yet */
    uint64_t end; /* bytes in it */
    size_t max;   /* words in memory */
    bool *has;    /* by rule: some of its candidates are here */
} vd_later;

/* A stage that stands on a condition, as candidates of it are made. */
typedef struct vd_use {
    uint32_t rule, at;     /* at: the stage among the plan's */
    uint16_t stage, below; /* as in the candidate */
    uint32_t basis;        /* number of its join keys and the two below: many uses share it */
    uint32_t time_slot, tie_slot;
} vd_use;

/* What candidates of one event share that have join keys and fields of time in common. */
typedef struct vd_basis {
    uint64_t document;   /* the worker's number of the event, from 1; of an older one: nothing */
    int64_t ts;          /* is known by now: */
    bool timed;          /* it has one */
    bool keyed;          /* known are the tie and the tuples: */
    uint32_t n_tuples;   /* 1: `tuple`; more: to be made again */
    vd_hash128 tuple;
    uint64_t tie;
    uint32_t n_aside, aside; /* uses put aside, the last of them in the worker's `aside` */
} vd_basis;

/* A use put aside, and the one of the same basis before it. */
#define VD_NO_ASIDE UINT32_MAX
typedef struct vd_aside {
    uint32_t use, next;
} vd_aside;

/* A document on its way through the rules. */
typedef struct vd_document {
    vd_str text;
    uint64_t ordinal, ref;
    bool referred; /* ref is set */
    bool line;     /* one line of its source, so that it can be read again from there */
    bool batch;    /* candidates of rules that are not open may go aside */
    uint32_t source, time_slot;
    int64_t ts; /* by time_slot */
} vd_document;

/* One feeding thread's own things. */
typedef struct vd_worker {
    vd_matcher *matcher;
    vd_event *ev;
    vd_keep keep;
    VD_VEC(vd_candidate) out;
    VD_VEC(char) key;       /* join key tuple being hashed */
    vd_later later;
    uint64_t bytes, documents, no_index, key_tuples_cut, candidates;
    uint64_t *rule_candidates; /* by rule */
    int64_t first_ts, last_ts;
    uint64_t with_signatures; /* documents */
    char index[512];
    vd_hash128 *tuples; /* of the stage at hand, VD_MAX_KEY_TUPLES */
    uint32_t n_tuples;
    vd_basis *bases;     /* by number */
    VD_VEC(vd_aside) aside;        /* of the event at hand: */
    VD_VEC(uint32_t) aside_bases;  /* those that have some */
    VD_VEC(uint32_t) aside_uses;   /* of one basis */
    bool batch;          /* vd_engine_feed is at work, no stream */
    bool *stage_seen;    /* by the plan's stages: this worker had a candidate for it */
    uint64_t hosts[512]; /* hashes of host names seen lately, to skip the lock */
} vd_worker;

/* A match kept until it is known whether and when it is reported. */
typedef struct vd_held_match {
    int64_t ts;
    uint64_t key[2];
    uint64_t *events;
    uint32_t n;
    vd_json *join_keys; /* made when an order among equals needs them */
} vd_held_match;

/* results.c: a rule's results on their way through its limits. */
typedef struct vd_results {
    VD_VEC(vd_held_match) group; /* matches of one last event, not yet in order */
    VD_VEC(vd_held_match) kept;  /* under a limit: reported at the end */
    size_t ring;                 /* tail limit: where the oldest of `kept` stands */
    bool limited, head;
    uint64_t limit;
    uint64_t findings, left_out;
} vd_results;

/* Stages next to each other that take the same events with the same keys, which `with runs`
 * makes of one item: the highest has the candidates. */
typedef struct vd_stage_group {
    uint16_t below; /* stages of the group below this one */
    bool covered;   /* a higher one is of the group */
} vd_stage_group;

struct vd_engine {
    vd_engine_config cfg;
    vd_plan *plan;
    vd_engine_window *windows; /* by rule; NULL: cfg.since and until for all */
    vd_str default_index;
    /* In pages that never move: inputs are added while workers feed others. */
    vd_input *inputs[VD_MAX_SOURCES / VD_INPUT_PAGE + 1];
    uint32_t n_inputs;
    vd_worker *workers;
    unsigned n_workers;
    pthread_mutex_t lock;       /* spool, faults, hosts */
    vd_spool spool;
    vd_err failure;             /* first failure of a worker */
    atomic_bool failed;         /* there was one */
    uint64_t faults[VD_FAULT_COUNT];
    vd_arena names;             /* sources and hosts */
    vd_map host_map;
    VD_VEC(vd_str) hosts;
    bool more_hosts;            /* than VD_MAX_HOSTS */
    vd_sequence_spec *specs;    /* by rule */
    vd_stage_group *groups;     /* by the plan's stages */
    vd_use *uses;               /* of condition c: use_at[c] up to use_at[c + 1] */
    uint32_t *use_at;
    size_t n_uses, n_bases;
    bool without_trees;         /* of findings' events */
    bool windowed;              /* some events may be in no window */
    bool *stage_seen;           /* by the plan's stages: there was a candidate (prospects.c) */
    uint32_t *lacking;          /* by rule: stages it needs that had none */
    atomic_bool *rule_open;     /* by rule: it can have a finding */
    VD_VEC(uint32_t) signatures; /* slots of process.code_signature */
    vd_sequencer *sequencer;
    vd_sequence_stats state;    /* after finish */
    vd_results *results;        /* by rule */
    vd_arena found_arena;       /* one finding */
    vd_event *found_ev;
    uint64_t findings;
};

static inline const vd_input *vd_input_of(const vd_engine *e, uint32_t number)
{
    return &e->inputs[number / VD_INPUT_PAGE][number % VD_INPUT_PAGE];
}

/* engine.c: a candidate with those that stand for the stages below it. */
void vd_engine_feed_stages(vd_sequencer *seq, const vd_candidate *c);

/* uses.c: groups, uses and their bases, from the plan. */
void vd_uses_init(vd_engine *e);
void vd_uses_fini(vd_engine *e);

/* prospects.c; init after the workers and the uses. */
void vd_prospects_init(vd_engine *e);
void vd_prospects_fini(vd_engine *e);
/* The worker's first candidate of that use; takes e->lock. */
void vd_prospects_note(vd_engine *e, vd_worker *w, const vd_use *u);
/* Every stage that the rule needs has had a candidate. From any thread; once open stays open. */
static inline bool vd_prospects_open(const vd_engine *e, uint32_t rule)
{
    return atomic_load_explicit(&e->rule_open[rule], memory_order_relaxed);
}

void vd_later_init(vd_later *l, size_t n_rules, uint64_t max_bytes);
void vd_later_fini(vd_later *l);
/* c is a candidate of n uses (rule, stage and below are theirs). VD_IO if the temporary file
 * took no more. */
int vd_later_put(vd_later *l, const vd_candidate *c, const uint32_t *uses, size_t n, vd_err *err);
/* When all was fed: the candidates of rules that are open by now go to the spool. */
int vd_later_move(vd_engine *e, const vd_later *l, vd_err *err);

/* What is common to the candidates of several uses, as that of one. */
static inline vd_candidate vd_use_candidate(const vd_candidate *common, const vd_use *use)
{
    vd_candidate c = *common;
    c.rule = use->rule;
    c.stage = use->stage;
    c.below = use->below;
    return c;
}

/* candidates.c: those of a document for which n conditions hold, into w->out or aside. */
void vd_candidates_add(vd_engine *e, vd_worker *w, vd_document *d, const uint32_t *conditions, size_t n);
/* The slot's first value as a time; false if it is none. */
bool vd_engine_time_at(const vd_event *ev, uint32_t slot, int64_t *ms);

/* feed.c */
/* One document, whose number is `offset`: what it becomes is added to w->out. Its @timestamp,
 * VD_TIME_NONE if it cannot be used; faults are reported. Of the block source and lines count. */
int64_t vd_engine_document(vd_engine *e, vd_worker *w, const vd_block *b, vd_str text,
                           uint64_t line, uint64_t offset);
/* Nothing but white space. */
bool vd_engine_blank(const char *p, size_t n);
void vd_engine_fail(vd_engine *e, const vd_err *err);
/* The first value of a slot if it is a string, else the empty slice. */
vd_str vd_engine_text(const vd_event *ev, uint32_t slot);
/* vd_candidate_cmp as qsort wants it. */
int vd_engine_candidate_order(const void *a, const void *b);
/* The index a record stands for: _index, else its data stream, else the default. */
vd_str vd_engine_index(const vd_engine *e, vd_worker *w, const vd_event *ev);

/* keys.c: the join key tuples of an event for a stage, hashed, into w->tuples. False
 * if the event has none (a mandatory key is missing). */
bool vd_key_tuples(vd_worker *w, const vd_event *ev, const vd_plan_stage *st);
/* The values of the tuple of that hash as a JSON array; NULL if there is none. */
vd_json *vd_key_values(vd_worker *w, const vd_event *ev, const vd_plan_stage *st,
                       const uint64_t key[2]);
/* Order of two arrays of key values, element by element. */
int vd_key_cmp(const vd_json *a, const vd_json *b);

/* refs.c: the document behind a reference, in e->found_arena, and the input it came from. */
int vd_ref_read(vd_engine *e, uint64_t ref, vd_str *out, uint32_t *source, vd_err *err);

/* results.c */
void vd_results_init(vd_engine *e, uint32_t rule);
void vd_results_fini(vd_results *r);
void vd_results_add(vd_engine *e, const vd_sequence_match *match);
/* Nothing more comes: what a limit held back is reported. */
void vd_results_end(vd_engine *e, uint32_t rule);

/* report.c: reads the events of a match back and calls the user. */
void vd_report(vd_engine *e, uint32_t rule, const vd_held_match *m);
vd_json *vd_report_keys(vd_engine *e, uint32_t rule, const vd_held_match *m);

#endif
