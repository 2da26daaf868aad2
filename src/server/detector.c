/* The detector: committed batches through the stream, in order; alerts; back to the store. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/thread.h"
#include "base/wait.h"
#include "server/service_int.h"

/* How long the detector waits for a batch before it lets the stream's clock run on. */
#define TICK_MS 200
/* A database that failed is tried again so often. */
#define RETRY_MS 500

/* --- the stream's callbacks --- */

static int read_document(void *ctx, uint64_t seq, vd_arena *a, vd_str *line, vd_err *err)
{
    vd_service *s = ctx;
    if (seq & VD_ALERT_SEQ) return vd_alerts_read(s->db, seq & ~VD_ALERT_SEQ, a, line, err);
    return vd_store_read(s->store, seq, a, line, err);
}

static void on_found(void *ctx, const vd_finding *finding, const char id[65])
{
    vd_service *s = ctx;
    if (s->resuming && vd_alerts_has(s->db, vd_str_from(id))) return;
    vd_clerk_take(s->clerk, finding, vd_now_ms(), "stream");
}

static void on_superseded(void *ctx, const vd_rule *rule, const char id[65])
{
    vd_service *s = ctx;
    vd_clerk_supersede(s->clerk, id, vd_now_ms());
    atomic_fetch_add(&s->superseded, 1);
    vd_log(VD_LOG_INFO, "alert.superseded", "what came late says that an alert would not be found now",
           "rule.id", rule->rule_id.p, "alert.id", id, NULL);
}

vd_stream *vd_detector_stream(vd_service *s, vd_rulebook *book, vd_err *err)
{
    static const vd_alert_options as_default = {0};
    vd_stream_config c = {.plan = book->plan,
                          .default_index = s->options.default_index,
                          .lateness = s->options.lateness,
                          .default_maxspan = s->options.default_maxspan,
                          .off = book->stream_off,
                          .max_state = s->options.max_state,
                          .read = read_document,
                          .found = on_found,
                          .superseded = on_superseded,
                          .alerts = &as_default,
                          .ctx = s};
    return vd_stream_new(&c, err);
}

/* --- alerts as events --- */

int vd_detector_skip_alerts(vd_service *s, vd_err *err)
{
    vd_arena a;
    vd_alert_row *rows;
    size_t n;
    vd_alert_query q = vd_alerts_all();
    q.newest_first = true;
    q.size = 1;
    vd_arena_init(&a, 0);
    int code = vd_alerts_find(s->db, &q, &a, &rows, &n, NULL, err);
    if (!code && n) s->alerts_fed = rows[0].number;
    vd_arena_fini(&a);
    return code;
}

static int feed_line(vd_service *s, const char *p, size_t n, uint64_t seq, int64_t now, vd_err *err)
{
    vd_stream_block b = {.text = p, .n = n, .first_seq = seq, .now = now, .still = (seq & VD_ALERT_SEQ) != 0};
    return vd_stream_feed(s->stream, &b, err);
}

static int feed_page(void *ctx, const vd_alert_row *rows, size_t n, vd_err *err)
{
    vd_service *s = ctx;
    vd_arena a;
    vd_arena_init(&a, 0);
    for (size_t i = 0; i < n; i++) {
        vd_arena_reset(&a);
        vd_str line = vd_alert_line(&a, &rows[i]);
        if (feed_line(s, line.p, line.n, rows[i].number | VD_ALERT_SEQ, s->fed_at, err))
            vd_logf(VD_LOG_ERROR, "stream.alerts", "%s", err->msg);
        s->alerts_fed = rows[i].number;
    }
    vd_arena_fini(&a);
    return 0;
}

/* Alerts that were written since the last time, whoever found them. */
static void feed_alerts(vd_service *s, int64_t now)
{
    vd_err err;
    if (!s->alerts_wanted) return;
    vd_alert_query q = vd_alerts_all();
    q.after = s->alerts_fed;
    s->fed_at = now;
    if (vd_alerts_each(s->db, &q, feed_page, s, &err)) vd_logf(VD_LOG_ERROR, "stream.alerts", "%s", err.msg);
}

