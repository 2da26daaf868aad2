/* tests/unit/server/arena.h - an arena for each test of a group: cmocka_unit_test_setup_teardown */
#ifndef VD_TEST_ARENA_H
#define VD_TEST_ARENA_H

#include "base/arena.h"

static vd_arena arena;

static int set_up(void **state)
{
    vd_arena_init(&arena, 0);
    return 0;
}

static int tear_down(void **state)
{
    vd_arena_fini(&arena);
    return 0;
}

#endif
