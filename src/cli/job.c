/* Source and engine put together. */
#include "cli/job.h"

#include <signal.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/progress.h"

/* Set by the interrupt and by --strict: reading ends soon after. */
static volatile sig_atomic_t stop;
static volatile sig_atomic_t interrupts;

static void on_interrupt(int signal)
{
    (void)signal;
    stop = 1;
    interrupts = 1;
}

void vd_job_stop(void) { stop = 1; }

/* The second one ends the program at once. Services are ended by SIGTERM, and files are followed by
 * what runs as one. */
static void catch_interrupt(bool on, bool follow)
{
    struct sigaction act = {.sa_handler = on ? on_interrupt : SIG_DFL, .sa_flags = SA_RESETHAND};
    sigemptyset(&act.sa_mask);
    sigaction(SIGINT, &act, NULL);
    if (follow) sigaction(SIGTERM, &act, NULL);
}

/* ---- from the source to the engine ---- */

static uint32_t add_input(void *ctx, vd_str name, int fd)
{
    vd_job *job = ctx;
    vd_engine_input input = {.name = name, .fd = fd};
    if (job->live) return vd_live_input(job->live, name);
    return vd_engine_source(job->engine, &input);
}

static void live_outcome(vd_job *job, int code, const vd_err *err)
{
    if (!code || job->failure.code) return;
    job->failure = *err;
    stop = 1;
}

static void feed(void *ctx, unsigned worker, const vd_source_block *b)
{
    vd_job *job = ctx;
    vd_block block = {b->input, b->text, b->n, b->offset, b->line, b->lines};
    if (job->live) {
        vd_err err = {0};
        live_outcome(job, job->failure.code ? 0 : vd_live_feed(job->live, &block, &err), &err);
        return;
    }
    if (job->block)
        job->block(job, worker, &block);
    else
        vd_engine_feed(job->engine, worker, &block);
    if (vd_engine_failed(job->engine)) stop = 1; /* its finish says why */
}

void vd_job_each(vd_job *job, unsigned worker, const vd_block *block,
                 void (*fn)(vd_job *job, unsigned worker, const vd_block *document))
{
    vd_str text = {block->text, block->n};
    vd_block one = *block;
    if (!block->lines) {
        fn(job, worker, block);
        return;
    }
    for (size_t at = 0; at < text.n; one.line++) {
        size_t end = vd_str_find_byte(text, '\n', at);
        one.text = text.p + at;
        one.n = end - at;
        one.offset = block->offset + at;
        if (vd_str_trim((vd_str){one.text, one.n}).n) fn(job, worker, &one);
        at = end + 1;
    }
}

static void source_fault(void *ctx, const vd_source_fault *f)
{
    vd_job *job = ctx;
    vd_fault_report report = {f->fault, f->name, f->line, f->offset, {0}};
    vd_engine_fault(job->engine, &report);
}

/* What lies beside events for people to read; nobody misses it among them. */
static bool is_for_people(vd_str path)
{
    size_t at = path.n;
    while (at && path.p[at - 1] != '/')
        at--;
    vd_str name = vd_str_sub(path, at, path.n);
    return vd_str_ends(name, VD_STR(".md")) || vd_str_starts(name, VD_STR("README")) ||
           vd_str_starts(name, VD_STR("LICENSE"));
}

static void tell(void *ctx, vd_str name, const char *what, bool broken)
{
    vd_job *job = ctx;
    if (broken) {
        vd_say("%.*s: %s", VD_FMT(name), what);
        if (job->options->strict) stop = 1;
        return;
    }
    if (is_for_people(name)) return;
    if (job->faults.told++ < VD_MAX_REPORTS && !job->options->quiet)
        vd_say("left alone: %.*s: %s", VD_FMT(name), what);
}

static void note(void *ctx, const char *what)
{
    const vd_job *job = ctx;
    if (!job->options->quiet) vd_say("%s", what);
}

static void tick(void *ctx)
{
    vd_job *job = ctx;
    vd_source_stats s = vd_source_stats_of(job->source);
    vd_progress_state state = {.bytes_read = s.bytes_read,
                               .bytes_total = s.bytes_total,
                               .events = s.documents,
                               .findings = job->findings,
                               .waiting = job->waiting,
                               .live = job->live != NULL};
    vd_err err = {0};
    if (job->live && !job->failure.code) live_outcome(job, vd_live_tick(job->live, &err), &err);
    vd_progress_draw(&state);
}

static void caught_up(void *ctx)
{
    vd_job *job = ctx;
    vd_err err = {0};
    job->waiting = true;
    if (job->live && !job->failure.code) live_outcome(job, vd_live_caught_up(job->live, &err), &err);
}

