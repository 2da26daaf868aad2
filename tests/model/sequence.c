/* Sequences, stage by stage.
 *
 * All partials of one stage are made before the next stage is looked at: each event
 * of stage i takes the latest partial of stage i - 1 that lies before it, and with
 * that all earlier ones are gone. `until` and maxspan then decide whether the
 * partial that was taken lives on. Missing events are checked at the very end.
 * Source: Elastic docs, "EQL syntax reference" (sequences, with maxspan, until,
 * missing events). */
#include "model.h"

#include <stdlib.h>

/* The query's items with runs expanded. */
typedef struct stage {
    uint32_t item;
    bool missing;
} stage;

typedef struct partial {
    const m_hit **events; /* one for each positive stage so far */
    bool taken;
} partial;
typedef VD_VEC(partial) partials;

typedef VD_VEC(const m_hit *) refs;

typedef struct machine {
    const vd_eql_query *q;
    vd_arena *a;
    stage stages[VD_MAX_STAGES];
    size_t n_stages, n_positive;
    const m_hit *hits; /* of one join key, in order */
    size_t n_hits;
    m_results *out;
} machine;

static void expand(machine *m)
{
    for (uint32_t i = 0; i < m->q->n_items; i++)
        for (uint32_t k = 0; k < m->q->items[i].runs && m->n_stages < VD_MAX_STAGES; k++) {
            m->stages[m->n_stages++] = (stage){i, m->q->items[i].missing};
            m->n_positive += !m->q->items[i].missing;
        }
}

static void hits_of(const machine *m, uint32_t item, refs *out)
{
    out->n = 0;
    for (size_t i = 0; i < m->n_hits; i++)
        if (m->hits[i].item == item) *vd_vec_push(out) = &m->hits[i];
}

/* An until event at or after `last` and before `e`. */
static bool struck(const refs *until, const m_hit *last, const m_hit *e)
{
    for (size_t i = 0; i < until->n; i++)
        if (m_order_cmp(&until->v[i]->at, &last->at) >= 0 &&
            m_order_cmp(&until->v[i]->at, &e->at) < 0)
            return true;
    return false;
}

/* The latest untaken partial whose last event (number `n`) lies before e; it and
 * all before it are taken. */
static partial *take(partials *from, size_t n, const m_hit *e)
{
    for (size_t i = from->n; i-- > 0;) {
        partial *p = &from->v[i];
        if (m_order_cmp(&p->events[n]->at, &e->at) >= 0) continue;
        if (p->taken) return NULL;
        for (size_t k = 0; k <= i; k++)
            from->v[k].taken = true;
        return p;
    }
    return NULL;
}

static void begin(const machine *m, const refs *events, partials *out)
{
    for (size_t i = 0; i < events->n; i++) {
        const m_hit **list = VD_NEW_N(m->a, const m_hit *, m->n_positive);
        list[0] = events->v[i];
        *vd_vec_push(out) = (partial){.events = list};
    }
}

/* From the partials of `n` events to those of n + 1. */
static void extend(const machine *m, partials *from, size_t n, const refs *events,
                   const refs *until, partials *out)
{
    for (size_t i = 0; i < events->n; i++) {
        const m_hit *e = events->v[i];
        partial *p = take(from, n - 1, e);
        if (!p) continue;
        if (m->q->maxspan >= 0 && e->at.ts - p->events[0]->at.ts > m->q->maxspan) continue;
        if (struck(until, p->events[n - 1], e)) continue;
        const m_hit **list = VD_NEW_N(m->a, const m_hit *, m->n_positive);
        memcpy(list, p->events, n * sizeof *list);
        list[n] = e;
        *vd_vec_push(out) = (partial){.events = list};
    }
}

/* ---- missing events ---- */

static bool any_between(const machine *m, uint32_t item, int64_t from, int64_t to)
{
    for (size_t i = 0; i < m->n_hits; i++)
        if (m->hits[i].item == item && m->hits[i].at.ts > from && m->hits[i].at.ts < to)
            return true;
    return false;
}

