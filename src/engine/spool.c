#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine_int.h"

#define READ_AHEAD 4096 /* candidates a run has in memory while merging */

void vd_spool_init(vd_spool *s, uint64_t max_bytes)
{
    *s = (vd_spool){.fd = -1, .max = max_bytes / sizeof(vd_candidate)};
    if (s->max < 2) s->max = 2;
}

void vd_spool_fini(vd_spool *s)
{
    vd_vec_free(&s->v);
    vd_vec_free(&s->parts);
    vd_vec_free(&s->runs);
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
}

int vd_engine_candidate_order(const void *a, const void *b) { return vd_candidate_cmp(a, b); }

static bool sorted(const vd_spool *s)
{
    for (size_t i = 1; i < s->v.n; i++)
        if (vd_candidate_cmp(&s->v.v[i - 1], &s->v.v[i]) > 0) return false;
    return true;
}

typedef struct part {
    const vd_candidate *v;
    size_t n;
} part;

static int by_first(const void *a, const void *b)
{
    const part *x = a, *y = b;
    return vd_candidate_cmp(x->v, y->v);
}

/* Puts whole additions, one a block of input, in the order of their first candidates. */
static void order_parts(vd_spool *s)
{
    part *parts = vd_calloc(s->parts.n, sizeof *parts);
    vd_candidate *to = vd_malloc(s->v.n * sizeof *to), *at = to;
    for (size_t i = 0; i < s->parts.n; i++) {
        size_t end = i + 1 < s->parts.n ? s->parts.v[i + 1] : s->v.n;
        parts[i] = (part){s->v.v + s->parts.v[i], end - s->parts.v[i]};
    }
    qsort(parts, s->parts.n, sizeof *parts, by_first);
    for (size_t i = 0; i < s->parts.n; i++) {
        memcpy(at, parts[i].v, parts[i].n * sizeof *at);
        at += parts[i].n;
    }
    free(parts);
    free(s->v.v);
    s->v.v = to;
    s->v.cap = s->v.n;
}

/* Logs are written in order of time, so most runs are sorted already, or are when the
 * blocks that several threads finished out of turn are put back in their order. */
static void sort_run(vd_spool *s)
{
    if (s->v.n == 0 || sorted(s)) return;
    order_parts(s);
    if (!sorted(s)) qsort(s->v.v, s->v.n, sizeof *s->v.v, vd_engine_candidate_order);
}

static bool write_all(int fd, const void *p, size_t n, uint64_t offset)
{
    const char *at = p;
    while (n) {
        ssize_t w = pwrite(fd, at, n, (off_t)offset);
        if (w < 0 && errno == EINTR) continue;
        if (w == 0) errno = ENOSPC;
        if (w <= 0) return false;
        at += w;
        n -= (size_t)w;
        offset += (uint64_t)w;
    }
    return true;
}

static int spill(vd_spool *s, vd_err *err)
{
    sort_run(s);
    if (s->fd < 0 && (s->fd = vd_scratch_open(err)) < 0) return VD_IO;
    size_t bytes = s->v.n * sizeof *s->v.v;
    if (!write_all(s->fd, s->v.v, bytes, s->end))
        return vd_scratch_full(err, "candidates");
    *vd_vec_push(&s->runs) = (vd_spool_run){s->end, s->v.n};
    s->end += bytes;
    s->v.n = 0;
    s->parts.n = 0;
    return 0;
}

int vd_spool_add(vd_spool *s, const vd_candidate *v, size_t n, vd_err *err)
{
    while (n) {
        size_t take = s->max - s->v.n < n ? s->max - s->v.n : n;
        vd_vec_reserve(&s->v, s->v.n + take);
        *vd_vec_push(&s->parts) = s->v.n;
        memcpy(s->v.v + s->v.n, v, take * sizeof *v);
        s->v.n += take;
        v += take;
        n -= take;
        if (s->v.n == s->max && spill(s, err)) return VD_IO;
    }
    return 0;
}

/* A run being merged: the part of it that is in memory. */
typedef struct cursor {
    vd_candidate *v;
    size_t at, n;
    uint64_t offset, left; /* of what is still on disk */
} cursor;

static size_t keep_wanted(vd_candidate *v, size_t n, const vd_spool_taker *t)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (t->wanted(t->ctx, &v[i])) v[kept++] = v[i];
    return kept;
}