/* ---- from the engine ---- */

static void engine_fault(void *ctx, const vd_fault_report *report)
{
    vd_job *job = ctx;
    if (job->options->strict && stop) return; /* met before reading came to its end */
    vd_faults_report(&job->faults, report);
    if (job->options->strict) stop = 1;
}

static void found(void *ctx, const vd_finding *finding)
{
    vd_job *job = ctx;
    job->findings++;
    if (job->live) vd_progress_clear();
    job->found(job->ctx, finding);
    if (job->live || job->findings % 256) return;
    vd_source_stats s = vd_source_stats_of(job->source);
    vd_progress_state state = {.bytes_read = s.bytes_read,
                               .bytes_total = s.bytes_total,
                               .events = s.documents,
                               .findings = job->findings,
                               .finishing = true};
    vd_progress_draw(&state);
}

static void superseded(void *ctx, const vd_rule *rule, const char id[65])
{
    (void)ctx;
    vd_say("superseded by what came late: alert %s of \"%.*s\"", id, VD_FMT(rule->name));
}

/* How a time without its smaller parts is rounded up to the end of what it names, as
 * in Elasticsearch's range queries; nothing for epoch milliseconds. */
static const char *to_its_end(const char *text)
{
    const char *t = strchr(text, 'T');
    size_t n = t ? (size_t)(t - text) + strcspn(t, "Z+-") : strlen(text);
    if (!strchr(text + 1, '-')) return "";
    switch (n) {
    case sizeof "2026-03" - 1: return "||/M";
    case sizeof "2026-03-12" - 1: return "||/d";
    case sizeof "2026-03-12T09" - 1: return "||/H";
    case sizeof "2026-03-12T09:30" - 1: return "||/m";
    case sizeof "2026-03-12T09:30:00" - 1: return "||/s";
    default: return "";
    }
}

bool vd_cli_time(const char *name, const char *text, bool end, int64_t *ms)
{
    vd_err err = {0};
    char math[128];
    *ms = VD_TIME_NONE;
    if (!text) return true;
    bool relative = (*text == '-' || *text == '+') && text[1] >= '0' && text[1] <= '9';
    bool plain = !relative && vd_time_parse(vd_str_from(text), ms);
    if (plain && !end) return true;
    snprintf(math, sizeof math, "%s%s%s", relative ? "now" : "", text, plain ? to_its_end(text) : "");
    if (!vd_time_math(vd_str_from(math), vd_now_ms(), end, ms, &err)) return true;
    vd_say("--%s wants a time like 2026-03-01T12:00:00Z, -2d or now-1h/h, not \"%s\"", name, text);
    return false;
}

static bool read_window(vd_job *job)
{
    const vd_options *o = job->options;
    if (!vd_cli_time("since", o->since, false, &job->since) ||
        !vd_cli_time("until", o->until, true, &job->until))
        return false;
    if (!o->since || !o->until || job->since <= job->until) return true;
    vd_say("--since is later than --until: no event can be between them");
    return false;
}

/* Findings come as events do, through a stream. */
static bool is_live(const vd_options *o) { return o->follow && o->command == VD_CMD_RUN; }

static int make_live(vd_job *job)
{
    const vd_options *o = job->options;
    vd_err err = {0};
    vd_live_config config = {.plan = job->plan,
                             .default_index = vd_str_from(o->index),
                             .lateness = o->lateness,
                             .default_maxspan = o->default_maxspan,
                             .window = {job->since, job->until},
                             .max_state = (uint64_t)o->max_state,
                             .found = found,
                             .superseded = superseded,
                             .fault = engine_fault,
                             .ctx = job};
    job->live = vd_live_new(&config, &err);
    if (job->live) job->engine = vd_live_engine(job->live);
    else vd_say("%s", err.msg);
    return job->live ? VD_EXIT_OK : VD_EXIT_FAILURE;
}

static int make_engine(vd_job *job)
{
    const vd_options *o = job->options;
    vd_err err = {0};
    if (!read_window(job)) return VD_EXIT_USAGE;
    if (is_live(o)) return make_live(job);
    vd_engine_config config = {
        .plan = job->plan,
        .workers = vd_source_threads(job->source),
        .default_index = vd_str_from(o->index),
        .since = job->since,
        .until = job->until,
        .size = job->size,
        .head = o->result_position && strcmp(o->result_position, "head") == 0,
        .honour_max_signals = o->max_signals,
        .max_state = (uint64_t)o->max_state,
        .found = found,
        .fault = engine_fault,
        .ctx = job,
    };
    job->engine = vd_engine_new(&config, &err);
    if (job->engine) return VD_EXIT_OK;
    vd_say("%s", err.msg);
    return VD_EXIT_FAILURE;
}

