/* eql/eql_parse.c - queries: event, sequence, sample, and their pipes
 *
 * Source  Elastic docs: "EQL syntax reference"; elastic/elasticsearch EqlBase.g4
 *         and LogicalPlanBuilder for the texts of errors. */
#include <stdarg.h>

#include "base/limits.h"
#include "eql/eql_int.h"

#define SHOWN 60

typedef VD_VEC(vd_eql_key) key_vec;
typedef VD_VEC(vd_eql_item) item_vec;
typedef VD_VEC(vd_eql_pipe) pipe_vec;

/* What a sequence or sample has read so far. */
typedef struct group {
    key_vec keys; /* the query's own `by` */
    item_vec items;
    uint32_t first_keys; /* keys of the first item, its own only */
    uint32_t stages;     /* items with `runs` expanded */
} group;

static bool fail_tok(vd_parser *p, const vd_tok *t, vd_code code, const char *msg)
{
    return vd_parse_fail(p, code, t->pos, t->len, "%s", msg);
}

/* A problem that Elasticsearch's verifier would have reported. */
static bool refuse(vd_parser *p, size_t pos, size_t len, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static bool refuse(vd_parser *p, size_t pos, size_t len, const char *fmt, ...)
{
    char msg[300];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(msg, sizeof msg, fmt, ap);
    va_end(ap);
    vd_eql_refuse(p->err, p->text, pos, len, msg);
    return false;
}

static vd_str text_of(const vd_parser *p, const vd_tok *t)
{
    return vd_clip(vd_tok_str(p, t), SHOWN);
}

/* ---- `by` and keys ---- */

static bool key_list(vd_parser *p, key_vec *keys)
{
    do {
        vd_eql_key k;
        vd_tok_kind kind = vd_peek_kind(p);
        bool is_name = kind == VD_TOK_IDENT || kind == VD_TOK_QUOTED || kind == VD_TOK_OPTIONAL;
        if (kind == VD_TOK_IDENT_CI || (is_name && vd_peek_at(p, 1) == VD_TOK_LPAREN))
            return fail_tok(p, vd_peek(p), VD_PARSE, "Unsupported join key: only fields can join");
        if (!vd_parse_field(p, &k)) return false;
        if (keys->n == VD_MAX_JOIN_KEYS)
            return refuse(p, k.pos, k.len, "more than [%d] join keys", VD_MAX_JOIN_KEYS);
        *vd_vec_push(keys) = k;
    } while (vd_accept(p, VD_TOK_COMMA));
    return true;
}

/* An item's keys: the query's first, then its own. */
static bool item_keys(vd_parser *p, const group *g, vd_eql_item *item, uint32_t *own)
{
    key_vec keys = {0};
    for (size_t i = 0; i < g->keys.n; i++) *vd_vec_push(&keys) = g->keys.v[i];
    bool ok = !vd_accept(p, VD_TOK_BY) || key_list(p, &keys);
    item->n_keys = (uint32_t)keys.n;
    item->keys = vd_arena_alloc(p->a, keys.n * sizeof *keys.v);
    if (keys.n) memcpy(item->keys, keys.v, keys.n * sizeof *keys.v);
    *own = (uint32_t)(keys.n - g->keys.n);
    vd_vec_free(&keys);
    return ok;
}

static bool same_count(vd_parser *p, const group *g, const vd_eql_item *item, uint32_t own)
{
    if (own == g->first_keys) return true;
    size_t pos = item->pos, len = item->len;
    if (own) { /* the item's own `by` list */
        const vd_eql_key *first = &item->keys[item->n_keys - own], *last = &item->keys[item->n_keys - 1];
        pos = first->pos;
        len = last->pos + last->len - pos;
    }
    return vd_parse_fail(p, VD_PARSE, pos, len,
                         "Inconsistent number of join keys specified; expected [%u] but found [%u]",
                         g->first_keys, own);
}

/* ---- events ---- */

static bool category(vd_parser *p, vd_eql_item *item)
{
    const vd_tok *t = vd_peek(p);
    size_t at = 0, len = 0;
    switch (t->kind) {
    case VD_TOK_ANY: item->any = true; break;
    case VD_TOK_IDENT: item->category = vd_tok_str(p, t); break;
    case VD_TOK_STRING:
    case VD_TOK_RAW_STRING:
        if (!vd_eql_unquote(p->a, p->text, t, &item->category, &at, &len))
            return vd_parse_fail(p, VD_PARSE, at, len, "the escape names no character");
        break;
    case VD_TOK_QUOTED:
        return fail_tok(p, t, VD_PARSE,
                        "an event category is a name or stands in double quotes, not in backquotes");
    default: return vd_parse_unexpected(p, "an event category, [any], [sequence] or [sample]");
    }
    vd_next(p);
    return true;
}

static bool event(vd_parser *p, vd_eql_item *item)
{
    item->runs = 1;
    return category(p, item) && vd_parse_expect(p, VD_TOK_WHERE, "[where]") &&
           (item->cond = vd_parse_expr(p)) != NULL;
}

/* "[ event ]" */
static bool subquery(vd_parser *p, vd_eql_item *item)
{
    const vd_tok *open = vd_peek(p);
    item->pos = open->pos;
    item->missing = open->kind == VD_TOK_MISSING;
    if (!item->missing && open->kind != VD_TOK_LBRACKET) return vd_parse_unexpected(p, "[[]");
    vd_next(p);
    if (!event(p, item)) return false;
    const vd_tok *close = vd_peek(p);
    if (!vd_parse_expect(p, VD_TOK_RBRACKET, "[]]")) return false;
    item->len = close->pos + close->len - item->pos;
    return true;
}

/* "with runs=n" */
static bool runs(vd_parser *p, vd_eql_item *item)
{
    if (!vd_accept(p, VD_TOK_WITH)) return true;
    const vd_tok *t = vd_peek(p);
    if (!vd_tok_is(p, t, VD_STR("runs"))) return vd_parse_unexpected(p, "[runs]");
    vd_next(p);
    if (!vd_parse_expect(p, VD_TOK_ASSIGN, "[=]")) return false;
    t = vd_peek(p);
    if (t->kind != VD_TOK_INTEGER) return vd_parse_unexpected(p, "a whole number");
    vd_str digits = vd_tok_str(p, vd_next(p));
    uint32_t n = 0;
    for (size_t i = 0; i < digits.n && n <= VD_MAX_RUNS; i++) n = n * 10 + (uint32_t)(digits.p[i] - '0');
    digits = vd_clip(digits, SHOWN);
    if (n == 0)
        return vd_parse_fail(p, VD_PARSE, t->pos, t->len,
                             "A positive runs value is required; found [%.*s]", VD_FMT(digits));
    if (n > VD_MAX_RUNS)
        return vd_parse_fail(p, VD_PARSE, t->pos, t->len,
                             "A query cannot be repeated more than [%d] times; found [%.*s]",
                             VD_MAX_RUNS, VD_FMT(digits));
    item->runs = n;
    return true;
}

/* ---- sequence ---- */

static int64_t unit_ms(vd_str unit)
{
    static const struct {
        vd_str name;
        int64_t ms;
    } units[] = {{{"ms", 2}, 1},     {{"s", 1}, 1000},     {{"m", 1}, 60000},
                 {{"h", 1}, 3600000}, {{"d", 1}, 86400000}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (vd_str_eq(unit, units[i].name)) return units[i].ms;
    return 0;
}

static bool amount(vd_str digits, int64_t ms, int64_t *out)
{
    int64_t n = 0;
    for (size_t i = 0; i < digits.n; i++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_add_overflow(n, digits.p[i] - '0', &n))
            return false;
    return !__builtin_mul_overflow(n, ms, out);
}

static bool duration(vd_parser *p, int64_t *out)
{
    const vd_tok *t = vd_peek(p);
    if (t->kind != VD_TOK_INTEGER && t->kind != VD_TOK_DECIMAL)
        return vd_parse_unexpected(p, "a time such as [30s]");
    vd_next(p);
    vd_str number = text_of(p, t), unit;
    const vd_tok *u = vd_peek(p);
    if (t->kind == VD_TOK_DECIMAL)
        return vd_parse_fail(p, VD_PARSE, t->pos, t->len,
                             "Decimal time interval [%.*s] not supported; please use an positive "
                             "integer",
                             VD_FMT(number));
    if (u->kind != VD_TOK_IDENT)
        return vd_parse_fail(p, VD_PARSE, t->pos, t->len,
                             "No time unit specified, did you mean [s] as in [%.*ss]?", VD_FMT(number));
    unit = text_of(p, vd_next(p));
    size_t len = u->pos + u->len - t->pos;
    int64_t ms = unit_ms(unit);
    if (ms == 0)
        return vd_parse_fail(p, VD_PARSE, t->pos, len,
                             "Unrecognized time unit [%.*s] in [%.*s%.*s], please specify one of "
                             "[ms, s, m, h, d]",
                             VD_FMT(unit), VD_FMT(number), VD_FMT(unit));
    if (!amount(vd_tok_str(p, t), ms, out))
        return vd_parse_fail(p, VD_PARSE, t->pos, len, "The time [%.*s%.*s] is too long",
                             VD_FMT(number), VD_FMT(unit));
    if (*out > 0) return true;
    return vd_parse_fail(p, VD_PARSE, t->pos, len,
                         "A positive maxspan value is required; found [%.*s]", VD_FMT(number));
}

static bool sequence_head(vd_parser *p, group *g, vd_eql_query *q)
{
    if (vd_accept(p, VD_TOK_BY) && !key_list(p, &g->keys)) return false;
    if (!vd_accept(p, VD_TOK_WITH)) return true;
    if (!vd_parse_expect(p, VD_TOK_MAXSPAN, "[maxspan]") ||
        !vd_parse_expect(p, VD_TOK_ASSIGN, "[=]") || !duration(p, &q->maxspan))
        return false;
    if (vd_peek_kind(p) == VD_TOK_BY)
        return fail_tok(p, vd_peek(p), VD_PARSE, "Please specify sequence [by] before [with] not after");
    return true;
}

static bool add_item(vd_parser *p, group *g, bool with_runs)
{
    vd_eql_item item = {0};
    uint32_t own;
    if (!subquery(p, &item) || !item_keys(p, g, &item, &own)) return false;
    if (with_runs && !runs(p, &item)) return false;
    if (g->items.n == 0) g->first_keys = own;
    if (!same_count(p, g, &item, own)) return false;
    g->stages += item.runs;
    if (g->stages > VD_MAX_STAGES)
        return refuse(p, item.pos, item.len, "more than [%d] stages", VD_MAX_STAGES);
    *vd_vec_push(&g->items) = item;
    return true;
}

static bool until(vd_parser *p, const group *g, vd_eql_query *q)
{
    if (!vd_accept(p, VD_TOK_UNTIL)) return true;
    if (vd_peek_kind(p) == VD_TOK_MISSING) return vd_parse_unexpected(p, "[[]");
    uint32_t own;
    q->until = VD_NEW(p->a, vd_eql_item);
    return subquery(p, q->until) && item_keys(p, g, q->until, &own) &&
           same_count(p, g, q->until, own);
}

/* What only makes sense once all stages are known. */
static bool sequence_is_whole(vd_parser *p, const vd_tok *word, const group *g,
                              const vd_eql_query *q)
{
    const vd_eql_item *missing = NULL, *positive = NULL;
    for (size_t i = 0; i < g->items.n; i++) {
        const vd_eql_item *item = &g->items.v[i];
        if (item->missing && !missing) missing = item;
        if (!item->missing) positive = item;
    }
    if (missing && q->maxspan < 0)
        return vd_parse_fail(p, VD_PARSE, missing->pos, missing->len,
                             "[maxspan] is required for sequences with missing events queries; "
                             "found none");
    if (!positive)
        return vd_parse_fail(p, VD_PARSE, missing->pos, missing->len,
                             "A sequence requires at least one positive event query; found none");
    if (g->stages >= 2) return true;
    return vd_parse_fail(p, VD_PARSE, word->pos, word->len,
                         "A sequence requires a minimum of 2 queries, found [%u]", g->stages);
}

static bool sequence(vd_parser *p, group *g, vd_eql_query *q)
{
    const vd_tok *word = vd_next(p);
    q->kind = VD_EQL_SEQUENCE;
    if (!sequence_head(p, g, q)) return false;
    do {
        if (!add_item(p, g, true)) return false;
    } while (vd_peek_kind(p) == VD_TOK_LBRACKET || vd_peek_kind(p) == VD_TOK_MISSING);
    if (vd_tok_is(p, vd_peek(p), VD_STR("fork")))
        return fail_tok(p, vd_peek(p), VD_UNSUPPORTED, "Elasticsearch's EQL has no [fork]");
    return until(p, g, q) && sequence_is_whole(p, word, g, q);
}

/* ---- sample ---- */

static bool sample(vd_parser *p, group *g, vd_eql_query *q)
{
    const vd_tok *word = vd_next(p);
    q->kind = VD_EQL_SAMPLE;
    if (vd_accept(p, VD_TOK_BY) && !key_list(p, &g->keys)) return false;
    do {
        if (vd_peek_kind(p) == VD_TOK_MISSING) return vd_parse_unexpected(p, "[[]");
        if (!add_item(p, g, false)) return false;
    } while (vd_peek_kind(p) == VD_TOK_LBRACKET || vd_peek_kind(p) == VD_TOK_MISSING);
    if (g->items.n < 2)
        return vd_parse_fail(p, VD_PARSE, word->pos, word->len,
                             "A sample must have at least two queries; found [%zu]", g->items.n);
    if (g->keys.n + g->first_keys == 0)
        return fail_tok(p, word, VD_PARSE, "A sample must have at least one join key");
    return true;
}

/* ---- pipes ---- */

static bool unknown_pipe(vd_parser *p, const vd_tok *t)
{
    static const vd_str gone[] = {{"count", 5}, {"filter", 6}, {"sort", 4}, {"unique", 6},
                                  {"unique_count", 12}};
    static const vd_str known[] = {{"head", 4},   {"tail", 4},   {"count", 5},        {"sort", 4},
                                   {"filter", 6}, {"unique", 6}, {"unique_count", 12}};
    vd_str name = vd_tok_str(p, t), shown = text_of(p, t);
    for (size_t i = 0; i < sizeof gone / sizeof *gone; i++)
        if (vd_str_eq(name, gone[i]))
            return vd_parse_fail(p, VD_UNSUPPORTED, t->pos, t->len, "Pipe [%.*s] is not supported",
                                 VD_FMT(shown));
    vd_str maybe = vd_eql_did_you_mean(p->a, name, known, sizeof known / sizeof *known);
    return vd_parse_fail(p, VD_PARSE, t->pos, t->len, "Unrecognized pipe [%.*s]%.*s", VD_FMT(shown),
                         VD_FMT(maybe));
}

/* How many arguments stand behind the pipe's name; the last of them in *arg. */
static bool pipe_arguments(vd_parser *p, size_t *n, vd_eql_expr **arg)
{
    *n = 0;
    *arg = NULL;
    if (vd_peek_kind(p) == VD_TOK_END || vd_peek_kind(p) == VD_TOK_PIPE) return true;
    do {
        if (!(*arg = vd_parse_expr(p))) return false;
        ++*n;
    } while (vd_accept(p, VD_TOK_COMMA));
    return true;
}

static bool pipe_stage(vd_parser *p, pipe_vec *pipes)
{
    const vd_tok *t = vd_peek(p);
    if (t->kind != VD_TOK_IDENT) return vd_parse_unexpected(p, "the name of a pipe: [head] or [tail]");
    bool tail = vd_tok_is(p, t, VD_STR("tail"));
    if (!tail && !vd_tok_is(p, t, VD_STR("head"))) return unknown_pipe(p, t);
    vd_next(p);
    size_t n;
    vd_eql_expr *arg;
    if (!pipe_arguments(p, &n, &arg)) return false;
    const char *name = tail ? "tail" : "head";
    if (n != 1)
        return vd_parse_fail(p, VD_PARSE, t->pos, t->len,
                             "Pipe [%s] expects exactly one argument but found [%zu]", name, n);
    if (arg->kind != VD_EQL_LITERAL || arg->lit.kind != VD_LONG) {
        vd_str shown = vd_clip(vd_str_sub(p->text, arg->pos, (size_t)arg->pos + arg->len), SHOWN);
        return vd_parse_fail(p, VD_PARSE, arg->pos, arg->len,
                             "Pipe [%s] expects a positive integer but found [%.*s]", name,
                             VD_FMT(shown));
    }
    *vd_vec_push(pipes) = (vd_eql_pipe){tail, arg->lit.i};
    return true;
}

static bool pipe_list(vd_parser *p, vd_eql_query *q, pipe_vec *pipes)
{
    while (vd_peek_kind(p) == VD_TOK_PIPE) {
        if (q->kind == VD_EQL_SAMPLE)
            return fail_tok(p, vd_peek(p), VD_UNSUPPORTED, "Samples do not support pipes");
        vd_next(p);
        if (!pipe_stage(p, pipes)) return false;
    }
    q->n_pipes = (uint32_t)pipes->n;
    q->pipes = vd_arena_alloc(p->a, pipes->n * sizeof *pipes->v);
    if (pipes->n) memcpy(q->pipes, pipes->v, pipes->n * sizeof *pipes->v);
    return true;
}

/* ---- the whole query ---- */

static bool event_query(vd_parser *p, group *g, vd_eql_query *q)
{
    vd_eql_item item = {.pos = vd_peek(p)->pos};
    q->kind = VD_EQL_EVENT;
    if (!event(p, &item)) return false;
    const vd_tok *last = &p->toks.v[p->at - 1];
    item.len = last->pos + last->len - item.pos;
    *vd_vec_push(&g->items) = item;
    return true;
}

static bool body(vd_parser *p, group *g, vd_eql_query *q)
{
    const vd_tok *t = vd_peek(p);
    if (t->kind == VD_TOK_SEQUENCE) return sequence(p, g, q);
    if (t->kind == VD_TOK_SAMPLE) return sample(p, g, q);
    if (t->kind == VD_TOK_JOIN)
        return fail_tok(p, t, VD_UNSUPPORTED,
                        "Elasticsearch's EQL has no [join] (it is Endgame's); use [sample] or "
                        "[sequence]");
    if ((vd_tok_is(p, t, VD_STR("macro")) || vd_tok_is(p, t, VD_STR("const"))) &&
        vd_peek_at(p, 1) == VD_TOK_IDENT)
        return fail_tok(p, t, VD_UNSUPPORTED, "Elasticsearch's EQL has no macros or constants");
    return event_query(p, g, q);
}

static bool query(vd_parser *p, group *g, pipe_vec *pipes, vd_eql_query *q)
{
    if (!body(p, g, q) || !pipe_list(p, q, pipes)) return false;
    if (vd_peek_kind(p) != VD_TOK_END) return vd_parse_unexpected(p, "the end of the query");
    q->n_items = (uint32_t)g->items.n;
    q->items = vd_arena_alloc(p->a, g->items.n * sizeof *g->items.v);
    memcpy(q->items, g->items.v, g->items.n * sizeof *g->items.v);
    return true;
}

int vd_eql_parse(vd_arena *a, vd_str text, vd_eql_query **out, vd_err *err)
{
    if (text.n > VD_MAX_QUERY)
        return vd_fail_at(err, VD_PARSE, VD_MAX_QUERY, 1,
                          "the query has [%zu] bytes; the most is [%u]", text.n, VD_MAX_QUERY);
    vd_parser p = {.a = a, .text = text, .err = err};
    group g = {0};
    pipe_vec pipes = {0};
    vd_eql_query *q = VD_NEW(a, vd_eql_query);
    q->text = text;
    q->maxspan = -1;
    q->category_field = VD_NO_FIELD;
    vd_err local;
    if (!p.err) p.err = &local; /* the code is asked back below */
    vd_eql_lex(text, &p.toks, &p.bad);
    bool ok = query(&p, &g, &pipes, q);
    int code = ok ? 0 : (int)p.err->code;
    *out = ok ? q : NULL;
    vd_vec_free(&p.toks);
    vd_vec_free(&p.stack);
    vd_vec_free(&g.keys);
    vd_vec_free(&g.items);
    vd_vec_free(&pipes);
    return code;
}
