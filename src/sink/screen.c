/* The first screen: what was read, the alerts by severity and rule with a timeline
 * each, what the rules had to work on, and what to do next. */
#include "base/clock.h"
#include "sink/report_int.h"

/* Rules that get a timeline, and rules behind them that get a line. */
#define RULES_SHOWN 20
#define RULES_LISTED 20
#define HOSTS_SHOWN 4
#define TECHNIQUES_SHOWN 12
#define SILENT_SHOWN 5

static const char *plural(uint64_t n) { return n == 1 ? "" : "s"; }

static void put(const vd_sink *sink, vd_str s) { vd_text_put(sink->o.out, s, SIZE_MAX); }

/* ---- the head ---- */

static void print_hosts(const vd_sink *sink, const vd_summary *s)
{
    char n[48];
    FILE *out = sink->o.out;
    if (!s->hosts_total) return;
    fprintf(out, "  %s host%s: ", vd_hosts_number(s->hosts_total, n), plural(s->hosts_total));
    size_t shown = s->n_hosts < HOSTS_SHOWN ? s->n_hosts : HOSTS_SHOWN;
    for (size_t i = 0; i < shown; i++) {
        if (i) fputs(", ", out);
        vd_text_put(out, s->hosts[i], 40);
    }
    if (s->hosts_total > shown) fputs(", ...", out);
    fputc('\n', out);
}

static void print_range(const vd_sink *sink, const vd_summary *s)
{
    char from[48], to[48], span[48];
    if (s->first_ts == VD_TIME_NONE) return;
    bool day = vd_zone_same_day(&sink->o.zone, s->first_ts, s->last_ts);
    vd_zone_format(&sink->o.zone, s->first_ts, false, from);
    vd_zone_format(&sink->o.zone, s->last_ts, day, to);
    vd_duration_format(s->last_ts - s->first_ts, span);
    fprintf(sink->o.out, "  %s to %s (%s, times in %s)\n", from, to, span, sink->o.zone.label);
}

static void print_head(const vd_sink *sink, const vd_summary *s)
{
    char n[32], bytes[32];
    FILE *out = sink->o.out;
    vd_styled(sink, VD_BOLD, "Vedette");
    fprintf(out, "  %s event%s", vd_number(s->documents, n), plural(s->documents));
    fprintf(out, " in %s file%s", vd_number(s->files, n), plural(s->files));
    fprintf(out, ", %s", vd_bytes(s->bytes, bytes));
    if (s->bad_documents) fprintf(out, ", %s not readable", vd_number(s->bad_documents, n));
    fputs(s->interrupted ? "; interrupted, what follows is of the part that was read\n" : "\n", out);
    print_hosts(sink, s);
    print_range(sink, s);
}

/* ---- the alerts ---- */

static int by_weight(const void *a, const void *b)
{
    const vd_group *x = a, *y = b;
    if (x->severity != y->severity) return x->severity > y->severity ? -1 : 1;
    if (x->risk_score != y->risk_score) return x->risk_score > y->risk_score ? -1 : 1;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return vd_str_cmp(x->rule->name, y->rule->name);
}

static int by_count(const void *a, const void *b)
{
    const vd_counted *x = a, *y = b;
    if (x->n != y->n) return x->n > y->n ? -1 : 1;
    return vd_str_cmp(x->key, y->key);
}

/* The hosts with most alerts, as many as the line has room for behind `at` columns. */
static void print_group_hosts(const vd_sink *sink, vd_group *g, size_t at)
{
    FILE *out = sink->o.out;
    if (g->hosts.n) qsort(g->hosts.v, g->hosts.n, sizeof *g->hosts.v, by_count);
    size_t i = 0;
    for (; i < g->hosts.n && i < HOSTS_SHOWN; i++) {
        size_t room = g->hosts.n > i + 1 ? 14 : 0; /* for " and 123 more" */
        size_t width = vd_text_width(g->hosts.v[i].key);
        if (width > 32) width = 32;
        if (i && at + 2 + width + room > sink->o.width) break;
        fputs(i ? ", " : " on ", out);
        at += (i ? 2 : 4) + vd_text_put(out, g->hosts.v[i].key, 32);
    }
    if (i < g->hosts.n) fprintf(out, " and %zu more", g->hosts.n - i);
}

