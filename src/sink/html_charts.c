/* Charts of the HTML report, as SVG and tables that need no script. */
#include "base/clock.h"
#include "sink/html_int.h"

#define BARS 48
#define WIDTH 720
#define HEIGHT 120

/* Numbers of alerts in equal parts of the time they span. */
typedef struct histogram {
    uint64_t n[BARS][VD_SEVERITY_COUNT], most;
    int64_t first, last;
} histogram;

static void fill(histogram *h, const vd_dossier *d)
{
    h->first = h->last = d->moments.v[0].ts;
    for (size_t i = 0; i < d->moments.n; i++) {
        int64_t ts = d->moments.v[i].ts;
        if (ts < h->first) h->first = ts;
        if (ts > h->last) h->last = ts;
    }
    double span = (double)h->last - (double)h->first;
    for (size_t i = 0; i < d->moments.n; i++) {
        double part = span > 0 ? ((double)d->moments.v[i].ts - (double)h->first) / span : 0;
        size_t bar = (size_t)(part * BARS);
        if (bar >= BARS) bar = BARS - 1;
        h->n[bar][d->moments.v[i].severity]++;
    }
    for (size_t bar = 0; bar < BARS; bar++) {
        uint64_t sum = 0;
        for (size_t s = 0; s < VD_SEVERITY_COUNT; s++)
            sum += h->n[bar][s];
        if (sum > h->most) h->most = sum;
    }
}

static void put_when(vd_sink *sink, int64_t ts)
{
    char when[48];
    vd_zone_format(&sink->o.zone, ts, false, when);
    fputs(when, sink->o.out);
}

/* The parts of one bar from the axis up, the lowest severity first. */
static void put_bar(vd_sink *sink, const histogram *h, size_t bar)
{
    const double width = (double)WIDTH / BARS;
    double y = HEIGHT;
    for (size_t s = 0; s < VD_SEVERITY_COUNT; s++) {
        if (!h->n[bar][s]) continue;
        double height = (double)h->n[bar][s] / (double)h->most * (HEIGHT - 4);
        if (height < 2) height = 2;
        y -= height;
        fprintf(sink->o.out, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>",
                vd_severity_name((vd_severity)s), (double)bar * width, y > 0 ? y : 0, width - 2, height);
        put_when(sink, h->first + (int64_t)((double)(h->last - h->first) * (double)bar / BARS));
        fprintf(sink->o.out, ": %llu %s</title></rect>", (unsigned long long)h->n[bar][s],
                vd_severity_name((vd_severity)s));
    }
}

void vd_html_over_time(vd_sink *sink, const vd_dossier *d)
{
    FILE *out = sink->o.out;
    histogram h = {0};
    if (d->moments.n < 2) return;
    fill(&h, d);
    fprintf(out, "<figure><figcaption>Alerts over time</figcaption><svg viewBox=\"0 0 %d %d\" role=\"img\" "
                 "aria-label=\"Alerts over time\" preserveAspectRatio=\"none\">"
                 "<line class=\"axis\" x1=\"0\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>",
            WIDTH, HEIGHT, HEIGHT, WIDTH, HEIGHT);
    for (size_t bar = 0; bar < BARS; bar++)
        put_bar(sink, &h, bar);
    fputs("</svg><div class=\"ends\"><span>", out);
    put_when(sink, h.first);
    fprintf(out, "</span><span>highest bar: %llu</span><span>", (unsigned long long)h.most);
    put_when(sink, h.last);
    fputs("</span></div></figure>\n", out);
}

void vd_html_by_severity(vd_sink *sink, const vd_dossier *d)
{
    FILE *out = sink->o.out;
    uint64_t most = 1;
    for (size_t i = 0; i < VD_SEVERITY_COUNT; i++)
        if (d->by_severity[i] > most) most = d->by_severity[i];
    fputs("<figure><figcaption>Alerts by severity</figcaption><svg viewBox=\"0 0 320 112\" role=\"img\" "
          "aria-label=\"Alerts by severity\">", out);
    for (size_t i = 0; i < VD_SEVERITY_COUNT; i++) {
        vd_severity s = (vd_severity)(VD_SEVERITY_COUNT - 1 - i);
        double width = (double)d->by_severity[s] / (double)most * 180;
        size_t y = 4 + i * 28;
        fprintf(out, "<text x=\"0\" y=\"%zu\">%s</text><rect class=\"%s\" x=\"70\" y=\"%zu\" width=\"%.1f\" "
                     "height=\"18\" rx=\"2\"/><text x=\"%.1f\" y=\"%zu\">%llu</text>",
                y + 14, vd_severity_name(s), vd_severity_name(s), y, width, 78 + width, y + 14,
                (unsigned long long)d->by_severity[s]);
    }
    fputs("</svg></figure>\n", out);
}

/* ---- the matrix ---- */

static void put_technique(vd_sink *sink, const vd_tactic_technique *t, uint64_t most)
{
    FILE *out = sink->o.out;
    /* Five steps of heat, by the root of the share, so that one rule that shouts does not
     * make all others pale. */
    unsigned heat = 1;
    for (double k = 1; k <= 4 && most > 1; k++)
        heat += (double)t->n / (double)most >= k * k / 16;
    fprintf(out, "<li class=\"heat%u\" title=\"", heat);
    for (size_t i = 0; i < t->rules.n; i++) {
        if (i) fputs("&#10;", out);
        vd_html_put(sink, t->rules.v[i]->name);
    }
    fputs("\"><b>", out);
    vd_html_put(sink, t->technique_id);
    fprintf(out, "</b><i>%llu</i><span>", (unsigned long long)t->n);
    vd_html_put(sink, t->technique_id.n ? t->technique_name : VD_STR("(the tactic alone)"));
    fputs("</span></li>", out);
}

static void put_tactic(vd_sink *sink, const vd_dossier *d, vd_str id, vd_str name, uint64_t most)
{
    FILE *out = sink->o.out;
    bool any = false;
    for (size_t i = 0; i < d->techniques.n && !any; i++)
        any = vd_str_eq(d->techniques.v[i].tactic_id, id);
    fprintf(out, "<section%s><h3>", any ? "" : " class=\"none\"");
    vd_html_put(sink, name);
    fputs("</h3><small>", out);
    vd_html_put(sink, id);
    fputs("</small><ul>", out);
    for (size_t i = 0; i < d->techniques.n; i++)
        if (vd_str_eq(d->techniques.v[i].tactic_id, id)) put_technique(sink, &d->techniques.v[i], most);
    fputs("</ul></section>", out);
}

void vd_html_matrix(vd_sink *sink, const vd_dossier *d)
{
    uint64_t most = 1;
    if (!d->techniques.n) return;
    for (size_t i = 0; i < d->techniques.n; i++)
        if (d->techniques.v[i].n > most) most = d->techniques.v[i].n;
    fputs("<h2>ATT&amp;CK</h2>\n<div class=\"matrix\">", sink->o.out);
    for (size_t i = 0; i < VD_TACTICS; i++)
        put_tactic(sink, d, vd_str_from(vd_tactic_ids[i]), vd_str_from(vd_tactic_names[i]), most);
    /* What is no tactic of the enterprise matrix stands behind; the list is sorted. */
    for (size_t i = 0; i < d->techniques.n; i++) {
        const vd_tactic_technique *t = &d->techniques.v[i];
        bool seen = i && vd_str_eq(t->tactic_id, t[-1].tactic_id);
        if (!seen && vd_tactic_place(t->tactic_id) == VD_TACTICS)
            put_tactic(sink, d, t->tactic_id, t->tactic_name, most);
    }
    fputs("</div>\n", sink->o.out);
}
