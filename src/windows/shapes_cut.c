/* JSON taken apart where it stands. Brackets and quotes are followed, grammar is the
 * event parser's affair: what goes wrong here is passed on to it as it came. */
#include "base/limits.h"
#include "base/utf8.h"
#include "windows/shapes_int.h"

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

static const char *skip_blanks(const char *p, const char *end)
{
    while (p < end && is_blank(*p))
        p++;
    return p;
}

/* The closing quote of a string whose first byte is p, or NULL. */
static const char *string_end(const char *p, const char *end)
{
    for (const char *from = p; from < end;) {
        const char *quote = memchr(from, '"', (size_t)(end - from));
        if (!quote) return NULL;
        const char *slash = quote;
        while (slash > p && slash[-1] == '\\')
            slash--;
        if ((quote - slash) % 2 == 0) return quote;
        from = quote + 1;
    }
    return NULL;
}

/* Behind the object or array that begins at p, or NULL. */
static const char *container_end(const char *p, const char *end)
{
    char open[VD_MAX_JSON_DEPTH];
    unsigned depth = 0;
    for (; p < end; p++) {
        if (*p == '"') {
            p = string_end(p + 1, end);
            if (!p) return NULL;
        } else if (*p == '{' || *p == '[') {
            if (depth == VD_MAX_JSON_DEPTH) return NULL;
            open[depth++] = *p;
        } else if (*p == '}' || *p == ']') {
            if (!depth || open[--depth] != (*p == '}' ? '{' : '[')) return NULL;
            if (!depth) return p + 1;
        }
    }
    return NULL;
}

static bool is_scalar(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' ||
           c == 'E';
}

/* The value at p (no blank): gives what is behind it, or NULL. */
static const char *take_value(const char *p, const char *end, vd_cut *out)
{
    const char *q;
    if (p == end) return NULL;
    if (*p == '"') {
        q = string_end(p + 1, end);
        *out = (vd_cut){VD_CUT_STRING, {p + 1, q ? (size_t)(q - p) - 1 : 0}};
        return q ? q + 1 : NULL;
    }
    if (*p == '{' || *p == '[') {
        q = container_end(p, end);
        *out = (vd_cut){*p == '{' ? VD_CUT_OBJECT : VD_CUT_ARRAY, {p, q ? (size_t)(q - p) : 0}};
        return q;
    }
    for (q = p; q < end && is_scalar(*q);)
        q++;
    *out = (vd_cut){VD_CUT_SCALAR, {p, (size_t)(q - p)}};
    return q > p ? q : NULL;
}

size_t vd_cut_first(vd_str text, vd_cut *out)
{
    const char *end = take_value(text.p, text.p + text.n, out);
    return end ? (size_t)(end - text.p) : 0;
}

bool vd_cut_whole(vd_str text, vd_cut *out)
{
    const char *end = text.p + text.n, *p = skip_blanks(text.p, end);
    p = take_value(p, end, out);
    return p && skip_blanks(p, end) == end;
}

vd_cut_iter vd_cut_open(const vd_cut *v)
{
    return (vd_cut_iter){v->raw.p + 1, v->raw.p + v->raw.n - 1, false, false};
}

/* Moves to the next member or element; false at the end, or broken. */
static bool step(vd_cut_iter *it)
{
    if (it->broken) return false;
    it->at = skip_blanks(it->at, it->end);
    if (it->at == it->end) return false;
    if (it->started) {
        if (*it->at != ',') return it->broken = true, false;
        it->at = skip_blanks(it->at + 1, it->end);
        if (it->at == it->end) return it->broken = true, false;
    }
    it->started = true;
    return true;
}

bool vd_cut_element(vd_cut_iter *it, vd_cut *value)
{
    if (!step(it)) return false;
    const char *next = take_value(it->at, it->end, value);
    it->broken = !next;
    if (next) it->at = next;
    return next != NULL;
}

