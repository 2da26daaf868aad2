/* windows/: maps as text, what they can say and how they fail. */
#include "normalise_help.h"

static vd_json *mapped(const char *map, uint32_t id, const char *const *data)
{
    vd_normaliser *n = vd_normaliser_new(NULL);
    vd_err err = {0};
    if (vd_normaliser_map(n, vd_str_from(map), &err)) fail_msg("%s at %zu", err.msg, err.pos);
    given *g = record_of("My/Log", "My-Provider", id, data);
    vd_json *doc = document(n, &g->record);
    free(g);
    vd_normaliser_free(n);
    return doc;
}

static void expect_map(const char *map, const char *const *data, const char *path, const char *want)
{
    vd_json *doc = mapped(map, 5, data);
    expect_fields(doc, path, want, NULL);
    vd_json_free(doc);
}

#define HEAD "[channel My/Log]\n"

static void test_rows_and_fields(void **state)
{
    vd_json *doc =
        mapped("# a map\n" HEAD "5,7-9 category=file,network type=info action=\"did it\" "
               "labels.kind=odd\n\non 5\nfile.path = Missing, Where\n",
               5, OF("Where", "C:\\a"));
    expect_fields(doc, "event.category", "[file,network]", "event.type", "[info]", "event.action",
                  "did it", "labels.kind", "odd", "file.path", "C:\\a", NULL);
    vd_json_free(doc);
    doc = mapped(HEAD "5,7-9 action=x\n", 8, NULL);
    expect_fields(doc, "event.action", "x", NULL);
    vd_json_free(doc);
    doc = mapped(HEAD "5,7-9 action=x\n", 6, NULL);
    expect_fields(doc, "event.action", NULL, NULL);
    vd_json_free(doc);
}

static void test_who_wins(void **state)
{
    /* the id before the section, the section before all, the later text before the built-in */
    expect_map("[all]\nlabels.a = \"all\"\n" HEAD "on all\nlabels.a = \"section\"\non 5\n"
               "labels.a = \"event\"\n",
               NULL, "labels.a", "event");
    expect_map("[all]\nlabels.a = \"all\"\n" HEAD "labels.a = \"section\"\n", NULL, "labels.a",
               "section");
    expect_map(HEAD "labels.a = \"channel\"\n[channel My/Log, provider My-Provider]\n"
                    "labels.a = \"both\"\n",
               NULL, "labels.a", "both");
    expect_map("[all]\nhost.os.type = \"other\"\n", NULL, "host.os.type", "other");
    expect_map("[channel Other; my/log]\ndata_stream.dataset = \"my.log\"\n", NULL, "event.module",
               "my");
}

static void test_a_map_over_a_built_in_event(void **state)
{
    vd_normaliser *n = vd_normaliser_new(NULL);
    vd_err err;
    vd_str map = VD_STR("[channel Security]\n4624 action=mine\non 4624\nuser.name = LogonType\n");
    assert_int_equal(vd_normaliser_map(n, map, &err), 0);
    given *g = record_of("Security", "Microsoft-Windows-Security-Auditing", 4624,
                         OF("TargetUserName", "ada", "LogonType", "3"));
    vd_json *doc = document(n, &g->record);
    expect_fields(doc, "event.action", "mine", "user.name", "3", "event.category",
                  "[authentication]", "winlog.logon.type", "Network", NULL);
    vd_json_free(doc);
    free(g);
    vd_normaliser_free(n);
}

