/* bench/gen/text.h - rows of the tables made into values
 *
 * Use         vd_expand fills a row's '%' codes in and escapes it for JSON;
 *             vd_command_build makes arguments and command line of a row
 * Limits      what does not fit is cut at a whole character; the tables are
 *             written so that nothing is
 */
#ifndef VD_GEN_TEXT_H
#define VD_GEN_TEXT_H

#include "data.h"
#include "emit.h"
#include "rng.h"

enum {
    VD_PATH_CAP = 320,    /* an escaped path */
    VD_COMMAND_CAP = 640, /* an escaped command line, or its arguments */
};

/* Who and where: what the codes %u, %s and %c stand for. */
typedef struct vd_whereabouts {
    const char *user;
    const char *sid;
    const char *host;
} vd_whereabouts;

/* A value with room of its own, escaped, not terminated. */
typedef struct vd_value {
    uint32_t len;
    char text[VD_PATH_CAP];
} vd_value;

/* A program as it was started: where it lies and what it was told. */
typedef struct vd_command {
    uint16_t exe_len, name_at, args_len, line_len, args_count;
    const vd_prog *prog; /* NULL for a role or a planted process */
    char exe[VD_PATH_CAP];
    char args[VD_COMMAND_CAP]; /* the body of a JSON array */
    char line[VD_COMMAND_CAP];
} vd_command;

/* Expands `row` into `out` (at most `cap` bytes, escaped) and returns the length. */
size_t vd_expand(char *out, size_t cap, const char *row, const vd_whereabouts *at, vd_rng *r);

/* The same into a value. */
void vd_value_set(vd_value *v, const char *row, const vd_whereabouts *at, vd_rng *r);

/* Makes a command of a program's path and a row of arguments ('|' between
 * them); row NULL means the path alone. */
void vd_command_build(vd_command *c, const char *exe, const char *row, const vd_whereabouts *at,
                      vd_rng *r);

/* Copies a command, only the bytes in use. */
void vd_command_copy(vd_command *to, const vd_command *from);

/* Where the last part of an escaped path begins. */
size_t vd_name_at(const char *path, size_t len);

static inline vd_text vd_value_text(const vd_value *v)
{
    return (vd_text){v->text, v->len};
}

static inline vd_text vd_command_name(const vd_command *c)
{
    return (vd_text){c->exe + c->name_at, (uint32_t)(c->exe_len - c->name_at)};
}

/* A GUID in its usual form, lower case. */
char *vd_put_guid(char *w, vd_rng *r);

/* Base64 with padding. */
char *vd_put_base64(char *w, const char *p, size_t n);

#endif
