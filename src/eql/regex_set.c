/* eql/regex_set.c - sets of characters, and the classes they make of all characters */
#include "eql/regex_int.h"

/* Cells of the table set x class; a pattern that needs more is too complex. */
#define MAX_CELLS (1u << 22)

static int by_start(const void *x, const void *y)
{
    const vd_re_range *a = x, *b = y;
    return (a->lo > b->lo) - (a->lo < b->lo);
}

static void merge(vd_re_ranges *r)
{
    size_t n = 0;
    if (r->n) qsort(r->v, r->n, sizeof *r->v, by_start);
    for (size_t i = 0; i < r->n; i++) {
        if (n && r->v[i].lo <= r->v[n - 1].hi + 1) {
            if (r->v[i].hi > r->v[n - 1].hi) r->v[n - 1].hi = r->v[i].hi;
        } else {
            r->v[n++] = r->v[i];
        }
    }
    r->n = n;
}

/* Adds the part of [lo, hi] that lies in [from, to], moved by `shift`. */
static void add_shifted(vd_re_ranges *r, vd_re_range x, uint32_t from, uint32_t to, int shift)
{
    uint32_t lo = x.lo > from ? x.lo : from, hi = x.hi < to ? x.hi : to;
    if (lo <= hi)
        *vd_vec_push(r) = (vd_re_range){(uint32_t)((int)lo + shift), (uint32_t)((int)hi + shift)};
}

/* ASCII letters bring their other case along. */
static void fold_case(vd_re_ranges *r)
{
    for (size_t i = 0, n = r->n; i < n; i++) {
        add_shifted(r, r->v[i], 'a', 'z', -32);
        add_shifted(r, r->v[i], 'A', 'Z', 32);
    }
}

static void complement(vd_re_ranges *r)
{
    vd_re_ranges out = {0};
    uint32_t at = 0;
    for (size_t i = 0; i < r->n; i++) {
        if (r->v[i].lo > at) *vd_vec_push(&out) = (vd_re_range){at, r->v[i].lo - 1};
        at = r->v[i].hi + 1;
    }
    if (at <= VD_RE_LAST) *vd_vec_push(&out) = (vd_re_range){at, VD_RE_LAST};
    vd_vec_free(r);
    *r = out;
}

static bool same_set(const vd_re_set *a, const vd_re_ranges *b)
{
    return a->n == b->n && (a->n == 0 || memcmp(a->r, b->v, a->n * sizeof *a->r) == 0);
}

uint32_t vd_re_set_add(vd_re_sets *s, vd_re_ranges *ranges, bool negated, bool ci)
{
    if (ci) fold_case(ranges);
    merge(ranges);
    if (negated) complement(ranges);
    for (uint32_t i = 0; i < s->n; i++)
        if (same_set(&s->v[i], ranges)) return i;
    if (s->n == s->cap) {
        vd_re_set *old = s->v;
        s->cap = s->cap ? 2 * s->cap : 32;
        s->v = VD_NEW_N(s->a, vd_re_set, s->cap);
        if (s->n) memcpy(s->v, old, s->n * sizeof *old);
    }
    vd_re_set *set = &s->v[s->n];
    set->n = (uint32_t)ranges->n;
    set->r = vd_arena_alloc(s->a, ranges->n * sizeof *set->r);
    if (set->n) memcpy(set->r, ranges->v, set->n * sizeof *set->r);
    return s->n++;
}

static int by_value(const void *x, const void *y)
{
    uint32_t a = *(const uint32_t *)x, b = *(const uint32_t *)y;
    return (a > b) - (a < b);
}

/* Every place where membership in some set changes. */
static void find_intervals(vd_re_sets *s)
{
    size_t n = 1;
    for (uint32_t i = 0; i < s->n; i++) n += 2 * (size_t)s->v[i].n;
    s->starts = VD_NEW_N(s->a, uint32_t, n);
    n = 1;
    for (uint32_t i = 0; i < s->n; i++)
        for (uint32_t k = 0; k < s->v[i].n; k++) {
            s->starts[n++] = s->v[i].r[k].lo;
            if (s->v[i].r[k].hi < VD_RE_LAST) s->starts[n++] = s->v[i].r[k].hi + 1;
        }
    qsort(s->starts, n, sizeof *s->starts, by_value);
    s->n_intervals = 0;
    for (size_t i = 0; i < n; i++)
        if (i == 0 || s->starts[i] != s->starts[i - 1]) s->starts[s->n_intervals++] = s->starts[i];
}

static bool set_holds(const vd_re_set *set, uint32_t cp)
{
    uint32_t lo = 0, hi = set->n;
    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;
        if (cp < set->r[mid].lo) hi = mid;
        else if (cp > set->r[mid].hi) lo = mid + 1;
        else return true;
    }
    return false;
}

/* Splits every class into those inside `set` and those outside. moved[c] is the
 * number that the inside part of class c got. */
static void split(vd_re_sets *s, const vd_re_set *set, uint16_t *moved, uint32_t *inside,
                  uint32_t *size)
{
    memset(inside, 0, s->n_intervals * sizeof *inside);
    memset(size, 0, s->n_intervals * sizeof *size);
    for (uint32_t i = 0; i < s->n_intervals; i++) {
        size[s->class_of[i]]++;
        inside[s->class_of[i]] += set_holds(set, s->starts[i]);
    }
    for (uint32_t c = 0, n = s->n_classes; c < n; c++)
        moved[c] = inside[c] && inside[c] < size[c] ? (uint16_t)s->n_classes++ : (uint16_t)c;
    for (uint32_t i = 0; i < s->n_intervals; i++)
        if (set_holds(set, s->starts[i])) s->class_of[i] = moved[s->class_of[i]];
}

bool vd_re_sets_divide(vd_re_sets *s)
{
    find_intervals(s);
    if ((uint64_t)s->n_intervals * (s->n + 1) > MAX_CELLS || s->n_intervals >= UINT16_MAX) return false;
    s->class_of = VD_NEW_N(s->a, uint16_t, s->n_intervals);
    s->n_classes = 1;
    uint16_t *moved = VD_NEW_N(s->a, uint16_t, s->n_intervals);
    uint32_t *counts = VD_NEW_N(s->a, uint32_t, 2 * (size_t)s->n_intervals);
    for (uint32_t i = 0; i < s->n; i++) split(s, &s->v[i], moved, counts, counts + s->n_intervals);
    s->holds = VD_NEW_N(s->a, uint8_t, (size_t)s->n * s->n_classes + 1);
    for (uint32_t k = 0; k < s->n; k++)
        for (uint32_t i = 0; i < s->n_intervals; i++)
            if (set_holds(&s->v[k], s->starts[i])) s->holds[(size_t)k * s->n_classes + s->class_of[i]] = 1;
    return true;
}
