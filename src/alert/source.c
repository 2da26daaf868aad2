/* alert/source.c - an event's document to what an alert keeps of it
 *
 * Source: elastic/kibana, transform_hit_to_alert. */
#include "alert/alert_int.h"

#include <stdlib.h>

#include "base/limits.h"

/* `key` is `name` or lies below it ("signal", "signal.rule"). */
static bool is_or_below(vd_str key, vd_str name)
{
    return vd_str_starts(key, name) && (key.n == name.n || key.p[name.n] == '.');
}

/* Fields of an older alert, which the new one writes itself, and a document's
 * metadata, which Elasticsearch does not take inside a document. */
static bool is_dropped(vd_str key)
{
    static const char *const tops[] = {"kibana", "signal", "threshold_result"};
    static const char *const meta[] = {"_id", "_index", "_version", "_score", "_type", "_routing"};
    for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
        if (is_or_below(key, vd_str_from(tops[i]))) return true;
    for (size_t i = 0; i < sizeof meta / sizeof *meta; i++)
        if (vd_str_eq(key, vd_str_from(meta[i]))) return true;
    return false;
}

static vd_json *without_dropped(const vd_json *doc)
{
    vd_json *out = vd_json_object();
    for (vd_json_iter it = {0}; vd_json_next(doc, &it);)
        if (!is_dropped(it.key)) vd_json_set_n(out, it.key, vd_json_share(it.value));
    return out;
}

static void flatten(vd_json *out, vd_str prefix, const vd_json *v, int depth)
{
    vd_arena a;
    vd_arena_init(&a, 1024);
    for (vd_json_iter it = {0}; vd_json_next(v, &it);) {
        vd_str key = vd_arena_printf(&a, "%.*s.%.*s", VD_FMT(prefix), VD_FMT(it.key));
        if (vd_json_typeof(it.value) == VD_JSON_OBJECT && depth > 0)
            flatten(out, key, it.value, depth - 1);
        else
            vd_json_set_n(out, key, vd_json_copy(it.value));
    }
    vd_arena_fini(&a);
}

void vd_flatten_into(vd_json *out, vd_str prefix, const vd_json *v)
{
    flatten(out, prefix, v, VD_MAX_JSON_DEPTH);
}

/* Copies `group`.* of `doc`, however it is written, to kibana.alert.original_`group`.*. */
static void keep_original(vd_json *out, const vd_json *doc, const char *group)
{
    vd_arena a;
    vd_arena_init(&a, 1024);
    vd_str name = vd_str_from(group);
    for (vd_json_iter it = {0}; vd_json_next(doc, &it);) {
        if (!is_or_below(it.key, name)) continue;
        vd_str key = vd_arena_printf(&a, "kibana.alert.original_%.*s", VD_FMT(it.key));
        if (vd_json_typeof(it.value) == VD_JSON_OBJECT)
            vd_flatten_into(out, key, it.value);
        else if (it.key.n > name.n)
            vd_json_set_n(out, key, vd_json_copy(it.value));
    }
    vd_arena_fini(&a);
}

/* Nested or dotted, the event's own kind goes: the alert has "signal". */
static void set_kind(vd_json *doc)
{
    vd_json *event = vd_json_get(doc, "event");
    if (vd_json_typeof(event) == VD_JSON_OBJECT) {
        vd_json_del(event, "kind");
        if (vd_json_len(event) == 0) vd_json_del(doc, "event");
    }
    vd_json_set_str(doc, "event.kind", VD_STR("signal"));
}

vd_json *vd_alert_source(const vd_json *doc)
{
    vd_json *kept = without_dropped(doc);
    vd_json *clean = vd_ecs_clean(kept);
    vd_json_free(kept);
    vd_json *originals = vd_json_object();
    keep_original(originals, clean, "event");
    keep_original(originals, clean, "data_stream");
    for (vd_json_iter it = {0}; vd_json_next(originals, &it);)
        vd_json_set_n(clean, it.key, vd_json_share(it.value));
    vd_json_free(originals);
    set_kind(clean);
    return clean;
}
