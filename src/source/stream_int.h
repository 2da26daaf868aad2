/* source/stream_int.h - private to the layers of a stream */
#ifndef VD_SOURCE_STREAM_INT_H
#define VD_SOURCE_STREAM_INT_H

#include "source/source_int.h"

#define VD_RAW_BYTES   (256u << 10)
#define VD_MAGIC_BYTES 16

struct archive;

/* The bytes of one entry of libarchive, as they come. archive_read_data will not do: it
 * throws away what it has read when it then meets an error. */
typedef struct vd_blocks {
    const char *p; /* of the block that came last: `left` bytes, which belong at `offset` */
    size_t left;
    int64_t offset, at; /* at: of the byte that is given next; before offset lie zeros */
} vd_blocks;

struct vd_stream {
    vd_pull pull; /* the bytes as they are stored */
    void *ctx;
    int fd;       /* of a file, pipe or terminal; -1: a member of an archive */
    bool regular; /* a file: never makes one wait */
    bool live;    /* somebody writes into it while it is read */
    const volatile sig_atomic_t *stop;
    char *raw;    /* stored bytes that nobody took yet: raw[raw_at .. raw_n) */
    size_t raw_at, raw_n;
    bool raw_end;
    uint64_t raw_total;
    vd_meter *meter, own_meter;
    struct archive *unpacker; /* NULL: not compressed */
    vd_blocks blocks;
    bool unpack_end;
    bool looked; /* whether it is UTF-16 */
    char utf16;  /* 'l' or 'b' by its byte order, 0: it is not */
    char *pre;   /* unpacked bytes that were looked at for that: pre[pre_at .. pre_n) */
    size_t pre_at, pre_n;
    bool pre_end;
    char small[4]; /* what is left of a character for which a reader had too little room */
    uint8_t small_n;
    char *head;  /* text that was peeked at: head[head_at .. head_n) */
    size_t head_at, head_n;
    vd_err late; /* an error met while peeking: given by the read that gets there */
};

/* More stored bytes behind raw_n, up to `want` in all. */
int vd_stream_fill_raw(vd_stream *s, size_t want, vd_err *err);

/* ---- unpack.c ---- */

/* Bytes into buf, 0 at the end, -1: see archive_error_string. */
ssize_t vd_blocks_read(vd_blocks *b, struct archive *a, char *buf, size_t n);

/* The first bytes of something compressed (VD_MAGIC_BYTES will do). */
bool vd_is_packed(const char *p, size_t n);
int vd_unpacker_open(vd_stream *s, vd_err *err);
ssize_t vd_unpacker_read(vd_stream *s, char *buf, size_t n, vd_err *err);
void vd_unpacker_close(vd_stream *s);

#endif
