/* event/event.c - the record: its memory and its accessors */
#include "base/utf8.h"
#include "event/event_int.h"
#include "event/lookup.h"
#include "event/trail.h"

#define FIRST_CHUNK (16u << 10)

void vd_event_out_of_memory(void)
{
    fputs("vedette: out of memory (an index of a document wanted)\n", stderr);
    abort();
}

char *vd_scratch_alloc(vd_scratch *s, size_t size)
{
    size += 16;
    while (s->chunk && s->chunk->size - s->used < size && s->chunk->next) {
        s->chunk = s->chunk->next;
        s->used = 0;
    }
    if (!s->chunk || s->chunk->size - s->used < size) {
        size_t want = s->chunk ? s->chunk->size * 2 : FIRST_CHUNK;
        if (want < size) want = size;
        vd_chunk *c = vd_malloc(sizeof *c + want);
        c->next = NULL;
        c->size = want;
        if (s->chunk)
            s->chunk->next = c;
        else
            s->first = c;
        s->chunk = c;
        s->used = 0;
    }
    char *p = s->chunk->data + s->used;
    s->used += size;
    return p;
}

vd_event *vd_event_new(const vd_extract *x)
{
    vd_event *ev = vd_calloc(1, sizeof *ev);
    ev->x = x;
    ev->stage1 = vd_stage1_new();
    if (!ev->stage1) vd_event_out_of_memory();
    ev->trails = vd_trails_new();
    ev->cap_values = x->n_slots + 64;
    ev->values = vd_calloc(ev->cap_values, sizeof *ev->values);
    ev->slots = vd_calloc(x->n_slots, sizeof *ev->slots);
    ev->touched = vd_calloc(x->n_slots, sizeof *ev->touched);
    ev->stamps = vd_calloc((size_t)x->n_stamps * 2, sizeof *ev->stamps);
    for (uint32_t i = 0; i < x->n_slots; i++)
        ev->slots[i].first = VD_NO_VALUE;
    return ev;
}

void vd_event_free(vd_event *ev)
{
    if (!ev) return;
    for (vd_chunk *c = ev->scratch.first, *next; c; c = next) {
        next = c->next;
        free(c);
    }
    vd_stage1_free(ev->stage1);
    vd_trails_free(ev->trails);
    free(ev->values);
    free(ev->slots);
    free(ev->touched);
    free(ev->stamps);
    free(ev);
}

void vd_event_reset(vd_event *ev)
{
    for (uint32_t i = 0; i < ev->n_touched; i++)
        ev->slots[ev->touched[i]] = (vd_slot_state){.first = VD_NO_VALUE};
    ev->n_touched = 0;
    ev->n_values = 0;
    ev->n_faults = 0;
    ev->enveloped = false;
    ev->scratch.chunk = ev->scratch.first;
    ev->scratch.used = 0;
}

void vd_event_grow_values(vd_event *ev)
{
    ev->values = vd_realloc_n(ev->values, (size_t)ev->cap_values * 2, sizeof *ev->values);
    ev->cap_values *= 2;
}

void vd_event_keep_meta(vd_event *ev)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ev->n_touched; i++) {
        uint32_t slot = ev->touched[i];
        if (ev->x->slots[slot].meta)
            ev->touched[kept++] = slot;
        else
            ev->slots[slot] = (vd_slot_state){.first = VD_NO_VALUE};
    }
    ev->n_touched = kept;
    ev->n_faults = 0;
}

/* A raw string becomes a plain one; false: it is missing. */
static bool settle_string(vd_event *ev, uint32_t slot, vd_value *v)
{
    const vd_slot *want = &ev->x->slots[slot];
    vd_str raw = {v->s, v->len};
    v->kind = VD_STRING;
    if (vd_find_backslash(raw.p, raw.n) < raw.n) {
        char *out = vd_scratch_alloc(&ev->scratch, raw.n);
        size_t n;
        vd_fault fault = vd_unescape(raw, out, &n);
        if (fault) {
            vd_event_value_fault(ev, slot, fault == VD_FAULT_BROKEN ? VD_FAULT_ESCAPE : fault);
            return false;
        }
        v->s = out;
        v->len = (uint32_t)n;
    }
    if (!want->plain) return vd_settle_typed(ev, slot, v);
    /* Java counts UTF-16 units; bytes are never fewer. */
    return v->len <= want->ignore_above || vd_utf16_count(vd_value_str(v)) <= want->ignore_above;
}

void vd_event_settle(vd_event *ev, uint32_t slot)
{
    vd_slot_state *state = &ev->slots[slot];
    uint32_t last = VD_NO_VALUE;
    state->raw = false;
    for (uint32_t i = state->first; i != VD_NO_VALUE; i = ev->values[i].next) {
        vd_value *v = &ev->values[i];
        if (v->kind != VD_RAW || settle_string(ev, slot, v)) {
            last = i;
            continue;
        }
        if (last == VD_NO_VALUE) state->first = v->next;
        else ev->values[last].next = v->next;
        state->count--;
    }
    state->last = last;
}

/* Settling changes nothing that a reader can see. */
static const vd_slot_state *settled(const vd_event *ev, uint32_t slot)
{
    if (ev->slots[slot].raw) vd_event_settle((vd_event *)(uintptr_t)ev, slot);
    return &ev->slots[slot];
}

bool vd_event_enveloped(const vd_event *ev)
{
    return ev->enveloped;
}

bool vd_event_has_member(const vd_event *ev, vd_str name)
{
    const vd_extract *x = ev->x;
    const uint64_t *stamps = ev->stamps + (ev->enveloped ? x->n_stamps : 0);
    uint64_t head = vd_key_head(name.p, name.n);
    uint32_t key = vd_key_find(x, &x->nodes[0].children, name.p, name.n, head);
    if (key == UINT32_MAX) key = vd_key_find(x, &x->nodes[0].deeper, name.p, name.n, head);
    return key != UINT32_MAX && stamps[x->keys[key].stamp] == ev->top;
}

uint32_t vd_event_first(const vd_event *ev, uint32_t slot)
{
    return settled(ev, slot)->first;
}
const vd_value *vd_event_value(const vd_event *ev, uint32_t index)
{
    return &ev->values[index];
}
uint32_t vd_event_count(const vd_event *ev, uint32_t slot)
{
    return settled(ev, slot)->count;
}

const vd_value *vd_event_get(const vd_event *ev, uint32_t slot)
{
    uint32_t first = settled(ev, slot)->first;
    return first == VD_NO_VALUE ? NULL : &ev->values[first];
}

bool vd_event_has(const vd_event *ev, uint32_t slot)
{
    return ev->slots[slot].count > 0;
}

size_t vd_event_value_faults(const vd_event *ev, const vd_value_fault **out)
{
    *out = ev->faults;
    return ev->n_faults;
}
