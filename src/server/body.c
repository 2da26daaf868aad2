#include "server/http_int.h"

#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

#include "base/limits.h"

#if defined(__SANITIZE_ADDRESS__)
#define VD_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VD_ASAN 1
#endif
#endif
#ifdef VD_ASAN
#include <sanitizer/asan_interface.h>
#endif

/* Memory comes in such steps; what is kept between requests is no larger than SPARE_MAX. */
#define STEP      ((size_t)256 << 10)
#define SPARE_MAX ((size_t)8 << 20)
/* The largest window that a zstd frame may ask for: what RFC 8878 wants every reader to have. */
#define ZSTD_WINDOW_LOG 23

void vd_body_pool_init(vd_body_pool *pool, size_t max_body, uint64_t max_in_flight)
{
    *pool = (vd_body_pool){.max_body = max_body, .max_in_flight = max_in_flight};
    pthread_mutex_init(&pool->lock, NULL);
}

void vd_body_pool_fini(vd_body_pool *pool)
{
    for (size_t i = 0; i < pool->n_spare; i++)
        munmap(pool->spare[i].p, pool->spare[i].cap);
    pthread_mutex_destroy(&pool->lock);
}

static bool charge(vd_body_pool *pool, vd_buffer *b, size_t want)
{
    if (want <= b->charged) return true;
    uint64_t more = want - b->charged;
    if (atomic_fetch_add(&pool->in_flight, more) + more > pool->max_in_flight) {
        atomic_fetch_sub(&pool->in_flight, more);
        return false;
    }
    b->charged = want;
    return true;
}

static void take_spare(vd_body_pool *pool, vd_buffer *b)
{
    pthread_mutex_lock(&pool->lock);
    if (pool->n_spare) {
        vd_buffer spare = pool->spare[--pool->n_spare];
        b->p = spare.p;
        b->cap = spare.cap;
    }
    pthread_mutex_unlock(&pool->lock);
}

/* Room for `want` bytes and the padding; `wish` as well, if it is more. Only what was asked for
 * with `want` counts against the bound: the rest is addresses without memory behind them. */
