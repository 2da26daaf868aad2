/* Timelines in the columns of Timesketch: one row for each event of an alert.
 * Source: Timesketch docs, "Import from CSV/JSON/JSONL": message, datetime and
 * timestamp_desc are asked for, timestamp is microseconds since 1970. */
#include "base/clock.h"
#include "sink/sink_int.h"

typedef enum column {
    MESSAGE, TIMESTAMP, DATETIME, TIMESTAMP_DESC, RULE, RULE_ID, SEVERITY, RISK_SCORE, STAGE, HOST, USER,
    PROCESS, PID, TACTIC, TECHNIQUE, EVENT_ID, ALERT_ID, SOURCE, COLUMNS
} column;

static const char *const names[COLUMNS] = {
    "message", "timestamp", "datetime", "timestamp_desc", "rule", "rule_id", "severity", "risk_score",
    "stage", "host", "user", "process", "pid", "tactic", "technique", "event_id", "alert_id", "source"};

typedef struct timeline {
    vd_arena a;  /* of the finding at hand */
    bool head;   /* the first line is written */
    bool lines;  /* NDJSON, else CSV */
} timeline;

/* A row: text, or numbers where `text` of the column is empty. */
typedef struct row {
    vd_str text[COLUMNS];
    int64_t micros, risk;
} row;

/* Ids of all tactics, or techniques, of the rule: "T1059, T1021.002". */
static vd_str threat_ids(vd_arena *a, const vd_rule *rule, bool tactics)
{
    vd_threat t[32];
    vd_str s = {0}, last = {0};
    size_t n = vd_rule_threats(rule, t, 32);
    for (size_t i = 0; i < n && i < 32; i++) {
        vd_str id = tactics ? t[i].tactic_id : t[i].technique_id;
        if (!id.n || vd_str_eq(id, last)) continue;
        s = vd_arena_printf(a, "%.*s%s%.*s", VD_FMT(s), s.n ? ", " : "", VD_FMT(id));
        last = id;
    }
    return s;
}

/* "Rule [2/3]: network a.exe: 10.0.0.1:445" */
static vd_str message_of(vd_arena *a, vd_str rule, const row *r, const vd_row *shown)
{
    const vd_str *cell = shown->cell;
    vd_str s = vd_arena_printf(a, "%.*s%s%.*s%s: %.*s", VD_FMT(rule), r->text[STAGE].n ? " [" : "",
                               VD_FMT(r->text[STAGE]), r->text[STAGE].n ? "]" : "",
                               VD_FMT(cell[VD_CELL_CATEGORY]));
    vd_str parts[] = {cell[VD_CELL_PROCESS], cell[VD_CELL_WHAT]};
    for (size_t i = 0; i < 2; i++)
        if (parts[i].n)
            s = vd_arena_printf(a, "%.*s%s%.*s", VD_FMT(s), i && parts[0].n ? ": " : " ", VD_FMT(parts[i]));
    return s;
}

static void fill_event(vd_arena *a, row *r, const vd_finding_event *ev, vd_str rule)
{
    char when[32];
    size_t n = vd_time_format(ev->ts, when);
    vd_row shown = vd_row_of(a, ev);
    r->micros = ev->ts * 1000;
    /* Timesketch's parsers want the zone as an offset. */
    r->text[DATETIME] = vd_arena_printf(a, "%.*s+00:00", (int)n - 1, when);
    r->text[HOST] = shown.cell[VD_CELL_HOST];
    r->text[USER] = shown.cell[VD_CELL_USER];
    r->text[PROCESS] = shown.cell[VD_CELL_PROCESS];
    r->text[PID] = shown.cell[VD_CELL_PID];
    r->text[EVENT_ID] = ev->id;
    r->text[SOURCE] = ev->line ? vd_arena_printf(a, "%.*s:%llu", VD_FMT(ev->source),
                                                 (unsigned long long)ev->line)
                               : ev->source;
    r->text[MESSAGE] = message_of(a, rule, r, &shown);
}

/* ---- CSV: RFC 4180 ---- */

/* A cell that a spreadsheet would take for a formula gets an apostrophe in front: events
 * are foreign, and such files are opened with a double click. */
