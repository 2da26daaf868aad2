/* alert/document.c - a finding to its alert documents: the room's entry points */
#include "alert/alert_int.h"

/* An alert of a rule must not make that rule alert again. */
static bool feeds_on_itself(const vd_finding *finding)
{
    for (size_t i = 0; i < finding->n_events; i++) {
        const vd_finding_event *e = &finding->events[i];
        if (!e->missing && vd_event_stems_from(e, finding->rule->rule_id)) return true;
    }
    return false;
}

static void single(const vd_finding *finding, const vd_alert_options *options, vd_json *array)
{
    const vd_finding_event *e = &finding->events[0];
    vd_alert_facts facts = vd_alert_facts_of(finding);
    vd_json *ancestors = vd_event_ancestors(e);
    vd_json *rule_fields = vd_rule_fields(finding->rule, options);
    char id[65];
    vd_id_single(e, vd_alert_space(options), finding->rule->rule_id, id);
    vd_alert_parts parts = {.rule = finding->rule,
                            .options = options,
                            .facts = &facts,
                            .id = id,
                            .ancestors = ancestors,
                            .building_block_type =
                                vd_json_str(vd_json_get(finding->rule->api, "building_block_type")),
                            .original_time = vd_event_time(e),
                            .rule_fields = rule_fields};
    vd_json *doc = vd_alert_source(e->doc);
    vd_alert_lay_over(doc, &parts);
    vd_json_push(array, doc);
    vd_json_free(rule_fields);
    vd_json_free(ancestors);
}

void vd_alert_documents(const vd_finding *finding, const vd_alert_options *options, vd_json *array)
{
    if (finding->n_events == 0 || feeds_on_itself(finding)) return;
    if (finding->sequence)
        vd_alert_group(finding, options, array);
    else
        single(finding, options, array);
}

void vd_alert_id(const vd_finding *finding, const vd_alert_options *options, char out[65])
{
    if (!finding->sequence && finding->n_events) {
        vd_id_single(&finding->events[0], vd_alert_space(options), finding->rule->rule_id, out);
        return;
    }
    vd_lineage l;
    vd_lineage_init(&l, finding);
    memcpy(out, l.shell_id, sizeof l.shell_id);
    vd_lineage_fini(&l);
}
