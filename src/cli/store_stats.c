/* vedette store stats */
#include "base/clock.h"
#include "cli/store.h"

enum { FORM_TEXT, FORM_JSON };
static const vd_form forms[] = {{"text", " .txt ", FORM_TEXT}, {"json", " .json ", FORM_JSON}};

typedef struct report {
    FILE *out;
    vd_zone zone;
    vd_store_stats stats;
    uint64_t alerts, superseded;
    vd_json *indices; /* of the JSON form */
} report;

static double ratio(uint64_t disk, uint64_t raw) { return raw ? (double)disk / (double)raw : 0; }

/* Of events alone, sealed: what the ratio is said of. */
static uint64_t events_on_disk(const vd_store_stats *s)
{
    return s->block_bytes + s->filter_bytes + s->id_bytes;
}

/* --- for people --- */

static void put_time(const report *r, int64_t ts)
{
    char when[48] = "-";
    if (ts != VD_TIME_NONE) vd_zone_format(&r->zone, ts, false, when);
    fprintf(r->out, "%-24s", when);
}

static void put_size(const report *r, const char *what, uint64_t bytes)
{
    char text[32];
    fprintf(r->out, "  %-12s %10s", what, vd_bytes(bytes, text));
    if (r->stats.raw_bytes) fprintf(r->out, "  %.4f of raw", ratio(bytes, r->stats.raw_bytes));
    fputc('\n', r->out);
}

static void put_index_head(const report *r)
{
    fprintf(r->out, "\n%12s %7s %10s %10s %7s  %-24s %-24s %s\n", "events", "blocks", "raw", "on disk", "ratio",
            "first", "last", "index");
}

static void put_index(void *ctx, const vd_store_index *i)
{
    const report *r = ctx;
    char n[32], raw[32], disk[32];
    fprintf(r->out, "%12s %7llu %10s %10s %7.4f  ", vd_number(i->documents, n), (unsigned long long)i->blocks,
            vd_bytes(i->raw_bytes, raw), vd_bytes(i->block_bytes, disk), ratio(i->block_bytes, i->raw_bytes));
    put_time(r, i->first_ts);
    fputc(' ', r->out);
    put_time(r, i->last_ts);
    fputc(' ', r->out);
    vd_text_put(r->out, i->name, SIZE_MAX);
    fputc('\n', r->out);
}

static int put_text(report *r, vd_store *store, vd_err *err)
{
    const vd_store_stats *s = &r->stats;
    char n[32], m[32], bytes[32];
    fprintf(r->out, "%s event%s in %s block%s, %s alert%s", vd_number(s->documents, n), vd_plural(s->documents),
            vd_number(s->blocks, m), vd_plural(s->blocks), vd_number(r->alerts, bytes), vd_plural(r->alerts));
    if (r->superseded) fprintf(r->out, " (%s superseded)", vd_number(r->superseded, n));
    fprintf(r->out, "; times in %s\n", r->zone.label);
    if (s->damaged_blocks) fprintf(r->out, "%s damaged (see vedette store verify)\n", vd_number(s->damaged_blocks, n));
    fprintf(r->out, "  %-12s %10s\n", "raw JSON", vd_bytes(s->raw_bytes, bytes));
    put_size(r, "blocks", s->block_bytes);
    put_size(r, "filters", s->filter_bytes);
    put_size(r, "ids", s->id_bytes);
    put_size(r, "these three", events_on_disk(s));
    put_size(r, "candidates", s->candidate_bytes);
    if (s->waiting_bytes) put_size(r, "not sealed", s->waiting_bytes);
    put_size(r, "journal", s->journal_bytes);
    put_size(r, "all files", s->disk_bytes);
    if (!s->documents) return 0;
    put_index_head(r);
    return vd_store_each_index(store, put_index, r, err);
}

/* --- for programs --- */

static void add_index(void *ctx, const vd_store_index *i)
{
    const report *r = ctx;
    vd_json *v = vd_json_object();
    vd_json_set_str(v, "index", i->name);
    vd_json_set(v, "events", vd_json_uint(i->documents));
    vd_json_set(v, "blocks", vd_json_uint(i->blocks));
    vd_json_set(v, "raw_bytes", vd_json_uint(i->raw_bytes));
    vd_json_set(v, "block_bytes", vd_json_uint(i->block_bytes));
    vd_json_set_time(v, "first", i->first_ts);
    vd_json_set_time(v, "last", i->last_ts);
    vd_json_push(r->indices, v);
}

static int put_json(report *r, vd_store *store, vd_err *err)
{
    const vd_store_stats *s = &r->stats;
    const struct {
        const char *key;
        uint64_t n;
    } numbers[] = {{"events", s->documents},           {"blocks", s->blocks},
                   {"damaged_blocks", s->damaged_blocks}, {"alerts", r->alerts},
                   {"superseded_alerts", r->superseded}, {"raw_bytes", s->raw_bytes},
                   {"block_bytes", s->block_bytes},    {"filter_bytes", s->filter_bytes},
                   {"id_bytes", s->id_bytes},          {"candidate_bytes", s->candidate_bytes},
                   {"waiting_bytes", s->waiting_bytes}, {"journal_bytes", s->journal_bytes},
                   {"disk_bytes", s->disk_bytes},      {"last_number", s->last_seq},
                   {"sealed_number", s->sealed_seq}};
    vd_json *v = vd_json_object();
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        vd_json_set(v, numbers[i].key, vd_json_uint(numbers[i].n));
    vd_json_set(v, "ratio", vd_json_double(ratio(events_on_disk(s), s->raw_bytes)));
    vd_json_set_time(v, "first", s->first_ts);
    vd_json_set_time(v, "last", s->last_ts);
    r->indices = vd_json_array();
    vd_json_set(v, "indices", r->indices);
    int code = vd_store_each_index(store, add_index, r, err);
    vd_json_write_line(r->out, v);
    vd_json_free(v);
    return code;
}

/* --- */

static int count_alerts(report *r, vd_db *db, vd_err *err)
{
    vd_arena a;
    vd_alert_row *rows;
    size_t n;
    vd_alert_query q = vd_alerts_all();
    vd_arena_init(&a, 0);
    int code = vd_alerts_find(db, &q, &a, &rows, &n, &r->alerts, err);
    q.superseded = 1;
    if (!code) code = vd_alerts_find(db, &q, &a, &rows, &n, &r->superseded, err);
    vd_arena_fini(&a);
    return code;
}

int vd_store_print_stats(const vd_options *o, vd_store *s)
{
    vd_err err = {0};
    report r = {.stats = vd_store_stats_of(s)};
    int form = vd_output_form(o, forms, sizeof forms / sizeof forms[0]);
    if (form < 0) return VD_EXIT_USAGE;
    if (vd_zone_read(o->tz ? o->tz : "UTC", &r.zone, &err)) {
        vd_say("%s", err.msg);
        return VD_EXIT_USAGE;
    }
    int code = count_alerts(&r, vd_store_papers(s), &err);
    if (!code && !(r.out = vd_output_open(o))) return VD_EXIT_FAILURE;
    if (!code) code = form == FORM_JSON ? put_json(&r, s, &err) : put_text(&r, s, &err);
    if (code) vd_say("%s", err.msg);
    int closed = r.out ? vd_output_close(o, r.out, false) : VD_EXIT_OK;
    return code ? VD_EXIT_FAILURE : closed;
}
