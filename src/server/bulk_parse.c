#include "server/bulk_parse.h"

#include "base/json.h"
#include "base/limits.h"

static const char *const op_names[] = {"create", "index", "update", "delete"};

const char *vd_bulk_op_name(vd_bulk_op op) { return op_names[op]; }

static bool op_from(vd_str name, vd_bulk_op *op)
{
    for (size_t i = 0; i < sizeof op_names / sizeof *op_names; i++)
        if (vd_str_eq(name, vd_str_from(op_names[i]))) {
            *op = (vd_bulk_op)i;
            return true;
        }
    return false;
}

/* --- parameters of an action --- */

typedef enum param_kind { PARAM_UNKNOWN, PARAM_INDEX, PARAM_ID, PARAM_OP_TYPE, PARAM_CONDITION, PARAM_IGNORED } param_kind;

static const struct {
    vd_str name;
    param_kind kind;
} params[] = {
    {{"_index", 6}, PARAM_INDEX},
    {{"_id", 3}, PARAM_ID},
    {{"op_type", 7}, PARAM_OP_TYPE},
    {{"if_seq_no", 9}, PARAM_CONDITION},
    {{"if_primary_term", 15}, PARAM_CONDITION},
    {{"version", 7}, PARAM_CONDITION},
    {{"version_type", 12}, PARAM_IGNORED},
    {{"routing", 7}, PARAM_IGNORED},
    {{"pipeline", 8}, PARAM_IGNORED},
    {{"require_alias", 13}, PARAM_IGNORED},
    {{"require_data_stream", 19}, PARAM_IGNORED},
    {{"dynamic_templates", 17}, PARAM_IGNORED},
    {{"list_executed_pipelines", 23}, PARAM_IGNORED},
    {{"retry_on_conflict", 17}, PARAM_IGNORED},
    {{"_source", 7}, PARAM_IGNORED},
};

static param_kind param_of(vd_str name)
{
    for (size_t i = 0; i < sizeof params / sizeof *params; i++)
        if (vd_str_eq(name, params[i].name)) return params[i].kind;
    return PARAM_UNKNOWN;
}

/* null stands for a parameter that was not given. */
static void take_param(vd_bulk_item *item, param_kind kind, vd_str value, bool null)
{
    if (null) return;
    if (kind == PARAM_INDEX) item->index = value;
    if (kind == PARAM_CONDITION) item->conditional = true;
    if (kind == PARAM_OP_TYPE && item->op == VD_BULK_INDEX && vd_str_eq(value, VD_STR("create")))
        item->op = VD_BULK_CREATE;
    if (kind != PARAM_ID) return;
    item->id = value;
    item->has_id = true;
}

/* --- the plain form --- */

typedef struct scan {
    const char *p, *end;
} scan;

static void skip_blanks(scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r'))
        s->p++;
}

static bool take_byte(scan *s, char c)
{
    skip_blanks(s);
    if (s->p >= s->end || *s->p != c) return false;
    s->p++;
    return true;
}

/* A string of printable ASCII without escapes. */
static bool take_string(scan *s, vd_str *out)
{
    if (!take_byte(s, '"')) return false;
    const char *from = s->p;
    while (s->p < s->end && *s->p != '"') {
        unsigned char c = (unsigned char)*s->p;
        if (c < 0x20 || c >= 0x7f || c == '\\') return false;
        s->p++;
    }
    if (s->p >= s->end) return false;
    *out = (vd_str){from, (size_t)(s->p - from)};
    s->p++;
    return true;
}

static bool take_word(scan *s, vd_str word)
{
    if ((size_t)(s->end - s->p) < word.n || memcmp(s->p, word.p, word.n) != 0) return false;
    s->p += word.n;
    return true;
}

/* A string, true, false or null: numbers are rare and have a grammar. */
static bool take_value(scan *s, vd_str *out, bool *null)
{
    *null = false;
    skip_blanks(s);
    if (s->p < s->end && *s->p == '"') return take_string(s, out);
    *out = (vd_str){s->p, 0};
    if (take_word(s, VD_STR("true")) || take_word(s, VD_STR("false"))) {
        out->n = (size_t)(s->p - out->p);
        return true;
    }
    return *null = take_word(s, VD_STR("null"));
}

static bool take_members(scan *s, vd_bulk_item *item)
{
    if (take_byte(s, '}')) return true;
    do {
        vd_str name, value;
        bool null;
        if (!take_string(s, &name) || !take_byte(s, ':') || !take_value(s, &value, &null)) return false;
        param_kind kind = param_of(name);
        if (kind == PARAM_UNKNOWN) return false;
        take_param(item, kind, value, null);
    } while (take_byte(s, ','));
    return take_byte(s, '}');
}

