/* The report as one HTML file. */
#include "sink/html_int.h"

#include "base/clock.h"

/* Bytes of an investigation guide. */
#define GUIDE_BYTES 16384

static const char head[] =
    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    "<meta name=\"referrer\" content=\"no-referrer\"><meta name=\"color-scheme\" content=\"light dark\">"
    "<title>Vedette report</title>\n<style>\n"
    ":root{--bg:#f6f7f9;--card:#fff;--fg:#1c2430;--dim:#667085;--line:#dfe3ea;--code:#f0f2f5;"
    "--critical:#b42318;--high:#d9480f;--medium:#c99a06;--low:#2f6fb5;--heat:217,72,15}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#12161c;--card:#1a2029;--fg:#e4e8ee;--dim:#98a2b3;"
    "--line:#303946;--code:#232b36;--critical:#ff7066;--high:#ff9a5c;--medium:#e8c24a;--low:#6cabf0;"
    "--heat:255,140,80}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--fg);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif}\n"
    "main{max-width:1240px;margin:0 auto;padding:24px}h1{font-size:26px;margin:0 0 4px}"
    "h2{font-size:19px;margin:36px 0 12px}h3{margin:0;font-size:15px}small,.dim{color:var(--dim)}\n"
    "a{color:var(--low)}code,pre{font:13px/1.45 ui-monospace,Menlo,Consolas,'Liberation Mono',monospace}"
    "code{overflow-wrap:anywhere}\n"
    ".cards{display:flex;flex-wrap:wrap;gap:12px;margin:20px 0}.cards div,figure,article{background:"
    "var(--card);border:1px solid var(--line);border-radius:8px}.cards div{padding:12px 18px;min-width:120px}"
    ".cards b{display:block;font-size:22px;line-height:1.3;font-variant-numeric:tabular-nums}\n"
    ".charts{display:grid;grid-template-columns:minmax(0,2fr) minmax(280px,1fr);gap:12px}"
    "@media(max-width:800px){.charts{grid-template-columns:1fr}}figure{margin:0;padding:14px 18px}"
    "figcaption{font-weight:600;margin-bottom:10px}figure svg{width:100%;height:120px;display:block}"
    "svg text{fill:var(--fg);font-size:13px}.axis{stroke:var(--line);stroke-width:2}"
    ".ends{display:flex;justify-content:space-between;color:var(--dim);font-size:12px;margin-top:6px}\n"
    "rect.critical{fill:var(--critical)}rect.high{fill:var(--high)}rect.medium{fill:var(--medium)}"
    "rect.low{fill:var(--low)}\n"
    ".wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:13.5px}"
    "th,td{text-align:left;padding:6px 10px;border-bottom:1px solid var(--line);vertical-align:top}"
    "th{color:var(--dim);font-weight:600;white-space:nowrap}td.n,th.n{text-align:right;"
    "font-variant-numeric:tabular-nums}td.t{white-space:nowrap;font-variant-numeric:tabular-nums}"
    "td.what{min-width:260px}tr:last-child td{border-bottom:0}\n"
    ".tag{display:inline-block;padding:1px 8px;border-radius:10px;font-size:12px;font-weight:600;color:#fff}"
    "@media(prefers-color-scheme:dark){.tag{color:#12161c}}"
    ".tag.critical{background:var(--critical)}.tag.high{background:var(--high)}"
    ".tag.medium{background:var(--medium);color:#12161c}.tag.low{background:var(--low)}\n"
    ".matrix{display:grid;gap:6px;grid-template-columns:repeat(auto-fill,minmax(150px,1fr))}"
    ".matrix section{background:var(--card);border:1px solid var(--line);border-radius:8px;"
    "padding:8px}.matrix .none{opacity:.5}.matrix h3{font-size:12.5px;line-height:1.25}"
    ".matrix ul{list-style:none;margin:6px 0 0;padding:0}.matrix li{border-radius:5px;padding:5px 7px;"
    "margin-top:5px;font-size:12px;line-height:1.3}.matrix li i{float:right;font-style:normal;font-weight:700}"
    ".matrix li span{display:block}.heat1{background:rgba(var(--heat),.12)}.heat2{background:rgba(var(--heat),.22)}"
    ".heat3{background:rgba(var(--heat),.32)}.heat4{background:rgba(var(--heat),.44)}"
    ".heat5{background:rgba(var(--heat),.56)}\n"
    "article{padding:16px 18px;margin:14px 0;border-left:4px solid var(--line)}"
    "article.critical{border-left-color:var(--critical)}article.high{border-left-color:var(--high)}"
    "article.medium{border-left-color:var(--medium)}article.low{border-left-color:var(--low)}"
    "article h3{font-size:17px;margin-bottom:2px}article p{margin:8px 0}\n"
    "details{border-top:1px solid var(--line);padding:8px 0 4px}summary{cursor:pointer;font-weight:600}"
    "details details{border:0;padding:4px 0}details pre{white-space:pre-wrap;background:var(--code);"
    "padding:12px;border-radius:6px;overflow-wrap:anywhere;margin:8px 0}\n"
    ".tree{margin:8px 0 4px;padding:0;list-style:none}.tree ul{list-style:none;margin:0;padding-left:18px;"
    "border-left:1px solid var(--line);margin-left:6px}.tree li{padding:2px 0}.tree code{color:var(--dim)}"
    ".actor{font-weight:700}\n"
    "@media print{body{background:#fff}main{max-width:none}article{break-inside:avoid-page}}\n"
    "</style></head>\n<body><main>\n";

