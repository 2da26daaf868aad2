#include "server/dsl.h"

#include "base/clock.h"
#include "base/limits.h"
#include "eql/eql.h"
#include "server/dsl_int.h"

static int clause(dsl *d, const vd_json *q, unsigned depth, bool every);

/* --- bodies --- */

/* {"FIELD": value}; boost and _name aside. */
static int only_field(dsl *d, const vd_json *body, const char *name, vd_str *field, const vd_json **value)
{
    size_t n = 0;
    for (vd_json_iter it = {0}; vd_json_next(body, &it);) {
        if (vd_str_eq(it.key, VD_STR("boost")) || vd_str_eq(it.key, VD_STR("_name"))) continue;
        *field = it.key;
        *value = it.value;
        n++;
    }
    if (n == 1) return 0;
    return vd_fail(d->err, VD_PARSE, n ? "[%s] query doesn't support multiple fields" : "[%s] query malformed, no field", name);
}

/* The value of {"FIELD": value} or {"FIELD": {key: value, ...}}; *options: the object, or NULL. */
static const vd_json *inner(const vd_json *v, const char *key, const vd_json **options)
{
    *options = vd_json_typeof(v) == VD_JSON_OBJECT ? v : NULL;
    return *options ? vd_json_get(v, key) : v;
}

/* Options that change nothing here, or are looked at elsewhere; any other is refused, since what
 * is left out silently gives other hits than were asked for. */
static int check_options(dsl *d, const char *query, const vd_json *options, const char *known)
{
    for (vd_json_iter it = {0}; vd_json_next(options, &it);) {
        vd_str word = vd_arena_printf(d->a, " %.*s ", VD_FMT(it.key));
        if (strstr(known, word.p) || strstr(" boost _name rewrite ", word.p)) continue;
        return vd_fail(d->err, VD_PARSE, "[%s] query does not support [%.*s]", query, VD_FMT(it.key));
    }
    return 0;
}

static bool wants_ci(const vd_json *options)
{
    const vd_json *v = options ? vd_json_get(options, "case_insensitive") : NULL;
    return vd_json_get_bool(v) || vd_str_eq(vd_json_str(v), VD_STR("true"));
}

/* --- clauses of one field --- */

/* {"FIELD": value} or {"FIELD": {key: value, ...}} with options that are known. */
static int one_field(dsl *d, const vd_json *body, const char *name, const char *key, const char *known,
                     vd_str *field, const vd_json **value, const vd_json **options)
{
    int code = only_field(d, body, name, field, value);
    if (code) return code;
    *value = inner(*value, key, options);
    return check_options(d, name, *options, known);
}

static int term(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_str field;
    const vd_json *v, *options;
    int code = one_field(d, body, "term", "value", " value case_insensitive ", &field, &v, &options);
    if (code) return code;
    if (wants_ci(options) && vd_json_typeof(v) == VD_JSON_STRING) return vd_dsl_equal_ci(d, field, vd_json_str(v));
    return vd_dsl_compare(d, field, "==", v, false);
}

static int terms(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_str field;
    const vd_json *v;
    int code = only_field(d, body, "terms", &field, &v);
    if (code) return code;
    if (vd_json_typeof(v) != VD_JSON_ARRAY)
        return vd_fail(d->err, VD_PARSE, "[terms] query requires an array; lookups in documents are not supported");
    vd_dsl_put(d, "(");
    if (!vd_json_len(v)) vd_dsl_put(d, "false");
    for (size_t i = 0; i < vd_json_len(v) && !code; i++) {
        if (i) vd_dsl_put(d, " or ");
        code = vd_dsl_compare(d, field, "==", vd_json_at(v, i), false);
    }
    vd_dsl_put(d, ")");
    return code;
}

