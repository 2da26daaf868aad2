/* Colours and columns. */
#include <stdarg.h>

#include "base/limits.h"
#include "sink/sink_int.h"

static const char *const codes[] = {"0", "1", "2", "1;31", "1;35", "1;33", "1;34"};

void vd_style_put(const vd_sink *sink, vd_style style)
{
    if (sink->o.colour) fprintf(sink->o.out, "\033[%sm", codes[style]);
}

void vd_styled(const vd_sink *sink, vd_style style, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vd_style_put(sink, style);
    vfprintf(sink->o.out, fmt, ap);
    vd_style_put(sink, VD_PLAIN);
    va_end(ap);
}

const char *vd_number(uint64_t n, char out[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), at = 0;
    for (int i = 0; i < len; i++) {
        if (i && (len - i) % 3 == 0) out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *vd_hosts_number(size_t n, char out[48])
{
    char number[32];
    bool more = n > VD_MAX_HOSTS;
    snprintf(out, 48, "%s%s", more ? "more than " : "", vd_number(more ? VD_MAX_HOSTS : n, number));
    return out;
}

const char *vd_bytes(uint64_t n, char out[32])
{
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    double x = (double)n;
    size_t u = 0;
    for (; x >= 1000 && u < 4; u++)
        x /= 1000;
    snprintf(out, 32, u && x < 100 ? "%.1f %s" : "%.0f %s", x, units[u]);
    return out;
}

static const struct {
    const char *title;
    size_t most; /* columns it may take */
} cells[VD_CELL_COUNT] = {
    [VD_CELL_HOST] = {"host", 16},      [VD_CELL_CATEGORY] = {"stage", 14},
    [VD_CELL_PROCESS] = {"process", 16}, [VD_CELL_PID] = {"pid", 7},
    [VD_CELL_USER] = {"user", 17},      [VD_CELL_WHAT] = {"destination / what", 4096},
};

void vd_columns_fit(vd_columns *c, const vd_row *row)
{
    for (unsigned i = 0; i < VD_CELL_COUNT; i++) {
        size_t w = vd_text_width(row->cell[i]);
        if (w > cells[i].most) w = cells[i].most;
        if (w > c->width[i]) c->width[i] = w;
    }
}

/* Without stages the column says the category alone. */
static const char *title_of(const vd_columns *c, unsigned cell)
{
    return cell == VD_CELL_CATEGORY && !c->stage ? "category" : cells[cell].title;
}

void vd_columns_settle(vd_columns *c, const vd_sink *sink, size_t indent, bool host)
{
    char sample[48];
    size_t screen = sink->o.width, used = indent;
    c->when = vd_zone_format(&sink->o.zone, 0, c->short_time, sample);
    used += c->when + 2 + (c->stage ? c->stage + 1 : 0);
    for (unsigned i = 0; i < VD_CELL_WHAT; i++) {
        size_t title = strlen(title_of(c, i));
        if (c->width[i] && c->width[i] < title) c->width[i] = title;
        if (i == VD_CELL_HOST && !host) c->width[i] = 0;
        if (c->width[i]) used += c->width[i] + 2;
    }
    c->width[VD_CELL_WHAT] = screen > used + 20 ? screen - used : 20;
}

void vd_columns_head(const vd_columns *c, const vd_sink *sink, size_t indent, bool host)
{
    FILE *out = sink->o.out;
    vd_style_put(sink, VD_DIM);
    fprintf(out, "%*s%-*s  ", (int)indent, "", (int)c->when, "when");
    for (unsigned i = host ? VD_CELL_HOST : VD_CELL_CATEGORY; i < VD_CELL_WHAT; i++) {
        size_t w = c->width[i];
        if (!w) continue;
        if (i == VD_CELL_CATEGORY && c->stage) w += c->stage + 1;
        vd_text_cell(out, vd_str_from(title_of(c, i)), w, i == VD_CELL_PID);
        fputs("  ", out);
    }
    fputs(cells[VD_CELL_WHAT].title, out);
    vd_style_put(sink, VD_PLAIN);
    fputc('\n', out);
}

static void put_missing(const vd_columns *c, const vd_sink *sink, unsigned stage)
{
    fprintf(sink->o.out, "%*s  %*u ", (int)c->when, "-", (int)c->stage, stage);
    vd_styled(sink, VD_DIM, "(no such event, as the rule asks)");
    fputc('\n', sink->o.out);
}

void vd_columns_row(const vd_columns *c, const vd_sink *sink, size_t indent, bool host,
                    const vd_row *row, unsigned stage)
{
    FILE *out = sink->o.out;
    char when[48] = "-";
    fprintf(out, "%*s", (int)indent, "");
    if (row->missing) {
        put_missing(c, sink, stage);
        return;
    }
    vd_zone_format(&sink->o.zone, row->ts, c->short_time, when);
    fprintf(out, "%-*s  ", (int)c->when, when);
    for (unsigned i = host ? VD_CELL_HOST : VD_CELL_CATEGORY; i < VD_CELL_WHAT; i++) {
        if (!c->width[i]) continue;
        if (i == VD_CELL_CATEGORY && c->stage && stage)
            fprintf(out, "%*u ", (int)c->stage, stage);
        else if (i == VD_CELL_CATEGORY && c->stage)
            fprintf(out, "%*s ", (int)c->stage, "");
        vd_text_cell(out, row->cell[i], c->width[i], i == VD_CELL_PID);
        fputs("  ", out);
    }
    if (row->path)
        vd_text_put_end(out, row->cell[VD_CELL_WHAT], c->width[VD_CELL_WHAT]);
    else
        vd_text_put(out, row->cell[VD_CELL_WHAT], c->width[VD_CELL_WHAT]);
    fputc('\n', out);
}
