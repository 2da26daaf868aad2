#include "plan/plan.h"

#include <stdlib.h>

#include "base/clock.h"
#include "field/index.h"
#include "plan/build_int.h"

static vd_str or_default(vd_str rule, vd_str option, const char *last)
{
    return rule.n ? rule : option.n ? option : vd_str_from(last);
}

static void stage_keys(vd_builder *b, vd_plan_stage *st, const vd_eql_item *item)
{
    st->n_keys = (uint8_t)item->n_keys;
    for (uint32_t k = 0; k < item->n_keys; k++) {
        const vd_eql_key *key = &item->keys[k];
        st->optional_keys[k] = key->optional;
        st->key_slots[k] = key->unmapped ? VD_NO_SLOT : vd_build_slot(b, key->field);
    }
}

/* Adds `copies` stages on one condition. */
static void add_stages(vd_builder *b, const vd_eql_item *item, vd_plan_role role, uint32_t copies,
                       vd_str category_field)
{
    uint32_t rule = (uint32_t)b->rules.n - 1;
    uint32_t condition = vd_build_condition(b, vd_build_lower(b, item, category_field));
    for (uint32_t i = 0; i < copies; i++) {
        vd_plan_rule *r = &b->rules.v[rule];
        vd_plan_stage st = {.condition = condition, .role = (uint8_t)role};
        stage_keys(b, &st, item);
        *vd_vec_push(&b->uses.v[condition]) = (vd_plan_use){rule, (uint16_t)r->n_stages++};
        *vd_vec_push(&b->stages) = st;
    }
}

static uint32_t slot_or_none(vd_builder *b, vd_str name)
{
    return name.n ? vd_build_slot_named(b, name) : VD_NO_SLOT;
}

static void add_rule(vd_builder *b, const vd_rule *rule, const vd_plan_options *o)
{
    const vd_eql_query *q = rule->eql;
    vd_str category = or_default(rule->category_field, o->category_field, "event.category");
    vd_str time = or_default(rule->timestamp_field, o->timestamp_field, "@timestamp");
    vd_str tie = or_default(rule->tiebreaker_field, o->tiebreaker_field, "");
    *vd_vec_push(&b->rules) = (vd_plan_rule){.rule = rule,
                                             .kind = q->kind,
                                             .first_stage = (uint32_t)b->stages.n,
                                             .maxspan = q->maxspan,
                                             .timestamp_slot = slot_or_none(b, time),
                                             .tiebreaker_slot = slot_or_none(b, tie),
                                             .override_slot =
                                                 slot_or_none(b, rule->timestamp_override)};
    for (uint32_t i = 0; i < q->n_items; i++) {
        const vd_eql_item *item = &q->items[i];
        add_stages(b, item, item->missing ? VD_ROLE_MISSING : VD_ROLE_EVENT, item->runs, category);
    }
    if (q->until) add_stages(b, q->until, VD_ROLE_UNTIL, 1, category);
}

static void own_slots(vd_builder *b, const vd_plan_options *o)
{
    vd_str time = or_default((vd_str){0}, o->timestamp_field, "@timestamp");
    b->plan->own = (vd_plan_slots){
        .id = vd_build_slot_named(b, VD_STR("_id")),
        .event_id = vd_build_slot_named(b, VD_STR("event.id")),
        .index = vd_build_slot_named(b, VD_STR("_index")),
        .ds_type = vd_build_slot_named(b, VD_STR("data_stream.type")),
        .ds_dataset = vd_build_slot_named(b, VD_STR("data_stream.dataset")),
        .ds_namespace = vd_build_slot_named(b, VD_STR("data_stream.namespace")),
        .timestamp = vd_build_slot_named(b, time),
        .host_name = vd_build_slot_named(b, VD_STR("host.name")),
    };
}

static void *copy_of(vd_arena *a, const void *v, size_t n, size_t size)
{
    void *p = vd_arena_alloc(a, n * size);
    if (n) memcpy(p, v, n * size);
    return p;
}

static void freeze_conditions(vd_builder *b)
{
    vd_plan *plan = b->plan;
    VD_VEC(vd_plan_use) uses = {0};
    for (uint32_t c = 0; c < b->conditions.n; c++) {
        vd_condition *cond = &b->conditions.v[c];
        cond->uses = (vd_list){(uint32_t)uses.n, (uint32_t)b->uses.v[c].n};
        for (size_t i = 0; i < b->uses.v[c].n; i++)
            *vd_vec_push(&uses) = b->uses.v[c].v[i];
        vd_vec_free(&b->uses.v[c]);
    }
    plan->n_conditions = (uint32_t)b->conditions.n;
    plan->conditions = copy_of(b->a, b->conditions.v, b->conditions.n, sizeof *b->conditions.v);
    plan->n_uses = (uint32_t)uses.n;
    plan->uses = copy_of(b->a, uses.v, uses.n, sizeof *uses.v);
    vd_vec_free(&uses);
}

static void freeze_predicates(vd_builder *b)
{
    vd_plan *plan = b->plan;
    plan->n_predicates = (uint32_t)b->preds.n;
    plan->predicates = VD_NEW_N(b->a, vd_predicate, b->preds.n);
    for (uint32_t p = 0; p < b->preds.n; p++)
        plan->predicates[p] =
            (vd_predicate){b->preds.v[p].slot, (float)vd_build_pred_share(b, p)};
    plan->n_lists = (uint32_t)b->lists.n;
    plan->lists = copy_of(b->a, b->lists.v, b->lists.n, sizeof *b->lists.v);
}

