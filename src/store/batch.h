/* store/batch.h - documents on their way in: one request's, or one file's
 *
 * Idea      What is taken in is written as lines of one form,
 *           {"_index":"I","_id":"D","_source":{...}}, so that everything behind it
 *           (engine, search, export) reads one form. A batch is the unit that is
 *           written, acknowledged, matched and sealed.
 * Lifetime  Counted: the store, the stream and readers each hold a reference. After
 *           vd_store_commit nothing in it changes.
 * Threads   One thread fills it; any number read it once it is committed. */
#ifndef VD_STORE_BATCH_H
#define VD_STORE_BATCH_H

#include <stdatomic.h>

#include "base/err.h"
#include "base/vec.h"

typedef enum vd_doc_state {
    VD_DOC_NEW,       /* stored */
    VD_DOC_DUPLICATE  /* its id was stored before (or stands earlier in the batch) */
} vd_doc_state;

typedef struct vd_doc {
    uint32_t at, n;      /* its line in text, without the line feed */
    uint32_t id_at, id_n; /* its _id in text, as JSON has it between the quotes */
    uint32_t index;      /* number of its index in `indices` */
    uint8_t state;       /* vd_doc_state, after commit */
    int64_t ts;          /* @timestamp, ms; VD_TIME_NONE: none (stored all the same) */
    uint64_t ids[2];     /* seeded hashes by which it is known: of (index, _id), of (index,
                            event.id); 0: has none */
    uint32_t hash_at;    /* its first in hashes; they end where the next document's begin */
} vd_doc;

typedef VD_VEC(uint64_t) vd_hashes;

typedef struct vd_batch {
    atomic_uint refs;
    VD_VEC(char) text;       /* the lines; VD_PADDING readable bytes behind text.n */
    VD_VEC(vd_doc) docs;
    vd_hashes hashes;        /* of the documents' filtered values (store/filter.h), seeded */
    VD_VEC(vd_str) indices;  /* names; in `names` */
    VD_VEC(char *) names;
    int64_t received;        /* ms: event.ingested of its documents */
    int64_t received_ns;     /* vd_mono_ns of its last byte, for latencies; 0: replayed */
    uint64_t seq;            /* of docs[0]; docs[i] has seq + i, duplicates too. From 1 */
} vd_batch;

vd_batch *vd_batch_new(int64_t received);
vd_batch *vd_batch_ref(vd_batch *b);
void vd_batch_unref(vd_batch *b);
/* The number of an index name; adds it. */
uint32_t vd_batch_index(vd_batch *b, vd_str name);
/* Bytes of documents, lines and all. */
static inline size_t vd_batch_bytes(const vd_batch *b) { return b->text.n; }

#endif
