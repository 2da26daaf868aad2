#include "plan/literals.h"

#include <stdlib.h>

#include "base/vec.h"

/* A gram and the pattern that has it. */
typedef struct place {
    uint32_t gram, id;
} place;

typedef VD_VEC(place) places;

static uint32_t load(const char *p, uint32_t size)
{
    uint32_t g = 0;
    for (uint32_t i = 0; i < size; i++)
        g |= (uint32_t)vd_ascii_lower((unsigned char)p[i]) << (8 * i);
    return g;
}

static void add_piece(places *out, vd_str piece, uint32_t size, uint32_t id)
{
    for (size_t i = 0; i + size <= piece.n; i++)
        *vd_vec_push(out) = (place){load(piece.p + i, size), id};
}

/* Every gram of a pattern's plain pieces. */
static void add_pattern(places *out, const vd_glob *g, uint32_t size, uint32_t id)
{
    for (uint32_t s = 0; s < g->n; s++) {
        vd_str t = g->segments[s].text;
        for (size_t at = 0; at <= t.n;) {
            size_t end = g->segments[s].any ? vd_str_find_byte(t, '?', at) : t.n;
            add_piece(out, vd_str_sub(t, at, end), size, id);
            at = end + 1;
        }
    }
}

static int by_gram(const void *x, const void *y)
{
    const place *a = x, *b = y;
    if (a->gram != b->gram) return a->gram < b->gram ? -1 : 1;
    return (a->id > b->id) - (a->id < b->id);
}

/* How many places have the gram; p is sorted. */
static uint32_t count(const places *p, uint32_t gram)
{
    size_t low = 0, high = p->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (p->v[mid].gram < gram) low = mid + 1;
        else high = mid;
    }
    uint32_t n = 0;
    for (; low < p->n && p->v[low].gram == gram; low++)
        n++;
    return n;
}

/* Of each pattern the gram with the fewest places; of equals the later one, since the
 * end of a path says more than its beginning. */
static void choose(const places *all, const vd_glob *const *globs, const uint32_t *ids, uint32_t n,
                   uint32_t size, places *out)
{
    places own = {0};
    for (uint32_t i = 0; i < n; i++) {
        uint32_t best = 0, least = UINT32_MAX;
        own.n = 0;
        add_pattern(&own, globs[ids[i]], size, ids[i]);
        for (size_t k = 0; k < own.n; k++) {
            uint32_t c = count(all, own.v[k].gram);
            if (c <= least) least = c, best = own.v[k].gram;
        }
        *vd_vec_push(out) = (place){best, ids[i]};
    }
    vd_vec_free(&own);
}

static void put(vd_gram_table *t, uint32_t gram, uint32_t at, uint32_t n)
{
    uint32_t h = vd_gram_hash(gram), i = h & t->mask;
    t->bits[h >> 6] |= 1ull << (h & 63);
    while (t->grams[i].n)
        i = (i + 1) & t->mask;
    t->grams[i] = (vd_gram){gram, at, n};
}

static void build_table(vd_arena *a, vd_gram_table *t, const vd_glob *const *globs,
                        const uint32_t *ids, uint32_t n, uint32_t size)
{
    places all = {0}, chosen = {0};
    uint32_t cap = 8;
    if (!n) return;
    for (uint32_t i = 0; i < n; i++)
        add_pattern(&all, globs[ids[i]], size, ids[i]);
    qsort(all.v, all.n, sizeof *all.v, by_gram);
    choose(&all, globs, ids, n, size, &chosen);
    qsort(chosen.v, chosen.n, sizeof *chosen.v, by_gram);
    while (cap < 2 * n)
        cap *= 2;
    *t = (vd_gram_table){.size = size, .n = n, .mask = cap - 1};
    t->bits = VD_NEW_N(a, uint64_t, (1u << VD_GRAM_BITS) / 64);
    t->grams = VD_NEW_N(a, vd_gram, cap);
    t->ids = VD_NEW_N(a, uint32_t, n);
    for (uint32_t i = 0; i < n;) {
        uint32_t from = i, gram = chosen.v[i].gram;
        for (; i < n && chosen.v[i].gram == gram; i++)
            t->ids[i] = chosen.v[i].id;
        put(t, gram, from, i - from);
    }
    vd_vec_free(&all);
    vd_vec_free(&chosen);
}

/* A pattern's first or last byte, or -1 if it begins or ends with a wildcard. */
static int edge_byte(const vd_glob *g, bool front)
{
    if (g->n == 0 || (front ? g->star_front : g->star_back)) return -1;
    const vd_glob_segment *s = &g->segments[front ? 0 : g->n - 1];
    char c = s->text.p[front ? 0 : s->text.n - 1];
    return s->any && c == '?' ? -1 : vd_ascii_lower((unsigned char)c);
}

static void by_edge(vd_arena *a, vd_byte_table *t, bool front, const vd_glob *const *globs,
                    const uint32_t *ids, uint32_t n)
{
    uint32_t at = 0;
    t->ids = VD_NEW_N(a, uint32_t, n);
    for (int b = 0; b < 256; b++) {
        t->at[b] = at;
        for (uint32_t i = 0; i < n; i++)
            if (edge_byte(globs[ids[i]], front) == b) t->ids[at++] = ids[i];
    }
    t->at[256] = at;
}

/* To try a few is cheaper than to run through every text once more for them. */
#define FEW 8

const vd_literals *vd_literals_build(vd_arena *a, const vd_glob *const *globs, uint32_t n)
{
    vd_literals *l = VD_NEW(a, vd_literals);
    uint32_t *fours = vd_calloc(4 * (size_t)n + 1, sizeof *fours), *twos = fours + n;
    uint32_t *fronts = twos + n, *backs = fronts + n, n4 = 0, n2 = 0, n_front = 0, n_back = 0;
    l->bare = VD_NEW_N(a, uint32_t, n);
    for (uint32_t i = 0; i < n; i++) {
        size_t longest = globs[i]->literal.n;
        if (longest >= 4) fours[n4++] = i;
        else if (edge_byte(globs[i], true) >= 0) fronts[n_front++] = i;
        else if (edge_byte(globs[i], false) >= 0) backs[n_back++] = i;
        else if (longest >= 2) twos[n2++] = i;
        else l->bare[l->n_bare++] = i;
    }
    for (uint32_t i = 0; i < n2 && n2 < FEW; i++)
        l->bare[l->n_bare++] = twos[i];
    if (n2 < FEW) n2 = 0;
    by_edge(a, &l->front, true, globs, fronts, n_front);
    by_edge(a, &l->back, false, globs, backs, n_back);
    build_table(a, &l->four, globs, fours, n4, 4);
    build_table(a, &l->two, globs, twos, n2, 2);
    free(fours);
    return l;
}
