/* tests/unit/sequence/test_model.c - the sequencer against a plainly right model
 *
 * Model     Works on all events at once, key by key and stage by stage, with lists and
 *           linear searches: the stages' hits in order, each taking the latest partial
 *           before it and discarding all earlier ones; then until, maxspan and missing
 *           stages by their definitions. Nothing of its shape is like the sequencer's.
 * Runs      Every scenario is fed twice: with one flush at the end, and with flushes at
 *           random watermarks. Both must give what the model gives.
 * Seed      Printed; VEDETTE_TEST_SEED repeats a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "sequence/sequence.h"

#define LETTERS 4
#define KEYS 3
#define MAX_E 28
#define MAX_S 9
#define RULES 4
#define MAX_FOUND 512
#define SCENARIOS 32000

typedef struct event {
    vd_candidate c; /* time, tiebreak, ordinal */
    unsigned letters, keys;
} event;

typedef struct model_rule {
    uint8_t roles[MAX_S];
    unsigned masks[MAX_S]; /* letters that satisfy the stage */
    vd_sequence_spec spec;
} model_rule;

typedef struct found {
    uint64_t key;
    size_t n;
    int pos;           /* of the last event, in order */
    int events[MAX_S]; /* positions; -1: missing */
} found;

_Static_assert(sizeof(found) == 16 + (1 + MAX_S) * sizeof(int), "compared as bytes");

typedef struct found_list {
    found all[MAX_FOUND];
    int n;
} found_list;

typedef struct scenario {
    event events[MAX_E]; /* in order */
    int n;
    model_rule rules[RULES];
    vd_candidate candidates[MAX_E * MAX_S * KEYS * RULES];
    int n_candidates;
    found_list want[RULES], got[RULES];
    int held[MAX_E];
} scenario;

static uint64_t rng_state;

static unsigned rnd(unsigned n)
{
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return (unsigned)((rng_state >> 20) % n);
}

/* --- making scenarios --- */

static unsigned letters(void)
{
    unsigned m = 1u << rnd(LETTERS);
    return rnd(3) ? m : m | 1u << rnd(LETTERS);
}

static int cmp_event(const void *a, const void *b)
{
    return vd_candidate_cmp(&((const event *)a)->c, &((const event *)b)->c);
}

static void make_events(scenario *s)
{
    int64_t ts = 0;
    unsigned step = 1 + rnd(6);
    s->n = 1 + (int)rnd(MAX_E);
    for (int i = 0; i < s->n; i++) {
        ts += rnd(step);
        s->events[i] = (event){
            .c = {.ts = rnd(8) ? ts : ts - (int64_t)rnd(4),
                  .tie = rnd(3) ? VD_NO_TIEBREAK : rnd(3),
                  .ordinal = (uint64_t)i},
            .letters = letters(),
            .keys = rnd(4) ? 1u << rnd(KEYS) : rnd(1u << KEYS),
        };
    }
    qsort(s->events, (size_t)s->n, sizeof *s->events, cmp_event);
}

static void make_rule(model_rule *r, bool sample)
{
    uint16_t n = 0;
    bool missing = false;
    int positive = 1 + (int)rnd(4), free_stages = sample || rnd(2) ? 0 : 1 + (int)rnd(2);
    if (sample) positive = 2 + (int)rnd(3);
    memset(r, 0, sizeof *r);
    while (positive || free_stages) {
        bool miss = (int)rnd((unsigned)(positive + free_stages)) >= positive;
        r->roles[n] = miss ? VD_STAGE_MISSING : VD_STAGE_EVENT;
        r->masks[n] = n && !rnd(3) ? r->masks[n - 1] : letters();
        n++;
        miss ? free_stages-- : positive--;
        missing |= miss;
    }
    if (!sample && !rnd(3)) {
        r->roles[n] = VD_STAGE_UNTIL;
        r->masks[n++] = letters();
    }
    r->spec = (vd_sequence_spec){.roles = r->roles, .n_stages = n, .sample = sample,
                                 .keyed = sample || rnd(4), .maxspan = -1};
    if (missing || (!sample && rnd(2))) r->spec.maxspan = rnd(25);
}

static bool hits(const event *ev, const model_rule *r, int stage, int key)
{
    return (ev->letters & r->masks[stage]) && (!r->spec.keyed || (ev->keys >> key & 1));
}

