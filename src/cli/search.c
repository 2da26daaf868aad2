/* vedette search: one query over files, or words in all fields */
#include "base/clock.h"
#include "cli/cli.h"
#include "cli/job.h"
#include "cli/output.h"
#include "cli/sieve.h"
#include "cli/store.h"
#include "cli/summary.h"
#include "schedule/schedule.h"

static const vd_form forms[] = {
    {"table", " .txt ", VD_SINK_TABLE},
    {"json", " .json ", VD_SINK_HITS},
    {"ndjson", " .ndjson .jsonl ", VD_SINK_HIT_LINES},
};

/* What findings and blocks of a job go to. */
typedef struct hunt {
    vd_sieve sieve; /* of -k and -e: n is 0 without them */
    vd_sink *sink;
} hunt;

static void found(void *ctx, const vd_finding *finding)
{
    hunt *h = ctx;
    vd_sink_take(h->sink, finding);
}

/* Words and expressions: what passes them goes to the engine, whose query takes it all. */
static void sift_one(vd_job *job, unsigned worker, const vd_block *document)
{
    const hunt *h = job->ctx;
    if (vd_sieve_takes(&h->sieve, (vd_str){document->text, document->n}))
        vd_engine_feed(job->engine, worker, document);
}

static void sift(vd_job *job, unsigned worker, const vd_block *block)
{
    vd_job_each(job, worker, block, sift_one);
}

static bool has_words(const vd_options *o) { return o->keywords.n || o->regexes.n; }

static int check_options(const vd_options *o)
{
    const char *position = o->result_position;
    if (!o->operands.n && !has_words(o)) {
        vd_say("no query: vedette search 'process where process.name == \"cmd.exe\"' FILE, or -k WORD");
        return VD_EXIT_USAGE;
    }
    if (o->store && (has_words(o) || o->operands.n > 1)) {
        vd_say(has_words(o) ? "-k and -e look into files: vedette store export | vedette search -k WORD -"
                            : "--store searches a store, not files");
        return VD_EXIT_USAGE;
    }
    if (position && strcmp(position, "head") != 0 && strcmp(position, "tail") != 0) {
        vd_say("--result-position wants head or tail, not \"%s\"", position);
        return VD_EXIT_USAGE;
    }
    if (o->fetch_size < 2) {
        vd_say("--fetch-size must be 2 or more");
        return VD_EXIT_USAGE;
    }
    return VD_EXIT_OK;
}

/* Somebody's search words get a hint of how they are written in EQL. */
static void say_hint(vd_str query)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_str hint = vd_eql_hint(&a, query);
    if (hint.n) vd_say("%.*s", VD_FMT(hint));
    vd_arena_fini(&a);
}

/* Of a rule one wants to know where it looks and for how long; a hunt looks at the
 * files it is given. */
static bool concerns_hunts(const vd_problem *p)
{
    return !vd_str_eq(p->code, VD_STR("no-index")) && !vd_str_eq(p->code, VD_STR("no-maxspan"));
}

static void say_problems(const vd_options *o, const vd_rule *rule)
{
    for (size_t i = 0; i < rule->problems.n; i++) {
        const vd_problem *p = &rule->problems.v[i];
        if (p->error || (!o->quiet && concerns_hunts(p))) vd_problem_print(stderr, p, rule);
    }
    if (rule->broken) say_hint(rule->query);
}

static int make_plan(const vd_options *o, vd_plan **plan, bool *sequences)
{
    vd_schema *schema = vd_select_schema(o);
    if (!schema) return VD_EXIT_FAILURE;
    vd_ruleset *set = vd_ruleset_new();
    vd_str query = has_words(o) ? VD_STR("any where true") : vd_str_from(o->operands.v[0]);
    const vd_rule *rule = vd_ruleset_add_query(set, query);
    vd_select_fields(o, set);
    vd_ruleset_compile(set, schema);
    if (!has_words(o)) vd_ruleset_lint(set, schema);
    say_problems(o, rule);
    if (rule->broken) {
        vd_ruleset_free(set);
        vd_schema_free(schema);
        return VD_EXIT_USAGE;
    }
    *sequences = rule->eql->kind != VD_EQL_EVENT;
    vd_plan_options options = {.ignore_index = true};
    *plan = vd_plan_build(set, schema, &options);
    return VD_EXIT_OK;
}

static int open_sink(const vd_options *o, bool sequences, FILE **file, vd_sink **sink, bool *table)
{
    vd_err err = {0};
    vd_sink_options options = {.sequences = sequences, .started_ns = vd_mono_ns()};
    int form = vd_output_form(o, forms, sizeof forms / sizeof forms[0]);
    if (form < 0) return VD_EXIT_USAGE;
    if (vd_zone_read(o->tz ? o->tz : "UTC", &options.zone, &err)) {
        vd_say("%s", err.msg);
        return VD_EXIT_USAGE;
    }
    *table = form == VD_SINK_TABLE;
    *file = vd_output_open(o);
    if (!*file) return VD_EXIT_FAILURE;
    vd_output_screen(*file, &options);
    *sink = vd_sink_new((vd_sink_form)form, &options);
    return VD_EXIT_OK;
}

