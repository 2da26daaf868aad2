/* sink/dossier.h - private to the reports of many pages: what they tell of the findings
 *
 * Idea      Markdown and HTML say the same in two forms, so what they say is collected
 *           once: every alert counts, the first few of a rule are kept whole.
 * Lifetime  Everything is in the dossier's arena; rules live until vd_sink_end.
 * Limits    VD_DETAILED alerts of a rule (all with --full), VD_DETAILED_EVENTS events of
 *           one alert, VD_TREE_NODES processes of one alert; what is over is counted. */
#ifndef VD_SINK_DOSSIER_H
#define VD_SINK_DOSSIER_H

#include "base/map.h"
#include "sink/sink_int.h"

#define VD_DETAILED 10
#define VD_DETAILED_EVENTS 32
#define VD_TREE_NODES 64
#define VD_NO_NODE UINT32_MAX

/* A process of a tree. */
typedef struct vd_tree_node {
    uint32_t parent; /* index in the alert's tree, or VD_NO_NODE */
    bool actor;      /* an event of the alert is its own, not only its child's */
    vd_str key;      /* tells it from others */
    vd_str name, pid, command;
} vd_tree_node;

typedef struct vd_dossier_event {
    vd_row row;
    vd_str id, source;
    uint64_t line;
} vd_dossier_event;

typedef struct vd_dossier_alert {
    vd_str name, host;
    vd_severity severity;
    int64_t risk_score, ts;
    bool sequence;
    size_t first_event, n_events, cut; /* cut: events over the limit */
    size_t first_node, n_nodes;
} vd_dossier_alert;

/* The alerts of one rule. */
typedef struct vd_dossier_rule {
    const vd_rule *rule;
    vd_severity severity; /* the highest of its alerts */
    int64_t risk_score;
    uint64_t n;
    int64_t first_ts, last_ts;
    VD_VEC(uint32_t) alerts; /* that are kept */
} vd_dossier_rule;

typedef struct vd_tactic_technique {
    vd_str tactic_id, tactic_name, technique_id, technique_name;
    uint64_t n;
    VD_VEC(const vd_rule *) rules; /* that alerted with it */
} vd_tactic_technique;

typedef struct vd_moment {
    int64_t ts;
    vd_severity severity;
} vd_moment;

typedef struct vd_dossier {
    vd_arena a;
    VD_VEC(vd_dossier_event) events;
    VD_VEC(vd_tree_node) nodes;
    VD_VEC(vd_dossier_alert) alerts;
    VD_VEC(vd_dossier_rule) rules;
    VD_VEC(vd_tactic_technique) techniques;
    VD_VEC(vd_moment) moments; /* one an alert */
    vd_map rule_index, technique_index, host_index;
    size_t hosts;
    uint64_t n, by_severity[VD_SEVERITY_COUNT], hidden;
} vd_dossier;

void vd_dossier_init(vd_dossier *d);
void vd_dossier_fini(vd_dossier *d);
void vd_dossier_take(vd_dossier *d, const vd_sink_options *o, const vd_finding *finding);
/* Puts the rules in order of severity, risk and number of alerts, techniques in order of
 * ATT&CK's tactics, then of number. */
void vd_dossier_sort(vd_dossier *d);
/* The place of a tactic in ATT&CK's order (enterprise), VD_TACTICS for one that it does
 * not hold; and the id and name at a place. */
#define VD_TACTICS 14
size_t vd_tactic_place(vd_str id);
extern const char *const vd_tactic_ids[VD_TACTICS], *const vd_tactic_names[VD_TACTICS];

/* ---- tree.c ---- */

/* Adds the processes of an event's document to the nodes from `first` on. */
void vd_tree_add(vd_dossier *d, size_t first, const vd_json *doc);

#endif
