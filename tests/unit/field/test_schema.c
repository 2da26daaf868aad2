/* Names, ids, built-in types, suggestions. */
#include "check.h"
#include "field/field.h"
#include "field/field_table.h"

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

static const vd_field *find(vd_schema *schema, const char *name)
{
    vd_field_id id = vd_schema_find(schema, vd_str_from(name));
    return id == VD_NO_FIELD ? NULL : vd_schema_field(schema, id);
}

static void built_in_types(void **state)
{
    static const struct {
        const char *name;
        vd_field_type type;
        vd_field_origin origin;
    } rows[] = {
        {"@timestamp", VD_TYPE_DATE, VD_ORIGIN_ECS},
        {"process.pid", VD_TYPE_LONG, VD_ORIGIN_ECS},
        {"process.command_line", VD_TYPE_WILDCARD, VD_ORIGIN_ECS},
        {"event.category", VD_TYPE_KEYWORD, VD_ORIGIN_ECS},
        {"source.ip", VD_TYPE_IP, VD_ORIGIN_ECS},
        {"process.code_signature.trusted", VD_TYPE_BOOLEAN, VD_ORIGIN_ECS},
        {"process", VD_TYPE_OBJECT, VD_ORIGIN_ECS},
        {"process.Ext", VD_TYPE_OBJECT, VD_ORIGIN_ENDPOINT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const vd_field *f = find(*state, rows[i].name);
        if (!f) fail_msg("%s is not known", rows[i].name);
        CHECK_STR(f->name, rows[i].name);
        if (f->type != rows[i].type || f->origin != rows[i].origin)
            fail_msg("%s is %s of origin %d", rows[i].name, vd_field_type_name(f->type), f->origin);
    }
}

static void every_built_in_row_is_found(void **state)
{
    for (uint32_t i = 0; i < vd_field_row_count; i++) {
        const vd_field *f = find(*state, vd_field_rows[i].name);
        if (!f || f->type != (vd_field_type)vd_field_rows[i].type)
            fail_msg("%s: not found as it stands in the table", vd_field_rows[i].name);
    }
    assert_int_equal(vd_schema_count(*state), vd_field_row_count);
    assert_null(find(*state, ""));
    assert_null(find(*state, "!"));
    assert_null(find(*state, "~"));
    assert_null(find(*state, "process."));
    assert_null(find(*state, "Process"));
}

static void ids_are_stable(void **state)
{
    vd_schema *schema = *state;
    vd_field_id pid = vd_schema_intern(schema, VD_STR("process.pid"));
    char name[32];
    for (int i = 0; i < 1000; i++) {
        size_t n = (size_t)snprintf(name, sizeof name, "x.y%d", i);
        vd_field_id id = vd_schema_intern(schema, (vd_str){name, n});
        assert_int_equal(id, pid + 1 + i);
    }
    assert_int_equal(vd_schema_count(schema), 1001);
    assert_int_equal(vd_schema_find(schema, VD_STR("process.pid")), pid);
    CHECK_STR(vd_schema_field(schema, pid)->name, "process.pid");
    CHECK_STR(vd_schema_field(schema, pid + 501)->name, "x.y500");
    assert_null(vd_schema_field(schema, 1001));
    assert_int_equal(vd_schema_resolve(schema, pid), pid);
}

static void unknown_names_become_dynamic_only_when_interned(void **state)
{
    vd_schema *schema = *state;
    assert_int_equal(vd_schema_find(schema, VD_STR("no.such.field")), VD_NO_FIELD);
    assert_int_equal(vd_schema_count(schema), 0);
    vd_field_id id = vd_schema_intern(schema, VD_STR("no.such.field"));
    assert_int_equal(vd_schema_field(schema, id)->type, VD_TYPE_UNKNOWN);
    assert_int_equal(vd_schema_field(schema, id)->origin, VD_ORIGIN_DYNAMIC);
    assert_int_equal(vd_schema_find(schema, VD_STR("no.such.field")), id);
}

static void multi_fields_read_their_parent(void **state)
{
    vd_schema *schema = *state;
    const vd_field *f = find(schema, "process.name.text");
    assert_non_null(f);
    assert_int_equal(f->type, VD_TYPE_TEXT);
    assert_int_equal(f->reads_from, vd_schema_find(schema, VD_STR("process.name")));
    assert_int_equal(find(schema, "process.name")->reads_from, VD_NO_FIELD);
}

static void below_flattened_is_keyword(void **state)
{
    vd_schema *schema = *state;
    const vd_field *root = find(schema, "gcp.audit.request");
    assert_non_null(root);
    assert_int_equal(root->type, VD_TYPE_FLATTENED);
    const vd_field *f = find(schema, "gcp.audit.request.no_such.leaf");
    assert_non_null(f);
    assert_int_equal(f->type, VD_TYPE_KEYWORD);
    assert_int_equal(f->origin, VD_ORIGIN_INTEGRATION);
}

static void nested_parents(void **state)
{
    vd_schema *schema = *state;
    vd_field_id id = vd_schema_nested_parent(schema, VD_STR("threat.enrichments.indicator.ip"));
    assert_int_not_equal(id, VD_NO_FIELD);
    CHECK_STR(vd_schema_field(schema, id)->name, "threat.enrichments");
    assert_int_equal(vd_schema_nested_parent(schema, VD_STR("process.name")), VD_NO_FIELD);
    assert_int_equal(vd_schema_nested_parent(schema, VD_STR("threat.enrichments")), VD_NO_FIELD);
}

static void suggestions(void **state)
{
    vd_str out[5];
    size_t n = vd_schema_suggest(*state, VD_STR("proces.name"), out, 5);
    assert_int_equal(n, 1); /* one letter off: no other is meant */
    CHECK_STR(out[0], "process.name");
    assert_int_equal(vd_schema_suggest(*state, VD_STR("name.process"), out, 5), 5);
    n = vd_schema_suggest(*state, VD_STR("process.comand_line"), out, 1);
    assert_int_equal(n, 1);
    CHECK_STR(out[0], "process.command_line");
    assert_int_equal(vd_schema_suggest(*state, VD_STR("qqqqqqqqqqqqqqqqqqqq"), out, 5), 0);
    assert_int_equal(vd_schema_suggest(*state, VD_STR(""), out, 5), 0);
    assert_int_equal(vd_schema_suggest(*state, VD_STR("proces.name"), out, 0), 0);
}

static void a_dynamic_name_is_no_suggestion(void **state)
{
    vd_str out[3];
    vd_schema_intern(*state, VD_STR("my_very_own_fielt"));
    assert_int_equal(vd_schema_suggest(*state, VD_STR("my_very_own_field"), out, 3), 0);
}

static void type_names(void **state)
{
    assert_int_equal(vd_field_type_from(VD_STR("integer")), VD_TYPE_LONG);
    assert_int_equal(vd_field_type_from(VD_STR("date_nanos")), VD_TYPE_DATE);
    assert_int_equal(vd_field_type_from(VD_STR("geo_point")), VD_TYPE_OTHER);
    assert_int_equal(vd_field_type_from(VD_STR("strange")), VD_TYPE_COUNT);
    for (int t = VD_TYPE_KEYWORD; t < VD_TYPE_OTHER; t++) {
        vd_str name = vd_str_from(vd_field_type_name((vd_field_type)t));
        assert_int_equal(vd_field_type_from(name), t);
    }
    assert_string_equal(vd_schema_ecs_version(), "9.4.0");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(built_in_types),
        T(every_built_in_row_is_found),
        T(ids_are_stable),
        T(unknown_names_become_dynamic_only_when_interned),
        T(multi_fields_read_their_parent),
        T(below_flattened_is_keyword),
        T(nested_parents),
        T(suggestions),
        T(a_dynamic_name_is_no_suggestion),
        T(type_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
