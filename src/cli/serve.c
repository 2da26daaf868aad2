/* vedette serve: the options to a service, its listener and its signals. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/cli.h"
#include "server/log.h"
#include "server/routes.h"

#define DEFAULT_ADDRESS "127.0.0.1"
#define DEFAULT_PORT 7723
/* Requests under way get so long at the end. */
#define DRAIN_MS 10000

typedef struct listening {
    char address[64];
    uint16_t port;
    bool loopback;
} listening;

/* "ADDR:PORT", "[::1]:PORT", "ADDR", ":PORT". */
static bool read_listen(const char *text, listening *l)
{
    *l = (listening){.address = DEFAULT_ADDRESS, .port = DEFAULT_PORT};
    const char *colon = text ? strrchr(text, ':') : NULL, *end = text ? text + strlen(text) : NULL;
    if (text && *text == '[') {
        const char *close = strchr(text, ']');
        if (!close || (size_t)(close - text) > sizeof l->address) return false;
        snprintf(l->address, sizeof l->address, "%.*s", (int)(close - text - 1), text + 1);
        colon = close[1] == ':' ? close + 1 : NULL;
        if (!colon && close[1]) return false;
    } else if (text) {
        size_t n = (size_t)((colon ? colon : end) - text);
        if (n >= sizeof l->address) return false;
        if (n) snprintf(l->address, sizeof l->address, "%.*s", (int)n, text);
    }
    if (colon) {
        char *rest;
        errno = 0;
        long port = strtol(colon + 1, &rest, 10);
        if (!colon[1] || *rest || errno || port < 0 || port > 65535) return false;
        l->port = (uint16_t)port;
    }
    if (strcmp(l->address, "localhost") == 0) snprintf(l->address, sizeof l->address, "127.0.0.1");
    l->loopback = strncmp(l->address, "127.", 4) == 0 || strcmp(l->address, "::1") == 0;
    return true;
}

static int usage_of(const vd_options *o, listening *l, vd_log_level *level, bool *scheduled)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    if (!read_listen(o->listen, l)) {
        vd_say("--listen wants ADDR:PORT, not \"%s\"", o->listen);
        return VD_EXIT_USAGE;
    }
    if (!o->tls_cert != !o->tls_key) {
        vd_say("--tls-cert and --tls-key belong together");
        return VD_EXIT_USAGE;
    }
    if (!l->loopback && !o->tls_cert && !o->insecure) {
        vd_say("%s can be reached from other machines: give --tls-cert and --tls-key, or --insecure", l->address);
        return VD_EXIT_USAGE;
    }
    *scheduled = o->mode && strcmp(o->mode, "schedule") == 0;
    if (o->mode && !*scheduled && strcmp(o->mode, "stream") != 0) {
        vd_say("--mode wants stream or schedule, not \"%s\"", o->mode);
        return VD_EXIT_USAGE;
    }
    *level = VD_LOG_INFO;
    size_t i = 0;
    while (o->log_level && i < 4 && strcmp(levels[i], o->log_level) != 0)
        i++;
    if (i == 4) {
        vd_say("--log-level wants debug, info, warn or error, not \"%s\"", o->log_level);
        return VD_EXIT_USAGE;
    }
    if (o->log_level) *level = (vd_log_level)i;
    if (o->operands.n) {
        vd_say("serve takes no files: \"%s\"", o->operands.v[0]);
        return VD_EXIT_USAGE;
    }
    return VD_EXIT_OK;
}

static void tell(void *ctx, const char *what) { vd_logf(VD_LOG_WARN, "store", "%s", what); }

static vd_service_options service_options(const vd_options *o, bool scheduled)
{
    static const char *const standard[] = {"rules"};
    bool own = !o->rules.n && access(standard[0], R_OK) == 0;
    return (vd_service_options){
        .store = {.dir = o->data ? o->data : VD_DEFAULT_DATA,
                  .retain = o->retain,
                  .max_bytes = (uint64_t)o->max_size,
                  .horizon = (uint64_t)o->horizon,
                  .tell = tell},
        .rules = own ? standard : o->rules.v,
        .n_rules = own ? 1 : o->rules.n,
        .scheduled = scheduled,
        .ignore_index = o->ignore_index,
        .lateness = o->lateness,
        .default_maxspan = o->default_maxspan,
        .fill_gaps = o->fill_gaps,
        .max_state = (uint64_t)o->max_state,
        .output = o->output,
        .default_index = vd_str_from(o->index ? o->index : "logs-generic-default")};
}

/* The first start makes a key, which is shown this once. */
static int first_key(vd_db *db, char key[VD_KEY_MAX], vd_err *err)
{
    vd_arena a;
    vd_key_row *rows;
    size_t n;
    key[0] = 0;
    vd_arena_init(&a, 0);
    int code = vd_keys_all(db, &a, &rows, &n, err);
    if (!code && n == 0) code = vd_keys_make(db, VD_STR("first"), VD_KEY_ADMIN, 0, key, err);
    vd_arena_fini(&a);
    return code;
}

