/* store/store.h - the events: a journal, sealed blocks behind it, and how to read them
 *
 * Idea      An acknowledged batch is a record in the journal (a file that only grows),
 *           written with fdatasync by one writer for all who wait. A background
 *           thread turns batches that were matched into blocks: some thousand
 *           documents of one index, compressed, a row of SQLite with their time
 *           range, their numbers and filters of what is in them. Row and end of
 *           the journal's sealed part change in one transaction: a kill at any
 *           moment loses and doubles nothing.
 * Use       vd_store_open; vd_store_commit from any thread; one follower takes
 *           batches in order with vd_store_next and gives them back with
 *           vd_store_done; readers make scans.
 * Numbers   Every document has a number, `seq`, from 1 in order of arrival. It is the
 *           reference to the document for good.
 * Threads   Everything from any thread, except vd_store_open and vd_store_close.
 * Errors    VD_LIMIT: too much waits to be matched and sealed (HTTP 429). VD_IO: the disk
 *           took it not; nothing of the batch counts. A block that fails its checksum is
 *           told, counted, and left out of scans. */
#ifndef VD_STORE_STORE_H
#define VD_STORE_STORE_H

#include "base/arena.h"
#include "base/err.h"
#include "field/field.h"
#include "store/batch.h"
#include "store/db.h"

typedef struct vd_store vd_store;

typedef struct vd_store_options {
    const char *dir;      /* made if it is not there, 0700 */
    bool read_only;       /* no journal is written, nothing is sealed; for `vedette store` and hunts */
    int64_t retain;       /* ms by receipt; 0: for ever. Whole blocks go */
    uint64_t max_bytes;   /* on disk, of blocks and journal; 0: no bound. The oldest blocks go */
    uint64_t horizon;     /* ids remembered to know duplicates, newest; 0: 8 million */
    uint64_t max_waiting; /* bytes of documents not yet sealed before commits say VD_LIMIT;
                             0: 256 MiB */
    uint32_t block_bytes; /* of documents in a block; 0: 8 MiB */
    int level;            /* of zstd for blocks; 0: the store's choice */
    void (*tell)(void *ctx, const char *what); /* a damaged block, a torn record, a full disk */
    void *ctx;
} vd_store_options;

/* Opens and repairs: a torn record at the journal's end is cut off, batches not yet sealed are
 * there again for vd_store_next. VD_IO with the reason (also: another process has it open). */
int vd_store_open(const vd_store_options *options, vd_store **out, vd_err *err);
/* Seals what was done, ends the threads. */
void vd_store_close(vd_store *s);
/* Secret of this store, for the hashes of ids. */
void vd_store_seed(const vd_store *s, uint64_t seed[2]);
/* The database of alerts, rules and the other papers. */
vd_db *vd_store_papers(vd_store *s);

/* Writes the batch; returns when it is on disk. Gives its documents their numbers and marks
 * duplicates. Takes a reference. */
int vd_store_commit(vd_store *s, vd_batch *b, vd_err *err);
/* Whether a commit of so many bytes would be refused now. */
bool vd_store_busy(vd_store *s, size_t bytes);
/* Waits at most `ms` for a commit of so many bytes to find room; false: there is none yet. */
bool vd_store_wait_for_room(vd_store *s, size_t bytes, int64_t ms);

/* The next batch in order of commit, with a reference; NULL after `wait_ms` without one, or
 * when vd_store_wake was called. After opening these are first the batches that had not been
 * sealed. */
vd_batch *vd_store_next(vd_store *s, int wait_ms);
void vd_store_wake(vd_store *s);
/* The batch was matched and its alerts are in the database: it may be sealed. candidates:
 * what the rules made of it, opaque here, kept beside its documents; plan: what rules made them
 * (vd_stream's word); may be empty. Takes the reference that vd_store_next gave. */
void vd_store_done(vd_store *s, vd_batch *b, vd_str candidates, uint64_t plan);

/* Reads document `seq` again: its envelope line, in the arena, VD_PADDING behind it.
 * VD_IO: it is gone (retention) or damaged. */
int vd_store_read(vd_store *s, uint64_t seq, vd_arena *a, vd_str *line, vd_err *err);

/* --- scans --- */

typedef struct vd_store_window {
    int64_t since, until;       /* by @timestamp, ms, inclusive; VD_TIME_NONE: open. Documents
                                   without one are in */
    int64_t ingested_since, ingested_until; /* a block is also read if it was received in
                                   here (windows by event.ingested); VD_TIME_NONE: not asked */
    const vd_str *indices;      /* index patterns (field/index.h); n 0: all */
    size_t n_indices;
    uint64_t after_seq;         /* documents numbered above this only; 0: all */
    const vd_strs *values;      /* only blocks that may hold of each of these lists one value in one
                                   of the filtered fields (vd_store_askable); n_values 0: not asked */
    size_t n_values;
} vd_store_window;

