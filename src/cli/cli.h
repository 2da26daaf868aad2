/* cli/cli.h - private to the program: the subcommands and what they share
 *
 * Exit status: 0 clean, 1 found something where that was asked (check, run
 * --exit-code), 2 usage, 3 failure; 130 after an interrupt. */
#ifndef VD_CLI_CLI_H
#define VD_CLI_CLI_H

#include "base/err.h"
#include "base/vec.h"
#include "cli/options.h"
#include "rule/rule.h"

enum { VD_EXIT_OK = 0, VD_EXIT_FOUND = 1, VD_EXIT_USAGE = 2, VD_EXIT_FAILURE = 3, VD_EXIT_INTERRUPT = 130 };

int vd_cmd_run(vd_options *o);
int vd_cmd_search(vd_options *o);
int vd_cmd_check(vd_options *o);
int vd_cmd_bench(vd_options *o);
int vd_cmd_info(vd_options *o);
int vd_cmd_serve(vd_options *o);
int vd_cmd_store(vd_options *o);
int vd_cmd_keys(vd_options *o);

/* Where a store is if --data does not say. */
#define VD_DEFAULT_DATA "vedette-data"

/* ---- say.c: what is said on stderr ---- */

/* "vedette: ..." with control characters made visible. */
void vd_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* "1 rule", "2 rules" */
static inline const char *vd_plural(uint64_t n) { return n == 1 ? "" : "s"; }

/* ---- help.c ---- */

void vd_help_print(FILE *out, unsigned command); /* 0: the program's own */

/* ---- problems.c ---- */

/* `file:line:col: error: message [code]`, and under it the line of the query with a
 * caret, if it has a place. query: text that pos belongs to; rule may be NULL. */
void vd_problem_print(FILE *out, const vd_problem *problem, const vd_rule *rule);
/* Line and column of a problem in its file; 0 if unknown. */
void vd_problem_place(const vd_problem *problem, const vd_rule *rule, size_t *line, size_t *column);

/* ---- config.c ---- */

/* Reads the settings file (--config, else ./vedette.toml if there is one): defaults go
 * to the options that the command line did not set. Says what is wrong; returns an
 * exit status. */
int vd_config_read(vd_options *o);
/* Puts its [rules] into force: disabled rules, changed severities. Names that no rule
 * has are said, since there are other sets of rules; what is wrong otherwise is an
 * exit status. */
int vd_config_apply(const vd_options *o, vd_ruleset *set);

/* ---- job.c ---- */

/* The time of option `name`; "-2d" is short for "now-2d". end: what it leaves out is taken
 * whole ("2026-03-12" is the day's last millisecond). VD_TIME_NONE without a text; false: said
 * what is wrong with it. */
bool vd_cli_time(const char *name, const char *text, bool end, int64_t *ms);

/* ---- select.c ---- */

/* Reads the rules at all paths and switches off what the options leave out. What cannot
 * be read is said; VD_EXIT_FAILURE or VD_EXIT_USAGE then. */
int vd_select_read(const vd_options *o, vd_ruleset *set);
/* A schema with --field-types in it, or NULL when that failed (said). */
vd_schema *vd_select_schema(const vd_options *o);
/* Puts --timestamp-field and its like into rules that name none. */
void vd_select_fields(const vd_options *o, vd_ruleset *set);
/* The rule is to run or to be shown: it was not switched off. */
static inline bool vd_selected(const vd_rule *rule) { return rule->enabled; }

/* Reads a whole file of at most `max` bytes into `a`. */
int vd_read_file(vd_arena *a, const char *path, size_t max, vd_str *out, vd_err *err);

#endif
