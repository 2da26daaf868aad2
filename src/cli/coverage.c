#include "cli/coverage.h"

#include "cli/cli.h"
#include "field/index.h"

#define NO_PLACE UINT32_MAX

/* A judgement at work. */
typedef struct judge {
    vd_coverage *c;
    const vd_survey *survey;
    const vd_field_ids *fields;
    uint32_t *places; /* by field id: its place in fields */
    size_t n_ids;
    bool ignore_index;
    vd_arena scratch; /* of one rule */
} judge;

static bool is_judged(const vd_rule *rule)
{
    return vd_selected(rule) && rule->runs && !rule->broken && rule->eql;
}

/* ---- the fields that rules name ---- */

typedef void (*field_fn)(void *ctx, vd_field_id id);

/* Calls fn for every field of the expression; its height bounds the recursion. */
static void each_field(const vd_eql_expr *e, field_fn fn, void *ctx)
{
    if (e->kind == VD_EQL_FIELD && e->field != VD_NO_FIELD) fn(ctx, e->field);
    for (uint32_t i = 0; i < e->n; i++)
        each_field(e->args[i], fn, ctx);
}

static void each_field_of_rule(const vd_rule *rule, field_fn fn, void *ctx)
{
    for (uint32_t i = 0; i < rule->eql->n_items; i++) {
        const vd_eql_item *item = &rule->eql->items[i];
        if (item->cond) each_field(item->cond, fn, ctx);
        for (uint32_t k = 0; k < item->n_keys; k++)
            if (item->keys[k].field != VD_NO_FIELD) fn(ctx, item->keys[k].field);
    }
}

typedef struct collection {
    vd_field_ids *out;
    bool *seen;
} collection;

static void collect(void *ctx, vd_field_id id)
{
    collection *c = ctx;
    if (c->seen[id]) return;
    c->seen[id] = true;
    *vd_vec_push(c->out) = id;
}

void vd_coverage_fields(const vd_ruleset *set, const vd_schema *schema, vd_field_ids *out)
{
    collection c = {out, vd_calloc(vd_schema_count(schema) + 1, sizeof(bool))};
    for (size_t i = 0; i < set->rules.n; i++)
        if (is_judged(set->rules.v[i])) each_field_of_rule(set->rules.v[i], collect, &c);
    free(c.seen);
}

typedef struct naming {
    const vd_schema *schema;
    vd_str prefix;
    bool found;
} naming;

static void find_name(void *ctx, vd_field_id id)
{
    naming *n = ctx;
    n->found |= vd_str_starts(vd_schema_field(n->schema, id)->name, n->prefix);
}

bool vd_coverage_names(const vd_rule *rule, const vd_schema *schema, vd_str prefix)
{
    naming n = {schema, prefix, false};
    if (rule->eql) each_field_of_rule(rule, find_name, &n);
    return n.found;
}

/* ---- fields without which a condition cannot hold: sets by place ---- */

static size_t words(const judge *j) { return j->fields->n / 64 + 1; }
static bool has(const uint64_t *set, uint32_t i) { return set[i / 64] >> (i % 64) & 1; }

static void add_field(judge *j, uint64_t *out, vd_field_id id)
{
    uint32_t place = id < j->n_ids ? j->places[id] : NO_PLACE;
    if (place != NO_PLACE) out[place / 64] |= 1ull << (place % 64);
}

static void needs(judge *j, const vd_eql_expr *e, uint64_t *out);

/* What all sides of an `or` need. */
static void needs_of_or(judge *j, const vd_eql_expr *e, uint64_t *out)
{
    uint64_t *common = VD_NEW_N(&j->scratch, uint64_t, words(j));
    for (uint32_t i = 0; i < e->n; i++) {
        uint64_t *side = VD_NEW_N(&j->scratch, uint64_t, words(j));
        needs(j, e->args[i], side);
        for (size_t w = 0; w < words(j); w++)
            common[w] = i ? common[w] & side[w] : side[w];
    }
    for (size_t w = 0; w < words(j); w++)
        out[w] |= common[w];
}

static bool is_null(const vd_eql_expr *e) { return e->kind == VD_EQL_LITERAL && e->lit.kind == VD_NULL; }

/* x == null holds without x; everything else that a null meets is null. */
static bool holds_for_null(const vd_eql_expr *e)
{
    return e->kind == VD_EQL_COMPARE && e->op == VD_OP_EQ && (is_null(e->args[0]) || is_null(e->args[1]));
}

