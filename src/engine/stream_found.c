/* Matches to findings, and what is remembered of them: what was reported is not reported
 * again by a replay, and what a replay no longer finds is superseded. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "engine/stream_int.h"

static void to_bytes(const char hex[65], uint8_t out[32])
{
    for (int i = 0; i < 64; i++) {
        uint8_t nibble = (uint8_t)(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
        out[i / 2] = (uint8_t)(i % 2 ? out[i / 2] | nibble : nibble << 4);
    }
}

static void to_hex(const uint8_t id[32], char out[65])
{
    for (int i = 0; i < 64; i++) out[i] = "0123456789abcdef"[id[i / 2] >> (i % 2 ? 0 : 4) & 15];
    out[64] = 0;
}

void vd_found_finding(void *ctx, const vd_finding *f)
{
    vd_stream *s = ctx;
    vd_alert_id(f, &s->alerts, s->id);
    if (s->cfg.found) s->cfg.found(s->cfg.ctx, f, s->id);
}

static void report(vd_stream *s, uint32_t rule, const vd_held_match *m)
{
    s->id[0] = 0;
    vd_report(s->engine, rule, m);
    s->rules[rule].findings++;
    s->stats.findings++;
}

void vd_found_event(vd_stream *s, const vd_candidate *c)
{
    uint64_t event = c->event;
    vd_held_match m = {.ts = c->ts, .events = &event, .n = 1};
    report(s, c->rule, &m);
}

/* --- notes --- */

static void add_note(vd_stream *s, uint32_t key, vd_report_note note)
{
    vd_stream_key *k = vd_key_at(&s->keys, key);
    note.key = key;
    note.next = k->reports;
    k->reports = (uint32_t)s->reports.n;
    *vd_vec_push(&s->reports) = note;
}

void vd_found_drop(vd_stream *s, vd_stream_key *k)
{
    for (uint32_t i = k->reports; i != VD_NO_REPORT; i = s->reports.v[i].next)
        s->reports.v[i].key = VD_NO_KEY;
    k->reports = VD_NO_REPORT;
}

void vd_found_copy(vd_stream *s, uint32_t key, const vd_stream *old, const vd_stream_key *k)
{
    for (uint32_t i = k->reports; i != VD_NO_REPORT; i = old->reports.v[i].next)
        add_note(s, key, old->reports.v[i]);
}

/* A replay can still find it: its key has all records since it began. */
static bool matters(const vd_stream *s, const vd_report_note *r)
{
    const vd_stream_key *k = vd_key_at(&s->keys, r->key);
    const vd_log *log = &s->logs[s->rules[k->rule].log];
    if (!vd_log_has(log, k->last)) return false;
    return log->lost == VD_TIME_NONE || r->first_ts > log->lost || vd_late_has_first(log, k);
}

void vd_found_sweep(vd_stream *s)
{
    size_t n = 0, from = s->reports.n > VD_MAX_STREAM_NOTES ? s->reports.n - VD_MAX_STREAM_NOTES / 2 : 0;
    vd_report_note *v = s->reports.v;
    if (s->reports.n < s->sweep_at) return;
    for (size_t i = 0; i < s->reports.n; i++)
        if (v[i].key != VD_NO_KEY) vd_key_at(&s->keys, v[i].key)->reports = VD_NO_REPORT;
    for (size_t i = from; i < s->reports.n; i++) {
        if (v[i].key == VD_NO_KEY || !matters(s, &v[i])) continue;
        vd_stream_key *k = vd_key_at(&s->keys, v[i].key);
        v[n] = v[i];
        v[n].next = k->reports;
        k->reports = (uint32_t)n++;
    }
    s->reports.n = n;
    s->sweep_at = n < 512 ? 1024 : 2 * n;
}

/* --- matches --- */

static uint64_t hash_of(const vd_sequence_match *m)
{
    return vd_hash64((vd_str){(const char *)m->events, m->n * sizeof *m->events});
}

static int by_events(const void *a, const void *b)
{
    uint64_t x = ((const vd_replay_note *)a)->events, y = ((const vd_replay_note *)b)->events;
    return (x > y) - (x < y);
}

