/* source/source_int.h - private to source/ */
#ifndef VD_SOURCE_INT_H
#define VD_SOURCE_INT_H

#include <sys/types.h>

#include "base/limits.h"
#include "base/vec.h"
#include "source/source.h"

#define VD_BLOCK_BYTES (1u << 20)
/* Bytes looked at to tell what an input holds. */
#define VD_PEEK_BYTES (64u << 10)

/* ---- stream.c: the bytes of one input, unpacked ---- */

typedef struct vd_stream vd_stream;

/* Takes fd; gzip and zstd are unpacked on the way. Reading starts where fd stands. When
 * *stop (stop may be NULL) is set, a pipe on which nothing comes is at its end. */
vd_stream *vd_stream_open(int fd, const volatile sig_atomic_t *stop, vd_err *err);
/* Does not close fd. */
void vd_stream_close(vd_stream *s);
/* Bytes into buf, 0 at the end, -1 with err. */
ssize_t vd_stream_read(vd_stream *s, char *buf, size_t n, vd_err *err);
/* The first bytes (up to VD_PEEK_BYTES), which stay to be read. */
vd_str vd_stream_peek(vd_stream *s);
bool vd_stream_packed(const vd_stream *s);
/* Bytes taken from fd so far. */
uint64_t vd_stream_raw(const vd_stream *s);

/* ---- content.c: what the first bytes say ---- */

typedef enum vd_content {
    VD_CONTENT_EMPTY,
    VD_CONTENT_LINES,     /* JSON, one document a line */
    VD_CONTENT_DOCUMENTS, /* JSON, an array or documents over many lines */
    VD_CONTENT_TEXT,      /* no JSON as far as one sees, but text: lines that may be */
    VD_CONTENT_UTF16,
    VD_CONTENT_EVTX,
    VD_CONTENT_ARCHIVE,
    VD_CONTENT_BINARY
} vd_content;

vd_content vd_content_of(vd_str head);
/* Why content cannot be read, for people; NULL for what can. */
const char *vd_content_refusal(vd_content content);

/* ---- crew.c: blocks and the threads that feed them ---- */

typedef struct vd_span {
    uint32_t at, n; /* of a document in the block */
    uint64_t line;
} vd_span;

/* A block on its way. In the lines form `docs` is empty. */
typedef struct vd_buffer {
    struct vd_buffer *next;
    char *text;
    size_t n, cap; /* cap: bytes without the padding */
    uint32_t input;
    uint64_t offset, line;
    VD_VEC(vd_span) docs;
} vd_buffer;

typedef struct vd_crew vd_crew;

/* With one thread nothing is started: vd_crew_hand_on feeds at once. */
vd_crew *vd_crew_new(unsigned threads, const vd_source_sink *sink);
/* An empty block with room for VD_BLOCK_BYTES; waits for one to come free. */
vd_buffer *vd_crew_buffer(vd_crew *crew);
/* Hands a filled block to the workers. */
void vd_crew_hand_on(vd_crew *crew, vd_buffer *buffer);
/* Gives back a block unused. */
void vd_crew_give(vd_crew *crew, vd_buffer *buffer);
/* Waits until all is fed, ends the threads, frees the crew. */
void vd_crew_finish(vd_crew *crew);
/* Room for `cap` bytes and the padding. */
void vd_buffer_reserve(vd_buffer *buffer, size_t cap);

/* ---- lines.c, documents.c: cutting ---- */

/* What the cutters work with. */
typedef struct vd_reader {
    vd_stream *stream;
    vd_crew *crew;
    const vd_source_sink *sink;
    const volatile sig_atomic_t *stop;
    vd_str name;
    uint32_t input;
    size_t max_line;
    _Atomic uint64_t *documents;
    void (*progress)(void *ctx); /* called after every read */
    void *progress_ctx;
} vd_reader;

/* Both read the stream to its end; false with err when it broke. */
bool vd_read_lines(vd_reader *r, vd_err *err);
bool vd_read_documents(vd_reader *r, vd_err *err);
/* One read into the free room of b: bytes, 0 at the end or when stopped, -1. */
ssize_t vd_reader_fill(vd_reader *r, vd_buffer *b, vd_err *err);
void vd_reader_too_long(vd_reader *r, uint64_t line, uint64_t offset);

/* ---- list.c: paths to inputs ---- */

typedef struct vd_input {
    char *name;
    int fd;          /* open when it is a plain file or a pipe, else -1 and opened again */
    vd_stream *kept; /* what cannot be opened twice: its stream, with what was peeked */
    uint64_t size;
} vd_input;

struct vd_source {
    vd_source_options options;
    vd_source_sink sink;
    VD_VEC(vd_input) inputs;
    size_t left_alone;
    unsigned fds, max_fds; /* files kept open, and how many may be */
    uint64_t bytes_total;
    uint64_t bytes_done; /* of inputs that are through */
    vd_stream *reading;
    _Atomic uint64_t documents;
    int64_t last_tick;
};

#endif
