/* Answers the predicates of a field. Each kind of test has its own structure, so that
 * one look answers all predicates of that kind (plan/tables.h). */
#include "field/version.h"
#include "match/match_int.h"

static void hold(vd_matcher *m, vd_list preds)
{
    const uint32_t *ids = m->plan->lists + preds.at;
    for (uint32_t i = 0; i < preds.n; i++) {
        if (m->in_list[ids[i]] == m->stamp) continue;
        m->in_list[ids[i]] = m->stamp;
        *vd_vec_push(&m->found) = ids[i];
    }
}

static void probe(vd_matcher *m, const vd_eq_table *t, const char *p, size_t n)
{
    const vd_eq_entry *e = vd_eq_find(t, p, n);
    if (e) hold(m, e->preds);
}

/* Eight ASCII letters at once: the top bit of a byte is set where it is A to Z. */
static uint64_t lower8(uint64_t w)
{
    const uint64_t ones = 0x0101010101010101u, low7 = 0x7f * ones;
    uint64_t from_a = (w & low7) + (0x80 - 'A') * ones, above_z = (w & low7) + (0x7f - 'Z') * ones;
    return w | ((from_a & ~above_z & ~w & (0x80 * ones)) >> 2);
}

/* The text without case, with eight readable bytes behind it. */
static vd_str fold(vd_matcher *m, vd_str s)
{
    size_t i = 0;
    uint64_t w;
    vd_vec_reserve(&m->folded, s.n + 8);
    for (; i + 8 <= s.n; i += 8) {
        memcpy(&w, s.p + i, 8);
        w = lower8(w);
        memcpy(m->folded.v + i, &w, 8);
    }
    for (; i < s.n; i++)
        m->folded.v[i] = (char)vd_ascii_lower((unsigned char)s.p[i]);
    return (vd_str){m->folded.v, s.n};
}

static void try_pattern(vd_matcher *m, const vd_pattern_test *t, vd_str raw, vd_str folded)
{
    if (vd_glob_run(&t->glob, t->glob.ci ? folded : raw)) hold(m, t->preds);
}

/* Tries the patterns of one list, once a value: each pattern is in one list only, so the
 * first one's stamp is that of all. A value full of what many patterns share would
 * otherwise go through all of them at each of its places. */
static void try_each(vd_matcher *m, const vd_slot_tests *s, const uint32_t *ids, uint32_t n,
                     vd_str raw, vd_str folded)
{
    if (n == 0 || m->tried[ids[0]] == m->stamp) return;
    m->tried[ids[0]] = m->stamp;
    m->stats.patterns_tried += n;
    for (uint32_t i = 0; i < n; i++)
        try_pattern(m, &s->patterns[ids[i]], raw, folded);
}

/* Tries the patterns that the bytes of the text speak for (plan/literals.h). The folded
 * text has four more readable bytes behind it. */
static void patterns(vd_matcher *m, const vd_slot_tests *s, vd_str raw, vd_str folded)
{
    const vd_literals *l = s->literals;
    const vd_gram *g;
    uint32_t four;
    uint16_t two;
    try_each(m, s, l->bare, l->n_bare, raw, folded);
    if (folded.n) {
        const uint32_t *front = &l->front.at[(unsigned char)folded.p[0]];
        const uint32_t *back = &l->back.at[(unsigned char)folded.p[folded.n - 1]];
        try_each(m, s, l->front.ids + front[0], front[1] - front[0], raw, folded);
        try_each(m, s, l->back.ids + back[0], back[1] - back[0], raw, folded);
    }
    for (size_t i = 0; l->four.n && i + 4 <= folded.n; i++) {
        memcpy(&four, folded.p + i, 4);
        g = vd_gram_find(&l->four, four);
        if (g) try_each(m, s, l->four.ids + g->at, g->n, raw, folded);
    }
    for (size_t i = 0; l->two.n && i + 2 <= folded.n; i++) {
        memcpy(&two, folded.p + i, 2);
        g = vd_gram_find(&l->two, two);
        if (g) try_each(m, s, l->two.ids + g->at, g->n, raw, folded);
    }
}

static bool in_range(const vd_range_test *r, const vd_value *v)
{
    if (v->kind == VD_DATE && r->op == VD_OP_EQ && r->bound.kind == VD_DATE)
        return v->i >= r->bound.i && v->i <= r->upto;
    int c = vd_value_compare(v, &r->bound);
    switch (c == 2 ? VD_OP_NONE : r->op) {
    case VD_OP_EQ: return c == 0;
    case VD_OP_LT: return c < 0;
    case VD_OP_LE: return c <= 0;
    case VD_OP_GT: return c > 0;
    case VD_OP_GE: return c >= 0;
    default: return false;
    }
}

static void ranges(vd_matcher *m, const vd_slot_tests *s, const vd_value *v)
{
    for (uint32_t i = 0; i < s->n_ranges; i++)
        if (in_range(&s->ranges[i], v)) hold(m, s->ranges[i].preds);
}