static int match_any(dsl *d, const vd_json *body, const char *name, bool phrase)
{
    vd_str field;
    const vd_json *v, *options;
    int code = one_field(d, body, name, "query",
                         " query operator zero_terms_query lenient auto_generate_synonyms_phrase_query slop ", &field,
                         &v, &options);
    if (code) return code;
    if (vd_json_get_int(vd_json_get(options, "slop"))) return vd_fail(d->err, VD_PARSE, "[%s] query does not support [slop]", name);
    bool all = vd_str_eq_ascii_ci(vd_json_str(vd_json_get(options, "operator")), VD_STR("and"));
    return vd_dsl_match(d, field, v, all, phrase);
}

static int match(dsl *d, const vd_json *body, unsigned depth, bool every) { return match_any(d, body, "match", false); }

static int match_phrase(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    return match_any(d, body, "match_phrase", true);
}

static int multi_match(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    const vd_json *fields = vd_json_get(body, "fields"), *v = vd_json_get(body, "query");
    vd_str type = vd_json_str(vd_json_get(body, "type"));
    int code = check_options(d, "multi_match", body, " query fields type operator lenient ");
    if (code) return code;
    if (vd_json_typeof(fields) != VD_JSON_ARRAY || !vd_json_len(fields))
        return vd_fail(d->err, VD_PARSE, "[multi_match] query needs [fields]: there are no default fields here");
    if (type.n && !vd_str_eq(type, VD_STR("phrase")) && !vd_str_eq(type, VD_STR("best_fields")))
        return vd_fail(d->err, VD_PARSE, "[multi_match] query does not support type [%.*s]", VD_FMT(type));
    bool all = vd_str_eq_ascii_ci(vd_json_str(vd_json_get(body, "operator")), VD_STR("and"));
    vd_dsl_put(d, "(");
    for (size_t i = 0; i < vd_json_len(fields) && !code; i++) {
        vd_str field = vd_json_str(vd_json_at(fields, i));
        if (i) vd_dsl_put(d, " or ");
        code = vd_dsl_match(d, vd_str_sub(field, 0, vd_str_find_byte(field, '^', 0)), v, all, type.n == 6);
    }
    vd_dsl_put(d, ")");
    return code;
}

static int prefix(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_str field;
    const vd_json *v, *options;
    int code = one_field(d, body, "prefix", "value", " value case_insensitive ", &field, &v, &options);
    return code ? code : vd_dsl_call(d, wants_ci(options) ? "startsWith~" : "startsWith", field, vd_json_str(v));
}

static int wildcard(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_str field;
    const vd_json *v, *options;
    int code = one_field(d, body, "wildcard", "value", " value wildcard case_insensitive ", &field, &v, &options);
    if (code) return code;
    if (options && !v) v = vd_json_get(options, "wildcard");
    return vd_dsl_wildcard(d, field, vd_json_str(v), wants_ci(options));
}

static int regexp(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_str field;
    const vd_json *v, *options;
    int code = one_field(d, body, "regexp", "value", " value case_insensitive flags max_determinized_states ",
                         &field, &v, &options);
    if (!code) code = vd_dsl_put_field(d, field);
    if (code) return code;
    vd_dsl_put(d, wants_ci(options) ? " regex~ " : " regex ");
    vd_dsl_put_string(d, vd_json_str(v));
    return code;
}

static int exists(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    int code = check_options(d, "exists", body, " field ");
    return code ? code : vd_dsl_exists(d, vd_json_str(vd_json_get(body, "field")));
}

static int ids(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    const vd_json *values = vd_json_get(body, "values");
    bool one = vd_json_typeof(values) == VD_JSON_STRING;
    size_t n = one ? 1 : vd_json_len(values);
    int code = check_options(d, "ids", body, " values ");
    if (code) return code;
    vd_dsl_put(d, n ? "`_id` in (" : "false");
    for (size_t i = 0; i < n; i++) {
        if (i) vd_dsl_put(d, ", ");
        vd_dsl_put_string(d, vd_json_str(one ? values : vd_json_at(values, i)));
    }
    if (n) vd_dsl_put(d, ")");
    return 0;
}

/* --- ranges --- */

