#include "engine/engine.h"

#include <stdlib.h>

#include "base/clock.h"
#include "engine/engine_int.h"

_Static_assert((int)VD_ROLE_EVENT == (int)VD_STAGE_EVENT &&
                   (int)VD_ROLE_MISSING == (int)VD_STAGE_MISSING &&
                   (int)VD_ROLE_UNTIL == (int)VD_STAGE_UNTIL,
               "plan and sequence count roles alike");

/* More only helps inputs that are out of order by more than this holds. */
#define DEFAULT_CANDIDATE_BYTES (4ull << 20)

/* Threads write to what is theirs for every event. The last to be made is what is hardly ever
 * written at its end, so that no two workers' busy memory shares a cache line. */
static void worker_init(const vd_engine *e, vd_worker *w, uint64_t max_later)
{
    size_t rules = vd_plan_rule_count(e->plan);
    *w = (vd_worker){.first_ts = VD_TIME_NONE, .last_ts = VD_TIME_NONE};
    w->matcher = vd_matcher_new(e->plan);
    w->ev = vd_event_new(vd_plan_extract(e->plan));
    w->rule_candidates = vd_calloc(rules + 1, sizeof *w->rule_candidates);
    w->bases = vd_calloc(e->n_bases + 1, sizeof *w->bases);
    vd_keep_init(&w->keep);
    vd_later_init(&w->later, rules, max_later);
    w->tuples = vd_calloc(VD_MAX_KEY_TUPLES, sizeof *w->tuples);
}

static void worker_fini(vd_worker *w)
{
    vd_matcher_free(w->matcher);
    vd_event_free(w->ev);
    vd_keep_fini(&w->keep);
    vd_later_fini(&w->later);
    vd_vec_free(&w->out);
    vd_vec_free(&w->key);
    free(w->rule_candidates);
    free(w->tuples);
    free(w->bases);
    vd_vec_free(&w->aside);
    vd_vec_free(&w->aside_bases);
    vd_vec_free(&w->aside_uses);
    free(w->stage_seen);
}

static void on_match(void *ctx, const vd_sequence_match *match) { vd_results_add(ctx, match); }

/* What the sequencer must know of each rule. */
static void describe_rules(vd_engine *e)
{
    size_t n = vd_plan_rule_count(e->plan);
    e->specs = vd_calloc(n + 1, sizeof *e->specs);
    for (uint32_t i = 0; i < n; i++) {
        const vd_plan_rule *r = vd_plan_rule_at(e->plan, i);
        if (r->kind == VD_EQL_EVENT) continue;
        uint8_t *roles = vd_arena_alloc(&e->names, r->n_stages + 1);
        for (uint32_t s = 0; s < r->n_stages; s++)
            roles[s] = vd_plan_stage_at(e->plan, r->first_stage + s)->role;
        e->specs[i] =
            (vd_sequence_spec){.roles = roles,
                               .n_stages = (uint16_t)r->n_stages,
                               .sample = r->kind == VD_EQL_SAMPLE,
                               .keyed = vd_plan_stage_at(e->plan, r->first_stage)->n_keys > 0,
                               .maxspan = r->maxspan};
    }
}

/* Logs without signatures are told of: what is not trusted in them is not known to be so. */
static void find_signatures(vd_engine *e)
{
    size_t n = vd_plan_stats_of(e->plan).slots;
    for (uint32_t i = 0; i < n; i++)
        if (vd_str_starts(vd_plan_slot_name(e->plan, i), VD_STR("process.code_signature.")))
            *vd_vec_push(&e->signatures) = i;
}

/* Half of the candidates in memory may be the spool's, half the workers' own. */
static void make_workers(vd_engine *e)
{
    uint64_t most = e->cfg.max_candidates ? e->cfg.max_candidates : DEFAULT_CANDIDATE_BYTES;
    vd_spool_init(&e->spool, most / 2);
    vd_uses_init(e);
    e->workers = vd_calloc(e->n_workers, sizeof *e->workers);
    for (unsigned i = 0; i < e->n_workers; i++)
        worker_init(e, &e->workers[i], most / 2 / e->n_workers);
    vd_prospects_init(e);
}

