/* rule/compile.c - the queries of a set to checked trees */
#include "base/map.h"
#include "rule/rule_int.h"

/* Parses, checks and folds the rule's query. */
static int compile_query(vd_ruleset *set, vd_rule *rule, vd_schema *schema,
                         vd_eql_problems *problems, vd_err *err)
{
    vd_eql_query *query = NULL;
    vd_eql_options options = {.category_field = rule->category_field, .problems = problems};
    int code = vd_eql_parse(&set->arena, rule->query, &query, err);
    if (code == VD_OK) code = vd_eql_check(&set->arena, query, schema, &options, err);
    if (code == VD_OK) code = vd_eql_fold(&set->arena, query, err);
    if (code == VD_OK) rule->eql = query;
    return code;
}

/* A place in the query goes into the words only where it is no place in the file. */
static void note_one(vd_ruleset *set, vd_rule *rule, int code, const vd_eql_problem *p)
{
    vd_str msg = p->msg;
    vd_place at = vd_place_of(rule->query, p->pos);
    if (!rule->query_column)
        msg = vd_arena_printf(&set->arena, "line %zu:%zu: %.*s", at.line, at.column, VD_FMT(msg));
    vd_rule_problem_text(set, rule, true, vd_code_name(code), true, p->pos, p->len, msg);
}

static void note_error(vd_ruleset *set, vd_rule *rule, int code, const vd_err *err)
{
    vd_eql_problem p = {err->pos, err->len, vd_str_from(err->msg + err->plain)};
    if (err->placed) note_one(set, rule, code, &p);
    else vd_rule_problem_text(set, rule, true, vd_code_name(code), false, 0, 0, p.msg);
}

static void compile_rule(vd_ruleset *set, vd_rule *rule, vd_schema *schema)
{
    vd_err err = {0};
    vd_eql_problems problems = {0};
    bool empty = vd_str_trim(rule->query).n == 0; /* said when the rule was read */
    if (!rule->runs || rule->eql || empty) return;
    int code = compile_query(set, rule, schema, &problems, &err);
    for (size_t i = 0; i < problems.n; i++)
        note_one(set, rule, code, &problems.v[i]);
    if (code && !problems.n) note_error(set, rule, code, &err);
    vd_vec_free(&problems);
}

/* The rule_id is what alerts are told apart by, so the first rule keeps it. */
static void refuse_second(vd_ruleset *set, vd_map *ids, size_t i)
{
    vd_rule *rule = set->rules.v[i];
    if (rule->rule_id.n == 0) return;
    uint32_t first = vd_map_put(ids, rule->rule_id, (uint32_t)i);
    if (first == (uint32_t)i) return;
    const vd_rule *other = set->rules.v[first];
    vd_rule_problem(set, rule, true, "duplicate-rule-id",
                    "rule_id \"%.*s\" is already that of \"%.*s\" in %.*s", VD_FMT(rule->rule_id),
                    VD_FMT(other->name), VD_FMT(other->file));
}

void vd_ruleset_compile(vd_ruleset *set, vd_schema *schema)
{
    vd_map ids = {0};
    for (size_t i = 0; i < set->rules.n; i++) {
        refuse_second(set, &ids, i);
        compile_rule(set, set->rules.v[i], schema);
    }
    vd_map_fini(&ids);
}
