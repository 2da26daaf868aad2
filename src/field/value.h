/* field/value.h - one value of a field, or a constant of a query
 *
 * Null and missing are a kind of their own, never a magic number in a value. */
#ifndef VD_FIELD_VALUE_H
#define VD_FIELD_VALUE_H

#include "base/str.h"

typedef enum vd_kind {
    VD_NULL,   /* no value */
    VD_BOOL,   /* b */
    VD_LONG,   /* i: a whole number in 64 bits */
    VD_ULONG,  /* u: a whole number above INT64_MAX */
    VD_DOUBLE, /* d */
    VD_STRING, /* s, len: bytes, as a rule UTF-8 */
    VD_IP,     /* s points at 16 bytes: the address, IPv4 mapped into IPv6; len is 16 */
    VD_DATE,   /* i: milliseconds since 1970 UTC */
    VD_VERSION /* s, len: the text; compares as Elasticsearch's version field does */
} vd_kind;

#define VD_NO_VALUE UINT32_MAX

typedef struct vd_value {
    union {
        bool b;
        int64_t i;
        uint64_t u;
        double d;
        const char *s;
    };
    uint32_t len;  /* bytes behind s; 0 for what has none */
    uint32_t next; /* in an event: index of the field's next value, or VD_NO_VALUE */
    uint8_t kind;  /* vd_kind */
    uint8_t is32;  /* in EQL: a literal that fits 32 bits and counts as Java's int */
} vd_value;

static inline vd_str vd_value_str(const vd_value *v) { return (vd_str){v->s, v->len}; }
static inline vd_value vd_value_null(void) { return (vd_value){.kind = VD_NULL, .next = VD_NO_VALUE}; }
static inline vd_value vd_value_long(int64_t i)
{
    return (vd_value){.i = i, .kind = VD_LONG, .next = VD_NO_VALUE};
}
static inline vd_value vd_value_double(double d)
{
    return (vd_value){.d = d, .kind = VD_DOUBLE, .next = VD_NO_VALUE};
}
static inline vd_value vd_value_bool(bool b)
{
    return (vd_value){.b = b, .kind = VD_BOOL, .next = VD_NO_VALUE};
}
static inline vd_value vd_value_string(vd_str s)
{
    return (vd_value){.s = s.p, .len = (uint32_t)s.n, .kind = VD_STRING, .next = VD_NO_VALUE};
}

#endif