static bool plain_action(vd_str line, vd_bulk_item *item)
{
    scan s = {line.p, line.p + line.n};
    vd_str op;
    if (!take_byte(&s, '{') || !take_string(&s, &op) || !op_from(op, &item->op)) return false;
    if (!take_byte(&s, ':') || !take_byte(&s, '{') || !take_members(&s, item)) return false;
    if (!take_byte(&s, '}')) return false;
    skip_blanks(&s);
    return s.p == s.end;
}

/* --- any other form --- */

static const char *token_of(const vd_json *v)
{
    switch (vd_json_typeof(v)) {
    case VD_JSON_NULL: return "VALUE_NULL";
    case VD_JSON_BOOL: return "VALUE_BOOLEAN";
    case VD_JSON_INT:
    case VD_JSON_DOUBLE: return "VALUE_NUMBER";
    case VD_JSON_STRING: return "VALUE_STRING";
    case VD_JSON_ARRAY: return "START_ARRAY";
    case VD_JSON_OBJECT: break;
    }
    return "START_OBJECT";
}

/* Scalars as text, in the arena. */
static vd_str text_of(vd_arena *a, const vd_json *v)
{
    return vd_json_typeof(v) == VD_JSON_STRING ? vd_arena_str(a, vd_json_str(v)) : vd_json_text(a, v, false);
}

static bool takes_trees(vd_str name)
{
    return vd_str_eq(name, VD_STR("dynamic_templates")) || vd_str_eq(name, VD_STR("_source"));
}

static int tree_member(vd_bulk *b, vd_bulk_item *item, const vd_json_iter *it, vd_err *err)
{
    vd_json_type type = vd_json_typeof(it->value);
    param_kind kind = param_of(it->key);
    bool tree = type == VD_JSON_OBJECT || type == VD_JSON_ARRAY;
    if (tree && !takes_trees(it->key))
        return vd_fail(err, VD_FORMAT,
                       "Malformed action/metadata line [%zu], expected a simple value for field [%.*s] but found [%s]",
                       b->line, VD_FMT(it->key), token_of(it->value));
    if (kind == PARAM_UNKNOWN)
        return vd_fail(err, VD_FORMAT, "Action/metadata line [%zu] contains an unknown parameter [%.*s]", b->line,
                       VD_FMT(it->key));
    if (!tree) take_param(item, kind, text_of(b->a, it->value), type == VD_JSON_NULL);
    return 0;
}

static int tree_action(vd_bulk *b, const vd_json *root, vd_bulk_item *item, vd_err *err)
{
    if (vd_json_typeof(root) != VD_JSON_OBJECT)
        return vd_fail(err, VD_FORMAT, "Malformed action/metadata line [%zu], expected START_OBJECT but found [%s]",
                       b->line, token_of(root));
    vd_json_iter it = {0};
    if (!vd_json_next(root, &it))
        return vd_fail(err, VD_FORMAT, "Malformed action/metadata line [%zu], expected FIELD_NAME but found [END_OBJECT]",
                       b->line);
    if (!op_from(it.key, &item->op))
        return vd_fail(err, VD_FORMAT,
                       "Malformed action/metadata line [%zu], expected field [create], [delete], [index] or [update] "
                       "but found [%.*s]", b->line, VD_FMT(it.key));
    if (vd_json_typeof(it.value) != VD_JSON_OBJECT)
        return vd_fail(err, VD_FORMAT, "Malformed action/metadata line [%zu], expected START_OBJECT or END_OBJECT but found [%s]",
                       b->line, token_of(it.value));
    for (vd_json_iter in = {0}; vd_json_next(it.value, &in);) {
        int code = tree_member(b, item, &in, err);
        if (code) return code;
    }
    if (vd_json_len(root) > 1)
        return vd_fail(err, VD_FORMAT, "Malformed action/metadata line [%zu], expected END_OBJECT but found [FIELD_NAME]",
                       b->line);
    return 0;
}

static int any_action(vd_bulk *b, vd_str line, vd_bulk_item *item, vd_err *err)
{
    vd_json *root = NULL;
    vd_err why = {0};
    if (vd_json_parse(line, &root, &why))
        return vd_fail(err, VD_FORMAT, "Malformed action/metadata line [%zu], %s", b->line, why.msg);
    int code = tree_action(b, root, item, err);
    vd_json_free(root);
    return code;
}

/* --- lines --- */

/* The body ends with a line feed: there is a line while there are bytes. */
static vd_str next_line(vd_bulk *b)
{
    size_t end = vd_str_find_byte(b->body, '\n', b->at);
    vd_str line = vd_str_sub(b->body, b->at, end);
    b->at = end + 1;
    b->line++;
    if (line.n && line.p[line.n - 1] == '\r') line.n--;
    return line;
}

