/* Bulk bodies: what is taken apart how, what refuses the whole request, and what of an
 * answer filter_path leaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "server/bulk_parse.h"
#include "server/filter.h"
#include "arena.h"

/* Every item as "op index id source;", or the error. */
static const char *items_of(const char *body)
{
    vd_bulk b;
    vd_bulk_item item;
    vd_err err = {0};
    vd_str out = vd_arena_str(&arena, (vd_str){0});
    if (vd_bulk_begin(&b, vd_str_from(body), &arena, &err)) return vd_arena_str(&arena, vd_str_from(err.msg)).p;
    int more;
    while ((more = vd_bulk_next(&b, &item, &err)) > 0)
        out = vd_arena_printf(&arena, "%.*s%s %.*s %.*s %.*s%s;", VD_FMT(out), vd_bulk_op_name(item.op),
                              VD_FMT(item.index), VD_FMT(item.id), VD_FMT(item.source), item.conditional ? " if" : "");
    return more < 0 ? vd_arena_str(&arena, vd_str_from(err.msg)).p : out.p;
}

static void plain_items(void **state)
{
    assert_string_equal(items_of("{\"create\":{}}\n{\"a\":1}\n"), "create   {\"a\":1};");
    assert_string_equal(items_of("{ \"index\" : { \"_index\" : \"logs-x\" , \"_id\" : \"1\" } }\r\n{}\r\n\n"
                                 "{\"delete\":{\"_id\":\"2\"}}\n{\"update\":{\"_id\":\"3\"}}\n{\"doc\":{}}\n"),
                        "index logs-x 1 {};delete  2 ;update  3 {\"doc\":{}};");
    assert_string_equal(items_of("{\"index\":{\"op_type\":\"create\",\"_id\":null,\"pipeline\":\"p\"}}\nx\n"), "create   x;");
    assert_string_equal(items_of("{\"create\":{\"require_data_stream\":true,\"dynamic_templates\":{}}}\n{}\n"), "create   {};");
}

static void unusual_items(void **state)
{
    assert_string_equal(items_of("{\"create\":{\"_id\":7,\"_index\":\"\\u0061\\\"b\"}}\n{}\n"), "create a\"b 7 {};");
    assert_string_equal(items_of("{\"index\":{\"_id\":\"\xc3\xa4\"}}\n{}\n"), "index  \xc3\xa4 {};");
    assert_string_equal(items_of("{\"cre\\u0061te\":{}}\n{}\n"), "create   {};");
    assert_string_equal(items_of("{\"index\":{\"_id\":\"1\",\"if_seq_no\":3}}\n{}\n"), "index  1 {} if;");
}

static void the_body_itself(void **state)
{
    assert_string_equal(items_of(""), "request body is required");
    assert_string_equal(items_of("{\"create\":{}}\n{}"), "The bulk request must be terminated by a newline [\\n]");
    assert_string_equal(items_of("\n \n\r\n"), "");
}

static void malformed_actions(void **state)
{
    assert_string_equal(items_of("{\"upsert\":{}}\n{}\n"),
                        "Malformed action/metadata line [1], expected field [create], [delete], [index] or [update] "
                        "but found [upsert]");
    assert_string_equal(items_of("{\"create\":{}}\n{}\n[1]\n"),
                        "Malformed action/metadata line [3], expected START_OBJECT but found [START_ARRAY]");
    assert_string_equal(items_of("{}\n"), "Malformed action/metadata line [1], expected FIELD_NAME but found [END_OBJECT]");
    assert_string_equal(items_of("{\"index\":5}\n{}\n"),
                        "Malformed action/metadata line [1], expected START_OBJECT or END_OBJECT but found [VALUE_NUMBER]");
    assert_string_equal(items_of("{\"index\":{},\"x\":1}\n{}\n"),
                        "Malformed action/metadata line [1], expected END_OBJECT but found [FIELD_NAME]");
    assert_string_equal(items_of("{\"index\":{\"_id\":[1]}}\n{}\n"),
                        "Malformed action/metadata line [1], expected a simple value for field [_id] but found [START_ARRAY]");
    assert_string_equal(items_of("{\"index\":{\"_type\":\"_doc\"}}\n{}\n"),
                        "Action/metadata line [1] contains an unknown parameter [_type]");
    assert_string_equal(items_of("{\"index\":{}}\n"), "Malformed action/metadata line [1], no document follows it");
    assert_non_null(strstr(items_of("{\"index\":{\n{}\n"), "Malformed action/metadata line [1], not valid JSON"));
    assert_non_null(strstr(items_of("{\"index\":{}}}\n{}\n"), "Malformed action/metadata line [1], not valid JSON"));
}

