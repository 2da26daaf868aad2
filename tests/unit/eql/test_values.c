/* Which values a query's events must hold: the text of a query, and its lists. */
#include "eql/values.h"
#include "eql_test.h"

/* As a store with filters of these fields. */
static bool askable(vd_str field, vd_field_type type, vd_str value)
{
    static const char *const texts[] = {"host.name", "host.id", "user.name", "process.entity_id", "process.hash.sha256"};
    if (value.n == 0 || value.n > 20) return false;
    for (size_t i = 0; i < 5; i++)
        if (vd_str_eq(field, vd_str_from(texts[i]))) return type == VD_TYPE_KEYWORD || type == VD_TYPE_TEXT;
    return vd_str_eq(field, VD_STR("source.ip")) && type == VD_TYPE_IP && vd_str_find_byte(value, '/', 0) == value.n;
}

/* "a,b & c": two lists. */
static const char *lists_of(vd_schema *schema, const char *text)
{
    static char out[512];
    vd_arena a;
    vd_eql_query *q;
    vd_err err = {0};
    vd_strs lists[VD_EQL_MAX_VALUES];
    vd_arena_init(&a, 0);
    if (take(&a, schema, text, FOLD, &q, &err)) fail_msg("%s\n  %s", text, err.msg);
    size_t n = vd_eql_values(&a, q, schema, askable, lists), at = 0;
    out[0] = 0;
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < lists[k].n; i++)
            at += (size_t)snprintf(out + at, sizeof out - at, "%s%.*s", i ? "," : k ? " & " : "", VD_FMT(lists[k].v[i]));
    vd_arena_fini(&a);
    return out;
}

static void run(vd_schema *schema, const expectation *rows, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const char *got = lists_of(schema, rows[i].text);
        if (strcmp(got, rows[i].result) != 0) fail_msg("%s\n  expected %s\n  got      %s", rows[i].text, rows[i].result, got);
    }
}

static void test_events(void **state)
{
    static const expectation rows[] = {
        {"any where host.name == \"a\"", "a"},
        {"process where \"a\" == host.name", "a"},
        {"any where host.name : \"A\"", "A"},
        {"any where host.name : (\"a\", \"b\")", "a,b"},
        {"any where host.name in (\"a\", \"b\", null)", "a,b"},
        {"any where host.name in~ (\"a\", \"b\")", "a,b"},
        {"any where host.name like~ \"a\"", "a"},
        {"any where ?host.name == \"a\"", "a"},
        {"any where not host.name != \"a\"", "a"},
        {"any where host.name == \"a\" and process.pid > 4", "a"},
        {"any where host.name == \"a\" and user.name in (\"x\", \"y\")", "a & x,y"},
        {"any where host.name == \"a\" or user.name == \"x\"", "a,x"},
        {"any where (host.name == \"a\" and process.pid == 1) or (user.name == \"x\" and process.pid == 2)", "a,x"},
        {"any where (host.name in (\"a\", \"b\") and user.name == \"x\") or host.id == \"i\"", "x,i"},
        {"any where process.pid == 1 and (host.name == \"a\" or host.name == \"b\")", "a,b"},
        {"any where source.ip == \"10.0.0.1\"", "10.0.0.1"},
        {"any where source.ip in (\"::1\", \"10.0.0.1\")", "::1,10.0.0.1"},
        {"any where (host.name == \"a\") == true", "a"},
        {"any where user.name.text == \"a\"", "a"},
    };
    vd_schema *s = vd_schema_new();
    run(s, rows, sizeof rows / sizeof *rows);
    vd_schema_free(s);
}

static void test_nothing_is_known(void **state)
{
    static const expectation rows[] = {
        {"any where true", ""},
        {"any where process.pid == 4", ""},
        {"any where host.name != \"a\"", ""},
        {"any where not host.name == \"a\"", ""},
        {"any where not (host.name == \"a\" and user.name == \"x\")", ""},
        {"any where not (host.name != \"a\" or user.name != \"x\")", ""},
        {"any where host.name == null", ""},
        {"any where host.name > \"a\"", ""},
        {"any where host.name : \"a*\"", ""},
        {"any where host.name : (\"a\", \"b?\")", ""},
        {"any where host.name like \"*\"", ""},
        {"any where host.name regex \"a\"", ""},
        {"any where host.name in (\"a\", \"longer than the store asks for\")", ""},
        {"any where host.name == \"\"", ""},
        {"any where startsWith(host.name, \"a\")", ""},
        {"any where concat(host.name) == \"a\"", ""},
        {"any where (host.name == \"a\") == false", ""},
        {"any where host.name == \"a\" or process.pid == 4", ""},
        {"any where host.name == \"a\" or host.name != \"b\"", ""},
        {"any where host.os.name == \"a\"", ""},
        {"any where cidrMatch(source.ip, \"10.0.0.1\")", ""},
        {"any where source.ip == \"10.0.0.0/8\"", ""},
        {"any where process.name == \"a\"", ""},
    };
    vd_schema *s = vd_schema_new();
    run(s, rows, sizeof rows / sizeof *rows);
    vd_schema_free(s);
}