/* Whether blocks can be asked for a value of this field, when it is read as of this type: one of
 * the fields of which blocks have filters (entity ids, hosts, users, hashes, addresses), read as the
 * filters read it. */
bool vd_store_askable(vd_str field, vd_field_type type, vd_str value);

typedef struct vd_scan_block {
    const char *text;     /* envelope lines; VD_PADDING readable bytes behind n */
    size_t n;
    const uint64_t *seqs; /* of each line */
    size_t n_docs;
    vd_str index;         /* all lines' */
} vd_scan_block;

typedef struct vd_scan vd_scan;

/* What is stored now, sealed or not, whole blocks that meet the window: their documents need
 * not all lie in it. In no promised order. */
vd_scan *vd_scan_new(vd_store *s, const vd_store_window *window);
/* The next block; valid until the next call. 1, 0 at the end, -1 if the database failed.
 * Damaged blocks are told and left out. */
int vd_scan_next(vd_scan *scan, vd_scan_block *out, vd_err *err);
/* How many documents the blocks of the scan hold, before it begins; those of blocks that will be
 * skipped are in it. */
uint64_t vd_scan_documents(const vd_scan *scan);
/* Sealed blocks, up to now. */
typedef struct vd_scan_counts {
    uint64_t read, skipped; /* skipped: in the window, but without the values that are wanted */
} vd_scan_counts;
vd_scan_counts vd_scan_counts_of(const vd_scan *scan);
void vd_scan_free(vd_scan *scan);

/* The candidates kept for documents since `since` (by the latest @timestamp of those kept
 * together) that `plan` made, in order of their numbers, a call for each batch: empty where a
 * batch made none, so that numbers which no call covers are a hole. false from take ends it. */
int vd_store_candidates(vd_store *s, int64_t since, uint64_t plan,
                        bool (*take)(void *ctx, vd_str candidates, uint64_t first_seq, uint64_t last_seq),
                        void *ctx, vd_err *err);
/* How many documents since `since` have candidates that other rules than `plan` made: what must be
 * matched again. */
int vd_store_candidates_of_others(vd_store *s, int64_t since, uint64_t plan, uint64_t *documents, vd_err *err);

/* --- upkeep --- */

typedef struct vd_store_stats {
    uint64_t documents, duplicates;       /* stored now; seen since opening */
    uint64_t blocks, damaged_blocks;
    uint64_t raw_bytes;                   /* of the documents in blocks */
    uint64_t block_bytes, filter_bytes, candidate_bytes, id_bytes; /* on disk */
    uint64_t journal_bytes, waiting_bytes; /* on disk; not yet sealed, raw */
    uint64_t disk_bytes;                  /* of all files of the store */
    int64_t first_ts, last_ts;            /* VD_TIME_NONE: nothing */
    uint64_t last_seq, sealed_seq;        /* newest document; newest in a block */
    uint64_t ids;                         /* remembered for duplicates */
    uint64_t commits, syncs, commit_ns, seal_ns, removed_blocks, busy;
    uint64_t blocks_read, blocks_skipped;          /* by scans that are over */
    uint64_t blocks_cpu_ns, sqlite_cpu_ns; /* processor time of making blocks, of writing them */
} vd_store_stats;
vd_store_stats vd_store_stats_of(vd_store *s);

/* By index: name, documents, bytes, time range; called for each in order of name. */
typedef struct vd_store_index {
    vd_str name;
    uint64_t documents, blocks, raw_bytes, block_bytes;
    int64_t first_ts, last_ts;
} vd_store_index;
int vd_store_each_index(vd_store *s, void (*take)(void *ctx, const vd_store_index *i), void *ctx, vd_err *err);

/* Reads every block and journal record and checks it; told what is wrong. Returns how many
 * are damaged, -1 if it could not be done. */
int64_t vd_store_verify(vd_store *s, void (*damaged)(void *ctx, const char *what), void *ctx, vd_err *err);
/* Joins small blocks of one index, applies retention, gives free pages back. */
int vd_store_compact(vd_store *s, vd_err *err);
/* Applies retention now; *removed: blocks. Also done once a minute by itself. */
int vd_store_retain(vd_store *s, int64_t now, uint64_t *removed, vd_err *err);
/* Waits until everything done is sealed (tests, `store` after a service). */
int vd_store_seal(vd_store *s, vd_err *err);

#endif
