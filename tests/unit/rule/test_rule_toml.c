/* detection-rules' files to rules: fields, the API's form, problems. */
#include "check.h"

static vd_rule *only_rule(vd_ruleset *set)
{
    assert_int_equal(set->problems.n, 0);
    assert_int_equal(set->rules.n, 1);
    return set->rules.v[0];
}

static void defaults(void **state)
{
    vd_ruleset *set = read_set(GOOD_RULE, "dir/r.toml");
    vd_rule *r = only_rule(set);
    check_str(r->file, "dir/r.toml");
    check_str(r->rule_id, "id-1");
    check_str(r->name, "A name");
    check_str(r->type, "eql");
    check_str(r->language, "eql");
    check_str(r->query, "process where true");
    assert_int_equal(r->severity, VD_SEVERITY_MEDIUM);
    assert_int_equal(r->risk_score, 47);
    assert_int_equal(r->max_signals, 100);
    check_str(r->interval, "5m");
    check_str(r->from, "now-6m");
    check_str(r->to, "now");
    assert_int_equal(r->n_index, 1);
    check_str(r->index[0], "logs-*");
    assert_int_equal(r->n_tags, 0);
    check_str(r->timestamp_override, "");
    assert_true(r->runs && r->enabled);
    assert_false(r->broken || r->deprecated || r->building_block);
    check_json(r->metadata, "{\"maturity\":\"production\"}");
    assert_int_equal(set->files, 1);
    vd_ruleset_free(set);
}

static void all_fields(void **state)
{
    vd_ruleset *set = read_set(
        GOOD_RULE "\nmax_signals = 7\ninterval = \"1h\"\nfrom = \"now-2h\"\nto = \"now-1m\"\n"
                  "tags = [\"a\", \"b\"]\ntimestamp_override = \"event.ingested\"\n"
                  "event_category_override = \"event.type\"\ntimestamp_field = \"t\"\n"
                  "tiebreaker_field = \"n\"\nbuilding_block_type = \"default\"\n",
        "r.toml");
    vd_rule *r = only_rule(set);
    assert_int_equal(r->problems.n, 0);
    assert_int_equal(r->max_signals, 7);
    check_str(r->interval, "1h");
    check_str(r->from, "now-2h");
    check_str(r->to, "now-1m");
    assert_int_equal(r->n_tags, 2);
    check_str(r->tags[1], "b");
    check_str(r->timestamp_override, "event.ingested");
    check_str(r->category_field, "event.type");
    check_str(r->timestamp_field, "t");
    check_str(r->tiebreaker_field, "n");
    assert_true(r->building_block);
    vd_ruleset_free(set);
}

