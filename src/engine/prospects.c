/* Which rules can have a finding at all.
 *
 * A sequence or sample needs an event for each of its positive stages. Of most rules some
 * stage never has one, while the first, "a process starts", has many. A rule is *open* from
 * when every stage it needs has had a candidate. Candidates of rules that are not go aside
 * (later.c); those of rules that never open need not be sorted and fed. Only a run that ends
 * knows; a stream does not ask. */
#include <stdlib.h>

#include "engine/engine_int.h"

/* A positive stage that candidates stand for (of a group the highest). */
static bool needed(const vd_engine *e, uint32_t at)
{
    return vd_plan_stage_at(e->plan, at)->role == VD_ROLE_EVENT && !e->groups[at].covered;
}

void vd_prospects_init(vd_engine *e)
{
    uint32_t n = (uint32_t)vd_plan_rule_count(e->plan), stages = 0;
    e->rule_open = vd_calloc(n + 1, sizeof *e->rule_open);
    e->lacking = vd_calloc(n + 1, sizeof *e->lacking);
    for (uint32_t i = 0; i < n; i++) {
        const vd_plan_rule *r = vd_plan_rule_at(e->plan, i);
        stages = r->first_stage + r->n_stages;
        if (r->kind != VD_EQL_EVENT)
            for (uint32_t at = r->first_stage; at < stages; at++)
                e->lacking[i] += needed(e, at);
        atomic_init(&e->rule_open[i], e->lacking[i] == 0);
    }
    e->stage_seen = vd_calloc(stages + 1, sizeof *e->stage_seen);
    for (unsigned i = 0; i < e->n_workers; i++)
        e->workers[i].stage_seen = vd_calloc(stages + 1, sizeof *e->workers[i].stage_seen);
}

void vd_prospects_fini(vd_engine *e)
{
    free(e->rule_open);
    free(e->lacking);
    free(e->stage_seen);
}

void vd_prospects_note(vd_engine *e, vd_worker *w, const vd_use *u)
{
    w->stage_seen[u->at] = true;
    if (!needed(e, u->at)) return;
    pthread_mutex_lock(&e->lock);
    if (!e->stage_seen[u->at] && e->lacking[u->rule] && --e->lacking[u->rule] == 0)
        atomic_store_explicit(&e->rule_open[u->rule], true, memory_order_relaxed);
    e->stage_seen[u->at] = true;
    pthread_mutex_unlock(&e->lock);
}
