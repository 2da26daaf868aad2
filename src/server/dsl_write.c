/* Pieces of EQL, written so that no text can be anything but text. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "server/dsl_int.h"

static void put_str(dsl *d, vd_str s)
{
    if (!s.n) return;
    vd_vec_reserve(&d->out, d->out.n + s.n);
    memcpy(d->out.v + d->out.n, s.p, s.n);
    d->out.n += s.n;
}

void vd_dsl_put(dsl *d, const char *z) { put_str(d, vd_str_from(z)); }

void vd_dsl_put_string(dsl *d, vd_str s)
{
    char code[16];
    *vd_vec_push(&d->out) = '"';
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') *vd_vec_push(&d->out) = '\\';
        if (c >= 0x20 && c != 0x7f) *vd_vec_push(&d->out) = (char)c;
        else vd_dsl_put(d, (snprintf(code, sizeof code, "\\u{%02x}", c), code));
    }
    *vd_vec_push(&d->out) = '"';
}

vd_field_type vd_dsl_type(dsl *d, vd_str field)
{
    vd_field_id id = vd_schema_find(d->schema, field);
    if (id == VD_NO_FIELD) return VD_TYPE_UNKNOWN;
    return vd_schema_field(d->schema, vd_schema_resolve(d->schema, id))->type;
}

int vd_dsl_put_field(dsl *d, vd_str field)
{
    bool bad = !field.n || field.n > 512 || !vd_utf8_valid(field);
    for (size_t i = 0; i < field.n && !bad; i++) {
        unsigned char c = (unsigned char)field.p[i];
        bad = c < 0x20 || c == 0x7f || strchr("`*?\"\\(){}[]<>,;= ", c);
    }
    if (bad) return vd_fail(d->err, VD_PARSE, "[%.*s] cannot be the name of a field", VD_FMT(vd_str_sub(field, 0, 100)));
    *vd_vec_push(&d->out) = '`';
    put_str(d, field);
    *vd_vec_push(&d->out) = '`';
    return 0;
}

/* Numbers and booleans as their text. */
static vd_str text_of(dsl *d, const vd_json *v)
{
    return vd_json_typeof(v) == VD_JSON_STRING ? vd_json_str(v) : vd_json_text(d->a, v, false);
}

static int put_time(dsl *d, const vd_json *value, bool up)
{
    char text[32];
    int64_t ms;
    vd_err why = {0};
    if (vd_time_math(text_of(d, value), d->now, up, &ms, &why)) {
        vd_str what = text_of(d, value);
        return vd_fail(d->err, VD_PARSE, "failed to parse date field [%.*s]: %s", VD_FMT(what), why.msg);
    }
    snprintf(text, sizeof text, "%lld", (long long)ms);
    vd_dsl_put(d, text);
    return 0;
}

static bool is_bool_word(vd_str s) { return vd_str_eq(s, VD_STR("true")) || vd_str_eq(s, VD_STR("false")); }

/* A value as a literal of the field's type. */
static int put_value(dsl *d, vd_field_type type, const vd_json *value, bool up)
{
    vd_json_type is = vd_json_typeof(value);
    if (is == VD_JSON_NULL || is == VD_JSON_ARRAY || is == VD_JSON_OBJECT)
        return vd_fail(d->err, VD_PARSE, "expected a text, a number, true or false");
    if (type == VD_TYPE_DATE) return put_time(d, value, up);
    bool plain = is != VD_JSON_STRING && !vd_field_type_is_string(type) && type != VD_TYPE_IP;
    if (type == VD_TYPE_BOOLEAN && is_bool_word(vd_json_str(value))) plain = true;
    if (plain) put_str(d, text_of(d, value));
    else vd_dsl_put_string(d, text_of(d, value));
    return 0;
}

static bool is_network(vd_field_type type, const vd_json *value)
{
    vd_str s = vd_json_str(value);
    return type == VD_TYPE_IP && vd_str_find_byte(s, '/', 0) < s.n;
}

int vd_dsl_compare(dsl *d, vd_str field, const char *op, const vd_json *value, bool up)
{
    vd_field_type type = vd_dsl_type(d, field);
    if (op[0] == '=' && is_network(type, value)) return vd_dsl_call(d, "cidrMatch", field, vd_json_str(value));
    int code = vd_dsl_put_field(d, field);
    if (code) return code;
    vd_dsl_put(d, " ");
    vd_dsl_put(d, op);
    vd_dsl_put(d, " ");
    return put_value(d, type, value, up);
}

/* A regular expression of Lucene's kind in the making; a byte of the pattern is at most two of it. */
#define MAX_PATTERN 1024
typedef struct regex_text {
    char p[2 * MAX_PATTERN];
    size_t n;
} regex_text;

/* A byte that stands for itself. */
static void add_plain(regex_text *t, char c)
{
    static const char special[] = ".?+*|{}[]()\"\\#@&<>~^$-/";
    if (memchr(special, c, sizeof special - 1)) t->p[t->n++] = '\\';
    t->p[t->n++] = c;
}

