/* event/lookup.h - a key's place in a node's table; private to event/ */
#ifndef VD_EVENT_LOOKUP_H
#define VD_EVENT_LOOKUP_H

#include "event/event_int.h"

/* The first 8 bytes of a key, see vd_key. Reads nothing behind it. */
static inline uint64_t vd_key_head(const char *p, size_t n)
{
    uint64_t head = 0;
    memcpy(&head, p, n < 8 ? n : 8);
    return head;
}

/* The same for a key inside a document, behind which 8 bytes may be read. */
static inline uint64_t vd_key_head_padded(const char *p, size_t n)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    static const uint64_t mask[8] = {0,          0xff,         0xffff,         0xffffff,
                                     0xffffffff, 0xffffffffff, 0xffffffffffff, 0xffffffffffffff};
    uint64_t head = vd_load64(p);
    return n < 8 ? head & mask[n] : head;
#else
    return vd_key_head(p, n);
#endif
}

/* A place in a table for a key. */
static inline uint32_t vd_key_place(const vd_table *t, uint64_t head, size_t n)
{
    return (uint32_t)(((head + n) * t->mul) >> 32) & t->mask;
}

/* Names of equal length, 8 bytes or more, that begin with the same 8 bytes. */
static inline bool vd_tail_equal(const char *a, const char *b, size_t n)
{
    for (size_t i = 8; i + 8 < n; i += 8)
        if (vd_load64(a + i) != vd_load64(b + i)) return false;
    return vd_load64(a + n - 8) == vd_load64(b + n - 8);
}

/* Heads stand apart from the rest: most looks end with them, and they stay cached. */
static inline bool vd_key_equal(const vd_extract *x, uint32_t i, const char *p, size_t n,
                                uint64_t head)
{
    if (x->heads[i] != head) return false;
    const vd_key *k = &x->keys[i];
    return k->len == n && (n <= 8 || vd_tail_equal(k->name, p, n));
}

/* The index into x->keys of the key `p`, or UINT32_MAX. */
static inline uint32_t vd_key_find(const vd_extract *x, const vd_table *t, const char *p, size_t n,
                                   uint64_t head)
{
    uint32_t place = vd_key_place(t, head, n);
    for (uint32_t probe = 0; probe < t->probes; probe++) {
        uint32_t i = t->first + ((place + probe) & t->mask);
        if (vd_key_equal(x, i, p, n, head)) return i;
    }
    return UINT32_MAX;
}

#endif