static void cidrs(vd_matcher *m, const vd_slot_tests *s, const vd_value *v)
{
    uint8_t ip[16];
    if (!s->n_cidrs) return;
    if (v->kind == VD_IP) memcpy(ip, v->s, 16);
    else if (v->kind != VD_STRING || !vd_ip_parse(vd_value_str(v), ip)) return;
    for (uint32_t i = 0; i < s->n_cidrs; i++)
        if (vd_cidr_holds(&s->cidrs[i].block, ip)) hold(m, s->cidrs[i].preds);
}

/* In a field without a type a text that is a number equals that number. */
static void number_in_text(vd_matcher *m, const vd_slot_tests *s, vd_str raw)
{
    char key[9];
    vd_value n;
    if (vd_number_text(raw, &n) && vd_number_key(&n, key)) probe(m, &s->number, key, 9);
}

static void test_string(vd_matcher *m, const vd_slot_tests *s, const vd_value *v)
{
    vd_str raw = vd_value_str(v), folded = raw;
    if (s->folded.n || s->n_patterns) folded = fold(m, raw);
    probe(m, &s->exact, raw.p, raw.n);
    probe(m, &s->folded, folded.p, folded.n);
    if (s->n_patterns) patterns(m, s, raw, folded);
    ranges(m, s, v);
    cidrs(m, s, v);
    if (s->type == VD_TYPE_UNKNOWN && s->number.n) number_in_text(m, s, raw);
}

static void queue_gates(vd_matcher *m, const vd_class *c, uint32_t pred)
{
    const uint32_t *gates = c->gates + c->gate_at[pred];
    uint32_t n = c->gate_at[pred] ? *gates++ : 0;
    for (uint32_t k = 0; k < n; k++) {
        if (m->queued[gates[k]] == m->epoch) continue;
        m->queued[gates[k]] = m->epoch;
        m->queue[m->n_queue++] = gates[k];
    }
}

/* A number's bits well stirred, so that sums of them say which numbers were summed. */
static uint64_t mix(uint64_t x)
{
    x = (x + 1) * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return x ^ x >> 31;
}

/* Marks what holds, as far as it matters to the class, and queues the conditions whose
 * gate is up by it. */
static void mark(vd_matcher *m, const uint32_t *preds, size_t n)
{
    const vd_class *c = m->cls;
    for (size_t i = 0; i < n; i++) {
        uint32_t p = preds[i];
        if (!vd_bit(c->matters, p) || m->truth[p] == m->epoch) continue;
        m->truth[p] = m->epoch;
        if (m->sign) m->sign += mix(p);
        if (m->counting) c->counts[p]++;
        queue_gates(m, c, p);
    }
}

static void next_stamp(vd_matcher *m)
{
    if (++m->stamp == 0) { /* once in four thousand million values */
        memset(m->in_list, 0, (m->plan->n_predicates + 1) * sizeof *m->in_list);
        memset(m->tried, 0, (m->plan->max_patterns + 1) * sizeof *m->tried);
        m->stamp = 1;
    }
    m->found.n = 0;
}

static void answer_string(vd_matcher *m, const vd_slot_tests *s, vd_memo *memo, const vd_value *v,
                          uint64_t hash)
{
    uint32_t n;
    bool ask = vd_memo_worth(memo);
    if (ask) {
        if (!hash) hash = vd_memo_hash(vd_value_str(v), m->seed);
        const uint32_t *list = vd_memo_find(memo, hash, &n);
        if (list) {
            m->stats.memo_hits++;
            memo->hits++;
            mark(m, list, n);
            return;
        }
        m->stats.memo_misses++;
    }
    next_stamp(m);
    test_string(m, s, v);
    if (ask) vd_memo_put(memo, hash, m->found.v, m->found.n);
    mark(m, m->found.v, m->found.n);
}

static void answer_other(vd_matcher *m, const vd_slot_tests *s, const vd_value *v)
{
    char key[9];
    next_stamp(m);
    if (s->number.n && vd_number_key(v, key)) probe(m, &s->number, key, 9);
    ranges(m, s, v);
    cidrs(m, s, v);
    mark(m, m->found.v, m->found.n);
}

static bool is_string(const vd_value *v) { return v->kind == VD_STRING || v->kind == VD_VERSION; }

uint64_t vd_match_hash_ahead(vd_matcher *m, const vd_event *ev, uint32_t slot)
{
    const vd_value *v = vd_event_get(ev, slot);
    const vd_memo *memo = &m->memos[slot];
    if (!v || !memo->n || memo->rest || !is_string(v)) return 0;
    uint64_t hash = vd_memo_hash(vd_value_str(v), m->seed);
    vd_memo_prefetch(memo, hash);
    return hash;
}

void vd_match_answer(vd_matcher *m, const vd_event *ev, uint32_t slot, uint64_t hash)
{
    const vd_slot_tests *s = &m->plan->slots[slot];
    m->answered[slot] = m->epoch;
    uint32_t at = vd_event_first(ev, slot);
    if (at == VD_NO_VALUE) return;
    if (s->exists.n) mark(m, m->plan->lists + s->exists.at, s->exists.n);
    while (at != VD_NO_VALUE) {
        const vd_value *v = vd_event_value(ev, at);
        if (is_string(v) && s->strings) answer_string(m, s, &m->memos[slot], v, hash);
        else if (!is_string(v)) answer_other(m, s, v);
        at = v->next;
        hash = 0;
    }
}
