/* Which rules: where they are read and which of them are left out. */
#include "cli/cli.h"

#include <unistd.h>

#include "base/limits.h"

/* Letters compare without case, * stands for any text and ? for one byte. */
static bool like(vd_str s, vd_str pattern)
{
    size_t i = 0, p = 0, star = SIZE_MAX, from = 0;
    while (i < s.n) {
        bool one = p < pattern.n && (pattern.p[p] == '?' ||
                                     vd_ascii_lower((unsigned char)pattern.p[p]) ==
                                         vd_ascii_lower((unsigned char)s.p[i]));
        if (p < pattern.n && pattern.p[p] == '*') {
            star = p++;
            from = i;
        } else if (one) {
            i++;
            p++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            i = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

static bool is_called(const vd_rule *rule, vd_str name)
{
    return like(rule->rule_id, name) || like(rule->name, name);
}

static bool has_tag(const vd_rule *rule, vd_str tag)
{
    for (size_t i = 0; i < rule->n_tags; i++)
        if (like(rule->tags[i], tag)) return true;
    return false;
}

/* T1021 takes T1021.002 too. */
static bool is_below(vd_str id, vd_str asked)
{
    return id.n >= asked.n && vd_str_eq_ascii_ci(vd_str_sub(id, 0, asked.n), asked) &&
           (id.n == asked.n || id.p[asked.n] == '.');
}

static bool has_technique(const vd_rule *rule, vd_str asked)
{
    vd_threat threats[64];
    size_t n = vd_rule_threats(rule, threats, 64);
    for (size_t i = 0; i < n && i < 64; i++)
        if (is_below(threats[i].technique_id, asked) || is_below(threats[i].tactic_id, asked))
            return true;
    return false;
}

static bool is_excluded(const vd_rule *rule, vd_str name)
{
    return is_called(rule, name) || has_tag(rule, name);
}

/* One of the list holds for the rule; an empty list asks for nothing. */
static bool any_of(const vd_texts *list, bool empty, const vd_rule *rule,
                   bool (*holds)(const vd_rule *, vd_str))
{
    for (size_t i = 0; i < list->n; i++)
        if (holds(rule, vd_str_from(list->v[i]))) return true;
    return list->n == 0 && empty;
}

static bool wanted(const vd_options *o, const vd_rule *rule, vd_severity least)
{
    return rule->severity >= least && any_of(&o->only, true, rule, is_called) &&
           any_of(&o->tags, true, rule, has_tag) &&
           any_of(&o->techniques, true, rule, has_technique) &&
           !any_of(&o->exclude, false, rule, is_excluded);
}

static const char *next_name(const void *ctx, size_t i)
{
    const vd_ruleset *set = ctx;
    return i < set->rules.n ? vd_arena_str((vd_arena *)&set->arena, set->rules.v[i]->name).p : NULL;
}

/* --rule that names no rule is a slip of the hand, not a wish for nothing. */
static int check_names(const vd_options *o, const vd_ruleset *set)
{
    for (size_t k = 0; k < o->only.n; k++) {
        bool found = false;
        for (size_t i = 0; i < set->rules.n && !found; i++)
            found = is_called(set->rules.v[i], vd_str_from(o->only.v[k]));
        if (found) continue;
        const char *near = vd_cli_nearest(o->only.v[k], next_name, set);
        vd_say("no rule is called \"%s\"%s%s%s", o->only.v[k], near ? ", did you mean \"" : "",
               near ? near : "", near ? "\"?" : "");
        return VD_EXIT_USAGE;
    }
    return VD_EXIT_OK;
}

static int read_paths(const vd_options *o, vd_ruleset *set)
{
    vd_read_options how = {.deprecated = o->deprecated};
    const char *const standard[] = {"rules"};
    size_t n = o->rules.n ? o->rules.n : 1;
    const char *const *paths = o->rules.n ? o->rules.v : standard;
    if (!o->rules.n && access(standard[0], R_OK)) {
        vd_say("no rules: give -r RULES (a file or a folder); there is no folder ./rules here");
        return VD_EXIT_USAGE;
    }
    for (size_t i = 0; i < n; i++) {
        vd_err err = {0};
        if (vd_ruleset_read(set, paths[i], &how, &err)) {
            vd_say("%s", err.msg);
            return VD_EXIT_FAILURE;
        }
    }
    return VD_EXIT_OK;
}

int vd_select_read(const vd_options *o, vd_ruleset *set)
{
    vd_severity least = VD_SEVERITY_LOW;
    if (o->min_severity) least = vd_severity_from(vd_str_from(o->min_severity));
    if (least == VD_SEVERITY_COUNT) {
        vd_say("--min-severity wants low, medium, high or critical, not \"%s\"", o->min_severity);
        return VD_EXIT_USAGE;
    }
    int rc = read_paths(o, set);
    if (!rc) rc = check_names(o, set);
    if (!rc) rc = vd_config_apply(o, set);
    if (rc) return rc;
    for (size_t i = 0; i < set->rules.n; i++)
        if (!wanted(o, set->rules.v[i], least)) set->rules.v[i]->enabled = false;
    return VD_EXIT_OK;
}

vd_schema *vd_select_schema(const vd_options *o)
{
    vd_schema *schema = vd_schema_new();
    if (!o->field_types) return schema;
    vd_err err = {0};
    vd_arena a;
    vd_str text;
    vd_arena_init(&a, 0);
    int rc = vd_read_file(&a, o->field_types, VD_MAX_RULE_FILE, &text, &err);
    if (rc) {
        vd_say("%s", err.msg);
    } else if ((rc = vd_schema_load_mapping(schema, text, &err))) {
        vd_say("%s: %s", o->field_types, err.msg);
    }
    vd_arena_fini(&a);
    if (!rc) return schema;
    vd_schema_free(schema);
    return NULL;
}

static void set_field(vd_str *field, const char *value)
{
    if (value && !field->n) *field = vd_str_from(value);
}

void vd_select_fields(const vd_options *o, vd_ruleset *set)
{
    for (size_t i = 0; i < set->rules.n; i++) {
        vd_rule *rule = set->rules.v[i];
        set_field(&rule->category_field, o->category_field);
        set_field(&rule->timestamp_field, o->timestamp_field);
        set_field(&rule->tiebreaker_field, o->tiebreaker_field);
    }
}
