/* What the tests of source/ share: a folder to work in, and a consumer that remembers. */
#ifndef VD_TEST_SOURCE_WORLD_H
#define VD_TEST_SOURCE_WORLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/vec.h"
#include "source/source.h"

/* A document or a fault as the consumer saw it. */
typedef struct seen {
    uint32_t input;
    uint64_t offset, line;
    char *text; /* NULL: too long */
} seen;

typedef struct world {
    pthread_mutex_t lock;
    VD_VEC(seen) docs;
    VD_VEC(char *) told;
    VD_VEC(char *) notes;
    VD_VEC(char *) names;
    VD_VEC(int) fds;
    unsigned broken;
    uint64_t *bytes; /* of count_bytes */
} world;

static char folder[64];

static uint32_t add_input(void *ctx, vd_str name, int fd)
{
    world *w = ctx;
    *vd_vec_push(&w->names) = strndup(name.p, name.n);
    *vd_vec_push(&w->fds) = fd;
    return (uint32_t)w->names.n - 1;
}

static void see(world *w, uint32_t input, uint64_t offset, uint64_t line, vd_str text)
{
    pthread_mutex_lock(&w->lock);
    *vd_vec_push(&w->docs) = (seen){input, offset, line, text.p ? strndup(text.p, text.n) : NULL};
    pthread_mutex_unlock(&w->lock);
}

/* Splits lines as the engine does: blank ones are no documents. */
static void feed(void *ctx, unsigned worker, const vd_source_block *b)
{
    vd_str all = {b->text, b->n};
    if (!b->lines) {
        see(ctx, b->input, b->offset, b->line, all);
        return;
    }
    uint64_t line = b->line;
    for (size_t at = 0; at < all.n; line++) {
        size_t end = vd_str_find_byte(all, '\n', at);
        vd_str text = vd_str_trim(vd_str_sub(all, at, end));
        if (text.n) see(ctx, b->input, b->offset + (uint64_t)(text.p - b->text), line, text);
        at = end + 1;
    }
}

/* For more documents than one wants to remember. */
static inline void count_bytes(void *ctx, unsigned worker, const vd_source_block *b)
{
    const world *w = ctx;
    *w->bytes += b->n;
}

static void fault(void *ctx, const vd_source_fault *f)
{
    assert_int_equal(f->fault, VD_FAULT_TOO_LONG);
    see(ctx, f->input, f->offset, f->line, (vd_str){0});
}

static void tell(void *ctx, vd_str name, const char *what, bool broken)
{
    world *w = ctx;
    char *text;
    assert_true(asprintf(&text, "%.*s: %s", VD_FMT(name), what) > 0);
    *vd_vec_push(&w->told) = text;
    w->broken += broken;
}

static int by_place(const void *a, const void *b)
{
    const seen *x = a, *y = b;
    if (x->input != y->input) return x->input < y->input ? -1 : 1;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

/* Every document of a plain file stands in the file where the consumer was told. */
static void check_places(const world *w)
{
    for (size_t i = 0; i < w->docs.n; i++) {
        const seen *d = &w->docs.v[i];
        int fd = w->fds.v[d->input];
        if (fd < 0 || !d->text) continue;
        size_t n = strlen(d->text);
        char *again = malloc(n + 1);
        assert_int_equal(pread(fd, again, n, (off_t)d->offset), n);
        assert_memory_equal(again, d->text, n);
        free(again);
    }
}

static void note(void *ctx, const char *what)
{
    world *w = ctx;
    *vd_vec_push(&w->notes) = strdup(what);
}

static world *read_as(const char *path, const vd_source_options *options)
{
    world *w = calloc(1, sizeof *w);
    pthread_mutex_init(&w->lock, NULL);
    vd_source_sink sink = {add_input, feed, fault, tell, NULL, w, note};
    vd_source *source = vd_source_new(options, &sink);
    vd_err err = {0};
    if (vd_source_add(source, path, &err)) fail_msg("%s", err.msg);
    vd_source_run(source);
    if (w->docs.n) qsort(w->docs.v, w->docs.n, sizeof *w->docs.v, by_place);
    check_places(w);
    vd_source_free(source);
    return w;
}

static inline world *read_with(const char *path, unsigned threads, size_t max_line)
{
    return read_as(path, &(vd_source_options){.threads = threads, .max_line = max_line});
}

static void end(world *w)
{
    for (size_t i = 0; i < w->docs.n; i++)
        free(w->docs.v[i].text);
    for (size_t i = 0; i < w->told.n; i++)
        free(w->told.v[i]);
    for (size_t i = 0; i < w->notes.n; i++)
        free(w->notes.v[i]);
    for (size_t i = 0; i < w->names.n; i++)
        free(w->names.v[i]);
    vd_vec_free(&w->notes);
    vd_vec_free(&w->docs);
    vd_vec_free(&w->told);
    vd_vec_free(&w->names);
    vd_vec_free(&w->fds);
    free(w);
}

static inline const char *path_of(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static inline const char *put(const char *name, const char *text, size_t n)
{
    const char *path = path_of(name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
    return path;
}

static inline const char *put_text(const char *name, const char *text) { return put(name, text, strlen(text)); }

static inline void expect_doc(const world *w, size_t i, const char *text, uint64_t line)
{
    assert_true(i < w->docs.n);
    if (text)
        assert_string_equal(w->docs.v[i].text, text);
    else
        assert_null(w->docs.v[i].text);
    assert_int_equal(w->docs.v[i].line, line);
}

static int make_folder(void **state)
{
    snprintf(folder, sizeof folder, "/tmp/vd-source-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

#endif
