/* Which rules can still have a finding once all events are known.
 *
 * A sequence or sample needs an event for each of its positive stages. Of most rules some
 * stage never has one, while the first, "a process starts", has many: such candidates need
 * not be sorted and fed. Only a run that ends knows; a stream does not ask. */
#include <stdlib.h>

#include "engine/engine_int.h"

void vd_prospects_note(vd_engine *e, const vd_candidate *v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        e->stage_seen[vd_plan_rule_at(e->plan, v[i].rule)->first_stage + v[i].stage] = true;
}

/* Every positive stage that candidates stand for (of a group the highest) has one. */
static bool is_open(const vd_engine *e, const vd_plan_rule *r)
{
    if (r->kind == VD_EQL_EVENT) return true;
    for (uint32_t s = r->first_stage; s < r->first_stage + r->n_stages; s++) {
        bool needed = vd_plan_stage_at(e->plan, s)->role == VD_ROLE_EVENT && !e->groups[s].covered;
        if (needed && !e->stage_seen[s]) return false;
    }
    return true;
}

void vd_prospects_weigh(vd_engine *e)
{
    for (uint32_t i = 0; i < vd_plan_rule_count(e->plan); i++)
        e->rule_open[i] = is_open(e, vd_plan_rule_at(e->plan, i));
}

bool vd_prospects_has(const vd_engine *e, const vd_candidate *c)
{
    return e->rule_open[c->rule];
}
