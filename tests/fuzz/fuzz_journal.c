/* tests/fuzz/fuzz_journal.c - arbitrary bytes as a journal and as documents
 *
 * The first byte says as what. As a journal: the bytes are a segment as it is on disk, and
 * once more with its checksums made right, so that what lies behind them is reached. As a
 * document: what intake takes is known again, the same, when the batch is restored from its
 * lines.
 *
 * Beside not crashing:
 *  - a restored batch has as many documents as lines, inside its text, in an index it has;
 *  - ids, times, indices and hashes of a document do not depend on whether it was just taken in
 *    or restored. */
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/limits.h"
#include "store/journal.h"
#include "store/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(condition)                                                                            \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "fuzz_journal: line %d: " #condition "\n", __LINE__);                  \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static vd_intake *intake(void)
{
    static vd_intake *in;
    static const uint64_t seed[2] = {1, 2};
    return in ? in : (in = vd_intake_new(seed));
}

static void check(const vd_batch *b)
{
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_doc *d = &b->docs.v[i];
        MUST((size_t)d->at + d->n < b->text.n && b->text.v[d->at + d->n] == '\n');
        MUST(d->id_at >= d->at && d->id_at + d->id_n <= d->at + d->n);
        MUST(d->index < b->indices.n && d->hash_at <= b->hashes.n);
    }
}

static void record(vd_str bytes)
{
    vd_record r;
    if (!vd_record_read(bytes, &r)) return;
    MUST(r.size <= bytes.n);
    if (r.raw > 1u << 24) return; /* allocates what it says */
    vd_batch *b = vd_record_batch(&r, intake());
    if (!b) return;
    MUST(b->docs.n == r.docs);
    check(b);
    vd_batch_unref(b);
}

/* The checksums of the record at the front, and lengths that fit, made right. */
static void mend(char *p, size_t n)
{
    if (n < VD_RECORD_HEAD + 8) return;
    size_t docs = vd_get32(p + 24) % 64 + 1, head = VD_RECORD_HEAD + 2 * ((docs + 7) / 8) + 8;
    if (head > n) return;
    vd_put32(p, VD_RECORD_MAGIC);
    vd_put32(p + 4, (uint32_t)head);
    vd_put32(p + 24, (uint32_t)docs);
    vd_put32(p + 32, (uint32_t)(n - head));
    vd_put64(p + 40, XXH64(p + head, n - head, 0));
    vd_put64(p + head - 8, XXH64(p, head - 8, 0));
}

static void journal(const char *data, size_t n)
{
    char *copy = vd_malloc(n + 1);
    memcpy(copy, data, n);
    record((vd_str){copy, n});
    mend(copy, n);
    record((vd_str){copy, n});
    free(copy);
}

static void same(const vd_batch *a, const vd_batch *b)
{
    MUST(a->docs.n == b->docs.n && a->hashes.n == b->hashes.n);
    for (size_t i = 0; i < a->docs.n; i++) {
        const vd_doc *x = &a->docs.v[i], *y = &b->docs.v[i];
        MUST(x->at == y->at && x->n == y->n && x->id_at == y->id_at && x->id_n == y->id_n);
        MUST(x->ts == y->ts && x->ids[0] == y->ids[0] && x->ids[1] == y->ids[1]);
        MUST(vd_str_eq(a->indices.v[x->index], b->indices.v[y->index]));
    }
    for (size_t i = 0; i < a->hashes.n; i++)
        MUST(a->hashes.v[i] == b->hashes.v[i]);
}

static void documents(const char *data, size_t n, bool known)
{
    char *copy = vd_malloc(n + VD_PADDING);
    memcpy(copy, data, n);
    memset(copy + n, 0, VD_PADDING);
    vd_batch *b = vd_batch_new(0), *again = vd_batch_new(0);
    vd_fault fault = vd_intake_add(intake(), b, (vd_str){0}, known ? VD_STR("a\"b") : (vd_str){0},
                                   (vd_str){copy, n}, NULL);
    MUST(fault < VD_FAULT_COUNT && b->docs.n == (fault == VD_FAULT_NONE));
    check(b);
    vd_vec_reserve(&again->text, b->text.n + VD_PADDING);
    if (b->text.n) memcpy(again->text.v, b->text.v, b->text.n + VD_PADDING);
    again->text.n = b->text.n;
    unsigned char bits = b->docs.n && b->docs.v[0].ids[0] ? 1 : 0;
    MUST(vd_intake_restore(intake(), again, &bits, b->docs.n));
    same(b, again);
    vd_batch_unref(b);
    vd_batch_unref(again);
    free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) return 0;
    if (data[0] % 4 == 0) journal((const char *)data + 1, size - 1);
    else documents((const char *)data + 1, size - 1, data[0] % 4 == 1);
    return 0;
}