/* The stream's now. */
static int64_t steady_now(vd_service *s)
{
    int64_t jump, now = vd_steady_now(&s->steady, vd_now_ms(), vd_mono_ns() / 1000000, &jump);
    if (jump)
        vd_logf(VD_LOG_WARN, "clock.jump", "the clock jumped by %lld ms; it is believed if that lasts a minute",
                (long long)jump);
    return now;
}

/* --- one batch --- */

/* Writes what was found; a database that fails is tried again until the service ends: the batch
 * is not given back before its alerts are written. */
static bool write_alerts(vd_service *s, uint64_t *fresh)
{
    vd_err err;
    while (vd_clerk_write(s->clerk, fresh, &err)) {
        if (atomic_fetch_add(&s->detect_errors, 1) % 20 == 0)
            vd_logf(VD_LOG_ERROR, "alerts.write", "alerts wait to be written: %s", err.msg);
        if (atomic_load(&s->stopping)) return false;
        vd_sleep_ms(RETRY_MS);
    }
    atomic_fetch_add(&s->stream_alerts, *fresh);
    return true;
}

static bool *skipped(const vd_batch *b, bool *any)
{
    bool *skip = vd_calloc(b->docs.n + 1, sizeof *skip);
    *any = false;
    for (size_t i = 0; i < b->docs.n; i++)
        *any |= skip[i] = b->docs.v[i].state == VD_DOC_DUPLICATE;
    return skip;
}

static bool take_batch(vd_service *s, vd_batch *b)
{
    vd_err err;
    bool any;
    bool *skip = skipped(b, &any);
    int64_t began = vd_mono_ns();
    vd_stream_block block = {.text = b->text.v,
                             .n = b->text.n,
                             .first_seq = b->seq,
                             .skip = any ? skip : NULL,
                             .now = steady_now(s)};
    uint64_t fresh = 0;
    pthread_mutex_lock(&s->detecting);
    if (vd_stream_feed(s->stream, &block, &err))
        vd_logf(VD_LOG_ERROR, "stream.feed", "%s", err.msg);
    uint64_t last = b->seq + b->docs.n - 1;
    int64_t received_ns = b->received_ns;
    bool written = write_alerts(s, &fresh);
    int64_t done = vd_mono_ns();
    if (written) vd_store_done(s->store, b, vd_stream_candidates(s->stream), vd_stream_plan_word(s->stream));
    else vd_batch_unref(b);
    if (written) atomic_store(&s->matched_seq, last);
    pthread_mutex_unlock(&s->detecting);
    vd_histogram_add(s->detect_time, done - began);
    if (fresh && received_ns) vd_histogram_add(s->alert_latency, done - received_ns);
    free(skip);
    return written;
}

static void tick(vd_service *s)
{
    vd_err err;
    uint64_t fresh;
    int64_t now = steady_now(s);
    pthread_mutex_lock(&s->detecting);
    feed_alerts(s, now);
    if (vd_stream_tick(s->stream, now, &err)) vd_logf(VD_LOG_ERROR, "stream.tick", "%s", err.msg);
    write_alerts(s, &fresh);
    pthread_mutex_unlock(&s->detecting);
}

void *vd_detector_run(void *service)
{
    vd_service *s = service;
    int64_t ticked = 0;
    vd_thread_begin("vd-rules", VD_RANK_PROMPT);
    vd_steady_init(&s->steady, vd_now_ms(), vd_mono_ns() / 1000000);
    for (;;) {
        vd_batch *b = vd_store_next(s->store, atomic_load(&s->stopping) ? 0 : TICK_MS);
        if (!b && !atomic_load(&s->ready)) {
            /* What had not been matched before the start is matched. */
            atomic_store(&s->ready, true);
            vd_log(VD_LOG_INFO, "service.ready", "everything taken in before is matched", NULL);
        }
        if (!b && atomic_load(&s->stopping)) return NULL;
        if (b && !take_batch(s, b)) return NULL;
        int64_t now = vd_mono_ns() / 1000000;
        if (!b || now - ticked >= TICK_MS) {
            tick(s);
            ticked = now;
        }
    }
}

