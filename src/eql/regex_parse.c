/* eql/regex_parse.c - Lucene's regular expressions to a tree
 *
 * Loosest first: | & (one after another) ? * + {n,m} ~ and then single terms. As
 * in Lucene, an operator where a term must stand is an ordinary character.
 * Source  Elastic docs: "Regular expression syntax"; Lucene's RegExp class. */
#include "base/limits.h"
#include "base/utf8.h"
#include "eql/regex_int.h"

typedef struct parser {
    vd_re_sets *sets;
    vd_str s;
    size_t at;
    bool ci;
    uint32_t depth;
    VD_VEC(vd_re_node *) stack;
    int code; /* the first error */
    vd_err *err;
} parser;

static vd_re_node *union_of(parser *p);

static vd_re_node *fail(parser *p, vd_code code, const char *what)
{
    if (!p->code)
        p->code = vd_fail_at(p->err, code, p->at, p->at < p->s.n, "%s at position %zu of the regular expression",
                             what, p->at);
    return NULL;
}

static bool more(const parser *p) { return p->at < p->s.n; }
static int peek(const parser *p) { return more(p) ? (unsigned char)p->s.p[p->at] : -1; }
static bool accept(parser *p, char c)
{
    if (peek(p) != (unsigned char)c) return false;
    p->at++;
    return true;
}

/* ---- nodes ---- */

static vd_re_node *node(parser *p, vd_re_kind kind, vd_re_node *const *kids, size_t n)
{
    vd_re_node *e = VD_NEW(p->sets->a, vd_re_node);
    e->kind = (uint8_t)kind;
    e->n = (uint32_t)n;
    e->kids = vd_arena_alloc(p->sets->a, n * sizeof *e->kids);
    for (size_t i = 0; i < n; i++) {
        e->kids[i] = kids[i];
        if (kids[i]->height > e->height) e->height = kids[i]->height;
    }
    if (++e->height > VD_RE_MAX_HEIGHT) return fail(p, VD_LIMIT, "nested too deeply");
    return e;
}

static vd_re_node *pair(parser *p, vd_re_kind kind, vd_re_node *x, vd_re_node *y)
{
    vd_re_node *kids[] = {x, y};
    return x && y ? node(p, kind, kids, 2) : NULL;
}

static vd_re_node *empty(parser *p) { return node(p, VD_RE_CAT, NULL, 0); }

static vd_re_node *set_node(parser *p, vd_re_ranges *ranges, bool negated)
{
    vd_re_node *e = node(p, VD_RE_SET, NULL, 0);
    if (e) e->set = vd_re_set_add(p->sets, ranges, negated, p->ci);
    vd_vec_free(ranges);
    return e;
}

static vd_re_node *range_node(parser *p, uint32_t lo, uint32_t hi)
{
    vd_re_ranges r = {0};
    *vd_vec_push(&r) = (vd_re_range){lo, hi};
    return set_node(p, &r, false);
}

static vd_re_node *repeat(parser *p, vd_re_node *kid, uint32_t min, uint32_t max)
{
    vd_re_node *e = kid ? node(p, VD_RE_REPEAT, &kid, 1) : NULL;
    if (!e) return NULL;
    e->min = min;
    e->max = max;
    return e;
}

/* The nodes on the stack from `base` on under one node, which is left out for one alone. */
static vd_re_node *gather(parser *p, vd_re_kind kind, size_t base)
{
    size_t n = p->stack.n - base;
    vd_re_node *e = n == 1 ? p->stack.v[base] : node(p, kind, p->stack.v + base, n);
    p->stack.n = base;
    return e;
}

/* ---- characters and classes ---- */

static uint32_t next_char(parser *p) { return vd_utf8_next(p->s, &p->at); }

