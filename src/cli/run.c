/* vedette run: rules over files */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/job.h"
#include "cli/output.h"
#include "cli/summary.h"

#include <errno.h>
#include <malloc.h>
#include <unistd.h>

static const vd_form forms[] = {
    {"text", " .txt ", VD_SINK_REPORT},
    {"ndjson", " .ndjson .jsonl .json ", VD_SINK_ALERTS},
    {"matches", "", VD_SINK_MATCHES},
    {"timeline", " .csv ", VD_SINK_TIMELINE},
    {"timeline-ndjson", "", VD_SINK_TIMELINE_LINES},
    {"markdown", " .md .markdown ", VD_SINK_MARKDOWN},
    {"html", " .html .htm ", VD_SINK_HTML},
};

/* Where findings go: the output asked for, a layer beside it, and the first screen beside
 * a file. */
typedef struct outlets {
    vd_sink *sinks[3];
    size_t n;
    FILE *file, *layer;
    bool live;   /* findings are shown as they come */
    bool screen; /* one of them is the report, which has the summary */
    bool trees;  /* one of them looks into events */
    bool found;  /* there were findings to write */
} outlets;

static void found(void *ctx, const vd_finding *finding)
{
    outlets *outs = ctx;
    outs->found = true;
    for (size_t i = 0; i < outs->n; i++)
        vd_sink_take(outs->sinks[i], finding);
    /* Nobody has what comes from now on. The end of the outlets says why. */
    if (outs->live && ferror(outs->file)) vd_job_stop();
}

static void add_outlet(outlets *outs, const vd_options *o, const vd_zone *zone, int form, FILE *file)
{
    vd_sink_options options = {.zone = *zone,
                               .full = o->full,
                               .live = o->follow,
                               .building_blocks = o->building_blocks,
                               .now = vd_now_ms()};
    vd_output_screen(file, &options);
    outs->screen |= form == VD_SINK_REPORT;
    outs->trees |= form != VD_SINK_MATCHES;
    outs->sinks[outs->n++] = vd_sink_new((vd_sink_form)form, &options);
}

static bool names_lines(const char *path)
{
    vd_str s = vd_str_from(path);
    return vd_str_ends(s, VD_STR(".ndjson")) || vd_str_ends(s, VD_STR(".jsonl"));
}

static int open_outlets(outlets *outs, const vd_options *o)
{
    vd_err err = {0};
    vd_zone zone;
    outs->live = o->follow;
    int form = vd_output_form(o, forms, sizeof forms / sizeof forms[0]);
    if (form < 0) return VD_EXIT_USAGE;
    if (vd_zone_read(o->tz ? o->tz : "UTC", &zone, &err)) {
        vd_say("%s", err.msg);
        return VD_EXIT_USAGE;
    }
    /* The extension of a file says NDJSON or CSV, -f says timeline. */
    if (form == VD_SINK_TIMELINE && names_lines(o->output)) form = VD_SINK_TIMELINE_LINES;
    outs->file = vd_output_open(o);
    if (!outs->file) return VD_EXIT_FAILURE;
    add_outlet(outs, o, &zone, form, outs->file);
    if (o->navigator && !(outs->layer = fopen(o->navigator, "w"))) {
        vd_say("%s: %s", o->navigator, strerror(errno));
        return VD_EXIT_FAILURE;
    }
    if (outs->layer) add_outlet(outs, o, &zone, VD_SINK_NAVIGATOR, outs->layer);
    if (outs->file != stdout && !o->quiet && isatty(STDOUT_FILENO))
        add_outlet(outs, o, &zone, VD_SINK_REPORT, stdout);
    return VD_EXIT_OK;
}

/* Says what is wrong with the rules; the number of errors. */
static size_t say_problems(const vd_ruleset *set)
{
    size_t errors = 0;
    for (size_t i = 0; i < set->problems.n; i++)
        if (set->problems.v[i].error) {
            vd_problem_print(stderr, &set->problems.v[i], NULL);
            errors++;
        }
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *rule = set->rules.v[i];
        for (size_t k = 0; vd_selected(rule) && k < rule->problems.n; k++)
            if (rule->problems.v[k].error) {
                vd_problem_print(stderr, &rule->problems.v[k], rule);
                errors++;
            }
    }
    return errors;
}

static void say_not_run(const vd_options *o, const vd_ruleset *set)
{
    vd_arena a;
    const vd_sink_count *counts;
    if (o->quiet) return;
    vd_arena_init(&a, 0);
    size_t n = vd_summary_not_run(&a, set, &counts);
    vd_str list = {0};
    uint64_t total = 0;
    for (size_t i = 0; i < n; i++) {
        list = vd_arena_printf(&a, "%.*s%s%llu %.*s", VD_FMT(list), i ? ", " : "",
                               (unsigned long long)counts[i].n, VD_FMT(counts[i].name));
        total += counts[i].n;
    }
    if (n)
        vd_say("%llu rule%s of types that do not run yet: %.*s", (unsigned long long)total,
               vd_plural(total), VD_FMT(list));
    vd_arena_fini(&a);
}

