/* Folders of rules: order, what is left out, links, what cannot be read. */
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

static char root[] = "/tmp/vd-rule-dir-XXXXXX";

static const char *in_root(const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", root, name);
    return path;
}

static void put(const char *name, const char *text)
{
    FILE *f = fopen(in_root(name), "w");
    assert_non_null(f);
    fputs(text, f);
    assert_int_equal(fclose(f), 0);
}

static void put_folder(const char *name)
{
    assert_int_equal(mkdir(in_root(name), 0755), 0);
}

static void put_rule(const char *name, const char *id, const char *maturity)
{
    char text[512];
    snprintf(text, sizeof text,
             "[metadata]\nmaturity = '%s'\n[rule]\nname = 'n'\nrule_id = '%s'\ndescription = 'd'\n"
             "type = 'eql'\nrisk_score = 1\nseverity = 'low'\nquery = 'any where true'\n",
             maturity, id);
    put(name, text);
}

static int make_folder(void **state)
{
    if (!mkdtemp(root)) return -1;
    put_folder("a");
    put_folder("a/deep");
    put_folder("_deprecated");
    put_folder(".hidden");
    put_rule("a/deep/2.toml", "2", "production");
    put_rule("a/1.toml", "1", "production");
    put_rule("a-z.toml", "0", "development");
    put_rule("b.toml", "3", "production");
    put_rule("_deprecated/d.toml", "d1", "production");
    put_rule("a/d.toml", "d2", "deprecated");
    put_rule(".hidden/h.toml", "h", "production");
    put("hunt.toml", "[hunt]\nname = 'x'\n");
    put("broken-config.toml", "[project\n");
    put("pyproject.toml", "[project]\nname = 'x'\n");
    put("version.lock.json", "{\"id-1\": {\"rule_name\": \"x\", \"version\": 3}}\n");
    put("events.ndjson", "{\"process\":{\"pid\":1}}\n{\"broken\n");
    put("empty.json", "");
    put("README.md", "[rule]\n");
    put("picture.png", "\x89PNG");
    if (symlink("..", in_root("a/deep/up")) || symlink("nowhere", in_root("gone.toml"))) return -1;
    return symlink("b.toml", in_root("link.md"));
}

static int remove_folder(void **state)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r '%s'", root);
    return system(command);
}

static void check_ids(const vd_ruleset *set, const char *want)
{
    char got[128] = "";
    for (size_t i = 0; i < set->rules.n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%.*s ",
                 VD_FMT(set->rules.v[i]->rule_id));
    assert_string_equal(got, want);
}

static void a_folder(void **state)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_err err;
    assert_int_equal(vd_ruleset_read(set, root, NULL, &err), VD_OK);
    check_ids(set, "0 1 2 3 ");
    assert_int_equal(set->deprecated, 2);
    assert_int_equal(set->not_rules, 6);
    assert_int_equal(set->files, 12);
    assert_int_equal(set->problems.n, 1); /* the link that leads nowhere */
    check_str(set->problems.v[0].file, in_root("gone.toml"));
    check_str(set->problems.v[0].code, "io_error");
    check_str(set->rules.v[2]->file, in_root("a/deep/2.toml"));
    vd_ruleset_free(set);
}

static void deprecated_ones_too(void **state)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_read_options o = {.deprecated = true};
    assert_int_equal(vd_ruleset_read(set, root, &o, NULL), VD_OK);
    check_ids(set, "d1 0 1 d2 2 3 ");
    assert_int_equal(set->deprecated, 0);
    assert_true(set->rules.v[0]->deprecated && set->rules.v[3]->deprecated);
    assert_false(set->rules.v[1]->deprecated);
    vd_ruleset_free(set);
}

static void check_path(const char *name, const char *ids, const char *problems)
{
    vd_ruleset *set = vd_ruleset_new();
    assert_int_equal(vd_ruleset_read(set, in_root(name), NULL, NULL), VD_OK);
    check_ids(set, ids);
    check_problems(set->problems.v, set->problems.n, problems);
    vd_ruleset_free(set);
}

static void a_file_by_name(void **state)
{
    check_path("b.toml", "3 ", "");
    check_path("link.md", "3 ", "");
    check_path("hunt.toml", "", "error no-rule: there is no rule in this file\n");
    check_path("a/d.toml", "",
               "warning deprecated: the rule is deprecated and left out (--deprecated takes it)\n");
    check_path("_deprecated", "", "");
}

static void what_cannot_be_read(void **state)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_err err;
    assert_int_equal(vd_ruleset_read(set, in_root("absent"), NULL, &err), VD_IO);
    char want[256];
    snprintf(want, sizeof want, "%s: No such file or directory", in_root("absent"));
    assert_string_equal(err.msg, want);
    assert_int_equal(set->problems.n, 0);
    vd_ruleset_free(set);
}

static void a_folder_without_rules(void **state)
{
    put_folder("none");
    check_path("none", "", "error no-rule: there is no rule in this folder\n");
}

/* A repository's templates and test data are no rules to run, unless they are asked for. */
static void folders_beside_the_rules(void **state)
{
    put_folder("clone");
    put_folder("clone/rules");
    put_folder("clone/rules/latest");
    put_folder("clone/etc");
    put_folder("clone/etc/deep");
    put_folder("clone/tests");
    put_folder("clone/test");
    put_folder("clone/node_modules");
    put_rule("clone/rules/1.toml", "1", "production");
    put_rule("clone/rules/latest/2.toml", "2", "production");
    put_rule("clone/etc/3.toml", "3", "production");
    put_rule("clone/etc/deep/4.toml", "4", "production");
    put_rule("clone/tests/5.toml", "5", "production");
    put_rule("clone/test/6.toml", "6", "production");
    put("clone/node_modules/7.json", "{\"broken");
    vd_ruleset *set = vd_ruleset_new();
    assert_int_equal(vd_ruleset_read(set, in_root("clone"), NULL, NULL), VD_OK);
    check_ids(set, "1 2 ");
    assert_int_equal(set->files, 7);
    assert_int_equal(set->not_rules, 5);
    assert_int_equal(set->problems.n, 0);
    vd_ruleset_free(set);
    check_path("clone/etc", "3 4 ", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder),
        cmocka_unit_test(deprecated_ones_too),
        cmocka_unit_test(folders_beside_the_rules),
        cmocka_unit_test(a_file_by_name),
        cmocka_unit_test(what_cannot_be_read),
        cmocka_unit_test(a_folder_without_rules),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
