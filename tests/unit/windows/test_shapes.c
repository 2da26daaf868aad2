/* windows/: JSON documents in each form to records; envelopes; times. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/limits.h"
#include "windows/shapes_int.h"

static vd_shapes *shapes;

static int setup(void **state)
{
    shapes = vd_shapes_new(&(vd_shapes_options){0});
    return 0;
}

static int teardown(void **state)
{
    vd_shapes_free(shapes);
    return 0;
}

static vd_shape shape_of(const char *json) { return vd_shape_of(shapes, json, strlen(json)); }

static vd_win_record read_record(const char *json)
{
    vd_win_record r;
    assert_int_equal(shape_of(json), VD_SHAPE_WINDOWS);
    assert_true(vd_shape_record(shapes, json, strlen(json), &r));
    return r;
}

static void expect(vd_str got, const char *want)
{
    if (!vd_str_eq(got, vd_str_from(want))) fail_msg("\"%.*s\" is not \"%s\"", VD_FMT(got), want);
}

static const char *data_of(const vd_win_record *r, const char *name)
{
    static char text[512];
    for (uint32_t i = 0; i < r->n_data; i++)
        if (vd_str_eq(r->data[i].name, vd_str_from(name))) {
            snprintf(text, sizeof text, "%.*s", VD_FMT(r->data[i].value));
            return text;
        }
    return NULL;
}

static void expect_data(const vd_win_record *r, const char *name, const char *want)
{
    const char *got = data_of(r, name);
    if (!got) fail_msg("no %s", name);
    assert_string_equal(got, want);
}

#define AT(text) time_of(text)

static int64_t time_of(const char *text)
{
    int64_t ns = -1;
    if (!vd_win_time(vd_str_from(text), NULL, &ns, NULL)) fail_msg("no time: %s", text);
    return ns;
}

static const char nxlog[] =
    "{\"EventTime\":\"2020-09-20 12:16:38\",\"EventReceivedTime\":\"2020-09-20 12:16:39\","
    "\"UtcTime\":\"2020-09-20 16:16:37.523\",\"@timestamp\":\"2020-09-20T16:16:39.626Z\","
    "\"EventID\":1,\"Channel\":\"Microsoft-Windows-Sysmon/Operational\",\"host\":\"wec.example\","
    "\"Hostname\":\"W6.example\",\"SourceName\":\"Microsoft-Windows-Sysmon\","
    "\"ProviderGuid\":\"{5770385F-C22A-43E0-BF4C-06F5698FFBD9}\",\"Keywords\":-9223372036854775808,"
    "\"SeverityValue\":2,\"Severity\":\"INFO\",\"EventType\":\"INFO\",\"Task\":1,\"Version\":5,"
    "\"Category\":\"Process Create\",\"OpcodeValue\":0,\"Opcode\":\"Info\",\"RecordNumber\":2974183,"
    "\"ExecutionProcessID\":3392,\"ThreadID\":5552,\"ProcessId\":\"77\",\"UserID\":\"S-1-5-18\","
    "\"AccountName\":\"SYSTEM\",\"AccountType\":\"User\",\"Domain\":\"NT AUTHORITY\",\"port\":1,"
    "\"Image\":\"C:\\\\a\\u00e9.exe\",\"EventTypeOrignal\":\"SetValue\",\"tags\":[\"x\"],\"@version\":\"1\"}";

static void test_flat(void **state)
{
    vd_win_record r = read_record(nxlog);
    assert_int_equal(r.event_id, 1);
    expect(r.channel, "Microsoft-Windows-Sysmon/Operational");
    expect(r.provider, "Microsoft-Windows-Sysmon");
    expect(r.computer, "W6.example");
    expect(r.user_sid, "S-1-5-18");
    expect(r.user_name, "SYSTEM");
    expect(r.user_domain, "NT AUTHORITY");
    expect(r.level_text, "Information");
    expect(r.task_text, "Process Create");
    expect(r.opcode_text, "Info");
    assert_int_equal(r.level, 4);
    assert_int_equal(r.task, 1);
    assert_int_equal(r.version, 5);
    assert_true(r.keywords == 1ull << 63);
    assert_true(r.has_record_id && r.record_id == 2974183);
    assert_true(r.has_process_id && r.process_id == 3392 && r.thread_id == 5552);
    expect_data(&r, "ProcessId", "77");
    expect_data(&r, "Image", "C:\\a\xc3\xa9.exe");
    expect_data(&r, "EventType", "SetValue");
    expect_data(&r, "UtcTime", "2020-09-20 16:16:37.523");
    static const char *const collectors[] = {"EventTime", "EventReceivedTime", "host", "port",
                                             "@version", "tags", "AccountName", "@timestamp"};
    for (size_t i = 0; i < sizeof collectors / sizeof collectors[0]; i++)
        assert_null(data_of(&r, collectors[i]));
    expect(vd_shape_beside(shapes), "\"tags\":[\"x\"]");
}

static void test_account_without_sid_is_data(void **state)
{
    vd_win_record r = read_record("{\"EventID\":7,\"Channel\":\"X\",\"AccountName\":\"a\",\"Domain\":\"d\"}");
    expect_data(&r, "AccountName", "a");
    expect_data(&r, "Domain", "d");
    assert_int_equal(r.user_name.n, 0);
}

static void test_audit_types(void **state)
{
    vd_win_record r = read_record("{\"EventID\":4625,\"Channel\":\"Security\",\"EventType\":\"AUDIT_FAILURE\"}");
    assert_int_equal(r.n_keyword_texts, 1);
    expect(r.keyword_texts[0], "Audit Failure");
    r = read_record("{\"EventID\":13,\"Channel\":\"S\",\"EventType\":\"CreateKey\"}");
    expect_data(&r, "EventType", "CreateKey");
    assert_int_equal(r.n_keyword_texts, 0);
}

/* The clock of the event decides; that of the collector never does. */
static void test_clocks(void **state)
{
    vd_win_record r = read_record(nxlog);
    assert_true(r.has_time && r.time_ns == AT("2020-09-20T16:16:37.523Z"));
    r = read_record("{\"EventID\":1,\"Channel\":\"X\",\"@timestamp\":\"2020-09-20T16:16:39Z\","
                    "\"EventTime\":\"2020-09-20 12:16:38\",\"EventReceivedTime\":\"2020-09-20 13:00:00\"}");
    assert_true(r.time_ns == AT("2020-09-20T12:16:38Z"));
    r = read_record("{\"EventID\":1,\"Channel\":\"X\",\"@timestamp\":\"2020-09-20T16:16:39.1Z\"}");
    assert_true(r.time_ns == AT("2020-09-20T16:16:39.1Z"));
    r = read_record("{\"EventID\":1,\"Channel\":\"X\",\"EventReceivedTime\":\"2020-09-20 13:00:00\"}");
    assert_false(r.has_time);
    r = read_record("{\"EventID\":1,\"Channel\":\"X\",\"UtcTime\":\"-\",\"TimeCreated\":\"2020-01-01T00:00:00.1234567Z\","
                    "\"EventTime\":\"2020-01-01 05:00:00\"}");
    assert_true(r.time_ns == AT("2020-01-01T00:00:00.1234567Z"));
    /* What Windows says of its record with a zone is not what Sysmon saw. */
    static const char *const made[] = {
        "{\"EventID\":1,\"Channel\":\"X\",\"UtcTime\":\"2020-01-01 00:00:01\","
        "\"TimeCreated\":\"2020-01-01T00:00:02.5Z\",\"EventTime\":\"2020-01-01 05:00:02\"}",
        "{\"EventID\":1,\"Channel\":\"X\",\"EventTime\":\"2020-01-01 05:00:02\","
        "\"TimeCreated\":\"2020-01-01T00:00:02.5Z\",\"UtcTime\":\"2020-01-01 00:00:01\"}",
        "{\"@timestamp\":\"2020-01-01T00:00:09Z\",\"winlog\":{\"event_id\":\"1\",\"channel\":\"X\","
        "\"time_created\":\"2020-01-01T00:00:02.5Z\",\"event_data\":{\"UtcTime\":\"2020-01-01 00:00:01\"}}}"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        r = read_record(made[i]);
        assert_true(r.time_ns == AT("2020-01-01T00:00:02.5Z"));
    }
}

