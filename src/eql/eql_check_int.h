/* eql/eql_check_int.h - between the two halves of the checker; private to eql/ */
#ifndef VD_EQL_CHECK_INT_H
#define VD_EQL_CHECK_INT_H

#include "eql/eql_int.h"

typedef struct vd_checker {
    vd_arena *a;
    vd_eql_query *q;
    vd_schema *schema;
    vd_eql_problems problems;
} vd_checker;

/* Notes a problem with the text at [pos, pos + len). */
void vd_problem_add(vd_checker *c, size_t pos, size_t len, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* What the schema says of a name. */
typedef struct vd_column {
    vd_field_id field;  /* aliases followed; VD_NO_FIELD if unmapped or wrong */
    vd_eql_type type;   /* VD_ET_NULL if unmapped, VD_ET_ANY if wrong or unknown */
    bool unmapped;
} vd_column;

/* Looks a name up; what is wrong with it becomes a problem. */
vd_column vd_check_column(vd_checker *c, vd_str name, bool optional, uint32_t pos, uint32_t len);

/* Types `e` and everything below it. */
void vd_check_expr(vd_checker *c, vd_eql_expr *e);
/* "long", as messages of the verifier spell types. */
const char *vd_eql_type_name(vd_eql_type t);
/* Values of the two types may be compared as join keys or list members. */
bool vd_eql_types_fit(vd_eql_type a, vd_eql_type b);

#endif
