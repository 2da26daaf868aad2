/* Rules with ![ ]: each candidate that comes could turn what was found, so they wait until
 * none earlier can come and are fed in order, as a batch would feed them. */
#include "engine/stream_int.h"

/* The record, if it is still there. */
static const vd_record *record_of(const vd_stream *s, const vd_waiting *w)
{
    const vd_log *log = &s->logs[w->log];
    return vd_log_has(log, w->pos) ? vd_log_at(log, w->pos) : NULL;
}

/* Of one instant the records decide; one that was dropped goes first. */
static bool before(const vd_stream *s, const vd_waiting *a, const vd_waiting *b)
{
    if (a->ts != b->ts) return a->ts < b->ts;
    const vd_record *p = record_of(s, a), *q = record_of(s, b);
    if (!p || !q) return !p && q;
    vd_candidate x = vd_late_candidate(s, p), y = vd_late_candidate(s, q);
    return vd_candidate_cmp(&x, &y) < 0;
}

/* Puts the item in at `at` or below. */
static void sift(const vd_stream *s, vd_wait *w, size_t at, vd_waiting item)
{
    vd_waiting *v = w->heap.v;
    for (size_t kid; (kid = 2 * at + 1) < w->heap.n; at = kid) {
        if (kid + 1 < w->heap.n && before(s, &v[kid + 1], &v[kid])) kid++;
        if (!before(s, &v[kid], &item)) break;
        v[at] = v[kid];
    }
    v[at] = item;
}

/* Takes out those whose records were dropped at the log's cap, so that it bounds this too. */
static void compact(const vd_stream *s, vd_wait *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->heap.n; i++)
        if (record_of(s, &w->heap.v[i])) w->heap.v[n++] = w->heap.v[i];
    w->heap.n = n;
    for (size_t i = n / 2; i-- > 0;) sift(s, w, i, w->heap.v[i]);
}

static bool mostly_dead(const vd_stream *s, const vd_wait *w)
{
    uint64_t records = 0;
    if (w->heap.n < w->heap.cap || w->heap.n < 1024) return false;
    for (unsigned i = VD_LOG_SPANS; i < VD_LOGS; i++) records += vd_log_records(s, &s->logs[i]);
    return w->heap.n > 2 * records;
}

void vd_wait_push(const vd_stream *s, vd_wait *w, int64_t ts, unsigned log, uint64_t pos)
{
    vd_waiting item = {.ts = ts, .log = log, .pos = pos};
    if (mostly_dead(s, w)) compact(s, w);
    size_t at = w->heap.n;
    vd_vec_push(&w->heap);
    for (size_t up; at > 0 && before(s, &item, &w->heap.v[up = (at - 1) / 2]); at = up)
        w->heap.v[at] = w->heap.v[up];
    w->heap.v[at] = item;
}

static vd_waiting pop(const vd_stream *s, vd_wait *w)
{
    vd_waiting first = w->heap.v[0], item = w->heap.v[--w->heap.n];
    if (w->heap.n) sift(s, w, 0, item);
    return first;
}

/* The past has a clock of its own: the latest time in it. */
static void touch_past(vd_stream *s, vd_wait *past, int64_t ts)
{
    past->touched = s->clock;
    if (past->clock != VD_TIME_NONE && ts <= past->clock) return;
    past->clock = ts;
    int64_t mark = vd_ts_minus(ts, s->cfg.lateness);
    if (past->mark == VD_TIME_NONE || mark > past->mark) past->mark = mark;
}

void vd_wait_take(vd_stream *s, const vd_candidate *c)
{
    vd_lane lane = VD_LANE_LIVE;
    if (c->ts > vd_ts_plus(s->now, s->cfg.lateness)) return; /* its time may never come */
    if (c->ts < s->wait[VD_LANE_LIVE].mark) lane = VD_LANE_PAST;
    if (c->ts < s->wait[lane].mark) {
        s->stats.too_late++;
        return;
    }
    if (lane == VD_LANE_PAST) touch_past(s, &s->wait[lane], c->ts);
    uint32_t key = vd_keys_get(s, c->rule, lane, c->key);
    uint64_t pos = vd_late_log(s, key, c, vd_stream_stamp(s, c->ts));
    vd_wait_push(s, &s->wait[lane], c->ts, s->rules[c->rule].log, pos);
}

static void feed_until(vd_stream *s, vd_wait *w, int64_t mark, bool all)
{
    while (w->heap.n && (all || w->heap.v[0].ts < mark)) {
        vd_waiting item = pop(s, w);
        const vd_record *r = record_of(s, &item);
        if (!r) continue;
        vd_candidate c = vd_late_candidate(s, r);
        vd_engine_feed_stages(w->seq, &c);
    }
    vd_sequencer_flush(w->seq, all ? INT64_MAX : vd_ts_minus(mark, 1));
}

static void settle_lane(vd_stream *s, vd_lane lane, int64_t mark, bool all)
{
    vd_wait *w = &s->wait[lane];
    if (mark == VD_TIME_NONE && !all) return;
    s->lane = lane;
    feed_until(s, w, mark, all);
    w->mark = all ? VD_TIME_NONE : mark;
    if (all) w->clock = VD_TIME_NONE;
}

void vd_wait_settle(vd_stream *s, bool all)
{
    vd_wait *past = &s->wait[VD_LANE_PAST];
    settle_lane(s, VD_LANE_LIVE, vd_stream_watermark(s), all);
    bool idle = past->clock != VD_TIME_NONE && vd_ts_minus(s->clock, past->touched) > s->cfg.lateness;
    settle_lane(s, VD_LANE_PAST, past->mark, all || idle);
}
