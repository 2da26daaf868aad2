/* bench/gen/distinct.c - see distinct.h */
#include "distinct.h"

#include "emit.h"

#include <stdbool.h>

enum { DEPTH = 16, TAG = 14, EXTENSION = 6 };

typedef struct key {
    const char *p;
    size_t len;
} key;

/* Where the pass stands. Keys are kept for each open object or array, so that
 * a value knows its own name and that of what holds it. */
typedef struct pass {
    char *w;
    const char *p, *end;
    int depth;
    key name[DEPTH]; /* of the member being read, by depth */
    bool array[DEPTH];
    char tag[TAG];
    size_t tag_len;
} pass;

#define KEY(s)                                                                                     \
    {                                                                                              \
        s, sizeof(s) - 1                                                                           \
    }

static bool is(key k, key name)
{
    return k.len == name.len && memcmp(k.p, name.p, k.len) == 0;
}

static bool any_of(key k, const key *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (is(k, names[i])) return true;
    return false;
}

/* An array's values go by the array's own name. */
static bool is_kept(const pass *s)
{
    static const key always[] = {KEY("@timestamp"),    KEY("ingested"),    KEY("created"),
                                 KEY("start"),         KEY("end"),         KEY("ip"),
                                 KEY("address"),       KEY("resolved_ip"), KEY("namespace"),
                                 KEY("client_address")};
    static const key of_event[] = {KEY("category"), KEY("type"), KEY("kind"), KEY("action"),
                                   KEY("dataset")};
    static const key event = KEY("event"), stream = KEY("data_stream"), os = KEY("os"),
                     type = KEY("type");
    int d = s->array[s->depth] ? s->depth - 1 : s->depth;
    key own = s->name[d], holder = d > 1 ? s->name[d - 1] : (key){"", 0};
    if (any_of(own, always, sizeof always / sizeof always[0])) return true;
    if (is(holder, event) || is(holder, stream))
        return any_of(own, of_event, sizeof of_event / sizeof of_event[0]);
    return is(own, type) && is(holder, os);
}

/* The end of a string whose opening quote is before `p`: its closing quote. */
static const char *string_end(const char *p, const char *end)
{
    for (;;) {
        const char *q = memchr(p, '"', (size_t)(end - p));
        size_t slashes = 0;
        while (q - slashes > p && q[-1 - (ptrdiff_t)slashes] == '\\')
            slashes++;
        if (slashes % 2 == 0) return q;
        p = q + 1;
    }
}

/* Where the tag goes: before a short ending, or at the very end. */
static size_t tag_place(const char *p, size_t n)
{
    for (size_t i = 1; i <= EXTENSION && i < n; i++)
        if (p[n - i] == '.' && i > 1) return n - i;
    return n;
}

static void put_tagged(pass *s, const char *p, size_t n)
{
    size_t at = tag_place(p, n);
    s->w = vd_put(s->w, p, at);
    s->w = vd_put(s->w, s->tag, s->tag_len);
    s->w = vd_put(s->w, p + at, n - at);
}

/* A string: a member's name if a colon follows, else a value. */
static void take_string(pass *s)
{
    const char *from = s->p + 1, *to = string_end(from, s->end);
    size_t n = (size_t)(to - from);
    *s->w++ = '"';
    if (to[1] == ':') {
        s->name[s->depth] = (key){from, n};
        s->w = vd_put(s->w, from, n);
    } else if (is_kept(s)) {
        s->w = vd_put(s->w, from, n);
    } else {
        put_tagged(s, from, n);
    }
    *s->w++ = '"';
    s->p = to + 1;
}

static void take_other(pass *s)
{
    char c = *s->p++;
    if (c == '{' || c == '[') {
        s->depth++;
        s->array[s->depth] = c == '[';
        s->name[s->depth] = (key){"", 0};
    } else if (c == '}' || c == ']') {
        s->depth--;
    }
    *s->w++ = c;
}

size_t vd_distinct(char *out, const char *doc, size_t len, uint64_t number)
{
    static const char abc[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    pass s = {.w = out, .p = doc, .end = doc + len};
    s.tag[s.tag_len++] = '-';
    do {
        s.tag[s.tag_len++] = abc[number % 36];
        number /= 36;
    } while (number != 0);
    while (s.p < s.end)
        if (*s.p == '"')
            take_string(&s);
        else
            take_other(&s);
    return (size_t)(s.w - out);
}