static int write_ready(const char *path, const char *url, const char *key, vd_err *err)
{
    char part[4096];
    vd_json *o = vd_json_object();
    vd_json_set_str(o, "url", vd_str_from(url));
    vd_json_set(o, "pid", vd_json_int(getpid()));
    if (key[0]) vd_json_set_str(o, "key", vd_str_from(key));
    snprintf(part, sizeof part, "%s.part", path);
    FILE *f = fopen(part, "w");
    bool good = f && fchmod(fileno(f), 0600) == 0 && vd_json_write_line(f, o);
    if (f && fclose(f)) good = false;
    if (good && rename(part, path)) good = false;
    vd_json_free(o);
    return good ? 0 : vd_fail(err, VD_IO, "%s: %s", path, strerror(errno));
}

static vd_route *all_routes(size_t *n)
{
    const struct {
        const vd_route *v;
        size_t n;
    } parts[] = {{vd_routes_ingest, vd_n_routes_ingest},
                 {vd_routes_api, vd_n_routes_api},
                 {vd_routes_search, vd_n_routes_search},
                 {vd_routes_handshake, vd_n_routes_handshake}};
    *n = vd_n_routes_ingest + vd_n_routes_api + vd_n_routes_search + vd_n_routes_handshake;
    vd_route *out = vd_malloc(*n * sizeof *out), *to = out;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        memcpy(to, parts[i].v, parts[i].n * sizeof *to);
        to += parts[i].n;
    }
    return out;
}

static void block_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
    pthread_sigmask(SIG_BLOCK, set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void hang_up(vd_service *s, vd_http *http)
{
    vd_err err;
    vd_log(VD_LOG_INFO, "service.reload", "reading rules and certificates anew", NULL);
    vd_service_reopen(s);
    if (vd_http_reload(http, &err)) vd_logf(VD_LOG_ERROR, "tls.reload", "%s", err.msg);
    if (vd_service_reload(s, &err)) vd_logf(VD_LOG_ERROR, "rules.reload", "%s", err.msg);
}

/* Until it is asked to end. */
static void wait_for_signals(const sigset_t *set, vd_service *s, vd_http *http)
{
    for (int sig; sigwait(set, &sig) == 0;) {
        if (sig != SIGHUP) {
            vd_log(VD_LOG_INFO, "service.stop", "finishing what was taken in", NULL);
            return;
        }
        hang_up(s, http);
    }
}

static void greet(const char *url, const char *key)
{
    if (key[0]) {
        printf("API key (admin), shown this once: %s\n", key);
        printf("try: curl -H 'Authorization: ApiKey %s' %s\n", key, url);
        fflush(stdout);
    }
    vd_log(VD_LOG_INFO, "service.listen", "listening", "url.full", url, NULL);
}

static int serve(const vd_options *o, const listening *l, vd_service *s, const sigset_t *signals)
{
    char key[VD_KEY_MAX], url[128];
    vd_err err = {0};
    vd_http *http = NULL;
    vd_http_options h = {.address = l->address,
                         .port = l->port,
                         .tls_cert = o->tls_cert,
                         .tls_key = o->tls_key,
                         .max_body = (size_t)o->max_body,
                         .max_connections = (unsigned)o->max_connections,
                         .keys = vd_service_db(s),
                         .ctx = s};
    vd_route *routes = all_routes(&h.n_routes);
    h.routes = routes;
    int code = first_key(vd_service_db(s), key, &err);
    if (!code) code = vd_http_start(&h, &http, &err);
    if (!code) {
        snprintf(url, sizeof url, strchr(l->address, ':') ? "%s://[%s]:%u" : "%s://%s:%u",
                 o->tls_cert ? "https" : "http", l->address, vd_http_port(http));
        greet(url, key);
        if (o->ready_file) code = write_ready(o->ready_file, url, key, &err);
    }
    if (!code) wait_for_signals(signals, s, http);
    else vd_say("%s", err.msg);
    if (http) vd_http_stop(http, DRAIN_MS);
    free(routes);
    return code ? VD_EXIT_FAILURE : VD_EXIT_OK;
}

int vd_cmd_serve(vd_options *o)
{
    listening l;
    vd_log_level level;
    bool scheduled;
    int rc = usage_of(o, &l, &level, &scheduled);
    if (rc) return rc;
    sigset_t signals;
    block_signals(&signals);
    vd_log_setup(o->quiet && level < VD_LOG_WARN ? VD_LOG_WARN : level, isatty(STDERR_FILENO));
    vd_service_options options = service_options(o, scheduled);
    vd_service *s;
    vd_err err = {0};
    if (vd_service_start(&options, &s, &err)) {
        vd_say("%s", err.msg);
        return VD_EXIT_FAILURE;
    }
    rc = serve(o, &l, s, &signals);
    vd_service_stop(s);
    return rc;
}
