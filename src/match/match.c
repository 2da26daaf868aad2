#include "match/match.h"

#include <stdlib.h>

#include "base/clock.h"
#include "match/match_int.h"

static uint32_t *stamps(size_t n) { return vd_calloc(n + 1, sizeof(uint32_t)); }

static bool wants_memo(const vd_slot_tests *s)
{
    return s->n_patterns || s->n_ranges > 4 || (s->exact.n && s->folded.n);
}

vd_matcher *vd_matcher_new(vd_plan *plan)
{
    vd_matcher *m = vd_calloc(1, sizeof *m);
    uint32_t depth = 0, fields = 0;
    m->plan = vd_plan_ref(plan);
    m->truth = stamps(plan->n_predicates);
    m->in_list = stamps(plan->n_predicates);
    m->answered = stamps(plan->n_slots);
    m->queued = stamps(plan->n_conditions);
    m->queue = stamps(plan->n_conditions);
    m->held = stamps(plan->n_conditions);
    m->script_ran = stamps(plan->n_scripts);
    m->script_holds = vd_calloc(plan->n_scripts + 1, sizeof *m->script_holds);
    m->tried = stamps(plan->max_patterns);
    m->memos = vd_calloc(plan->n_slots + 1, sizeof *m->memos);
    m->ahead = vd_calloc(plan->n_slots + 1, sizeof *m->ahead);
    m->present = stamps(plan->n_slots);
    m->seed = vd_hash_seed();
    m->profile = vd_calloc(plan->n_conditions + 1, sizeof *m->profile);
    m->class_slot = vd_calloc(plan->n_slots + 1, sizeof *m->class_slot);
    for (uint32_t i = 0; i < plan->n_class_slots; i++)
        m->class_slot[plan->class_slots[i]] = true;
    m->cap_classes = 1024;
    m->classes = vd_calloc(m->cap_classes, sizeof *m->classes);
    m->sightings = vd_calloc(VD_SIGHTINGS, sizeof *m->sightings);
    m->known = vd_calloc(VD_KNOWN, sizeof *m->known);
    m->all = vd_class_new(plan, &(vd_class_facts){0});
    m->rule_events = vd_calloc(plan->n_rules + 1, sizeof *m->rule_events);
    for (uint32_t s = 0; s < plan->n_slots; s++)
        if (wants_memo(&plan->slots[s])) vd_memo_init(&m->memos[s]);
    for (uint32_t s = 0; s < plan->n_scripts; s++) {
        if (plan->scripts[s].depth > depth) depth = plan->scripts[s].depth;
        if (plan->scripts[s].n_slots > fields) fields = plan->scripts[s].n_slots;
    }
    m->stack = vd_calloc(depth + 1, sizeof *m->stack);
    m->script_values = vd_calloc(fields + 1, sizeof *m->script_values);
    vd_arena_init(&m->scratch, 0);
    vd_arena_init(&m->route_arena, 0);
    return m;
}

void vd_matcher_free(vd_matcher *m)
{
    if (!m) return;
    for (uint32_t s = 0; s < m->plan->n_slots; s++)
        vd_memo_fini(&m->memos[s]);
    vd_match_forget_classes(m);
    vd_class_free(m->all);
    free(m->classes);
    free(m->sightings);
    free(m->known);
    free(m->class_slot);
    free(m->truth);
    free(m->in_list);
    free(m->answered);
    free(m->queued);
    free(m->queue);
    free(m->held);
    free(m->script_ran);
    free(m->script_holds);
    free(m->tried);
    free(m->memos);
    free(m->ahead);
    free(m->present);
    free(m->profile);
    free(m->rule_events);
    free(m->stack);
    free(m->script_values);
    vd_vec_free(&m->found);
    vd_vec_free(&m->folded);
    vd_vec_free(&m->routes);
    vd_map_fini(&m->route_map);
    vd_arena_fini(&m->scratch);
    vd_arena_fini(&m->route_arena);
    vd_plan_unref(m->plan);
    free(m);
}

static void next_epoch(vd_matcher *m)
{
    const vd_plan *plan = m->plan;
    if (++m->epoch == 0) { /* the stamps of four thousand million events ago */
        memset(m->truth, 0, (plan->n_predicates + 1) * sizeof *m->truth);
        memset(m->answered, 0, (plan->n_slots + 1) * sizeof *m->answered);
        memset(m->queued, 0, (plan->n_conditions + 1) * sizeof *m->queued);
        memset(m->script_ran, 0, (plan->n_scripts + 1) * sizeof *m->script_ran);
        m->epoch = 1;
    }
    m->n_queue = 0;
}

static bool run_program(vd_matcher *m, const vd_event *ev, uint32_t at)
{
    const vd_plan *plan = m->plan;
    const vd_step *steps = m->cls->steps;
    while (at < VD_STEP_NO) {
        const vd_step *s = &steps[at];
        bool holds;
        if (s->test & VD_STEP_SCRIPT) {
            holds = vd_match_script(m, ev, s->test & ~VD_STEP_SCRIPT);
        } else {
            uint32_t slot = plan->predicates[s->test].slot;
            if (m->answered[slot] != m->epoch) vd_match_answer(m, ev, slot, 0);
            holds = m->truth[s->test] == m->epoch;
        }
        at = holds ? s->yes : s->no;
    }
    return at == VD_STEP_YES;
}

