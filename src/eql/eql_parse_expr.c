/* eql/eql_parse_expr.c - conditions: from `or` down to names and constants
 *
 * Precedence, loosest first: or, and, not, one comparison, + -, * / %, sign,
 * in : like regex, then constants, calls, fields and parentheses.
 * Limits  VD_MAX_EXPR_DEPTH bounds how deep conditions lie inside each other (what
 *         the parser recurses over) and the height of the tree (what everybody
 *         else recurses over). and/or are flat and may be of any length.
 * Source  Elastic docs: "EQL syntax reference"; elastic/elasticsearch EqlBase.g4. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/limits.h"
#include "eql/eql_int.h"

/* Room for a name or a piece of text inside a message. */
#define SHOWN 60

bool vd_parse_fail(vd_parser *p, vd_code code, size_t pos, size_t len, const char *fmt, ...)
{
    char msg[VD_ERR_MSG_MAX - 64];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    vd_eql_fail(p->err, code, p->text, pos, len, msg);
    return false;
}

/* As much of the token as fits a message. */
static vd_str shown(const vd_parser *p, const vd_tok *t)
{
    vd_str s = t->kind == VD_TOK_END ? VD_STR("<EOF>") : vd_tok_str(p, t);
    return vd_clip(s, SHOWN);
}

bool vd_parse_unexpected(vd_parser *p, const char *expected)
{
    const vd_tok *t = vd_peek(p);
    vd_str s = shown(p, t);
    if (t->kind == VD_TOK_BAD) return vd_parse_fail(p, VD_PARSE, t->pos, t->len, "%s", p->bad);
    if (t->kind == VD_TOK_ASSIGN)
        return vd_parse_fail(p, VD_PARSE, t->pos, t->len,
                             "mismatched input '='; use [==] to compare");
    if (strncmp(expected, "a field", 7) != 0 || !vd_eql_is_keyword(vd_tok_str(p, t)))
        return vd_parse_fail(p, VD_PARSE, t->pos, t->len, "mismatched input '%.*s' expecting %s",
                             VD_FMT(s), expected);
    return vd_parse_fail(p, VD_PARSE, t->pos, t->len,
                         "mismatched input '%.*s' expecting %s; a field of that name is written `%.*s`",
                         VD_FMT(s), expected, VD_FMT(s));
}

bool vd_parse_expect(vd_parser *p, vd_tok_kind kind, const char *expected)
{
    return vd_accept(p, kind) || vd_parse_unexpected(p, expected);
}

/* Where the token before the next one ends: the end of what was just read. */
static uint32_t end_of_last(const vd_parser *p)
{
    const vd_tok *t = &p->toks.v[p->at ? p->at - 1 : 0];
    return t->pos + t->len;
}

static vd_eql_expr *too_deep(vd_parser *p, uint32_t pos)
{
    vd_parse_fail(p, VD_PARSE, pos, 1, "the condition is nested deeper than [%d] levels",
                  VD_MAX_EXPR_DEPTH);
    return NULL;
}

/* A node whose arguments are the top of the stack from `base` on; pops them. */
static vd_eql_expr *node_from_stack(vd_parser *p, vd_eql_kind kind, uint32_t pos, size_t base)
{
    vd_eql_expr *e = vd_eql_node(p->a, kind, pos, end_of_last(p), p->stack.v + base,
                                 p->stack.n - base);
    p->stack.n = base;
    return e->height > VD_MAX_EXPR_DEPTH ? too_deep(p, pos) : e;
}

static void push(vd_parser *p, vd_eql_expr *e) { *vd_vec_push(&p->stack) = e; }

/* ---- names and constants ---- */

/* One part of a dotted name. */
static bool name_part(vd_parser *p, vd_str *out)
{
    const vd_tok *t = vd_peek(p);
    if (t->kind == VD_TOK_IDENT) {
        *out = vd_tok_str(p, vd_next(p));
        return true;
    }
    if (t->kind != VD_TOK_QUOTED) return vd_parse_unexpected(p, "a field name");
    size_t at, len;
    vd_next(p);
    return vd_eql_unquote(p->a, p->text, t, out, &at, &len);
}

