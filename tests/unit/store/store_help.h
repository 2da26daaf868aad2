/* A store in a directory of its own, documents for it, and what is in it. */
#ifndef VD_TEST_STORE_HELP_H
#define VD_TEST_STORE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "store/intake.h"
#include "store/store.h"
#include "tmp.h"

static char dir[64];
static int told;
static char last_told[1024];

static inline void tell(void *ctx, const char *what)
{
    (void)ctx;
    told++;
    snprintf(last_told, sizeof last_told, "%s", what);
}

static inline int set_up(void **state)
{
    (void)state;
    told = 0;
    last_told[0] = 0;
    tmp_make(dir);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    tmp_remove(dir);
    return 0;
}

static inline vd_store *open_with(vd_store_options o)
{
    vd_store *s = NULL;
    vd_err err = {0};
    o.dir = dir;
    o.tell = tell;
    if (vd_store_open(&o, &s, &err)) fail_msg("open: %s", err.msg);
    return s;
}

static inline vd_store *open_store(void) { return open_with((vd_store_options){0}); }

/* Adds a copy of the text with its padding. */
static inline vd_fault add_doc(vd_intake *in, vd_batch *b, const char *index, const char *id, const char *json)
{
    size_t n = strlen(json);
    char *copy = malloc(n + VD_PADDING);
    memcpy(copy, json, n);
    memset(copy + n, 0, VD_PADDING);
    vd_fault fault = vd_intake_add(in, b, vd_str_from(index), vd_str_from(id), (vd_str){copy, n}, NULL);
    free(copy);
    return fault;
}

/* Documents "PREFIX-<from>" to "PREFIX-<to - 1>", at minute i. */
static inline vd_batch *make_batch(vd_store *s, const char *index, const char *prefix, int from, int to)
{
    uint64_t seed[2];
    vd_store_seed(s, seed);
    vd_intake *in = vd_intake_new(seed);
    vd_batch *b = vd_batch_new(vd_now_ms());
    for (int i = from; i < to; i++) {
        char id[64], json[512];
        snprintf(id, sizeof id, "%s-%d", prefix, i);
        snprintf(json, sizeof json,
                 "{\"@timestamp\":\"2026-01-01T%02d:%02d:00Z\",\"event\":{\"id\":\"e-%s-%d\"},"
                 "\"host\":{\"name\":\"HOST-%d\"},\"source\":{\"ip\":\"10.0.0.%d\"},"
                 "\"process\":{\"entity_id\":\"p-%s-%d\"}}",
                 i / 60 % 24, i % 60, prefix, i, i % 7, i % 250, prefix, i);
        assert_int_equal(add_doc(in, b, index, id, json), VD_FAULT_NONE);
    }
    vd_intake_free(in);
    return b;
}

static inline void commit_docs(vd_store *s, const char *index, const char *prefix, int from, int to)
{
    vd_batch *b = make_batch(s, index, prefix, from, to);
    vd_err err = {0};
    if (vd_store_commit(s, b, &err)) fail_msg("commit: %s", err.msg);
    vd_batch_unref(b);
}

/* Takes everything that waits and gives it back done. */
static inline int finish_all(vd_store *s, const char *candidates, uint64_t plan)
{
    int n = 0;
    for (vd_batch *b; (b = vd_store_next(s, 0)); n++)
        vd_store_done(s, b, vd_str_from(candidates), plan);
    return n;
}

static inline void seal_all(vd_store *s)
{
    vd_err err = {0};
    finish_all(s, "", 0);
    if (vd_store_seal(s, &err)) fail_msg("seal: %s", err.msg);
}

typedef struct seen {
    uint64_t docs, blocks, sum; /* sum of numbers */
} seen;

#define OPEN_WINDOW                                                                                \
    {.since = VD_TIME_NONE, .until = VD_TIME_NONE, .ingested_since = VD_TIME_NONE,                 \
     .ingested_until = VD_TIME_NONE}

static inline seen scan_window(vd_store *s, vd_store_window w)
{
    seen out = {0};
    vd_scan *scan = vd_scan_new(s, &w);
    vd_scan_block b;
    int rc;
    while ((rc = vd_scan_next(scan, &b, NULL)) == 1) {
        size_t lines = 0;
        for (size_t i = 0; i < b.n; i++)
            lines += b.text[i] == '\n';
        assert_int_equal(lines, b.n_docs);
        for (size_t i = 0; i < b.n_docs; i++)
            out.sum += b.seqs[i];
        out.docs += b.n_docs;
        out.blocks++;
    }
    assert_int_equal(rc, 0);
    vd_scan_free(scan);
    return out;
}

static inline seen scan_all(vd_store *s) { return scan_window(s, (vd_store_window)OPEN_WINDOW); }

/* The line of a document; empty: it cannot be read. */
static inline const char *read_doc(vd_store *s, uint64_t seq)
{
    static char text[4096];
    vd_arena a;
    vd_str line;
    vd_arena_init(&a, 0);
    text[0] = 0;
    if (!vd_store_read(s, seq, &a, &line, NULL)) snprintf(text, sizeof text, "%.*s", VD_FMT(line));
    vd_arena_fini(&a);
    return text;
}

#endif
