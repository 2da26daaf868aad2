/* tests/unit/event/trail_check.h - an event that remembers beside one that does not
 *
 * pair_parse reads a document twice: with an event that has read others before, and with a
 * new one. Both must say the same in all that event.h lets a caller see. (A new event costs
 * as much as a hundred documents: it is used for sixteen, all but the first by keys alone.)
 * The document ends 64 bytes before its memory does; what stands in those is the test's
 * choice: it must not matter.
 * Documents in C are written with ' for ", and have no other '. */
#ifndef VD_TESTS_EVENT_TRAIL_CHECK_H
#define VD_TESTS_EVENT_TRAIL_CHECK_H

#include "check.h"

#include "event/event_int.h"
#include "event/trail_int.h"

typedef enum outcome { FOLLOWED, LOST, RESTED, REFUSED /* by stage 1: nothing was asked */ } outcome;

typedef struct pair {
    rig *r; /* its event is the one that remembers */
    vd_event *fresh; /* the other one */
    unsigned n_fresh; /* documents it was used for */
    vd_str names[128]; /* of fields and of what stands above them */
    size_t n_names;
    unsigned seen[REFUSED + 1]; /* documents by outcome */
    unsigned faults[VD_FAULT_COUNT];
    const char *about; /* printed with a difference */
} pair;

static inline void add_name(pair *p, vd_str name)
{
    for (size_t i = 0; i < p->n_names; i++)
        if (vd_str_eq(p->names[i], name)) return;
    if (p->n_names < sizeof p->names / sizeof *p->names) p->names[p->n_names++] = name;
}

static inline pair *pair_new(const char *mapping, const char *fields)
{
    pair *p = calloc(1, sizeof *p);
    p->r = rig_new(mapping, fields);
    p->about = "";
    for (size_t i = 0; i < p->r->n; i++) {
        vd_str name = vd_schema_field(p->r->schema, p->r->ids[i])->name;
        for (size_t end = 0; end < name.n; end++)
            if (name.p[end] == '.') add_name(p, vd_str_sub(name, 0, end));
        add_name(p, name);
    }
    add_name(p, VD_STR("_source"));
    return p;
}

static inline void pair_free(pair *p)
{
    vd_event_free(p->fresh);
    rig_free(p->r);
    free(p);
}

/* Forgets all documents. */
static inline void pair_forget(pair *p)
{
    vd_event_free(p->r->ev);
    p->r->ev = vd_event_new(p->r->x);
}

/* The next document is tried, whatever became of those before. A full table is emptied by
 * the next that is lost. */
static inline void pair_wake(pair *p)
{
    vd_trails *t = p->r->ev->trails;
    t->credit = t->full ? 1 : VD_TRAIL_CREDIT / 2;
    t->rest = 0;
}