/* Each type that the API has, with what it needs; only eql runs. */
static void types(void **state)
{
    static const struct {
        const char *more, *language;
    } rows[] = {
        {"type = \"query\"", "kuery"},
        {"type = \"query\"\nlanguage = \"lucene\"", "lucene"},
        {"type = \"saved_query\"\nsaved_id = \"s\"", "kuery"},
        {"type = \"threshold\"\nquery = 'x'\nthreshold = {field = [], value = 1}", "kuery"},
        {"type = \"threat_match\"\nquery = 'x'\nthreat_query = '*'\nthreat_mapping = []\n"
         "threat_index = []",
         "kuery"},
        {"type = \"esql\"\nquery = 'FROM x'", "esql"},
        {"type = \"machine_learning\"\nmachine_learning_job_id = 'j'\nanomaly_threshold = 50", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[512];
        snprintf(text, sizeof text,
                 "[rule]\nname = 'n'\nrule_id = 'i'\ndescription = 'd'\nrisk_score = 1\n"
                 "severity = 'low'\n%s\n",
                 rows[i].more);
        vd_ruleset *set = read_set(text, "r.toml");
        vd_rule *r = only_rule(set);
        assert_int_equal(r->problems.n, 0);
        check_str(r->language, rows[i].language);
        assert_false(r->runs || r->broken);
        vd_ruleset_free(set);
    }
}

static void new_terms(void **state)
{
    vd_ruleset *set = read_set(
        "[rule]\nname = 'n'\nrule_id = 'i'\ndescription = 'd'\nrisk_score = 1\nseverity = 'low'\n"
        "type = 'new_terms'\nquery = 'x'\n[rule.new_terms]\nfield = 'new_terms_fields'\n"
        "value = ['a', 'b']\n[[rule.new_terms.history_window_start]]\n"
        "field = 'history_window_start'\nvalue = 'now-14d'\n[rule.meta]\nx = 1\n",
        "r.toml");
    vd_rule *r = only_rule(set);
    assert_int_equal(r->problems.n, 0);
    check_json(r->api, "{\"name\":\"n\",\"rule_id\":\"i\",\"description\":\"d\",\"risk_score\":1,"
                       "\"severity\":\"low\",\"type\":\"new_terms\",\"query\":\"x\","
                       "\"new_terms_fields\":[\"a\",\"b\"],\"history_window_start\":\"now-14d\","
                       "\"meta\":{\"x\":1}}");
    vd_ruleset_free(set);
}

static void white_space(void **state)
{
    vd_ruleset *set = read_set("[rule]\ndescription = '''\n  one\n  two \n\nthree\n'''\n"
                               "references = [' u ', '''\na\nb''']\nnote = '''\n## x\n\ny\n'''\n"
                               "setup = ' s '\nquery = ''' q\n '''\n",
                               "r.toml");
    check_json(set->rules.v[0]->api,
               "{\"description\":\"one two  three\",\"references\":[\"u\",\"a b\"],"
               "\"note\":\"## x\\n\\ny\\n\",\"setup\":\" s \",\"query\":\" q\\n \"}");
    vd_ruleset_free(set);
}

static void threat(void **state)
{
    vd_ruleset *set = read_set(
        GOOD_RULE
        "\n[[rule.threat]]\nframework = 'MITRE ATT&CK'\n"
        "tactic = {id = 'TA1', name = 'One', reference = 'https://x/TA1'}\n"
        "[[rule.threat.technique]]\nid = 'T1'\nname = 'Tech'\nreference = 'https://x/T1/'\n"
        "[[rule.threat.technique.subtechnique]]\nid = 'T1.1'\nname = 'Sub'\n"
        "reference = 'https://x/T1/1'\n"
        "[[rule.threat.technique]]\nid = 'T2'\nname = 'Other'\nreference = 'https://x/T2'\n"
        "[[rule.threat]]\nframework = 'MITRE ATT&CK'\n"
        "tactic = {id = 'TA2', name = 'Two', reference = 'https://x/TA2'}\n",
        "r.toml");
    vd_rule *r = only_rule(set);
    check_json(
        vd_json_get(r->api, "threat"),
        "[{\"framework\":\"MITRE ATT&CK\",\"tactic\":{\"id\":\"TA1\",\"name\":\"One\","
        "\"reference\":\"https://x/TA1/\"},\"technique\":[{\"id\":\"T1\",\"name\":\"Tech\","
        "\"reference\":\"https://x/T1/\",\"subtechnique\":[{\"id\":\"T1.1\",\"name\":\"Sub\","
        "\"reference\":\"https://x/T1/1/\"}]},{\"id\":\"T2\",\"name\":\"Other\","
        "\"reference\":\"https://x/T2/\"}]},{\"framework\":\"MITRE ATT&CK\",\"tactic\":"
        "{\"id\":\"TA2\",\"name\":\"Two\",\"reference\":\"https://x/TA2/\"},"
        "\"technique\":[]}]");
    vd_threat out[8];
    assert_int_equal(vd_rule_threats(r, out, 8), 3);
    check_str(out[0].tactic_id, "TA1");
    check_str(out[0].technique_id, "T1.1");
    check_str(out[0].technique_name, "Sub");
    check_str(out[1].technique_id, "T2");
    check_str(out[2].tactic_name, "Two");
    check_str(out[2].technique_id, "");
    assert_int_equal(vd_rule_threats(r, out, 2), 2);
    vd_ruleset_free(set);
}

static void check_note(const char *note, const char *transform, const char *want)
{
    char text[1024];
    snprintf(text, sizeof text, GOOD_RULE "\nnote = '''%s'''\n%s", note, transform);
    vd_ruleset *set = read_set(text, "r.toml");
    check_str(vd_json_str(vd_json_get(only_rule(set)->api, "note")), want);
    vd_ruleset_free(set);
}

static void plugins(void **state)
{
    const char *transform = "[[transform.osquery]]\nquery = 'SELECT \"x\"'\nlabel = 'One'\n"
                            "[[transform.osquery]]\nlabel = 'Two \xc3\xa9'\n"
                            "[[transform.investigate]]\nproviders = [[{value = '{{host.id}}', "
                            "excluded = false, field = 'host.id'}]]\nlabel = 'L'\n";
    check_note("a $osquery_0 b", transform,
               "a !{osquery{\"label\":\"One\",\"query\":\"SELECT \\\"x\\\"\"}} b");
    check_note("${osquery_1}x", transform, "!{osquery{\"label\":\"Two \\u00e9\"}}x");
    check_note("$investigate_0", transform,
               "!{investigate{\"label\":\"L\",\"providers\":[[{\"excluded\":false,"
               "\"field\":\"host.id\",\"value\":\"{{host.id}}\"}]]}}");
    check_note("$$ $ $1 $osquery_2 $osquery_00 ${osquery_0 $foo_0 $osquery_0x $", transform,
               "$ $ $1 $osquery_2 $osquery_00 ${osquery_0 $foo_0 $osquery_0x $");
    check_note("$$ $osquery_0", "", "$$ $osquery_0");
}

static void missing_fields(void **state)
{
    check_rule_problems("[rule]\n", "error missing-field: \"rule_id\" is missing\n"
                                    "error missing-field: \"name\" is missing\n"
                                    "error missing-field: \"description\" is missing\n"
                                    "error missing-field: \"type\" is missing\n"
                                    "error missing-field: \"severity\" is missing\n"
                                    "error missing-field: \"risk_score\" is missing\n");
    check_rule_problems("[rule]\nname = ' '\nrule_id = 'i'\ndescription = 'd'\nrisk_score = 47.0\n"
                        "severity = 'low'\ntype = 'threshold'\nquery = 'x'\n",
                        "error bad-value: \"name\" is empty\n"
                        "error missing-field: when \"type\" is \"threshold\", \"threshold\" is "
                        "required\n");
    check_rule_problems("[rule]\nname = 'n'\nrule_id = 'i'\ndescription = 'd'\nrisk_score = 1\n"
                        "severity = 'low'\ntype = 'eql'\n",
                        "error missing-field: when \"type\" is \"eql\", \"query\" is required\n");
}

/* A rule with one line of its own. */
static void check_line(const char *line, const char *want)
{
    char text[512];
    snprintf(text, sizeof text, GOOD_RULE "\n%s\n", line);
    check_rule_problems(text, want);
}

static void bad_values(void **state)
{
    check_line("max_signals = 0", "error bad-value: \"max_signals\" must be a whole number of at "
                                  "least 1, not 0\n");
    check_line("max_signals = '9'", "error bad-value: \"max_signals\" must be a whole number of at "
                                    "least 1, not \"9\"\n");
    check_line("tags = 'x'", "error bad-value: \"tags\" must be a list of strings\n");
    check_line("tags = ['x', 1]", "error bad-value: \"tags\" must be a list of strings\n");
    check_line("timestamp_override = 1",
               "error bad-value: \"timestamp_override\" must be a string\n");
    check_line("timestamp_override_fallback_disabled = 1",
               "error bad-value: \"timestamp_override_fallback_disabled\" must be true or false\n");
    check_line("interval = '5 min'", "error bad-value: \"interval\" must be a number and one of s, "
                                     "m, h, d, not \"5 min\"\n");
    check_line("from = 'yesterday'", "error bad-value: \"from\" must be date math like \"now-9m\", "
                                     "not \"yesterday\"\n");
    check_line("timeline_id = 't'", "error missing-field: when \"timeline_id\" exists, "
                                    "\"timeline_title\" must also exist\n");
    check_line("timeline_title = 't'", "error missing-field: when \"timeline_title\" exists, "
                                       "\"timeline_id\" must also exist\n");
    check_line("timeline_id = ''\ntimeline_title = 'x'",
               "error bad-value: \"timeline_id\" cannot be an empty string\n");
    check_line("tagz = 1", "warning unknown-key: unknown key \"tagz\", did you mean \"tags\"?\n");
    check_line("house_rule = 1", "warning unknown-key: unknown key \"house_rule\"\n");
}

static void bad_words(void **state)
{
    check_rule_problems(
        "[rule]\nname = 'n'\nrule_id = 'i'\ndescription = 'd'\nrisk_score = 101\n"
        "severity = 'hgih'\ntype = 'eqll'\n",
        "error bad-value: \"severity\" must be low, medium, high or critical, not \"hgih\"\n"
        "error bad-value: \"risk_score\" must be a whole number from 0 to 100, not 101\n"
        "error bad-value: unknown rule type \"eqll\", did you mean \"eql\"?\n");
    check_rule_problems("[rule]\nname = 'n'\nrule_id = 'i'\ndescription = 'd'\nrisk_score = 1\n"
                        "severity = 'low'\ntype = 'query'\nlanguage = 'eql'\n",
                        "error bad-value: the language of a rule of type \"query\" must be "
                        "\"kuery\" or \"lucene\", not \"eql\"\n");
}

static void schedule(void **state)
{
    const char *want =
        "warning bad-schedule: the time range defined by \"from\" and \"to\" must be "
        "greater than or equal to \"interval\"\n";
    check_line("from = 'now-5m'", "");
    check_line("from = 'now-4m'", want);
    check_line("interval = '7m'", want);
    check_line("from = 'now-1h'\nto = 'now-56m'", want);
    check_line("from = 'now-1h'\nto = 'now-55m'", "");
}

static void places_in_the_query(void **state)
{
    static const struct {
        const char *query;
        size_t pos, line, column;
    } rows[] = {
        {"query = '''\nab\ncd'''", 0, 3, 1}, {"query = '''\nab\ncd'''", 4, 4, 2},
        {"query = '''ab\ncd'''", 1, 2, 13},  {"query = '''ab\ncd'''", 3, 3, 1},
        {"query = 'abcd'", 2, 2, 12},        {"query=\"ab\"", 1, 2, 9},
        {"query = \"ab\\ncd\"", 3, 2, 0},    {"query = \"\"\"\r\nab\"\"\"", 0, 3, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char text[128];
        snprintf(text, sizeof text, "[rule]\n%s\n", rows[i].query);
        vd_ruleset *set = read_set(text, "r.toml");
        size_t line, column;
        vd_rule_place(set->rules.v[0], rows[i].pos, &line, &column);
        assert_int_equal(line, rows[i].line);
        assert_int_equal(column, rows[i].column);
        vd_ruleset_free(set);
    }
}

static void export_is_the_api_form(void **state)
{
    vd_ruleset *set =
        read_set(GOOD_RULE "\nnote = '$osquery_0'\nunknown = 1\nthreat_mappings = []\n"
                           "[[transform.osquery]]\nlabel = 'l'\n",
                 "r.toml");
    vd_json *out = vd_rule_export(set->rules.v[0]);
    check_json(out,
               "{\"name\":\"A name\",\"rule_id\":\"id-1\",\"description\":\"What it is\","
               "\"type\":\"eql\",\"language\":\"eql\",\"risk_score\":47,\"severity\":\"medium\","
               "\"index\":[\"logs-*\"],\"query\":\"process where true\","
               "\"note\":\"!{osquery{\\\"label\\\":\\\"l\\\"}}\",\"unknown\":1}");
    vd_json_free(out);
    vd_ruleset_free(set);
}

static void a_query_by_itself(void **state)
{
    vd_ruleset *set = vd_ruleset_new();
    vd_rule *r = vd_ruleset_add_query(set, VD_STR("process where true"));
    assert_int_equal(r->problems.n, 0);
    assert_true(r->runs);
    check_str(r->query, "process where true");
    assert_int_equal(r->n_index, 0);
    vd_ruleset_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(all_fields),
        cmocka_unit_test(types),
        cmocka_unit_test(new_terms),
        cmocka_unit_test(white_space),
        cmocka_unit_test(threat),
        cmocka_unit_test(plugins),
        cmocka_unit_test(missing_fields),
        cmocka_unit_test(bad_values),
        cmocka_unit_test(bad_words),
        cmocka_unit_test(schedule),
        cmocka_unit_test(places_in_the_query),
        cmocka_unit_test(export_is_the_api_form),
        cmocka_unit_test(a_query_by_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
