/* rule/read_json.c - rules as Kibana exports them, and as JSON
 *
 * An export has one object a line: rules, exception containers and items, action
 * connectors, a summary. The same objects are taken from a JSON array or from a
 * file with a single one, and a rule may be wrapped as a saved object
 * ({"type": "security-rule", "attributes": {..}}), the form it is packaged in. */
#include "base/limits.h"
#include "rule/rule_int.h"

typedef enum object_kind { NOTHING, RULE, EXCEPTION, CONNECTOR, SUMMARY } object_kind;

static bool has(const vd_json *v, const char *key)
{
    return vd_json_has(v, key);
}

/* A container has a list_id and a kind of list, an item its entries too. */
static bool is_exception(const vd_json *v)
{
    if (!has(v, "list_id") || has(v, "rule_id")) return false;
    return has(v, "item_id") || has(v, "entries") || has(v, "namespace_type");
}

static object_kind kind_of(const vd_json *v)
{
    if (vd_json_typeof(v) != VD_JSON_OBJECT) return NOTHING;
    if (is_exception(v)) return EXCEPTION;
    if (has(v, "exported_rules_count") || has(v, "exported_count")) return SUMMARY;
    if (has(v, "rule_id") && (has(v, "type") || has(v, "query") || has(v, "name"))) return RULE;
    if (has(v, "type") && has(v, "risk_score") && has(v, "severity")) return RULE;
    vd_str type = vd_json_str(vd_json_get(v, "type"));
    if (has(v, "attributes") && vd_str_eq(type, VD_STR("action"))) return CONNECTOR;
    return NOTHING;
}

/* What a packaged rule wraps, or the object itself; lent. */
static vd_json *unwrapped(vd_json *v)
{
    vd_str type = vd_json_str(vd_json_get(v, "type"));
    vd_json *attributes = vd_json_get(v, "attributes");
    bool packaged = vd_str_eq(type, VD_STR("security-rule"));
    return packaged && vd_json_typeof(attributes) == VD_JSON_OBJECT ? attributes : v;
}

/* Takes one object; true if it belongs in a file of rules. */
static bool take_object(const vd_reading *r, vd_json *v, size_t line)
{
    vd_json *object = unwrapped(v);
    switch (kind_of(object)) {
    case RULE: {
        vd_rule *rule = vd_ruleset_add(r->set, vd_json_share(object), r->file);
        rule->line = rule->query_line = line;
        vd_rule_fill(r->set, rule);
        return true;
    }
    case EXCEPTION: *vd_vec_push(&r->set->exceptions) = vd_json_share(object); return true;
    case CONNECTOR:
    case SUMMARY: return true;
    case NOTHING: break;
    }
    return false;
}

/* ---- a whole document ---- */

static bool take_array(const vd_reading *r, const vd_json *array)
{
    bool any = false;
    size_t strange = 0;
    for (size_t i = 0; i < vd_json_len(array); i++) {
        bool taken = take_object(r, vd_json_at(array, i), 0);
        any = any || taken;
        strange += !taken;
    }
    if (any && strange)
        vd_ruleset_problem(r->set, true, "not-a-rule", r->file, 0, 0,
                           "%zu of %zu elements are no rule", strange, vd_json_len(array));
    return any;
}

static bool take_whole(const vd_reading *r, vd_json *doc)
{
    bool array = vd_json_typeof(doc) == VD_JSON_ARRAY;
    return array ? take_array(r, doc) : take_object(r, doc, 0);
}

/* ---- lines ---- */

typedef struct line_fault {
    size_t line, column;
    vd_str msg; /* in the set's arena */
} line_fault;

typedef struct line_reader {
    const vd_reading *r;
    VD_VEC(line_fault) faults;
    bool any; /* some line belongs in a file of rules */
} line_reader;

static void note_fault(line_reader *lr, size_t line, size_t column, const char *msg)
{
    vd_str kept = vd_arena_str(&lr->r->set->arena, vd_str_from(msg));
    *vd_vec_push(&lr->faults) = (line_fault){line, column, kept};
}

static void take_line(line_reader *lr, vd_str text, size_t line)
{
    vd_err err = {0};
    vd_json *v;
    if (vd_json_parse(text, &v, &err)) {
        note_fault(lr, line, err.placed ? vd_place_of(text, err.pos).column : 0, err.msg);
        return;
    }
    if (take_object(lr->r, v, line))
        lr->any = true;
    else
        note_fault(lr, line, 0, "no rule, exception or connector");
    vd_json_free(v);
}

/* Faults are only worth telling in a file that is one of rules; the first few of
 * them say what is wrong with it. */
static void tell_faults(const line_reader *lr)
{
    for (size_t i = 0; i < lr->faults.n; i++) {
        if (i == VD_MAX_REPORTS) {
            vd_ruleset_problem(lr->r->set, true, "format_error", lr->r->file, 0, 0,
                               "%zu more lines like that", lr->faults.n - i);
            break;
        }
        const line_fault *f = &lr->faults.v[i];
        vd_ruleset_problem(lr->r->set, true, "format_error", lr->r->file, f->line, f->column,
                           "%.*s", VD_FMT(f->msg));
    }
}

static bool take_lines(const vd_reading *r, vd_str text)
{
    line_reader lr = {.r = r};
    size_t line = 0;
    for (size_t at = 0; at < text.n;) {
        size_t end = vd_str_find_byte(text, '\n', at);
        vd_str s = vd_str_trim(vd_str_sub(text, at, end));
        line++;
        if (s.n) take_line(&lr, s, line);
        at = end + 1;
    }
    if (lr.any || (r->named && lr.faults.n)) tell_faults(&lr);
    bool said = lr.any || (r->named && lr.faults.n > 0);
    vd_vec_free(&lr.faults);
    return said;
}

/* ---- the file ---- */

/* The first line that is not blank is a JSON object by itself. */
static bool begins_with_object_line(vd_str text)
{
    vd_str rest = vd_str_trim(text);
    vd_str line = vd_str_sub(rest, 0, vd_str_find_byte(rest, '\n', 0));
    if (line.n == 0 || line.p[0] != '{') return false;
    vd_json *v;
    if (vd_json_parse(line, &v, NULL)) return false;
    vd_json_free(v);
    return true;
}

/* A broken file that is no export says nothing in a directory unless it reads
 * like one of rules. */
static bool report_broken(const vd_reading *r, vd_str text, const vd_err *err)
{
    if (!r->named && !memmem(text.p, text.n, "\"rule_id\"", 9)) return false;
    vd_place place = {0};
    if (err->placed) place = vd_place_of(text, err->pos);
    vd_ruleset_problem(r->set, true, vd_code_name(err->code), r->file, place.line, place.column,
                       "%s", err->msg);
    return true;
}

/* Lines by its name: then a broken first line costs itself alone. */
static bool named_as_lines(vd_str file)
{
    return vd_str_ends(file, VD_STR(".ndjson")) || vd_str_ends(file, VD_STR(".jsonl"));
}

bool vd_read_json(const vd_reading *r, vd_str text)
{
    if (vd_str_trim(text).n == 0) return false;
    if (begins_with_object_line(text)) return take_lines(r, text);
    vd_json *doc;
    vd_err err = {0};
    if (vd_json_parse(text, &doc, &err))
        return named_as_lines(r->file) ? take_lines(r, text) : report_broken(r, text, &err);
    bool taken = take_whole(r, doc);
    vd_json_free(doc);
    return taken;
}
