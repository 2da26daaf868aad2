/* The public face, vedette.h, over the rooms. */
#include "vedette.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/limits.h"
#include "engine/engine.h"

_Static_assert(VEDETTE_PADDING == VD_PADDING && VEDETTE_NO_TIME == VD_TIME_NONE,
               "the public constants are the rooms' own");

struct vedette_rules {
    vd_ruleset *set;
    vd_schema *schema;
    bool compiled;
};

struct vedette_plan {
    vd_plan *plan; /* counts its own references; this shell is one more of them */
    atomic_uint refs;
};

struct vedette_engine {
    vd_engine *engine;
    vedette_engine_options options;
};

static int give(int code, const vd_err *from, vedette_error *to)
{
    if (!to) return code;
    *to = (vedette_error){.code = code, .name = vd_code_name(code)};
    if (!code) return 0;
    to->pos = from->pos;
    to->len = from->placed ? from->len : 0;
    memcpy(to->message, from->msg, sizeof to->message);
    return code;
}

const char *vedette_version(void) { return VEDETTE_VERSION; }

vedette_rules *vedette_rules_new(void)
{
    vedette_rules *r = vd_calloc(1, sizeof *r);
    r->set = vd_ruleset_new();
    r->schema = vd_schema_new();
    return r;
}

void vedette_rules_free(vedette_rules *rules)
{
    if (!rules) return;
    vd_ruleset_free(rules->set);
    vd_schema_free(rules->schema);
    free(rules);
}

int vedette_rules_field_types(vedette_rules *rules, const char *json, size_t len,
                              vedette_error *err)
{
    vd_err e = {0};
    return give(vd_schema_load_mapping(rules->schema, (vd_str){json, len}, &e), &e, err);
}

int vedette_rules_read(vedette_rules *rules, const char *path, vedette_error *err)
{
    vd_err e = {0};
    return give(vd_ruleset_read(rules->set, path, NULL, &e), &e, err);
}

void vedette_rules_query(vedette_rules *rules, const char *eql, size_t len)
{
    vd_ruleset_add_query(rules->set, (vd_str){eql, len});
}

static const char *zero_ended(vd_arena *a, vd_str s) { return vd_arena_str(a, s).p; }

static void tell(vd_ruleset *set, const vd_rule *rule, const vd_problem *p,
                 void (*problem)(void *ctx, const vedette_problem *p), void *ctx)
{
    vedette_problem out = {.error = p->error,
                           .rule_id = rule ? zero_ended(&set->arena, rule->rule_id) : NULL,
                           .file = zero_ended(&set->arena, p->file),
                           .code = zero_ended(&set->arena, p->code),
                           .message = zero_ended(&set->arena, p->msg),
                           .line = p->line,
                           .column = p->column};
    if (problem) problem(ctx, &out);
}

size_t vedette_rules_compile(vedette_rules *rules,
                             void (*problem)(void *ctx, const vedette_problem *p), void *ctx)
{
    vd_ruleset *set = rules->set;
    size_t n = 0;
    if (!rules->compiled) vd_ruleset_compile(set, rules->schema);
    rules->compiled = true;
    for (size_t i = 0; i < set->problems.n; i++)
        tell(set, NULL, &set->problems.v[i], problem, ctx);
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *r = set->rules.v[i];
        n += r->runs && r->enabled && !r->broken;
        for (size_t k = 0; k < r->problems.n; k++)
            tell(set, r, &r->problems.v[k], problem, ctx);
    }
    return n;
}

vedette_plan *vedette_plan_new(vedette_rules *rules, const vedette_plan_options *options)
{
    static const vedette_plan_options none;
    const vedette_plan_options *o = options ? options : &none;
    vd_plan_options inner = {.ignore_index = o->ignore_index,
                             .category_field = vd_str_from(o->category_field),
                             .timestamp_field = vd_str_from(o->timestamp_field),
                             .tiebreaker_field = vd_str_from(o->tiebreaker_field)};
    if (!rules->compiled) vd_ruleset_compile(rules->set, rules->schema);
    vedette_plan *plan = vd_calloc(1, sizeof *plan);
    plan->plan = vd_plan_build(rules->set, rules->schema, &inner);
    atomic_init(&plan->refs, 1);
    free(rules);
    return plan;
}

