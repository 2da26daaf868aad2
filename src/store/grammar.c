/* store/grammar.c - one loop over values; what is open is a bit in a stack */
#include "store/grammar.h"

typedef struct checker {
    const char *p;
    size_t n, at;
    unsigned depth;
    uint64_t objects[VD_MAX_JSON_DEPTH / 64 + 1]; /* by depth: an object, not an array */
    vd_fault fault;
} checker;

static char peek(const checker *c) { return c->at < c->n ? c->p[c->at] : 0; }

static void blanks(checker *c)
{
    while (c->at < c->n && (c->p[c->at] == ' ' || c->p[c->at] == '\n' || c->p[c->at] == '\r' ||
                            c->p[c->at] == '\t'))
        c->at++;
}

static bool take(checker *c, char want)
{
    if (peek(c) != want || c->at >= c->n) return false;
    c->at++;
    return true;
}

static bool hex4(checker *c)
{
    for (int i = 0; i < 4; i++, c->at++) {
        unsigned char lower = vd_ascii_lower((unsigned char)peek(c));
        bool digit = lower >= '0' && lower <= '9';
        if (!digit && (lower < 'a' || lower > 'f')) return false;
    }
    return true;
}

static bool escape(checker *c)
{
    char e = peek(c);
    if (!e || !strchr("\"\\/bfnrtu", e)) return false;
    c->at++;
    return e != 'u' || hex4(c);
}

static bool string(checker *c)
{
    if (!take(c, '"')) return false;
    while (c->at < c->n) {
        unsigned char b = (unsigned char)c->p[c->at];
        if (b < 0x20) return false;
        c->at++;
        if (b == '"') return true;
        if (b == '\\' && !escape(c)) return false;
    }
    return false;
}

static bool digits(checker *c)
{
    size_t from = c->at;
    while (peek(c) >= '0' && peek(c) <= '9')
        c->at++;
    return c->at > from;
}

static bool number(checker *c)
{
    take(c, '-');
    if (!take(c, '0') && !digits(c)) return false;
    if (take(c, '.') && !digits(c)) return false;
    if (take(c, 'e') || take(c, 'E')) {
        if (!take(c, '+')) take(c, '-');
        if (!digits(c)) return false;
    }
    return true;
}

static bool word(checker *c, vd_str w)
{
    if (!vd_str_starts((vd_str){c->p + c->at, c->n - c->at}, w)) return false;
    c->at += w.n;
    return true;
}

static bool scalar(checker *c)
{
    switch (peek(c)) {
    case '"': return string(c);
    case 't': return word(c, VD_STR("true"));
    case 'f': return word(c, VD_STR("false"));
    case 'n': return word(c, VD_STR("null"));
    default: return number(c);
    }
}

static bool in_object(const checker *c)
{
    return c->objects[c->depth / 64] >> (c->depth % 64) & 1;
}

static bool key(checker *c)
{
    blanks(c);
    if (!string(c)) return false;
    blanks(c);
    return take(c, ':');
}

/* Opens an object or array; *empty: it was closed at once. */
static bool open(checker *c, bool *empty)
{
    bool object = c->p[c->at++] == '{';
    blanks(c);
    *empty = take(c, object ? '}' : ']');
    if (*empty) return true;
    if (c->depth >= VD_MAX_JSON_DEPTH) {
        c->fault = VD_FAULT_DEPTH;
        return false;
    }
    c->depth++;
    uint64_t bit = 1ull << (c->depth % 64);
    if (object) c->objects[c->depth / 64] |= bit;
    else c->objects[c->depth / 64] &= ~bit;
    return !object || key(c);
}

/* What follows a value: 1: another one, 0: the end of the document, -1: a fault. */
static int after(checker *c)
{
    for (;;) {
        blanks(c);
        if (c->depth == 0) return c->at == c->n ? 0 : -1;
        if (take(c, ',')) return !in_object(c) || key(c) ? 1 : -1;
        if (!take(c, in_object(c) ? '}' : ']')) return -1;
        c->depth--;
    }
}

vd_fault vd_json_check(vd_str json, size_t *pos)
{
    checker c = {.p = json.p, .n = json.n, .fault = VD_FAULT_BROKEN};
    for (int more = 1; more > 0;) {
        bool done = true;
        blanks(&c);
        bool ok = peek(&c) == '{' || peek(&c) == '[' ? open(&c, &done) : scalar(&c);
        more = !ok ? -1 : done ? after(&c) : 1;
        if (more == 0) return VD_FAULT_NONE;
    }
    *pos = c.at < c.n ? c.at : c.n;
    return c.fault;
}
