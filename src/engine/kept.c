#include "engine/kept.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/clock.h"
#include "engine/engine_int.h"

/* Files that the bound is divided among. */
#define PARTS 64

typedef struct place {
    uint64_t seq, offset;
    uint32_t source;
} place;

/* One file. */
typedef struct part {
    vd_keep keep;
    VD_VEC(place) places;
    int64_t until; /* the latest of its documents' */
} part;

struct vd_kept {
    VD_VEC(part) parts; /* the last one is being written */
    uint64_t max;
    vd_kept_stats stats;
};

vd_kept *vd_kept_new(uint64_t max)
{
    vd_kept *k = vd_calloc(1, sizeof *k);
    k->max = max ? max : VD_MAX_FOLLOW_KEPT;
    return k;
}

static uint64_t bytes_of(const part *p) { return p->keep.end + p->places.n * sizeof(place); }

static void free_part(part *p)
{
    vd_keep_fini(&p->keep);
    vd_vec_free(&p->places);
}

void vd_kept_free(vd_kept *k)
{
    if (!k) return;
    for (size_t i = 0; i < k->parts.n; i++) free_part(&k->parts.v[i]);
    vd_vec_free(&k->parts);
    free(k);
}

static void give_up(vd_kept *k, size_t i)
{
    part *p = &k->parts.v[i];
    k->stats.documents -= p->places.n;
    k->stats.bytes -= bytes_of(p);
    free_part(p);
    memmove(p, p + 1, (k->parts.n - i - 1) * sizeof *p);
    k->parts.n--;
}

static void bound(vd_kept *k)
{
    while (k->stats.bytes > k->max && k->parts.n > 1) {
        k->stats.dropped += k->parts.v[0].places.n;
        give_up(k, 0);
    }
}

/* The part that is written, or a new one. */
static part *open_part(vd_kept *k)
{
    if (k->parts.n && bytes_of(&k->parts.v[k->parts.n - 1]) < k->max / PARTS)
        return &k->parts.v[k->parts.n - 1];
    if (k->parts.n) { /* of the one before only reading is left */
        vd_keep *full = &k->parts.v[k->parts.n - 1].keep;
        ZSTD_freeCCtx(full->cctx);
        full->cctx = NULL;
    }
    part *p = vd_vec_push(&k->parts);
    *p = (part){.until = INT64_MIN};
    vd_keep_init(&p->keep);
    return p;
}

int vd_kept_put(vd_kept *k, uint64_t seq, uint32_t source, vd_str json, int64_t until, vd_err *err)
{
    part *p = open_part(k);
    uint64_t before = bytes_of(p);
    place at = {.seq = seq, .source = source};
    int code = vd_keep_put(&p->keep, json.p, json.n, source, &at.offset, err);
    if (code) return code;
    *vd_vec_push(&p->places) = at;
    if (until > p->until) p->until = until;
    k->stats.documents++;
    k->stats.bytes += bytes_of(p) - before;
    bound(k);
    return 0;
}

static const place *place_in(const part *p, uint64_t seq)
{
    size_t low = 0, high = p->places.n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (p->places.v[mid].seq < seq) low = mid + 1;
        else high = mid;
    }
    return low < p->places.n && p->places.v[low].seq == seq ? &p->places.v[low] : NULL;
}

/* Most are asked for soon after they came. */
static const place *find(const vd_kept *k, uint64_t seq, size_t *in)
{
    for (size_t i = k->parts.n; i-- > 0;) {
        const part *p = &k->parts.v[i];
        if (!p->places.n || p->places.v[0].seq > seq) continue;
        *in = i;
        return place_in(p, seq);
    }
    return NULL;
}

int vd_kept_get(vd_kept *k, uint64_t seq, vd_arena *a, vd_str *json, vd_err *err)
{
    size_t in;
    uint32_t source;
    const place *at = find(k, seq, &in);
    if (!at) return vd_fail(err, VD_LIMIT, "event %llu is not kept any more", (unsigned long long)seq);
    return vd_keep_get(&k->parts.v[in].keep, at->offset, a, json, &source, err);
}

bool vd_kept_source(const vd_kept *k, uint64_t seq, uint32_t *source)
{
    size_t in;
    const place *at = find(k, seq, &in);
    if (at) *source = at->source;
    return at != NULL;
}

void vd_kept_expire(vd_kept *k, int64_t horizon)
{
    if (horizon == VD_TIME_NONE) return;
    for (size_t i = k->parts.n; i-- > 0;)
        if (k->parts.v[i].until < horizon) give_up(k, i);
}

vd_kept_stats vd_kept_stats_of(const vd_kept *k) { return k->stats; }