/* --- taking up what was there --- */

typedef struct resuming {
    vd_service *s;
    uint64_t pieces, bad;
} resuming;

static bool take_candidates(void *ctx, vd_str candidates, uint64_t first, uint64_t last)
{
    resuming *r = ctx;
    vd_err err;
    if (vd_stream_resume(r->s->stream, candidates, &err)) {
        r->bad++;
        vd_logf(VD_LOG_WARN, "stream.resume", "%s", err.msg);
    }
    r->pieces++;
    return true;
}

static int feed_block(vd_service *s, const vd_scan_block *b, vd_err *err)
{
    const char *p = b->text, *end = b->text + b->n;
    for (size_t i = 0; p < end && i < b->n_docs; i++) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        size_t n = (size_t)((nl ? nl + 1 : end) - p);
        int code = feed_line(s, p, n, b->seqs[i], vd_now_ms(), err);
        if (code) return code;
        p += n;
    }
    return 0;
}

/* The documents themselves: the rules are others than those that left candidates. New rules look as far back as the others. */
static int feed_documents(vd_service *s, int64_t since, uint64_t until_seq, vd_err *err)
{
    vd_store_window w = {.since = since,
                         .until = VD_TIME_NONE,
                         .ingested_since = VD_TIME_NONE,
                         .ingested_until = VD_TIME_NONE};
    vd_scan *scan = vd_scan_new(s->store, &w);
    vd_scan_block b;
    uint64_t fresh, n = 0;
    int more, code = 0;
    while (!code && (more = vd_scan_next(scan, &b, err)) > 0) {
        if (until_seq && b.n_docs && b.seqs[0] > until_seq) continue; /* comes as a batch */
        code = feed_block(s, &b, err);
        n += b.n_docs;
        if (!code && !write_alerts(s, &fresh)) code = vd_fail(err, VD_IO, "the service was stopped");
    }
    vd_scan_free(scan);
    vd_logf(VD_LOG_INFO, "stream.resume", "%llu documents were matched again", (unsigned long long)n);
    return code ? code : more < 0 ? VD_IO : 0;
}

static int64_t longest_span(const vd_rulebook *book, int64_t default_span)
{
    int64_t longest = 0;
    for (uint32_t i = 0; i < vd_plan_rule_count(book->plan); i++) {
        const vd_plan_rule *r = vd_plan_rule_at(book->plan, i);
        if (book->stream_off[i] || r->kind == VD_EQL_EVENT) continue;
        int64_t span = r->maxspan >= 0 ? r->maxspan : default_span;
        if (span > longest) longest = span;
    }
    return longest;
}

static int resume(vd_service *s, vd_err *err)
{
    vd_store_stats st = vd_store_stats_of(s->store);
    int64_t last = st.last_ts, now = vd_now_ms();
    if (last == VD_TIME_NONE) return 0;
    if (last > now) last = now;
    int64_t since = last - s->options.lateness - longest_span(s->book, s->options.default_maxspan);
    uint64_t plan = vd_stream_plan_word(s->stream), others = 0, fresh;
    int code = vd_store_candidates_of_others(s->store, since, plan, &others, err);
    if (code) return code;
    if (others) return feed_documents(s, since, st.sealed_seq, err);
    resuming r = {.s = s};
    code = vd_store_candidates(s->store, since, plan, take_candidates, &r, err);
    if (code) return code;
    if (!write_alerts(s, &fresh)) return vd_fail(err, VD_IO, "the service was stopped");
    vd_logf(VD_LOG_INFO, "stream.resume", "sequences were taken up from %llu batches, %llu damaged",
            (unsigned long long)r.pieces, (unsigned long long)r.bad);
    return 0;
}

int vd_detector_resume(vd_service *s, vd_err *err)
{
    s->resuming = true;
    int code = resume(s, err);
    s->resuming = false;
    return code;
}