static const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }

void vd_html_put(vd_sink *sink, vd_str raw)
{
    vd_dossier *d = sink->state;
    FILE *out = sink->o.out;
    vd_str s = vd_text_safe(&d->a, raw);
    for (size_t i = 0; i < s.n; i++)
        switch (s.p[i]) {
        case '&': fputs("&amp;", out); break;
        case '<': fputs("&lt;", out); break;
        case '>': fputs("&gt;", out); break;
        case '"': fputs("&quot;", out); break;
        case '\'': fputs("&#39;", out); break;
        default: fputc(s.p[i], out);
        }
}

/* A text of several lines: their ends stay. */
static void put_lines(vd_sink *sink, vd_str s)
{
    for (size_t at = 0; at < s.n;) {
        size_t end = vd_str_find_byte(s, '\n', at);
        vd_str line = vd_str_sub(s, at, end);
        if (line.n && line.p[line.n - 1] == '\r') line.n--;
        vd_html_put(sink, line);
        fputc('\n', sink->o.out);
        at = end + 1;
    }
}

static void put_time(vd_sink *sink, int64_t ts)
{
    char when[48];
    vd_zone_format(&sink->o.zone, ts, false, when);
    fputs(when, sink->o.out);
}

/* ---- summary ---- */

static void put_card(vd_sink *sink, uint64_t n, const char *noun, const char *rest)
{
    char number[32];
    fprintf(sink->o.out, "<div><b>%s</b>%s%s%s</div>", vd_number(n, number), noun, plural(n), rest);
}

static void put_hosts_card(vd_sink *sink, size_t n)
{
    char number[48];
    fprintf(sink->o.out, "<div><b>%s</b>host%s</div>", vd_hosts_number(n, number), plural(n));
}

static void put_hosts(vd_sink *sink, const vd_summary *s)
{
    FILE *out = sink->o.out;
    if (!s->hosts_total) return;
    fputs("<p class=\"dim\">Hosts: ", out);
    for (size_t i = 0; i < s->n_hosts; i++) {
        if (i) fputs(", ", out);
        vd_html_put(sink, s->hosts[i]);
    }
    fputs(s->hosts_total > s->n_hosts ? ", …</p>\n" : "</p>\n", out);
}

