#include "cli/summary.h"

#include "base/clock.h"
#include "cli/coverage.h"

#define MAX_TYPES 16
#define MAX_NOTES 16
#define HOSTS 16

static vd_str type_name(vd_arena *a, const vd_rule *rule)
{
    vd_str name = rule->type.n ? rule->type : VD_STR("no type");
    bool shown = rule->language.n && !vd_str_eq(rule->language, rule->type);
    return shown ? vd_arena_printf(a, "%.*s (%.*s)", VD_FMT(name), VD_FMT(rule->language)) : name;
}

static int by_count(const void *a, const void *b)
{
    const vd_sink_count *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return vd_str_cmp(x->name, y->name);
}

size_t vd_summary_not_run(vd_arena *a, const vd_ruleset *set, const vd_sink_count **out)
{
    vd_sink_count *counts = VD_NEW_N(a, vd_sink_count, MAX_TYPES);
    size_t n = 0;
    for (size_t i = 0; i < set->rules.n; i++) {
        const vd_rule *rule = set->rules.v[i];
        if (!vd_selected(rule) || rule->runs) continue;
        vd_str name = type_name(a, rule);
        size_t k = 0;
        while (k < n && !vd_str_eq(counts[k].name, name))
            k++;
        if (k == n && n < MAX_TYPES) counts[n++].name = name;
        /* More kinds than there are in Elastic's API: the last takes them. */
        counts[k < MAX_TYPES ? k : MAX_TYPES - 1].n++;
    }
    if (n) qsort(counts, n, sizeof *counts, by_count);
    *out = counts;
    return n;
}

static void fill_rules(vd_arena *a, vd_summary *s, const vd_job *job, const vd_ruleset *set)
{
    size_t n = vd_plan_rule_count(job->plan);
    vd_str *without = VD_NEW_N(a, vd_str, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        vd_engine_rule_stats stats = vd_engine_rule_stats_of(job->engine, i);
        if (job->live && !vd_live_runs(job->live, i)) continue;
        s->rules_ran++;
        if (stats.documents)
            s->rules_with_data++;
        else
            without[s->n_rules_without++] = vd_plan_rule_at(job->plan, i)->rule->name;
        s->left_out += stats.left_out;
        s->left_out_rules += stats.left_out != 0;
    }
    s->rules_without = without;
    for (size_t i = 0; i < set->rules.n; i++)
        s->rules_broken += vd_selected(set->rules.v[i]) && set->rules.v[i]->broken;
    s->n_not_run = vd_summary_not_run(a, set, &s->not_run);
}

static uint64_t bad_documents(const vd_engine_stats *stats)
{
    static const vd_fault kinds[] = {VD_FAULT_BROKEN, VD_FAULT_NOT_OBJECT, VD_FAULT_DUPLICATE,
                                     VD_FAULT_UTF8,   VD_FAULT_NUL,        VD_FAULT_DEPTH,
                                     VD_FAULT_TOO_LONG};
    uint64_t n = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        n += stats->faults[kinds[i]];
    return n;
}

/* Words for a count that is not zero; its noun follows it in `fmt`. */
static void note(vd_arena *a, vd_summary *s, vd_str *notes, uint64_t n, const char *fmt)
{
    if (n && s->n_notes < MAX_NOTES)
        notes[s->n_notes++] = vd_arena_printf(a, fmt, (unsigned long long)n, vd_plural(n));
}

/* Rules that had data and look at signatures, where hardly any event has one; as for logs of
 * Windows itself and of Sysmon, which say nothing of a new process's signature. */
static uint64_t without_signatures(const vd_job *job, const vd_engine_stats *stats)
{
    uint64_t n = 0;
    bool some = stats->with_signatures * 100 >= stats->documents; /* 1 % */
    for (uint32_t i = 0; !some && i < vd_plan_rule_count(job->plan); i++)
        n += vd_engine_rule_stats_of(job->engine, i).documents &&
             vd_coverage_names(vd_plan_rule_at(job->plan, i)->rule, vd_plan_schema(job->plan),
                               VD_STR("process.code_signature."));
    return n;
}

