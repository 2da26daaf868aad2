/* Which fields are taken out of a document, and how each one's tests are laid out. */
#include "plan/build_int.h"

uint32_t vd_build_slot(vd_builder *b, vd_field_id field)
{
    field = vd_schema_resolve(b->schema, field);
    while (b->slot_of.n <= field)
        *vd_vec_push(&b->slot_of) = 0;
    if (!b->slot_of.v[field]) {
        *vd_vec_push(&b->slots) = field;
        b->slot_of.v[field] = (uint32_t)b->slots.n;
    }
    return b->slot_of.v[field] - 1;
}

uint32_t vd_build_slot_named(vd_builder *b, vd_str name)
{
    return vd_build_slot(b, vd_schema_intern(b->schema, name));
}

/* atom -> the predicates it belongs to, laid out in b->lists. */
static vd_list *invert(vd_builder *b)
{
    vd_list *of = VD_NEW_N(&b->tmp, vd_list, b->atoms.n);
    for (size_t p = 0; p < b->preds.n; p++)
        for (uint32_t i = 0; i < b->preds.v[p].n_atoms; i++)
            of[b->preds.v[p].atoms[i]].n++;
    for (size_t t = 0; t < b->atoms.n; t++) {
        of[t].at = (uint32_t)b->lists.n;
        for (uint32_t i = 0; i < of[t].n; i++)
            *vd_vec_push(&b->lists) = 0;
        of[t].n = 0;
    }
    for (size_t p = 0; p < b->preds.n; p++)
        for (uint32_t i = 0; i < b->preds.v[p].n_atoms; i++) {
            vd_list *l = &of[b->preds.v[p].atoms[i]];
            b->lists.v[l->at + l->n++] = (uint32_t)p;
        }
    return of;
}

typedef struct slot_atoms {
    VD_VEC(uint32_t) kind[VD_ATOM_CIDR + 1];
} slot_atoms;

static void eq_table(vd_builder *b, vd_eq_table *t, const uint32_t *atoms, size_t n,
                     const vd_list *lists)
{
    if (!n) return;
    t->n = 4;
    while (t->n < 2 * n)
        t->n *= 2;
    t->tags = VD_NEW_N(b->a, uint32_t, t->n);
    t->v = VD_NEW_N(b->a, vd_eq_entry, t->n);
    for (size_t k = 0; k < n; k++) {
        vd_str text = b->atoms.v[atoms[k]].text;
        uint64_t hash = vd_eq_hash(text.p, text.n);
        uint32_t i = (uint32_t)(hash >> 32) & (t->n - 1);
        while (t->tags[i])
            i = (i + 1) & (t->n - 1);
        t->tags[i] = vd_eq_tag(hash);
        t->lengths |= 1ull << (text.n < 63 ? text.n : 63);
        t->v[i] = (vd_eq_entry){text, lists[atoms[k]]};
    }
}

static void init_glob(vd_builder *b, const vd_atom *t, vd_glob *g)
{
    if (t->kind == VD_ATOM_GLOB) vd_glob_init(b->a, t->text, t->ci, g);
    else
        vd_glob_init_plain(b->a, t->text, t->ci, t->kind != VD_ATOM_PREFIX,
                           t->kind != VD_ATOM_SUFFIX, g);
}

static void pattern_tests(vd_builder *b, vd_slot_tests *s, slot_atoms *of, const vd_list *lists)
{
    size_t n = 0;
    for (int k = VD_ATOM_GLOB; k <= VD_ATOM_CONTAINS; k++)
        n += of->kind[k].n;
    if (!n) return;
    s->patterns = VD_NEW_N(b->a, vd_pattern_test, n);
    const vd_glob **globs = VD_NEW_N(&b->tmp, const vd_glob *, n);
    for (int k = VD_ATOM_GLOB; k <= VD_ATOM_CONTAINS; k++)
        for (size_t i = 0; i < of->kind[k].n; i++) {
            uint32_t atom = of->kind[k].v[i];
            vd_pattern_test *t = &s->patterns[s->n_patterns];
            init_glob(b, &b->atoms.v[atom], &t->glob);
            t->preds = lists[atom];
            globs[s->n_patterns++] = &t->glob;
        }
    s->literals = vd_literals_build(b->a, globs, s->n_patterns);
    if (s->n_patterns > b->plan->max_patterns) b->plan->max_patterns = s->n_patterns;
}

