#include "cli/survey.h"

#include "base/clock.h"
#include "base/limits.h"

/* The slots that are looked at whatever the rules. */
enum {
    TIME, HOST, HOST_ID, SYSTEM, INDEX, STREAM_TYPE, STREAM_SET, STREAM_SPACE, DATASET, CATEGORY, CHANNEL,
    PROVIDER, SOURCE_NAME, CODE, EVENT_ID, USER, CLEARED_LOG, OWN_FIELDS
};
static const char *const names[OWN_FIELDS] = {
    "@timestamp", "host.name", "host.id", "host.os.type", "_index", "data_stream.type",
    "data_stream.dataset", "data_stream.namespace", "event.dataset", "event.category", "winlog.channel",
    "event.provider", "winlog.provider_name", "event.code", "winlog.event_id", "user.name",
    "winlog.user_data.Channel"};

vd_survey_form *vd_survey_form_new(vd_schema *schema, const vd_field_id *fields, size_t n)
{
    vd_survey_form *form = vd_calloc(1, sizeof *form);
    vd_field_id *all = vd_calloc(OWN_FIELDS + n, sizeof *all);
    for (size_t i = 0; i < OWN_FIELDS; i++)
        all[i] = vd_schema_intern(schema, vd_str_from(names[i]));
    if (n) memcpy(all + OWN_FIELDS, fields, n * sizeof *all);
    form->extract = vd_extract_new(schema, all, OWN_FIELDS + n);
    form->n_fields = n;
    form->since = form->until = VD_TIME_NONE;
    free(all);
    return form;
}

void vd_survey_form_free(vd_survey_form *form)
{
    if (!form) return;
    vd_extract_free(form->extract);
    free(form);
}

vd_survey *vd_survey_new(const vd_survey_form *form)
{
    vd_survey *s = vd_calloc(1, sizeof *s);
    s->form = form;
    s->ev = vd_event_new(form->extract);
    vd_arena_init(&s->a, 0);
    return s;
}

void vd_survey_free(vd_survey *s)
{
    if (!s) return;
    vd_tally *const tallies[] = {&s->indices, &s->datasets, &s->categories, &s->channels, &s->systems, &s->ids};
    for (size_t i = 0; i < sizeof tallies / sizeof tallies[0]; i++) {
        vd_vec_free(&tallies[i]->v);
        vd_map_fini(&tallies[i]->index);
    }
    for (size_t i = 0; i < s->hosts.n; i++)
        vd_vec_free(&s->hosts.v[i].stretches);
    vd_vec_free(&s->hosts);
    vd_vec_free(&s->groups);
    vd_vec_free(&s->cleared);
    vd_map_fini(&s->host_index);
    vd_map_fini(&s->group_index);
    vd_event_free(s->ev);
    vd_arena_fini(&s->a);
    free(s);
}

/* ---- counting ---- */

static void count(vd_survey *s, vd_tally *t, vd_str name, uint64_t n)
{
    uint32_t i = vd_map_get(&t->index, name);
    if (!name.n) return;
    if (i == VD_MAP_NONE && t->v.n >= VD_MAX_SURVEY_VALUES) {
        t->more += n;
        return;
    }
    if (i == VD_MAP_NONE) {
        vd_str kept = vd_arena_str(&s->a, name);
        i = vd_map_put(&t->index, kept, (uint32_t)t->v.n);
        *vd_vec_push(&t->v) = (vd_tallied){kept, 0};
    }
    t->v.v[i].n += n;
}

/* Adds a time, or a stretch; stretches that no gap parts become one. */
static void cover(vd_survey_host *host, vd_stretch t)
{
    size_t lo = 0, hi = host->stretches.n;
    vd_stretch *v = host->stretches.v;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (v[mid].to + VD_GAP_MS < t.from)
            lo = mid + 1;
        else
            hi = mid;
    }
    size_t n = host->stretches.n;
    if (lo == n || v[lo].from - VD_GAP_MS > t.to) {
        if (n >= VD_MAX_SURVEY_GAPS) return;
        vd_vec_push(&host->stretches);
        v = host->stretches.v;
        memmove(v + lo + 1, v + lo, (n - lo) * sizeof *v);
        v[lo] = t;
        return;
    }
    if (t.from < v[lo].from) v[lo].from = t.from;
    if (t.to > v[lo].to) v[lo].to = t.to;
    size_t next = lo + 1;
    for (; next < n && v[next].from - VD_GAP_MS <= v[lo].to; next++)
        if (v[next].to > v[lo].to) v[lo].to = v[next].to;
    memmove(v + lo + 1, v + next, (n - next) * sizeof *v);
    host->stretches.n -= next - lo - 1;
}

