/* Rules that give something else in a stream than on a schedule. Not a fault of theirs: told in
 * one line, with -v one by one. */
#include "cli/check.h"
#include "cli/output.h"
#include "cli/summary.h"
#include "schedule/schedule.h"

static const struct {
    unsigned bit;
    const char *many, *one;
} kinds[] = {
    {VD_DIFFERENCE_SPAN, "with a maxspan beyond `from` minus `interval`",
     "its maxspan is longer than what windows overlap (`from` minus `interval`): a schedule may miss "
     "what a stream finds"},
    {VD_DIFFERENCE_NO_SPAN, "without maxspan",
     "it has no maxspan: a stream bounds it by --default-maxspan, a schedule by its window"},
    {VD_DIFFERENCE_MISSING, "with a missing event",
     "it waits for an event that must not come: a stream until its time is over, a schedule until its "
     "window ends"},
    {VD_DIFFERENCE_NO_STREAM, "for a schedule only",
     "it is a sample or has pipes: a stream has no end at which it could be answered"},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static unsigned differences(const vd_rule *rule)
{
    return vd_selected(rule) && rule->runs && !rule->broken ? vd_mode_differences(rule) : 0;
}

static void print_rule(FILE *out, const vd_rule *rule, unsigned bits)
{
    for (size_t k = 0; k < KINDS; k++) {
        if (!(bits & kinds[k].bit)) continue;
        vd_text_put(out, rule->file, SIZE_MAX);
        fputs(": note: \"", out);
        vd_text_put(out, rule->name, SIZE_MAX);
        fprintf(out, "\" runs differently in a stream and on a schedule: %s\n", kinds[k].one);
    }
}

void vd_check_modes(FILE *out, const vd_ruleset *set, bool each)
{
    size_t total = 0, n[KINDS] = {0};
    for (size_t i = 0; i < set->rules.n; i++) {
        unsigned bits = differences(set->rules.v[i]);
        if (each) print_rule(out, set->rules.v[i], bits);
        total += bits != 0;
        for (size_t k = 0; k < KINDS; k++)
            n[k] += (bits & kinds[k].bit) != 0;
    }
    if (!total) return;
    fprintf(out, "%zu rule%s differently in a stream and on a schedule: ", total,
            total == 1 ? " runs" : "s run");
    const char *between = "";
    for (size_t k = 0; k < KINDS; k++) {
        if (!n[k]) continue;
        fprintf(out, "%s%zu %s", between, n[k], kinds[k].many);
        between = ", ";
    }
    fputs(each ? "\n" : " (-v names them)\n", out);
}

vd_json *vd_check_modes_json(const vd_rule *rule)
{
    vd_json *list = vd_json_array();
    unsigned bits = differences(rule);
    for (size_t k = 0; k < KINDS; k++)
        if (bits & kinds[k].bit)
            vd_json_push(list, vd_json_string(vd_str_from(vd_mode_difference_name(kinds[k].bit))));
    return list;
}
