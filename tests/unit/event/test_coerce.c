/* What becomes of a JSON value under a field of each type. */
#include "check.h"

#define ONE(type) "{\"properties\":{\"x\":{\"type\":\"" type "\"}}}"

/* Rows of a JSON value and the expected text of field x; NULL ends them. */
static void check_rows(const char *mapping, const char *const (*rows)[2])
{
    rig *r = rig_new(mapping, "x");
    for (; (*rows)[0]; rows++) {
        char json[1024];
        snprintf(json, sizeof json, "{\"x\":%s}", (*rows)[0]);
        CHECK(r, json, (*rows)[1]);
    }
    rig_free(r);
}

static void keyword(void **state)
{
    static const char *const rows[][2] = {
        {"\"a\"", "x=\"a\""},
        {"\"\"", "x=\"\""},
        {"5", "x=\"5\""},
        {"-0.50e1", "x=\"-0.50e1\""},
        {"123456789012345678901234567890", "x=\"123456789012345678901234567890\""},
        {"true", "x=\"true\""},
        {"false", "x=\"false\""},
        {"null", ""},
        {"{\"a\":1}", "| x:object_for_value"},
        {"[\"a\",null,1]", "x=\"a\" \"1\""},
        {NULL, NULL}};
    check_rows(ONE("keyword"), rows);
    check_rows(ONE("wildcard"), rows);
    check_rows(ONE("constant_keyword"), rows);
}

static void whole_numbers(void **state)
{
    static const char *const rows[][2] = {{"445", "x=445L"},
                                          {"-1", "x=-1L"},
                                          {"-0", "x=0L"},
                                          {"445.7", "x=445L"},
                                          {"-445.7", "x=-445L"},
                                          {"1e3", "x=1000L"},
                                          {"\"445\"", "x=445L"},
                                          {"\"445.7\"", "x=445L"},
                                          {"\"007\"", "x=7L"},
                                          {"\"+5\"", "x=5L"},
                                          {"\"\"", ""},
                                          {"null", ""},
                                          {"9223372036854775807", "x=9223372036854775807L"},
                                          {"9223372036854775807.9", "x=9223372036854775807L"},
                                          {"-9223372036854775808", "x=-9223372036854775808L"},
                                          {"9223372036854775808", "| x:number_out_of_range"},
                                          {"-9223372036854775809", "| x:number_out_of_range"},
                                          {"99999999999999999999999", "| x:number_out_of_range"},
                                          {"1e400", "| x:number_out_of_range"},
                                          {"1e-400", "x=0L"},
                                          {"\"abc\"", "| x:wrong_type"},
                                          {"\" 5\"", "| x:wrong_type"},
                                          {"\"+-5\"", "| x:wrong_type"},
                                          {"\"0x10\"", "| x:wrong_type"},
                                          {"true", "| x:wrong_type"},
                                          {NULL, NULL}};
    check_rows(ONE("long"), rows);
    check_rows(ONE("integer"), rows);
}

static void unsigned_numbers(void **state)
{
    static const char *const rows[][2] = {{"5", "x=5L"},
                                          {"18446744073709551615", "x=18446744073709551615UL"},
                                          {"9223372036854775808", "x=9223372036854775808UL"},
                                          {"\"7.9\"", "x=7L"},
                                          {"18446744073709551616", "| x:number_out_of_range"},
                                          {"-1", "| x:number_out_of_range"},
                                          {"1e19", "x=10000000000000000000UL"},
                                          {"1e20", "| x:number_out_of_range"},
                                          {NULL, NULL}};
    check_rows(ONE("unsigned_long"), rows);
}

static void doubles(void **state)
{
    static const char *const rows[][2] = {
        {"0.1", "x=0.10000000000000001D"},
        {"5", "x=5D"},
        {"\"2.5\"", "x=2.5D"},
        {"-0.0", "x=-0D"},
        {"1e400", "| x:number_out_of_range"},
        {"-1e400", "| x:number_out_of_range"},
        {"1e-400", "x=0D"},
        {"123456789012345678901234567890", "x=1.2345678901234568e+29D"},
        {"0.0000001e-400", "x=0D"},
        {"\"x\"", "| x:wrong_type"},
        {NULL, NULL}};
    check_rows(ONE("double"), rows);
    check_rows(ONE("half_float"), rows);
}

static void booleans(void **state)
{
    static const char *const rows[][2] = {{"true", "x=true"},      {"false", "x=false"},
                                          {"\"true\"", "x=true"},  {"\"false\"", "x=false"},
                                          {"\"\"", "x=false"},     {"\"True\"", "| x:wrong_type"},
                                          {"1", "| x:wrong_type"}, {NULL, NULL}};
    check_rows(ONE("boolean"), rows);
}

