#include "make.h"

#include "base/hash.h"

static const char *const plain_event =
    "{\"@timestamp\":\"2026-01-01T00:00:00Z\",\"event\":{\"kind\":\"event\",\"category\":"
    "\"process\","
    "\"deep\":{\"er\":1}},\"event.code\":\"7\",\"data_stream\":{\"type\":\"logs\"},"
    "\"process\":{\"name\":\"a.exe\",\"pid\":4},\"own\":{\"field\":[1,2]}}";

static const vd_json *only_alert(maker *m)
{
    vd_alert_documents(&m->finding, &m->options, m->alerts);
    assert_int_equal(vd_json_len(m->alerts), 1);
    return vd_json_at(m->alerts, 0);
}

static void an_event_becomes_an_alert(void **state)
{
    maker m;
    make_rule(&m,
              "{\"type\":\"eql\",\"description\":\"D\",\"tags\":[\"T\"],\"severity\":\"medium\","
              "\"risk_score\":47,\"meta\":{\"a\":{\"b\":1}},\"output_index\":\"x\"}");
    vd_str patterns[] = {VD_STR("logs-*")};
    m.rule.index = patterns;
    m.rule.n_index = 1;
    make_event(&m, "e1", "logs-x", plain_event);
    const vd_json *doc = only_alert(&m);

    CHECK_KEY(&m, doc, "@timestamp", "\"2026-01-02T03:04:05.678Z\"");
    CHECK_KEY(&m, doc, "event.kind", "\"signal\"");
    CHECK_KEY(&m, doc, "event", "{\"category\":\"process\",\"deep\":{\"er\":1}}");
    CHECK_KEY(&m, doc, "event.code", "\"7\"");
    CHECK_KEY(&m, doc, "process", "{\"name\":\"a.exe\",\"pid\":4}");
    CHECK_KEY(&m, doc, "own", "{\"field\":[1,2]}");
    CHECK_KEY(&m, doc, "kibana.space_ids", "[\"default\"]");
    CHECK_KEY(&m, doc, "kibana.alert.original_event.kind", "\"event\"");
    CHECK_KEY(&m, doc, "kibana.alert.original_event.category", "\"process\"");
    CHECK_KEY(&m, doc, "kibana.alert.original_event.deep.er", "1");
    CHECK_KEY(&m, doc, "kibana.alert.original_event.code", "\"7\"");
    CHECK_KEY(&m, doc, "kibana.alert.original_data_stream.type", "\"logs\"");
    CHECK_KEY(&m, doc, "kibana.alert.original_time", "\"2026-01-01T00:00:00.000Z\"");
    CHECK_KEY(&m, doc, "kibana.alert.status", "\"active\"");
    CHECK_KEY(&m, doc, "kibana.alert.workflow_status", "\"open\"");
    CHECK_KEY(&m, doc, "kibana.alert.workflow_tags", "[]");
    CHECK_KEY(&m, doc, "kibana.alert.workflow_assignee_ids", "[]");
    CHECK_KEY(&m, doc, "kibana.alert.ancestors",
              "[{\"id\":\"e1\",\"type\":\"event\",\"index\":\"logs-x\",\"depth\":0}]");
    CHECK_KEY(&m, doc, "kibana.alert.depth", "1");
    CHECK_KEY(&m, doc, "kibana.alert.severity", "\"medium\"");
    CHECK_KEY(&m, doc, "kibana.alert.risk_score", "47");
    CHECK_KEY(&m, doc, "kibana.alert.reason",
              "\"process event with process a.exe, created medium alert R.\"");
    CHECK_KEY(&m, doc, "kibana.alert.building_block_type", NULL);
    CHECK_KEY(&m, doc, "kibana.alert.group.id", NULL);
    make_end(&m);
}

