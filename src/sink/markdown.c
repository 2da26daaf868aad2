/* The report as Markdown (GitHub's flavour). Foreign text stands in cells with its marks
 * escaped, or in code where nothing is a mark. */
#include "base/clock.h"
#include "sink/dossier.h"

/* Lines of an investigation guide. */
#define GUIDE_LINES 12

static const char *const titles[VD_SEVERITY_COUNT] = {"Low", "Medium", "High", "Critical"};

static const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }

/* Text outside of code: marks lose their meaning. */
static void put(vd_sink *sink, vd_str raw)
{
    vd_dossier *d = sink->state;
    vd_str s = vd_text_safe(&d->a, raw);
    for (size_t i = 0; i < s.n; i++) {
        if (strchr("\\`*_{}[]<>#|~&", s.p[i])) fputc('\\', sink->o.out);
        fputc(s.p[i], sink->o.out);
    }
}

/* Code in a cell of a table: a fence longer than any run of ` in it, and | escaped. */
static void put_code(vd_sink *sink, vd_str raw)
{
    vd_dossier *d = sink->state;
    FILE *out = sink->o.out;
    vd_str s = vd_text_safe(&d->a, raw);
    size_t run = 0, most = 0;
    for (size_t i = 0; i < s.n; i++) {
        run = s.p[i] == '`' ? run + 1 : 0;
        if (run > most) most = run;
    }
    if (!s.n) return;
    for (size_t i = 0; i <= most; i++)
        fputc('`', out);
    if (most) fputc(' ', out);
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '|') fputc('\\', out);
        fputc(s.p[i], out);
    }
    if (most) fputc(' ', out);
    for (size_t i = 0; i <= most; i++)
        fputc('`', out);
}

static void put_time(vd_sink *sink, int64_t ts)
{
    char when[48];
    vd_zone_format(&sink->o.zone, ts, false, when);
    fputs(when, sink->o.out);
}

/* ---- summary ---- */

static void put_summary(vd_sink *sink, const vd_dossier *d, const vd_summary *s)
{
    FILE *out = sink->o.out;
    char n[48], bytes[32];
    fprintf(out, "# Vedette report\n\n- %s event%s in %zu file%s, %s", vd_number(s->documents, n),
            plural(s->documents), s->files, plural(s->files), vd_bytes(s->bytes, bytes));
    if (s->bad_documents) fprintf(out, ", %s not readable", vd_number(s->bad_documents, n));
    fputs(s->interrupted ? "; interrupted, this is of the part that was read\n" : "\n", out);
    if (s->first_ts != VD_TIME_NONE) {
        fputs("- ", out);
        put_time(sink, s->first_ts);
        fputs(" to ", out);
        put_time(sink, s->last_ts);
        fputs(" (times in ", out);
        put(sink, vd_str_from(sink->o.zone.label));
        fputs(")\n", out);
    }
    if (s->hosts_total)
        fprintf(out, "- %s host%s: ", vd_hosts_number(s->hosts_total, n), plural(s->hosts_total));
    for (size_t i = 0; i < s->n_hosts; i++) {
        if (i) fputs(", ", out);
        put(sink, s->hosts[i]);
    }
    if (s->hosts_total) fputs(s->hosts_total > s->n_hosts ? ", ...\n" : "\n", out);
    fprintf(out, "- %zu rule%s ran, %zu had data, %zu alerted\n", s->rules_ran, plural(s->rules_ran),
            s->rules_with_data, d->rules.n);
    fprintf(out, "- %s alert%s", vd_number(d->n, n), plural(d->n));
    for (size_t i = VD_SEVERITY_COUNT; i-- > 0;)
        if (d->by_severity[i])
            fprintf(out, ", %s %s", vd_number(d->by_severity[i], n), vd_severity_name((vd_severity)i));
    fputc('\n', out);
    if (d->hidden)
        fprintf(out, "- %s alert%s of building-block rules not shown\n", vd_number(d->hidden, n),
                plural(d->hidden));
    for (size_t i = 0; i < s->n_notes; i++) {
        fputs("- ", out);
        put(sink, s->notes[i]);
        fputc('\n', out);
    }
}

