/* bench/gen/main.c - vedette-gen: endpoint telemetry of any size, with planted attacks
 *
 * Idea        one loop in the order of time: the next ordinary event, or a
 *             planted one that is due before it. What is still owed to running
 *             and coming attacks is kept in hand, so that the size asked for is
 *             met and every attack is whole
 * Lifetime    memory depends on the number of hosts and on --late, never on the
 *             amount written
 */
#include "attack.h"
#include "distinct.h"
#include "noise.h"
#include "options.h"
#include "output.h"
#include "stats.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MEAN_DOC = 3900, HOST_GAP_TICKS = 5000000, LATE_MOST_SECONDS = 180 };

typedef struct generator {
    vd_gen_options opt;
    vd_fleet *fleet;
    vd_noise *noise;
    vd_doc *doc;
    vd_attacks *attacks;
    vd_output *out;
    vd_stats *stats; /* NULL without --stats */
    FILE *side;      /* NULL without --planted */
    int fd;
    vd_rng rng;
    int64_t now;
    uint32_t gap;           /* ticks between two events, on average */
    uint64_t number;        /* events made */
    uint64_t begun, wanted; /* runs started and to be started, near misses too */
    uint64_t id_key;
    char plain[VD_DOC_CAP]; /* the document before --distinct-values */
} generator;

/* Ids are two scrambled counters: unique, and without any visible order. */
static void make_id(const generator *g, char *w)
{
    static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint64_t a = vd_mix64(g->number ^ g->id_key), b = vd_mix64(a);
    for (int i = 0; i < VD_EVENT_ID / 2; i++, a >>= 6, b >>= 6) {
        w[i] = abc[a & 63];
        w[i + VD_EVENT_ID / 2] = abc[b & 63];
    }
}

/* Renders the event and sends it, or puts it aside if it is to be late. */
static void send_event(generator *g, vd_event *e)
{
    bool distinct = g->opt.distinct && !e->planted;
    bool late = g->opt.late > 0 && vd_rng_chance(&g->rng, g->opt.late);
    int64_t delay =
        late ? VD_TICKS_MS * (int64_t)vd_rng_range(&g->rng, 500, LATE_MOST_SECONDS * 1000) : 0;
    e->ingested += delay;
    vd_output_arrivals(g->out, e->time);
    char *room = vd_output_reserve(g->out, VD_DOC_CAP * (distinct ? VD_DISTINCT_GROWTH : 1));
    size_t len = vd_doc_write(g->doc, distinct ? g->plain : room, e);
    if (distinct) len = vd_distinct(room, g->plain, len, g->number);
    if (!late || !vd_output_delay(g->out, len, e->time + delay)) vd_output_commit(g->out, len);
    if (g->stats != NULL) vd_stats_add(g->stats, e, len);
    g->number++;
}

/* What is left, in events, that is not needed for attacks. */
static bool room_for_noise(const generator *g, uint64_t owed)
{
    if (g->opt.events > 0) return g->number + owed < g->opt.events;
    return vd_output_bytes(g->out) + (owed + 1) * MEAN_DOC <= g->opt.size + MEAN_DOC / 2;
}

/* Whether run number `begun` is due: they are spread evenly over the run. */
static bool attack_is_due(const generator *g)
{
    double total = g->opt.events > 0 ? (double)g->opt.events : (double)g->opt.size;
    double at = g->opt.events > 0 ? (double)g->number : (double)vd_output_bytes(g->out);
    return g->begun < g->wanted && at * (double)g->wanted >= total * ((double)g->begun + 0.25);
}

static void send_planted(generator *g)
{
    vd_event e;
    char id[VD_EVENT_ID];
    g->now = vd_attacks_due(g->attacks);
    make_id(g, id);
    vd_attacks_take(g->attacks, &e, id);
    send_event(g, &e);
}

static void send_noise(generator *g, int64_t time)
{
    vd_event e;
    g->now = time;
    vd_noise_next(g->noise, time, &e);
    make_id(g, e.id);
    send_event(g, &e);
}

/* Whether there will be no more ordinary events: what is left belongs to
 * attacks that run or are still to come. */
static bool noise_is_over(const generator *g)
{
    uint64_t coming = (g->wanted - g->begun) * VD_ATTACK_EVENTS;
    return !room_for_noise(g, vd_attacks_owed(g->attacks) + coming);
}

static void run(generator *g)
{
    while (!vd_output_failed(g->out)) {
        int64_t next = g->now + 1 + vd_rng_below(&g->rng, 2 * g->gap);
        bool over = noise_is_over(g);
        if (g->begun < g->wanted && (over || attack_is_due(g)) &&
            vd_attacks_begin(g->attacks, g->now))
            g->begun++;
        int64_t due = vd_attacks_due(g->attacks);
        if (due != INT64_MAX && (over || due <= next))
            send_planted(g);
        else if (room_for_noise(g, vd_attacks_owed(g->attacks)))
            send_noise(g, next);
        else
            break;
    }
}