static void test_input_tz(void **state)
{
    static const vd_offset four = {INT64_MIN, -240};
    static const vd_offsets west = {1, &four, "-04:00"};
    vd_shapes *shapes_west = vd_shapes_new(&(vd_shapes_options){&west});
    static const char json[] = "{\"EventID\":1,\"Channel\":\"X\",\"EventTime\":\"2020-09-20 12:16:38\"}";
    vd_win_record r;
    int minutes = 7;
    assert_true(vd_shape_record(shapes_west, json, sizeof json - 1, &r));
    assert_true(r.time_ns == AT("2020-09-20T16:16:38Z"));
    assert_true(vd_shape_record(shapes_west, nxlog, sizeof nxlog - 1, &r));
    assert_false(vd_shape_zone_seen(shapes_west, &minutes)); /* it is the right one */
    vd_shapes_free(shapes_west);
    read_record(nxlog);
    assert_true(vd_shape_zone_seen(shapes, &minutes));
    assert_int_equal(minutes, -240);
}

static void test_time_forms(void **state)
{
    static const struct {
        const char *text, *same;
    } rows[] = {
        {"2020-02-29 01:02:03", "2020-02-29T01:02:03Z"},
        {"2020-02-29T01:02:03.5+02:30", "2020-02-28T22:32:03.5Z"},
        {"2020-02-29 01:02:03 UTC", "2020-02-29T01:02:03Z"},
        {"2020/02/29 01:02:03", "2020-02-29T01:02:03Z"},
        {"1582938123", "2020-02-29T01:02:03Z"},
        {"1582938123.25", "2020-02-29T01:02:03.25Z"},
        {"1582938123250", "2020-02-29T01:02:03.25Z"},
        {"1582938123250000", "2020-02-29T01:02:03.25Z"},
        {"1582938123250000000", "2020-02-29T01:02:03.25Z"},
        {"/Date(1582938123250)/", "2020-02-29T01:02:03.25Z"},
        {"2020-02-29T01:02:03.123456789Z", "2020-02-29T01:02:03.123456789999Z"},
    };
    static const char *const none[] = {"", "-", "2020-02-30 00:00:00", "2020-13-01 00:00:00",
                                       "2020-01-01", "0000-01-01 00:00:00", "2020-01-01 00:00:00 CEST",
                                       "99999999999999999999", "12:00", "2020-01-01T25:00:00Z", "1e9"};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_true(time_of(rows[i].text) == time_of(rows[i].same));
    int64_t ns;
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (vd_win_time(vd_str_from(none[i]), NULL, &ns, NULL)) fail_msg("read as a time: %s", none[i]);
}

