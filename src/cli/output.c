#include "cli/output.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"

#define WIDTH 100
#define LEAST_WIDTH 60
#define MOST_WIDTH 250

static void say_forms(const char *what, const char *text, const vd_form *forms, size_t n)
{
    char list[128] = "";
    size_t at = 0;
    for (size_t i = 0; i < n && at < sizeof list; i++)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", forms[i].name);
    vd_say("%s \"%s\": there are %s", what, text, list);
}

static int form_of_extension(const char *path, const vd_form *forms, size_t n)
{
    const char *dot = strrchr(path, '.');
    if (!dot || strchr(dot, '/')) return forms[0].form;
    char word[24];
    snprintf(word, sizeof word, " %s ", dot);
    for (size_t i = 0; i < n; i++)
        if (strstr(forms[i].extensions, word)) return forms[i].form;
    say_forms("no form (-f) is known for the extension of", path, forms, n);
    return -1;
}

int vd_output_form(const vd_options *o, const vd_form *forms, size_t n)
{
    if (!o->format) return o->output ? form_of_extension(o->output, forms, n) : forms[0].form;
    for (size_t i = 0; i < n; i++)
        if (strcmp(forms[i].name, o->format) == 0) return forms[i].form;
    say_forms("unknown form", o->format, forms, n);
    return -1;
}

static bool is_one_of(const struct stat *file, const vd_texts *paths)
{
    struct stat st;
    for (size_t i = 0; i < paths->n; i++)
        if (stat(paths->v[i], &st) == 0 && st.st_dev == file->st_dev && st.st_ino == file->st_ino)
            return true;
    return false;
}

/* Opening for writing empties the file: not one that is to be read. */
static bool is_input(const vd_options *o)
{
    struct stat file;
    return stat(o->output, &file) == 0 && S_ISREG(file.st_mode) &&
           (is_one_of(&file, &o->operands) || is_one_of(&file, &o->rules));
}

FILE *vd_output_open(const vd_options *o)
{
    if (!o->output || strcmp(o->output, "-") == 0) return stdout;
    if (is_input(o)) {
        vd_say("%s: is to be read, so it is not written over", o->output);
        return NULL;
    }
    FILE *out = fopen(o->output, "w");
    if (!out) vd_say("%s: %s", o->output, strerror(errno));
    return out;
}

int vd_output_close(const vd_options *o, FILE *out, bool told)
{
    errno = 0;
    bool bad = fflush(out) != 0 || ferror(out);
    if (out != stdout) bad |= fclose(out) != 0;
    if (!bad) return VD_EXIT_OK;
    if (told) return VD_EXIT_FAILURE;
    vd_say("%s: %s", o->output ? o->output : "stdout", errno ? strerror(errno) : "write error");
    return VD_EXIT_FAILURE;
}

void vd_output_drop(const vd_options *o, FILE *out)
{
    struct stat st;
    if (out == stdout) return;
    fclose(out);
    /* A device or a link to somewhere stays. */
    if (lstat(o->output, &st) == 0 && S_ISREG(st.st_mode)) unlink(o->output);
}

static unsigned width_of(int fd)
{
    struct winsize ws;
    const char *columns = getenv("COLUMNS");
    long width = columns ? strtol(columns, NULL, 10) : 0;
    if (width <= 0 && isatty(fd) && ioctl(fd, TIOCGWINSZ, &ws) == 0) width = ws.ws_col;
    if (width <= 0) return WIDTH;
    return width < LEAST_WIDTH ? LEAST_WIDTH : width > MOST_WIDTH ? MOST_WIDTH : (unsigned)width;
}

void vd_output_screen(FILE *out, vd_sink_options *options)
{
    const char *no_colour = getenv("NO_COLOR"), *term = getenv("TERM");
    int fd = fileno(out);
    options->out = out;
    options->width = width_of(fd);
    options->colour = isatty(fd) && !(no_colour && *no_colour) && term && strcmp(term, "dumb") != 0;
}
