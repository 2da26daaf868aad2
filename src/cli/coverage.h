/* cli/coverage.h - which rules can run on the data that a survey found, and what the others
 * lack
 *
 * Idea      A stage of a rule needs a group (index and category) that its patterns and its
 *           category take, and in it every field without which its condition cannot hold:
 *           all of an `and`, what the sides of an `or` share, none of a `not`.
 * Use       vd_coverage_fields before the survey; vd_coverage_of after it.
 * Lifetime  What it says lives until vd_coverage_free; rules and survey must live too. */
#ifndef VD_CLI_COVERAGE_H
#define VD_CLI_COVERAGE_H

#include "cli/survey.h"
#include "rule/rule.h"

/* Something that is not there, and the rules it would be for. */
typedef struct vd_lack {
    vd_str what;
    VD_VEC(const vd_rule *) rules;
} vd_lack;

typedef struct vd_lacks {
    VD_VEC(vd_lack) v;
    vd_map index;
} vd_lacks;

typedef struct vd_coverage {
    vd_arena a;
    size_t rules; /* that were judged: selected, of a type that runs, without error */
    VD_VEC(const vd_rule *) ready; /* nothing that they need is missing */
    size_t without_source, without_field, other_system;
    vd_lacks sources; /* by what to switch on */
    vd_lacks fields;  /* by the field that a condition cannot do without */
    vd_lacks systems; /* by operating system */
    vd_lacks blind;   /* of the ready ones: fields they look at and never see */
} vd_coverage;

/* Fields that the selected rules name, each once. */
typedef VD_VEC(vd_field_id) vd_field_ids;
void vd_coverage_fields(const vd_ruleset *set, const vd_schema *schema, vd_field_ids *out);

/* The rule names a field that begins so. */
bool vd_coverage_names(const vd_rule *rule, const vd_schema *schema, vd_str prefix);

/* fields: those of vd_coverage_fields, which the survey's form was made with. */
void vd_coverage_of(vd_coverage *c, const vd_ruleset *set, const vd_schema *schema,
                    const vd_field_ids *fields, const vd_survey *survey, bool ignore_index);
void vd_coverage_free(vd_coverage *c);

/* ---- advice.c ---- */

/* What to switch on so that a rule gets events of a category (empty: any), in `a`. */
vd_str vd_advice(vd_arena *a, const vd_rule *rule, vd_str category);
/* What gives events a field of that name, or NULL where that is not known. */
const char *vd_advice_of_field(vd_str field);

#endif