static void a_long_action_is_refused(void **state)
{
    size_t n = VD_MAX_BULK_ACTION + 64;
    char *body = vd_arena_alloc(&arena, n + 1);
    memset(body, ' ', n);
    memcpy(body, "{\"create\":{", 11);
    memcpy(body + n - 3, "}}\n", 4);
    assert_non_null(strstr(items_of(body), "longer than 65536 bytes"));
}

static const char *envelope_of(const char *line)
{
    vd_str index, id, source;
    if (!vd_bulk_envelope(vd_str_from(line), &arena, &index, &id, &source)) return "no";
    return vd_arena_printf(&arena, "%.*s %.*s %.*s", VD_FMT(index), VD_FMT(id), VD_FMT(source)).p;
}

static void envelopes(void **state)
{
    assert_string_equal(envelope_of("{\"_index\":\"i\",\"_id\":\"d\",\"_source\":{\"a\":[1,{\"b\":\"}\"}]}}"),
                        "i d {\"a\":[1,{\"b\":\"}\"}]}");
    assert_string_equal(envelope_of(" { \"_source\" : { } , \"_score\" : null, \"sort\":[1,2] } "), "  { }");
    assert_string_equal(envelope_of("{\"_id\":\"\\u0041\",\"_source\":{}}"), " A {}");
    assert_string_equal(envelope_of("{\"a\":1,\"_source\":{}}"), "no");
    assert_string_equal(envelope_of("{\"_source\":[]}"), "no");
    assert_string_equal(envelope_of("{\"_source\":{}} x"), "no");
    assert_string_equal(envelope_of("{\"_id\":1,\"_source\":{}}"), "no");
    assert_string_equal(envelope_of("{\"_source\":{\"a\":\"\\"), "no");
    assert_string_equal(envelope_of("{"), "no");
    assert_string_equal(envelope_of("{}"), "no");
}

static bool wants(const char *patterns, const char *path)
{
    vd_filter f;
    assert_int_equal(vd_filter_read(vd_str_from(patterns), &f, NULL), 0);
    return vd_filter_wants(&f, vd_str_from(path));
}

static void filters(void **state)
{
    assert_true(wants("", "errors"));
    assert_true(wants("errors,items.*.error", "errors"));
    assert_true(wants("errors,items.*.error", "items.create.error.type"));
    assert_false(wants("errors,items.*.error", "items.create.status"));
    assert_true(wants("items.*.st*s", "items.index.status"));
    assert_false(wants("items.*.st*x", "items.index.status"));
    assert_true(wants("**.status", "items.index.status"));
    assert_false(wants("-took", "took"));
    assert_true(wants("-took", "errors"));
    assert_false(wants("items,-items.*._id", "items.index._id"));
    vd_filter f;
    vd_err err = {0};
    assert_int_equal(vd_filter_read(VD_STR("**.a.**.b.**"), &f, &err), VD_LIMIT);
}

static const char *left_of(const char *patterns, const char *json)
{
    vd_filter f;
    vd_json *v = NULL;
    assert_int_equal(vd_filter_read(vd_str_from(patterns), &f, NULL), 0);
    assert_int_equal(vd_json_parse(vd_str_from(json), &v, NULL), 0);
    vd_json *left = vd_filter_tree(&f, v);
    const char *out = left ? vd_json_text(&arena, left, false).p : "nothing";
    vd_json_free(left);
    vd_json_free(v);
    return out;
}

static void filtered_trees(void **state)
{
    const char *hits = "{\"took\":1,\"hits\":{\"total\":{\"value\":2},\"hits\":[{\"_id\":\"1\",\"_source\":{\"a\":1}},"
                       "{\"_id\":\"2\",\"_source\":{}}]}}";
    assert_string_equal(left_of("hits.hits._id", hits), "{\"hits\":{\"hits\":[{\"_id\":\"1\"},{\"_id\":\"2\"}]}}");
    assert_string_equal(left_of("-hits.hits._source,-took", hits),
                        "{\"hits\":{\"total\":{\"value\":2},\"hits\":[{\"_id\":\"1\"},{\"_id\":\"2\"}]}}");
    assert_string_equal(left_of("hits.total", hits), "{\"hits\":{\"total\":{\"value\":2}}}");
    assert_string_equal(left_of("**.a", hits), "{\"hits\":{\"hits\":[{\"_source\":{\"a\":1}}]}}");
    assert_string_equal(left_of("nothing.here", hits), "nothing");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_items),     cmocka_unit_test(unusual_items),
        cmocka_unit_test(the_body_itself), cmocka_unit_test(malformed_actions),
        cmocka_unit_test(a_long_action_is_refused), cmocka_unit_test(envelopes),
        cmocka_unit_test(filters),         cmocka_unit_test(filtered_trees),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
