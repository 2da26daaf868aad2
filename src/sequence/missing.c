/* sequence/missing.c - the stages ![ ]
 *
 * Idea      Times are compared in milliseconds and strictly: an event in the same
 *           millisecond as its neighbour is not between.
 *           Middle: a partial that waits notes the first such event after its last
 *           one; the next stage is doomed if that lies before it. A doomed partial
 *           moves on without events, because it takes slots like any other.
 *           Leading: one cell per key keeps the last two times; a partial takes the
 *           last before its first event with it.
 *           Trailing: a complete sequence is held until such an event comes or none
 *           can come. Results of a rule leave in the order of their last event, so
 *           they stand in a queue and a certain one may wait behind a held one.
 * Source    elastic/elasticsearch TumblingWindow (missing events); Elastic docs: EQL
 *           syntax reference, "Missing events". */
#include <assert.h>

#include "sequence/sequence_int.h"

/* --- leading --- */

static void lead_feed(vd_sequencer *seq, vd_seq_rule *rule, const vd_candidate *c)
{
    uint32_t n = vd_table_find(seq, c->rule, VD_SLOT_LEAD, c->key);
    if (n == VD_CELL_NONE) {
        n = vd_cell_new(seq, c, VD_CELL_LEAD, VD_SLOT_LEAD);
        vd_seq_cell(seq, n)->last_ts = VD_NO_TS;
        vd_table_put(seq, n);
        rule->n_lead++;
        return;
    }
    vd_cell *cell = vd_seq_cell(seq, n);
    if (cell->first_ts == c->ts) return;
    vd_age_unlink(seq, n);
    cell->last_ts = cell->first_ts;
    cell->first_ts = c->ts;
    vd_age_append(seq, n);
}

int64_t vd_missing_lead(const vd_sequencer *seq, const vd_seq_rule *rule, const vd_candidate *c)
{
    if (!rule->n_lead) return VD_NO_TS;
    uint32_t n = vd_table_find(seq, c->rule, VD_SLOT_LEAD, c->key);
    if (n == VD_CELL_NONE) return VD_NO_TS;
    const vd_cell *cell = vd_seq_cell(seq, n);
    return cell->first_ts < c->ts ? cell->first_ts : cell->last_ts;
}

/* --- middle --- */

static void middle_feed(vd_sequencer *seq, const vd_seq_rule *rule, const vd_candidate *c,
                        uint16_t slot)
{
    if (!rule->waiting[slot]) return;
    uint32_t n = vd_table_find(seq, c->rule, slot, c->key);
    if (n == VD_CELL_NONE) return;
    const vd_cell *cell = vd_seq_cell(seq, n);
    vd_extra *extra = vd_seq_extra(seq, cell);
    if (cell->last_ts < c->ts && extra->miss == VD_NO_TS) extra->miss = c->ts;
}

/* --- trailing: the rule's queue --- */

static void queue_append(vd_sequencer *seq, vd_seq_rule *rule, uint32_t c)
{
    vd_cell *cell = vd_seq_cell(seq, c);
    cell->queue_prev = rule->queue_last;
    cell->queue_next = VD_CELL_NONE;
    if (rule->queue_last != VD_CELL_NONE)
        vd_seq_cell(seq, rule->queue_last)->queue_next = c;
    else
        rule->queue_first = c;
    rule->queue_last = c;
}

static void queue_remove(vd_sequencer *seq, vd_seq_rule *rule, const vd_cell *cell)
{
    if (cell->queue_prev != VD_CELL_NONE)
        vd_seq_cell(seq, cell->queue_prev)->queue_next = cell->queue_next;
    else
        rule->queue_first = cell->queue_next;
    if (cell->queue_next != VD_CELL_NONE)
        vd_seq_cell(seq, cell->queue_next)->queue_prev = cell->queue_prev;
    else
        rule->queue_last = cell->queue_prev;
}

/* Reports from the front of the queue all that is certain. */
static void queue_drain(vd_sequencer *seq, vd_seq_rule *rule)
{
    while (rule->queue_first != VD_CELL_NONE) {
        uint32_t c = rule->queue_first;
        vd_cell *cell = vd_seq_cell(seq, c);
        if (cell->state != VD_CELL_READY) return;
        queue_remove(seq, rule, cell);
        vd_cell_report(seq, cell);
        vd_cell_free(seq, c);
    }
}

/* --- trailing: the results of one key that are held --- */

static void hold(vd_sequencer *seq, vd_seq_rule *rule, uint32_t c)
{
    vd_cell *cell = vd_seq_cell(seq, c);
    cell->state = VD_CELL_HELD; /* stays in its age list: it expires like a partial */
    cell->slot = VD_SLOT_HELD;
    uint32_t next = vd_table_put(seq, c);
    vd_extra *extra = vd_seq_extra(seq, cell);
    extra->same_prev = VD_CELL_NONE;
    extra->same_next = next;
    if (next != VD_CELL_NONE) vd_seq_extra(seq, vd_seq_cell(seq, next))->same_prev = c;
    rule->n_held++;
}