/* Adds what e needs to out. e->height bounds the recursion. */
static void needs(judge *j, const vd_eql_expr *e, uint64_t *out)
{
    switch ((vd_eql_kind)e->kind) {
    case VD_EQL_LITERAL: return;
    case VD_EQL_NOT: /* x != null is parsed as not x == null */
        for (uint32_t i = 0; holds_for_null(e->args[0]) && i < 2; i++)
            needs(j, e->args[0]->args[i], out);
        return;
    case VD_EQL_OR: needs_of_or(j, e, out); return;
    case VD_EQL_FIELD: add_field(j, out, e->field); return;
    case VD_EQL_IN:
    case VD_EQL_SEQ:
    case VD_EQL_LIKE:
    case VD_EQL_REGEX: needs(j, e->args[0], out); return;
    default: break;
    }
    for (uint32_t i = 0; i < e->n && !holds_for_null(e); i++)
        needs(j, e->args[i], out);
}

/* ---- one rule ---- */

static void lack(vd_coverage *c, vd_lacks *lacks, vd_str what, const vd_rule *rule)
{
    uint32_t i = vd_map_get(&lacks->index, what);
    if (i == VD_MAP_NONE) {
        what = vd_arena_str(&c->a, what);
        i = vd_map_put(&lacks->index, what, (uint32_t)lacks->v.n);
        *vd_vec_push(&lacks->v) = (vd_lack){.what = what};
    }
    vd_lack *l = &lacks->v.v[i];
    if (!l->rules.n || l->rules.v[l->rules.n - 1] != rule) *vd_vec_push(&l->rules) = rule;
}

/* The group has events that the stage may look at. */
static bool is_taken(const judge *j, const vd_rule *rule, const vd_eql_item *item, const vd_survey_group *g)
{
    if (!item->any && !vd_str_eq(item->category, g->category)) return false;
    if (j->ignore_index || !rule->n_index) return true;
    return vd_index_takes(rule->index, rule->n_index, g->index);
}

/* Which fields occur in what the stage looks at; false: there is nothing. */
static bool fields_there(const judge *j, const vd_rule *rule, const vd_eql_item *item, uint64_t *out)
{
    bool any = false;
    for (size_t i = 0; i < j->survey->groups.n; i++) {
        const vd_survey_group *g = &j->survey->groups.v[i];
        if (!is_taken(j, rule, item, g)) continue;
        any = true;
        for (uint32_t k = 0; k < j->fields->n; k++)
            if (g->fields[k]) out[k / 64] |= 1ull << (k % 64);
    }
    return any;
}

static vd_str field_name(const judge *j, const vd_schema *schema, uint32_t place)
{
    return vd_schema_field(schema, j->fields->v[place])->name;
}

/* The fields of the stage that are needed and not there go to `missing`. */
static void judge_fields(judge *j, const vd_eql_item *item, const uint64_t *there, uint64_t *missing)
{
    uint64_t *needed = VD_NEW_N(&j->scratch, uint64_t, words(j));
    if (item->cond) needs(j, item->cond, needed);
    for (uint32_t k = 0; k < item->n_keys; k++)
        if (!item->keys[k].optional) add_field(j, needed, item->keys[k].field);
    for (size_t w = 0; w < words(j); w++)
        missing[w] |= needed[w] & ~there[w];
}

static void name_missing(judge *j, const vd_schema *schema, const vd_rule *rule, const uint64_t *missing,
                         vd_lacks *lacks)
{
    for (uint32_t k = 0; k < j->fields->n; k++)
        if (has(missing, k)) lack(j->c, lacks, field_name(j, schema, k), rule);
}

typedef struct named {
    judge *j;
    uint64_t *set;
} named;

static void note_named(void *ctx, vd_field_id id)
{
    named *n = ctx;
    add_field(n->j, n->set, id);
}

static bool any_of(const judge *j, const uint64_t *set)
{
    for (size_t w = 0; w < words(j); w++)
        if (set[w]) return true;
    return false;
}

/* Fields that a ready rule names and none of its events has. */
static void judge_blind(judge *j, const vd_schema *schema, const vd_rule *rule, const uint64_t *there)
{
    uint64_t *set = VD_NEW_N(&j->scratch, uint64_t, words(j));
    named n = {j, set};
    each_field_of_rule(rule, note_named, &n);
    for (size_t w = 0; w < words(j); w++)
        set[w] &= ~there[w];
    name_missing(j, schema, rule, set, &j->c->blind);
}