/* \d \s \w and, in capitals, what they leave out; p stands on the backslash. */
static bool shorthand(parser *p, vd_re_ranges *r)
{
    static const vd_re_range digits[] = {{'0', '9'}};
    static const vd_re_range blanks[] = {{'\t', '\n'}, {'\r', '\r'}, {' ', ' '}};
    static const vd_re_range words[] = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    if (peek(p) != '\\' || p->at + 1 >= p->s.n) return false;
    const vd_re_range *set;
    size_t n;
    switch (p->s.p[p->at + 1] | 32) {
    case 'd': set = digits; n = 1; break;
    case 's': set = blanks; n = 3; break;
    case 'w': set = words; n = 4; break;
    default: return false;
    }
    bool negated = !(p->s.p[p->at + 1] & 32);
    p->at += 2;
    uint32_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (!negated) *vd_vec_push(r) = set[i];
        else *vd_vec_push(r) = (vd_re_range){at, set[i].lo - 1};
        at = set[i].hi + 1;
    }
    if (negated) *vd_vec_push(r) = (vd_re_range){at, VD_RE_LAST};
    return true;
}

/* One character, a backslash in front of it dropped. */
static bool literal(parser *p, uint32_t *out)
{
    accept(p, '\\');
    if (!more(p)) {
        fail(p, VD_PARSE, "unexpected end");
        return false;
    }
    *out = next_char(p);
    return true;
}

/* One member of a class: a shorthand, a character or a range. */
static bool class_member(parser *p, vd_re_ranges *r)
{
    uint32_t lo, hi;
    if (shorthand(p, r)) return true;
    if (!literal(p, &lo)) return false;
    hi = lo;
    bool range = peek(p) == '-' && p->at + 1 < p->s.n && p->s.p[p->at + 1] != ']';
    if (range) {
        p->at++;
        if (!literal(p, &hi)) return false;
    }
    if (lo > hi) {
        fail(p, VD_PARSE, "a range that runs backwards ends");
        return false;
    }
    *vd_vec_push(r) = (vd_re_range){lo, hi};
    return true;
}

static vd_re_node *class_of(parser *p)
{
    vd_re_ranges r = {0};
    bool negated = accept(p, '^'), ok;
    do ok = class_member(p, &r); /* the first member may be a ] */
    while (ok && more(p) && peek(p) != ']');
    if (ok && accept(p, ']')) return set_node(p, &r, negated);
    vd_vec_free(&r);
    return fail(p, VD_PARSE, "expected ']'");
}

static vd_re_node *quoted(parser *p)
{
    size_t base = p->stack.n, end = vd_str_find_byte(p->s, '"', p->at);
    if (end == p->s.n) return fail(p, VD_PARSE, "expected '\"' after what begins");
    while (p->at < end) {
        uint32_t cp = next_char(p);
        vd_re_node *e = range_node(p, cp, cp);
        if (!e) return NULL;
        *vd_vec_push(&p->stack) = e;
    }
    p->at = end + 1;
    return gather(p, VD_RE_CAT, base);
}

/* ---- <n-m> ---- */

static vd_re_node *digit(parser *p, int lo, int hi)
{
    return range_node(p, (uint32_t)('0' + lo), (uint32_t)('0' + hi));
}

static vd_re_node *any_digits(parser *p, size_t n)
{
    return repeat(p, digit(p, 0, 9), (uint32_t)n, (uint32_t)n);
}

/* Numbers of n digits, not below x (`up`) or not above it. */
static vd_re_node *beyond(parser *p, const char *x, size_t n, bool up)
{
    if (n == 0) return empty(p);
    int d = x[0] - '0';
    vd_re_node *same = pair(p, VD_RE_CAT, digit(p, d, d), beyond(p, x + 1, n - 1, up));
    if (d == (up ? 9 : 0)) return same;
    vd_re_node *first = up ? digit(p, d + 1, 9) : digit(p, 0, d - 1);
    return pair(p, VD_RE_ALT, same, pair(p, VD_RE_CAT, first, any_digits(p, n - 1)));
}

