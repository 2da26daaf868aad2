/* vedette bench: how fast a file goes through the rules, against parsing it only.
 *
 * Both are measured in turns in one run, since machines are noisy: what counts is the
 * ratio. The yardstick is simdjson's DOM parser over the file in memory. Seconds of the
 * processor stand beside those of the clock: a busy machine lengthens only the latter. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "engine/engine.h"
#include "event/yardstick.h"

#define BLOCK  (1u << 20)
#define ROUNDS 3

typedef struct span {
    double clock, cpu; /* seconds; cpu is that of all threads */
} span;

typedef struct bench {
    const vd_options *options;
    vd_plan *plan;
    FILE *file;
    int fd; /* where events are read again; -1: standard input, they are kept as copies */
    char *text; /* the whole file, VD_PADDING bytes behind it */
    size_t n;
    unsigned threads;
    span load; /* rules from their files to the plan */
    int64_t load_bytes; /* by which resident memory grew meanwhile */
    span parse[ROUNDS], rules[ROUNDS];
    int64_t documents; /* -1: not valid JSON */
    vd_engine *engine; /* of the last round */
} bench;

static span now(void)
{
    struct timespec cpu;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
    return (span){(double)vd_mono_ns() / 1e9, (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9};
}

static span since(span start)
{
    span end = now();
    return (span){end.clock - start.clock, end.cpu - start.cpu};
}

/* Bytes of resident memory; 0 where the system does not say. */
static int64_t resident(void)
{
    long long total, pages = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f) return 0;
    if (fscanf(f, "%lld %lld", &total, &pages) != 2) pages = 0;
    fclose(f);
    return pages * sysconf(_SC_PAGESIZE);
}

/* ---- one pass through the rules ---- */

typedef struct pass {
    bench *b;
    vd_engine *engine;
    uint32_t source;
    atomic_size_t at; /* next block */
    atomic_uint worker;
} pass;

/* Block i: whole lines around [i * BLOCK, (i + 1) * BLOCK). */
static bool block_at(const bench *b, size_t i, vd_block *out)
{
    size_t from = i * BLOCK, to = from + BLOCK;
    if (from >= b->n) return false;
    if (from) {
        const char *nl = memchr(b->text + from - 1, '\n', b->n - from + 1);
        from = nl ? (size_t)(nl - b->text) + 1 : b->n;
    }
    if (to >= b->n) {
        to = b->n;
    } else {
        const char *nl = memchr(b->text + to - 1, '\n', b->n - to + 1);
        to = nl ? (size_t)(nl - b->text) + 1 : b->n;
    }
    out->text = b->text + from;
    out->n = to > from ? to - from : 0;
    out->offset = from;
    out->line = 1; /* not worth counting here: faults are named by their offset */
    out->lines = true;
    return true;
}

static void *work(void *arg)
{
    pass *p = arg;
    unsigned worker = atomic_fetch_add(&p->worker, 1);
    vd_block block = {.source = p->source};
    while (block_at(p->b, atomic_fetch_add(&p->at, 1), &block))
        if (block.n) vd_engine_feed(p->engine, worker, &block);
    return NULL;
}

static void count_finding(void *ctx, const vd_finding *finding)
{
    (void)ctx;
    (void)finding;
}

static vd_engine *engine_for(const bench *b, vd_err *err)
{
    const vd_options *o = b->options;
    vd_engine_config cfg = {.plan = b->plan,
                            .workers = b->threads,
                            .since = VD_TIME_NONE,
                            .until = VD_TIME_NONE,
                            .size = -1,
                            .max_state = (uint64_t)o->max_state,
                            .found = count_finding};
    return vd_engine_new(&cfg, err);
}

