/* The bytes of one input, through the layers that it needs: from a file or an archive's
 * member, unpacked (unpack.c), UTF-16 to UTF-8 (utf16.c). */
#include "source/stream_int.h"

#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source/utf16.h"

/* How long an order to stop may go unseen while nothing comes. */
#define STOP_MS 100
#define PRE_BYTES (16u << 10)

/* Waits for bytes of a pipe or terminal without missing the order to stop, whichever
 * thread its signal reached: the end, then. */
static bool wait_readable(const vd_stream *s)
{
    struct pollfd want = {.fd = s->fd, .events = POLLIN};
    while (!(s->stop && *s->stop))
        if (poll(&want, 1, STOP_MS) != 0 && errno != EINTR) return true;
    return false;
}

static ssize_t read_fd(void *ctx, char *buf, size_t n, vd_err *err)
{
    const vd_stream *s = ctx;
    ssize_t got;
    do {
        if (!s->regular && !wait_readable(s)) return 0;
        got = read(s->fd, buf, n);
    } while (got < 0 && errno == EINTR);
    if (got < 0) vd_fail(err, VD_IO, "%s", strerror(errno));
    return got;
}

int vd_stream_fill_raw(vd_stream *s, size_t want, vd_err *err)
{
    while (s->raw_n < want && !s->raw_end) {
        ssize_t got = s->pull(s->ctx, s->raw + s->raw_n, VD_RAW_BYTES - s->raw_n, err);
        if (got < 0) return (int)err->code;
        s->raw_end = got == 0;
        s->raw_n += (size_t)got;
        s->raw_total += (uint64_t)got;
    }
    return VD_OK;
}

static vd_stream *begin(vd_stream *s, vd_err *err)
{
    s->raw = vd_malloc(VD_RAW_BYTES);
    if (vd_stream_fill_raw(s, VD_MAGIC_BYTES, err) ||
        (vd_is_packed(s->raw, s->raw_n) && vd_unpacker_open(s, err))) {
        vd_stream_close(s);
        return NULL;
    }
    return s;
}

vd_stream *vd_stream_open(int fd, const volatile sig_atomic_t *stop, vd_err *err)
{
    vd_stream *s = vd_calloc(1, sizeof *s);
    struct stat st;
    s->fd = fd;
    s->stop = stop;
    s->pull = read_fd;
    s->ctx = s;
    s->meter = &s->own_meter;
    s->own_meter.raw = &s->raw_total;
    s->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    if (s->regular) s->own_meter.size = (uint64_t)st.st_size;
    return begin(s, err);
}

vd_stream *vd_stream_open_pull(vd_pull pull, void *ctx, vd_meter *meter, vd_err *err)
{
    vd_stream *s = vd_calloc(1, sizeof *s);
    s->fd = -1;
    s->pull = pull;
    s->ctx = ctx;
    s->meter = meter;
    return begin(s, err);
}

void vd_stream_close(vd_stream *s)
{
    if (!s) return;
    vd_unpacker_close(s);
    free(s->raw);
    free(s->head);
    free(s->pre);
    free(s);
}

int vd_meter_add(vd_meter *m, uint64_t n, vd_err *err)
{
    m->unpacked += n;
    uint64_t size = m->size ? m->size : *m->raw;
    if (m->unpacked > VD_MAX_UNPACKED)
        return vd_fail(err, VD_LIMIT, "unpacks to more than %llu GiB; the rest is not read",
                       VD_MAX_UNPACKED >> 30);
    if (m->unpacked > VD_UNPACK_RATIO_FLOOR && m->unpacked / VD_MAX_UNPACK_RATIO > size)
        return vd_fail(err, VD_LIMIT, "unpacks to more than %u times its size; the rest is not read",
                       VD_MAX_UNPACK_RATIO);
    return VD_OK;
}

static ssize_t read_plain(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    size_t left = s->raw_n - s->raw_at;
    if (left) {
        if (left > n) left = n;
        memcpy(buf, s->raw + s->raw_at, left);
        s->raw_at += left;
        return (ssize_t)left;
    }
    if (s->raw_end) return 0;
    ssize_t got = s->pull(s->ctx, buf, n, err);
    if (got < 0) return -1;
    s->raw_end = got == 0;
    s->raw_total += (uint64_t)got;
    return got;
}

static ssize_t read_bytes(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    return s->unpacker ? vd_unpacker_read(s, buf, n, err) : read_plain(s, buf, n, err);
}

/* ---- UTF-16 ---- */

/* More bytes into pre, at least `want` in all unless the end comes first. */
static bool fill_pre(vd_stream *s, size_t want, vd_err *err)
{
    memmove(s->pre, s->pre + s->pre_at, s->pre_n - s->pre_at);
    s->pre_n -= s->pre_at;
    s->pre_at = 0;
    while (s->pre_n < want) {
        ssize_t got = read_bytes(s, s->pre + s->pre_n, PRE_BYTES - s->pre_n, err);
        if (got < 0) return false;
        if (got == 0) {
            s->pre_end = true;
            break;
        }
        s->pre_n += (size_t)got;
    }
    return true;
}

