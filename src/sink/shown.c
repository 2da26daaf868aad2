/* One alert for people: its events as a timeline, at the end of a run or at once. */
#include "base/clock.h"
#include "sink/report_int.h"

static const struct {
    const char *title;
    vd_style style;
} severities[VD_SEVERITY_COUNT] = {
    [VD_SEVERITY_LOW] = {"LOW", VD_BLUE},
    [VD_SEVERITY_MEDIUM] = {"MEDIUM", VD_YELLOW},
    [VD_SEVERITY_HIGH] = {"HIGH", VD_MAGENTA},
    [VD_SEVERITY_CRITICAL] = {"CRITICAL", VD_RED},
};

void vd_report_severity(const vd_sink *sink, vd_severity severity)
{
    vd_styled(sink, severities[severity].style, "%s", severities[severity].title);
}

static void print_name(const vd_sink *sink, const vd_rule *rule, vd_str name)
{
    if (vd_str_eq(name, rule->name)) return;
    fputs("    ", sink->o.out);
    vd_text_put(sink->o.out, name, sink->o.width - 4);
    fputc('\n', sink->o.out);
}

static void print_rows(const vd_sink *sink, const vd_columns *c, const vd_row *rows, size_t n,
                       bool sequence, size_t cut)
{
    for (size_t i = 0; i < n; i++)
        vd_columns_row(c, sink, 4, false, &rows[i], sequence ? (unsigned)i + 1 : 0);
    if (cut) fprintf(sink->o.out, "    ... and %zu more event%s\n", cut, cut == 1 ? "" : "s");
}

void vd_report_shown(const vd_sink *sink, const vd_report *r, const vd_columns *c, const vd_rule *rule,
                     const vd_shown *shown)
{
    print_name(sink, rule, shown->name);
    print_rows(sink, c, r->rows.v + shown->first, shown->n, shown->sequence, shown->cut);
}

/* ---- at once ---- */

/* Characters of an alert's id: enough to know it again when it is said to be superseded. */
#define SHORT_ID 12
/* "2026-03-12": of alerts that are not of today. */
#define DATE 10

static vd_columns fit(const vd_sink *sink, const vd_row *rows, size_t n, bool sequence)
{
    vd_columns c = {.short_time = true};
    int64_t first = VD_TIME_NONE;
    for (size_t i = 0; i < n; i++) {
        vd_columns_fit(&c, &rows[i]);
        if (rows[i].missing) continue;
        if (first == VD_TIME_NONE) first = rows[i].ts;
        if (!vd_zone_same_day(&sink->o.zone, first, rows[i].ts)) c.short_time = false;
    }
    for (size_t k = sequence ? n : 0; k; k /= 10)
        c.stage++;
    vd_columns_settle(&c, sink, 4, false);
    return c;
}

static vd_str host_of(vd_arena *a, const vd_finding *finding)
{
    vd_str host = {0};
    for (size_t i = 0; i < finding->n_events && !host.n; i++)
        if (!finding->events[i].missing) host = vd_host_of(a, finding->events[i].doc);
    return host;
}

static void print_line(const vd_sink *sink, const vd_finding *finding, const vd_alert_facts *facts,
                       vd_str host)
{
    char id[65], when[48];
    FILE *out = sink->o.out;
    vd_report_severity(sink, facts->severity);
    fputs("  ", out);
    vd_style_put(sink, VD_BOLD);
    vd_text_put(out, finding->rule->name, SIZE_MAX);
    vd_style_put(sink, VD_PLAIN);
    fprintf(out, "  risk %lld", (long long)facts->risk_score);
    if (host.n) fputs(" on ", out);
    vd_text_put(out, host, 32);
    if (!vd_zone_same_day(&sink->o.zone, vd_now_ms(), finding->ts)) {
        vd_zone_format(&sink->o.zone, finding->ts, false, when);
        fprintf(out, "  %.*s", DATE, when);
    }
    vd_alert_id(finding, &(vd_alert_options){0}, id);
    fputs("  ", out);
    vd_styled(sink, VD_DIM, "%.*s", SHORT_ID, id);
    fputc('\n', out);
}

/* The same columns as at the end, as wide as this alert needs them. */
void vd_report_now(const vd_sink *sink, vd_report *r, const vd_finding *finding,
                   const vd_alert_facts *facts)
{
    size_t n = finding->n_events;
    if (!sink->o.full && n > VD_SHOWN_EVENTS) n = VD_SHOWN_EVENTS;
    vd_row *rows = VD_NEW_N(&r->scratch, vd_row, n + 1);
    for (size_t i = 0; i < n; i++)
        rows[i] = vd_row_of(&r->scratch, &finding->events[i]);
    vd_columns c = fit(sink, rows, n, finding->sequence);
    print_line(sink, finding, facts, host_of(&r->scratch, finding));
    print_name(sink, finding->rule, facts->name);
    print_rows(sink, &c, rows, n, finding->sequence, finding->n_events - n);
    fputc('\n', sink->o.out);
    vd_arena_reset(&r->scratch);
}
