/* Which values of a document are found, and which documents are refused. */
#include "check.h"

static void values_by_path(void **state)
{
    rig *r = rig_new(NULL, "process.pid process.name process.parent.name host.os.type x");
    CHECK(r,
          "{\"process\":{\"pid\":4,\"name\":\"a.exe\",\"parent\":{\"name\":\"b\",\"pid\":5}},\"x\":"
          "1}",
          "process.pid=4L; process.name=\"a.exe\"; process.parent.name=\"b\"; x=1L");
    CHECK(r, "{}", "");
    CHECK(r, " \n\t{ \"x\" : \"y\" ,\r\n \"process\" : { \"pid\" : 7 } } \n ",
          "process.pid=7L; x=\"y\"");
    CHECK(r, "{\"y\":{\"x\":1},\"z\":[{\"x\":[1,2]},\"}]\",[[]]],\"w\":\"{[\",\"x\":true}",
          "x=true");
    CHECK(r, "{\"process\":{},\"host\":{\"os\":{}}}", "");
    CHECK(r, "{\"processes\":{\"pid\":4},\"process.pidx\":4,\"roces\":1,\"\":2}", "");
    rig_free(r);
}

static void dots_in_keys_at_any_depth(void **state)
{
    rig *r = rig_new(NULL, "process.pid a.b.c/d a.b.c.d");
    CHECK(r, "{\"process.pid\":4}", "process.pid=4L");
    CHECK(r, "{\"a\":{\"b.c/d\":1}}", "a.b.c/d=1L");
    CHECK(r, "{\"a.b\":{\"c/d\":1}}", "a.b.c/d=1L");
    CHECK(r, "{\"a.b.c/d\":1}", "a.b.c/d=1L");
    CHECK(r, "{\"a.b\":{\"c.d\":1},\"a\":{\"b.c\":{\"d\":2},\"b\":{\"c.d\":3}},\"a.b.c.d\":4}",
          "a.b.c.d=1L 2L 3L 4L");
    rig_free(r);
}

static void keys_of_every_length(void **state)
{
    /* Names that share their length, beginnings and ends. */
    rig *r = rig_new(NULL, "a ab abc abcdefg abcdefgh abcdefghi abcdefghijklmnop abcdefgh1jklmnop "
                           "abcdefghijklmnopXqrstuvwxyz abcdefghijklmnopYqrstuvwxyz");
    CHECK(r,
          "{\"a\":1,\"ab\":2,\"abc\":3,\"abcdefg\":4,\"abcdefgh\":5,\"abcdefghi\":6,"
          "\"abcdefghijklmnop\":7,\"abcdefgh1jklmnop\":8,\"abcdefghijklmnopXqrstuvwxyz\":9,"
          "\"abcdefghijklmnopYqrstuvwxyz\":10,\"abcdefghijklmnopZqrstuvwxyz\":11,\"b\":12,"
          "\"abd\":13,\"abcdefgi\":14,\"abcdefghj\":15,\"abcdefgh2jklmnop\":16,\"\":17}",
          "a=1L; ab=2L; abc=3L; abcdefg=4L; abcdefgh=5L; abcdefghi=6L; abcdefghijklmnop=7L; "
          "abcdefgh1jklmnop=8L; abcdefghijklmnopXqrstuvwxyz=9L; abcdefghijklmnopYqrstuvwxyz=10L");
    rig_free(r);
}