static bool look(vd_stream *s, vd_err *err)
{
    s->looked = true;
    s->pre = vd_malloc(PRE_BYTES);
    if (!fill_pre(s, 4, err)) return false;
    s->utf16 = vd_utf16_of((vd_str){s->pre, s->pre_n});
    if (s->utf16) s->pre_at = vd_utf16_mark((vd_str){s->pre, s->pre_n});
    return true;
}

/* n is 4 or more. */
static ssize_t convert(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    size_t used = 0, made = 0;
    while (!made) {
        if (s->pre_n - s->pre_at < 4 && !s->pre_end && !fill_pre(s, 4, err)) return -1;
        if (s->pre_at == s->pre_n) return 0;
        made = vd_utf16_read(s->utf16, (vd_str){s->pre + s->pre_at, s->pre_n - s->pre_at},
                             s->pre_end, &used, buf, n);
        s->pre_at += used;
    }
    return (ssize_t)made;
}

static ssize_t read_utf16(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    if (n >= 4 && !s->small_n) return convert(s, buf, n, err);
    if (!s->small_n) {
        ssize_t got = convert(s, s->small, 4, err);
        if (got <= 0) return got;
        s->small_n = (uint8_t)got;
    }
    size_t give = s->small_n < n ? s->small_n : n;
    memcpy(buf, s->small, give);
    memmove(s->small, s->small + give, s->small_n - give);
    s->small_n -= (uint8_t)give;
    return (ssize_t)give;
}

static ssize_t read_on(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    if (!s->looked && !look(s, err)) return -1;
    if (s->utf16) return read_utf16(s, buf, n, err);
    size_t left = s->pre_n - s->pre_at;
    if (!left) return read_bytes(s, buf, n, err);
    if (left > n) left = n;
    memcpy(buf, s->pre + s->pre_at, left);
    s->pre_at += left;
    return (ssize_t)left;
}

/* ---- for readers ---- */

ssize_t vd_stream_read(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    size_t left = s->head_n - s->head_at;
    if (left) {
        if (left > n) left = n;
        memcpy(buf, s->head + s->head_at, left);
        s->head_at += left;
        return (ssize_t)left;
    }
    if (s->late.code) {
        *err = s->late;
        return -1;
    }
    return read_on(s, buf, n, err);
}

void vd_stream_live(vd_stream *s) { s->live = !s->regular && !s->unpacker; }

/* Nothing is at hand and nothing came; a signal may be an order to stop, so it ends the wait. */
static bool is_quiet(const vd_stream *s, int ms)
{
    struct pollfd want = {.fd = s->fd, .events = POLLIN};
    if (!s->live || s->utf16 || s->raw_end || s->raw_at < s->raw_n || s->pre_at < s->pre_n) return false;
    return poll(&want, 1, ms) <= 0;
}

bool vd_stream_idle(const vd_stream *s, int ms)
{
    return s->head_at == s->head_n && !s->late.code && is_quiet(s, ms);
}

/* The first line is a document: no first line of one that stands on several is. */
static bool begins_with_a_document(vd_str head)
{
    size_t end = vd_str_find_byte(head, '\n', 0);
    vd_str line = vd_str_trim(vd_str_sub(head, 0, end));
    return end < head.n && line.n > 1 && line.p[0] == '{' && line.p[line.n - 1] == '}';
}

vd_str vd_stream_peek(vd_stream *s)
{
    if (!s->head) s->head = vd_malloc(VD_PEEK_BYTES);
    while (s->head_n < VD_PEEK_BYTES && !s->late.code) {
        if (is_quiet(s, 0) && begins_with_a_document((vd_str){s->head, s->head_n})) break;
        ssize_t got = read_on(s, s->head + s->head_n, VD_PEEK_BYTES - s->head_n, &s->late);
        if (got <= 0) break;
        s->head_n += (size_t)got;
    }
    return (vd_str){s->head, s->head_n};
}

bool vd_stream_failed(const vd_stream *s, vd_err *err)
{
    if (s->late.code) *err = s->late;
    return s->late.code != VD_OK;
}

bool vd_stream_packed(const vd_stream *s) { return s->unpacker || s->utf16; }

bool vd_stream_seekable(const vd_stream *s) { return s->regular && !vd_stream_packed(s); }

int64_t vd_stream_seek(vd_stream *s, int64_t offset, int whence)
{
    if (!vd_stream_seekable(s)) return -1;
    off_t at = lseek(s->fd, (off_t)offset, whence);
    if (at < 0) return -1;
    s->raw_at = s->raw_n = s->head_at = s->head_n = s->pre_at = s->pre_n = 0;
    s->raw_end = false;
    s->late = (vd_err){0};
    return (int64_t)at;
}

uint64_t vd_stream_raw(const vd_stream *s) { return s->raw_total; }

vd_meter *vd_stream_meter(const vd_stream *s) { return s->meter; }
