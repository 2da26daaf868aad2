/* alert/ancestors.c - where an alert comes from
 *
 * Source: elastic/kibana, build_alert (buildAncestors, ALERT_DEPTH). */
#include "alert/alert_int.h"

vd_json *vd_ancestor(vd_str id, const char *type, vd_str index, int64_t depth, vd_str rule)
{
    vd_json *out = vd_json_object();
    vd_json_set_str(out, "id", id);
    vd_json_set_str(out, "type", vd_str_from(type));
    vd_json_set_str(out, "index", index);
    vd_json_set(out, "depth", vd_json_int(depth));
    if (rule.n) vd_json_set_str(out, "rule", rule);
    return out;
}

static vd_str text_at(const vd_json *doc, const char *path)
{
    return vd_json_str(vd_json_path(doc, vd_str_from(path)));
}

vd_json *vd_event_ancestors(const vd_finding_event *e)
{
    vd_json *older = vd_json_path(e->doc, VD_STR("kibana.alert.ancestors"));
    bool alert = text_at(e->doc, "kibana.alert.uuid").n > 0;
    vd_json *out = vd_json_array();
    if (alert && vd_json_typeof(older) == VD_JSON_ARRAY)
        for (size_t i = 0; i < vd_json_len(older); i++)
            vd_json_push(out, vd_json_copy(vd_json_at(older, i)));
    int64_t depth = alert ? vd_json_get_int(vd_json_path(e->doc, VD_STR("kibana.alert.depth"))) : 0;
    vd_str rule = alert ? text_at(e->doc, "kibana.alert.rule.uuid") : (vd_str){0};
    vd_json_push(out, vd_ancestor(e->id, alert ? "signal" : "event", e->index, depth, rule));
    return out;
}

int64_t vd_depth_below(const vd_json *ancestors)
{
    int64_t deepest = 0;
    for (size_t i = 0; i < vd_json_len(ancestors); i++) {
        int64_t depth = vd_json_get_int(vd_json_get(vd_json_at(ancestors, i), "depth"));
        if (depth > deepest) deepest = depth;
    }
    return deepest + 1;
}

bool vd_event_stems_from(const vd_finding_event *e, vd_str rule_id)
{
    vd_json *ancestors = vd_event_ancestors(e);
    bool stems = false;
    for (size_t i = 0; i < vd_json_len(ancestors) && !stems; i++)
        stems = vd_str_eq(vd_json_str(vd_json_get(vd_json_at(ancestors, i), "rule")), rule_id);
    vd_json_free(ancestors);
    return stems;
}
