#include "server/topk.h"

#include <stdlib.h>

#include "base/limits.h"

struct vd_topk {
    vd_hit **v;
    size_t n, k;
    bool descending;
    uint64_t bytes, max_bytes;
};

vd_topk *vd_topk_new(size_t k, bool descending, uint64_t max_bytes)
{
    vd_topk *t = vd_calloc(1, sizeof *t);
    t->v = vd_calloc(k + 1, sizeof *t->v);
    t->k = k;
    t->descending = descending;
    t->max_bytes = max_bytes;
    return t;
}

static void free_hit(vd_hit *h)
{
    free(h->line);
    free(h);
}

void vd_topk_free(vd_topk *t)
{
    if (!t) return;
    for (size_t i = 0; i < t->n; i++)
        free_hit(t->v[i]);
    free(t->v);
    free(t);
}

/* --- order --- */

static int cmp_numbers(const vd_sort_key *a, const vd_sort_key *b)
{
    if (a->kind == VD_LONG && b->kind == VD_LONG) return (a->i > b->i) - (a->i < b->i);
    double x = a->kind == VD_LONG ? (double)a->i : a->d, y = b->kind == VD_LONG ? (double)b->i : b->d;
    return (x > y) - (x < y);
}

/* Both have a value. Numbers come before texts. */
static int cmp_values(const vd_sort_key *a, const vd_sort_key *b)
{
    bool text_a = a->kind == VD_STRING, text_b = b->kind == VD_STRING;
    if (text_a != text_b) return text_a ? 1 : -1;
    if (!text_a) return cmp_numbers(a, b);
    return vd_str_cmp(vd_str_sub(a->s, 0, VD_SORT_TEXT), vd_str_sub(b->s, 0, VD_SORT_TEXT));
}

/* <0: a comes before b. */
static int cmp(bool descending, const vd_sort_key *a, uint64_t seq_a, const vd_sort_key *b, uint64_t seq_b)
{
    bool none_a = a->kind == VD_NULL, none_b = b->kind == VD_NULL;
    int c = none_a || none_b ? none_a - none_b : cmp_values(a, b);
    if (c && descending && !none_a && !none_b) c = -c;
    return c ? c : (seq_a > seq_b) - (seq_a < seq_b);
}

static int cmp_hits(const vd_topk *t, const vd_hit *a, const vd_hit *b)
{
    return cmp(t->descending, &a->key, a->seq, &b->key, b->seq);
}

/* --- the heap: v[0] comes last of all --- */

static void swap(vd_topk *t, size_t a, size_t b)
{
    vd_hit *h = t->v[a];
    t->v[a] = t->v[b];
    t->v[b] = h;
}

static void sift_up(vd_topk *t, size_t i)
{
    for (; i && cmp_hits(t, t->v[i], t->v[(i - 1) / 2]) > 0; i = (i - 1) / 2)
        swap(t, i, (i - 1) / 2);
}

static void sift_down(vd_topk *t, size_t i, size_t n)
{
    for (size_t child; (child = 2 * i + 1) < n; i = child) {
        if (child + 1 < n && cmp_hits(t, t->v[child + 1], t->v[child]) > 0) child++;
        if (cmp_hits(t, t->v[child], t->v[i]) <= 0) return;
        swap(t, i, child);
    }
}

bool vd_topk_wants(const vd_topk *t, const vd_sort_key *key, uint64_t seq)
{
    if (t->n < t->k) return true;
    return t->k && cmp(t->descending, key, seq, &t->v[0]->key, t->v[0]->seq) < 0;
}

static void fill(vd_hit *h, const vd_sort_key *key, uint64_t seq, vd_str line)
{
    h->key = *key;
    h->seq = seq;
    if (key->kind == VD_STRING) {
        size_t n = key->s.n < VD_SORT_TEXT ? key->s.n : VD_SORT_TEXT;
        if (n) memcpy(h->text, key->s.p, n);
        h->key.s = (vd_str){h->text, n};
    }
    h->line = vd_realloc_n(h->line, line.n + VD_PADDING, 1);
    memcpy(h->line, line.p, line.n);
    memset(h->line + line.n, 0, VD_PADDING);
    h->n = line.n;
}

int vd_topk_add(vd_topk *t, const vd_sort_key *key, uint64_t seq, vd_str line, vd_err *err)
{
    if (!vd_topk_wants(t, key, seq)) return 0;
    bool full = t->n == t->k;
    uint64_t gone = full ? t->v[0]->n + VD_PADDING : 0;
    if (t->bytes - gone + line.n + VD_PADDING > t->max_bytes)
        return vd_fail(err, VD_LIMIT, "the hits are more than %llu bytes: ask for fewer at once",
                       (unsigned long long)t->max_bytes);
    t->bytes += line.n + VD_PADDING - gone;
    if (!full) t->v[t->n++] = vd_calloc(1, sizeof(vd_hit));
    size_t at = full ? 0 : t->n - 1;
    fill(t->v[at], key, seq, line);
    if (full) sift_down(t, 0, t->n);
    else sift_up(t, at);
    return 0;
}

size_t vd_topk_sorted(vd_topk *t, vd_hit ***hits)
{
    for (size_t n = t->n; n > 1; n--) {
        swap(t, 0, n - 1);
        sift_down(t, 0, n - 1);
    }
    *hits = t->v;
    return t->n;
}

/* --- keys --- */

static vd_sort_key key_of(const vd_value *v)
{
    switch ((vd_kind)v->kind) {
    case VD_NULL: break;
    case VD_BOOL: return (vd_sort_key){.kind = VD_LONG, .i = v->b};
    case VD_LONG:
    case VD_DATE: return (vd_sort_key){.kind = VD_LONG, .i = v->i};
    case VD_ULONG: return (vd_sort_key){.kind = VD_DOUBLE, .d = (double)v->u};
    case VD_DOUBLE: return (vd_sort_key){.kind = VD_DOUBLE, .d = v->d};
    case VD_STRING:
    case VD_IP:
    case VD_VERSION: return (vd_sort_key){.kind = VD_STRING, .s = vd_value_str(v)};
    }
    return (vd_sort_key){.kind = VD_NULL};
}

vd_sort_key vd_sort_key_of(const vd_event *ev, uint32_t slot, bool descending)
{
    vd_sort_key best = {.kind = VD_NULL};
    for (uint32_t i = vd_event_first(ev, slot); i != VD_NO_VALUE;) {
        const vd_value *v = vd_event_value(ev, i);
        vd_sort_key key = key_of(v);
        if (cmp(descending, &key, 0, &best, 0) < 0) best = key;
        i = v->next;
    }
    return best;
}
