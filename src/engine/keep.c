#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include "engine/engine_int.h"

/* In the file: the copy's compressed and its own size and its input, 4 bytes each, then
 * the copy. */
#define HEAD 12
/* Fast: most copies are never read again. */
#define LEVEL (-5)
#define WRITE_AT (1u << 18)

void vd_keep_init(vd_keep *k) { *k = (vd_keep){.fd = -1}; }

void vd_keep_fini(vd_keep *k)
{
    if (k->fd >= 0) close(k->fd);
    ZSTD_freeCCtx(k->cctx);
    ZSTD_freeDCtx(k->dctx);
    vd_vec_free(&k->buf);
    vd_vec_free(&k->tmp);
}

static int flush(vd_keep *k, vd_err *err)
{
    if (k->fd < 0 && (k->fd = vd_scratch_open(err)) < 0) return VD_IO;
    if (!vd_scratch_write(k->fd, k->buf.v, k->buf.n, k->end - k->buf.n)) return vd_scratch_full(err, "events");
    k->buf.n = 0;
    return 0;
}

int vd_keep_put(vd_keep *k, const char *p, size_t n, uint32_t source, uint64_t *offset, vd_err *err)
{
    if (!k->cctx) k->cctx = ZSTD_createCCtx();
    size_t bound = ZSTD_compressBound(n);
    vd_vec_reserve(&k->buf, k->buf.n + HEAD + bound);
    char *to = k->buf.v + k->buf.n;
    size_t c = k->cctx ? ZSTD_compressCCtx(k->cctx, to + HEAD, bound, p, n, LEVEL) : (size_t)-1;
    if (ZSTD_isError(c) || n > UINT32_MAX)
        return vd_fail(err, VD_LIMIT, "a document of %zu bytes could not be compressed", n);
    uint32_t head[3] = {(uint32_t)c, (uint32_t)n, source};
    memcpy(to, head, HEAD);
    *offset = k->end;
    k->buf.n += HEAD + c;
    k->end += HEAD + c;
    k->events++;
    return k->buf.n >= WRITE_AT ? flush(k, err) : 0;
}

int vd_keep_get(vd_keep *k, uint64_t offset, vd_arena *a, vd_str *out, uint32_t *source, vd_err *err)
{
    uint32_t head[3];
    if (k->buf.n && flush(k, err)) return VD_IO;
    if (!k->dctx) k->dctx = ZSTD_createDCtx();
    if (!k->dctx || !vd_scratch_read(k->fd, head, HEAD, offset)) goto failed;
    vd_vec_reserve(&k->tmp, head[0]);
    if (!vd_scratch_read(k->fd, k->tmp.v, head[0], offset + HEAD)) goto failed;
    char *text = vd_arena_alloc(a, head[1] + VD_PADDING);
    if (ZSTD_decompressDCtx(k->dctx, text, head[1], k->tmp.v, head[0]) != head[1]) goto failed;
    memset(text + head[1], 0, VD_PADDING);
    *out = (vd_str){text, head[1]};
    *source = head[2];
    return 0;
failed:
    return vd_fail(err, VD_IO, "a kept event cannot be read back from the temporary file");
}
