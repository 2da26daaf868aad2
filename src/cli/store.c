/* vedette store: what a service has stored, looked at and looked after */
#include "cli/store.h"

#include <errno.h>
#include <unistd.h>

static void tell(void *ctx, const char *what)
{
    (void)ctx;
    vd_say("%s", what);
}

/* A name that was mistyped is no new store. */
static bool is_store(const char *dir)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/vedette.db", dir);
    if (access(path, R_OK) == 0) return true;
    vd_say("%s: %s", path, errno == ENOENT ? "there is no store" : strerror(errno));
    return false;
}

vd_store *vd_cli_store_open(const char *dir, bool writing)
{
    vd_store *s = NULL;
    vd_err err = {0};
    vd_store_options options = {.dir = dir, .read_only = !writing, .tell = tell};
    if (!is_store(dir)) return NULL;
    if (vd_store_open(&options, &s, &err)) vd_say("%s", err.msg);
    return s;
}

/* What is damaged goes to standard output: it is the result. */
static void print_damage(void *ctx, const char *what)
{
    (void)ctx;
    fprintf(stdout, "%s\n", what);
}

static int verify(const vd_options *o, vd_store *s)
{
    vd_err err = {0};
    int64_t alerts = 0, events = vd_store_verify(s, print_damage, NULL, &err);
    if (events >= 0) alerts = vd_alerts_verify(vd_store_papers(s), print_damage, NULL, &err);
    if (events < 0 || alerts < 0) {
        vd_say("%s", err.msg);
        return VD_EXIT_FAILURE;
    }
    vd_store_stats stats = vd_store_stats_of(s);
    if (!o->quiet)
        printf("%llu event%s in %llu block%s checked: %lld damaged; %lld damaged alert%s\n",
               (unsigned long long)stats.documents, vd_plural(stats.documents), (unsigned long long)stats.blocks,
               vd_plural(stats.blocks), (long long)events, (long long)alerts, vd_plural((uint64_t)alerts));
    return events + alerts ? VD_EXIT_FAILURE : VD_EXIT_OK;
}

static int compact(const vd_options *o, vd_store *s)
{
    vd_err err = {0};
    vd_store_stats before = vd_store_stats_of(s);
    if (vd_store_compact(s, &err)) {
        vd_say("%s", err.msg);
        return VD_EXIT_FAILURE;
    }
    vd_store_stats after = vd_store_stats_of(s);
    if (!o->quiet)
        printf("%llu block%s, were %llu\n", (unsigned long long)after.blocks, vd_plural(after.blocks),
               (unsigned long long)before.blocks);
    return VD_EXIT_OK;
}

static const struct {
    const char *name;
    int (*run)(const vd_options *o, vd_store *s);
    bool writing;
} actions[] = {
    {"stats", vd_store_print_stats, false},
    {"verify", verify, false},
    {"compact", compact, true},
    {"export", vd_store_export, false},
};
#define N_ACTIONS (sizeof actions / sizeof actions[0])

int vd_cmd_store(vd_options *o)
{
    const char *name = o->operands.n ? o->operands.v[0] : "";
    size_t i = 0;
    while (i < N_ACTIONS && strcmp(actions[i].name, name) != 0)
        i++;
    if (i == N_ACTIONS || o->operands.n > 1) {
        vd_say("vedette store wants one of stats, verify, compact and export");
        return VD_EXIT_USAGE;
    }
    vd_store *s = vd_cli_store_open(o->data ? o->data : VD_DEFAULT_DATA, actions[i].writing);
    if (!s) return VD_EXIT_FAILURE;
    int rc = actions[i].run(o, s);
    vd_store_close(s);
    return rc;
}
