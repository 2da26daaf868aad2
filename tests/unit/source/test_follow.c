/* source/: files that are read on as they grow, are cut and are rotated. */
#include "world.h"

static volatile sig_atomic_t stop;
static atomic_bool enough;

/* In the thread that reads, as a signal would be. */
static void tick(void *ctx) { stop = atomic_load(&enough); }

typedef struct follower {
    pthread_t thread;
    world *w;
    vd_source *source;
    vd_source_sink sink;
} follower;

static void *run(void *arg)
{
    follower *f = arg;
    vd_source_run(f->source);
    return NULL;
}

static void begin(follower *f, const char *path, unsigned threads)
{
    vd_source_options options = {.threads = threads, .stop = &stop, .follow = true};
    stop = 0;
    atomic_store(&enough, false);
    f->w = calloc(1, sizeof *f->w);
    pthread_mutex_init(&f->w->lock, NULL);
    f->sink = (vd_source_sink){add_input, feed, fault, tell, tick, f->w};
    f->source = vd_source_new(&options, &f->sink);
    assert_int_equal(vd_source_add(f->source, path, NULL), VD_OK);
    assert_int_equal(pthread_create(&f->thread, NULL, run, f), 0);
}

static size_t seen_so_far(world *w)
{
    pthread_mutex_lock(&w->lock);
    size_t n = w->docs.n;
    pthread_mutex_unlock(&w->lock);
    return n;
}

/* Until n documents came, or ten seconds are over. */
static void wait_for(follower *f, size_t n)
{
    for (int i = 0; i < 500 && seen_so_far(f->w) < n; i++)
        usleep(20000);
    assert_int_equal(seen_so_far(f->w), n);
}

static void finish(follower *f)
{
    atomic_store(&enough, true);
    pthread_join(f->thread, NULL);
    vd_source_free(f->source);
    if (f->w->docs.n) qsort(f->w->docs.v, f->w->docs.n, sizeof *f->w->docs.v, by_place);
}

static void append(const char *name, const char *text)
{
    FILE *f = fopen(path_of(name), "a");
    assert_true(f && fputs(text, f) >= 0 && fclose(f) == 0);
}

static void test_grows(void **state)
{
    follower f;
    begin(&f, put_text("a", "{\"n\":1}\n{\"n\":"), 1);
    wait_for(&f, 1);
    append("a", "2}\n");
    wait_for(&f, 2);
    append("a", "{\"n\":3}\n{\"n\":4}");
    wait_for(&f, 3);
    finish(&f); /* what has no end yet counts at last */
    assert_int_equal(f.w->docs.n, 4);
    expect_doc(f.w, 1, "{\"n\":2}", 2);
    expect_doc(f.w, 3, "{\"n\":4}", 4);
    assert_int_equal(f.w->names.n, 1);
    end(f.w);
}

static void test_empty_at_first(void **state)
{
    mkdir(path_of("d"), 0755);
    put_text("d/a", "");
    follower f;
    begin(&f, path_of("d"), 2);
    append("d/a", "{\"EventID\":1,\"Channel\":\"X\"}\n");
    wait_for(&f, 1);
    finish(&f);
    assert_non_null(strstr(f.w->docs.v[0].text, "winlog"));
    end(f.w);
}

static void test_rotated(void **state)
{
    char from[256], to[256];
    snprintf(from, sizeof from, "%s/r", folder);
    snprintf(to, sizeof to, "%s/r.1", folder);
    follower f;
    begin(&f, put_text("r", "{\"n\":1}\n"), 1);
    wait_for(&f, 1);
    append("r", "{\"n\":2}");
    assert_int_equal(rename(from, to), 0);
    usleep(400000); /* a while without the file */
    append("r.1", "\n{\"n\":3}\n");
    put_text("r", "{\"n\":4}\n");
    wait_for(&f, 4);
    append("r", "{\"n\":5}\n");
    wait_for(&f, 5);
    finish(&f);
    assert_int_equal(f.w->names.n, 2);
    for (int i = 0; i < 5; i++) {
        char want[32];
        snprintf(want, sizeof want, "{\"n\":%d}", i + 1);
        assert_string_equal(f.w->docs.v[i].text, want);
    }
    assert_int_equal(f.w->docs.v[3].line, 1);
    end(f.w);
}

static void test_cut_to_nothing(void **state)
{
    follower f;
    begin(&f, put_text("c", "{\"n\":1}\n{\"n\":2}\n"), 1);
    wait_for(&f, 2);
    put_text("c", "{\"n\":3}\n");
    wait_for(&f, 3);
    finish(&f);
    assert_string_equal(f.w->docs.v[2].text, "{\"n\":3}");
    assert_int_equal(f.w->docs.v[2].line, 1);
    end(f.w);
}

/* More files than there are blocks. */
static void test_many_files(void **state)
{
    enum { N = 40 };
    char name[32];
    mkdir(path_of("many"), 0755);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "many/%03d", i);
        put_text(name, "{\"n\":1}\n{\"n\"");
    }
    follower f;
    begin(&f, path_of("many"), 2);
    wait_for(&f, N);
    for (int i = 0; i < N; i++) {
        snprintf(name, sizeof name, "many/%03d", i);
        append(name, ":2}\n");
    }
    wait_for(&f, 2 * N);
    finish(&f);
    end(f.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows),
        cmocka_unit_test(test_empty_at_first),
        cmocka_unit_test(test_rotated),
        cmocka_unit_test(test_cut_to_nothing),
        cmocka_unit_test(test_many_files),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