/* The replay finds it and it was reported, or is none of its concern. */
static bool seen_before(vd_replay *r, const vd_sequence_match *m, uint64_t events)
{
    vd_replay_note want = {.events = events};
    vd_replay_note *at = r->known.n ? bsearch(&want, r->known.v, r->known.n, sizeof want, by_events)
                                    : NULL;
    if (at) at->again = true;
    return at || (r->window && m->first_ts > r->to);
}

void vd_found_match(void *ctx, const vd_sequence_match *m)
{
    vd_stream *s = ctx;
    bool missing = s->rules[m->rule].missing;
    uint32_t key = missing ? vd_keys_find(s, m->rule, s->lane, m->key) : s->at;
    uint64_t events = hash_of(m);
    if (s->replay.on && seen_before(&s->replay, m, events)) return;
    if (s->adopting && missing) return; /* the stream before was as far */
    vd_held_match held = {.ts = m->ts,
                          .key = {m->key[0], m->key[1]},
                          .n = (uint32_t)m->n,
                          .events = (uint64_t *)(uintptr_t)m->events};
    report(s, m->rule, &held);
    if (key == VD_NO_KEY || !s->id[0]) return;
    vd_report_note note = {.events = events, .first_ts = m->first_ts};
    to_bytes(s->id, note.id);
    add_note(s, key, note);
}

void vd_found_begin(vd_stream *s, uint32_t key, int64_t from, int64_t to, bool window)
{
    vd_replay *r = &s->replay;
    r->on = true;
    r->window = window;
    r->from = from;
    r->to = to;
    r->known.n = 0;
    for (uint32_t i = vd_key_at(&s->keys, key)->reports; i != VD_NO_REPORT;
         i = s->reports.v[i].next)
        if (s->reports.v[i].first_ts >= from)
            *vd_vec_push(&r->known) = (vd_replay_note){s->reports.v[i].events, i, false};
    if (r->known.n > 1) qsort(r->known.v, r->known.n, sizeof *r->known.v, by_events);
}

/* Another key of the same events still has it: multi-valued keys, whose matches are found
 * together and noted side by side. */
static bool stands_elsewhere(const vd_stream *s, uint32_t rule, size_t at)
{
    const vd_report_note *v = s->reports.v;
    size_t from = at < 2 * VD_MAX_KEY_TUPLES ? 0 : at - 2 * VD_MAX_KEY_TUPLES;
    size_t to = s->reports.n - at < 2 * VD_MAX_KEY_TUPLES ? s->reports.n : at + 2 * VD_MAX_KEY_TUPLES;
    for (size_t i = from; i < to; i++)
        if (v[i].events == v[at].events && v[i].key != VD_NO_KEY &&
            vd_key_at(&s->keys, v[i].key)->rule == rule)
            return true;
    return false;
}

static void supersede(vd_stream *s, uint32_t rule, vd_report_note *note)
{
    char id[65];
    note->key = VD_NO_KEY;
    if (stands_elsewhere(s, rule, (size_t)(note - s->reports.v))) return;
    s->stats.superseded++;
    to_hex(note->id, id);
    if (s->cfg.superseded)
        s->cfg.superseded(s->cfg.ctx, vd_plan_rule_at(s->cfg.plan, rule)->rule, id);
}

/* Takes what was superseded out of the key's list. */
static void unlink_dead(vd_stream *s, vd_stream_key *k)
{
    for (uint32_t *at = &k->reports; *at != VD_NO_REPORT;)
        if (s->reports.v[*at].key == VD_NO_KEY) *at = s->reports.v[*at].next;
        else at = &s->reports.v[*at].next;
}

void vd_found_end(vd_stream *s, uint32_t key, bool judge)
{
    vd_replay *r = &s->replay;
    vd_stream_key *k = vd_key_at(&s->keys, key);
    bool any = false;
    r->on = false;
    for (size_t i = 0; judge && i < r->known.n; i++) {
        vd_report_note *note = &s->reports.v[r->known.v[i].report];
        if (r->known.v[i].again || note->first_ts > r->to) continue;
        supersede(s, k->rule, note);
        any = true;
    }
    if (any) unlink_dead(s, k);
}
