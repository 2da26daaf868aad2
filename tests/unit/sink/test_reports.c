/* The reports that are files: timelines, Markdown, HTML, a layer for ATT&CK Navigator. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/clock.h"
#include "sink/sink.h"

typedef struct scene {
    vd_rule rule;
    vd_finding_event events[3];
    vd_finding finding;
} scene;

static vd_json *parse(const char *text)
{
    vd_json *v;
    assert_int_equal(vd_json_parse(vd_str_from(text), &v, NULL), VD_OK);
    return v;
}

#define THREAT                                                                                     \
    "\"threat\":[{\"framework\":\"MITRE ATT&CK\",\"tactic\":{\"id\":\"TA0011\",\"name\":\"Command and Control\"}," \
    "\"technique\":[{\"id\":\"T1071\",\"name\":\"Application Protocol\",\"subtechnique\":"       \
    "[{\"id\":\"T1071.001\",\"name\":\"Web <i>Protocols\"}]}]}]"

static void set_scene(scene *s)
{
    *s = (scene){0};
    s->rule.api = parse("{\"rule_id\":\"r1\",\"name\":\"Rule, \\\"one\\\" <script>\",\"description\":\"d|d\","
                        "\"references\":[\"https://example.org/a?b=1&c=2\",\"javascript:alert(1)\"],"
                        "\"note\":\"## Look\\n<img src=x>\",\"severity\":\"high\",\"risk_score\":73," THREAT "}");
    s->rule.rule_id = VD_STR("r1");
    s->rule.name = VD_STR("Rule, \"one\" <script>");
    s->rule.severity = VD_SEVERITY_HIGH;
    s->rule.risk_score = 73;
    s->events[0] = (vd_finding_event){
        .id = VD_STR("e1"), .ts = 1000, .json = VD_STR("{}"), .source = VD_STR("f.json"), .line = 7,
        .doc = parse("{\"event\":{\"category\":\"process\"},\"host\":{\"name\":\"h1\"},"
                     "\"user\":{\"name\":\"=cmd|' /C calc'!A0\"},"
                     "\"process\":{\"name\":\"b.exe\",\"pid\":8,\"entity_id\":\"E2\","
                     "\"command_line\":\"b.exe <img src=x onerror=alert(1)> `|` \\u001b[2J\","
                     "\"parent\":{\"name\":\"a.exe\",\"pid\":7,\"entity_id\":\"E1\"}}}")};
    s->events[1] = (vd_finding_event){.missing = true};
    s->events[2] = (vd_finding_event){
        .id = VD_STR("e2"), .ts = 2000, .json = VD_STR("{}"),
        .doc = parse("{\"event\":{\"category\":\"process\"},\"process\":{\"name\":\"c.exe\",\"pid\":9,"
                     "\"entity_id\":\"E3\",\"parent\":{\"entity_id\":\"E2\"}}}")};
    s->finding = (vd_finding){&s->rule, true, 2000, s->events, 3, NULL};
}

static void clear_scene(scene *s)
{
    vd_json_free(s->rule.api);
    vd_json_free(s->events[0].doc);
    vd_json_free(s->events[2].doc);
}

/* What the form writes of the scene's finding, taken `times` times. To be freed. */
static char *written(vd_sink_form form, size_t times, bool building_block)
{
    scene s;
    char *text;
    size_t n;
    vd_summary summary = {.files = 1, .documents = 3, .rules_ran = 1, .rules_with_data = 1,
                          .first_ts = 1000, .last_ts = 2000};
    vd_sink_options options = {.out = open_memstream(&text, &n)};
    set_scene(&s);
    s.rule.building_block = building_block;
    vd_zone_read("UTC", &options.zone, NULL);
    vd_sink *sink = vd_sink_new(form, &options);
    for (size_t i = 0; i < times; i++)
        vd_sink_take(sink, &s.finding);
    assert_int_equal(vd_sink_end(sink, &summary, NULL), VD_OK);
    vd_sink_free(sink);
    fclose(options.out);
    clear_scene(&s);
    return text;
}

static void expect(const char *text, const char *part)
{
    if (strstr(text, part)) return;
    fputs(text, stderr);
    fail_msg("the text does not hold: %s", part);
}

static void expect_not(const char *text, const char *part)
{
    if (strstr(text, part)) fail_msg("the text holds: %s", part);
}

static size_t count(const char *text, const char *part)
{
    size_t n = 0;
    for (; (text = strstr(text, part)); text += strlen(part))
        n++;
    return n;
}

