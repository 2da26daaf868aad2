/* rule/rule.h - a detection rule and everything that is known of it
 *
 * Idea      A rule's metadata is one JSON tree in the form of Kibana's rule API,
 *           whichever file it came from; what the engine needs of it stands beside
 *           as plain fields. So every field comes out again as it went in.
 * Use       vd_ruleset_new, vd_ruleset_read for each path, then look at the rules
 *           and at the problems.
 * Lifetime  Rules live as long as their set; slices point into it.
 * Errors    Every bad file or rule becomes a problem of the set (or of its rule)
 *           and the others are kept.
 * Source    Elastic docs: "Detections API"; detection-rules' TOML layout. */
#ifndef VD_RULE_RULE_H
#define VD_RULE_RULE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/json.h"
#include "base/vec.h"
#include "eql/eql.h"

typedef enum vd_severity {
    VD_SEVERITY_LOW,
    VD_SEVERITY_MEDIUM,
    VD_SEVERITY_HIGH,
    VD_SEVERITY_CRITICAL,
    VD_SEVERITY_COUNT
} vd_severity;

const char *vd_severity_name(vd_severity s);
/* VD_SEVERITY_COUNT if it is none. */
vd_severity vd_severity_from(vd_str s);

/* Something to say about a rule or a file. */
typedef struct vd_problem {
    bool error;    /* else a warning */
    vd_str code;   /* short name of the check, e.g. "unknown-field", "parsing_exception" */
    vd_str msg;
    vd_str file;   /* path as given */
    size_t line, column; /* in the file, from 1; 0: unknown */
    bool placed;   /* pos and len are a place in the rule's query */
    size_t pos, len;
} vd_problem;

typedef struct vd_rule {
    vd_json *api;       /* all metadata in the rule API's form (snake case) */
    vd_json *metadata;  /* TOML's [metadata] table, or NULL */
    vd_str file;        /* where it was read */
    size_t line;        /* of the file that the rule is on by itself, 0: more than one */
    size_t query_line;  /* line of the file in which the query's text begins, 0: unknown */
    size_t query_column; /* column of it; 0: the query's lines are not lines of the file */
    vd_str rule_id, name, type, language, query;
    vd_severity severity;
    int64_t risk_score, max_signals;
    vd_str interval, from, to;
    vd_str *index;      /* index patterns; n_index 0: any */
    size_t n_index;
    vd_str *tags;
    size_t n_tags;
    vd_str timestamp_override; /* empty: none */
    bool no_time_fallback;     /* timestamp_override_fallback_disabled */
    vd_str category_field, timestamp_field, tiebreaker_field; /* empty: the default */
    bool building_block;
    bool deprecated;    /* maturity = "deprecated" or in a _deprecated folder */
    bool enabled;       /* false by vedette.toml; rule files' own `enabled` is Kibana's affair */
    bool runs;          /* its type and language run here (eql) */
    bool broken;        /* has an error: it is not run */
    vd_eql_query *eql;  /* parsed, checked and folded, after vd_ruleset_compile */
    VD_VEC(vd_problem) problems;
} vd_rule;

typedef struct vd_ruleset {
    vd_arena arena;
    VD_VEC(vd_rule *) rules;       /* in order of reading */
    VD_VEC(vd_problem) problems;   /* of files that are no rules after all */
    VD_VEC(vd_json *) exceptions;  /* exception containers and items met in NDJSON */
    size_t files, not_rules, deprecated; /* files seen; left out as no rules; left out as deprecated */
} vd_ruleset;

typedef struct vd_read_options {
    bool deprecated; /* keep deprecated rules too */
} vd_read_options;

vd_ruleset *vd_ruleset_new(void);
void vd_ruleset_free(vd_ruleset *set);

/* Reads a rule file (TOML of detection-rules, NDJSON exported by Kibana, or a
 * JSON array or object of rules) or a directory of them, recursively, in byte
 * order of the paths. Files in a directory that hold no rule are counted and left
 * out, and so are those in folders below it called etc, test, tests or node_modules; a path given by name that holds none is an error. VD_IO if the path cannot
 * be read; bad files become problems. */
int vd_ruleset_read(vd_ruleset *set, const char *path, const vd_read_options *o, vd_err *err);
/* The same from memory; `name` stands for the file in messages. */
void vd_ruleset_read_text(vd_ruleset *set, vd_str text, const char *name, const vd_read_options *o);
/* Adds one EQL query as a rule of its own (vedette search). The rule is returned;
 * it is not compiled yet. */
vd_rule *vd_ruleset_add_query(vd_ruleset *set, vd_str query);

/* Parses, checks and folds the query of every rule that runs here; what is wrong
 * becomes a problem with its place and marks the rule broken. Two rules with one
 * rule_id: the later is broken. */
void vd_ruleset_compile(vd_ruleset *set, vd_schema *schema);

/* Lints of compiled rules (unknown field, a stage that can never hold, join keys of
 * different types, a sequence without maxspan, index patterns missing, ...) as
 * warnings of the rules. */
void vd_ruleset_lint(vd_ruleset *set, vd_schema *schema);

/* Adds a problem to the rule; msg is formatted and copied into the set's arena. */
void vd_rule_problem(vd_ruleset *set, vd_rule *rule, bool error, const char *code, const char *fmt,
                     ...) __attribute__((format(printf, 5, 6)));

/* The rule as Kibana's export has it, one object without line feed: `note` holds
 * the rendered osquery and investigate plugins. To be freed. */
vd_json *vd_rule_export(const vd_rule *rule);
/* The export's last line, the summary. To be freed. */
vd_json *vd_ruleset_export_summary(const vd_ruleset *set);

/* Line and column in the rule's file of byte `pos` of its query; 0 if unknown. */
void vd_rule_place(const vd_rule *rule, size_t pos, size_t *line, size_t *column);

/* ATT&CK: every (tactic, technique or subtechnique) of the rule's `threat`, at most
 * `max` of them, in `out`; returns how many. Ids and names may be empty; they live
 * as long as the rule. */
typedef struct vd_threat {
    vd_str tactic_id, tactic_name, technique_id, technique_name; /* the subtechnique's if there is one */
} vd_threat;
size_t vd_rule_threats(const vd_rule *rule, vd_threat *out, size_t max);

#endif
