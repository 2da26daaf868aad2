/* store/pack.h - numbers as bytes; private to store/ */
#ifndef VD_STORE_PACK_H
#define VD_STORE_PACK_H

#include "store/filter.h"

/* Bytes of a journal record before its bitmaps. */
#define VD_RECORD_HEAD 48
void vd_record_head(const vd_batch *b, vd_str packed, vd_bytes *out); /* record.c */

/* Files move between machines of one kind only in practice, but the order of bytes is said. */
static inline uint64_t vd_get64(const char *p)
{
    uint64_t v;
    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static inline void vd_put64(char *p, uint64_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    memcpy(p, &v, 8);
}

static inline uint32_t vd_get32(const char *p)
{
    uint32_t v;
    memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    return v;
}

static inline void vd_put32(char *p, uint32_t v)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    memcpy(p, &v, 4);
}

static inline void vd_bytes_put(vd_bytes *out, const void *p, size_t n)
{
    if (n == 0) return;
    vd_vec_reserve(out, out->n + n);
    memcpy(out->v + out->n, p, n);
    out->n += n;
}

/* Seven bits a byte, the low ones first. */
static inline void vd_varint_put(vd_bytes *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *vd_vec_push(out) = (char)(v | 0x80);
    *vd_vec_push(out) = (char)v;
}

/* Takes a number from the front of `s`; false if there is none in 64 bits. */
static inline bool vd_varint_get(vd_str *s, uint64_t *v)
{
    *v = 0;
    for (unsigned shift = 0; s->n && shift < 64; shift += 7) {
        unsigned char c = (unsigned char)*s->p++;
        s->n--;
        *v |= (uint64_t)(c & 0x7f) << shift;
        if (c < 0x80) return true;
    }
    return false;
}

#endif
