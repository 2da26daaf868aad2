/* A database of its own for each test of the papers. */
#ifndef VD_TEST_STORE_PAPERS_H
#define VD_TEST_STORE_PAPERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "store/papers.h"
#include "tmp.h"

static char dir[64], path[128];
static vd_db *db;
static vd_arena arena;
static vd_err err;

static int set_up(void **state)
{
    tmp_make(dir);
    snprintf(path, sizeof path, "%s/t.db", dir);
    vd_arena_init(&arena, 0);
    return vd_db_open(path, VD_DB_PAPERS, false, &db, &err);
}

static int tear_down(void **state)
{
    vd_db_close(db);
    vd_arena_fini(&arena);
    tmp_remove(dir);
    return 0;
}

/* The same file, opened anew. */
static inline void reopen(void)
{
    vd_db_close(db);
    assert_int_equal(vd_db_open(path, VD_DB_PAPERS, false, &db, &err), 0);
}

#define assert_str(s, text) assert_true(vd_str_eq((s), vd_str_from(text)))
#define in_a_database(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
