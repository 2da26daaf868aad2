/* rule/set.c - rules and their problems */
#include <stdio.h>
#include <stdlib.h>

#include "rule/rule_int.h"

static const char *const severity_names[VD_SEVERITY_COUNT] = {"low", "medium", "high", "critical"};

const char *vd_severity_name(vd_severity s)
{
    return s < VD_SEVERITY_COUNT ? severity_names[s] : "unknown";
}

vd_severity vd_severity_from(vd_str s)
{
    for (int i = 0; i < VD_SEVERITY_COUNT; i++)
        if (vd_str_eq(s, vd_str_from(severity_names[i]))) return (vd_severity)i;
    return VD_SEVERITY_COUNT;
}

vd_ruleset *vd_ruleset_new(void)
{
    vd_ruleset *set = vd_calloc(1, sizeof *set);
    vd_arena_init(&set->arena, 0);
    return set;
}

static void free_rule(vd_rule *rule)
{
    vd_json_free(rule->api);
    vd_json_free(rule->metadata);
    vd_vec_free(&rule->problems);
}

void vd_ruleset_free(vd_ruleset *set)
{
    if (!set) return;
    for (size_t i = 0; i < set->rules.n; i++)
        free_rule(set->rules.v[i]);
    for (size_t i = 0; i < set->exceptions.n; i++)
        vd_json_free(set->exceptions.v[i]);
    vd_vec_free(&set->rules);
    vd_vec_free(&set->problems);
    vd_vec_free(&set->exceptions);
    vd_arena_fini(&set->arena);
    free(set);
}

vd_rule *vd_ruleset_add(vd_ruleset *set, vd_json *api, vd_str file)
{
    vd_rule *rule = VD_NEW(&set->arena, vd_rule);
    rule->api = api;
    rule->file = file;
    rule->enabled = true;
    *vd_vec_push(&set->rules) = rule;
    return rule;
}

vd_rule *vd_ruleset_add_query(vd_ruleset *set, vd_str query)
{
    vd_json *api = vd_json_object();
    vd_json_set_str(api, "rule_id", VD_STR("query"));
    vd_json_set_str(api, "name", VD_STR("query"));
    vd_json_set_str(api, "description", VD_STR("a query by itself"));
    vd_json_set_str(api, "type", VD_STR("eql"));
    vd_json_set_str(api, "language", VD_STR("eql"));
    vd_json_set_str(api, "query", query);
    vd_json_set_str(api, "severity", VD_STR("low"));
    vd_json_set(api, "risk_score", vd_json_int(0));
    vd_rule *rule = vd_ruleset_add(set, api, VD_STR("query"));
    vd_rule_fill(set, rule);
    rule->query_line = rule->query_column = 1; /* what is typed is its own file */
    return rule;
}

static vd_str format_args(vd_arena *a, const char *fmt, va_list args)
{
    char buffer[VD_ERR_MSG_MAX];
    int n = vsnprintf(buffer, sizeof buffer, fmt, args);
    if (n < 0) n = 0;
    size_t len = (size_t)n < sizeof buffer ? (size_t)n : sizeof buffer - 1;
    return vd_arena_str(a, (vd_str){buffer, len});
}

void vd_ruleset_problem(vd_ruleset *set, bool error, const char *code, vd_str file, size_t line,
                        size_t column, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vd_str msg = format_args(&set->arena, fmt, args);
    va_end(args);
    *vd_vec_push(&set->problems) = (vd_problem){
        .error = error,
        .code = vd_str_from(code),
        .msg = msg,
        .file = file,
        .line = line,
        .column = column,
    };
}

void vd_rule_problem_text(vd_ruleset *set, vd_rule *rule, bool error, const char *code, bool placed,
                          size_t pos, size_t len, vd_str msg)
{
    vd_problem p = {
        .error = error,
        .code = vd_str_from(code),
        .msg = vd_arena_str(&set->arena, msg),
        .file = rule->file,
        .line = rule->line,
        .placed = placed,
        .pos = pos,
        .len = len,
    };
    if (placed) vd_rule_place(rule, pos, &p.line, &p.column);
    if (error) rule->broken = true;
    *vd_vec_push(&rule->problems) = p;
}

void vd_rule_problem(vd_ruleset *set, vd_rule *rule, bool error, const char *code, const char *fmt,
                     ...)
{
    va_list args;
    va_start(args, fmt);
    vd_str msg = format_args(&set->arena, fmt, args);
    va_end(args);
    vd_rule_problem_text(set, rule, error, code, false, 0, 0, msg);
}

void vd_rule_problem_at(vd_ruleset *set, vd_rule *rule, bool error, const char *code, size_t pos,
                        size_t len, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    vd_str msg = format_args(&set->arena, fmt, args);
    va_end(args);
    vd_rule_problem_text(set, rule, error, code, true, pos, len, msg);
}

void vd_rule_place(const vd_rule *rule, size_t pos, size_t *line, size_t *column)
{
    *line = rule->query_line;
    *column = 0;
    if (rule->query_line == 0 || rule->query_column == 0) return;
    vd_place place = vd_place_of(rule->query, pos);
    *line += place.line - 1;
    *column = place.line == 1 ? rule->query_column + place.column - 1 : place.column;
}