/* Numbers of n digits from x to y. */
static vd_re_node *between(parser *p, const char *x, const char *y, size_t n)
{
    if (n == 0) return empty(p);
    int lo = x[0] - '0', hi = y[0] - '0';
    if (lo == hi) return pair(p, VD_RE_CAT, digit(p, lo, lo), between(p, x + 1, y + 1, n - 1));
    vd_re_node *low = pair(p, VD_RE_CAT, digit(p, lo, lo), beyond(p, x + 1, n - 1, true));
    vd_re_node *high = pair(p, VD_RE_CAT, digit(p, hi, hi), beyond(p, y + 1, n - 1, false));
    vd_re_node *both = pair(p, VD_RE_ALT, low, high);
    if (lo + 1 == hi) return both;
    return pair(p, VD_RE_ALT, both, pair(p, VD_RE_CAT, digit(p, lo + 1, hi - 1), any_digits(p, n - 1)));
}

/* Numbers from lo to hi with `width` digits exactly. */
static vd_re_node *of_width(parser *p, int64_t lo, int64_t hi, int width)
{
    char x[24], y[24];
    snprintf(x, sizeof x, "%0*lld", width, (long long)lo);
    snprintf(y, sizeof y, "%0*lld", width, (long long)hi);
    return between(p, x, y, (size_t)width);
}

/* Numbers from lo to hi with any zeros in front. */
static vd_re_node *of_any_width(parser *p, int64_t lo, int64_t hi)
{
    size_t base = p->stack.n;
    int64_t least = 0;
    for (int width = 1; least <= hi; width++) {
        int64_t most = 9;
        for (int i = 1; i < width; i++) most = most * 10 + 9;
        int64_t from = lo > least ? lo : least, to = hi < most ? hi : most;
        least = most + 1;
        if (from > to) continue;
        vd_re_node *e = of_width(p, from, to, width);
        if (!e) return NULL;
        *vd_vec_push(&p->stack) = e;
    }
    vd_re_node *zeros = repeat(p, digit(p, 0, 0), 0, VD_RE_UNBOUNDED);
    return pair(p, VD_RE_CAT, zeros, gather(p, VD_RE_ALT, base));
}

/* Digits as a number up to `most`; false if there are none or it is more. */
static bool integer(parser *p, int64_t most, int64_t *out)
{
    size_t from = p->at;
    *out = 0;
    while (peek(p) >= '0' && peek(p) <= '9') {
        *out = *out * 10 + (p->s.p[p->at++] - '0');
        if (*out > most) return false;
    }
    return p->at > from;
}

static vd_re_node *interval(parser *p)
{
    int64_t lo, hi;
    size_t a = p->at;
    if (!integer(p, INT32_MAX, &lo) || !accept(p, '-')) return fail(p, VD_PARSE, "expected <number-number>");
    size_t b = p->at;
    if (!integer(p, INT32_MAX, &hi)) return fail(p, VD_PARSE, "expected <number-number>");
    size_t end = p->at;
    if (!accept(p, '>')) return fail(p, VD_PARSE, "expected '>'");
    int width = (int)(b - 1 - a); /* of equal length: numbers have just that many digits */
    bool fixed = (size_t)width == end - b;
    if (fixed && width > 20) return fail(p, VD_LIMIT, "too many digits");
    if (lo > hi) {
        int64_t t = lo;
        lo = hi;
        hi = t;
    }
    return fixed ? of_width(p, lo, hi, width) : of_any_width(p, lo, hi);
}

/* ---- terms and operators ---- */

static vd_re_node *group(parser *p)
{
    if (accept(p, ')')) return empty(p);
    vd_re_node *e = union_of(p);
    if (!e || accept(p, ')')) return e;
    return fail(p, VD_PARSE, "expected ')'");
}

