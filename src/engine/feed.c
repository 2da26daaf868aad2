/* From lines to candidates: what one feeding thread does. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "engine/engine_int.h"

void vd_engine_fail(vd_engine *e, const vd_err *err)
{
    pthread_mutex_lock(&e->lock);
    if (!e->failure.code) e->failure = *err;
    pthread_mutex_unlock(&e->lock);
    atomic_store(&e->failed, true);
}

bool vd_engine_failed(const vd_engine *e) { return atomic_load(&e->failed); }

void vd_engine_fault(vd_engine *e, const vd_fault_report *report)
{
    pthread_mutex_lock(&e->lock);
    e->faults[report->fault]++;
    if (e->cfg.fault) e->cfg.fault(e->cfg.ctx, report);
    pthread_mutex_unlock(&e->lock);
}

vd_str vd_engine_text(const vd_event *ev, uint32_t slot)
{
    const vd_value *v = vd_event_get(ev, slot);
    return v && v->kind == VD_STRING ? vd_value_str(v) : (vd_str){NULL, 0};
}

/* "a,b,c" of a document that stands for several indices (vd_index_takes). */
static vd_str several_indices(vd_worker *w, const vd_event *ev, uint32_t slot)
{
    size_t n = 0;
    for (uint32_t at = vd_event_first(ev, slot); at != VD_NO_VALUE;) {
        const vd_value *v = vd_event_value(ev, at);
        at = v->next;
        if (v->kind != VD_STRING || n + v->len + 1 > sizeof w->index) continue;
        if (n) w->index[n++] = ',';
        memcpy(w->index + n, v->s, v->len);
        n += v->len;
    }
    return (vd_str){w->index, n};
}

vd_str vd_engine_index(const vd_engine *e, vd_worker *w, const vd_event *ev)
{
    const vd_plan_slots *own = vd_plan_slots_of(e->plan);
    if (vd_event_count(ev, own->index) > 1) return several_indices(w, ev, own->index);
    vd_str named = vd_engine_text(ev, own->index);
    if (named.n) return named;
    vd_str type = vd_engine_text(ev, own->ds_type), set = vd_engine_text(ev, own->ds_dataset);
    vd_str space = vd_engine_text(ev, own->ds_namespace);
    if (!set.n) return e->default_index;
    int n = snprintf(w->index, sizeof w->index, "%.*s-%.*s-%.*s",
                     VD_FMT(type.n ? type : VD_STR("logs")), VD_FMT(set),
                     VD_FMT(space.n ? space : VD_STR("default")));
    return (vd_str){w->index, n < (int)sizeof w->index ? (size_t)n : sizeof w->index - 1};
}

static void note_host(vd_engine *e, vd_worker *w)
{
    vd_str host = vd_engine_text(w->ev, vd_plan_slots_of(e->plan)->host_name);
    if (!host.n || host.n > 1024) return;
    uint64_t h = vd_hash64(host) | 1, *seen = &w->hosts[(h >> 1) % (sizeof w->hosts / sizeof *w->hosts)];
    if (*seen == h) return;
    *seen = h;
    pthread_mutex_lock(&e->lock);
    bool fresh = vd_map_get(&e->host_map, host) == VD_MAP_NONE;
    e->more_hosts |= fresh && e->hosts.n == VD_MAX_HOSTS;
    if (fresh && e->hosts.n < VD_MAX_HOSTS) {
        vd_str own = vd_arena_str(&e->names, host);
        vd_map_put(&e->host_map, own, (uint32_t)e->hosts.n);
        *vd_vec_push(&e->hosts) = own;
    }
    pthread_mutex_unlock(&e->lock);
}

static void note_signatures(const vd_engine *e, vd_worker *w)
{
    bool has = false;
    for (size_t i = 0; !has && i < e->signatures.n; i++)
        has = vd_event_has(w->ev, e->signatures.v[i]);
    w->with_signatures += has;
}