static void put_summary(vd_sink *sink, const vd_dossier *d, const vd_summary *s)
{
    FILE *out = sink->o.out;
    fputs("<h1>Vedette report</h1><small>", out);
    if (s->first_ts != VD_TIME_NONE) {
        fputs("Events from ", out);
        put_time(sink, s->first_ts);
        fputs(" to ", out);
        put_time(sink, s->last_ts);
        fputs(", times in ", out);
        vd_html_put(sink, vd_str_from(sink->o.zone.label));
    }
    fputs(s->interrupted ? "; interrupted, this is of the part that was read</small>\n" : "</small>\n", out);
    fputs("<div class=\"cards\">", out);
    put_card(sink, d->n, "alert", "");
    put_card(sink, d->rules.n, "rule", " alerted");
    put_card(sink, s->rules_ran, "rule", " ran");
    put_card(sink, s->documents, "event", "");
    put_hosts_card(sink, s->hosts_total);
    put_card(sink, s->files, "file", "");
    fputs("</div>\n", out);
    put_hosts(sink, s);
    fprintf(out, "<p class=\"dim\">%zu of %zu rule%s had data to look at.", s->rules_with_data, s->rules_ran,
            plural(s->rules_ran));
    if (d->hidden)
        fprintf(out, " %llu alert%s of building-block rules are not shown.", (unsigned long long)d->hidden,
                plural(d->hidden));
    if (s->bad_documents)
        fprintf(out, " %llu document%s could not be read.", (unsigned long long)s->bad_documents,
                plural(s->bad_documents));
    for (size_t i = 0; i < s->n_notes; i++) {
        fputs("<br>", out);
        vd_html_put(sink, s->notes[i]);
    }
    fputs("</p>\n", out);
}

static void put_tag(vd_sink *sink, vd_severity severity)
{
    const char *name = vd_severity_name(severity);
    fprintf(sink->o.out, "<span class=\"tag %s\">%s</span>", name, name);
}

static void put_rules(vd_sink *sink, const vd_dossier *d)
{
    FILE *out = sink->o.out;
    fputs("<h2>Alerts by rule</h2>\n<figure class=\"wide\"><table><tr><th>severity</th><th class=\"n\">risk</th>"
          "<th>rule</th><th class=\"n\">alerts</th><th>first</th><th>last</th></tr>\n", out);
    for (size_t i = 0; i < d->rules.n; i++) {
        const vd_dossier_rule *r = &d->rules.v[i];
        fputs("<tr><td>", out);
        put_tag(sink, r->severity);
        fprintf(out, "</td><td class=\"n\">%lld</td><td><a href=\"#r%zu\">", (long long)r->risk_score, i);
        vd_html_put(sink, r->rule->name);
        fprintf(out, "</a></td><td class=\"n\">%llu</td><td class=\"t\">", (unsigned long long)r->n);
        put_time(sink, r->first_ts);
        fputs("</td><td class=\"t\">", out);
        put_time(sink, r->last_ts);
        fputs("</td></tr>\n", out);
    }
    fputs("</table></figure>\n", out);
}

/* ---- one alert ---- */

static void put_event(vd_sink *sink, const vd_dossier_event *ev, size_t number)
{
    FILE *out = sink->o.out;
    static const vd_cell order[] = {VD_CELL_HOST, VD_CELL_CATEGORY, VD_CELL_PROCESS, VD_CELL_PID,
                                    VD_CELL_USER};
    fprintf(out, "<tr><td class=\"n\">%zu</td>", number);
    if (ev->row.missing) {
        fputs("<td colspan=\"7\" class=\"dim\">no such event, as the rule asks</td></tr>\n", out);
        return;
    }
    fputs("<td class=\"t\">", out);
    put_time(sink, ev->row.ts);
    fputs("</td>", out);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        fputs(order[i] == VD_CELL_PID ? "<td class=\"n\">" : "<td>", out);
        vd_html_put(sink, ev->row.cell[order[i]]);
        fputs("</td>", out);
    }
    fputs("<td class=\"what\"><code>", out);
    vd_html_put(sink, ev->row.cell[VD_CELL_WHAT]);
    fputs("</code><br><small>", out);
    vd_html_put(sink, ev->id);
    if (ev->source.n) fputs(" in ", out);
    vd_html_put(sink, ev->source);
    if (ev->line) fprintf(out, ":%llu", (unsigned long long)ev->line);
    fputs("</small></td></tr>\n", out);
}

