/* source/: archives of every kind, and what hostile ones try. */
#include "world.h"

typedef struct member {
    const char *name, *text;
    size_t n; /* 0: strlen(text) */
} member;

typedef enum kind { ZIP, SEVEN, TAR, TAR_GZ, TAR_ZST, TAR_XZ, TAR_BZ2, KINDS } kind;

static struct archive *writer(kind k)
{
    struct archive *a = archive_write_new();
    switch (k) {
    case ZIP: archive_write_set_format_zip(a); break;
    case SEVEN: archive_write_set_format_7zip(a); break;
    default: archive_write_set_format_pax_restricted(a);
    }
    if (k == TAR_GZ) archive_write_add_filter_gzip(a);
    if (k == TAR_ZST) archive_write_add_filter_zstd(a);
    if (k == TAR_XZ) archive_write_add_filter_xz(a);
    if (k == TAR_BZ2) archive_write_add_filter_bzip2(a);
    return a;
}

static void add(struct archive *a, const member *m)
{
    struct archive_entry *e = archive_entry_new();
    size_t n = m->n ? m->n : strlen(m->text);
    archive_entry_set_pathname(e, m->name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    archive_entry_set_size(e, (la_int64_t)n);
    assert_true(archive_write_header(a, e) >= ARCHIVE_WARN);
    assert_int_equal(archive_write_data(a, m->text, n), n);
    archive_entry_free(e);
}

static const char *pack(const char *name, kind k, const member *members, size_t n)
{
    const char *path = path_of(name);
    struct archive *a = writer(k);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    for (size_t i = 0; i < n; i++)
        add(a, &members[i]);
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
    return path;
}

static char *slurp(const char *path, size_t *n)
{
    struct stat st;
    FILE *f = fopen(path, "r");
    assert_true(f && fstat(fileno(f), &st) == 0);
    *n = (size_t)st.st_size;
    char *text = malloc(*n + 1);
    assert_int_equal(fread(text, 1, *n, f), *n);
    fclose(f);
    return text;
}

static void expect_told(const world *w, const char *text)
{
    for (size_t i = 0; i < w->told.n; i++)
        if (strstr(w->told.v[i], text)) return;
    fail_msg("nobody told \"%s\"", text);
}

static void test_kinds(void **state)
{
    static const member members[] = {{"a/one.json", "{\"n\":1}\n{\"n\":2}\n", 0},
                                     {"notes.txt", "words\n", 0},
                                     {"empty", "", 0},
                                     {"b/two", "[{\"n\":3}]", 0}};
    for (kind k = 0; k < KINDS; k++) {
        world *w = read_with(pack("p", k, members, 4), 1, 0);
        assert_int_equal(w->docs.n, 3);
        expect_doc(w, 1, "{\"n\":2}", 2);
        expect_doc(w, 2, "{\"n\":3}", 1);
        assert_int_equal(w->names.n, 2);
        assert_non_null(strstr(w->names.v[0], "/p/a/one.json"));
        assert_int_equal(w->fds.v[0], -1);
        expect_told(w, "/p/notes.txt: not JSON");
        expect_told(w, "/p/empty: empty");
        assert_int_equal(w->broken, 0);
        end(w);
    }
}

static void test_through_a_pipe(void **state)
{
    static const member members[] = {{"one.json", "{\"n\":1}\n", 0}};
    static const kind kinds[] = {ZIP, TAR, TAR_GZ};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t n;
        char *text = slurp(pack("p", kinds[i], members, 1), &n);
        int fds[2];
        char path[32];
        assert_int_equal(pipe(fds), 0);
        assert_int_equal(write(fds[1], text, n), n);
        close(fds[1]);
        snprintf(path, sizeof path, "/dev/fd/%d", fds[0]);
        world *w = read_with(path, 1, 0);
        assert_int_equal(w->docs.n, 1);
        close(fds[0]);
        free(text);
        end(w);
    }
}

static void test_packed_members(void **state)
{
    static const member lines[] = {{"x", "{\"n\":1}\n", 0}};
    size_t n;
    char *inner = slurp(pack("inner", TAR_GZ, lines, 1), &n);
    const member members[] = {{"inner.tar.gz", inner, n}};
    world *w = read_with(pack("outer", ZIP, members, 1), 1, 0);
    assert_int_equal(w->docs.n, 1);
    assert_non_null(strstr(w->names.v[0], "/outer/inner.tar.gz/x"));
    end(w);
    free(inner);
}

