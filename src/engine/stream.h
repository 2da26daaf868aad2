/* engine/stream.h - rules over events as they come in
 *
 * Idea      Each document meets all rules at once. A rule on single events reports at once.
 *           A sequence runs on arrival: what meets a stage is kept in a log for its maxspan
 *           plus the lateness, chained by (rule, join key); a candidate in order goes to
 *           the machine, one that comes late sets its key back and replays it from the log.
 *           What the replay finds and was not reported is reported; what was reported
 *           and is not found again is told as superseded.
 * Missing   A rule with a ![ ] stage takes its candidates only when the lateness is over,
 *           in order, since each one that comes could turn it.
 * Clock     The stream's time is the latest @timestamp seen, but not beyond now, and runs on
 *           with the clock while nothing comes; a document that is ahead of now by more than
 *           the lateness does not move it. The watermark is that minus the lateness.
 * Past      Order matters within a rule and its join key only, and what is kept is kept from
 *           its arrival on: old files are as good as new ones. What comes from before the
 *           watermark for a key that is far ahead (its span and the lateness, or what it had
 *           then is gone) goes to a past of its own, which knows nothing of the present. What
 *           is too old for that too is counted as too late and left out of sequences. Rules
 *           with ![ ] have one past for all keys: of two old files at once it takes the later,
 *           and what is ahead of now by more than the lateness they leave out.
 * Bounds    Replays take a share of the work: where nearly everything of one key comes out of
 *           order they wait, at most for the next tick. Partials over max_state and candidates
 *           over max_log are dropped, the oldest first, and counted.
 * Not here  Samples and rules with pipes: a stream has no end at which they would be
 *           answered. vd_stream_takes says so; the schedule runs them.
 * Threads   One thread feeds. The callbacks come on it.
 * Source    Differences from a batch run over the same events: none but those above
 *           (docs/service.md); tests/unit/engine/test_stream_random.c compares. */
#ifndef VD_ENGINE_STREAM_H
#define VD_ENGINE_STREAM_H

#include "engine/engine.h"

typedef struct vd_stream vd_stream;

typedef struct vd_stream_config {
    vd_plan *plan;            /* a reference is taken */
    vd_str default_index;
    int64_t lateness;         /* ms */
    int64_t default_maxspan;  /* ms, of sequences that have none; > 0 */
    const bool *off;          /* by plan rule: not run here; NULL: all run. Copied */
    uint64_t max_state;       /* bytes of partials, of rules with ![ ] and of those without, each;
                                 of a past a quarter of it; 0: VD_MAX_STATE */
    uint64_t max_log;         /* bytes of candidates kept (on disk past a part); 0: 4 GiB. The
                                 oldest are dropped and counted */
    /* Reads document `seq` again. */
    int (*read)(void *ctx, uint64_t seq, vd_arena *a, vd_str *line, vd_err *err);
    /* A finding; id is that of its alert (alert/alert.h). Pointers are valid during the call. */
    void (*found)(void *ctx, const vd_finding *finding, const char id[65]);
    /* The alert of that id would not be found any more. */
    void (*superseded)(void *ctx, const vd_rule *rule, const char id[65]);
    void (*fault)(void *ctx, const vd_fault_report *report);
    const vd_alert_options *alerts; /* what ids are made with; copied */
    void *ctx;
    /* For callers that do not keep all documents; each may be NULL. */
    /* Document `seq`, being fed, may be read again until the horizon has passed `until`. Once for
     * each document that a sequence looks at; json is valid during the call. */
    void (*wanted)(void *ctx, uint64_t seq, vd_str json, int64_t until);
    /* Where document `seq` came from, for people: vd_finding_event.source. */
    vd_str (*origin)(void *ctx, uint64_t seq);
    const vd_engine_window *window; /* times of all rules; NULL: open. Copied */
} vd_stream_config;

vd_stream *vd_stream_new(const vd_stream_config *config, vd_err *err);
void vd_stream_free(vd_stream *s);

/* Whether a stream can run that rule (an event or a sequence, without pipes). */
bool vd_stream_takes(const vd_plan_rule *rule);

/* Lines with the numbers of their documents (ascending from call to call); lines whose bit in
 * `skip` is set (NULL: none) are not there. now: ms. received_ns (0: unknown): only for latencies. */
typedef struct vd_stream_block {
    const char *text;     /* VD_PADDING readable bytes behind n */
    size_t n;
    uint64_t first_seq;   /* of the first line; the i-th has first_seq + i */
    const bool *skip;     /* by line */
    int64_t now;
    bool still;           /* their times do not move the clock: alerts, which are of now even while
                             they tell of the events of another year */
} vd_stream_block;
/* Findings come during the call. VD_IO: a document or the log could not be read or written. */
int vd_stream_feed(vd_stream *s, const vd_stream_block *block, vd_err *err);
/* While it is held, no time is over however far the clock has gone: what comes in any order of
 * time, as several files that are read one after another, gives what a batch would give. Bounded by
 * max_log and max_state. Let go, the stream goes on from its clock. */
void vd_stream_hold(vd_stream *s, bool on);
/* Nothing came until `now`: the clock runs on; what waited for its time is reported. */
int vd_stream_tick(vd_stream *s, int64_t now, vd_err *err);
/* Everything that can still be found, is found (as if time had passed), for tests and for the
 * end of a bounded input. */
int vd_stream_end(vd_stream *s, vd_err *err);

/* The candidates that the last vd_stream_feed made, as bytes to be kept beside the documents;
 * valid until the next call. */
vd_str vd_stream_candidates(const vd_stream *s);
/* A word that changes when the rules do: candidates are of use to the same rules only. */
uint64_t vd_stream_plan_word(const vd_stream *s);
/* Takes kept candidates up again instead of their documents, in order of seq: findings are
 * reported again (their ids are known), but not those of single events. VD_FORMAT: not such bytes
 * (every number in them is checked). */
int vd_stream_resume(vd_stream *s, vd_str candidates, vd_err *err);
/* Takes over what `old` keeps for rules that are the same (rule_id, query and maxspan), with
 * what was reported. The new stream must be empty. *fresh (by plan rule of the new; may be NULL):
 * rules that had nothing to take over and want the documents of their maxspan again. */
int vd_stream_adopt(vd_stream *s, vd_stream *old, bool *fresh, vd_err *err);
/* How far back (ms, @timestamp) documents still matter: the watermark minus the longest maxspan of
 * its rules. VD_TIME_NONE: nothing came yet, or it is held. */
int64_t vd_stream_horizon(const vd_stream *s);

typedef struct vd_stream_stats {
    uint64_t documents, bytes, faults[VD_FAULT_COUNT];
    uint64_t candidates, findings, superseded;
    uint64_t late;        /* candidates that came behind one of their rule and key */
    uint64_t replays, replayed; /* keys set back; candidates fed again for it */
    uint64_t too_late;    /* candidates that came when their time was over */
    uint64_t future;      /* documents with a time beyond now */
    uint64_t log_bytes, log_dropped, keys; /* kept now; dropped at max_log; (rule, key) pairs */
    uint64_t waiting;     /* candidates that wait for the lateness (rules with ![ ]) */
    uint64_t pending, state_bytes, state_dropped;
    int64_t clock, watermark;
} vd_stream_stats;
/* The engine that matches, to look at its statistics. */
vd_engine *vd_stream_engine(const vd_stream *s);
vd_stream_stats vd_stream_stats_of(const vd_stream *s);
vd_engine_rule_stats vd_stream_rule_stats_of(const vd_stream *s, uint32_t rule);

#endif
