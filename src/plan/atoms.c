/* Atoms and predicates are interned: equal tests of different rules are one. */
#include <stdlib.h>

#include "plan/build_int.h"

static vd_str atom_key(vd_arena *a, const vd_atom *t)
{
    char head[16] = {(char)t->kind, (char)t->op, (char)t->ci};
    memcpy(head + 4, &t->slot, 4);
    size_t extra = t->kind == VD_ATOM_RANGE ? 9 + t->value.len : 0;
    char *p = vd_arena_alloc_aligned(a, 8 + extra + t->text.n, 1);
    memcpy(p, head, 8);
    if (extra) {
        p[8] = (char)t->value.kind;
        if (t->value.len) {
            memset(p + 9, 0, 8);
            memcpy(p + 17, t->value.s, t->value.len);
        } else {
            memcpy(p + 9, &t->value.i, 8);
        }
    }
    if (t->text.n) memcpy(p + 8 + extra, t->text.p, t->text.n);
    return (vd_str){p, 8 + extra + t->text.n};
}

static void append(vd_builder *b, vd_node *node, uint32_t id)
{
    uint32_t *grown = VD_NEW_N(&b->tmp, uint32_t, node->n_atoms + 1);
    if (node->n_atoms) memcpy(grown, node->atoms, node->n_atoms * sizeof *grown);
    grown[node->n_atoms++] = id;
    node->atoms = grown;
}

void vd_build_atom(vd_builder *b, vd_node *node, const vd_atom *atom)
{
    vd_atom t = *atom;
    t.slot = node->slot;
    t.key = atom_key(b->a, &t);
    uint32_t id = vd_map_put(&b->atom_map, t.key, (uint32_t)b->atoms.n);
    if (id == b->atoms.n) {
        t.text = vd_arena_str(b->a, t.text);
        *vd_vec_push(&b->atoms) = t;
    }
    append(b, node, id);
}

vd_node *vd_build_pred_node(vd_builder *b, uint32_t slot)
{
    vd_node *n = VD_NEW(&b->tmp, vd_node);
    n->kind = VD_NODE_PRED;
    n->slot = slot;
    return n;
}

static int by_number(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

uint32_t vd_build_pred(vd_builder *b, const vd_node *node)
{
    uint32_t n = 0;
    size_t size = (node->n_atoms + 1) * sizeof(uint32_t);
    uint32_t *key = vd_arena_alloc(b->a, size);
    key[0] = node->slot;
    memcpy(key + 1, node->atoms, node->n_atoms * sizeof *key);
    qsort(key + 1, node->n_atoms, sizeof *key, by_number);
    for (uint32_t i = 0; i < node->n_atoms; i++)
        if (i == 0 || key[1 + i] != key[n]) key[1 + n++] = key[1 + i];
    vd_str text = {(const char *)key, (n + 1) * sizeof *key};
    uint32_t id = vd_map_put(&b->pred_map, text, (uint32_t)b->preds.n);
    if (id == b->preds.n)
        *vd_vec_push(&b->preds) =
            (vd_pred_build){.slot = node->slot, .atoms = key + 1, .n_atoms = n};
    return id;
}
