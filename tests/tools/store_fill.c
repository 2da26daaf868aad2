/* store_fill DIR FILE [BATCH [ALERTS]] - puts the lines of an NDJSON file into a store
 *
 * Through intake and commit, as the service does; every BATCH lines (1000) are a commit, which
 * is given back as matched. Lines that name an _index and an _id in an envelope keep them.
 * ALERTS: a file of alert documents that become alerts. Prints how many were stored. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "store/intake.h"
#include "store/papers.h"
#include "store/store.h"

static _Noreturn void end(const char *what)
{
    fprintf(stderr, "store_fill: %s\n", what);
    exit(3);
}

static vd_json *member(const vd_json *doc, const char *path) { return vd_json_path(doc, vd_str_from(path)); }

/* An envelope's parts; any other document is its own source. */
static vd_json *open_envelope(vd_str line, vd_str *index, vd_str *id, vd_arena *a, vd_str *source)
{
    vd_json *doc = NULL;
    *source = line;
    if (vd_json_parse(line, &doc, NULL) || !vd_json_has(doc, "_source")) return doc;
    *index = vd_json_str(vd_json_get(doc, "_index"));
    *id = vd_json_str(vd_json_get(doc, "_id"));
    *source = vd_json_text(a, vd_json_get(doc, "_source"), false);
    return doc;
}

static void add(vd_intake *in, vd_batch *b, vd_str line)
{
    vd_arena a;
    vd_str source, index = {NULL, 0}, id = {NULL, 0};
    vd_arena_init(&a, 0);
    vd_json *doc = open_envelope(line, &index, &id, &a, &source);
    char *padded = vd_arena_alloc(&a, source.n + VD_PADDING);
    memcpy(padded, source.p, source.n);
    memset(padded + source.n, 0, VD_PADDING);
    vd_fault fault = vd_intake_add(in, b, index, id, (vd_str){padded, source.n}, NULL);
    if (fault) fprintf(stderr, "store_fill: %.60s: %s\n", padded, vd_fault_text(fault));
    vd_json_free(doc);
    vd_arena_fini(&a);
}

static void commit(vd_store *s, vd_batch *b)
{
    vd_err err;
    if (b->docs.n && vd_store_commit(s, b, &err)) end(err.msg);
    vd_batch *next = b->docs.n ? vd_store_next(s, 10000) : NULL;
    if (b->docs.n && !next) end("the batch does not come back");
    if (next) vd_store_done(s, next, (vd_str){NULL, 0}, 0);
    vd_batch_unref(b);
}

static void fill(vd_store *s, FILE *f, size_t per_batch)
{
    uint64_t seed[2];
    char *line = NULL;
    size_t room = 0, at = 0;
    ssize_t n;
    vd_store_seed(s, seed);
    vd_intake *in = vd_intake_new(seed);
    vd_batch *b = vd_batch_new(vd_now_ms());
    while ((n = getline(&line, &room, f)) > 0) {
        if (line[n - 1] == '\n') n--;
        if (n) add(in, b, (vd_str){line, (size_t)n});
        if (++at % per_batch) continue;
        commit(s, b);
        b = vd_batch_new(vd_now_ms());
    }
    commit(s, b);
    vd_intake_free(in);
    free(line);
}

static vd_str text(const vd_json *doc, const char *path) { return vd_json_str(member(doc, path)); }

static void add_alert(vd_store *s, vd_str line)
{
    vd_err err;
    vd_json *doc = NULL;
    int64_t ts = VD_TIME_NONE;
    if (vd_json_parse(line, &doc, &err)) end(err.msg);
    vd_time_parse(text(doc, "@timestamp"), &ts);
    vd_alert_row row = {.id = text(doc, "kibana.alert.uuid"),
                        .rule_id = text(doc, "kibana.alert.rule.rule_id"),
                        .rule_name = text(doc, "kibana.alert.rule.name"),
                        .severity = text(doc, "kibana.alert.severity"),
                        .status = VD_STR("open"),
                        .mode = VD_STR("stream"),
                        .host = text(doc, "host.name"),
                        .ts = ts,
                        .created = vd_now_ms(),
                        .document = line};
    if (vd_alerts_put(vd_store_papers(s), &row, 1, NULL, &err)) end(err.msg);
    vd_json_free(doc);
}

static void fill_alerts(vd_store *s, FILE *f)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    while ((n = getline(&line, &room, f)) > 0)
        add_alert(s, (vd_str){line, (size_t)n - (line[n - 1] == '\n')});
    free(line);
}

static FILE *opened(const char *path)
{
    FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!f) end(path);
    return f;
}

static void tell(void *ctx, const char *what) { fprintf(stderr, "store_fill: %s\n", what); }

int main(int argc, char **argv)
{
    vd_err err;
    vd_store *s;
    if (argc < 3) end("usage: store_fill DIR FILE [BATCH [ALERTS]]");
    long per_batch = argc > 3 ? strtol(argv[3], NULL, 10) : 1000;
    vd_store_options options = {.dir = argv[1], .tell = tell};
    if (vd_store_open(&options, &s, &err)) end(err.msg);
    FILE *f = opened(argv[2]);
    fill(s, f, per_batch > 0 ? (size_t)per_batch : 1);
    fclose(f);
    if (argc > 4) {
        f = opened(argv[4]);
        fill_alerts(s, f);
        fclose(f);
    }
    if (vd_store_seal(s, &err)) end(err.msg);
    vd_store_stats stats = vd_store_stats_of(s);
    printf("%llu documents, %llu duplicates, %llu blocks\n", (unsigned long long)stats.documents,
           (unsigned long long)stats.duplicates, (unsigned long long)stats.blocks);
    vd_store_close(s);
    return 0;
}
