/* What `vedette info` prints for people. */
#include "base/clock.h"
#include "cli/info.h"

#define GAPS_SHOWN 5
#define IDS_SHOWN 12
#define LINES_SHOWN 20

static void put(FILE *out, vd_str s) { vd_text_put(out, s, SIZE_MAX); }

static void put_time(FILE *out, const vd_info *info, int64_t ts)
{
    char when[48] = "-";
    if (ts != VD_TIME_NONE) vd_zone_format(&info->zone, ts, false, when);
    fputs(when, out);
}

static void put_head(FILE *out, const vd_info *info)
{
    char n[32], bytes[32], span[48];
    const vd_survey *s = info->survey;
    vd_stretch range;
    fprintf(out, "%s event%s in %zu file%s, %s", vd_number(s->documents, n), vd_plural(s->documents),
            info->files, vd_plural(info->files), vd_bytes(info->bytes, bytes));
    if (info->bad_documents) fprintf(out, ", %s not readable", vd_number(info->bad_documents, n));
    if (s->outside) fprintf(out, ", %s outside of --since and --until", vd_number(s->outside, n));
    if (s->no_time) fprintf(out, ", %s without a usable time", vd_number(s->no_time, n));
    fputc('\n', out);
    if (!vd_survey_range(s, &range)) return;
    put_time(out, info, range.from);
    fputs(" to ", out);
    put_time(out, info, range.to);
    vd_duration_format(range.to - range.from, span);
    fprintf(out, " (%s, times in %s)\n", span, info->zone.label);
}

static int by_length(const void *a, const void *b)
{
    const vd_stretch *x = a, *y = b;
    int64_t n = x->to - x->from, m = y->to - y->from;
    return n != m ? (n > m ? -1 : 1) : (x->from > y->from) - (x->from < y->from);
}

/* The longest quiet times of a host between its first and last event. */
static void put_gaps(FILE *out, const vd_info *info, const vd_survey_host *host)
{
    size_t n = host->stretches.n ? host->stretches.n - 1 : 0;
    char span[48];
    if (!n) return;
    vd_stretch *gaps = vd_calloc(n, sizeof *gaps);
    for (size_t i = 0; i < n; i++)
        gaps[i] = (vd_stretch){host->stretches.v[i].to, host->stretches.v[i + 1].from};
    qsort(gaps, n, sizeof *gaps, by_length);
    for (size_t i = 0; i < n && i < GAPS_SHOWN; i++) {
        vd_duration_format(gaps[i].to - gaps[i].from, span);
        fprintf(out, "    gap of %s: ", span);
        put_time(out, info, gaps[i].from);
        fputs(" to ", out);
        put_time(out, info, gaps[i].to);
        fputc('\n', out);
    }
    if (n > GAPS_SHOWN) fprintf(out, "    and %zu shorter gaps\n", n - GAPS_SHOWN);
    free(gaps);
}

static void put_hosts(FILE *out, const vd_info *info)
{
    const vd_survey *s = info->survey;
    char n[32];
    if (!s->hosts.n) return;
    fprintf(out, "\nHosts (%zu)\n", s->hosts.n);
    for (size_t i = 0; i < s->hosts.n && i < LINES_SHOWN; i++) {
        const vd_survey_host *h = &s->hosts.v[i];
        vd_stretch span;
        fprintf(out, "  %12s  ", vd_number(h->n, n));
        vd_text_cell(out, h->name.n ? h->name : VD_STR("(no host named)"), 28, false);
        fputc(' ', out);
        vd_text_cell(out, h->os, 8, false);
        if (vd_survey_span(h, &span)) {
            fputc(' ', out);
            put_time(out, info, span.from);
            fputs(" to ", out);
            put_time(out, info, span.to);
        }
        fputc('\n', out);
        put_gaps(out, info, h);
    }
    if (s->hosts.n > LINES_SHOWN) fprintf(out, "  and %zu more\n", s->hosts.n - LINES_SHOWN);
}

/* The data streams' names say the datasets already. */
static bool streams_say(const vd_survey *s)
{
    for (size_t i = 0; i < s->datasets.v.n; i++) {
        vd_str set = s->datasets.v.v[i].name;
        bool said = false;
        for (size_t k = 0; k < s->indices.v.n && !said; k++)
            said = memmem(s->indices.v.v[k].name.p, s->indices.v.v[k].name.n, set.p, set.n) != NULL;
        if (!said) return false;
    }
    return true;
}

static void put_tally(FILE *out, const char *title, const vd_tally *t)
{
    char n[32];
    if (!t->v.n) return;
    fprintf(out, "\n%s (%zu)\n", title, t->v.n);
    for (size_t i = 0; i < t->v.n && i < LINES_SHOWN; i++) {
        fprintf(out, "  %12s  ", vd_number(t->v.v[i].n, n));
        put(out, t->v.v[i].name);
        fputc('\n', out);
    }
    if (t->v.n > LINES_SHOWN) fprintf(out, "  and %zu more\n", t->v.n - LINES_SHOWN);
}

/* One more item of a line that is broken before it gets too wide; *at: columns so far. */
static void put_item(FILE *out, vd_str item, bool first, size_t *at)
{
    size_t width = vd_text_width(item);
    if (first) {
        fprintf(out, "%16s", "");
        *at = 16;
    } else if (*at + 2 + width > 98) {
        fprintf(out, ",\n%16s", "");
        *at = 16;
    } else {
        fputs(", ", out);
        *at += 2;
    }
    put(out, item);
    *at += width;
}

