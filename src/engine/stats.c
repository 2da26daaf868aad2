/* What the engine counted, gathered over its workers. */
#include "engine/engine_int.h"

static int64_t least(int64_t a, int64_t b)
{
    if (a == VD_TIME_NONE || b == VD_TIME_NONE) return a == VD_TIME_NONE ? b : a;
    return a < b ? a : b;
}

vd_engine_stats vd_engine_stats_of(const vd_engine *e)
{
    vd_engine_stats s = {.first_ts = VD_TIME_NONE,
                         .last_ts = VD_TIME_NONE,
                         .spilled_bytes = e->spool.end,
                         .findings = e->findings,
                         .state_dropped = e->state.dropped,
                         .state_bytes_peak = e->state.bytes_peak,
                         .pending_peak = e->state.pending_peak};
    memcpy(s.faults, e->faults, sizeof s.faults);
    for (unsigned i = 0; i < e->n_workers; i++) {
        const vd_worker *w = &e->workers[i];
        s.bytes += w->bytes;
        s.documents += w->documents;
        s.candidates += w->candidates;
        s.spilled_bytes += w->later.end;
        s.no_index += w->no_index;
        s.with_signatures += w->with_signatures;
        s.key_tuples_cut += w->key_tuples_cut;
        s.kept_events += w->keep.events;
        s.kept_bytes += w->keep.end;
        s.script_faults += vd_matcher_stats(w->matcher).script_faults;
        s.combinations_cut += vd_matcher_stats(w->matcher).combinations_cut;
        s.first_ts = least(s.first_ts, w->first_ts);
        s.last_ts = s.last_ts > w->last_ts ? s.last_ts : w->last_ts;
    }
    return s;
}

vd_engine_rule_stats vd_engine_rule_stats_of(const vd_engine *e, uint32_t rule)
{
    vd_engine_rule_stats s = {.findings = e->results[rule].findings,
                              .left_out = e->results[rule].left_out};
    for (unsigned i = 0; i < e->n_workers; i++) {
        s.documents += vd_match_rule_events(e->workers[i].matcher, rule);
        s.candidates += e->workers[i].rule_candidates[rule];
    }
    return s;
}

size_t vd_engine_hosts(const vd_engine *e, vd_str *out, size_t max)
{
    for (size_t i = 0; i < e->hosts.n && i < max; i++)
        out[i] = e->hosts.v[i];
    return e->hosts.n + e->more_hosts;
}

vd_match_stats vd_engine_match_stats(const vd_engine *e)
{
    vd_match_stats sum = {0};
    for (unsigned i = 0; i < e->n_workers; i++) {
        vd_match_stats s = vd_matcher_stats(e->workers[i].matcher);
        sum.events += s.events;
        sum.conditions_looked_at += s.conditions_looked_at;
        sum.conditions_held += s.conditions_held;
        sum.patterns_tried += s.patterns_tried;
        sum.memo_hits += s.memo_hits;
        sum.memo_misses += s.memo_misses;
        sum.script_faults += s.script_faults;
        sum.combinations_cut += s.combinations_cut;
        sum.classes += s.classes;
        sum.always += s.always;
        sum.bytes += s.bytes;
    }
    return sum;
}

void vd_engine_profile(vd_engine *e, bool on)
{
    for (unsigned i = 0; i < e->n_workers; i++)
        vd_matcher_profile(e->workers[i].matcher, on);
}

vd_match_profile vd_engine_profile_of(const vd_engine *e, uint32_t rule)
{
    const vd_plan_rule *r = vd_plan_rule_at(e->plan, rule);
    vd_match_profile sum = {0};
    for (unsigned i = 0; i < e->n_workers; i++) {
        uint32_t last = UINT32_MAX; /* copies of one stage stand on one condition */
        for (uint32_t s = 0; s < r->n_stages; s++) {
            uint32_t c = vd_plan_stage_at(e->plan, r->first_stage + s)->condition;
            if (c == last) continue;
            last = c;
            const vd_match_profile *p = vd_matcher_profile_of(e->workers[i].matcher, c);
            sum.looked_at += p->looked_at;
            sum.held += p->held;
            sum.ns += p->ns;
        }
    }
    return sum;
}
