/* What a condition that holds means to the rules: which stages of theirs it makes candidates
 * for. Laid out before the first event, so that making one looks at a single small record,
 * and so that stages with the same join keys and fields of time, of whatever rule, share a
 * number for these. */
#include <stdlib.h>

#include "engine/engine_int.h"

static bool same_candidates(const vd_plan_stage *a, const vd_plan_stage *b)
{
    return a->condition == b->condition && a->role == b->role && a->n_keys == b->n_keys &&
           memcmp(a->optional_keys, b->optional_keys, a->n_keys * sizeof *a->optional_keys) == 0 &&
           memcmp(a->key_slots, b->key_slots, a->n_keys * sizeof *a->key_slots) == 0;
}

static size_t group_stages(vd_engine *e)
{
    size_t n = vd_plan_rule_count(e->plan), stages = 0;
    for (uint32_t i = 0; i < n; i++)
        stages += vd_plan_rule_at(e->plan, i)->n_stages;
    e->groups = vd_calloc(stages + 1, sizeof *e->groups);
    for (uint32_t i = 0; i < n; i++) {
        const vd_plan_rule *r = vd_plan_rule_at(e->plan, i);
        vd_stage_group *groups = e->groups + r->first_stage;
        for (uint32_t s = 1; s < r->n_stages; s++) {
            const vd_plan_stage *st = vd_plan_stage_at(e->plan, r->first_stage + s);
            if (!same_candidates(st - 1, st)) continue;
            groups[s].below = (uint16_t)(groups[s - 1].below + 1);
            groups[s - 1].covered = true;
        }
    }
    return stages;
}

/* The number of what a stage's candidates are made from. */
static uint32_t basis_of(vd_engine *e, vd_map *known, const vd_plan_rule *r, const vd_plan_stage *st)
{
    uint32_t all[2 + 2 * VD_MAX_JOIN_KEYS] = {r->timestamp_slot, r->tiebreaker_slot}, n = 2;
    for (uint32_t k = 0; k < st->n_keys; k++) {
        all[n++] = st->key_slots[k];
        all[n++] = st->optional_keys[k];
    }
    vd_str name = {(const char *)all, n * sizeof *all};
    uint32_t number = vd_map_get(known, name);
    if (number != VD_MAP_NONE) return number;
    number = (uint32_t)e->n_bases++;
    vd_map_put(known, vd_arena_str(&e->names, name), number);
    return number;
}

static vd_use use_of(vd_engine *e, vd_map *known, const vd_plan_use *u)
{
    const vd_plan_rule *r = vd_plan_rule_at(e->plan, u->rule);
    uint32_t at = r->first_stage + u->stage;
    return (vd_use){.rule = u->rule,
                    .at = at,
                    .stage = u->stage,
                    .below = e->groups[at].below,
                    .basis = basis_of(e, known, r, vd_plan_stage_at(e->plan, at)),
                    .time_slot = r->timestamp_slot,
                    .tie_slot = r->tiebreaker_slot};
}

void vd_uses_init(vd_engine *e)
{
    size_t n = vd_plan_stats_of(e->plan).conditions, used = 0;
    vd_map known = {0};
    e->uses = vd_calloc(group_stages(e) + 1, sizeof *e->uses);
    e->use_at = vd_calloc(n + 1, sizeof *e->use_at);
    for (uint32_t c = 0; c < n; c++) {
        const vd_plan_use *of;
        size_t n_of = vd_plan_uses(e->plan, c, &of);
        e->use_at[c] = (uint32_t)used;
        for (size_t i = 0; i < n_of; i++) {
            const vd_plan_rule *r = vd_plan_rule_at(e->plan, of[i].rule);
            if (!e->groups[r->first_stage + of[i].stage].covered)
                e->uses[used++] = use_of(e, &known, &of[i]);
        }
    }
    e->use_at[n] = (uint32_t)used;
    e->n_uses = used;
    vd_map_fini(&known);
}

void vd_uses_fini(vd_engine *e)
{
    free(e->groups);
    free(e->uses);
    free(e->use_at);
}
