/* store/block.c */
#include "store/block.h"

#include <xxhash.h>
#include <zstd.h>

#include "base/clock.h"
#include "base/limits.h"

/* Lines in a part, and some more: a millisecond to unpack. Of the bench generator's events, halves
 * take 5 % more space, parts of 2 MiB 2.5 % less. */
#define PART_BYTES (1u << 20)

void vd_block_reset(vd_block *b)
{
    b->info = (vd_block_info){.first_ts = VD_TIME_NONE, .last_ts = VD_TIME_NONE};
    b->numbers.n = b->text.n = b->ids.n = b->filter.n = b->packed.n = 0;
    b->hashes.n = b->cuts.n = 0;
}

void vd_block_fini(vd_block *b)
{
    vd_vec_free(&b->numbers);
    vd_vec_free(&b->text);
    vd_vec_free(&b->ids);
    vd_vec_free(&b->filter);
    vd_vec_free(&b->packed);
    vd_vec_free(&b->hashes);
    vd_vec_free(&b->cuts);
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
    size_t from = b->cuts.n ? b->cuts.v[b->cuts.n - 1].end : 0;
    if (b->text.n - from >= PART_BYTES) *vd_vec_push(&b->cuts) = (vd_block_cut){i->docs, b->text.n};
}

void vd_block_add_id(vd_block *b, uint64_t hash)
{
    char bytes[8];
    vd_put64(bytes, hash);
    vd_bytes_put(&b->ids, bytes, 8);
    b->info.ids++;
}

/* --- packing --- */

static int put_frame(vd_block *b, void *zstd, vd_str content, vd_err *err)
{
    vd_vec_reserve(&b->packed, b->packed.n + ZSTD_compressBound(content.n));
    size_t n = ZSTD_compress2(zstd, b->packed.v + b->packed.n, b->packed.cap - b->packed.n, content.p, content.n);
    if (ZSTD_isError(n)) return vd_fail(err, VD_IO, "a block cannot be packed: %s", ZSTD_getErrorName(n));
    b->packed.n += n;
    return 0;
}

/* Packs the parts; the map's bytes go behind the lines. */
static int put_parts(vd_block *b, void *zstd, vd_err *err)
{
    size_t from = 0, raw = b->text.n;
    uint32_t docs = 0;
    int code = 0;
    if (!b->cuts.n || b->cuts.v[b->cuts.n - 1].end < raw)
        *vd_vec_push(&b->cuts) = (vd_block_cut){b->info.docs, raw};
    for (size_t i = 0; i < b->cuts.n && !code; i++) {
        const vd_block_cut *cut = &b->cuts.v[i];
        code = put_frame(b, zstd, (vd_str){b->text.v + from, cut->end - from}, err);
        vd_varint_put(&b->text, cut->docs - docs);
        from = cut->end;
        docs = cut->docs;
    }
    return code;
}

int vd_block_pack(vd_block *b, void *zstd, vd_err *err)
{
    size_t raw = b->info.raw = b->text.n;
    b->packed.n = 0;
    int code = put_parts(b, zstd, err);
    vd_varint_put(&b->text, 0);
    vd_bytes_put(&b->text, b->numbers.v, b->numbers.n);
    if (!code) code = put_frame(b, zstd, (vd_str){b->text.v + raw, b->text.n - raw}, err);
    if (code) return code;
    b->filter.n = 0;
    vd_filter_make(&b->hashes, &b->filter);
    b->info.packed = b->packed.n;
    b->info.filter = b->filter.n;
    b->info.xxh = XXH64(b->packed.v, b->packed.n, 0);
    return 0;
}

/* --- unpacking --- */

/* Unpacks frames that hold `n` bytes together, VD_PADDING behind. */
static bool unpack(vd_str frames, size_t n, vd_bytes *out)
{
    vd_vec_reserve(out, n + VD_PADDING);
    if (ZSTD_decompress(out->v, n, frames.p, frames.n) != n) return false;
    memset(out->v + n, 0, VD_PADDING);
    out->n = n;
    return true;
}