static void put_rules(vd_sink *sink, const vd_dossier *d)
{
    FILE *out = sink->o.out;
    if (!d->rules.n) return;
    fputs("\n## Alerts by severity\n\n| severity | risk | rule | alerts | first | last |\n"
          "|---|--:|---|--:|---|---|\n", out);
    for (size_t i = 0; i < d->rules.n; i++) {
        const vd_dossier_rule *r = &d->rules.v[i];
        fprintf(out, "| %s | %lld | ", titles[r->severity], (long long)r->risk_score);
        put(sink, r->rule->name);
        fprintf(out, " | %llu | ", (unsigned long long)r->n);
        put_time(sink, r->first_ts);
        fputs(" | ", out);
        put_time(sink, r->last_ts);
        fputs(" |\n", out);
    }
}

static void put_techniques(vd_sink *sink, const vd_dossier *d)
{
    FILE *out = sink->o.out;
    if (!d->techniques.n) return;
    fputs("\n## ATT&CK\n\n| tactic | technique | alerts | rules |\n|---|---|--:|--:|\n", out);
    for (size_t i = 0; i < d->techniques.n; i++) {
        const vd_tactic_technique *t = &d->techniques.v[i];
        fputs("| ", out);
        put(sink, t->tactic_id);
        fputc(' ', out);
        put(sink, t->tactic_name);
        fputs(" | ", out);
        put(sink, t->technique_id);
        fputc(' ', out);
        put(sink, t->technique_name);
        fprintf(out, " | %llu | %zu |\n", (unsigned long long)t->n, t->rules.n);
    }
}

/* ---- one alert ---- */

static void put_cells(vd_sink *sink, const vd_dossier_event *ev)
{
    FILE *out = sink->o.out;
    static const vd_cell order[] = {VD_CELL_HOST, VD_CELL_CATEGORY, VD_CELL_PROCESS, VD_CELL_PID,
                                    VD_CELL_USER};
    put_time(sink, ev->row.ts);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        fputs(" | ", out);
        put(sink, ev->row.cell[order[i]]);
    }
    fputs(" | ", out);
    put_code(sink, ev->row.cell[VD_CELL_WHAT]);
    fputs(" | ", out);
    put_code(sink, ev->id);
}

static void put_timeline(vd_sink *sink, const vd_dossier *d, const vd_dossier_alert *alert)
{
    FILE *out = sink->o.out;
    fputs("\n| # | when | host | category | process | pid | user | what | event |\n"
          "|--:|---|---|---|---|--:|---|---|---|\n", out);
    for (size_t i = 0; i < alert->n_events; i++) {
        const vd_dossier_event *ev = &d->events.v[alert->first_event + i];
        fprintf(out, "| %zu | ", i + 1);
        if (ev->row.missing)
            fputs("- | | no such event, as the rule asks | | | | |", out);
        else
            put_cells(sink, ev);
        fputs(" |\n", out);
    }
    if (alert->cut) fprintf(out, "\n%zu more event%s.\n", alert->cut, plural(alert->cut));
}

/* A node and below it what it started. Depth is bounded by the number of nodes. */
static void put_node(vd_sink *sink, const vd_dossier *d, const vd_dossier_alert *alert, uint32_t at,
                     int depth)
{
    FILE *out = sink->o.out;
    const vd_tree_node *nodes = &d->nodes.v[alert->first_node], *node = &nodes[at];
    fprintf(out, "%*s- ", 2 * depth, "");
    put(sink, node->name.n ? node->name : VD_STR("?"));
    if (node->pid.n) {
        fputs(" (", out);
        put(sink, node->pid);
        fputc(')', out);
    }
    if (node->command.n) fputs(": ", out);
    put_code(sink, node->command);
    fputc('\n', out);
    for (uint32_t i = 0; i < alert->n_nodes; i++)
        if (nodes[i].parent == at) put_node(sink, d, alert, i, depth + 1);
}

static void put_tree(vd_sink *sink, const vd_dossier *d, const vd_dossier_alert *alert)
{
    if (!alert->n_nodes) return;
    fputs("\nProcesses:\n\n", sink->o.out);
    for (uint32_t i = 0; i < alert->n_nodes; i++)
        if (d->nodes.v[alert->first_node + i].parent == VD_NO_NODE) put_node(sink, d, alert, i, 0);
}

