/* Archives read as a stream: nothing is written to disk, and names are only shown. */
#include "source/stream_int.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdio.h>

#include "base/utf8.h"

#define INPUT_BYTES (64u << 10)
/* Longer names are shown up to here. */
#define MAX_NAME 1024

struct vd_archive {
    vd_stream *stream;
    struct archive *a;
    char *input;
    uint64_t members;
    bool broken;
    vd_blocks blocks; /* of the member */
    VD_VEC(char) name;
};

static la_ssize_t wants(struct archive *a, void *ctx, const void **out)
{
    vd_archive *r = ctx;
    vd_err err = {0};
    ssize_t got = vd_stream_read(r->stream, r->input, INPUT_BYTES, &err);
    if (got < 0) archive_set_error(a, EIO, "%s", err.msg);
    *out = r->input;
    return got;
}

static la_int64_t seeks(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
    const vd_archive *r = ctx;
    int64_t at = vd_stream_seek(r->stream, offset, whence);
    return at < 0 ? ARCHIVE_FATAL : at;
}

static int fail(const vd_archive *r, vd_err *err)
{
    const char *why = archive_error_string(r->a);
    return vd_fail(err, VD_FORMAT, "broken archive: %s", why ? why : "unknown reason");
}

vd_archive *vd_archive_open(vd_stream *s, vd_err *err)
{
    vd_archive *r = vd_calloc(1, sizeof *r);
    r->stream = s;
    r->input = vd_malloc(INPUT_BYTES);
    r->a = archive_read_new();
    if (!r->a) {
        vd_fail(err, VD_IO, "libarchive cannot start");
        vd_archive_close(r);
        return NULL;
    }
    archive_read_support_format_zip(r->a);
    archive_read_support_format_7zip(r->a);
    archive_read_support_format_tar(r->a);
    /* A zip's own list of its members, and all of 7z, needs jumping about. */
    if (vd_stream_seekable(s)) archive_read_set_seek_callback(r->a, seeks);
    if (archive_read_open(r->a, r, NULL, wants, NULL) == ARCHIVE_OK) return r;
    fail(r, err);
    vd_archive_close(r);
    return NULL;
}

void vd_archive_close(vd_archive *r)
{
    if (!r) return;
    if (r->a) archive_read_free(r->a);
    free(r->input);
    vd_vec_free(&r->name);
    free(r);
}

static void put_hex(vd_archive *r, unsigned char c)
{
    static const char digits[] = "0123456789abcdef";
    const char text[4] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
    for (size_t i = 0; i < sizeof text; i++)
        *vd_vec_push(&r->name) = text[i];
}

/* A name is foreign text: what is no letter of it is shown by its number. */
static void set_name(vd_archive *r, struct archive_entry *e)
{
    const char *utf8 = archive_entry_pathname_utf8(e);
    vd_str name = vd_str_from(utf8 ? utf8 : archive_entry_pathname(e));
    if (!name.n) name = VD_STR("(no name)");
    r->name.n = 0;
    for (size_t i = 0; i < name.n && r->name.n < MAX_NAME;) {
        size_t start = i;
        uint32_t cp = vd_utf8_next(name, &i);
        bool plain = cp >= 0x20 && cp != 0x7f && !(cp >= 0xdc00 && cp < 0xdd00) && !(cp >= 0x80 && cp < 0xa0);
        for (; start < i; start++) {
            if (plain) *vd_vec_push(&r->name) = name.p[start];
            else put_hex(r, (unsigned char)name.p[start]);
        }
    }
}

int vd_archive_next(vd_archive *r, vd_str *name, vd_err *err)
{
    struct archive_entry *e;
    r->blocks = (vd_blocks){0};
    for (;;) {
        int rc = r->broken ? ARCHIVE_EOF : archive_read_next_header(r->a, &e);
        if (rc == ARCHIVE_EOF) return 0;
        if (rc < ARCHIVE_WARN) {
            r->broken = true;
            fail(r, err);
            return -1;
        }
        if (r->members++ == VD_MAX_MEMBERS) {
            vd_fail(err, VD_LIMIT, "more than %u files in it; the rest is not read", VD_MAX_MEMBERS);
            return -1;
        }
        /* Links and devices are names only: nothing is followed. */
        if (archive_entry_filetype(e) != AE_IFREG || archive_entry_hardlink(e)) continue;
        set_name(r, e);
        *name = (vd_str){r->name.v, r->name.n};
        return 1;
    }
}

static ssize_t pull(void *ctx, char *buf, size_t n, vd_err *err)
{
    vd_archive *r = ctx;
    ssize_t got = vd_blocks_read(&r->blocks, r->a, buf, n);
    if (got < 0) return fail(r, err), -1;
    return vd_meter_add(vd_stream_meter(r->stream), (uint64_t)got, err) ? -1 : got;
}

vd_stream *vd_archive_member(vd_archive *r, vd_err *err)
{
    return vd_stream_open_pull(pull, r, vd_stream_meter(r->stream), err);
}