static void add_open(regex_text *t, char c)
{
    t->p[t->n++] = '.';
    if (c == '*') t->p[t->n++] = '*';
}

static int put_regex(dsl *d, vd_str field, const regex_text *regex, bool ci)
{
    int code = vd_dsl_put_field(d, field);
    if (code) return code;
    vd_dsl_put(d, ci ? " regex~ " : " regex ");
    vd_dsl_put_string(d, (vd_str){regex->p, regex->n});
    return 0;
}

static int pattern_too_long(dsl *d, vd_str pattern)
{
    return pattern.n <= MAX_PATTERN ? 0 : vd_fail(d->err, VD_LIMIT, "a pattern may have %d bytes", MAX_PATTERN);
}

int vd_dsl_wildcard(dsl *d, vd_str field, vd_str pattern, bool ci)
{
    int code = pattern_too_long(d, pattern);
    if (code) return code;
    if (vd_str_find_byte(pattern, '\\', 0) == pattern.n) {
        code = vd_dsl_put_field(d, field);
        if (code) return code;
        vd_dsl_put(d, ci ? " like~ " : " like ");
        vd_dsl_put_string(d, pattern);
        return 0;
    }
    regex_text regex = {.n = 0};
    for (size_t i = 0; i < pattern.n; i++) {
        char c = pattern.p[i];
        if (c == '\\' && i + 1 < pattern.n) add_plain(&regex, pattern.p[++i]);
        else if (c == '*' || c == '?') add_open(&regex, c);
        else add_plain(&regex, c);
    }
    return put_regex(d, field, &regex, ci);
}

int vd_dsl_equal_ci(dsl *d, vd_str field, vd_str text)
{
    bool wild = vd_str_find_byte(text, '*', 0) < text.n || vd_str_find_byte(text, '?', 0) < text.n;
    int code = wild ? pattern_too_long(d, text) : 0;
    if (code) return code;
    if (wild) {
        regex_text regex = {.n = 0};
        for (size_t i = 0; i < text.n; i++)
            add_plain(&regex, text.p[i]);
        return put_regex(d, field, &regex, true);
    }
    code = vd_dsl_put_field(d, field);
    vd_dsl_put(d, " : ");
    vd_dsl_put_string(d, text);
    return code;
}

int vd_dsl_call(dsl *d, const char *fn, vd_str field, vd_str text)
{
    vd_dsl_put(d, fn);
    vd_dsl_put(d, "(");
    int code = vd_dsl_put_field(d, field);
    vd_dsl_put(d, ", ");
    vd_dsl_put_string(d, text);
    vd_dsl_put(d, ")");
    return code;
}

int vd_dsl_exists(dsl *d, vd_str field)
{
    int code = vd_dsl_put_field(d, field);
    vd_dsl_put(d, " != null");
    return code;
}

/* The next run of what is no white space. */
static vd_str next_word(vd_str *rest)
{
    *rest = vd_str_trim(*rest);
    size_t n = 0;
    while (n < rest->n && !strchr(" \t\r\n", rest->p[n]))
        n++;
    vd_str word = vd_str_sub(*rest, 0, n);
    *rest = vd_str_sub(*rest, n, rest->n);
    return word;
}

/* Fields whose words Elasticsearch looks for: text, and texts beside a keyword. */
static bool is_text(dsl *d, vd_str field)
{
    vd_field_id id = vd_schema_find(d->schema, field);
    if (vd_str_eq(field, VD_STR("message")) || vd_str_eq(field, VD_STR("error.message"))) return true;
    if (id == VD_NO_FIELD) return false;
    const vd_field *f = vd_schema_field(d->schema, vd_schema_resolve(d->schema, id));
    return f->type == VD_TYPE_TEXT || (f->reads_from != VD_NO_FIELD && vd_str_ends(field, VD_STR(".text")));
}

int vd_dsl_match(dsl *d, vd_str field, const vd_json *value, bool all, bool phrase)
{
    bool text = vd_json_typeof(value) == VD_JSON_STRING && is_text(d, field);
    if (!text) return vd_dsl_compare(d, field, "==", value, false);
    if (phrase) return vd_dsl_call(d, "stringContains~", field, vd_json_str(value));
    vd_str rest = vd_json_str(value), word = next_word(&rest);
    vd_dsl_put(d, "(");
    if (!word.n) vd_dsl_put(d, "false");
    for (bool first = true; word.n; word = next_word(&rest), first = false) {
        if (++d->clauses > VD_MAX_DSL_CLAUSES) return vd_fail(d->err, VD_LIMIT, "more than %u clauses", VD_MAX_DSL_CLAUSES);
        if (!first) vd_dsl_put(d, all ? " and " : " or ");
        int code = vd_dsl_call(d, "stringContains~", field, word);
        if (code) return code;
    }
    vd_dsl_put(d, ")");
    return 0;
}
