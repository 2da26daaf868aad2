/* rule/read_toml.c - detection-rules' TOML form to the rule API's form
 *
 * [metadata] stands beside the rule, [transform] goes into its guide, and
 * [rule.new_terms] becomes the two fields that the API has for it. */
#include "rule/rule_int.h"
#include "rule/toml_read.h"

/* ---- to the API's form ---- */

/* [rule.new_terms] holds field = "new_terms_fields", value = [..] and a list
 * history_window_start of {field, value}; the first one's value counts. */
static void put_new_terms(vd_json *api, const vd_json *table)
{
    vd_json *fields = vd_json_get(table, "value");
    vd_json *window = vd_json_at(vd_json_get(table, "history_window_start"), 0);
    if (fields) vd_json_set(api, "new_terms_fields", vd_json_share(fields));
    vd_json *start = vd_json_get(window, "value");
    if (start) vd_json_set(api, "history_window_start", vd_json_share(start));
}

/* TOML has no null: an action's frequency without a throttle means throttle null. */
static void complete_actions(vd_json *actions)
{
    for (size_t i = 0; i < vd_json_len(actions); i++) {
        vd_json *frequency = vd_json_get(vd_json_at(actions, i), "frequency");
        if (vd_json_typeof(frequency) == VD_JSON_OBJECT && !vd_json_has(frequency, "throttle"))
            vd_json_set(frequency, "throttle", NULL);
    }
}

static vd_json *api_form(vd_arena *a, const vd_json *rule, const vd_json *transform)
{
    vd_json *tidy = vd_tidy(rule);
    vd_json *api = vd_json_object();
    for (vd_json_iter it = {0}; vd_json_next(tidy, &it);) {
        bool table = vd_json_typeof(it.value) == VD_JSON_OBJECT;
        if (vd_str_eq(it.key, VD_STR("new_terms")) && table)
            put_new_terms(api, it.value);
        else if (vd_str_eq(it.key, VD_STR("note")) && transform)
            vd_json_set(api, "note", vd_render_note(a, vd_json_str(it.value), transform));
        else
            vd_json_set_n(api, it.key, vd_json_share(it.value));
    }
    vd_json_free(tidy);
    vd_tidy_threat(vd_json_get(api, "threat"));
    vd_json *actions = vd_json_get(api, "actions");
    if (vd_json_typeof(actions) == VD_JSON_ARRAY) complete_actions(actions);
    return api;
}

/* ---- where the query stands ---- */

/* Position of the first byte of the given line. */
static size_t start_of_line(vd_str text, size_t line)
{
    size_t at = 0;
    while (line-- > 1 && at < text.n)
        at = vd_str_find_byte(text, '\n', at) + 1;
    return at < text.n ? at : text.n;
}

/* Position of the quote that opens the first value in the line. */
static size_t opening_quote(vd_str text, size_t line)
{
    size_t at = vd_str_find_byte(text, '=', start_of_line(text, line));
    while (at < text.n && text.p[at] != '"' && text.p[at] != '\'' && text.p[at] != '\n')
        at++;
    return at < text.n && text.p[at] != '\n' ? at : text.n;
}

/* Sets query_line and query_column; `line` is where the value, with its quotes,
 * begins. A string on one line whose escapes make several has lines of its own. */
static void place_query(vd_rule *rule, vd_str text, size_t line)
{
    rule->query_line = line;
    size_t at = line ? opening_quote(text, line) : text.n;
    if (at == text.n) return;
    vd_str rest = vd_str_sub(text, at, text.n);
    bool block = vd_str_starts(rest, VD_STR("'''")) || vd_str_starts(rest, VD_STR("\"\"\""));
    if (!block && memchr(rule->query.p ? rule->query.p : "", '\n', rule->query.n)) return;
    at += block ? 3 : 1;
    if (block && at < text.n && text.p[at] == '\r') at++;
    if (block && at < text.n && text.p[at] == '\n') at++;
    vd_place place = vd_place_of(text, at);
    rule->query_line = place.line;
    rule->query_column = place.column;
}

/* ---- which files count ---- */

/* A folder or file of the path is named _deprecated. */
static bool in_deprecated_folder(vd_str path)
{
    for (size_t at = 0; at < path.n;) {
        size_t end = vd_str_find_byte(path, '/', at);
        if (end < path.n && vd_str_eq(vd_str_sub(path, at, end), VD_STR("_deprecated")))
            return true;
        at = end + 1;
    }
    return false;
}

static bool is_deprecated(vd_str file, const vd_json *metadata)
{
    vd_str maturity = vd_json_str(vd_json_get(metadata, "maturity"));
    return vd_str_eq(maturity, VD_STR("deprecated")) || in_deprecated_folder(file);
}

/* A line of the text begins like the header of a [rule] table or a table in it. */
static bool speaks_of_rule(vd_str text)
{
    for (size_t at = 0; at < text.n;) {
        size_t end = vd_str_find_byte(text, '\n', at);
        vd_str line = vd_str_trim(vd_str_sub(text, at, end));
        while (line.n && line.p[0] == '[')
            line = vd_str_trim(vd_str_sub(line, 1, line.n));
        if (line.p &&
            (vd_str_starts(line, VD_STR("rule]")) || vd_str_starts(line, VD_STR("rule."))))
            return true;
        at = end + 1;
    }
    return false;
}

/* ---- the file ---- */

static bool report_broken(const vd_reading *r, vd_str text, const vd_err *err)
{
    if (!r->named && !speaks_of_rule(text)) return false;
    vd_place place = {0};
    if (err->placed) place = vd_place_of(text, err->pos);
    vd_ruleset_problem(r->set, true, vd_code_name(err->code), r->file, place.line, place.column,
                       "%s", err->msg);
    return true;
}

static void add_rule(const vd_reading *r, vd_str text, const vd_json *doc, size_t query_line)
{
    vd_json *metadata = vd_json_get(doc, "metadata");
    vd_json *api =
        api_form(&r->set->arena, vd_json_get(doc, "rule"), vd_json_get(doc, "transform"));
    vd_rule *rule = vd_ruleset_add(r->set, api, r->file);
    if (metadata) rule->metadata = vd_json_share(metadata);
    rule->deprecated = is_deprecated(r->file, metadata);
    rule->query = vd_json_str(vd_json_get(api, "query"));
    place_query(rule, text, query_line);
    vd_rule_fill(r->set, rule);
}

static void leave_out_deprecated(const vd_reading *r)
{
    r->set->deprecated++;
    if (r->named)
        vd_ruleset_problem(r->set, false, "deprecated", r->file, 0, 0,
                           "the rule is deprecated and left out (--deprecated takes it)");
}

static bool take_document(const vd_reading *r, vd_str text, const vd_json *doc, size_t query_line)
{
    switch (vd_json_typeof(vd_json_get(doc, "rule"))) {
    case VD_JSON_OBJECT: break;
    case VD_JSON_ARRAY:
        vd_ruleset_problem(r->set, true, "format_error", r->file, 0, 0,
                           "[[rule]]: a file holds one rule, under [rule]");
        return true;
    default: return false;
    }
    if (r->keep_deprecated || !is_deprecated(r->file, vd_json_get(doc, "metadata")))
        add_rule(r, text, doc, query_line);
    else
        leave_out_deprecated(r);
    return true;
}

bool vd_read_toml(const vd_reading *r, vd_str text)
{
    vd_json *doc;
    size_t query_line;
    vd_err err = {0};
    if (vd_toml_read(text, &doc, &query_line, &err)) return report_broken(r, text, &err);
    bool taken = take_document(r, text, doc, query_line);
    vd_json_free(doc);
    return taken;
}
