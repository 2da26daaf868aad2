/* Candidates of rules that are not open yet (prospects.c), in the order they came. Most are
 * never asked for again: they are neither sorted nor looked at. Each worker has its own, so
 * nobody waits for another's disk.
 *
 * Many rules begin with the same event and join on the same fields, so what they share is
 * written once: a candidate in whose `rule` stands how many uses follow, then these. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine_int.h"

#define HEAD (sizeof(vd_candidate) / sizeof(uint32_t)) /* words */
#define READ_AHEAD (64u << 10) /* words read back at once */
#define GIVE_AT 4096           /* candidates given to the spool at once */

_Static_assert(sizeof(vd_candidate) % sizeof(uint32_t) == 0, "a record is made of words");

void vd_later_init(vd_later *l, size_t n_rules, uint64_t max_bytes)
{
    *l = (vd_later){.fd = -1, .max = max_bytes / sizeof(uint32_t)};
    l->has = vd_calloc(n_rules + 1, sizeof *l->has);
}

void vd_later_fini(vd_later *l)
{
    vd_vec_free(&l->v);
    free(l->has);
    if (l->fd >= 0) close(l->fd);
    l->fd = -1;
}

static int spill(vd_later *l, vd_err *err)
{
    size_t bytes = l->v.n * sizeof *l->v.v;
    if (l->fd < 0 && (l->fd = vd_scratch_open(err)) < 0) return VD_IO;
    if (!vd_scratch_write(l->fd, l->v.v, bytes, l->end)) return vd_scratch_full(err, "candidates");
    l->end += bytes;
    l->v.n = 0;
    return 0;
}

int vd_later_put(vd_later *l, const vd_candidate *c, const uint32_t *uses, size_t n, vd_err *err)
{
    vd_candidate head = *c;
    head.rule = (uint32_t)n;
    vd_vec_reserve(&l->v, l->v.n + HEAD + n);
    memcpy(l->v.v + l->v.n, &head, sizeof head);
    memcpy(l->v.v + l->v.n + HEAD, uses, n * sizeof *uses);
    l->v.n += HEAD + n;
    return l->v.n < l->max ? 0 : spill(l, err);
}

typedef struct mover {
    vd_engine *e;
    VD_VEC(vd_candidate) v; /* on the way to the spool */
} mover;

static int give(mover *m, vd_err *err)
{
    if (m->v.n > 1) qsort(m->v.v, m->v.n, sizeof *m->v.v, vd_engine_candidate_order);
    int code = vd_spool_add(&m->e->spool, m->v.v, m->v.n, err);
    m->v.n = 0;
    return code;
}

/* The words of the record at p, 0 if it is cut off. */
static size_t record_size(const uint32_t *p, size_t n, vd_candidate *head)
{
    if (n < HEAD) return 0;
    memcpy(head, p, sizeof *head);
    return n < HEAD + head->rule ? 0 : HEAD + head->rule;
}

/* Takes what is wanted from whole records; how many words these were in *used. */
static int move_records(mover *m, const uint32_t *p, size_t n, size_t *used, vd_err *err)
{
    vd_candidate head;
    int code = 0;
    *used = 0;
    for (size_t size; !code && (size = record_size(p + *used, n - *used, &head)); *used += size) {
        for (const uint32_t *u = p + *used + HEAD; u < p + *used + size; u++)
            if (vd_prospects_open(m->e, m->e->uses[*u].rule))
                *vd_vec_push(&m->v) = vd_use_candidate(&head, &m->e->uses[*u]);
        if (m->v.n >= GIVE_AT) code = give(m, err);
    }
    return code;
}

static int move_file(mover *m, const vd_later *l, vd_err *err)
{
    size_t room = READ_AHEAD + HEAD + m->e->n_uses, have = 0, used; /* the largest record fits */
    uint32_t *v = vd_malloc(room * sizeof *v);
    int code = 0;
    for (uint64_t at = 0; at < l->end && !code;) {
        uint64_t left = l->end - at, most = (room - have) * sizeof *v;
        size_t bytes = (size_t)(left < most ? left : most);
        if (!vd_scratch_read(l->fd, v + have, bytes, at)) {
            code = vd_fail(err, VD_IO, "the temporary file cannot be read back: %s", strerror(errno));
            break;
        }
        at += bytes;
        have += bytes / sizeof *v;
        code = move_records(m, v, have, &used, err);
        have -= used;
        memmove(v, v + used, have * sizeof *v);
    }
    free(v);
    return code;
}

static bool is_wanted(const vd_engine *e, const vd_later *l)
{
    for (uint32_t i = 0; i < vd_plan_rule_count(e->plan); i++)
        if (l->has[i] && vd_prospects_open(e, i)) return true;
    return false;
}

int vd_later_move(vd_engine *e, const vd_later *l, vd_err *err)
{
    mover m = {.e = e};
    size_t used;
    if (!is_wanted(e, l)) return 0;
    int code = l->end ? move_file(&m, l, err) : 0;
    if (!code) code = move_records(&m, l->v.v, l->v.n, &used, err);
    if (!code) code = give(&m, err);
    vd_vec_free(&m.v);
    return code;
}
