/* eql/eql_node.c - making tree nodes, naming functions, placing errors */
#include <stdarg.h>

#include "eql/eql_int.h"

static const vd_fn_info functions[VD_FN_COUNT] = {
#define X(name, id, min, max, ci) [VD_FN_##id] = {name, min, max, ci},
    VD_EQL_FUNCTIONS(X)
#undef X
};

const vd_fn_info *vd_fn_info_of(vd_eql_fn fn) { return &functions[fn]; }

vd_eql_fn vd_fn_find(vd_str name)
{
    for (int i = 0; i < VD_FN_COUNT; i++)
        if (vd_str_eq_ascii_ci(name, vd_str_from(functions[i].name))) return (vd_eql_fn)i;
    return VD_FN_COUNT;
}

const char *vd_eql_op_sign(vd_eql_op op)
{
    static const char *const signs[] = {
        [VD_OP_NONE] = "", [VD_OP_EQ] = "==", [VD_OP_LT] = "<",  [VD_OP_LE] = "<=",
        [VD_OP_GT] = ">",  [VD_OP_GE] = ">=", [VD_OP_ADD] = "+", [VD_OP_SUB] = "-",
        [VD_OP_MUL] = "*", [VD_OP_DIV] = "/", [VD_OP_MOD] = "%"};
    return signs[op];
}

vd_eql_expr *vd_eql_node(vd_arena *a, vd_eql_kind kind, uint32_t pos, uint32_t end,
                         vd_eql_expr *const *args, size_t n)
{
    vd_eql_expr *e = VD_NEW(a, vd_eql_expr);
    e->kind = (uint8_t)kind;
    e->pos = pos;
    e->len = end - pos;
    e->field = VD_NO_FIELD;
    e->lit = vd_value_null();
    uint8_t height = 0;
    if (n) e->args = vd_arena_alloc(a, n * sizeof *e->args);
    e->n = (uint32_t)n;
    for (size_t i = 0; i < n; i++) {
        e->args[i] = args[i];
        if (args[i]->height > height) height = args[i]->height;
    }
    e->height = height == UINT8_MAX ? height : height + 1;
    return e;
}

vd_eql_expr *vd_eql_literal(vd_arena *a, const vd_eql_expr *at, vd_value v)
{
    vd_eql_expr *e = vd_eql_node(a, VD_EQL_LITERAL, at->pos, at->pos + at->len, NULL, 0);
    e->lit = v;
    static const uint8_t types[] = {
        [VD_NULL] = VD_ET_NULL,           [VD_BOOL] = VD_ET_BOOLEAN, [VD_LONG] = VD_ET_LONG,
        [VD_ULONG] = VD_ET_UNSIGNED_LONG, [VD_DOUBLE] = VD_ET_DOUBLE, [VD_STRING] = VD_ET_KEYWORD,
        [VD_IP] = VD_ET_IP,               [VD_DATE] = VD_ET_DATE,    [VD_VERSION] = VD_ET_VERSION};
    e->type = v.kind == VD_LONG && v.is32 ? VD_ET_INTEGER : types[v.kind];
    return e;
}

static vd_eql_op mirrored(vd_eql_op op)
{
    switch (op) {
    case VD_OP_LT: return VD_OP_GT;
    case VD_OP_LE: return VD_OP_GE;
    case VD_OP_GT: return VD_OP_LT;
    case VD_OP_GE: return VD_OP_LE;
    default: return op;
    }
}

void vd_eql_flip(vd_eql_expr *e)
{
    vd_eql_expr *l = e->args[0];
    e->args[0] = e->args[1];
    e->args[1] = l;
    e->op = (uint8_t)mirrored((vd_eql_op)e->op);
}

/* `head`, the place and the message. */
static int fail_with(vd_err *err, vd_code code, vd_str text, const vd_eql_problem *p, const char *head)
{
    char where[80];
    vd_place at = vd_place_of(text, p->pos);
    int n = snprintf(where, sizeof where, "%sline %zu:%zu: ", head, at.line, at.column);
    vd_fail_at(err, code, p->pos, p->len, "%s%.*s", where, VD_FMT(p->msg));
    if (err) err->plain = (size_t)n;
    return code;
}

int vd_eql_fail(vd_err *err, vd_code code, vd_str text, size_t pos, size_t len, const char *msg)
{
    vd_eql_problem p = {pos, len, vd_str_from(msg)};
    return fail_with(err, code, text, &p, "");
}

int vd_eql_refuse(vd_err *err, vd_str text, size_t pos, size_t len, const char *msg)
{
    vd_eql_problem p = {pos, len, vd_str_from(msg)};
    return fail_with(err, VD_VERIFY, text, &p, "Found 1 problem\n");
}

/* Levenshtein distance of two short names, without case; large if either is long. */
static size_t distance(vd_str a, vd_str b)
{
    enum { LONGEST = 63 };
    uint8_t row[LONGEST + 1];
    if (a.n > LONGEST || b.n > LONGEST) return LONGEST;
    for (size_t j = 0; j <= b.n; j++) row[j] = (uint8_t)j;
    for (size_t i = 1; i <= a.n; i++) {
        uint8_t diagonal = row[0];
        row[0] = (uint8_t)i;
        for (size_t j = 1; j <= b.n; j++) {
            uint8_t change = vd_ascii_lower((unsigned char)a.p[i - 1]) !=
                             vd_ascii_lower((unsigned char)b.p[j - 1]);
            uint8_t best = diagonal + change;
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b.n];
}

vd_str vd_eql_did_you_mean(vd_arena *a, vd_str name, const vd_str *from, size_t n)
{
    vd_str out = {"", 0};
    size_t best = name.n < 4 ? 1 : (name.n + 1) / 2, hits = 0;
    for (size_t i = 0; i < n; i++) {
        size_t d = distance(name, from[i]);
        if (d > best) continue;
        if (d < best) hits = 0;
        best = d;
        if (hits == 0) out = vd_arena_str(a, from[i]);
        else out = vd_arena_printf(a, "%.*s, %.*s", VD_FMT(out), VD_FMT(from[i]));
        hits++;
    }
    if (hits == 0) return out;
    return vd_arena_printf(a, hits == 1 ? ", did you mean [%.*s]?" : ", did you mean any of [%.*s]?",
                           VD_FMT(out));
}
