/* engine/stream_int.h - what the stream's own files share. Private.
 *
 * Parts     log    candidates, as they arrived, in segments that are dropped whole
 *           keys   from (rule, join key, lane) to the newest record of its chain
 *           late   a key set back and fed again
 *           wait   rules with ![ ]: candidates put in order before they are fed
 *           found  matches reported, and those that no longer follow
 *           state  candidates as bytes; what a new stream takes over from an old one
 * Lanes     Live is what comes in time. What comes when its time was over (an old file that
 *           is sent again while its host is at work) has partials, order and records of its
 *           own: it cannot disturb what is live, and is in order among itself. */
#ifndef VD_ENGINE_STREAM_INT_H
#define VD_ENGINE_STREAM_INT_H

#include "engine/engine_int.h"
#include "engine/stream.h"

#define VD_NO_KEY UINT32_MAX
#define VD_NO_REPORT UINT32_MAX

typedef enum vd_lane { VD_LANE_LIVE, VD_LANE_PAST, VD_LANES } vd_lane;

/* Times at the edges stay there. */
static inline int64_t vd_ts_minus(int64_t a, int64_t b)
{
    int64_t d;
    return __builtin_sub_overflow(a, b, &d) ? (b > 0 ? INT64_MIN : INT64_MAX) : d;
}
static inline int64_t vd_ts_plus(int64_t a, int64_t b)
{
    int64_t d;
    return __builtin_add_overflow(a, b, &d) ? (b > 0 ? INT64_MAX : INT64_MIN) : d;
}

/* --- stream_log.c --- */

/* A candidate of a sequence, as it is kept. */
typedef struct vd_record {
    int64_t ts;
    uint64_t tie, seq;
    uint64_t prev; /* the one that arrived before it of its key: a position, or 0 */
    uint32_t key;  /* number of its key */
    uint16_t stage, below;
} vd_record;

_Static_assert(sizeof(vd_record) == 40, "records are kept by the ten million");

#define VD_SEGMENT_SHIFT 13
#define VD_SEGMENT_RECORDS (1u << VD_SEGMENT_SHIFT)

typedef struct vd_segment {
    vd_record *v;
    uint32_t n;
    int64_t file;  /* offset in the temporary file; -1: plain memory */
    int64_t stamp; /* latest stamp of its records (vd_stream_stamp) */
    int64_t top;   /* latest time of a record in this segment and those before */
    int64_t reach; /* latest time of its records, none later than its stamp */
} vd_segment;

/* Records of rules whose spans are alike: they can be dropped together.
 * A position is (number of the segment, from 1) << VD_SEGMENT_SHIFT | index. */
typedef struct vd_log {
    VD_VEC(vd_segment) segments;
    size_t at;      /* of the first live one in `segments` */
    uint64_t first; /* its number */
    int64_t keep;   /* ms of stream time that records are kept */
    int64_t lost;   /* latest time of what was dropped (reach); VD_TIME_NONE: nothing was */
} vd_log;

/* Where segments are: memory up to a part of max_log, then a temporary file. */
typedef struct vd_log_room {
    uint64_t max, bytes, in_memory;
    uint32_t records; /* a segment takes: VD_SEGMENT_RECORDS, fewer in tests */
    int fd;
    uint64_t end; /* of the file */
    VD_VEC(uint64_t) holes;
    VD_VEC(vd_record *) spare;
} vd_log_room;

/* By span, those of rules with ![ ] apart. */
#define VD_LOG_SPANS 7u
#define VD_LOGS (2 * VD_LOG_SPANS)

/* Which log a rule of that span belongs to. */
unsigned vd_log_of_span(int64_t span, bool missing);
void vd_logs_fini(vd_stream *s);
/* Adds a record and gives its position. stamp: of its arrival. */
uint64_t vd_log_add(vd_stream *s, vd_log *log, const vd_record *r, int64_t stamp);
/* Records of log `number` at most. */
uint64_t vd_log_records(const vd_stream *s, const vd_log *log);
/* Drops the segments whose time is over. */
void vd_logs_expire(vd_stream *s);

static inline uint64_t vd_log_segment_of(uint64_t pos) { return pos >> VD_SEGMENT_SHIFT; }
static inline bool vd_log_has(const vd_log *log, uint64_t pos)
{
    return pos && vd_log_segment_of(pos) >= log->first;
}
static inline vd_segment *vd_log_segment(const vd_log *log, uint64_t number)
{
    return &log->segments.v[log->at + (size_t)(number - log->first)];
}
static inline vd_record *vd_log_at(const vd_log *log, uint64_t pos)
{
    return &vd_log_segment(log, vd_log_segment_of(pos))->v[pos & (VD_SEGMENT_RECORDS - 1)];
}

