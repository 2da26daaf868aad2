/* Problems of rules, as compilers print them. */
#include "base/utf8.h"
#include "cli/cli.h"
#include "sink/sink.h"

void vd_problem_place(const vd_problem *problem, const vd_rule *rule, size_t *line, size_t *column)
{
    *line = problem->line;
    *column = problem->column;
    if (problem->placed && rule) vd_rule_place(rule, problem->pos, line, column);
}

/* Where the caret goes: what is missing at the end is missing behind the last word,
 * not on the empty line after it. */
static size_t mark_at(vd_str query, size_t pos)
{
    size_t end = query.n;
    while (end && strchr(" \t\r\n", query.p[end - 1]))
        end--;
    return pos < end ? pos : end;
}

/* A query on one line may be pages long: of so much only what stands around the mark
 * is shown. */
#define LONG_LINE 160
#define SHOWN_BEFORE 40

/* How many bytes of a long line's beginning are left out: the mark is at byte `at`. */
static size_t left_out(vd_str line, size_t at)
{
    size_t i = 0, width = vd_text_width(vd_str_sub(line, 0, at));
    if (vd_text_width(line) <= LONG_LINE) return 0;
    while (width > SHOWN_BEFORE) {
        size_t from = i;
        vd_utf8_next(line, &i);
        width -= vd_text_width(vd_str_sub(line, from, i));
    }
    return i;
}

static void print_mark(FILE *out, const vd_problem *problem, const vd_rule *rule)
{
    size_t pos = mark_at(rule->query, problem->pos);
    vd_place place = vd_place_of(rule->query, pos);
    size_t at = (size_t)(rule->query.p + pos - place.text.p);
    size_t cut = left_out(place.text, at);
    const char *lead = cut ? "    ..." : "    ";
    vd_str text = vd_str_sub(place.text, cut, place.text.n), before = vd_str_sub(text, 0, at - cut);
    size_t left = text.n > before.n ? text.n - before.n : 0;
    size_t len = problem->len < left ? problem->len : left;
    fputs(lead, out);
    vd_text_put(out, text, LONG_LINE);
    /* Counted as shown: a tab in the line above takes more than one column. */
    fprintf(out, "\n%*s^", (int)(strlen(lead) + vd_text_width(before)), "");
    size_t width = vd_text_width(vd_str_sub(text, before.n, before.n + len));
    if (width > LONG_LINE - vd_text_width(before)) width = LONG_LINE - vd_text_width(before);
    for (size_t i = 1; i < width; i++)
        fputc('~', out);
    fputc('\n', out);
}

/* The message; its own line breaks (Elasticsearch's lists of problems) are kept. */
static void print_message(FILE *out, vd_str msg)
{
    for (size_t at = 0; at <= msg.n;) {
        size_t end = vd_str_find_byte(msg, '\n', at);
        if (at) fputs("\n    ", out);
        vd_text_put(out, vd_str_sub(msg, at, end), SIZE_MAX);
        at = end + 1;
    }
}

void vd_problem_print(FILE *out, const vd_problem *problem, const vd_rule *rule)
{
    size_t line, column;
    vd_str file = problem->file.n ? problem->file : rule ? rule->file : (vd_str){0};
    vd_problem_place(problem, rule, &line, &column);
    if (!file.n) file = VD_STR("query");
    vd_text_put(out, file, SIZE_MAX);
    if (line) fprintf(out, ":%zu", line);
    if (line && column) fprintf(out, ":%zu", column);
    fprintf(out, ": %s: ", problem->error ? "error" : "warning");
    if (!line && rule && rule->name.n) { /* the file may hold many */
        fputs("in \"", out);
        vd_text_put(out, rule->name, SIZE_MAX);
        fputs("\": ", out);
    }
    print_message(out, problem->msg);
    fputs(" [", out);
    vd_text_put(out, problem->code, SIZE_MAX);
    fputs("]\n", out);
    if (problem->placed && rule && rule->query.n) print_mark(out, problem, rule);
}
