/* windows/evtx: what binary XML means, however it is put together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "evtx_build.h"

static chunk c;

static void open_chunk(vd_evtx *r)
{
    vd_evtx_damage damage;
    chunk_end(&c);
    assert_true(vd_evtx_chunk(r, c.b, sizeof c.b, &damage));
    if (damage.what) fail_msg("%s", damage.what);
}

/* The chunk has one record; it is handed to check. */
static void one_record(void (*check)(const vd_win_record *rec))
{
    vd_evtx_damage damage;
    vd_evtx *r = vd_evtx_new();
    record_end(&c);
    open_chunk(r);
    check(next(r));
    assert_null(vd_evtx_next(r, &damage));
    assert_null(damage.what);
    vd_evtx_free(r);
}

/* The same, but something is wrong with it; `what` is part of what is told. */
static const vd_win_record *damaged_record(vd_evtx *r, const char *what)
{
    vd_evtx_damage damage;
    record_end(&c);
    open_chunk(r);
    const vd_win_record *rec = vd_evtx_next(r, &damage);
    assert_non_null(damage.what);
    if (!strstr(damage.what, what)) fail_msg("told: %s", damage.what);
    return rec;
}

static void attribute_hole(const char *attribute_name, uint32_t number)
{
    attribute(&c, attribute_name);
    hole(&c, number, 0);
}

static void element_hole(const char *element, uint32_t number)
{
    open_(&c, element);
    inside(&c);
    hole(&c, number, 0);
    close_(&c);
}

/* --- System -------------------------------------------------------------------------- */

static void check_system(const vd_win_record *rec)
{
    assert_text(rec->provider, "P");
    assert_text(rec->provider_guid, "{04030201-0605-0807-090a-0b0c0d0e0f10}");
    assert_text(rec->source_name, "Src");
    assert_int_equal(rec->event_id, 4624);
    assert_int_equal(rec->qualifiers, 16384);
    assert_int_equal(rec->version, 2);
    assert_int_equal(rec->level, 4);
    assert_int_equal(rec->task, 12544);
    assert_int_equal(rec->opcode, 1);
    assert_true(rec->keywords == 0x8020000000000000u);
    assert_true(rec->has_time && rec->time_ns == 1565786895921507500);
    assert_true(rec->has_record_id && rec->record_id == 77);
    assert_text(rec->activity_id, "{04030201-0605-0807-090a-0b0c0d0e0f10}");
    assert_text(rec->related_activity_id, "");
    assert_true(rec->has_process_id && rec->process_id == 4);
    assert_int_equal(rec->thread_id, 248);
    assert_text(rec->channel, "Security");
    assert_text(rec->computer, "HOST");
    assert_text(rec->user_sid, "S-1-5-18");
    assert_false(rec->has_user_data);
    assert_int_equal(rec->n_data, 0);
}

static void system_elements(void)
{
    open_(&c, "Event");
    attribute(&c, "xmlns");
    text(&c, "http://schemas.microsoft.com/win/2004/08/events/event");
    inside(&c);
    open_(&c, "System");
    inside(&c);
    open_(&c, "Provider");
    attribute(&c, "Name");
    text(&c, "P");
    attribute_hole("Guid", 0);
    attribute(&c, "EventSourceName");
    text(&c, "Src");
    put8(&c, 3);
    open_(&c, "EventID");
    attribute_hole("Qualifiers", 1);
    inside(&c);
    hole(&c, 2, VD_BX_UINT16);
    close_(&c);
    element_hole("Version", 3);
    element_hole("Level", 4);
    element_hole("Task", 5);
    element_hole("Opcode", 6);
    element_hole("Keywords", 7);
    open_(&c, "TimeCreated");
    attribute_hole("SystemTime", 8);
    put8(&c, 3);
    element_hole("EventRecordID", 9);
    open_(&c, "Correlation");
    attribute_hole("ActivityID", 0);
    attribute_hole("RelatedActivityID", 10);
    put8(&c, 3);
    open_(&c, "Execution");
    attribute_hole("ProcessID", 11);
    attribute_hole("ThreadID", 12);
    put8(&c, 3);
    leaf(&c, "Channel", "Security");
    leaf(&c, "Computer", "HOST");
    open_(&c, "Security");
    attribute_hole("UserID", 13);
    put8(&c, 3);
    close_(&c);
    close_(&c);
}

