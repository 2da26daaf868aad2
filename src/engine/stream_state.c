/* Candidates as bytes, to be kept beside their documents, and what a stream with other rules
 * takes over.
 *
 * Layout    a block: version, candidates, a zero, then the clock and now as they were behind
 *           it. A candidate: a byte of flags that says what of it stands there;
 *           numbers are varints, signed ones zigzag, times and numbers of documents are
 *           differences to the candidate before; a key that was there before is its slot. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "engine/stream_int.h"

#define VERSION 1
enum {
    HAS = 1,       /* else the block ends */
    SAME_DOC = 2,  /* number and time of the one before */
    NO_TIE = 4,
    KNOWN_KEY = 8, /* that of the slot named */
    NO_KEY = 16,
    BELOW = 32,
    FLAGS = 63
};
/* The end of year 9999: no clock is later. */
#define MAX_CLOCK INT64_C(253402300799999)

/* --- writing --- */

static void put_uint(vd_stream *s, uint64_t u)
{
    for (; u >= 0x80; u >>= 7) *vd_vec_push(&s->bytes) = (char)(u | 0x80);
    *vd_vec_push(&s->bytes) = (char)u;
}

static void put_int(vd_stream *s, int64_t i) { put_uint(s, (uint64_t)i << 1 ^ (uint64_t)(i >> 63)); }

static void put_key(vd_stream *s, const uint64_t key[2])
{
    for (int i = 0; i < 16; i++)
        *vd_vec_push(&s->bytes) = (char)(key[i / 8] >> i % 8 * 8);
}

void vd_state_begin(vd_stream *s)
{
    s->bytes.n = 0;
    memset(&s->coded, 0, sizeof s->coded);
    *vd_vec_push(&s->bytes) = VERSION;
}

void vd_state_end(vd_stream *s)
{
    *vd_vec_push(&s->bytes) = 0;
    put_int(s, s->clock);
    put_int(s, s->now);
}

static unsigned flags_of(const vd_stream *s, const vd_candidate *c)
{
    unsigned f = HAS;
    if (c->ordinal == s->coded.seq && c->ts == s->coded.ts) f |= SAME_DOC;
    if (c->tie == VD_NO_TIEBREAK) f |= NO_TIE;
    if (c->below) f |= BELOW;
    if (!c->key[0] && !c->key[1]) return f | NO_KEY;
    const uint64_t *known = s->coded.keys[c->key[0] % VD_CODED_KEYS];
    return c->key[0] == known[0] && c->key[1] == known[1] ? f | KNOWN_KEY : f;
}

void vd_state_put(vd_stream *s, const vd_candidate *c)
{
    unsigned f = flags_of(s, c);
    *vd_vec_push(&s->bytes) = (char)f;
    if (!(f & SAME_DOC)) {
        put_int(s, (int64_t)(c->ordinal - s->coded.seq));
        put_int(s, (int64_t)((uint64_t)c->ts - (uint64_t)s->coded.ts));
    }
    if (!(f & NO_TIE)) put_uint(s, c->tie);
    put_uint(s, c->rule);
    put_uint(s, c->stage);
    if (f & BELOW) put_uint(s, c->below);
    s->coded.seq = c->ordinal;
    s->coded.ts = c->ts;
    if (f & NO_KEY) return;
    if (f & KNOWN_KEY) {
        *vd_vec_push(&s->bytes) = (char)(c->key[0] % VD_CODED_KEYS);
        return;
    }
    put_key(s, c->key);
    memcpy(s->coded.keys[c->key[0] % VD_CODED_KEYS], c->key, sizeof c->key);
}

vd_str vd_stream_candidates(const vd_stream *s) { return (vd_str){s->bytes.v, s->bytes.n}; }

/* --- reading --- */

typedef struct reader {
    const unsigned char *p, *end;
    bool bad;
    vd_coded known;
} reader;

static uint64_t get_uint(reader *r)
{
    uint64_t u = 0;
    for (unsigned shift = 0; r->p < r->end && shift < 64; shift += 7) {
        unsigned char b = *r->p++;
        if (shift == 63 && b > 1) break;
        u |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) return u;
    }
    r->bad = true;
    return 0;
}

static int64_t get_int(reader *r)
{
    uint64_t u = get_uint(r);
    return (int64_t)(u >> 1 ^ -(u & 1));
}

static unsigned get_byte(reader *r)
{
    if (r->p < r->end) return *r->p++;
    r->bad = true;
    return 0;
}

static void get_key(reader *r, unsigned f, uint64_t key[2])
{
    key[0] = key[1] = 0;
    if (f & NO_KEY) return;
    if (f & KNOWN_KEY) {
        memcpy(key, r->known.keys[get_byte(r)], 16);
        return;
    }
    for (int i = 0; i < 16; i++) key[i / 8] |= (uint64_t)get_byte(r) << i % 8 * 8;
    memcpy(r->known.keys[key[0] % VD_CODED_KEYS], key, 16);
}

