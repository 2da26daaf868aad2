/* rule/rule_int.h - what the files of rule/ share; private to this room
 *
 *   read_dir.c   a path to its files         fields.c   the tree to struct vd_rule
 *   read_toml.c  detection-rules' TOML       compile.c  the query to its tree
 *   read_json.c  Kibana's NDJSON, JSON       lint.c     what looks wrong in it
 *   transform.c  plugins into the guide      export.c   the tree out again
 *   tidy.c       white space, threat URLs    set.c      rules and problems */
#ifndef VD_RULE_RULE_INT_H
#define VD_RULE_RULE_INT_H

#include <stdarg.h>

#include "rule/rule.h"

/* One file while it is read. */
typedef struct vd_reading {
    vd_ruleset *set;
    vd_str file; /* its path, in the set's arena */
    bool named;  /* given by name: what it should hold is rules */
    bool keep_deprecated;
} vd_reading;

/* ---- set.c ---- */

/* A new rule of the set around `api`, which it takes. Its fields are not filled yet. */
vd_rule *vd_ruleset_add(vd_ruleset *set, vd_json *api, vd_str file);
/* A problem of a file. line, column: from 1, or 0. */
void vd_ruleset_problem(vd_ruleset *set, bool error, const char *code, vd_str file, size_t line,
                        size_t column, const char *fmt, ...) __attribute__((format(printf, 7, 8)));
/* A problem of a rule at a place of its query. */
void vd_rule_problem_at(vd_ruleset *set, vd_rule *rule, bool error, const char *code, size_t pos,
                        size_t len, const char *fmt, ...) __attribute__((format(printf, 7, 8)));
/* The same with text that stands already. */
void vd_rule_problem_text(vd_ruleset *set, vd_rule *rule, bool error, const char *code, bool placed,
                          size_t pos, size_t len, vd_str msg);

/* ---- readers: true if the file holds rules or what comes with them, even broken
 * ones; false if it is no rule file (nothing has been said then) ---- */

bool vd_read_toml(const vd_reading *r, vd_str text);
bool vd_read_json(const vd_reading *r, vd_str text);

/* ---- tidy.c ---- */

/* A copy of `v` with its white space put in order: strings lose the blanks at both
 * ends, and line breaks in them become one blank. `query` and what is Markdown
 * (note, setup, message) stays as it is. To be freed. */
vd_json *vd_tidy(const vd_json *v);
/* Puts a slash behind the reference URLs of an array of `threat` entries and an
 * empty `technique` where there is none; in place. */
void vd_tidy_threat(vd_json *threat);

/* ---- transform.c ---- */

/* `note` with the placeholders of `transform` ($osquery_0, ${investigate_1}, $$)
 * filled in. To be freed. */
vd_json *vd_render_note(vd_arena *a, vd_str note, const vd_json *transform);
/* JSON with sorted keys, without blanks, other than ASCII as \u escapes, in `a`. */
vd_str vd_sorted_json(vd_arena *a, const vd_json *v);

/* ---- fields.c ---- */

/* Fills the plain fields from rule->api and adds a problem for each that is wrong. */
void vd_rule_fill(vd_ruleset *set, vd_rule *rule);

/* ---- near.c ---- */

/* The word of the list nearest to `word`, or NULL if none is near. */
const char *vd_nearest(vd_str word, const char *const *list, size_t n);

#endif
