#include "engine/stream.h"

#include <stdlib.h>
#include <string.h>

#include "engine/stream_int.h"

#define DEFAULT_MAX_LOG (4ull << 30)
/* A few segments of each log have room below it. */
#define MIN_MAX_LOG (16ull << 20)

/* Partials of one key are one a stage. */
#define SCRATCH_STATE (256u << 10)
/* Some milliseconds of work. */
#define REPLAY_BUDGET (1u << 16)

bool vd_stream_takes(const vd_plan_rule *rule)
{
    return (rule->kind == VD_EQL_EVENT || rule->kind == VD_EQL_SEQUENCE) &&
           rule->rule->eql->n_pipes == 0;
}

int64_t vd_stream_watermark(const vd_stream *s)
{
    bool open = s->held || s->clock == VD_TIME_NONE;
    return open ? VD_TIME_NONE : vd_ts_minus(s->clock, s->cfg.lateness);
}

/* --- making --- */

static void describe_rule(vd_stream *s, uint32_t i)
{
    const vd_plan_rule *r = vd_plan_rule_at(s->cfg.plan, i);
    vd_stream_rule *own = &s->rules[i];
    own->takes = vd_stream_takes(r) && !(s->cfg.off && s->cfg.off[i]);
    own->sequence = r->kind == VD_EQL_SEQUENCE;
    own->span = r->maxspan < 0 ? s->cfg.default_maxspan : r->maxspan;
    for (uint32_t k = 0; k < r->n_stages; k++)
        own->missing |= vd_plan_stage_at(s->cfg.plan, r->first_stage + k)->role == VD_ROLE_MISSING;
    own->log = (uint8_t)vd_log_of_span(own->span, own->missing);
    if (!own->takes || !own->sequence) return;
    /* A ![ ] before the first event speaks against it from a span further back. */
    bool leading = vd_plan_stage_at(s->cfg.plan, r->first_stage)->role == VD_ROLE_MISSING;
    int64_t reach = leading ? vd_ts_plus(own->span, own->span) : own->span;
    vd_log *log = &s->logs[own->log];
    if (reach > log->keep) log->keep = reach;
    if (reach > s->longest) s->longest = reach;
}

static void describe_rules(vd_stream *s)
{
    uint32_t n = (uint32_t)vd_plan_rule_count(s->cfg.plan);
    s->rules = VD_NEW_N(&s->arena, vd_stream_rule, n + 1);
    for (unsigned i = 0; i < VD_LOGS; i++)
        s->logs[i] = (vd_log){.first = 1, .lost = VD_TIME_NONE};
    for (uint32_t i = 0; i < n; i++) describe_rule(s, i);
    for (unsigned i = 0; i < VD_LOGS; i++)
        s->logs[i].keep = vd_ts_plus(s->logs[i].keep, s->cfg.lateness);
    vd_state_words(s);
}

/* A sequencer for the rules with missing stages, or for those without. */
static vd_sequencer *sequencer(vd_stream *s, bool missing, uint64_t max_state)
{
    size_t n = vd_plan_rule_count(s->cfg.plan);
    vd_sequence_spec *specs = vd_calloc(n + 1, sizeof *specs);
    for (size_t i = 0; i < n; i++) {
        const vd_stream_rule *r = &s->rules[i];
        if (!r->takes || !r->sequence || r->missing != missing) continue;
        specs[i] = s->engine->specs[i];
        specs[i].maxspan = r->span;
    }
    vd_sequencer *seq = vd_sequencer_new(&(vd_sequence_config){.specs = specs,
                                                               .n_specs = n,
                                                               .max_state = max_state,
                                                               .unordered = !missing,
                                                               .found = vd_found_match,
                                                               .ctx = s});
    free(specs);
    return seq;
}

/* A document of the block at hand, or one that came before. */
static int read_again(void *ctx, uint64_t seq, vd_arena *a, vd_str *json, vd_err *err)
{
    const vd_stream *s = ctx;
    const vd_stream_block *b = s->block;
    if (!b || seq < b->first_seq || seq - b->first_seq >= s->lines.n)
        return s->cfg.read(s->cfg.ctx, seq, a, json, err);
    const char *p = b->text + s->lines.v[seq - b->first_seq];
    size_t left = (size_t)(b->text + b->n - p);
    const char *nl = memchr(p, '\n', left);
    size_t n = nl ? (size_t)(nl - p) : left;
    if (n && p[n - 1] == '\r') n--;
    char *own = vd_arena_alloc(a, n + VD_PADDING);
    memcpy(own, p, n);
    memset(own + n, 0, VD_PADDING);
    *json = (vd_str){own, n};
    return 0;
}

static vd_str origin(void *ctx, uint64_t seq)
{
    const vd_stream *s = ctx;
    return s->cfg.origin(s->cfg.ctx, seq);
}

static void on_fault(void *ctx, const vd_fault_report *report)
{
    const vd_stream *s = ctx;
    if (s->cfg.fault) s->cfg.fault(s->cfg.ctx, report);
}

