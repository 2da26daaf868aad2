/* source/: what is in a file reaches the consumer once, in order, at its place. */
#include "world.h"

static void test_lines(void **state)
{
    world *w = read_with(put_text("a", "\xef\xbb\xbf{\"a\":1}\r\n\n{\"a\":2}\nno json\n{\"a\":3}"), 1, 0);
    assert_int_equal(w->docs.n, 4);
    expect_doc(w, 0, "{\"a\":1}", 1);
    assert_int_equal(w->docs.v[0].offset, 3);
    expect_doc(w, 1, "{\"a\":2}", 3);
    expect_doc(w, 2, "no json", 4);
    expect_doc(w, 3, "{\"a\":3}", 5);
    end(w);
}

static void test_first_line_broken_is_still_lines(void **state)
{
    world *w = read_with(put_text("a", "{\"a\":1\n{\"a\":2}\n{\"a\":3}\n"), 1, 0);
    assert_int_equal(w->docs.n, 3);
    expect_doc(w, 0, "{\"a\":1", 1);
    end(w);
    w = read_with(put_text("a", "{\"a\":\n17\n  {}\n{\"a\":3}\n"), 1, 0);
    assert_int_equal(w->docs.n, 4);
    expect_doc(w, 1, "17", 2);
    end(w);
    w = read_with(put_text("a", "[1,2]\n{\"a\":2}\n"), 1, 0);
    assert_int_equal(w->docs.n, 2);
    expect_doc(w, 0, "[1,2]", 1);
    end(w);
    w = read_with(put_text("a", "{\"a\":\"unended\n"), 1, 0);
    expect_doc(w, 0, "{\"a\":\"unended", 1);
    end(w);
}

static void test_array(void **state)
{
    world *w = read_with(put_text("a", "[{\"a\":\"]}\\\"\"},\n 17, \"x,y\",[1], {\"b\":[{}]} ]\n"), 1, 0);
    assert_int_equal(w->docs.n, 5);
    expect_doc(w, 0, "{\"a\":\"]}\\\"\"}", 1);
    expect_doc(w, 1, "17", 2);
    expect_doc(w, 2, "\"x,y\"", 3);
    expect_doc(w, 3, "[1]", 4);
    expect_doc(w, 4, "{\"b\":[{}]}", 5);
    end(w);
    w = read_with(put_text("a", "[]"), 1, 0);
    assert_int_equal(w->docs.n, 0);
    end(w);
}

static void test_pretty(void **state)
{
    world *w = read_with(put_text("a", "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n{\n  \"c\": 2\n}\n}}\n{\n"), 1, 0);
    assert_int_equal(w->docs.n, 4);
    expect_doc(w, 0, "{\n  \"a\": {\n    \"b\": 1\n  }\n}", 1);
    expect_doc(w, 1, "{\n  \"c\": 2\n}", 6);
    expect_doc(w, 2, "}", 9);
    expect_doc(w, 3, "{\n", 10);
    end(w);
}

static void test_max_line(void **state)
{
    world *w = read_with(put_text("a", "{\"a\":1234567}\n{\"a\":12345678}\n{}\n"), 1, 13);
    assert_int_equal(w->docs.n, 3);
    expect_doc(w, 0, "{\"a\":1234567}", 1);
    expect_doc(w, 1, NULL, 2);
    assert_int_equal(w->docs.v[1].offset, 14);
    expect_doc(w, 2, "{}", 3);
    end(w);
    w = read_with(put_text("a", "[{\"a\":1234567},{\"a\":12345678},{}]"), 1, 13);
    assert_int_equal(w->docs.n, 3);
    expect_doc(w, 1, NULL, 2);
    expect_doc(w, 2, "{}", 3);
    end(w);
}

/* A line of n bytes between two short ones; fits the limit or not. */
static void check_long(size_t n, size_t limit, bool array)
{
    char *text = malloc(n + 64);
    size_t at = (size_t)sprintf(text, array ? "[{\"a\":0},\n{\"x\":\"" : "{\"a\":0}\n{\"x\":\"");
    memset(text + at, 'x', n - 8);
    at += n - 8;
    at += (size_t)sprintf(text + at, array ? "\"},\n{\"b\":1}]\n" : "\"}\n{\"b\":1}\n");
    world *w = read_with(put("a", text, at), 1, limit);
    assert_int_equal(w->docs.n, 3);
    assert_int_equal(w->docs.v[1].text == NULL, n > limit);
    if (n <= limit) assert_int_equal(strlen(w->docs.v[1].text), n);
    assert_int_equal(w->docs.v[1].line, 2);
    expect_doc(w, 2, "{\"b\":1}", 3);
    end(w);
    free(text);
}

static void test_long_lines_cross_blocks(void **state)
{
    for (int array = 0; array < 2; array++) {
        check_long(5u << 20, 6u << 20, array);
        check_long(5u << 20, 5u << 20, array);
        check_long((5u << 20) + 1, 5u << 20, array);
        check_long(9u << 20, 2u << 20, array);
    }
}

