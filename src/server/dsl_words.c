/* query_string: field:value, field:"a phrase", field:(a OR b), field:[a TO b], field:>=n, _exists_:f,
 * AND OR NOT && || ! + -, parentheses. A word without a field is refused unless a field was
 * given for it: there is no "all fields" here.
 * Source: Elasticsearch docs, "Query string query". */
#include "base/limits.h"
#include "server/dsl_int.h"

typedef struct words {
    dsl *d;
    vd_str text;
    size_t at;
    vd_str field; /* what words stand for; empty: they need one of their own */
    bool all;
    unsigned depth;
} words;

static int any_of(words *w);

static void skip(words *w)
{
    while (w->at < w->text.n && strchr(" \t\r\n", w->text.p[w->at]) && w->text.p[w->at])
        w->at++;
}

static char peek(words *w)
{
    skip(w);
    return w->at < w->text.n ? w->text.p[w->at] : '\0';
}

static bool at_end(words *w)
{
    skip(w);
    return w->at >= w->text.n;
}

/* The word, if it stands there with its end. */
static bool take_word(words *w, const char *word)
{
    vd_str want = vd_str_from(word), rest = vd_str_sub(w->text, w->at, w->text.n);
    if (!vd_str_starts(rest, want)) return false;
    if (want.p[0] >= 'A' && want.p[0] <= 'Z' && rest.n > want.n && !strchr(" \t\r\n(", rest.p[want.n])) return false;
    w->at += want.n;
    return true;
}

static bool take_byte(words *w, char c)
{
    if (peek(w) != c) return false;
    w->at++;
    return true;
}

static int fail(words *w, const char *what)
{
    return vd_fail(w->d->err, VD_PARSE, "Failed to parse query [%.*s]: %s", VD_FMT(vd_str_sub(w->text, 0, 200)), what);
}

/* A run of bytes up to white space or an operator. *wild: it has * or ? that are not escaped. */
static vd_str take_text(words *w, const char *stops, bool *wild)
{
    size_t from = w->at;
    *wild = false;
    while (w->at < w->text.n) {
        char c = w->text.p[w->at];
        if (c == '\0' || strchr(stops, c)) break;
        if (c == '*' || c == '?') *wild = true;
        w->at += c == '\\' && w->at + 1 < w->text.n ? 2 : 1;
    }
    return vd_str_sub(w->text, from, w->at);
}

static vd_str unescaped(words *w, vd_str s)
{
    char *out = vd_arena_alloc(w->d->a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n) i++;
        out[n++] = s.p[i];
    }
    return (vd_str){out, n};
}

static int put_value(words *w, vd_str field, vd_str text, const char *op, bool up, bool phrase)
{
    vd_json *v = vd_json_string(unescaped(w, text));
    int code = op ? vd_dsl_compare(w->d, field, op, v, up) : vd_dsl_match(w->d, field, v, w->all, phrase);
    vd_json_free(v);
    return code;
}

/* "...": what is inside. */
static bool take_phrase(words *w, vd_str *out)
{
    bool wild;
    w->at++;
    *out = take_text(w, "\"", &wild);
    return take_byte(w, '"');
}

static int bound(words *w, vd_str field, const char *op, bool up)
{
    bool wild;
    skip(w);
    vd_str text = take_text(w, " \t\r\n]})", &wild);
    if (!text.n) return fail(w, "a bound of a range is missing");
    if (vd_str_eq(text, VD_STR("*"))) {
        vd_dsl_put(w->d, "true");
        return 0;
    }
    return put_value(w, field, text, op, up, false);
}

/* [a TO b], {a TO b}, or one of each. */
static int range(words *w, vd_str field)
{
    bool open = w->text.p[w->at++] == '{';
    vd_dsl_put(w->d, "(");
    int code = bound(w, field, open ? ">" : ">=", open);
    if (code) return code;
    skip(w);
    if (!take_word(w, "TO")) return fail(w, "TO is missing in a range");
    vd_dsl_put(w->d, " and ");
    size_t from = w->at;
    bool wild;
    skip(w);
    take_text(w, "]}", &wild); /* which bracket ends it says what its bound is */
    bool below = w->at < w->text.n && w->text.p[w->at] == '}';
    if (w->at >= w->text.n) return fail(w, "a range does not end");
    w->at = from;
    code = bound(w, field, below ? "<" : "<=", !below);
    if (code) return code;
    if (!take_byte(w, below ? '}' : ']')) return fail(w, "a range does not end");
    vd_dsl_put(w->d, ")");
    return 0;
}

static int comparison(words *w, vd_str field)
{
    static const char *const ops[] = {">=", "<=", ">", "<"};
    for (size_t i = 0; i < 4; i++)
        if (take_word(w, ops[i])) return bound(w, field, ops[i], ops[i][0] == '>' ? ops[i][1] == 0 : ops[i][1] != 0);
    return fail(w, "expected a comparison");
}