static vd_engine *make_engine(vd_stream *s, vd_err *err)
{
    size_t n = vd_plan_rule_count(s->cfg.plan);
    vd_engine_window *windows = vd_calloc(n + 1, sizeof *windows);
    vd_engine_window open = {VD_TIME_NONE, VD_TIME_NONE};
    for (size_t i = 0; i < n; i++)
        windows[i] = !s->rules[i].takes ? (vd_engine_window){1, 0}
                     : s->cfg.window    ? *s->cfg.window
                                        : open;
    vd_engine *e = vd_engine_new(&(vd_engine_config){.plan = s->cfg.plan,
                                                     .default_index = s->cfg.default_index,
                                                     .since = VD_TIME_NONE,
                                                     .until = VD_TIME_NONE,
                                                     .windows = windows,
                                                     .size = -1,
                                                     .found = vd_found_finding,
                                                     .fault = on_fault,
                                                     .ctx = s},
                                 err);
    free(windows);
    return e;
}

static void copy_config(vd_stream *s, const vd_stream_config *config)
{
    s->cfg = *config;
    s->cfg.plan = vd_plan_ref(config->plan);
    if (config->alerts) {
        s->alerts = *config->alerts;
        s->alerts.space = vd_arena_str(&s->arena, s->alerts.space);
        s->alerts.index = vd_arena_str(&s->arena, s->alerts.index);
    }
    if (s->cfg.lateness < 0) s->cfg.lateness = 0;
    s->room = (vd_log_room){.max = config->max_log ? config->max_log : DEFAULT_MAX_LOG,
                            .records = VD_SEGMENT_RECORDS,
                            .fd = -1};
    if (s->room.max < MIN_MAX_LOG) s->room.max = MIN_MAX_LOG;
}

vd_stream *vd_stream_new(const vd_stream_config *config, vd_err *err)
{
    if (config->default_maxspan <= 0) {
        vd_fail(err, VD_USAGE, "sequences without a maxspan need a positive one");
        return NULL;
    }
    vd_stream *s = vd_calloc(1, sizeof *s);
    vd_arena_init(&s->arena, 0);
    s->clock = s->base = s->base_now = s->now = VD_TIME_NONE;
    s->sweep_at = 1024;
    s->replay_budget = REPLAY_BUDGET;
    copy_config(s, config);
    vd_keys_init(&s->keys);
    describe_rules(s);
    s->cfg.off = NULL; /* the rules say so now */
    s->engine = make_engine(s, err);
    s->cfg.window = NULL; /* the engine has it */
    if (!s->engine) {
        vd_stream_free(s);
        return NULL;
    }
    s->source = vd_engine_source(
        s->engine, &(vd_engine_input){.fd = -1,
                                      .read = read_again,
                                      .ctx = s,
                                      .origin = s->cfg.origin ? origin : NULL});
    uint64_t max_state = config->max_state ? config->max_state : VD_MAX_STATE;
    for (vd_lane lane = 0; lane < VD_LANES; lane++) {
        uint64_t part = lane == VD_LANE_LIVE ? max_state : max_state / 4;
        s->seq[lane] = sequencer(s, false, part);
        s->wait[lane] = (vd_wait){.seq = sequencer(s, true, part),
                                  .mark = VD_TIME_NONE,
                                  .clock = VD_TIME_NONE};
    }
    s->scratch = sequencer(s, false, SCRATCH_STATE);
    return s;
}

void vd_stream_free(vd_stream *s)
{
    if (!s) return;
    for (vd_lane lane = 0; lane < VD_LANES; lane++) {
        vd_sequencer_free(s->seq[lane]);
        vd_sequencer_free(s->wait[lane].seq);
        vd_vec_free(&s->wait[lane].heap);
    }
    vd_sequencer_free(s->scratch);
    vd_engine_free(s->engine);
    vd_logs_fini(s);
    vd_keys_fini(&s->keys);
    vd_vec_free(&s->late);
    vd_vec_free(&s->again);
    vd_vec_free(&s->replay.known);
    vd_vec_free(&s->reports);
    vd_vec_free(&s->bytes);
    vd_vec_free(&s->lines);
    vd_plan_unref(s->cfg.plan);
    vd_arena_fini(&s->arena);
    free(s);
}

/* --- the clock --- */

static void set_clock(vd_stream *s, int64_t clock)
{
    if (s->clock == VD_TIME_NONE || clock > s->clock) s->clock = clock;
}

/* Stream time runs on with the wall from where a document left it. */
static void run_on(vd_stream *s, int64_t now)
{
    s->now = now;
    if (s->clock == VD_TIME_NONE) return;
    if (now < s->base_now) { /* the wall went back */
        s->base = s->clock;
        s->base_now = now;
    }
    set_clock(s, vd_ts_plus(s->base, vd_ts_minus(now, s->base_now)));
}

