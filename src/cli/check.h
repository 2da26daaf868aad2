/* cli/check.h - private to `vedette check`: its forms for programs */
#ifndef VD_CLI_CHECK_H
#define VD_CLI_CHECK_H

#include "cli/cli.h"

/* An array with one object a rule: its metadata, "file", "errors", "warnings". */
void vd_check_json(FILE *out, const vd_ruleset *set);
/* Counts the rules that run differently in a stream and on a schedule; each: names them before. */
void vd_check_modes(FILE *out, const vd_ruleset *set, bool each);
/* How the rule does, as an array of names (vd_mode_difference_name). */
vd_json *vd_check_modes_json(const vd_rule *rule);
/* SARIF 2.1.0 (OASIS), for code scanning. */
void vd_check_sarif(FILE *out, const vd_ruleset *set);
/* One rule a line, exceptions, and the summary: what Kibana imports. */
void vd_check_export(FILE *out, const vd_ruleset *set);

#endif