vedette_plan *vedette_plan_ref(vedette_plan *plan)
{
    atomic_fetch_add(&plan->refs, 1);
    return plan;
}

void vedette_plan_unref(vedette_plan *plan)
{
    if (!plan || atomic_fetch_sub(&plan->refs, 1) != 1) return;
    vd_plan_unref(plan->plan);
    free(plan);
}

vedette_engine_options vedette_engine_defaults(void)
{
    return (vedette_engine_options){
        .since = VEDETTE_NO_TIME, .until = VEDETTE_NO_TIME, .now = VEDETTE_NO_TIME};
}

static void on_finding(void *ctx, const vd_finding *f)
{
    vedette_engine *e = ctx;
    if (!e->options.alert) return;
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_alert_options o = {.now = e->options.now == VEDETTE_NO_TIME ? vd_now_ms() : e->options.now};
    vd_alert_facts facts = vd_alert_facts_of(f);
    vd_json *docs = vd_json_array();
    char id[65];
    vd_alert_id(f, &o, id);
    vd_alert_documents(f, &o, docs);
    vd_str text = vd_json_text(&a, docs, false);
    const char **ids = VD_NEW_N(&a, const char *, f->n_events + 1);
    for (size_t i = 0; i < f->n_events; i++)
        ids[i] = f->events[i].missing ? NULL : zero_ended(&a, f->events[i].id);
    vedette_alert alert = {.id = id,
                           .rule_id = zero_ended(&a, f->rule->rule_id),
                           .rule_name = zero_ended(&a, facts.name),
                           .severity = vd_severity_name(facts.severity),
                           .risk_score = facts.risk_score,
                           .timestamp = f->ts,
                           .event_ids = ids,
                           .n_events = f->n_events,
                           .documents = text.p,
                           .documents_len = text.n};
    e->options.alert(e->options.ctx, &alert);
    vd_json_free(docs);
    vd_arena_fini(&a);
}

static void on_fault(void *ctx, const vd_fault_report *r)
{
    vedette_engine *e = ctx;
    if (!e->options.fault) return;
    vd_arena a;
    vd_arena_init(&a, 1024);
    vedette_fault fault = {.name = vd_fault_name(r->fault),
                           .text = vd_fault_text(r->fault),
                           .source = zero_ended(&a, r->source),
                           .line = r->line,
                           .offset = r->offset,
                           .field = r->field.n ? zero_ended(&a, r->field) : NULL};
    e->options.fault(e->options.ctx, &fault);
    vd_arena_fini(&a);
}

vedette_engine *vedette_engine_new(vedette_plan *plan, const vedette_engine_options *options,
                                   vedette_error *err)
{
    vd_err inner = {0};
    vedette_engine *e = vd_calloc(1, sizeof *e);
    e->options = *options;
    vd_engine_config cfg = {.plan = plan->plan,
                            .workers = options->workers,
                            .default_index = vd_str_from(options->default_index),
                            .since = options->since,
                            .until = options->until,
                            .size = -1,
                            .honour_max_signals = options->honour_max_signals,
                            .max_state = options->max_state,
                            .found = on_finding,
                            .fault = on_fault,
                            .ctx = e};
    e->engine = vd_engine_new(&cfg, &inner);
    give(e->engine ? 0 : (int)inner.code, &inner, err);
    if (e->engine) return e;
    free(e);
    return NULL;
}

void vedette_engine_free(vedette_engine *engine)
{
    if (!engine) return;
    vd_engine_free(engine->engine);
    free(engine);
}

uint32_t vedette_engine_source(vedette_engine *engine, const char *name, int fd)
{
    return vd_engine_source(engine->engine, &(vd_engine_input){vd_str_from(name), fd});
}

int vedette_engine_feed(vedette_engine *engine, unsigned worker, uint32_t source, const char *buf,
                        size_t len, size_t cap, uint64_t offset, uint64_t line)
{
    if (cap < len || cap - len < VEDETTE_PADDING) return VD_USAGE;
    vd_engine_feed(engine->engine, worker,
                   &(vd_block){.source = source,
                               .text = buf,
                               .n = len,
                               .offset = offset,
                               .line = line,
                               .lines = true});
    return 0;
}

int vedette_engine_finish(vedette_engine *engine, vedette_error *err)
{
    vd_err e = {0};
    return give(vd_engine_finish(engine->engine, &e), &e, err);
}
