/* store/store.c - opening and closing */
#include "base/wait.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#include "store/papers.h"
#include "store/store_int.h"

#define HORIZON     (8ull << 20)
#define MAX_WAITING (256ull << 20)
#define BLOCK_BYTES (8u << 20)
#define SEGMENT     (64ull << 20)
/* zstd's level for blocks, by measurement (docs/store.md): 3 takes a sixth less space and a
 * third more time. */
#define LEVEL 1

void vd_store_tell(const vd_store *s, const char *fmt, ...)
{
    char text[VD_ERR_MSG_MAX + 256];
    va_list args;
    if (!s->o.tell) return;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    s->o.tell(s->o.ctx, text);
}

void *vd_store_zstd(const vd_store *s)
{
    ZSTD_CCtx *zstd = ZSTD_createCCtx();
    if (zstd) ZSTD_CCtx_setParameter(zstd, ZSTD_c_compressionLevel, s->o.level);
    return zstd;
}

static void path_in(const vd_store *s, const char *name, char out[4096])
{
    snprintf(out, 4096, "%s/%s", s->dir, name);
}

/* --- opening --- */

static int make_dir(vd_store *s, vd_err *err)
{
    if (s->o.read_only || mkdir(s->dir, 0700) == 0 || errno == EEXIST) return 0;
    return vd_fail(err, VD_IO, "%s: %s", s->dir, strerror(errno));
}

/* One process writes. Readers need no lock: what they read is in the database, or is a journal
 * that only grows. */
static int lock_dir(vd_store *s, vd_err *err)
{
    char path[4096];
    if (s->o.read_only) return 0;
    path_in(s, "lock", path);
    s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (s->lock_fd < 0) return vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
    if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0) return 0;
    return vd_fail(err, VD_IO, "%s: another process has this store open", s->dir);
}

static int read_seed(vd_store *s, bool *found, vd_err *err)
{
    vd_arena a;
    vd_str value;
    vd_conn *c = vd_db_reader(s->db, err);
    if (!c) return VD_IO;
    vd_arena_init(&a, 256);
    int code = vd_state_get(c, "seed", &a, &value, found, err);
    if (!code && *found && value.n != 16) code = vd_fail(err, VD_FORMAT, "the store's seed is damaged");
    if (!code && *found) {
        s->seed[0] = vd_get64(value.p);
        s->seed[1] = vd_get64(value.p + 8);
    }
    vd_arena_fini(&a);
    vd_db_return(s->db, c);
    return code;
}

static int make_seed(vd_store *s, vd_err *err)
{
    char bytes[16];
    randombytes_buf(bytes, sizeof bytes);
    s->seed[0] = vd_get64(bytes);
    s->seed[1] = vd_get64(bytes + 8);
    vd_conn *c = vd_db_begin(s->db, err);
    if (!c) return VD_IO;
    if (!vd_store_state_put(c, "seed", (vd_str){bytes, 16}, err)) return vd_db_commit(s->db, c, err);
    vd_db_rollback(s->db, c);
    return VD_IO;
}

static int load_seed(vd_store *s, vd_err *err)
{
    bool found = false;
    if (sodium_init() < 0) return vd_fail(err, VD_IO, "no random numbers");
    int code = read_seed(s, &found, err);
    return code || found ? code : make_seed(s, err);
}

typedef struct recovery {
    vd_store *s;
    vd_intake *in;
    VD_VEC(vd_batch *) batches;
    uint64_t bad;
} recovery;

static void recover(void *ctx, const vd_record *r)
{
    recovery *k = ctx;
    vd_store *s = k->s;
    uint64_t last = r->seq + r->docs - 1;
    if (s->next_seq <= last) s->next_seq = last + 1;
    /* Readers do not know yet what is sealed; they drop it below. */
    if (last <= s->sealed) return;
    vd_batch *b = vd_record_batch(r, k->in);
    if (b) *vd_vec_push(&k->batches) = b;
    else {
        k->bad++;
        vd_store_tell(s, "journal: the batch of documents %llu to %llu is damaged", (unsigned long long)r->seq,
                      (unsigned long long)last);
    }
}

