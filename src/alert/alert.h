/* alert/alert.h - a finding of a rule to alert documents
 *
 * Idea      The engine reads the events of a match back and hands them over as a
 *           finding; here it becomes the documents that Elastic's detection engine
 *           would have written: one alert for an event, one shell and its building
 *           blocks for a sequence.
 * Source    elastic/kibana, security_solution rule types (build_alert,
 *           build_alert_group_from_sequence, generate_building_block_ids, reason
 *           formatters, severity and risk score mappings). */
#ifndef VD_ALERT_ALERT_H
#define VD_ALERT_ALERT_H

#include "base/arena.h"
#include "base/json.h"
#include "rule/rule.h"

typedef struct vd_finding_event {
    bool missing;  /* stands for a ![ ] stage; the rest is empty then */
    vd_str id;     /* _id, else event.id, else a hash of its bytes */
    vd_str index;  /* the index it stands for; may be empty */
    vd_str json;   /* its text, one document */
    vd_json *doc;  /* the same as a tree, an envelope's _source unwrapped; NULL where nobody
                      asked for trees (vd_engine_without_trees) */
    int64_t ts;    /* ms, by the rule's timestamp field */
    vd_str source; /* file it came from, for people */
    uint64_t line; /* line or element in it, from 1; 0: unknown */
} vd_finding_event;

typedef struct vd_finding {
    const vd_rule *rule;
    bool sequence;                  /* a sequence or a sample, else one event */
    int64_t ts;                     /* of the last event */
    const vd_finding_event *events; /* in stage order */
    size_t n_events;
    vd_json *join_keys; /* array of values in key order, or NULL without keys */
} vd_finding;

typedef struct vd_alert_options {
    int64_t now;  /* @timestamp of the alerts: the time of creation, ms */
    vd_str space; /* Kibana space; empty: "default" */
    vd_str index; /* name of the alerts' index; empty: .alerts-security.alerts-<space> */
} vd_alert_options;

/* The alert documents: documents[0] is the alert (a sequence's shell), the rest its
 * building blocks in stage order; missing stages have none. Appends to the JSON
 * array given. Each document is {"_id":..,"_index":..,"_source":{..}}-free: a plain
 * alert with kibana.alert.uuid. */
void vd_alert_documents(const vd_finding *finding, const vd_alert_options *options, vd_json *array);

/* The id of the finding's alert, 64 hex digits and a NUL. */
void vd_alert_id(const vd_finding *finding, const vd_alert_options *options, char out[65]);

/* Severity, risk score and name after the rule's mappings (sequences: the rule's own). */
typedef struct vd_alert_facts {
    vd_severity severity;
    int64_t risk_score;
    vd_str name; /* lives as long as the finding */
} vd_alert_facts;
vd_alert_facts vd_alert_facts_of(const vd_finding *finding);

/* "process event with process P, parent process PP, by USER on HOST created medium
 * alert NAME." for one document of the finding or the fields all share. */
vd_str vd_alert_reason(vd_arena *a, const vd_json *doc, const vd_alert_facts *facts);

#endif
