/* Mappings as Elasticsearch gives them. */
#include "check.h"
#include "field/field.h"

static int setup(void **state)
{
    *state = vd_schema_new();
    return 0;
}

static int teardown(void **state)
{
    vd_schema_free(*state);
    return 0;
}

static void load(vd_schema *schema, const char *json)
{
    vd_err err = {0};
    if (vd_schema_load_mapping(schema, vd_str_from(json), &err) != VD_OK)
        fail_msg("refused: %s", err.msg);
}

static const vd_field *get(vd_schema *schema, const char *name)
{
    vd_field_id id = vd_schema_find(schema, vd_str_from(name));
    if (id == VD_NO_FIELD) fail_msg("%s is not known", name);
    return vd_schema_field(schema, id);
}

static bool known(vd_schema *schema, const char *name)
{
    return vd_schema_find(schema, vd_str_from(name)) != VD_NO_FIELD;
}

static void properties_objects_and_dots(void **state)
{
    load(*state, "{\"properties\":{\"a\":{\"properties\":{\"b\":{\"type\":\"long\"},"
                 "\"c.d\":{\"type\":\"ip\"}}},\"e.f.g\":{\"type\":\"version\"},"
                 "\"n\":{\"type\":\"nested\",\"properties\":{\"x\":{\"type\":\"keyword\"}}},"
                 "\"off\":{\"type\":\"object\",\"enabled\":false,"
                 "\"properties\":{\"x\":{\"type\":\"long\"}}}}}");
    assert_true(vd_schema_closed(*state));
    assert_int_equal(get(*state, "a")->type, VD_TYPE_OBJECT);
    assert_int_equal(get(*state, "a.b")->type, VD_TYPE_LONG);
    assert_int_equal(get(*state, "a.c")->type, VD_TYPE_OBJECT);
    assert_int_equal(get(*state, "a.c.d")->type, VD_TYPE_IP);
    assert_int_equal(get(*state, "e.f")->type, VD_TYPE_OBJECT);
    assert_int_equal(get(*state, "e.f.g")->type, VD_TYPE_VERSION);
    assert_int_equal(get(*state, "e.f.g")->origin, VD_ORIGIN_MAPPING);
    assert_int_equal(get(*state, "n")->type, VD_TYPE_NESTED);
    CHECK_STR(vd_schema_field(*state, vd_schema_nested_parent(*state, VD_STR("n.x")))->name, "n");
    assert_false(known(*state, "off.x"));
}

static void a_mapping_lies_on_top_of_the_built_in_fields(void **state)
{
    load(*state, "{\"properties\":{\"a\":{\"type\":\"keyword\"},"
                 "\"process\":{\"properties\":{\"pid\":{\"type\":\"keyword\"}}}}}");
    assert_int_equal(get(*state, "process.pid")->type, VD_TYPE_KEYWORD);
    assert_int_equal(get(*state, "process.exit_code")->type, VD_TYPE_LONG);
    assert_false(known(*state, "process.nam"));
    vd_str out[4];
    assert_int_equal(vd_schema_suggest(*state, VD_STR("process.nam"), out, 4), 1);
    CHECK_STR(out[0], "process.name");
}

static void a_mapping_wins_over_what_was_interned(void **state)
{
    vd_field_id pid = vd_schema_intern(*state, VD_STR("process.pid"));
    vd_field_id own = vd_schema_intern(*state, VD_STR("own"));
    load(*state, "{\"properties\":{\"process\":{\"properties\":{\"pid\":{\"type\":\"ip\"}}}}}");
    assert_int_equal(vd_schema_find(*state, VD_STR("process.pid")), pid);
    assert_int_equal(get(*state, "process.pid")->type, VD_TYPE_IP);
    assert_false(known(*state, "own"));
    assert_int_equal(vd_schema_intern(*state, VD_STR("own")), own);
}

static void text_is_read_through_its_exact_subfield(void **state)
{
    load(*state,
         "{\"properties\":{"
         "\"t\":{\"type\":\"text\",\"fields\":{\"en\":{\"type\":\"text\"},"
         "\"raw\":{\"type\":\"keyword\",\"ignore_above\":256}}},"
         "\"w\":{\"type\":\"text\",\"fields\":{\"w\":{\"type\":\"wildcard\"}}},"
         "\"k\":{\"type\":\"keyword\",\"fields\":{\"text\":{\"type\":\"match_only_text\"}}},"
         "\"p\":{\"type\":\"text\"}}}");
    assert_int_equal(get(*state, "t")->type, VD_TYPE_KEYWORD);
    assert_int_equal(get(*state, "t")->ignore_above, 256);
    vd_field_id t = vd_schema_find(*state, VD_STR("t"));
    assert_int_equal(get(*state, "t.raw")->type, VD_TYPE_KEYWORD);
    assert_int_equal(get(*state, "t.raw")->reads_from, t);
    assert_int_equal(get(*state, "t.en")->type, VD_TYPE_TEXT);
    assert_int_equal(get(*state, "w")->type, VD_TYPE_WILDCARD);
    assert_int_equal(get(*state, "w")->ignore_above, UINT32_MAX);
    assert_int_equal(get(*state, "k")->type, VD_TYPE_KEYWORD);
    assert_int_equal(get(*state, "k.text")->type, VD_TYPE_TEXT);
    assert_int_equal(get(*state, "p")->type, VD_TYPE_TEXT);
}

