/* store/record.c - a journal record's bytes */
#include <xxhash.h>
#include <zstd.h>

#include "base/limits.h"
#include "store/journal.h"
#include "store/pack.h"

bool vd_record_read(vd_str bytes, vd_record *out)
{
    if (bytes.n < VD_RECORD_HEAD + 8 || vd_get32(bytes.p) != VD_RECORD_MAGIC) return false;
    uint64_t head = vd_get32(bytes.p + 4), docs = vd_get32(bytes.p + 24);
    uint64_t bits = (docs + 7) / 8, packed = vd_get32(bytes.p + 32);
    if (head != VD_RECORD_HEAD + 2 * bits + 8 || head > bytes.n || packed > bytes.n - head) return false;
    if (XXH64(bytes.p, head - 8, 0) != vd_get64(bytes.p + head - 8)) return false;
    if (XXH64(bytes.p + head, packed, 0) != vd_get64(bytes.p + 40)) return false;
    const unsigned char *bitmaps = (const unsigned char *)bytes.p + VD_RECORD_HEAD;
    *out = (vd_record){.seq = vd_get64(bytes.p + 8),
                       .received = (int64_t)vd_get64(bytes.p + 16),
                       .docs = (uint32_t)docs,
                       .raw = vd_get32(bytes.p + 28),
                       .duplicates = bitmaps,
                       .known = bitmaps + bits,
                       .packed = {bytes.p + head, packed},
                       .size = head + packed};
    return out->seq > 0 && docs > 0 && out->seq + docs > out->seq;
}

vd_batch *vd_record_batch(const vd_record *r, vd_intake *in)
{
    if (r->raw > UINT32_MAX - VD_PADDING ||
        ZSTD_getFrameContentSize(r->packed.p, r->packed.n) != r->raw)
        return NULL;
    vd_batch *b = vd_batch_new(r->received);
    vd_vec_reserve(&b->text, (size_t)r->raw + VD_PADDING);
    size_t n = ZSTD_decompress(b->text.v, r->raw, r->packed.p, r->packed.n);
    if (ZSTD_isError(n) || n != r->raw) goto bad;
    memset(b->text.v + n, 0, VD_PADDING);
    b->text.n = n;
    if (!vd_intake_restore(in, b, r->known, r->docs)) goto bad;
    b->seq = r->seq;
    for (size_t i = 0; i < b->docs.n; i++)
        b->docs.v[i].state = r->duplicates[i / 8] >> i % 8 & 1 ? VD_DOC_DUPLICATE : VD_DOC_NEW;
    return b;
bad:
    vd_batch_unref(b);
    return NULL;
}

void vd_record_head(const vd_batch *b, vd_str packed, vd_bytes *out)
{
    size_t bits = (b->docs.n + 7) / 8, n = VD_RECORD_HEAD + 2 * bits + 8;
    vd_vec_reserve(out, n);
    out->n = n;
    char *p = out->v;
    memset(p, 0, n);
    vd_put32(p, VD_RECORD_MAGIC);
    vd_put32(p + 4, (uint32_t)n);
    vd_put64(p + 8, b->seq);
    vd_put64(p + 16, (uint64_t)b->received);
    vd_put32(p + 24, (uint32_t)b->docs.n);
    vd_put32(p + 28, (uint32_t)b->text.n);
    vd_put32(p + 32, (uint32_t)packed.n);
    vd_put64(p + 40, XXH64(packed.p, packed.n, 0));
    for (size_t i = 0; i < b->docs.n; i++) {
        const vd_doc *d = &b->docs.v[i];
        char bit = (char)(1u << i % 8);
        if (d->state == VD_DOC_DUPLICATE) p[VD_RECORD_HEAD + i / 8] |= bit;
        if (d->ids[0]) p[VD_RECORD_HEAD + bits + i / 8] |= bit;
    }
    vd_put64(p + n - 8, XXH64(p, n - 8, 0));
}
