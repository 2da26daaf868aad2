/* server/service.h - what runs behind the routes
 *
 * Idea      One value holds the rooms: store, rules with their plan, stream, schedule. The
 *           detector thread takes committed batches in order, runs the stream over them,
 *           writes alerts, and gives the batch back to be sealed; the scheduler thread
 *           steps the schedule. Handlers of routes call the functions here.
 * Threads   vd_service_* may be called from any thread once it runs. */
#ifndef VD_SERVER_SERVICE_H
#define VD_SERVER_SERVICE_H

#include "engine/stream.h"
#include "schedule/schedule.h"
#include "server/metrics.h"
#include "store/intake.h"
#include "store/papers.h"
#include "store/store.h"

typedef struct vd_service vd_service;

typedef struct vd_service_options {
    vd_store_options store;
    const char *const *rules;  /* files and folders, watched */
    size_t n_rules;
    bool scheduled;            /* rules that set no mode run on the schedule, not in the stream */
    bool ignore_index;
    int64_t lateness, default_maxspan; /* ms */
    int64_t fill_gaps;         /* ms; 0: not */
    uint64_t max_state;
    const char *output;        /* NDJSON of alerts: a path, "-" for standard output; NULL: none */
    vd_str default_index;
} vd_service_options;

/* Opens the store, reads the rules, takes up what was not matched, starts the threads. */
int vd_service_start(const vd_service_options *options, vd_service **out, vd_err *err);
/* Takes nothing more in, matches what was taken, seals, closes. */
void vd_service_stop(vd_service *s);
/* Rules were loaded and what was left from before is matched. */
bool vd_service_ready(const vd_service *s);
/* Opens the output file anew (SIGHUP, after it was rotated). */
void vd_service_reopen(vd_service *s);
vd_store *vd_service_store(vd_service *s);
vd_db *vd_service_db(vd_service *s);
/* EQL searches that run or are kept (server/async.h). */
struct vd_searches *vd_service_searches(vd_service *s);

/* Commits a batch that a handler filled: 0, VD_LIMIT (429) or VD_IO (503). Takes a reference. */
int vd_service_take(vd_service *s, vd_batch *b, vd_err *err);

/* Counts processor time (ns) that a request's documents took to be read and checked. */
void vd_service_count_read(vd_service *s, int64_t cpu_ns);

/* Reads rules' files and the store's rules anew and swaps the plan (SIGHUP, a changed file,
 * a rule changed by API). Rules that are broken are told and left out; the others run. */
int vd_service_reload(vd_service *s, vd_err *err);
/* The plan that runs, with a reference. */
vd_plan *vd_service_plan(vd_service *s);
/* What every rule of the plan and every broken one is and does, for GET /api/rules: an array of
 * {rule_id, name, type, enabled, mode, source, version, ..., runs, error?, differences}. */
vd_json *vd_service_rules(vd_service *s);
/* The same of one rule, to be freed; NULL: there is none. */
vd_json *vd_service_rule(vd_service *s, vd_str rule_id);
/* A run as the API shows it; to be freed. */
vd_json *vd_run_json(const vd_run_row *r);
/* Runs a rule by hand (vd_schedule_manual). */
int vd_service_run(vd_service *s, vd_str rule_id, int64_t since, int64_t until, uint64_t *alerts, vd_err *err);
/* Time of receipt of the last request, stream's and store's numbers, as Prometheus text. */
void vd_service_metrics(vd_service *s, vd_text_out *out);

#endif
