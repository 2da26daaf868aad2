#include "plan/build_int.h"

/* Scripts are small; their parts are gathered here and then copied out. */
typedef struct compiler {
    vd_builder *b;
    VD_VEC(vd_script_step) steps;
    VD_VEC(vd_value) consts;
    VD_VEC(vd_glob) patterns;
    VD_VEC(const vd_regex *) regexes;
    VD_VEC(uint32_t) slots;
    uint32_t depth, deepest;
} compiler;

static void emit(compiler *c, vd_script_op op, uint32_t arg, uint16_t sub, bool ci, uint32_t pops)
{
    *vd_vec_push(&c->steps) = (vd_script_step){(uint8_t)op, ci, sub, arg};
    c->depth = c->depth - pops + 1;
    if (c->depth > c->deepest) c->deepest = c->depth;
}

static void push_const(compiler *c, const vd_value *v)
{
    vd_value own = *v;
    if (v->kind == VD_STRING || v->kind == VD_VERSION)
        own.s = vd_arena_str(c->b->a, vd_value_str(v)).p;
    *vd_vec_push(&c->consts) = own;
    emit(c, VD_SC_CONST, (uint32_t)c->consts.n - 1, 0, false, 0);
}

static void push_field(compiler *c, const vd_eql_expr *e)
{
    uint32_t slot = e->unmapped ? VD_NO_SLOT : vd_build_slot(c->b, e->field), i = 0;
    while (i < c->slots.n && c->slots.v[i] != slot)
        i++;
    if (i == c->slots.n) *vd_vec_push(&c->slots) = slot;
    emit(c, VD_SC_FIELD, i, 0, false, 0);
}

static void compile(compiler *c, const vd_eql_expr *e);

static void compile_args(compiler *c, const vd_eql_expr *e)
{
    for (uint32_t i = 0; i < e->n; i++)
        compile(c, e->args[i]);
}

static bool null_literal(const vd_eql_expr *e)
{
    return e->kind == VD_EQL_LITERAL && e->lit.kind == VD_NULL;
}

static void compile_compare(compiler *c, const vd_eql_expr *e)
{
    if (e->op == VD_OP_EQ && (null_literal(e->args[0]) || null_literal(e->args[1]))) {
        compile(c, e->args[null_literal(e->args[0]) ? 1 : 0]);
        emit(c, VD_SC_IS_NULL, 0, 0, false, 1);
        return;
    }
    compile_args(c, e);
    emit(c, VD_SC_COMPARE, 0, e->op, false, 2);
}

static void compile_patterns(compiler *c, const vd_eql_expr *e)
{
    bool ci = e->ci || e->kind == VD_EQL_SEQ;
    uint32_t first = (uint32_t)(e->kind == VD_EQL_REGEX ? c->regexes.n : c->patterns.n);
    compile(c, e->args[0]);
    for (uint32_t i = 1; i < e->n; i++) {
        vd_str text = vd_value_str(&e->args[i]->lit);
        vd_regex *re = NULL;
        if (e->kind != VD_EQL_REGEX) vd_glob_init(c->b->a, text, ci, vd_vec_push(&c->patterns));
        else if (vd_regex_compile(c->b->a, text, ci, &re, NULL) == 0) *vd_vec_push(&c->regexes) = re;
    }
    size_t n = (e->kind == VD_EQL_REGEX ? c->regexes.n : c->patterns.n) - first;
    emit(c, e->kind == VD_EQL_REGEX ? VD_SC_REGEX : VD_SC_PATTERN, first, (uint16_t)n, ci, 1);
}

static void compile(compiler *c, const vd_eql_expr *e)
{
    switch (e->kind) {
    case VD_EQL_LITERAL: push_const(c, &e->lit); break;
    case VD_EQL_FIELD: push_field(c, e); break;
    case VD_EQL_NOT:
        compile_args(c, e);
        emit(c, VD_SC_NOT, 0, 0, false, 1);
        break;
    case VD_EQL_NEG:
        compile_args(c, e);
        emit(c, VD_SC_NEGATE, 0, 0, false, 1);
        break;
    case VD_EQL_AND:
    case VD_EQL_OR:
        compile_args(c, e);
        emit(c, e->kind == VD_EQL_AND ? VD_SC_AND : VD_SC_OR, e->n, 0, false, e->n);
        break;
    case VD_EQL_COMPARE: compile_compare(c, e); break;
    case VD_EQL_ARITH:
        compile_args(c, e);
        emit(c, VD_SC_ARITH, 0, e->op, false, 2);
        break;
    case VD_EQL_IN:
        compile_args(c, e);
        emit(c, VD_SC_IN, e->n - 1, 0, e->ci, e->n);
        break;
    case VD_EQL_CALL:
        compile_args(c, e);
        emit(c, VD_SC_CALL, e->n, e->fn, e->ci, e->n);
        break;
    default: compile_patterns(c, e); break;
    }
}

#define COPY(to, vec)                                                                              \
    do {                                                                                           \
        (to) = vd_arena_alloc(c.b->a, (vec).n * sizeof *(vec).v);                                  \
        if ((vec).n) memcpy((void *)(uintptr_t)(to), (vec).v, (vec).n * sizeof *(vec).v);          \
        vd_vec_free(&(vec));                                                                       \
    } while (0)

uint32_t vd_build_script(vd_builder *b, const vd_eql_expr *e)
{
    vd_str key = vd_eql_print_expr(b->a, e);
    uint32_t id = vd_map_put(&b->script_map, key, (uint32_t)b->scripts.n);
    if (id < b->scripts.n) return id;
    compiler c = {.b = b};
    compile(&c, e);
    vd_script s = {.n_steps = (uint32_t)c.steps.n,
                   .depth = c.deepest,
                   .n_slots = (uint32_t)c.slots.n};
    COPY(s.steps, c.steps);
    COPY(s.consts, c.consts);
    COPY(s.patterns, c.patterns);
    COPY(s.regexes, c.regexes);
    COPY(s.slots, c.slots);
    *vd_vec_push(&b->scripts) = s;
    return id;
}
