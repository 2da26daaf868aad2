/* Compressed streams. libarchive is used for its filters alone: the "raw" format hands
 * through whatever they held. */
#include "source/stream_int.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>

bool vd_is_packed(const char *p, size_t n)
{
    static const struct {
        const char *magic;
        size_t n;
    } magics[] = {{"\x1f\x8b", 2},           {"\x28\xb5\x2f\xfd", 4}, {"\xfd" "7zXZ\0", 6},
                  {"\x04\x22\x4d\x18", 4}};
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (n >= magics[i].n && memcmp(p, magics[i].magic, magics[i].n) == 0) return true;
    /* A skippable frame, as zstd's seekable form and pzstd begin with. */
    if (n >= 4 && (p[0] & 0xf0) == 0x50 && memcmp(p + 1, "\x2a\x4d\x18", 3) == 0) return true;
    /* bzip2: its mark, the level, and pi. */
    return n >= 10 && memcmp(p, "BZh", 3) == 0 && p[3] >= '1' && p[3] <= '9' &&
           memcmp(p + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0;
}

static size_t give(vd_blocks *b, char *buf, size_t n)
{
    uint64_t hole = b->offset > b->at ? (uint64_t)(b->offset - b->at) : 0;
    if (hole) {
        if (hole < n) n = (size_t)hole;
        memset(buf, 0, n);
    } else {
        if (b->left < n) n = b->left;
        memcpy(buf, b->p, n);
        b->p += n;
        b->left -= n;
        b->offset += (int64_t)n;
    }
    b->at += (int64_t)n;
    return n;
}

ssize_t vd_blocks_read(vd_blocks *b, struct archive *a, char *buf, size_t n)
{
    while (!b->left) {
        const void *p;
        la_int64_t offset;
        int rc = archive_read_data_block(a, &p, &b->left, &offset);
        if (rc == ARCHIVE_EOF) b->left = 0;
        if (rc == ARCHIVE_EOF) return 0;
        if (rc < ARCHIVE_WARN) {
            b->left = 0;
            return -1;
        }
        b->p = p;
        b->offset = offset > b->at ? offset : b->at;
    }
    return (ssize_t)give(b, buf, n);
}

static la_ssize_t unpacker_wants(struct archive *a, void *ctx, const void **out)
{
    vd_stream *s = ctx;
    if (s->raw_at == s->raw_n) {
        s->raw_at = s->raw_n = 0;
        vd_err err = {0};
        if (vd_stream_fill_raw(s, 1, &err)) {
            archive_set_error(a, EIO, "%s", err.msg);
            return -1;
        }
    }
    *out = s->raw + s->raw_at;
    la_ssize_t n = (la_ssize_t)(s->raw_n - s->raw_at);
    s->raw_at = s->raw_n;
    return n;
}

static int unpack_error(const vd_stream *s, vd_err *err)
{
    const char *why = archive_error_string(s->unpacker);
    return vd_fail(err, VD_FORMAT, "broken compressed data: %s", why ? why : "unknown reason");
}

int vd_unpacker_open(vd_stream *s, vd_err *err)
{
    s->unpacker = archive_read_new();
    if (!s->unpacker) return vd_fail(err, VD_IO, "libarchive cannot start");
    archive_read_support_filter_gzip(s->unpacker);
    archive_read_support_filter_zstd(s->unpacker);
    archive_read_support_filter_xz(s->unpacker);
    archive_read_support_filter_bzip2(s->unpacker);
    archive_read_support_filter_lz4(s->unpacker);
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

ssize_t vd_unpacker_read(vd_stream *s, char *buf, size_t n, vd_err *err)
{
    if (s->unpack_end) return 0;
    ssize_t got = vd_blocks_read(&s->blocks, s->unpacker, buf, n);
    if (got < 0) unpack_error(s, err);
    if (got < 0 || vd_meter_add(s->meter, (uint64_t)got, err)) {
        s->unpack_end = true;
        return -1;
    }
    return got;
}

void vd_unpacker_close(vd_stream *s)
{
    if (s->unpacker) archive_read_free(s->unpacker);
    s->unpacker = NULL;
}
