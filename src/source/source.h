/* source/source.h - where events come from: files, folders, archives, standard input
 *
 * Idea      Paths become a list of inputs, each looked into once to see what it
 *           holds (by content, never by name). Then one reader cuts them into
 *           blocks of whole documents and worker threads hand these on. Plain ECS
 *           documents go on as they stand in the file; what holds Windows records
 *           or Elasticsearch's envelopes is translated to ECS lines by the worker
 *           on the way.
 * Use       vd_source_new; vd_source_add for each path; vd_source_run once; free it
 *           after the consumer, who may read plain files again through their fd.
 * Forms     Lines of JSON; one JSON array of documents; documents one after another
 *           over many lines, as `jq .` writes them; EVTX; XML with <Event>
 *           elements; UTF-8 or UTF-16. Plain or in gzip, zstd, xz, bzip2, lz4. Zip,
 *           7z and tar archives of these, read member by member without unpacking
 *           to disk. A byte order mark, CRLF, empty lines and a last line without
 *           its end are fine.
 * Threads   Everything is called from one thread; only vd_source_sink.feed is called
 *           from the workers, each with its own number, and tell from any thread, but
 *           never twice at once.
 * Errors    A path given by name that cannot be read is an error; what stands in a
 *           folder and is no input is told once and left alone; what breaks in the
 *           middle is told, and what came before it counts.
 * Limits    VD_MAX_LINE, VD_MAX_DIR_DEPTH, VD_MAX_ARCHIVE_DEPTH, VD_MAX_MEMBERS,
 *           VD_MAX_UNPACKED, VD_MAX_UNPACK_RATIO; blocks of 1 MiB, three a worker. */
#ifndef VD_SOURCE_SOURCE_H
#define VD_SOURCE_SOURCE_H

#include <signal.h>
#include <stdatomic.h>

#include "base/offsets.h"
#include "base/err.h"
#include "event/event.h"

/* A run of documents of one input. */
typedef struct vd_source_block {
    uint32_t input;   /* what add_input gave */
    const char *text; /* VD_PADDING readable bytes behind n */
    size_t n;
    uint64_t offset;  /* of text[0] in the input's (uncompressed) bytes; of translated
                         documents in their own, ascending, count */
    uint64_t line;    /* number of the first line (element of an array, <Event>), from 1;
                         in EVTX the record's number */
    bool lines;       /* the documents are the lines of text; else text is one document */
} vd_source_block;

/* A fault that is found while the input is cut: VD_FAULT_TOO_LONG. */
typedef struct vd_source_fault {
    vd_fault fault;
    uint32_t input;
    vd_str name;
    uint64_t line, offset;
} vd_source_fault;

/* The consumer. Every function gets ctx first. */
typedef struct vd_source_sink {
    /* A new input, before anything of it is fed; gives its number. fd: a plain file
     * whose offsets are those of feed, open until vd_source_free; -1: cannot be
     * read again. From the thread of vd_source_run, but members of archives and
     * files that were rotated in come while others are fed. */
    uint32_t (*add_input)(void *ctx, vd_str name, int fd);
    /* Takes a block; it is valid during the call. From any worker thread. */
    void (*feed)(void *ctx, unsigned worker, const vd_source_block *block);
    void (*fault)(void *ctx, const vd_source_fault *fault);
    /* Something about an input that people should know: it was left alone, or broke
     * off in the middle (`broken`). */
    void (*tell)(void *ctx, vd_str name, const char *what, bool broken);
    /* Now and then (about ten times a second) while reading; may be NULL. */
    void (*tick)(void *ctx);
    void *ctx;
    /* Something people should know that is no fault of an input; may be NULL. */
    void (*note)(void *ctx, const char *what);
    /* `follow`: everything that was there at the start was fed, or a pipe has come to a pause; what
     * comes from now on is new. From
     * the thread of vd_source_run, and with one worker after the last feed. May be NULL. */
    void (*caught_up)(void *ctx);
} vd_source_sink;

typedef struct vd_source_options {
    unsigned threads;  /* workers; 0: as many as there are cores */
    size_t max_line;   /* bytes of a line or document; 0: VD_MAX_LINE */
    const volatile sig_atomic_t *stop; /* not NULL: reading ends soon after it is set */
    const vd_offsets *input_tz; /* zone of Windows records' times that name none; NULL: UTC.
                                   Must live as long as the source */
    bool no_derive; /* see vd_normalise_options */
    vd_str host;    /* host of records that name no computer; may be empty */
    bool follow;    /* files of JSON lines are read on as they grow and are rotated, until
                       *stop is set; all else is read once, before them. Lines of a pipe are fed
                       when they come */
} vd_source_options;

typedef struct vd_source_stats {
    size_t inputs;           /* files, members of archives and streams that were read */
    size_t left_alone;       /* files in folders that hold no events */
    uint64_t bytes_total;    /* of the files on disk; what has no size counts 0 */
    uint64_t bytes_read;     /* of these, so far (compressed bytes) */
    uint64_t documents;      /* lines and documents fed so far */
} vd_source_stats;

typedef struct vd_source vd_source;

vd_source *vd_source_new(const vd_source_options *options, const vd_source_sink *sink);
/* Closes the files. */
void vd_source_free(vd_source *source);

/* Adds a file, a folder (all files in it, recursively, in byte order) or "-" for
 * standard input. VD_IO if it cannot be opened, VD_FORMAT if its content is
 * something that cannot be read. */
int vd_source_add(vd_source *source, const char *path, vd_err *err);

/* Adds a mapping table for Windows records (docs/windows.md), which must live until
 * vd_source_free; what it says of an event wins over what is built in. VD_FORMAT with a
 * position in it. */
int vd_source_map(vd_source *source, vd_str text, vd_err *err);

/* Reads all inputs and feeds them. Returns when every worker has ended. */
void vd_source_run(vd_source *source);

/* Number of workers that vd_source_run uses. */
unsigned vd_source_threads(const vd_source *source);
vd_source_stats vd_source_stats_of(const vd_source *source);

#endif
