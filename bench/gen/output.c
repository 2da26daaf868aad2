/* bench/gen/output.c - see output.h */
#include "output.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER = 4 << 20, FLUSH_AT = 1 << 20 };

typedef struct late_doc {
    int64_t arrival;
    uint64_t order; /* ties go by age, so that the output is the same each time */
    size_t len;
    char *text;
} late_doc;

struct vd_output {
    int fd;
    int error; /* errno of the first failed write */
    size_t used;
    uint64_t bytes, order;
    size_t late_count;
    late_doc late[VD_LATE_MAX]; /* a heap, the first to arrive at 0 */
    char buffer[BUFFER];
};

vd_output *vd_output_new(int fd)
{
    vd_output *out = malloc(sizeof *out);
    if (out == NULL) return NULL;
    out->fd = fd;
    out->error = 0;
    out->used = out->late_count = 0;
    out->bytes = out->order = 0;
    return out;
}

void vd_output_free(vd_output *out)
{
    for (size_t i = 0; out != NULL && i < out->late_count; i++)
        free(out->late[i].text);
    free(out);
}

static void write_out(vd_output *out)
{
    size_t done = 0;
    while (done < out->used && out->error == 0) {
        ssize_t n = write(out->fd, out->buffer + done, out->used - done);
        if (n >= 0)
            done += (size_t)n;
        else if (errno != EINTR)
            out->error = errno;
    }
    out->used = 0;
}

char *vd_output_reserve(vd_output *out, size_t n)
{
    if (out->used >= FLUSH_AT || n + 1 > BUFFER - out->used) write_out(out);
    return out->buffer + out->used;
}

void vd_output_commit(vd_output *out, size_t len)
{
    out->buffer[out->used + len] = '\n';
    out->used += len + 1;
    out->bytes += len + 1;
}

static bool earlier(const late_doc *a, const late_doc *b)
{
    return a->arrival != b->arrival ? a->arrival < b->arrival : a->order < b->order;
}

static void swap_late(vd_output *out, size_t i, size_t j)
{
    late_doc t = out->late[i];
    out->late[i] = out->late[j];
    out->late[j] = t;
}

bool vd_output_delay(vd_output *out, size_t len, int64_t arrival)
{
    char *copy = out->late_count < VD_LATE_MAX ? malloc(len) : NULL;
    if (copy == NULL) return false;
    memcpy(copy, out->buffer + out->used, len);
    size_t i = out->late_count++;
    out->late[i] = (late_doc){arrival, out->order++, len, copy};
    for (; i > 0 && earlier(&out->late[i], &out->late[(i - 1) / 2]); i = (i - 1) / 2)
        swap_late(out, i, (i - 1) / 2);
    out->bytes += len + 1;
    return true;
}

static late_doc pop_late(vd_output *out)
{
    late_doc top = out->late[0];
    out->late[0] = out->late[--out->late_count];
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t c = 2 * i + 1; c <= 2 * i + 2 && c < out->late_count; c++)
            if (earlier(&out->late[c], &out->late[least])) least = c;
        if (least == i) return top;
        swap_late(out, i, least);
        i = least;
    }
}

void vd_output_arrivals(vd_output *out, int64_t now)
{
    while (out->late_count > 0 && out->late[0].arrival <= now) {
        late_doc d = pop_late(out);
        memcpy(vd_output_reserve(out, d.len), d.text, d.len);
        vd_output_commit(out, d.len);
        out->bytes -= d.len + 1; /* it was counted when it was put aside */
        free(d.text);
    }
}

int vd_output_flush(vd_output *out)
{
    vd_output_arrivals(out, INT64_MAX);
    write_out(out);
    errno = out->error;
    return out->error != 0 ? -1 : 0;
}

bool vd_output_failed(const vd_output *out)
{
    return out->error != 0;
}

uint64_t vd_output_bytes(const vd_output *out)
{
    return out->bytes;
}
