#include "field/index.h"
#include "schedule/schedule_int.h"

typedef struct taker {
    vd_arena *a;
    vd_names *out;
} taker;

static void take(void *ctx, const vd_store_index *i)
{
    taker *t = ctx;
    *vd_vec_push(t->out) = vd_arena_str(t->a, i->name);
}

int vd_stored_names(vd_store *store, vd_arena *a, vd_names *out, vd_err *err)
{
    taker t = {a, out};
    return vd_store_each_index(store, take, &t, err);
}

/* A pattern that names a hidden index, perhaps behind a cluster or a comma. */
static bool is_hidden(vd_str pattern)
{
    for (size_t i = 0; i < pattern.n; i++)
        if (pattern.p[i] == '.' && (i == 0 || strchr(",: ", pattern.p[i - 1]))) return true;
    return false;
}

bool vd_reads_alerts(const vd_plan *plan, uint32_t rule)
{
    const vd_rule *r = vd_plan_rule_at(plan, rule)->rule;
    bool hidden = false;
    if (vd_plan_ignores_index(plan)) return false;
    for (size_t i = 0; i < r->n_index && !hidden; i++)
        hidden = is_hidden(r->index[i]);
    return hidden && vd_index_takes(r->index, r->n_index, VD_STR(VD_ALERTS_INDEX));
}

bool vd_reads_any(const vd_plan *plan, uint32_t rule, const vd_names *names)
{
    for (size_t i = 0; i < names->n; i++)
        if (vd_plan_takes(plan, rule, names->v[i])) return true;
    return false;
}