/* The time of the latest event of the item before `ts` (of the earliest behind it);
 * false if there is none. */
static bool nearest(const machine *m, uint32_t item, int64_t ts, bool before, int64_t *found)
{
    bool any = false;
    for (size_t i = 0; i < m->n_hits; i++) {
        int64_t t = m->hits[i].at.ts;
        if (m->hits[i].item != item || (before ? t >= ts : t <= ts)) continue;
        if (!any || (before ? t > *found : t < *found)) *found = t;
        any = true;
    }
    return any;
}

static void keep_nearer(bool *any, int64_t *best, int64_t t, bool before)
{
    if (!*any || (before ? t > *best : t < *best)) *best = t;
    *any = true;
}

/* No event stands where the query says that there is none. */
static bool nothing_found(const machine *m, const partial *p)
{
    int64_t first = p->events[0]->at.ts, last = p->events[m->n_positive - 1]->at.ts, t = 0;
    int64_t lead_ts = 0, trail_ts = 0;
    bool lead = false, trail = false;
    size_t done = 0;
    for (size_t i = 0; i < m->n_stages; i++) {
        uint32_t item = m->stages[i].item;
        if (!m->stages[i].missing) {
            done++;
        } else if (done == 0) {
            if (nearest(m, item, first, true, &t)) keep_nearer(&lead, &lead_ts, t, true);
        } else if (done == m->n_positive) {
            if (nearest(m, item, last, false, &t)) keep_nearer(&trail, &trail_ts, t, false);
        } else if (any_between(m, item, p->events[done - 1]->at.ts, p->events[done]->at.ts)) {
            return false;
        }
    }
    bool leads = m->stages[0].missing, trails = m->stages[m->n_stages - 1].missing;
    if (leads && trails) return !lead || !trail || trail_ts - lead_ts > m->q->maxspan;
    if (leads) return !lead || last - lead_ts > m->q->maxspan;
    if (trails) return !trail || trail_ts - first > m->q->maxspan;
    return true;
}

static void report(const machine *m, const partial *p)
{
    m_result r = {.last = p->events[m->n_positive - 1]->at,
                  .key = p->events[0]->key,
                  .ids = VD_NEW_N(m->a, vd_str, m->n_stages),
                  .n = m->n_stages};
    for (size_t i = 0, k = 0; i < m->n_stages; i++)
        if (!m->stages[i].missing) r.ids[i] = p->events[k++]->id;
    *vd_vec_push(m->out) = r;
}

static void run_key(machine *m)
{
    refs events = {0}, until = {0};
    partials now = {0};
    size_t n = 0;
    hits_of(m, m->q->n_items, &until);
    for (size_t i = 0; i < m->n_stages; i++) {
        if (m->stages[i].missing) continue;
        partials next = {0};
        hits_of(m, m->stages[i].item, &events);
        if (n == 0)
            begin(m, &events, &next);
        else
            extend(m, &now, n, &events, &until, &next);
        vd_vec_free(&now);
        now = next;
        n++;
    }
    for (size_t i = 0; i < now.n; i++)
        if (nothing_found(m, &now.v[i])) report(m, &now.v[i]);
    vd_vec_free(&now);
    vd_vec_free(&events);
    vd_vec_free(&until);
}

static int by_key_and_order(const void *x, const void *y)
{
    const m_hit *a = x, *b = y;
    int c = vd_str_cmp(a->key, b->key);
    return c ? c : m_order_cmp(&a->at, &b->at);
}

void m_sequences(const vd_eql_query *q, m_hits *hits, vd_arena *a, m_results *out)
{
    machine m = {.q = q, .a = a, .out = out};
    expand(&m);
    if (hits->n) qsort(hits->v, hits->n, sizeof *hits->v, by_key_and_order);
    for (size_t i = 0, end; i < hits->n; i = end) {
        for (end = i; end < hits->n && vd_str_eq(hits->v[end].key, hits->v[i].key);)
            end++;
        m.hits = &hits->v[i];
        m.n_hits = end - i;
        run_key(&m);
    }
}
