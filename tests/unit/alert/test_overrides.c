#include "make.h"

static vd_alert_facts facts_of(maker *m, const char *api, const char *doc)
{
    make_rule(m, api);
    make_event(m, "e1", "i", doc);
    return vd_alert_facts_of(&m->finding);
}

static void check_severity(const char *mapping, const char *doc, vd_severity want)
{
    maker m;
    char api[1024];
    snprintf(api, sizeof api, "{\"severity_mapping\":[%s]}", mapping);
    vd_severity got = facts_of(&m, api, doc).severity;
    if (got != want) fail_msg("%s on %s gives %s", mapping, doc, vd_severity_name(got));
    make_end(&m);
}

#define ITEM(field, value, severity)                                                               \
    "{\"field\":\"" field "\",\"operator\":\"equals\",\"value\":\"" value                          \
    "\",\"severity\":\"" severity "\"}"

static void the_highest_severity_that_holds_wins(void **state)
{
    check_severity(ITEM("a", "x", "high"), "{\"a\":\"x\"}", VD_SEVERITY_HIGH);
    check_severity(ITEM("a", "x", "high"), "{\"a\":\"X\"}", VD_SEVERITY_MEDIUM);
    check_severity(ITEM("a", "x", "low"), "{\"a\":\"x\"}", VD_SEVERITY_LOW);
    check_severity(ITEM("a", "x", "critical") "," ITEM("a", "x", "low"), "{\"a\":\"x\"}",
                   VD_SEVERITY_CRITICAL);
    check_severity(ITEM("a", "x", "low") "," ITEM("b.c", "y", "high"),
                   "{\"a\":\"x\",\"b\":{\"c\":[\"z\",\"y\"]}}", VD_SEVERITY_HIGH);
    check_severity(ITEM("a", "7", "high"), "{\"a\":7}", VD_SEVERITY_HIGH);
    check_severity(ITEM("a", "", "high"), "{\"a\":\"\"}", VD_SEVERITY_MEDIUM);
    check_severity(ITEM("a", "x", "high"), "{}", VD_SEVERITY_MEDIUM);
}

static void event_severity_compares_as_a_number(void **state)
{
    check_severity(ITEM("event.severity", "73.9", "high"), "{\"event\":{\"severity\":73}}",
                   VD_SEVERITY_HIGH);
    check_severity(ITEM("event.severity", "73", "high"), "{\"event.severity\":\"73.0\"}",
                   VD_SEVERITY_HIGH);
    check_severity(ITEM("event.severity", "x", "high"), "{\"event.severity\":\"x\"}",
                   VD_SEVERITY_MEDIUM);
}

static void check_risk(const char *doc, int64_t want)
{
    maker m;
    int64_t got = facts_of(&m,
                           "{\"risk_score_mapping\":[{\"field\":\"r.s\",\"value\":\"\"},"
                           "{\"field\":\"t\"}]}",
                           doc)
                      .risk_score;
    if (got != want) fail_msg("%s gives %lld", doc, (long long)got);
    make_end(&m);
}

static void the_largest_valid_risk_score_of_the_first_field_wins(void **state)
{
    check_risk("{\"r\":{\"s\":12}}", 12);
    check_risk("{\"r.s\":[\"3\",99,101,\"x\"]}", 99);
    check_risk("{\"r\":[{\"s\":5},{\"s\":6}]}", 6);
    check_risk("{\"r\":{\"s\":0}}", 0);
    check_risk("{\"r\":{\"s\":-1},\"t\":80}", 47);
    check_risk("{\"t\":80}", 47);
}

static void a_field_can_give_the_name(void **state)
{
    maker m;
    const char *api = "{\"rule_name_override\":\"message\"}";
    CHECK_TEXT(facts_of(&m, api, "{\"message\":\"M\"}").name, "M");
    vd_alert_documents(&m.finding, &m.options, m.alerts);
    const vd_json *doc = vd_json_at(m.alerts, 0);
    CHECK_KEY(&m, doc, "kibana.alert.rule.name", "\"M\"");
    CHECK_KEY(&m, doc, "kibana.alert.reason", "\"event created medium alert M.\"");
    make_end(&m);
    CHECK_TEXT(facts_of(&m, api, "{\"message\":\"\"}").name, "R");
    make_end(&m);
    CHECK_TEXT(facts_of(&m, api, "{\"message\":7}").name, "R");
    make_end(&m);
}

static void sequences_keep_the_rules_own(void **state)
{
    maker m;
    make_rule(&m, "{\"severity_mapping\":[" ITEM(
                      "a", "x", "high") "],\"rule_name_override\":\"a\","
                                        "\"risk_score_mapping\":[{\"field\":\"r\"}]}");
    make_event(&m, "e1", "i", "{\"a\":\"x\",\"r\":99}");
    make_event(&m, "e2", "i", "{\"a\":\"x\",\"r\":99}");
    vd_alert_facts facts = vd_alert_facts_of(&m.finding);
    assert_int_equal(facts.severity, VD_SEVERITY_MEDIUM);
    assert_int_equal(facts.risk_score, 47);
    CHECK_TEXT(facts.name, "R");
    vd_alert_documents(&m.finding, &m.options, m.alerts);
    for (size_t i = 0; i < 3; i++) {
        CHECK_KEY(&m, vd_json_at(m.alerts, i), "kibana.alert.severity", "\"medium\"");
        CHECK_KEY(&m, vd_json_at(m.alerts, i), "kibana.alert.rule.name", "\"R\"");
    }
    make_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_highest_severity_that_holds_wins),
        cmocka_unit_test(event_severity_compares_as_a_number),
        cmocka_unit_test(the_largest_valid_risk_score_of_the_first_field_wins),
        cmocka_unit_test(a_field_can_give_the_name),
        cmocka_unit_test(sequences_keep_the_rules_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