static bool looks_like_formula(vd_str s)
{
    return s.n > 1 && memchr("=+-@", s.p[0], 4) && !(s.p[0] == '-' && s.p[1] >= '0' && s.p[1] <= '9');
}

static void put_cell(timeline *t, FILE *out, vd_str raw)
{
    vd_str s = vd_text_safe(&t->a, raw);
    bool formula = looks_like_formula(s);
    bool quoted = formula;
    for (size_t i = 0; i < s.n && !quoted; i++)
        quoted = s.p[i] == '"' || s.p[i] == ',' || s.p[i] == ' ' || s.p[i] == ';';
    if (!quoted) {
        fprintf(out, "%.*s", VD_FMT(s));
        return;
    }
    fputs(formula ? "\"'" : "\"", out);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"') fputc('"', out);
        fputc(s.p[i], out);
    }
    fputc('"', out);
}

static void put_head(timeline *t, FILE *out)
{
    if (t->head || t->lines) return;
    t->head = true;
    for (size_t i = 0; i < COLUMNS; i++)
        fprintf(out, "%s%s", i ? "," : "", names[i]);
    fputs("\r\n", out);
}

static void put_csv(timeline *t, FILE *out, const row *r)
{
    put_head(t, out);
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i) fputc(',', out);
        if (i == TIMESTAMP)
            fprintf(out, "%lld", (long long)r->micros);
        else if (i == RISK_SCORE)
            fprintf(out, "%lld", (long long)r->risk);
        else
            put_cell(t, out, r->text[i]);
    }
    fputs("\r\n", out);
}

static void put_line(FILE *out, const row *r)
{
    vd_json *line = vd_json_object();
    for (size_t i = 0; i < COLUMNS; i++) {
        if (i == TIMESTAMP)
            vd_json_set(line, names[i], vd_json_int(r->micros));
        else if (i == RISK_SCORE)
            vd_json_set(line, names[i], vd_json_int(r->risk));
        else if (r->text[i].n)
            vd_json_set_str(line, names[i], r->text[i]);
    }
    vd_json_write_line(out, line);
    vd_json_free(line);
}

static void take(vd_sink *sink, const vd_finding *finding)
{
    timeline *t = sink->state;
    char id[65];
    if (finding->rule->building_block && !sink->o.building_blocks) return;
    vd_alert_facts facts = vd_alert_facts_of(finding);
    vd_alert_options options = {.now = sink->o.now};
    vd_alert_id(finding, &options, id);
    row r = {.risk = facts.risk_score};
    r.text[TIMESTAMP_DESC] = VD_STR("Event of an Alert");
    r.text[RULE] = facts.name;
    r.text[RULE_ID] = finding->rule->rule_id;
    r.text[SEVERITY] = vd_str_from(vd_severity_name(facts.severity));
    r.text[TACTIC] = threat_ids(&t->a, finding->rule, true);
    r.text[TECHNIQUE] = threat_ids(&t->a, finding->rule, false);
    r.text[ALERT_ID] = vd_str_from(id);
    for (size_t i = 0; i < finding->n_events; i++) {
        if (finding->events[i].missing) continue;
        if (finding->sequence)
            r.text[STAGE] = vd_arena_printf(&t->a, "%zu/%zu", i + 1, finding->n_events);
        fill_event(&t->a, &r, &finding->events[i], facts.name);
        if (t->lines)
            put_line(sink->o.out, &r);
        else
            put_csv(t, sink->o.out, &r);
    }
    vd_arena_reset(&t->a);
}

/* No alert is a table without rows. */
static void end(vd_sink *sink, const vd_summary *summary)
{
    (void)summary;
    put_head(sink->state, sink->o.out);
}

static void free_timeline(vd_sink *sink)
{
    timeline *t = sink->state;
    vd_arena_fini(&t->a);
    free(t);
}

void vd_sink_timeline_init(vd_sink *sink, bool lines)
{
    timeline *t = vd_calloc(1, sizeof *t);
    vd_arena_init(&t->a, 0);
    t->lines = lines;
    sink->state = t;
    sink->take = take;
    sink->end = end;
    sink->free = free_timeline;
}
