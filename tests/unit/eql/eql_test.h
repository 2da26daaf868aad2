/* tests/unit/eql/eql_test.h - what the tests of eql/ share */
#ifndef VD_EQL_TEST_H
#define VD_EQL_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "eql/eql.h"

/* How far a text is taken. */
enum { PARSE, CHECK, FOLD };

/* Takes `text` through the stages up to `stage`; *out may be looked at while `a` lives. */
static inline int take(vd_arena *a, vd_schema *schema, const char *text, int stage,
                       vd_eql_query **out, vd_err *err)
{
    int code = vd_eql_parse(a, vd_str_from(text), out, err);
    if (code == 0 && stage >= CHECK) code = vd_eql_check(a, *out, schema, NULL, err);
    if (code == 0 && stage >= FOLD) code = vd_eql_fold(a, *out, err);
    return code;
}

/* A text and what it prints as, or the message it is refused with. */
typedef struct expectation {
    const char *text, *result;
} expectation;

/* Runs a table. Results are compared whole. */
static inline void run_table(vd_schema *schema, int stage, bool fails, const expectation *rows,
                             size_t n)
{
    for (size_t i = 0; i < n; i++) {
        vd_arena a;
        vd_eql_query *q;
        vd_err err = {0};
        vd_arena_init(&a, 0);
        int code = take(&a, schema, rows[i].text, stage, &q, &err);
        if (fails != (code != 0))
            fail_msg("%s\n  %s", rows[i].text, code ? err.msg : "was not refused");
        const char *got = code ? err.msg : vd_eql_print(&a, q).p;
        if (strcmp(got, rows[i].result) != 0)
            fail_msg("%s\n  expected %s\n  got      %s", rows[i].text, rows[i].result, got);
        if (code) assert_true(err.placed);
        vd_arena_fini(&a);
    }
}

#define RUN(schema, stage, fails, rows)                                                            \
    run_table((schema), (stage), (fails), (rows), sizeof(rows) / sizeof *(rows))

#endif