static void test_event_object(void **state)
{
    vd_win_record r = read_record(
        "{\"Event\":{\"#attributes\":{\"xmlns\":\"u\"},\"System\":{\"Provider\":{\"#attributes\":{\"Name\":\"P\","
        "\"Guid\":\"{G}\"}},\"EventID\":{\"#attributes\":{\"Qualifiers\":16384},\"#text\":7036},\"Version\":1,"
        "\"Level\":4,\"Task\":2,\"Opcode\":3,\"Keywords\":\"0x8080000000000000\",\"TimeCreated\":{\"#attributes\":"
        "{\"SystemTime\":\"2020-01-02T03:04:05.678901Z\"}},\"EventRecordID\":99,\"Correlation\":{\"#attributes\":"
        "{\"ActivityID\":\"{A}\"}},\"Execution\":{\"#attributes\":{\"ProcessID\":4,\"ThreadID\":5}},"
        "\"Channel\":\"System\",\"Computer\":\"pc\",\"Security\":{\"#attributes\":{\"UserID\":\"S-1\"}}},"
        "\"EventData\":{\"param1\":\"x\",\"n\":12,\"none\":null,\"Binary\":\"00\"}}}");
    expect(r.provider, "P");
    expect(r.provider_guid, "{G}");
    assert_int_equal(r.event_id, 7036);
    assert_int_equal(r.qualifiers, 16384);
    assert_true(r.keywords == 0x8080000000000000);
    assert_true(r.time_ns == AT("2020-01-02T03:04:05.678901Z"));
    assert_int_equal(r.record_id, 99);
    expect(r.activity_id, "{A}");
    expect(r.user_sid, "S-1");
    assert_int_equal(r.process_id, 4);
    assert_int_equal(r.thread_id, 5);
    assert_int_equal(r.n_data, 4);
    expect_data(&r, "n", "12");
    expect_data(&r, "none", "");
}