static int n_keys(const model_rule *r) { return r->spec.keyed ? KEYS : 1; }

static uint64_t key_of(const model_rule *r, int key)
{
    return r->spec.keyed ? 100u + (unsigned)key : 0;
}

static int cmp_candidate(const void *a, const void *b) { return vd_candidate_cmp(a, b); }

static void make_candidates(scenario *s)
{
    s->n_candidates = 0;
    for (int i = 0; i < s->n; i++)
        for (uint32_t r = 0; r < RULES; r++)
            for (uint16_t st = 0; st < s->rules[r].spec.n_stages; st++)
                for (int k = 0; k < n_keys(&s->rules[r]); k++) {
                    if (!hits(&s->events[i], &s->rules[r], st, k)) continue;
                    vd_candidate c = s->events[i].c;
                    c.event = (uint64_t)i;
                    c.key[0] = key_of(&s->rules[r], k);
                    c.rule = r;
                    c.stage = st;
                    s->candidates[s->n_candidates++] = c;
                }
    /* Any order will do: the order of candidates is under test too. */
    for (int i = s->n_candidates; i > 1; i--) {
        int j = (int)rnd((unsigned)i);
        vd_candidate c = s->candidates[i - 1];
        s->candidates[i - 1] = s->candidates[j];
        s->candidates[j] = c;
    }
    qsort(s->candidates, (size_t)s->n_candidates, sizeof *s->candidates, cmp_candidate);
}

/* --- the model: sequences --- */

typedef struct partial {
    int events[MAX_S];
} partial;

static int64_t ts_of(const scenario *s, int pos) { return s->events[pos].c.ts; }

static bool until_between(const scenario *s, const model_rule *r, int key, int from, int before)
{
    int last = r->spec.n_stages - 1;
    if (r->roles[last] != VD_STAGE_UNTIL) return false;
    for (int u = from; u < before; u++)
        if (hits(&s->events[u], r, last, key)) return true;
    return false;
}

/* Extends the partials of stage p - 1 by the hits of the p-th positive stage. */
static int next_stage(const scenario *s, const model_rule *r, int key, int stage, int p,
                      const partial *in, int n_in, partial *out)
{
    int n = 0, discarded = 0;
    for (int e = 0; e < s->n; e++) {
        if (!hits(&s->events[e], r, stage, key)) continue;
        int at = n_in - 1;
        while (at >= discarded && in[at].events[p - 1] >= e) at--;
        if (at < discarded) continue;
        discarded = at + 1;
        if (r->spec.maxspan >= 0 && ts_of(s, e) - ts_of(s, in[at].events[0]) > r->spec.maxspan)
            continue;
        if (until_between(s, r, key, in[at].events[p - 1], e)) continue;
        out[n] = in[at];
        out[n++].events[p] = e;
    }
    return n;
}

/* A missing-stage event strictly between two times (milliseconds). */
static bool any_between(const scenario *s, const model_rule *r, int stage, int key, int64_t from,
                        int64_t to)
{
    for (int e = 0; e < s->n; e++)
        if (hits(&s->events[e], r, stage, key) && ts_of(s, e) > from && ts_of(s, e) < to)
            return true;
    return false;
}

typedef struct ends {
    int64_t lead, trail;
    bool leads, trails;        /* such an event is there */
    bool has_lead, has_trail; /* the rule has such a stage */
} ends;

static void find_ends(const scenario *s, const model_rule *r, int stage, int key, bool lead,
                      int64_t ts, ends *x)
{
    lead ? (x->has_lead = true) : (x->has_trail = true);
    for (int e = 0; e < s->n; e++) {
        int64_t t = ts_of(s, e);
        if (!hits(&s->events[e], r, stage, key)) continue;
        if (lead && t < ts && (!x->leads || t > x->lead)) {
            x->lead = t;
            x->leads = true;
        }
        if (!lead && t > ts && (!x->trails || t < x->trail)) {
            x->trail = t;
            x->trails = true;
        }
    }
}

