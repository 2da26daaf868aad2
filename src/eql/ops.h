/* eql/ops.h - what EQL's operators and functions do to values
 *
 * Used by the fold (constants) and by match/ (scripts). Everything follows
 * Elastic's "EQL function reference"; null in, null out unless said otherwise. */
#ifndef VD_EQL_OPS_H
#define VD_EQL_OPS_H

#include "base/arena.h"
#include "eql/eql.h"

/* A run-time fault of an operator: the leaf it happens in is false, and counted. */
typedef enum vd_op_fault {
    VD_OP_FINE,
    VD_OP_OVERFLOW,
    VD_OP_ZERO_DIVISION,
    VD_OP_BAD_TYPE
} vd_op_fault;

/* -1, 0, 1, or 2 if the two cannot be compared (different families, null, NaN).
 * Numbers compare by value across kinds; a date against a string constant reads
 * the string as a time; an ip against a string reads it as an address. */
int vd_value_compare(const vd_value *a, const vd_value *b);

/* a op b for a comparison: VD_BOOL, or VD_NULL if either is null. */
vd_value vd_op_compare(vd_eql_op op, const vd_value *a, const vd_value *b);
/* a op b for + - * / %: integer arithmetic is exact (overflow faults), `/` cuts
 * towards zero, `%` takes the dividend's sign; is32 operands overflow at 32 bits. */
vd_value vd_op_arith(vd_eql_op op, const vd_value *a, const vd_value *b, vd_op_fault *fault);
vd_value vd_op_negate(const vd_value *v, vd_op_fault *fault);

/* fn(args): strings made live in `scratch`. */
vd_value vd_fn_call(vd_eql_fn fn, bool ci, const vd_value *args, size_t n, vd_arena *scratch,
                    vd_op_fault *fault);

/* The whole of `text` matches the pattern: `*` any run, `?` one code point, no
 * escape. ci: ASCII letters without case. Time is linear in the text for each
 * star-free piece of the pattern (with ci or `?` times the piece's length). */
bool vd_glob_match(vd_str pattern, vd_str text, bool ci);
/* Between two stars there are more than VD_MAX_GLOB_PIECE characters and a `?` is among
 * them: such a pattern is refused. */
bool vd_glob_too_complex(vd_str pattern);
/* The pattern has a `*` or a `?`. */
bool vd_glob_is_pattern(vd_str pattern);

#endif