static void test_event_object_of_xmltodict(void **state)
{
    vd_win_record r = read_record(
        "{\"Event\":{\"@xmlns\":\"u\",\"System\":{\"Provider\":{\"@Name\":\"P\"},\"EventID\":\"4688\","
        "\"TimeCreated\":{\"@SystemTime\":\"2020-01-02 03:04:05.6\"},\"Channel\":\"Security\",\"Computer\":\"pc\"},"
        "\"EventData\":{\"Data\":[{\"@Name\":\"A\",\"#text\":\"a\"},{\"@Name\":\"B\"},\"plain\"]}}}");
    assert_int_equal(r.event_id, 4688);
    expect(r.provider, "P");
    expect_data(&r, "A", "a");
    expect_data(&r, "B", "");
    expect_data(&r, "param3", "plain");
}

static void test_separate_attributes(void **state)
{
    vd_win_record r = read_record(
        "{\"Event\":{\"System\":{\"Provider_attributes\":{\"Name\":\"P\"},\"EventID\":1,\"EventID_attributes\":"
        "{\"Qualifiers\":7},\"Channel\":\"C\",\"TimeCreated_attributes\":{\"SystemTime\":\"2020-01-02T03:04:05Z\"}},"
        "\"EventData\":{\"Data\":{\"#text\":[\"one\",\"two\"]}}}}");
    expect(r.provider, "P");
    assert_int_equal(r.qualifiers, 7);
    assert_true(r.has_time);
    expect_data(&r, "param1", "one");
    expect_data(&r, "param2", "two");
}

static void test_user_data(void **state)
{
    vd_win_record r = read_record(
        "{\"Event\":{\"System\":{\"EventID\":1102,\"Channel\":\"Security\",\"Provider\":{\"#attributes\":{\"Name\":\"E\"}}},"
        "\"UserData\":{\"LogFileCleared\":{\"#attributes\":{\"xmlns\":\"u\"},\"SubjectUserName\":\"ann\",\"In\":{\"Deep\":1}}}}}");
    assert_true(r.has_user_data);
    expect(r.user_data_name, "LogFileCleared");
    assert_int_equal(r.n_data, 2);
    expect_data(&r, "SubjectUserName", "ann");
    expect_data(&r, "Deep", "1");
}

static void test_velociraptor(void **state)
{
    vd_win_record r = read_record(
        "{\"System\":{\"Provider\":{\"Name\":\"P\",\"Guid\":\"G\"},\"EventID\":{\"Value\":4624},\"TimeCreated\":"
        "{\"SystemTime\":1577934245.5},\"Channel\":\"Security\",\"Computer\":\"pc\",\"Security\":{\"UserID\":\"S\"},"
        "\"Execution\":{\"ProcessID\":8,\"ThreadID\":9}},\"EventData\":{\"LogonType\":3},\"Message\":\"m\"}");
    assert_int_equal(r.event_id, 4624);
    assert_true(r.time_ns == AT("2020-01-02T03:04:05.5Z"));
    expect(r.message, "m");
    assert_int_equal(r.process_id, 8);
    expect_data(&r, "LogonType", "3");
}

static void test_evtxecmd(void **state)
{
    vd_win_record r = read_record(
        "{\"PayloadData1\":\"x\",\"MapDescription\":\"d\",\"ChunkNumber\":0,\"Computer\":\"pc\",\"Channel\":\"Security\","
        "\"Provider\":\"P\",\"EventId\":4624,\"EventRecordId\":\"5\",\"ProcessId\":624,\"ThreadId\":7,\"Level\":\"LogAlways\","
        "\"TimeCreated\":\"2020-01-02T03:04:05.0000000+00:00\",\"UserId\":\"S-1\","
        "\"Payload\":\"{\\\"EventData\\\":{\\\"Data\\\":[{\\\"@Name\\\":\\\"A\\\",\\\"#text\\\":\\\"C:\\\\\\\\x\\\"}]}}\"}");
    assert_int_equal(r.event_id, 4624);
    assert_int_equal(r.process_id, 624);
    assert_int_equal(r.record_id, 5);
    assert_int_equal(r.n_data, 1);
    expect_data(&r, "A", "C:\\x");
}

