/* sequence/sample.c - samples: one event per item, all different, time plays no part
 *
 * Idea      Per key and item the first P events in order of arrival are kept (P: the
 *           number of items; more can never be needed). In the end the items get
 *           different events: the first choice in item order that leaves the later
 *           items one each. elastic/elasticsearch's SampleIterator finds it by
 *           backtracking, which may take P! steps; here augmenting paths tell whether
 *           a choice can be completed, so the work is polynomial.
 * Layout    A cell per (rule, item, key), its chain descending by ordinal. */
#include <assert.h>

#include "sequence/sequence_int.h"

typedef struct vd_sample_event {
    uint64_t ordinal, event;
    int64_t ts;
} vd_sample_event;

#define UNPICKED UINT16_MAX

typedef struct vd_sample_room {
    uint16_t n;           /* items of the rule at hand */
    vd_sample_event *all; /* n rows of n, ascending by ordinal */
    uint16_t *counts;     /* events in a row */
    uint16_t *pick;       /* index into the row, or UNPICKED */
    bool *seen;           /* items that the current search has passed */
} vd_sample_room;

void vd_sample_init(vd_sequencer *seq, uint16_t n)
{
    if (!n) return;
    vd_sample_room *room = seq->sample = VD_NEW(&seq->arena, vd_sample_room);
    room->all = VD_NEW_N(&seq->arena, vd_sample_event, (size_t)n * n);
    room->counts = VD_NEW_N(&seq->arena, uint16_t, n);
    room->pick = VD_NEW_N(&seq->arena, uint16_t, n);
    room->seen = VD_NEW_N(&seq->arena, bool, n);
}

/* --- keeping --- */

/* Puts the event behind link `prev` (VD_CELL_NONE: at the front). */
static void insert(vd_sequencer *seq, vd_cell *cell, uint32_t prev, const vd_candidate *c)
{
    uint32_t front = cell->chain;
    if (prev != VD_CELL_NONE) cell->chain = vd_seq_link(seq, prev)->parent;
    uint32_t l = vd_cell_push(seq, cell, c->event);
    uint32_t note = vd_seq_link(seq, l)->note = vd_pool_take(&seq->links);
    *vd_seq_note(seq, note) = (vd_note){c->ordinal, c->ts};
    if (prev != VD_CELL_NONE) {
        vd_seq_link(seq, prev)->parent = l;
        cell->chain = front;
    }
    cell->count++;
}

static void drop_last_arrived(vd_sequencer *seq, vd_cell *cell)
{
    uint32_t l = cell->chain;
    vd_link link = *vd_seq_link(seq, l);
    if (seq->release) seq->release(seq->ctx, link.event);
    cell->chain = link.parent;
    cell->count--;
    vd_pool_put(&seq->links, link.note);
    vd_pool_put(&seq->links, l);
}

static uint64_t ordinal_of(const vd_sequencer *seq, uint32_t l)
{
    return vd_seq_note(seq, vd_seq_link(seq, l)->note)->ordinal;
}

static void keep(vd_sequencer *seq, vd_cell *cell, const vd_candidate *c, uint32_t most)
{
    uint32_t prev = VD_CELL_NONE, at = cell->chain;
    while (at != VD_CELL_NONE && ordinal_of(seq, at) > c->ordinal) {
        prev = at;
        at = vd_seq_link(seq, at)->parent;
    }
    if (at != VD_CELL_NONE && ordinal_of(seq, at) == c->ordinal) return;
    if (cell->count == most) {
        if (prev == VD_CELL_NONE) return;
        if (prev == cell->chain) prev = VD_CELL_NONE;
        drop_last_arrived(seq, cell);
    }
    insert(seq, cell, prev, c);
}

void vd_sample_feed(vd_sequencer *seq, const vd_seq_rule *rule, const vd_candidate *c)
{
    uint16_t item = rule->stages[c->stage].at;
    uint32_t n = vd_table_find(seq, c->rule, item, c->key);
    if (n == VD_CELL_NONE) {
        n = vd_cell_new(seq, c, VD_CELL_SAMPLE, item);
        vd_table_put(seq, n);
    }
    keep(seq, vd_seq_cell(seq, n), c, rule->n_items);
}

/* --- choosing --- */

static const vd_sample_event *event_at(const vd_sample_room *room, uint16_t item, uint16_t k)
{
    return &room->all[(size_t)item * room->n + k];
}

