/* store/journal.c */
#include "store/journal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#include <zstd.h>

#include "store/pack.h"

/* One of zstd's fast levels: 1.4 GB/s, a quarter of the bytes to write and sync. */
#define LEVEL (-10)

typedef struct segment {
    uint64_t number, last_seq, bytes;
} segment;

struct vd_journal {
    vd_journal_options o;
    char *path; /* o.dir */
    int dir;
    pthread_mutex_t lock; /* everything below */
    VD_VEC(segment) segments;
    int fd;          /* of the last segment, being written; -1: the next append begins one */
    bool overhang;   /* bytes of a failed write could not be cut off: first of all, do so */
    uint64_t next, syncs;
    pthread_mutex_t lending;
    vd_pack *idle; /* under `lending`: packing must not wait for the disk */
};

static int fail(const vd_journal *j, const char *doing, vd_err *err)
{
    return vd_fail(err, VD_IO, "%s: journal: %s: %s", j->o.dir, doing, strerror(errno));
}

static void name_of(uint64_t number, char out[32])
{
    snprintf(out, 32, "%016llx.journal", (unsigned long long)number);
}

static bool number_of(const char *name, uint64_t *number)
{
    char *end, again[32];
    *number = strtoull(name, &end, 16);
    name_of(*number, again);
    return strcmp(name, again) == 0;
}

/* --- opening --- */

static int by_number(const void *a, const void *b)
{
    uint64_t x = ((const segment *)a)->number, y = ((const segment *)b)->number;
    return (x > y) - (x < y);
}

static int list(vd_journal *j, vd_err *err)
{
    DIR *d = opendir(j->o.dir);
    if (!d) return fail(j, "open", err);
    for (struct dirent *e; (e = readdir(d));) {
        uint64_t number;
        if (!number_of(e->d_name, &number)) continue;
        *vd_vec_push(&j->segments) = (segment){.number = number};
        if (number >= j->next) j->next = number + 1;
    }
    closedir(d);
    if (j->segments.n) qsort(j->segments.v, j->segments.n, sizeof *j->segments.v, by_number);
    return 0;
}