static vd_body_code reserve(vd_body_pool *pool, vd_buffer *b, size_t want, size_t wish)
{
    if (want > pool->max_body) return VD_BODY_TOO_LARGE;
    if (!charge(pool, b, want)) return VD_BODY_NO_ROOM;
    if (!b->p) take_spare(pool, b);
    if (want + VD_PADDING <= b->cap) return VD_BODY_OK;
    if (wish > pool->max_body) wish = pool->max_body;
    if (wish < want) wish = want;
    size_t cap = (wish + VD_PADDING + STEP - 1) / STEP * STEP;
    void *p = b->p ? mremap(b->p, b->cap, cap, MREMAP_MAYMOVE)
                   : mmap(NULL, cap, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return VD_BODY_NO_ROOM;
    b->p = p;
    b->cap = cap;
    return VD_BODY_OK;
}

vd_body_code vd_body_take(vd_body_pool *pool, vd_buffer *b, const char *p, size_t n, uint64_t expected)
{
    if (n > pool->max_body - b->n) return VD_BODY_TOO_LARGE;
    size_t want = b->n + n, wish = want * 4 < STEP ? STEP : want * 4;
    if (expected && wish > expected) wish = (size_t)expected;
    vd_body_code code = reserve(pool, b, want, wish);
    if (code != VD_BODY_OK) return code;
    memcpy(b->p + b->n, p, n);
    b->n += n;
    return VD_BODY_OK;
}

vd_str vd_body_seal(vd_buffer *b)
{
    if (!b->p) {
        static const char nothing[VD_PADDING];
        return (vd_str){nothing, 0};
    }
    memset(b->p + b->n, 0, VD_PADDING);
#ifdef VD_ASAN
    size_t end = b->n + VD_PADDING;
    ASAN_POISON_MEMORY_REGION(b->p + end, b->cap - end);
#endif
    return (vd_str){b->p, b->n};
}

void vd_body_release(vd_body_pool *pool, vd_buffer *b)
{
    if (b->charged) atomic_fetch_sub(&pool->in_flight, b->charged);
    if (b->p) {
#ifdef VD_ASAN
        ASAN_UNPOISON_MEMORY_REGION(b->p, b->cap);
#endif
        pthread_mutex_lock(&pool->lock);
        bool keep = b->cap <= SPARE_MAX && pool->n_spare < VD_SPARE_BUFFERS;
        if (keep) pool->spare[pool->n_spare++] = (vd_buffer){.p = b->p, .cap = b->cap};
        pthread_mutex_unlock(&pool->lock);
        if (!keep) munmap(b->p, b->cap);
    }
    *b = (vd_buffer){0};
}

vd_packing vd_body_packing(vd_str e)
{
    static const struct {
        const char *name;
        vd_packing packing;
    } known[] = {{"", VD_PACK_NONE},       {"identity", VD_PACK_NONE}, {"gzip", VD_PACK_GZIP},
                 {"x-gzip", VD_PACK_GZIP}, {"deflate", VD_PACK_GZIP},  {"zstd", VD_PACK_ZSTD}};
    e = vd_str_trim(e);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (vd_str_eq_ascii_ci(e, vd_str_from(known[i].name))) return known[i].packing;
    return VD_PACK_UNKNOWN;
}

/* More room behind what was unpacked, at least one byte over the limit so that going over it
 * is seen. The first guess is what logs usually pack to. */
static vd_body_code more_room(vd_body_pool *pool, vd_buffer *out, size_t packed)
{
    if (out->n == pool->max_body) return VD_BODY_TOO_LARGE;
    size_t want = out->n ? out->n * 2 : packed < (SIZE_MAX >> 4) ? packed * 8 : packed;
    if (want < STEP - VD_PADDING) want = STEP - VD_PADDING;
    if (want > pool->max_body) want = pool->max_body;
    return reserve(pool, out, want, want);
}

static size_t room(const vd_body_pool *pool, const vd_buffer *out)
{
    size_t free_bytes = out->cap - VD_PADDING - out->n;
    size_t allowed = pool->max_body - out->n, paid = out->charged - out->n;
    if (free_bytes > allowed) free_bytes = allowed;
    return free_bytes < paid ? free_bytes : paid;
}

/* One step of inflate; *end: a member is over. */
static vd_body_code inflate_step(vd_body_pool *pool, z_stream *z, vd_buffer *out, bool *end)
{
    size_t n = room(pool, out);
    if (n > (1u << 30)) n = 1u << 30;
    z->next_out = (Bytef *)out->p + out->n;
    z->avail_out = (uInt)n;
    int code = inflate(z, Z_NO_FLUSH);
    out->n += n - z->avail_out;
    *end = code == Z_STREAM_END;
    if (code == Z_OK || *end) return VD_BODY_OK;
    return code == Z_BUF_ERROR && z->avail_out == 0 ? VD_BODY_OK : VD_BODY_BROKEN;
}

/* Members one after the other, as gzip(1) reads them. */
static vd_body_code run_inflate(vd_body_pool *pool, z_stream *z, vd_str in, vd_buffer *out)
{
    z->next_in = (Bytef *)(uintptr_t)in.p;
    z->avail_in = (uInt)in.n;
    for (bool end = false;;) {
        if (!out->p || room(pool, out) == 0) {
            vd_body_code code = more_room(pool, out, in.n);
            /* Full to the last byte, and the member's trailer may be all that is left. */
            if (code == VD_BODY_TOO_LARGE && out->p) {
                char over;
                z->next_out = (Bytef *)&over;
                z->avail_out = 1;
                int r = inflate(z, Z_NO_FLUSH);
                if (z->avail_out == 0) return VD_BODY_TOO_LARGE;
                return r == Z_STREAM_END && z->avail_in == 0 ? VD_BODY_OK : VD_BODY_BROKEN;
            }
            if (code != VD_BODY_OK) return code;
        }
        vd_body_code code = inflate_step(pool, z, out, &end);
        if (code != VD_BODY_OK) return code;
        if (end && z->avail_in == 0) return VD_BODY_OK;
        if (end && inflateReset(z) != Z_OK) return VD_BODY_BROKEN;
    }
}

static vd_body_code unpack_gzip(vd_body_pool *pool, vd_str in, vd_buffer *out, const char **why)
{
    z_stream z = {0};
    *why = "the body is not what Content-Encoding says: gzip or zlib data that is broken or cut short";
    if (in.n > UINT32_MAX) return VD_BODY_TOO_LARGE;
    if (inflateInit2(&z, 15 + 32) != Z_OK) return VD_BODY_NO_ROOM;
    vd_body_code code = run_inflate(pool, &z, in, out);
    inflateEnd(&z);
    return code;
}

static vd_body_code run_zstd(vd_body_pool *pool, ZSTD_DCtx *d, vd_str in, vd_buffer *out)
{
    ZSTD_inBuffer src = {in.p, in.n, 0};
    for (size_t left = 0;;) {
        if (!out->p || room(pool, out) == 0) {
            vd_body_code code = more_room(pool, out, in.n);
            if (code != VD_BODY_OK && !(code == VD_BODY_TOO_LARGE && out->p)) return code;
        }
        /* At the limit a step without room still reads what makes nothing. */
        size_t n = room(pool, out), before = src.pos;
        ZSTD_outBuffer dst = {out->p + out->n, n, 0};
        left = ZSTD_decompressStream(d, &dst, &src);
        if (ZSTD_isError(left)) return VD_BODY_BROKEN;
        out->n += dst.pos;
        if (src.pos == src.size && left == 0) return VD_BODY_OK;
        if (dst.pos == 0 && src.pos == before) {
            if (n == 0) return VD_BODY_TOO_LARGE;
            return VD_BODY_BROKEN; /* cut short */
        }
    }
}

static vd_body_code unpack_zstd(vd_body_pool *pool, vd_str in, vd_buffer *out, const char **why)
{
    *why = "the body is not what Content-Encoding says: zstd data that is broken, cut short or needs a "
           "window of more than 8 MiB";
    ZSTD_DCtx *d = ZSTD_createDCtx();
    if (!d) return VD_BODY_NO_ROOM;
    ZSTD_DCtx_setParameter(d, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
    vd_body_code code = run_zstd(pool, d, in, out);
    ZSTD_freeDCtx(d);
    return code;
}

vd_body_code vd_body_unpack(vd_body_pool *pool, vd_packing packing, vd_str in, vd_buffer *out,
                            const char **why)
{
    if (in.n == 0) return VD_BODY_OK;
    return packing == VD_PACK_ZSTD ? unpack_zstd(pool, in, out, why) : unpack_gzip(pool, in, out, why);
}