/* The last run, which never went to disk: what is not wanted need not even be sorted. */
static void keep_wanted_in_memory(vd_spool *s, const vd_spool_taker *t)
{
    size_t kept = 0, parts = 0;
    for (size_t i = 0; i < s->parts.n; i++) {
        size_t from = s->parts.v[i], end = i + 1 < s->parts.n ? s->parts.v[i + 1] : s->v.n;
        size_t n = keep_wanted(s->v.v + from, end - from, t);
        if (!n) continue;
        memmove(s->v.v + kept, s->v.v + from, n * sizeof *s->v.v);
        s->parts.v[parts++] = kept;
        kept += n;
    }
    s->v.n = kept;
    s->parts.n = parts;
}

/* The next candidates of a run, none at its end. */
static bool refill(vd_spool *s, cursor *c)
{
    size_t want = c->left < READ_AHEAD ? (size_t)c->left : READ_AHEAD, got = 0;
    size_t bytes = want * sizeof *c->v;
    while (got < bytes) {
        ssize_t r = pread(s->fd, (char *)c->v + got, bytes - got, (off_t)(c->offset + got));
        if (r < 0 && errno == EINTR) continue;
        if (r <= 0) return false;
        got += (size_t)r;
    }
    c->at = 0;
    c->n = want;
    c->offset += bytes;
    c->left -= want;
    return true;
}

/* A heap of cursors by their first candidate. */
static void sift(cursor **heap, size_t n, size_t i)
{
    for (;;) {
        size_t least = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < n; k++)
            if (vd_candidate_cmp(&heap[k]->v[heap[k]->at], &heap[least]->v[heap[least]->at]) < 0)
                least = k;
        if (least == i) return;
        cursor *t = heap[i];
        heap[i] = heap[least];
        heap[least] = t;
        i = least;
    }
}

#define FAR  16 /* candidates ahead whose memory is asked for, */
#define NEAR 6  /* and whose memory behind that */

static void look_ahead(const cursor *c, const vd_spool_taker *t)
{
    if (c->at + FAR < c->n) t->ahead(t->ctx, &c->v[c->at + FAR], false);
    if (c->at + NEAR < c->n) t->ahead(t->ctx, &c->v[c->at + NEAR], true);
}

/* The same, as far as they are wanted. */
static bool refill_wanted(vd_spool *s, cursor *c, const vd_spool_taker *t)
{
    do {
        if (!refill(s, c)) return false;
        if (t->wanted) c->n = keep_wanted(c->v, c->n, t);
    } while (!c->n && c->left);
    return true;
}

static int merge(vd_spool *s, cursor **heap, size_t n, const vd_spool_taker *t, vd_err *err)
{
    for (size_t i = n / 2 + 1; i-- > 0;)
        sift(heap, n, i);
    while (n) {
        cursor *c = heap[0];
        look_ahead(c, t);
        t->take(t->ctx, &c->v[c->at++]);
        if (c->at == c->n) {
            if (!refill_wanted(s, c, t))
                return vd_fail(err, VD_IO, "the temporary file cannot be read back: %s",
                               strerror(errno));
            if (!c->n) heap[0] = heap[--n];
        }
        if (n) sift(heap, n, 0);
    }
    return 0;
}

int vd_spool_drain(vd_spool *s, const vd_spool_taker *t, vd_err *err)
{
    if (t->wanted) keep_wanted_in_memory(s, t);
    sort_run(s);
    size_t n = s->runs.n;
    cursor *c = vd_calloc(n + 1, sizeof *c), **heap = vd_calloc(n + 1, sizeof *heap);
    size_t live = 0;
    int code = 0;
    for (size_t i = 0; i < n && !code; i++) {
        c[i] = (cursor){.v = vd_malloc(READ_AHEAD * sizeof *c->v),
                        .offset = s->runs.v[i].offset,
                        .left = s->runs.v[i].n};
        if (!refill_wanted(s, &c[i], t))
            code = vd_fail(err, VD_IO, "the temporary file cannot be read back");
        else if (c[i].n) heap[live++] = &c[i];
    }
    c[n] = (cursor){.v = s->v.v, .n = s->v.n};
    if (s->v.n) heap[live++] = &c[n];
    if (!code) code = merge(s, heap, live, t, err);
    for (size_t i = 0; i < n; i++)
        free(c[i].v);
    free(c);
    free(heap);
    return code;
}