/* --- stream_keys.c --- */

typedef struct vd_stream_key {
    uint64_t key[2];
    int64_t ts;         /* the latest that was fed: its order */
    uint64_t tie, seq;
    uint64_t last;      /* position of the record that came last */
    uint32_t rule : 31, lane : 1; /* vd_lane */
    uint32_t reports;   /* newest of its matches, or VD_NO_REPORT */
    uint32_t late;      /* 1 + index in stream.late; 0: none came late in this block */
    uint32_t since;     /* low bits of the number of its first record's segment; 0: it is gone */
} vd_stream_key;

_Static_assert(sizeof(vd_stream_key) == 64, "a key is a cache line");

typedef struct vd_key_slot {
    uint32_t hash, key; /* key: VD_NO_KEY: empty */
} vd_key_slot;

#define VD_KEY_PAGE 4096u

typedef struct vd_stream_keys {
    VD_VEC(vd_stream_key *) pages;
    VD_VEC(uint32_t) free;
    uint32_t used;  /* numbers given out so far */
    uint32_t n;     /* alive */
    uint32_t hand;  /* where the next look for dead ones begins */
    vd_key_slot *slots;
    uint32_t cap;
} vd_stream_keys;

void vd_keys_init(vd_stream_keys *k);
void vd_keys_fini(vd_stream_keys *k);
uint64_t vd_keys_bytes(const vd_stream_keys *k);
/* The number of a key that has records in the log, or VD_NO_KEY. */
uint32_t vd_keys_find(const vd_stream *s, uint32_t rule, vd_lane lane, const uint64_t key[2]);
/* The same; it is made if it is not there: `last` is 0 then. */
uint32_t vd_keys_get(vd_stream *s, uint32_t rule, vd_lane lane, const uint64_t key[2]);

static inline vd_stream_key *vd_key_at(const vd_stream_keys *k, uint32_t n)
{
    return &k->pages.v[n / VD_KEY_PAGE][n % VD_KEY_PAGE];
}

/* --- the rest --- */

/* What is known of a rule. */
typedef struct vd_stream_rule {
    bool takes;      /* runs here and is not off */
    bool sequence, missing;
    uint8_t log;
    int64_t span;
    uint64_t word;   /* of what it is: the same in another stream if the rule is */
    uint64_t findings;
    vd_engine_rule_stats carried; /* from streams before */
} vd_stream_rule;

/* A key of which something came late in this block. */
typedef struct vd_late {
    uint32_t key;
    bool behind;        /* something in order was logged since and is still to be fed */
    int64_t from, to;   /* times of what came late */
} vd_late;

/* A match that was reported. */
typedef struct vd_report_note {
    uint64_t events;    /* hash of its references */
    int64_t first_ts;
    uint32_t key;       /* VD_NO_KEY: of no use any more */
    uint32_t next;
    uint8_t id[32];     /* its alert's */
} vd_report_note;

typedef struct vd_replay_note {
    uint64_t events;
    uint32_t report;
    bool again; /* the replay found it too */
} vd_replay_note;

/* The replay at hand. */
typedef struct vd_replay {
    bool on;
    bool window;        /* matches that begin after `to` are no concern of it */
    int64_t from, to;   /* matches that begin here are judged */
    VD_VEC(vd_replay_note) known; /* sorted by events */
} vd_replay;

/* The record at `pos` of a log. */
typedef struct vd_waiting {
    int64_t ts;
    uint64_t log : 8, pos : 56;
} vd_waiting;

/* Rules with ![ ]: one lane. */
typedef struct vd_wait {
    VD_VEC(vd_waiting) heap; /* the earliest first */
    vd_sequencer *seq;
    int64_t mark;    /* what is earlier was fed; VD_TIME_NONE: nothing was */
    int64_t clock;   /* past: latest time in it */
    int64_t touched; /* past: stream time when something came */
} vd_wait;

/* What writer and reader of candidates remember of those before. */
#define VD_CODED_KEYS 256u
typedef struct vd_coded {
    uint64_t seq;
    int64_t ts;
    uint64_t keys[VD_CODED_KEYS][2]; /* by their lowest bits: most come again soon */
} vd_coded;

