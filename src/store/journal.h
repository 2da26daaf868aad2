/* store/journal.h - batches on disk before they are sealed; private to store/
 *
 * Idea      Segments, files that only grow, named by number. A batch is a record; records of
 *           several batches are written with one writev and one fdatasync. A segment whose
 *           last record is sealed is removed.
 * Layout    All numbers little-endian:
 *             0  magic   4  bytes of the head   8  seq   16  received
 *            24  documents   28  raw bytes   32  packed bytes   36  zero   40  xxh64 of the packed
 *            48  a bit a document: duplicate; a bit a document: its _id was the sender's
 *             .  xxh64 of the head so far; then the packed bytes: lines, zstd
 * Repair    What does not check at the end of the newest segment is a write that a kill or power
 *           loss cut short and that nobody was told of: it is cut off. Damage before a good
 *           record is told and stepped over.
 * Threads   One appends; the rest from any thread. */
#ifndef VD_STORE_JOURNAL_H
#define VD_STORE_JOURNAL_H

#include "store/intake_int.h"

typedef struct vd_journal vd_journal;

/* A batch made ready in its own thread. */
typedef struct vd_pack vd_pack;
struct vd_pack {
    vd_pack *next; /* of the idle ones */
    void *zstd;
    vd_bytes packed, head;
};

typedef struct vd_record {
    uint64_t seq;
    int64_t received;
    uint32_t docs, raw;
    const unsigned char *duplicates, *known;
    vd_str packed;
    size_t size; /* all its bytes */
} vd_record;

#define VD_RECORD_MAGIC 0x314a4456u /* "VDJ1" */

/* The record at the beginning of `bytes`; false if there is none that checks. */
bool vd_record_read(vd_str bytes, vd_record *out);
/* The batch of a record, its documents known again. NULL: its content is not a batch. */
vd_batch *vd_record_batch(const vd_record *r, vd_intake *in);

typedef struct vd_journal_options {
    const char *dir;
    bool read_only;
    uint64_t segment; /* bytes at which the next one is begun */
    void (*tell)(void *ctx, const char *what);
    void *ctx;
} vd_journal_options;

int vd_journal_open(const vd_journal_options *options, vd_journal **out, vd_err *err);
void vd_journal_close(vd_journal *j);
/* Reads all segments and gives their records, in order of seq. Once, after opening. *damaged
 * (added to): places that were stepped over. */
int vd_journal_load(vd_journal *j, void (*take)(void *ctx, const vd_record *r), void *ctx,
                    uint64_t *damaged, vd_err *err);

/* Checks all records again: how many places are damaged, or -1. */
int64_t vd_journal_verify(vd_journal *j, void (*damaged)(void *ctx, const char *what), void *ctx, vd_err *err);

/* Packs the batch's lines. The pack goes back with vd_journal_unpack, whatever comes of it. */
vd_pack *vd_journal_pack(vd_journal *j, const vd_batch *b);
void vd_journal_unpack(vd_journal *j, vd_pack *p);
#define VD_APPEND_MAX 500
/* Writes the batches (numbers and states given) to disk, at most VD_APPEND_MAX. All or, with VD_IO,
 * none of them. */
int vd_journal_append(vd_journal *j, vd_batch *const *batches, vd_pack *const *packs, size_t n, vd_err *err);
/* Ends the segment being written, so that it can be removed. */
void vd_journal_turn(vd_journal *j);
/* Whether some segment holds nothing above `seq`; and removes those. */
bool vd_journal_droppable(vd_journal *j, uint64_t seq);
void vd_journal_drop(vd_journal *j, uint64_t seq);
uint64_t vd_journal_bytes(vd_journal *j);
uint64_t vd_journal_syncs(vd_journal *j);

#endif
