/* eql/eql_check_types.c - the type of every expression, and what does not fit
 *
 * A field of unknown type (VD_ET_ANY) fits everywhere, null too. What is found
 * wrong gets the type it should have had, so that one mistake is one problem.
 * Source  elastic/elasticsearch Verifier and TypeResolutions; Elastic docs:
 *         "EQL function reference". */
#include "base/limits.h"
#include "eql/eql_check_int.h"
#include "eql/ops.h"
#include "eql/regex.h"
#include "field/ip.h"

/* Text of the query inside a message. */
#define SHOWN 200

/* What an argument may be. */
typedef enum want {
    WANT_ANY,
    WANT_STRING,
    WANT_NUMBER,
    WANT_INTEGER,
    WANT_BOOLEAN,
    WANT_IP
} want;

const char *vd_eql_type_name(vd_eql_type t)
{
    static const char *const names[] = {
        [VD_ET_ANY] = "any",         [VD_ET_NULL] = "null",
        [VD_ET_BOOLEAN] = "boolean", [VD_ET_INTEGER] = "integer",
        [VD_ET_LONG] = "long",       [VD_ET_UNSIGNED_LONG] = "unsigned_long",
        [VD_ET_DOUBLE] = "double",   [VD_ET_KEYWORD] = "keyword",
        [VD_ET_DATE] = "datetime",   [VD_ET_IP] = "ip",
        [VD_ET_VERSION] = "version"};
    return names[t];
}

static bool is_free(vd_eql_type t) { return t == VD_ET_ANY || t == VD_ET_NULL; }
static bool is_string(vd_eql_type t) { return t == VD_ET_KEYWORD || t == VD_ET_VERSION; }
static bool is_whole(vd_eql_type t)
{
    return t == VD_ET_INTEGER || t == VD_ET_LONG || t == VD_ET_UNSIGNED_LONG;
}
static bool is_number(vd_eql_type t) { return is_whole(t) || t == VD_ET_DOUBLE; }

bool vd_eql_types_fit(vd_eql_type a, vd_eql_type b)
{
    return a == b || is_free(a) || is_free(b) || (is_string(a) && is_string(b)) ||
           (is_number(a) && is_number(b));
}

bool vd_eql_is_constant(const vd_eql_expr *e)
{
    if (e->kind == VD_EQL_FIELD) return e->unmapped;
    for (uint32_t i = 0; i < e->n; i++)
        if (!vd_eql_is_constant(e->args[i])) return false;
    return true;
}

static vd_str source(const vd_checker *c, const vd_eql_expr *e)
{
    vd_str s = vd_str_sub(c->q->text, e->pos, (size_t)e->pos + e->len);
    return vd_clip(s, SHOWN);
}

static const char *ordinal_word(uint32_t i)
{
    static const char *const words[] = {"first", "second", "third", "fourth", "fifth"};
    return i < sizeof words / sizeof *words ? words[i] : "further";
}

/* "first argument of [f(x)] must be [string], found value [x] type [long]" */
static void wrong_argument(vd_checker *c, const vd_eql_expr *e, uint32_t i, const char *wanted)
{
    const vd_eql_expr *arg = e->args[i];
    vd_str all = source(c, e), part = source(c, arg);
    vd_problem_add(c, arg->pos, arg->len, "%s%sargument of [%.*s] must be [%s], found value [%.*s] type [%s]",
                   e->n > 1 ? ordinal_word(i) : "", e->n > 1 ? " " : "", VD_FMT(all), wanted,
                   VD_FMT(part), vd_eql_type_name((vd_eql_type)arg->type));
}

/* Looks at one argument; false and a problem if it is not as wanted. */
static bool check_argument(vd_checker *c, const vd_eql_expr *e, uint32_t i, want w)
{
    static const char *const names[] = {[WANT_STRING] = "string",   [WANT_NUMBER] = "numeric",
                                        [WANT_INTEGER] = "integer", [WANT_BOOLEAN] = "boolean",
                                        [WANT_IP] = "ip"};
    const vd_eql_expr *arg = e->args[i];
    vd_eql_type t = (vd_eql_type)arg->type;
    bool fits = is_free(t);
    switch (w) {
    case WANT_ANY: return true;
    case WANT_STRING: fits |= is_string(t); break;
    case WANT_NUMBER: fits |= is_number(t); break;
    case WANT_INTEGER: fits |= is_whole(t); break;
    case WANT_BOOLEAN: fits |= t == VD_ET_BOOLEAN; break;
    case WANT_IP: fits |= t == VD_ET_IP || arg->kind == VD_EQL_LITERAL; break;
    }
    if (!fits) wrong_argument(c, e, i, names[w]);
    return fits;
}

