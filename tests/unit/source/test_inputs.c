/* source/: inputs that are translated on the way, and text in UTF-16. */
#include "world.h"

static size_t to_utf16(const char *text, bool big, bool mark, char *out)
{
    size_t n = 0;
    if (mark) {
        out[n++] = big ? '\xfe' : '\xff';
        out[n++] = big ? '\xff' : '\xfe';
    }
    for (; *text; text++) {
        out[n++] = big ? 0 : *text;
        out[n++] = big ? *text : 0;
    }
    return n;
}

static void expect_in(const world *w, size_t i, const char *what)
{
    assert_true(i < w->docs.n);
    if (!strstr(w->docs.v[i].text, what)) fail_msg("no %s in %s", what, w->docs.v[i].text);
}

static void test_utf16(void **state)
{
    char text[256];
    for (int form = 0; form < 4; form++) {
        size_t n = to_utf16("{\"a\":1}\r\n{\"a\":2}\r\n", form & 1, form & 2, text);
        world *w = read_with(put("u", text, n), 1, 0);
        assert_int_equal(w->docs.n, 2);
        expect_doc(w, 1, "{\"a\":2}", 2);
        assert_int_equal(w->fds.v[0], -1);
        end(w);
    }
}

/* Characters of every length, pairs across reads, halves alone, an odd byte at the end. */
static void test_utf16_characters(void **state)
{
    enum { N = 40000 };
    char *text = malloc(2 + N * 24 + 8), *p = text;
    p = mempcpy(p, "\xff\xfe", 2);
    p = mempcpy(p, "[\0", 2);
    for (int i = 0; i < N; i++)
        p = mempcpy(p, "\"\0a\0\xe9\0\xac\x20\x3d\xd8\x00\xde\"\0,\0", 16);
    p = mempcpy(p, "\"\0\x3d\xd8\"\0]\0x", 9);
    world *w = read_with(put("u", text, (size_t)(p - text)), 1, 0);
    assert_int_equal(w->docs.n, N + 2);
    for (size_t i = 0; i < N; i++)
        assert_string_equal(w->docs.v[i].text, "\"a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"");
    assert_string_equal(w->docs.v[N].text, "\"\xef\xbf\xbd\"");
    free(text);
    end(w);
}

static const char flat[] = "{\"EventID\":1,\"Channel\":\"X\",\"Hostname\":\"h\",\"EventTime\":\"2020-01-02 03:04:05\"}";

static void test_flat_lines_among_others(void **state)
{
    char text[1024];
    snprintf(text, sizeof text, "{\"event.category\":\"x\"}\n%s\n\nbroken\n%s\r\n{\"b\":1}", flat, flat);
    world *w = read_with(put_text("f", text), 1, 0);
    assert_int_equal(w->docs.n, 5);
    expect_doc(w, 0, "{\"event.category\":\"x\"}", 1);
    expect_in(w, 1, "2020-01-02T03:04:05");
    expect_in(w, 1, "winlog");
    assert_int_equal(w->docs.v[1].line, 2);
    expect_doc(w, 2, "broken", 4);
    assert_int_equal(w->docs.v[3].line, 5);
    expect_doc(w, 4, "{\"b\":1}", 6);
    assert_int_equal(w->fds.v[0], -1);
    end(w);
}

static const vd_offset west_v = {INT64_MIN, -240}, east_v = {INT64_MIN, 120};
static const vd_offsets west = {1, &west_v, "-04:00"}, east = {1, &east_v, "+02:00"};

static void test_options_reach_the_records(void **state)
{
    char text[256];
    snprintf(text, sizeof text, "{\"EventID\":1,\"Channel\":\"X\",\"EventTime\":\"2020-01-02 03:04:05\"}");
    world *w = read_as(put_text("f", text), &(vd_source_options){.threads = 1, .input_tz = &west,
                                                                 .host = VD_STR("named")});
    expect_in(w, 0, "2020-01-02T07:04:05");
    expect_in(w, 0, "named");
    end(w);
}

static void test_zone_is_noted(void **state)
{
    static const char text[] = "{\"EventID\":1,\"Channel\":\"X\",\"EventTime\":\"2020-01-02 03:04:05\","
                               "\"UtcTime\":\"2020-01-02 01:04:04.5\"}\n";
    world *w = read_with(put_text("f", text), 1, 0);
    assert_int_equal(w->notes.n, 1);
    assert_non_null(strstr(w->notes.v[0], "--input-tz +02:00"));
    end(w);
    w = read_as(path_of("f"), &(vd_source_options){.threads = 1, .input_tz = &east});
    assert_int_equal(w->notes.n, 0);
    end(w);
}

static void test_pretty_documents(void **state)
{
    world *w = read_with(put_text("f", "{\n \"EventID\": 1,\n \"Channel\": \"X\"\n}\n{\n \"a\":\n 1\n}\n"), 1, 0);
    assert_int_equal(w->docs.n, 2);
    expect_in(w, 0, "winlog");
    expect_doc(w, 1, "{  \"a\":  1 }", 5);
    end(w);
}

static void test_search_answer(void **state)
{
    world *w = read_with(put_text("f", "{\n\"hits\":{\"hits\":[{\"_index\":\"i\",\"_id\":\"1\",\"_source\":{\"a\":1}},\n"
                                       "{\"_index\":\"i\",\"_id\":\"2\",\"_source\":{\"EventID\":1,\"Channel\":\"X\"}}]}}"),
                         1, 0);
    assert_int_equal(w->docs.n, 2);
    expect_doc(w, 0, "{\"_index\":\"i\",\"_id\":\"1\",\"_source\":{\"a\":1}}", 1);
    expect_in(w, 1, "\"_id\":\"2\"");
    expect_in(w, 1, "winlog");
    end(w);
}

/* Exported hits of ECS documents keep the direct way. */
static void test_ecs_hits_are_not_translated(void **state)
{
    world *w = read_with(put_text("f", "{\"_id\":\"1\",\"_source\":{\"a\":1}}\n"), 1, 0);
    assert_int_equal(w->docs.n, 1);
    assert_true(w->fds.v[0] >= 0);
    end(w);
}

/* Pairs stay together wherever blocks end. */
static void test_bulk(void **state)
{
    enum { N = 30000 };
    const char *path = path_of("bulk");
    FILE *f = fopen(path, "w");
    for (int i = 0; i < N; i++)
        fprintf(f, "{\"index\":{\"_index\":\"logs-%d\",\"_id\":\"%d\"}}\n{\"n\":%d,\"pad\":\"%*s\"}\n", i, i, i, i % 61, "");
    fclose(f);
    for (unsigned threads = 1; threads < 4; threads += 2) {
        world *w = read_with(path, threads, 0);
        assert_int_equal(w->docs.n, N);
        for (size_t i = 0; i < N; i++) {
            char want[64];
            snprintf(want, sizeof want, "{\"_index\":\"logs-%zu\",\"_id\":\"%zu\",\"n\":%zu,", i, i, i);
            expect_in(w, i, want);
            assert_int_equal(w->docs.v[i].line, 2 * i + 2);
        }
        end(w);
    }
}

/* Order and numbers do not depend on the threads. */
static void test_threads_translate_the_same(void **state)
{
    const char *path = path_of("many");
    FILE *f = fopen(path, "w");
    for (int i = 0; i < 30000; i++)
        fprintf(f, "{\"EventID\":%d,\"Channel\":\"X\",\"Hostname\":\"h\",\"pad\":\"%*s\"}\n", i, i % 97, "");
    fclose(f);
    world *one = read_with(path, 1, 0), *four = read_with(path, 4, 0);
    assert_int_equal(one->docs.n, 30000);
    assert_int_equal(four->docs.n, 30000);
    for (size_t i = 0; i < one->docs.n; i++) {
        assert_int_equal(four->docs.v[i].line, i + 1);
        assert_int_equal(four->docs.v[i].offset, one->docs.v[i].offset);
        assert_string_equal(four->docs.v[i].text, one->docs.v[i].text);
    }
    end(one);
    end(four);
}

/* The end of a process has the entity id of its start, blocks before. */
static void test_threads_remember_the_same(void **state)
{
    enum { N = 4000 };
    static const char head[] = "\"Channel\":\"Security\",\"SourceName\":\"Microsoft-Windows-Security-Auditing\","
                               "\"Hostname\":\"h\",\"EventTime\":\"2020-01-02 03:04:05\"";
    const char *path = path_of("many");
    FILE *f = fopen(path, "w");
    for (int i = 0; i < N; i++)
        fprintf(f, "{\"EventID\":4688,%s,\"NewProcessId\":\"0x%x\",\"pad\":\"%*s\"}\n", head, 4 * i + 4, 400, "");
    for (int i = 0; i < N; i++)
        fprintf(f, "{\"EventID\":4689,%s,\"ProcessId\":\"0x%x\",\"pad\":\"%*s\"}\n", head, 4 * i + 4, 400, "");
    fclose(f);
    world *one = read_with(path, 1, 0), *four = read_with(path, 4, 0);
    assert_int_equal(one->docs.n, 2 * N);
    assert_int_equal(four->docs.n, 2 * N);
    size_t known = 0;
    for (size_t i = 0; i < 2 * N; i++) {
        assert_string_equal(four->docs.v[i].text, one->docs.v[i].text);
        known += i >= N && strstr(one->docs.v[i].text, "\"entity_id\"") != NULL;
    }
    assert_true(known > N / 2);
    end(one);
    end(four);
}

static void put_event(FILE *f, int id)
{
    fprintf(f, "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='P'/>"
               "<EventID>%d</EventID><Channel>C</Channel><Computer>pc</Computer></System>"
               "<EventData><Data Name='Pad'>%*s</Data></EventData></Event>\n", id, id % 211, "x");
}

static void test_xml(void **state)
{
    enum { N = 12000 };
    const char *path = path_of("x.xml");
    FILE *f = fopen(path, "w");
    fprintf(f, "\xef\xbb\xbf<?xml version=\"1.0\"?>\n<Events>\n");
    for (int i = 1; i <= N; i++)
        put_event(f, i);
    fprintf(f, "</Events>\n");
    fclose(f);
    for (unsigned threads = 1; threads < 4; threads += 2) {
        world *w = read_with(path, threads, 0);
        assert_int_equal(w->docs.n, N);
        assert_int_equal(w->told.n, 0);
        for (size_t i = 0; i < N; i++) {
            char want[32];
            snprintf(want, sizeof want, "\"code\":\"%zu\"", i + 1);
            expect_in(w, i, want);
            assert_int_equal(w->docs.v[i].line, i + 1);
        }
        end(w);
    }
}

static void test_xml_in_utf16_cut_off(void **state)
{
    static const char xml[] = "<Events><Event><System><EventID>5</EventID></System></Event><Event><System>";
    char text[512];
    world *w = read_with(put("x", text, to_utf16(xml, false, true, text)), 1, 0);
    assert_int_equal(w->docs.n, 1);
    assert_int_equal(w->broken, 1);
    assert_non_null(strstr(w->told.v[0], "x: event 2, offset "));
    end(w);
}

static void test_xml_event_too_long(void **state)
{
    const char *path = path_of("x.xml");
    FILE *f = fopen(path, "w");
    put_event(f, 1);
    fprintf(f, "<Event><System><EventID>2</EventID></System><EventData><Data>%*s</Data></EventData></Event>", 5 << 20, "x");
    put_event(f, 3);
    fclose(f);
    world *w = read_with(path, 1, 2u << 20);
    assert_int_equal(w->docs.n, 3);
    expect_in(w, 0, "\"code\":\"1\"");
    assert_null(w->docs.v[1].text);
    assert_int_equal(w->docs.v[1].line, 2);
    expect_in(w, 2, "\"code\":\"3\"");
    assert_int_equal(w->docs.v[2].line, 3);
    end(w);
}

static void test_evtx_of_rubbish(void **state)
{
    size_t n = 4096 + 3 * 65536 + 100;
    char *text = calloc(1, n);
    strcpy(text, "ElfFile");
    memset(text + 4096 + 65536, 'x', 65536);
    world *w = read_with(put("e", text, n), 1, 0);
    assert_int_equal(w->docs.n, 0);
    assert_true(w->told.n > 0);
    assert_non_null(strstr(w->told.v[0], "e: chunk 1, offset "));
    free(text);
    end(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf16),
        cmocka_unit_test(test_utf16_characters),
        cmocka_unit_test(test_flat_lines_among_others),
        cmocka_unit_test(test_options_reach_the_records),
        cmocka_unit_test(test_zone_is_noted),
        cmocka_unit_test(test_pretty_documents),
        cmocka_unit_test(test_search_answer),
        cmocka_unit_test(test_ecs_hits_are_not_translated),
        cmocka_unit_test(test_bulk),
        cmocka_unit_test(test_threads_translate_the_same),
        cmocka_unit_test(test_threads_remember_the_same),
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_xml_in_utf16_cut_off),
        cmocka_unit_test(test_xml_event_too_long),
        cmocka_unit_test(test_evtx_of_rubbish),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