/* The item that has picked this event, or UNPICKED. */
static uint16_t owner(const vd_sample_room *room, uint64_t ordinal)
{
    for (uint16_t j = 0; j < room->n; j++)
        if (room->pick[j] != UNPICKED && event_at(room, j, room->pick[j])->ordinal == ordinal)
            return j;
    return UNPICKED;
}

/* Finds `item` an event, moving items at or after `fixed` to others if need be; changes
 * nothing if there is no way. Goes no deeper than there are items: each is seen once. */
static bool augment(vd_sample_room *room, uint16_t item, uint16_t fixed)
{
    for (uint16_t k = 0; k < room->counts[item]; k++) {
        uint16_t j = owner(room, event_at(room, item, k)->ordinal);
        if (j != UNPICKED) {
            if (j < fixed || room->seen[j]) continue;
            room->seen[j] = true;
            if (!augment(room, j, fixed)) continue;
        }
        room->pick[item] = k;
        return true;
    }
    return false;
}

static bool search(vd_sample_room *room, uint16_t item, uint16_t fixed)
{
    memset(room->seen, 0, room->n * sizeof *room->seen);
    room->seen[item] = true;
    return augment(room, item, fixed);
}

/* Gives `item` its k-th event and another to the item that has it now. */
static bool take_over(vd_sample_room *room, uint16_t item, uint16_t k)
{
    uint16_t j = owner(room, event_at(room, item, k)->ordinal);
    if (j != UNPICKED && j < item) return false;
    uint16_t mine = room->pick[item], theirs = 0;
    room->pick[item] = k;
    if (j == UNPICKED) return true;
    theirs = room->pick[j];
    room->pick[j] = UNPICKED;
    if (search(room, j, (uint16_t)(item + 1))) return true;
    room->pick[j] = theirs;
    room->pick[item] = mine;
    return false;
}

static bool choose(vd_sample_room *room)
{
    for (uint16_t i = 0; i < room->n; i++) room->pick[i] = UNPICKED;
    for (uint16_t i = 0; i < room->n; i++)
        if (!search(room, i, 0)) return false;
    for (uint16_t i = 0; i < room->n; i++)
        for (uint16_t k = 0; k < room->pick[i]; k++)
            if (take_over(room, i, k)) break;
    return true;
}

/* --- reporting --- */

static bool load_item(vd_sequencer *seq, const vd_cell *first, uint16_t item)
{
    vd_sample_room *room = seq->sample;
    uint32_t n = vd_table_find(seq, first->rule, item, first->key);
    if (n == VD_CELL_NONE) return false;
    const vd_cell *cell = vd_seq_cell(seq, n);
    uint16_t k = room->counts[item] = (uint16_t)cell->count;
    for (uint32_t l = cell->chain; l != VD_CELL_NONE; l = vd_seq_link(seq, l)->parent) {
        const vd_link *link = vd_seq_link(seq, l);
        const vd_note *note = vd_seq_note(seq, link->note);
        room->all[(size_t)item * room->n + --k] =
            (vd_sample_event){note->ordinal, link->event, note->ts};
    }
    return true;
}

static void report(vd_sequencer *seq, const vd_cell *first)
{
    const vd_sample_room *room = seq->sample;
    vd_sequence_match match = {.rule = first->rule,
                               .ts = INT64_MIN,
                               .events = seq->events,
                               .n = room->n,
                               .key = {first->key[0], first->key[1]}};
    for (uint16_t i = 0; i < room->n; i++) {
        const vd_sample_event *ev = event_at(room, i, room->pick[i]);
        seq->events[i] = ev->event;
        if (ev->ts > match.ts) match.ts = ev->ts;
    }
    match.first_ts = match.ts;
    seq->stats.matches++;
    seq->found(seq->ctx, &match);
}

static void try_key(vd_sequencer *seq, const vd_cell *first)
{
    seq->sample->n = seq->rules[first->rule].n_items;
    for (uint16_t i = 0; i < seq->sample->n; i++)
        if (!load_item(seq, first, i)) return;
    if (choose(seq->sample)) report(seq, first);
}

void vd_sample_report(vd_sequencer *seq)
{
    uint32_t n = seq->classes[VD_CLASS_SAMPLE].oldest;
    for (; n != VD_CELL_NONE; n = vd_seq_cell(seq, n)->newer)
        if (vd_seq_cell(seq, n)->slot == 0) try_key(seq, vd_seq_cell(seq, n));
}
