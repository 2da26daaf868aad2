/* A layer for ATT&CK Navigator: techniques with how many alerts name them.
 * Source: mitre-attack/attack-navigator, layers/spec/v4.5/layerformat. */
#include "sink/dossier.h"

static void take(vd_sink *sink, const vd_finding *finding)
{
    vd_dossier_take(sink->state, &sink->o, finding);
}

/* "Command and Control" is "command-and-control" there. */
static vd_str short_name(vd_arena *a, vd_str name)
{
    char *text = vd_arena_alloc(a, name.n + 1);
    for (size_t i = 0; i < name.n; i++)
        text[i] = name.p[i] == ' ' ? '-' : (char)vd_ascii_lower((unsigned char)name.p[i]);
    return (vd_str){text, name.n};
}

static vd_json *technique_of(vd_arena *a, const vd_tactic_technique *t)
{
    vd_json *v = vd_json_object();
    vd_str comment = {0};
    for (size_t i = 0; i < t->rules.n; i++)
        comment = vd_arena_printf(a, "%.*s%s%.*s", VD_FMT(comment), i ? "\n" : "",
                                  VD_FMT(t->rules.v[i]->name));
    vd_json_set_str(v, "techniqueID", t->technique_id);
    if (t->tactic_name.n) vd_json_set_str(v, "tactic", short_name(a, t->tactic_name));
    vd_json_set(v, "score", vd_json_uint(t->n));
    vd_json_set_str(v, "comment", comment);
    vd_json_set(v, "enabled", vd_json_bool(true));
    /* A subtechnique is seen only when the technique above it is unfolded. */
    bool sub = vd_str_find_byte(t->technique_id, '.', 0) < t->technique_id.n;
    vd_json_set(v, "showSubtechniques", vd_json_bool(sub));
    return v;
}

/* The techniques, and for a subtechnique that stands alone the technique above it, so
 * that the layer opens it. */
static vd_json *techniques_of(vd_arena *a, const vd_dossier *d, uint64_t *most)
{
    vd_json *list = vd_json_array();
    vd_map seen = {0};
    for (size_t i = 0; i < d->techniques.n; i++) {
        const vd_tactic_technique *t = &d->techniques.v[i];
        if (!t->technique_id.n) continue;
        if (t->n > *most) *most = t->n;
        vd_json_push(list, technique_of(a, t));
        vd_str key = vd_arena_printf(a, "%.*s %.*s", VD_FMT(t->technique_id), VD_FMT(t->tactic_name));
        vd_map_put(&seen, key, 1);
    }
    for (size_t i = 0; i < d->techniques.n; i++) {
        const vd_tactic_technique *t = &d->techniques.v[i];
        size_t dot = vd_str_find_byte(t->technique_id, '.', 0);
        vd_str above = vd_str_sub(t->technique_id, 0, dot);
        vd_str key = vd_arena_printf(a, "%.*s %.*s", VD_FMT(above), VD_FMT(t->tactic_name));
        if (dot == t->technique_id.n || vd_map_get(&seen, key) != VD_MAP_NONE) continue;
        vd_map_put(&seen, key, 1);
        vd_json *v = vd_json_object();
        vd_json_set_str(v, "techniqueID", above);
        if (t->tactic_name.n) vd_json_set_str(v, "tactic", short_name(a, t->tactic_name));
        vd_json_set(v, "enabled", vd_json_bool(true));
        vd_json_set(v, "showSubtechniques", vd_json_bool(true));
        vd_json_push(list, v);
    }
    vd_map_fini(&seen);
    return list;
}

static vd_json *gradient_to(uint64_t most)
{
    static const char *const colours[] = {"#ffe8b3", "#ff9e4a", "#d6423b"};
    vd_json *gradient = vd_json_object(), *list = vd_json_array();
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++)
        vd_json_push(list, vd_json_string(vd_str_from(colours[i])));
    vd_json_set(gradient, "colors", list);
    vd_json_set(gradient, "minValue", vd_json_int(0));
    vd_json_set(gradient, "maxValue", vd_json_uint(most ? most : 1));
    return gradient;
}

static void end(vd_sink *sink, const vd_summary *summary)
{
    vd_dossier *d = sink->state;
    vd_json *layer = vd_json_object(), *versions = vd_json_object();
    uint64_t most = 0;
    vd_dossier_sort(d);
    vd_json_set_str(layer, "name", VD_STR("Vedette alerts"));
    vd_json_set_str(versions, "layer", VD_STR("4.5"));
    vd_json_set_str(versions, "navigator", VD_STR("5.1.0"));
    vd_json_set(layer, "versions", versions);
    vd_json_set_str(layer, "domain", VD_STR("enterprise-attack"));
    vd_json_set_str(layer, "description",
                    vd_arena_printf(&d->a, "%llu alerts of %zu rules in %llu events; the score is the number of alerts",
                                    (unsigned long long)d->n, d->rules.n,
                                    (unsigned long long)summary->documents));
    vd_json_set(layer, "sorting", vd_json_int(3)); /* by score, the highest first */
    vd_json_set(layer, "techniques", techniques_of(&d->a, d, &most));
    vd_json_set(layer, "gradient", gradient_to(most));
    vd_json_write_line(sink->o.out, layer);
    vd_json_free(layer);
}

static void free_navigator(vd_sink *sink)
{
    vd_dossier_fini(sink->state);
    free(sink->state);
}

void vd_sink_navigator_init(vd_sink *sink)
{
    sink->state = vd_calloc(1, sizeof(vd_dossier));
    vd_dossier_init(sink->state);
    sink->take = take;
    sink->end = end;
    sink->free = free_navigator;
}
