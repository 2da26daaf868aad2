/* store/block.c */
#include "store/block.h"

#include <xxhash.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/limits.h"

void vd_block_reset(vd_block *b)
{
    b->info = (vd_block_info){.first_ts = VD_TIME_NONE, .last_ts = VD_TIME_NONE};
    b->numbers.n = b->text.n = b->ids.n = b->filter.n = b->packed.n = 0;
    b->hashes.n = 0;
}

void vd_block_fini(vd_block *b)
{
    vd_vec_free(&b->numbers);
    vd_vec_free(&b->text);
    vd_vec_free(&b->ids);
    vd_vec_free(&b->filter);
    vd_vec_free(&b->packed);
    vd_vec_free(&b->hashes);
}

void vd_block_add(vd_block *b, vd_str line, uint64_t seq, int64_t ts, int64_t received)
{
    vd_block_info *i = &b->info;
    if (i->docs++ == 0) {
        i->first_seq = seq;
        i->last_seq = 0;
        i->first_received = i->last_received = received;
    }
    vd_varint_put(&b->numbers, seq - i->last_seq);
    i->last_seq = seq;
    if (received < i->first_received) i->first_received = received;
    if (received > i->last_received) i->last_received = received;
    if (ts == VD_TIME_NONE) i->untimed++;
    else {
        if (i->first_ts == VD_TIME_NONE || ts < i->first_ts) i->first_ts = ts;
        if (i->last_ts == VD_TIME_NONE || ts > i->last_ts) i->last_ts = ts;
    }
    vd_bytes_put(&b->text, line.p, line.n);
    *vd_vec_push(&b->text) = '\n';
}

void vd_block_add_id(vd_block *b, uint64_t hash)
{
    char bytes[8];
    vd_put64(bytes, hash);
    vd_bytes_put(&b->ids, bytes, 8);
    b->info.ids++;
}

int vd_block_pack(vd_block *b, void *zstd, vd_err *err)
{
    b->info.raw = b->text.n;
    vd_bytes_put(&b->text, b->numbers.v, b->numbers.n);
    vd_vec_reserve(&b->packed, ZSTD_compressBound(b->text.n));
    size_t n = ZSTD_compress2(zstd, b->packed.v, b->packed.cap, b->text.v, b->text.n);
    if (ZSTD_isError(n)) return vd_fail(err, VD_IO, "a block cannot be packed: %s", ZSTD_getErrorName(n));
    b->packed.n = n;
    b->filter.n = 0;
    vd_filter_make(&b->hashes, &b->filter);
    b->info.packed = n;
    b->info.filter = b->filter.n;
    b->info.xxh = XXH64(b->packed.v, n, 0);
    return 0;
}

void vd_unpacked_fini(vd_unpacked *u)
{
    vd_vec_free(&u->bytes);
    vd_vec_free(&u->seqs);
}

static bool read_numbers(vd_str numbers, const vd_block_info *info, vd_unpacked *u)
{
    uint64_t seq = 0, step;
    u->seqs.n = 0;
    while (numbers.n) {
        if (!vd_varint_get(&numbers, &step) || u->seqs.n == info->docs) return false;
        *vd_vec_push(&u->seqs) = seq += step;
    }
    return u->seqs.n == info->docs;
}

bool vd_block_unpack(vd_str data, const vd_block_info *info, vd_unpacked *u)
{
    if (data.n != info->packed || XXH64(data.p, data.n, 0) != info->xxh) return false;
    uint64_t raw = ZSTD_getFrameContentSize(data.p, data.n);
    /* A number takes ten bytes at most. */
    if (raw < info->raw || raw > info->raw + 10ull * info->docs) return false;
    vd_vec_reserve(&u->bytes, raw + VD_PADDING);
    if (ZSTD_decompress(u->bytes.v, raw, data.p, data.n) != raw) return false;
    memset(u->bytes.v + raw, 0, VD_PADDING);
    u->bytes.n = raw;
    u->text = (vd_str){u->bytes.v, info->raw};
    return read_numbers((vd_str){u->bytes.v + info->raw, raw - info->raw}, info, u);
}
