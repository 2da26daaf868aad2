/* Finds the class of an event by the values of its class fields, and makes classes for
 * what comes up often. */
#include <stdlib.h>

#include "match/match_int.h"

#define MAX_CLASSES   512
#define MAX_CLASS_BYTES (64u << 20) /* past either bound all classes are made anew */
#define MAX_SIGNATURE 512 /* bytes; an event with more is of no class of its own */
/* A class is worth its making from so many events on. */
#define WORTH 4

typedef struct signature {
    size_t n;
    char v[MAX_SIGNATURE];
} signature;

static bool add(signature *s, const void *p, size_t n)
{
    if (n > sizeof s->v - s->n) return false;
    if (n) memcpy(s->v + s->n, p, n); /* p may be NULL then */
    s->n += n;
    return true;
}

static bool add_value(signature *s, const vd_value *v, uint32_t slot)
{
    uint32_t head[2] = {slot << 4 | v->kind, v->len};
    bool text = v->kind == VD_STRING || v->kind == VD_VERSION || v->kind == VD_IP;
    if (!add(s, head, sizeof head)) return false;
    return text ? add(s, v->s, v->len) : add(s, &v->i, sizeof v->i);
}

static bool sign(const vd_matcher *m, const vd_event *ev, vd_str index, signature *s)
{
    const vd_plan *plan = m->plan;
    s->n = 0;
    for (uint32_t i = 0; i < plan->n_class_slots; i++) {
        uint32_t slot = plan->class_slots[i];
        for (uint32_t at = vd_event_first(ev, slot); at != VD_NO_VALUE;) {
            const vd_value *v = vd_event_value(ev, at);
            if (!add_value(s, v, slot)) return false;
            at = v->next;
        }
    }
    return plan->ignore_index || add(s, index.p, index.n);
}

static vd_class **place_of(const vd_matcher *m, uint64_t sig)
{
    for (uint32_t i = (uint32_t)sig & (m->cap_classes - 1);; i = (i + 1) & (m->cap_classes - 1)) {
        vd_class *c = m->classes[i];
        if (!c || c->sig == sig) return &m->classes[i];
    }
}

void vd_match_forget_classes(vd_matcher *m)
{
    for (uint32_t i = 0; i < m->cap_classes; i++) {
        vd_class_free(m->classes[i]);
        m->classes[i] = NULL;
    }
    memset(m->known, 0, VD_KNOWN * sizeof *m->known);
    m->n_classes = 0;
    m->class_bytes = 0;
}

/* Answers the class fields: a hash of the predicates that hold. Values that no rule
 * asks for make no difference to it. */
static uint64_t sign_answers(vd_matcher *m, const vd_event *ev)
{
    const vd_plan *plan = m->plan;
    m->cls = m->all;
    m->counting = false;
    m->sign = plan->ignore_index ? 1 : vd_hash64(m->route->name) | 1;
    for (uint32_t i = 0; i < plan->n_class_slots; i++)
        vd_match_answer(m, ev, plan->class_slots[i], 0);
    uint64_t sig = m->sign | 1;
    m->sign = 0;
    m->n_queue = 0; /* what these answers queued was of the class of all */
    return sig;
}

static vd_class *make(vd_matcher *m, uint64_t sig)
{
    vd_class_facts facts = {.truth = m->truth,
                            .epoch = m->epoch,
                            .class_slot = m->class_slot,
                            .allowed = m->route ? m->route->conditions : NULL};
    vd_class *c = vd_class_new(m->plan, &facts);
    c->sig = sig;
    return c;
}

static bool worth_it(vd_matcher *m, uint64_t sig)
{
    vd_sighting *s = &m->sightings[(sig >> 8) % VD_SIGHTINGS];
    if (s->sig != sig) *s = (vd_sighting){sig, 0};
    return ++s->n >= WORTH;
}

static vd_class *find_or_make(vd_matcher *m, uint64_t sig)
{
    vd_class **at = place_of(m, sig);
    if (*at) return *at;
    if (!worth_it(m, sig)) return NULL;
    if (m->n_classes == MAX_CLASSES || m->class_bytes > MAX_CLASS_BYTES) {
        vd_match_forget_classes(m);
        at = place_of(m, sig);
    }
    m->n_classes++;
    *at = make(m, sig);
    m->class_bytes += vd_class_bytes(*at);
    return *at;
}

/* The values of the class fields are looked up first; only values not seen together
 * before have to be answered. */
vd_class *vd_match_classify(vd_matcher *m, const vd_event *ev, vd_str index)
{
    signature s;
    if (!sign(m, ev, index, &s)) return m->all;
    uint64_t raw = vd_memo_hash((vd_str){s.v, s.n}, m->seed);
    vd_known_class *k = &m->known[raw % VD_KNOWN];
    if (k->raw == raw) return k->cls;
    vd_class *c = find_or_make(m, sign_answers(m, ev));
    /* Fields were answered for another class: the event begins anew. */
    m->cls = NULL;
    if (!c) return m->all;
    *k = (vd_known_class){raw, c};
    return c;
}
