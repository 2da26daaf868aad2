/* Rules without ![ ]: what is in order goes to the machine at once; what is not sets its key
 * back.
 *
 * Idea      A partial's way depends on the events after its first and on partials that began
 *           later, never on older ones: those stand in higher stages and are overwritten,
 *           they overwrite nothing. So a late candidate at time t changes only partials that
 *           began in [t - maxspan, t], and these are over by t + maxspan: feeding the
 *           records of [t - maxspan, t + maxspan] again tells all that changes. If the key
 *           has gone further than that, the replay runs beside it; else it takes the place
 *           of what the machine has.
 * Cost      A replay is sorting and feeding the key's records of that window. All that comes
 *           late for a key in one block is one replay. Where replays are much more work than
 *           what comes (one key for everything, and much out of order), they wait and more
 *           becomes one replay: at most until the next tick. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "engine/stream_int.h"

/* Records that may be fed again for one that is fed. */
#define WORTH 4

static const vd_log *log_of(const vd_stream *s, const vd_stream_key *k)
{
    return &s->logs[s->rules[k->rule].log];
}

/* The candidate is ordered before the latest of its key. */
static bool is_late(const vd_stream_key *k, const vd_candidate *c)
{
    if (c->ts != k->ts) return c->ts < k->ts;
    if (c->tie != k->tie) return c->tie < k->tie;
    return c->ordinal < k->seq;
}

static void set_order(vd_stream_key *k, const vd_candidate *c)
{
    k->ts = c->ts;
    k->tie = c->tie;
    k->seq = c->ordinal;
}

/* Every record of the key from `from` on is still there. */
static bool is_whole(const vd_log *log, const vd_stream_key *k, int64_t from)
{
    return log->lost == VD_TIME_NONE || from > log->lost || vd_late_has_first(log, k);
}

uint64_t vd_late_log(vd_stream *s, uint32_t key, const vd_candidate *c, int64_t stamp)
{
    vd_stream_key *k = vd_key_at(&s->keys, key);
    vd_log *log = &s->logs[s->rules[k->rule].log];
    vd_record r = {.ts = c->ts,
                   .tie = c->tie,
                   .seq = c->ordinal,
                   .prev = k->last,
                   .key = key,
                   .stage = c->stage,
                   .below = c->below};
    uint64_t pos = vd_log_add(s, log, &r, stamp);
    if (!k->last) k->since = (uint32_t)vd_log_segment_of(pos);
    k->last = pos;
    return pos;
}

vd_candidate vd_late_candidate(const vd_stream *s, const vd_record *r)
{
    const vd_stream_key *k = vd_key_at(&s->keys, r->key);
    return (vd_candidate){.ts = r->ts,
                          .tie = r->tie,
                          .ordinal = r->seq,
                          .event = r->seq,
                          .key = {k->key[0], k->key[1]},
                          .rule = k->rule,
                          .stage = r->stage,
                          .below = r->below};
}

static void note_late(vd_stream *s, uint32_t key, int64_t ts)
{
    vd_stream_key *k = vd_key_at(&s->keys, key);
    s->stats.late++;
    if (!k->late) {
        *vd_vec_push(&s->late) = (vd_late){.key = key, .from = ts, .to = ts};
        k->late = (uint32_t)s->late.n;
        return;
    }
    vd_late *late = &s->late.v[k->late - 1];
    if (ts < late->from) late->from = ts;
    if (ts > late->to) late->to = ts;
}

/* It came when its time was over, and what it would have met is gone or far ahead. */
static bool is_past(const vd_stream *s, const vd_stream_key *k, const vd_candidate *c)
{
    int64_t span = s->rules[c->rule].span;
    if (c->ts >= vd_stream_watermark(s)) return false;
    return !is_whole(log_of(s, k), k, vd_ts_minus(c->ts, span)) ||
           vd_ts_minus(k->ts, c->ts) > vd_ts_plus(span, s->cfg.lateness);
}

/* The key that the candidate belongs to; VD_NO_KEY: it came too late. */
static uint32_t key_for(vd_stream *s, const vd_candidate *c)
{
    uint32_t n = vd_keys_get(s, c->rule, VD_LANE_LIVE, c->key);
    const vd_stream_key *k = vd_key_at(&s->keys, n);
    if (!is_late(k, c) || !is_past(s, k, c)) return n;
    n = vd_keys_get(s, c->rule, VD_LANE_PAST, c->key);
    k = vd_key_at(&s->keys, n);
    if (!is_late(k, c) || is_whole(log_of(s, k), k, vd_ts_minus(c->ts, s->rules[c->rule].span))) return n;
    s->stats.too_late++;
    return VD_NO_KEY;
}

