/* What `vedette info` prints for programs: one object. */
#include "cli/info.h"

static vd_json *stretch_of(int64_t from, int64_t to)
{
    vd_json *v = vd_json_object();
    vd_json_set(v, "from", vd_json_time(from));
    vd_json_set(v, "to", vd_json_time(to));
    return v;
}

static vd_json *hosts_of(const vd_survey *s)
{
    vd_json *list = vd_json_array();
    for (size_t i = 0; i < s->hosts.n; i++) {
        const vd_survey_host *h = &s->hosts.v[i];
        vd_json *v = vd_json_object(), *gaps = vd_json_array();
        vd_stretch span;
        vd_json_set(v, "name", h->name.n ? vd_json_string(h->name) : NULL);
        if (h->os.n) vd_json_set_str(v, "os", h->os);
        vd_json_set(v, "events", vd_json_uint(h->n));
        if (vd_survey_span(h, &span)) {
            vd_json_set(v, "first", vd_json_time(span.from));
            vd_json_set(v, "last", vd_json_time(span.to));
        }
        for (size_t k = 1; k < h->stretches.n; k++)
            vd_json_push(gaps, stretch_of(h->stretches.v[k - 1].to, h->stretches.v[k].from));
        vd_json_set(v, "gaps", gaps);
        vd_json_push(list, v);
    }
    return list;
}

static vd_json *tally_of(const vd_tally *t)
{
    vd_json *v = vd_json_object();
    for (size_t i = 0; i < t->v.n; i++)
        vd_json_set_n(v, t->v.v[i].name, vd_json_uint(t->v.v[i].n));
    return v;
}

static vd_json *ids_of(const vd_survey *s)
{
    vd_json *list = vd_json_array();
    for (size_t i = 0; i < s->ids.v.n; i++) {
        vd_str channel, provider, id;
        vd_json *v = vd_json_object();
        vd_survey_id(s->ids.v.v[i].name, &channel, &provider, &id);
        vd_json_set_str(v, "channel", channel);
        vd_json_set_str(v, "provider", provider);
        vd_json_set_str(v, "id", id);
        vd_json_set(v, "events", vd_json_uint(s->ids.v.v[i].n));
        vd_json_push(list, v);
    }
    return list;
}

static vd_json *cleared_of(const vd_survey *s)
{
    vd_json *list = vd_json_array();
    for (size_t i = 0; i < s->cleared.n; i++) {
        const vd_cleared *c = &s->cleared.v[i];
        vd_json *v = vd_json_object();
        vd_json_set(v, "time", vd_json_time(c->ts));
        vd_json_set_str(v, "log", c->log);
        vd_json_set_str(v, "host", c->host);
        vd_json_set_str(v, "user", c->user);
        vd_json_push(list, v);
    }
    return list;
}

/* ---- rules ---- */

static vd_json *names_of(const vd_rule *const *rules, size_t n)
{
    vd_json *list = vd_json_array();
    for (size_t i = 0; i < n; i++)
        vd_json_push(list, vd_json_string(rules[i]->name));
    return list;
}

static vd_json *lacks_of(const vd_lacks *lacks, const char *key)
{
    vd_json *list = vd_json_array();
    for (size_t i = 0; i < lacks->v.n; i++) {
        const vd_lack *l = &lacks->v.v[i];
        vd_json *v = vd_json_object();
        vd_json_set_str(v, key, l->what);
        const char *how = vd_advice_of_field(l->what);
        if (how) vd_json_set_str(v, "switch_on", vd_str_from(how));
        vd_json_set(v, "rules", names_of(l->rules.v, l->rules.n));
        vd_json_push(list, v);
    }
    return list;
}

static vd_json *rules_of(const vd_info *info)
{
    const vd_coverage *c = &info->coverage;
    vd_json *v = vd_json_object(), *not_run = vd_json_object();
    vd_json_set(v, "judged", vd_json_uint(c->rules));
    vd_json_set(v, "can_run", names_of(c->ready.v, c->ready.n));
    vd_json_set(v, "without_source", vd_json_uint(c->without_source));
    vd_json_set(v, "switch_on", lacks_of(&c->sources, "what"));
    vd_json_set(v, "without_field", vd_json_uint(c->without_field));
    vd_json_set(v, "fields_needed", lacks_of(&c->fields, "field"));
    vd_json_set(v, "other_system", vd_json_uint(c->other_system));
    vd_json_set(v, "systems", lacks_of(&c->systems, "system"));
    vd_json_set(v, "fields_never_seen", lacks_of(&c->blind, "field"));
    for (size_t i = 0; i < info->n_not_run; i++)
        vd_json_set_n(not_run, info->not_run[i].name, vd_json_uint(info->not_run[i].n));
    vd_json_set(v, "types_not_run", not_run);
    vd_json_set(v, "with_errors", vd_json_uint(info->broken));
    return v;
}

void vd_info_json(FILE *out, const vd_info *info)
{
    const vd_survey *s = info->survey;
    vd_json *v = vd_json_object();
    vd_stretch range;
    vd_json_set(v, "events", vd_json_uint(s->documents));
    vd_json_set(v, "files", vd_json_uint(info->files));
    vd_json_set(v, "bytes", vd_json_uint(info->bytes));
    vd_json_set(v, "not_readable", vd_json_uint(info->bad_documents));
    vd_json_set(v, "without_time", vd_json_uint(s->no_time));
    vd_json_set(v, "outside_of_window", vd_json_uint(s->outside));
    bool any = vd_survey_range(s, &range);
    vd_json_set(v, "first", any ? vd_json_time(range.from) : NULL);
    vd_json_set(v, "last", any ? vd_json_time(range.to) : NULL);
    vd_json_set(v, "hosts", hosts_of(s));
    vd_json_set(v, "indices", tally_of(&s->indices));
    vd_json_set(v, "datasets", tally_of(&s->datasets));
    vd_json_set(v, "categories", tally_of(&s->categories));
    vd_json_set(v, "channels", tally_of(&s->channels));
    vd_json_set(v, "event_ids", ids_of(s));
    vd_json_set(v, "cleared", cleared_of(s));
    if (info->rules_read) vd_json_set(v, "rules", rules_of(info));
    vd_json_write_line(out, v);
    vd_json_free(v);
}