static uint64_t attacks_wanted(const vd_gen_options *o)
{
    uint64_t events = o->events > 0 ? o->events : o->size / MEAN_DOC;
    if (o->attacks_given) return o->attacks;
    return (uint64_t)((double)events * (double)o->attacks_per_million / 1e6);
}

/* Runs of scripts: each attack and its near miss. */
static uint64_t runs_wanted(const vd_gen_options *o)
{
    return attacks_wanted(o) * (o->decoys ? 2 : 1);
}

static bool attacks_fit(const vd_gen_options *o)
{
    uint64_t events = o->events > 0 ? o->events : o->size / MEAN_DOC;
    return runs_wanted(o) * VD_ATTACK_EVENTS <= events;
}

static bool is_json(const char *path)
{
    size_t n = strlen(path);
    return n > 5 && strcmp(path + n - 5, ".json") == 0;
}

static int complain(const char *what)
{
    fprintf(stderr, "vedette-gen: %s: %s\n", what, strerror(errno));
    return -1;
}

static int open_files(generator *g)
{
    g->fd = STDOUT_FILENO;
    if (g->opt.output != NULL) g->fd = open(g->opt.output, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (g->fd < 0) return complain(g->opt.output);
    if (g->opt.planted != NULL && (g->side = fopen(g->opt.planted, "w")) == NULL)
        return complain(g->opt.planted);
    return 0;
}

static int set_up(generator *g)
{
    vd_rng boot;
    uint64_t seed = g->opt.seed;
    vd_rng_seed(&g->rng, seed);
    vd_rng_seed(&boot, vd_mix64(seed ^ 1));
    g->id_key = vd_mix64(seed ^ 2);
    g->now = g->opt.start;
    g->gap = HOST_GAP_TICKS / g->opt.hosts + 1;
    g->wanted = runs_wanted(&g->opt);
    g->fleet = vd_fleet_new(g->opt.hosts, g->now, &boot);
    if (g->fleet == NULL) return complain("hosts");
    g->noise = vd_noise_new(g->fleet, vd_mix64(seed ^ 3));
    g->doc = vd_doc_new(g->fleet, vd_mix64(seed ^ 4));
    bool array = g->opt.planted != NULL && is_json(g->opt.planted);
    g->attacks = vd_attacks_new(g->fleet, vd_mix64(seed ^ 5), g->side, array, g->opt.decoys);
    g->out = vd_output_new(g->fd);
    g->stats = g->opt.stats ? vd_stats_new() : NULL;
    if (g->noise == NULL || g->doc == NULL || g->attacks == NULL || g->out == NULL ||
        (g->opt.stats && g->stats == NULL))
        return complain("memory");
    return 0;
}

static void tear_down(generator *g)
{
    vd_stats_free(g->stats);
    vd_output_free(g->out);
    vd_attacks_free(g->attacks);
    vd_doc_free(g->doc);
    vd_noise_free(g->noise);
    vd_fleet_free(g->fleet);
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All of the work between opening and closing the files. */
static int generate(generator *g)
{
    double from = seconds_now();
    if (set_up(g) != 0) return -1;
    run(g);
    if (vd_output_flush(g->out) != 0)
        return complain(g->opt.output != NULL ? g->opt.output : "standard output");
    if (g->stats != NULL) {
        vd_stats_print(g->stats, stderr, seconds_now() - from);
        fprintf(stderr, "attacks %llu\n", (unsigned long long)vd_attacks_done(g->attacks));
    }
    if (vd_attacks_done(g->attacks) == attacks_wanted(&g->opt)) return 0;
    fprintf(stderr, "vedette-gen: %llu of %llu attacks were planted: too few hosts\n",
            (unsigned long long)vd_attacks_done(g->attacks),
            (unsigned long long)attacks_wanted(&g->opt));
    return -1;
}

static int close_files(generator *g)
{
    int rc = 0;
    if (g->side != NULL && fclose(g->side) != 0) rc = complain(g->opt.planted);
    if (g->opt.output != NULL && close(g->fd) != 0) rc = complain(g->opt.output);
    return rc;
}

int main(int argc, char **argv)
{
    static generator g;
    vd_gen_parsed parsed = vd_gen_options_parse(&g.opt, argc, argv);
    if (parsed == VD_GEN_HELP) return fputs(vd_gen_help, stdout) < 0 ? 3 : 0;
    if (parsed == VD_GEN_USAGE) return 2;
    if (!attacks_fit(&g.opt)) {
        fprintf(stderr, "vedette-gen: not enough room for %llu attacks\n",
                (unsigned long long)attacks_wanted(&g.opt));
        return 2;
    }
    if (open_files(&g) != 0) return 3;
    int rc = generate(&g);
    tear_down(&g);
    return close_files(&g) != 0 || rc != 0 ? 3 : 0;
}
