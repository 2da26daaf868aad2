/* rule/lint.c - what looks wrong in a rule that is right
 *
 * Idea     Each lint is a row of one of two tables: those that look at a whole
 *          query, and those that look at one expression of it at a time.
 * Measure  A lint must be silent on rules that people run: the public rule set is
 *          the yardstick. What it says must be worth stopping for. */
#include "base/clock.h"
#include "base/map.h"
#include "eql/ops.h"
#include "field/ip.h"
#include "rule/rule_int.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* One rule under the lints. */
typedef struct lint {
    vd_ruleset *set;
    vd_rule *rule;
    vd_schema *schema;
    const vd_eql_query *query;
    const char *code; /* of the lint that is at work */
    bool negated;     /* the expression stands under an odd number of nots */
    vd_map told;      /* names of unknown fields that were spoken of */
} lint;

/* ---- fields nobody knows ---- */

static bool is_unknown(const lint *l, vd_field_id id)
{
    const vd_field *f = vd_schema_field(l->schema, id);
    return f && f->origin == VD_ORIGIN_DYNAMIC;
}

static void tell_unknown(lint *l, vd_str name, size_t pos, size_t len)
{
    uint32_t before = l->told.n;
    vd_map_put(&l->told, name, before);
    if (l->told.n == before) return;
    vd_str near;
    if (vd_schema_suggest(l->schema, name, &near, 1))
        vd_rule_problem_at(l->set, l->rule, false, l->code, pos, len,
                           "unknown field [%.*s], did you mean [%.*s]?", VD_FMT(name),
                           VD_FMT(near));
    else
        vd_rule_problem_at(l->set, l->rule, false, l->code, pos, len, "unknown field [%.*s]",
                           VD_FMT(name));
}

static void unknown_field(lint *l, const vd_eql_expr *e)
{
    if (e->kind == VD_EQL_FIELD && is_unknown(l, e->field))
        tell_unknown(l, e->name, e->pos, e->len);
}

static void unknown_keys(lint *l)
{
    for (uint32_t i = 0; i < l->query->n_items; i++) {
        const vd_eql_item *item = &l->query->items[i];
        for (uint32_t k = 0; k < item->n_keys; k++)
            if (is_unknown(l, item->keys[k].field))
                tell_unknown(l, item->keys[k].name, item->keys[k].pos, item->keys[k].len);
    }
}

/* ---- constants that cannot be what was meant ---- */

static bool is_string(const vd_eql_expr *e)
{
    return e->kind == VD_EQL_LITERAL && e->lit.kind == VD_STRING;
}

/* x == "*.exe", x in ("*.exe"): the star is an ordinary character there. A value
 * that is nothing but a star is one (a policy's "all"). Exclusions are let be: what
 * does not exclude as it was meant to makes a rule louder, not blind, and the public
 * rules have some of these. */
static void wildcard_in_equals(lint *l, const vd_eql_expr *e)
{
    bool equals = e->kind == VD_EQL_COMPARE && e->op == VD_OP_EQ;
    if ((!equals && e->kind != VD_EQL_IN) || e->args[0]->kind != VD_EQL_FIELD) return;
    for (uint32_t i = 1; i < e->n && !l->negated; i++) {
        const vd_eql_expr *c = e->args[i];
        vd_str s = is_string(c) ? vd_value_str(&c->lit) : VD_STR("");
        if (s.n < 2 || !memchr(s.p, '*', s.n)) continue;
        vd_rule_problem_at(l->set, l->rule, false, l->code, c->pos, c->len,
                           "\"*\" stands for itself here, did you mean the operator \"%s\"?",
                           equals  ? ":"
                           : e->ci ? "like~"
                                   : "like");
    }
}

/* The string can be a value of a field of that type. */
static bool fits(vd_eql_type type, vd_str s)
{
    uint8_t address[16];
    vd_cidr cidr;
    int64_t ms;
    switch (type) {
    case VD_ET_IP: return vd_ip_parse(s, address) || vd_cidr_parse(s, &cidr);
    case VD_ET_DATE: return vd_time_parse(s, &ms) || vd_time_math(s, 0, false, &ms, NULL) == VD_OK;
    default: return true;
    }
}

static void unreadable_constant(lint *l, const vd_eql_expr *e)
{
    if ((e->kind != VD_EQL_COMPARE && e->kind != VD_EQL_IN) || e->args[0]->kind != VD_EQL_FIELD)
        return;
    vd_eql_type type = (vd_eql_type)e->args[0]->type;
    for (uint32_t i = 1; i < e->n; i++) {
        const vd_eql_expr *c = e->args[i];
        if (!is_string(c) || fits(type, vd_value_str(&c->lit))) continue;
        vd_rule_problem_at(l->set, l->rule, false, l->code, c->pos, c->len,
                           "no value of [%.*s] can be \"%.*s\": it is no %s",
                           VD_FMT(e->args[0]->name), VD_FMT(vd_value_str(&c->lit)),
                           type == VD_ET_IP ? "address" : "date");
    }
}