/* Whether the dotted name at hand is one piece of the text, so that it needs no copy. */
static bool contiguous(const vd_parser *p, size_t first)
{
    for (size_t i = first; i < p->at; i++) {
        const vd_tok *t = &p->toks.v[i];
        if (t->kind == VD_TOK_QUOTED) return false;
        if (i > first && t[-1].pos + t[-1].len != t->pos) return false;
    }
    return true;
}

static bool dotted_name(vd_parser *p, vd_str *out)
{
    size_t first = p->at;
    if (!name_part(p, out)) return false;
    while (vd_peek_kind(p) == VD_TOK_DOT) {
        vd_str part;
        vd_next(p);
        if (!name_part(p, &part)) return false;
    }
    const vd_tok *from = &p->toks.v[first];
    if (contiguous(p, first)) {
        *out = vd_str_sub(p->text, from->pos, end_of_last(p));
        return true;
    }
    /* Escapes only shorten, so the text's own length is room enough. */
    char *buf = vd_arena_alloc(p->a, end_of_last(p) - from->pos);
    size_t n = 0, end = p->at;
    for (p->at = first; p->at < end;) {
        vd_str part = VD_STR(".");
        if (!vd_accept(p, VD_TOK_DOT) && !name_part(p, &part)) return false;
        memcpy(buf + n, part.p, part.n);
        n += part.n;
    }
    *out = (vd_str){buf, n};
    return true;
}

bool vd_parse_field(vd_parser *p, vd_eql_key *out)
{
    *out = (vd_eql_key){.field = VD_NO_FIELD, .pos = vd_peek(p)->pos};
    out->optional = vd_accept(p, VD_TOK_OPTIONAL);
    if (!dotted_name(p, &out->name)) return false;
    out->len = end_of_last(p) - out->pos;
    if (out->name.n == 0)
        return vd_parse_fail(p, VD_PARSE, out->pos, out->len, "a field name must not be empty");
    if (vd_peek_kind(p) == VD_TOK_LBRACKET && vd_peek_at(p, 1) == VD_TOK_INTEGER)
        return vd_parse_fail(p, VD_UNSUPPORTED, out->pos, out->len,
                             "Array indexes are not supported");
    return true;
}

static vd_eql_expr *field(vd_parser *p)
{
    vd_eql_key k;
    if (!vd_parse_field(p, &k)) return NULL;
    vd_eql_expr *e = vd_eql_node(p->a, VD_EQL_FIELD, k.pos, k.pos + k.len, NULL, 0);
    e->name = k.name;
    e->optional = k.optional;
    return e;
}

/* Digits as a 32-bit, 64-bit or unsigned 64-bit number; false if they need more. */
static bool whole_number(vd_str s, vd_value *out)
{
    uint64_t u = 0;
    for (size_t i = 0; i < s.n; i++)
        if (__builtin_mul_overflow(u, 10u, &u) || __builtin_add_overflow(u, (uint64_t)(s.p[i] - '0'), &u))
            return false;
    *out = vd_value_long((int64_t)u);
    out->is32 = u <= INT32_MAX;
    if (u > INT64_MAX) *out = (vd_value){.u = u, .kind = VD_ULONG, .next = VD_NO_VALUE};
    return true;
}

static bool number(vd_parser *p, const vd_tok *t, vd_value *out)
{
    vd_str s = vd_tok_str(p, t);
    if (t->kind == VD_TOK_INTEGER && whole_number(s, out)) return true;
    *out = vd_value_double(strtod(vd_arena_str(p->a, s).p, NULL));
    if (out->d <= 1.7976931348623157e308) return true;
    s = shown(p, t);
    return vd_parse_fail(p, VD_PARSE, t->pos, t->len, "Number [%.*s] is too large", VD_FMT(s));
}

static bool string(vd_parser *p, const vd_tok *t, vd_str *out)
{
    size_t at, len;
    if (vd_eql_unquote(p->a, p->text, t, out, &at, &len)) return true;
    vd_str s = vd_clip(vd_str_sub(p->text, at, at + len), SHOWN);
    return vd_parse_fail(p, VD_PARSE, at, len,
                         "[%.*s] is no character: 2 to 8 hexadecimal digits of a Unicode code "
                         "point, no surrogate",
                         VD_FMT(s));
}

