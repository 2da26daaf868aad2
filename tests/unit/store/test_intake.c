/* Documents to lines: what is taken, what is refused, what is known of it. */
#include "store_help.h"

#include "store/intake_int.h"

static const uint64_t seed[2] = {11, 22};
static vd_intake *in;
static vd_batch *b;

static int begin(void **state)
{
    in = vd_intake_new(seed);
    b = vd_batch_new(1767225600000); /* 2026-01-01T00:00:00.000Z */
    return 0;
}

static int end(void **state)
{
    vd_intake_free(in);
    vd_batch_unref(b);
    return 0;
}

static const char *line(size_t i)
{
    static char text[2048];
    snprintf(text, sizeof text, "%.*s", (int)b->docs.v[i].n, b->text.v + b->docs.v[i].at);
    return text;
}

static const char *id(size_t i)
{
    static char text[256];
    snprintf(text, sizeof text, "%.*s", (int)b->docs.v[i].id_n, b->text.v + b->docs.v[i].id_at);
    return text;
}

static const char *index_name(size_t i) { return b->indices.v[b->docs.v[i].index].p; }

static void lines_are_envelopes(void **state)
{
    assert_int_equal(add_doc(in, b, "logs-x", "7", "{\"a\":1}"), 0);
    assert_string_equal(line(0), "{\"_index\":\"logs-x\",\"_id\":\"7\",\"_source\":{\"event.ingested\":"
                                 "\"2026-01-01T00:00:00.000Z\",\"a\":1}}");
    assert_string_equal(id(0), "7");
    assert_int_equal(add_doc(in, b, "logs-x", "8", " { } "), 0);
    assert_string_equal(line(1), "{\"_index\":\"logs-x\",\"_id\":\"8\",\"_source\":{\"event.ingested\":"
                                 "\"2026-01-01T00:00:00.000Z\"}}");
    assert_int_equal(add_doc(in, b, "logs-x", "9", "{\"event\":{\"ingested\":\"2020-01-01T00:00:00Z\"}}"), 0);
    assert_string_equal(line(2), "{\"_index\":\"logs-x\",\"_id\":\"9\",\"_source\":{\"event\":{\"ingested\":"
                                 "\"2020-01-01T00:00:00Z\"}}}");
    for (size_t i = 0; i < b->text.n + VD_PADDING; i++)
        assert_int_equal(b->text.v[i], i < b->text.n ? b->text.v[i] : 0);
}

/* The same document again from its line, as after a start. */
static void restores(void)
{
    vd_batch *again = vd_batch_new(0);
    unsigned char known[1] = {0xff};
    vd_vec_reserve(&again->text, b->text.n + VD_PADDING);
    memcpy(again->text.v, b->text.v, b->text.n + VD_PADDING);
    again->text.n = b->text.n;
    assert_true(vd_intake_restore(in, again, known, b->docs.n));
    assert_int_equal(again->docs.n, b->docs.n);
    vd_batch_unref(again);
}

static void ingested_that_is_no_time_is_replaced(void **state)
{
    static const char *const no_time[] = {
        "{\"event.ingested\":null}",          "{\"event.ingested\" : \"1#97Z.1\" }",
        "{\"a\":[\"event.ingested\"],\"event.ingested\":[],\"b\":{}}",
        "{\"event.ingested\":{\"x\":\"}\"}}", "{\"event\":5,\"event\\u002eingested\":\"\"}"};
    static const char *const line_of[] = {
        "{\"event.ingested\":T}", "{\"event.ingested\" : T }",
        "{\"a\":[\"event.ingested\"],\"event.ingested\":T,\"b\":{}}", "{\"event.ingested\":T}",
        "{\"event\":5,\"event\\u002eingested\":T}"};
    for (size_t i = 0; i < sizeof no_time / sizeof *no_time; i++) {
        char want[256];
        const char *t = strchr(line_of[i], 'T');
        snprintf(want, sizeof want, "_source\":%.*s\"2026-01-01T00:00:00.000Z\"%s}",
                 (int)(t - line_of[i]), line_of[i], t + 1);
        assert_int_equal(add_doc(in, b, "i", "1", no_time[i]), 0);
        assert_non_null(strstr(line(i), want));
    }
    restores();
}

static void line_feeds_become_blanks(void **state)
{
    assert_int_equal(add_doc(in, b, "i", "1", "{\n\"a\":\n[1,\n2]}\n"), 0);
    assert_null(strchr(line(0), '\n'));
    assert_non_null(strstr(line(0), "\"a\": [1, 2]}"));
}