static void the_rule_is_copied_with_its_defaults(void **state)
{
    maker m;
    make_rule(&m,
              "{\"type\":\"eql\",\"description\":\"D\",\"tags\":[\"T\"],\"severity\":\"medium\","
              "\"risk_score\":47,\"version\":3,\"meta\":{\"a\":{\"b\":1}},"
              "\"output_index\":\"x\",\"building_block_type\":\"default\"}");
    vd_str patterns[] = {VD_STR("logs-*")};
    m.rule.index = patterns;
    m.rule.n_index = 1;
    make_event(&m, "e1", "logs-x", plain_event);
    const vd_json *doc = only_alert(&m);

    CHECK_KEY(&m, doc, "kibana.alert.building_block_type", "\"default\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.building_block_type", "\"default\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.name", "\"R\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.rule_id", "\"rule-1\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.uuid", "\"rule-1\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.description", "\"D\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.type", "\"eql\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.tags", "[\"T\"]");
    CHECK_KEY(&m, doc, "kibana.alert.rule.references", "[]");
    CHECK_KEY(&m, doc, "kibana.alert.rule.threat", "[]");
    CHECK_KEY(&m, doc, "kibana.alert.rule.version", "3");
    CHECK_KEY(&m, doc, "kibana.alert.rule.revision", "0");
    CHECK_KEY(&m, doc, "kibana.alert.rule.indices", "[\"logs-*\"]");
    CHECK_KEY(&m, doc, "kibana.alert.rule.from", "\"now-9m\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.max_signals", "100");
    CHECK_KEY(&m, doc, "kibana.alert.rule.enabled", "true");
    CHECK_KEY(&m, doc, "kibana.alert.rule.meta.a.b", "1");
    CHECK_KEY(&m, doc, "kibana.alert.rule.producer", "\"siem\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.consumer", "\"siem\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.rule_type_id", "\"siem.eqlRule\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.execution.type", "\"scheduled\"");
    CHECK_KEY(&m, doc, "kibana.alert.rule.timeline_id", NULL);
    CHECK_KEY(&m, doc, "kibana.alert.rule.parameters",
              "{\"type\":\"eql\",\"description\":\"D\",\"tags\":[\"T\"],\"severity\":\"medium\","
              "\"risk_score\":47,\"version\":3,\"meta\":{\"a\":{\"b\":1}},"
              "\"building_block_type\":\"default\"}");
    make_end(&m);
}

static void fields_of_older_alerts_and_metadata_go(void **state)
{
    maker m;
    make_rule(&m, "{}");
    make_event(&m, "e1", "i",
               "{\"_id\":\"e1\",\"_index\":\"i\",\"kibana\":{\"x\":1},\"kibana.y\":2,"
               "\"signal\":{\"x\":1},\"threshold_result.terms\":[1],\"signals\":3}");
    const vd_json *doc = only_alert(&m);
    CHECK_KEY(&m, doc, "_id", NULL);
    CHECK_KEY(&m, doc, "_index", NULL);
    CHECK_KEY(&m, doc, "kibana", NULL);
    CHECK_KEY(&m, doc, "kibana.y", NULL);
    CHECK_KEY(&m, doc, "signal", NULL);
    CHECK_KEY(&m, doc, "threshold_result.terms", NULL);
    CHECK_KEY(&m, doc, "signals", "3");
    CHECK_KEY(&m, doc, "kibana.alert.original_time", "\"1970-01-01T00:00:01.000Z\"");
    make_end(&m);
}

/* ECS: process.pid long, host object, source.ip ip, process.name keyword,
 * process.interactive boolean, process.start date, threat.enrichments nested. */
