/* Candidates, put in order.
 *
 * Logs are written in order of time, so what comes is in order but for blocks that several
 * threads finish out of turn: the memory is kept as few parts, each in order, and what
 * leaves it, for the caller or for the temporary file, leaves by merging. Nothing is moved,
 * and no second copy is made. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine_int.h"

#define READ_AHEAD  4096u      /* candidates a run has in memory while merging, */
#define READ_LEAST  64u        /* fewer if runs are many: */
#define READ_BYTES  (2u << 20) /* of all together, as long as each has the least */
#define WRITE_AHEAD 1024u      /* candidates that are merged before they are written */
#define TINY        16         /* so many candidates of a part, on average, are worth merging */
/* Past a few candidates all memory is taken at once: pages that are not needed are never
 * touched, and a growing array leaves holes behind that are as large as itself. */
#define FEW     4096u
#define RESERVE ((16u << 20) / sizeof(vd_candidate))

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

static void sort(vd_candidate *v, size_t n)
{
    qsort(v, n, sizeof *v, vd_engine_candidate_order);
}

static bool in_order(const vd_candidate *v, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (vd_candidate_cmp(&v[i - 1], &v[i]) > 0) return false;
    return true;
}

/* ---- merging ---- */

/* A part of the memory, or what of a run on disk is in memory. */
typedef struct cursor {
    vd_candidate *v;
    size_t at, n;
    uint64_t offset, left; /* of what is still on disk */
} cursor;

typedef struct merging {
    vd_spool *spool;
    const vd_spool_taker *t;
    cursor *all;    /* the runs, then the parts */
    cursor **heap;  /* those that are not at their end, by their first candidate */
    size_t live;    /* in the heap */
    size_t n_runs;
    size_t ahead;   /* candidates of a run that are read at once */
    vd_candidate *read; /* room for them */
} merging;

/* The next candidates of a run, none at its end. */
static bool refill(const merging *m, cursor *c)
{
    size_t want = c->left < m->ahead ? (size_t)c->left : m->ahead, bytes = want * sizeof *c->v;
    if (!vd_scratch_read(m->spool->fd, c->v, bytes, c->offset)) return false;
    c->at = 0;
    c->n = want;
    c->offset += bytes;
    c->left -= want;
    return true;
}

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

/* The first of the candidates that do not come from the heap's top; NULL: all do. */
static const vd_candidate *first_of_others(const merging *m)
{
    if (m->live < 2) return NULL;
    const vd_candidate *a = &m->heap[1]->v[m->heap[1]->at];
    if (m->live == 2) return a;
    const vd_candidate *b = &m->heap[2]->v[m->heap[2]->at];
    return vd_candidate_cmp(b, a) < 0 ? b : a;
}

/* How far the cursor goes before another has its turn: runs that follow each other in
 * time are not compared candidate by candidate. */
static size_t up_to(const cursor *c, const vd_candidate *other)
{
    if (!other || vd_candidate_cmp(&c->v[c->n - 1], other) <= 0) return c->n;
    size_t at = c->at + 1;
    while (vd_candidate_cmp(&c->v[at], other) <= 0) at++;
    return at;
}

#define FAR  16 /* candidates ahead whose memory is asked for, */
#define NEAR 6  /* and whose memory behind that */

static void take(const vd_spool_taker *t, cursor *c, size_t end)
{
    for (; c->at < end; c->at++) {
        if (t->ahead && c->at + FAR < c->n) t->ahead(t->ctx, &c->v[c->at + FAR], false);
        if (t->ahead && c->at + NEAR < c->n) t->ahead(t->ctx, &c->v[c->at + NEAR], true);
        t->take(t->ctx, &c->v[c->at]);
    }
}

static int merge(merging *m, vd_err *err)
{
    for (size_t i = m->live / 2 + 1; i-- > 0;)
        sift(m->heap, m->live, i);
    while (m->live) {
        cursor *c = m->heap[0];
        take(m->t, c, up_to(c, first_of_others(m)));
        if (c->at == c->n) {
            c->n = 0;
            if (c->left && !refill(m, c))
                return vd_fail(err, VD_IO, "the temporary file cannot be read back: %s",
                               strerror(errno));
            if (!c->n) m->heap[0] = m->heap[--m->live];
        }
        if (m->live) sift(m->heap, m->live, 0);
    }
    return 0;
}

static void merging_fini(merging *m)
{
    free(m->all);
    free(m->heap);
    free(m->read);
}

