/* Candidates of rules that are not open yet (prospects.c), in the order they came. Most are
 * never asked for again: they are neither sorted nor looked at. Each worker has its own, so
 * nobody waits for another's disk. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine_int.h"

#define READ_AHEAD 4096u /* candidates read back at once */

void vd_later_init(vd_later *l, size_t n_rules, uint64_t max_bytes)
{
    *l = (vd_later){.fd = -1, .max = max_bytes / sizeof(vd_candidate)};
    if (l->max < 2) l->max = 2;
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

int vd_later_put(vd_later *l, const vd_candidate *c, vd_err *err)
{
    if (!l->has[c->rule]) l->has[c->rule] = true;
    *vd_vec_push(&l->v) = *c;
    return l->v.n < l->max ? 0 : spill(l, err);
}

/* What is wanted after all goes to the spool; v is overwritten. */
static int move_some(vd_engine *e, vd_candidate *v, size_t n, vd_err *err)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (vd_prospects_open(e, v[i].rule)) v[kept++] = v[i];
    return vd_spool_add(&e->spool, v, kept, err);
}

static int move_file(vd_engine *e, const vd_later *l, vd_err *err)
{
    vd_candidate *v = vd_malloc(READ_AHEAD * sizeof *v);
    int code = 0;
    for (uint64_t at = 0; at < l->end && !code;) {
        uint64_t left = l->end - at, most = READ_AHEAD * sizeof *v;
        size_t bytes = (size_t)(left < most ? left : most);
        if (vd_scratch_read(l->fd, v, bytes, at)) code = move_some(e, v, bytes / sizeof *v, err);
        else code = vd_fail(err, VD_IO, "the temporary file cannot be read back: %s", strerror(errno));
        at += bytes;
    }
    free(v);
    return code;
}

int vd_later_move(vd_engine *e, vd_later *l, vd_err *err)
{
    bool wanted = false;
    for (uint32_t i = 0; i < vd_plan_rule_count(e->plan) && !wanted; i++)
        wanted = l->has[i] && vd_prospects_open(e, i);
    if (!wanted) return 0;
    int code = l->end ? move_file(e, l, err) : 0;
    return code ? code : move_some(e, l->v.v, l->v.n, err);
}
