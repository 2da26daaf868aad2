/* sequence/machine.c - one candidate at a time
 *
 * Idea      One partial per (rule, key, stage). A candidate of stage i takes the
 *           partial that waits in slot i-1 and moves it into slot i, over whatever
 *           is there. The later stages of an event come first, so that it cannot
 *           follow itself, yet may end one sequence, go on with a second and start
 *           a third. This gives what elastic/elasticsearch's SequenceMatcher finds
 *           stage by stage: the latest partial before the event, none of the
 *           earlier ones again.
 * Cost      A counter per slot answers most candidates of later stages without a
 *           look at the table. Nothing is allocated but slabs and a larger table. */
#include <assert.h>

#include "sequence/sequence_int.h"

static void finish(vd_sequencer *seq, vd_seq_rule *rule, uint32_t n)
{
    if (rule->missing) {
        vd_missing_complete(seq, rule, n);
        return;
    }
    vd_cell_report(seq, vd_seq_cell(seq, n));
    vd_cell_free(seq, n);
}

static void place(vd_sequencer *seq, vd_seq_rule *rule, uint32_t n, uint16_t slot)
{
    vd_seq_cell(seq, n)->slot = slot;
    uint32_t old = vd_table_put(seq, n);
    if (old == VD_CELL_NONE)
        rule->waiting[slot]++;
    else
        vd_cell_free(seq, old);
}

static void note_lead(vd_sequencer *seq, const vd_seq_rule *rule, const vd_cell *cell,
                      const vd_candidate *c)
{
    if (rule->missing)
        *vd_seq_extra(seq, cell) =
            (vd_extra){.lead = vd_missing_lead(seq, rule, c), .miss = VD_NO_TS};
}

/* The partial in slot 0 starts anew: it has one event, which changes. */
static void renew(vd_sequencer *seq, const vd_seq_rule *rule, uint32_t n, const vd_candidate *c)
{
    vd_cell *cell = vd_seq_cell(seq, n);
    vd_link *link = vd_seq_link(seq, cell->chain);
    if (seq->hold) seq->hold(seq->ctx, c->event);
    if (seq->release) seq->release(seq->ctx, link->event);
    link->event = c->event;
    vd_age_unlink(seq, n);
    cell->first_ts = cell->last_ts = c->ts;
    vd_age_append(seq, n);
    note_lead(seq, rule, cell, c);
}

static void start(vd_sequencer *seq, vd_seq_rule *rule, const vd_candidate *c)
{
    uint32_t n = rule->waiting[0] ? vd_table_find(seq, c->rule, 0, c->key) : VD_CELL_NONE;
    if (n != VD_CELL_NONE) {
        renew(seq, rule, n, c);
        return;
    }
    n = vd_cell_new(seq, c, VD_CELL_WAIT, 0);
    vd_cell *cell = vd_seq_cell(seq, n);
    vd_cell_push(seq, cell, c->event);
    note_lead(seq, rule, cell, c);
    if (rule->n_positive == 1) {
        finish(seq, rule, n);
        return;
    }
    vd_table_add(seq, n);
    rule->waiting[0]++;
}

/* A missing-stage event lay between the partial's last event and this one. */
static bool missed(const vd_sequencer *seq, const vd_seq_rule *rule, const vd_cell *cell,
                   const vd_candidate *c, uint16_t at)
{
    if (!rule->gaps[at]) return false;
    int64_t miss = vd_seq_extra(seq, cell)->miss;
    return miss != VD_NO_TS && miss < c->ts;
}

static void append(vd_sequencer *seq, const vd_seq_rule *rule, vd_cell *cell,
                   const vd_candidate *c, uint16_t at)
{
    if (!cell->doomed && missed(seq, rule, cell, c, at)) {
        cell->doomed = true;
        vd_cell_release(seq, cell);
    }
    if (!cell->doomed) vd_cell_push(seq, cell, c->event);
    cell->last_ts = c->ts;
    if (rule->missing) vd_seq_extra(seq, cell)->miss = VD_NO_TS;
}

/* Fetches at once what taking the partial will touch; with a million of them each
 * would be a cache miss of its own. */
static void prefetch(const vd_sequencer *seq, const vd_cell *cell)
{
    if (cell->chain != VD_CELL_NONE) __builtin_prefetch(vd_seq_link(seq, cell->chain));
    if (cell->older != VD_CELL_NONE) __builtin_prefetch(vd_seq_cell(seq, cell->older));
    if (cell->newer != VD_CELL_NONE) __builtin_prefetch(vd_seq_cell(seq, cell->newer));
}

