/* alert/group.c - a sequence's building blocks and its shell
 *
 * k events give k building blocks, each an alert of its own that knows its group,
 * and over them the shell: what all blocks have in common. The shell is the alert
 * that people see; it has no group.index.
 * Source: elastic/kibana, build_alert_group_from_sequence. */
#include "alert/alert_int.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"

/* ---- what documents have in common ---- */

static bool common(const vd_json *a, const vd_json *b, int depth, vd_json **out);

static bool same_scalar(const vd_json *a, const vd_json *b)
{
    vd_json_type type = vd_json_typeof(a);
    bool numbers = (type == VD_JSON_INT || type == VD_JSON_DOUBLE) &&
                   (vd_json_typeof(b) == VD_JSON_INT || vd_json_typeof(b) == VD_JSON_DOUBLE);
    if (numbers && (type == VD_JSON_DOUBLE || vd_json_typeof(b) == VD_JSON_DOUBLE))
        return vd_json_get_double(a) == vd_json_get_double(b);
    if (type != vd_json_typeof(b)) return false;
    switch (type) {
    case VD_JSON_NULL: return true;
    case VD_JSON_BOOL: return vd_json_get_bool(a) == vd_json_get_bool(b);
    case VD_JSON_INT: return vd_json_get_int(a) == vd_json_get_int(b);
    case VD_JSON_STRING: return vd_str_eq(vd_json_str(a), vd_json_str(b));
    default: return false; /* by identity: no two objects or arrays are one */
    }
}

/* 1.0 is 1. */
static vd_str identity_of_double(vd_arena *a, double d)
{
    bool whole = d >= -0x1p62 && d <= 0x1p62 && (double)(int64_t)d == d;
    return whole ? vd_arena_printf(a, "i%lld", (long long)d) : vd_arena_printf(a, "d%.17g", d);
}

/* "s" and the string, which may have NULs. */
static vd_str marked(vd_arena *a, vd_str s)
{
    char *p = vd_arena_alloc(a, s.n + 1);
    *p = 's';
    if (s.n) memcpy(p + 1, s.p, s.n);
    return (vd_str){p, s.n + 1};
}

/* A text that two scalars have in common exactly if they are the same; none for
 * objects and arrays. */
static vd_str identity(vd_arena *a, const vd_json *v)
{
    switch (vd_json_typeof(v)) {
    case VD_JSON_NULL: return VD_STR("null");
    case VD_JSON_BOOL: return vd_json_get_bool(v) ? VD_STR("true") : VD_STR("false");
    case VD_JSON_INT: return vd_arena_printf(a, "i%lld", (long long)vd_json_get_int(v));
    case VD_JSON_DOUBLE: return identity_of_double(a, vd_json_get_double(v));
    case VD_JSON_STRING: return marked(a, vd_json_str(v));
    default: return (vd_str){0};
    }
}

static size_t count_of(const vd_json *v)
{
    return vd_json_typeof(v) == VD_JSON_ARRAY ? vd_json_len(v) : 1;
}

static const vd_json *item_at(const vd_json *v, size_t i)
{
    return vd_json_typeof(v) == VD_JSON_ARRAY ? vd_json_at(v, i) : v;
}

/* The items of `a` that `b` has too, each once; a scalar counts as an array of one.
 * By a map: events decide how long their arrays are. */
static vd_json *common_items(const vd_json *a, const vd_json *b)
{
    vd_json *out = vd_json_array();
    vd_arena names;
    vd_map in_b = {0}, taken = {0};
    vd_arena_init(&names, 0);
    for (size_t i = 0; i < count_of(b); i++) {
        vd_str name = identity(&names, item_at(b, i));
        if (name.n) vd_map_put(&in_b, name, 0);
    }
    for (size_t i = 0; i < count_of(a); i++) {
        vd_str name = identity(&names, item_at(a, i));
        if (!name.n || vd_map_get(&in_b, name) == VD_MAP_NONE) continue;
        uint32_t before = taken.n;
        vd_map_put(&taken, name, 0);
        if (taken.n > before) vd_json_push(out, vd_json_copy(item_at(a, i)));
    }
    vd_map_fini(&in_b);
    vd_map_fini(&taken);
    vd_arena_fini(&names);
    return out;
}

/* false, and nothing in *out, if no member is left. Keys of json-c end in a NUL. */
static bool common_members(const vd_json *a, const vd_json *b, int depth, vd_json **out)
{
    *out = vd_json_object();
    for (vd_json_iter it = {0}; vd_json_next(a, &it);) {
        vd_json *v;
        if (!vd_json_has(b, it.key.p)) continue;
        if (common(it.value, vd_json_get(b, it.key.p), depth - 1, &v))
            vd_json_set_n(*out, it.key, v);
    }
    if (vd_json_len(*out)) return true;
    vd_json_free(*out);
    return false;
}

