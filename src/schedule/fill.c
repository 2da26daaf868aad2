/* Gaps that are filled by themselves.
 *
 * Idea   A gap of a night is hundreds of windows, and what is due now comes first: each step
 *        fills a piece of every open gap. What is left is written as a gap of its own before
 *        the old one counts as filled, so that a kill between fills a piece twice, not never. */
#include "base/clock.h"
#include "schedule/schedule_int.h"

/* Windows of one gap that are run in one step. */
#define PIECE 12

typedef struct piece {
    vd_gap_row gap;
    vd_run_window take; /* of it */
    vd_run_window windows[PIECE];
} piece;

typedef struct pieces {
    vd_schedule *s;
    VD_VEC(piece *) v;
    VD_VEC(vd_job) jobs; /* one each */
    vd_arena a;
} pieces;

/* What of the gap is not too old, from its beginning as far as PIECE windows reach. */
static bool cut(const vd_rule *rule, const vd_gap_row *gap, int64_t oldest, piece *p)
{
    int64_t interval;
    if (vd_rule_interval(rule, &interval, NULL) || gap->until <= oldest || gap->since > gap->until)
        return false;
    p->take = (vd_run_window){gap->since < oldest ? oldest : gap->since, gap->until};
    if (p->take.until - p->take.since > PIECE * interval)
        p->take.until = p->take.since + PIECE * interval;
    return true;
}

static void add_piece(pieces *all, uint32_t rule, const vd_gap_row *gap, int64_t oldest)
{
    const vd_rule *r = vd_plan_rule_at(all->s->plan, rule)->rule;
    piece *p = VD_NEW(&all->a, piece);
    p->gap = *gap;
    if (!cut(r, gap, oldest, p)) return;
    size_t n = vd_run_manual(r, p->take.since, p->take.until, p->windows, PIECE);
    if (!n || n > PIECE) return;
    *vd_vec_push(&all->v) = p;
    *vd_vec_push(&all->jobs) = (vd_job){
        .rule = rule, .windows = p->windows, .n = n, .kind = "fill", .kind_before = "fill"};
}

static int collect(pieces *all, int64_t oldest, vd_err *err)
{
    vd_schedule *s = all->s;
    vd_gap_row *rows;
    size_t n;
    if (vd_gaps_open(vd_store_papers(s->cfg.store), VD_STR(""), &all->a, &rows, &n, err)) return VD_IO;
    for (size_t i = 0; i < n; i++) {
        uint32_t at = vd_map_get(&s->by_id, rows[i].rule_id);
        uint32_t rule = at == VD_MAP_NONE ? VD_NO_RULE : s->known.v[at].rule;
        if (rule != VD_NO_RULE && !s->off[rule]) add_piece(all, rule, &rows[i], oldest);
    }
    return 0;
}

static int put_rest(vd_schedule *s, const piece *p, vd_err *err)
{
    vd_db *db = vd_store_papers(s->cfg.store);
    const vd_gap_row *g = &p->gap;
    int code = 0;
    if (g->since < p->take.since) code = vd_gaps_put(db, g->rule_id, g->since, p->take.since, g->seen, err);
    if (!code && p->take.until < g->until)
        code = vd_gaps_put(db, g->rule_id, p->take.until, g->until, g->seen, err);
    return code;
}

static int settle(pieces *all, int64_t now, vd_err *err)
{
    vd_schedule *s = all->s;
    for (size_t i = 0; i < all->v.n; i++) {
        const piece *p = all->v.v[i];
        if (all->jobs.v[i].failed) {
            s->fill_at = now + 60000;
            continue;
        }
        if (p->take.until < p->gap.until && now < s->fill_at) s->fill_at = now;
        if (put_rest(s, p, err) || vd_gaps_filled(vd_store_papers(s->cfg.store), p->gap.number, err))
            return VD_IO;
    }
    return 0;
}

int vd_gaps_fill(vd_schedule *s, int64_t now, vd_err *err)
{
    pieces all = {.s = s};
    s->fill_at = INT64_MAX;
    if (s->cfg.fill_gaps <= 0) return 0;
    vd_arena_init(&all.a, 0);
    int code = collect(&all, now - s->cfg.fill_gaps, err);
    if (!code) code = vd_jobs_run(s, all.jobs.v, all.jobs.n, now, NULL, err);
    if (!code || code == VD_LIMIT) {
        vd_err own;
        int settled = settle(&all, now, code ? &own : err);
        if (!code) code = settled;
    }
    if (code) s->fill_at = now + 60000;
    vd_vec_free(&all.v);
    vd_vec_free(&all.jobs);
    vd_arena_fini(&all.a);
    return code;
}
