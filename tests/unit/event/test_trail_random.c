/* Random documents, most of them like one of a few, some of them damaged: an event that has
 * read all before says what a new event says. */
#include "trail_check.h"
#include "trail_documents.h"

#define SEEDS     48
#define DOCUMENTS 250 /* for each */
#define SHAPES    4   /* like which they are */

/* splitmix64 */
typedef struct rng {
    uint64_t state;
} rng;

static uint64_t draw(rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

static unsigned below(rng *r, unsigned n)
{
    return (unsigned)(draw(r) % n);
}

typedef struct maker {
    rng shape;  /* begins with the same state for all documents of a shape */
    rng chance; /* goes on from document to document */
    char doc[1 << 15];
    size_t n;
} maker;

static void put(maker *m, const char *s)
{
    size_t n = strlen(s);
    assert_true(m->n + n + 2 * VD_PADDING < sizeof m->doc);
    memcpy(m->doc + m->n, s, n);
    m->n += n;
}

/* What the shape says, but in one of `odd` cases what chance says. */
static unsigned decide(maker *m, unsigned n, unsigned odd)
{
    unsigned by_shape = below(&m->shape, n);
    return below(&m->chance, odd) ? by_shape : below(&m->chance, n);
}

static void space(maker *m)
{
    static const char *const spaces[] = {" ", "\n", "\t", "  \r\n"};
    if (decide(m, 40, 200) == 0) put(m, spaces[below(&m->chance, 4)]);
}

static const char *const strings[] = {
    "\"\"", "\"a\"", "\"true\"", "\"12\"", "\"10.0.0.1\"", "\"2024-01-01T00:00:00Z\"", "\"a\\\\b\"", "\"\\u0061\"",
    "\"\\q\"", "\"\\ud800\"", "\"\\\"}\"", "\"a string that is rather longer than others\"", "\"\xc3\xa9\"", "\"::1\""};
static const char *const numbers[] = {"0",   "1",    "-1",  "123456789", "1.5", "-2e3", "18446744073709551615",
                                      "1e400", "445.7", "999999999999999999", "1234567890123456789"};
static const char *const words[] = {"true", "false", "null"};

#define ONE_OF(m, list) put((m), (list)[below(&(m)->chance, sizeof(list) / sizeof *(list))])

static void object(maker *m, const char *const *keys, unsigned n_keys, int depth);
static void value(maker *m, const char *key, int depth);

static void array(maker *m, const char *key, int depth)
{
    unsigned n = below(&m->chance, 4);
    put(m, "[");
    for (unsigned i = 0; i < n; i++) {
        if (i) put(m, ",");
        value(m, key, depth + 1);
    }
    put(m, "]");
}

/* Keys by what they stand in: "" is the document. Unknown ones and special ones among them,
 * and in several objects the same behind each other. */
typedef struct keys_of {
    const char *in;
    const char *keys[16];
} keys_of;

static const keys_of grammar[] = {
    {"", {"name", "short", "nil", "process", "process.pid", "ip", "when", "n", "d", "yes", "f", "x", "user", "a", "a.b", "z"}},
    {"process", {"pid", "args", "parent", "parent.pid", "\\u0070id", "y", "z", "name"}},
    {"parent", {"pid", "y", "z", "name"}},
    {"user", {"id", "y", "z", "name"}},
    {"a", {"b", "b.c", "y", "b.d", "z"}},
    {"a.b", {"c", "d", "z"}},
    {"b", {"c", "d", "c.e", "z"}},
    {"f", {"x", "y", "x.y"}},
    {"source", {"x", "n", "process", "a", "_id", "f", "_source", "user", "y", "z", "name"}},
    {"any", {"x", "y", "process", "a"}},
};

static const keys_of *keys_in(const char *key)
{
    for (size_t i = 0; i < sizeof grammar / sizeof *grammar; i++)
        if (strcmp(grammar[i].in, key) == 0) return &grammar[i];
    return &grammar[sizeof grammar / sizeof *grammar - 1];
}

static unsigned count_keys(const keys_of *of)
{
    unsigned n = 0;
    while (n < 16 && of->keys[n])
        n++;
    return n;
}

/* A member that has members as a rule is an object as a rule. */
static void value(maker *m, const char *key, int depth)
{
    const keys_of *of = keys_in(strcmp(key, "_source") ? key : "source");
    bool descends = strcmp(of->in, "any") != 0;
    unsigned kind = decide(m, 8, 12);
    if (descends ? kind < 6 : kind == 7) {
        if (depth < 5) object(m, of->keys, count_keys(of), depth + 1);
        else put(m, "{}");
    } else if (kind == 6 || (descends && kind == 7)) {
        if (depth < 5) array(m, key, depth);
        else put(m, "[]");
    } else if (kind < 3) {
        ONE_OF(m, strings);
    } else if (kind < 5) {
        ONE_OF(m, numbers);
    } else {
        ONE_OF(m, words);
    }
}

static void member(maker *m, const char *key, int depth)
{
    space(m);
    put(m, "\"");
    put(m, key);
    put(m, "\"");
    space(m);
    put(m, ":");
    space(m);
    value(m, key, depth);
    space(m);
}

/* Most of the keys in the shape's order; now and then chance leaves one out, or takes one in,
 * which may have been there before. */
static void object(maker *m, const char *const *keys, unsigned n_keys, int depth)
{
    unsigned from = below(&m->shape, n_keys), step = below(&m->shape, 2) ? 1 : n_keys - 1, n = 0;
    put(m, "{");
    for (unsigned i = 0; i < n_keys; i++) {
        bool here = decide(m, 2, 24);
        unsigned k = below(&m->chance, 150) ? (from + i * step) % n_keys : below(&m->chance, n_keys);
        rng rest = {draw(&m->shape)}, keep = m->shape; /* what a member draws is its own affair */
        if (!here) continue;
        if (n++) put(m, ",");
        m->shape = rest;
        member(m, keys[k], depth);
        m->shape = keep;
    }
    put(m, "}");
}

/* Members of the envelope's own, of a document, and of nobody. */
static void envelope(maker *m)
{
    static const char *const keys[] = {"_index", "_id", "y", "_source", "z", "x", "y", "_id", "process", "_source"};
    enum { N = sizeof keys / sizeof *keys };
    object(m, keys, below(&m->shape, 8) ? N - 3 : N, 0);
}

static void make(maker *m, uint64_t shape)
{
    m->shape.state = shape;
    m->n = 0;
    unsigned n = count_keys(&grammar[0]);
    if (below(&m->shape, 4) == 0) envelope(m);
    else object(m, grammar[0].keys, n, 0);
}

/* One to three bytes become others, go, or come. */
static void damage(maker *m)
{
    static const char bytes[] = "\"\\,:{}[] \n01tfnx.\0\xff\xe9";
    for (unsigned times = 1 + below(&m->chance, 3); times > 0 && m->n > 1; times--) {
        size_t at = below(&m->chance, (unsigned)m->n);
        char byte = bytes[below(&m->chance, sizeof bytes - 1)];
        switch (below(&m->chance, 4)) {
        case 0: m->n = at; break;
        case 1: memmove(m->doc + at, m->doc + at + 1, --m->n - at); break;
        case 2:
            memmove(m->doc + at + 1, m->doc + at, m->n++ - at);
            m->doc[at] = byte;
            break;
        default: m->doc[at] = byte; break;
        }
    }
}

/* What stands behind a document that was cut is the rest of it. */
static void random_run(pair *p, maker *m, uint64_t seed, bool wake)
{
    static char about[64];
    pair_forget(p);
    p->about = about;
    m->chance.state = seed;
    for (unsigned i = 0; i < DOCUMENTS; i++) {
        snprintf(about, sizeof about, "seed %llu, document %u", (unsigned long long)seed, i);
        memset(m->doc, '"', sizeof m->doc);
        make(m, seed + below(&m->chance, SHAPES));
        if (below(&m->chance, 5) == 0) damage(m);
        if (wake) pair_wake(p);
        pair_parse_before(p, m->doc, m->n, m->doc + m->n);
    }
}

static void documents_of_a_grammar(void **state)
{
    pair *p = pair_new(trail_mapping, trail_fields);
    maker *m = calloc(1, sizeof *m);
    for (uint64_t seed = 1; seed <= SEEDS; seed++)
        random_run(p, m, seed * 1000003, seed % 4 > 0);
    /* It is no test if nearly all is one thing. */
    assert_true(p->seen[FOLLOWED] > SEEDS * DOCUMENTS / 20 && p->seen[LOST] > SEEDS * DOCUMENTS / 20);
    assert_true(p->seen[RESTED] > 0);
    assert_true(p->faults[VD_FAULT_NONE] > SEEDS * DOCUMENTS / 4 && p->faults[VD_FAULT_BROKEN] > 100);
    assert_true(p->faults[VD_FAULT_DUPLICATE] > 100);
    free(m);
    pair_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(documents_of_a_grammar)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