static bool check_arguments(vd_checker *c, const vd_eql_expr *e, want w)
{
    for (uint32_t i = 0; i < e->n; i++)
        if (!check_argument(c, e, i, w)) return false;
    return true;
}

/* The type of a + b, and of -a. */
static vd_eql_type wider(vd_eql_type a, vd_eql_type b)
{
    if (a == VD_ET_NULL || b == VD_ET_NULL) return VD_ET_NULL;
    if (!is_number(a) || !is_number(b)) return VD_ET_ANY;
    return a > b ? a : b; /* the enum's order is the widening order */
}

/* ---- fields ---- */

static void check_field(vd_checker *c, vd_eql_expr *e)
{
    vd_column col = vd_check_column(c, e->name, e->optional, e->pos, e->len);
    e->field = col.field;
    e->unmapped = col.unmapped;
    e->type = (uint8_t)col.type;
}

/* Text fields without an exact subfield cannot be asked for exact values. Only a
 * mapping says so for sure: without one a text field is read by its value. */
static bool check_exact(vd_checker *c, const vd_eql_expr *e)
{
    for (uint32_t i = 0; i < e->n; i++) {
        const vd_eql_expr *arg = e->args[i];
        if (arg->kind != VD_EQL_FIELD || arg->field == VD_NO_FIELD || !vd_schema_closed(c->schema) ||
            vd_schema_field(c->schema, arg->field)->type != VD_TYPE_TEXT)
            continue;
        vd_str all = source(c, e);
        vd_problem_add(c, arg->pos, arg->len,
                       "[%.*s] cannot operate on %s%sargument field of data type [text]: No "
                       "keyword/multi-field defined exact matches for [%.*s]; define one or use "
                       "MATCH/QUERY instead",
                       VD_FMT(all), e->n > 1 ? ordinal_word(i) : "", e->n > 1 ? " " : "",
                       VD_FMT(arg->name));
        return false;
    }
    return true;
}

/* ---- comparisons ---- */

bool vd_eql_both_optional(const vd_eql_expr *l, const vd_eql_expr *r)
{
    return l->kind == VD_EQL_FIELD && r->kind == VD_EQL_FIELD && l->optional && r->optional &&
           l->type == VD_ET_ANY && r->type == VD_ET_ANY;
}

static void field_comparison(vd_checker *c, const vd_eql_expr *offender, const char *sign)
{
    vd_str s = source(c, offender);
    vd_problem_add(c, offender->pos, offender->len,
                   "Comparisons against fields are not (currently) supported; offender [%.*s] in [%s]",
                   VD_FMT(s), sign);
}

static void check_compare(vd_checker *c, vd_eql_expr *e)
{
    vd_eql_op op = (vd_eql_op)e->op;
    if (!check_exact(c, e)) return;
    if (vd_eql_is_constant(e->args[0]) && !vd_eql_is_constant(e->args[1])) {
        vd_eql_flip(e);
        op = (vd_eql_op)e->op;
    }
    vd_eql_expr *l = e->args[0], *r = e->args[1];
    if (!vd_eql_is_constant(r) && !vd_eql_both_optional(l, r)) {
        field_comparison(c, r, vd_eql_op_sign(op));
        return;
    }
    if (op != VD_OP_EQ && (vd_eql_is_null(l) || vd_eql_is_null(r))) {
        vd_str s = source(c, e);
        vd_problem_add(c, e->pos, e->len, "null has no order in [%.*s]; only [==] and [!=] take it",
                       VD_FMT(s));
    }
}

static const char *ordinal_number(uint32_t n, char buf[16])
{
    const char *end = "th";
    if (n % 100 / 10 != 1) end = n % 10 == 1 ? "st" : n % 10 == 2 ? "nd" : n % 10 == 3 ? "rd" : "th";
    snprintf(buf, 16, "%u%s", n, end);
    return buf;
}