/* The event ids of a channel, the most frequent first; another provider than before is
 * named. */
static void put_ids(FILE *out, const vd_survey *s, vd_str wanted)
{
    vd_arena a;
    size_t shown = 0, more = 0, at = 0;
    vd_str last = {0};
    vd_arena_init(&a, 4096);
    for (size_t i = 0; i < s->ids.v.n; i++) {
        vd_str channel, provider, id;
        vd_survey_id(s->ids.v.v[i].name, &channel, &provider, &id);
        if (!vd_str_eq(channel, wanted) || (shown == IDS_SHOWN && ++more)) continue;
        bool named = !vd_str_eq(provider, last) && provider.n;
        char n[32];
        put_item(out,
                 vd_arena_printf(&a, "%.*s x %s%s%.*s%s", VD_FMT(id.n ? id : VD_STR("?")),
                                 vd_number(s->ids.v.v[i].n, n), named ? " (" : "",
                                 VD_FMT(named ? provider : VD_STR("")), named ? ")" : ""),
                 !shown++, &at);
        last = provider;
    }
    if (more) fprintf(out, " and %zu more", more);
    if (shown) fputc('\n', out);
    vd_arena_fini(&a);
}

static void put_channels(FILE *out, const vd_survey *s)
{
    char n[32];
    if (!s->channels.v.n) return;
    fprintf(out, "\nWindows event logs (%zu)\n", s->channels.v.n);
    for (size_t i = 0; i < s->channels.v.n && i < LINES_SHOWN; i++) {
        fprintf(out, "  %12s  ", vd_number(s->channels.v.v[i].n, n));
        put(out, s->channels.v.v[i].name);
        fputc('\n', out);
        put_ids(out, s, s->channels.v.v[i].name);
    }
    if (s->channels.v.n > LINES_SHOWN) fprintf(out, "  and %zu more\n", s->channels.v.n - LINES_SHOWN);
}

static void put_cleared(FILE *out, const vd_info *info)
{
    const vd_survey *s = info->survey;
    if (!s->cleared.n) return;
    fprintf(out, "\nLogs cleared (%zu)\n", s->cleared.n);
    for (size_t i = 0; i < s->cleared.n && i < LINES_SHOWN; i++) {
        const vd_cleared *c = &s->cleared.v[i];
        fputs("  ", out);
        put_time(out, info, c->ts);
        fputs("  ", out);
        put(out, c->log.n ? c->log : VD_STR("a log"));
        if (c->host.n) fputs(" on ", out);
        put(out, c->host);
        if (c->user.n) fputs(" by ", out);
        put(out, c->user);
        fputc('\n', out);
    }
    if (s->cleared.n > LINES_SHOWN) fprintf(out, "  and %zu more\n", s->cleared.n - LINES_SHOWN);
}

/* ---- rules ---- */

static void put_lacks(FILE *out, const vd_lacks *lacks)
{
    for (size_t i = 0; i < lacks->v.n && i < LINES_SHOWN; i++) {
        const vd_lack *l = &lacks->v.v[i];
        fprintf(out, "  %5zu rule%s  ", l->rules.n, l->rules.n == 1 ? " " : "s");
        put(out, l->what);
        const char *how = vd_advice_of_field(l->what);
        if (how) fprintf(out, ": %s", how);
        fputc('\n', out);
    }
    if (lacks->v.n > LINES_SHOWN) fprintf(out, "  and %zu more\n", lacks->v.n - LINES_SHOWN);
}

static void put_rules(FILE *out, const vd_info *info)
{
    const vd_coverage *c = &info->coverage;
    if (!info->rules_read) return;
    fprintf(out, "\nRules (%zu): %zu can run on this\n", c->rules, c->ready.n);
    for (size_t i = 0; i < info->n_not_run; i++) {
        fprintf(out, "  %5llu more of type ", (unsigned long long)info->not_run[i].n);
        put(out, info->not_run[i].name);
        fputs(" do not run yet\n", out);
    }
    if (info->broken) fprintf(out, "  %5zu more have errors (vedette check)\n", info->broken);
    if (c->without_source) {
        fprintf(out, "\n%zu rule%s lack a data source; switch on\n", c->without_source, vd_plural(c->without_source));
        put_lacks(out, &c->sources);
    }
    if (c->without_field) {
        fprintf(out, "\n%zu rule%s cannot hold, as a field they need is in no event of theirs\n",
                c->without_field, vd_plural(c->without_field));
        put_lacks(out, &c->fields);
    }
    if (c->other_system) {
        fprintf(out, "\n%zu rule%s for systems of which no host is here\n", c->other_system,
                vd_plural(c->other_system));
        put_lacks(out, &c->systems);
    }
    if (c->blind.v.n) {
        fputs("\nFields that rules which can run look at, and that none of their events has\n", out);
        put_lacks(out, &c->blind);
    }
}

void vd_info_text(FILE *out, const vd_info *info)
{
    const vd_survey *s = info->survey;
    put_head(out, info);
    put_cleared(out, info);
    put_hosts(out, info);
    put_tally(out, "Indices and data streams", &s->indices);
    if (!streams_say(s)) put_tally(out, "Datasets (event.dataset)", &s->datasets);
    put_tally(out, "Categories (event.category)", &s->categories);
    put_channels(out, s);
    put_rules(out, info);
}