bool vd_cut_member(vd_cut_iter *it, vd_str *key, vd_cut *value)
{
    vd_cut name;
    if (!step(it)) return false;
    const char *next = take_value(it->at, it->end, &name);
    it->broken = !next || name.kind != VD_CUT_STRING;
    if (it->broken) return false;
    next = skip_blanks(next, it->end);
    it->broken = next == it->end || *next != ':';
    if (it->broken) return false;
    next = take_value(skip_blanks(next + 1, it->end), it->end, value);
    it->broken = !next;
    if (!next) return false;
    it->at = next;
    *key = name.raw;
    return true;
}

bool vd_cut_broken_member(const vd_cut_iter *it, vd_str *key, vd_cut *value)
{
    vd_cut name;
    const char *p = skip_blanks(it->at, it->end);
    if (p < it->end && *p == ',') p = skip_blanks(p + 1, it->end);
    p = take_value(p, it->end, &name);
    if (!p || name.kind != VD_CUT_STRING) return false;
    p = skip_blanks(p, it->end);
    if (p == it->end || *p != ':') return false;
    p = skip_blanks(p + 1, it->end);
    if (p == it->end) return false;
    *key = name.raw;
    value->kind = *p == '{' ? VD_CUT_OBJECT : *p == '[' ? VD_CUT_ARRAY : *p == '"' ? VD_CUT_STRING : VD_CUT_SCALAR;
    value->raw = (vd_str){p, (size_t)(it->end - p)};
    return true;
}

bool vd_cut_get(const vd_cut *object, vd_str key, vd_cut *out)
{
    vd_str name;
    if (object->kind != VD_CUT_OBJECT) return false;
    for (vd_cut_iter it = vd_cut_open(object); vd_cut_member(&it, &name, out);)
        if (vd_str_eq(name, key)) return true;
    return false;
}

/* ---- escapes ---- */

static bool take_hex4(const char *p, const char *end, uint32_t *out)
{
    uint32_t v = 0;
    if (end - p < 4) return false;
    for (int i = 0; i < 4; i++) {
        uint32_t digit = vd_digit(p[i], true);
        if (digit == 16) return false;
        v = v << 4 | digit;
    }
    *out = v;
    return true;
}

/* \uXXXX at p (behind the u), with its second half; a half alone becomes U+FFFD. */
static const char *take_unicode(const char *p, const char *end, char **to)
{
    uint32_t cp, low;
    if (!take_hex4(p, end, &cp)) return NULL;
    p += 4;
    if (cp >= 0xd800 && cp < 0xdc00 && end - p >= 6 && p[0] == '\\' && p[1] == 'u' &&
        take_hex4(p + 2, end, &low) && low >= 0xdc00 && low < 0xe000) {
        cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
    }
    if (cp >= 0xd800 && cp < 0xe000) cp = 0xfffd;
    *to += vd_utf8_put(cp, *to);
    return p;
}

/* One escape at p (behind the backslash). */
static const char *take_escape(const char *p, const char *end, char **to)
{
    static const char letters[] = "\"\\/bfnrt", means[] = "\"\\/\b\f\n\r\t";
    if (p == end) return NULL;
    if (*p == 'u') return take_unicode(p + 1, end, to);
    const char *which = *p ? strchr(letters, *p) : NULL;
    if (!which) return NULL;
    *(*to)++ = means[which - letters];
    return p + 1;
}

/* No escape is shorter than what it stands for. */
static bool unescape(vd_arena *a, vd_str raw, vd_str *out)
{
    char *text = vd_arena_alloc(a, raw.n + 4), *to = text;
    const char *p = raw.p, *end = raw.p + raw.n;
    while (p < end) {
        const char *slash = memchr(p, '\\', (size_t)(end - p));
        size_t plain = (size_t)((slash ? slash : end) - p);
        memcpy(to, p, plain);
        to += plain;
        if (!slash) break;
        p = take_escape(slash + 1, end, &to);
        if (!p) return false;
    }
    *out = (vd_str){text, (size_t)(to - text)};
    return true;
}

bool vd_cut_text(vd_arena *a, const vd_cut *v, vd_str *out)
{
    *out = v->raw;
    if (v->kind == VD_CUT_SCALAR && vd_str_eq(v->raw, VD_STR("null"))) out->n = 0;
    if (v->kind != VD_CUT_STRING || !memchr(v->raw.p, '\\', v->raw.n)) return true;
    return unescape(a, v->raw, out);
}