/* One line: tactics, each with its techniques. */
static void print_threats(const vd_sink *sink, vd_arena *a, const vd_rule *rule)
{
    vd_threat t[8];
    size_t n = vd_rule_threats(rule, t, 8);
    vd_str line = {0};
    for (size_t i = 0; i < n; i++) {
        bool same = i && vd_str_eq(t[i].tactic_id, t[i - 1].tactic_id);
        line = vd_arena_printf(a, "%.*s%s", VD_FMT(line), i == 0 ? "" : same ? ", " : "; ");
        if (!same)
            line = vd_arena_printf(a, "%.*s%.*s %.*s%s", VD_FMT(line), VD_FMT(t[i].tactic_id),
                                   VD_FMT(t[i].tactic_name), t[i].technique_id.n ? ": " : "");
        if (t[i].technique_id.n)
            line = vd_arena_printf(a, "%.*s%.*s %.*s", VD_FMT(line), VD_FMT(t[i].technique_id),
                                   VD_FMT(t[i].technique_name));
    }
    if (!n) return;
    fputs("    ", sink->o.out);
    vd_style_put(sink, VD_DIM);
    vd_text_put(sink->o.out, line, sink->o.width - 4);
    vd_style_put(sink, VD_PLAIN);
    fputc('\n', sink->o.out);
}

static void print_group_line(const vd_sink *sink, vd_group *g)
{
    char n[32];
    fputs("  ", sink->o.out);
    vd_style_put(sink, VD_BOLD);
    put(sink, g->rule->name);
    vd_style_put(sink, VD_PLAIN);
    int tail = fprintf(sink->o.out, "  risk %lld, %s alert%s", (long long)g->risk_score,
                       vd_number(g->n, n), plural(g->n));
    print_group_hosts(sink, g, 2 + vd_text_width(g->rule->name) + (tail > 0 ? (size_t)tail : 0));
    fputc('\n', sink->o.out);
}

static void print_group(const vd_sink *sink, vd_report *r, const vd_columns *c, vd_group *g)
{
    print_group_line(sink, g);
    print_threats(sink, &r->a, g->rule);
    for (size_t i = 0; i < g->shown.n; i++) {
        if (i) fputc('\n', sink->o.out);
        vd_report_shown(sink, r, c, g->rule, &g->shown.v[i]);
    }
}

static void print_severity(const vd_sink *sink, const vd_report *r, vd_severity severity)
{
    char n[32];
    uint64_t alerts = 0;
    for (size_t i = 0; i < r->groups.n; i++)
        if (r->groups.v[i].severity == severity) alerts += r->groups.v[i].n;
    fputc('\n', sink->o.out);
    vd_report_severity(sink, severity);
    fprintf(sink->o.out, "  %s alert%s\n", vd_number(alerts, n), plural(alerts));
}

static vd_columns fit_columns(const vd_sink *sink, const vd_report *r, size_t groups)
{
    vd_columns c = {.short_time = true};
    int64_t first = VD_TIME_NONE;
    for (size_t g = 0; g < groups; g++)
        for (size_t i = 0; i < r->groups.v[g].shown.n; i++) {
            const vd_shown *shown = &r->groups.v[g].shown.v[i];
            for (size_t k = shown->first; k < shown->first + shown->n; k++) {
                const vd_row *row = &r->rows.v[k];
                vd_columns_fit(&c, row);
                if (row->missing) continue;
                if (first == VD_TIME_NONE) first = row->ts;
                if (!vd_zone_same_day(&sink->o.zone, first, row->ts)) c.short_time = false;
            }
        }
    for (size_t n = r->most_stages; n; n /= 10)
        c.stage++;
    vd_columns_settle(&c, sink, 4, false);
    return c;
}

