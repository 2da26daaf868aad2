/* store/read.c - one document by its number
 *
 * An alert's events are read one by one, and stand near each other: the last few blocks are
 * kept, with the part of each that was read last. */
#include "store/store_int.h"

static vd_str copy_padded(vd_arena *a, vd_str line)
{
    char *p = vd_arena_alloc(a, line.n + VD_PADDING);
    memcpy(p, line.p, line.n);
    memset(p + line.n, 0, VD_PADDING);
    return (vd_str){p, line.n};
}

/* The waiting batch that holds the number, with a reference; NULL: none does. */
static vd_batch *waiting(vd_store *s, uint64_t seq)
{
    vd_batch *b = NULL;
    pthread_mutex_lock(&s->lock);
    size_t i = vd_queue_find(s, seq);
    if (i != SIZE_MAX) b = vd_batch_ref(s->queue.v[i].b);
    pthread_mutex_unlock(&s->lock);
    return b;
}

/* --- blocks --- */

typedef VD_VEC(vd_block_info) infos;

/* Several indices' blocks may span it; one holds it. */
static void spanning(vd_store *s, uint64_t seq, infos *out)
{
    pthread_mutex_lock(&s->lock);
    for (size_t i = s->blocks.n; i-- > 0;) {
        const vd_block_info *b = &s->blocks.v[i];
        if (b->first_seq <= seq && seq <= b->last_seq && !b->damaged) *vd_vec_push(out) = *b;
    }
    pthread_mutex_unlock(&s->lock);
}

static vd_cached *cached(vd_store *s, vd_conn *c, vd_block_info *info, vd_err *err)
{
    vd_cached *oldest = &s->cache[0];
    for (size_t i = 0; i < VD_CACHED; i++) {
        vd_cached *k = &s->cache[i];
        if (k->id == info->id) {
            k->used = ++s->reads;
            return k;
        }
        if (k->used < oldest->used) oldest = k;
    }
    oldest->id = 0;
    oldest->part = UINT32_MAX;
    int code = vd_catalog_read_packed(s, c, info, &oldest->packed, &oldest->map, err);
    if (code == VD_IO && !(code = vd_catalog_find_again(s, c, info, err)))
        code = vd_catalog_read_packed(s, c, info, &oldest->packed, &oldest->map, err);
    if (code) return NULL;
    oldest->id = info->id;
    oldest->used = ++s->reads;
    return oldest;
}

/* Place of the document in the block, SIZE_MAX: it is in another. */
static size_t place_of(const vd_block_map *map, uint64_t seq)
{
    size_t low = 0, high = map->seqs.n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (map->seqs.v[mid] < seq) low = mid + 1;
        else high = mid;
    }
    return low < map->seqs.n && map->seqs.v[low] == seq ? low : SIZE_MAX;
}

static void find_lines(vd_cached *k)
{
    vd_str text = {k->text.v, k->text.n};
    k->lines.n = 0;
    for (size_t at = 0; at < text.n; at = vd_str_find_byte(text, '\n', at) + 1)
        *vd_vec_push(&k->lines) = at;
    *vd_vec_push(&k->lines) = text.n;
}

/* Unpacks the part that the document at that place is in. */
static const vd_block_part *part_of(vd_cached *k, size_t place)
{
    uint32_t i = 0;
    while (place - k->map.parts.v[i].first >= k->map.parts.v[i].docs)
        i++;
    const vd_block_part *part = &k->map.parts.v[i];
    if (k->part == i) return part;
    k->part = UINT32_MAX;
    if (!vd_block_part_unpack((vd_str){k->packed.v, k->packed.n}, part, &k->text)) return NULL;
    find_lines(k);
    if (k->lines.n != part->docs + 1) return NULL;
    k->part = i;
    return part;
}

/* 0: *line is in the cache, or not in this block (p is NULL). */
static int find(vd_store *s, vd_cached *k, const vd_block_info *info, uint64_t seq, vd_str *line, vd_err *err)
{
    size_t place = place_of(&k->map, seq);
    *line = (vd_str){NULL, 0};
    if (place == SIZE_MAX) return 0;
    const vd_block_part *part = part_of(k, place);
    if (!part) {
        k->id = 0;
        return vd_catalog_damaged(s, info, err);
    }
    size_t i = place - part->first;
    *line = vd_str_sub((vd_str){k->text.v, k->text.n}, k->lines.v[i], k->lines.v[i + 1] - 1);
    return 0;
}

static int read_block(vd_store *s, uint64_t seq, vd_arena *a, vd_str *line, vd_err *err)
{
    infos list = {0};
    vd_conn *c = vd_db_reader(s->db, err);
    if (!c) return VD_IO;
    spanning(s, seq, &list);
    int code = vd_fail(err, VD_IO, "document %llu is not stored", (unsigned long long)seq);
    pthread_mutex_lock(&s->reading);
    for (size_t i = 0; i < list.n && code; i++) {
        vd_cached *k = cached(s, c, &list.v[i], err);
        if (!k || find(s, k, &list.v[i], seq, line, err) || !line->p) continue;
        *line = copy_padded(a, *line);
        code = 0;
    }
    pthread_mutex_unlock(&s->reading);
    vd_vec_free(&list);
    vd_db_return(s->db, c);
    return code;
}

int vd_store_read(vd_store *s, uint64_t seq, vd_arena *a, vd_str *line, vd_err *err)
{
    vd_batch *b = waiting(s, seq);
    if (!b) return read_block(s, seq, a, line, err);
    const vd_doc *d = &b->docs.v[seq - b->seq];
    int code = 0;
    if (d->state == VD_DOC_DUPLICATE)
        code = vd_fail(err, VD_IO, "document %llu is a duplicate and not stored", (unsigned long long)seq);
    else
        *line = copy_padded(a, (vd_str){b->text.v + d->at, d->n});
    vd_batch_unref(b);
    return code;
}