static void test_timeline_csv(void **state)
{
    char *text = written(VD_SINK_TIMELINE, 1, false);
    expect(text, "message,timestamp,datetime,timestamp_desc,rule,rule_id,severity,risk_score,");
    expect(text, "\r\n\"Rule, \"\"one\"\" <script> [1/3]: process b.exe: b.exe <img");
    expect(text, ",1000000,1970-01-01T00:00:01.000+00:00,");
    expect(text, ",high,73,1/3,h1,");
    expect(text, ",\"'=cmd|' /C calc'!A0\","); /* no formula for a spreadsheet */
    expect(text, "\\x1b[2J");
    expect(text, ",TA0011,");
    expect(text, ",f.json:7\r\n");
    assert_int_equal(count(text, "\r\n"), 3); /* a missing event is no row */
    assert_int_equal(count(text, "\n"), 3);
    free(text);
    text = written(VD_SINK_TIMELINE, 0, false);
    assert_int_equal(count(text, "\r\n"), 1);
    free(text);
    text = written(VD_SINK_TIMELINE, 1, true);
    assert_int_equal(count(text, "\r\n"), 1);
    free(text);
}

static void test_timeline_lines(void **state)
{
    char *text = written(VD_SINK_TIMELINE_LINES, 1, false);
    assert_int_equal(count(text, "\n"), 2);
    *strchr(text, '\n') = '\0';
    vd_json *row = parse(text);
    assert_int_equal(vd_json_get_int(vd_json_get(row, "timestamp")), 1000000);
    assert_int_equal(vd_json_get_int(vd_json_get(row, "risk_score")), 73);
    assert_true(vd_str_eq(vd_json_str(vd_json_get(row, "event_id")), VD_STR("e1")));
    assert_int_equal(vd_json_str(vd_json_get(row, "alert_id")).n, 64);
    vd_json_free(row);
    free(text);
}

static void test_html_is_safe_and_whole(void **state)
{
    char *text = written(VD_SINK_HTML, 12, false);
    expect(text, "default-src 'none'");
    expect(text, "Rule, &quot;one&quot; &lt;script&gt;");
    expect(text, "b.exe &lt;img src=x onerror=alert(1)&gt;");
    expect(text, "&lt;img src=x&gt;");
    expect(text, "Web &lt;i&gt;Protocols");
    expect(text, "href=\"https://example.org/a?b=1&amp;c=2\"");
    expect(text, "<b>T1071.001</b><i>12</i>");
    expect(text, "no such event, as the rule asks");
    /* a.exe started b.exe, which started c.exe */
    expect(text, "<li><span>a.exe</span> <small>7</small> <code></code><ul><li><span class=\"actor\">b.exe</span>");
    expect(text, "</code><ul><li><span class=\"actor\">c.exe</span>");
    expect(text, "2 more alerts of this rule");
    const char *const never[] = {"<script", "<img", "<i>Protocols", "href=\"javascript:", "\x1b", "src=\"", "@import", "url("};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        expect_not(text, never[i]);
    free(text);
    text = written(VD_SINK_HTML, 0, false);
    expect(text, "No alerts.");
    free(text);
    text = written(VD_SINK_HTML, 2, true);
    expect(text, "2 alerts of building-block rules are not shown");
    free(text);
}

static void test_markdown(void **state)
{
    char *text = written(VD_SINK_MARKDOWN, 1, false);
    expect(text, "| High | 73 | Rule, \"one\" \\<script\\> | 1 |");
    expect(text, "| TA0011 Command and Control | T1071.001 Web \\<i\\>Protocols | 1 | 1 |");
    expect(text, "`` b.exe <img src=x onerror=alert(1)> `\\|` \\x1b[2J ``");
    expect(text, "- a.exe (7)\n  - b.exe (8): ");
    expect(text, "\n    - c.exe (9)\n");
    expect(text, "> \\<img src=x\\>");
    expect(text, "\nd\\|d\n");
    expect_not(text, "\x1b");
    expect_not(text, "javascript:");
    free(text);
}

static void test_navigator(void **state)
{
    char *text = written(VD_SINK_NAVIGATOR, 3, false);
    vd_json *layer = parse(text), *list = vd_json_get(layer, "techniques");
    assert_true(vd_str_eq(vd_json_str(vd_json_path(layer, VD_STR("versions.layer"))), VD_STR("4.5")));
    assert_true(vd_str_eq(vd_json_str(vd_json_get(layer, "domain")), VD_STR("enterprise-attack")));
    bool seen = false;
    for (size_t i = 0; i < vd_json_len(list); i++) {
        vd_json *t = vd_json_at(list, i);
        if (!vd_str_eq(vd_json_str(vd_json_get(t, "techniqueID")), VD_STR("T1071.001"))) continue;
        seen = true;
        assert_int_equal(vd_json_get_int(vd_json_get(t, "score")), 3);
        assert_true(vd_str_eq(vd_json_str(vd_json_get(t, "tactic")), VD_STR("command-and-control")));
        assert_true(vd_str_eq(vd_json_str(vd_json_get(t, "comment")), VD_STR("Rule, \"one\" <script>")));
    }
    assert_true(seen);
    vd_json_free(layer);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_timeline_csv),
        cmocka_unit_test(test_timeline_lines),
        cmocka_unit_test(test_html_is_safe_and_whole),
        cmocka_unit_test(test_markdown),
        cmocka_unit_test(test_navigator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