static bool is_utc(vd_str zone)
{
    static const char *const names[] = {"", "UTC", "Z", "+00:00", "-00:00", "GMT"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (vd_str_eq(zone, vd_str_from(names[i]))) return true;
    return false;
}

static const struct bound {
    const char *name, *op;
    bool up, low; /* date math rounds up; a lower bound */
} bounds[] = {
    {"gte", ">=", false, true}, {"gt", ">", true, true}, {"lte", "<=", true, false}, {"lt", "<", false, false}};

/* Every hit lies within the bound: what is read of the store can be less. */
static void narrow_window(dsl *d, const struct bound *b, const vd_json *v)
{
    int64_t ms;
    vd_str text = vd_json_typeof(v) == VD_JSON_STRING ? vd_json_str(v) : vd_json_text(d->a, v, false);
    if (vd_time_math(text, d->now, b->up, &ms, NULL)) return;
    int64_t *side = b->low ? &d->result->since : &d->result->until;
    bool nearer = *side == VD_TIME_NONE || (b->low ? ms > *side : ms < *side);
    if (nearer) *side = ms;
}

static int range(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_str field;
    const vd_json *v;
    int code = only_field(d, body, "range", &field, &v);
    if (code) return code;
    code = check_options(d, "range", v, " gt gte lt lte format time_zone ");
    if (code) return code;
    if (!is_utc(vd_json_str(vd_json_get(v, "time_zone"))))
        return vd_fail(d->err, VD_PARSE, "[range] query supports [time_zone] UTC only: write the zone into the time");
    vd_str format = vd_json_str(vd_json_get(v, "format"));
    if (format.n && !vd_str_starts(format, VD_STR("strict_date_optional_time")) && !vd_str_eq(format, VD_STR("epoch_millis")))
        return vd_fail(d->err, VD_PARSE, "[range] query does not support [format] [%.*s]", VD_FMT(format));
    bool some = false;
    vd_dsl_put(d, "(");
    for (size_t i = 0; i < sizeof bounds / sizeof *bounds && !code; i++) {
        const vd_json *bound = vd_json_get(v, bounds[i].name);
        if (!bound) continue;
        if (some) vd_dsl_put(d, " and ");
        some = true;
        code = vd_dsl_compare(d, field, bounds[i].op, bound, bounds[i].up);
        if (every && vd_str_eq(field, VD_STR("@timestamp"))) narrow_window(d, &bounds[i], bound);
    }
    if (!some) code = vd_dsl_exists(d, field);
    vd_dsl_put(d, ")");
    return code;
}

/* --- clauses of clauses --- */

static size_t list_len(const vd_json *v)
{
    return vd_json_typeof(v) == VD_JSON_ARRAY ? vd_json_len(v) : vd_json_typeof(v) == VD_JSON_OBJECT;
}

static const vd_json *list_at(const vd_json *v, size_t i)
{
    return vd_json_typeof(v) == VD_JSON_ARRAY ? vd_json_at(v, i) : v;
}

/* Each clause of a list with `glue` between; `before` in front of each. */
static int list(dsl *d, const vd_json *v, const char *before, const char *glue, unsigned depth, bool every)
{
    int code = 0;
    for (size_t i = 0; i < list_len(v) && !code; i++) {
        if (i) vd_dsl_put(d, glue);
        vd_dsl_put(d, before);
        code = clause(d, list_at(v, i), depth + 1, every);
    }
    return code;
}

/* How many of the clauses in should must hold: 0, 1 or all of them; -1: a number in between. */
static int should_of(const vd_json *body, size_t n, bool others)
{
    const vd_json *v = vd_json_get(body, "minimum_should_match");
    int64_t want = others ? 0 : 1;
    if (vd_json_typeof(v) == VD_JSON_INT) want = vd_json_get_int(v);
    else if (vd_json_typeof(v) == VD_JSON_STRING && vd_str_eq(vd_json_str(v), VD_STR("1"))) want = 1;
    else if (vd_json_typeof(v) == VD_JSON_STRING && vd_str_eq(vd_json_str(v), VD_STR("100%"))) want = (int64_t)n;
    else if (v && vd_json_typeof(v) == VD_JSON_STRING && !vd_str_eq(vd_json_str(v), VD_STR("0"))) return -1;
    if (want <= 0) return 0;
    if (want == 1 && n > 0) return 1;
    return (size_t)want >= n ? 2 : -1;
}

static int bool_should(dsl *d, const vd_json *body, unsigned depth, bool others)
{
    const vd_json *should = vd_json_get(body, "should");
    size_t n = list_len(should);
    int which = n ? should_of(body, n, others) : 0;
    if (which < 0) return vd_fail(d->err, VD_PARSE, "[bool] query supports [minimum_should_match] 0, 1 or all of them");
    if (!which) return 0;
    vd_dsl_put(d, " and (");
    int code = list(d, should, "", which == 1 ? " or " : " and ", depth, false);
    vd_dsl_put(d, ")");
    return code;
}

static int boolean(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    const vd_json *must = vd_json_get(body, "must"), *filter = vd_json_get(body, "filter"),
                  *not_ = vd_json_get(body, "must_not");
    int code = check_options(d, "bool", body, " must filter should must_not minimum_should_match adjust_pure_negative ");
    if (code) return code;
    vd_dsl_put(d, "(true");
    if (list_len(must)) vd_dsl_put(d, " and ");
    code = list(d, must, "", " and ", depth, every);
    if (!code && list_len(filter)) vd_dsl_put(d, " and ");
    if (!code) code = list(d, filter, "", " and ", depth, every);
    if (!code && list_len(not_)) vd_dsl_put(d, " and ");
    if (!code) code = list(d, not_, "not ", " and ", depth, false);
    if (!code) code = bool_should(d, body, depth, list_len(must) || list_len(filter));
    vd_dsl_put(d, ")");
    return code;
}

static int constant_score(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    return clause(d, vd_json_get(body, "filter"), depth + 1, every);
}

static int dis_max(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    const vd_json *queries = vd_json_get(body, "queries");
    vd_dsl_put(d, list_len(queries) ? "(" : "(false");
    int code = list(d, queries, "", " or ", depth, false);
    vd_dsl_put(d, ")");
    return code;
}

static int match_all(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_dsl_put(d, "true");
    return 0;
}

static int match_none(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_dsl_put(d, "false");
    return 0;
}

static int query_string(dsl *d, const vd_json *body, unsigned depth, bool every)
{
    vd_str op = vd_json_str(vd_json_get(body, "default_operator")), field = vd_json_str(vd_json_get(body, "default_field"));
    const vd_json *fields = vd_json_get(body, "fields");
    int code = check_options(d, "query_string", body,
                             " query default_operator default_field fields analyze_wildcard lenient time_zone ");
    if (code) return code;
    if (vd_json_len(fields) > 1) return vd_fail(d->err, VD_PARSE, "[query_string] query supports one of [fields]");
    if (vd_json_len(fields)) field = vd_json_str(vd_json_at(fields, 0));
    return vd_dsl_query_string(d, vd_json_str(vd_json_get(body, "query")), field, vd_str_eq_ascii_ci(op, VD_STR("and")));
}

static const struct {
    const char *name;
    int (*write)(dsl *d, const vd_json *body, unsigned depth, bool every);
} queries[] = {
    {"bool", boolean},       {"term", term},
    {"terms", terms},        {"range", range},
    {"match", match},        {"match_phrase", match_phrase},
    {"match_all", match_all}, {"match_none", match_none},
    {"exists", exists},      {"prefix", prefix},
    {"wildcard", wildcard},  {"regexp", regexp},
    {"ids", ids},            {"multi_match", multi_match},
    {"constant_score", constant_score}, {"dis_max", dis_max},
    {"query_string", query_string}, {"simple_query_string", query_string},
};

/* every: each hit must satisfy this clause (it is not below should or must_not). */
static int clause(dsl *d, const vd_json *q, unsigned depth, bool every)
{
    vd_json_iter it = {0};
    if (depth > VD_MAX_DSL_DEPTH) return vd_fail(d->err, VD_LIMIT, "clauses lie deeper than %d in each other", VD_MAX_DSL_DEPTH);
    if (++d->clauses > VD_MAX_DSL_CLAUSES) return vd_fail(d->err, VD_LIMIT, "more than %u clauses", VD_MAX_DSL_CLAUSES);
    if (vd_json_typeof(q) != VD_JSON_OBJECT) return vd_fail(d->err, VD_PARSE, "query malformed, expected an object with the query's name");
    if (!vd_json_next(q, &it)) return vd_fail(d->err, VD_PARSE, "query malformed, empty clause found");
    if (vd_json_len(q) > 1) return vd_fail(d->err, VD_PARSE, "[%.*s] malformed query, expected [END_OBJECT] but found [FIELD_NAME]", VD_FMT(it.key));
    for (size_t i = 0; i < sizeof queries / sizeof *queries; i++) {
        if (!vd_str_eq(it.key, vd_str_from(queries[i].name))) continue;
        if (vd_json_typeof(it.value) == VD_JSON_OBJECT) return queries[i].write(d, it.value, depth, every);
        return vd_fail(d->err, VD_PARSE, "[%s] query malformed, no start_object after query name", queries[i].name);
    }
    return vd_fail(d->err, VD_PARSE, "unknown query [%.*s]", VD_FMT(it.key));
}

/* --- the whole --- */

static int finish(dsl *d, int code)
{
    if (!code && d->out.n > VD_MAX_QUERY / 2) code = vd_fail(d->err, VD_LIMIT, "the query is too long");
    if (!code) d->result->condition = vd_arena_str(d->a, (vd_str){d->out.v, d->out.n});
    vd_vec_free(&d->out);
    return code;
}

int vd_dsl_read(vd_arena *a, const vd_json *query, vd_schema *schema, int64_t now, vd_dsl *out, vd_err *err)
{
    dsl d = {.a = a, .schema = schema, .now = now, .result = out, .err = err};
    *out = (vd_dsl){.since = VD_TIME_NONE, .until = VD_TIME_NONE};
    return finish(&d, query ? clause(&d, query, 0, true) : match_all(&d, NULL, 0, true));
}

int vd_dsl_words(vd_arena *a, vd_str text, vd_schema *schema, int64_t now, vd_dsl *out, vd_err *err)
{
    dsl d = {.a = a, .schema = schema, .now = now, .result = out, .err = err};
    *out = (vd_dsl){.since = VD_TIME_NONE, .until = VD_TIME_NONE};
    return finish(&d, vd_dsl_query_string(&d, text, (vd_str){0}, false));
}

/* Both conditions as one, in the query's own arena. */
static vd_eql_expr *both(vd_arena *a, vd_eql_expr *left, vd_eql_expr *right)
{
    vd_eql_expr *e = VD_NEW(a, vd_eql_expr);
    e->kind = VD_EQL_AND;
    e->n = 2;
    e->args = VD_NEW_N(a, vd_eql_expr *, 2);
    e->args[0] = left;
    e->args[1] = right;
    return e;
}

int vd_dsl_narrow(vd_arena *a, vd_str query, vd_str condition, vd_str *out, vd_err *err)
{
    vd_eql_query *q = NULL, *f = NULL;
    vd_str text = vd_arena_printf(a, "any where %.*s", VD_FMT(condition));
    int code = vd_eql_parse(a, query, &q, err);
    if (!code) code = vd_eql_parse(a, text, &f, err);
    if (code) return code;
    for (uint32_t i = 0; i < q->n_items; i++)
        q->items[i].cond = both(a, q->items[i].cond, f->items[0].cond);
    if (q->until) q->until->cond = both(a, q->until->cond, f->items[0].cond);
    *out = vd_eql_print(a, q);
    return 0;
}