static void print_alerts(vd_sink *sink, vd_report *r)
{
    char n[32];
    size_t shown = sink->o.full || r->groups.n < RULES_SHOWN ? r->groups.n : RULES_SHOWN;
    if (r->groups.n) qsort(r->groups.v, r->groups.n, sizeof *r->groups.v, by_weight);
    vd_columns c = fit_columns(sink, r, shown);
    for (size_t i = 0; i < r->groups.n && i < shown + RULES_LISTED; i++) {
        vd_group *g = &r->groups.v[i];
        if (!i || g->severity != r->groups.v[i - 1].severity) {
            print_severity(sink, r, g->severity);
            if (i < shown) vd_columns_head(&c, sink, 4, false);
        }
        if (i < shown)
            print_group(sink, r, &c, g);
        else
            print_group_line(sink, g);
    }
    if (r->groups.n > shown + RULES_LISTED)
        fprintf(sink->o.out, "  ... and %s more rules (--full)\n",
                vd_number(r->groups.n - shown - RULES_LISTED, n));
    if (!r->groups.n) fputs("\nNo alerts.\n", sink->o.out);
}

/* ---- what the rules had, and what is next ---- */

#define INDENT 12 /* of what stands behind a title */

static void title(const vd_sink *sink, const char *text)
{
    fputs("  ", sink->o.out);
    vd_styled(sink, VD_BOLD, "%-10s", text);
}

static void new_line(const vd_sink *sink) { fprintf(sink->o.out, "\n%*s", INDENT, ""); }

/* Puts a piece behind what stands on the line (*at columns), or on a new one. */
static void flow(const vd_sink *sink, size_t *at, vd_str piece)
{
    size_t width = vd_text_width(piece);
    if (*at > INDENT && *at + 1 + width > sink->o.width) {
        new_line(sink);
        *at = INDENT;
    } else if (*at > INDENT) {
        fputc(' ', sink->o.out);
        ++*at;
    }
    put(sink, piece);
    *at += width;
}

static void flow_words(const vd_sink *sink, vd_str text)
{
    size_t at = INDENT;
    for (size_t i = 0; i < text.n;) {
        size_t end = vd_str_find_byte(text, ' ', i);
        flow(sink, &at, vd_str_sub(text, i, end));
        i = end + 1;
    }
    fputc('\n', sink->o.out);
}

static size_t count_alerting(const vd_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->groups.n; i++) {
        size_t k = 0;
        while (k < i && r->groups.v[k].rule != r->groups.v[i].rule)
            k++;
        n += k == i;
    }
    return n + r->hidden_rules;
}

static void print_silent(const vd_sink *sink, vd_arena *a, const vd_summary *s)
{
    size_t at = INDENT, shown = s->n_rules_without;
    if (!sink->o.full && shown > SILENT_SHOWN) shown = SILENT_SHOWN;
    title(sink, "No data");
    for (size_t i = 0; i < shown; i++)
        flow(sink, &at,
             vd_arena_printf(a, "%.*s%s", VD_FMT(s->rules_without[i]),
                             i + 1 < s->n_rules_without ? ";" : ""));
    if (s->n_rules_without > shown)
        flow(sink, &at, vd_arena_printf(a, "and %zu more", s->n_rules_without - shown));
    fputc('\n', sink->o.out);
}

static void print_rules(const vd_sink *sink, vd_report *r, const vd_summary *s)
{
    char n[32];
    size_t alerting = count_alerting(r);
    title(sink, "Rules");
    fprintf(sink->o.out, "%s ran", vd_number(s->rules_ran, n));
    fprintf(sink->o.out, ": %s alerted", vd_number(alerting, n));
    if (s->rules_with_data >= alerting)
        fprintf(sink->o.out, ", %s had data and no alert",
                vd_number(s->rules_with_data - alerting, n));
    fprintf(sink->o.out, ", %s had no data\n", vd_number(s->n_rules_without, n));
    if (s->n_rules_without) print_silent(sink, &r->a, s);
}

