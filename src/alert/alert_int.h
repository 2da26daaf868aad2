/* alert/alert_int.h - what the files of alert/ share; private to this room
 *
 *   values.c     the values of a dotted path in a document, for mappings and reasons
 *   ecs.c        values that clash with their ECS type are taken out
 *   source.c     an event's document to what an alert keeps of it
 *   ancestors.c  where an alert comes from
 *   ids.c        alert ids
 *   overrides.c  severity, risk score and name by the rule's mappings
 *   reason.c     the sentence
 *   fields.c     kibana.alert.* of one alert
 *   group.c      a sequence's building blocks and shell
 *   document.c   the room's entry points */
#ifndef VD_ALERT_ALERT_INT_H
#define VD_ALERT_ALERT_INT_H

#include "alert/alert.h"

/* ---- values.c ---- */

/* Calls `f` for every value at the dotted `path` of `doc`, through nested and dotted
 * keys and through arrays, until it gives false. Objects and nulls are not values. */
typedef bool (*vd_value_fn)(void *ctx, const vd_json *value);
void vd_doc_values(const vd_json *doc, vd_str path, vd_value_fn f, void *ctx);
/* A scalar as text, in `a` unless it is a string already: numbers as JSON writes them. */
vd_str vd_scalar_text(vd_arena *a, const vd_json *v);

/* ---- ecs.c ---- */

/* A copy of the object `doc` without the values that its ECS fields cannot hold,
 * nor arrays and objects that are empty (or become so). Never NULL. */
vd_json *vd_ecs_clean(const vd_json *doc);

/* ---- source.c ---- */

/* What an alert keeps of an event's document: a new object without alert fields
 * and document metadata, with event.* and data_stream.* copied to
 * kibana.alert.original_*, and event.kind "signal". */
vd_json *vd_alert_source(const vd_json *doc);
/* Copies every leaf of the object `v` to out, as flat keys below `prefix`. */
void vd_flatten_into(vd_json *out, vd_str prefix, const vd_json *v);

/* ---- ancestors.c ---- */

/* The event's own ancestors (if it is an alert), then the event itself. */
vd_json *vd_event_ancestors(const vd_finding_event *e);
/* An ancestor entry. rule: empty if there is none. */
vd_json *vd_ancestor(vd_str id, const char *type, vd_str index, int64_t depth, vd_str rule);
/* The depth of an alert with these ancestors: one below the deepest. */
int64_t vd_depth_below(const vd_json *ancestors);
/* The event is, or stems from, an alert of that rule. */
bool vd_event_stems_from(const vd_finding_event *e, vd_str rule_id);

/* ---- ids.c ---- */

/* Id of a single event's alert. */
void vd_id_single(const vd_finding_event *e, vd_str space, vd_str rule_id, char out[65]);
/* Ids of the building blocks: blocks[i] is the array of block i's ancestors. */
void vd_ids_of_blocks(vd_json *const *ancestors, size_t n, vd_str rule_id, char (*out)[65]);
/* Id of a shell with these ancestors. */
void vd_id_shell(const vd_json *ancestors, vd_str rule_id, char out[65]);

/* ---- fields.c ---- */

/* What the fields of one alert are made from. */
typedef struct vd_alert_parts {
    const vd_rule *rule;
    const vd_alert_options *options;
    const vd_alert_facts *facts;
    const char *id;             /* 64 hex digits */
    vd_json *ancestors;         /* shared, not taken */
    vd_str building_block_type; /* empty: absent */
    int64_t original_time;
    vd_json *rule_fields; /* vd_rule_fields, shared, not taken */
} vd_alert_parts;

/* kibana.alert.rule.* of every alert of the rule; to be freed. */
vd_json *vd_rule_fields(const vd_rule *rule, const vd_alert_options *options);
/* Lays kibana.alert.* over `doc`, the reason last. */
void vd_alert_lay_over(vd_json *doc, const vd_alert_parts *parts);
vd_str vd_alert_space(const vd_alert_options *options);
/* The event's own @timestamp, else the time the finding has for it. */
int64_t vd_event_time(const vd_finding_event *e);

/* ---- group.c ---- */

/* Appends shell and blocks of a sequence. */
void vd_alert_group(const vd_finding *finding, const vd_alert_options *options, vd_json *array);
/* What all objects of `docs` have in common; to be freed. */
vd_json *vd_json_common(vd_json *const *docs, size_t n);
/* The ancestors of block i of a sequence and of its shell. */
typedef struct vd_lineage {
    size_t n;            /* blocks: stages with an event */
    vd_json **ancestors; /* by block */
    char (*ids)[65];     /* by block */
    vd_json *shell;      /* ancestors of the shell */
    char shell_id[65];
} vd_lineage;
void vd_lineage_init(vd_lineage *l, const vd_finding *finding);
void vd_lineage_fini(vd_lineage *l);

#endif