static void test_system(void **state)
{
    static const uint8_t guid[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    static const uint8_t sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    static const uint64_t u[] = {
        16384, 4624, 2, 4, 12544, 1, 0x8020000000000000u, 132102604959215075u, 77, 4, 248};
    const value values[] = {
        {VD_BX_GUID, 16, guid},    {VD_BX_UINT16, 2, &u[0]}, {VD_BX_UINT16, 2, &u[1]},
        {VD_BX_UINT8, 1, &u[2]},   {VD_BX_UINT8, 1, &u[3]},  {VD_BX_UINT16, 2, &u[4]},
        {VD_BX_UINT8, 1, &u[5]},   {VD_BX_HEX64, 8, &u[6]},  {VD_BX_FILETIME, 8, &u[7]},
        {VD_BX_UINT64, 8, &u[8]},  {VD_BX_NULL, 0, NULL},    {VD_BX_UINT32, 4, &u[9]},
        {VD_BX_UINT32, 4, &u[10]}, {VD_BX_SID, 12, sid},
    };
    chunk_begin(&c);
    record_begin(&c);
    fragment(&c);
    instance_begin(&c, INSTANCE_OF_NEW);
    system_elements();
    template_end(&c);
    instance_values(&c, values, 14);
    one_record(check_system);
}

static void check_plain(const vd_win_record *rec)
{
    assert_int_equal(rec->event_id, 7045);
    assert_true(rec->keywords == 0x8080000000000000u);
    assert_true(rec->has_time && rec->time_ns == 1565786895921507512);
    assert_text(pair(rec, "A"), "1 < 2 & \xc3\xa9 <raw>");
    assert_int_equal(rec->n_data, 1);
}

/* XML without a template: all of it is text. Whether its elements say what they depend on
 * is for the reader to find out. */
static void no_template(bool dependencies)
{
    chunk_begin(&c);
    c.dependencies = dependencies;
    record_begin(&c);
    fragment(&c);
    open_(&c, "Event");
    inside(&c);
    open_(&c, "System");
    inside(&c);
    leaf(&c, "EventID", " 7045 ");
    leaf(&c, "Keywords", "0x8080000000000000");
    open_(&c, "TimeCreated");
    attribute(&c, "SystemTime");
    text(&c, "2019-08-14T12:48:15.921507512Z");
    put8(&c, 3);
    close_(&c);
    open_(&c, "EventData");
    inside(&c);
    open_(&c, "Data");
    attribute(&c, "Name");
    text(&c, "A");
    inside(&c);
    text(&c, "1 ");
    put8(&c, 0x49);
    name(&c, "lt");
    text(&c, " 2 ");
    put8(&c, 0x09);
    name(&c, "amp");
    text(&c, " ");
    put8(&c, 0x48);
    put16(&c, 0xe9);
    put8(&c, 0x07);
    put16(&c, 6);
    put_units(&c, " <raw>");
    close_(&c);
    close_(&c);
    put8(&c, 0x0a);
    name(&c, "target");
    put8(&c, 0x0b);
    put16(&c, 2);
    put_units(&c, "pi");
    close_(&c);
    end(&c);
    one_record(check_plain);
}

static void test_no_template(void **state)
{
    no_template(true);
    no_template(false);
}

static void check_rendering(const vd_win_record *rec)
{
    assert_text(rec->message, "An account was logged on.");
    assert_text(rec->level_text, "Information");
    assert_text(rec->task_text, "Logon");
    assert_text(rec->opcode_text, "Info");
    assert_int_equal(rec->n_keyword_texts, 8);
    assert_text(rec->keyword_texts[0], "Audit Success");
    assert_text(rec->channel, "Security");
}

static void test_rendering(void **state)
{
    chunk_begin(&c);
    record_begin(&c);
    open_(&c, "Event");
    inside(&c);
    open_(&c, "System");
    inside(&c);
    leaf(&c, "Channel", "Security");
    close_(&c);
    open_(&c, "RenderingInfo");
    inside(&c);
    leaf(&c, "Message", "An account was logged on.");
    leaf(&c, "Level", "Information");
    leaf(&c, "Task", "Logon");
    leaf(&c, "Opcode", "Info");
    leaf(&c, "Channel", "somewhere else");
    open_(&c, "Keywords");
    inside(&c);
    for (int i = 0; i < 12; i++)
        leaf(&c, "Keyword", "Audit Success");
    close_(&c);
    close_(&c);
    close_(&c);
    end(&c);
    one_record(check_rendering);
}

/* --- EventData and UserData ------------------------------------------------------------ */

/* <Event> of which only the channel is known; EventData is open. */
static void begin_data(void)
{
    open_(&c, "Event");
    inside(&c);
    open_(&c, "System");
    inside(&c);
    leaf(&c, "Channel", "Application");
    close_(&c);
    open_(&c, "EventData");
    inside(&c);
}

static void end_data(void)
{
    close_(&c);
    close_(&c);
}

static void begin_instance(void)
{
    chunk_begin(&c);
    record_begin(&c);
    fragment(&c);
    instance_begin(&c, INSTANCE_OF_NEW);
    begin_data();
}

static void end_instance(const value *values, uint32_t n)
{
    end_data();
    template_end(&c);
    instance_values(&c, values, n);
}

static void check_pairs(const vd_win_record *rec)
{
    static const char *const want[][2] = {
        {"Image", "cmd"},    {"Empty", ""},  {"param3", "one"}, {"param4", ""},
        {"param5", "three"}, {"Count", "1"}, {"Count", "2"},    {"Binary", "00FF"},
        {"Mixed", "pid 7!"}, {"dyn7", "cmd"}};
    assert_int_equal(rec->n_data, 10);
    for (int i = 0; i < 10; i++) {
        assert_text(rec->data[i].name, want[i][0]);
        assert_text(rec->data[i].value, want[i][1]);
    }
}

static void test_pairs(void **state)
{
    static const uint8_t three[] = "o\0n\0e\0\0\0\0\0t\0h\0r\0e\0e\0\0";
    static const uint32_t counts[] = {1, 2}, seven = 7;
    const value values[] = {
        {VD_BX_STRING, 8, "c\0m\0d\0\0"},
        {VD_BX_NULL, 0, NULL},
        {VD_BX_STRING | VD_BX_ARRAY, sizeof three, three},
        {VD_BX_UINT32 | VD_BX_ARRAY, 8, counts},
        {VD_BX_BINARY, 2, "\0\xff"},
        {VD_BX_UINT32, 4, &seven},
    };
    begin_instance();
    data(&c, "Image", 0);
    data(&c, "Empty", 1);
    element_hole("Data", 2);
    data(&c, "Count", 3);
    element_hole("Binary", 4);
    open_(&c, "Data");
    attribute(&c, "Name");
    text(&c, "Mixed");
    inside(&c);
    text(&c, "pid ");
    hole(&c, 5, VD_BX_UINT32);
    text(&c, "!");
    close_(&c);
    open_(&c, "Data");
    attribute(&c, "Name");
    text(&c, "dyn");
    hole(&c, 5, VD_BX_UINT32);
    inside(&c);
    hole(&c, 0, VD_BX_STRING);
    close_(&c);
    end_instance(values, 6);
    one_record(check_pairs);
}

static void check_dependency(const vd_win_record *rec)
{
    assert_int_equal(rec->n_data, 2);
    assert_text(pair(rec, "There"), "x");
    assert_text(pair(rec, "Last"), "x");
}

/* An element that depends on a value is left out, with all in it, if that is null. */
static void test_dependency(void **state)
{
    const value values[] = {{VD_BX_STRING, 2, "x\0"}, {VD_BX_NULL, 0, NULL}};
    begin_instance();
    open_if(&c, "There", 0);
    inside(&c);
    hole(&c, 0, VD_BX_STRING);
    close_(&c);
    open_if(&c, "Gone", 1);
    inside(&c);
    leaf(&c, "Inner", "y");
    close_(&c);
    element_hole("Last", 0);
    end_instance(values, 2);
    one_record(check_dependency);
}

static void check_user_data(const vd_win_record *rec)
{
    assert_true(rec->has_user_data);
    assert_text(rec->user_data_name, "LogFileCleared");
    assert_int_equal(rec->n_data, 3);
    assert_text(pair(rec, "SubjectUserName"), "bob");
    assert_text(pair(rec, "Deep"), "2");
    assert_text(pair(rec, "Channel"), "");
}

static void test_user_data(void **state)
{
    static const uint32_t two = 2;
    const value values[] = {{VD_BX_STRING, 6, "b\0o\0b"}, {VD_BX_UINT32, 4, &two}};
    chunk_begin(&c);
    record_begin(&c);
    fragment(&c);
    instance_begin(&c, INSTANCE_OF_NEW);
    open_(&c, "Event");
    inside(&c);
    open_(&c, "UserData");
    inside(&c);
    open_(&c, "auto-ns3:LogFileCleared");
    attribute(&c, "xmlns");
    text(&c, "x");
    inside(&c);
    element_hole("SubjectUserName", 0);
    open_(&c, "Group");
    inside(&c);
    element_hole("Deep", 1);
    close_(&c);
    open_(&c, "Channel");
    put8(&c, 3);
    close_(&c);
    end_data();
    template_end(&c);
    instance_values(&c, values, 2);
    one_record(check_user_data);
}

/* --- XML in values ------------------------------------------------------------------------ */

static void check_embedded(const vd_win_record *rec)
{
    assert_int_equal(rec->n_data, 3);
    assert_text(pair(rec, "Inner"), "q");
    assert_text(pair(rec, "Leaf"), "w");
    assert_text(pair(rec, "Empty"), "");
}

/* As Windows writes most records: the outer template ends with a value that is XML by
 * another template. And a pair whose value is XML without one, one that is no XML. */
static void test_embedded(void **state)
{
    chunk_begin(&c);
    record_begin(&c);
    fragment(&c);
    instance_begin(&c, INSTANCE_OF_NEW);
    open_(&c, "Event");
    inside(&c);
    hole(&c, 0, VD_BX_BINXML);
    close_(&c);
    template_end(&c);
    put32(&c, 1);
    uint32_t list = c.n;
    put32(&c, 0);
    fragment(&c);
    instance_begin(&c, INSTANCE_OF_NEW);
    open_(&c, "EventData");
    inside(&c);
    data(&c, "Inner", 0);
    data(&c, "Outer", 1);
    data(&c, "Empty", 2);
    close_(&c);
    template_end(&c);
    put32(&c, 3);
    put32(&c, 2 | VD_BX_STRING << 16);
    uint32_t inner = c.n;
    put32(&c, 0);
    put32(&c, VD_BX_BINXML << 16);
    put_units(&c, "q");
    uint32_t start = c.n;
    c.dependencies = false;
    fragment(&c);
    open_(&c, "X");
    inside(&c);
    leaf(&c, "Leaf", "w");
    close_(&c);
    end(&c);
    put_at32(&c, inner, (c.n - start) | VD_BX_BINXML << 16);
    put_at32(&c, list, (c.n - list - 4) | VD_BX_BINXML << 16);
    one_record(check_embedded);
}

/* --- where templates stand -------------------------------------------------------------------- */

static void test_templates_elsewhere(void **state)
{
    vd_evtx *r = vd_evtx_new();
    const value a = {VD_BX_STRING, 2, "a\0"}, b = {VD_BX_STRING, 2, "b\0"};
    begin_instance();
    uint32_t definition = c.definition;
    data(&c, "V", 0);
    end_instance(&a, 1);
    record_end(&c);
    record_begin(&c);
    instance_begin(&c, definition); /* before it */
    instance_values(&c, &b, 1);
    record_end(&c);
    record_begin(&c);
    instance_begin(&c, 1); /* behind it: set when it is known */
    uint32_t forward = c.reference;
    instance_values(&c, &b, 1);
    record_end(&c);
    record_begin(&c);
    fragment(&c);
    put_at32(&c, forward, c.n + 10);
    instance_begin(&c, INSTANCE_OF_NEW);
    begin_data();
    data(&c, "W", 0);
    end_instance(&a, 1);
    record_end(&c);
    open_chunk(r);
    assert_text(pair(next(r), "V"), "a");
    assert_text(pair(next(r), "V"), "b");
    assert_text(pair(next(r), "W"), "b");
    assert_text(pair(next(r), "W"), "a");
    vd_evtx_free(r);
}

/* --- damage ------------------------------------------------------------------------------------
 */

static void test_value_beyond(void **state)
{
    vd_evtx *r = vd_evtx_new();
    begin_instance();
    data(&c, "A", 0);
    data(&c, "B", 1);
    end_data();
    template_end(&c);
    put32(&c, 2);
    put32(&c, 2 | VD_BX_STRING << 16);
    put32(&c, 60000 | VD_BX_STRING << 16);
    put_units(&c, "a");
    const vd_win_record *rec = damaged_record(r, "beyond");
    assert_text(pair(rec, "A"), "a");
    assert_text(pair(rec, "B"), "");
    vd_evtx_free(r);
}

static void test_bad_token(void **state)
{
    vd_evtx *r = vd_evtx_new();
    const value a = {VD_BX_STRING, 2, "a\0"};
    begin_instance();
    data(&c, "A", 0);
    put8(&c, 0x3f);
    data(&c, "B", 0);
    end_instance(&a, 1);
    const vd_win_record *rec = damaged_record(r, "unknown token");
    assert_int_equal(rec->n_data, 1);
    assert_text(pair(rec, "A"), "a");
    vd_evtx_free(r);
}

/* The template contains an instance of itself. */
static void test_cycle(void **state)
{
    vd_evtx *r = vd_evtx_new();
    begin_instance();
    leaf(&c, "A", "x");
    uint32_t definition = c.definition;
    instance_begin(&c, definition);
    instance_values(&c, NULL, 0);
    end_instance(NULL, 0);
    const vd_win_record *rec = damaged_record(r, "too deep");
    assert_text(rec->channel, "Application");
    assert_int_equal(rec->n_data, 2 * VD_MAX_EVTX_DEPTH - 1); /* A and, inside, Channel */
    vd_evtx_free(r);
}

/* The template contains itself many times over: the work ends it, and the next record of
 * the chunk is none the worse. */
static void test_explosion(void **state)
{
    vd_evtx *r = vd_evtx_new();
    vd_evtx_damage damage;
    begin_instance();
    leaf(&c, "A", "x");
    uint32_t definition = c.definition;
    for (int i = 0; i < 50; i++) {
        instance_begin(&c, definition);
        instance_values(&c, NULL, 0);
    }
    end_instance(NULL, 0);
    record_end(&c);
    record_begin(&c);
    open_(&c, "Event");
    inside(&c);
    leaf(&c, "B", "y");
    close_(&c);
    end(&c);
    const vd_win_record *rec = damaged_record(r, "too deep");
    assert_true(rec->n_data > 1000 && rec->n_data < VD_MAX_EVTX_WORK);
    rec = vd_evtx_next(r, &damage);
    assert_null(damage.what);
    assert_text(pair(rec, "B"), "y");
    vd_evtx_free(r);
}

/* A long value that a template shows a thousand times, in every record. */
static void test_bomb(void **state)
{
    static const char zeros[30000];
    const value values[] = {{VD_BX_BINARY, sizeof zeros, zeros}};
    vd_evtx *r = vd_evtx_new();
    begin_instance();
    for (int i = 0; i < 1000; i++)
        element_hole("A", 0);
    end_instance(values, 1);
    const vd_win_record *rec = damaged_record(r, "without end");
    assert_true(rec->n_data > 20);
    assert_int_equal(rec->data[0].value.n, 2 * sizeof zeros);
    vd_evtx_free(r);
}

static void test_depth(void **state)
{
    vd_evtx *r = vd_evtx_new();
    chunk_begin(&c);
    record_begin(&c);
    begin_data();
    leaf(&c, "A", "x");
    for (int i = 0; i < 200; i++) {
        open_(&c, "D");
        inside(&c);
    }
    assert_text(pair(damaged_record(r, "too deep"), "A"), "x");
    vd_evtx_free(r);
}

/* Offsets of names and templates that point out of the chunk, and counts that lie. */
static void test_offsets(void **state)
{
    static const uint32_t bad[] = {65535, 65536, 0x7fffffff, 0xffffffff};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        vd_evtx *r = vd_evtx_new();
        chunk_begin(&c);
        record_begin(&c);
        put8(&c, 0x01);
        put16(&c, NO_DEPENDENCY);
        put32(&c, 0);
        put32(&c, bad[i]);
        assert_null(damaged_record(r, "name"));
        chunk_begin(&c);
        record_begin(&c);
        instance_begin(&c, bad[i]);
        instance_values(&c, NULL, 0);
        assert_null(damaged_record(r, "template"));
        begin_instance();
        end_data();
        template_end(&c);
        put32(&c, bad[i]);
        damaged_record(r, "more values");
        begin_instance();
        end_instance(NULL, 0);
        put_at32(&c, c.definition + 20, bad[i]);
        damaged_record(r, "template");
        vd_evtx_free(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system),       cmocka_unit_test(test_no_template),
        cmocka_unit_test(test_rendering),    cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_dependency),   cmocka_unit_test(test_user_data),
        cmocka_unit_test(test_embedded),     cmocka_unit_test(test_templates_elsewhere),
        cmocka_unit_test(test_value_beyond), cmocka_unit_test(test_bad_token),
        cmocka_unit_test(test_cycle),        cmocka_unit_test(test_explosion),
        cmocka_unit_test(test_bomb),         cmocka_unit_test(test_depth),
        cmocka_unit_test(test_offsets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
