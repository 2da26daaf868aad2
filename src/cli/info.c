/* vedette info: what is in a pile of events, and which rules can work on it */
#include "cli/info.h"

#include "base/clock.h"
#include "cli/output.h"
#include "cli/summary.h"

enum { FORM_TEXT, FORM_JSON };

static const vd_form forms[] = {
    {"text", " .txt ", FORM_TEXT},
    {"json", " .json ", FORM_JSON},
};

/* The command at work. */
typedef struct work {
    vd_info info;
    vd_ruleset *set;
    vd_schema *schema;
    vd_field_ids fields;
    vd_survey_form *form;
    vd_survey **surveys; /* by worker */
    unsigned n;
    vd_job job;
} work;

static void count_one(vd_job *job, unsigned worker, const vd_block *document)
{
    work *w = job->ctx;
    /* What is wrong with a document the engine says. */
    if (vd_survey_add(w->surveys[worker], document->text, document->n))
        vd_engine_feed(job->engine, worker, document);
}

static void block(vd_job *job, unsigned worker, const vd_block *b) { vd_job_each(job, worker, b, count_one); }

static int read_rules(work *w, const vd_options *o)
{
    w->set = vd_ruleset_new();
    w->schema = vd_select_schema(o);
    if (!w->schema) return VD_EXIT_FAILURE;
    if (!o->rules.n) return VD_EXIT_OK;
    int rc = vd_select_read(o, w->set);
    if (rc) return rc;
    vd_select_fields(o, w->set);
    vd_ruleset_compile(w->set, w->schema);
    vd_coverage_fields(w->set, w->schema, &w->fields);
    w->info.rules_read = true;
    for (size_t i = 0; i < w->set->rules.n; i++)
        w->info.broken += vd_selected(w->set->rules.v[i]) && w->set->rules.v[i]->broken;
    return VD_EXIT_OK;
}

/* The job's engine has no rules: it counts what is wrong with documents. */
static int begin(work *w, const vd_options *o)
{
    vd_plan_options plan = {.ignore_index = true};
    w->job = (vd_job){.options = o, .ctx = w, .size = -1, .block = block};
    w->job.plan = vd_plan_build(vd_ruleset_new(), vd_schema_new(), &plan);
    int rc = vd_job_begin(&w->job, o->operands.v, o->operands.n);
    if (rc) return rc;
    w->form = vd_survey_form_new(w->schema, w->fields.v, w->fields.n);
    w->form->default_index = vd_str_from(o->index);
    w->form->since = w->job.since;
    w->form->until = w->job.until;
    w->n = vd_source_threads(w->job.source);
    w->surveys = vd_calloc(w->n, sizeof(vd_survey *));
    for (unsigned i = 0; i < w->n; i++)
        w->surveys[i] = vd_survey_new(w->form);
    return VD_EXIT_OK;
}

static void sum_up(work *w, const vd_options *o, vd_arena *a)
{
    vd_info *info = &w->info;
    vd_source_stats source = vd_source_stats_of(w->job.source);
    vd_engine_stats stats = vd_engine_stats_of(w->job.engine);
    for (unsigned i = 1; i < w->n; i++)
        vd_survey_merge(w->surveys[0], w->surveys[i]);
    vd_survey_sort(w->surveys[0]);
    info->survey = w->surveys[0];
    info->files = source.inputs;
    info->bytes = source.bytes_read;
    for (int i = 0; i < VD_FAULT_COUNT; i++)
        info->bad_documents += stats.faults[i];
    if (!info->rules_read) return;
    vd_coverage_of(&info->coverage, w->set, w->schema, &w->fields, info->survey, o->ignore_index);
    info->n_not_run = vd_summary_not_run(a, w->set, &info->not_run);
}

static int report(work *w, const vd_options *o, int form)
{
    vd_arena a;
    FILE *out = vd_output_open(o);
    if (!out) return VD_EXIT_FAILURE;
    vd_arena_init(&a, 0);
    sum_up(w, o, &a);
    if (form == FORM_JSON)
        vd_info_json(out, &w->info);
    else
        vd_info_text(out, &w->info);
    vd_arena_fini(&a);
    int rc = vd_output_close(o, out, false);
    return rc ? rc : w->job.interrupted ? VD_EXIT_INTERRUPT : VD_EXIT_OK;
}

static void free_work(work *w)
{
    if (w->info.rules_read) vd_coverage_free(&w->info.coverage);
    for (unsigned i = 0; i < w->n; i++)
        vd_survey_free(w->surveys[i]);
    free(w->surveys);
    vd_survey_form_free(w->form);
    vd_job_fini(&w->job);
    vd_plan_unref(w->job.plan);
    vd_vec_free(&w->fields);
    vd_ruleset_free(w->set);
    vd_schema_free(w->schema);
}

int vd_cmd_info(vd_options *o)
{
    vd_err err = {0};
    work w = {.info.options = o};
    int form = vd_output_form(o, forms, sizeof forms / sizeof forms[0]);
    if (form < 0) return VD_EXIT_USAGE;
    if (vd_zone_read(o->tz ? o->tz : "UTC", &w.info.zone, &err)) {
        vd_say("%s", err.msg);
        return VD_EXIT_USAGE;
    }
    int rc = read_rules(&w, o);
    if (!rc) rc = begin(&w, o);
    if (!rc) rc = vd_job_work(&w.job);
    if (!rc) rc = report(&w, o, form);
    free_work(&w);
    return rc;
}