/* Runs all rules over the text; false when that failed (said). */
static bool through_rules(bench *b, span *took)
{
    vd_err err = {0};
    vd_engine_free(b->engine);
    b->engine = engine_for(b, &err);
    if (!b->engine) {
        vd_say("%s", err.msg);
        return false;
    }
    if (b->options->profile) vd_engine_profile(b->engine, true);
    vd_engine_without_trees(b->engine); /* findings are counted, as `run -f matches` writes them */
    vd_engine_input in = {VD_STR("bench"), b->fd};
    pass p = {.b = b, .engine = b->engine, .source = vd_engine_source(b->engine, &in)};
    pthread_t threads[256];
    unsigned more = b->threads - 1;
    span start = now();
    for (unsigned i = 0; i < more; i++)
        if (pthread_create(&threads[i], NULL, work, &p)) more = i;
    work(&p);
    for (unsigned i = 0; i < more; i++)
        pthread_join(threads[i], NULL);
    int code = vd_engine_finish(b->engine, &err);
    *took = since(start);
    if (code) vd_say("%s", err.msg);
    return !code;
}

static span parse_only(bench *b)
{
    span start = now();
    b->documents = vd_yardstick_dom(b->text, b->n);
    return since(start);
}

/* ---- what is printed ---- */

static int by_value(const void *x, const void *y)
{
    double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double median(const double v[ROUNDS])
{
    double sorted[ROUNDS];
    memcpy(sorted, v, sizeof sorted);
    qsort(sorted, ROUNDS, sizeof *sorted, by_value);
    return sorted[ROUNDS / 2];
}

typedef struct figures {
    double parse, rules, ratio; /* seconds, seconds, rules' speed over the yardstick's */
    vd_plan_stats plan;
    vd_engine_stats engine;
    vd_match_stats match;
    long peak_kib;
} figures;

static figures gather(const bench *b)
{
    double parse[ROUNDS], rules[ROUNDS], ratios[ROUNDS];
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    for (int i = 0; i < ROUNDS; i++) {
        parse[i] = b->parse[i].clock;
        rules[i] = b->rules[i].clock;
        ratios[i] = parse[i] / rules[i];
    }
    return (figures){.parse = median(parse),
                     .rules = median(rules),
                     .ratio = median(ratios),
                     .plan = vd_plan_stats_of(b->plan),
                     .engine = vd_engine_stats_of(b->engine),
                     .match = vd_engine_match_stats(b->engine),
                     .peak_kib = usage.ru_maxrss};
}

static void print_speed(const bench *b, const char *what, double seconds)
{
    printf("%-10s %12.0f events/s %8.3f GB/s %8.3f s\n", what, (double)b->documents / seconds,
           (double)b->n / 1e9 / seconds, seconds);
}

static void print_text(const bench *b, const figures *f)
{
    double events = (double)f->match.events;
    printf("%zu rules, %zu conditions, %zu predicates, %zu fields, %u threads\n", f->plan.rules,
           f->plan.conditions, f->plan.predicates, f->plan.slots, b->threads);
    printf("plan       %12.1f MB in %.3f s; with reading and checking the rules %.1f MB in %.3f s\n",
           (double)f->plan.bytes / 1e6, (double)f->plan.build_ns / 1e9, (double)b->load_bytes / 1e6,
           b->load.clock);
    print_speed(b, "parse only", f->parse);
    print_speed(b, "rules", f->rules);
    printf("ratio      %12.3f of the speed of parsing only (median of %d rounds)\n", f->ratio, ROUNDS);
    printf("%llu classes of events; %.2f conditions looked at an event, %.2f held; %.1f %% of strings known; %llu candidates, "
           "%llu findings\n",
           (unsigned long long)f->match.classes,
           (double)f->match.conditions_looked_at / events, (double)f->match.conditions_held / events,
           100.0 * (double)f->match.memo_hits / (double)(f->match.memo_hits + f->match.memo_misses + 1),
           (unsigned long long)f->engine.candidates, (unsigned long long)f->engine.findings);
    printf("memory     %.1f MB at most, the file's %.1f MB included; matchers %.1f MB, sequences "
           "%.1f MB at most\n",
           (double)f->peak_kib / 1e3, (double)b->n / 1e6, (double)f->match.bytes / 1e6,
           (double)f->engine.state_bytes_peak / 1e6);
    if (f->engine.kept_events)
        printf("kept       %12llu events as copies, %.1f MB\n",
               (unsigned long long)f->engine.kept_events, (double)f->engine.kept_bytes / 1e6);
}

static vd_json *spans(const span *v)
{
    vd_json *list = vd_json_array();
    for (int i = 0; i < ROUNDS; i++) {
        vd_json *o = vd_json_object();
        vd_json_set(o, "clock", vd_json_double(v[i].clock));
        vd_json_set(o, "cpu", vd_json_double(v[i].cpu));
        vd_json_push(list, o);
    }
    return list;
}

static void print_json(const bench *b, const figures *f)
{
    vd_json *o = vd_json_object();
    vd_json_set(o, "events", vd_json_int(b->documents));
    vd_json_set(o, "bytes", vd_json_uint(b->n));
    vd_json_set(o, "threads", vd_json_uint(b->threads));
    vd_json_set(o, "rules", vd_json_uint(f->plan.rules));
    vd_json_set(o, "conditions", vd_json_uint(f->plan.conditions));
    vd_json_set(o, "predicates", vd_json_uint(f->plan.predicates));
    vd_json_set(o, "plan_bytes", vd_json_uint(f->plan.bytes));
    vd_json_set(o, "plan_seconds", vd_json_double((double)f->plan.build_ns / 1e9));
    vd_json_set(o, "load_seconds", vd_json_double(b->load.clock));
    vd_json_set(o, "load_cpu_seconds", vd_json_double(b->load.cpu));
    vd_json_set(o, "load_rss_bytes", vd_json_int(b->load_bytes));
    vd_json_set(o, "parse_rounds", spans(b->parse));
    vd_json_set(o, "rules_rounds", spans(b->rules));
    vd_json_set(o, "parse_seconds", vd_json_double(f->parse));
    vd_json_set(o, "rules_seconds", vd_json_double(f->rules));
    vd_json_set(o, "ratio", vd_json_double(f->ratio));
    vd_json_set(o, "looked_at", vd_json_uint(f->match.conditions_looked_at));
    vd_json_set(o, "held", vd_json_uint(f->match.conditions_held));
    vd_json_set(o, "memo_hits", vd_json_uint(f->match.memo_hits));
    vd_json_set(o, "memo_misses", vd_json_uint(f->match.memo_misses));
    vd_json_set(o, "matcher_bytes", vd_json_uint(f->match.bytes));
    vd_json_set(o, "candidates", vd_json_uint(f->engine.candidates));
    vd_json_set(o, "findings", vd_json_uint(f->engine.findings));
    vd_json_set(o, "pending_peak", vd_json_uint(f->engine.pending_peak));
    vd_json_set(o, "state_bytes_peak", vd_json_uint(f->engine.state_bytes_peak));
    vd_json_set(o, "state_dropped", vd_json_uint(f->engine.state_dropped));
    vd_json_set(o, "kept_events", vd_json_uint(f->engine.kept_events));
    vd_json_set(o, "kept_bytes", vd_json_uint(f->engine.kept_bytes));
    vd_json_set(o, "spilled_bytes", vd_json_uint(f->engine.spilled_bytes));
    vd_json_set(o, "peak_rss_bytes", vd_json_uint((uint64_t)f->peak_kib * 1024));
    vd_json_write_line(stdout, o);
    vd_json_free(o);
}

typedef struct cost {
    uint32_t rule;
    vd_match_profile p;
} cost;

static int by_cost(const void *x, const void *y)
{
    const cost *a = x, *b = y;
    return (a->p.ns < b->p.ns) - (a->p.ns > b->p.ns);
}

/* The rules that cost most, and how often their gates were up. */
static void print_profile(const bench *b)
{
    size_t n = vd_plan_rule_count(b->plan);
    cost *costs = vd_calloc(n + 1, sizeof *costs);
    uint64_t events = vd_engine_match_stats(b->engine).events;
    for (uint32_t i = 0; i < n; i++)
        costs[i] = (cost){i, vd_engine_profile_of(b->engine, i)};
    qsort(costs, n, sizeof *costs, by_cost);
    printf("\n%10s %10s %10s %8s  rule\n", "ms", "looked at", "held", "gate up");
    for (size_t i = 0; i < n && i < 20; i++)
        printf("%10.2f %10llu %10llu %7.2f%%  %.*s\n", (double)costs[i].p.ns / 1e6,
               (unsigned long long)costs[i].p.looked_at, (unsigned long long)costs[i].p.held,
               100.0 * (double)costs[i].p.looked_at / (double)(events ? events : 1),
               VD_FMT(vd_plan_rule_at(b->plan, costs[i].rule)->rule->name));
    free(costs);
}

/* ---- the command ---- */

/* All of `f`, with VD_PADDING zero bytes behind it. */
static bool read_all(bench *b, FILE *f)
{
    size_t cap = 1u << 24, got;
    b->text = vd_malloc(cap);
    while ((got = fread(b->text + b->n, 1, cap - VD_PADDING - b->n, f)) > 0) {
        b->n += got;
        if (b->n == cap - VD_PADDING) b->text = vd_realloc_n(b->text, cap *= 2, 1);
    }
    memset(b->text + b->n, 0, VD_PADDING);
    return !ferror(f);
}

/* A file, or - for standard input. */
static bool read_file(bench *b, const char *path)
{
    bool in = strcmp(path, "-") == 0;
    b->file = in ? stdin : fopen(path, "rb");
    if (b->file && read_all(b, b->file)) {
        b->fd = in ? -1 : fileno(b->file);
        return true;
    }
    vd_say("%s: cannot be read", path);
    return false;
}

static int measure(bench *b)
{
    for (int i = 0; i < ROUNDS; i++) {
        b->parse[i] = parse_only(b);
        if (b->documents < 0) {
            vd_say("the file is not JSON, one document a line: there is nothing to measure against");
            return VD_EXIT_FAILURE;
        }
        if (!through_rules(b, &b->rules[i])) return VD_EXIT_FAILURE;
    }
    figures f = gather(b);
    if (b->options->format && strcmp(b->options->format, "json") == 0) print_json(b, &f);
    else print_text(b, &f);
    if (b->options->profile) print_profile(b);
    return VD_EXIT_OK;
}

static int with_rules(bench *b, const vd_options *o)
{
    int64_t before = resident();
    span start = now();
    vd_ruleset *set = vd_ruleset_new();
    vd_schema *schema = vd_select_schema(o);
    int rc = schema ? vd_select_read(o, set) : VD_EXIT_FAILURE;
    if (rc) {
        vd_ruleset_free(set);
        vd_schema_free(schema);
        return rc;
    }
    vd_ruleset_compile(set, schema);
    vd_plan_options po = {.ignore_index = o->ignore_index};
    b->plan = vd_plan_build(set, schema, &po);
    b->load = since(start);
    b->load_bytes = resident() - before;
    rc = measure(b);
    vd_engine_free(b->engine);
    vd_plan_unref(b->plan);
    return rc;
}

int vd_cmd_bench(vd_options *o)
{
    bench b = {.options = o, .threads = o->threads > 0 ? (unsigned)o->threads : 1};
    if (b.threads > 256) b.threads = 256;
    if (o->operands.n != 1) {
        vd_say("bench takes one file of events, one document a line");
        return VD_EXIT_USAGE;
    }
    int rc = read_file(&b, o->operands.v[0]) ? with_rules(&b, o) : VD_EXIT_FAILURE;
    free(b.text);
    if (b.file && b.file != stdin) fclose(b.file);
    return rc;
}