vd_engine *vd_engine_new(const vd_engine_config *config, vd_err *err)
{
    if (config->workers > VD_MAX_SOURCES) {
        vd_fail(err, VD_USAGE, "%u threads are more than there is use for", config->workers);
        return NULL;
    }
    vd_engine *e = vd_calloc(1, sizeof *e);
    e->cfg = *config;
    e->plan = vd_plan_ref(config->plan);
    e->n_workers = config->workers ? config->workers : 1;
    vd_arena_init(&e->names, 0);
    vd_arena_init(&e->found_arena, 0);
    e->default_index = vd_arena_str(&e->names, config->default_index);
    pthread_mutex_init(&e->lock, NULL);
    make_workers(e);
    e->found_ev = vd_event_new(vd_plan_extract(e->plan));
    if (config->windows) {
        size_t n = vd_plan_rule_count(e->plan);
        e->windows = vd_calloc(n + 1, sizeof *e->windows);
        memcpy(e->windows, config->windows, n * sizeof *e->windows);
    }
    e->windowed = e->windows || e->cfg.since != VD_TIME_NONE || e->cfg.until != VD_TIME_NONE;
    describe_rules(e);
    find_signatures(e);
    e->results = vd_calloc(vd_plan_rule_count(e->plan) + 1, sizeof *e->results);
    for (uint32_t i = 0; i < vd_plan_rule_count(e->plan); i++)
        vd_results_init(e, i);
    vd_sequence_config seq = {.specs = e->specs,
                              .n_specs = vd_plan_rule_count(e->plan),
                              .max_state = config->max_state,
                              .found = on_match,
                              .ctx = e};
    e->sequencer = vd_sequencer_new(&seq);
    return e;
}

void vd_engine_without_trees(vd_engine *e) { e->without_trees = true; }

void vd_engine_free(vd_engine *e)
{
    if (!e) return;
    for (unsigned i = 0; i < e->n_workers; i++)
        worker_fini(&e->workers[i]);
    for (uint32_t i = 0; i < vd_plan_rule_count(e->plan); i++)
        vd_results_fini(&e->results[i]);
    vd_sequencer_free(e->sequencer);
    vd_event_free(e->found_ev);
    vd_spool_fini(&e->spool);
    vd_map_fini(&e->host_map);
    vd_vec_free(&e->hosts);
    vd_vec_free(&e->signatures);
    for (size_t i = 0; i < sizeof e->inputs / sizeof e->inputs[0]; i++)
        free(e->inputs[i]);
    free(e->workers);
    free(e->results);
    free(e->specs);
    vd_uses_fini(e);
    vd_prospects_fini(e);
    free(e->windows);
    vd_arena_fini(&e->names);
    vd_arena_fini(&e->found_arena);
    pthread_mutex_destroy(&e->lock);
    vd_plan_unref(e->plan);
    free(e);
}

uint32_t vd_engine_source(vd_engine *e, const vd_engine_input *input)
{
    if (e->n_inputs >= VD_MAX_SOURCES) return UINT32_MAX;
    uint32_t number = e->n_inputs++;
    vd_input **page = &e->inputs[number / VD_INPUT_PAGE];
    if (!*page) *page = vd_calloc(VD_INPUT_PAGE, sizeof **page);
    pthread_mutex_lock(&e->lock); /* names is also where workers put hosts */
    vd_input *own = &(*page)[number % VD_INPUT_PAGE];
    *own = *input;
    own->name = vd_arena_str(&e->names, input->name);
    pthread_mutex_unlock(&e->lock);
    return number;
}

/* The stages that the candidate stands for, the highest first: an event must not follow
 * itself (vd_candidate_cmp). No other stage of the rule is between them, and what has another
 * key does not meddle. */
void vd_engine_feed_stages(vd_sequencer *seq, const vd_candidate *c)
{
    vd_candidate one = *c;
    one.below = 0;
    for (uint16_t i = 0; i <= c->below; i++) {
        one.stage = (uint16_t)(c->stage - i);
        vd_sequencer_feed(seq, &one);
    }
}

static void take_candidate(void *ctx, const vd_candidate *c)
{
    vd_engine *e = ctx;
    if (vd_plan_rule_at(e->plan, c->rule)->kind != VD_EQL_EVENT) {
        vd_engine_feed_stages(e->sequencer, c);
        return;
    }
    vd_sequence_match m = {.rule = c->rule, .ts = c->ts, .events = &c->event, .n = 1};
    vd_results_add(e, &m);
}

static void expect_candidate(void *ctx, const vd_candidate *c, bool near)
{
    vd_sequencer_ahead(((vd_engine *)ctx)->sequencer, c, near);
}

int vd_engine_finish(vd_engine *e, vd_err *err)
{
    if (vd_engine_failed(e)) {
        if (err) *err = e->failure;
        return e->failure.code;
    }
    vd_spool_taker taker = {take_candidate, expect_candidate, e};
    int code = 0;
    for (unsigned i = 0; i < e->n_workers && !code; i++)
        code = vd_later_move(e, &e->workers[i].later, err);
    if (!code) code = vd_spool_drain(&e->spool, &taker, err);
    vd_sequencer_flush(e->sequencer, INT64_MAX);
    for (uint32_t i = 0; i < vd_plan_rule_count(e->plan); i++)
        vd_results_end(e, i);
    e->state = vd_sequencer_stats(e->sequencer);
    if (code || !e->failure.code) return code;
    if (err) *err = e->failure;
    return e->failure.code;
}
