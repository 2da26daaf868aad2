/* event/simdjson_stage1.h - what this room takes from simdjson, as C
 *
 * Idea      Stage 1 of simdjson finds, with vector instructions, where the
 *           structure of a document lies: every one of {}[]:, outside strings,
 *           and the first byte of every string, number and word.
 * Lifetime  The index belongs to the vd_stage1 and lives until its next run.
 * Threads   One vd_stage1, one thread. */
#ifndef VD_EVENT_SIMDJSON_STAGE1_H
#define VD_EVENT_SIMDJSON_STAGE1_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct vd_stage1 vd_stage1;

typedef enum vd_stage1_result {
    VD_STAGE1_OK,
    VD_STAGE1_EMPTY,    /* nothing but white space */
    VD_STAGE1_STRING,   /* a string that does not end, or a control character in one */
    VD_STAGE1_UTF8,     /* not valid UTF-8 */
    VD_STAGE1_TOO_LONG, /* positions do not fit 32 bits */
    VD_STAGE1_MEMORY
} vd_stage1_result;

/* NULL when memory runs out. */
vd_stage1 *vd_stage1_new(void);
void vd_stage1_free(vd_stage1 *s);
/* Indexes `len` bytes. Reads nothing behind them. [out] index: n positions in
 * ascending order, and a further one that is `len`. Allocates only when a
 * document is longer than all before it. */
vd_stage1_result vd_stage1_run(vd_stage1 *s, const char *json, size_t len, const uint32_t **index,
                               size_t *n);

/* The double nearest to `n` bytes in JSON's number grammar, whatever the
 * locale. false: its magnitude is beyond a double's (too large or too small). */
bool vd_double_parse(const char *p, size_t n, double *out);

/* Checks whole documents. A vd_grammar belongs to one thread. */
typedef struct vd_grammar vd_grammar;
/* NULL when memory runs out. */
vd_grammar *vd_grammar_new(void);
void vd_grammar_free(vd_grammar *g);
/* simdjson's DOM parser takes it: then it is JSON in every byte. It also refuses some JSON:
 * numbers beyond 64 bits, halves of surrogate pairs, depths over 1,024. `json` must have
 * VD_PADDING readable bytes behind it. */
bool vd_grammar_takes(vd_grammar *g, const char *json, size_t len);

#ifdef __cplusplus
}
#endif
#endif