static vd_re_node *term(parser *p)
{
    uint32_t cp;
    vd_re_ranges r = {0};
    if (shorthand(p, &r)) return set_node(p, &r, false);
    if (accept(p, '[')) return class_of(p);
    if (accept(p, '.')) return range_node(p, 0, VD_RE_LAST);
    if (accept(p, '#')) return node(p, VD_RE_ALT, NULL, 0);
    if (accept(p, '@')) return repeat(p, range_node(p, 0, VD_RE_LAST), 0, VD_RE_UNBOUNDED);
    if (accept(p, '"')) return quoted(p);
    if (accept(p, '(')) return group(p);
    if (accept(p, '<')) return interval(p);
    return literal(p, &cp) ? range_node(p, cp, cp) : NULL;
}

static vd_re_node *complement_of(parser *p)
{
    size_t n = 0;
    while (accept(p, '~')) n++;
    vd_re_node *e = term(p);
    if (e && n % 2) e = node(p, VD_RE_NOT, &e, 1); /* two of them undo each other */
    return e;
}

/* {n}, {n,} or {n,m}; the brace is taken. */
static vd_re_node *counted(parser *p, vd_re_node *e)
{
    int64_t min, max;
    if (!integer(p, VD_RE_MAX_REPEAT, &min)) return fail(p, VD_PARSE, "expected a count up to 1000");
    max = min;
    if (accept(p, ',')) {
        max = VD_RE_UNBOUNDED;
        if (peek(p) != '}' && !integer(p, VD_RE_MAX_REPEAT, &max))
            return fail(p, VD_PARSE, "expected a count up to 1000");
    }
    if (!accept(p, '}')) return fail(p, VD_PARSE, "expected '}'");
    if (max < min) return fail(p, VD_PARSE, "the greatest count is below the least");
    return repeat(p, e, (uint32_t)min, (uint32_t)max);
}

static vd_re_node *repetition(parser *p)
{
    vd_re_node *e = complement_of(p);
    while (e) {
        if (accept(p, '?')) e = repeat(p, e, 0, 1);
        else if (accept(p, '*')) e = repeat(p, e, 0, VD_RE_UNBOUNDED);
        else if (accept(p, '+')) e = repeat(p, e, 1, VD_RE_UNBOUNDED);
        else if (accept(p, '{')) e = counted(p, e);
        else break;
    }
    return e;
}

static vd_re_node *concatenation(parser *p)
{
    size_t base = p->stack.n;
    do {
        vd_re_node *e = repetition(p);
        if (!e) return NULL;
        *vd_vec_push(&p->stack) = e;
    } while (more(p) && peek(p) != ')' && peek(p) != '|' && peek(p) != '&');
    return gather(p, VD_RE_CAT, base);
}

static vd_re_node *intersection(parser *p)
{
    size_t base = p->stack.n;
    do {
        vd_re_node *e = concatenation(p);
        if (!e) return NULL;
        *vd_vec_push(&p->stack) = e;
    } while (accept(p, '&'));
    return gather(p, VD_RE_AND, base);
}

static vd_re_node *union_of(parser *p)
{
    size_t base = p->stack.n;
    if (++p->depth > VD_MAX_EXPR_DEPTH) return fail(p, VD_LIMIT, "nested too deeply");
    do {
        vd_re_node *e = intersection(p);
        if (!e) return NULL;
        *vd_vec_push(&p->stack) = e;
    } while (accept(p, '|'));
    p->depth--;
    return gather(p, VD_RE_ALT, base);
}

int vd_re_parse(vd_re_sets *s, vd_str pattern, bool ci, vd_re_node **out, vd_err *err)
{
    parser p = {.sets = s, .s = pattern, .ci = ci, .err = err};
    *out = pattern.n ? union_of(&p) : empty(&p);
    if (*out && more(&p)) *out = fail(&p, VD_PARSE, "expected the end");
    vd_vec_free(&p.stack);
    return p.code;
}
