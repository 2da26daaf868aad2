/* vedette.toml: defaults for options, and rules to switch off or to grade anew.
 *
 *     [defaults]
 *     rules = ["rules/"]
 *     min-severity = "medium"
 *
 *     [rules."Volume Shadow Copies Deleted"]
 *     severity = "critical" */
#include "cli/cli.h"
#include "rule/toml_read.h"

#include <errno.h>
#include <unistd.h>

#define DEFAULT_PATH "vedette.toml"
#define MAX_CONFIG (1u << 20)

int vd_read_file(vd_arena *a, const char *path, size_t max, vd_str *out, vd_err *err)
{
    FILE *f = fopen(path, "rb");
    if (!f) return vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
    VD_VEC(char) text = {0};
    size_t got = 1;
    while (got && text.n <= max) {
        vd_vec_reserve(&text, text.n + 65536);
        got = fread(text.v + text.n, 1, 65536, f);
        text.n += got;
    }
    bool broken = ferror(f), large = text.n > max;
    fclose(f);
    if (!broken && !large) *out = vd_arena_str(a, (vd_str){text.v, text.n});
    vd_vec_free(&text);
    if (broken) return vd_fail(err, VD_IO, "%s: %s", path, strerror(errno ? errno : EIO));
    if (large) return vd_fail(err, VD_LIMIT, "%s: larger than %zu bytes", path, max);
    return VD_OK;
}

/* A value of [defaults] as the command line would have it; NULL: a flag that is off. */
static const char *value_text(vd_options *o, const vd_json *v)
{
    switch (vd_json_typeof(v)) {
    case VD_JSON_BOOL: return vd_json_get_bool(v) ? "" : NULL;
    case VD_JSON_STRING: return vd_arena_str(&o->arena, vd_json_str(v)).p;
    default: {
        vd_str text = vd_json_text(&o->arena, v, false);
        return vd_arena_str(&o->arena, text).p;
    }
    }
}

static bool set_default(vd_options *o, size_t i, const vd_json *v)
{
    bool list = vd_json_typeof(v) == VD_JSON_ARRAY, flag = vd_option_table[i].kind == VD_OPT_FLAG;
    if (flag != (vd_json_typeof(v) == VD_JSON_BOOL) || (list && vd_option_table[i].kind != VD_OPT_LIST)) {
        vd_say("%s: \"%s\" has a value of the wrong kind", o->settings_path, vd_option_table[i].name);
        return false;
    }
    bool ok = true;
    size_t n = list ? vd_json_len(v) : 1;
    for (size_t k = 0; k < n && ok; k++) {
        const char *text = value_text(o, list ? vd_json_at(v, k) : v);
        ok = !text || vd_option_set(o, i, text);
    }
    return ok;
}

static bool set_defaults(vd_options *o)
{
    bool ok = true;
    for (vd_json_iter it = {0}; vd_json_next(vd_json_get(o->settings, "defaults"), &it);) {
        size_t i = vd_option_find(it.key.p, it.key.n);
        if (i == vd_option_count) {
            vd_say("%s: there is no option \"%.*s\"", o->settings_path, VD_FMT(it.key));
            ok = false;
        } else if ((vd_option_table[i].commands & o->command) && !o->given[i]) {
            ok &= set_default(o, i, it.value);
        }
    }
    return ok;
}

static bool check_tables(const vd_options *o)
{
    bool ok = true;
    for (vd_json_iter it = {0}; vd_json_next(o->settings, &it);) {
        bool known = vd_str_eq(it.key, VD_STR("defaults")) || vd_str_eq(it.key, VD_STR("rules"));
        if (known && vd_json_typeof(it.value) == VD_JSON_OBJECT) continue;
        vd_say("%s: \"%.*s\" is no table of settings; there are [defaults] and [rules.\"NAME\"]",
               o->settings_path, VD_FMT(it.key));
        ok = false;
    }
    return ok;
}

int vd_config_read(vd_options *o)
{
    vd_err err = {0};
    vd_str text;
    o->settings_path = o->config ? o->config : DEFAULT_PATH;
    if (!o->config && access(DEFAULT_PATH, F_OK)) return VD_EXIT_OK;
    if (vd_read_file(&o->arena, o->settings_path, MAX_CONFIG, &text, &err)) {
        vd_say("%s", err.msg);
        return VD_EXIT_FAILURE;
    }
    if (vd_toml_read(text, &o->settings, NULL, &err)) {
        vd_say("%s:%zu: %s", o->settings_path, vd_place_of(text, err.pos).line, err.msg);
        return VD_EXIT_USAGE;
    }
    return check_tables(o) && set_defaults(o) ? VD_EXIT_OK : VD_EXIT_USAGE;
}

/* ---- [rules."NAME"] ---- */

static bool set_severity(const vd_options *o, vd_rule *rule, const vd_json *v)
{
    vd_severity severity = vd_severity_from(vd_json_str(v));
    if (severity == VD_SEVERITY_COUNT) {
        vd_say("%s: \"%.*s\" is no severity (low, medium, high, critical)", o->settings_path,
               VD_FMT(vd_json_str(v)));
        return false;
    }
    rule->severity = severity;
    vd_json_set_str(rule->api, "severity", vd_str_from(vd_severity_name(severity)));
    /* Who grades a rule means all of its alerts. */
    vd_json_del(rule->api, "severity_mapping");
    return true;
}

static bool set_enabled(const vd_options *o, vd_rule *rule, const vd_json *v)
{
    if (vd_json_typeof(v) != VD_JSON_BOOL) {
        vd_say("%s: enabled wants true or false", o->settings_path);
        return false;
    }
    rule->enabled &= vd_json_get_bool(v);
    return true;
}

static bool apply_to(const vd_options *o, vd_rule *rule, const vd_json *table)
{
    bool ok = true;
    for (vd_json_iter it = {0}; vd_json_next(table, &it);) {
        if (vd_str_eq(it.key, VD_STR("enabled"))) {
            ok &= set_enabled(o, rule, it.value);
        } else if (vd_str_eq(it.key, VD_STR("severity"))) {
            ok &= set_severity(o, rule, it.value);
        } else {
            vd_say("%s: rules have the settings enabled and severity, not \"%.*s\"",
                   o->settings_path, VD_FMT(it.key));
            ok = false;
        }
    }
    return ok;
}

int vd_config_apply(const vd_options *o, vd_ruleset *set)
{
    bool ok = true;
    for (vd_json_iter it = {0}; vd_json_next(vd_json_get(o->settings, "rules"), &it);) {
        bool found = false;
        for (size_t i = 0; i < set->rules.n; i++) {
            vd_rule *rule = set->rules.v[i];
            if (!vd_str_eq(rule->rule_id, it.key) && !vd_str_eq_ascii_ci(rule->name, it.key)) continue;
            found = true;
            ok &= apply_to(o, rule, it.value);
        }
        if (!found && !o->quiet)
            vd_say("%s: no rule is called \"%.*s\"", o->settings_path, VD_FMT(it.key));
    }
    return ok ? VD_EXIT_OK : VD_EXIT_USAGE;
}
