/* bench/gen/options.c - see options.h */
#include "options.h"

#include "emit.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char vd_gen_help[] =
    "usage: vedette-gen [OPTION]...\n"
    "Writes endpoint telemetry as NDJSON. The same options give the same bytes.\n\n"
    "  --seed N                 where the random numbers begin (1)\n"
    "  --size N[K|M|G]          bytes to write, powers of 1000 (100M)\n"
    "  --events N               events to write instead\n"
    "  --hosts N                machines (100)\n"
    "  --start TIME             first timestamp (2025-03-03T08:00:00Z)\n"
    "  --attacks N              attacks to plant, exactly\n"
    "  --attacks-per-million N  attacks per million events (200)\n"
    "  --no-decoys              plant no near misses beside them\n"
    "  --planted FILE           what was planted: .json an array, else a line each\n"
    "  --late PERMILLE          events that arrive up to three minutes late (0)\n"
    "  --distinct-values        no string value occurs in two documents\n"
    "  --stats                  figures on standard error at the end\n"
    "  -o FILE                  output, instead of standard output\n\n"
    "example: vedette-gen --size 1G --attacks 70 --planted planted.ndjson -o events.ndjson\n";

enum {
    SEED = 256,
    SIZE,
    EVENTS,
    HOSTS,
    START,
    ATTACKS,
    RATE,
    NO_DECOYS,
    PLANTED,
    LATE,
    DISTINCT,
    STATS,
    HELP
};

static const struct option longs[] = {
    {"seed", required_argument, NULL, SEED},
    {"size", required_argument, NULL, SIZE},
    {"events", required_argument, NULL, EVENTS},
    {"hosts", required_argument, NULL, HOSTS},
    {"start", required_argument, NULL, START},
    {"attacks", required_argument, NULL, ATTACKS},
    {"attacks-per-million", required_argument, NULL, RATE},
    {"no-decoys", no_argument, NULL, NO_DECOYS},
    {"planted", required_argument, NULL, PLANTED},
    {"late", required_argument, NULL, LATE},
    {"distinct-values", no_argument, NULL, DISTINCT},
    {"stats", no_argument, NULL, STATS},
    {"output", required_argument, NULL, 'o'},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

/* A whole number with an optional K, M or G, at most `most`. */
static bool parse_number(const char *s, uint64_t most, uint64_t *out)
{
    char *end;
    if (*s < '0' || *s > '9') return false;
    errno = 0;
    unsigned long long v = strtoull(s, &end, 10);
    uint64_t unit = *end == 'K' ? 1000u : *end == 'M' ? 1000000u : *end == 'G' ? 1000000000u : 1u;
    end += unit > 1;
    if (errno != 0 || *end != '\0' || v > most / unit) return false;
    *out = v * unit;
    return true;
}

/* Days since 1970 of a civil date (after H. Hinnant). */
static int64_t days_of(int64_t y, int64_t m, int64_t d)
{
    y -= m <= 2;
    int64_t era = y / 400, yoe = y - era * 400;
    int64_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

/* YYYY-MM-DD, or with Thh:mm:ss, or with a Z behind that. */
static bool parse_time(const char *s, int64_t *ticks)
{
    unsigned y, mo, d, h = 0, mi = 0, sec = 0;
    int n = 0;
    if (sscanf(s, "%4u-%2u-%2u%n", &y, &mo, &d, &n) != 3) return false;
    s += n;
    if (*s == 'T') {
        if (sscanf(s, "T%2u:%2u:%2u%n", &h, &mi, &sec, &n) != 3) return false;
        s += n;
        s += *s == 'Z';
    }
    if (*s != '\0' || y < 1980 || y > 2200 || mo < 1 || mo > 12 || d < 1 || d > 31 || h > 23 ||
        mi > 59 || sec > 59)
        return false;
    *ticks = (days_of(y, mo, d) * 86400 + h * 3600 + mi * 60 + sec) * VD_TICKS_SECOND;
    return true;
}

static bool take_number(vd_gen_options *o, int option, const char *arg)
{
    uint64_t v = 0;
    static const uint64_t most[] = {UINT64_MAX, 1000000000000000u, 1000000000000u, 20000,
                                    0,          1000000000,        40000};
    if (!parse_number(arg, option == LATE ? 1000 : most[option - SEED], &v)) return false;
    switch (option) {
    case SEED: o->seed = v; break;
    case SIZE: o->size = v; break;
    case EVENTS: o->events = v; break;
    case HOSTS: o->hosts = (uint32_t)v; break;
    case ATTACKS:
        o->attacks = v;
        o->attacks_given = true;
        break;
    case RATE: o->attacks_per_million = v; break;
    default: o->late = (uint32_t)v; break;
    }
    return v > 0 || (option != HOSTS && option != SIZE && option != EVENTS);
}

static bool take(vd_gen_options *o, int option, const char *arg)
{
    switch (option) {
    case START: return parse_time(arg, &o->start);
    case NO_DECOYS: o->decoys = false; return true;
    case PLANTED: o->planted = arg; return true;
    case DISTINCT: o->distinct = true; return true;
    case STATS: o->stats = true; return true;
    case 'o': o->output = arg; return true;
    default: return take_number(o, option, arg);
    }
}

static vd_gen_parsed usage(const char *what, const char *arg)
{
    fprintf(stderr, "vedette-gen: %s: %s (see --help)\n", what, arg);
    return VD_GEN_USAGE;
}

vd_gen_parsed vd_gen_options_parse(vd_gen_options *o, int argc, char **argv)
{
    int c;
    *o = (vd_gen_options){.seed = 1, .hosts = 100, .attacks_per_million = 200, .decoys = true};
    parse_time("2025-03-03T08:00:00Z", &o->start);
    opterr = 0;
    while ((c = getopt_long(argc, argv, "o:", longs, NULL)) != -1) {
        if (c == HELP) return VD_GEN_HELP;
        if (c == '?') return usage("unknown or incomplete option", argv[optind - 1]);
        if (!take(o, c, optarg)) return usage("not a value for this option", argv[optind - 1]);
    }
    if (optind < argc) return usage("no such argument", argv[optind]);
    if (o->size > 0 && o->events > 0) return usage("give one of them", "--size, --events");
    if (o->size == 0 && o->events == 0) o->size = 100000000;
    return VD_GEN_RUN;
}
