#include "make.h"

#include "base/clock.h"
#include "base/hash.h"

static const char *const first =
    "{\"@timestamp\":\"2026-01-01T00:00:00Z\",\"event\":{\"category\":\"process\",\"id\":\"1\"},"
    "\"host\":{\"name\":\"h\"},\"user\":{\"name\":\"root\"},\"process\":{\"pid\":4,\"name\":\"a\"}"
    "}";
static const char *const second =
    "{\"@timestamp\":\"2026-01-01T00:00:30Z\",\"event\":{\"category\":\"network\",\"id\":\"2\"},"
    "\"host\":{\"name\":\"h\"},\"user\":{\"name\":\"root\"},\"process\":{\"pid\":4,\"name\":\"b\"},"
    "\"destination\":{\"ip\":\"10.0.0.1\",\"port\":445}}";

static void sequence_of_two(maker *m, const char *api)
{
    make_rule(m, api);
    make_event(m, "e1", "i1", first);
    make_event(m, "e2", "i2", second);
    vd_alert_documents(&m->finding, &m->options, m->alerts);
}

static void two_events_give_three_alerts(void **state)
{
    maker m;
    sequence_of_two(&m, "{}");
    assert_int_equal(vd_json_len(m.alerts), 3);
    const vd_json *shell = vd_json_at(m.alerts, 0), *b0 = vd_json_at(m.alerts, 1),
                  *b1 = vd_json_at(m.alerts, 2);

    CHECK_KEY(&m, b0, "kibana.alert.building_block_type", "\"default\"");
    CHECK_KEY(&m, b0, "kibana.alert.group.index", "0");
    CHECK_KEY(&m, b1, "kibana.alert.group.index", "1");
    CHECK_KEY(&m, b0, "kibana.alert.depth", "1");
    CHECK_KEY(&m, b0, "kibana.alert.original_time", "\"2026-01-01T00:00:00.000Z\"");
    CHECK_KEY(&m, b1, "kibana.alert.original_time", "\"2026-01-01T00:00:30.000Z\"");
    CHECK_KEY(&m, b1, "kibana.alert.ancestors",
              "[{\"id\":\"e2\",\"type\":\"event\",\"index\":\"i2\",\"depth\":0}]");
    CHECK_KEY(&m, b1, "kibana.alert.reason",
              "\"network event with process b, destination 10.0.0.1:445, by root on h created "
              "medium alert R.\"");

    CHECK_KEY(&m, shell, "kibana.alert.depth", "2");
    CHECK_KEY(&m, shell, "kibana.alert.group.index", NULL);
    CHECK_KEY(&m, shell, "kibana.alert.building_block_type", NULL);
    CHECK_KEY(&m, shell, "kibana.alert.reason", "\"event by root on h created medium alert R.\"");
    CHECK_KEY(&m, shell, "kibana.alert.original_time", "\"2026-01-02T03:04:05.678Z\"");
    CHECK_KEY(&m, shell, "host", "{\"name\":\"h\"}");
    CHECK_KEY(&m, shell, "process", "{\"pid\":4}");
    CHECK_KEY(&m, shell, "event", NULL);
    CHECK_KEY(&m, shell, "event.kind", "\"signal\"");
    CHECK_KEY(&m, shell, "destination", NULL);
    CHECK_KEY(&m, shell, "kibana.alert.original_event.id", NULL);

    vd_str id = vd_json_str(vd_json_get(shell, "kibana.alert.uuid"));
    CHECK_TEXT(vd_json_str(vd_json_get(shell, "kibana.alert.group.id")),
               vd_arena_str(&m.arena, id).p);
    CHECK_TEXT(vd_json_str(vd_json_get(b0, "kibana.alert.group.id")), vd_arena_str(&m.arena, id).p);
    make_end(&m);
}

/* Block i: its ancestors and the rule, for each block, then i. Shell: event and
 * block in turn, then the rule. */
static void ids_come_from_all_events_in_order(void **state)
{
    maker m;
    sequence_of_two(&m, "{}");
    char b[2][65], shell[65], got[65];
    vd_str p0 = VD_STR("e1i1rule-1e2i2rule-10"), p1 = VD_STR("e1i1rule-1e2i2rule-11");
    vd_sha256_hex(&p0, 1, b[0]);
    vd_sha256_hex(&p1, 1, b[1]);
    vd_str glued = vd_arena_printf(&m.arena, "e1i1%se2i2%srule-1", b[0], b[1]);
    vd_sha256_hex(&glued, 1, shell);
    for (size_t i = 0; i < 2; i++)
        CHECK_TEXT(vd_json_str(vd_json_get(vd_json_at(m.alerts, i + 1), "kibana.alert.uuid")),
                   b[i]);
    vd_alert_id(&m.finding, &m.options, got);
    assert_string_equal(got, shell);
    CHECK_TEXT(vd_json_str(vd_json_get(vd_json_at(m.alerts, 0), "kibana.alert.uuid")), shell);
    vd_str ancestors = vd_json_text(
        &m.arena, vd_json_get(vd_json_at(m.alerts, 0), "kibana.alert.ancestors"), false);
    vd_str want = vd_arena_printf(
        &m.arena,
        "[{\"id\":\"e1\",\"type\":\"event\",\"index\":\"i1\",\"depth\":0},"
        "{\"id\":\"%s\",\"type\":\"signal\",\"index\":\"\",\"depth\":1,\"rule\":\"rule-1\"},"
        "{\"id\":\"e2\",\"type\":\"event\",\"index\":\"i2\",\"depth\":0},"
        "{\"id\":\"%s\",\"type\":\"signal\",\"index\":\"\",\"depth\":1,\"rule\":\"rule-1\"}]",
        b[0], b[1]);
    CHECK_TEXT(ancestors, want.p);
    make_end(&m);
}

