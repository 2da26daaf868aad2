/* engine/engine.h - the pipeline: bytes to records, candidates, sequences, findings
 *
 * Idea      Documents are fed in any order and from any number of sources. Each is
 *           parsed and matched at once; what meets a condition becomes a candidate
 *           that says where its event can be read again. At the end (batch) the
 *           candidates are put in order of time, spilled to a temporary file past a
 *           cap, and run through the sequences; the findings come in that order.
 * Use       vd_engine_new; vd_engine_source for each input; vd_engine_feed its
 *           blocks; vd_engine_finish.
 * Threads   vd_engine_feed may be called from the threads given in the config, each
 *           with its own worker number; everything else from one thread.
 * Not here  Opening files: source/. Writing alerts: sink/. */
#ifndef VD_ENGINE_ENGINE_H
#define VD_ENGINE_ENGINE_H

#include "alert/alert.h"
#include "event/event.h"
#include "match/match.h"
#include "plan/plan.h"

typedef struct vd_engine vd_engine;

/* A fault of one document or value: reported, never fatal. */
typedef struct vd_fault_report {
    vd_fault fault;
    vd_str source;
    uint64_t line;    /* from 1, or the element of an array; 0: unknown */
    uint64_t offset;  /* of the document in its source */
    vd_str field;     /* for faults of values */
} vd_fault_report;

/* Times of one rule, ms, inclusive; VD_TIME_NONE: open. since > until: the rule does not run. */
typedef struct vd_engine_window {
    int64_t since, until;
} vd_engine_window;

typedef struct vd_engine_config {
    vd_plan *plan;           /* a reference is taken */
    unsigned workers;        /* threads that feed; 0: one */
    vd_str default_index;    /* what a document that names no index stands for */
    int64_t since, until;    /* ms, inclusive; VD_TIME_NONE: open. By the rule's
                                timestamp_override, else its timestamp field */
    const vd_engine_window *windows; /* by plan rule, instead of since and until; NULL: none. Copied */
    int64_t size;            /* search: at most so many results a rule; -1: all */
    bool head;               /* result_position head, else tail */
    bool honour_max_signals; /* at most max_signals findings a rule, nor more than size: the newest */
    uint64_t max_state;      /* bytes of sequence state; 0: VD_MAX_STATE */
    uint64_t max_candidates; /* bytes of candidates in memory before they are spilled; 0: 8 MiB */
    void (*found)(void *ctx, const vd_finding *finding); /* pointers are valid during the call */
    void (*fault)(void *ctx, const vd_fault_report *report); /* may be called from any
                                                                feeding thread, one at a time */
    void *ctx;
} vd_engine_config;

vd_engine *vd_engine_new(const vd_engine_config *config, vd_err *err);
void vd_engine_free(vd_engine *e);

/* Before finish: nobody looks at the trees of findings' events, so none are made; doc is NULL. */
void vd_engine_without_trees(vd_engine *e);

/* Where a source's bytes can be had again when a finding is reported. */
typedef struct vd_engine_input {
    vd_str name;   /* for people; copied */
    int fd;        /* a regular file whose offsets are those of feed: it is read again with
                      pread and must stay open until the engine is freed; -1: the
                      documents that matter are kept as compressed copies */
    /* Not NULL: reads document number `ordinal` (vd_block.ordinals) again, into the arena with
     * VD_PADDING behind it; fd is not used then. */
    int (*read)(void *ctx, uint64_t ordinal, vd_arena *a, vd_str *json, vd_err *err);
    void *ctx;
    /* For people: where that document came from, of an input that stands for several. The name
     * lives until the finding was told. NULL: `name`. */
    vd_str (*origin)(void *ctx, uint64_t ordinal);
} vd_engine_input;

/* Adds a source; returns its number, or UINT32_MAX past 524,287 of them. The
 * order of the sources is part of the order between events of the same instant. From one
 * thread, also while workers feed what is of earlier sources. */
uint32_t vd_engine_source(vd_engine *e, const vd_engine_input *input);

/* A run of documents. NDJSON lines: text[i] of block; or elements of an array. */
typedef struct vd_block {
    uint32_t source;
    const char *text;  /* VD_PADDING readable bytes behind n */
    size_t n;
    uint64_t offset;   /* of text[0] in the source's (uncompressed) bytes */
    uint64_t line;     /* number of the first line (or element), from 1 */
    bool lines;        /* documents are the lines of text; else text is one document */
    const uint64_t *ordinals; /* of each line (not empty ones), below 2^44: their order and, for
                                 an input with `read`, their name; NULL: their offsets are */
} vd_block;

/* Takes whole lines only. Faults are reported and counted. */
void vd_engine_feed(vd_engine *e, unsigned worker, const vd_block *block);
/* Counts a fault that was found outside, e.g. a line over --max-line. */
void vd_engine_fault(vd_engine *e, const vd_fault_report *report);
/* Something failed that makes what is fed from now on useless: the temporary file is full.
 * From any thread. */
bool vd_engine_failed(const vd_engine *e);
/* Everything was fed: reports the findings. VD_IO if the temporary file failed; if that was
 * while feeding, nothing is reported, since what is missing could turn any result. */
int vd_engine_finish(vd_engine *e, vd_err *err);

typedef struct vd_engine_rule_stats {
    uint64_t documents;   /* that its index patterns took */
    uint64_t candidates;  /* one for all copies of a stage (with runs) */
    uint64_t findings;
    uint64_t left_out;    /* findings over size or max_signals */
} vd_engine_rule_stats;

typedef struct vd_engine_stats {
    uint64_t bytes, documents, faults[VD_FAULT_COUNT];
    uint64_t no_index;       /* documents that named no index, with none given */
    int64_t first_ts, last_ts; /* of all documents by @timestamp; VD_TIME_NONE if there are none */
    uint64_t candidates, spilled_bytes, kept_events, kept_bytes;
    uint64_t findings;
    uint64_t state_dropped, state_bytes_peak, pending_peak;
    uint64_t key_tuples_cut, script_faults, combinations_cut;
    uint64_t with_signatures; /* documents with a field of process.code_signature that a rule
                                 looks at */
} vd_engine_stats;

/* What matching did, over all workers. */
vd_match_stats vd_engine_match_stats(const vd_engine *e);
/* Times every condition from now on (costs two clock reads a condition looked at). */
void vd_engine_profile(vd_engine *e, bool on);
/* What the conditions of rule `rule` cost; one shared by rules counts for each. */
vd_match_profile vd_engine_profile_of(const vd_engine *e, uint32_t rule);

vd_engine_stats vd_engine_stats_of(const vd_engine *e);
vd_engine_rule_stats vd_engine_rule_stats_of(const vd_engine *e, uint32_t rule);
/* Distinct host names seen (host.name), at most `max` of them in out; returns how
 * many there are, VD_MAX_HOSTS + 1 if they are more than VD_MAX_HOSTS. */
size_t vd_engine_hosts(const vd_engine *e, vd_str *out, size_t max);

#endif