/* Strings stand for addresses, times and versions in lists as they do behind ==. */
static bool may_be_member(vd_eql_type subject, vd_eql_type t)
{
    bool reads_strings = subject == VD_ET_IP || subject == VD_ET_DATE;
    return vd_eql_types_fit(subject, t) || (reads_strings && is_string(t)) ||
           (subject == VD_ET_DATE && is_whole(t));
}

static void check_in(vd_checker *c, vd_eql_expr *e)
{
    if (!check_exact(c, e)) return;
    for (uint32_t i = 1; i < e->n; i++) {
        const vd_eql_expr *v = e->args[i];
        if (!vd_eql_is_constant(v)) {
            field_comparison(c, v, e->ci ? "in~" : "in");
            return;
        }
        if (may_be_member((vd_eql_type)e->args[0]->type, (vd_eql_type)v->type)) continue;
        char nth[16];
        vd_str all = source(c, e), part = source(c, v);
        vd_problem_add(c, v->pos, v->len,
                       "%s argument of [%.*s] must be [%s], found value [%.*s] type [%s]",
                       ordinal_number(i, nth), VD_FMT(all),
                       vd_eql_type_name((vd_eql_type)e->args[0]->type), VD_FMT(part),
                       vd_eql_type_name((vd_eql_type)v->type));
        return;
    }
}

/* ---- patterns ---- */

/* Where byte `k` of a string constant's value stands in the query's text. */
static size_t place_in_string(vd_str text, const vd_eql_expr *lit, size_t k)
{
    size_t i = lit->pos + 1, end = (size_t)lit->pos + lit->len;
    if (lit->len >= 6 && text.p[i] == '"') return lit->pos + 3 + k; /* triple quotes: as it is */
    for (size_t made = 0; i < end && made < k; made++) {
        if (text.p[i] != '\\') i++;
        else if (text.p[i + 1] != 'u') i += 2;
        else i = vd_str_find_byte(text, '}', i) + 1; /* one character, several bytes: near enough */
    }
    return i < end ? i : end - 1;
}

static void check_regex(vd_checker *c, const vd_eql_expr *lit, bool ci)
{
    vd_arena scratch;
    vd_regex *re;
    vd_err err = {0};
    vd_arena_init(&scratch, 0);
    if (vd_regex_compile(&scratch, vd_value_str(&lit->lit), ci, &re, &err)) {
        size_t pos = err.placed ? place_in_string(c->q->text, lit, err.pos) : lit->pos;
        vd_problem_add(c, pos, 1, "%s", err.msg);
    }
    vd_arena_fini(&scratch);
}

static void check_pattern(vd_checker *c, vd_eql_expr *e)
{
    if (!check_exact(c, e) || !check_argument(c, e, 0, WANT_STRING)) return;
    for (uint32_t i = 1; i < e->n; i++) {
        const vd_eql_expr *v = e->args[i];
        if (v->kind != VD_EQL_LITERAL || v->lit.kind != VD_STRING) {
            wrong_argument(c, e, i, "string");
            return;
        }
        if (e->kind == VD_EQL_REGEX) check_regex(c, v, e->ci);
        else if (vd_glob_too_complex(vd_value_str(&v->lit)))
            vd_problem_add(c, v->pos, v->len,
                           "the wildcard pattern is too complex: between two stars are more than "
                           "[%d] characters and a ? among them",
                           VD_MAX_GLOB_PIECE);
    }
}

/* ---- calls ---- */