static int add_paths(vd_job *job, const char *const *paths, size_t n)
{
    static const char *const standard_input[] = {"-"};
    if (!n && isatty(STDIN_FILENO)) {
        vd_say("no events: give files or folders, or - for standard input");
        return VD_EXIT_USAGE;
    }
    if (!n) {
        paths = standard_input;
        n = 1;
    }
    for (size_t i = 0; i < n; i++) {
        vd_err err = {0};
        if (vd_source_add(job->source, paths[i], &err)) {
            vd_say("%s", err.msg);
            return VD_EXIT_FAILURE;
        }
    }
    return VD_EXIT_OK;
}

static bool read_input_tz(vd_job *job, const char *text, const vd_offsets **zone)
{
    vd_err err = {0};
    if (!text || !vd_offsets_read(&job->texts, text, zone, &err)) return true;
    vd_say("--input-tz wants UTC, a distance from it like -04:00 or a name like Europe/Berlin, not \"%s\"",
           text);
    return false;
}

static int add_maps(vd_job *job)
{
    const vd_options *o = job->options;
    for (size_t i = 0; i < o->maps.n; i++) {
        vd_err err = {0};
        vd_str text = {0};
        if (vd_read_file(&job->texts, o->maps.v[i], VD_MAX_RULE_FILE, &text, &err)) {
            vd_say("%s", err.msg);
            return VD_EXIT_FAILURE;
        }
        if (!vd_source_map(job->source, text, &err)) continue;
        vd_place place = vd_place_of(text, err.pos < text.n ? err.pos : text.n);
        vd_say("%s:%zu:%zu: %s", o->maps.v[i], place.line, place.column, err.msg);
        vd_err_print_place(stderr, &err, text);
        return VD_EXIT_FAILURE;
    }
    return VD_EXIT_OK;
}

int vd_job_begin(vd_job *job, const char *const *paths, size_t n)
{
    const vd_options *o = job->options;
    if (o->threads > 256 || o->max_line > 1 << 30) {
        vd_say(o->threads > 256 ? "--threads takes up to 256" : "--max-line takes up to 1G");
        return VD_EXIT_USAGE;
    }
    /* Live, the order in which things come matters. */
    vd_source_options options = {.threads = is_live(o) ? 1 : (unsigned)o->threads,
                                 .max_line = (size_t)o->max_line,
                                 .stop = &stop,
                                 .no_derive = o->no_derive,
                                 .host = vd_str_from(o->host),
                                 .follow = o->follow};
    vd_arena_init(&job->texts, 0);
    if (!read_input_tz(job, o->input_tz, &options.input_tz)) return VD_EXIT_USAGE;
    vd_source_sink sink = {add_input, feed, source_fault, tell, tick, job, note, caught_up};
    job->source = vd_source_new(&options, &sink);
    int rc = add_maps(job);
    if (!rc) rc = add_paths(job, paths, n);
    return rc ? rc : make_engine(job);
}

static void say_left_alone(const vd_job *job)
{
    uint64_t told = job->faults.told;
    if (told > VD_MAX_REPORTS && !job->options->quiet)
        vd_say("and %llu more files left alone", (unsigned long long)(told - VD_MAX_REPORTS));
}

static int finish(vd_job *job, vd_err *err)
{
    if (!job->live) return vd_engine_finish(job->engine, err);
    *err = job->failure;
    return err->code ? VD_IO : vd_live_end(job->live, err);
}

int vd_job_work(vd_job *job)
{
    vd_err err = {0};
    bool follow = job->options->follow;
    stop = interrupts = 0;
    catch_interrupt(true, follow);
    vd_progress_begin(!job->options->quiet);
    vd_source_run(job->source);
    say_left_alone(job);
    /* Somebody who follows files ends it so. */
    job->interrupted = interrupts != 0 && !follow;
    bool failed = job->failure.code || vd_engine_failed(job->engine);
    bool refused = job->options->strict && stop && !interrupts && !failed;
    int rc = refused ? VD_OK : finish(job, &err);
    vd_progress_end();
    catch_interrupt(false, follow);
    vd_faults_end(&job->faults);
    if (refused) vd_say("stopped at the first fault (--strict)");
    if (rc) vd_say("%s", err.msg);
    return rc || refused ? VD_EXIT_FAILURE : VD_EXIT_OK;
}

void vd_job_fini(vd_job *job)
{
    if (job->live) vd_live_free(job->live);
    else vd_engine_free(job->engine);
    vd_source_free(job->source);
    vd_arena_fini(&job->texts);
}
