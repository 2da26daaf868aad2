/* windows/: <Event> elements to records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

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

static void expect(vd_str got, const char *want)
{
    if (!vd_str_eq(got, vd_str_from(want))) fail_msg("\"%.*s\" is not \"%s\"", VD_FMT(got), want);
}

static void expect_pair(const vd_win_record *r, uint32_t i, const char *name, const char *value)
{
    assert_true(i < r->n_data);
    expect(r->data[i].name, name);
    expect(r->data[i].value, value);
}

static vd_win_record read_one(const char *xml)
{
    vd_win_record r;
    vd_err err = {0};
    size_t at = 0;
    assert_true(vd_xml_next(shapes, vd_str_from(xml), &at, &r, &err));
    if (err.code) fail_msg("%s", err.msg);
    return r;
}

#define SYSTEM(id)                                                                                 \
    "<System><Provider Name='P' Guid=\"{G}\"/><EventID Qualifiers='16384'>" id                      \
    "</EventID><Version>1</Version><Level>4</Level><Task>2</Task><Opcode>0</Opcode>"                \
    "<Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='2020-01-02T03:04:05.1234567Z'/>" \
    "<EventRecordID>77</EventRecordID><Correlation ActivityID='{A}'/><Execution ProcessID='4' "     \
    "ThreadID='8'/><Channel>System</Channel><Computer>pc</Computer><Security UserID='S-1'/></System>"

static void test_event(void **state)
{
    vd_win_record r = read_one("\xef\xbb\xbf<?xml version='1.0'?><Events>\n<Event xmlns='u'>" SYSTEM("7045")
                               "<EventData><Data Name='ServiceName'>a&amp;b&#x41;&#233;</Data>\r\n"
                               "<Data Name='Empty'/><Data>plain</Data><Data>second</Data><Binary>00FF</Binary>"
                               "</EventData><RenderingInfo Culture='en-US'><Message>m</Message><Level>Information</Level>"
                               "<Keywords><Keyword>Audit Success</Keyword></Keywords></RenderingInfo></Event></Events>");
    expect(r.provider, "P");
    expect(r.provider_guid, "{G}");
    assert_int_equal(r.event_id, 7045);
    assert_int_equal(r.qualifiers, 16384);
    assert_int_equal(r.version, 1);
    assert_int_equal(r.level, 4);
    assert_int_equal(r.task, 2);
    assert_true(r.keywords == 1ull << 63);
    assert_true(r.has_record_id && r.record_id == 77);
    assert_true(r.has_process_id && r.process_id == 4 && r.thread_id == 8);
    expect(r.activity_id, "{A}");
    expect(r.channel, "System");
    expect(r.computer, "pc");
    expect(r.user_sid, "S-1");
    expect(r.message, "m");
    expect(r.level_text, "Information");
    assert_int_equal(r.n_keyword_texts, 1);
    assert_true(r.has_time && r.time_ns == 1577934245123456700);
    assert_int_equal(r.n_data, 5);
    expect_pair(&r, 0, "ServiceName", "a&bA\xc3\xa9");
    expect_pair(&r, 1, "Empty", "");
    expect_pair(&r, 2, "param3", "plain");
    expect_pair(&r, 3, "param4", "second");
    expect_pair(&r, 4, "Binary", "00FF");
}

static void test_user_data(void **state)
{
    vd_win_record r = read_one("<Event>" SYSTEM("1102") "<UserData><LogFileCleared xmlns='u'><SubjectUserName>ann"
                               "</SubjectUserName><In><Deep>1</Deep></In></LogFileCleared></UserData></Event>");
    assert_true(r.has_user_data);
    expect(r.user_data_name, "LogFileCleared");
    assert_int_equal(r.n_data, 2);
    expect_pair(&r, 0, "SubjectUserName", "ann");
    expect_pair(&r, 1, "Deep", "1");
}

/* UtcTime stands for the record's time only where that says nothing sure. */
static void test_sysmon_time(void **state)
{
#define UTC "<EventData><Data Name='UtcTime'>2020-01-02 03:04:04.5</Data></EventData>"
#define MADE(time) "<System><EventID>1</EventID><TimeCreated SystemTime='" time "'/></System>"
    vd_win_record r = read_one("<Event>" SYSTEM("1") UTC "</Event>");
    assert_true(r.time_ns == 1577934245123456700);
    expect_pair(&r, 0, "UtcTime", "2020-01-02 03:04:04.5");
    r = read_one("<Event>" MADE("2020-01-02T01:04:05") UTC "</Event>");
    assert_true(r.time_ns == 1577934244500000000);
    r = read_one("<Event>" MADE("") UTC "</Event>");
    assert_true(r.time_ns == 1577934244500000000);
#undef UTC
#undef MADE
}