static void test_beats(void **state)
{
    vd_win_record r = read_record(
        "{\"@timestamp\":\"2020-01-02T03:04:05.6Z\",\"_index\":\"winlogbeat-8\",\"agent\":{\"id\":\"a\"},"
        "\"event\":{\"code\":\"1\",\"kind\":\"event\",\"created\":\"2021-01-01T00:00:00Z\"},\"log\":{\"level\":\"information\"},"
        "\"host\":{\"name\":\"h\",\"id\":\"hid\"},\"message\":\"m\",\"winlog\":{\"channel\":\"C\",\"provider_name\":\"P\","
        "\"event_id\":\"1\",\"record_id\":4,\"computer_name\":\"pc\",\"keywords\":[\"Audit Success\",\"X\"],\"task\":\"t\","
        "\"process\":{\"pid\":3,\"thread\":{\"id\":2}},\"user\":{\"identifier\":\"S-1\",\"name\":\"n\",\"domain\":\"d\",\"type\":\"User\"},"
        "\"event_data\":{\"Image\":\"i\"}}}");
    assert_int_equal(r.event_id, 1);
    expect(r.computer, "pc");
    expect(r.host_id, "hid");
    expect(r.user_name, "n");
    expect(r.level_text, "information");
    expect(r.task_text, "t");
    assert_int_equal(r.n_keyword_texts, 2);
    assert_int_equal(r.thread_id, 2);
    expect_data(&r, "Image", "i");
    assert_true(r.time_ns == AT("2020-01-02T03:04:05.6Z"));
    expect(vd_shape_beside(shapes), "\"agent\":{\"id\":\"a\"}");
    expect(vd_shape_index(shapes), "winlogbeat-8");
}

static void test_flattened_beats(void **state)
{
    vd_win_record r = read_record("{\"winlog.event_id\":1,\"winlog.channel\":\"C\",\"winlog.event_data.Image\":\"i\","
                                  "\"winlog.user.name\":\"n\",\"host.id\":\"hid\"}");
    expect(r.channel, "C");
    expect(r.host_id, "hid");
    expect_data(&r, "Image", "i");
}

static void test_old_beats(void **state)
{
    vd_win_record r = read_record("{\"@timestamp\":\"2020-01-02T03:04:05Z\",\"log_name\":\"Security\",\"event_id\":4624,"
                                  "\"source_name\":\"P\",\"event_data\":{\"A\":\"a\"},\"user\":{\"identifier\":\"S\"}}");
    expect(r.provider, "P");
    expect(r.user_sid, "S");
    expect_data(&r, "A", "a");
}

static void test_ecs_stays_as_it_is(void **state)
{
    static const char *const ecs[] = {
        "{\"@timestamp\":1,\"event\":{\"category\":[\"process\"]},\"winlog\":{\"event_id\":1}}",
        "{\"event.category\":\"process\",\"winlog\":{\"event_id\":1}}",
        "{\"event\":{\"ingested\":\"x\"},\"winlog\":{\"event_id\":1,\"channel\":\"Security\"}}",
        "{\"process\":{\"name\":\"a\"}}",
        "{}",
        "{\"EventID\":1}",
        "{\"index\":{\"name\":\"x\"}}",
        "{\"index\":{\"_index\":\"x\"},\"more\":1}",
        "{\"_source\":\"text\"}",
    };
    for (size_t i = 0; i < sizeof ecs / sizeof ecs[0]; i++)
        if (shape_of(ecs[i]) != VD_SHAPE_ECS) fail_msg("%s", ecs[i]);
}

static void test_what_is_broken_is_none(void **state)
{
    static const char *const broken[] = {"", "17", "[1]", "{\"EventID\":1,\"Channel\":\"x\"", "{\"a\" 1}", "{\"a\":1,}",
                                         "{\"EventID\":1,\"Channel\":\"x\"} {}", "{\"a\":[}", "nonsense"};
    vd_win_record r;
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        if (shape_of(broken[i]) != VD_SHAPE_NONE) fail_msg("%s", broken[i]);
        assert_false(vd_shape_record(shapes, broken[i], strlen(broken[i]), &r));
    }
    static const char escape[] = "{\"EventID\":1,\"Channel\":\"x\\q\"}";
    assert_false(vd_shape_record(shapes, escape, sizeof escape - 1, &r));
}

static void test_escapes(void **state)
{
    vd_win_record r = read_record("{\"EventID\":1,\"Channel\":\"x\",\"A\":\"\\ud83d\\ude00\\ud83d\\n\\\"\\\\\"}");
    expect_data(&r, "A", "\xf0\x9f\x98\x80\xef\xbf\xbd\n\"\\");
}