/* The beginning of the investigation guide, as a quotation of plain lines; headings are
 * lines like others there. */
static void put_guide(vd_sink *sink, const vd_rule *rule)
{
    FILE *out = sink->o.out;
    vd_str note = vd_str_trim(vd_json_str(vd_json_get(rule->api, "note")));
    size_t lines = 0, at = 0;
    if (!note.n) return;
    fputs("\nInvestigation guide:\n\n", out);
    for (; at < note.n && lines < GUIDE_LINES; lines++) {
        size_t end = vd_str_find_byte(note, '\n', at);
        vd_str line = vd_str_trim(vd_str_sub(note, at, end));
        while (line.n && line.p[0] == '#')
            line = vd_str_trim(vd_str_sub(line, 1, line.n));
        at = end + 1;
        if (!line.n) continue;
        fputs("> ", out);
        put(sink, line);
        fputs("  \n", out);
    }
    if (at < note.n) fputs("> ...\n", out);
}

static void put_reference(vd_sink *sink, const vd_rule *rule)
{
    const vd_json *list = vd_json_get(rule->api, "references");
    for (size_t i = 0; i < vd_json_len(list); i++) {
        vd_str url = vd_json_str(vd_json_at(list, i));
        if (!vd_str_starts(url, VD_STR("https://")) && !vd_str_starts(url, VD_STR("http://"))) continue;
        fputs(i ? ", " : "\nReferences: ", sink->o.out);
        put_code(sink, url);
    }
    if (vd_json_len(list)) fputc('\n', sink->o.out);
}

/* A text of several lines as one paragraph. */
static void put_prose(vd_sink *sink, vd_str s)
{
    for (size_t at = 0; at < s.n;) {
        size_t end = vd_str_find_byte(s, '\n', at);
        put(sink, vd_str_trim(vd_str_sub(s, at, end)));
        fputc('\n', sink->o.out);
        at = end + 1;
        while (at < s.n && s.p[at] == '\n')
            at++;
    }
}

static void put_rule(vd_sink *sink, const vd_dossier *d, const vd_dossier_rule *r)
{
    FILE *out = sink->o.out;
    fputs("\n## ", out);
    put(sink, r->rule->name);
    fprintf(out, "\n\n%s, risk %lld, %llu alert%s, rule ", titles[r->severity],
            (long long)r->risk_score, (unsigned long long)r->n, plural(r->n));
    put_code(sink, r->rule->rule_id);
    fputs("\n\n", out);
    put_prose(sink, vd_json_str(vd_json_get(r->rule->api, "description")));
    for (size_t i = 0; i < r->alerts.n; i++) {
        const vd_dossier_alert *alert = &d->alerts.v[r->alerts.v[i]];
        fprintf(out, "\n### %zu. ", i + 1);
        put_time(sink, alert->ts);
        fputs(alert->host.n ? " on " : "", out);
        put(sink, alert->host);
        fputc('\n', out);
        put_timeline(sink, d, alert);
        put_tree(sink, d, alert);
    }
    if (r->n > r->alerts.n)
        fprintf(out, "\n%llu more alert%s of this rule (--full shows all).\n",
                (unsigned long long)(r->n - r->alerts.n), plural(r->n - r->alerts.n));
    put_guide(sink, r->rule);
    put_reference(sink, r->rule);
}

static void take(vd_sink *sink, const vd_finding *finding)
{
    vd_dossier_take(sink->state, &sink->o, finding);
}

static void end(vd_sink *sink, const vd_summary *summary)
{
    vd_dossier *d = sink->state;
    vd_dossier_sort(d);
    put_summary(sink, d, summary);
    put_rules(sink, d);
    put_techniques(sink, d);
    for (size_t i = 0; i < d->rules.n; i++)
        put_rule(sink, d, &d->rules.v[i]);
}

static void free_markdown(vd_sink *sink)
{
    vd_dossier_fini(sink->state);
    free(sink->state);
}

void vd_sink_markdown_init(vd_sink *sink)
{
    sink->state = vd_calloc(1, sizeof(vd_dossier));
    vd_dossier_init(sink->state);
    sink->take = take;
    sink->end = end;
    sink->free = free_markdown;
}