/* NULL: there are too many. */
static vd_survey_host *host_of(vd_survey *s, vd_str name)
{
    uint32_t i = vd_map_get(&s->host_index, name);
    if (i != VD_MAP_NONE) return &s->hosts.v[i];
    if (s->hosts.n >= VD_MAX_SURVEY_VALUES) return NULL;
    vd_str kept = vd_arena_str(&s->a, name);
    vd_map_put(&s->host_index, kept, (uint32_t)s->hosts.n);
    *vd_vec_push(&s->hosts) = (vd_survey_host){.name = kept};
    return &s->hosts.v[s->hosts.n - 1];
}

static vd_survey_group *group_of(vd_survey *s, vd_str index, vd_str category)
{
    char buf[1024];
    vd_str key = {buf, 0};
    if (index.n + category.n + 1 > sizeof buf) return NULL;
    if (index.n) memcpy(buf, index.p, index.n);
    buf[index.n] = '\n';
    if (category.n) memcpy(buf + index.n + 1, category.p, category.n);
    key.n = index.n + category.n + 1;
    uint32_t i = vd_map_get(&s->group_index, key);
    if (i != VD_MAP_NONE) return &s->groups.v[i];
    if (s->groups.n >= VD_MAX_SURVEY_GROUPS) return NULL;
    key = vd_arena_str(&s->a, key);
    vd_map_put(&s->group_index, key, (uint32_t)s->groups.n);
    *vd_vec_push(&s->groups) = (vd_survey_group){
        .index = vd_str_sub(key, 0, index.n),
        .category = vd_str_sub(key, index.n + 1, key.n),
        .fields = VD_NEW_N(&s->a, uint64_t, s->form->n_fields + 1)};
    return &s->groups.v[s->groups.n - 1];
}

/* ---- one document ---- */

/* The first value of a slot as text; numbers go to buf. */
static vd_str text_of(const vd_event *ev, uint32_t slot, char buf[32])
{
    const vd_value *v = vd_event_get(ev, slot);
    if (!v) return (vd_str){0};
    if (v->kind == VD_STRING) return vd_value_str(v);
    if (v->kind != VD_LONG) return (vd_str){0};
    return (vd_str){buf, (size_t)snprintf(buf, 32, "%lld", (long long)v->i)};
}

/* Some documents stand for several indices: "a,b,c", as vd_index_takes wants it. */
static vd_str index_of(const vd_survey *s, char buf[512])
{
    char digits[32];
    size_t at = 0;
    for (uint32_t i = vd_event_first(s->ev, INDEX); i != VD_NO_VALUE;) {
        const vd_value *v = vd_event_value(s->ev, i);
        i = v->next;
        if (v->kind != VD_STRING || at + v->len + 1 > 512) continue;
        if (at) buf[at++] = ',';
        memcpy(buf + at, v->s, v->len);
        at += v->len;
    }
    if (at) return (vd_str){buf, at};
    vd_str type = text_of(s->ev, STREAM_TYPE, digits), set = text_of(s->ev, STREAM_SET, digits);
    vd_str space = text_of(s->ev, STREAM_SPACE, digits);
    if (!set.n) return s->form->default_index;
    int n = snprintf(buf, 512, "%.*s-%.*s-%.*s", VD_FMT(type.n ? type : VD_STR("logs")), VD_FMT(set),
                     VD_FMT(space.n ? space : VD_STR("default")));
    return (vd_str){buf, n < 512 ? (size_t)n : 511};
}

static void count_group(vd_survey *s, vd_str index, vd_str category)
{
    vd_survey_group *group = group_of(s, index, category);
    if (!group) return;
    group->n++;
    for (uint32_t i = 0; i < s->form->n_fields; i++)
        group->fields[i] += vd_event_first(s->ev, OWN_FIELDS + i) != VD_NO_VALUE;
}

