/* The options: a table, and the parser that reads it. */
#include "cli/options.h"

#include <errno.h>
#include <stddef.h>

#include "base/clock.h"
#include "cli/cli.h"

#define AT(field) offsetof(vd_options, field)
#define RUN VD_CMD_RUN
#define SEARCH VD_CMD_SEARCH
#define CHECK VD_CMD_CHECK
#define INFO VD_CMD_INFO
#define EVENTS (RUN | SEARCH | INFO)
#define BENCH VD_CMD_BENCH
#define SERVE VD_CMD_SERVE
#define STORE VD_CMD_STORE
#define KEYS VD_CMD_KEYS
#define RULES (RUN | CHECK | BENCH | INFO)
#define ALL (RUN | SEARCH | CHECK | BENCH | INFO)
#define EVERY (ALL | SERVE | STORE | KEYS)

const vd_option vd_option_table[] = {
    {"rules", 'r', VD_OPT_LIST, RULES | SERVE, AT(rules), "PATH", "rule file or folder; may be repeated (./rules)"},
    {"format", 'f', VD_OPT_TEXT, ALL | STORE | KEYS, AT(format), "FORM", NULL},
    {"output", 'o', VD_OPT_TEXT, RUN | SEARCH | CHECK | INFO | SERVE | STORE, AT(output), "FILE", "write there; its extension gives the form (serve: NDJSON)"},
    {"min-severity", 'm', VD_OPT_TEXT, RULES, AT(min_severity), "LEVEL", "low, medium, high or critical, and above"},
    {"tag", 0, VD_OPT_LIST, RULES, AT(tags), "TAG", "rules with this tag; * and ? are wildcards"},
    {"technique", 0, VD_OPT_LIST, RULES, AT(techniques), "ID", "rules of an ATT&CK technique or tactic"},
    {"rule", 0, VD_OPT_LIST, RULES, AT(only), "ID|NAME", "only this rule; may be repeated"},
    {"exclude", 0, VD_OPT_LIST, RULES, AT(exclude), "ID|NAME|TAG", "leave these rules out"},
    {"deprecated", 0, VD_OPT_FLAG, RULES, AT(deprecated), NULL, "take deprecated rules too"},
    {"since", 0, VD_OPT_TEXT, EVENTS | STORE, AT(since), "TIME", "events from then on: 2026-03-01, -2d, now-1h/h"},
    {"until", 0, VD_OPT_TEXT, EVENTS | STORE, AT(until), "TIME", "events up to then"},
    {"tz", 0, VD_OPT_TEXT, EVENTS | STORE | KEYS, AT(tz), "ZONE", "show times in UTC, local, +02:00, Europe/Berlin"},
    {"input-tz", 0, VD_OPT_TEXT, EVENTS, AT(input_tz), "ZONE", "zone of Windows times that name none: -04:00, Europe/Rome"},
    {"host", 0, VD_OPT_TEXT, EVENTS, AT(host), "NAME", "host of Windows events that name none"},
    {"no-derive", 0, VD_OPT_FLAG, EVENTS, AT(no_derive), NULL, "no fields that a Windows log does not hold itself"},
    {"map", 0, VD_OPT_LIST, EVENTS, AT(maps), "FILE", "more mappings of Windows events (docs/windows.md)"},
    {"follow", 0, VD_OPT_FLAG, RUN | SEARCH, AT(follow), NULL, "read files as they grow, until Ctrl-C; run: alerts at once"},
    {"keyword", 'k', VD_OPT_LIST, SEARCH, AT(keywords), "WORD", "events that hold this text in any field; may be repeated"},
    {"regex", 'e', VD_OPT_LIST, SEARCH, AT(regexes), "REGEX", "events with a field whose whole value is like that (Lucene)"},
    {"navigator", 0, VD_OPT_TEXT, RUN, AT(navigator), "FILE", "write a layer for ATT&CK Navigator there"},
    {"size", 0, VD_OPT_NUMBER, SEARCH, AT(size), "N", "at most N results (10); 0: all"},
    {"result-position", 0, VD_OPT_TEXT, SEARCH, AT(result_position), "WHICH", "head or tail of the results (tail)"},
    {"fetch-size", 0, VD_OPT_NUMBER, SEARCH, AT(fetch_size), "N", "accepted as _eql/search does; no effect"},
    {"index", 0, VD_OPT_TEXT, EVENTS | SERVE | STORE, AT(index), "NAME", "index of documents that name none; store export: patterns"},
    {"ignore-index", 0, VD_OPT_FLAG, RUN | BENCH | INFO | SERVE, AT(ignore_index), NULL, "every rule sees every document"},
    {"field-types", 0, VD_OPT_TEXT, ALL, AT(field_types), "FILE", "mapping in Elasticsearch's form"},
    {"event-category-field", 0, VD_OPT_TEXT, ALL, AT(category_field), "FIELD", "instead of event.category"},
    {"timestamp-field", 0, VD_OPT_TEXT, ALL, AT(timestamp_field), "FIELD", "instead of @timestamp"},
    {"tiebreaker-field", 0, VD_OPT_TEXT, ALL, AT(tiebreaker_field), "FIELD", "order of events of one instant"},
    {"max-signals", 0, VD_OPT_FLAG, RUN, AT(max_signals), NULL, "hold each rule to its max_signals"},
    {"max-state", 0, VD_OPT_SIZE, RUN | SEARCH | BENCH | SERVE, AT(max_state), "SIZE", "memory of open sequences (1G)"},
    {"max-line", 0, VD_OPT_SIZE, EVENTS, AT(max_line), "SIZE", "longest line of input (16M)"},
    {"threads", 0, VD_OPT_NUMBER, EVENTS | BENCH, AT(threads), "N", "worker threads (all cores; bench: 1)"},
    {"full", 0, VD_OPT_FLAG, RUN, AT(full), NULL, "print every alert, not one a rule"},
    {"building-blocks", 0, VD_OPT_FLAG, RUN, AT(building_blocks), NULL, "show building-block rules too"},
    {"strict", 0, VD_OPT_FLAG, EVENTS, AT(strict), NULL, "stop with status 3 at the first fault"},
    {"exit-code", 0, VD_OPT_FLAG, RUN, AT(exit_code), NULL, "status 1 if there are alerts"},
    {"export", 0, VD_OPT_TEXT, CHECK, AT(export), "ndjson", "write the rules as Kibana imports them"},
    {"plan", 0, VD_OPT_FLAG, CHECK, AT(plan), NULL, "print what the rules were compiled to"},
    {"verbose", 'v', VD_OPT_FLAG, CHECK, AT(verbose), NULL, "name the rules that run otherwise on a schedule"},
    {"profile", 0, VD_OPT_FLAG, BENCH, AT(profile), NULL, "list the rules that cost most"},
    {"data", 0, VD_OPT_TEXT, SERVE | STORE | KEYS, AT(data), "DIR", "the store's folder (./vedette-data)"},
    {"listen", 0, VD_OPT_TEXT, SERVE, AT(listen), "ADDR:PORT", "where to listen (127.0.0.1:7723); port 0: any"},
    {"mode", 0, VD_OPT_TEXT, SERVE, AT(mode), "MODE", "stream or schedule, for rules that set none (stream)"},
    {"lateness", 0, VD_OPT_SPAN, RUN | SERVE, AT(lateness), "SPAN", "how late an event may come, in a stream (5m)"},
    {"default-maxspan", 0, VD_OPT_SPAN, RUN | SERVE, AT(default_maxspan), "SPAN", "of sequences without one, in a stream (1h)"},
    {"fill-gaps", 0, VD_OPT_SPAN, SERVE, AT(fill_gaps), "SPAN", "fill gaps of scheduled rules this far back"},
    {"retain", 0, VD_OPT_SPAN, SERVE, AT(retain), "SPAN", "keep events and alerts so long (for ever)"},
    {"max-size", 0, VD_OPT_SIZE, SERVE, AT(max_size), "SIZE", "disk that events may take; the oldest go"},
    {"max-body", 0, VD_OPT_SIZE, SERVE, AT(max_body), "SIZE", "largest request (100M)"},
    {"max-connections", 0, VD_OPT_NUMBER, SERVE, AT(max_connections), "N", "open connections (4096)"},
    {"horizon", 0, VD_OPT_NUMBER, SERVE, AT(horizon), "N", "newest ids kept to know duplicates (8000000)"},
    {"tls-cert", 0, VD_OPT_TEXT, SERVE, AT(tls_cert), "FILE", "certificate chain, PEM"},
    {"tls-key", 0, VD_OPT_TEXT, SERVE, AT(tls_key), "FILE", "its private key, PEM"},
    {"insecure", 0, VD_OPT_FLAG, SERVE, AT(insecure), NULL, "listen beyond this machine without TLS"},
    {"log-level", 0, VD_OPT_TEXT, SERVE, AT(log_level), "LEVEL", "debug, info, warn or error (info)"},
    {"ready-file", 0, VD_OPT_TEXT, SERVE, AT(ready_file), "FILE", "written once it listens: {\"url\",\"pid\"}, and a new \"key\""},
    {"store", 0, VD_OPT_TEXT, SEARCH, AT(store), "DIR", "search what a service has stored there, not files"},
    {"alerts", 0, VD_OPT_FLAG, STORE, AT(alerts), NULL, "export: alert documents, not events"},
    {"role", 0, VD_OPT_TEXT, KEYS, AT(role), "ROLE", "of a new key: ingest, read, analyst or admin"},
    {"expires", 0, VD_OPT_SPAN, KEYS, AT(expires), "SPAN", "how long a new key is good (for ever)"},
    {"config", 0, VD_OPT_TEXT, EVERY, AT(config), "FILE", "settings (./vedette.toml)"},
    {"quiet", 'q', VD_OPT_FLAG, EVERY, AT(quiet), NULL, "results and errors only"},
    {"help", 'h', VD_OPT_FLAG, EVERY, AT(help), NULL, "this text"},
};
const size_t vd_option_count = sizeof vd_option_table / sizeof vd_option_table[0];
_Static_assert(sizeof vd_option_table / sizeof vd_option_table[0] <= VD_MAX_OPTIONS,
               "vd_options.given has room for them");

