/* sequence/sequencer.c - from specs to a sequencer, and its end */
#include <assert.h>
#include <stdlib.h>

#include "base/limits.h"
#include "sequence/sequence_int.h"

/* Below this a cap leaves no room for the first slabs and a table to go with them. */
#define MIN_STATE (16u << 10)
#define MIN_SLAB (1u << 10)
#define MAX_SLAB (64u << 10)

/* Numbers the positive stages, and the gaps between them that missing ones stand in. */
static void number_stages(vd_seq_rule *rule, const vd_sequence_spec *spec)
{
    for (uint16_t i = 0; i < spec->n_stages; i++) {
        uint8_t role = spec->roles[i];
        rule->stages[i] = (vd_seq_stage){role, rule->n_positive};
        rule->n_items += role != VD_STAGE_UNTIL;
        rule->n_positive += role == VD_STAGE_EVENT;
        rule->missing |= role == VD_STAGE_MISSING;
    }
}

static void init_rule(vd_arena *a, vd_seq_rule *rule, const vd_sequence_spec *spec)
{
    *rule = (vd_seq_rule){
        .n_stages = spec->n_stages,
        .sample = spec->sample,
        .maxspan = spec->maxspan < 0 ? INT64_MAX : spec->maxspan,
        .queue_first = VD_CELL_NONE,
        .queue_last = VD_CELL_NONE,
    };
    if (!spec->n_stages) return;
    rule->stages = VD_NEW_N(a, vd_seq_stage, spec->n_stages);
    number_stages(rule, spec);
    assert(rule->n_positive > 0 && rule->n_stages - rule->n_items <= 1);
    assert(!rule->sample || rule->n_positive == rule->n_stages);
    rule->waiting = VD_NEW_N(a, uint32_t, rule->n_positive);
    rule->gaps = VD_NEW_N(a, bool, rule->n_positive + 1u);
    for (uint16_t i = 0; i < rule->n_stages; i++)
        if (rule->stages[i].role == VD_STAGE_MISSING) rule->gaps[rule->stages[i].at] = true;
}

static void init_rules(vd_sequencer *seq, const vd_sequence_config *config)
{
    uint16_t most_items = 0, most_sampled = 0;
    seq->n_rules = config->n_specs;
    seq->rules = VD_NEW_N(&seq->arena, vd_seq_rule, config->n_specs);
    for (size_t i = 0; i < config->n_specs; i++) {
        vd_seq_rule *rule = &seq->rules[i];
        init_rule(&seq->arena, rule, &config->specs[i]);
        assert(!seq->unordered || (!rule->missing && !rule->sample));
        if (rule->n_items > most_items) most_items = rule->n_items;
        if (rule->sample && rule->n_items > most_sampled) most_sampled = rule->n_items;
    }
    seq->events = VD_NEW_N(&seq->arena, uint64_t, most_items);
    vd_sample_init(seq, most_sampled);
}

/* Many slabs under the cap, whatever it is, so that what one pool lets go is of use to
 * the other. */
static uint32_t slab_size(uint64_t max_state)
{
    uint32_t bytes = MIN_SLAB;
    while (bytes < MAX_SLAB && (uint64_t)bytes * 64 <= max_state) bytes *= 2;
    return bytes;
}

static void init_state(vd_sequencer *seq, uint64_t max_state)
{
    seq->max_state = max_state ? max_state : VD_MAX_STATE;
    if (seq->max_state < MIN_STATE) seq->max_state = MIN_STATE;
    uint32_t slab = slab_size(seq->max_state);
    vd_pool_init(&seq->cells, sizeof(vd_cell), slab);
    vd_pool_init(&seq->links, sizeof(vd_link), slab);
    vd_pool_grow(&seq->cells);
    vd_pool_grow(&seq->links);
    vd_table_init(&seq->table);
    seq->stats.bytes_peak = vd_seq_bytes(seq);
}

vd_sequencer *vd_sequencer_new(const vd_sequence_config *config)
{
    vd_sequencer *seq = vd_calloc(1, sizeof *seq);
    vd_arena_init(&seq->arena, 0);
    seq->found = config->found;
    seq->hold = config->hold;
    seq->release = config->release;
    seq->ctx = config->ctx;
    seq->unordered = config->unordered;
    seq->now = INT64_MIN;
    init_rules(seq, config);
    vd_age_init(seq);
    init_state(seq, config->max_state);
    return seq;
}

/* The caller gets its events back; nothing is reported any more. */
static void release_all(vd_sequencer *seq)
{
    for (uint32_t i = 0; i < seq->n_classes; i++)
        for (uint32_t n = seq->classes[i].oldest; n != VD_CELL_NONE;
             n = vd_seq_cell(seq, n)->newer)
            vd_cell_release(seq, vd_seq_cell(seq, n));
}

void vd_sequencer_free(vd_sequencer *seq)
{
    if (!seq) return;
    release_all(seq);
    vd_pool_fini(&seq->cells);
    vd_pool_fini(&seq->links);
    vd_table_fini(&seq->table);
    vd_vec_free(&seq->until.all);
    vd_arena_fini(&seq->arena);
    free(seq);
}

vd_sequence_stats vd_sequencer_stats(const vd_sequencer *seq)
{
    vd_sequence_stats stats = seq->stats;
    stats.bytes = vd_seq_bytes(seq);
    return stats;
}