/* ---- conditions that say nothing ---- */

/* not (field == constant); gives the comparison. */
static const vd_eql_expr *inequality(const vd_eql_expr *e)
{
    const vd_eql_expr *c = e->kind == VD_EQL_NOT ? e->args[0] : NULL;
    bool equals = c && c->kind == VD_EQL_COMPARE && c->op == VD_OP_EQ;
    bool constant = equals && c->args[1]->kind == VD_EQL_LITERAL && c->args[1]->lit.kind != VD_NULL;
    return constant && c->args[0]->kind == VD_EQL_FIELD ? c : NULL;
}

/* x != "a" or x != "b": every value is unlike one of the two. */
static void inequalities_in_or(lint *l, const vd_eql_expr *e)
{
    if (e->kind != VD_EQL_OR) return;
    for (uint32_t i = 0; i < e->n; i++) {
        const vd_eql_expr *a = inequality(e->args[i]);
        for (uint32_t k = i + 1; a && k < e->n; k++) {
            const vd_eql_expr *b = inequality(e->args[k]);
            if (!b || b->args[0]->field != a->args[0]->field) continue;
            if (vd_value_compare(&a->args[1]->lit, &b->args[1]->lit) == 0) continue;
            vd_rule_problem_at(
                l->set, l->rule, false, l->code, b->pos, b->len,
                "every value of [%.*s] is unlike one of the two, did you mean \"and\"?",
                VD_FMT(a->args[0]->name));
            return;
        }
    }
}

/* ---- stages ---- */

static const char *what_it_is(const lint *l, const vd_eql_item *item)
{
    if (l->query->kind == VD_EQL_EVENT) return "the condition";
    return item == l->query->until ? "the condition of until" : "the condition of this stage";
}

/* Calls f for every stage, until last. */
static void each_item(lint *l, void (*f)(lint *l, const vd_eql_item *item))
{
    for (uint32_t i = 0; i < l->query->n_items; i++)
        f(l, &l->query->items[i]);
    if (l->query->until) f(l, l->query->until);
}

static void never_holds(lint *l, const vd_eql_item *item)
{
    const vd_eql_expr *c = item->cond;
    bool never = c->kind == VD_EQL_LITERAL &&
                 (c->lit.kind == VD_NULL || (c->lit.kind == VD_BOOL && !c->lit.b));
    if (never)
        vd_rule_problem_at(l->set, l->rule, false, l->code, item->pos, item->len,
                           "%s can never hold", what_it_is(l, item));
}

/* `where true` was meant so; what only comes out as true was not. */
static void always_holds(lint *l, const vd_eql_item *item)
{
    const vd_eql_expr *c = item->cond;
    if (c->kind != VD_EQL_LITERAL || c->lit.kind != VD_BOOL || !c->lit.b) return;
    vd_str text = vd_str_trim(vd_str_sub(l->query->text, item->pos, item->pos + item->len));
    if (vd_str_ends(text, VD_STR("]"))) text = vd_str_trim(vd_str_sub(text, 0, text.n - 1));
    if (!vd_str_ends(text, VD_STR("where true")))
        vd_rule_problem_at(l->set, l->rule, false, l->code, item->pos, item->len, "%s always holds",
                           what_it_is(l, item));
}

/* The values that ECS allows in event.category, and those that Elastic Defend and
 * the integrations put there beside them. */
static const char *const categories[] = {
    "api",     "authentication", "configuration", "database", "dns",        "driver",
    "email",   "file",           "host",          "iam",      "image_load", "intrusion_detection",
    "library", "malware",        "network",       "package",  "process",    "registry",
    "session", "threat",         "vulnerability", "web",
};

/* Where the item's category is written: behind its brackets, if it has some. */
static size_t category_at(const lint *l, const vd_eql_item *item)
{
    vd_str text = l->query->text;
    size_t pos = item->pos;
    while (pos < text.n && strchr("![ \t\r\n", text.p[pos]))
        pos++;
    return pos;
}

