/* Samples: for a join key that every item has events for, one event an item, all of
 * them different; time plays no part. Source: Elastic docs, "EQL syntax reference"
 * (sample queries). */
#include "model.h"

#include <stdlib.h>

typedef struct pick {
    const m_hit **from[VD_MAX_STAGES]; /* by item: its first events, at most one an item */
    size_t n_from[VD_MAX_STAGES];
    const m_hit *chosen[VD_MAX_STAGES];
    size_t n;
} pick;

static bool is_chosen(const pick *p, size_t until, const m_hit *h)
{
    for (size_t i = 0; i < until; i++)
        if (p->chosen[i]->at.arrival == h->at.arrival) return true;
    return false;
}

static bool choose(pick *p, size_t item)
{
    if (item == p->n) return true;
    for (size_t i = 0; i < p->n_from[item]; i++) {
        if (is_chosen(p, item, p->from[item][i])) continue;
        p->chosen[item] = p->from[item][i];
        if (choose(p, item + 1)) return true;
    }
    return false;
}

static void sample_key(const vd_eql_query *q, const m_hit *hits, size_t n, vd_arena *a,
                       m_results *out)
{
    pick p = {.n = q->n_items};
    for (size_t i = 0; i < p.n; i++)
        p.from[i] = VD_NEW_N(a, const m_hit *, p.n);
    for (size_t i = 0; i < n; i++) {
        uint32_t item = hits[i].item;
        if (p.n_from[item] < p.n) p.from[item][p.n_from[item]++] = &hits[i];
    }
    if (!choose(&p, 0)) return;
    m_result r = {.key = hits[0].key, .ids = VD_NEW_N(a, vd_str, p.n), .n = p.n};
    for (size_t i = 0; i < p.n; i++) {
        r.ids[i] = p.chosen[i]->id;
        if (i == 0 || m_order_cmp(&p.chosen[i]->at, &r.last) > 0) r.last = p.chosen[i]->at;
    }
    *vd_vec_push(out) = r;
}

static int by_key_and_arrival(const void *x, const void *y)
{
    const m_hit *a = x, *b = y;
    int c = vd_str_cmp(a->key, b->key);
    return c ? c : (a->at.arrival > b->at.arrival) - (a->at.arrival < b->at.arrival);
}

void m_samples(const vd_eql_query *q, m_hits *hits, vd_arena *a, m_results *out)
{
    if (hits->n) qsort(hits->v, hits->n, sizeof *hits->v, by_key_and_arrival);
    for (size_t i = 0, end; i < hits->n; i = end) {
        for (end = i; end < hits->n && vd_str_eq(hits->v[end].key, hits->v[i].key);)
            end++;
        sample_key(q, &hits->v[i], end - i, a, out);
    }
}