static int report(vd_job *job, vd_sink *sink, bool table)
{
    vd_arena a;
    vd_summary summary;
    vd_err err = {0};
    vd_arena_init(&a, 0);
    vd_summary_fill(&a, &summary, job, vd_plan_rules(job->plan));
    if (job->block) summary.documents = vd_source_stats_of(job->source).documents;
    int rc = vd_sink_end(sink, &summary, &err);
    /* What --size cuts off is no news to a program that asked for it. */
    summary.left_out = summary.n_rules_without = 0;
    if (!table && !job->options->quiet) vd_summary_say(&summary);
    vd_arena_fini(&a);
    if (rc) vd_say("%s", err.msg);
    if (rc) return VD_EXIT_FAILURE;
    return job->interrupted ? VD_EXIT_INTERRUPT : VD_EXIT_OK;
}

static int work(const vd_options *o, vd_plan *plan, bool sequences)
{
    FILE *file = NULL;
    hunt h = {0};
    bool table = false;
    size_t query = !has_words(o); /* operands before the files */
    vd_job job = {.options = o, .plan = plan, .found = found, .ctx = &h, .size = o->size ? o->size : -1};
    job.block = has_words(o) ? sift : NULL;
    int rc = vd_sieve_init(&h.sieve, o);
    if (!rc) rc = vd_job_begin(&job, o->operands.v + query, o->operands.n - query);
    if (!rc) rc = open_sink(o, sequences, &file, &h.sink, &table);
    if (!rc) rc = vd_job_work(&job);
    bool nothing = rc && !job.findings;
    if (!rc) rc = report(&job, h.sink, table);
    vd_job_fini(&job);
    vd_sieve_fini(&h.sieve);
    vd_sink_free(h.sink);
    if (file && nothing) vd_output_drop(o, file);
    if (!file || nothing) return rc;
    int closed = vd_output_close(o, file, rc == VD_EXIT_FAILURE);
    return rc ? rc : closed;
}

/* --- over a store --- */

/* Events of blocks that were skipped are not among those that were looked at. */
static vd_str say_skipped(const vd_scan_counts *c, char *text, size_t size)
{
    int n = snprintf(text, size, "%llu of %llu blocks were read: the others cannot hold what the query wants",
                     (unsigned long long)c->read, (unsigned long long)(c->read + c->skipped));
    return (vd_str){text, (size_t)n};
}

static int look(vd_preview *p, vd_store *store)
{
    vd_err err = {0};
    vd_engine_stats stats;
    vd_scan_counts blocks;
    char text[128];
    const hunt *h = p->ctx;
    p->blocks = &blocks;
    int code = vd_schedule_preview(store, p, &stats, &err);
    vd_str note = say_skipped(&blocks, text, sizeof text);
    vd_summary summary = {.documents = stats.documents,
                          .notes = &note,
                          .n_notes = blocks.skipped != 0,
                          .bytes = stats.bytes,
                          .first_ts = stats.first_ts,
                          .last_ts = stats.last_ts,
                          .rules_ran = 1,
                          .rules_with_data = stats.documents != 0};
    if (!code) code = vd_sink_end(h->sink, &summary, &err);
    if (code) vd_say("%s", err.msg);
    /* Damaged blocks were told and left out. */
    return code || vd_store_stats_of(store).damaged_blocks ? VD_EXIT_FAILURE : VD_EXIT_OK;
}

static int work_stored(const vd_options *o, vd_plan *plan, bool sequences)
{
    FILE *file = NULL;
    hunt h = {0};
    bool table;
    vd_preview p = {.plan = plan, .size = o->size ? o->size : -1, .found = found, .ctx = &h};
    p.head = o->result_position && strcmp(o->result_position, "head") == 0;
    if (!vd_cli_time("since", o->since, false, &p.window.since) ||
        !vd_cli_time("until", o->until, true, &p.window.until))
        return VD_EXIT_USAGE;
    vd_store *store = vd_cli_store_open(o->store, false);
    if (!store) return VD_EXIT_FAILURE;
    int rc = open_sink(o, sequences, &file, &h.sink, &table);
    if (!rc) rc = look(&p, store);
    vd_sink_free(h.sink);
    int closed = file ? vd_output_close(o, file, rc == VD_EXIT_FAILURE) : VD_EXIT_OK;
    vd_store_close(store);
    return rc ? rc : closed;
}

int vd_cmd_search(vd_options *o)
{
    vd_plan *plan = NULL;
    bool sequences = false;
    int rc = check_options(o);
    if (!rc) rc = make_plan(o, &plan, &sequences);
    if (!rc) rc = o->store ? work_stored(o, plan, sequences) : work(o, plan, sequences);
    vd_plan_unref(plan);
    return rc;
}
