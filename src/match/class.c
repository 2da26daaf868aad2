#include "match/class.h"

#include <stdlib.h>

/* The program of one condition as far as the facts decide it. Steps stand behind
 * their targets, so one pass from the first to the last does it. */
typedef struct reducer {
    const vd_plan *plan;
    const vd_class_facts *facts;
    vd_class *c;
    uint32_t *to; /* by step of the condition: what it became */
} reducer;

static uint32_t follow(const reducer *r, const vd_condition *cond, uint32_t target)
{
    return target < VD_STEP_NO ? r->to[target - cond->first] : target;
}

static bool known(const reducer *r, uint32_t test)
{
    return r->facts->class_slot && !(test & VD_STEP_SCRIPT) &&
           r->facts->class_slot[r->plan->predicates[test].slot];
}

static bool holds(const reducer *r, uint32_t test) { return r->facts->truth[test] == r->facts->epoch; }

/* How far the facts lead from the entry: for most conditions to the end. */
static uint32_t lead(const reducer *r, const vd_condition *cond)
{
    uint32_t at = cond->entry;
    while (at < VD_STEP_NO && known(r, r->plan->steps[at].test)) {
        const vd_step *s = &r->plan->steps[at];
        at = holds(r, s->test) ? s->yes : s->no;
    }
    return at;
}

static uint32_t reduce(reducer *r, const vd_condition *cond)
{
    uint32_t end = lead(r, cond);
    if (end >= VD_STEP_NO) return end;
    for (uint32_t i = cond->first; i < cond->end; i++) {
        const vd_step *s = &r->plan->steps[i];
        uint32_t yes = follow(r, cond, s->yes), no = follow(r, cond, s->no), *to;
        to = &r->to[i - cond->first];
        if (known(r, s->test)) {
            *to = holds(r, s->test) ? yes : no;
        } else if (yes == no) {
            *to = yes;
        } else {
            *to = r->c->n_steps;
            r->c->steps[r->c->n_steps++] = (vd_step){s->test, yes, no};
        }
    }
    return r->to[cond->entry - cond->first];
}

static bool allowed(const vd_class_facts *facts, uint32_t condition)
{
    return !facts->allowed || (facts->allowed[condition >> 6] >> (condition & 63) & 1);
}

static void reduce_all(reducer *r)
{
    const vd_plan *plan = r->plan;
    vd_class *c = r->c;
    for (uint32_t i = 0; i < plan->n_conditions; i++) {
        if (!allowed(r->facts, i)) continue;
        uint32_t before = c->n_steps, entry = reduce(r, &plan->conditions[i]);
        if (entry >= VD_STEP_NO) c->n_steps = before;
        if (entry == VD_STEP_YES) c->certain[c->n_certain++] = i;
        if (entry >= VD_STEP_NO) continue;
        c->live[c->n_live] = i;
        c->entry[c->n_live++] = entry;
    }
}

static void *keep(vd_arena *a, const void *p, size_t bytes)
{
    void *out = vd_arena_alloc(a, bytes);
    if (bytes) memcpy(out, p, bytes);
    return out;
}

/* The predicates and the fields that a live condition tests. */
static void list_tested(vd_class *c, const vd_plan *plan)
{
    c->matters = VD_NEW_N(&c->arena, uint64_t, plan->n_predicates / 64 + 1);
    bool *seen = vd_calloc(plan->n_slots + 1, sizeof *seen);
    c->counted = VD_NEW_N(&c->arena, uint32_t, plan->n_slots);
    for (uint32_t i = 0; i < c->n_steps; i++) {
        if (c->steps[i].test & VD_STEP_SCRIPT) continue;
        uint32_t test = c->steps[i].test, slot = plan->predicates[test].slot;
        c->matters[test >> 6] |= 1ull << (test & 63);
        if (!seen[slot]) c->counted[c->n_counted++] = slot;
        seen[slot] = true;
    }
    free(seen);
}

vd_class *vd_class_new(const vd_plan *plan, const vd_class_facts *facts)
{
    vd_class *c = vd_calloc(1, sizeof *c);
    uint32_t longest = 0;
    for (uint32_t i = 0; i < plan->n_conditions; i++)
        if (plan->conditions[i].end - plan->conditions[i].first > longest)
            longest = plan->conditions[i].end - plan->conditions[i].first;
    reducer r = {plan, facts, c, vd_calloc(longest + 1, sizeof *r.to)};
    /* Sized for the worst, then kept at the size that was needed. */
    vd_step *steps = c->steps = vd_calloc(plan->n_steps + 1, sizeof *c->steps);
    uint32_t *lists = vd_calloc(3 * (size_t)plan->n_conditions + 1, sizeof *lists);
    c->live = lists;
    c->entry = lists + plan->n_conditions;
    c->certain = lists + 2 * (size_t)plan->n_conditions;
    reduce_all(&r);
    vd_arena_init(&c->arena, 1u << 14);
    c->steps = keep(&c->arena, steps, c->n_steps * sizeof *steps);
    c->live = keep(&c->arena, c->live, c->n_live * sizeof *lists);
    c->entry = keep(&c->arena, c->entry, c->n_live * sizeof *lists);
    c->certain = keep(&c->arena, c->certain, c->n_certain * sizeof *lists);
    free(steps);
    free(lists);
    free(r.to);
    list_tested(c, plan);
    c->counts = vd_calloc(plan->n_predicates + 1, sizeof *c->counts);
    float *share = vd_calloc(plan->n_predicates + 1, sizeof *share);
    for (uint32_t p = 0; p < plan->n_predicates; p++)
        share[p] = plan->predicates[p].share;
    vd_class_choose_gates(c, plan, share);
    free(share);
    return c;
}

/* The guess counts as much as so many events. */
#define GUESS_WEIGHT 8.0f

void vd_class_tune(vd_class *c, const vd_plan *plan)
{
    float *share = vd_calloc(plan->n_predicates + 1, sizeof *share), n = (float)c->n_counted_events;
    for (uint32_t p = 0; p < plan->n_predicates; p++)
        share[p] = ((float)c->counts[p] + GUESS_WEIGHT * plan->predicates[p].share) /
                   (n + GUESS_WEIGHT);
    free(c->counts);
    c->counts = NULL;
    vd_class_choose_gates(c, plan, share);
    free(share);
}

void vd_class_free(vd_class *c)
{
    if (!c) return;
    free(c->counts);
    vd_arena_fini(&c->arena);
    free(c);
}

size_t vd_class_bytes(const vd_class *c) { return sizeof *c + vd_arena_bytes(&c->arena); }
