/* The bytes of one input. libarchive is used for its filters alone: the "raw" format
 * hands through whatever gzip or zstd held. */
#include "source/source_int.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_BYTES (256u << 10)
/* How long an order to stop may go unseen while nothing comes. */
#define STOP_MS 100

struct vd_stream {
    int fd;
    bool regular; /* never makes one wait */
    const volatile sig_atomic_t *stop;
    bool raw_end;
    char *raw; /* bytes from fd that nobody took yet: raw[raw_at .. raw_n) */
    size_t raw_at, raw_n;
    uint64_t raw_total;
    struct archive *unpacker; /* NULL for a plain input */
    bool unpack_end;
    char *head; /* unpacked bytes that were looked at: head[head_at .. head_n) */
    size_t head_at, head_n;
    vd_err late; /* an error met while peeking: given by the read that gets there */
};

/* Waits for bytes of a pipe or terminal without missing the order to stop, whichever
 * thread its signal reached: the end, then. */
static bool wait_readable(const vd_stream *s)
{
    struct pollfd want = {.fd = s->fd, .events = POLLIN};
    while (!(s->stop && *s->stop))
        if (poll(&want, 1, STOP_MS) != 0 && errno != EINTR) return true;
    return false;
}

static ssize_t read_some(const vd_stream *s, void *buf, size_t n)
{
    ssize_t got;
    do {
        if (!s->regular && !wait_readable(s)) return 0;
        got = read(s->fd, buf, n);
    } while (got < 0 && errno == EINTR);
    return got;
}

/* More bytes behind raw_n, up to `want` in all. */
static int fill_raw(vd_stream *s, size_t want, vd_err *err)
{
    while (s->raw_n < want && !s->raw_end) {
        ssize_t got = read_some(s, s->raw + s->raw_n, RAW_BYTES - s->raw_n);
        if (got < 0) return vd_fail(err, VD_IO, "%s", strerror(errno));
        s->raw_end = got == 0;
        s->raw_n += (size_t)got;
        s->raw_total += (uint64_t)got;
    }
    return VD_OK;
}

static la_ssize_t unpacker_wants(struct archive *a, void *ctx, const void **out)
{
    vd_stream *s = ctx;
    if (s->raw_at == s->raw_n) {
        s->raw_at = s->raw_n = 0;
        vd_err err = {0};
        if (fill_raw(s, 1, &err)) {
            archive_set_error(a, EIO, "%s", err.msg);
            return -1;
        }
    }
    *out = s->raw + s->raw_at;
    la_ssize_t n = (la_ssize_t)(s->raw_n - s->raw_at);
    s->raw_at = s->raw_n;
    return n;
}

static bool is_packed(const char *p, size_t n)
{
    return (n >= 2 && memcmp(p, "\x1f\x8b", 2) == 0) ||
           (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0) ||
           /* A skippable frame, as zstd's seekable form and pzstd begin with. */
           (n >= 4 && (p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0);
}

static int unpack_error(vd_stream *s, vd_err *err)
{
    const char *why = archive_error_string(s->unpacker);
    return vd_fail(err, VD_FORMAT, "broken compressed data: %s", why ? why : "unknown reason");
}

static int open_unpacker(vd_stream *s, vd_err *err)
{
    s->unpacker = archive_read_new();
    if (!s->unpacker) return vd_fail(err, VD_IO, "libarchive cannot start");
    archive_read_support_filter_gzip(s->unpacker);
    archive_read_support_filter_zstd(s->unpacker);
    archive_read_support_format_raw(s->unpacker);
    archive_read_support_format_empty(s->unpacker);
    struct archive_entry *entry;
    if (archive_read_open(s->unpacker, s, NULL, unpacker_wants, NULL) != ARCHIVE_OK)
        return unpack_error(s, err);
    int rc = archive_read_next_header(s->unpacker, &entry);
    if (rc == ARCHIVE_EOF)
        s->unpack_end = true;
    else if (rc < ARCHIVE_WARN)
        return unpack_error(s, err);
    return VD_OK;
}

vd_stream *vd_stream_open(int fd, const volatile sig_atomic_t *stop, vd_err *err)
{
    vd_stream *s = vd_calloc(1, sizeof *s);
    struct stat st;
    s->fd = fd;
    s->stop = stop;
    s->regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    s->raw = vd_malloc(RAW_BYTES);
    if (fill_raw(s, 4, err) || (is_packed(s->raw, s->raw_n) && open_unpacker(s, err))) {
        vd_stream_close(s);
        return NULL;
    }
    return s;
}

void vd_stream_close(vd_stream *s)
{
    if (!s) return;
    if (s->unpacker) archive_read_free(s->unpacker);
    free(s->raw);
    free(s->head);
    free(s);
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
    ssize_t got = read_some(s, buf, n);
    if (got < 0) return vd_fail(err, VD_IO, "%s", strerror(errno)), -1;
    s->raw_end = got == 0;
    s->raw_total += (uint64_t)got;
    return got;
}

static ssize_t read_packed(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    if (s->unpack_end) return 0;
    la_ssize_t got = archive_read_data(s->unpacker, buf, n);
    if (got < 0) {
        s->unpack_end = true;
        unpack_error(s, err);
        return -1;
    }
    return (ssize_t)got;
}

static ssize_t read_on(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    return s->unpacker ? read_packed(s, buf, n, err) : read_plain(s, buf, n, err);
}

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

vd_str vd_stream_peek(vd_stream *s)
{
    if (!s->head) s->head = vd_malloc(VD_PEEK_BYTES);
    while (s->head_n < VD_PEEK_BYTES && !s->late.code) {
        ssize_t got = read_on(s, s->head + s->head_n, VD_PEEK_BYTES - s->head_n, &s->late);
        if (got <= 0) break;
        s->head_n += (size_t)got;
    }
    return (vd_str){s->head, s->head_n};
}

bool vd_stream_packed(const vd_stream *s) { return s->unpacker != NULL; }

uint64_t vd_stream_raw(const vd_stream *s) { return s->raw_total; }
