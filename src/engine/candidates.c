/* From a document that was matched to its candidates. */
#include <stdlib.h>

#include "base/clock.h"
#include "engine/engine_int.h"

/* The tiebreaker's value so that unsigned order is its order: whole numbers, dates
 * and the first eight bytes of strings. */
static uint64_t tiebreak(const vd_event *ev, uint32_t slot)
{
    const vd_value *v = slot == VD_NO_SLOT ? NULL : vd_event_get(ev, slot);
    uint64_t u = 0;
    if (!v) return VD_NO_TIEBREAK;
    switch (v->kind) {
    case VD_BOOL: return v->b;
    case VD_LONG:
    case VD_DATE: u = (uint64_t)v->i ^ 1ull << 63; break;
    case VD_ULONG: return VD_NO_TIEBREAK - 1;
    case VD_DOUBLE:
        memcpy(&u, &v->d, 8);
        u = u >> 63 ? ~u : u | 1ull << 63;
        break;
    default:
        for (uint32_t i = 0; i < 8; i++)
            u = u << 8 | (i < v->len ? (unsigned char)v->s[i] : 0);
    }
    return u < VD_NO_TIEBREAK ? u : VD_NO_TIEBREAK - 1;
}

bool vd_engine_time_at(const vd_event *ev, uint32_t slot, int64_t *ms)
{
    const vd_value *v = slot == VD_NO_SLOT ? NULL : vd_event_get(ev, slot);
    if (!v || (v->kind != VD_DATE && v->kind != VD_LONG)) return false;
    *ms = v->i;
    return true;
}

/* A rule's window: by its timestamp_override if the event has it, else by its
 * timestamp, unless the rule disables that fallback: then the event is in no window
 * (Elastic docs, Detections API: timestamp_override_fallback_disabled). */
static bool in_window(const vd_engine *e, const vd_event *ev, uint32_t rule, int64_t ts)
{
    const vd_plan_rule *r = vd_plan_rule_at(e->plan, rule);
    int64_t t = ts, since = e->cfg.since, until = e->cfg.until;
    if (e->windows) {
        since = e->windows[rule].since;
        until = e->windows[rule].until;
    }
    if (since == VD_TIME_NONE && until == VD_TIME_NONE) return true;
    if (!vd_engine_time_at(ev, r->override_slot, &t) && r->override_slot != VD_NO_SLOT &&
        r->rule->no_time_fallback)
        return false;
    return (since == VD_TIME_NONE || t >= since) && (until == VD_TIME_NONE || t <= until);
}

/* Where the event can be read again; a copy is made on first need. */
static bool refer(vd_engine *e, vd_worker *w, vd_document *d)
{
    vd_err err;
    uint64_t offset;
    if (d->referred) return true;
    d->referred = true;
    const vd_input *in = vd_input_of(e, d->source);
    if (d->line && (in->fd >= 0 || in->read)) {
        d->ref = d->ordinal;
        return true;
    }
    if (vd_keep_put(&w->keep, d->text.p, d->text.n, d->source, &offset, &err)) {
        vd_engine_fail(e, &err);
        return false;
    }
    d->ref = VD_REF_KEPT | (uint64_t)(w - e->workers) << VD_REF_SHIFT | offset;
    return true;
}

/* ---- what many candidates of an event share ---- */

static vd_basis *basis_of(vd_worker *w, const vd_use *use, const vd_document *d)
{
    vd_basis *b = &w->bases[use->basis];
    if (b->document == w->documents) return b;
    b->document = w->documents;
    b->keyed = false;
    b->n_aside = 0;
    b->ts = d->ts;
    b->timed = use->time_slot == d->time_slot || vd_engine_time_at(w->ev, use->time_slot, &b->ts);
    return b;
}

/* The event's tuples for it in w->tuples; false if it has none. */
static bool has_keys(const vd_engine *e, vd_worker *w, const vd_use *use, vd_basis *b)
{
    if (!b->keyed || b->n_tuples > 1) {
        bool any = vd_key_tuples(w, w->ev, vd_plan_stage_at(e->plan, use->at));
        b->n_tuples = any ? w->n_tuples : 0;
        b->tuple = w->tuples[0];
        if (!b->keyed && any) b->tie = tiebreak(w->ev, use->tie_slot);
        b->keyed = true;
    } else {
        w->tuples[0] = b->tuple;
    }
    return b->n_tuples > 0;
}