static void unhold(vd_sequencer *seq, vd_seq_rule *rule, uint32_t c)
{
    const vd_extra *extra = vd_seq_extra(seq, vd_seq_cell(seq, c));
    uint32_t prev = extra->same_prev, next = extra->same_next;
    if (next != VD_CELL_NONE) vd_seq_extra(seq, vd_seq_cell(seq, next))->same_prev = prev;
    if (prev != VD_CELL_NONE)
        vd_seq_extra(seq, vd_seq_cell(seq, prev))->same_next = next;
    else if (next != VD_CELL_NONE)
        vd_table_put(seq, next); /* takes the place of c */
    else
        vd_table_remove(seq, c);
    rule->n_held--;
}

static void make_ready(vd_sequencer *seq, uint32_t c)
{
    vd_age_unlink(seq, c);
    vd_seq_cell(seq, c)->state = VD_CELL_READY;
    vd_age_append(seq, c);
}

/* What the trailing event is measured from: the leading one, if the rule has such a
 * stage, else the first event. VD_NO_TS: nothing can speak against the result. */
static int64_t trailing_base(const vd_sequencer *seq, const vd_seq_rule *rule,
                             const vd_cell *cell)
{
    return rule->gaps[0] ? vd_seq_extra(seq, cell)->lead : cell->first_ts;
}

static void trail_judge(vd_sequencer *seq, vd_seq_rule *rule, uint32_t c, int64_t ts)
{
    vd_cell *cell = vd_seq_cell(seq, c);
    bool keep = ts > vd_ts_add(trailing_base(seq, rule, cell), rule->maxspan);
    unhold(seq, rule, c);
    if (keep) {
        make_ready(seq, c);
        return;
    }
    queue_remove(seq, rule, cell);
    vd_cell_free(seq, c);
}

/* The first event after a result decides about it, so it is judged once. */
static void trail_feed(vd_sequencer *seq, vd_seq_rule *rule, const vd_candidate *c)
{
    if (!rule->n_held) return;
    uint32_t n = vd_table_find(seq, c->rule, VD_SLOT_HELD, c->key);
    while (n != VD_CELL_NONE) {
        const vd_cell *cell = vd_seq_cell(seq, n);
        uint32_t next = vd_seq_extra(seq, cell)->same_next;
        if (cell->last_ts < c->ts) trail_judge(seq, rule, n, c->ts);
        n = next;
    }
    queue_drain(seq, rule);
}

void vd_missing_settle(vd_sequencer *seq, uint32_t c)
{
    vd_seq_rule *rule = &seq->rules[vd_seq_cell(seq, c)->rule];
    unhold(seq, rule, c);
    make_ready(seq, c);
    queue_drain(seq, rule);
}

void vd_missing_forget(vd_sequencer *seq, uint32_t c)
{
    vd_cell *cell = vd_seq_cell(seq, c);
    vd_seq_rule *rule = &seq->rules[cell->rule];
    if (cell->state == VD_CELL_HELD) unhold(seq, rule, c);
    queue_remove(seq, rule, cell);
    queue_drain(seq, rule);
}

/* --- all three --- */

void vd_missing_feed(vd_sequencer *seq, vd_seq_rule *rule, const vd_candidate *c, uint16_t gap)
{
    if (gap == 0)
        lead_feed(seq, rule, c);
    else if (gap == rule->n_positive)
        trail_feed(seq, rule, c);
    else
        middle_feed(seq, rule, c, (uint16_t)(gap - 1));
}

/* No event after the last one can lie within the span. */
static bool certain(const vd_seq_rule *rule, const vd_cell *cell, int64_t base)
{
    return base == VD_NO_TS || vd_ts_add(base, rule->maxspan) <= cell->last_ts;
}

static void complete_trailing(vd_sequencer *seq, vd_seq_rule *rule, uint32_t c)
{
    const vd_cell *cell = vd_seq_cell(seq, c);
    queue_append(seq, rule, c);
    if (certain(rule, cell, trailing_base(seq, rule, cell))) {
        make_ready(seq, c);
        queue_drain(seq, rule);
    } else {
        hold(seq, rule, c);
    }
}

/* The leading event is near enough to the last one to rule the sequence out. */
static bool led(const vd_sequencer *seq, const vd_seq_rule *rule, const vd_cell *cell)
{
    int64_t lead = vd_seq_extra(seq, cell)->lead;
    return lead != VD_NO_TS && cell->last_ts <= vd_ts_add(lead, rule->maxspan);
}

void vd_missing_complete(vd_sequencer *seq, vd_seq_rule *rule, uint32_t c)
{
    const vd_cell *cell = vd_seq_cell(seq, c);
    if (!cell->doomed && rule->gaps[rule->n_positive]) {
        complete_trailing(seq, rule, c);
        return;
    }
    if (!cell->doomed && !(rule->gaps[0] && led(seq, rule, cell))) vd_cell_report(seq, cell);
    vd_cell_free(seq, c);
}
