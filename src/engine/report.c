#include "base/hash.h"
#include "engine/engine_int.h"

static vd_str id_of(vd_engine *e, const vd_event *ev, vd_str json)
{
    const vd_plan_slots *own = vd_plan_slots_of(e->plan);
    const vd_value *v = vd_event_get(ev, own->id);
    if (v && v->kind == VD_LONG) return vd_arena_printf(&e->found_arena, "%lld", (long long)v->i);
    vd_str id = vd_engine_text(ev, own->id);
    if (!id.n) id = vd_engine_text(ev, own->event_id);
    if (id.n) return vd_arena_str(&e->found_arena, id);
    vd_hash128 h = vd_hash128_stable(json);
    return vd_arena_printf(&e->found_arena, "%016llx%016llx", (unsigned long long)h.hi,
                           (unsigned long long)h.lo);
}

/* Reads one event back and leaves its record in e->found_ev. */
static bool read_event(vd_engine *e, uint32_t rule, uint64_t ref, vd_finding_event *out)
{
    vd_err err;
    uint32_t source;
    const vd_plan_rule *r = vd_plan_rule_at(e->plan, rule);
    if (vd_ref_read(e, ref, &out->json, &source, &err)) {
        vd_engine_fail(e, &err);
        return false;
    }
    if (vd_event_parse(e->found_ev, out->json.p, out->json.n, NULL) != VD_FAULT_NONE) {
        vd_fail(&err, VD_IO, "an event is not the same when read again: its file was changed");
        vd_engine_fail(e, &err);
        return false;
    }
    out->id = id_of(e, e->found_ev, out->json);
    vd_str index = vd_engine_index(e, &e->workers[0], e->found_ev);
    index.n = vd_str_find_byte(index, ',', 0); /* of several the first is its own */
    out->index = vd_arena_str(&e->found_arena, index);
    const vd_input *in = vd_input_of(e, source);
    out->source = in->origin ? in->origin(in->ctx, ref & VD_REF_OFFSET) : in->name;
    const vd_value *ts = vd_event_get(e->found_ev, r->timestamp_slot);
    out->ts = ts ? ts->i : VD_TIME_NONE;
    return true;
}

static vd_json *keys_of(vd_engine *e, uint32_t rule, size_t stage, const uint64_t key[2])
{
    uint32_t at = vd_plan_rule_at(e->plan, rule)->first_stage + (uint32_t)stage;
    return vd_key_values(&e->workers[0], e->found_ev, vd_plan_stage_at(e->plan, at), key);
}

vd_json *vd_report_keys(vd_engine *e, uint32_t rule, const vd_held_match *m)
{
    vd_finding_event ev = {0};
    size_t i = 0;
    while (i < m->n && m->events[i] == VD_NO_EVENT)
        i++;
    vd_arena_reset(&e->found_arena);
    return i < m->n && read_event(e, rule, m->events[i], &ev) ? keys_of(e, rule, i, m->key) : NULL;
}

/* The document as a tree; an envelope's _source is the document. */
static vd_json *tree_of(vd_str json)
{
    vd_json *doc = vd_event_tree(json.p, json.n), *inner = vd_json_get(doc, "_source");
    if (vd_json_typeof(inner) != VD_JSON_OBJECT) return doc;
    vd_json_share(inner);
    vd_json_free(doc);
    return inner;
}

void vd_report(vd_engine *e, uint32_t rule, const vd_held_match *m)
{
    const vd_plan_rule *r = vd_plan_rule_at(e->plan, rule);
    vd_arena_reset(&e->found_arena);
    vd_finding_event *events = VD_NEW_N(&e->found_arena, vd_finding_event, m->n);
    vd_json *keys = NULL;
    bool whole = true;
    for (size_t i = 0; i < m->n && whole; i++) {
        events[i].missing = m->events[i] == VD_NO_EVENT;
        if (events[i].missing) continue;
        whole = read_event(e, rule, m->events[i], &events[i]);
        if (!whole) break;
        if (!keys) keys = keys_of(e, rule, i, m->key);
        if (!e->without_trees) events[i].doc = tree_of(events[i].json);
    }
    vd_finding finding = {.rule = r->rule,
                          .sequence = r->kind != VD_EQL_EVENT,
                          .ts = m->ts,
                          .events = events,
                          .n_events = m->n,
                          .join_keys = keys};
    if (whole && e->cfg.found) e->cfg.found(e->cfg.ctx, &finding);
    for (size_t i = 0; i < m->n; i++)
        vd_json_free(events[i].doc);
    vd_json_free(keys);
}
