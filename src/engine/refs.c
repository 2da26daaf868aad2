#include <errno.h>
#include <unistd.h>

#include "engine/engine_int.h"

/* Reads the line at `offset` of a file: so much at a time until its end is seen. */
static int read_line(vd_engine *e, const vd_input *in, uint64_t offset, vd_str *out, vd_err *err)
{
    size_t size = 16384, n = 0;
    char *p = vd_arena_alloc(&e->found_arena, size + VD_PADDING);
    for (;;) {
        ssize_t r = pread(in->fd, p + n, size - n, (off_t)(offset + n));
        if (r < 0 && errno == EINTR) continue;
        if (r < 0)
            return vd_fail(err, VD_IO, "%.*s: cannot be read again: %s", VD_FMT(in->name),
                           strerror(errno));
        const char *nl = memchr(p + n, '\n', (size_t)r);
        n += (size_t)r;
        if (nl || r == 0) {
            if (nl) n = (size_t)(nl - p);
            break;
        }
        if (n < size) continue;
        char *larger = vd_arena_alloc(&e->found_arena, 2 * size + VD_PADDING);
        memcpy(larger, p, n);
        p = larger;
        size *= 2;
    }
    if (n && p[n - 1] == '\r') n--;
    memset(p + n, 0, VD_PADDING);
    *out = (vd_str){p, n};
    return 0;
}

int vd_ref_read(vd_engine *e, uint64_t ref, vd_str *out, uint32_t *source, vd_err *err)
{
    uint32_t number = (uint32_t)(ref >> VD_REF_SHIFT) & VD_MAX_SOURCES;
    if (ref & VD_REF_KEPT)
        return vd_keep_get(&e->workers[number].keep, ref & VD_REF_OFFSET, &e->found_arena, out,
                           source, err);
    const vd_input *in = vd_input_of(e, number);
    *source = number;
    if (in->read) return in->read(in->ctx, ref & VD_REF_OFFSET, &e->found_arena, out, err);
    return read_line(e, in, ref & VD_REF_OFFSET, out, err);
}
