#include "cli/live.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/vec.h"
#include "server/steady.h"

#define TICK_MS 200

struct vd_live {
    vd_live_config cfg;
    vd_arena arena;
    vd_stream *stream;
    vd_kept *kept;
    VD_VEC(vd_str) names;   /* of the inputs */
    VD_VEC(char) one;       /* a document of several lines, as one */
    const vd_block *block;  /* being fed; its first document is */
    uint64_t first, next;   /* this one; the next block's is */
    vd_steady steady;
    int64_t ticked;
    bool held;
    vd_err failure; /* of keeping a document */
    uint64_t lost;
};

/* ---- the stream's callbacks ---- */

static void wanted(void *ctx, uint64_t seq, vd_str json, int64_t until)
{
    vd_live *live = ctx;
    if (live->failure.code) return;
    vd_kept_put(live->kept, seq, live->block->source, json, until, &live->failure);
}

static int read_document(void *ctx, uint64_t seq, vd_arena *a, vd_str *json, vd_err *err)
{
    vd_live *live = ctx;
    int code = vd_kept_get(live->kept, seq, a, json, err);
    live->lost += code == VD_LIMIT;
    return code;
}

static vd_str origin(void *ctx, uint64_t seq)
{
    const vd_live *live = ctx;
    uint32_t source;
    if (live->block && seq >= live->first) return live->names.v[live->block->source];
    return vd_kept_source(live->kept, seq, &source) ? live->names.v[source] : (vd_str){NULL, 0};
}

static void found(void *ctx, const vd_finding *finding, const char id[65])
{
    const vd_live *live = ctx;
    (void)id;
    live->cfg.found(live->cfg.ctx, finding);
}

static void superseded(void *ctx, const vd_rule *rule, const char id[65])
{
    const vd_live *live = ctx;
    live->cfg.superseded(live->cfg.ctx, rule, id);
}

/* The stream knows lines of the block at hand; faults that were found outside have a name. */
static void fault(void *ctx, const vd_fault_report *report)
{
    const vd_live *live = ctx;
    vd_fault_report r = *report;
    if (!r.source.n && live->block) {
        r.source = live->names.v[live->block->source];
        r.line = live->block->line + (r.line ? r.line - 1 : 0);
        r.offset = 0;
    }
    live->cfg.fault(live->cfg.ctx, &r);
}

/* ---- making ---- */

static vd_stream *make_stream(vd_live *live, vd_err *err)
{
    vd_alert_options as_default = {0};
    vd_stream_config c = {.plan = live->cfg.plan,
                          .default_index = live->cfg.default_index,
                          .lateness = live->cfg.lateness,
                          .default_maxspan = live->cfg.default_maxspan,
                          .max_state = live->cfg.max_state,
                          .read = read_document,
                          .found = found,
                          .superseded = superseded,
                          .fault = fault,
                          .alerts = &as_default,
                          .ctx = live,
                          .wanted = wanted,
                          .origin = origin,
                          .window = &live->cfg.window};
    return vd_stream_new(&c, err);
}

vd_live *vd_live_new(const vd_live_config *config, vd_err *err)
{
    vd_live *live = vd_calloc(1, sizeof *live);
    live->cfg = *config;
    live->cfg.plan = vd_plan_ref(config->plan);
    live->next = 1;
    vd_arena_init(&live->arena, 0);
    live->kept = vd_kept_new(config->max_kept);
    vd_steady_init(&live->steady, vd_now_ms(), vd_mono_ns() / 1000000);
    live->stream = make_stream(live, err);
    if (!live->stream) {
        vd_live_free(live);
        return NULL;
    }
    live->held = true;
    vd_stream_hold(live->stream, true);
    return live;
}

void vd_live_free(vd_live *live)
{
    if (!live) return;
    vd_stream_free(live->stream);
    vd_kept_free(live->kept);
    vd_vec_free(&live->names);
    vd_vec_free(&live->one);
    vd_plan_unref(live->cfg.plan);
    vd_arena_fini(&live->arena);
    free(live);
}

uint32_t vd_live_input(vd_live *live, vd_str name)
{
    *vd_vec_push(&live->names) = vd_arena_str(&live->arena, name);
    return (uint32_t)live->names.n - 1;
}

/* ---- what comes ---- */

static int64_t now(vd_live *live)
{
    int64_t jump;
    return vd_steady_now(&live->steady, vd_now_ms(), vd_mono_ns() / 1000000, &jump);
}

/* An alert whose documents are gone is lost, counted, and all. */
static int outcome(vd_live *live, int code, const vd_err *what, vd_err *err)
{
    if (live->failure.code) *err = live->failure;
    else if (code && what->code != VD_LIMIT) *err = *what;
    else return 0;
    return VD_IO;
}

/* As one line: between values a line's end is a blank like any other, and nowhere else is one. */
static vd_str flattened(vd_live *live, const vd_block *b)
{
    vd_vec_reserve(&live->one, b->n + VD_PADDING);
    char *to = live->one.v;
    for (size_t i = 0; i < b->n; i++)
        to[i] = b->text[i] == '\n' || b->text[i] == '\r' ? ' ' : b->text[i];
    memset(to + b->n, 0, VD_PADDING);
    return (vd_str){to, b->n};
}

static uint64_t count_lines(vd_str text)
{
    uint64_t n = 0;
    for (size_t at = 0; at < text.n; n++)
        at = vd_str_find_byte(text, '\n', at) + 1;
    return n;
}

int vd_live_feed(vd_live *live, const vd_block *block, vd_err *err)
{
    vd_err what = {0};
    vd_str text = block->lines ? (vd_str){block->text, block->n} : flattened(live, block);
    live->block = block;
    live->first = live->next;
    live->next += count_lines(text);
    vd_stream_block b = {.text = text.p, .n = text.n, .first_seq = live->first, .now = now(live)};
    int code = vd_stream_feed(live->stream, &b, &what);
    live->block = NULL;
    vd_kept_expire(live->kept, vd_stream_horizon(live->stream));
    return outcome(live, code, &what, err);
}

static int tick(vd_live *live, vd_err *err)
{
    vd_err what = {0};
    int code = vd_stream_tick(live->stream, now(live), &what);
    vd_kept_expire(live->kept, vd_stream_horizon(live->stream));
    return outcome(live, code, &what, err);
}

int vd_live_caught_up(vd_live *live, vd_err *err)
{
    int code = tick(live, err); /* what came out of order is put right while nothing is over */
    live->held = false;
    vd_stream_hold(live->stream, false);
    return code ? code : tick(live, err);
}

int vd_live_tick(vd_live *live, vd_err *err)
{
    int64_t at = vd_mono_ns() / 1000000;
    if (live->held || at - live->ticked < TICK_MS) return 0;
    live->ticked = at;
    return tick(live, err);
}

int vd_live_end(vd_live *live, vd_err *err)
{
    vd_err what = {0};
    int code = vd_stream_end(live->stream, &what);
    return outcome(live, code, &what, err);
}

vd_engine *vd_live_engine(const vd_live *live) { return vd_stream_engine(live->stream); }

bool vd_live_runs(const vd_live *live, uint32_t rule)
{
    return vd_stream_takes(vd_plan_rule_at(live->cfg.plan, rule));
}

vd_live_stats vd_live_stats_of(const vd_live *live)
{
    return (vd_live_stats){vd_stream_stats_of(live->stream), vd_kept_stats_of(live->kept), live->lost};
}
