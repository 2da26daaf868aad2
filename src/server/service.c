#include "server/service_int.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/wait.h"
#include "server/async.h"

static void init_locks(vd_service *s)
{
    pthread_mutex_t *const locks[] = {&s->changing, &s->detecting, &s->planning, &s->book_lock};
    for (size_t i = 0; i < sizeof locks / sizeof *locks; i++)
        pthread_mutex_init(locks[i], NULL);
    vd_cond_init(&s->wake_planner);
}

static int open_rooms(vd_service *s, vd_err *err)
{
    uint64_t seed[2];
    int code = vd_store_open(&s->options.store, &s->store, err);
    if (code) return code;
    s->db = vd_store_papers(s->store);
    /* Candidates in the store hold hashes of join keys. */
    vd_store_seed(s->store, seed);
    vd_hash_seed_set(seed[0] ^ seed[1]);
    if (s->options.output && !(s->outlet = vd_outlet_open(s->options.output, err))) return VD_IO;
    s->clerk = vd_clerk_new(s->db, s->outlet);
    s->planners_clerk = vd_clerk_new(s->db, s->outlet);
    return 0;
}

static void log_book(const vd_rulebook *book)
{
    vd_logf(VD_LOG_INFO, "rules.loaded", "%zu rules run of %zu read; %zu are broken, %zu of types that do not run here",
            vd_plan_rule_count(book->plan), book->read, book->broken, book->left_out);
    for (size_t i = 0; i < vd_json_len(book->said); i++) {
        const vd_json *one = vd_json_at(book->said, i);
        vd_str id = vd_json_str(vd_json_get(one, "rule_id")), what = vd_json_str(vd_json_get(one, "error"));
        vd_logf(VD_LOG_WARN, "rules.broken", "%.*s%s%.*s", VD_FMT(id), id.n ? ": " : "", VD_FMT(what));
    }
}

static int open_book(vd_service *s, vd_err *err)
{
    s->files = vd_rulebook_print_of_files(&s->rules); /* before: what changes meanwhile is seen */
    int code = vd_rulebook_read(&s->rules, s->db, true, &s->book, err);
    if (code) return code;
    log_book(s->book);
    s->alerts_wanted = s->book->alerts_wanted;
    if (vd_detector_skip_alerts(s, err)) return err->code;
    s->stream = vd_detector_stream(s, s->book, err);
    if (!s->stream) return err->code;
    s->schedule = vd_planner_schedule(s, s->book, err);
    if (!s->schedule) return err->code;
    return vd_detector_resume(s, err);
}

static int start_threads(vd_service *s, vd_err *err)
{
    s->detector_runs = pthread_create(&s->detector, NULL, vd_detector_run, s) == 0;
    s->planner_runs = s->detector_runs && pthread_create(&s->planner, NULL, vd_planner_run, s) == 0;
    return s->planner_runs ? 0 : vd_fail(err, VD_IO, "a thread could not be started: %s", strerror(errno));
}

int vd_service_start(const vd_service_options *options, vd_service **out, vd_err *err)
{
    vd_err own = {0};
    vd_service *s = vd_calloc(1, sizeof *s);
    s->options = *options;
    s->rules = (vd_rulebook_options){options->rules, options->n_rules, options->scheduled, options->ignore_index};
    s->started = vd_now_ms();
    s->searches = vd_searches_new();
    s->alert_latency = vd_histogram_new();
    s->detect_time = vd_histogram_new();
    s->commit_time = vd_histogram_new();
    init_locks(s);
    int code = open_rooms(s, &own);
    if (!code) code = open_book(s, &own);
    if (!code) code = start_threads(s, &own);
    if (code) {
        vd_service_stop(s);
        if (err) *err = own;
        return code;
    }
    *out = s;
    return 0;
}

