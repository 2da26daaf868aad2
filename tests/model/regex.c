/* Lucene's regular expressions, matched over sets of positions: ends(node, i) is the
 * set of places where a match that begins at i may end. Union, intersection and
 * complement are those of sets, so nothing backtracks and nothing is compiled.
 * Source: Elastic docs, "Regular expression syntax". */
#include "model.h"

#include <stdlib.h>

#include "base/utf8.h"

typedef enum node_kind {
    CHAR,  /* lo to hi; negated: any other */
    CLASS, /* any of kids (CHARs); negated: none of them */
    ANY_STRING,
    NOTHING,
    EMPTY,
    CONCAT, /* a then b */
    UNION,
    INTERSECTION,
    COMPLEMENT,
    REPEAT,  /* a, min to max times; max -1: no end */
    INTERVAL /* a decimal number from lo to hi, of `min` digits (0: any) */
} node_kind;

typedef struct node node;
struct node {
    node_kind kind;
    bool negated;
    uint64_t lo, hi;
    int min, max;
    node *a, *b;
};

typedef struct parser {
    vd_arena *arena;
    uint32_t *p;
    size_t n, at;
    bool bad;
} parser;

static node *make(parser *ps, node_kind kind, node *a, node *b)
{
    node *n = VD_NEW(ps->arena, node);
    n->kind = kind;
    n->a = a;
    n->b = b;
    return n;
}

static node *range(parser *ps, uint32_t lo, uint32_t hi)
{
    node *n = make(ps, CHAR, NULL, NULL);
    n->lo = lo;
    n->hi = hi;
    return n;
}

static bool more(const parser *ps)
{
    return ps->at < ps->n;
}
static bool peek(const parser *ps, uint32_t c)
{
    return more(ps) && ps->p[ps->at] == c;
}

static bool accept(parser *ps, uint32_t c)
{
    if (!peek(ps, c)) return false;
    ps->at++;
    return true;
}

static uint32_t next(parser *ps)
{
    if (more(ps)) return ps->p[ps->at++];
    ps->bad = true;
    return 0;
}

/* \d \w \s and their opposites as lists of ranges; NULL for any other letter. */
static node *shorthand(parser *ps, uint32_t c)
{
    static const char *const ranges[] = {"d09", "w09AZaz__", "s  \t\t\n\n\r\r"};
    for (size_t k = 0; k < 3; k++) {
        if ((c | 32) != (uint32_t)ranges[k][0] || c > 127) continue;
        node *all = NULL;
        for (const char *q = ranges[k] + 1; *q; q += 2) {
            node *one = range(ps, (unsigned char)q[0], (unsigned char)q[1]);
            all = all ? make(ps, UNION, all, one) : one;
        }
        node *cls = make(ps, CLASS, all, NULL);
        cls->negated = c < 'a';
        return cls;
    }
    return NULL;
}

static node *class_item(parser *ps)
{
    if (accept(ps, '\\')) {
        node *s = shorthand(ps, more(ps) ? ps->p[ps->at] : 0);
        if (s) return ps->at++, s;
        uint32_t c = next(ps);
        return range(ps, c, c);
    }
    uint32_t lo = next(ps), hi = lo;
    if (peek(ps, '-') && ps->at + 1 < ps->n && ps->p[ps->at + 1] != ']') {
        ps->at++;
        accept(ps, '\\');
        hi = next(ps);
    }
    return range(ps, lo, hi);
}

static node *class_of(parser *ps)
{
    bool negated = accept(ps, '^');
    node *all = class_item(ps);
    while (more(ps) && !peek(ps, ']'))
        all = make(ps, UNION, all, class_item(ps));
    if (!accept(ps, ']')) ps->bad = true;
    node *n = make(ps, CLASS, all, NULL);
    n->negated = negated;
    return n;
}

static node *quoted(parser *ps)
{
    node *all = make(ps, EMPTY, NULL, NULL);
    while (more(ps) && !peek(ps, '"')) {
        uint32_t c = next(ps);
        all = make(ps, CONCAT, all, range(ps, c, c));
    }
    if (!accept(ps, '"')) ps->bad = true;
    return all;
}

static uint64_t digits(parser *ps, int *count)
{
    uint64_t v = 0;
    *count = 0;
    while (more(ps) && ps->p[ps->at] >= '0' && ps->p[ps->at] <= '9') {
        v = v * 10 + (next(ps) - '0');
        ++*count;
    }
    return v;
}