static void test_functions(void **state)
{
    static const struct {
        const char *calls, *value, *want;
    } cases[] = {
        {"lower", "AbC", "abc"},
        {"long", "0x10", "16"},
        {"long", "-5", "-5"},
        {"long", "9223372036854775808", NULL},
        {"long", "12x", NULL},
        {"bool", "TRUE", "true"},
        {"bool", "yes", NULL},
        {"ip", "::ffff:1.2.3.4", "1.2.3.4"},
        {"ip", "LOCAL", "127.0.0.1"},
        {"ip", "300.1.1.1", NULL},
        {"time", "2024-01-02 03:04:05.678", "2024-01-02T03:04:05.678Z"},
        {"time", "2024-01-02T03:04:05.678", NULL},
        {"basename", "a\\b", "b"},
        {"basename", "b", NULL},
        {"basename", "b\\", NULL},
        {"leaf", "b", "b"},
        {"dirname", "a\\b\\c", "a\\b"},
        {"extension", "a\\b.tar.gz", "gz"},
        {"extension", "a.b\\c", NULL},
        {"domain", "A\\b", "A"},
        {"user", "A\\b", "b"},
        {"user", "A\\b\\c", NULL},
        {"before:@", "a@b@c", "a"},
        {"after:@", "a@b@c", "c"},
        {"below:ab", "abc", "c"},
        {"below:ab", "xabc", "xabc"},
        {"unquote", "\"a\"", "a"},
        {"rdn:2", "CN=a,OU=b", "b"},
        {"rdn:3", "CN=a,OU=b", NULL},
        {"under:folder", "x", "C:\\f\\x"},
        {"under:nowhere", "x", NULL},
        {"given:folder", "x", "x"},
        {"given:nowhere", "x", NULL},
        {"needs:labels.other", "x", NULL},
        {"when:a,x", "x", "x"},
        {"when:a,b", "x", NULL},
        {"unless:a,x", "x", NULL},
        {"starts:ab", "abc", "abc"},
        {"equals:x", "x", "true"},
        {"equals:x", "y", "false"},
        {"text:\"b, c\"", "x", "b, c"},
        {"lookup:numbers", "TWO", "2"},
        {"lookup:numbers", "three", NULL},
        {"lookup_or:numbers", "three", "three"},
        {"codes:numbers", "%%1 x %%9%%3", "[bit 0,bits]"},
        {"numbers", "%%1 x %%9%%", "[1,9]"},
        {"flags:numbers", "0x3", "[bit 0,bits]"},
        {"flags:numbers", "0", NULL},
        {"words", " a\tb\n c", "[a,b,c]"},
        {"split:;", "a; b;;", "[a,b]"},
        {"list", "a", "[a]"},
        {"words | first", "a b", "a"},
        {"words | count", "a b", "2"},
        {"argv | count", "a b c", "3"},
        {"pair:Key", "Keys=1\n\tKey = v = w \n", "v = w"},
        {"pair:Key", "Key=\n", NULL},
        {"hash:md5", "SHA1=AA,MD5=BB", "bb"},
        {"hash:MD5", "MD5=000", NULL},
        {"hashes", "SHA1=AA,MD5=0,X=CC", "[aa,cc]"},
        {"hive", "HKEY_USERS\\a", "HKU"},
        {"hive_key", "HKU\\a\\b", "a\\b"},
        {"reg_value", "HKU\\a\\\\", "a"},
        {"lower | when:a | text:done", "A", "done"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char map[400];
        snprintf(map, sizeof map,
                 "[list numbers]\ntwo = 2\n1 = bit 0\n3 = bits\n" HEAD "labels.v = v | %s\n",
                 cases[i].calls);
        vd_json *doc = mapped(map, 5, OF("v", cases[i].value, "folder", "C:\\f"));
        const char *got = at(doc, "labels.v"), *want = cases[i].want;
        if (!got != !want || (got && strcmp(got, want) != 0))
            fail_msg("%s of %s is %s, not %s", cases[i].calls, cases[i].value,
                     got ? got : "nothing", want ? want : "nothing");
        vd_json_free(doc);
    }
}

static void test_arguments(void **state)
{
    static const struct {
        const char *line, *want;
    } cases[] = {
        {"a b", "[a,b]"},           {"\"a b\" c", "[a b,c]"},
        {"a\\\\b", "[a\\\\b]"},     {"a\\\"b c", "[a\"b,c]"},
        {"\"a\\\\\" b", "[a\\,b]"}, {"\"a\"\"b\" c", "[a\"b c]"},
        {"\"\" x", "[,x]"},         {"a\\\\\\\\", "[a\\\\\\\\]"},
        {"\ta\t\tb ", "[a,b]"},     {"\"open end", "[open end]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_map(HEAD "labels.v = v | argv\n", OF("v", cases[i].line), "labels.v", cases[i].want);
}

static void test_appending(void **state)
{
    expect_map(HEAD "related.user += a\nrelated.ip += b\nrelated.user += b\nrelated.user += a\n"
                    "related.user += c | words\n",
               OF("a", "1", "b", "2", "c", "3 2 4"), "related.user", "[1,2,3,4]");
    expect_map(HEAD "labels.v = a\nlabels.v += b\n", OF("a", "1", "b", "2"), "labels.v", "1");
}

static void test_event_data_of_a_map(void **state)
{
    vd_json *doc = mapped(HEAD "winlog.event_data.list = list | words\n"
                               "winlog.event_data.more = \"x\"\n",
                          5, OF("list", "a b", "other", "c"));
    expect_fields(doc, "winlog.event_data.list", "[a,b]", "winlog.event_data.other", "c",
                  "winlog.event_data.more", "x", NULL);
    vd_json_free(doc);
}

static void test_errors(void **state)
{
    static const struct {
        const char *map;
        size_t pos;
        const char *part;
    } cases[] = {
        {"a = b\n", 0, "header"},
        {"[chanel X]\n", 1, "header is"},
        {"[channel X\n", 0, "not closed"},
        {"[list ]\n", 1, "header is"},
        {"[list a]\nx\n", 9, "KEY = TEXT"},
        {"[all]\n\n  5-3 action=x\n", 9, "range"},
        {"[all]\n5x action=x\n", 6, "event id"},
        {"[all]\n5 action\n", 8, "KEY=VALUE"},
        {"[all]\non x\n", 9, "event id"},
        {"[all]\na.b\n", 6, "FIELD = SOURCE"},
        {"[all]\na..b = c\n", 6, "field's name"},
        {"[all]\na.b = \n", 11, "source"},
        {"[all]\na.b = $nobody\n", 12, "property"},
        {"[all]\na.b = c | nothing\n", 16, "no such function"},
        {"[all]\na.b = c | lower:x\n", 16, "no argument"},
        {"[all]\na.b = c | before\n", 16, "needs an argument"},
        {"[all]\na.b = c | lookup:none\n", 16, "no list"},
        {"[all]\na.b = c | needs:x..y\n", 22, "field's name"},
    };
    vd_normaliser *n = vd_normaliser_new(NULL);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vd_err err = {0};
        int rc = vd_normaliser_map(n, vd_str_from(cases[i].map), &err);
        if (rc != VD_FORMAT || !err.placed || err.pos != cases[i].pos ||
            !strstr(err.msg, cases[i].part))
            fail_msg("case %zu: %d, \"%s\" at %zu", i, rc, err.msg, err.pos);
    }
    vd_err err = {0};
    assert_int_equal(vd_normaliser_map(n, VD_STR("[all]\nprocess = a\n"), &err), VD_FORMAT);
    assert_non_null(strstr(err.msg, "its object"));
    /* it works as before */
    given *g = record_of("Security", "Microsoft-Windows-Security-Auditing", 4624, NULL);
    vd_json *doc = document(n, &g->record);
    expect_fields(doc, "event.action", "logged-in", "a.b", NULL, NULL);
    vd_json_free(doc);
    free(g);
    vd_normaliser_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_and_fields),
        cmocka_unit_test(test_who_wins),
        cmocka_unit_test(test_a_map_over_a_built_in_event),
        cmocka_unit_test(test_functions),
        cmocka_unit_test(test_arguments),
        cmocka_unit_test(test_appending),
        cmocka_unit_test(test_event_data_of_a_map),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