void vd_options_init(vd_options *o, unsigned command)
{
    *o = (vd_options){.command = command, .size = 10, .fetch_size = 1000,
                       .lateness = VD_LATENESS, .default_maxspan = VD_DEFAULT_MAXSPAN};
    vd_arena_init(&o->arena, 0);
}

void vd_options_fini(vd_options *o)
{
    vd_texts *const lists[] = {&o->operands, &o->rules, &o->tags, &o->techniques, &o->only,
                               &o->exclude,  &o->maps,  &o->keywords,   &o->regexes};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        vd_vec_free(lists[i]);
    vd_json_free(o->settings);
    vd_arena_fini(&o->arena);
}

/* Whole numbers from 0; `unit` gets what stands behind the digits. */
static bool read_number(const char *s, int64_t *out, const char **unit)
{
    char *end;
    errno = 0;
    long long n = strtoll(s, &end, 10);
    if (end == s || errno || n < 0 || *s < '0' || *s > '9') return false;
    *out = n;
    *unit = end;
    return true;
}

static bool read_size(const char *s, int64_t *out)
{
    static const char letters[] = "kmgt";
    const char *unit;
    if (!read_number(s, out, &unit)) return false;
    if (!*unit) return true;
    const char *which = strchr(letters, vd_ascii_lower((unsigned char)*unit));
    const char *rest = unit + 1;
    if (!which || (*rest && strcmp(rest, "B") != 0 && strcmp(rest, "iB") != 0)) return false;
    for (const char *p = letters; p <= which; p++)
        if (__builtin_mul_overflow(*out, 1024, out)) return false;
    return true;
}

