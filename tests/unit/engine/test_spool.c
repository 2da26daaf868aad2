#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "engine/engine_int.h"

typedef struct check {
    vd_candidate last;
    uint64_t n, sum;
} check;

static void take(void *ctx, const vd_candidate *c)
{
    check *k = ctx;
    if (k->n && vd_candidate_cmp(&k->last, c) > 0) fail_msg("candidate %llu out of order",
                                                            (unsigned long long)k->n);
    k->last = *c;
    k->n++;
    k->sum += c->event;
}

static void nothing(void *ctx, const vd_candidate *c, bool near) {}

/* However small the cap, everything comes back, in order. */
static void candidates_come_back_in_order(void **state)
{
    const uint64_t caps[] = {1, 56 * 100, 56 * 9999, 1 << 30};
    for (size_t c = 0; c < 4; c++) {
        vd_spool s;
        check k = {0};
        uint64_t sum = 0;
        size_t n = c == 0 ? 500 : 20000;
        srand(3);
        vd_spool_init(&s, caps[c]);
        for (size_t i = 0; i < n; i++) {
            vd_candidate v = {.ts = rand() % 1000, .ordinal = i, .event = (uint64_t)rand()};
            sum += v.event;
            assert_int_equal(vd_spool_add(&s, &v, 1, NULL), 0);
        }
        vd_spool_taker t = {take, nothing, &k};
        assert_int_equal(vd_spool_drain(&s, &t, NULL), 0);
        assert_int_equal(k.n, n);
        assert_int_equal(k.sum, sum);
        assert_true((s.runs.n > 0) == (c < 3));
        vd_spool_fini(&s);
    }
}

/* Feeds n candidates as several threads would that finish blocks of a log out of turn:
 * each block in order, or with shuffled not even that. */
static uint64_t add_blocks(vd_spool *s, size_t n, size_t block, bool shuffled)
{
    vd_candidate v[128];
    uint64_t sum = 0;
    size_t blocks = n / block;
    for (size_t b = 0; b < blocks; b++) {
        size_t turn = (b * 7 + 3) % blocks; /* 7 divides no number of blocks below */
        for (size_t i = 0; i < block; i++) {
            uint64_t at = turn * block + (shuffled ? (i * 5 + 1) % block : i);
            v[i] = (vd_candidate){.ts = (int64_t)(at / 3), .ordinal = at, .event = at * at};
            sum += v[i].event;
        }
        assert_int_equal(vd_spool_add(s, v, block, NULL), 0);
    }
    return sum;
}

/* Parts of the memory and runs of the file are merged, whether blocks are large or of a few
 * candidates, in order or not. */
static void blocks_out_of_turn_are_merged(void **state)
{
    const uint64_t caps[] = {56 * 700, 56 * 9999, 1 << 30};
    const size_t blocks[] = {1, 4, 64, 128};
    for (size_t c = 0; c < 24; c++) {
        vd_spool s;
        check k = {0};
        size_t block = blocks[c / 3 % 4], n = 128 * 250 / block * block;
        vd_spool_init(&s, caps[c % 3]);
        uint64_t sum = add_blocks(&s, n, block, c >= 12);
        vd_spool_taker t = {.take = take, .ctx = &k};
        assert_int_equal(vd_spool_drain(&s, &t, NULL), 0);
        assert_int_equal(k.n, n);
        assert_int_equal(k.sum, sum);
        assert_true((s.runs.n > 0) == (c % 3 < 2));
        vd_spool_fini(&s);
    }
}

/* A log in order is one part, however many additions it came in: nothing is left to merge. */
static void what_is_in_order_stays_one_part(void **state)
{
    vd_spool s;
    check k = {0};
    vd_spool_init(&s, 1 << 30);
    for (uint64_t i = 0; i < 5000; i++) {
        vd_candidate v[2] = {{.ts = (int64_t)i, .ordinal = 2 * i}, {.ts = (int64_t)i, .ordinal = 2 * i + 1}};
        assert_int_equal(vd_spool_add(&s, v, 2, NULL), 0);
    }
    assert_int_equal(s.parts.n, 1);
    vd_spool_taker t = {.take = take, .ctx = &k};
    assert_int_equal(vd_spool_drain(&s, &t, NULL), 0);
    assert_int_equal(k.n, 10000);
    vd_spool_fini(&s);
}