/* The rule has such a stage, here. */
static bool is_candidate(const vd_stream *s, uint64_t rule, uint64_t stage, uint64_t below)
{
    if (rule >= vd_plan_rule_count(s->cfg.plan)) return false;
    const vd_stream_rule *own = &s->rules[rule];
    return own->sequence && own->takes && below <= stage &&
           stage < vd_plan_rule_at(s->cfg.plan, (uint32_t)rule)->n_stages &&
           below <= s->engine->groups[vd_plan_rule_at(s->cfg.plan, (uint32_t)rule)->first_stage + stage].below;
}

static bool get_candidate(const vd_stream *s, reader *r, unsigned f, vd_candidate *c)
{
    if (f & ~(unsigned)FLAGS) return false;
    if (!(f & SAME_DOC)) {
        r->known.seq += (uint64_t)get_int(r);
        r->known.ts = (int64_t)((uint64_t)r->known.ts + (uint64_t)get_int(r));
    }
    *c = (vd_candidate){.ts = r->known.ts, .ordinal = r->known.seq, .event = r->known.seq};
    c->tie = f & NO_TIE ? VD_NO_TIEBREAK : get_uint(r);
    uint64_t rule = get_uint(r), stage = get_uint(r), below = f & BELOW ? get_uint(r) : 0;
    get_key(r, f, c->key);
    if (r->bad || c->ordinal > VD_REF_OFFSET || !is_candidate(s, rule, stage, below)) return false;
    c->rule = (uint32_t)rule;
    c->stage = (uint16_t)stage;
    c->below = (uint16_t)below;
    return true;
}

/* Goes over one block; take: not only looking. */
static bool read_block(vd_stream *s, reader *r, bool take)
{
    vd_candidate c;
    memset(&r->known, 0, sizeof r->known);
    if (get_byte(r) != VERSION) return false;
    for (unsigned f; (f = get_byte(r)) & HAS;) {
        if (!get_candidate(s, r, f, &c)) return false;
        if (take) vd_stream_take(s, &c);
    }
    int64_t clock = get_int(r), now = get_int(r);
    if (r->bad || now < 0 || now > MAX_CLOCK || (clock != VD_TIME_NONE && clock > now)) return false;
    if (!take) vd_stream_resumed(s, clock, now);
    return true;
}

int vd_stream_resume(vd_stream *s, vd_str candidates, vd_err *err)
{
    const unsigned char *begin = (const unsigned char *)candidates.p;
    reader r = {.p = begin, .end = begin + candidates.n};
    while (r.p < r.end) {
        const unsigned char *block = r.p;
        if (!read_block(s, &r, false))
            return vd_fail(err, VD_FORMAT, "these are no candidates of these rules (byte %zu)",
                           (size_t)(r.p - begin));
        r.p = block;
        read_block(s, &r, true);
        vd_stream_settle(s, true);
    }
    return vd_stream_outcome(s, err);
}

/* --- who is who --- */

static void add(vd_arena *a, vd_str *text, vd_str more)
{
    *text = vd_arena_printf(a, "%.*s%zu:%.*s", VD_FMT(*text), more.n, VD_FMT(more));
}

static vd_str slot_name(const vd_plan *plan, uint32_t slot)
{
    return slot == VD_NO_SLOT ? VD_STR("") : vd_plan_slot_name(plan, slot);
}

static uint64_t word_of(const vd_stream *s, vd_arena *a, uint32_t i)
{
    const vd_plan_rule *r = vd_plan_rule_at(s->cfg.plan, i);
    vd_str text = vd_arena_printf(a, "%lld %u %d ", (long long)s->rules[i].span, r->n_stages,
                                  s->rules[i].takes);
    add(a, &text, r->rule->rule_id);
    add(a, &text, r->rule->query);
    add(a, &text, r->rule->category_field);
    add(a, &text, slot_name(s->cfg.plan, r->timestamp_slot));
    add(a, &text, slot_name(s->cfg.plan, r->tiebreaker_slot));
    for (size_t k = 0; k < r->rule->n_index; k++) add(a, &text, r->rule->index[k]);
    return vd_hash128_stable(text).lo;
}

void vd_state_words(vd_stream *s)
{
    size_t n = vd_plan_rule_count(s->cfg.plan);
    uint64_t *words = vd_calloc(n + 2, sizeof *words);
    vd_arena a;
    vd_arena_init(&a, 0);
    for (uint32_t i = 0; i < n; i++) {
        words[i] = s->rules[i].word = word_of(s, &a, i);
        vd_arena_reset(&a);
    }
    words[n] = vd_hash128_stable(s->cfg.default_index).lo;
    words[n + 1] = VERSION << 1 | vd_plan_ignores_index(s->cfg.plan);
    s->word = vd_hash128_stable((vd_str){(const char *)words, (n + 2) * sizeof *words}).lo;
    vd_arena_fini(&a);
    free(words);
}