static bool read_numbers(vd_str numbers, const vd_block_info *info, vd_block_map *map)
{
    uint64_t seq = 0, step;
    map->seqs.n = 0;
    while (numbers.n) {
        if (!vd_varint_get(&numbers, &step) || map->seqs.n == info->docs) return false;
        *vd_vec_push(&map->seqs) = seq += step;
    }
    return map->seqs.n == info->docs;
}

/* Finds the frames; the last one goes among the parts, too. */
static bool find_frames(vd_str data, const vd_block_info *info, vd_block_map *map)
{
    map->parts.n = 0;
    for (size_t at = 0; at < data.n;) {
        size_t packed = ZSTD_findFrameCompressedSize(data.p + at, data.n - at);
        if (ZSTD_isError(packed)) return false;
        unsigned long long raw = ZSTD_getFrameContentSize(data.p + at, packed);
        /* A number takes ten bytes at most, and a part has a document. */
        if (raw > info->raw + 20ull * info->docs + 1) return false;
        *vd_vec_push(&map->parts) = (vd_block_part){.at = at, .packed = packed, .raw = raw};
        at += packed;
    }
    return map->parts.n > 0;
}

/* The map's frame tells how the documents are parted. */
static bool read_map(vd_str text, const vd_block_info *info, vd_block_map *map)
{
    uint64_t first = 0, docs, raw = 0;
    for (size_t i = 0; i < map->parts.n; i++) {
        vd_block_part *part = &map->parts.v[i];
        if (!vd_varint_get(&text, &docs) || docs == 0 || docs > info->docs - first) return false;
        part->first = (uint32_t)first;
        part->docs = (uint32_t)docs;
        first += docs;
        raw += part->raw;
    }
    if (!vd_varint_get(&text, &docs) || docs != 0) return false;
    return first == info->docs && raw == info->raw && read_numbers(text, info, map);
}

/* Of the older form: one frame for everything. */
static bool read_old(vd_str text, const vd_block_info *info, vd_block_map *map)
{
    vd_block_part *part = &map->parts.v[0];
    if (part->raw < info->raw) return false;
    *part = (vd_block_part){.docs = info->docs, .packed = part->packed, .raw = info->raw};
    return read_numbers(vd_str_sub(text, info->raw, text.n), info, map);
}

void vd_block_map_fini(vd_block_map *map)
{
    vd_vec_free(&map->seqs);
    vd_vec_free(&map->parts);
}

bool vd_block_map_read(vd_str data, const vd_block_info *info, vd_block_map *map)
{
    vd_bytes text = {0};
    if (data.n != info->packed || XXH64(data.p, data.n, 0) != info->xxh) return false;
    if (!find_frames(data, info, map)) return false;
    bool old = map->parts.n == 1;
    vd_block_part last = map->parts.v[map->parts.n - 1];
    bool good = unpack(vd_str_sub(data, last.at, last.at + last.packed), last.raw, &text);
    if (!old) map->parts.n--;
    if (good) good = (old ? read_old : read_map)((vd_str){text.v, text.n}, info, map);
    vd_vec_free(&text);
    return good;
}

bool vd_block_part_unpack(vd_str data, const vd_block_part *part, vd_bytes *lines)
{
    vd_str frame = vd_str_sub(data, part->at, part->at + part->packed);
    unsigned long long raw = ZSTD_getFrameContentSize(frame.p, frame.n);
    if (!unpack(frame, raw, lines)) return false;
    lines->n = part->raw;
    return true;
}

void vd_unpacked_fini(vd_unpacked *u)
{
    vd_vec_free(&u->bytes);
    vd_block_map_fini(&u->map);
}

bool vd_block_unpack(vd_str data, const vd_block_info *info, vd_unpacked *u)
{
    if (!vd_block_map_read(data, info, &u->map)) return false;
    if (u->map.parts.n == 1) {
        if (!vd_block_part_unpack(data, &u->map.parts.v[0], &u->bytes)) return false;
    } else {
        const vd_block_part *last = &u->map.parts.v[u->map.parts.n - 1];
        if (!unpack(vd_str_sub(data, 0, last->at + last->packed), info->raw, &u->bytes)) return false;
    }
    u->text = (vd_str){u->bytes.v, info->raw};
    return true;
}