static void values_that_clash_with_ecs_go_alone(void **state)
{
    maker m;
    make_rule(&m, "{}");
    make_event(&m, "e1", "i",
               "{\"process\":{\"pid\":\"x\",\"ppid\":1,\"name\":{\"a\":1},\"executable\":\"e\","
               "\"interactive\":\"yes\",\"start\":\"soon\",\"args\":[]},"
               "\"host\":\"h\",\"source\":{\"ip\":[\"1.2.3.4\",\"x\"],\"port\":\"445\"},"
               "\"process.name.more\":1,\"destination\":{\"ip\":\"no\"},"
               "\"threat\":{\"enrichments\":[1,{\"a\":2}]},\"free\":{\"a\":[{\"b\":\"c\"}]}}");
    const vd_json *doc = only_alert(&m);
    CHECK_KEY(&m, doc, "process", "{\"ppid\":1,\"executable\":\"e\"}");
    CHECK_KEY(&m, doc, "process.name.more", NULL);
    CHECK_KEY(&m, doc, "host", NULL);
    CHECK_KEY(&m, doc, "source", "{\"ip\":[\"1.2.3.4\"],\"port\":\"445\"}");
    CHECK_KEY(&m, doc, "destination", NULL);
    CHECK_KEY(&m, doc, "threat", "{\"enrichments\":[{\"a\":2}]}");
    CHECK_KEY(&m, doc, "free", "{\"a\":[{\"b\":\"c\"}]}");
    make_end(&m);
}

static void the_id_is_a_hash_of_event_and_rule(void **state)
{
    maker m;
    make_rule(&m, "{}");
    make_event(&m, "e1", "logs-x", "{\"a\":1}");
    const vd_json *doc = only_alert(&m);
    vd_str glued = VD_STR("logs-xe1undefineddefault:rule-1");
    char want[65], got[65];
    vd_sha256_hex(&glued, 1, want);
    vd_alert_id(&m.finding, &m.options, got);
    assert_string_equal(got, want);
    CHECK_TEXT(vd_json_str(vd_json_get(doc, "kibana.alert.uuid")), want);

    m.options.now++; /* found again later: the same alert */
    m.events[0].ts++;
    vd_alert_id(&m.finding, &m.options, got);
    assert_string_equal(got, want);
    m.options.space = VD_STR("other");
    vd_alert_id(&m.finding, &m.options, got);
    assert_string_not_equal(got, want);
    make_end(&m);
}

static const char *const older_alert =
    "{\"kibana.alert.uuid\":\"u\",\"kibana.alert.depth\":1,\"kibana.alert.rule.uuid\":\"other\","
    "\"kibana.alert.ancestors\":[{\"id\":\"e0\",\"type\":\"event\",\"index\":\"i\",\"depth\":0}]}";

static void an_alert_can_be_an_event_of_another_rule(void **state)
{
    maker m;
    make_rule(&m, "{}");
    make_event(&m, "u", ".alerts", older_alert);
    const vd_json *doc = only_alert(&m);
    CHECK_KEY(&m, doc, "kibana.alert.depth", "2");
    CHECK_KEY(&m, doc, "kibana.alert.ancestors",
              "[{\"id\":\"e0\",\"type\":\"event\",\"index\":\"i\",\"depth\":0},"
              "{\"id\":\"u\",\"type\":\"signal\",\"index\":\".alerts\",\"depth\":1,"
              "\"rule\":\"other\"}]");
    make_end(&m);
}

static void a_rule_does_not_feed_on_itself(void **state)
{
    maker m;
    make_rule(&m, "{}");
    m.rule.rule_id = VD_STR("other");
    make_event(&m, "u", ".alerts", older_alert);
    vd_alert_documents(&m.finding, &m.options, m.alerts);
    assert_int_equal(vd_json_len(m.alerts), 0);
    make_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_becomes_an_alert),
        cmocka_unit_test(the_rule_is_copied_with_its_defaults),
        cmocka_unit_test(fields_of_older_alerts_and_metadata_go),
        cmocka_unit_test(values_that_clash_with_ecs_go_alone),
        cmocka_unit_test(the_id_is_a_hash_of_event_and_rule),
        cmocka_unit_test(an_alert_can_be_an_event_of_another_rule),
        cmocka_unit_test(a_rule_does_not_feed_on_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
