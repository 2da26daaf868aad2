/* event/tree.c - a whole document as a tree, leniently
 *
 * What vd_event_parse jumps over it does not check, so a document that became a
 * record may be odd in places that no rule looked at. It still has to come out
 * of an alert: brackets must balance, and whatever else is odd is kept as text. */
#include "event/event_int.h"

/* Longer numbers become strings: base/json.h would cut them. */
#define MAX_NUMBER 500

typedef struct tree_reader {
    const char *json;
    const uint32_t *at, *end;
} tree_reader;

static bool value(tree_reader *r, unsigned depth, vd_json **out);

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}
static bool is_close(char c)
{
    return c == '}' || c == ']';
}

/* The text of the scalar at hand; moves on. */
static vd_str scalar(tree_reader *r)
{
    size_t start = r->at[0], end = r->at[1];
    while (end > start + 1 && is_space(r->json[end - 1]))
        end--;
    r->at++;
    return (vd_str){r->json + start, end - start};
}

/* The string that `text` (with its quotes) stands for, as a new object or key.
 * Unescaping reads and writes a little further than the text, hence the copy. */
static char *unquote(vd_str text, size_t *n)
{
    vd_str raw = text;
    if (text.n >= 2 && text.p[text.n - 1] == '"') raw = vd_str_sub(text, 1, text.n - 1);
    char *copy = vd_calloc(2, raw.n + 16), *out = copy + raw.n + 16;
    if (raw.n) memcpy(copy, raw.p, raw.n);
    if (vd_unescape((vd_str){copy, raw.n}, out, n) == VD_FAULT_BROKEN) {
        if (raw.n) memcpy(out, raw.p, raw.n);
        *n = raw.n;
    }
    memmove(copy, out, *n);
    return copy;
}

static vd_json *string_value(vd_str text)
{
    size_t n;
    char *s = unquote(text, &n);
    vd_json *v = vd_json_string((vd_str){s, n});
    free(s);
    return v;
}

static vd_json *scalar_value(vd_str text)
{
    if (text.p[0] == '"') return string_value(text);
    if (vd_str_eq(text, VD_STR("true"))) return vd_json_bool(true);
    if (vd_str_eq(text, VD_STR("false"))) return vd_json_bool(false);
    if (vd_str_eq(text, VD_STR("null"))) return NULL;
    vd_number num = vd_number_read(text);
    switch (num.kind) {
    case VD_NUMBER_LONG: return vd_json_int(num.i);
    case VD_NUMBER_ULONG: return vd_json_uint(num.u);
    case VD_NUMBER_BIG:
    case VD_NUMBER_DECIMAL:
        return text.n < MAX_NUMBER ? vd_json_number_text(text) : vd_json_string(text);
    default: return vd_json_string(text);
    }
}

/* The members up to a closing bracket; entries that are no member are left out. */
static bool members(tree_reader *r, unsigned depth, vd_json *into)
{
    while (r->at < r->end && !is_close(r->json[*r->at])) {
        vd_json *v = NULL;
        if (r->json[*r->at] != '"' || r->end - r->at < 3 || r->json[r->at[1]] != ':') {
            if (!value(r, depth, &v)) return false;
            vd_json_free(v);
            continue;
        }
        size_t n;
        char *key = unquote(scalar(r), &n);
        r->at++;
        bool ok = is_close(r->json[*r->at]) || value(r, depth, &v);
        if (ok) vd_json_set_n(into, (vd_str){key, n}, v);
        free(key);
        if (!ok) return false;
    }
    return r->at < r->end;
}

static bool elements(tree_reader *r, unsigned depth, vd_json *into)
{
    while (r->at < r->end && !is_close(r->json[*r->at])) {
        char c = r->json[*r->at];
        vd_json *v = NULL;
        if (c == ',' || c == ':') {
            r->at++;
            continue;
        }
        if (!value(r, depth, &v)) return false;
        vd_json_push(into, v);
    }
    return r->at < r->end;
}

/* The object or array at hand, which stands inside `depth` others. */
static bool container(tree_reader *r, unsigned depth, vd_json **out)
{
    if (depth >= VD_MAX_JSON_DEPTH) return false;
    bool is_object = r->json[*r->at++] == '{';
    *out = is_object ? vd_json_object() : vd_json_array();
    bool ok = is_object ? members(r, depth + 1, *out) : elements(r, depth + 1, *out);
    if (ok) {
        r->at++;
        return true;
    }
    vd_json_free(*out);
    *out = NULL;
    return false;
}

static bool value(tree_reader *r, unsigned depth, vd_json **out)
{
    char c = r->json[*r->at];
    if (c == '{' || c == '[') return container(r, depth, out);
    vd_str text = scalar(r);
    *out = c == ',' || c == ':' ? NULL : scalar_value(text);
    return true;
}

vd_json *vd_event_tree(const char *json, size_t len)
{
    vd_stage1 *stage1 = vd_stage1_new();
    if (!stage1) vd_event_out_of_memory();
    const uint32_t *index;
    size_t n;
    vd_json *root = NULL;
    vd_stage1_result result = vd_stage1_run(stage1, json, len, &index, &n);
    if (result == VD_STAGE1_MEMORY) vd_event_out_of_memory();
    if (result == VD_STAGE1_OK && json[*index] == '{') {
        tree_reader r = {json, index, index + n};
        if (!container(&r, 0, &root)) root = NULL;
    }
    vd_stage1_free(stage1);
    return root;
}
