/* Runs script leaves: for every combination of its fields' values, until one holds
 * (EQL semantics: a leaf holds if any value satisfies it; null makes it false). */
#include "base/limits.h"
#include "match/match_int.h"

typedef struct run {
    vd_matcher *m;
    const vd_script *s;
    const vd_value **values; /* current value of each field */
    vd_value *stack;
    uint32_t n;
    bool faulted;
    uint64_t bytes; /* of text in the combinations so far */
} run;

static vd_value kleene(const vd_value *v, uint32_t n, bool and)
{
    bool null = false;
    for (uint32_t i = 0; i < n; i++) {
        if (v[i].kind != VD_BOOL) null = true;
        else if (v[i].b != and) return vd_value_bool(!and);
    }
    return null ? vd_value_null() : vd_value_bool(and);
}

static bool equal_ci(const vd_value *a, const vd_value *b)
{
    if (a->kind == VD_STRING && b->kind == VD_STRING)
        return vd_str_eq_ascii_ci(vd_value_str(a), vd_value_str(b));
    return vd_value_compare(a, b) == 0;
}

static vd_value in_items(const vd_script_step *st, const vd_value *v)
{
    if (v[0].kind == VD_NULL) return vd_value_null();
    for (uint32_t i = 1; i <= st->arg; i++)
        if (v[i].kind != VD_NULL &&
            (st->ci ? equal_ci(&v[0], &v[i]) : vd_value_compare(&v[0], &v[i]) == 0))
            return vd_value_bool(true);
    return vd_value_bool(false);
}

static vd_value pattern(run *r, const vd_script_step *st, const vd_value *v)
{
    if (v->kind != VD_STRING && v->kind != VD_VERSION) return vd_value_null();
    vd_str s = vd_value_str(v);
    if (st->op == VD_SC_PATTERN && st->ci) s = vd_arena_fold(&r->m->scratch, s);
    for (uint32_t i = st->arg; i < st->arg + st->sub; i++)
        if (st->op == VD_SC_REGEX ? vd_regex_match(r->s->regexes[i], s)
                                  : vd_glob_run(&r->s->patterns[i], s))
            return vd_value_bool(true);
    return vd_value_bool(false);
}

static vd_value faulty(run *r, vd_value v, vd_op_fault fault)
{
    if (fault == VD_OP_FINE) return v;
    r->faulted = true;
    return vd_value_null();
}

/* One step: `top` points at the operands it pops. */
static void step(run *r, const vd_script_step *st)
{
    vd_op_fault fault = VD_OP_FINE;
    vd_value *top = r->stack + r->n, out;
    switch ((vd_script_op)st->op) {
    case VD_SC_CONST:
        r->stack[r->n++] = r->s->consts[st->arg];
        return;
    case VD_SC_FIELD:
        r->stack[r->n++] = r->values[st->arg] ? *r->values[st->arg] : vd_value_null();
        return;
    case VD_SC_COMPARE:
        top[-2] = vd_op_compare((vd_eql_op)st->sub, &top[-2], &top[-1]);
        r->n--;
        return;
    case VD_SC_ARITH:
        out = vd_op_arith((vd_eql_op)st->sub, &top[-2], &top[-1], &fault);
        top[-2] = faulty(r, out, fault);
        r->n--;
        return;
    case VD_SC_IS_NULL: top[-1] = vd_value_bool(top[-1].kind == VD_NULL); return;
    case VD_SC_NEGATE:
        out = vd_op_negate(&top[-1], &fault);
        top[-1] = faulty(r, out, fault);
        return;
    case VD_SC_NOT:
        if (top[-1].kind == VD_BOOL) top[-1].b = !top[-1].b;
        return;
    case VD_SC_AND:
    case VD_SC_OR:
        r->n -= st->arg - 1;
        r->stack[r->n - 1] = kleene(&r->stack[r->n - 1], st->arg, st->op == VD_SC_AND);
        return;
    case VD_SC_IN:
        r->n -= st->arg;
        r->stack[r->n - 1] = in_items(st, &r->stack[r->n - 1]);
        return;
    case VD_SC_PATTERN:
    case VD_SC_REGEX: top[-1] = pattern(r, st, &top[-1]); return;
    case VD_SC_CALL:
        r->n -= st->arg - 1;
        out = vd_fn_call((vd_eql_fn)st->sub, st->ci, &r->stack[r->n - 1], st->arg,
                         &r->m->scratch, &fault);
        r->stack[r->n - 1] = faulty(r, out, fault);
        return;
    }
}

static bool run_once(run *r)
{
    r->n = 0;
    r->faulted = false;
    for (uint32_t i = 0; i < r->s->n_steps; i++)
        step(r, &r->s->steps[i]);
    if (r->faulted) r->m->stats.script_faults++;
    return !r->faulted && r->stack[0].kind == VD_BOOL && r->stack[0].b;
}

/* Moves to the next combination like an odometer; false after the last. */
static bool advance(run *r, const vd_event *ev)
{
    for (uint32_t i = 0; i < r->s->n_slots; i++) {
        if (!r->values[i]) continue;
        if (r->values[i]->next != VD_NO_VALUE) {
            r->values[i] = vd_event_value(ev, r->values[i]->next);
            return true;
        }
        r->values[i] = vd_event_get(ev, r->s->slots[i]);
    }
    return false;
}

/* Bytes of text in the combination at hand. */
static uint64_t text_in(const run *r)
{
    uint64_t n = 0;
    for (uint32_t i = 0; i < r->s->n_slots; i++)
        if (r->values[i] && (r->values[i]->kind == VD_STRING || r->values[i]->kind == VD_VERSION))
            n += r->values[i]->len;
    return n;
}

/* One combination after another until one holds. The first is looked at whatever its size;
 * of the others only as many as the bounds allow, and what one makes is gone with the next. */
static bool any_holds(run *r, const vd_event *ev)
{
    bool holds = run_once(r);
    uint32_t left = VD_MAX_SCRIPT_COMBINATIONS;
    while (!holds && advance(r, ev)) {
        r->bytes += text_in(r);
        if (--left == 0 || r->bytes > VD_MAX_SCRIPT_BYTES) {
            r->m->stats.combinations_cut++;
            break;
        }
        vd_arena_reset(&r->m->scratch);
        holds = run_once(r);
    }
    return holds;
}

bool vd_match_script(vd_matcher *m, const vd_event *ev, uint32_t script)
{
    if (m->script_ran[script] == m->epoch) return m->script_holds[script];
    const vd_script *s = &m->plan->scripts[script];
    run r = {.m = m, .s = s, .stack = m->stack, .values = m->script_values};
    vd_arena_reset(&m->scratch);
    for (uint32_t i = 0; i < s->n_slots; i++)
        r.values[i] = s->slots[i] == VD_NO_SLOT ? NULL : vd_event_get(ev, s->slots[i]);
    m->script_ran[script] = m->epoch;
    return m->script_holds[script] = any_holds(&r, ev);
}
