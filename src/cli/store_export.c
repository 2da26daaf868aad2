/* vedette store export: events or alerts, a JSON document a line */
#include "base/clock.h"
#include "base/limits.h"
#include "cli/store.h"
#include "event/event.h"

typedef struct export {
    FILE *out;
    int64_t since, until;
    vd_extract *x; /* @timestamp; NULL: every document is wanted */
    vd_event *ev;
    uint64_t damaged; /* alerts */
    bool failed;   /* to write */
} export;

static void write_line(export *e, vd_str line)
{
    bool good = fwrite(line.p, 1, line.n, e->out) == line.n && fputc('\n', e->out) != EOF;
    e->failed |= !good;
}

/* Blocks are chosen whole; of those that reach over an end of the window each document is
 * looked at. */
static void read_times(export *e)
{
    if (e->since == VD_TIME_NONE && e->until == VD_TIME_NONE) return;
    vd_schema *schema = vd_schema_new();
    vd_field_id id = vd_schema_intern(schema, VD_STR("@timestamp"));
    e->x = vd_extract_new(schema, &id, 1);
    vd_schema_free(schema);
    e->ev = vd_event_new(e->x);
}

/* What has no time is in no window. */
static bool wanted(export *e, vd_str line)
{
    if (!e->x) return true;
    const vd_value *v = vd_event_parse(e->ev, line.p, line.n, NULL) ? NULL : vd_event_get(e->ev, 0);
    if (!v || v->kind != VD_DATE) return false;
    return (e->since == VD_TIME_NONE || v->i >= e->since) && (e->until == VD_TIME_NONE || v->i <= e->until);
}

static void write_block(export *e, const vd_scan_block *block)
{
    vd_str text = {block->text, block->n};
    for (size_t at = 0; at < text.n && !e->failed;) {
        size_t end = vd_str_find_byte(text, '\n', at);
        vd_str line = vd_str_sub(text, at, end);
        if (line.n && wanted(e, line)) write_line(e, line);
        at = end + 1;
    }
}

/* A default of the settings file names documents that name no index; it chooses nothing. */
static const char *patterns(const vd_options *o)
{
    return o->given[vd_option_find("index", 5)] ? o->index : NULL;
}

static int export_events(export *e, const vd_options *o, vd_store *s, vd_err *err)
{
    vd_scan_block block;
    vd_str pattern = vd_str_from(patterns(o));
    vd_store_window window = {.since = e->since,
                              .until = e->until,
                              .ingested_since = VD_TIME_NONE,
                              .ingested_until = VD_TIME_NONE,
                              .indices = &pattern,
                              .n_indices = pattern.n != 0};
    int rc = 0;
    read_times(e);
    vd_scan *scan = vd_scan_new(s, &window);
    while (!e->failed && (rc = vd_scan_next(scan, &block, err)) == 1)
        write_block(e, &block);
    vd_scan_free(scan);
    return rc < 0 ? VD_IO : 0;
}

static int write_alerts(void *ctx, const vd_alert_row *rows, size_t n, vd_err *err)
{
    export *e = ctx;
    for (size_t i = 0; i < n; i++) {
        if (rows[i].damaged) vd_say("alert %.*s is damaged and left out", VD_FMT(rows[i].id));
        if (rows[i].damaged) e->damaged++;
        else write_line(e, rows[i].document);
    }
    return e->failed ? VD_ALERTS_ENOUGH : 0;
}

static int export_alerts(export *e, vd_store *s, vd_err *err)
{
    vd_alert_query q = vd_alerts_all();
    q.since = e->since;
    q.until = e->until;
    return vd_alerts_each(vd_store_papers(s), &q, write_alerts, e, err);
}

int vd_store_export(const vd_options *o, vd_store *s)
{
    export e = {0};
    vd_err err = {0};
    if (o->format && strcmp(o->format, "ndjson") != 0) {
        vd_say("an export is ndjson, not \"%s\"", o->format);
        return VD_EXIT_USAGE;
    }
    if (!vd_cli_time("since", o->since, false, &e.since) || !vd_cli_time("until", o->until, true, &e.until))
        return VD_EXIT_USAGE;
    if (o->alerts && patterns(o)) {
        vd_say("--index chooses events: not together with --alerts");
        return VD_EXIT_USAGE;
    }
    e.out = vd_output_open(o);
    if (!e.out) return VD_EXIT_FAILURE;
    int code = o->alerts ? export_alerts(&e, s, &err) : export_events(&e, o, s, &err);
    if (code) vd_say("%s", err.msg);
    vd_event_free(e.ev);
    vd_extract_free(e.x);
    int closed = vd_output_close(o, e.out, false);
    /* Damaged blocks were told and left out. */
    bool damaged = e.damaged || vd_store_stats_of(s).damaged_blocks;
    return code || damaged ? VD_EXIT_FAILURE : closed;
}