static bool common(const vd_json *a, const vd_json *b, int depth, vd_json **out)
{
    vd_json_type ta = vd_json_typeof(a), tb = vd_json_typeof(b);
    if (depth == 0) return false;
    if (ta == VD_JSON_OBJECT && tb == VD_JSON_OBJECT) return common_members(a, b, depth, out);
    if (ta == VD_JSON_OBJECT || tb == VD_JSON_OBJECT) return false;
    if (ta == VD_JSON_ARRAY && tb == VD_JSON_ARRAY) {
        *out = common_items(a, b);
        return true;
    }
    if (ta == VD_JSON_ARRAY || tb == VD_JSON_ARRAY) {
        *out = common_items(a, b);
        if (vd_json_len(*out)) return true;
        vd_json_free(*out);
        return false;
    }
    if (!same_scalar(a, b)) return false;
    *out = vd_json_copy(a);
    return true;
}

vd_json *vd_json_common(vd_json *const *docs, size_t n)
{
    vd_json *out = n ? vd_json_copy(docs[0]) : vd_json_object();
    for (size_t i = 1; i < n; i++) {
        vd_json *both;
        if (!common(out, docs[i], VD_MAX_JSON_DEPTH, &both)) both = vd_json_object();
        vd_json_free(out);
        out = both;
    }
    return out;
}

/* ---- lineage ---- */

static void push_all(vd_json *to, const vd_json *from)
{
    for (size_t i = 0; i < vd_json_len(from); i++)
        vd_json_push(to, vd_json_copy(vd_json_at(from, i)));
}

/* Event, block, event, block, ...: a block's index is not known while it is made. */
static vd_json *shell_ancestors(const vd_lineage *l, vd_str rule_id)
{
    vd_json *out = vd_json_array();
    for (size_t i = 0; i < l->n; i++) {
        push_all(out, l->ancestors[i]);
        vd_json_push(out, vd_ancestor(vd_str_from(l->ids[i]), "signal", VD_STR(""),
                                      vd_depth_below(l->ancestors[i]), rule_id));
    }
    return out;
}

void vd_lineage_init(vd_lineage *l, const vd_finding *finding)
{
    vd_str rule_id = finding->rule->rule_id;
    *l = (vd_lineage){0};
    l->ancestors = vd_calloc(finding->n_events + 1, sizeof *l->ancestors);
    for (size_t i = 0; i < finding->n_events; i++)
        if (!finding->events[i].missing)
            l->ancestors[l->n++] = vd_event_ancestors(&finding->events[i]);
    l->ids = vd_calloc(l->n + 1, sizeof *l->ids);
    vd_ids_of_blocks(l->ancestors, l->n, rule_id, l->ids);
    l->shell = shell_ancestors(l, rule_id);
    vd_id_shell(l->shell, rule_id, l->shell_id);
}

void vd_lineage_fini(vd_lineage *l)
{
    for (size_t i = 0; i < l->n; i++)
        vd_json_free(l->ancestors[i]);
    vd_json_free(l->shell);
    free(l->ancestors);
    free(l->ids);
}

/* ---- the group ---- */

static vd_json *block(const vd_finding_event *e, const vd_lineage *l, size_t i,
                      const vd_alert_parts *common_parts)
{
    vd_alert_parts parts = *common_parts;
    parts.id = l->ids[i];
    parts.ancestors = l->ancestors[i];
    parts.building_block_type = VD_STR("default");
    parts.original_time = vd_event_time(e);
    vd_json *doc = vd_alert_source(e->doc);
    vd_alert_lay_over(doc, &parts);
    vd_json_set_str(doc, "kibana.alert.group.id", vd_str_from(l->shell_id));
    vd_json_set(doc, "kibana.alert.group.index", vd_json_int((int64_t)i));
    return doc;
}

/* The shell's parents are the blocks, so its original time is theirs: that of
 * their creation. */
static vd_json *shell(vd_json *const *blocks, const vd_lineage *l,
                      const vd_alert_parts *common_parts)
{
    vd_alert_parts parts = *common_parts;
    parts.id = l->shell_id;
    parts.ancestors = l->shell;
    parts.building_block_type = vd_json_str(vd_json_get(parts.rule->api, "building_block_type"));
    parts.original_time = parts.options->now;
    vd_json *doc = vd_json_common(blocks, l->n);
    vd_alert_lay_over(doc, &parts);
    vd_json_set_str(doc, "kibana.alert.group.id", vd_str_from(l->shell_id));
    vd_json_del(doc, "kibana.alert.group.index");
    return doc;
}

void vd_alert_group(const vd_finding *finding, const vd_alert_options *options, vd_json *array)
{
    vd_lineage l;
    vd_lineage_init(&l, finding);
    vd_alert_facts facts = vd_alert_facts_of(finding);
    vd_json *rule_fields = vd_rule_fields(finding->rule, options);
    vd_alert_parts parts = {
        .rule = finding->rule, .options = options, .facts = &facts, .rule_fields = rule_fields};
    vd_json **blocks = vd_calloc(l.n + 1, sizeof *blocks);
    size_t n = 0;
    for (size_t i = 0; i < finding->n_events; i++) {
        if (finding->events[i].missing) continue;
        blocks[n] = block(&finding->events[i], &l, n, &parts);
        n++;
    }
    vd_json_push(array, shell(blocks, &l, &parts));
    for (size_t i = 0; i < n; i++)
        vd_json_push(array, blocks[i]);
    free(blocks);
    vd_json_free(rule_fields);
    vd_lineage_fini(&l);
}