/* The rule is for systems of which there is no host here; they are noted. */
static bool is_for_others(judge *j, const vd_rule *rule)
{
    const vd_survey *s = j->survey;
    bool any = false, windows = s->channels.v.n != 0;
    if (!s->systems.v.n && !windows) return false;
    for (size_t i = 0; i < rule->n_tags; i++) {
        vd_str tag = rule->tags[i];
        if (!vd_str_starts(tag, VD_STR("OS: "))) continue;
        vd_str system = vd_str_sub(tag, 4, tag.n);
        any = true;
        if (windows && vd_str_eq_ascii_ci(system, VD_STR("windows"))) return false;
        for (size_t k = 0; k < s->systems.v.n; k++)
            if (vd_str_eq_ascii_ci(system, s->systems.v.v[k].name)) return false;
    }
    for (size_t i = 0; any && i < rule->n_tags; i++)
        if (vd_str_starts(rule->tags[i], VD_STR("OS: ")))
            lack(j->c, &j->c->systems, vd_str_sub(rule->tags[i], 4, rule->tags[i].n), rule);
    return any;
}

static void judge_rule(judge *j, const vd_schema *schema, const vd_rule *rule)
{
    vd_coverage *c = j->c;
    bool source = true;
    c->rules++;
    if (is_for_others(j, rule)) {
        c->other_system++;
        return;
    }
    uint64_t *missing = VD_NEW_N(&j->scratch, uint64_t, words(j));
    uint64_t *all = VD_NEW_N(&j->scratch, uint64_t, words(j));
    for (uint32_t i = 0; i < rule->eql->n_items; i++) {
        const vd_eql_item *item = &rule->eql->items[i];
        uint64_t *there = VD_NEW_N(&j->scratch, uint64_t, words(j));
        if (item->missing) continue;
        if (!fields_there(j, rule, item, there)) {
            lack(c, &c->sources, vd_advice(&j->scratch, rule, item->any ? VD_STR("") : item->category), rule);
            source = false;
            continue;
        }
        judge_fields(j, item, there, missing);
        for (size_t w = 0; w < words(j); w++)
            all[w] |= there[w];
    }
    if (!source) {
        c->without_source++;
    } else if (any_of(j, missing)) {
        c->without_field++;
        name_missing(j, schema, rule, missing, &c->fields);
    } else {
        *vd_vec_push(&c->ready) = rule;
        judge_blind(j, schema, rule, all);
    }
}

static int by_rules(const void *a, const void *b)
{
    const vd_lack *x = a, *y = b;
    if (x->rules.n != y->rules.n) return x->rules.n > y->rules.n ? -1 : 1;
    return vd_str_cmp(x->what, y->what);
}

void vd_coverage_of(vd_coverage *c, const vd_ruleset *set, const vd_schema *schema,
                    const vd_field_ids *fields, const vd_survey *survey, bool ignore_index)
{
    *c = (vd_coverage){0};
    vd_arena_init(&c->a, 0);
    judge j = {.c = c, .survey = survey, .fields = fields, .n_ids = vd_schema_count(schema),
               .ignore_index = ignore_index};
    vd_arena_init(&j.scratch, 0);
    j.places = vd_calloc(j.n_ids + 1, sizeof *j.places);
    memset(j.places, 0xff, j.n_ids * sizeof *j.places);
    for (uint32_t i = 0; i < fields->n; i++)
        j.places[fields->v[i]] = i;
    for (size_t i = 0; i < set->rules.n; i++) {
        if (is_judged(set->rules.v[i])) judge_rule(&j, schema, set->rules.v[i]);
        vd_arena_reset(&j.scratch);
    }
    vd_lacks *const all[] = {&c->sources, &c->fields, &c->systems, &c->blind};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i]->v.n) qsort(all[i]->v.v, all[i]->v.n, sizeof *all[i]->v.v, by_rules);
    free(j.places);
    vd_arena_fini(&j.scratch);
}

void vd_coverage_free(vd_coverage *c)
{
    vd_lacks *const all[] = {&c->sources, &c->fields, &c->systems, &c->blind};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        for (size_t k = 0; k < all[i]->v.n; k++)
            vd_vec_free(&all[i]->v.v[k].rules);
        vd_vec_free(&all[i]->v);
        vd_map_fini(&all[i]->index);
    }
    vd_vec_free(&c->ready);
    vd_arena_fini(&c->a);
}