int vd_bulk_begin(vd_bulk *b, vd_str body, vd_arena *a, vd_err *err)
{
    *b = (vd_bulk){body, 0, 0, a};
    if (!body.n) return vd_fail(err, VD_FORMAT, "request body is required");
    if (body.p[body.n - 1] == '\n') return 0;
    return vd_fail(err, VD_FORMAT, "The bulk request must be terminated by a newline [\\n]");
}

int vd_bulk_next(vd_bulk *b, vd_bulk_item *item, vd_err *err)
{
    vd_str line = {0};
    while (b->at < b->body.n && !line.n)
        line = vd_str_trim(next_line(b));
    if (!line.n) return 0;
    *item = (vd_bulk_item){.line = b->line};
    if (line.n > VD_MAX_BULK_ACTION) {
        vd_fail(err, VD_FORMAT, "Malformed action/metadata line [%zu], it is longer than %u bytes", b->line,
                VD_MAX_BULK_ACTION);
        return -1;
    }
    if (!plain_action(line, item)) {
        *item = (vd_bulk_item){.line = b->line};
        if (any_action(b, line, item, err)) return -1;
    }
    if (item->op == VD_BULK_DELETE) return 1;
    if (b->at >= b->body.n) {
        vd_fail(err, VD_FORMAT, "Malformed action/metadata line [%zu], no document follows it", b->line);
        return -1;
    }
    item->source = next_line(b);
    return 1;
}

/* --- envelopes --- */

static void skip_space(scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\r' || *s->p == '\n'))
        s->p++;
}

/* Over a string with its quotes; false: it does not end. */
static bool skip_string(scan *s)
{
    for (s->p++; s->p < s->end; s->p++) {
        if (*s->p == '\\') s->p++;
        else if (*s->p == '"') {
            s->p++;
            return true;
        }
    }
    return false;
}

/* Over a value of any kind: to the comma or bracket behind it. */
static bool skip_value(scan *s)
{
    size_t depth = 0;
    while (s->p < s->end) {
        char c = *s->p;
        if (c == '"') {
            if (!skip_string(s)) return false;
            continue;
        }
        if (!depth && (c == ',' || c == '}' || c == ']')) return true;
        if (c == '{' || c == '[') depth++;
        if (c == '}' || c == ']') depth--;
        s->p++;
    }
    return false;
}

static bool take_piece(scan *s, bool (*skip)(scan *), vd_str *out)
{
    skip_space(s);
    const char *from = s->p;
    if (from >= s->end || !skip(s) || s->p > s->end) return false;
    *out = vd_str_trim((vd_str){from, (size_t)(s->p - from)});
    return out->n > 0;
}

static bool piece_text(vd_arena *a, vd_str piece, vd_str *out)
{
    vd_json *v = NULL;
    if (vd_json_parse(piece, &v, NULL)) return false;
    bool is = vd_json_typeof(v) == VD_JSON_STRING;
    if (is) *out = vd_arena_str(a, vd_json_str(v));
    vd_json_free(v);
    return is;
}

static bool is_envelope_name(vd_str name)
{
    return name.n > 2 && name.p[0] == '"' && (name.p[1] == '_' || vd_str_eq(name, VD_STR("\"sort\"")) ||
                                              vd_str_eq(name, VD_STR("\"fields\"")));
}

bool vd_bulk_envelope(vd_str line, vd_arena *a, vd_str *index, vd_str *id, vd_str *source)
{
    scan s = {line.p, line.p + line.n};
    *index = *id = *source = (vd_str){0};
    skip_space(&s);
    if (s.p >= s.end || *s.p++ != '{') return false;
    do {
        vd_str name, value;
        skip_space(&s);
        if (s.p >= s.end || *s.p != '"' || !take_piece(&s, skip_string, &name)) return false;
        /* The members that a hit of a search has; any other makes it a document. */
        if (!is_envelope_name(name)) return false;
        skip_space(&s);
        if (s.p >= s.end || *s.p++ != ':' || !take_piece(&s, skip_value, &value)) return false;
        if (vd_str_eq(name, VD_STR("\"_source\""))) *source = value;
        else if (vd_str_eq(name, VD_STR("\"_index\"")) && !piece_text(a, value, index)) return false;
        else if (vd_str_eq(name, VD_STR("\"_id\"")) && !piece_text(a, value, id)) return false;
        skip_space(&s);
    } while (s.p < s.end && *s.p == ',' && s.p++);
    if (s.p >= s.end || *s.p++ != '}') return false;
    skip_space(&s);
    return s.p == s.end && source->n && source->p[0] == '{';
}
