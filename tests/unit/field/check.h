/* tests/unit/field/check.h - what the tests of this room share */
#ifndef VD_TESTS_FIELD_CHECK_H
#define VD_TESTS_FIELD_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"

/* Compares a slice with a literal and shows both if they differ. */
static inline void check_str(vd_str got, const char *want, int line)
{
    if (!vd_str_eq(got, vd_str_from(want)))
        fail_msg("line %d: got \"%.*s\", want \"%s\"", line, VD_FMT(got), want);
}
#define CHECK_STR(got, want) check_str((got), (want), __LINE__)

#endif