typedef struct docs {
    char v[8][256];
    size_t n;
} docs;

static void take_doc(void *ctx, const char *json, size_t n)
{
    docs *d = ctx;
    assert_true(d->n < 8);
    snprintf(d->v[d->n++], 256, "%.*s", (int)n, json);
}

static docs unwrap(const char *json)
{
    docs d = {.n = 0};
    assert_int_equal(shape_of(json), VD_SHAPE_ENVELOPE);
    vd_shape_unwrap(shapes, json, strlen(json), take_doc, &d);
    return d;
}

static void test_hits(void **state)
{
    docs d = unwrap("{\"_index\":\"i\",\"_id\":\"1\",\"_source\":{\"EventID\":1,\"Channel\":\"x\"}}");
    assert_int_equal(d.n, 1);
    assert_string_equal(d.v[0], "{\"_index\":\"i\",\"_id\":\"1\",\"EventID\":1,\"Channel\":\"x\"}");
    vd_win_record r = read_record(d.v[0]);
    assert_int_equal(r.event_id, 1);
    expect(vd_shape_beside(shapes), "\"_id\":\"1\"");
    expect(vd_shape_index(shapes), "i");
    d = unwrap("{\"took\":1,\"hits\":{\"total\":2,\"hits\":[{\"_id\":\"1\",\"_source\":{\"a\":1}},{\"_id\":\"2\",\"_source\":{}}]}}");
    assert_int_equal(d.n, 2);
    assert_string_equal(d.v[0], "{\"_id\":\"1\",\"_source\":{\"a\":1}}");
    d = unwrap("{\"response\":{\"hits\":{\"hits\":[{\"_source\":{\"a\":1}}]}}}");
    assert_int_equal(d.n, 1);
    d = unwrap("{\"hits\":{\"sequences\":[{\"events\":[{\"_source\":{\"a\":1}},{\"_source\":{\"a\":2}}]}]}}");
    assert_int_equal(d.n, 2);
    d = unwrap("{\"hits\":{\"total\":0}}");
    assert_int_equal(d.n, 0);
}

static void test_bulk(void **state)
{
    static const char action[] = "{\"index\":{\"_index\":\"i\",\"_id\":\"7\"}}";
    assert_int_equal(shape_of(action), VD_SHAPE_ACTION);
    assert_int_equal(shape_of("{\"create\":{}}"), VD_SHAPE_ACTION);
    vd_shape_action(shapes, action, sizeof action - 1);
    expect(vd_shape_with_action(shapes, VD_STR("{\"a\":1}")), "{\"_index\":\"i\",\"_id\":\"7\",\"a\":1}");
    expect(vd_shape_with_action(shapes, VD_STR("{\"a\":1}")), "{\"a\":1}");
    vd_shape_action(shapes, action, sizeof action - 1);
    expect(vd_shape_with_action(shapes, VD_STR("{}")), "{\"_index\":\"i\",\"_id\":\"7\"}");
}

/* Nothing allocates without end, nothing recurses without a bound. */
static void test_deep(void **state)
{
    enum { N = 100000 };
    char *deep = malloc(9 * N + 1 + VD_PADDING), *p = deep;
    for (int i = 0; i < N; i++)
        p = mempcpy(p, "{\"Event\":", 9);
    *p = 0;
    assert_int_equal(shape_of(deep), VD_SHAPE_NONE);
    free(deep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flat),
        cmocka_unit_test(test_account_without_sid_is_data),
        cmocka_unit_test(test_audit_types),
        cmocka_unit_test(test_clocks),
        cmocka_unit_test(test_input_tz),
        cmocka_unit_test(test_time_forms),
        cmocka_unit_test(test_event_object),
        cmocka_unit_test(test_event_object_of_xmltodict),
        cmocka_unit_test(test_separate_attributes),
        cmocka_unit_test(test_user_data),
        cmocka_unit_test(test_velociraptor),
        cmocka_unit_test(test_evtxecmd),
        cmocka_unit_test(test_beats),
        cmocka_unit_test(test_flattened_beats),
        cmocka_unit_test(test_old_beats),
        cmocka_unit_test(test_ecs_stays_as_it_is),
        cmocka_unit_test(test_what_is_broken_is_none),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_hits),
        cmocka_unit_test(test_bulk),
        cmocka_unit_test(test_deep),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