static void a_thousand_names(void **state)
{
    vd_schema *schema = vd_schema_new();
    static vd_field_id ids[1000];
    char name[64];
    for (size_t i = 0; i < 1000; i++) {
        int n = snprintf(name, sizeof name, "root.sub%zu.a_rather_long_name_%zu", i % 7, i);
        ids[i] = vd_schema_intern(schema, (vd_str){name, (size_t)n});
    }
    vd_extract *x = vd_extract_new(schema, ids, 1000);
    assert_true(vd_extract_bytes(x) > 1000 * sizeof(void *));
    vd_event *ev = vd_event_new(x);
    for (size_t i = 0; i < 1000; i++) {
        char doc[256] = {0};
        const char *form = i % 2 ? "{\"root\":{\"sub%zu\":{\"a_rather_long_name_%zu\":%zu}}}"
                                 : "{\"root.sub%zu.a_rather_long_name_%zu\":%zu}";
        int n = snprintf(doc, sizeof doc - VD_PADDING, form, i % 7, i, i);
        assert_int_equal(vd_event_parse(ev, doc, (size_t)n, NULL), VD_FAULT_NONE);
        for (uint32_t k = 0; k < 1000; k++)
            assert_int_equal(vd_event_count(ev, k), k == i);
        assert_int_equal(vd_event_get(ev, (uint32_t)i)->i, i);
    }
    vd_event_free(ev);
    vd_extract_free(x);
    vd_schema_free(schema);
}

static void arrays_give_several_values(void **state)
{
    rig *r = rig_new(NULL, "tags a.b");
    CHECK(r, "{\"tags\":[\"x\",2,[true,[null,[]]],\"y\"]}", "tags=\"x\" \"2\" \"true\" \"y\"");
    CHECK(r, "{\"a\":[{\"b\":1},{\"c\":0},{\"b\":[2,3]},[{\"b\":4}]]}", "a.b=1L 2L 3L 4L");
    CHECK(r, "{\"tags\":[],\"a\":[[],[[]]]}", "");
    rig_free(r);
}

static void several_slots_of_one_field(void **state)
{
    rig *r = rig_new(NULL, "x y x x");
    CHECK(r, "{\"x\":[1,2],\"y\":3}", "x=1L 2L; y=3L; x=1L 2L; x=1L 2L");
    rig_free(r);
}

static void envelopes(void **state)
{
    rig *r = rig_new(NULL, "_index _id a sort");
    CHECK(r, "{\"_index\":\"logs-x\",\"_id\":\"1\",\"_source\":{\"a\":5},\"sort\":[7]}",
          "_index=\"logs-x\"; _id=\"1\"; a=5L");
    CHECK(r, "{\"a\":1,\"sort\":2,\"_source\":{\"a\":5},\"_id\":\"1\"}", "_id=\"1\"; a=5L");
    CHECK(r, "{\"_source\":{\"_source\":{\"a\":5}}}", "");
    CHECK(r, "{\"_source\":\"x\",\"a\":1}", "a=1L");
    CHECK(r, "{\"b\":{\"_source\":{\"a\":5}},\"a\":1}", "a=1L");
    CHECK(r, "{\"_source\":{}}", "");
    REFUSE(r, "{\"_source\":{},\"_source\":{}}", VD_FAULT_DUPLICATE, 14);
    REFUSE(r, "{\"_id\":\"1\",\"_source\":{\"_id\":\"2\"},\"_id\":\"3\"}", VD_FAULT_DUPLICATE, 33);
    rig_free(r);
}

static void escaped_keys(void **state)
{
    rig *r = rig_new(NULL, "process.pid a\\b");
    CHECK(r, "{\"\\u0070rocess\":{\"p\\u0069d\":4}}", "process.pid=4L");
    CHECK(r, "{\"process\\u002epid\":4}", "process.pid=4L");
    CHECK(r, "{\"a\\\\b\":4}", "a\\b=4L");
    CHECK(r, "{\"x\\\"y\":1,\"process\":{\"pid\":5}}", "process.pid=5L");
    rig_free(r);
}

