/* rule/fields_int.h - between fields.c and validate.c; private to this room */
#ifndef VD_RULE_FIELDS_INT_H
#define VD_RULE_FIELDS_INT_H

#include "rule/rule_int.h"

#define VD_DEFAULT_MAX_SIGNALS 100

/* A rule type of the API: its name, the language it has if it says none (NULL: it
 * has none), another language it may have, the fields that it cannot do without. */
typedef struct vd_rule_type {
    const char *name, *language, *other_language;
    const char *required[5];
} vd_rule_type;

/* NULL if there is no such type. */
const vd_rule_type *vd_rule_type_of(vd_str name);

/* What the fields must be together, and the names that nobody knows. */
void vd_rule_validate(vd_ruleset *set, vd_rule *rule);

#endif
