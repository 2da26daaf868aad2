/* Rules, and the documents under a kind and an id. */
#include "papers.h"

static vd_rule_row rule(const char *id, int64_t revision)
{
    return (vd_rule_row){.rule_id = vd_str_from(id),
                         .name = VD_STR("Name"),
                         .type = VD_STR("eql"),
                         .source = VD_STR("api"),
                         .enabled = revision % 2 == 0,
                         .mode = VD_STR("schedule"),
                         .version = 7,
                         .revision = revision,
                         .created = 100,
                         .updated = 200 + revision,
                         .document = VD_STR("{\"type\":\"eql\"}")};
}

static void a_rule_comes_back_as_it_was_put(void **state)
{
    vd_rule_row one = rule("one", 0), got;
    assert_int_equal(vd_rules_put(db, &one, &err), 0);
    reopen();
    assert_int_equal(vd_rules_get(db, VD_STR("one"), &arena, &got, &err), 0);
    assert_str(got.rule_id, "one");
    assert_str(got.name, "Name");
    assert_str(got.type, "eql");
    assert_str(got.source, "api");
    assert_str(got.mode, "schedule");
    assert_str(got.document, "{\"type\":\"eql\"}");
    assert_true(got.enabled && got.version == 7 && got.revision == 0 && got.created == 100 && got.updated == 200);
    assert_int_equal(vd_rules_get(db, VD_STR("two"), &arena, &got, &err), VD_USAGE);
    assert_non_null(strstr(err.msg, "two"));
}

static void rules_are_replaced_listed_and_deleted(void **state)
{
    const vd_rule_row rows[] = {rule("b", 0), rule("a", 0), rule("b", 1)};
    vd_rule_row *all;
    size_t n;
    bool was;
    assert_int_equal(vd_rules_all(db, &arena, &all, &n, &err), 0);
    assert_int_equal(n, 0);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(vd_rules_put(db, &rows[i], &err), 0);
    assert_int_equal(vd_rules_all(db, &arena, &all, &n, &err), 0);
    assert_int_equal(n, 2);
    assert_str(all[0].rule_id, "a");
    assert_str(all[1].rule_id, "b");
    assert_true(all[1].revision == 1 && !all[1].enabled);
    assert_int_equal(vd_rules_delete(db, VD_STR("b"), &was, &err), 0);
    assert_true(was);
    assert_int_equal(vd_rules_delete(db, VD_STR("b"), &was, &err), 0);
    assert_false(was);
    assert_int_equal(vd_rules_all(db, &arena, &all, &n, &err), 0);
    assert_int_equal(n, 1);
}

static void collect(void *ctx, vd_str id, vd_str document)
{
    char *out = ctx;
    snprintf(out + strlen(out), 200 - strlen(out), "%.*s=%.*s ", VD_FMT(id), VD_FMT(document));
}

static void papers_have_kinds(void **state)
{
    vd_str doc;
    bool found, was;
    char seen[200] = "";
    assert_int_equal(vd_papers_put(db, "note", VD_STR("y"), VD_STR("1"), &err), 0);
    assert_int_equal(vd_papers_put(db, "note", VD_STR("x"), VD_STR("2"), &err), 0);
    assert_int_equal(vd_papers_put(db, "state", VD_STR("x"), VD_STR("3"), &err), 0);
    assert_int_equal(vd_papers_put(db, "note", VD_STR("y"), VD_STR("4"), &err), 0);
    reopen();
    assert_int_equal(vd_papers_get(db, "state", VD_STR("x"), &arena, &doc, &found, &err), 0);
    assert_true(found);
    assert_str(doc, "3");
    assert_int_equal(vd_papers_get(db, "state", VD_STR("y"), &arena, &doc, &found, &err), 0);
    assert_false(found);
    assert_int_equal(vd_papers_each(db, "note", collect, seen, &err), 0);
    assert_string_equal(seen, "x=2 y=4 ");
    assert_int_equal(vd_papers_delete(db, "note", VD_STR("x"), &was, &err), 0);
    assert_true(was);
    assert_int_equal(vd_papers_delete(db, "note", VD_STR("x"), &was, &err), 0);
    assert_false(was);
    assert_int_equal(vd_papers_get(db, "state", VD_STR("x"), &arena, &doc, &found, &err), 0);
    assert_true(found);
}

static void a_store_open_for_reading_is_not_written(void **state)
{
    vd_rule_row one = rule("one", 0), *all;
    size_t n;
    assert_int_equal(vd_rules_put(db, &one, &err), 0);
    vd_db_close(db);
    assert_int_equal(vd_db_open(path, VD_DB_PAPERS, true, &db, &err), 0);
    assert_int_not_equal(vd_rules_put(db, &one, &err), 0);
    assert_int_not_equal(vd_papers_put(db, "note", VD_STR("x"), VD_STR("1"), &err), 0);
    assert_int_equal(vd_rules_all(db, &arena, &all, &n, &err), 0);
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_database(a_rule_comes_back_as_it_was_put),
        in_a_database(rules_are_replaced_listed_and_deleted),
        in_a_database(papers_have_kinds),
        in_a_database(a_store_open_for_reading_is_not_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