bool vd_option_set(vd_options *o, size_t i, const char *value)
{
    const vd_option *row = &vd_option_table[i];
    char *at = (char *)o + row->at;
    const char *rest;
    switch ((vd_option_kind)row->kind) {
    case VD_OPT_FLAG: *(bool *)(void *)at = true; return true;
    case VD_OPT_TEXT: *(const char **)(void *)at = value; return true;
    case VD_OPT_LIST: *vd_vec_push((vd_texts *)(void *)at) = value; return true;
    case VD_OPT_NUMBER:
        if (read_number(value, (int64_t *)(void *)at, &rest) && !*rest) return true;
        vd_say("--%s wants a whole number, not \"%s\"", row->name, value);
        return false;
    case VD_OPT_SIZE:
        if (read_size(value, (int64_t *)(void *)at)) return true;
        vd_say("--%s wants a size like 64M or 1G, not \"%s\"", row->name, value);
        return false;
    case VD_OPT_SPAN:
        if (vd_duration_parse(vd_str_from(value), (int64_t *)(void *)at)) return true;
        vd_say("--%s wants a time like 30s, 5m, 24h or 30d, not \"%s\"", row->name, value);
        return false;
    }
    return false;
}

size_t vd_option_find(const char *name, size_t n)
{
    size_t i = 0;
    while (i < vd_option_count && (strlen(vd_option_table[i].name) != n ||
                                   memcmp(vd_option_table[i].name, name, n) != 0))
        i++;
    return i;
}

