/* What we rely on in simdjson's stage 1, and that nothing reads out of bounds. */
#include "check.h"

#include <sys/mman.h>
#include <unistd.h>

#include "event/simdjson_stage1.h"
#include "event/yardstick.h"

/* A copy of the text that ends where an unreadable page begins; `behind` bytes
 * of quotes and braces, readable, stand between. */
typedef struct guarded {
    char *base, *text;
    size_t size;
} guarded;

static guarded guard(const char *text, size_t n, size_t behind)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), data = (n + behind + page - 1) / page * page;
    guarded g = {.size = data + page};
    g.base = mmap(NULL, g.size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(g.base, MAP_FAILED);
    assert_int_equal(mprotect(g.base + data, page, PROT_NONE), 0);
    g.text = g.base + data - behind - n;
    memcpy(g.text, text, n);
    for (size_t i = 0; i < behind; i++)
        g.text[n + i] = "\"}\\]:,"[i % 6];
    return g;
}

static void unguard(guarded g)
{
    munmap(g.base, g.size);
}

static void the_index_names_every_bracket_and_scalar(void **state)
{
    const char *json = " {\"a\" : [1,\"b}\\\"\" ,tru ]}";
    static const uint32_t want[] = {1, 2, 6, 8, 9, 10, 11, 18, 19, 23, 24};
    vd_stage1 *s = vd_stage1_new();
    const uint32_t *index;
    size_t n;
    assert_int_equal(vd_stage1_run(s, json, strlen(json), &index, &n), VD_STAGE1_OK);
    assert_int_equal(n, sizeof want / sizeof *want);
    assert_memory_equal(index, want, sizeof want);
    assert_int_equal(index[n], strlen(json));
    vd_stage1_free(s);
}

static void results(void **state)
{
    static const struct {
        const char *json;
        vd_stage1_result want;
    } rows[] = {{"", VD_STAGE1_EMPTY},        {" \n", VD_STAGE1_EMPTY},
                {"{\"a", VD_STAGE1_STRING},   {"\"\x01\"", VD_STAGE1_STRING},
                {"\"\xff\"", VD_STAGE1_UTF8}, {"{}", VD_STAGE1_OK}};
    vd_stage1 *s = vd_stage1_new();
    const uint32_t *index;
    size_t n;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(vd_stage1_run(s, rows[i].json, strlen(rows[i].json), &index, &n),
                         rows[i].want);
    assert_int_equal(vd_stage1_run(s, rows[5].json, SIZE_MAX, &index, &n), VD_STAGE1_TOO_LONG);
    vd_stage1_free(s);
}

static void documents_larger_than_all_before(void **state)
{
    vd_stage1 *s = vd_stage1_new();
    const uint32_t *index;
    size_t n, len = 1 << 20;
    char *json = malloc(len);
    memset(json, ',', len); /* every byte an entry */
    for (size_t part = 1; part <= len; part *= 4) {
        assert_int_equal(vd_stage1_run(s, json, part, &index, &n), VD_STAGE1_OK);
        assert_int_equal(n, part);
        assert_int_equal(index[n], part);
    }
    free(json);
    vd_stage1_free(s);
}

/* Texts whose last bytes are of every kind. */
static const char *const texts[] = {
    "{\"x\":1}",
    "{\"x\":\"abc\"}",
    "{\"x\":\"a\\\\\"}",
    "{\"x\":tru",
    "{\"x\":12",
    "{\"x\":\"\\u0041\"}",
    "{\"\":\"\"}",
    "{\"x",
    "{\"x\":\"\\ud83d\"}",
    "{\"x.y\":5}",
    "{\"x\\u0041\":\"y\"}",
    "[",
    "{\"x\":",
    "{\"x\"",
    "\"",
    "{",
    "1",
    "",
};

static void stage_1_reads_nothing_behind_the_text(void **state)
{
    vd_stage1 *s = vd_stage1_new();
    const uint32_t *index;
    size_t n;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        guarded g = guard(texts[i], strlen(texts[i]), 0);
        vd_stage1_run(s, g.text, strlen(texts[i]), &index, &n);
        vd_json_free(vd_event_tree(g.text, strlen(texts[i])));
        unguard(g);
    }
    vd_stage1_free(s);
}

static void a_parse_reads_64_bytes_behind_at_most(void **state)
{
    rig *r = rig_new(NULL, "x x.y xA");
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        size_t n = strlen(texts[i]);
        vd_fault plain = rig_parse(r, texts[i]);
        char want[256];
        snprintf(want, sizeof want, "%s", rig_text(r));
        guarded g = guard(texts[i], n, VD_PADDING);
        assert_int_equal(vd_event_parse(r->ev, g.text, n, NULL), plain);
        assert_string_equal(rig_text(r), want); /* what stands behind decides nothing */
        unguard(g);
    }
    rig_free(r);
}

static void every_beginning_of_a_document(void **state)
{
    static const char whole[] = "{\"x\":[1,\"a\\n\",{\"y\":-2.5e3},null],\"process\":{\"pid\":4,"
                                "\"skip\":[[{}],{\"a\":\"\\\\\"}]}}";
    rig *r = rig_new(NULL, "x x.y process.pid");
    for (size_t n = 0; n < sizeof whole - 1; n++) {
        guarded g = guard(whole, n, VD_PADDING);
        assert_int_not_equal(vd_event_parse(r->ev, g.text, n, NULL), VD_FAULT_NONE);
        assert_null(vd_event_tree(g.text, n));
        unguard(g);
    }
    CHECK(r, whole, "x=1L \"a\n\"; x.y=-2500D; process.pid=4L");
    rig_free(r);
}

static void doubles_do_not_depend_on_the_locale(void **state)
{
    double d = 0;
    assert_true(vd_double_parse("2.5", 3, &d));
    assert_true(d == 2.5);
    assert_true(vd_double_parse("2.5xyz", 3, &d));
    assert_false(vd_double_parse("2,5", 3, &d));
    assert_false(vd_double_parse("1e999", 5, &d));
}

static void the_yardstick_counts_documents(void **state)
{
    char buf[256] = "{\"a\":1}\n{\"b\":[2]}\n{}\n";
    assert_int_equal(vd_yardstick_dom(buf, strlen(buf)), 3);
    *strchr(buf, ']') = ' ';
    assert_int_equal(vd_yardstick_dom(buf, strlen(buf)), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_index_names_every_bracket_and_scalar),
        cmocka_unit_test(results),
        cmocka_unit_test(documents_larger_than_all_before),
        cmocka_unit_test(stage_1_reads_nothing_behind_the_text),
        cmocka_unit_test(a_parse_reads_64_bytes_behind_at_most),
        cmocka_unit_test(every_beginning_of_a_document),
        cmocka_unit_test(doubles_do_not_depend_on_the_locale),
        cmocka_unit_test(the_yardstick_counts_documents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