static void addresses_and_versions(void **state)
{
    static const char *const ips[][2] = {{"\"10.0.0.1\"", "x=ip[10.0.0.1]"},
                                         {"\"2001:DB8:0:0::1\"", "x=ip[2001:db8::1]"},
                                         {"[\"10.0.0.1\",\"::1\"]", "x=ip[10.0.0.1] ip[::1]"},
                                         {"\"host\"", "| x:wrong_type"},
                                         {"\"\"", "| x:wrong_type"},
                                         {"5", "| x:wrong_type"},
                                         {NULL, NULL}};
    static const char *const versions[][2] = {
        {"\"1.2.3\"", "x=v[1.2.3]"}, {"\"bad\"", "x=v[bad]"}, {"1.10", "x=v[1.10]"}, {NULL, NULL}};
    check_rows(ONE("ip"), ips);
    check_rows(ONE("version"), versions);
}

static void dates(void **state)
{
    static const char *const rows[][2] = {
        {"\"2020-01-01T00:00:00.123456789Z\"", "x=@1577836800123"},
        {"\"2020-01-01\"", "x=@1577836800000"},
        {"1577836800123", "x=@1577836800123"},
        {"\"1577836800123\"", "x=@1577836800123"},
        {"-1", "x=@-1"},
        {"1577836800123.9", "x=@1577836800123"},
        {"\"yesterday\"", "| x:wrong_type"},
        {"true", "| x:wrong_type"},
        {"\"2020-13-01\"", "| x:wrong_type"},
        {NULL, NULL}};
    check_rows(ONE("date"), rows);
    check_rows(ONE("date_nanos"), rows);
}

#define DATE(format) "{\"properties\":{\"x\":{\"type\":\"date\",\"format\":\"" format "\"}}}"

static void dates_in_other_formats(void **state)
{
    static const char *const seconds[][2] = {
        {"1577836800", "x=@1577836800000"},        {"\"1577836800\"", "x=@1577836800000"},
        {"1577836800.25", "x=@1577836800250"},     {"\"2020-01-01\"", "| x:wrong_type"},
        {"9223372036854775807", "| x:wrong_type"}, {NULL, NULL}};
    static const char *const pattern[][2] = {{"\"2020/01/02 03:04:05\"", "x=@1577934245000"},
                                             {"\"2020/1/02 03:04:05\"", "| x:wrong_type"},
                                             {"\"2020/02/30 03:04:05\"", "| x:wrong_type"},
                                             {"\"2020/01/02 03:04:05x\"", "| x:wrong_type"},
                                             {"\"2020-01-02\"", "x=@1577923200000"},
                                             {"5", "x=@5"},
                                             {NULL, NULL}};
    static const char *const zoned[][2] = {{"\"2020-01-02T03:04:05.5+02:00\"", "x=@1577927045500"},
                                           {"\"2020-01-02T03:04:05.500Z\"", "x=@1577934245500"},
                                           {"\"2020-01-02T03:04:05.500\"", "| x:wrong_type"},
                                           {NULL, NULL}};
    static const char *const basic[][2] = {
        {"\"20200102\"", "x=@1577923200000"}, {"20200102", "x=@1577923200000"}, {NULL, NULL}};
    static const char *const unknown[][2] = {{"\"2020-01-02\"", "| x:wrong_type"}, {NULL, NULL}};
    check_rows(DATE("epoch_second"), seconds);
    check_rows(DATE("yyyy/MM/dd HH:mm:ss||strict_date||epoch_millis"), pattern);
    check_rows(DATE("yyyy-MM-dd'T'HH:mm:ss.SSSXXX"), zoned);
    check_rows(DATE("basic_date"), basic);
    check_rows(DATE("week_date"), unknown);
}

static void without_a_type_json_decides(void **state)
{
    static const char *const rows[][2] = {{"\"a\"", "x=\"a\""},
                                          {"5", "x=5L"},
                                          {"5.0", "x=5D"},
                                          {"true", "x=true"},
                                          {"null", ""},
                                          {"18446744073709551615", "x=18446744073709551615UL"},
                                          {"18446744073709551616", "| x:number_out_of_range"},
                                          {"1e999", "| x:number_out_of_range"},
                                          {"{}", "| x:object_for_value"},
                                          {NULL, NULL}};
    check_rows(NULL, rows);
}

static void null_value_and_ignore_above(void **state)
{
    rig *r = rig_new("{\"properties\":{\"k\":{\"type\":\"keyword\",\"null_value\":\"NULL\"},"
                     "\"n\":{\"type\":\"long\",\"null_value\":-1},"
                     "\"b\":{\"type\":\"boolean\",\"null_value\":true},"
                     "\"s\":{\"type\":\"keyword\",\"ignore_above\":3}}}",
                     "k n b s");
    CHECK(r, "{\"k\":null,\"n\":null,\"b\":null,\"s\":null}", "k=\"NULL\"; n=-1L; b=true");
    CHECK(r, "{\"k\":[null,\"x\"],\"n\":\"\"}", "k=\"NULL\" \"x\"; n=-1L");
    CHECK(r, "{}", "");
    CHECK(r,
          "{\"s\":[\"abc\",\"abcd\",\"\xc3\xa4\xc3\xb6\xc3\xbc\","
          "\"\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\",1234]}",
          "s=\"abc\" \"\xc3\xa4\xc3\xb6\xc3\xbc\"");
    rig_free(r);
}

