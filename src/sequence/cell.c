/* sequence/cell.c - making cells, letting them go, reporting them */
#include <assert.h>

#include "sequence/sequence_int.h"

uint64_t vd_seq_bytes(const vd_sequencer *seq)
{
    return seq->cells.bytes + seq->links.bytes + vd_table_bytes(&seq->table);
}

static void note_peak(vd_sequencer *seq, uint64_t bytes)
{
    if (bytes > seq->stats.bytes_peak) seq->stats.bytes_peak = bytes;
}

static bool may_grow(vd_sequencer *seq, uint64_t by)
{
    uint64_t bytes = vd_seq_bytes(seq) + by;
    if (bytes > seq->max_state) return false;
    note_peak(seq, bytes);
    return true;
}

static bool pool_has(vd_sequencer *seq, vd_pool *pool, uint64_t want)
{
    while (pool->room < want)
        if (!may_grow(seq, vd_pool_growth(pool)) || !vd_pool_grow(pool)) return false;
    return true;
}

/* While the table grows, the old and the new one are both there: both count. */
static bool table_has(vd_sequencer *seq)
{
    if (vd_table_has_room(&seq->table)) return true;
    if (!may_grow(seq, 2 * vd_table_bytes(&seq->table))) return false;
    vd_table_grow(&seq->table);
    return true;
}

void vd_seq_make_room(vd_sequencer *seq)
{
    while (!pool_has(seq, &seq->cells, 1) || !pool_has(seq, &seq->links, 2) || !table_has(seq))
        if (!vd_age_evict(seq)) break;
    /* With nothing left each pool still has its first slab, and the table is empty. */
    assert(vd_seq_has_room(seq));
}

static void count_pending(vd_sequencer *seq)
{
    if (++seq->stats.pending > seq->stats.pending_peak)
        seq->stats.pending_peak = seq->stats.pending;
}

uint32_t vd_cell_new(vd_sequencer *seq, const vd_candidate *c, vd_cell_state state, uint16_t slot)
{
    uint32_t n = vd_pool_take(&seq->cells);
    vd_cell *cell = vd_seq_cell(seq, n);
    *cell = (vd_cell){
        .key = {c->key[0], c->key[1]},
        .first_ts = c->ts,
        .last_ts = c->ts,
        .rule = c->rule,
        .slot = slot,
        .state = (uint8_t)state,
        .chain = VD_CELL_NONE,
        .extra = VD_CELL_NONE,
    };
    if (state == VD_CELL_WAIT && seq->rules[c->rule].missing) {
        cell->extra = vd_pool_take(&seq->links);
        *vd_seq_extra(seq, cell) = (vd_extra){.lead = VD_NO_TS, .miss = VD_NO_TS};
    }
    vd_age_append(seq, n);
    if (state != VD_CELL_LEAD) count_pending(seq);
    return n;
}

uint32_t vd_cell_push(vd_sequencer *seq, vd_cell *cell, uint64_t event)
{
    uint32_t l = vd_pool_take(&seq->links);
    if (seq->hold) seq->hold(seq->ctx, event);
    *vd_seq_link(seq, l) = (vd_link){event, cell->chain, VD_CELL_NONE};
    cell->chain = l;
    return l;
}

void vd_cell_release(vd_sequencer *seq, vd_cell *cell)
{
    for (uint32_t l = cell->chain; l != VD_CELL_NONE;) {
        vd_link link = *vd_seq_link(seq, l);
        if (seq->release) seq->release(seq->ctx, link.event);
        if (link.note != VD_CELL_NONE) vd_pool_put(&seq->links, link.note);
        vd_pool_put(&seq->links, l);
        l = link.parent;
    }
    cell->chain = VD_CELL_NONE;
}

void vd_cell_free(vd_sequencer *seq, uint32_t c)
{
    vd_cell *cell = vd_seq_cell(seq, c);
    vd_age_unlink(seq, c);
    vd_cell_release(seq, cell);
    if (cell->extra != VD_CELL_NONE) vd_pool_put(&seq->links, cell->extra);
    if (cell->state != VD_CELL_LEAD) seq->stats.pending--;
    vd_pool_put(&seq->cells, c);
}

void vd_cell_report(vd_sequencer *seq, const vd_cell *cell)
{
    const vd_seq_rule *rule = &seq->rules[cell->rule];
    uint32_t l = cell->chain;
    for (uint16_t i = rule->n_items; i-- > 0;) {
        if (rule->stages[i].role == VD_STAGE_MISSING) {
            seq->events[i] = VD_NO_EVENT;
            continue;
        }
        seq->events[i] = vd_seq_link(seq, l)->event;
        l = vd_seq_link(seq, l)->parent;
    }
    assert(l == VD_CELL_NONE);
    seq->stats.matches++;
    seq->found(seq->ctx, &(vd_sequence_match){
                             .rule = cell->rule,
                             .ts = cell->last_ts,
                             .first_ts = cell->first_ts,
                             .events = seq->events,
                             .n = rule->n_items,
                             .key = {cell->key[0], cell->key[1]},
                         });
}

void vd_slot_leave(vd_sequencer *seq, uint32_t c)
{
    vd_cell *cell = vd_seq_cell(seq, c);
    vd_seq_rule *rule = &seq->rules[cell->rule];
    vd_table_remove(seq, c);
    if (cell->state == VD_CELL_WAIT) rule->waiting[cell->slot]--;
    if (cell->state == VD_CELL_LEAD) rule->n_lead--;
}