struct vd_stream {
    vd_stream_config cfg;
    vd_alert_options alerts;
    vd_arena arena;
    vd_engine *engine;  /* matching, reading back, reporting; its spool stays empty */
    uint32_t source;
    vd_stream_rule *rules;
    uint64_t word;
    int64_t longest;    /* how far before the watermark candidates matter */
    vd_sequencer *seq[VD_LANES]; /* rules without ![ ] */
    vd_sequencer *scratch;       /* replays of what is over */
    vd_wait wait[VD_LANES];
    vd_log logs[VD_LOGS];
    vd_log_room room;
    vd_stream_keys keys;
    VD_VEC(vd_late) late;
    uint64_t replay_debt;   /* records replayed that what came since does not yet outweigh */
    uint64_t replay_budget; /* above it what came late waits */
    VD_VEC(vd_candidate) again; /* of a replay, in order */
    vd_replay replay;
    uint32_t at;        /* the key being fed */
    VD_VEC(vd_report_note) reports;
    size_t sweep_at;    /* number of reports at which dead ones are taken out */
    bool adopting;
    bool held; /* the watermark stays where nothing is behind it */
    vd_lane lane;       /* of the rules with ![ ] being fed */
    int64_t clock;      /* stream time; VD_TIME_NONE: nothing came */
    int64_t base, base_now; /* what it was, and now, when a document or the wall set it */
    int64_t now;
    VD_VEC(char) bytes; /* candidates of the last feed */
    vd_coded coded;
    const vd_stream_block *block; /* being fed, to read its own documents from */
    VD_VEC(size_t) lines;         /* where they begin */
    char id[65];
    vd_stream_stats stats;
};

/* stream.c: stream time up to which everything came; VD_TIME_NONE: nothing did. */
int64_t vd_stream_watermark(const vd_stream *s);
/* When a record came, for how long it is kept: stream time, or its own time if it is a
 * little ahead of that. */
int64_t vd_stream_stamp(const vd_stream *s, int64_t ts);
/* A candidate of a sequence. */
void vd_stream_take(vd_stream *s, const vd_candidate *c);
/* What time and the end of a block bring about; all: what came late does not wait. */
void vd_stream_settle(vd_stream *s, bool all);
/* What failed since it was last asked: VD_IO, or 0. */
int vd_stream_outcome(vd_stream *s, vd_err *err);
/* A block fed in another process left the clock there. */
void vd_stream_resumed(vd_stream *s, int64_t clock, int64_t now);

/* stream_late.c: feeds it, or notes that its key is to be replayed. */
void vd_late_take(vd_stream *s, const vd_candidate *c);
/* Replays the keys noted; not all: as far as the work is in proportion to what comes. */
void vd_late_settle(vd_stream *s, bool all);
/* Logs a candidate under a key. */
uint64_t vd_late_log(vd_stream *s, uint32_t key, const vd_candidate *c, int64_t stamp);
/* The first record of the key is still there. */
static inline bool vd_late_has_first(const vd_log *log, const vd_stream_key *k)
{
    return (uint32_t)(k->since - (uint32_t)log->first) < log->segments.n - log->at;
}
/* Everything that is kept of a key that was taken over, into its sequencer. */
void vd_late_adopt(vd_stream *s, uint32_t key);
vd_candidate vd_late_candidate(const vd_stream *s, const vd_record *r);

/* stream_wait.c */
void vd_wait_take(vd_stream *s, const vd_candidate *c);
void vd_wait_push(const vd_stream *s, vd_wait *w, int64_t ts, unsigned log, uint64_t pos);
/* Feeds what no earlier one can come for any more; all: everything. */
void vd_wait_settle(vd_stream *s, bool all);

/* stream_found.c */
void vd_found_match(void *ctx, const vd_sequence_match *m);
void vd_found_event(vd_stream *s, const vd_candidate *c);
void vd_found_finding(void *ctx, const vd_finding *f);
void vd_found_begin(vd_stream *s, uint32_t key, int64_t from, int64_t to, bool window);
/* judge: what it did not find again is superseded. */
void vd_found_end(vd_stream *s, uint32_t key, bool judge);
/* Makes room once in a while; between replays only. */
void vd_found_sweep(vd_stream *s);
/* Forgets what is kept of a key that goes. */
void vd_found_drop(vd_stream *s, vd_stream_key *k);
/* The same under a key of another stream. */
void vd_found_copy(vd_stream *s, uint32_t key, const vd_stream *old, const vd_stream_key *k);

/* stream_state.c */
void vd_state_begin(vd_stream *s);
void vd_state_put(vd_stream *s, const vd_candidate *c);
void vd_state_end(vd_stream *s);
/* The words of the rules and of all together. */
void vd_state_words(vd_stream *s);

/* stream_stats.c: counters of the old stream; to: its rules here, or UINT32_MAX. */
void vd_stats_adopt(vd_stream *s, const vd_stream *old, const uint32_t *to);

#endif
