/* Stored documents and alerts into an engine: whole blocks that may hold something of a window;
 * the engine looks at each document's own time. */
#include "base/clock.h"
#include "schedule/schedule_int.h"

static bool is_field(const vd_plan *plan, uint32_t slot, vd_str name)
{
    return slot != VD_NO_SLOT && vd_str_eq(vd_plan_slot_name(plan, slot), name);
}

static void cover(int64_t *since, int64_t *until, const vd_engine_window *w)
{
    int64_t from = w->since == VD_TIME_NONE ? VD_TIME_NONE + 1 : w->since;
    int64_t to = w->until == VD_TIME_NONE ? INT64_MAX : w->until;
    if (*since == VD_TIME_NONE || from < *since) *since = from;
    if (*until == VD_TIME_NONE || to > *until) *until = to;
}

/* Blocks are known by @timestamp and by receipt, which is event.ingested: a rule whose window is
 * by another field may want any block. event.ingested covers @timestamp too, for documents that
 * were ingested elsewhere before they were sent here. */
bool vd_feed_window(const vd_feed *f, vd_store_window *out)
{
    vd_store_window w = {.since = VD_TIME_NONE,
                         .until = VD_TIME_NONE,
                         .ingested_since = VD_TIME_NONE,
                         .ingested_until = VD_TIME_NONE,
                         .indices = f->indices,
                         .n_indices = f->n_indices};
    bool all = false, any = false;
    for (uint32_t i = 0; i < vd_plan_rule_count(f->plan); i++) {
        const vd_plan_rule *r = vd_plan_rule_at(f->plan, i);
        const vd_engine_window *own = &f->windows[i];
        if (own->until != VD_TIME_NONE && own->since > own->until) continue;
        bool ingested = is_field(f->plan, r->override_slot, VD_STR("event.ingested"));
        all |= !is_field(f->plan, r->timestamp_slot, VD_STR("@timestamp")) ||
               (r->override_slot != VD_NO_SLOT && !ingested);
        any = true;
        cover(&w.since, &w.until, own);
        if (ingested) cover(&w.ingested_since, &w.ingested_until, own);
    }
    if (all) w.since = w.until = w.ingested_since = w.ingested_until = VD_TIME_NONE;
    *out = w;
    return any;
}

static bool stopped(const vd_feed *f) { return f->stopping && f->stopping(f->ctx); }

static int read_event(void *ctx, uint64_t seq, vd_arena *a, vd_str *line, vd_err *err)
{
    return vd_store_read(ctx, seq, a, line, err);
}

static vd_scan *scan_of(const vd_feed *f, vd_store_window w)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    if (f->narrow) vd_window_narrow(&w, f->plan, &a);
    vd_scan *scan = vd_scan_new(f->store, &w);
    vd_arena_fini(&a);
    return scan;
}

static int feed_events(const vd_feed *f, const vd_store_window *w, vd_err *err)
{
    vd_engine_input input = {.name = VD_STR("store"), .fd = -1, .read = read_event, .ctx = f->store};
    uint32_t source = vd_engine_source(f->engine, &input);
    vd_scan *scan = scan_of(f, *w);
    if (!scan) return vd_fail(err, VD_IO, "the store cannot be read");
    int code = vd_feed_blocks(f, scan, source, err);
    if (f->blocks) *f->blocks = vd_scan_counts_of(scan);
    vd_scan_free(scan);
    return code;
}

/* --- alerts --- */

typedef VD_VEC(char) text_buf;

static void append(text_buf *out, vd_str s)
{
    vd_vec_reserve(out, out->n + s.n + VD_PADDING);
    if (s.n) memcpy(out->v + out->n, s.p, s.n);
    out->n += s.n;
    memset(out->v + out->n, 0, VD_PADDING);
}

static int read_alert(void *ctx, uint64_t number, vd_arena *a, vd_str *line, vd_err *err)
{
    return vd_alerts_read(vd_store_papers(ctx), number, a, line, err);
}

typedef struct alert_feed {
    const vd_feed *f;
    uint32_t source;
} alert_feed;

static int feed_page(void *ctx, const vd_alert_row *rows, size_t n, vd_err *err)
{
    const alert_feed *to = ctx;
    text_buf text = {0};
    VD_VEC(uint64_t) numbers = {0};
    vd_arena a;
    vd_arena_init(&a, 0);
    for (size_t i = 0; i < n; i++) {
        append(&text, vd_alert_line(&a, &rows[i]));
        append(&text, VD_STR("\n"));
        *vd_vec_push(&numbers) = rows[i].number;
    }
    vd_engine_feed(to->f->engine, 0,
                   &(vd_block){.source = to->source,
                               .text = text.v,
                               .n = text.n,
                               .line = 1,
                               .lines = true,
                               .ordinals = numbers.v});
    vd_arena_fini(&a);
    vd_vec_free(&numbers);
    vd_vec_free(&text);
    return stopped(to->f) ? vd_fail(err, VD_LIMIT, "stopped") : 0;
}

static int feed_alerts(const vd_feed *f, const vd_store_window *w, vd_err *err)
{
    vd_engine_input input = {.name = VD_STR("alerts"), .fd = -1, .read = read_alert, .ctx = f->store};
    alert_feed to = {f, vd_engine_source(f->engine, &input)};
    bool ingested = w->ingested_since != VD_TIME_NONE; /* an alert keeps its event's: it is later */
    vd_alert_query q = vd_alerts_all();
    q.created_since = w->since;
    if (!ingested) q.created_until = w->until;
    return vd_alerts_each(vd_store_papers(f->store), &q, feed_page, &to, err);
}

int vd_feed_run(const vd_feed *f, vd_err *err)
{
    vd_store_window w;
    if (!vd_feed_window(f, &w)) return 0;
    int code = f->events ? feed_events(f, &w, err) : 0;
    if (!code && f->alerts) code = feed_alerts(f, &w, err);
    return code;
}