static void the_same_key_twice(void **state)
{
    rig *r = rig_new(NULL, "a.b x");
    REFUSE(r, "{\"x\":1,\"x\":1}", VD_FAULT_DUPLICATE, 7);
    REFUSE(r, "{\"x\":1,\"\\u0078\":1}", VD_FAULT_DUPLICATE, 7);
    REFUSE(r, "{\"a\":{\"b\":1,\"c\":{},\"b\":2}}", VD_FAULT_DUPLICATE, 19);
    REFUSE(r, "{\"a\":{},\"a\":{}}", VD_FAULT_DUPLICATE, 8);
    REFUSE(r, "{\"a.b\":1,\"a\":{\"b\":2},\"a.b\":3}", VD_FAULT_DUPLICATE, 21);
    REFUSE(r, "{\"a\":[{\"b\":1},{\"b\":2,\"b\":3}]}", VD_FAULT_DUPLICATE, 21);
    /* Not in one object, or not on the way that is walked: values add up. */
    CHECK(r, "{\"a.b\":1,\"a\":{\"b\":2}}", "a.b=1L 2L");
    CHECK(r, "{\"a\":[{\"b\":1},{\"b\":2}]}", "a.b=1L 2L");
    CHECK(r, "{\"x\":1}", "x=1L");
    CHECK(r, "{\"x\":1}", "x=1L"); /* nor in another document */
    rig_free(r);
}

static void broken_documents(void **state)
{
    static const char *const rows[] = {
        "{",
        "{\"x\"",
        "{\"x\":",
        "{\"x\":1",
        "{\"x\":1,",
        "{\"x\":1]",
        "{\"x\" 1}",
        "{\"x\",1}",
        "{x:1}",
        "{,}",
        "{\"x\":1,}",
        "{\"x\":}",
        "{\"x\":]}",
        "{\"x\":1 2}",
        "{\"x\":1}}",
        "{\"x\":1}{}",
        "{\"x\":1} 2",
        "{\"x\":tru}",
        "{\"x\":truex}",
        "{\"x\":nul}",
        "{\"x\":01}",
        "{\"x\":-}",
        "{\"x\":+1}",
        "{\"x\":1.}",
        "{\"x\":.5}",
        "{\"x\":1e}",
        "{\"x\":0x1}",
        "{\"x\":NaN}",
        "{\"x\":1\"a\"}",
        "{\"x\":\"a\"b}",
        "{\"x\":[1,]}",
        "{\"x\":[1",
        "{\"x\":[1 2]}",
        "{\"x\":[1}}",
        "{\"y\":{]}",
        "{\"y\":{\"z\":[1}}",
        "{\"y\":}",
        "{\"y\":[,\"x\":1}",
        "{1:2}",
        "{\"x\":1\f}",
        "xyz",
        "nulll",
        "\"x",
        "}",
        "]",
        ":",
        "{\"x\":\"\n\"}",
        "{\"y\":\"\t\"}",
        "\\\"{}",
        "",
        " ",
        "\n",
    };
    rig *r = rig_new(NULL, "x");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vd_fault fault = rig_parse(r, rows[i]);
        if (fault != VD_FAULT_BROKEN) fail_msg("%s: %s", rows[i], vd_fault_name(fault));
        CHECK(r, "{\"x\":1}", "x=1L"); /* the next document is none the worse */
    }
    rig_free(r);
}

/* An escape that JSON does not have costs its value, once somebody looks at it. */
static void bad_escapes_cost_their_value(void **state)
{
    rig *r = rig_new(NULL, "x z");
    CHECK(r, "{\"x\":\"C:\\Windows\",\"z\":1}", "z=1L | x:bad_escape");
    CHECK(r, "{\"x\":[\"a\",\"\\q\",\"b\"]}", "x=\"a\" \"b\" | x:bad_escape");
    CHECK(r, "{\"x\":[\"\\q\",\"b\",\"\\ud800\"]}", "x=\"b\" | x:bad_escape | x:lone_surrogate");
    rig_free(r);
}

