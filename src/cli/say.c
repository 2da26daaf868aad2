/* What is said on stderr. Names of files and texts of rules are foreign too. */
#include <stdarg.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "sink/sink.h"

void vd_say(const char *fmt, ...)
{
    va_list ap;
    char *text;
    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0) return;
    vd_progress_clear();
    fputs("vedette: ", stderr);
    /* A message may have lines of its own, its parts may not bring others. */
    vd_text_put(stderr, (vd_str){text, (size_t)n}, SIZE_MAX);
    fputc('\n', stderr);
    free(text);
}