static void take_up(vd_store *s, recovery *k)
{
    for (size_t i = 0; i < k->batches.n; i++) {
        vd_batch *b = k->batches.v[i];
        if (b->seq > s->sealed) {
            if (s->ids) vd_store_remember(s, b);
            vd_store_enqueue(s, b);
            s->queue.v[s->queue.n - 1].restored = true;
            s->waiting += vd_batch_bytes(b);
        }
        vd_batch_unref(b);
    }
    vd_vec_free(&k->batches);
    if (s->next_seq <= s->sealed) s->next_seq = s->sealed + 1;
    s->stats.damaged_blocks += k->bad;
    s->stats.ids = s->ids ? vd_ids_count(s->ids) : 0;
}

static int read_journal(vd_store *s, recovery *k, vd_err *err)
{
    char path[4096];
    path_in(s, "journal", path);
    vd_journal_options o = {.dir = path, .read_only = s->o.read_only, .segment = SEGMENT,
                            .tell = s->o.tell, .ctx = s->o.ctx};
    int code = vd_journal_open(&o, &s->journal, err);
    return code ? code : vd_journal_load(s->journal, recover, k, &k->bad, err);
}

static int load_candidate_bytes(vd_store *s, vd_err *err)
{
    vd_conn *c = vd_db_reader(s->db, err);
    int code = c ? vd_candidates_bytes(c, &s->candidate_bytes, err) : VD_IO;
    vd_db_return(s->db, c);
    return code;
}

/* A reader reads the journal first: what a service seals meanwhile is then in the blocks that
 * are read after it, and is dropped here by its number. Otherwise nobody seals meanwhile, and
 * the blocks first means that sealed records need not be unpacked. */
static int load(vd_store *s, vd_err *err)
{
    recovery k = {.s = s, .in = vd_intake_new(s->seed)};
    int code = 0;
    if (s->o.read_only) code = read_journal(s, &k, err);
    if (!code) code = vd_catalog_load(s, err);
    if (!code) code = load_candidate_bytes(s, err);
    if (!code && s->ids) code = vd_catalog_load_ids(s, err);
    if (!code && !s->o.read_only) code = read_journal(s, &k, err);
    take_up(s, &k);
    vd_intake_free(k.in);
    return code;
}

static int begin_threads(vd_store *s, vd_err *err)
{
    if (s->o.read_only) return 0;
    vd_store_drop_journal(s, s->sealed, false);
    if (pthread_create(&s->committer, NULL, vd_committer, s))
        return vd_fail(err, VD_IO, "no thread for the store");
    if (pthread_create(&s->sealer, NULL, vd_sealer, s)) {
        pthread_mutex_lock(&s->lock);
        s->closing = true;
        pthread_cond_broadcast(&s->commits);
        pthread_mutex_unlock(&s->lock);
        pthread_join(s->committer, NULL);
        return vd_fail(err, VD_IO, "no thread for the store");
    }
    s->threads = true;
    return 0;
}

static void set_options(vd_store *s, const vd_store_options *o)
{
    s->o = *o;
    size_t n = strlen(o->dir) + 1;
    s->dir = vd_malloc(n);
    memcpy(s->dir, o->dir, n);
    if (!s->o.horizon) s->o.horizon = HORIZON;
    if (!s->o.max_waiting) s->o.max_waiting = MAX_WAITING;
    if (!s->o.block_bytes) s->o.block_bytes = BLOCK_BYTES;
    if (!s->o.level) s->o.level = LEVEL;
}