/* An event of two categories is in the group of each. */
static void count_groups(vd_survey *s, vd_str index)
{
    uint32_t at = vd_event_first(s->ev, CATEGORY);
    if (at == VD_NO_VALUE) count_group(s, index, VD_STR(""));
    while (at != VD_NO_VALUE) {
        const vd_value *v = vd_event_value(s->ev, at);
        at = v->next;
        if (v->kind != VD_STRING) continue;
        count(s, &s->categories, vd_value_str(v), 1);
        count_group(s, index, vd_value_str(v));
    }
}

/* Security 1102: the audit log was cleared; System 104: another log was. */
static void note_cleared(vd_survey *s, vd_str channel, vd_str id, vd_str host, int64_t ts)
{
    char digits[32];
    /* Windows writes names of channels as they come. */
    bool security = vd_str_eq(id, VD_STR("1102")) && vd_str_eq_ascii_ci(channel, VD_STR("Security"));
    bool other = vd_str_eq(id, VD_STR("104")) && vd_str_eq_ascii_ci(channel, VD_STR("System"));
    if ((!security && !other) || s->cleared.n >= VD_MAX_SURVEY_VALUES) return;
    vd_str log = other ? text_of(s->ev, CLEARED_LOG, digits) : channel;
    *vd_vec_push(&s->cleared) = (vd_cleared){ts, vd_arena_str(&s->a, host),
                                             vd_arena_str(&s->a, text_of(s->ev, USER, digits)),
                                             vd_arena_str(&s->a, log)};
}

static void count_windows(vd_survey *s, vd_str host, int64_t ts)
{
    char buf[32], digits[32], key[1024];
    vd_str channel = text_of(s->ev, CHANNEL, buf), id = text_of(s->ev, CODE, digits);
    if (!channel.n) return;
    if (!id.n) id = text_of(s->ev, EVENT_ID, digits);
    vd_str provider = text_of(s->ev, PROVIDER, buf);
    if (!provider.n) provider = text_of(s->ev, SOURCE_NAME, buf);
    count(s, &s->channels, channel, 1);
    int n = snprintf(key, sizeof key, "%.*s\n%.*s\n%.*s", VD_FMT(channel), VD_FMT(provider), VD_FMT(id));
    if (n < (int)sizeof key) count(s, &s->ids, (vd_str){key, (size_t)n}, 1);
    note_cleared(s, channel, id, host, ts);
}

static void count_host(vd_survey *s, vd_str name, int64_t ts)
{
    char digits[32];
    vd_survey_host *host = host_of(s, name);
    vd_str system = text_of(s->ev, SYSTEM, digits);
    count(s, &s->systems, system, 1);
    if (!host) return;
    host->n++;
    if (!host->os.n) host->os = vd_arena_str(&s->a, system);
    /* Far from the ends, so that a gap more is no overflow. */
    if (ts != VD_TIME_NONE && ts > INT64_MIN / 2 && ts < INT64_MAX / 2)
        cover(host, (vd_stretch){ts, ts});
}

vd_fault vd_survey_add(vd_survey *s, const char *text, size_t n)
{
    char buf[512], digits[32];
    vd_fault fault = vd_event_parse(s->ev, text, n, NULL);
    if (fault) return fault;
    const vd_value *v = vd_event_get(s->ev, TIME);
    int64_t ts = v && (v->kind == VD_DATE || v->kind == VD_LONG) ? v->i : VD_TIME_NONE;
    const vd_survey_form *form = s->form;
    if ((form->since != VD_TIME_NONE && ts < form->since) ||
        (form->until != VD_TIME_NONE && (ts > form->until || ts == VD_TIME_NONE))) {
        s->outside++;
        return VD_FAULT_NONE;
    }
    s->documents++;
    s->no_time += ts == VD_TIME_NONE;
    vd_str host = text_of(s->ev, HOST, digits), index = index_of(s, buf);
    if (!host.n) host = text_of(s->ev, HOST_ID, digits);
    count_host(s, host, ts);
    count(s, &s->indices, vd_str_sub(index, 0, vd_str_find_byte(index, ',', 0)), 1);
    count(s, &s->datasets, text_of(s->ev, DATASET, digits), 1);
    count_groups(s, index);
    count_windows(s, host, ts);
    return VD_FAULT_NONE;
}

/* ---- the end ---- */