static void names_are_escaped(void **state)
{
    assert_int_equal(add_doc(in, b, "a\"b", "x\\y\"\n", "{}"), 0);
    assert_non_null(strstr(line(0), "{\"_index\":\"a\\\"b\",\"_id\":\"x\\\\y\\\"\\u000a\","));
    assert_string_equal(id(0), "x\\\\y\\\"\\u000a");
    assert_int_equal(add_doc(in, b, "i", "\xff", "{}"), VD_FAULT_UTF8);
    assert_int_equal(b->docs.n, 1);
}

static void it_goes_to_its_data_stream(void **state)
{
    add_doc(in, b, "", "", "{\"data_stream\":{\"type\":\"metrics\",\"dataset\":\"sys.cpu\",\"namespace\":\"prod\"}}");
    add_doc(in, b, "", "", "{\"data_stream.dataset\":\"endpoint.events\"}");
    add_doc(in, b, "", "", "{}");
    add_doc(in, b, "", "", "{\"data_stream\":{\"dataset\":\"../*\",\"namespace\":\"UP\"}}");
    add_doc(in, b, "named", "", "{\"data_stream\":{\"dataset\":\"other\"}}");
    assert_string_equal(index_name(0), "metrics-sys.cpu-prod");
    assert_string_equal(index_name(1), "logs-endpoint.events-default");
    assert_string_equal(index_name(2), "logs-generic-default");
    assert_string_equal(index_name(3), "logs-generic-default");
    assert_string_equal(index_name(4), "named");
}

static void what_is_known_of_it(void **state)
{
    add_doc(in, b, "i", "1", "{\"@timestamp\":\"2026-01-01T00:00:01Z\",\"event\":{\"id\":\"e\"}}");
    add_doc(in, b, "i", "", "{\"@timestamp\":\"no time\",\"event.id\":\"e\"}");
    add_doc(in, b, "j", "1", "{\"event\":{\"id\":\"e\"}}");
    const vd_doc *d = b->docs.v;
    assert_int_equal(d[0].ts, 1767225601000);
    assert_int_equal(d[1].ts, VD_TIME_NONE);
    assert_true(d[0].ids[0] != 0 && d[0].ids[1] != 0 && d[0].ids[0] != d[0].ids[1]);
    assert_int_equal(d[1].ids[0], 0);
    assert_int_equal(d[1].ids[1], d[0].ids[1]);
    assert_int_not_equal(d[2].ids[0], d[0].ids[0]);
    assert_int_not_equal(d[2].ids[1], d[0].ids[1]);
    assert_true(d[1].id_n >= 16);
}

static void ids_that_are_made_differ(void **state)
{
    char first[256];
    add_doc(in, b, "i", "", "{}");
    add_doc(in, b, "i", "", "{}");
    snprintf(first, sizeof first, "%s", id(0));
    assert_string_not_equal(first, id(1));
    vd_intake *other = vd_intake_new(seed);
    add_doc(other, b, "i", "", "{}");
    assert_string_not_equal(first, id(2));
    vd_intake_free(other);
}

static void refused(const char *json, vd_fault want)
{
    size_t n = b->text.n;
    vd_fault got = add_doc(in, b, "i", "1", json);
    if (got != want) fail_msg("%s: %s instead of %s", json, vd_fault_name(got), vd_fault_name(want));
    assert_int_equal(b->text.n, n);
    assert_int_equal(b->docs.n, 0);
}

static void what_is_no_document_is_refused(void **state)
{
    refused("", VD_FAULT_BROKEN);
    refused("5", VD_FAULT_NOT_OBJECT);
    refused("{\"a\":1", VD_FAULT_BROKEN);
    refused("{\"a\":01}", VD_FAULT_BROKEN);
    refused("{\"a\":tru}", VD_FAULT_BROKEN);
    refused("{\"a\":\"\\x\"}", VD_FAULT_BROKEN);
    refused("{\"a\":[1,]}", VD_FAULT_BROKEN);
    refused("{\"a\" \"b\"}", VD_FAULT_BROKEN);
    refused("{\"a\":1}{}", VD_FAULT_BROKEN);
    refused("{\"a\":\"\xff\"}", VD_FAULT_UTF8);
    refused("{\"a\":{\"b\":[1 2]}}", VD_FAULT_BROKEN);
    refused("{\"a\":.5}", VD_FAULT_BROKEN);
    refused("{\"a\":{1:2}}", VD_FAULT_BROKEN);
}