static vd_store *new_store(const vd_store_options *options)
{
    vd_store *s = vd_calloc(1, sizeof *s);
    set_options(s, options);
    s->lock_fd = -1;
    s->next_seq = 1;
    s->opened_ms = vd_now_ms();
    s->opened_ns = vd_mono_ns();
    s->last_waiter = &s->first_waiter;
    pthread_mutex_init(&s->lock, NULL);
    pthread_mutex_init(&s->reading, NULL);
    pthread_mutex_init(&s->upkeep, NULL);
    pthread_cond_init(&s->commits, NULL);
    pthread_cond_init(&s->committed, NULL);
    vd_cond_init(&s->sealed_some);
    vd_cond_init(&s->batches);
    vd_cond_init(&s->work);
    if (!s->o.read_only) s->ids = vd_ids_new(s->o.horizon);
    return s;
}

/* The names of what was made here outlive a power loss. */
static int sync_dir(const vd_store *s, vd_err *err)
{
    char path[4096];
    const char *const names[] = {".", ".."};
    for (size_t i = 0; i < 2 && !s->o.read_only; i++) {
        path_in(s, names[i], path);
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int bad = fd < 0 || fsync(fd) ? errno : 0;
        if (fd >= 0) close(fd);
        /* A parent that may not be read is somebody else's, and was there before. */
        if (bad && !(i == 1 && bad == EACCES)) return vd_fail(err, VD_IO, "%s: %s", path, strerror(bad));
    }
    return 0;
}

static int open_all(vd_store *s, vd_err *err)
{
    char path[4096];
    int code = make_dir(s, err);
    if (!code) code = lock_dir(s, err);
    path_in(s, "vedette.db", path);
    if (!code) code = vd_papers_open(s->dir, s->o.read_only, &s->papers, err); /* takes over from the other */
    if (!code) code = vd_db_open(path, VD_DB_EVENTS, s->o.read_only, &s->db, err);
    if (!code) code = load_seed(s, err);
    if (!code) code = load(s, err);
    if (!code) code = sync_dir(s, err);
    if (!code) code = begin_threads(s, err);
    return code;
}

int vd_store_open(const vd_store_options *options, vd_store **out, vd_err *err)
{
    vd_store *s = new_store(options);
    int code = open_all(s, err);
    if (code) vd_store_close(s);
    else *out = s;
    return code;
}

/* --- closing --- */

static void end_threads(vd_store *s)
{
    if (!s->threads) return;
    pthread_mutex_lock(&s->lock);
    s->closing = true;
    pthread_cond_broadcast(&s->commits);
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    pthread_join(s->committer, NULL);
    pthread_join(s->sealer, NULL);
}

static void free_memory(vd_store *s)
{
    for (size_t i = 0; i < s->queue.n; i++) {
        vd_batch_unref(s->queue.v[i].b);
        free(s->queue.v[i].candidates);
    }
    for (size_t i = 0; i < s->names.n; i++)
        free(s->names.v[i].name);
    for (size_t i = 0; i < VD_CACHED; i++) {
        vd_vec_free(&s->cache[i].packed);
        vd_vec_free(&s->cache[i].text);
        vd_block_map_fini(&s->cache[i].map);
        vd_vec_free(&s->cache[i].lines);
    }
    vd_vec_free(&s->queue);
    vd_vec_free(&s->names);
    vd_vec_free(&s->blocks);
    vd_ids_free(s->ids);
}

void vd_store_close(vd_store *s)
{
    if (!s) return;
    end_threads(s);
    vd_journal_close(s->journal);
    vd_db_close(s->db);
    vd_db_close(s->papers);
    free_memory(s);
    if (s->lock_fd >= 0) close(s->lock_fd);
    pthread_mutex_destroy(&s->lock);
    pthread_mutex_destroy(&s->reading);
    pthread_mutex_destroy(&s->upkeep);
    pthread_cond_destroy(&s->commits);
    pthread_cond_destroy(&s->committed);
    pthread_cond_destroy(&s->sealed_some);
    pthread_cond_destroy(&s->batches);
    pthread_cond_destroy(&s->work);
    free(s->dir);
    free(s);
}

void vd_store_seed(const vd_store *s, uint64_t seed[2])
{
    memcpy(seed, s->seed, sizeof s->seed);
}

vd_db *vd_store_papers(vd_store *s) { return s->papers; }