static void unknown_category(lint *l, const vd_eql_item *item)
{
    if (item->any || l->rule->category_field.n) return;
    for (size_t i = 0; i < COUNT(categories); i++)
        if (vd_str_eq(item->category, vd_str_from(categories[i]))) return;
    const char *near = vd_nearest(item->category, categories, COUNT(categories));
    vd_rule_problem_at(l->set, l->rule, false, l->code, category_at(l, item), item->category.n,
                       "unknown category \"%.*s\"%s%s%s", VD_FMT(item->category),
                       near ? ", did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static void stage_never_holds(lint *l)
{
    each_item(l, never_holds);
}
static void stage_always_holds(lint *l)
{
    each_item(l, always_holds);
}
static void category_of_no_event(lint *l)
{
    each_item(l, unknown_category);
}

/* ---- the query ---- */

/* A process's entity id (an object's id that is never used again) bounds the time
 * by itself: the events are of one process's life. */
static bool bounded_by_entity(const vd_eql_item *item)
{
    for (uint32_t i = 0; i < item->n_keys; i++)
        if (vd_str_ends(item->keys[i].name, VD_STR(".entity_id"))) return true;
    return false;
}

static void no_maxspan(lint *l)
{
    const vd_eql_query *q = l->query;
    if (q->kind == VD_EQL_SEQUENCE && q->maxspan < 0 && !bounded_by_entity(&q->items[0]))
        vd_rule_problem(l->set, l->rule, false, l->code,
                        "the sequence has no maxspan: its events may be any time apart");
}

/* What kind of values two join keys hold, as far as it is known. */
static const char *number_kind(const lint *l, vd_field_id id)
{
    const vd_field *f = vd_schema_field(l->schema, vd_schema_resolve(l->schema, id));
    if (!f || !vd_field_type_is_number(f->type)) return NULL;
    return f->type == VD_TYPE_DOUBLE ? "fractions" : "whole numbers";
}

/* Types that do not go together at all are errors of the check; whole numbers and
 * fractions do, but hardly ever meet. */
static void key_types(lint *l)
{
    const vd_eql_item *first = &l->query->items[0];
    for (uint32_t i = 1; i < l->query->n_items; i++) {
        const vd_eql_item *item = &l->query->items[i];
        for (uint32_t k = 0; k < item->n_keys && k < first->n_keys; k++) {
            const char *a = number_kind(l, first->keys[k].field);
            const char *b = number_kind(l, item->keys[k].field);
            if (!a || !b || a == b) continue;
            vd_rule_problem_at(l->set, l->rule, false, l->code, item->keys[k].pos,
                               item->keys[k].len, "[%.*s] holds %s, [%.*s] holds %s",
                               VD_FMT(first->keys[k].name), a, VD_FMT(item->keys[k].name), b);
        }
    }
}

static void no_index(lint *l)
{
    if (l->rule->n_index == 0 && !vd_json_get(l->rule->api, "data_view_id"))
        vd_rule_problem(l->set, l->rule, false, l->code,
                        "the rule has no index patterns: it looks at every event");
}

/* ---- the tables ---- */

static const struct {
    const char *code;
    void (*look)(lint *l);
} query_lints[] = {
    {"unknown-field", unknown_keys},
    {"stage-never-holds", stage_never_holds},
    {"stage-always", stage_always_holds},
    {"unknown-category", category_of_no_event},
    {"no-maxspan", no_maxspan},
    {"key-types", key_types},
    {"no-index", no_index},
};

static const struct {
    const char *code;
    void (*look)(lint *l, const vd_eql_expr *e);
} expr_lints[] = {
    {"unknown-field", unknown_field},
    {"wildcard-in-equals", wildcard_in_equals},
    {"unreadable-constant", unreadable_constant},
    {"or-of-inequalities", inequalities_in_or},
};

/* The parser bounds the depth (VD_MAX_EXPR_DEPTH). */
static void look_at_expr(lint *l, const vd_eql_expr *e)
{
    bool outside = l->negated;
    for (size_t i = 0; i < COUNT(expr_lints); i++) {
        l->code = expr_lints[i].code;
        expr_lints[i].look(l, e);
    }
    if (e->kind == VD_EQL_NOT) l->negated = !outside;
    for (uint32_t i = 0; i < e->n; i++)
        look_at_expr(l, e->args[i]);
    l->negated = outside;
}

static void look_at_item(lint *l, const vd_eql_item *item)
{
    look_at_expr(l, item->cond);
}

/* In the order of the query; what has no place first. */
static int by_place(const void *a, const void *b)
{
    const vd_problem *x = a, *y = b;
    if (x->placed != y->placed) return x->placed - y->placed;
    if (x->pos != y->pos) return x->pos < y->pos ? -1 : 1;
    return vd_str_cmp(x->code, y->code);
}

static void lint_rule(vd_ruleset *set, vd_rule *rule, vd_schema *schema)
{
    lint l = {.set = set, .rule = rule, .schema = schema, .query = rule->eql};
    size_t before = rule->problems.n;
    each_item(&l, look_at_item);
    for (size_t i = 0; i < COUNT(query_lints); i++) {
        l.code = query_lints[i].code;
        query_lints[i].look(&l);
    }
    vd_map_fini(&l.told);
    if (rule->problems.n > before)
        qsort(rule->problems.v + before, rule->problems.n - before, sizeof *rule->problems.v,
              by_place);
}

void vd_ruleset_lint(vd_ruleset *set, vd_schema *schema)
{
    for (size_t i = 0; i < set->rules.n; i++) {
        vd_rule *rule = set->rules.v[i];
        if (rule->eql && !rule->broken) lint_rule(set, rule, schema);
    }
}