static bool look_at(vd_matcher *m, const vd_event *ev, uint32_t live)
{
    uint32_t entry = m->cls->entry[live];
    m->stats.conditions_looked_at++;
    if (!m->profiling) return run_program(m, ev, entry);
    vd_match_profile *p = &m->profile[m->cls->live[live]];
    int64_t start = vd_mono_ns();
    bool holds = run_program(m, ev, entry);
    p->ns += (uint64_t)(vd_mono_ns() - start);
    p->looked_at++;
    p->held += holds;
    return holds;
}

/* Few hold for one event: sorted by insertion. */
static void sort_held(uint32_t *v, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint32_t x = v[i];
        size_t k = i;
        for (; k && v[k - 1] > x; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

/* So many events of a class, one in COUNT_STEP, are counted before its gates are chosen
 * anew: counting looks into every field that a live condition tests. */
#define COUNTED_EVENTS 64
#define COUNT_STEP     4

/* Which of a class's fields an event has is anybody's guess: they are picked without a branch. */
static uint32_t pick_present(vd_matcher *m, const vd_event *ev, const uint32_t *slots, uint32_t n)
{
    uint32_t n_present = 0;
    for (uint32_t i = 0; i < n; i++) {
        m->present[n_present] = slots[i];
        n_present += vd_event_has(ev, slots[i]) & (m->answered[slots[i]] != m->epoch);
    }
    return n_present;
}

static void answer_slots(vd_matcher *m, const vd_event *ev, const uint32_t *slots, uint32_t n)
{
    uint32_t n_present = pick_present(m, ev, slots, n);
    for (uint32_t i = 0; i < n_present; i++)
        m->ahead[i] = vd_match_hash_ahead(m, ev, m->present[i]);
    for (uint32_t i = 0; i < n_present; i++)
        vd_match_answer(m, ev, m->present[i], m->ahead[i]);
}

size_t vd_match_event(vd_matcher *m, const vd_event *ev, vd_str index, const uint32_t **out)
{
    size_t n = 0;
    next_epoch(m);
    m->stats.events++;
    m->route = m->plan->ignore_index ? NULL : vd_match_route(m, index);
    vd_class *c = vd_match_classify(m, ev, index);
    if (c != m->cls) { /* live numbers are another class's */
        m->cls = c;
        next_epoch(m);
    }
    m->counting = c->counts && c->events % COUNT_STEP == 0;
    answer_slots(m, ev, c->slots, c->n_slots);
    if (m->counting) answer_slots(m, ev, c->counted, c->n_counted);
    for (uint32_t i = 0; i < c->n_always; i++)
        m->queue[m->n_queue++] = c->always[i];
    for (uint32_t i = 0; i < m->n_queue; i++) {
        uint32_t condition = c->live[m->queue[i]];
        if (m->route && !vd_bit(m->route->conditions, condition)) continue;
        if (look_at(m, ev, m->queue[i])) m->held[n++] = condition;
    }
    for (uint32_t i = 0; i < c->n_certain; i++)
        if (!m->route || vd_bit(m->route->conditions, c->certain[i])) m->held[n++] = c->certain[i];
    c->n_counted_events += m->counting;
    c->events++;
    if (c->n_counted_events == COUNTED_EVENTS && c->counts) vd_class_tune(c, m->plan);
    sort_held(m->held, n);
    m->stats.conditions_held += n;
    *out = m->held;
    return n;
}

bool vd_match_rule_takes(const vd_matcher *m, uint32_t rule)
{
    return !m->route || vd_bit(m->route->rules, rule);
}

vd_match_stats vd_matcher_stats(const vd_matcher *m)
{
    vd_match_stats s = m->stats;
    const vd_plan *plan = m->plan;
    s.bytes = (plan->n_predicates * 2ull + plan->n_slots + plan->n_conditions * 3ull +
               plan->n_scripts + plan->max_patterns) * sizeof(uint32_t) +
              plan->n_conditions * sizeof *m->profile + vd_arena_bytes(&m->scratch);
    for (uint32_t i = 0; i < plan->n_slots; i++)
        s.bytes += vd_memo_bytes(&m->memos[i]);
    for (uint32_t i = 0; i < m->cap_classes; i++)
        if (m->classes[i]) s.bytes += vd_class_bytes(m->classes[i]);
    s.bytes += vd_class_bytes(m->all);
    s.classes = m->n_classes;
    s.always = m->all->n_always;
    return s;
}

void vd_matcher_profile(vd_matcher *m, bool on) { m->profiling = on; }

const vd_match_profile *vd_matcher_profile_of(const vd_matcher *m, uint32_t condition)
{
    return &m->profile[condition];
}
