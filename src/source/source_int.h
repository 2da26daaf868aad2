/* source/source_int.h - private to source/ */
#ifndef VD_SOURCE_INT_H
#define VD_SOURCE_INT_H

#include <pthread.h>
#include <sys/types.h>

#include "base/limits.h"
#include "base/vec.h"
#include "source/source.h"
#include "windows/normalise.h"

#define VD_BLOCK_BYTES (1u << 20)
/* Bytes looked at to tell what an input holds. */
#define VD_PEEK_BYTES (64u << 10)

/* ---- stream.c: the text or bytes of one input, unpacked ---- */

typedef struct vd_stream vd_stream;

/* Bytes into buf, 0 at the end, -1 with err. */
typedef ssize_t (*vd_pull)(void *ctx, char *buf, size_t n, vd_err *err);

/* How much an input has unpacked to, over all layers and members. */
typedef struct vd_meter {
    uint64_t size;       /* stored; 0: not known, then what was read of it counts */
    const uint64_t *raw; /* stored bytes read so far */
    uint64_t unpacked;
} vd_meter;

/* Takes fd; what is compressed is unpacked on the way, UTF-16 becomes UTF-8. Reading starts
 * where fd stands. When *stop (stop may be NULL) is set, a pipe on which nothing comes is
 * at its end. */
vd_stream *vd_stream_open(int fd, const volatile sig_atomic_t *stop, vd_err *err);
/* The same over bytes that pull gives. */
vd_stream *vd_stream_open_pull(vd_pull pull, void *ctx, vd_meter *meter, vd_err *err);
/* Does not close fd. */
void vd_stream_close(vd_stream *s);
/* Bytes into buf, 0 at the end, -1 with err. */
ssize_t vd_stream_read(vd_stream *s, char *buf, size_t n, vd_err *err);
/* The first bytes (up to VD_PEEK_BYTES), which stay to be read. */
vd_str vd_stream_peek(vd_stream *s);
/* What comes through a pipe is wanted when it comes: peeking does not wait for more than a first line
 * that is a document. Of no effect on files and what is compressed. */
void vd_stream_live(vd_stream *s);
/* A live stream from which nothing came for `ms`: to read it would mean to wait. */
bool vd_stream_idle(const vd_stream *s, int ms);
/* Peeking met an error: it is behind the bytes that were peeked at. */
bool vd_stream_failed(const vd_stream *s, vd_err *err);
/* What is read is not what is stored. Known after the first peek. */
bool vd_stream_packed(const vd_stream *s);
bool vd_stream_seekable(const vd_stream *s);
/* As lseek; -1 where that cannot be. What was peeked at is forgotten. */
int64_t vd_stream_seek(vd_stream *s, int64_t offset, int whence);
/* Bytes taken from fd so far. */
uint64_t vd_stream_raw(const vd_stream *s);
vd_meter *vd_stream_meter(const vd_stream *s);
/* Counts n more unpacked bytes; VD_LIMIT when they are too many. */
int vd_meter_add(vd_meter *meter, uint64_t n, vd_err *err);

/* ---- archive.c: zip, 7z and tar, one member after the other ---- */

typedef struct vd_archive vd_archive;

/* Reads the archive that s holds; s must live longer. NULL with err. */
vd_archive *vd_archive_open(vd_stream *s, vd_err *err);
void vd_archive_close(vd_archive *a);
/* The next file in it: 1, 0 at the end, -1 with err when nothing more can be read.
 * name: valid until the next call; control characters are shown as \xNN. */
int vd_archive_next(vd_archive *a, vd_str *name, vd_err *err);
/* Its bytes; to be closed before the next vd_archive_next. */
vd_stream *vd_archive_member(vd_archive *a, vd_err *err);

/* ---- content.c: what the first bytes say ---- */

typedef enum vd_content {
    VD_CONTENT_EMPTY,
    VD_CONTENT_LINES,     /* JSON, one document a line */
    VD_CONTENT_DOCUMENTS, /* JSON, an array or documents over many lines */
    VD_CONTENT_TEXT,      /* no JSON as far as one sees, but text: lines that may be */
    VD_CONTENT_XML,       /* with <Event> elements */
    VD_CONTENT_EVTX,
    VD_CONTENT_ARCHIVE,
    VD_CONTENT_BINARY
} vd_content;

vd_content vd_content_of(vd_str head);
/* Why content cannot be read, for people; NULL for what can. found: it was not named but
 * met in a folder or archive, where a text that may be anything is not read for events. */
const char *vd_content_refusal(vd_content content, bool found);

/* What is to be done to blocks of an input before they are fed. */
typedef enum vd_way {
    VD_WAY_PLAIN, /* nothing */
    VD_WAY_JSON,  /* each document is looked at */
    VD_WAY_XML,
    VD_WAY_EVTX
} vd_way;

/* By content, and for JSON by its first documents. */
vd_way vd_way_of(vd_content content, vd_str head);

/* ---- crew.c: blocks and the threads that feed them ---- */

/* An input as those see it that work on its blocks. */
typedef struct vd_part {
    uint32_t number; /* what add_input gave */
    vd_way way;
    vd_str name;
    _Atomic uint64_t told; /* things that could not be read */
    struct vd_part *next;
    uint64_t handed; /* blocks handed on, the reader's */
    /* Blocks are translated in their order, for records refer to earlier ones; what is
     * remembered of these goes with the part, so that it does not depend on the threads. */
    pthread_mutex_t lock;
    pthread_cond_t turned;
    uint64_t turn; /* blocks translated */
    bool closed;   /* no more blocks come */
    vd_win_starts *starts;
} vd_part;