static bool kept(const scenario *s, const model_rule *r, int key, const partial *p, int n_positive)
{
    ends x = {0};
    int64_t first = ts_of(s, p->events[0]), last = ts_of(s, p->events[n_positive - 1]);
    for (int st = 0, at = 0; st < r->spec.n_stages; st++) {
        at += r->roles[st] == VD_STAGE_EVENT;
        if (r->roles[st] != VD_STAGE_MISSING) continue;
        if (at == 0)
            find_ends(s, r, st, key, true, first, &x);
        else if (at == n_positive)
            find_ends(s, r, st, key, false, last, &x);
        else if (any_between(s, r, st, key, ts_of(s, p->events[at - 1]), ts_of(s, p->events[at])))
            return false;
    }
    int64_t span = r->spec.maxspan;
    if (x.has_lead && x.has_trail) return !x.leads || !x.trails || x.trail - x.lead > span;
    if (x.has_lead) return !x.leads || last - x.lead > span;
    return !x.has_trail || !x.trails || x.trail - first > span;
}

static void add(found_list *list, const model_rule *r, const partial *p, int pos, int key)
{
    assert_true(list->n < MAX_FOUND);
    found *f = &list->all[list->n++];
    *f = (found){.pos = pos, .key = key_of(r, key)};
    for (int st = 0, at = 0; st < r->spec.n_stages; st++)
        if (r->roles[st] != VD_STAGE_UNTIL)
            f->events[f->n++] = r->roles[st] == VD_STAGE_EVENT ? p->events[at++] : -1;
}

static void model_sequence(const scenario *s, const model_rule *r, int key, found_list *list)
{
    partial lists[2][MAX_E];
    int n = 0, p = 0;
    for (int st = 0; st < r->spec.n_stages; st++) {
        if (r->roles[st] != VD_STAGE_EVENT) continue;
        if (p == 0)
            for (int e = 0; e < s->n; e++) {
                if (hits(&s->events[e], r, st, key)) lists[0][n++].events[0] = e;
            }
        else
            n = next_stage(s, r, key, st, p, lists[(p - 1) & 1], n, lists[p & 1]);
        p++;
    }
    for (int i = 0; i < n; i++) {
        const partial *done = &lists[(p - 1) & 1][i];
        if (kept(s, r, key, done, p)) add(list, r, done, done->events[p - 1], key);
    }
}

/* --- the model: samples --- */

/* Backtracking over the first P events (by arrival) of each item. */
static bool pick(const scenario *s, const model_rule *r, int key, int item, partial *p)
{
    int n_items = r->spec.n_stages, tried = 0;
    if (item == n_items) return true;
    for (uint64_t ordinal = 0; ordinal < (uint64_t)s->n && tried < n_items; ordinal++) {
        int e = 0;
        while (s->events[e].c.ordinal != ordinal) e++;
        if (!hits(&s->events[e], r, item, key)) continue;
        tried++;
        bool used = false;
        for (int i = 0; i < item; i++) used |= p->events[i] == e;
        p->events[item] = e;
        if (!used && pick(s, r, key, item + 1, p)) return true;
    }
    return false;
}

static void model(scenario *s)
{
    for (int i = 0; i < RULES; i++) {
        const model_rule *r = &s->rules[i];
        s->want[i].n = 0;
        for (int k = 0; k < n_keys(r); k++) {
            partial p = {0};
            if (!r->spec.sample)
                model_sequence(s, r, k, &s->want[i]);
            else if (pick(s, r, k, 0, &p))
                add(&s->want[i], r, &p, 0, k);
        }
    }
}

/* --- the sequencer --- */

static void on_found(void *ctx, const vd_sequence_match *match)
{
    scenario *s = ctx;
    found_list *list = &s->got[match->rule];
    assert_true(list->n < MAX_FOUND && match->n <= MAX_S);
    found *f = &list->all[list->n++];
    *f = (found){.key = match->key[0], .n = match->n};
    for (size_t i = 0; i < match->n; i++) {
        f->events[i] = match->events[i] == VD_NO_EVENT ? -1 : (int)match->events[i];
        if (f->events[i] < 0) continue;
        assert_true(s->held[f->events[i]] > 0);
        if (!s->rules[match->rule].spec.sample) f->pos = f->events[i];
    }
    if (s->rules[match->rule].spec.sample) return;
    assert_int_equal(match->ts, ts_of(s, f->pos));
    if (list->n > 1) assert_true(f[-1].pos <= f->pos);
}

static void on_hold(void *ctx, uint64_t ref) { ((scenario *)ctx)->held[ref]++; }

static void on_release(void *ctx, uint64_t ref)
{
    assert_true(((scenario *)ctx)->held[ref]-- > 0);
}