static void range_tests(vd_builder *b, vd_slot_tests *s, slot_atoms *of, const vd_list *lists)
{
    size_t n = of->kind[VD_ATOM_RANGE].n;
    if (n) s->ranges = VD_NEW_N(b->a, vd_range_test, n);
    for (size_t i = 0; i < n; i++) {
        const vd_atom *t = &b->atoms.v[of->kind[VD_ATOM_RANGE].v[i]];
        vd_range_test *r = &s->ranges[s->n_ranges++];
        *r = (vd_range_test){.bound = t->value, .op = t->op,
                             .preds = lists[of->kind[VD_ATOM_RANGE].v[i]]};
        if (t->text.n == sizeof r->upto) memcpy(&r->upto, t->text.p, sizeof r->upto);
    }
}

static void cidr_tests(vd_builder *b, vd_slot_tests *s, slot_atoms *of, const vd_list *lists)
{
    size_t n = of->kind[VD_ATOM_CIDR].n;
    if (n) s->cidrs = VD_NEW_N(b->a, vd_cidr_test, n);
    for (size_t i = 0; i < n; i++) {
        uint32_t atom = of->kind[VD_ATOM_CIDR].v[i];
        vd_cidr_test *c = &s->cidrs[s->n_cidrs++];
        vd_cidr_parse(b->atoms.v[atom].text, &c->block);
        c->preds = lists[atom];
    }
}

static void freeze_slot(vd_builder *b, uint32_t slot, slot_atoms *of, const vd_list *lists)
{
    vd_slot_tests *s = &b->plan->slots[slot];
    s->type = (uint8_t)vd_schema_field(b->schema, b->slots.v[slot])->type;
    if (of->kind[VD_ATOM_EXISTS].n) s->exists = lists[of->kind[VD_ATOM_EXISTS].v[0]];
    eq_table(b, &s->exact, of->kind[VD_ATOM_EXACT].v, of->kind[VD_ATOM_EXACT].n, lists);
    eq_table(b, &s->folded, of->kind[VD_ATOM_FOLDED].v, of->kind[VD_ATOM_FOLDED].n, lists);
    eq_table(b, &s->number, of->kind[VD_ATOM_NUMBER].v, of->kind[VD_ATOM_NUMBER].n, lists);
    pattern_tests(b, s, of, lists);
    range_tests(b, s, of, lists);
    cidr_tests(b, s, of, lists);
    s->strings = s->exact.n || s->folded.n || s->n_patterns || s->n_ranges || s->n_cidrs || (s->type == VD_TYPE_UNKNOWN && s->number.n);
    s->tested = s->strings || s->exists.n || s->number.n;
}

void vd_build_slot_tests(vd_builder *b)
{
    vd_plan *plan = b->plan;
    plan->n_slots = (uint32_t)b->slots.n;
    plan->slots = VD_NEW_N(b->a, vd_slot_tests, b->slots.n);
    vd_list *lists = invert(b);
    slot_atoms *of = vd_calloc(b->slots.n, sizeof *of);
    for (uint32_t t = 0; t < b->atoms.n; t++)
        *vd_vec_push(&of[b->atoms.v[t].slot].kind[b->atoms.v[t].kind]) = t;
    for (uint32_t s = 0; s < b->slots.n; s++) {
        freeze_slot(b, s, &of[s], lists);
        for (int k = 0; k <= VD_ATOM_CIDR; k++)
            vd_vec_free(&of[s].kind[k]);
    }
    free(of);
}