static void report_values(vd_engine *e, vd_worker *w, const vd_block *b, uint64_t offset,
                          uint64_t line)
{
    const vd_value_fault *f;
    size_t n = vd_event_value_faults(w->ev, &f);
    for (size_t i = 0; i < n; i++) {
        vd_fault_report r = {.fault = f[i].fault,
                             .source = vd_input_of(e, b->source)->name,
                             .line = line,
                             .offset = offset,
                             .field = vd_plan_slot_name(e->plan, f[i].slot)};
        vd_engine_fault(e, &r);
    }
}

static void report_document(vd_engine *e, const vd_block *b, uint64_t offset, uint64_t line,
                            vd_fault fault)
{
    vd_fault_report r = {.fault = fault,
                         .source = vd_input_of(e, b->source)->name,
                         .line = line,
                         .offset = offset};
    vd_engine_fault(e, &r);
}

/* Meets the record with the rules; what holds becomes candidates. */
static void match_one(vd_engine *e, vd_worker *w, vd_document *d)
{
    vd_str index = {NULL, 0};
    const uint32_t *conditions;
    if (!vd_plan_ignores_index(e->plan)) {
        index = vd_engine_index(e, w, w->ev);
        if (!index.n) w->no_index++;
    }
    size_t held = vd_match_event(w->matcher, w->ev, index, &conditions);
    if (held) vd_candidates_add(e, w, d, conditions, held);
}

int64_t vd_engine_document(vd_engine *e, vd_worker *w, const vd_block *b, vd_str text,
                           uint64_t line, uint64_t offset)
{
    vd_fault fault = vd_event_parse(w->ev, text.p, text.n, NULL);
    if (fault != VD_FAULT_NONE) {
        report_document(e, b, offset, line, fault);
        return VD_TIME_NONE;
    }
    w->documents++;
    int64_t ts;
    uint32_t time_slot = vd_plan_slots_of(e->plan)->timestamp;
    if (!vd_engine_time_at(w->ev, time_slot, &ts)) {
        report_values(e, w, b, offset, line);
        report_document(e, b, offset, line, VD_FAULT_NO_TIME);
        return VD_TIME_NONE;
    }
    if (w->first_ts == VD_TIME_NONE || ts < w->first_ts) w->first_ts = ts;
    if (w->last_ts == VD_TIME_NONE || ts > w->last_ts) w->last_ts = ts;
    note_host(e, w);
    note_signatures(e, w);
    vd_document d = {.text = text,
                     .ordinal = (uint64_t)b->source << VD_REF_SHIFT | (offset & VD_REF_OFFSET),
                     .line = b->lines,
                     .source = b->source,
                     .batch = w->batch,
                     .ts = ts,
                     .time_slot = time_slot};
    match_one(e, w, &d);
    report_values(e, w, b, offset, line); /* some are only known once a rule has looked */
    return ts;
}

bool vd_engine_blank(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != ' ' && p[i] != '\t' && p[i] != '\r') return false;
    return true;
}

static void feed_lines(vd_engine *e, vd_worker *w, const vd_block *b)
{
    const char *p = b->text, *end = b->text + b->n;
    const uint64_t *ordinal = b->ordinals;
    for (uint64_t line = b->line; p < end; line++) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((nl ? nl : end) - p), text = n;
        if (text && p[text - 1] == '\r') text--;
        if (!vd_engine_blank(p, text))
            vd_engine_document(e, w, b, (vd_str){p, text}, line,
                               ordinal ? *ordinal++ : b->offset + (uint64_t)(p - b->text));
        p += n + 1;
    }
}

static void hand_on(vd_engine *e, vd_worker *w)
{
    vd_err err;
    if (!w->out.n) return;
    pthread_mutex_lock(&e->lock);
    int code = vd_spool_add(&e->spool, w->out.v, w->out.n, &err);
    pthread_mutex_unlock(&e->lock);
    if (code) vd_engine_fail(e, &err);
    w->out.n = 0;
}

void vd_engine_feed(vd_engine *e, unsigned worker, const vd_block *block)
{
    vd_worker *w = &e->workers[worker];
    if (vd_engine_failed(e)) return;
    w->bytes += block->n;
    w->batch = true;
    if (block->lines) feed_lines(e, w, block);
    else vd_engine_document(e, w, block, (vd_str){block->text, block->n}, block->line, block->offset);
    hand_on(e, w);
}