static void a_missing_stage_gives_no_block(void **state)
{
    maker m;
    make_rule(&m, "{}");
    make_event(&m, "e1", "i", first);
    make_event(&m, "", "", NULL);
    make_event(&m, "e2", "i", second);
    vd_alert_documents(&m.finding, &m.options, m.alerts);
    assert_int_equal(vd_json_len(m.alerts), 3);
    CHECK_KEY(&m, vd_json_at(m.alerts, 2), "kibana.alert.group.index", "1");
    CHECK_KEY(&m, vd_json_at(m.alerts, 2), "kibana.alert.original_event.id", "\"2\"");
    make_end(&m);
}

static void one_block_still_has_a_shell_of_its_own(void **state)
{
    maker m;
    make_rule(&m, "{}");
    make_event(&m, "", "", NULL);
    make_event(&m, "e1", "i", first);
    vd_alert_documents(&m.finding, &m.options, m.alerts);
    assert_int_equal(vd_json_len(m.alerts), 2);
    const vd_json *shell = vd_json_at(m.alerts, 0);
    CHECK_KEY(&m, shell, "kibana.alert.group.index", NULL);
    CHECK_KEY(&m, shell, "kibana.alert.building_block_type", NULL);
    CHECK_KEY(&m, shell, "process", "{\"pid\":4,\"name\":\"a\"}");
    make_end(&m);
}

static void a_building_block_rule_has_a_building_block_shell(void **state)
{
    maker m;
    sequence_of_two(&m, "{\"building_block_type\":\"default\"}");
    CHECK_KEY(&m, vd_json_at(m.alerts, 0), "kibana.alert.building_block_type", "\"default\"");
    CHECK_KEY(&m, vd_json_at(m.alerts, 0), "kibana.alert.group.index", NULL);
    make_end(&m);
}

/* The shell of two events that hold just `a` and `b` under "x". */
static void check_common(const char *a, const char *b, const char *want)
{
    maker m;
    make_rule(&m, "{}");
    make_event(&m, "e1", "i", vd_arena_printf(&m.arena, "{\"x\":%s}", a).p);
    make_event(&m, "e2", "i", vd_arena_printf(&m.arena, "{\"x\":%s}", b).p);
    vd_alert_documents(&m.finding, &m.options, m.alerts);
    CHECK_KEY(&m, vd_json_at(m.alerts, 0), "x", want);
    make_end(&m);
}

static void a_shell_keeps_what_all_blocks_share(void **state)
{
    check_common("1", "1", "1");
    check_common("1", "2", NULL);
    check_common("1", "\"1\"", NULL);
    check_common("1", "1.0", "1");
    check_common("true", "true", "true");
    check_common("[1,2,3]", "[3,1]", "[1,3]");
    check_common("[1,2]", "[3]", "[]");
    check_common("[1.0,2.5,2.5,\"1\",null,true,1]", "[true,null,2.5,1,\"x\"]", "[1.0,2.5,null,true]");
    check_common("[\"a\\u0000b\",\"a\"]", "[\"a\\u0000c\",\"a\"]", "[\"a\"]");
    check_common("[1,2]", "2", "[2]");
    check_common("2", "[1,2]", "[2]");
    check_common("3", "[1,2]", NULL);
    check_common("[{\"a\":1}]", "[{\"a\":1}]", "[]");
    check_common("{\"a\":1,\"b\":2}", "{\"a\":1,\"b\":3}", "{\"a\":1}");
    check_common("{\"a\":1}", "{\"a\":2}", NULL);
    check_common("{\"a\":1}", "1", NULL);
    check_common("{\"a\":{\"b\":{\"c\":1,\"d\":1}}}", "{\"a\":{\"b\":{\"c\":1}}}",
                 "{\"a\":{\"b\":{\"c\":1}}}");
}

/* "[0,1,2,...]", downwards if `down`. */
static vd_str counting(vd_arena *a, int n, bool down)
{
    char *text = vd_arena_alloc(a, (size_t)n * 8 + 2), *p = text;
    for (int i = 0; i < n; i++)
        p += snprintf(p, 8, "%s%d", i ? "," : "[", down ? n - 1 - i : i);
    *p++ = ']';
    *p = 0;
    return (vd_str){text, (size_t)(p - text)};
}

/* An event's arrays are as long as its author likes: items are not compared with each. */
static void long_arrays_take_no_time(void **state)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    int64_t began = vd_mono_ns();
    vd_str up = counting(&a, 200000, false);
    check_common(up.p, counting(&a, 200000, true).p, up.p);
    assert_true(vd_mono_ns() - began < 30000000000);
    vd_arena_fini(&a);
}

static void an_event_that_is_an_alert_of_the_rule_drops_the_sequence(void **state)
{
    maker m;
    make_rule(&m, "{}");
    make_event(&m, "e1", "i", first);
    make_event(
        &m, "u", "i",
        "{\"kibana.alert.uuid\":\"u\",\"kibana\":{\"alert\":{\"rule\":{\"uuid\":\"rule-1\"}}}}");
    vd_alert_documents(&m.finding, &m.options, m.alerts);
    assert_int_equal(vd_json_len(m.alerts), 0);
    make_end(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_events_give_three_alerts),
        cmocka_unit_test(ids_come_from_all_events_in_order),
        cmocka_unit_test(a_missing_stage_gives_no_block),
        cmocka_unit_test(one_block_still_has_a_shell_of_its_own),
        cmocka_unit_test(a_building_block_rule_has_a_building_block_shell),
        cmocka_unit_test(a_shell_keeps_what_all_blocks_share),
        cmocka_unit_test(long_arrays_take_no_time),
        cmocka_unit_test(an_event_that_is_an_alert_of_the_rule_drops_the_sequence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