static vd_candidate candidate_of(const vd_basis *b, const vd_document *d, vd_hash128 tuple)
{
    return (vd_candidate){.ts = b->ts,
                          .tie = b->tie,
                          .ordinal = d->ordinal,
                          .event = d->ref,
                          .key = {tuple.lo, tuple.hi}};
}

/* ---- candidates of rules that are not open ---- */

static void put_later(vd_engine *e, vd_worker *w, const vd_candidate *c, const uint32_t *uses, size_t n)
{
    vd_err err;
    if (vd_later_put(&w->later, c, uses, n, &err)) vd_engine_fail(e, &err);
}

/* Those with the same key and time are written as one, when the event is done with. */
static void put_aside(vd_engine *e, vd_worker *w, uint32_t number, vd_basis *b, const vd_document *d)
{
    const vd_use *use = &e->uses[number];
    if (!w->later.has[use->rule]) w->later.has[use->rule] = true;
    for (uint32_t i = 0; b->n_tuples > 1 && i < b->n_tuples; i++) {
        vd_candidate c = candidate_of(b, d, w->tuples[i]);
        put_later(e, w, &c, &number, 1);
    }
    if (b->n_tuples > 1) return;
    if (!b->n_aside++) {
        b->aside = VD_NO_ASIDE;
        *vd_vec_push(&w->aside_bases) = use->basis;
    }
    uint32_t next = b->aside;
    b->aside = (uint32_t)w->aside.n;
    *vd_vec_push(&w->aside) = (vd_aside){number, next};
}

static void write_aside(vd_engine *e, vd_worker *w, const vd_document *d)
{
    for (size_t i = 0; i < w->aside_bases.n; i++) {
        const vd_basis *b = &w->bases[w->aside_bases.v[i]];
        vd_candidate c = candidate_of(b, d, b->tuple);
        w->aside_uses.n = 0;
        for (uint32_t at = b->aside; at != VD_NO_ASIDE; at = w->aside.v[at].next)
            *vd_vec_push(&w->aside_uses) = w->aside.v[at].use;
        put_later(e, w, &c, w->aside_uses.v, w->aside_uses.n);
    }
    w->aside_bases.n = 0;
    w->aside.n = 0;
}

/* ---- */

static void add(vd_engine *e, vd_worker *w, uint32_t number, vd_document *d)
{
    const vd_use *use = &e->uses[number];
    vd_basis *b = basis_of(w, use, d);
    if (!b->timed || (e->windowed && !in_window(e, w->ev, use->rule, b->ts))) return;
    if (!has_keys(e, w, use, b) || !refer(e, w, d)) return;
    if (!w->stage_seen[use->at]) vd_prospects_note(e, w, use);
    w->candidates += b->n_tuples;
    w->rule_candidates[use->rule] += b->n_tuples;
    if (d->batch && !vd_prospects_open(e, use->rule)) {
        put_aside(e, w, number, b, d);
        return;
    }
    for (uint32_t i = 0; i < b->n_tuples; i++) {
        vd_candidate c = candidate_of(b, d, w->tuples[i]);
        *vd_vec_push(&w->out) = vd_use_candidate(&c, use);
    }
}

/* The candidates of one event, few and nearly in order: then the spool's runs, which
 * follow the order of a log, need no sorting as a rule. */
static void sort_few(vd_candidate *v, size_t n)
{
    if (n > 64) {
        qsort(v, n, sizeof *v, vd_engine_candidate_order);
        return;
    }
    for (size_t i = 1; i < n; i++)
        for (size_t k = i; k && vd_candidate_cmp(&v[k - 1], &v[k]) > 0; k--) {
            vd_candidate x = v[k];
            v[k] = v[k - 1];
            v[k - 1] = x;
        }
}

void vd_candidates_add(vd_engine *e, vd_worker *w, vd_document *d, const uint32_t *conditions, size_t n)
{
    size_t first = w->out.n;
    for (size_t i = 0; i < n; i++) {
        uint32_t end = e->use_at[conditions[i] + 1];
        for (uint32_t k = e->use_at[conditions[i]]; k < end; k++)
            if (vd_match_rule_takes(w->matcher, e->uses[k].rule)) add(e, w, k, d);
    }
    if (w->aside_bases.n) write_aside(e, w, d);
    if (w->out.n > first) sort_few(w->out.v + first, w->out.n - first);
}