/* Cursors over the parts in memory and n_runs runs. */
static void merging_init(merging *m, vd_spool *s, size_t n_runs, const vd_spool_taker *t)
{
    size_t n = n_runs + s->parts.n;
    *m = (merging){.spool = s, .t = t, .n_runs = n_runs, .ahead = READ_AHEAD};
    m->all = vd_calloc(n + 1, sizeof *m->all);
    m->heap = vd_calloc(n + 1, sizeof *m->heap);
    if (n_runs && n_runs * READ_AHEAD * sizeof *m->read > READ_BYTES)
        m->ahead = READ_BYTES / sizeof *m->read / n_runs;
    if (m->ahead < READ_LEAST) m->ahead = READ_LEAST;
    m->read = vd_malloc((n_runs * m->ahead + 1) * sizeof *m->read);
    for (size_t i = 0; i < n_runs; i++)
        m->all[i] = (cursor){.v = m->read + i * m->ahead,
                             .offset = s->runs.v[i].offset,
                             .left = s->runs.v[i].n};
    for (size_t i = 0; i < s->parts.n; i++) {
        size_t from = s->parts.v[i], end = i + 1 < s->parts.n ? s->parts.v[i + 1] : s->v.n;
        m->all[n_runs + i] = (cursor){.v = s->v.v + from, .n = end - from};
        m->heap[m->live++] = &m->all[n_runs + i];
    }
}

static int merging_open_runs(merging *m, vd_err *err)
{
    for (size_t i = 0; i < m->n_runs; i++) {
        if (!refill(m, &m->all[i]))
            return vd_fail(err, VD_IO, "the temporary file cannot be read back: %s", strerror(errno));
        if (m->all[i].n) m->heap[m->live++] = &m->all[i];
    }
    return 0;
}

/* ---- taking in ---- */

/* Parts of a few candidates each: a log in no order. It is cheaper to sort them. */
static void join_tiny_parts(vd_spool *s)
{
    if (s->parts.n < 2 || s->v.n / s->parts.n >= TINY) return;
    sort(s->v.v, s->v.n);
    s->parts.n = 1;
}

/* A run on its way to the file. */
typedef struct writing {
    vd_spool *s;
    vd_candidate v[WRITE_AHEAD];
    size_t n;
    uint64_t end; /* of the file */
    bool failed;
    int why; /* errno */
} writing;

static void write_out(writing *w, const vd_candidate *v, size_t n)
{
    if (!w->failed && !vd_scratch_write(w->s->fd, v, n * sizeof *v, w->end)) {
        w->failed = true;
        w->why = errno;
    }
    w->end += n * sizeof *v;
}

static void write_one(void *ctx, const vd_candidate *c)
{
    writing *w = ctx;
    w->v[w->n++] = *c;
    if (w->n < WRITE_AHEAD) return;
    write_out(w, w->v, w->n);
    w->n = 0;
}

static void write_merged(writing *w)
{
    vd_spool_taker t = {.take = write_one, .ctx = w};
    merging m;
    merging_init(&m, w->s, 0, &t);
    merge(&m, NULL);
    merging_fini(&m);
    write_out(w, w->v, w->n);
}

static int spill(vd_spool *s, vd_err *err)
{
    if (s->fd < 0 && (s->fd = vd_scratch_open(err)) < 0) return VD_IO;
    writing *w = vd_malloc(sizeof *w);
    w->s = s;
    w->n = 0;
    w->end = s->end;
    w->failed = false;
    join_tiny_parts(s);
    if (s->parts.n == 1) write_out(w, s->v.v, s->v.n);
    else write_merged(w);
    bool failed = w->failed;
    if (failed) errno = w->why;
    free(w);
    if (failed) return vd_scratch_full(err, "candidates");
    *vd_vec_push(&s->runs) = (vd_spool_run){s->end, s->v.n};
    s->end += s->v.n * sizeof *s->v.v;
    s->v.n = 0;
    s->parts.n = 0;
    return 0;
}

/* Appends what there is room for: to the last part if it goes on from there. */
static void append(vd_spool *s, const vd_candidate *v, size_t n)
{
    vd_candidate *to = s->v.v + s->v.n;
    memcpy(to, v, n * sizeof *v);
    if (!in_order(to, n)) sort(to, n);
    if (!s->parts.n || vd_candidate_cmp(to - 1, to) > 0) *vd_vec_push(&s->parts) = s->v.n;
    s->v.n += n;
}

static void reserve(vd_spool *s, size_t want)
{
    if (want > FEW) vd_vec_reserve(&s->v, s->max < RESERVE ? s->max : RESERVE);
    vd_vec_reserve(&s->v, want);
}

int vd_spool_add(vd_spool *s, const vd_candidate *v, size_t n, vd_err *err)
{
    while (n) {
        size_t take = s->max - s->v.n < n ? s->max - s->v.n : n;
        reserve(s, s->v.n + take);
        append(s, v, take);
        v += take;
        n -= take;
        if (s->v.n == s->max && spill(s, err)) return VD_IO;
    }
    return 0;
}

/* ---- giving out ---- */

int vd_spool_drain(vd_spool *s, const vd_spool_taker *t, vd_err *err)
{
    merging m;
    join_tiny_parts(s);
    merging_init(&m, s, s->runs.n, t);
    int code = merging_open_runs(&m, err);
    if (!code) code = merge(&m, err);
    merging_fini(&m);
    return code;
}