static void documents_are_kept_and_read_back(void **state)
{
    vd_keep k;
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_keep_init(&k);
    uint64_t at[3];
    char *large = calloc(1 << 20, 1);
    memset(large, 'x', 1 << 20);
    vd_str docs[3] = {VD_STR("{\"a\":1}"), {large, 1 << 20}, VD_STR("")};
    for (int i = 0; i < 3; i++)
        assert_int_equal(vd_keep_put(&k, docs[i].p, docs[i].n, 7 + (uint32_t)i, &at[i], NULL), 0);
    for (int round = 0; round < 2; round++)
        for (int i = 2; i >= 0; i--) {
            vd_str out;
            uint32_t source;
            assert_int_equal(vd_keep_get(&k, at[i], &a, &out, &source, NULL), 0);
            assert_int_equal(source, 7 + i);
            assert_true(vd_str_eq(out, docs[i]));
        }
    free(large);
    vd_keep_fini(&k);
    vd_arena_fini(&a);
}

/* The path behind a descriptor; a file without a name is "FOLDER/#inode (deleted)". */
static void check_lies_in(int fd, const char *folder)
{
    char link[64], path[256];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    assert_true(n > 0);
    path[n] = 0;
    assert_memory_equal(path, folder, strlen(folder));
    assert_int_equal(path[strlen(folder)], '/');
}

/* Candidates and copies on disk are where TMPDIR says, and leave nothing there. */
static void temporary_files_are_in_tmpdir(void **state)
{
    char folder[] = "/tmp/vd-spool-XXXXXX";
    vd_candidate c[3] = {{.ts = 3}, {.ts = 1}, {.ts = 2}};
    vd_spool s;
    vd_keep k;
    vd_arena a;
    uint64_t at;
    vd_str out;
    uint32_t source;
    vd_arena_init(&a, 0);
    assert_non_null(mkdtemp(folder));
    setenv("TMPDIR", folder, 1);
    vd_spool_init(&s, 1);
    assert_int_equal(vd_spool_add(&s, c, 3, NULL), 0);
    check_lies_in(s.fd, folder);
    vd_keep_init(&k);
    assert_int_equal(vd_keep_put(&k, "{}", 2, 0, &at, NULL), 0);
    assert_int_equal(vd_keep_get(&k, at, &a, &out, &source, NULL), 0);
    check_lies_in(k.fd, folder);
    vd_spool_fini(&s);
    vd_keep_fini(&k);
    vd_arena_fini(&a);
    assert_int_equal(rmdir(folder), 0);
    unsetenv("TMPDIR");
}

static void a_tmpdir_that_is_not_there_is_named(void **state)
{
    vd_candidate c[2] = {{.ts = 3}, {.ts = 1}};
    vd_err err = {0};
    vd_spool s;
    setenv("TMPDIR", "/nowhere/at/all", 1);
    vd_spool_init(&s, 1);
    assert_int_equal(vd_spool_add(&s, c, 2, &err), VD_IO);
    assert_non_null(strstr(err.msg, "/nowhere/at/all: No such file or directory"));
    vd_spool_fini(&s);
    unsetenv("TMPDIR");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_come_back_in_order),
        cmocka_unit_test(blocks_out_of_turn_are_merged),
        cmocka_unit_test(what_is_in_order_stays_one_part),
        cmocka_unit_test(documents_are_kept_and_read_back),
        cmocka_unit_test(temporary_files_are_in_tmpdir),
        cmocka_unit_test(a_tmpdir_that_is_not_there_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