static void extend(vd_sequencer *seq, vd_seq_rule *rule, const vd_candidate *c, uint16_t at)
{
    uint16_t slot = (uint16_t)(at - 1);
    if (!rule->waiting[slot]) return;
    uint32_t n = vd_table_find(seq, c->rule, slot, c->key);
    if (n == VD_CELL_NONE) return;
    vd_cell *cell = vd_seq_cell(seq, n);
    if (c->ts < cell->last_ts) return; /* unordered, and who fed it had lost the order */
    prefetch(seq, cell);
    vd_slot_leave(seq, n);
    if (c->ts > vd_ts_add(cell->first_ts, rule->maxspan)) {
        vd_cell_free(seq, n);
        seq->stats.expired++;
        return;
    }
    append(seq, rule, cell, c, at);
    if (at == rule->n_positive - 1)
        finish(seq, rule, n);
    else
        place(seq, rule, n, at);
}

/* --- until --- */

/* Lets go what waits for that key. */
static void clear(vd_sequencer *seq, uint32_t number, const uint64_t key[2])
{
    vd_seq_rule *rule = &seq->rules[number];
    for (uint16_t slot = 0; slot + 1 < rule->n_positive; slot++) {
        if (!rule->waiting[slot]) continue;
        uint32_t n = vd_table_find(seq, number, slot, key);
        if (n == VD_CELL_NONE) continue;
        vd_slot_leave(seq, n);
        vd_cell_free(seq, n);
    }
}

static void strike_all(vd_sequencer *seq)
{
    for (size_t i = 0; i < seq->until.all.n; i++) clear(seq, seq->until.all.v[i].rule, seq->until.all.v[i].key);
    seq->until.all.n = 0;
}

static bool same_event(const vd_candidate *a, const vd_candidate *b)
{
    return a->rule == b->rule && a->ordinal == b->ordinal && a->ts == b->ts && a->tie == b->tie;
}

/* An until kills what its event has just reached, but not what it completes: it
 * strikes when all stages of the event have had their turn. */
static void settle_until(vd_sequencer *seq, const vd_candidate *c)
{
    if (seq->until.all.n && !same_event(&seq->until.all.v[0], c)) strike_all(seq);
}

/* --- doors --- */

static void dispatch(vd_sequencer *seq, vd_seq_rule *rule, const vd_candidate *c)
{
    vd_seq_stage stage = rule->stages[c->stage];
    switch ((vd_stage_role)stage.role) {
    case VD_STAGE_EVENT:
        if (stage.at == 0)
            start(seq, rule, c);
        else
            extend(seq, rule, c, stage.at);
        break;
    case VD_STAGE_MISSING: vd_missing_feed(seq, rule, c, stage.at); break;
    case VD_STAGE_UNTIL: *vd_vec_push(&seq->until.all) = *c; break;
    }
}

void vd_sequencer_feed(vd_sequencer *seq, const vd_candidate *c)
{
    assert(c->rule < seq->n_rules && c->stage < seq->rules[c->rule].n_stages);
    settle_until(seq, c);
    if (c->ts > seq->due && !seq->unordered) vd_age_expire(seq, c->ts - 1);
    if (!vd_seq_has_room(seq)) vd_seq_make_room(seq);
    vd_seq_rule *rule = &seq->rules[c->rule];
    if (rule->sample)
        vd_sample_feed(seq, rule, c);
    else
        dispatch(seq, rule, c);
}

void vd_sequencer_ahead(const vd_sequencer *seq, const vd_candidate *c, bool near)
{
    const vd_seq_rule *rule = &seq->rules[c->rule];
    if (rule->n_stages == 0 || rule->sample || rule->stages[c->stage].role != VD_STAGE_EVENT) return;
    uint16_t at = rule->stages[c->stage].at;
    if (at && !rule->waiting[at - 1]) return;
    vd_table_ahead(seq, c->rule, at ? (uint16_t)(at - 1) : 0, c->key, near);
}

void vd_sequencer_now(vd_sequencer *seq, int64_t now)
{
    if (now > seq->now) seq->now = now;
}

void vd_sequencer_forget(vd_sequencer *seq, uint32_t rule, const uint64_t key[2])
{
    assert(seq->unordered && rule < seq->n_rules);
    strike_all(seq);
    clear(seq, rule, key);
}

void vd_sequencer_flush(vd_sequencer *seq, int64_t watermark)
{
    if (seq->until.all.n && seq->until.all.v[0].ts <= watermark) strike_all(seq);
    bool end = watermark == INT64_MAX, clear_all = end && vd_age_may_clear(seq);
    if (watermark >= seq->due && !clear_all) vd_age_expire(seq, watermark);
    if (!end) return;
    vd_sample_report(seq);
    if (clear_all) vd_age_clear(seq);
    else vd_age_finish(seq);
}