/* Letters to change, add or leave out to make one word of the other (Levenshtein). */
static size_t distance(const char *a, const char *b)
{
    size_t row[64], n = strlen(b);
    if (n >= 63) return SIZE_MAX;
    for (size_t j = 0; j <= n; j++)
        row[j] = j;
    for (size_t i = 1; *a; a++, i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t change = diagonal + (*a != b[j - 1]);
            size_t add = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < add ? change : add;
        }
    }
    return row[n];
}

const char *vd_cli_nearest(const char *word, const char *(*next)(const void *ctx, size_t i),
                       const void *ctx)
{
    size_t best = strlen(word) / 3 + 2;
    const char *found = NULL, *candidate;
    for (size_t i = 0; (candidate = next(ctx, i)); i++) {
        size_t d = distance(word, candidate);
        /* An abbreviation is near too: --sev is nothing, --sinc is --since. */
        if (strncmp(word, candidate, strlen(word)) == 0) d = 1;
        if (d < best) {
            best = d;
            found = candidate;
        }
    }
    return found;
}


static const char *next_option(const void *ctx, size_t i)
{
    const unsigned *command = ctx;
    for (size_t k = 0; k < vd_option_count; k++)
        if ((vd_option_table[k].commands & *command) && i-- == 0) return vd_option_table[k].name;
    return NULL;
}

static int unknown_option(const vd_options *o, const char *arg)
{
    const char *word = arg + strspn(arg, "-");
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(word, "="), word);
    size_t i = vd_option_find(name, strlen(name));
    const char *near = vd_cli_nearest(name, next_option, &o->command);
    if (i < vd_option_count)
        vd_say("--%s does not belong to this command (see --help)", name);
    else if (near)
        vd_say("unknown option %s, did you mean --%s?", arg, near);
    else
        vd_say("unknown option %s (see --help)", arg);
    return VD_EXIT_USAGE;
}

static size_t find_letter(const vd_options *o, char c)
{
    size_t i = 0;
    while (i < vd_option_count &&
           (vd_option_table[i].letter != c || !(vd_option_table[i].commands & o->command)))
        i++;
    return i;
}

/* Sets row i from `value` (NULL: the next argument is it). */
static int take_option(vd_options *o, size_t i, const char *value, int argc, char **argv, int *at)
{
    const vd_option *row = &vd_option_table[i];
    if (row->kind == VD_OPT_FLAG && value) {
        vd_say("--%s takes no value", row->name);
        return VD_EXIT_USAGE;
    }
    if (row->kind != VD_OPT_FLAG && !value) {
        if (*at + 1 >= argc) {
            vd_say("--%s wants a value: %s", row->name, row->arg);
            return VD_EXIT_USAGE;
        }
        value = argv[++*at];
    }
    o->given[i] = true;
    return vd_option_set(o, i, value) ? VD_EXIT_OK : VD_EXIT_USAGE;
}

static int take_long(vd_options *o, int argc, char **argv, int *at)
{
    const char *name = argv[*at] + 2;
    size_t n = strcspn(name, "=");
    size_t i = vd_option_find(name, n);
    if (i == vd_option_count || !(vd_option_table[i].commands & o->command))
        return unknown_option(o, argv[*at]);
    return take_option(o, i, name[n] ? name + n + 1 : NULL, argc, argv, at);
}

/* -q, -f FORM, -fFORM, -qf FORM */
static int take_letters(vd_options *o, int argc, char **argv, int *at)
{
    const char *arg = argv[*at];
    for (const char *p = arg + 1; *p; p++) {
        size_t i = find_letter(o, *p);
        if (i == vd_option_count) return unknown_option(o, arg);
        bool flag = vd_option_table[i].kind == VD_OPT_FLAG;
        int rc = take_option(o, i, !flag && p[1] ? p + 1 : NULL, argc, argv, at);
        if (rc || !flag) return rc;
    }
    return VD_EXIT_OK;
}

int vd_options_parse(vd_options *o, int argc, char **argv)
{
    int rc = VD_EXIT_OK;
    bool only_operands = false;
    o->argc = argc;
    o->argv = argv;
    for (int at = 0; at < argc && !rc; at++) {
        const char *arg = argv[at];
        if (only_operands || arg[0] != '-' || !arg[1])
            *vd_vec_push(&o->operands) = arg;
        else if (strcmp(arg, "--") == 0)
            only_operands = true;
        else
            rc = arg[1] == '-' ? take_long(o, argc, argv, &at) : take_letters(o, argc, argv, &at);
    }
    return rc;
}