void vd_late_take(vd_stream *s, const vd_candidate *c)
{
    uint32_t n = key_for(s, c);
    if (n == VD_NO_KEY) return;
    int64_t stamp = vd_stream_stamp(s, c->ts);
    vd_late_log(s, n, c, stamp);
    vd_stream_key *k = vd_key_at(&s->keys, n);
    if (is_late(k, c)) {
        note_late(s, n, c->ts);
        return;
    }
    set_order(k, c);
    if (k->late) {
        s->late.v[k->late - 1].behind = true;
        return;
    }
    if (s->replay_debt) s->replay_debt -= s->replay_debt < WORTH ? s->replay_debt : WORTH;
    s->at = n;
    vd_sequencer_now(s->seq[k->lane], stamp);
    vd_engine_feed_stages(s->seq[k->lane], c);
}

/* --- replays --- */

/* The key's records of that time into s->again; false: it had too many. */
static bool collect(vd_stream *s, const vd_stream_key *k, int64_t from, int64_t to)
{
    const vd_log *log = log_of(s, k);
    uint64_t segment = 0, seen = 0;
    s->again.n = 0;
    for (uint64_t pos = k->last; vd_log_has(log, pos); seen++) {
        if (vd_log_segment_of(pos) != segment) {
            segment = vd_log_segment_of(pos);
            if (vd_log_segment(log, segment)->top < from) break;
        }
        if (seen == VD_MAX_REPLAY) return false;
        const vd_record *r = vd_log_at(log, pos);
        if (r->ts >= from && r->ts <= to) *vd_vec_push(&s->again) = vd_late_candidate(s, r);
        pos = r->prev;
    }
    return true;
}

/* What arrived last stands first; most arrived in order. */
static void put_in_order(vd_stream *s)
{
    vd_candidate *v = s->again.v;
    size_t n = s->again.n;
    bool sorted = true;
    for (size_t i = 0, k = n; i + 1 < k--; i++) {
        vd_candidate x = v[i];
        v[i] = v[k];
        v[k] = x;
    }
    for (size_t i = 1; i < n && sorted; i++) sorted = vd_candidate_cmp(&v[i - 1], &v[i]) <= 0;
    if (!sorted) qsort(v, n, sizeof *v, vd_engine_candidate_order);
}

static void feed_again(vd_stream *s, vd_sequencer *seq, uint32_t key)
{
    s->at = key;
    if (s->again.n) vd_sequencer_now(seq, vd_stream_stamp(s, s->again.v[s->again.n - 1].ts));
    for (size_t i = 0; i < s->again.n; i++) vd_engine_feed_stages(seq, &s->again.v[i]);
    s->stats.replays++;
    s->stats.replayed += s->again.n;
    s->replay_debt += s->again.n;
}

static void replay(vd_stream *s, const vd_late *late)
{
    vd_stream_key *k = vd_key_at(&s->keys, late->key);
    int64_t span = s->rules[k->rule].span, from = vd_ts_minus(late->from, span), upto = vd_ts_plus(late->to, span);
    bool window = !late->behind && k->ts > upto;
    bool whole = is_whole(log_of(s, k), k, from);
    if (!whole) from = vd_ts_plus(log_of(s, k)->lost, 1);
    whole &= collect(s, k, from, window ? upto : INT64_MAX);
    put_in_order(s);
    vd_sequencer *seq = window ? s->scratch : s->seq[k->lane];
    vd_found_begin(s, late->key, from, late->to, window);
    vd_sequencer_forget(seq, k->rule, k->key);
    feed_again(s, seq, late->key);
    if (window) vd_sequencer_forget(seq, k->rule, k->key);
    vd_found_end(s, late->key, whole);
}

void vd_late_settle(vd_stream *s, bool all)
{
    size_t i = 0;
    for (; i < s->late.n && (all || s->replay_debt <= s->replay_budget); i++) {
        replay(s, &s->late.v[i]);
        vd_key_at(&s->keys, s->late.v[i].key)->late = 0;
    }
    s->late.n -= i;
    if (i && s->late.n) memmove(s->late.v, s->late.v + i, s->late.n * sizeof *s->late.v);
    for (size_t k = 0; i && k < s->late.n; k++)
        vd_key_at(&s->keys, s->late.v[k].key)->late = (uint32_t)k + 1;
}

void vd_late_adopt(vd_stream *s, uint32_t key)
{
    vd_stream_key *k = vd_key_at(&s->keys, key);
    const vd_log *log = log_of(s, k);
    int64_t from = is_whole(log, k, INT64_MIN) ? INT64_MIN : vd_ts_plus(log->lost, 1);
    collect(s, k, INT64_MIN, INT64_MAX);
    if (!s->again.n) return;
    put_in_order(s);
    set_order(k, &s->again.v[s->again.n - 1]);
    size_t skip = 0;
    while (skip < s->again.n && s->again.v[skip].ts < from) skip++;
    s->again.n -= skip;
    memmove(s->again.v, s->again.v + skip, s->again.n * sizeof *s->again.v);
    vd_found_begin(s, key, from, INT64_MAX, false);
    feed_again(s, s->seq[k->lane], key);
    vd_found_end(s, key, false);
}