static void aliases_may_come_before_their_field(void **state)
{
    load(*state, "{\"properties\":{\"event\":{\"properties\":{\"category\":{\"type\":\"alias\","
                 "\"path\":\"event_type\"}}},\"event_type\":{\"type\":\"wildcard\"}}}");
    const vd_field *f = get(*state, "event.category");
    vd_field_id target = vd_schema_find(*state, VD_STR("event_type"));
    assert_int_equal(f->alias_of, target);
    assert_int_equal(f->type, VD_TYPE_WILDCARD);
    vd_field_id id = vd_schema_find(*state, VD_STR("event.category"));
    assert_int_equal(vd_schema_resolve(*state, id), target);
}

static void parameters(void **state)
{
    load(*state, "{\"properties\":{\"s\":{\"type\":\"keyword\",\"null_value\":\"NULL\"},"
                 "\"i\":{\"type\":\"integer\",\"null_value\":-1},"
                 "\"b\":{\"type\":\"boolean\",\"null_value\":true},"
                 "\"d\":{\"type\":\"date\",\"format\":\"epoch_second\"},"
                 "\"f\":{\"type\":\"flattened\"},\"g\":{\"type\":\"geo_point\"}}}");
    assert_true(get(*state, "s")->has_null_value);
    CHECK_STR(get(*state, "s")->null_value, "NULL");
    CHECK_STR(get(*state, "i")->null_value, "-1");
    CHECK_STR(get(*state, "b")->null_value, "true");
    assert_false(get(*state, "d")->has_null_value);
    CHECK_STR(get(*state, "d")->date_format, "epoch_second");
    assert_int_equal(get(*state, "f.any.leaf")->type, VD_TYPE_KEYWORD);
    assert_int_equal(get(*state, "g")->type, VD_TYPE_OTHER);
}

static void whole_answers(void **state)
{
    load(*state, "{\"index-1\":{\"mappings\":{\"properties\":{\"a\":{\"type\":\"long\"}}}},"
                 "\"index-2\":{\"mappings\":{\"properties\":{\"a\":{\"type\":\"keyword\"},"
                 "\"b\":{\"type\":\"keyword\"}}}},\"empty\":{\"mappings\":{}}}");
    assert_int_equal(get(*state, "a")->type, VD_TYPE_LONG); /* the first index decides */
    assert_int_equal(get(*state, "b")->type, VD_TYPE_KEYWORD);
}

static void mappings_around_properties(void **state)
{
    load(*state,
         "{\"mappings\":{\"dynamic\":\"strict\",\"properties\":{\"a\":{\"type\":\"long\"}}}}");
    load(*state, "{\"mappings\":{\"doc\":{\"properties\":{\"b\":{\"type\":\"double\"}}}}}");
    assert_true(known(*state, "a"));
    assert_true(known(*state, "b"));
}

static void suggestions_are_elasticsearchs(void **state)
{
    load(*state, "{\"properties\":{\"pid\":{\"type\":\"long\"},\"ppid\":{\"type\":\"long\"},"
                 "\"md5\":{\"type\":\"keyword\"},\"user\":{\"type\":\"keyword\"}}}");
    vd_str out[4];
    assert_int_equal(vd_schema_suggest(*state, VD_STR("md4"), out, 4), 1);
    CHECK_STR(out[0], "md5");
    assert_int_equal(vd_schema_suggest(*state, VD_STR("pib"), out, 4), 2);
    CHECK_STR(out[0], "pid");
    CHECK_STR(out[1], "ppid");
}

static void what_is_no_mapping_is_refused(void **state)
{
    static const char *const rows[] = {
        "",
        "[]",
        "{}",
        "{\"properties\":",
        "{\"properties\":7}",
        "{\"a\":{\"type\":\"long\"}}",
        "{\"properties\":{\"a\":7}}",
        "{\"properties\":{\"\":{\"type\":\"long\"}}}",
        "{\"properties\":{\"a\":{\"type\":\"strange\"}}}",
        "{\"properties\":{\"a\":{\"type\":\"alias\"}}}",
        "{\"properties\":{\"a\":{\"type\":\"alias\",\"path\":\"b\"}}}",
        "{\"properties\":{\"a\":{\"type\":\"alias\",\"path\":\"a\"}}}",
        ("{\"properties\":{\"a\":{\"type\":\"alias\",\"path\":\"b\"},"
         "\"b\":{\"type\":\"alias\",\"path\":\"c\"},\"c\":{\"type\":\"long\"}}}"),
        "{\"properties\":{\"a\":{\"properties\":[]}}}",
        "{\"properties\":{\"a\":{\"type\":\"text\",\"fields\":{\"x\":{\"type\":\"?\"}}}}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        vd_schema *schema = vd_schema_new();
        vd_err err = {0};
        int rc = vd_schema_load_mapping(schema, vd_str_from(rows[i]), &err);
        if (rc != VD_FORMAT || err.msg[0] == 0) fail_msg("%s: code %d", rows[i], rc);
        assert_false(vd_schema_closed(schema));
        vd_schema_free(schema);
    }
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(properties_objects_and_dots),
        T(a_mapping_lies_on_top_of_the_built_in_fields),
        T(a_mapping_wins_over_what_was_interned),
        T(text_is_read_through_its_exact_subfield),
        T(aliases_may_come_before_their_field),
        T(parameters),
        T(whole_answers),
        T(mappings_around_properties),
        T(suggestions_are_elasticsearchs),
        cmocka_unit_test(what_is_no_mapping_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