void vd_service_stop(vd_service *s)
{
    if (!s) return;
    atomic_store(&s->stopping, true);
    vd_searches_free(s->searches); /* they read the store */
    pthread_mutex_lock(&s->book_lock);
    pthread_cond_broadcast(&s->wake_planner);
    pthread_mutex_unlock(&s->book_lock);
    if (s->planner_runs) pthread_join(s->planner, NULL);
    if (s->detector_runs) {
        vd_store_wake(s->store);
        pthread_join(s->detector, NULL);
    }
    vd_stream_free(s->stream);
    vd_schedule_free(s->schedule);
    vd_clerk_free(s->clerk);
    vd_clerk_free(s->planners_clerk);
    vd_rulebook_free(s->book);
    if (s->store) vd_store_close(s->store);
    vd_outlet_close(s->outlet);
    vd_histogram_free(s->alert_latency);
    vd_histogram_free(s->detect_time);
    vd_histogram_free(s->commit_time);
    pthread_mutex_destroy(&s->changing);
    pthread_mutex_destroy(&s->detecting);
    pthread_mutex_destroy(&s->planning);
    pthread_mutex_destroy(&s->book_lock);
    pthread_cond_destroy(&s->wake_planner);
    free(s);
}

bool vd_service_ready(const vd_service *s) { return atomic_load(&s->ready); }
vd_store *vd_service_store(vd_service *s) { return s->store; }
vd_db *vd_service_db(vd_service *s) { return s->db; }
vd_searches *vd_service_searches(vd_service *s) { return s->searches; }
void vd_service_reopen(vd_service *s) { vd_outlet_reopen(s->outlet); }

int vd_service_take(vd_service *s, vd_batch *b, vd_err *err)
{
    int64_t began = vd_mono_ns();
    if (atomic_load(&s->stopping)) return vd_fail(err, VD_LIMIT, "the service is stopping");
    int64_t cpu = vd_thread_cpu_ns(); /* this thread packs the batch for the journal, then sleeps */
    int code = vd_store_commit(s->store, b, err);
    atomic_fetch_add(&s->pack_cpu_ns, (uint_fast64_t)(vd_thread_cpu_ns() - cpu));
    if (!code) vd_histogram_add(s->commit_time, vd_mono_ns() - began);
    return code;
}

void vd_service_count_read(vd_service *s, int64_t cpu_ns)
{
    atomic_fetch_add(&s->read_cpu_ns, (uint_fast64_t)cpu_ns);
}

vd_plan *vd_service_plan(vd_service *s)
{
    pthread_mutex_lock(&s->book_lock);
    vd_plan *plan = vd_plan_ref(s->book->plan);
    pthread_mutex_unlock(&s->book_lock);
    return plan;
}

/* --- other rules --- */

/* What the old stream keeps goes over; the new one is in force from the next batch on. */
static int swap_stream(vd_service *s, vd_rulebook *book, vd_err *err)
{
    vd_stream *fresh = vd_detector_stream(s, book, err);
    if (!fresh) return err->code;
    pthread_mutex_lock(&s->detecting);
    int code = vd_stream_adopt(fresh, s->stream, NULL, err);
    if (!code && book->alerts_wanted && !s->alerts_wanted) code = vd_detector_skip_alerts(s, err);
    if (!code) {
        vd_stream *old = s->stream;
        s->stream = fresh;
        fresh = old;
        s->alerts_wanted = book->alerts_wanted;
    }
    pthread_mutex_unlock(&s->detecting);
    vd_stream_free(fresh);
    return code;
}

int vd_service_reload(vd_service *s, vd_err *err)
{
    vd_err own = {0};
    vd_rulebook *book = NULL;
    pthread_mutex_lock(&s->changing);
    int code = vd_rulebook_read(&s->rules, s->db, false, &book, &own);
    if (!code) code = swap_stream(s, book, &own);
    if (!code) {
        pthread_mutex_lock(&s->planning);
        code = vd_schedule_swap(s->schedule, book->plan, book->schedule_off, &own);
        pthread_mutex_unlock(&s->planning);
    }
    if (!code) {
        log_book(book);
        pthread_mutex_lock(&s->book_lock);
        vd_rulebook *old = s->book;
        s->book = book;
        book = old;
        s->planner_due = true;
        pthread_cond_broadcast(&s->wake_planner);
        pthread_mutex_unlock(&s->book_lock);
        atomic_fetch_add(&s->reloads, 1);
    }
    vd_rulebook_free(book);
    pthread_mutex_unlock(&s->changing);
    if (code && err) *err = own;
    return code;
}

int vd_service_run(vd_service *s, vd_str rule_id, int64_t since, int64_t until, uint64_t *alerts, vd_err *err)
{
    pthread_mutex_lock(&s->planning);
    int code = vd_schedule_manual(s->schedule, rule_id, since, until, vd_now_ms(), alerts, err);
    pthread_mutex_unlock(&s->planning);
    return code;
}