static void test_prefixes_comments_cdata(void **state)
{
    vd_win_record r = read_one("<!-- <Event> --><e:Event xmlns:e='u'><e:System><e:EventID>5</e:EventID></e:System><e:EventData>"
                               "<e:Data e:Name='A'>x<![CDATA[<y>&amp;]]>z<!-- c -->!</e:Data></e:EventData></e:Event>");
    assert_int_equal(r.event_id, 5);
    expect_pair(&r, 0, "A", "x<y>&amp;z!");
}

static void test_many(void **state)
{
    vd_str text = VD_STR("<Event>" SYSTEM("1") "</Event>\n<Eventual/><Event>" SYSTEM("2") "</Event>tail");
    vd_win_record r;
    vd_err err = {0};
    size_t at = 0;
    for (uint32_t id = 1; id < 3; id++) {
        assert_true(vd_xml_next(shapes, text, &at, &r, &err));
        assert_int_equal(r.event_id, id);
    }
    assert_false(vd_xml_next(shapes, text, &at, &r, &err));
    assert_int_equal(err.code, VD_OK);
    assert_int_equal(at, text.n);
}

/* Each is told once, and the good one behind it is read. */
static void test_broken(void **state)
{
    static const struct {
        const char *xml, *why;
    } rows[] = {
        {"<Event><System><EventID>5</EventID></System>", "an event that is cut off"},
        {"<Event><System><EventID>5</System></Event>", "</System> closes <EventID>"},
        {"<Event><System></System></Event>", "an event without an EventID"},
        {"<Event><System><EventID>five</EventID></System></Event>", "an event without an EventID"},
        {"<Event><a b=c></a></Event>", "an attribute's value without quotes"},
        {"<Event><a b></a></Event>", "an attribute without a value"},
        {"<Event><!DOCTYPE x></Event>", "a DTD, which events have none of"},
        {"<Event><!-- </Event>", "a comment or declaration that does not end"},
        {"<Event><a b='1", "an attribute's value that does not end"},
        {"<Event a='</Event>'></Event>", "a < in an attribute's value"},
        {"<Event><System><Event></Event></System></Event>", "an event in an event"},
        {"<Event>< ></Event>", "a < that begins no element"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[2048];
        vd_win_record r;
        vd_err err = {0};
        size_t at = 0;
        snprintf(text, sizeof text, "%s", rows[i].xml);
        assert_true(vd_xml_next(shapes, vd_str_from(text), &at, &r, &err));
        assert_string_equal(err.msg, rows[i].why);
        assert_int_equal(r.n_data, 0);
        while (vd_xml_next(shapes, vd_str_from(text), &at, &r, &err)) {}
        snprintf(text, sizeof text, "<Event><System></System></Event><Event>" SYSTEM("9") "</Event>");
        at = 0;
        assert_true(vd_xml_next(shapes, vd_str_from(text), &at, &r, &err));
        err.code = VD_OK;
        assert_true(vd_xml_next(shapes, vd_str_from(text), &at, &r, &err));
        assert_int_equal(err.code, VD_OK);
        assert_int_equal(r.event_id, 9);
    }
}

static void test_event_that_is_cut_off_before_another(void **state)
{
    vd_str text = VD_STR("<Event><System><EventID>5</EventID><Event>" SYSTEM("9") "</Event>");
    vd_win_record r;
    vd_err err = {0};
    size_t at = 0;
    assert_true(vd_xml_next(shapes, text, &at, &r, &err));
    assert_int_equal(err.code, VD_FORMAT);
    err.code = VD_OK;
    assert_true(vd_xml_next(shapes, text, &at, &r, &err));
    assert_int_equal(r.event_id, 9);
}

static void test_where_to_cut(void **state)
{
    vd_str text = VD_STR("<Event a='&lt;/x'>..</Events></e:Event><e:Event>Event></Event>");
    size_t first = vd_xml_event_end(text, 0);
    assert_int_equal(first, strlen("<Event a='&lt;/x'>..</Events></e:Event>"));
    assert_int_equal(vd_xml_event_end(text, first), text.n);
    assert_int_equal(vd_xml_event_end(text, text.n), SIZE_MAX);
}

static void test_too_deep(void **state)
{
    char text[4096] = "<Event>";
    for (int i = 0; i < 100; i++)
        strncat(text, "<a>", sizeof text - strlen(text) - 1);
    vd_win_record r;
    vd_err err = {0};
    size_t at = 0;
    assert_true(vd_xml_next(shapes, vd_str_from(text), &at, &r, &err));
    assert_string_equal(err.msg, "elements nested too deeply");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_user_data),
        cmocka_unit_test(test_sysmon_time),
        cmocka_unit_test(test_prefixes_comments_cdata),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_broken),
        cmocka_unit_test(test_event_that_is_cut_off_before_another),
        cmocka_unit_test(test_where_to_cut),
        cmocka_unit_test(test_too_deep),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