/* Whatever speaks for or against a sequence must be seen. */
static void test_sequences(void **state)
{
    static const expectation rows[] = {
        {"sequence [any where host.name == \"a\"] [any where host.name == \"b\"]", "a,b"},
        {"sequence by user.id [any where host.name == \"a\"] with runs=3 [any where user.name == \"x\"]", "a,x"},
        {"sequence [any where host.name == \"a\" and user.name in (\"x\", \"y\")] [any where host.id == \"i\"]", "a,i"},
        {"sequence [any where host.name == \"a\"] [any where true]", ""},
        {"sequence by host.name [any where host.name == \"a\"] [file where true]", ""},
        {"sequence with maxspan=1m [any where host.name == \"a\"] ![any where host.name == \"b\"] "
         "[any where host.name == \"c\"]", "a,b,c"},
        {"sequence with maxspan=1m [any where host.name == \"a\"] ![any where true] [any where host.name == \"c\"]", ""},
        {"sequence [any where host.name == \"a\"] [any where host.name == \"b\"] until [any where host.name == \"u\"]", "a,b,u"},
        {"sequence [any where host.name == \"a\"] [any where host.name == \"b\"] until [any where process.pid == 1]", ""},
        {"sample by user.id [any where host.name == \"a\"] [any where host.name == \"b\"]", "a,b"},
        {"sample by user.id [any where host.name == \"a\"] [any where process.pid == 1]", ""},
        {"any where host.name == \"a\" | head 3", "a"},
    };
    vd_schema *s = vd_schema_new();
    run(s, rows, sizeof rows / sizeof *rows);
    vd_schema_free(s);
}

/* A mapping may read a field otherwise than it is in the document. */
static void test_mappings(void **state)
{
    static const expectation rows[] = {
        {"any where host.name == \"a\"", ""},        /* an alias of another field */
        {"any where machine == \"a\"", "a"},         /* an alias of this one */
        {"any where host.id == \"a\"", ""},          /* null_value may stand for it */
        {"any where user.name == \"a\"", ""},        /* no text */
        {"any where source.ip == \"10.0.0.1\"", ""}, /* no address */
        {"any where process.entity_id == \"a\"", "a"},
        {"any where process.entity_id.lower == \"a\"", "a"},
        {"any where process.entity_id.number == 1", ""},
        {"any where ?process.hash.nothing == \"a\"", ""},
    };
    vd_schema *s = vd_schema_new();
    vd_err err = {0};
    vd_str mapping = VD_STR("{\"properties\":{"
                            "\"other\":{\"type\":\"keyword\"},"
                            "\"host\":{\"properties\":{\"name\":{\"type\":\"alias\",\"path\":\"other\"},"
                            "\"id\":{\"type\":\"keyword\",\"null_value\":\"a\"}}},"
                            "\"machine\":{\"type\":\"alias\",\"path\":\"process.hash.sha256\"},"
                            "\"user\":{\"properties\":{\"name\":{\"type\":\"version\"}}},"
                            "\"source\":{\"properties\":{\"ip\":{\"type\":\"keyword\"}}},"
                            "\"process\":{\"properties\":{\"hash\":{\"properties\":{\"sha256\":{\"type\":\"keyword\"}}},"
                            "\"entity_id\":{\"type\":\"keyword\",\"fields\":{\"lower\":{\"type\":\"keyword\"},"
                            "\"number\":{\"type\":\"long\"}}}}}}}");
    if (vd_schema_load_mapping(s, mapping, &err)) fail_msg("%s", err.msg);
    run(s, rows, sizeof rows / sizeof *rows);
    vd_schema_free(s);
}

/* What is beyond the bound is not asked for. */
static void test_bounds(void **state)
{
    vd_schema *s = vd_schema_new();
    char text[1024] = "any where host.name == \"a0\"";
    for (int i = 1; i < 12; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), " and host.name == \"a%d\"", i);
    assert_string_equal(lists_of(s, text), "a0 & a1 & a2 & a3 & a4 & a5 & a6 & a7");
    vd_schema_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),   cmocka_unit_test(test_nothing_is_known), cmocka_unit_test(test_sequences),
        cmocka_unit_test(test_mappings), cmocka_unit_test(test_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