int vd_journal_open(const vd_journal_options *options, vd_journal **out, vd_err *err)
{
    vd_journal *j = vd_calloc(1, sizeof *j);
    size_t n = strlen(options->dir) + 1;
    j->o = *options;
    j->o.dir = j->path = vd_malloc(n);
    memcpy(j->path, options->dir, n);
    j->fd = -1;
    j->next = 1;
    pthread_mutex_init(&j->lock, NULL);
    pthread_mutex_init(&j->lending, NULL);
    if (!j->o.read_only) mkdir(j->o.dir, 0700);
    j->dir = open(j->o.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int code = j->dir < 0 ? fail(j, "open", err) : list(j, err);
    if (code) vd_journal_close(j);
    else *out = j;
    return code;
}

static void free_pack(vd_pack *p)
{
    ZSTD_freeCCtx(p->zstd);
    vd_vec_free(&p->packed);
    vd_vec_free(&p->head);
    free(p);
}

void vd_journal_close(vd_journal *j)
{
    if (!j) return;
    if (j->fd >= 0) close(j->fd);
    if (j->dir >= 0) close(j->dir);
    for (vd_pack *p = j->idle, *next; p; p = next) {
        next = p->next;
        free_pack(p);
    }
    vd_vec_free(&j->segments);
    free(j->path);
    pthread_mutex_destroy(&j->lock);
    pthread_mutex_destroy(&j->lending);
    free(j);
}

/* --- reading it again --- */

static int read_file(vd_journal *j, const char *name, vd_bytes *out, vd_err *err)
{
    int fd = openat(j->dir, name, O_RDONLY | O_CLOEXEC);
    out->n = 0;
    /* What was sealed meanwhile is gone, and in the database. */
    if (fd < 0 && errno == ENOENT) return 0;
    struct stat st;
    if (fd < 0 || fstat(fd, &st)) return fail(j, name, err);
    vd_vec_reserve(out, (size_t)st.st_size + 1);
    ssize_t n;
    while (out->n < (size_t)st.st_size &&
           (n = read(fd, out->v + out->n, (size_t)st.st_size - out->n)) != 0) {
        if (n < 0 && errno != EINTR) break;
        if (n > 0) out->n += (size_t)n;
    }
    int code = out->n < (size_t)st.st_size && !j->o.read_only ? fail(j, name, err) : 0;
    close(fd);
    return code;
}

/* Where the next good record begins at or after `at`, or the end. */
static size_t next_record(vd_str bytes, size_t at)
{
    static const char magic[4] = {'V', 'D', 'J', '1'};
    vd_record r;
    while (at < bytes.n) {
        const char *q = memmem(bytes.p + at, bytes.n - at, magic, sizeof magic);
        if (!q) return bytes.n;
        at = (size_t)(q - bytes.p);
        if (vd_record_read(vd_str_sub(bytes, at, bytes.n), &r)) return at;
        at++;
    }
    return bytes.n;
}

static void tell_bad(vd_journal *j, const char *name, size_t at, size_t n, const char *what)
{
    char text[256];
    snprintf(text, sizeof text, "journal segment %s: %s at byte %zu (%zu bytes)", name, what, at, n);
    if (j->o.tell) j->o.tell(j->o.ctx, text);
}

static void cut(vd_journal *j, const char *name, size_t at, size_t n)
{
    if (j->o.read_only) return;
    tell_bad(j, name, at, n, "an unfinished record was cut off");
    int fd = openat(j->dir, name, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    if (ftruncate(fd, (off_t)at) == 0) fdatasync(fd);
    close(fd);
}

int vd_journal_load(vd_journal *j, void (*take)(void *ctx, const vd_record *r), void *ctx,
                    uint64_t *damaged, vd_err *err)
{
    vd_bytes file = {0};
    uint64_t last = 0;
    int code = 0;
    for (size_t i = 0; i < j->segments.n && !code; i++) {
        segment *s = &j->segments.v[i];
        char name[32];
        name_of(s->number, name);
        code = read_file(j, name, &file, err);
        vd_str bytes = {file.v, file.n};
        s->bytes = file.n;
        s->last_seq = last;
        for (size_t at = 0; at < bytes.n && !code;) {
            vd_record r;
            if (vd_record_read(vd_str_sub(bytes, at, bytes.n), &r) && r.seq > last) {
                take(ctx, &r);
                s->last_seq = last = r.seq + r.docs - 1;
                at += r.size;
                continue;
            }
            size_t good = next_record(bytes, at + 1);
            if (good == bytes.n && i + 1 == j->segments.n) {
                cut(j, name, at, good - at);
                s->bytes = at;
            } else {
                ++*damaged;
                tell_bad(j, name, at, good - at, "damaged, and left out");
            }
            at = good;
        }
    }
    vd_vec_free(&file);
    return code;
}

static int64_t verify_segment(vd_journal *j, const segment *s, void (*damaged)(void *, const char *),
                              void *ctx, vd_err *err)
{
    vd_bytes file = {0};
    char name[32], text[128];
    int64_t n = 0;
    name_of(s->number, name);
    if (read_file(j, name, &file, err)) n = -1;
    /* Bytes behind s->bytes are being written just now. */
    vd_str bytes = {file.v, file.n < s->bytes ? file.n : s->bytes};
    for (size_t at = 0; at < bytes.n && n >= 0;) {
        vd_record r;
        if (vd_record_read(vd_str_sub(bytes, at, bytes.n), &r)) {
            at += r.size;
            continue;
        }
        snprintf(text, sizeof text, "journal segment %s: damaged at byte %zu", name, at);
        damaged(ctx, text);
        n++;
        at = next_record(bytes, at + 1);
    }
    vd_vec_free(&file);
    return n;
}

int64_t vd_journal_verify(vd_journal *j, void (*damaged)(void *, const char *), void *ctx, vd_err *err)
{
    VD_VEC(segment) all = {0};
    int64_t total = 0;
    pthread_mutex_lock(&j->lock);
    for (size_t i = 0; i < j->segments.n; i++)
        *vd_vec_push(&all) = j->segments.v[i];
    pthread_mutex_unlock(&j->lock);
    for (size_t i = 0; i < all.n && total >= 0; i++) {
        int64_t n = verify_segment(j, &all.v[i], damaged, ctx, err);
        total = n < 0 ? n : total + n;
    }
    vd_vec_free(&all);
    return total;
}

/* --- writing --- */

vd_pack *vd_journal_pack(vd_journal *j, const vd_batch *b)
{
    pthread_mutex_lock(&j->lending);
    vd_pack *p = j->idle;
    if (p) j->idle = p->next;
    pthread_mutex_unlock(&j->lending);
    if (!p) {
        p = vd_calloc(1, sizeof *p);
        if (!(p->zstd = ZSTD_createCCtx())) abort();
        ZSTD_CCtx_setParameter(p->zstd, ZSTD_c_compressionLevel, LEVEL);
    }
    vd_vec_reserve(&p->packed, ZSTD_compressBound(b->text.n));
    p->packed.n = ZSTD_compress2(p->zstd, p->packed.v, p->packed.cap, b->text.v, b->text.n);
    if (ZSTD_isError(p->packed.n)) abort(); /* out of memory: there is room for the result */
    return p;
}

/* Large buffers are not kept: one large request should not cost its size for good. */
#define KEEP (16u << 20)

void vd_journal_unpack(vd_journal *j, vd_pack *p)
{
    if (p->packed.cap > KEEP) vd_vec_free(&p->packed);
    pthread_mutex_lock(&j->lending);
    p->next = j->idle;
    j->idle = p;
    pthread_mutex_unlock(&j->lending);
}

static void close_segment(vd_journal *j)
{
    if (j->fd >= 0) close(j->fd);
    j->fd = -1;
}

/* The new file's name is on disk before anything in it is acknowledged. */
static int begin_segment(vd_journal *j, vd_err *err)
{
    char name[32];
    name_of(j->next, name);
    int fd = openat(j->dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return fail(j, name, err);
    if (fsync(j->dir)) {
        int code = fail(j, "sync", err);
        close(fd);
        unlinkat(j->dir, name, 0);
        return code;
    }
    j->fd = fd;
    *vd_vec_push(&j->segments) = (segment){.number = j->next++};
    return 0;
}

static segment *current(vd_journal *j) { return &j->segments.v[j->segments.n - 1]; }

/* Takes back what a failed write left. Its numbers are given again, so nothing may be
 * written before it is gone. */
static void take_back(vd_journal *j)
{
    j->overhang = ftruncate(j->fd, (off_t)current(j)->bytes) != 0;
}

static int write_all(vd_journal *j, struct iovec *iov, size_t n, vd_err *err)
{
    off_t at = (off_t)current(j)->bytes;
    while (n) {
        ssize_t wrote = pwritev(j->fd, iov, (int)n, at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) return fail(j, "write", err);
        at += wrote;
        for (; n && (size_t)wrote >= iov->iov_len; n--, iov++)
            wrote -= (ssize_t)iov->iov_len;
        if (!n) break;
        iov->iov_base = (char *)iov->iov_base + wrote;
        iov->iov_len -= (size_t)wrote;
    }
    j->syncs++;
    if (fdatasync(j->fd)) return fail(j, "sync", err);
    return 0;
}

static int append(vd_journal *j, vd_batch *const *batches, vd_pack *const *packs, size_t n, vd_err *err)
{
    struct iovec iov[2 * VD_APPEND_MAX];
    uint64_t bytes = 0;
    if (j->overhang) take_back(j);
    if (j->overhang) return fail(j, "truncate", err);
    if (j->fd >= 0 && current(j)->bytes >= j->o.segment) close_segment(j);
    if (j->fd < 0 && begin_segment(j, err)) return VD_IO;
    for (size_t i = 0; i < n; i++) {
        vd_pack *p = packs[i];
        vd_record_head(batches[i], (vd_str){p->packed.v, p->packed.n}, &p->head);
        iov[2 * i] = (struct iovec){p->head.v, p->head.n};
        iov[2 * i + 1] = (struct iovec){p->packed.v, p->packed.n};
        bytes += p->head.n + p->packed.n;
    }
    if (write_all(j, iov, 2 * n, err)) {
        take_back(j);
        return VD_IO;
    }
    current(j)->bytes += bytes;
    current(j)->last_seq = batches[n - 1]->seq + batches[n - 1]->docs.n - 1;
    return 0;
}

int vd_journal_append(vd_journal *j, vd_batch *const *batches, vd_pack *const *packs, size_t n, vd_err *err)
{
    if (n == 0) return 0;
    pthread_mutex_lock(&j->lock);
    int code = append(j, batches, packs, n, err);
    pthread_mutex_unlock(&j->lock);
    return code;
}

/* --- what is sealed --- */

void vd_journal_turn(vd_journal *j)
{
    pthread_mutex_lock(&j->lock);
    if (j->fd >= 0 && !j->overhang && current(j)->bytes) close_segment(j);
    pthread_mutex_unlock(&j->lock);
}

/* The one being written is never removed. */
static size_t droppable(const vd_journal *j, uint64_t seq)
{
    size_t n = 0, last = j->segments.n - (j->fd >= 0);
    while (n < last && j->segments.v[n].last_seq <= seq)
        n++;
    return n;
}

bool vd_journal_droppable(vd_journal *j, uint64_t seq)
{
    pthread_mutex_lock(&j->lock);
    bool some = droppable(j, seq) > 0;
    pthread_mutex_unlock(&j->lock);
    return some;
}

/* Takes the first of what is sealed out of the list; 0: nothing is. */
static uint64_t take_first(vd_journal *j, uint64_t seq)
{
    uint64_t number = 0;
    pthread_mutex_lock(&j->lock);
    if (droppable(j, seq)) {
        number = j->segments.v[0].number;
        if (--j->segments.n) memmove(j->segments.v, j->segments.v + 1, j->segments.n * sizeof *j->segments.v);
    }
    pthread_mutex_unlock(&j->lock);
    return number;
}

/* Removing a large file takes its time: not under the lock that appends wait for. */
void vd_journal_drop(vd_journal *j, uint64_t seq)
{
    for (uint64_t number; (number = take_first(j, seq));) {
        char name[32];
        name_of(number, name);
        unlinkat(j->dir, name, 0);
    }
}

uint64_t vd_journal_bytes(vd_journal *j)
{
    uint64_t n = 0;
    pthread_mutex_lock(&j->lock);
    for (size_t i = 0; i < j->segments.n; i++)
        n += j->segments.v[i].bytes;
    pthread_mutex_unlock(&j->lock);
    return n;
}

uint64_t vd_journal_syncs(vd_journal *j)
{
    pthread_mutex_lock(&j->lock);
    uint64_t n = j->syncs;
    pthread_mutex_unlock(&j->lock);
    return n;
}