static void objects_and_aliases(void **state)
{
    rig *r = rig_new("{\"properties\":{\"o\":{\"properties\":{\"p\":{\"type\":\"long\"}}},"
                     "\"al\":{\"type\":\"alias\",\"path\":\"o.p\"},"
                     "\"t\":{\"type\":\"text\",\"fields\":{\"raw\":{\"type\":\"keyword\",\"ignore_"
                     "above\":2}}}}}",
                     "o o.p al t t.raw");
    CHECK(r, "{\"o\":{\"p\":5}}", "o.p=5L; al=5L");
    CHECK(r, "{\"o\":7}", "| o:wrong_type");
    CHECK(r, "{\"t\":\"ab\"}", "t=\"ab\"; t.raw=\"ab\"");
    CHECK(r, "{\"t\":\"abc\"}", "");
    rig_free(r);
}

static void flattened(void **state)
{
    rig *r = rig_new("{\"properties\":{\"f\":{\"type\":\"flattened\"}}}", "f f.a f.b.c");
    CHECK(r, "{\"f\":{\"a\":1,\"b\":{\"c\":[true,\"x\"]},\"d\":[{\"e\":\"y\"}],\"g\":null}}",
          "f=\"1\" \"true\" \"x\" \"y\"; f.a=\"1\"; f.b.c=\"true\" \"x\"");
    CHECK(r, "{\"f\":{\"b.c\":\"x\"}}", "f=\"x\"; f.b.c=\"x\"");
    CHECK(r, "{\"f.a\":\"x\"}", "f.a=\"x\"");
    CHECK(r, "{\"f\":{}}", "");
    rig_free(r);
}

static void built_in_multi_fields_have_their_parents_values(void **state)
{
    rig *r = rig_new(NULL, "process.name.text process.name");
    CHECK(r, "{\"process\":{\"name\":\"a\"}}", "process.name.text=\"a\"; process.name=\"a\"");
    rig_free(r);
}

static void strings_with_escapes(void **state)
{
    static const char *const rows[][2] = {
        {"\"a\\\\b\\/c\\\"\"", "x=\"a\\b/c\"\""},
        {"\"\\b\\f\\n\\r\\t\"", "x=\"\b\f\n\r\t\""},
        {"\"\\u0041\\u00e9\\u20AC\\ud83d\\uDE00\"", "x=\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\"C:\\\\Windows\\\\System32\\\\a_rather_long_name_of_a_program.exe\\\\\"",
         "x=\"C:\\Windows\\System32\\a_rather_long_name_of_a_program.exe\\\""},
        {"\"\\ud800\"", "| x:lone_surrogate"},
        {"\"\\udc00\\ud800\"", "| x:lone_surrogate"},
        {"\"\\ud800\\u0041\"", "| x:lone_surrogate"},
        {"\"\\ud800\\ud800\\udc00\"", "| x:lone_surrogate"},
        {"[\"\\ud83dx\",\"ok\"]", "x=\"ok\" | x:lone_surrogate"},
        {NULL, NULL}};
    check_rows(ONE("keyword"), rows);
}

static void an_escaped_nul_is_a_character(void **state)
{
    rig *r = rig_new(NULL, "x");
    assert_int_equal(rig_parse(r, "{\"x\":\"a\\u0000b\"}"), VD_FAULT_NONE);
    assert_int_equal(vd_event_get(r->ev, 0)->len, 3);
    assert_memory_equal(vd_event_get(r->ev, 0)->s, "a\0b", 3);
    rig_free(r);
}

static void value_faults_are_kept_up_to_eight(void **state)
{
    rig *r = rig_new(ONE("ip"), "x");
    const vd_value_fault *faults;
    assert_int_equal(rig_parse(r, "{\"x\":[1,2,3,4,5,6,7,8,9,10]}"), VD_FAULT_NONE);
    assert_int_equal(vd_event_value_faults(r->ev, &faults), 8);
    assert_int_equal(rig_parse(r, "{}"), VD_FAULT_NONE);
    assert_int_equal(vd_event_value_faults(r->ev, &faults), 0);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keyword),
        cmocka_unit_test(whole_numbers),
        cmocka_unit_test(unsigned_numbers),
        cmocka_unit_test(doubles),
        cmocka_unit_test(booleans),
        cmocka_unit_test(addresses_and_versions),
        cmocka_unit_test(dates),
        cmocka_unit_test(dates_in_other_formats),
        cmocka_unit_test(without_a_type_json_decides),
        cmocka_unit_test(null_value_and_ignore_above),
        cmocka_unit_test(objects_and_aliases),
        cmocka_unit_test(flattened),
        cmocka_unit_test(built_in_multi_fields_have_their_parents_values),
        cmocka_unit_test(strings_with_escapes),
        cmocka_unit_test(an_escaped_nul_is_a_character),
        cmocka_unit_test(value_faults_are_kept_up_to_eight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