static void print_not_run(const vd_sink *sink, vd_arena *a, const vd_summary *s)
{
    size_t at = INDENT;
    if (!s->n_not_run && !s->rules_broken) return;
    title(sink, "Not run");
    for (size_t i = 0; i < s->n_not_run; i++)
        flow(sink, &at,
             vd_arena_printf(a, "%llu %.*s%s", (unsigned long long)s->not_run[i].n,
                             VD_FMT(s->not_run[i].name), i + 1 < s->n_not_run ? "," : ""));
    if (s->n_not_run) flow(sink, &at, VD_STR("(types that do not run yet)"));
    if (s->rules_broken)
        flow(sink, &at,
             vd_arena_printf(a, "%s%zu with errors", s->n_not_run ? "and " : "", s->rules_broken));
    fputc('\n', sink->o.out);
}

static void print_techniques(const vd_sink *sink, vd_report *r)
{
    char n[32];
    if (!r->techniques.n) return;
    /* The counts are sorted, the names are looked up by id. */
    qsort(r->techniques.v, r->techniques.n, sizeof *r->techniques.v, by_count);
    title(sink, "ATT&CK");
    for (size_t i = 0; i < r->techniques.n && i < TECHNIQUES_SHOWN; i++) {
        const vd_counted *t = &r->techniques.v[i];
        if (i) fputs(i % 2 ? "; " : "\n            ", sink->o.out);
        put(sink, t->key);
        fputc(' ', sink->o.out);
        put(sink, r->technique_names.v[vd_map_get(&r->technique_index, t->key)]);
        fprintf(sink->o.out, " (%s)", vd_number(t->n, n));
    }
    if (r->techniques.n > TECHNIQUES_SHOWN)
        fprintf(sink->o.out, "; and %zu more", r->techniques.n - TECHNIQUES_SHOWN);
    fputc('\n', sink->o.out);
}

static void print_left_out(const vd_sink *sink, const vd_report *r, const vd_summary *s)
{
    char n[32], rules[32];
    if (r->hidden) {
        title(sink, "Hidden");
        fprintf(sink->o.out, "%s alert%s of %s building-block rule%s (--building-blocks)\n",
                vd_number(r->hidden, n), plural(r->hidden), vd_number(r->hidden_rules, rules),
                plural(r->hidden_rules));
    }
    if (!s->left_out) return;
    title(sink, "Left out");
    fprintf(sink->o.out, "%s alert%s over the cap of %s rule%s, the older ones\n",
            vd_number(s->left_out, n), plural(s->left_out), vd_number(s->left_out_rules, rules),
            plural(s->left_out_rules));
}

static void print_next(const vd_sink *sink, const vd_summary *s)
{
    for (size_t i = 0; i < s->n_next; i++) {
        vd_str command = s->next[2 * i], why = s->next[2 * i + 1];
        size_t width = INDENT + vd_text_width(command) + 2 + vd_text_width(why);
        if (i)
            fprintf(sink->o.out, "%*s", INDENT, "");
        else
            title(sink, "Next");
        put(sink, command);
        if (width > sink->o.width) new_line(sink);
        fputs("  ", sink->o.out);
        vd_style_put(sink, VD_DIM);
        put(sink, why);
        vd_style_put(sink, VD_PLAIN);
        fputc('\n', sink->o.out);
    }
}

void vd_report_print(vd_sink *sink, vd_report *report, const vd_summary *summary)
{
    print_head(sink, summary);
    print_alerts(sink, report);
    fputc('\n', sink->o.out);
    print_rules(sink, report, summary);
    print_not_run(sink, &report->a, summary);
    print_techniques(sink, report);
    print_left_out(sink, report, summary);
    for (size_t i = 0; i < summary->n_notes; i++) {
        title(sink, "Note");
        flow_words(sink, summary->notes[i]);
    }
    print_next(sink, summary);
}
