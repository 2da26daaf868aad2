/* sequence/age.c - who is oldest and whose time is over
 *
 * Cells of rules with the same maxspan form one list in the order of their first
 * event, so the next to expire is its head. A rule set has a few dozen different
 * spans; a heap over the lists tells the next of all. A list's key in the heap may
 * be too early (its head went some other way): it is put right when its time comes,
 * so adding and removing cells does not touch the heap. */
#include <assert.h>
#include <stdlib.h>

#include "sequence/sequence_int.h"

/* Cells for each rule from which on they are let go all at once. */
#define WORTH_CLEARING 16

static void heap_set(vd_sequencer *seq, uint32_t at, uint32_t cls)
{
    seq->heap[at] = cls;
    seq->classes[cls].heap_at = at;
}

static int64_t heap_due(const vd_sequencer *seq, uint32_t at)
{
    return seq->classes[seq->heap[at]].due;
}

static void heap_up(vd_sequencer *seq, uint32_t at)
{
    uint32_t cls = seq->heap[at];
    while (at > 0 && heap_due(seq, (at - 1) / 2) > seq->classes[cls].due) {
        heap_set(seq, at, seq->heap[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    heap_set(seq, at, cls);
    seq->due = heap_due(seq, 0);
}

static void heap_down(vd_sequencer *seq, uint32_t at)
{
    uint32_t cls = seq->heap[at];
    for (uint32_t kid; (kid = 2 * at + 1) < seq->n_heap; at = kid) {
        if (kid + 1 < seq->n_heap && heap_due(seq, kid + 1) < heap_due(seq, kid)) kid++;
        if (heap_due(seq, kid) >= seq->classes[cls].due) break;
        heap_set(seq, at, seq->heap[kid]);
    }
    heap_set(seq, at, cls);
    seq->due = heap_due(seq, 0);
}

static int cmp_span(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* The different spans of all rules, ascending; returns how many. */
static uint32_t distinct_spans(const vd_sequencer *seq, int64_t *spans)
{
    size_t n = 0, out = 0;
    for (size_t i = 0; i < seq->n_rules; i++)
        if (seq->rules[i].n_stages && !seq->rules[i].sample &&
            seq->rules[i].maxspan != INT64_MAX)
            spans[n++] = seq->rules[i].maxspan;
    if (n) qsort(spans, n, sizeof *spans, cmp_span);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || spans[i] != spans[i - 1]) spans[out++] = spans[i];
    return (uint32_t)out;
}

static uint32_t class_of_span(const int64_t *spans, uint32_t n, int64_t span)
{
    const int64_t *at = bsearch(&span, spans, n, sizeof *spans, cmp_span);
    return at ? VD_CLASS_SPANS + (uint32_t)(at - spans) : VD_CLASS_FOREVER;
}

void vd_age_init(vd_sequencer *seq)
{
    int64_t *spans = vd_calloc(seq->n_rules + 1, sizeof *spans);
    uint32_t n = distinct_spans(seq, spans);
    seq->n_classes = VD_CLASS_SPANS + n;
    seq->classes = VD_NEW_N(&seq->arena, vd_age_class, seq->n_classes);
    for (uint32_t i = 0; i < seq->n_classes; i++)
        seq->classes[i] = (vd_age_class){
            .oldest = VD_CELL_NONE,
            .newest = VD_CELL_NONE,
            .span = i < VD_CLASS_SPANS ? INT64_MAX : spans[i - VD_CLASS_SPANS],
            .due = INT64_MAX,
        };
    seq->heap = VD_NEW_N(&seq->arena, uint32_t, n + 1);
    seq->n_heap = n;
    seq->due = INT64_MAX;
    for (uint32_t i = 0; i < n; i++) heap_set(seq, i, VD_CLASS_SPANS + i);
    for (size_t i = 0; i < seq->n_rules; i++)
        if (seq->rules[i].n_stages)
            seq->rules[i].cls = class_of_span(spans, n, seq->rules[i].maxspan);
    free(spans);
}

static vd_age_class *class_of(const vd_sequencer *seq, const vd_cell *cell)
{
    if (cell->state == VD_CELL_READY) return &seq->classes[VD_CLASS_READY];
    if (cell->state == VD_CELL_SAMPLE) return &seq->classes[VD_CLASS_SAMPLE];
    return &seq->classes[seq->rules[cell->rule].cls];
}

/* What a cell's age counts from. */
static int64_t age_of(const vd_sequencer *seq, const vd_cell *cell)
{
    return seq->unordered ? cell->born : cell->first_ts;
}

void vd_age_append(vd_sequencer *seq, uint32_t c)
{
    vd_cell *cell = vd_seq_cell(seq, c);
    vd_age_class *cls = class_of(seq, cell);
    if (seq->unordered) cell->born = seq->now;
    cell->older = cls->newest;
    cell->newer = VD_CELL_NONE;
    cls->newest = c;
    if (cell->older != VD_CELL_NONE) {
        vd_seq_cell(seq, cell->older)->newer = c;
        return;
    }
    cls->oldest = c;
    cls->oldest_ts = age_of(seq, cell);
    int64_t due = vd_ts_add(cls->oldest_ts, cls->span);
    if (cls->span == INT64_MAX || due >= cls->due) return;
    cls->due = due;
    heap_up(seq, cls->heap_at);
}

void vd_age_unlink(vd_sequencer *seq, uint32_t c)
{
    vd_cell *cell = vd_seq_cell(seq, c);
    vd_age_class *cls = class_of(seq, cell);
    if (cell->newer != VD_CELL_NONE)
        vd_seq_cell(seq, cell->newer)->older = cell->older;
    else
        cls->newest = cell->older;
    if (cell->older != VD_CELL_NONE) {
        vd_seq_cell(seq, cell->older)->newer = cell->newer;
        return;
    }
    cls->oldest = cell->newer;
    if (cell->newer != VD_CELL_NONE) cls->oldest_ts = age_of(seq, vd_seq_cell(seq, cell->newer));
}

/* The cell's time is over. */
static void end_cell(vd_sequencer *seq, uint32_t c)
{
    switch ((vd_cell_state)vd_seq_cell(seq, c)->state) {
    case VD_CELL_HELD: vd_missing_settle(seq, c); return;
    case VD_CELL_READY: assert(!"a ready result is reported before its class ends"); return;
    case VD_CELL_WAIT:
    case VD_CELL_LEAD:
    case VD_CELL_SAMPLE: vd_slot_leave(seq, c); break;
    }
    vd_cell_free(seq, c);
}

#define AHEAD 8

/* A place in a list a few cells before the one that ends: its entry in the table is asked
 * for early, for where it is has nothing to do with where the last one was. */
typedef struct scout {
    uint32_t at;   /* VD_CELL_NONE: at the list's end */
    uint32_t lead; /* cells before the oldest */
} scout;

/* Twice as fast as cells end, until it is far enough: if only one ends, it has not gone far. */
static void scout_on(const vd_sequencer *seq, scout *s)
{
    for (int i = 0; i < 2 && s->lead < AHEAD && s->at != VD_CELL_NONE; i++) {
        s->at = vd_seq_cell(seq, s->at)->newer;
        s->lead++;
        if (s->at == VD_CELL_NONE) return;
        const vd_cell *cell = vd_seq_cell(seq, s->at);
        vd_table_ahead(seq, cell->rule, cell->slot, cell->key, false);
    }
}

static void expire_class(vd_sequencer *seq, vd_age_class *cls, int64_t watermark)
{
    scout s = {.at = cls->oldest};
    while (cls->oldest != VD_CELL_NONE && vd_ts_add(cls->oldest_ts, cls->span) <= watermark) {
        scout_on(seq, &s);
        s.lead -= s.lead > 0;
        seq->stats.expired += vd_seq_cell(seq, cls->oldest)->state == VD_CELL_WAIT;
        end_cell(seq, cls->oldest);
    }
    cls->due = cls->oldest == VD_CELL_NONE ? INT64_MAX : vd_ts_add(cls->oldest_ts, cls->span);
    heap_down(seq, cls->heap_at);
}

void vd_age_expire(vd_sequencer *seq, int64_t watermark)
{
    while (seq->due <= watermark && seq->due != INT64_MAX)
        expire_class(seq, &seq->classes[seq->heap[0]], watermark);
}

/* Nobody has to be told of a cell that goes: no result is held, and no event. */
bool vd_age_may_clear(const vd_sequencer *seq)
{
    if (seq->release || seq->table.n <= WORTH_CLEARING * seq->n_rules) return false;
    for (size_t i = 0; i < seq->n_rules; i++)
        if (seq->rules[i].queue_first != VD_CELL_NONE) return false;
    return true;
}

static void clear_rule(vd_sequencer *seq, vd_seq_rule *rule)
{
    for (uint16_t i = 0; i < rule->n_positive; i++) {
        if (seq->classes[rule->cls].span != INT64_MAX) seq->stats.expired += rule->waiting[i];
        rule->waiting[i] = 0;
    }
    rule->n_lead = 0;
}

void vd_age_clear(vd_sequencer *seq)
{
    for (size_t i = 0; i < seq->n_rules; i++)
        clear_rule(seq, &seq->rules[i]);
    for (uint32_t i = 0; i < seq->n_classes; i++) {
        seq->classes[i].oldest = seq->classes[i].newest = VD_CELL_NONE;
        seq->classes[i].due = INT64_MAX; /* in the heap all are equal */
    }
    seq->due = INT64_MAX;
    seq->stats.pending = 0;
    vd_pool_clear(&seq->cells);
    vd_pool_clear(&seq->links);
    vd_table_fini(&seq->table);
    vd_table_init(&seq->table);
}

void vd_age_finish(vd_sequencer *seq)
{
    for (uint32_t i = 0; i < seq->n_heap; i++)
        expire_class(seq, &seq->classes[VD_CLASS_SPANS + i], INT64_MAX);
    for (uint32_t i = 0; i < VD_CLASS_SPANS; i++)
        while (seq->classes[i].oldest != VD_CELL_NONE) end_cell(seq, seq->classes[i].oldest);
}

bool vd_age_evict(vd_sequencer *seq)
{
    vd_age_class *oldest = NULL;
    for (uint32_t i = 0; i < seq->n_classes; i++) {
        vd_age_class *cls = &seq->classes[i];
        if (cls->oldest != VD_CELL_NONE && (!oldest || cls->oldest_ts < oldest->oldest_ts))
            oldest = cls;
    }
    if (!oldest) return false;
    uint32_t c = oldest->oldest;
    vd_cell_state state = vd_seq_cell(seq, c)->state;
    if (state == VD_CELL_HELD || state == VD_CELL_READY)
        vd_missing_forget(seq, c);
    else
        vd_slot_leave(seq, c);
    vd_cell_free(seq, c);
    seq->stats.dropped++;
    return true;
}