static node *interval(parser *ps)
{
    int first, second;
    node *n = make(ps, INTERVAL, NULL, NULL);
    n->lo = digits(ps, &first);
    if (!accept(ps, '-')) ps->bad = true;
    n->hi = digits(ps, &second);
    if (!accept(ps, '>') || !first || !second) ps->bad = true;
    n->min = first == second ? first : 0;
    return n;
}

static node *parse_union(parser *ps, int depth);

static node *simple(parser *ps, int depth)
{
    if (accept(ps, '.')) return range(ps, 0, 0x10FFFF);
    if (accept(ps, '#')) return make(ps, NOTHING, NULL, NULL);
    if (accept(ps, '@')) return make(ps, ANY_STRING, NULL, NULL);
    if (accept(ps, '"')) return quoted(ps);
    if (accept(ps, '[')) return class_of(ps);
    if (accept(ps, '<')) return interval(ps);
    if (accept(ps, '(')) {
        if (accept(ps, ')')) return make(ps, EMPTY, NULL, NULL);
        node *inner = parse_union(ps, depth - 1);
        if (!accept(ps, ')')) ps->bad = true;
        return inner;
    }
    if (accept(ps, '\\')) {
        node *s = shorthand(ps, more(ps) ? ps->p[ps->at] : 0);
        if (s) return ps->at++, s;
    }
    uint32_t c = next(ps);
    return range(ps, c, c);
}

static node *complement(parser *ps, int depth)
{
    if (depth == 0) ps->bad = true;
    if (depth && accept(ps, '~')) return make(ps, COMPLEMENT, complement(ps, depth - 1), NULL);
    return simple(ps, depth);
}

static node *repeated(parser *ps, node *a, int min, int max)
{
    node *n = make(ps, REPEAT, a, NULL);
    n->min = min;
    n->max = max;
    return n;
}

static node *counted(parser *ps, node *a)
{
    int got;
    int min = (int)digits(ps, &got), max = min;
    if (!got) ps->bad = true;
    if (accept(ps, ',')) {
        max = (int)digits(ps, &got);
        if (!got) max = -1;
    }
    if (!accept(ps, '}')) ps->bad = true;
    return repeated(ps, a, min, max);
}

static node *repeat(parser *ps, int depth)
{
    node *n = complement(ps, depth);
    for (;;) {
        if (accept(ps, '?'))
            n = repeated(ps, n, 0, 1);
        else if (accept(ps, '*'))
            n = repeated(ps, n, 0, -1);
        else if (accept(ps, '+'))
            n = repeated(ps, n, 1, -1);
        else if (accept(ps, '{'))
            n = counted(ps, n);
        else
            return n;
    }
}

static node *concat(parser *ps, int depth)
{
    node *n = repeat(ps, depth);
    while (!ps->bad && more(ps) && !peek(ps, ')') && !peek(ps, '|') && !peek(ps, '&'))
        n = make(ps, CONCAT, n, repeat(ps, depth));
    return n;
}

static node *parse_intersection(parser *ps, int depth)
{
    node *n = concat(ps, depth);
    while (!ps->bad && accept(ps, '&'))
        n = make(ps, INTERSECTION, n, concat(ps, depth));
    return n;
}

static node *parse_union(parser *ps, int depth)
{
    if (depth <= 0) {
        ps->bad = true;
        return make(ps, NOTHING, NULL, NULL);
    }
    node *n = parse_intersection(ps, depth);
    while (!ps->bad && accept(ps, '|'))
        n = make(ps, UNION, n, parse_intersection(ps, depth));
    return n;
}

/* ---- matching ---- */

typedef struct subject {
    vd_arena *arena;
    const uint32_t *s;
    size_t n;
    bool ci;
} subject;

/* Sets of positions 0..n, a byte each. */
typedef uint8_t set;

static set *set_new(const subject *m)
{
    return VD_NEW_N(m->arena, set, m->n + 1);
}

static bool in_range(const node *c, uint32_t ch)
{
    return ch >= c->lo && ch <= c->hi;
}

static bool char_matches(const node *c, uint32_t ch, bool ci)
{
    if (in_range(c, ch)) return true;
    bool letter = ci && ch < 128 && (ch | 32) >= 'a' && (ch | 32) <= 'z';
    return letter && in_range(c, ch ^ 32);
}