static void test_three_deep_is_left_alone(void **state)
{
    member m = {"x", "{\"n\":1}\n", 0};
    char *text = NULL;
    for (int i = 0; i < 3; i++) {
        size_t n;
        const char *path = pack("p", ZIP, &m, 1);
        free(text);
        text = slurp(path, &n);
        m = (member){"p.zip", text, n};
    }
    world *w = read_with(path_of("p"), 1, 0);
    assert_int_equal(w->docs.n, 0);
    expect_told(w, "p.zip/p.zip: an archive in an archive in an archive");
    end(w);
    free(text);
}

/* Names are shown and nothing else: no file appears, no terminal is written to. */
static void test_names(void **state)
{
    static const member members[] = {{"../../../tmp/vd-evil", "{\"n\":1}\n", 0},
                                     {"/tmp/vd-evil", "{\"n\":2}\n", 0},
                                     {"a\x1b[31m\r\nb\xff", "{\"n\":3}\n", 0}};
    unlink("/tmp/vd-evil");
    world *w = read_with(pack("p", TAR, members, 3), 1, 0);
    assert_int_equal(w->docs.n, 3);
    for (size_t i = 0; i < w->names.n; i++)
        for (const char *p = w->names.v[i]; *p; p++)
            assert_true((unsigned char)*p >= 0x20 && (unsigned char)*p != 0x7f);
    assert_non_null(strstr(w->names.v[2], "a\\x1b[31m\\x0d\\x0ab\\xff"));
    assert_int_equal(access("/tmp/vd-evil", F_OK), -1);
    end(w);
}

static void test_links_are_not_followed(void **state)
{
    const char *path = path_of("p");
    struct archive *a = writer(TAR);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, "link.json");
    archive_entry_set_filetype(e, AE_IFLNK);
    archive_entry_set_symlink(e, "/etc/passwd");
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    archive_entry_free(e);
    archive_write_close(a);
    archive_write_free(a);
    world *w = read_with(path, 1, 0);
    assert_int_equal(w->names.n, 0);
    end(w);
}

static void test_cut_off(void **state)
{
    size_t n = 300000;
    char *text = malloc(n);
    unsigned seed = 5;
    for (size_t i = 0; i < n; i++)
        text[i] = i % 64 == 63 ? '\n' : (char)('a' + rand_r(&seed) % 26);
    memcpy(text, "{}\n{}\n{}\n{}\n", 12);
    const member members[] = {{"one", "{\"n\":1}\n", 0}, {"two", text, n}, {"three", "{\"n\":3}\n", 0}};
    static const kind kinds[] = {ZIP, TAR, TAR_GZ, TAR_ZST};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct stat st;
        const char *path = pack("p", kinds[i], members, 3);
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(truncate(path, st.st_size / 2), 0);
        world *w = read_with(path, 1, 0);
        assert_true(w->docs.n > 1000);
        assert_true(w->broken >= 1);
        end(w);
    }
    free(text);
}

/* Valid lines that unpack to more than anything real does. */
static void test_bomb(void **state)
{
    const char *path = path_of("bomb");
    static const char line[] = "{}\n";
    size_t n = 3u << 18;
    char *text = malloc(n);
    for (size_t i = 0; i < n; i++)
        text[i] = line[i % (sizeof line - 1)];
    struct archive *a = writer(ZIP);
    archive_write_open_filename(a, path);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, "x.json");
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_size(e, (la_int64_t)n * 500);
    archive_write_header(a, e);
    for (int i = 0; i < 500; i++)
        archive_write_data(a, text, n);
    archive_entry_free(e);
    archive_write_close(a);
    archive_write_free(a);
    free(text);

    vd_source_options options = {.threads = 1};
    uint64_t bytes = 0;
    world *w = calloc(1, sizeof *w);
    pthread_mutex_init(&w->lock, NULL);
    vd_source_sink sink = {add_input, count_bytes, fault, tell, NULL, w};
    w->bytes = &bytes;
    vd_source *source = vd_source_new(&options, &sink);
    assert_int_equal(vd_source_add(source, path, NULL), VD_OK);
    vd_source_run(source);
    vd_source_free(source);
    assert_true(bytes >= VD_UNPACK_RATIO_FLOOR - (1u << 20));
    assert_true(bytes < VD_UNPACK_RATIO_FLOOR + (4u << 20));
    assert_int_equal(w->broken, 1);
    expect_told(w, "bomb: unpacks to more than 500 times its size; the rest is not read");
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_through_a_pipe),
        cmocka_unit_test(test_packed_members),
        cmocka_unit_test(test_three_deep_is_left_alone),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_links_are_not_followed),
        cmocka_unit_test(test_cut_off),
        cmocka_unit_test(test_bomb),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