static void what_json_allows_is_taken(void **state)
{
    const char *const good[] = {
        "{\"a\":123456789012345678901234567890}", "{\"a\":-1.5e+400}", "{\"a\":\"\\ud800\"}",
        "{\"a\":[{},[],null,true,false,0,-0.0,1E5]}", "{\"a\":\"\\u00e9\\/\\b\"}"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_int_equal(add_doc(in, b, "i", "", good[i]), 0);
    assert_int_equal(b->docs.n, sizeof good / sizeof *good);
}

static void depth_is_bounded(void **state)
{
    char json[2000];
    for (int depth = VD_MAX_JSON_DEPTH - 1; depth <= VD_MAX_JSON_DEPTH; depth++) {
        size_t n = 0;
        n += (size_t)snprintf(json, sizeof json, "{\"a\":");
        for (int i = 0; i < depth; i++)
            json[n++] = '[';
        for (int i = 0; i < depth; i++)
            json[n++] = ']';
        memcpy(json + n, "}", 2);
        assert_int_equal(add_doc(in, b, "i", "", json),
                         depth < VD_MAX_JSON_DEPTH ? VD_FAULT_NONE : VD_FAULT_DEPTH);
    }
}

static void envelopes_are_opened(void **state)
{
    const char *hit = "{\"_index\":\"was\",\"_id\":\"7\",\"_score\":1,\"_source\": {\"a\":{\"_source\":1}} ,\"sort\":[1]}";
    assert_int_equal(add_doc(in, b, "", "", hit), 0);
    assert_string_equal(index_name(0), "was");
    assert_string_equal(id(0), "7");
    assert_non_null(strstr(line(0), "Z\",\"a\":{\"_source\":1}}}"));
    assert_null(strstr(line(0), "sort"));
    assert_int_equal(add_doc(in, b, "asked", "8", hit), 0);
    assert_string_equal(index_name(1), "asked");
    assert_string_equal(id(1), "8");
    /* An escape in the key hides nothing. */
    assert_int_equal(add_doc(in, b, "", "", "{\"\\u005fsource\":{\"x\":1},\"_index\":\"e\"}"), 0);
    assert_string_equal(index_name(2), "e");
    assert_null(strstr(line(2), "u005f"));
}

static void a_document_does_not_name_its_index(void **state)
{
    refused("{\"_index\":\"x\"}", VD_FAULT_META);
    refused("{\"_id\":\"x\",\"a\":1}", VD_FAULT_META);
    refused("{\"_source\":{\"_index\":\"x\"}}", VD_FAULT_META);
    refused("{\"_source\":{\"_source\":{\"_index\":\"x\"}}}", VD_FAULT_META);
    refused("{\"\\u005findex\":\"x\"}", VD_FAULT_META);
    assert_int_equal(add_doc(in, b, "i", "", "{\"_source\":5}"), 0); /* a field like any other */
}

static void values_are_filtered(void **state)
{
    add_doc(in, b, "i", "1", "{\"host\":{\"name\":\"Srv-1\"},\"source.ip\":\"::ffff:10.0.0.1\",\"user\":{\"name\":[\"a\",\"b\"]}}");
    add_doc(in, b, "i", "2", "{\"host.name\":\"other\"}");
    assert_int_equal(b->docs.v[1].hash_at, 4);
    assert_int_equal(b->hashes.n, 5);
    vd_bytes filter = {0};
    vd_hashes first = {0};
    for (size_t i = 0; i < 4; i++)
        *vd_vec_push(&first) = b->hashes.v[i];
    vd_filter_make(&first, &filter);
    const char *const in_it[] = {"srv-1", "SRV-1", "10.0.0.1", "a", "b"};
    for (size_t i = 0; i < 5; i++) {
        vd_filter_question q = vd_filter_ask(seed, vd_str_from(in_it[i]));
        assert_true(vd_filter_answer(&q, (vd_str){filter.v, filter.n}));
    }
    int held = 0;
    for (int i = 0; i < 1000; i++) {
        char name[32];
        snprintf(name, sizeof name, "absent-%d", i);
        vd_filter_question q = vd_filter_ask(seed, vd_str_from(name));
        held += vd_filter_answer(&q, (vd_str){filter.v, filter.n});
    }
    assert_true(held < 40);
    vd_vec_free(&filter);
    vd_vec_free(&first);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)
    const struct CMUnitTest tests[] = {
        T(lines_are_envelopes), T(ingested_that_is_no_time_is_replaced), T(line_feeds_become_blanks), T(names_are_escaped),
        T(it_goes_to_its_data_stream), T(what_is_known_of_it), T(ids_that_are_made_differ),
        T(what_is_no_document_is_refused), T(what_json_allows_is_taken), T(depth_is_bounded),
        T(envelopes_are_opened), T(a_document_does_not_name_its_index), T(values_are_filtered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
