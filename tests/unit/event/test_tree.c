/* The whole document again, for alerts. */
#include "check.h"

static void check_tree(const char *json, const char *want)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_json *tree = vd_event_tree(json, strlen(json));
    if (!tree) fail_msg("%s: no tree", json);
    vd_str text = vd_json_text(&a, tree, false);
    if (!vd_str_eq(text, vd_str_from(want)))
        fail_msg("%s\n  got:  %.*s\n  want: %s", json, VD_FMT(text), want);
    vd_json_free(tree);
    vd_arena_fini(&a);
}

static void documents_come_out_as_they_went_in(void **state)
{
    static const char *const rows[] = {
        "{}",
        "{\"a\":1,\"b\":[true,false,null,\"x\",[],{}],\"c\":{\"d\":{\"e\":-5}}}",
        "{\"z\":1,\"a\":2}",
        "{\"n\":[9223372036854775807,-9223372036854775808,18446744073709551615]}",
        "{\"n\":[1.10,1e5,0.30000000000000004,123456789012345678901234567890]}",
        "{\"s\":\"a\\\"b\\\\c\\n\"}",
        "{\"a.b\":{\"c.d\":1}}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_tree(rows[i], rows[i]);
}

static void oddities_are_kept_as_text(void **state)
{
    check_tree(" { \"a\" : 1 , \"b\" : \"\\u00e9\" } ", "{\"a\":1,\"b\":\"\xc3\xa9\"}");
    check_tree("{\"a\":\"x\\ud800y\"}", "{\"a\":\"x\xef\xbf\xbdy\"}");
    check_tree("{\"a\":tru,\"b\":01}", "{\"a\":\"tru\",\"b\":\"01\"}");
    check_tree("{\"a\":\"\\q\"}", "{\"a\":\"\\\\q\"}");
    check_tree("{\"a\":1,\"a\":2}", "{\"a\":2}");
    check_tree("{\"a\":[1,,2 3]}", "{\"a\":[1,2,3]}");
    check_tree("{\"a\":,\"b\":}", "{\"a\":null,\"b\":null}");
}

static void what_is_no_object_has_no_tree(void **state)
{
    static const char *const rows[] = {
        "", "[]", "1", "{", "{\"a\":", "{\"a\":[1}", "{\"a", "x", "{\"a\":\"\xff\"}"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_null(vd_event_tree(rows[i], strlen(rows[i])));
}

static void depth_has_a_limit(void **state)
{
    char json[4096];
    for (int extra = 0; extra < 2; extra++) {
        size_t n = 0;
        int levels = VD_MAX_JSON_DEPTH - 1 + extra;
        n += (size_t)snprintf(json, sizeof json, "{\"a\":");
        for (int i = 0; i < levels; i++)
            json[n++] = '[';
        for (int i = 0; i < levels; i++)
            json[n++] = ']';
        json[n++] = '}';
        vd_json *tree = vd_event_tree(json, n);
        assert_int_equal(tree == NULL, extra);
        vd_json_free(tree);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(documents_come_out_as_they_went_in),
        cmocka_unit_test(oddities_are_kept_as_text),
        cmocka_unit_test(what_is_no_object_has_no_tree),
        cmocka_unit_test(depth_has_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
