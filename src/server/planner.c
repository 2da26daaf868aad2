/* The planner: rules on their schedule, and files of rules that changed. */
#include <errno.h>

#include "base/clock.h"
#include "base/thread.h"
#include "base/wait.h"
#include "server/service_int.h"

/* How often files are looked at, and the longest sleep. */
#define WATCH_MS 2000
/* A change is taken up when it has been quiet for this: files are written one by one. */
#define QUIET_MS 300
/* How often old alerts and runs are removed, and how long runs are kept. */
#define TIDY_MS   (10 * 60 * 1000)
#define KEEP_RUNS (30ll * 24 * 3600 * 1000)

/* A finding of a run is written at once: the run must know whether it is new. */
static bool on_found(void *ctx, const vd_finding *finding, int64_t now, const char *kind)
{
    vd_service *s = ctx;
    vd_err err;
    uint64_t fresh = 0;
    bool manual = strcmp(kind, "manual") == 0;
    vd_clerk_take(s->planners_clerk, finding, now, manual ? "manual" : "schedule");
    if (vd_clerk_write(s->planners_clerk, &fresh, &err)) {
        vd_logf(VD_LOG_ERROR, "alerts.write", "%s", err.msg);
        return false;
    }
    atomic_fetch_add(&s->schedule_alerts, fresh);
    return fresh > 0;
}

static bool on_stopping(void *ctx) { return atomic_load(&((vd_service *)ctx)->stopping); }

static void on_tell(void *ctx, const char *what) { vd_logf(VD_LOG_WARN, "schedule", "%s", what); }

vd_schedule *vd_planner_schedule(vd_service *s, vd_rulebook *book, vd_err *err)
{
    vd_schedule_config c = {.store = s->store,
                            .plan = book->plan,
                            .off = book->schedule_off,
                            .default_index = s->options.default_index,
                            .fill_gaps = s->options.fill_gaps,
                            .max_state = s->options.max_state,
                            .found = on_found,
                            .stopping = on_stopping,
                            .tell = on_tell,
                            .ctx = s};
    return vd_schedule_new(&c, err);
}

/* Sleeps until a rule is due, files are to be looked at, or somebody wakes. */
static void wait_for_work(vd_service *s, int64_t due)
{
    int64_t now = vd_now_ms(), ms = due - now;
    if (ms > WATCH_MS) ms = WATCH_MS;
    if (ms <= 0) return;
    struct timespec until = vd_wait_until(ms);
    pthread_mutex_lock(&s->book_lock);
    while (!s->planner_due && !atomic_load(&s->stopping))
        if (pthread_cond_timedwait(&s->wake_planner, &s->book_lock, &until) == ETIMEDOUT) break;
    s->planner_due = false;
    pthread_mutex_unlock(&s->book_lock);
}

static void run_due(vd_service *s)
{
    vd_err err;
    pthread_mutex_lock(&s->planning);
    if (vd_schedule_step(s->schedule, vd_now_ms(), &err)) vd_logf(VD_LOG_ERROR, "schedule.run", "%s", err.msg);
    pthread_mutex_unlock(&s->planning);
}

/* Alerts go with their events' time; runs after a month. */
static void tidy(vd_service *s, int64_t *tidied)
{
    vd_err err;
    int64_t now = vd_now_ms(), mono = vd_mono_ns() / 1000000;
    uint64_t removed = 0;
    if (*tidied && mono - *tidied < TIDY_MS) return;
    *tidied = mono;
    int code = vd_runs_retain(s->db, now - KEEP_RUNS, &err);
    if (!code && s->options.store.retain)
        code = vd_alerts_retain(s->db, now - s->options.store.retain, &removed, &err);
    if (code) vd_logf(VD_LOG_ERROR, "alerts.retain", "%s", err.msg);
    if (removed) vd_logf(VD_LOG_INFO, "alerts.retain", "%llu old alerts were removed", (unsigned long long)removed);
}

static int64_t next_due(vd_service *s)
{
    pthread_mutex_lock(&s->planning);
    int64_t due = vd_schedule_next(s->schedule);
    pthread_mutex_unlock(&s->planning);
    return due;
}

static void look_at_files(vd_service *s)
{
    vd_err err;
    uint64_t seen = vd_rulebook_print_of_files(&s->rules);
    if (seen == s->files) return;
    vd_sleep_ms(QUIET_MS);
    if (vd_rulebook_print_of_files(&s->rules) != seen) return;
    s->files = seen;
    if (vd_service_reload(s, &err)) vd_logf(VD_LOG_ERROR, "rules.reload", "%s", err.msg);
}

void *vd_planner_run(void *service)
{
    vd_service *s = service;
    int64_t tidied = 0;
    vd_thread_begin("vd-schedule", VD_RANK_REQUESTS);
    while (!atomic_load(&s->stopping)) {
        wait_for_work(s, next_due(s));
        if (atomic_load(&s->stopping)) break;
        look_at_files(s);
        tidy(s, &tidied);
        run_due(s); /* on every wake: the clock may have been set back */
    }
    return NULL;
}
