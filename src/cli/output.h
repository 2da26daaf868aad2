/* cli/output.h - where results go: stdout or a file, in which form */
#ifndef VD_CLI_OUTPUT_H
#define VD_CLI_OUTPUT_H

#include "cli/options.h"
#include "sink/sink.h"

/* A form by its name, with the extensions of files that ask for it. */
typedef struct vd_form {
    const char *name;
    const char *extensions; /* " .ndjson .jsonl " */
    int form;
} vd_form;

/* Finds the form that -f, else the extension of -o, asks for; forms[0] is the default.
 * -1: said what is wrong. */
int vd_output_form(const vd_options *o, const vd_form *forms, size_t n);
/* The stream of -o, or stdout; NULL: said why not. */
FILE *vd_output_open(const vd_options *o);
/* Flushes and, unless it is stdout, closes. An exit status; trouble was said, once if
 * writing was `told` to have failed before. */
int vd_output_close(const vd_options *o, FILE *out, bool told);
/* The same where the work came to nothing: the file that vd_output_open made is removed. */
void vd_output_drop(const vd_options *o, FILE *out);
/* Width and colours for a stream. */
void vd_output_screen(FILE *out, vd_sink_options *options);

#endif