static void run(scenario *s, vd_sequencer *seq, bool flushes)
{
    int64_t watermark = -100;
    for (int i = 0; i < RULES; i++) s->got[i].n = 0;
    for (int i = 0; i < s->n_candidates; i++) {
        int64_t ts = s->candidates[i].ts;
        if (flushes && !rnd(3) && ts - 1 > watermark) {
            watermark += 1 + (int64_t)rnd((unsigned)(ts - 1 - watermark));
            vd_sequencer_flush(seq, watermark);
        }
        vd_sequencer_feed(seq, &s->candidates[i]);
    }
    vd_sequencer_flush(seq, INT64_MAX);
    assert_int_equal(vd_sequencer_stats(seq).pending, 0);
    for (int i = 0; i < s->n; i++) assert_int_equal(s->held[i], 0);
}

static int cmp_found(const void *a, const void *b)
{
    const found *x = a, *y = b;
    if (x->pos != y->pos) return x->pos < y->pos ? -1 : 1;
    return (x->key > y->key) - (x->key < y->key);
}

static bool same(found_list *a, found_list *b)
{
    qsort(a->all, (size_t)a->n, sizeof *a->all, cmp_found);
    qsort(b->all, (size_t)b->n, sizeof *b->all, cmp_found);
    return a->n == b->n && memcmp(a->all, b->all, (size_t)a->n * sizeof *a->all) == 0;
}

static void print_list(const char *title, const found_list *list)
{
    print_error("%s:", title);
    for (int i = 0; i < list->n; i++) {
        print_error(" {%d}", (int)list->all[i].key);
        for (size_t k = 0; k < list->all[i].n; k++) print_error(" %d", list->all[i].events[k]);
    }
    print_error("\n");
}

static void explain(const scenario *s, int rule)
{
    const model_rule *r = &s->rules[rule];
    print_error("maxspan %d%s%s:", (int)r->spec.maxspan, r->spec.keyed ? ", keyed" : "",
                r->spec.sample ? ", sample" : "");
    for (int i = 0; i < r->spec.n_stages; i++)
        print_error(" %s%x", (const char *[]){"", "!", "~"}[r->roles[i]], r->masks[i]);
    for (int i = 0; i < s->n; i++)
        print_error("%s%d@%d:%x/%x", i ? " " : "\n", i, (int)ts_of(s, i), s->events[i].letters,
                    s->events[i].keys);
    print_error("\n");
    print_list("want", &s->want[rule]);
    print_list("got", &s->got[rule]);
}

static int compare(scenario *s, int number)
{
    for (int i = 0; i < RULES; i++) {
        if (same(&s->want[i], &s->got[i])) continue;
        explain(s, i);
        fail_msg("scenario %d, rule %d", number, i);
    }
    return RULES;
}

static int one_scenario(scenario *s, int number)
{
    vd_sequence_spec specs[RULES];
    make_events(s);
    for (int i = 0; i < RULES; i++) {
        make_rule(&s->rules[i], i == RULES - 1);
        specs[i] = s->rules[i].spec;
    }
    make_candidates(s);
    model(s);
    vd_sequencer *seq = vd_sequencer_new(&(vd_sequence_config){
        .specs = specs, .n_specs = RULES, .max_state = 1 << 17, .found = on_found,
        .hold = on_hold, .release = on_release, .ctx = s});
    int compared = 0;
    for (int flushes = 0; flushes < 2; flushes++) {
        run(s, seq, flushes);
        compared += compare(s, number);
    }
    assert_int_equal(vd_sequencer_stats(seq).dropped, 0);
    vd_sequencer_free(seq);
    return compared;
}

static void agrees_with_the_model(void **state)
{
    const char *given = getenv("VEDETTE_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 10) : (uint64_t)time(NULL);
    print_message("VEDETTE_TEST_SEED=%llu\n", (unsigned long long)seed);
    rng_state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
    scenario *s = calloc(1, sizeof *s);
    int compared = 0, nonempty = 0;
    for (int i = 0; i < SCENARIOS; i++) {
        compared += one_scenario(s, i);
        for (int r = 0; r < RULES; r++) nonempty += 2 * (s->want[r].n > 0);
    }
    print_message("%d comparisons, %d of them with matches\n", compared, nonempty);
    assert_true(compared >= 200000 && nonempty > compared / 4);
    free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(agrees_with_the_model)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
