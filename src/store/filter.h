/* store/filter.h - whether a block may hold a value; private to store/
 *
 * Idea      A Bloom filter, ten bits a distinct value, seven places a value: one block in a
 *           hundred and twenty is read for nothing. The hash is of the value with ASCII
 *           letters in lower case, so that a filter serves conditions with and without case;
 *           addresses are hashed in their 16 bytes, so that any spelling finds them.
 * Limits    Values over VD_FILTER_VALUE bytes are not filtered: asked for one, every block may
 *           hold it. */
#ifndef VD_STORE_FILTER_H
#define VD_STORE_FILTER_H

#include "store/batch.h"

#define VD_FILTER_VALUE 256

/* The fields whose values are in filters, filtered.c. They are read as the built-in tables have
 * them: as texts or as addresses. */
typedef struct vd_filtered_field {
    vd_str name;
    bool address;
} vd_filtered_field;
#define VD_FILTERED 17
extern const vd_filtered_field vd_filtered[VD_FILTERED];

/* false: not filtered. */
bool vd_filter_hash(const uint64_t seed[2], vd_str value, uint64_t *hash);
uint64_t vd_filter_hash_ip(const uint64_t seed[2], const uint8_t ip[16]);

/* Sorts the hashes, takes out repeated ones, and appends the filter's bytes to `out`. */
typedef VD_VEC(char) vd_bytes;
void vd_filter_make(vd_hashes *hashes, vd_bytes *out);
/* An empty filter holds nothing. */
bool vd_filter_may_hold(vd_str filter, uint64_t hash);

/* What a filter is asked for: the value as text, and as an address if it is one. */
typedef struct vd_filter_question {
    uint64_t hashes[2];
    unsigned n; /* 0: every block may hold it */
} vd_filter_question;
vd_filter_question vd_filter_ask(const uint64_t seed[2], vd_str value);
bool vd_filter_answer(const vd_filter_question *q, vd_str filter);

#endif
