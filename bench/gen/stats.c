/* bench/gen/stats.c - see stats.h */
#include "stats.h"

#include <stdlib.h>

enum { WINDOW = 10000, TABLE = 1 << 17, FIELDS = 5 };

static const char *const field_names[FIELDS] = {"registry.path", "dll.path", "process.args",
                                                "process.command_line", "file.path"};
static const char *const kind_names[VD_KIND_COUNT] = {"process", "file", "registry", "library",
                                                      "network", "dns",  "logon"};

struct vd_stats {
    uint64_t events, bytes, planted;
    uint64_t kinds[VD_KIND_COUNT];
    uint64_t values[FIELDS], repeats[FIELDS]; /* of all finished windows */
    uint64_t window_values[FIELDS], window_repeats[FIELDS];
    uint32_t windows;
    uint64_t seen[TABLE]; /* hashes of the values of this window, open addressing */
};

vd_stats *vd_stats_new(void)
{
    return calloc(1, sizeof(vd_stats));
}

void vd_stats_free(vd_stats *s)
{
    free(s);
}

static uint64_t hash(const char *p, size_t n, uint64_t field)
{
    uint64_t h = vd_mix64(field + 1);
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)p[i]) * 0x100000001b3u;
    return vd_mix64(h) | 1;
}

static void add_value(vd_stats *s, int field, const char *p, size_t n)
{
    uint64_t h = hash(p, n, (uint64_t)field);
    size_t i = h >> 20 & (TABLE - 1);
    while (s->seen[i] != 0 && s->seen[i] != h)
        i = (i + 1) & (TABLE - 1);
    s->window_values[field]++;
    s->window_repeats[field] += s->seen[i] == h;
    s->seen[i] = h;
}

/* Each argument out of the body of the JSON array. */
static void add_args(vd_stats *s, const vd_command *c)
{
    const char *p = c->args, *end = c->args + c->args_len;
    while (p < end) {
        const char *from = ++p;
        while (*p != '"')
            p += *p == '\\' ? 2 : 1;
        add_value(s, 2, from, (size_t)(p - from));
        p += 2;
    }
}

static void close_window(vd_stats *s)
{
    for (int f = 0; f < FIELDS; f++) {
        s->values[f] += s->window_values[f];
        s->repeats[f] += s->window_repeats[f];
        s->window_values[f] = s->window_repeats[f] = 0;
    }
    memset(s->seen, 0, sizeof s->seen);
    s->windows++;
}

void vd_stats_add(vd_stats *s, const vd_event *e, size_t len)
{
    s->events++;
    s->bytes += len + 1;
    s->planted += e->planted;
    s->kinds[e->kind]++;
    if (e->kind == VD_REGISTRY) add_value(s, 0, e->path.p, e->path.len);
    if (e->kind == VD_LIBRARY) add_value(s, 1, e->path.p, e->path.len);
    if (e->kind == VD_FILE) add_value(s, 4, e->path.p, e->path.len);
    if (e->kind == VD_PROCESS) {
        add_args(s, &e->proc->cmd);
        add_value(s, 3, e->proc->cmd.line, e->proc->cmd.line_len);
    }
    if (s->events % WINDOW == 0) close_window(s);
}

void vd_stats_print(const vd_stats *s, FILE *to, double seconds)
{
    double mb = (double)s->bytes / 1e6;
    fprintf(to, "events %llu, planted among them %llu\n", (unsigned long long)s->events,
            (unsigned long long)s->planted);
    fprintf(to, "bytes %llu, mean document %.0f\n", (unsigned long long)s->bytes,
            s->events > 0 ? (double)s->bytes / (double)s->events : 0.0);
    fprintf(to, "seconds %.3f, MB/s %.0f\n", seconds, seconds > 0 ? mb / seconds : 0.0);
    for (int k = 0; k < VD_KIND_COUNT; k++)
        fprintf(to, "kind %s %.1f %%\n", kind_names[k],
                100.0 * (double)s->kinds[k] / (double)(s->events > 0 ? s->events : 1));
    for (int f = 0; f < FIELDS; f++) {
        uint64_t values = s->windows > 0 ? s->values[f] : s->window_values[f];
        uint64_t repeats = s->windows > 0 ? s->repeats[f] : s->window_repeats[f];
        fprintf(to, "seen before %s %.1f %%\n", field_names[f],
                100.0 * (double)repeats / (double)(values > 0 ? values : 1));
    }
}