static const struct signature {
    uint8_t args[4]; /* want; the last one stands for all behind it */
    uint8_t result;  /* vd_eql_type; VD_ET_ANY: the wider of the arguments */
} signatures[VD_FN_COUNT] = {
    [VD_FN_ADD] = {{WANT_NUMBER, WANT_NUMBER}, VD_ET_ANY},
    [VD_FN_BETWEEN] = {{WANT_STRING, WANT_STRING, WANT_STRING, WANT_BOOLEAN}, VD_ET_KEYWORD},
    [VD_FN_CIDR_MATCH] = {{WANT_IP, WANT_STRING, WANT_STRING, WANT_STRING}, VD_ET_BOOLEAN},
    [VD_FN_CONCAT] = {{WANT_ANY, WANT_ANY, WANT_ANY, WANT_ANY}, VD_ET_KEYWORD},
    [VD_FN_DIVIDE] = {{WANT_NUMBER, WANT_NUMBER}, VD_ET_ANY},
    [VD_FN_ENDS_WITH] = {{WANT_STRING, WANT_STRING}, VD_ET_BOOLEAN},
    [VD_FN_INDEX_OF] = {{WANT_STRING, WANT_STRING, WANT_INTEGER}, VD_ET_INTEGER},
    [VD_FN_LENGTH] = {{WANT_STRING}, VD_ET_INTEGER},
    [VD_FN_MODULO] = {{WANT_NUMBER, WANT_NUMBER}, VD_ET_ANY},
    [VD_FN_MULTIPLY] = {{WANT_NUMBER, WANT_NUMBER}, VD_ET_ANY},
    [VD_FN_NUMBER] = {{WANT_STRING, WANT_INTEGER}, VD_ET_DOUBLE},
    [VD_FN_STARTS_WITH] = {{WANT_STRING, WANT_STRING}, VD_ET_BOOLEAN},
    [VD_FN_STRING] = {{WANT_ANY}, VD_ET_KEYWORD},
    [VD_FN_STRING_CONTAINS] = {{WANT_STRING, WANT_STRING}, VD_ET_BOOLEAN},
    [VD_FN_SUBSTRING] = {{WANT_STRING, WANT_INTEGER, WANT_INTEGER}, VD_ET_KEYWORD},
    [VD_FN_SUBTRACT] = {{WANT_NUMBER, WANT_NUMBER}, VD_ET_ANY},
};

static void check_blocks(vd_checker *c, const vd_eql_expr *e)
{
    for (uint32_t i = 1; i < e->n; i++) {
        const vd_eql_expr *v = e->args[i];
        vd_cidr block;
        vd_str s = source(c, v), all = source(c, e);
        if (!vd_eql_is_constant(v))
            vd_problem_add(c, v->pos, v->len, "%s argument of [%.*s] must be a constant, received [%.*s]",
                           ordinal_word(i), VD_FMT(all), VD_FMT(s));
        else if (v->kind == VD_EQL_LITERAL && v->lit.kind == VD_STRING &&
                 !vd_cidr_parse(vd_value_str(&v->lit), &block))
            vd_problem_add(c, v->pos, v->len, "[%.*s] is no block of addresses such as [10.0.0.0/8]",
                           VD_FMT(s));
    }
}

static void check_call(vd_checker *c, vd_eql_expr *e)
{
    const struct signature *sig = &signatures[e->fn];
    e->type = sig->result;
    if (e->type == VD_ET_ANY) e->type = (uint8_t)wider((vd_eql_type)e->args[0]->type, (vd_eql_type)e->args[1]->type);
    if (!check_exact(c, e)) return;
    for (uint32_t i = 0; i < e->n; i++)
        if (!check_argument(c, e, i, (want)sig->args[i < 4 ? i : 3])) return;
    if (e->fn == VD_FN_CIDR_MATCH) check_blocks(c, e);
}

void vd_check_expr(vd_checker *c, vd_eql_expr *e)
{
    for (uint32_t i = 0; i < e->n; i++) vd_check_expr(c, e->args[i]);
    if (e->kind != VD_EQL_LITERAL && e->kind != VD_EQL_FIELD) e->type = VD_ET_BOOLEAN;
    switch ((vd_eql_kind)e->kind) {
    case VD_EQL_LITERAL: break;
    case VD_EQL_FIELD: check_field(c, e); break;
    case VD_EQL_NOT:
    case VD_EQL_AND:
    case VD_EQL_OR: check_arguments(c, e, WANT_BOOLEAN); break;
    case VD_EQL_NEG:
        check_arguments(c, e, WANT_NUMBER);
        e->type = e->args[0]->type;
        break;
    case VD_EQL_ARITH:
        check_arguments(c, e, WANT_NUMBER);
        e->type = (uint8_t)wider((vd_eql_type)e->args[0]->type, (vd_eql_type)e->args[1]->type);
        break;
    case VD_EQL_COMPARE: check_compare(c, e); break;
    case VD_EQL_IN: check_in(c, e); break;
    case VD_EQL_SEQ:
    case VD_EQL_LIKE:
    case VD_EQL_REGEX: check_pattern(c, e); break;
    case VD_EQL_CALL: check_call(c, e); break;
    }
}
