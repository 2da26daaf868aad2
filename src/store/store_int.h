/* store/store_int.h - what the files of the event store share; private to store/
 *
 * Threads   committer (commit.c) numbers and writes batches; sealer (seal.c) makes blocks and,
 *           once a minute, does the upkeep. `lock` is held for moments only, never over a
 *           disk's work; the order of locks is upkeep, lock, the journal's. The database's
 *           writer is taken without `lock`. */
#ifndef VD_STORE_STORE_INT_H
#define VD_STORE_STORE_INT_H

#include <pthread.h>

#include "base/clock.h"
#include "base/limits.h"
#include "store/block.h"
#include "store/ids.h"
#include "store/journal.h"
#include "store/store.h"

/* A batch between commit and seal. */
typedef struct vd_entry {
    vd_batch *b;
    char *candidates; /* own */
    size_t candidates_n;
    uint64_t plan;
    int64_t done_at; /* monotonic ns; 0: it was in the journal at the start, and waits no longer */
    bool restored;   /* from there */
    bool done;
} vd_entry;

/* A commit that waits for the committer; stands on its caller's stack. */
typedef struct vd_waiter {
    struct vd_waiter *next;
    vd_batch *b;
    vd_pack *pack;
    vd_err *err;
    int code;
    bool over;
} vd_waiter;

typedef struct vd_index_name {
    int64_t id; /* of its row; 0: has none yet */
    char *name;
    size_t n;
} vd_index_name;

/* A block that documents are read from one by one: as it is stored, and one part unpacked. */
typedef struct vd_cached {
    vd_bytes packed;
    vd_block_map map;
    uint32_t part;        /* the unpacked one; UINT32_MAX: none */
    vd_bytes text;        /* its lines */
    VD_VEC(size_t) lines; /* where each begins, and the end */
    int64_t id; /* 0: none */
    uint64_t used;
} vd_cached;
/* Blocks of the indices that events stand in beside each other, twice. */
#define VD_CACHED 16

struct vd_store {
    vd_store_options o;
    char *dir;
    int lock_fd;
    uint64_t seed[2];
    int64_t opened_ms, opened_ns; /* by the clock of the day, and the monotonic one */
    vd_db *db;     /* events */
    vd_db *papers; /* alerts and the rest: seal.c says how they keep step */
    vd_journal *journal;

    pthread_mutex_t lock; /* everything down to `ids` */
    pthread_cond_t commits, committed, batches, work, sealed_some;
    vd_waiter *first_waiter, **last_waiter;
    VD_VEC(vd_entry) queue; /* in order of seq */
    size_t given;           /* of them, to the follower */
    uint64_t waiting;       /* bytes: in the queue, and of commits under way */
    bool wake, closing, flush;
    uint64_t sealed;        /* last number in blocks */
    uint64_t failed_rounds; /* of sealing */
    vd_err seal_err;        /* of the last of them */
    uint64_t candidate_bytes;
    VD_VEC(vd_block_info) blocks; /* by id */
    VD_VEC(vd_index_name) names;
    vd_store_stats stats;   /* counters only */
    uint64_t next_seq;

    vd_ids *ids;            /* the committer's */
    pthread_mutex_t reading; /* the cache */
    vd_cached cache[VD_CACHED];
    uint64_t reads;
    pthread_mutex_t upkeep; /* one that removes or joins blocks, or makes them */
    pthread_t committer, sealer;
    bool threads;
};

void vd_store_tell(const vd_store *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A ZSTD_CCtx for blocks; NULL: no memory. */
void *vd_store_zstd(const vd_store *s);

/* commit.c */
void *vd_committer(void *store);
/* A batch that is in the journal joins the queue; its ids are remembered. lock held. */
void vd_store_enqueue(vd_store *s, vd_batch *b);
void vd_store_remember(vd_store *s, const vd_batch *b);

/* queue.c: the entry whose batch holds the number, SIZE_MAX: none. lock held. */
size_t vd_queue_find(const vd_store *s, uint64_t seq);

/* catalog.c */
int vd_catalog_load(vd_store *s, vd_err *err);
/* Ids of the newest blocks. */
int vd_catalog_load_ids(vd_store *s, vd_err *err);
uint32_t vd_catalog_index(vd_store *s, vd_str name); /* lock held; adds it */
/* In the transaction: writes the block and its new id into b->info. */
int vd_catalog_insert(vd_store *s, vd_conn *c, vd_block *b, vd_err *err);
int vd_catalog_delete(vd_conn *c, int64_t id, vd_err *err);
/* Takes those blocks out of the list in memory; lock held. */
void vd_catalog_forget(vd_store *s, const int64_t *ids, size_t n);
/* Unpacks a block. 0; VD_IO: it is not there; VD_FORMAT: it is damaged, which was told and counted. */
int vd_catalog_read(vd_store *s, vd_conn *c, const vd_block_info *info, vd_unpacked *u, vd_err *err);
/* The same, as it is stored, with its map. */
int vd_catalog_read_packed(vd_store *s, vd_conn *c, const vd_block_info *info, vd_bytes *packed, vd_block_map *map,
                           vd_err *err);
/* Marks the block as damaged, says so once: VD_FORMAT. */
int vd_catalog_damaged(vd_store *s, const vd_block_info *info, vd_err *err);

/* The block that now holds the documents of one that was joined with others. VD_IO: none does. */
int vd_catalog_find_again(vd_store *s, vd_conn *c, vd_block_info *info, vd_err *err);

/* state.c */
int vd_state_get(vd_conn *c, const char *name, vd_arena *a, vd_str *value, bool *found, vd_err *err);
int vd_store_state_put(vd_conn *c, const char *name, vd_str value, vd_err *err);

/* seal.c */
void *vd_sealer(void *store);
/* Removes what of the journal is sealed for good. turn: the segment being written, too. */
void vd_store_drop_journal(vd_store *s, uint64_t sealed, bool turn);
/* candidates.c. In the transaction; *bytes: what was added. */
int vd_candidates_put(vd_conn *c, const vd_entry *entries, size_t n, uint64_t *bytes, vd_err *err);
int vd_candidates_forget(vd_conn *c, uint64_t before, vd_err *err);
int vd_candidates_bytes(vd_conn *c, uint64_t *bytes, vd_err *err);

/* retain.c, upkeep.c */
void vd_store_tidy(vd_store *s); /* once a minute */
int vd_store_vacuum(vd_store *s, vd_err *err);
int vd_store_join(vd_store *s, size_t at_least, vd_err *err);

#endif
