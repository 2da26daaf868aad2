/* The gate of a condition is a cheapest set of predicates without which its program
 * cannot end in yes: a cut through the "yes" branches of its steps. Worked out from the
 * steps that stand first (a step's targets stand before it):
 *
 *   cut(yes) = endless, cut(no) = 0
 *   cut(step) = min(share of its predicate, cut(step.yes)) + cut(step.no)
 *
 * Parts that several ways share are counted more than once, so this is an upper bound,
 * exact for the chains that most conditions are. */
#include <math.h>
#include <stdlib.h>

#include "base/vec.h"
#include "match/class.h"

/* Looking into one more field of every event has a price too: about that of looking
 * at this share of a condition. */
#define SLOT_PRICE 0.02f

typedef struct chooser {
    vd_class *c;
    const vd_plan *plan;
    const float *share;
    float *cut;       /* by step */
    bool *here;       /* by step: its predicate is in the cut, not what follows yes */
    uint32_t *users;  /* by slot: conditions whose gate uses it, from the round before */
    VD_VEC(uint32_t) gate; /* of the condition at hand */
    VD_VEC(uint32_t) stack;
    uint32_t *seen;   /* by step: the condition that visited it, +1 */
} chooser;

static float cut_of(const chooser *k, uint32_t target)
{
    return target == VD_STEP_YES ? INFINITY : target == VD_STEP_NO ? 0 : k->cut[target];
}

static float price(const chooser *k, uint32_t pred)
{
    uint32_t users = k->users[k->plan->predicates[pred].slot];
    return k->share[pred] + SLOT_PRICE / (float)(1 + users);
}

static void cut_all(chooser *k)
{
    for (uint32_t i = 0; i < k->c->n_steps; i++) {
        const vd_step *s = &k->c->steps[i];
        float here = s->test & VD_STEP_SCRIPT ? INFINITY : price(k, s->test);
        float later = cut_of(k, s->yes);
        k->here[i] = here <= later;
        k->cut[i] = (here <= later ? here : later) + cut_of(k, s->no);
    }
}

static void visit(chooser *k, uint32_t target, uint32_t mark)
{
    if (target >= VD_STEP_NO || k->seen[target] == mark) return;
    k->seen[target] = mark;
    *vd_vec_push(&k->stack) = target;
}

/* Collects the cut of live condition i; false if there is none. */
static bool gate_of(chooser *k, uint32_t i)
{
    k->gate.n = 0;
    if (isinf(k->cut[k->c->entry[i]])) return false;
    visit(k, k->c->entry[i], i + 1);
    while (k->stack.n) {
        uint32_t at = k->stack.v[--k->stack.n];
        const vd_step *s = &k->c->steps[at];
        if (k->here[at]) *vd_vec_push(&k->gate) = s->test;
        else visit(k, s->yes, i + 1);
        visit(k, s->no, i + 1);
    }
    return true;
}

typedef struct pair {
    uint32_t pred, live;
} pair;

typedef VD_VEC(pair) pairs;

static int by_pred(const void *x, const void *y)
{
    const pair *a = x, *b = y;
    if (a->pred != b->pred) return a->pred < b->pred ? -1 : 1;
    return (a->live > b->live) - (a->live < b->live);
}

static void gather(chooser *k, pairs *out)
{
    vd_class *c = k->c;
    out->n = 0;
    c->n_always = 0;
    cut_all(k);
    memset(k->seen, 0, (c->n_steps + 1) * sizeof *k->seen);
    for (uint32_t i = 0; i < c->n_live; i++) {
        if (!gate_of(k, i)) c->always[c->n_always++] = i;
        for (size_t g = 0; g < k->gate.n; g++)
            *vd_vec_push(out) = (pair){k->gate.v[g], i};
    }
}

static void count_users(chooser *k, const pairs *p)
{
    memset(k->users, 0, (k->plan->n_slots + 1) * sizeof *k->users);
    for (size_t i = 0; i < p->n; i++)
        k->users[k->plan->predicates[p->v[i].pred].slot]++;
}

static void freeze(chooser *k, pairs *p)
{
    vd_class *c = k->c;
    const vd_plan *plan = k->plan;
    uint32_t at = 1;
    if (p->n) qsort(p->v, p->n, sizeof *p->v, by_pred);
    c->gates = VD_NEW_N(&c->arena, uint32_t, 2 * p->n + 1);
    if (!c->gate_at) c->gate_at = VD_NEW_N(&c->arena, uint32_t, plan->n_predicates + 1);
    memset(c->gate_at, 0, (plan->n_predicates + 1) * sizeof *c->gate_at);
    for (size_t i = 0; i < p->n;) {
        uint32_t pred = p->v[i].pred, head = at++;
        c->gate_at[pred] = head;
        for (; i < p->n && p->v[i].pred == pred; i++)
            if (at == head + 1 || c->gates[at - 1] != p->v[i].live) c->gates[at++] = p->v[i].live;
        c->gates[head] = at - head - 1;
    }
    if (!c->slots) c->slots = VD_NEW_N(&c->arena, uint32_t, plan->n_slots);
    c->n_slots = 0;
    for (uint32_t s = 0; s < plan->n_slots; s++)
        if (k->users[s]) c->slots[c->n_slots++] = s;
}

void vd_class_choose_gates(vd_class *c, const vd_plan *plan, const float *share)
{
    chooser k = {.c = c, .plan = plan, .share = share};
    pairs p = {0};
    k.cut = vd_calloc(c->n_steps + 1, sizeof *k.cut);
    k.here = vd_calloc(c->n_steps + 1, sizeof *k.here);
    k.seen = vd_calloc(c->n_steps + 1, sizeof *k.seen);
    k.users = vd_calloc(plan->n_slots + 1, sizeof *k.users);
    if (!c->always) c->always = VD_NEW_N(&c->arena, uint32_t, c->n_live);
    /* Twice: the second time fields that many gates use are cheaper for all. */
    for (int round = 0; round < 2; round++) {
        gather(&k, &p);
        count_users(&k, &p);
    }
    freeze(&k, &p);
    free(k.cut);
    free(k.here);
    free(k.seen);
    free(k.users);
    vd_vec_free(&k.gate);
    vd_vec_free(&k.stack);
    vd_vec_free(&p);
}
