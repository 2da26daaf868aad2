#include "server/find.h"

#include <stdlib.h>

#include "base/clock.h"
#include "field/index.h"
#include "match/match.h"
#include "schedule/schedule.h"

/* --- targets --- */

typedef struct wanted {
    vd_str name;
    bool found;
} wanted;

static void is_it(void *ctx, const vd_store_index *i)
{
    wanted *w = ctx;
    w->found |= vd_index_takes(&w->name, 1, i->name);
}

static int is_there(vd_store *store, vd_db *db, vd_str name, bool *found, vd_err *err)
{
    vd_arena a;
    vd_str document;
    wanted w = {name, false};
    int code = vd_store_each_index(store, is_it, &w, err);
    vd_arena_init(&a, 0);
    if (!code && !w.found) code = vd_papers_get(db, "setup.data_stream", name, &a, &document, &w.found, err);
    if (!code && !w.found) code = vd_papers_get(db, "setup.index", name, &a, &document, &w.found, err);
    vd_arena_fini(&a);
    *found = w.found;
    return code;
}

static int read_target(vd_store *store, vd_db *db, vd_str name, bool lenient, vd_targets *out, vd_err *err)
{
    bool found = true;
    if (vd_index_takes(&name, 1, VD_STR(VD_ALERTS_INDEX)) && name.p[0] == '.') {
        out->alerts = true;
        return 0;
    }
    out->events = true;
    if (lenient || name.p[0] == '-' || vd_str_find_byte(name, '*', 0) < name.n || vd_str_eq(name, VD_STR("_all"))) return 0;
    int code = is_there(store, db, name, &found, err);
    return code || found ? code : vd_fail(err, VD_USAGE, "no such index [%.*s]", VD_FMT(name));
}

int vd_targets_read(vd_store *store, vd_db *db, vd_str text, bool lenient, vd_targets *out, vd_err *err)
{
    *out = (vd_targets){.pattern = vd_str_eq(text, VD_STR("_all")) ? (vd_str){0} : text, .events = !text.n};
    for (size_t at = 0; at < text.n;) {
        size_t end = vd_str_find_byte(text, ',', at);
        vd_str name = vd_str_sub(text, at, end);
        at = end + 1;
        int code = name.n ? read_target(store, db, name, lenient, out, err) : 0;
        if (code) return code;
    }
    return 0;
}

/* --- the plan --- */

vd_plan *vd_find_plan(vd_str condition, vd_schema *schema, vd_err *err)
{
    vd_arena a;
    vd_ruleset *set = vd_ruleset_new();
    vd_arena_init(&a, 0);
    const vd_rule *rule = vd_ruleset_add_query(set, vd_arena_printf(&a, "any where %.*s", VD_FMT(condition)));
    vd_arena_fini(&a);
    vd_ruleset_compile(set, schema);
    if (!rule->broken) {
        vd_plan_options options = {.ignore_index = true};
        return vd_plan_build(set, schema, &options);
    }
    vd_str why = rule->problems.n ? rule->problems.v[0].msg : VD_STR("the query cannot be run");
    bool parse = rule->problems.n && vd_str_eq(rule->problems.v[0].code, VD_STR("parsing_exception"));
    vd_fail(err, parse ? VD_PARSE : VD_VERIFY, "%.*s", VD_FMT(why));
    vd_ruleset_free(set);
    vd_schema_free(schema);
    return NULL;
}

/* --- the pass --- */

typedef struct pass {
    vd_find *f;
    vd_matcher *matcher;
    vd_event *ev, *sort_ev;
} pass;

static int take_line(pass *p, const char *line, size_t n, uint64_t seq, vd_str index, vd_err *err)
{
    const uint32_t *held;
    vd_sort_key key = {.kind = VD_NULL};
    if (vd_event_parse(p->ev, line, n, NULL) != VD_FAULT_NONE) return 0;
    if (!vd_match_event(p->matcher, p->ev, index, &held)) return 0;
    p->f->total++;
    if (p->sort_ev) {
        vd_event_parse(p->sort_ev, line, n, NULL);
        key = vd_sort_key_of(p->sort_ev, 0, p->f->descending);
    } else {
        key = (vd_sort_key){.kind = VD_LONG, .i = (int64_t)seq};
    }
    return vd_topk_add(p->f->top, &key, seq, (vd_str){line, n}, err);
}

static bool over(vd_find *f)
{
    if (f->deadline && vd_mono_ns() > f->deadline) f->timed_out = true;
    return f->timed_out;
}

static int take_block(pass *p, const vd_scan_block *b, vd_err *err)
{
    vd_str text = {b->text, b->n};
    size_t at = 0;
    for (size_t i = 0; i < b->n_docs && at < b->n; i++) {
        size_t end = vd_str_find_byte(text, '\n', at);
        int code = take_line(p, b->text + at, end - at, b->seqs[i], b->index, err);
        if (code) return code;
        if (i % 1024 == 1023 && over(p->f)) return 0;
        at = end + 1;
    }
    return 0;
}

static vd_scan *scan_of(const vd_find *f)
{
    const vd_targets *t = f->targets;
    vd_store_window w = {.since = f->since, .until = f->until, .ingested_since = VD_TIME_NONE,
                         .ingested_until = VD_TIME_NONE, .indices = &t->pattern, .n_indices = t->pattern.n > 0};
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_window_narrow(&w, f->plan, &a);
    vd_scan *scan = vd_scan_new(f->store, &w);
    vd_arena_fini(&a);
    return scan;
}

static int take_events(pass *p, vd_err *err)
{
    vd_scan *scan = scan_of(p->f);
    vd_scan_block b;
    int more = 0, code = 0;
    while (!code && !over(p->f) && (more = vd_scan_next(scan, &b, err)) > 0)
        code = take_block(p, &b, err);
    p->f->blocks = vd_scan_counts_of(scan);
    vd_scan_free(scan);
    return code ? code : more < 0 ? VD_IO : 0;
}

static int take_page(void *ctx, const vd_alert_row *rows, size_t n, vd_err *err)
{
    pass *p = ctx;
    vd_arena a;
    int code = 0;
    vd_arena_init(&a, 0);
    for (size_t i = 0; i < n && !code; i++) {
        vd_arena_reset(&a);
        vd_str line = vd_alert_line(&a, &rows[i]);
        /* Behind every stored document. */
        code = take_line(p, line.p, line.n, (1ull << 62) + rows[i].number, VD_STR(VD_ALERTS_INDEX), err);
    }
    vd_arena_fini(&a);
    return code ? code : over(p->f) ? VD_ALERTS_ENOUGH : 0;
}

static int take_alerts(pass *p, vd_err *err)
{
    vd_alert_query q = vd_alerts_all();
    q.created_since = p->f->since;
    q.created_until = p->f->until;
    return over(p->f) ? 0 : vd_alerts_each(p->f->db, &q, take_page, p, err);
}

int vd_find_run(vd_find *f, vd_err *err)
{
    pass p = {.f = f, .matcher = vd_matcher_new(f->plan), .ev = vd_event_new(vd_plan_extract(f->plan))};
    if (f->sort) p.sort_ev = vd_event_new(f->sort);
    int code = f->targets->events ? take_events(&p, err) : 0;
    if (!code && f->targets->alerts) code = take_alerts(&p, err);
    vd_event_free(p.ev);
    if (p.sort_ev) vd_event_free(p.sort_ev);
    vd_matcher_free(p.matcher);
    return code;
}