static void put_timeline(vd_sink *sink, const vd_dossier *d, const vd_dossier_alert *alert)
{
    FILE *out = sink->o.out;
    fputs("<div class=\"wide\"><table><tr><th class=\"n\">#</th><th>when</th><th>host</th><th>category</th>"
          "<th>process</th><th class=\"n\">pid</th><th>user</th><th>what</th></tr>\n", out);
    for (size_t i = 0; i < alert->n_events; i++)
        put_event(sink, &d->events.v[alert->first_event + i], i + 1);
    fputs("</table></div>\n", out);
    if (alert->cut) fprintf(out, "<p class=\"dim\">%zu more event%s</p>\n", alert->cut, plural(alert->cut));
}

/* A node and below it what it started; no deeper than there are nodes. */
static void put_node(vd_sink *sink, const vd_dossier *d, const vd_dossier_alert *alert, uint32_t at)
{
    FILE *out = sink->o.out;
    const vd_tree_node *nodes = &d->nodes.v[alert->first_node], *node = &nodes[at];
    bool open = false;
    fputs(node->actor ? "<li><span class=\"actor\">" : "<li><span>", out);
    vd_html_put(sink, node->name.n ? node->name : VD_STR("?"));
    fputs("</span> ", out);
    if (node->pid.n) {
        fputs("<small>", out);
        vd_html_put(sink, node->pid);
        fputs("</small> ", out);
    }
    fputs("<code>", out);
    vd_html_put(sink, node->command);
    fputs("</code>", out);
    for (uint32_t i = 0; i < alert->n_nodes; i++) {
        if (nodes[i].parent != at) continue;
        if (!open) fputs("<ul>", out);
        open = true;
        put_node(sink, d, alert, i);
    }
    fputs(open ? "</ul></li>" : "</li>", out);
}

static void put_tree(vd_sink *sink, const vd_dossier *d, const vd_dossier_alert *alert)
{
    if (!alert->n_nodes) return;
    fputs("<details open><summary>Processes</summary><ul class=\"tree\">", sink->o.out);
    for (uint32_t i = 0; i < alert->n_nodes; i++)
        if (d->nodes.v[alert->first_node + i].parent == VD_NO_NODE) put_node(sink, d, alert, i);
    fputs("</ul></details>\n", sink->o.out);
}

static void put_alert(vd_sink *sink, const vd_dossier *d, const vd_dossier_alert *alert, bool open)
{
    FILE *out = sink->o.out;
    fprintf(out, "<details%s><summary>", open ? " open" : "");
    put_time(sink, alert->ts);
    if (alert->host.n) fputs(" on ", out);
    vd_html_put(sink, alert->host);
    if (alert->sequence) fprintf(out, ", %zu events", alert->n_events + alert->cut);
    fputs("</summary>\n", out);
    put_timeline(sink, d, alert);
    put_tree(sink, d, alert);
    fputs("</details>\n", out);
}

/* ---- one rule ---- */

static void put_guide(vd_sink *sink, const vd_rule *rule)
{
    vd_str note = vd_str_trim(vd_json_str(vd_json_get(rule->api, "note")));
    if (!note.n) return;
    fputs("<details><summary>Investigation guide</summary><pre>", sink->o.out);
    put_lines(sink, vd_str_sub(note, 0, GUIDE_BYTES));
    fputs(note.n > GUIDE_BYTES ? "…</pre></details>\n" : "</pre></details>\n", sink->o.out);
}