static bool is_constant(vd_tok_kind k)
{
    return k == VD_TOK_INTEGER || k == VD_TOK_DECIMAL || k == VD_TOK_STRING ||
           k == VD_TOK_RAW_STRING || k == VD_TOK_TRUE || k == VD_TOK_FALSE || k == VD_TOK_NULL;
}

/* The next token is a constant. */
static vd_eql_expr *constant(vd_parser *p)
{
    const vd_tok *t = vd_next(p);
    vd_eql_expr at = {.pos = t->pos, .len = t->len};
    vd_value v = vd_value_null();
    vd_str s;
    switch (t->kind) {
    case VD_TOK_TRUE:
    case VD_TOK_FALSE: v = vd_value_bool(t->kind == VD_TOK_TRUE); break;
    case VD_TOK_STRING:
    case VD_TOK_RAW_STRING:
        if (!string(p, t, &s)) return NULL;
        v = vd_value_string(s);
        break;
    case VD_TOK_INTEGER:
    case VD_TOK_DECIMAL:
        if (!number(p, t, &v)) return NULL;
        break;
    default: break;
    }
    return vd_eql_literal(p->a, &at, v);
}

/* ---- calls ---- */

static vd_eql_expr *unknown_function(vd_parser *p, const vd_tok *t, vd_str name)
{
    vd_str names[VD_FN_COUNT];
    for (int i = 0; i < VD_FN_COUNT; i++) names[i] = vd_str_from(vd_fn_info_of((vd_eql_fn)i)->name);
    vd_str maybe = vd_eql_did_you_mean(p->a, name, names, VD_FN_COUNT);
    name = vd_clip(name, SHOWN);
    vd_str msg = vd_arena_printf(p->a, "Unknown function [%.*s]%.*s", VD_FMT(name), VD_FMT(maybe));
    vd_eql_refuse(p->err, p->text, t->pos, t->len, msg.p);
    return NULL;
}

static const char *count_word(size_t n, char buf[32])
{
    static const char *const words[] = {"no arguments", "one argument", "two arguments",
                                        "three arguments", "four arguments"};
    if (n < sizeof words / sizeof *words) return words[n];
    snprintf(buf, 32, "%zu arguments", n);
    return buf;
}

static vd_eql_expr *wrong_count(vd_parser *p, const vd_tok *t, const vd_fn_info *fn)
{
    char lower[32], least[32], most[32];
    snprintf(lower, sizeof lower, "%s", fn->name);
    for (char *c = lower; *c; c++) *c = (char)vd_ascii_lower((unsigned char)*c);
    if (fn->min == fn->max)
        vd_parse_fail(p, VD_PARSE, t->pos, t->len, "error building [%s]: expects exactly %s", lower,
                      count_word(fn->min, least));
    else if (fn->max == UINT8_MAX)
        vd_parse_fail(p, VD_PARSE, t->pos, t->len, "error building [%s]: expects at least %s", lower,
                      count_word(fn->min, least));
    else
        vd_parse_fail(p, VD_PARSE, t->pos, t->len, "error building [%s]: expects %s or %s", lower,
                      count_word(fn->min, least), count_word(fn->max, most));
    return NULL;
}

/* Expressions with commas between them and `)` behind them, onto the stack. */
static bool expression_list(vd_parser *p)
{
    do {
        vd_eql_expr *e = vd_parse_expr(p);
        if (!e) return false;
        push(p, e);
    } while (vd_accept(p, VD_TOK_COMMA));
    return vd_parse_expect(p, VD_TOK_RPAREN, "[,] or [)]");
}

/* wildcard(f, "a*", ..) is another way to write f like ("a*", ..). */
static vd_eql_expr *wildcard_call(vd_parser *p, const vd_tok *t, bool ci, size_t base)
{
    static const vd_fn_info info = {"wildcard", 2, UINT8_MAX, true};
    if (p->stack.n - base < 2) return wrong_count(p, t, &info);
    vd_eql_expr *e = node_from_stack(p, VD_EQL_LIKE, t->pos, base);
    if (e) e->ci = ci;
    return e;
}

