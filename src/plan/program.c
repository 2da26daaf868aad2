/* A tree becomes a decision program: every step tests one thing and knows where to go
 * for yes and for no, so `and`, `or` and `not` cost nothing when it runs. */
#include <stdlib.h>

#include "plan/build_int.h"

typedef struct ranked {
    vd_node *node;
    double rank;
    uint32_t place;
} ranked;

static int by_rank(const void *x, const void *y)
{
    const ranked *a = x, *b = y;
    if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

static bool has_script(const vd_node *n)
{
    if (n->kind == VD_NODE_SCRIPT) return true;
    for (uint32_t i = 0; i < n->n_kids; i++)
        if (has_script(n->kids[i])) return true;
    return false;
}

/* The likeliest to decide goes first; scripts, which cost most, last. */
static void order_kids(vd_builder *b, vd_node *n)
{
    ranked *r = VD_NEW_N(&b->tmp, ranked, n->n_kids);
    for (uint32_t i = 0; i < n->n_kids; i++) {
        double share = vd_build_share(b, n->kids[i]);
        r[i] = (ranked){n->kids[i], n->kind == VD_NODE_AND ? share : 1 - share, i};
        if (has_script(n->kids[i])) r[i].rank += 2;
    }
    qsort(r, n->n_kids, sizeof *r, by_rank);
    for (uint32_t i = 0; i < n->n_kids; i++)
        n->kids[i] = r[i].node;
}

/* Emits `n` so that it goes on to `yes` or `no`; returns its entry. Later steps are
 * emitted first, so every target is known. */
static uint32_t emit(vd_builder *b, vd_node *n, uint32_t yes, uint32_t no)
{
    uint32_t test = n->id;
    switch (n->kind) {
    case VD_NODE_TRUE: return yes;
    case VD_NODE_FALSE: return no;
    case VD_NODE_AND:
        order_kids(b, n);
        for (uint32_t i = n->n_kids; i-- > 0;)
            yes = emit(b, n->kids[i], yes, no);
        return yes;
    case VD_NODE_OR:
        order_kids(b, n);
        for (uint32_t i = n->n_kids; i-- > 0;)
            no = emit(b, n->kids[i], yes, no);
        return no;
    case VD_NODE_SCRIPT: test |= VD_STEP_SCRIPT; break;
    default: break;
    }
    *vd_vec_push(&b->steps) = n->negated ? (vd_step){test, no, yes} : (vd_step){test, yes, no};
    return (uint32_t)b->steps.n - 1;
}

/* The program's bytes with targets counted from its own start. */
static vd_str program_key(vd_builder *b, uint32_t start, uint32_t entry)
{
    size_t n = b->steps.n - start;
    vd_step *own = vd_arena_alloc(&b->tmp, (n + 1) * sizeof *own);
    for (size_t i = 0; i < n; i++) {
        own[i] = b->steps.v[start + i];
        if (own[i].yes < VD_STEP_NO) own[i].yes -= start;
        if (own[i].no < VD_STEP_NO) own[i].no -= start;
    }
    own[n] = (vd_step){entry < VD_STEP_NO ? entry - start : entry, 0, 0};
    return (vd_str){(const char *)own, (n + 1) * sizeof *own};
}

uint32_t vd_build_condition(vd_builder *b, vd_node *n)
{
    uint32_t start = (uint32_t)b->steps.n, id = (uint32_t)b->conditions.n;
    uint32_t entry = emit(b, n, VD_STEP_YES, VD_STEP_NO);
    uint32_t known = vd_map_put(&b->condition_map, program_key(b, start, entry), id);
    if (known != id) {
        b->steps.n = start;
        return known;
    }
    *vd_vec_push(&b->conditions) =
        (vd_condition){.entry = entry, .first = start, .end = (uint32_t)b->steps.n};
    memset(vd_vec_push(&b->uses), 0, sizeof *b->uses.v);
    return id;
}