typedef struct vd_span {
    uint32_t at, n; /* of a document in the block */
    uint64_t line;
} vd_span;

/* A block on its way. In the lines form `docs` is empty. */
typedef struct vd_buffer {
    struct vd_buffer *next;
    char *text;
    size_t n, cap; /* cap: bytes without the padding */
    vd_part *part;
    uint64_t offset, line, number; /* number: among the part's blocks */
    VD_VEC(vd_span) docs;
} vd_buffer;

typedef struct vd_crew vd_crew;

/* With one thread nothing is started: vd_crew_hand_on feeds at once. */
vd_crew *vd_crew_new(struct vd_source *source);
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

/* ---- translate.c: blocks of Windows records to blocks of ECS lines ---- */

typedef struct vd_translator vd_translator;

/* One a worker. */
vd_translator *vd_translator_new(struct vd_source *source, unsigned worker);
void vd_translator_free(vd_translator *t);
/* Feeds what the block holds. Its place in the translated stream follows from its place in
 * the input, so that it does not depend on the threads. */
void vd_translate(vd_translator *t, const vd_buffer *block);

/* ---- lines.c, documents.c, events.c, chunks.c: cutting ---- */

/* What the cutters work with. */
typedef struct vd_reader {
    struct vd_source *source;
    vd_crew *crew;
    vd_part *part;
    vd_stream *stream; /* NULL: fd is read as it is */
    int fd;
} vd_reader;

/* All read the stream to its end; false with err when it broke. */
bool vd_read_lines(vd_reader *r, vd_err *err);
bool vd_read_documents(vd_reader *r, vd_err *err);
bool vd_read_events(vd_reader *r, vd_err *err); /* XML */
bool vd_read_chunks(vd_reader *r, vd_err *err); /* EVTX */
/* One read into the free room of b: bytes, 0 at the end or when stopped, -1. */
ssize_t vd_reader_fill(vd_reader *r, vd_buffer *b, vd_err *err);
void vd_reader_too_long(vd_reader *r, uint64_t line, uint64_t offset);
/* Hands on the first n bytes of b, whose first is at `offset` and on `line`, and gives a new
 * block with the rest. */
vd_buffer *vd_reader_hand_on(vd_reader *r, vd_buffer *b, size_t n, uint64_t offset, uint64_t line);

typedef VD_VEC(char) vd_rest;

/* Lines, some at a time. Invariant: b holds the bytes from `offset` on, the first of them
 * at the start of line `line`; in `skipping` the start of that line is gone already. */
typedef struct vd_lines {
    vd_reader *r;
    vd_buffer *b;
    uint64_t offset, line;
    bool skipping, begun;
} vd_lines;

/* Reads until nothing more comes; false with err when it broke. */
bool vd_lines_read(vd_lines *c, vd_err *err);
/* Hands on whole lines and moves what is left to `rest`. c->b is given back. */
void vd_lines_pause(vd_lines *c, vd_rest *rest);
/* Hands on everything. c->b is given back. */
void vd_lines_end(vd_lines *c);

/* ---- list.c: paths to inputs ---- */

typedef struct vd_input {
    char *name;
    int fd;          /* open when it is a plain file or a pipe, else -1 and opened again */
    vd_stream *kept; /* what cannot be opened twice: its stream, with what was peeked */
    uint64_t size;
    vd_content content;
    vd_way way;
    bool followed;
} vd_input;

/* ---- source.c ---- */

struct vd_source {
    vd_source_options options;
    vd_source_sink sink;
    VD_VEC(vd_input) inputs;
    VD_VEC(vd_str) maps; /* texts, the caller's */
    size_t left_alone, announced;
    unsigned fds, max_fds; /* files kept open, and how many may be */
    uint64_t bytes_total;
    uint64_t bytes_done; /* of inputs that are through */
    vd_stream *reading;
    _Atomic uint64_t documents;
    int64_t last_tick;
    bool caught_up; /* and the sink was told */
    vd_part *parts; /* all that were announced, the last first */
    pthread_mutex_t tell_lock;
    bool zone_seen; /* by a translator: a hint for --input-tz */
    int zone_minutes;
};

/* Tells something through the sink; from any thread. */
void vd_source_tell(vd_source *source, vd_str name, const char *what, bool broken);
/* Something in a part that could not be read; after VD_MAX_REPORTS of them only counted. */
void vd_part_tell(vd_source *source, vd_part *part, const char *what);
/* Nothing more of the part will be handed on. */
void vd_part_close(vd_part *part);
/* What was there at the start is read; once. */
void vd_source_caught_up(vd_source *source);
/* Makes an input known to the sink; NULL (said) if it takes no more. */
vd_part *vd_source_announce(vd_source *source, vd_str name, vd_way way, int fd);
bool vd_source_stopped(const vd_source *source);
/* Draws now and then. */
void vd_source_tick(vd_source *source);

/* ---- members.c: the inputs inside an archive ---- */

/* Reads all members of the archive in s, which is `depth` archives deep (1: on disk). false
 * with err when it broke. */
bool vd_read_archive(vd_source *source, vd_crew *crew, vd_stream *s, vd_str name, unsigned depth,
                     vd_err *err);
/* Reads a stream whose content is known. */
bool vd_read_stream(vd_source *source, vd_crew *crew, vd_stream *s, vd_content content, vd_part *part,
                    vd_err *err);

/* ---- follow.c ---- */

/* Reads the followed inputs as they grow, until the order to stop. */
void vd_follow(vd_source *source, vd_crew *crew);

#endif