static vd_eql_expr *call(vd_parser *p)
{
    const vd_tok *t = vd_next(p);
    vd_str name = vd_tok_str(p, t);
    bool ci = t->kind == VD_TOK_IDENT_CI;
    if (ci) name.n--;
    vd_next(p); /* the parenthesis */
    size_t base = p->stack.n;
    bool is_wildcard = vd_str_eq_ascii_ci(name, VD_STR("wildcard"));
    vd_eql_fn fn = vd_fn_find(name);
    if (fn == VD_FN_COUNT && !is_wildcard) return unknown_function(p, t, name);
    if (!is_wildcard && ci && !vd_fn_info_of(fn)->may_ci) return unknown_function(p, t, vd_tok_str(p, t));
    if (!vd_accept(p, VD_TOK_RPAREN) && !expression_list(p)) return NULL;
    if (is_wildcard) return wildcard_call(p, t, ci, base);
    const vd_fn_info *info = vd_fn_info_of(fn);
    size_t n = p->stack.n - base;
    if (n < info->min || (n > info->max && info->max != UINT8_MAX)) return wrong_count(p, t, info);
    vd_eql_expr *e = node_from_stack(p, VD_EQL_CALL, t->pos, base);
    if (!e) return NULL;
    e->fn = (uint8_t)fn;
    e->ci = ci;
    return e;
}

/* ---- terms ---- */

static vd_eql_expr *parenthesised(vd_parser *p)
{
    vd_next(p);
    vd_eql_expr *e = vd_parse_expr(p);
    return e && vd_parse_expect(p, VD_TOK_RPAREN, "[)]") ? e : NULL;
}

static vd_eql_expr *primary(vd_parser *p)
{
    vd_tok_kind k = vd_peek_kind(p), after = vd_peek_at(p, 1);
    if (is_constant(k)) return constant(p);
    if (k == VD_TOK_LPAREN) return parenthesised(p);
    if ((k == VD_TOK_IDENT || k == VD_TOK_IDENT_CI) && after == VD_TOK_LPAREN) return call(p);
    if (k == VD_TOK_IDENT && after == VD_TOK_OF) {
        const vd_tok *t = vd_peek(p);
        vd_parse_fail(p, VD_UNSUPPORTED, t->pos, t->len, "Process relationships are not supported");
        return NULL;
    }
    if (k == VD_TOK_IDENT || k == VD_TOK_QUOTED || k == VD_TOK_OPTIONAL) return field(p);
    vd_parse_unexpected(p, "a field, a constant, a function or [(]");
    return NULL;
}

/* The right side of : like regex: constants only. */
static bool pattern(vd_parser *p)
{
    const vd_tok *t = vd_peek(p);
    if (t->kind == VD_TOK_IDENT && vd_peek_at(p, 1) == VD_TOK_LPAREN) {
        vd_str s = shown(p, t);
        return vd_parse_fail(p, VD_UNSUPPORTED, t->pos, t->len,
                             "mismatched input '%.*s' expecting a constant; EQL has no method "
                             "calls: write [%.*s(field)]",
                             VD_FMT(s), VD_FMT(s));
    }
    if (!is_constant((vd_tok_kind)t->kind)) return vd_parse_unexpected(p, "a constant");
    vd_eql_expr *e = constant(p);
    if (e) push(p, e);
    return e != NULL;
}

static bool pattern_list(vd_parser *p)
{
    if (!vd_accept(p, VD_TOK_LPAREN)) return pattern(p);
    do {
        if (!pattern(p)) return false;
    } while (vd_accept(p, VD_TOK_COMMA));
    return vd_parse_expect(p, VD_TOK_RPAREN, "[,] or [)]");
}

static vd_eql_expr *negation(vd_parser *p, uint32_t pos, vd_eql_expr *e)
{
    size_t base = p->stack.n;
    push(p, e);
    return node_from_stack(p, VD_EQL_NOT, pos, base);
}