/* Enough lines for many blocks, the same with one thread and with four. */
static void test_threads_see_the_same(void **state)
{
    const char *path = path_of("many");
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 60000; i++)
        fprintf(f, "{\"n\":%d,\"pad\":\"%*s\"}\n", i, i % 97, "");
    fclose(f);
    world *one = read_with(path, 1, 0), *four = read_with(path, 4, 0);
    assert_int_equal(one->docs.n, 60000);
    assert_int_equal(four->docs.n, 60000);
    for (size_t i = 0; i < 60000; i++) {
        assert_int_equal(four->docs.v[i].line, i + 1);
        assert_string_equal(four->docs.v[i].text, one->docs.v[i].text);
    }
    end(one);
    end(four);
    unlink(path);
}

/* Writes text through a libarchive filter; cut: bytes taken off the end of the file. */
static const char *put_packed(const char *name, const char *text, size_t n, bool zstd, off_t cut)
{
    const char *path = path_of(name);
    struct archive *a = archive_write_new();
    if (zstd)
        archive_write_add_filter_zstd(a);
    else
        archive_write_add_filter_gzip(a);
    archive_write_set_format_raw(a);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_filetype(e, AE_IFREG);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, text, n), n);
    archive_entry_free(e);
    archive_write_close(a);
    archive_write_free(a);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(truncate(path, st.st_size - cut), 0);
    return path;
}

static void test_packed(void **state)
{
    const char text[] = "{\"a\":1}\n{\"a\":2}\n";
    for (int zstd = 0; zstd < 2; zstd++) {
        world *w = read_with(put_packed("p", text, sizeof text - 1, zstd, 0), 2, 0);
        assert_int_equal(w->docs.n, 2);
        assert_int_equal(w->broken, 0);
        assert_int_equal(w->fds.v[0], -1);
        expect_doc(w, 1, "{\"a\":2}", 2);
        end(w);
    }
}

static void test_packed_and_cut_off(void **state)
{
    size_t n = 3u << 20;
    char *text = malloc(n);
    unsigned seed = 5;
    for (size_t i = 0; i < n; i++)
        text[i] = i % 64 == 63 ? '\n' : (char)('a' + rand_r(&seed) % 26);
    for (int zstd = 0; zstd < 2; zstd++) {
        world *w = read_with(put_packed("p", text, n, zstd, 100000), 1, 0);
        assert_int_equal(w->broken, 1);
        assert_true(w->docs.n > n / 64 / 2);
        assert_true(w->docs.n < n / 64);
        end(w);
    }
    free(text);
}

static void test_folder(void **state)
{
    mkdir(path_of("d"), 0755);
    mkdir(path_of("d/b"), 0755);
    put_text("d/c.log", "{\"n\":3}\n");
    put_text("d/b/x", "[{\"n\":2}]");
    put_text("d/a.json", "{\"n\":1}\n");
    put_text("d/readme", "words\n");
    put_text("d/settings.toml", "[metadata]\na = 1\n");
    put("d/z.evtx", "ElfFile\0", 8);
    put("d/utf16", "\xff\xfe{\0}\0", 6);
    mkfifo(path_of("d/pipe"), 0600);
    char up[256];
    snprintf(up, sizeof up, "%s/d", folder);
    assert_int_equal(symlink(up, path_of("d/b/up")), 0);
    assert_int_equal(symlink("/nonexistent", path_of("d/dangling")), 0);
    world *w = read_with(path_of("d"), 1, 0);
    assert_int_equal(w->docs.n, 4);
    expect_doc(w, 0, "{\"n\":1}", 1);
    expect_doc(w, 1, "{\"n\":2}", 1);
    expect_doc(w, 2, "{\"n\":3}", 1);
    expect_doc(w, 3, "{}", 1);
    assert_int_equal(w->told.n, 6);
    assert_non_null(strstr(w->told.v[0], "b/up: a link back"));
    assert_non_null(strstr(w->told.v[2], "pipe: no regular file"));
    assert_non_null(strstr(w->told.v[3], "readme: not JSON"));
    assert_non_null(strstr(w->told.v[4], "settings.toml: not JSON"));
    assert_non_null(strstr(w->told.v[5], "z.evtx: the file ends in its header"));
    end(w);
}

static void expect_refusal(const char *path, int code, const char *word)
{
    vd_source_sink sink = {0};
    vd_source_options options = {.threads = 1};
    vd_source *source = vd_source_new(&options, &sink);
    vd_err err = {0};
    assert_int_equal(vd_source_add(source, path, &err), code);
    assert_non_null(strstr(err.msg, path));
    assert_non_null(strstr(err.msg, word));
    vd_source_free(source);
}

static void test_refusals(void **state)
{
    expect_refusal(path_of("nowhere"), VD_IO, "No such file");
    expect_refusal(put("a", "\1\0\0\0\2\0\0\0\3\0\0\0\0\0\0\0", 16), VD_FORMAT, "neither");
}

static void test_empty(void **state)
{
    world *w = read_with(put_text("a", ""), 2, 0);
    assert_int_equal(w->docs.n, 0);
    assert_int_equal(w->names.n, 1);
    end(w);
    w = read_with(put_packed("a", "", 0, false, 0), 1, 0);
    assert_int_equal(w->docs.n, 0);
    assert_int_equal(w->broken, 0);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_first_line_broken_is_still_lines),
        cmocka_unit_test(test_array),
        cmocka_unit_test(test_pretty),
        cmocka_unit_test(test_max_line),
        cmocka_unit_test(test_long_lines_cross_blocks),
        cmocka_unit_test(test_threads_see_the_same),
        cmocka_unit_test(test_packed),
        cmocka_unit_test(test_packed_and_cut_off),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_empty),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
