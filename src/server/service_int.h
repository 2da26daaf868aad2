/* server/service_int.h - what the service's own files share. Private.
 *
 * Threads   The detector owns the stream; whoever swaps it holds `detecting`. The planner owns the
 *           schedule, under `planning`. The rulebook is under `book_lock`; plans taken from it
 *           are counted. Order of locks: changing, detecting, planning, book_lock. */
#ifndef VD_SERVER_SERVICE_INT_H
#define VD_SERVER_SERVICE_INT_H

#include <pthread.h>
#include <stdatomic.h>

#include "base/vec.h"
#include "server/clerk.h"
#include "server/log.h"
#include "server/rulebook.h"
#include "server/service.h"
#include "server/steady.h"

/* The numbers that alerts have as events: above those of any stored document. */
#define VD_ALERT_SEQ (1ull << 43)

struct vd_service {
    vd_service_options options;
    vd_rulebook_options rules;
    vd_store *store;
    vd_db *db;
    vd_outlet *outlet;
    struct vd_searches *searches;

    pthread_mutex_t changing;  /* one reload at a time */

    pthread_mutex_t detecting; /* stream, clerk */
    vd_stream *stream;
    vd_steady steady;
    vd_clerk *clerk;
    bool alerts_wanted;        /* a rule of the stream reads alerts */
    uint64_t alerts_fed;       /* the newest that was fed as an event */
    int64_t fed_at;            /* the stream's now for them */

    pthread_mutex_t planning;  /* schedule, planner's clerk */
    vd_schedule *schedule;
    vd_clerk *planners_clerk;
    uint64_t run_alerts;       /* new ones of the run at hand */

    uint64_t files;            /* the print of the rules' files as they were read; the planner's */

    pthread_mutex_t book_lock;
    vd_rulebook *book;

    pthread_t detector, planner;
    bool detector_runs, planner_runs;
    bool resuming; /* what is found has been alerted, mostly: before the detector runs */
    pthread_cond_t wake_planner; /* with book_lock */
    bool planner_due;
    atomic_bool stopping, ready;
    atomic_uint_fast64_t stream_alerts, schedule_alerts, superseded, reloads, detect_errors;
    atomic_uint_fast64_t matched_seq; /* the newest document that met the rules */
    atomic_uint_fast64_t read_cpu_ns, pack_cpu_ns; /* of the requests' threads */
    vd_histogram *alert_latency, *detect_time, *commit_time;
    int64_t started;
};

/* detector.c */
vd_stream *vd_detector_stream(vd_service *s, vd_rulebook *book, vd_err *err);
/* Takes up what the store has: candidates, else documents, of the stream's horizon. */
int vd_detector_resume(vd_service *s, vd_err *err);
void *vd_detector_run(void *service);
/* Alerts that were written so far are not fed to rules over alerts. In `detecting`. */
int vd_detector_skip_alerts(vd_service *s, vd_err *err);

/* planner.c */
vd_schedule *vd_planner_schedule(vd_service *s, vd_rulebook *book, vd_err *err);
void *vd_planner_run(void *service);

#endif