/* `in`, `not in` and their ~ forms; `subject` stands before them. */
static vd_eql_expr *membership(vd_parser *p, vd_eql_expr *subject)
{
    bool negated = vd_accept(p, VD_TOK_NOT);
    bool ci = vd_next(p)->kind == VD_TOK_IN_CI;
    size_t base = p->stack.n;
    push(p, subject);
    if (!vd_parse_expect(p, VD_TOK_LPAREN, "[(]") || !expression_list(p)) return NULL;
    vd_eql_expr *e = node_from_stack(p, VD_EQL_IN, subject->pos, base);
    if (!e) return NULL;
    e->ci = ci;
    return negated ? negation(p, subject->pos, e) : e;
}

static vd_eql_expr *matching(vd_parser *p, vd_eql_expr *subject, vd_eql_kind kind, bool ci)
{
    size_t base = p->stack.n;
    vd_next(p);
    push(p, subject);
    if (!pattern_list(p)) return NULL;
    vd_eql_expr *e = node_from_stack(p, kind, subject->pos, base);
    if (e) e->ci = ci;
    return e;
}

static vd_eql_expr *predicated(vd_parser *p)
{
    vd_eql_expr *e = primary(p);
    if (!e) return NULL;
    switch (vd_peek_kind(p)) {
    case VD_TOK_IN:
    case VD_TOK_IN_CI: return membership(p, e);
    case VD_TOK_COLON: return matching(p, e, VD_EQL_SEQ, true);
    case VD_TOK_LIKE: return matching(p, e, VD_EQL_LIKE, false);
    case VD_TOK_LIKE_CI: return matching(p, e, VD_EQL_LIKE, true);
    case VD_TOK_REGEX: return matching(p, e, VD_EQL_REGEX, false);
    case VD_TOK_REGEX_CI: return matching(p, e, VD_EQL_REGEX, true);
    case VD_TOK_NOT:
        if (vd_peek_at(p, 1) == VD_TOK_IN || vd_peek_at(p, 1) == VD_TOK_IN_CI)
            return membership(p, e);
        vd_next(p);
        vd_parse_unexpected(p, "[in] or [in~] (or [not] in front of the whole comparison)");
        return NULL;
    default: return e;
    }
}

/* Signs are read in a loop and applied from the innermost outwards. */
static vd_eql_expr *signed_term(vd_parser *p)
{
    size_t first = p->at;
    while (vd_peek_kind(p) == VD_TOK_MINUS || vd_peek_kind(p) == VD_TOK_PLUS) vd_next(p);
    size_t last = p->at, base = p->stack.n;
    if (last - first > VD_MAX_EXPR_DEPTH) return too_deep(p, p->toks.v[first].pos);
    vd_eql_expr *e = predicated(p);
    for (size_t i = last; e && i > first; i--) {
        const vd_tok *t = &p->toks.v[i - 1];
        if (t->kind == VD_TOK_PLUS) continue;
        push(p, e);
        e = node_from_stack(p, VD_EQL_NEG, t->pos, base);
    }
    return e;
}

static vd_eql_op operator_of(vd_tok_kind k)
{
    switch (k) {
    case VD_TOK_PLUS: return VD_OP_ADD;
    case VD_TOK_MINUS: return VD_OP_SUB;
    case VD_TOK_STAR: return VD_OP_MUL;
    case VD_TOK_SLASH: return VD_OP_DIV;
    case VD_TOK_PERCENT: return VD_OP_MOD;
    case VD_TOK_EQ:
    case VD_TOK_NE: return VD_OP_EQ;
    case VD_TOK_LT: return VD_OP_LT;
    case VD_TOK_LE: return VD_OP_LE;
    case VD_TOK_GT: return VD_OP_GT;
    case VD_TOK_GE: return VD_OP_GE;
    default: return VD_OP_NONE;
    }
}

static vd_eql_expr *binary(vd_parser *p, vd_eql_kind kind, vd_eql_op op, vd_eql_expr *l,
                           vd_eql_expr *r)
{
    size_t base = p->stack.n;
    push(p, l);
    push(p, r);
    vd_eql_expr *e = node_from_stack(p, kind, l->pos, base);
    if (e) e->op = (uint8_t)op;
    return e;
}

