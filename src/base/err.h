/* base/err.h - what went wrong, as a value
 *
 * Functions that can fail return 0 or a code below and fill a vd_err that the
 * caller owns, through an optional last parameter. Line and column are worked
 * out from the position only when an error is printed. */
#ifndef VD_BASE_ERR_H
#define VD_BASE_ERR_H

#include <stdio.h>

#include "base/str.h"

/* code, name in output, what the caller may do next */
#define VD_ERR_MAP(X)                                                                              \
    X(OK, "ok", "")                                                                                \
    X(IO, "io_error", "check the path and its permissions")                                        \
    X(PARSE, "parsing_exception", "mend the text at the marked place")                             \
    X(VERIFY, "verification_exception", "mend the text at the marked place")                       \
    X(UNSUPPORTED, "unsupported", "this cannot run here")                                          \
    X(FORMAT, "format_error", "the input is not in the form it claims")                            \
    X(LIMIT, "limit_reached", "raise the named limit")                                             \
    X(USAGE, "usage", "see --help")

typedef enum vd_code {
#define X(code, name, next) VD_##code,
    VD_ERR_MAP(X)
#undef X
        VD_CODE_COUNT
} vd_code;

#define VD_ERR_MSG_MAX 1024

typedef struct vd_err {
    vd_code code;
    size_t pos;  /* byte position of the offending text in its source */
    size_t len;  /* its length, 0 if there is none to mark */
    bool placed; /* pos and len mean something */
    size_t plain; /* msg + plain is the message without the words that name its place */
    char msg[VD_ERR_MSG_MAX];
} vd_err;

/* Fills *err (if not NULL) with a formatted message and returns `code`. */
int vd_fail(vd_err *err, vd_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same with the place of the offending text. */
int vd_fail_at(vd_err *err, vd_code code, size_t pos, size_t len, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
/* The name of a code, e.g. "parsing_exception". */
const char *vd_code_name(int code);

typedef struct vd_place {
    size_t line, column; /* from 1; the column counts code points */
    vd_str text;         /* the line itself, without its end */
} vd_place;

/* Where byte `pos` of `source` lies. pos may be source.n. */
vd_place vd_place_of(vd_str source, size_t pos);
/* Prints the line at err->pos and under it a caret and tildes over the
 * offending text; prints nothing if the error has no place. */
void vd_err_print_place(FILE *out, const vd_err *err, vd_str source);

#endif