uint64_t vd_stream_plan_word(const vd_stream *s) { return s->word; }

/* --- taking over --- */

/* What the rules of `old` are here: a rule or UINT32_MAX. */
static uint32_t *same_rules(const vd_stream *s, const vd_stream *old, bool *fresh)
{
    size_t n = vd_plan_rule_count(s->cfg.plan), m = vd_plan_rule_count(old->cfg.plan);
    uint32_t *to = vd_malloc((m + 1) * sizeof *to);
    memset(to, 0xff, (m + 1) * sizeof *to);
    for (size_t i = 0; i < n; i++) {
        const vd_stream_rule *r = &s->rules[i];
        if (fresh) fresh[i] = r->takes && r->sequence;
        if (!r->takes) continue;
        for (size_t k = 0; k < m; k++) {
            if (old->rules[k].word != r->word) continue;
            to[k] = (uint32_t)i;
            if (fresh) fresh[i] = false;
        }
    }
    return to;
}

/* A key that was not met yet is noted in `late`, to be fed when all of it is there. */
static uint32_t adopted_key(vd_stream *s, const vd_stream *old, const vd_stream_key *k, uint32_t rule)
{
    uint32_t n = vd_keys_get(s, rule, (vd_lane)k->lane, k->key);
    vd_stream_key *own = vd_key_at(&s->keys, n);
    if (own->late) return n;
    *vd_vec_push(&s->late) = (vd_late){.key = n};
    own->late = (uint32_t)s->late.n;
    vd_found_copy(s, n, old, k);
    return n;
}

static void adopt_record(vd_stream *s, const vd_stream *old, const vd_record *r, int64_t stamp,
                         const uint32_t *to)
{
    const vd_stream_key *k = vd_key_at(&old->keys, r->key);
    if (k->rule >= vd_plan_rule_count(old->cfg.plan) || to[k->rule] == UINT32_MAX) return;
    vd_candidate c = vd_late_candidate(old, r);
    uint32_t n = adopted_key(s, old, k, to[k->rule]);
    c.rule = to[k->rule];
    uint64_t pos = vd_late_log(s, n, &c, stamp);
    if (!vd_late_has_first(&old->logs[old->rules[k->rule].log], k)) vd_key_at(&s->keys, n)->since = 0;
    if (s->rules[c.rule].missing) vd_wait_push(s, &s->wait[k->lane], c.ts, s->rules[c.rule].log, pos);
}

static void adopt_log(vd_stream *s, const vd_stream *old, const vd_log *log, const uint32_t *to)
{
    for (size_t i = log->at; i < log->segments.n; i++) {
        const vd_segment *seg = &log->segments.v[i];
        for (uint32_t k = 0; k < seg->n; k++) adopt_record(s, old, &seg->v[k], seg->stamp, to);
    }
}

static void adopt_clock(vd_stream *s, const vd_stream *old)
{
    s->clock = old->clock;
    s->base = old->base;
    s->base_now = old->base_now;
    s->now = old->now;
    for (vd_lane lane = 0; lane < VD_LANES; lane++) {
        s->wait[lane].clock = old->wait[lane].clock;
        s->wait[lane].mark = old->wait[lane].mark;
        s->wait[lane].touched = old->wait[lane].touched;
    }
    for (unsigned i = 0; i < VD_LOGS; i++) s->logs[i].lost = old->logs[i].lost;
}

static void feed_adopted(vd_stream *s)
{
    for (size_t i = 0; i < s->late.n; i++) {
        vd_stream_key *k = vd_key_at(&s->keys, s->late.v[i].key);
        k->late = 0;
        if (!s->rules[k->rule].missing) vd_late_adopt(s, s->late.v[i].key);
    }
    s->late.n = 0;
}

int vd_stream_adopt(vd_stream *s, vd_stream *old, bool *fresh, vd_err *err)
{
    if (s->clock != VD_TIME_NONE || s->stats.candidates)
        return vd_fail(err, VD_USAGE, "this stream has begun already");
    vd_late_settle(old, true);
    uint32_t *to = same_rules(s, old, fresh);
    adopt_clock(s, old);
    s->adopting = true;
    for (unsigned i = 0; i < VD_LOGS; i++) adopt_log(s, old, &old->logs[i], to);
    feed_adopted(s);
    if (s->clock != VD_TIME_NONE) vd_stream_settle(s, true);
    s->adopting = false;
    vd_stats_adopt(s, old, to);
    free(to);
    return vd_stream_outcome(s, err);
}