static bool any_runs(const vd_ruleset *set)
{
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *rule = set->rules.v[i];
        if (vd_selected(rule) && rule->runs && !rule->broken) return true;
    }
    return false;
}

/* What reading and planning took and no longer need, a quarter of all memory that a run ever
 * has: it would lie idle, since workers have heaps of their own. */
static void give_back(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}

/* What a stream cannot hold to is refused. */
static bool options_agree(const vd_options *o)
{
    bool stream_only = o->given[vd_option_find("lateness", strlen("lateness"))] ||
                       o->given[vd_option_find("default-maxspan", strlen("default-maxspan"))];
    if (stream_only && !o->follow)
        vd_say("--lateness and --default-maxspan are for --follow: files that are read to their end "
               "may be in any order");
    if (o->follow && o->max_signals)
        vd_say("--max-signals keeps the newest alerts of all, so it does not go with --follow");
    if (o->follow && !o->default_maxspan) vd_say("--default-maxspan wants more than 0");
    return !(stream_only && !o->follow) && !(o->follow && (o->max_signals || !o->default_maxspan));
}

/* The rules that need an end, by name. */
static void say_not_live(const vd_options *o, const vd_plan *plan)
{
    size_t n = 0;
    vd_arena a;
    vd_str names = {0};
    vd_arena_init(&a, 0);
    for (uint32_t i = 0; i < vd_plan_rule_count(plan); i++) {
        const vd_plan_rule *r = vd_plan_rule_at(plan, i);
        if (vd_stream_takes(r)) continue;
        names = vd_arena_printf(&a, "%.*s%s%.*s", VD_FMT(names), n++ ? "; " : "", VD_FMT(r->rule->name));
    }
    if (n && !o->quiet)
        vd_say("%zu rule%s left out with --follow, since samples and rules with pipes are answered at the "
               "end of their events: %.*s",
               n, vd_plural(n), VD_FMT(names));
    if (n && n == vd_plan_rule_count(plan)) vd_say("no rule is left to run");
    vd_arena_fini(&a);
}

/* Rules to a plan; both are the plan's then. */
static int make_plan(const vd_options *o, vd_plan **plan)
{
    vd_ruleset *set = vd_ruleset_new();
    int rc = vd_select_read(o, set);
    vd_schema *schema = rc ? NULL : vd_select_schema(o);
    if (rc || !schema) {
        vd_ruleset_free(set);
        return rc ? rc : VD_EXIT_FAILURE;
    }
    vd_select_fields(o, set);
    vd_ruleset_compile(set, schema);
    size_t errors = say_problems(set);
    say_not_run(o, set);
    bool none = !any_runs(set);
    if (none) vd_say("no rule is left to run");
    if (errors && o->strict) vd_say("there are errors in the rules (--strict)");
    if (errors && (none || o->strict)) {
        vd_ruleset_free(set);
        vd_schema_free(schema);
        return VD_EXIT_FAILURE;
    }
    vd_plan_options options = {.ignore_index = o->ignore_index};
    *plan = vd_plan_build(set, schema, &options);
    give_back();
    if (o->follow) say_not_live(o, *plan);
    return VD_EXIT_OK;
}

/* An argument as a shell takes it. */
static vd_str quoted(vd_arena *a, const char *arg)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./:=+,@%-";
    if (*arg && strspn(arg, plain) == strlen(arg)) return vd_str_from(arg);
    vd_str out = VD_STR("'");
    for (; *arg; arg++)
        out = *arg == '\'' ? vd_arena_printf(a, "%.*s'\\''", VD_FMT(out))
                           : vd_arena_printf(a, "%.*s%c", VD_FMT(out), *arg);
    return vd_arena_printf(a, "%.*s'", VD_FMT(out));
}

/* More files than that come from a wildcard. */
#define SHOWN_OPERANDS 2

/* This command again. */
static vd_str command_again(vd_arena *a, const vd_options *o)
{
    vd_str s = vd_arena_printf(a, "%.*s run", VD_FMT(quoted(a, program_invocation_name)));
    size_t operands = 0;
    for (int i = 0; i < o->argc; i++) {
        bool operand = operands < o->operands.n && o->argv[i] == o->operands.v[operands];
        operands += operand;
        if (!operand || operands <= SHOWN_OPERANDS)
            s = vd_arena_printf(a, "%.*s %.*s", VD_FMT(s), VD_FMT(quoted(a, o->argv[i])));
    }
    if (operands > SHOWN_OPERANDS) s = vd_arena_printf(a, "%.*s ...", VD_FMT(s));
    return s;
}