static void choose_class_slots(vd_builder *b)
{
    vd_plan *plan = b->plan;
    plan->class_slots = VD_NEW_N(b->a, uint32_t, plan->n_slots);
    for (uint32_t s = 0; s < plan->n_slots; s++)
        if (plan->slots[s].tested &&
            vd_build_few_valued(vd_schema_field(b->schema, b->slots.v[s])->name))
            plan->class_slots[plan->n_class_slots++] = s;
}

static void freeze(vd_builder *b)
{
    vd_plan *plan = b->plan;
    vd_build_slot_tests(b);
    freeze_conditions(b);
    freeze_predicates(b);
    choose_class_slots(b);
    plan->n_rules = (uint32_t)b->rules.n;
    plan->rules = copy_of(b->a, b->rules.v, b->rules.n, sizeof *b->rules.v);
    plan->n_stages = (uint32_t)b->stages.n;
    plan->stages = copy_of(b->a, b->stages.v, b->stages.n, sizeof *b->stages.v);
    plan->n_steps = (uint32_t)b->steps.n;
    plan->steps = copy_of(b->a, b->steps.v, b->steps.n, sizeof *b->steps.v);
    plan->n_scripts = (uint32_t)b->scripts.n;
    plan->scripts = copy_of(b->a, b->scripts.v, b->scripts.n, sizeof *b->scripts.v);
    plan->slot_fields = copy_of(b->a, b->slots.v, b->slots.n, sizeof *b->slots.v);
    plan->n_atoms = (uint32_t)b->atoms.n;
    plan->extract = vd_extract_new(b->schema, b->slots.v, b->slots.n);
}

static void builder_fini(vd_builder *b)
{
    vd_vec_free(&b->slots);
    vd_vec_free(&b->slot_of);
    vd_vec_free(&b->atoms);
    vd_vec_free(&b->preds);
    vd_vec_free(&b->scripts);
    vd_vec_free(&b->steps);
    vd_vec_free(&b->conditions);
    vd_vec_free(&b->uses);
    vd_vec_free(&b->stages);
    vd_vec_free(&b->rules);
    vd_vec_free(&b->lists);
    vd_map_fini(&b->atom_map);
    vd_map_fini(&b->pred_map);
    vd_map_fini(&b->script_map);
    vd_map_fini(&b->condition_map);
    vd_arena_fini(&b->tmp);
}

vd_plan *vd_plan_build(vd_ruleset *rules, vd_schema *schema, const vd_plan_options *options)
{
    static const vd_plan_options none;
    const vd_plan_options *o = options ? options : &none;
    int64_t start = vd_mono_ns();
    vd_plan *plan = vd_calloc(1, sizeof *plan);
    atomic_init(&plan->refs, 1);
    vd_arena_init(&plan->arena, 1u << 18);
    plan->ruleset = rules;
    plan->schema = schema;
    plan->ignore_index = o->ignore_index;
    vd_builder b = {.plan = plan, .a = &plan->arena, .schema = schema, .now = vd_now_ms()};
    vd_arena_init(&b.tmp, 1u << 18);
    own_slots(&b, o);
    for (size_t i = 0; i < rules->rules.n; i++) {
        const vd_rule *r = rules->rules.v[i];
        if (r->runs && r->enabled && !r->broken && r->eql) add_rule(&b, r, o);
    }
    freeze(&b);
    builder_fini(&b);
    plan->build_ns = vd_mono_ns() - start;
    return plan;
}

vd_plan *vd_plan_ref(vd_plan *plan)
{
    atomic_fetch_add(&plan->refs, 1);
    return plan;
}

void vd_plan_unref(vd_plan *plan)
{
    if (!plan || atomic_fetch_sub(&plan->refs, 1) != 1) return;
    vd_extract_free(plan->extract);
    vd_ruleset_free(plan->ruleset);
    vd_schema_free(plan->schema);
    vd_arena_fini(&plan->arena);
    free(plan);
}

size_t vd_plan_rule_count(const vd_plan *plan) { return plan->n_rules; }

const vd_plan_rule *vd_plan_rule_at(const vd_plan *plan, uint32_t rule)
{
    return &plan->rules[rule];
}

const vd_plan_stage *vd_plan_stage_at(const vd_plan *plan, uint32_t stage)
{
    return &plan->stages[stage];
}

vd_ruleset *vd_plan_rules(const vd_plan *plan) { return plan->ruleset; }
const vd_schema *vd_plan_schema(const vd_plan *plan) { return plan->schema; }
const vd_extract *vd_plan_extract(const vd_plan *plan) { return plan->extract; }
const vd_plan_slots *vd_plan_slots_of(const vd_plan *plan) { return &plan->own; }

vd_str vd_plan_slot_name(const vd_plan *plan, uint32_t slot)
{
    return vd_schema_field(plan->schema, plan->slot_fields[slot])->name;
}

size_t vd_plan_uses(const vd_plan *plan, uint32_t condition, const vd_plan_use **out)
{
    vd_list l = plan->conditions[condition].uses;
    *out = plan->uses + l.at;
    return l.n;
}

bool vd_plan_ignores_index(const vd_plan *plan) { return plan->ignore_index; }

bool vd_plan_takes(const vd_plan *plan, uint32_t rule, vd_str index)
{
    const vd_rule *r = plan->rules[rule].rule;
    if (plan->ignore_index || r->n_index == 0) return true;
    return index.n && vd_index_takes(r->index, r->n_index, index);
}

vd_plan_stats vd_plan_stats_of(const vd_plan *plan)
{
    return (vd_plan_stats){.rules = plan->n_rules,
                           .conditions = plan->n_conditions,
                           .predicates = plan->n_predicates,
                           .atoms = plan->n_atoms,
                           .scripts = plan->n_scripts,
                           .slots = plan->n_slots,
                           .bytes = vd_arena_bytes(&plan->arena) + vd_extract_bytes(plan->extract),
                           .build_ns = plan->build_ns};
}