static vd_eql_expr *product(vd_parser *p)
{
    vd_eql_expr *l = signed_term(p), *r;
    for (; l; l = r) {
        vd_eql_op op = operator_of(vd_peek_kind(p));
        if (op != VD_OP_MUL && op != VD_OP_DIV && op != VD_OP_MOD) return l;
        vd_next(p);
        r = signed_term(p);
        if (r) r = binary(p, VD_EQL_ARITH, op, l, r);
    }
    return NULL;
}

static vd_eql_expr *sum(vd_parser *p)
{
    vd_eql_expr *l = product(p), *r;
    for (; l; l = r) {
        vd_eql_op op = operator_of(vd_peek_kind(p));
        if (op != VD_OP_ADD && op != VD_OP_SUB) return l;
        vd_next(p);
        r = product(p);
        if (r) r = binary(p, VD_EQL_ARITH, op, l, r);
    }
    return NULL;
}

static vd_eql_expr *comparison(vd_parser *p)
{
    vd_eql_expr *l = sum(p);
    if (!l) return NULL;
    vd_tok_kind k = vd_peek_kind(p);
    vd_eql_op op = operator_of(k);
    if (op == VD_OP_NONE || op >= VD_OP_ADD) return l;
    vd_next(p);
    vd_eql_expr *r = sum(p);
    if (!r) return NULL;
    vd_eql_expr *e = binary(p, VD_EQL_COMPARE, op, l, r);
    if (e && k == VD_TOK_NE) e = negation(p, l->pos, e);
    op = operator_of(vd_peek_kind(p));
    if (!e || op == VD_OP_NONE || op >= VD_OP_ADD) return e;
    vd_parse_unexpected(p, "[and], [or] or the end (comparisons cannot be chained)");
    return NULL;
}

static vd_eql_expr *negated(vd_parser *p)
{
    size_t first = p->at;
    while (vd_accept(p, VD_TOK_NOT)) continue;
    size_t last = p->at;
    if (last - first > VD_MAX_EXPR_DEPTH) return too_deep(p, p->toks.v[first].pos);
    vd_eql_expr *e = comparison(p);
    for (size_t i = last; e && i > first; i--) e = negation(p, p->toks.v[i - 1].pos, e);
    return e;
}

/* An operand that is itself of that kind gives its own operands: and/or stay flat. */
static void push_flat(vd_parser *p, vd_eql_kind kind, vd_eql_expr *e)
{
    if (e->kind != kind) {
        push(p, e);
        return;
    }
    for (uint32_t i = 0; i < e->n; i++) push(p, e->args[i]);
}

static vd_eql_expr *conjunction(vd_parser *p)
{
    vd_eql_expr *e = negated(p);
    if (!e || vd_peek_kind(p) != VD_TOK_AND) return e;
    uint32_t pos = e->pos;
    size_t base = p->stack.n;
    push_flat(p, VD_EQL_AND, e);
    while (vd_accept(p, VD_TOK_AND)) {
        if (!(e = negated(p))) return NULL;
        push_flat(p, VD_EQL_AND, e);
    }
    return node_from_stack(p, VD_EQL_AND, pos, base);
}

static vd_eql_expr *disjunction(vd_parser *p)
{
    vd_eql_expr *e = conjunction(p);
    if (!e || vd_peek_kind(p) != VD_TOK_OR) return e;
    uint32_t pos = e->pos;
    size_t base = p->stack.n;
    push_flat(p, VD_EQL_OR, e);
    while (vd_accept(p, VD_TOK_OR)) {
        if (!(e = conjunction(p))) return NULL;
        push_flat(p, VD_EQL_OR, e);
    }
    return node_from_stack(p, VD_EQL_OR, pos, base);
}

vd_eql_expr *vd_parse_expr(vd_parser *p)
{
    if (p->depth >= VD_MAX_EXPR_DEPTH) return too_deep(p, vd_peek(p)->pos);
    p->depth++;
    vd_eql_expr *e = disjunction(p);
    p->depth--;
    return e;
}