static bool class_matches(const node *c, uint32_t ch, bool ci)
{
    if (c->kind == UNION) return class_matches(c->a, ch, ci) || class_matches(c->b, ch, ci);
    if (c->kind == CLASS) return class_matches(c->a, ch, ci) != c->negated;
    return char_matches(c, ch, ci);
}

static void ends(const subject *m, const node *n, size_t i, set *out);

/* Adds ends(n, j) for every j in `from`. */
static void ends_from(const subject *m, const node *n, const set *from, set *out)
{
    for (size_t j = 0; j <= m->n; j++)
        if (from[j]) ends(m, n, j, out);
}

/* A repeated character needs no sets: `.*` is in most patterns. */
static void ends_run(const subject *m, const node *n, size_t i, set *out)
{
    for (int k = 0; n->max < 0 || k <= n->max; k++, i++) {
        if (k >= n->min) out[i] = 1;
        if (i == m->n || !class_matches(n->a, m->s[i], m->ci)) return;
    }
}

static void ends_repeat(const subject *m, const node *n, size_t i, set *out)
{
    set *now = set_new(m);
    now[i] = 1;
    for (int k = 0; n->max < 0 || k <= n->max; k++) {
        bool fresh = false;
        for (size_t j = 0; k >= n->min && j <= m->n; j++) {
            fresh = fresh || (now[j] && !out[j]);
            out[j] = out[j] || now[j];
        }
        if (k >= n->min && n->max < 0 && !fresh) return;
        set *after = set_new(m);
        ends_from(m, n->a, now, after);
        now = after;
    }
}

static void ends_interval(const subject *m, const node *n, size_t i, set *out)
{
    uint64_t v = 0;
    for (size_t j = i; j < m->n && m->s[j] >= '0' && m->s[j] <= '9'; j++) {
        v = v * 10 + (m->s[j] - '0');
        if (v >= n->lo && v <= n->hi && (n->min == 0 || j + 1 - i == (size_t)n->min))
            out[j + 1] = 1;
        if (v > n->hi) return;
    }
}

static void ends_both(const subject *m, const node *n, size_t i, set *out)
{
    set *a = set_new(m), *b = set_new(m);
    ends(m, n->a, i, a);
    if (n->kind == INTERSECTION) ends(m, n->b, i, b);
    for (size_t j = i; j <= m->n; j++)
        if (n->kind == INTERSECTION ? a[j] && b[j] : !a[j]) out[j] = 1;
}

/* Adds to `out` where a match of n from i may end. */
static void ends(const subject *m, const node *n, size_t i, set *out)
{
    switch (n->kind) {
    case CHAR:
    case CLASS:
        if (i < m->n && class_matches(n, m->s[i], m->ci)) out[i + 1] = 1;
        break;
    case ANY_STRING: memset(out + i, 1, m->n + 1 - i); break;
    case NOTHING: break;
    case EMPTY: out[i] = 1; break;
    case UNION:
        ends(m, n->a, i, out);
        ends(m, n->b, i, out);
        break;
    case CONCAT: {
        set *mid = set_new(m);
        ends(m, n->a, i, mid);
        ends_from(m, n->b, mid, out);
        break;
    }
    case REPEAT:
        if (n->a->kind == CHAR || n->a->kind == CLASS)
            ends_run(m, n, i, out);
        else
            ends_repeat(m, n, i, out);
        break;
    case INTERVAL: ends_interval(m, n, i, out); break;
    default: ends_both(m, n, i, out); break;
    }
}

static uint32_t *code_points(vd_arena *a, vd_str s, size_t *n)
{
    uint32_t *out = VD_NEW_N(a, uint32_t, s.n + 1);
    *n = 0;
    for (size_t i = 0; i < s.n;)
        out[(*n)++] = vd_utf8_next(s, &i);
    return out;
}

bool m_regex(vd_str pattern, vd_str text, bool ci)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    parser ps = {.arena = &a};
    ps.p = code_points(&a, pattern, &ps.n);
    node *root = ps.n ? parse_union(&ps, VD_MAX_EXPR_DEPTH) : make(&ps, EMPTY, NULL, NULL);
    if (more(&ps)) ps.bad = true;
    subject m = {.arena = &a, .ci = ci};
    m.s = code_points(&a, text, &m.n);
    set *out = set_new(&m);
    if (!ps.bad) ends(&m, root, 0, out);
    bool found = !ps.bad && out[m.n];
    vd_arena_fini(&a);
    return found;
}
