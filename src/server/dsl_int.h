/* server/dsl_int.h - what the query DSL's files share. Private. */
#ifndef VD_SERVER_DSL_INT_H
#define VD_SERVER_DSL_INT_H

#include "base/vec.h"
#include "server/dsl.h"

typedef struct dsl {
    vd_arena *a;
    VD_VEC(char) out;
    vd_schema *schema;
    int64_t now;
    size_t clauses;
    vd_dsl *result;
    vd_err *err;
} dsl;

/* dsl_write.c: pieces of EQL */
void vd_dsl_put(dsl *d, const char *z);
void vd_dsl_put_string(dsl *d, vd_str s);
vd_field_type vd_dsl_type(dsl *d, vd_str field);
/* The field in backquotes; VD_PARSE if no field can be called that. */
int vd_dsl_put_field(dsl *d, vd_str field);
/* field OP value, as the field's type reads it; op: "==", "<", ... `up`: date math rounds up. */
int vd_dsl_compare(dsl *d, vd_str field, const char *op, const vd_json *value, bool up);
/* field == text, without case. */
int vd_dsl_equal_ci(dsl *d, vd_str field, vd_str text);
/* field like a pattern of * and ?, where a backslash escapes. */
int vd_dsl_wildcard(dsl *d, vd_str field, vd_str pattern, bool ci);
/* fn(field, text), e.g. "startsWith~". */
int vd_dsl_call(dsl *d, const char *fn, vd_str field, vd_str text);
/* The words of text in a text field, any or all of them; the whole of it as a phrase. */
int vd_dsl_match(dsl *d, vd_str field, const vd_json *value, bool all, bool phrase);
int vd_dsl_exists(dsl *d, vd_str field);

/* dsl_words.c: query_string. all: words side by side must all hold. */
int vd_dsl_query_string(dsl *d, vd_str text, vd_str default_field, bool all);

#endif