static void note_time(vd_stream *s, int64_t ts)
{
    if (ts > vd_ts_plus(s->now, s->cfg.lateness)) {
        s->stats.future++;
        return;
    }
    if (ts > s->now) ts = s->now;
    if (s->clock != VD_TIME_NONE && ts <= s->clock) return;
    s->clock = s->base = ts;
    s->base_now = s->now;
}

int64_t vd_stream_stamp(const vd_stream *s, int64_t ts)
{
    return ts > s->clock && ts <= vd_ts_plus(s->clock, s->cfg.lateness) ? ts : s->clock;
}

/* --- feeding --- */

void vd_stream_take(vd_stream *s, const vd_candidate *c)
{
    s->stats.candidates++;
    if (s->rules[c->rule].missing) vd_wait_take(s, c);
    else vd_late_take(s, c);
}

void vd_stream_settle(vd_stream *s, bool all)
{
    vd_late_settle(s, all);
    if (s->clock == VD_TIME_NONE) return;
    for (vd_lane lane = 0; lane < VD_LANES; lane++) {
        vd_sequencer_now(s->seq[lane], s->clock);
        vd_sequencer_flush(s->seq[lane], vd_ts_minus(vd_stream_watermark(s), 1));
    }
    vd_wait_settle(s, false);
    if (!s->late.n) vd_logs_expire(s); /* else what waits would miss it */
    vd_found_sweep(s);
}

int vd_stream_outcome(vd_stream *s, vd_err *err)
{
    vd_engine *e = s->engine;
    if (!vd_engine_failed(e)) return 0;
    if (err) *err = e->failure;
    e->failure.code = 0;
    atomic_store(&e->failed, false);
    return VD_IO;
}

/* The document at hand is not to be forgotten. A partial is as old as its latest step: what it
 * began with is asked for a span and the lateness later than a record of it. */
static void want(const vd_stream *s, const vd_candidate *c, vd_str text)
{
    int64_t from = s->clock == VD_TIME_NONE ? c->ts : vd_stream_stamp(s, c->ts);
    int64_t reach = vd_ts_plus(s->longest, s->cfg.lateness);
    s->cfg.wanted(s->cfg.ctx, c->event, text, vd_ts_plus(from, reach));
}

static void take_candidates(vd_stream *s, const vd_worker *w, vd_str text)
{
    bool wanted = !s->cfg.wanted;
    for (size_t i = 0; i < w->out.n; i++) {
        const vd_candidate *c = &w->out.v[i];
        if (!s->rules[c->rule].sequence) {
            s->stats.candidates++;
            vd_found_event(s, c);
            continue;
        }
        if (!wanted) want(s, c, text);
        wanted = true;
        vd_state_put(s, c);
        vd_stream_take(s, c);
    }
}

static void feed_document(vd_stream *s, vd_str text, uint64_t line)
{
    vd_worker *w = s->engine->workers;
    vd_block b = {.source = s->source, .lines = true};
    int64_t ts = vd_engine_document(s->engine, w, &b, text, line + 1, s->block->first_seq + line);
    if (ts != VD_TIME_NONE && !s->block->still) note_time(s, ts);
    take_candidates(s, w, text);
    w->out.n = 0;
}

static void feed_lines(vd_stream *s)
{
    const vd_stream_block *b = s->block;
    const char *p = b->text, *end = b->text + b->n;
    s->lines.n = 0;
    for (uint64_t line = 0; p < end; line++) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((nl ? nl : end) - p), text = n;
        *vd_vec_push(&s->lines) = (size_t)(p - b->text);
        if (text && p[text - 1] == '\r') text--;
        if (!(b->skip && b->skip[line]) && !vd_engine_blank(p, text))
            feed_document(s, (vd_str){p, text}, line);
        p += n + 1;
    }
}

int vd_stream_feed(vd_stream *s, const vd_stream_block *block, vd_err *err)
{
    run_on(s, block->now);
    vd_state_begin(s);
    s->block = block;
    s->engine->workers[0].bytes += block->n;
    feed_lines(s);
    vd_stream_settle(s, false);
    s->block = NULL;
    vd_state_end(s);
    return vd_stream_outcome(s, err);
}

void vd_stream_hold(vd_stream *s, bool on) { s->held = on; }

int vd_stream_tick(vd_stream *s, int64_t now, vd_err *err)
{
    run_on(s, now);
    vd_stream_settle(s, true);
    return vd_stream_outcome(s, err);
}

int vd_stream_end(vd_stream *s, vd_err *err)
{
    vd_stream_settle(s, true);
    vd_wait_settle(s, true);
    return vd_stream_outcome(s, err);
}

void vd_stream_resumed(vd_stream *s, int64_t clock, int64_t now)
{
    if (s->now == VD_TIME_NONE || now > s->now) s->now = now;
    if (clock != VD_TIME_NONE && (s->clock == VD_TIME_NONE || clock > s->clock)) {
        s->clock = s->base = clock;
        s->base_now = s->now;
    }
}