/* Links that a reader may follow; nothing else than web addresses becomes one. */
static void put_references(vd_sink *sink, const vd_rule *rule)
{
    FILE *out = sink->o.out;
    const vd_json *list = vd_json_get(rule->api, "references");
    if (!vd_json_len(list)) return;
    fputs("<details><summary>References</summary><ul>", out);
    for (size_t i = 0; i < vd_json_len(list); i++) {
        vd_str url = vd_json_str(vd_json_at(list, i));
        bool web = vd_str_starts(url, VD_STR("https://")) || vd_str_starts(url, VD_STR("http://"));
        fputs("<li>", out);
        if (web) fputs("<a rel=\"noreferrer noopener\" href=\"", out);
        if (web) vd_html_put(sink, url);
        if (web) fputs("\">", out);
        vd_html_put(sink, url);
        fputs(web ? "</a></li>" : "</li>", out);
    }
    fputs("</ul></details>\n", out);
}

static void put_threats(vd_sink *sink, const vd_rule *rule)
{
    vd_threat t[32];
    size_t n = vd_rule_threats(rule, t, 32);
    for (size_t i = 0; i < n && i < 32; i++) {
        fputs(i ? ", " : "<br>", sink->o.out);
        vd_html_put(sink, t[i].technique_id.n ? t[i].technique_id : t[i].tactic_id);
        fputc(' ', sink->o.out);
        vd_html_put(sink, t[i].technique_id.n ? t[i].technique_name : t[i].tactic_name);
    }
}

static void put_rule(vd_sink *sink, const vd_dossier *d, const vd_dossier_rule *r, size_t number)
{
    FILE *out = sink->o.out;
    fprintf(out, "<article id=\"r%zu\" class=\"%s\"><h3>", number, vd_severity_name(r->severity));
    vd_html_put(sink, r->rule->name);
    fputs("</h3>", out);
    put_tag(sink, r->severity);
    fprintf(out, " <small>risk %lld, %llu alert%s, rule ", (long long)r->risk_score,
            (unsigned long long)r->n, plural(r->n));
    vd_html_put(sink, r->rule->rule_id);
    put_threats(sink, r->rule);
    fputs("</small><p>", out);
    put_lines(sink, vd_json_str(vd_json_get(r->rule->api, "description")));
    fputs("</p>\n", out);
    for (size_t i = 0; i < r->alerts.n; i++)
        put_alert(sink, d, &d->alerts.v[r->alerts.v[i]], i == 0);
    if (r->n > r->alerts.n)
        fprintf(out, "<p class=\"dim\">%llu more alert%s of this rule (--full shows all)</p>\n",
                (unsigned long long)(r->n - r->alerts.n), plural(r->n - r->alerts.n));
    put_guide(sink, r->rule);
    put_references(sink, r->rule);
    fputs("</article>\n", out);
}

static void take(vd_sink *sink, const vd_finding *finding)
{
    vd_dossier_take(sink->state, &sink->o, finding);
}

static void end(vd_sink *sink, const vd_summary *summary)
{
    vd_dossier *d = sink->state;
    FILE *out = sink->o.out;
    vd_dossier_sort(d);
    fputs(head, out);
    put_summary(sink, d, summary);
    if (d->n) {
        fputs("<div class=\"charts\">", out);
        vd_html_over_time(sink, d);
        vd_html_by_severity(sink, d);
        fputs("</div>\n", out);
        put_rules(sink, d);
        vd_html_matrix(sink, d);
        fputs("<h2>Alerts</h2>\n", out);
    }
    for (size_t i = 0; i < d->rules.n; i++)
        put_rule(sink, d, &d->rules.v[i], i);
    fputs(d->n ? "</main></body></html>\n" : "<p>No alerts.</p></main></body></html>\n", out);
}

static void free_html(vd_sink *sink)
{
    vd_dossier_fini(sink->state);
    free(sink->state);
}

void vd_sink_html_init(vd_sink *sink)
{
    sink->state = vd_calloc(1, sizeof(vd_dossier));
    vd_dossier_init(sink->state);
    sink->take = take;
    sink->end = end;
    sink->free = free_html;
}