static void note_signatures(vd_arena *a, vd_summary *s, vd_str *notes, const vd_job *job,
                            const vd_engine_stats *stats)
{
    char who[64] = "no event has";
    uint64_t rules = job->options->command == VD_CMD_RUN ? without_signatures(job, stats) : 0;
    if (!rules || s->n_notes == MAX_NOTES) return;
    if (stats->with_signatures)
        snprintf(who, sizeof who, "only %llu event%s of %llu (%.2f %%) ha%s",
                 (unsigned long long)stats->with_signatures, vd_plural(stats->with_signatures),
                 (unsigned long long)stats->documents,
                 100.0 * (double)stats->with_signatures / (double)stats->documents,
                 stats->with_signatures == 1 ? "s" : "ve");
    notes[s->n_notes++] =
        vd_arena_printf(a,
                        "%s process.code_signature, at which %llu rule%s with data would look: "
                        "trusted and unsigned programs look alike",
                        who, (unsigned long long)rules, vd_plural(rules));
}

static void note_live(vd_arena *a, vd_summary *s, vd_str *notes, const vd_job *job)
{
    if (!job->live) return;
    vd_live_stats live = vd_live_stats_of(job->live);
    note(a, s, notes, vd_plan_rule_count(job->plan) - s->rules_ran,
         "%llu rule%s did not run: samples and rules with pipes are answered at the end of their events, "
         "which --follow has not");
    note(a, s, notes, live.stream.superseded,
         "%llu alert%s would not be found with what came later (superseded)");
    note(a, s, notes, live.stream.too_late,
         "%llu time%s an event came too late for the sequence it belongs to (--lateness)");
    note(a, s, notes, live.stream.future, "%llu event%s ahead of this machine's clock");
    note(a, s, notes, live.stream.log_dropped + live.kept.dropped,
         "%llu event%s of open sequences dropped, the oldest first, for want of room");
    note(a, s, notes, live.lost, "%llu alert%s not made, since their first events had been dropped");
}

static void fill_notes(vd_arena *a, vd_summary *s, const vd_job *job, const vd_engine_stats *stats)
{
    vd_str *notes = VD_NEW_N(a, vd_str, MAX_NOTES);
    s->notes = notes;
    bool by_index = job->options->command == VD_CMD_RUN && !job->options->ignore_index;
    note(a, s, notes, by_index ? stats->no_index : 0,
         "%llu event%s did not say for which index, so rules with index patterns passed by "
         "(--index NAME, --ignore-index)");
    note_signatures(a, s, notes, job, stats);
    note(a, s, notes, stats->faults[VD_FAULT_NO_TIME],
         "%llu event%s left out for want of a usable timestamp");
    note(a, s, notes, stats->state_dropped,
         "%llu open sequence%s dropped, the oldest first, to stay within --max-state");
    note(a, s, notes, stats->key_tuples_cut,
         "%llu event%s with too many join key values; those over the limit were left out");
    note(a, s, notes, stats->combinations_cut,
         "%llu time%s a condition met fields with more values than it looks at together");
    note(a, s, notes, stats->script_faults,
         "%llu time%s a function met values it cannot take; the condition did not hold then");
    note_live(a, s, notes, job);
}

void vd_summary_fill(vd_arena *a, vd_summary *s, const vd_job *job, const vd_ruleset *set)
{
    vd_engine_stats stats = vd_engine_stats_of(job->engine);
    if (job->live) stats.state_dropped = vd_live_stats_of(job->live).stream.state_dropped;
    vd_source_stats source = vd_source_stats_of(job->source);
    vd_str *hosts = VD_NEW_N(a, vd_str, HOSTS);
    *s = (vd_summary){
        .files = source.inputs,
        .bytes = source.bytes_read ? source.bytes_read : stats.bytes, /* pipes have no size */
        .documents = stats.documents,
        .bad_documents = bad_documents(&stats),
        .hosts = hosts,
        .hosts_total = vd_engine_hosts(job->engine, hosts, HOSTS),
        .first_ts = stats.first_ts,
        .last_ts = stats.last_ts,
        .interrupted = job->interrupted,
    };
    s->n_hosts = s->hosts_total < HOSTS ? s->hosts_total : HOSTS;
    fill_rules(a, s, job, set);
    fill_notes(a, s, job, &stats);
}

void vd_summary_say(const vd_summary *s)
{
    if (s->n_rules_without)
        vd_say("%zu of %zu rule%s had no data", s->n_rules_without, s->rules_ran,
               vd_plural(s->rules_ran));
    if (s->left_out)
        vd_say("%llu alert%s over the cap of %llu rule%s left out, the older ones",
               (unsigned long long)s->left_out, vd_plural(s->left_out),
               (unsigned long long)s->left_out_rules, vd_plural(s->left_out_rules));
    for (size_t i = 0; i < s->n_notes; i++)
        vd_say("%.*s", VD_FMT(s->notes[i]));
}