static void merge_tally(vd_survey *into, vd_tally *t, const vd_tally *from)
{
    for (size_t i = 0; i < from->v.n; i++)
        count(into, t, from->v.v[i].name, from->v.v[i].n);
    t->more += from->more;
}

static void merge_hosts(vd_survey *into, const vd_survey *from)
{
    for (size_t i = 0; i < from->hosts.n; i++) {
        const vd_survey_host *other = &from->hosts.v[i];
        vd_survey_host *host = host_of(into, other->name);
        if (!host) continue;
        host->n += other->n;
        if (!host->os.n) host->os = vd_arena_str(&into->a, other->os);
        for (size_t k = 0; k < other->stretches.n; k++)
            cover(host, other->stretches.v[k]);
    }
}

static void merge_groups(vd_survey *into, const vd_survey *from)
{
    for (size_t i = 0; i < from->groups.n; i++) {
        const vd_survey_group *other = &from->groups.v[i];
        vd_survey_group *group = group_of(into, other->index, other->category);
        if (!group) continue;
        group->n += other->n;
        for (size_t k = 0; k < into->form->n_fields; k++)
            group->fields[k] += other->fields[k];
    }
}

void vd_survey_merge(vd_survey *into, const vd_survey *from)
{
    into->documents += from->documents;
    into->no_time += from->no_time;
    into->outside += from->outside;
    merge_hosts(into, from);
    merge_groups(into, from);
    for (size_t i = 0; i < from->cleared.n; i++) {
        const vd_cleared *c = &from->cleared.v[i];
        *vd_vec_push(&into->cleared) =
            (vd_cleared){c->ts, vd_arena_str(&into->a, c->host), vd_arena_str(&into->a, c->user),
                         vd_arena_str(&into->a, c->log)};
    }
    merge_tally(into, &into->indices, &from->indices);
    merge_tally(into, &into->datasets, &from->datasets);
    merge_tally(into, &into->categories, &from->categories);
    merge_tally(into, &into->channels, &from->channels);
    merge_tally(into, &into->systems, &from->systems);
    merge_tally(into, &into->ids, &from->ids);
}

static int by_count(const void *a, const void *b)
{
    const vd_tallied *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return vd_str_cmp(x->name, y->name);
}

static int by_host(const void *a, const void *b)
{
    const vd_survey_host *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return vd_str_cmp(x->name, y->name);
}

static int by_time(const void *a, const void *b)
{
    const vd_cleared *x = a, *y = b;
    if (x->ts != y->ts) return x->ts < y->ts ? -1 : 1;
    return vd_str_cmp(x->host, y->host);
}

static void sort_tally(vd_tally *t)
{
    if (t->v.n) qsort(t->v.v, t->v.n, sizeof *t->v.v, by_count);
}

void vd_survey_sort(vd_survey *s)
{
    sort_tally(&s->indices);
    sort_tally(&s->datasets);
    sort_tally(&s->categories);
    sort_tally(&s->channels);
    sort_tally(&s->systems);
    sort_tally(&s->ids);
    if (s->hosts.n) qsort(s->hosts.v, s->hosts.n, sizeof *s->hosts.v, by_host);
    if (s->cleared.n) qsort(s->cleared.v, s->cleared.n, sizeof *s->cleared.v, by_time);
}

bool vd_survey_span(const vd_survey_host *host, vd_stretch *out)
{
    if (!host->stretches.n) return false;
    *out = (vd_stretch){host->stretches.v[0].from, host->stretches.v[host->stretches.n - 1].to};
    return true;
}

bool vd_survey_range(const vd_survey *s, vd_stretch *out)
{
    bool any = false;
    vd_stretch one;
    for (size_t i = 0; i < s->hosts.n; i++) {
        if (!vd_survey_span(&s->hosts.v[i], &one)) continue;
        if (!any || one.from < out->from) out->from = one.from;
        if (!any || one.to > out->to) out->to = one.to;
        any = true;
    }
    return any;
}

void vd_survey_id(vd_str key, vd_str *channel, vd_str *provider, vd_str *id)
{
    size_t one = vd_str_find_byte(key, '\n', 0), two = vd_str_find_byte(key, '\n', one + 1);
    *channel = vd_str_sub(key, 0, one);
    *provider = vd_str_sub(key, one + 1, two);
    *id = vd_str_sub(key, two + 1, key.n);
}