/* vedette check over the same rules. */
static vd_str check_command(vd_arena *a, const vd_options *o)
{
    vd_str s = vd_arena_printf(a, "%.*s check", VD_FMT(quoted(a, program_invocation_name)));
    for (size_t i = 0; i < o->rules.n; i++)
        s = vd_arena_printf(a, "%.*s %.*s", VD_FMT(s), VD_FMT(quoted(a, o->rules.v[i])));
    return s;
}

static void fill_next(vd_arena *a, vd_summary *s, const vd_job *job)
{
    const vd_options *o = job->options;
    vd_str *next = VD_NEW_N(a, vd_str, 10), again = command_again(a, o);
    size_t n = 0;
    if (job->findings && !o->full && !o->follow) {
        next[n++] = vd_arena_printf(a, "%.*s --full", VD_FMT(again));
        next[n++] = VD_STR("every alert with all its events");
    }
    if (job->findings && !o->output) {
        next[n++] = vd_arena_printf(a, "%.*s%s -o alerts.ndjson", VD_FMT(again),
                                    o->format ? " -f ndjson" : "");
        next[n++] = VD_STR("alert documents for other programs");
        next[n++] = vd_arena_printf(a, "%.*s%s -o report.html", VD_FMT(again),
                                    o->format ? " -f html" : "");
        next[n++] = VD_STR("a report to keep and pass on");
    }
    if (s->rules_ran && !s->rules_with_data && s->documents && !o->ignore_index) {
        next[n++] = vd_arena_printf(a, "%.*s --ignore-index", VD_FMT(again));
        next[n++] = VD_STR("let every rule see every event");
    }
    if (s->rules_broken) {
        next[n++] = check_command(a, o);
        next[n++] = VD_STR("what is wrong with the rules");
    }
    s->next = next;
    s->n_next = n / 2;
}

static int end_outlets(outlets *outs, const vd_options *o, const vd_summary *summary)
{
    int rc = VD_EXIT_OK;
    for (size_t i = 0; i < outs->n; i++) {
        vd_err err = {0};
        if (vd_sink_end(outs->sinks[i], summary, &err)) {
            vd_say("%s", err.msg);
            rc = VD_EXIT_FAILURE;
        }
    }
    int closed = vd_output_close(o, outs->file, rc == VD_EXIT_FAILURE);
    outs->file = NULL;
    if (outs->layer && fclose(outs->layer) && !rc && !closed) {
        vd_say("%s: %s", o->navigator, strerror(errno));
        closed = VD_EXIT_FAILURE;
    }
    outs->layer = NULL;
    return rc ? rc : closed;
}

static int report(vd_job *job, outlets *outs)
{
    vd_arena a;
    vd_summary summary;
    vd_arena_init(&a, 0);
    vd_summary_fill(&a, &summary, job, vd_plan_rules(job->plan));
    fill_next(&a, &summary, job);
    int rc = end_outlets(outs, job->options, &summary);
    if (!outs->screen && !job->options->quiet) vd_summary_say(&summary);
    vd_arena_fini(&a);
    if (rc) return rc;
    if (job->interrupted) return VD_EXIT_INTERRUPT;
    return job->options->exit_code && job->findings ? VD_EXIT_FOUND : VD_EXIT_OK;
}

static int work(const vd_options *o, vd_plan *plan, outlets *outs)
{
    vd_job job = {.options = o, .plan = plan, .found = found, .ctx = outs, .size = -1};
    int rc = vd_job_begin(&job, o->operands.v, o->operands.n);
    if (!rc) rc = open_outlets(outs, o);
    /* A stream makes ids of alerts, which look into events too. */
    if (!rc && !outs->trees && !outs->live) vd_engine_without_trees(job.engine);
    if (!rc) rc = vd_job_work(&job);
    if (!rc) rc = report(&job, outs);
    vd_job_fini(&job);
    return rc;
}

int vd_cmd_run(vd_options *o)
{
    vd_plan *plan = NULL;
    outlets outs = {0};
    int rc = options_agree(o) ? make_plan(o, &plan) : VD_EXIT_USAGE;
    if (!rc) rc = work(o, plan, &outs);
    for (size_t i = 0; i < outs.n; i++)
        vd_sink_free(outs.sinks[i]);
    if (outs.file && outs.found && outs.file != stdout) fclose(outs.file);
    else if (outs.file) vd_output_drop(o, outs.file);
    if (outs.layer) fclose(outs.layer);
    vd_plan_unref(plan);
    return rc;
}
