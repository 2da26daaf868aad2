/* From (rule, join key, lane) to the newest record of its chain.
 *
 * A key lives as long as a record of it does. Nobody tells it when a segment goes: whoever
 * makes a new key looks at a few others and takes out the dead, so the table stays within
 * a small factor of what is alive. */
#include <stdlib.h>
#include <string.h>

#include "engine/stream_int.h"

#define MIN_CAP 1024u
#define LOOK_AT 4 /* keys that a new one looks at */

void vd_keys_init(vd_stream_keys *k)
{
    *k = (vd_stream_keys){.cap = MIN_CAP, .slots = vd_malloc(MIN_CAP * sizeof *k->slots)};
    memset(k->slots, 0xff, MIN_CAP * sizeof *k->slots);
}

void vd_keys_fini(vd_stream_keys *k)
{
    for (size_t i = 0; i < k->pages.n; i++) free(k->pages.v[i]);
    vd_vec_free(&k->pages);
    vd_vec_free(&k->free);
    free(k->slots);
}

uint64_t vd_keys_bytes(const vd_stream_keys *k)
{
    return (uint64_t)k->pages.n * VD_KEY_PAGE * sizeof(vd_stream_key) +
           (uint64_t)k->cap * sizeof *k->slots;
}

static uint32_t hash_of(uint32_t rule, unsigned lane, const uint64_t key[2])
{
    uint64_t x = ((uint64_t)rule << 1 | lane) * UINT64_C(0x9e3779b97f4a7c15);
    x ^= key[0] ^ (key[1] << 32 | key[1] >> 32);
    x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return (uint32_t)(x >> 32);
}

static bool alive(const vd_stream *s, const vd_stream_key *k)
{
    return vd_log_has(&s->logs[s->rules[k->rule].log], k->last);
}

static bool is_for(const vd_stream_key *k, uint32_t rule, unsigned lane, const uint64_t key[2])
{
    return k->key[0] == key[0] && k->key[1] == key[1] && k->rule == rule && k->lane == lane;
}

/* Where the key is, or the empty slot where it would be. */
static vd_key_slot *probe(const vd_stream_keys *t, uint32_t hash, uint32_t rule, unsigned lane,
                          const uint64_t key[2])
{
    for (uint32_t at = hash & (t->cap - 1);; at = (at + 1) & (t->cap - 1)) {
        vd_key_slot *slot = &t->slots[at];
        if (slot->key == VD_NO_KEY) return slot;
        if (slot->hash == hash && is_for(vd_key_at(t, slot->key), rule, lane, key)) return slot;
    }
}

static void rehash(vd_stream_keys *t, uint32_t cap)
{
    vd_key_slot *old = t->slots;
    uint32_t n = t->cap;
    t->cap = cap;
    t->slots = vd_malloc((size_t)cap * sizeof *t->slots);
    memset(t->slots, 0xff, (size_t)cap * sizeof *t->slots);
    for (uint32_t i = 0; i < n; i++) {
        if (old[i].key == VD_NO_KEY) continue;
        uint32_t at = old[i].hash & (cap - 1);
        while (t->slots[at].key != VD_NO_KEY) at = (at + 1) & (cap - 1);
        t->slots[at] = old[i];
    }
    free(old);
}

/* Closes the hole at `hole`: every follower that may stand there moves up. */
static void close_hole(vd_stream_keys *t, uint32_t hole)
{
    uint32_t mask = t->cap - 1;
    for (uint32_t at = (hole + 1) & mask; t->slots[at].key != VD_NO_KEY; at = (at + 1) & mask) {
        uint32_t home = t->slots[at].hash & mask;
        if (((at - home) & mask) < ((at - hole) & mask)) continue;
        t->slots[hole] = t->slots[at];
        hole = at;
    }
    t->slots[hole].key = VD_NO_KEY;
}

static void take_out(vd_stream *s, uint32_t n)
{
    vd_stream_keys *t = &s->keys;
    vd_stream_key *k = vd_key_at(t, n);
    vd_found_drop(s, k);
    uint32_t at = hash_of(k->rule, k->lane, k->key) & (t->cap - 1);
    while (t->slots[at].key != n) at = (at + 1) & (t->cap - 1);
    close_hole(t, at);
    k->rule = INT32_MAX; /* nobody's */
    *vd_vec_push(&t->free) = n;
    t->n--;
}

static void look_around(vd_stream *s)
{
    vd_stream_keys *t = &s->keys;
    for (int i = 0; i < LOOK_AT && t->used; i++) {
        uint32_t n = t->hand = t->hand + 1 < t->used ? t->hand + 1 : 0;
        const vd_stream_key *k = vd_key_at(t, n);
        if (k->rule != INT32_MAX && !k->late && k->last && !alive(s, k)) take_out(s, n);
    }
}

static uint32_t new_number(vd_stream_keys *t)
{
    if (t->free.n) return t->free.v[--t->free.n];
    if (t->used == t->pages.n * VD_KEY_PAGE)
        *vd_vec_push(&t->pages) = vd_calloc(VD_KEY_PAGE, sizeof(vd_stream_key));
    return t->used++;
}

uint32_t vd_keys_find(const vd_stream *s, uint32_t rule, vd_lane lane, const uint64_t key[2])
{
    uint32_t n = probe(&s->keys, hash_of(rule, lane, key), rule, lane, key)->key;
    return n != VD_NO_KEY && alive(s, vd_key_at(&s->keys, n)) ? n : VD_NO_KEY;
}

static void begin(vd_stream_key *k, uint32_t rule, vd_lane lane, const uint64_t key[2])
{
    *k = (vd_stream_key){.key = {key[0], key[1]},
                         .ts = INT64_MIN,
                         .rule = rule,
                         .lane = (unsigned)lane,
                         .reports = VD_NO_REPORT};
}

uint32_t vd_keys_get(vd_stream *s, uint32_t rule, vd_lane lane, const uint64_t key[2])
{
    vd_stream_keys *t = &s->keys;
    uint32_t hash = hash_of(rule, lane, key);
    uint32_t n = probe(t, hash, rule, lane, key)->key;
    if (n != VD_NO_KEY) {
        vd_stream_key *k = vd_key_at(t, n);
        if (alive(s, k) || k->late) return n;
        vd_found_drop(s, k);
        begin(k, rule, lane, key);
        return n;
    }
    look_around(s);
    if (t->n >= t->cap - t->cap / 4) rehash(t, t->cap * 2);
    n = new_number(t);
    begin(vd_key_at(t, n), rule, lane, key);
    *probe(t, hash, rule, lane, key) = (vd_key_slot){hash, n};
    t->n++;
    return n;
}
