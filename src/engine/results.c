/* Which results of a rule are reported, and in what order (EQL semantics, "Which
 * results, in what order"): by their last event, then by join key; then through the
 * pipes, the first of which is capped by `size`; without pipes `size` and the result
 * position decide. */
#include <stdlib.h>

#include "engine/engine_int.h"

static int64_t size_of(const vd_engine *e, const vd_rule *rule)
{
    int64_t size = e->cfg.size;
    if (!e->cfg.honour_max_signals) return size;
    return size >= 0 && size < rule->max_signals ? size : rule->max_signals;
}

void vd_results_init(vd_engine *e, uint32_t rule)
{
    const vd_rule *r = vd_plan_rule_at(e->plan, rule)->rule;
    vd_results *res = &e->results[rule];
    int64_t size = size_of(e, r);
    *res = (vd_results){.limited = size >= 0 || r->eql->n_pipes > 0,
                        .head = e->cfg.head && !e->cfg.honour_max_signals,
                        .limit = size >= 0 ? (uint64_t)size : UINT64_MAX};
    if (r->eql->n_pipes) {
        const vd_eql_pipe *p = &r->eql->pipes[0];
        res->head = !p->tail;
        if ((uint64_t)p->n < res->limit) res->limit = (uint64_t)p->n;
    }
}

static void drop(vd_held_match *m)
{
    free(m->events);
    vd_json_free(m->join_keys);
    *m = (vd_held_match){0};
}

void vd_results_fini(vd_results *r)
{
    for (size_t i = 0; i < r->group.n; i++)
        drop(&r->group.v[i]);
    for (size_t i = 0; i < r->kept.n; i++)
        drop(&r->kept.v[i]);
    vd_vec_free(&r->group);
    vd_vec_free(&r->kept);
}

static void report(vd_engine *e, uint32_t rule, vd_held_match *m)
{
    e->results[rule].findings++;
    e->findings++;
    vd_report(e, rule, m);
    drop(m);
}

/* Through the first limit; takes what *m holds. */
static void accept(vd_engine *e, uint32_t rule, vd_held_match *m)
{
    vd_results *r = &e->results[rule];
    if (!r->limited) {
        report(e, rule, m);
    } else if (r->kept.n < r->limit) {
        *vd_vec_push(&r->kept) = *m;
    } else {
        r->left_out++;
        if (r->head || r->limit == 0) {
            drop(m);
            return;
        }
        drop(&r->kept.v[r->ring]);
        r->kept.v[r->ring] = *m;
        r->ring = (r->ring + 1) % r->kept.n;
    }
}

static int by_keys(const void *a, const void *b)
{
    const vd_held_match *x = a, *y = b;
    return vd_key_cmp(x->join_keys, y->join_keys);
}

static void end_group(vd_engine *e, uint32_t rule)
{
    vd_results *r = &e->results[rule];
    if (r->group.n > 1) {
        for (size_t i = 0; i < r->group.n; i++)
            r->group.v[i].join_keys = vd_report_keys(e, rule, &r->group.v[i]);
        qsort(r->group.v, r->group.n, sizeof *r->group.v, by_keys);
    }
    for (size_t i = 0; i < r->group.n; i++)
        accept(e, rule, &r->group.v[i]);
    r->group.n = 0;
}

static uint64_t last_event(const uint64_t *events, size_t n)
{
    while (n && events[n - 1] == VD_NO_EVENT)
        n--;
    return n ? events[n - 1] : VD_NO_EVENT;
}

void vd_results_add(vd_engine *e, const vd_sequence_match *match)
{
    vd_results *r = &e->results[match->rule];
    vd_eql_query_kind kind = vd_plan_rule_at(e->plan, match->rule)->kind;
    vd_held_match m = {.ts = match->ts,
                       .key = {match->key[0], match->key[1]},
                       .n = (uint32_t)match->n,
                       .events = vd_malloc(match->n * sizeof *m.events)};
    memcpy(m.events, match->events, match->n * sizeof *m.events);
    if (kind == VD_EQL_EVENT) {
        accept(e, match->rule, &m);
        return;
    }
    if (kind == VD_EQL_SEQUENCE && r->group.n &&
        last_event(r->group.v[0].events, r->group.v[0].n) != last_event(m.events, m.n))
        end_group(e, match->rule);
    *vd_vec_push(&r->group) = m;
}

/* The pipes behind the first, on what is left: each keeps [from, to). */
static void later_pipes(const vd_eql_query *q, size_t *from, size_t *to)
{
    for (uint32_t i = 1; i < q->n_pipes; i++) {
        uint64_t n = (uint64_t)q->pipes[i].n;
        if (n >= *to - *from) continue;
        if (q->pipes[i].tail) *from = *to - (size_t)n;
        else *to = *from + (size_t)n;
    }
}

void vd_results_end(vd_engine *e, uint32_t rule)
{
    vd_results *r = &e->results[rule];
    end_group(e, rule);
    size_t from = 0, to = r->kept.n;
    later_pipes(vd_plan_rule_at(e->plan, rule)->rule->eql, &from, &to);
    r->left_out += r->kept.n - (to - from);
    for (size_t i = from; i < to; i++)
        report(e, rule, &r->kept.v[(r->ring + i) % r->kept.n]);
}
