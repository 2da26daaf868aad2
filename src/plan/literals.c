#include "plan/literals.h"

#include <stdlib.h>

#include "base/vec.h"

typedef struct builder {
    vd_literals *ac;
    uint32_t *next;   /* trie, then automaton; 0: none (state 0 is the root) */
    uint32_t *fail;
    uint32_t *out;    /* by state: head of its own literals in `chain`, +1 */
    uint32_t *chain;  /* by literal: next literal of the same state, +1 */
    uint32_t *order;  /* states by depth */
    uint32_t *count;  /* by state: ids with those of its suffixes */
} builder;

static vd_str cut(vd_str s)
{
    return s.n > VD_LITERAL_MAX ? vd_str_sub(s, s.n - VD_LITERAL_MAX, s.n) : s;
}

/* Numbers the bytes in use; returns the bytes of all literals. */
static size_t number_classes(vd_literals *ac, const vd_str *literals, uint32_t n)
{
    size_t total = 0;
    ac->n_classes = 1;
    for (uint32_t i = 0; i < n; i++) {
        vd_str s = cut(literals[i]);
        total += s.n;
        for (size_t k = 0; k < s.n; k++) {
            uint8_t *c = &ac->classes[(unsigned char)s.p[k]];
            if (!*c) *c = (uint8_t)ac->n_classes++;
        }
    }
    return total;
}

static void add_literal(builder *b, vd_str s, uint32_t id)
{
    uint32_t state = 0;
    for (size_t k = 0; k < s.n; k++) {
        uint32_t *to = &b->next[(size_t)state * b->ac->n_classes +
                                b->ac->classes[(unsigned char)s.p[k]]];
        if (!*to) *to = b->ac->n_states++;
        state = *to;
    }
    b->chain[id] = b->out[state];
    b->out[state] = id + 1;
}

static uint32_t own_ids(const builder *b, uint32_t state)
{
    uint32_t n = 0;
    for (uint32_t i = b->out[state]; i; i = b->chain[i - 1])
        n++;
    return n;
}

/* Breadth first: every missing transition becomes that of the longest suffix. */
static void fill_transitions(builder *b)
{
    uint32_t head = 0, tail = 0, classes = b->ac->n_classes;
    b->order[tail++] = 0;
    while (head < tail) {
        uint32_t s = b->order[head++];
        b->count[s] = own_ids(b, s) + (s ? b->count[b->fail[s]] : 0);
        for (uint32_t c = 1; c < classes; c++) {
            uint32_t *to = &b->next[(size_t)s * classes + c];
            uint32_t fallback = s ? b->next[(size_t)b->fail[s] * classes + c] : 0;
            if (!*to) {
                *to = fallback;
                continue;
            }
            b->fail[*to] = fallback;
            b->order[tail++] = *to;
        }
    }
}

/* Lays the ids out by state, suffixes' included, and marks transitions into states
 * that have any. */
static void freeze(vd_arena *a, builder *b)
{
    vd_literals *ac = b->ac;
    size_t total = 0;
    ac->first = VD_NEW_N(a, uint32_t, ac->n_states + 1);
    for (uint32_t s = 0; s < ac->n_states; s++) {
        ac->first[s] = (uint32_t)total;
        total += b->count[s];
    }
    ac->first[ac->n_states] = (uint32_t)total;
    ac->ids = VD_NEW_N(a, uint32_t, total);
    for (uint32_t s = 0; s < ac->n_states; s++) {
        uint32_t at = ac->first[s];
        for (uint32_t t = s; t; t = b->fail[t])
            for (uint32_t i = b->out[t]; i; i = b->chain[i - 1])
                ac->ids[at++] = i - 1;
    }
    size_t cells = (size_t)ac->n_states * ac->n_classes;
    ac->next = vd_arena_alloc(a, cells * sizeof *ac->next);
    for (size_t i = 0; i < cells; i++) {
        uint32_t to = b->next[i];
        ac->next[i] = to << 1 | (ac->first[to + 1] > ac->first[to]);
    }
}

const vd_literals *vd_literals_build(vd_arena *a, const vd_str *literals, uint32_t n)
{
    vd_literals *ac = VD_NEW(a, vd_literals);
    size_t states = number_classes(ac, literals, n) + 1;
    builder b = {.ac = ac};
    ac->n_states = 1;
    b.next = vd_calloc(states * ac->n_classes, sizeof *b.next);
    b.fail = vd_calloc(states, sizeof *b.fail);
    b.out = vd_calloc(states, sizeof *b.out);
    b.order = vd_calloc(states, sizeof *b.order);
    b.count = vd_calloc(states, sizeof *b.count);
    b.chain = vd_calloc(n, sizeof *b.chain);
    for (uint32_t i = 0; i < n; i++)
        add_literal(&b, cut(literals[i]), i);
    fill_transitions(&b);
    freeze(a, &b);
    free(b.next);
    free(b.fail);
    free(b.out);
    free(b.order);
    free(b.count);
    free(b.chain);
    return ac;
}