static void every_fault_has_its_place(void **state)
{
    rig *r = rig_new(NULL, "x");
    REFUSE(r, "[1]", VD_FAULT_NOT_OBJECT, 0);
    REFUSE(r, " \"x\"", VD_FAULT_NOT_OBJECT, 1);
    REFUSE(r, "17", VD_FAULT_NOT_OBJECT, 0);
    REFUSE(r, "null", VD_FAULT_NOT_OBJECT, 0);
    REFUSE(r, "{\"y\":\"\xff\"}", VD_FAULT_UTF8, 6);
    REFUSE(r, "{\"y\":\"\xc3\xa9\xc3\"}", VD_FAULT_UTF8, 8);
    REFUSE(r, "{\"y\":\"\xed\xa0\x80\"}", VD_FAULT_UTF8, 6);
    REFUSE(r, "{\"y\":\"a\0b\"}", VD_FAULT_NUL, 7);
    REFUSE(r, "{\"y\":\0 1}", VD_FAULT_NUL, 5);
    REFUSE(r, "{\"y\":[1,\0 1]}", VD_FAULT_NUL, 8);
    REFUSE(r, "{\"x\":1\0}", VD_FAULT_NUL, 6);
    REFUSE(r, "{\"x\":1}\0", VD_FAULT_NUL, 7);
    REFUSE(r, "{\"x\":1} x", VD_FAULT_BROKEN, 8);
    REFUSE(r, "{\"x\":tru}", VD_FAULT_BROKEN, 5);
    REFUSE(r, "{\"x\":1", VD_FAULT_BROKEN, 1);
    rig_free(r);
}

/* `levels` brackets inside each other, under a key. */
static vd_fault nested(rig *r, const char *key, int levels, char open, char close)
{
    char json[2048];
    int n = snprintf(json, sizeof json, "{\"%s\":", key);
    for (int i = 0; i < levels; i++)
        json[n++] = open;
    for (int i = 0; i < levels; i++)
        json[n++] = close;
    json[n++] = '}';
    return rig_parse_n(r, json, (size_t)n, NULL);
}

static void depth_has_a_limit(void **state)
{
    rig *r = rig_new(NULL, "x");
    int most = VD_MAX_JSON_DEPTH - 1; /* beside the document itself */
    assert_int_equal(nested(r, "x", most, '[', ']'), VD_FAULT_NONE);
    assert_int_equal(nested(r, "x", most + 1, '[', ']'), VD_FAULT_DEPTH);
    assert_int_equal(nested(r, "skipped", most, '[', ']'), VD_FAULT_NONE);
    assert_int_equal(nested(r, "skipped", most + 1, '[', ']'), VD_FAULT_DEPTH);
    assert_int_equal(nested(r, "skipped", 900, '{', '}'), VD_FAULT_DEPTH);
    char deep[1024] = {0};
    memset(deep, '[', 900);
    assert_int_equal(rig_parse(r, deep), VD_FAULT_NOT_OBJECT);
    rig_free(r);
}

static void names_of_faults(void **state)
{
    assert_string_equal(vd_fault_name(VD_FAULT_NONE), "none");
    assert_string_equal(vd_fault_name(VD_FAULT_SURROGATE), "lone_surrogate");
    assert_string_equal(vd_fault_text(VD_FAULT_DUPLICATE), "the same key twice in one object");
    assert_string_equal(vd_fault_name(VD_FAULT_COUNT), "unknown");
    for (int i = 0; i < VD_FAULT_COUNT; i++)
        assert_true(strlen(vd_fault_text((vd_fault)i)) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_by_path),
        cmocka_unit_test(dots_in_keys_at_any_depth),
        cmocka_unit_test(keys_of_every_length),
        cmocka_unit_test(a_thousand_names),
        cmocka_unit_test(arrays_give_several_values),
        cmocka_unit_test(several_slots_of_one_field),
        cmocka_unit_test(envelopes),
        cmocka_unit_test(escaped_keys),
        cmocka_unit_test(the_same_key_twice),
        cmocka_unit_test(broken_documents),
        cmocka_unit_test(bad_escapes_cost_their_value),
        cmocka_unit_test(every_fault_has_its_place),
        cmocka_unit_test(depth_has_a_limit),
        cmocka_unit_test(names_of_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
