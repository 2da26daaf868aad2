/* What every rule is and does, for the API. */
#include "server/service_int.h"

vd_json *vd_run_json(const vd_run_row *r)
{
    vd_json *o = vd_json_object();
    vd_json_set_str(o, "rule_id", r->rule_id);
    vd_json_set_time(o, "started", r->started);
    vd_json_set(o, "duration_ms", vd_json_int(r->duration_ms));
    vd_json_set_time(o, "from", r->since);
    vd_json_set_time(o, "to", r->until);
    vd_json_set_str(o, "kind", r->kind);
    vd_json_set_str(o, "status", r->status);
    vd_json_set(o, "events", vd_json_uint(r->events));
    vd_json_set(o, "candidates", vd_json_uint(r->candidates));
    vd_json_set(o, "alerts", vd_json_uint(r->alerts));
    vd_json_set(o, "left_out", vd_json_uint(r->left_out));
    vd_json_set(o, "gap_ms", vd_json_int(r->gap_ms));
    vd_json_set_str(o, "message", r->message);
    return o;
}

static void set_differences(vd_json *o, unsigned bits)
{
    vd_json *list = vd_json_array();
    for (unsigned bit = 1; bit <= bits; bit <<= 1)
        if (bits & bit) vd_json_push(list, vd_json_string(vd_str_from(vd_mode_difference_name(bit))));
    vd_json_set(o, "differences", list);
}

/* What the stream made of it. */
static vd_json *stream_json(vd_service *s, uint32_t rule)
{
    pthread_mutex_lock(&s->detecting); /* for this only: the detector waits */
    vd_engine_rule_stats st = vd_stream_rule_stats_of(s->stream, rule);
    pthread_mutex_unlock(&s->detecting);
    vd_json *one = vd_json_object();
    vd_json_set(one, "documents", vd_json_uint(st.documents));
    vd_json_set(one, "candidates", vd_json_uint(st.candidates));
    vd_json_set(one, "findings", vd_json_uint(st.findings));
    return one;
}

static vd_json *rule_json(vd_service *s, const vd_rulebook *book, uint32_t i)
{
    const vd_rule *rule = vd_plan_rule_at(book->plan, i)->rule;
    vd_json *o = vd_json_copy(rule->api);
    bool stream = !book->stream_off[i];
    vd_json_set(o, "enabled", vd_json_bool(true));
    vd_json_set_str(o, "mode", stream ? VD_STR("stream") : VD_STR("schedule"));
    vd_json_set_str(o, "source", rule->file);
    set_differences(o, vd_mode_differences(rule));
    if (stream) vd_json_set(o, "stream", stream_json(s, i));
    return o;
}

static vd_json *off_json(const vd_rule *rule)
{
    vd_json *o = vd_json_copy(rule->api);
    vd_json_set(o, "enabled", vd_json_bool(rule->enabled && !rule->broken && rule->runs));
    vd_json_set_str(o, "source", rule->file);
    if (!rule->runs)
        vd_json_set_str(o, "error", VD_STR("rules of this type do not run here"));
    for (size_t k = 0; k < rule->problems.n; k++)
        if (rule->problems.v[k].error) vd_json_set_str(o, "error", rule->problems.v[k].msg);
    return o;
}

/* Appends the rules of that id; p NULL: all. `changing` holds stream and book together. */
static void list_rules(vd_service *s, vd_str id, vd_json *out)
{
    pthread_mutex_lock(&s->changing);
    const vd_rulebook *book = s->book;
    for (uint32_t i = 0; i < vd_plan_rule_count(book->plan); i++)
        if (!id.p || vd_str_eq(vd_plan_rule_at(book->plan, i)->rule->rule_id, id))
            vd_json_push(out, rule_json(s, book, i));
    const vd_ruleset *set = vd_plan_rules(book->plan);
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *rule = set->rules.v[i];
        bool runs = rule->enabled && !rule->broken && rule->runs;
        if (!runs && (!id.p || vd_str_eq(rule->rule_id, id))) vd_json_push(out, off_json(rule));
    }
    pthread_mutex_unlock(&s->changing);
}

vd_json *vd_service_rules(vd_service *s)
{
    vd_json *out = vd_json_array();
    list_rules(s, (vd_str){NULL, 0}, out);
    return out;
}

vd_json *vd_service_rule(vd_service *s, vd_str rule_id)
{
    vd_json *found = vd_json_array(), *first;
    list_rules(s, rule_id.p ? rule_id : VD_STR(""), found);
    first = vd_json_len(found) ? vd_json_share(vd_json_at(found, 0)) : NULL;
    vd_json_free(found);
    return first;
}