#define DIFFERS(p, json, n, ...)                                                                   \
    do {                                                                                           \
        print_error("line %d: %s\n%.*s\n", __LINE__, (p)->about, (int)(n), (json));                \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

static inline bool same_value(const vd_value *a, const vd_value *b)
{
    if (a->kind != b->kind || a->len != b->len || a->is32 != b->is32) return false;
    if (a->kind == VD_BOOL) return a->b == b->b;
    if (a->kind != VD_STRING && a->kind != VD_IP && a->kind != VD_VERSION) return a->u == b->u;
    return a->len == 0 || memcmp(a->s, b->s, a->len) == 0;
}

static inline void same_slot(pair *p, const vd_event *want, uint32_t slot, vd_str json)
{
    const vd_event *got = p->r->ev;
    uint32_t a = vd_event_first(got, slot), b = vd_event_first(want, slot), count = 0;
    for (; a != VD_NO_VALUE && b != VD_NO_VALUE; count++) {
        const vd_value *va = vd_event_value(got, a), *vb = vd_event_value(want, b);
        if (!same_value(va, vb)) DIFFERS(p, json.p, json.n, "value %u of slot %u", count, slot);
        a = va->next, b = vb->next;
    }
    if (a != b) DIFFERS(p, json.p, json.n, "slot %u has more, or fewer, than %u values", slot, count);
    if (vd_event_count(got, slot) != count || vd_event_count(want, slot) != count)
        DIFFERS(p, json.p, json.n, "slot %u does not count %u values", slot, count);
}

static inline void same_record(pair *p, const vd_event *want, vd_str json)
{
    const vd_event *got = p->r->ev;
    const vd_value_fault *a, *b;
    for (uint32_t slot = 0; slot < p->r->n; slot++)
        same_slot(p, want, slot, json);
    size_t n = vd_event_value_faults(got, &a), m = vd_event_value_faults(want, &b);
    if (n != m) DIFFERS(p, json.p, json.n, "%zu value faults for %zu", n, m);
    for (size_t i = 0; i < n; i++)
        if (a[i].slot != b[i].slot || a[i].fault != b[i].fault)
            DIFFERS(p, json.p, json.n, "value fault %zu", i);
    if (vd_event_enveloped(got) != vd_event_enveloped(want)) DIFFERS(p, json.p, json.n, "envelope");
}

static inline void same_members(pair *p, const vd_event *want, vd_str json)
{
    for (size_t i = 0; i < p->n_names; i++)
        if (vd_event_has_member(p->r->ev, p->names[i]) != vd_event_has_member(want, p->names[i]))
            DIFFERS(p, json.p, json.n, "member %.*s", (int)p->names[i].n, p->names[i].p);
}

/* What was done with the document just read, told from what the trails keep. */
static inline outcome outcome_of(const vd_trails *t, int credit, uint32_t rest)
{
    if (rest > 0) return t->rest < rest ? RESTED : REFUSED;
    if (t->rest > 0 || t->credit < credit) return LOST;
    return t->credit > credit || credit == VD_TRAIL_CREDIT ? FOLLOWED : REFUSED;
}

static inline vd_event *fresh_event(pair *p)
{
    if (p->fresh && p->n_fresh < 16) {
        p->fresh->trails->rest = UINT32_MAX; /* it tries nothing */
    } else {
        vd_event_free(p->fresh);
        p->fresh = vd_event_new(p->r->x);
        p->n_fresh = 0;
    }
    p->n_fresh++;
    return p->fresh;
}

/* `behind`: what stands behind the document, VD_PADDING bytes. */
static inline outcome pair_parse_before(pair *p, const char *doc, size_t n, const char *behind)
{
    char *json = malloc(n + VD_PADDING);
    if (n) memcpy(json, doc, n);
    memcpy(json + n, behind, VD_PADDING);
    vd_event *fresh = fresh_event(p);
    size_t at = SIZE_MAX, fresh_at = SIZE_MAX;
    const vd_trails *t = p->r->ev->trails;
    int credit = t->credit;
    uint32_t rest = t->rest;
    vd_fault fault = vd_event_parse(p->r->ev, json, n, &at);
    outcome what = outcome_of(t, credit, rest);
    vd_fault fresh_fault = vd_event_parse(fresh, json, n, &fresh_at);
    if (fault != fresh_fault || at != fresh_at)
        DIFFERS(p, json, n, "%s at %zu, a new event: %s at %zu", vd_fault_name(fault), at,
                vd_fault_name(fresh_fault), fresh_at);
    same_record(p, fresh, (vd_str){json, n});
    if (!fault) same_members(p, fresh, (vd_str){json, n});
    p->seen[what]++;
    p->faults[fault]++;
    free(json);
    return what;
}

static inline outcome pair_parse_n(pair *p, const char *doc, size_t n)
{
    static const char zeros[VD_PADDING];
    return pair_parse_before(p, doc, n, zeros);
}

/* Puts " for '; the length. */
static inline size_t quoted(char *out, size_t max, const char *doc)
{
    size_t n = strlen(doc);
    assert_true(n < max);
    for (size_t i = 0; i <= n; i++)
        out[i] = doc[i] == '\'' ? '"' : doc[i];
    return n;
}

static inline outcome pair_parse(pair *p, const char *doc)
{
    char json[8192];
    size_t n = quoted(json, sizeof json, doc);
    return pair_parse_n(p, json, n);
}

#endif