static int value_of(words *w, vd_str field)
{
    bool wild;
    vd_str text;
    char c = peek(w);
    if (!field.n) return fail(w, "a word without a field: write field:value");
    if (c == '[' || c == '{') return range(w, field);
    if (c == '>' || c == '<') return comparison(w, field);
    if (c == '"') return take_phrase(w, &text) ? put_value(w, field, text, NULL, false, true) : fail(w, "a phrase does not end");
    if (c == '/') return fail(w, "regular expressions are not supported");
    text = take_text(w, " \t\r\n()\"", &wild);
    if (!text.n) return fail(w, "a value is missing");
    if (vd_str_eq(text, VD_STR("*"))) return vd_dsl_exists(w->d, field);
    if (wild) return vd_dsl_wildcard(w->d, field, text, false);
    return put_value(w, field, text, NULL, false, false);
}

static int group(words *w, vd_str field)
{
    vd_str before = w->field;
    if (++w->depth > VD_MAX_DSL_DEPTH) return vd_fail(w->d->err, VD_LIMIT, "parentheses lie deeper than %d in each other", VD_MAX_DSL_DEPTH);
    w->at++;
    w->field = field;
    int code = any_of(w);
    w->field = before;
    w->depth--;
    if (code) return code;
    return take_byte(w, ')') ? 0 : fail(w, "a parenthesis does not close");
}

/* A field and its colon, or nothing. */
static vd_str take_field(words *w)
{
    bool wild;
    size_t from = w->at;
    vd_str field = take_text(w, " \t\r\n()[]{}\":<>", &wild);
    if (field.n && w->at < w->text.n && w->text.p[w->at] == ':') {
        w->at++;
        return unescaped(w, field);
    }
    w->at = from;
    return (vd_str){0};
}

static int term(words *w)
{
    if (++w->d->clauses > VD_MAX_DSL_CLAUSES) return vd_fail(w->d->err, VD_LIMIT, "more than %u clauses", VD_MAX_DSL_CLAUSES);
    if (peek(w) == '(') return group(w, w->field);
    bool wild;
    vd_str field = take_field(w);
    if (!field.n) {
        bool everything = peek(w) == '*' && (w->at + 1 == w->text.n || strchr(" \t\r\n)", w->text.p[w->at + 1]));
        if (!everything || w->field.n) return value_of(w, w->field);
        w->at++;
        vd_dsl_put(w->d, "true");
        return 0;
    }
    if (vd_str_eq(field, VD_STR("_exists_"))) return vd_dsl_exists(w->d, take_text(w, " \t\r\n()\"", &wild));
    if (vd_str_eq(field, VD_STR("*")) && take_byte(w, '*')) {
        vd_dsl_put(w->d, "true");
        return 0;
    }
    return peek(w) == '(' ? group(w, field) : value_of(w, field);
}

static int negated(words *w)
{
    bool not_ = false;
    for (;;) {
        skip(w);
        if (take_word(w, "NOT") || take_word(w, "!") || take_word(w, "-")) not_ = !not_;
        else if (!take_word(w, "+")) break;
    }
    if (not_) vd_dsl_put(w->d, "not ");
    return term(w);
}

static int all_of(words *w)
{
    vd_dsl_put(w->d, "(");
    int code = negated(w);
    while (!code) {
        skip(w);
        if (!take_word(w, "AND") && !take_word(w, "&&")) break;
        vd_dsl_put(w->d, " and ");
        code = negated(w);
    }
    vd_dsl_put(w->d, ")");
    return code;
}

/* Words side by side: one or all of them, as the default operator says. */
static int any_of(words *w)
{
    vd_dsl_put(w->d, "(");
    int code = all_of(w);
    while (!code && !at_end(w) && peek(w) != ')') {
        bool written = take_word(w, "OR") || take_word(w, "||");
        if (!written && (peek(w) == '+' || peek(w) == '-')) return fail(w, "+ and - beside words: write AND and NOT");
        vd_dsl_put(w->d, written || !w->all ? " or " : " and ");
        code = all_of(w);
    }
    vd_dsl_put(w->d, ")");
    return code;
}

int vd_dsl_query_string(dsl *d, vd_str text, vd_str default_field, bool all)
{
    words w = {.d = d, .text = text, .field = default_field, .all = all};
    if (at_end(&w)) return vd_fail(d->err, VD_PARSE, "[query_string] must be provided with a [query]");
    int code = any_of(&w);
    if (!code && !at_end(&w)) code = fail(&w, "a parenthesis closes that was not opened");
    return code;
}
