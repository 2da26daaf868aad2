/* sink/: nothing foreign reaches a terminal raw; the forms have their shape. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/clock.h"
#include "sink/sink.h"

static char *shown(vd_str s, size_t columns, size_t *used)
{
    char *text;
    size_t n;
    FILE *out = open_memstream(&text, &n);
    *used = vd_text_put(out, s, columns);
    fclose(out);
    return text;
}

static void expect_shown(const char *text, size_t n, size_t columns, const char *want, size_t width)
{
    size_t used;
    char *got = shown((vd_str){text, n}, columns, &used);
    assert_string_equal(got, want);
    assert_int_equal(used, width);
    free(got);
}

#define SHOWN(text, columns, want, width)                                                          \
    expect_shown(text, sizeof(text) - 1, columns, want, width)

static void test_text_is_safe(void **state)
{
    SHOWN("plain", SIZE_MAX, "plain", 5);
    SHOWN("a\x1b[31mb", SIZE_MAX, "a\\x1b[31mb", 10);
    SHOWN("a\nb\tc\0d", SIZE_MAX, "a\\nb\\tc\\x00d", 12);
    SHOWN("\x7f\xc2\x9b", SIZE_MAX, "\\x7f\\x9b", 8);
    SHOWN("a\xff\xe2\x80", SIZE_MAX, "a\\xff\\xe2\\x80", 13);
    SHOWN("\xe2\x80\xae" "exe", SIZE_MAX, "\\u202eexe", 9);
    SHOWN("gr\xc3\xbc\xc3\x9f", SIZE_MAX, "gr\xc3\xbc\xc3\x9f", 4);
    SHOWN("\xe6\x97\xa5", SIZE_MAX, "\xe6\x97\xa5", 2);
}

static void test_text_is_cut(void **state)
{
    SHOWN("abcdef", 6, "abcdef", 6);
    SHOWN("abcdefg", 6, "abcde\xe2\x80\xa6", 6);
    SHOWN("ab\x1b", 4, "ab\xe2\x80\xa6", 3); /* an escape is shown whole or not at all */
    SHOWN("\xe6\x97\xa5\xe6\x9c\xac", 3, "\xe6\x97\xa5\xe2\x80\xa6", 3);
    SHOWN("x", 0, "", 0);
}

static void expect_zone(const char *text, int64_t ms, const char *want)
{
    vd_zone zone;
    vd_err err = {0};
    char out[48];
    assert_int_equal(vd_zone_read(text, &zone, &err), VD_OK);
    vd_zone_format(&zone, ms, false, out);
    assert_string_equal(out, want);
}

static void test_zones(void **state)
{
    vd_zone zone;
    expect_zone("UTC", 0, "1970-01-01 00:00:00.000Z");
    expect_zone("+02:00", 0, "1970-01-01 02:00:00.000+02:00");
    expect_zone("-0330", 0, "1969-12-31 20:30:00.000-03:30");
    char *const bad[] = {"", "+2", "+99:00", "+02:99", "+02:00:00", "Nowhere/Town", "/etc/passwd",
                         "../UTC"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        vd_err err = {0};
        assert_int_equal(vd_zone_read(bad[i], &zone, &err), VD_FORMAT);
    }
}

/* A finding of two events and a missing one. */
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

static void set_scene(scene *s)
{
    *s = (scene){0};
    s->rule.api = parse("{\"rule_id\":\"r1\",\"name\":\"Rule \\u001b[2J one\",\"severity\":\"high\","
                        "\"risk_score\":73}");
    s->rule.rule_id = VD_STR("r1");
    s->rule.name = VD_STR("Rule \x1b[2J one");
    s->rule.severity = VD_SEVERITY_HIGH;
    s->rule.risk_score = 73;
    s->events[0] = (vd_finding_event){
        .id = VD_STR("e1"), .index = VD_STR("logs-a"), .ts = 1000, .json = VD_STR("{\"n\":1}"),
        .doc = parse("{\"event\":{\"category\":[\"process\"]},\"process\":{\"name\":\"a.exe\",\"pid\":7,"
                     "\"command_line\":\"a.exe \\u001b]0;pwned\\u0007\"},\"host\":{\"name\":\"h1\"},"
                     "\"user\":{\"name\":\"ann\",\"domain\":\"corp\"}}")};
    s->events[1] = (vd_finding_event){.missing = true};
    s->events[2] = (vd_finding_event){
        .id = VD_STR("e2"), .ts = 2000, .json = VD_STR("{\"n\":2}"),
        .doc = parse("{\"event\":{\"category\":\"network\"},\"destination\":{\"ip\":\"::1\",\"port\":445}}")};
    s->finding = (vd_finding){&s->rule, true, 2000, s->events, 3, parse("[\"k\",null,3]")};
}

static void clear_scene(scene *s)
{
    vd_json_free(s->rule.api);
    vd_json_free(s->events[0].doc);
    vd_json_free(s->events[2].doc);
    vd_json_free(s->finding.join_keys);
}

static char *written(vd_sink_form form, vd_sink_options options, const scene *s, size_t times)
{
    char *text;
    size_t n;
    vd_summary summary = {.files = 1, .documents = 3, .rules_ran = 1, .rules_with_data = 1,
                          .first_ts = 1000, .last_ts = 2000};
    options.out = open_memstream(&text, &n);
    vd_zone_read("UTC", &options.zone, NULL);
    vd_sink *sink = vd_sink_new(form, &options);
    for (size_t i = 0; i < times; i++)
        vd_sink_take(sink, &s->finding);
    assert_int_equal(vd_sink_end(sink, &summary, NULL), VD_OK);
    vd_sink_free(sink);
    fclose(options.out);
    return text;
}

static void test_matches(void **state)
{
    scene s;
    set_scene(&s);
    char *text = written(VD_SINK_MATCHES, (vd_sink_options){0}, &s, 1);
    vd_json *v = parse(text), *events = vd_json_get(v, "events");
    assert_true(vd_str_eq(vd_json_str(vd_json_get(v, "rule_id")), VD_STR("r1")));
    assert_true(vd_str_eq(vd_json_str(vd_json_get(v, "timestamp")), VD_STR("1970-01-01T00:00:02.000Z")));
    assert_int_equal(vd_json_len(events), 3);
    assert_true(vd_str_eq(vd_json_str(vd_json_at(events, 0)), VD_STR("e1")));
    assert_null(vd_json_at(events, 1));
    assert_int_equal(vd_json_len(vd_json_get(v, "join_keys")), 3);
    vd_json_free(v);
    free(text);
    clear_scene(&s);
}

static void test_hits(void **state)
{
    scene s;
    set_scene(&s);
    for (size_t n = 0; n < 3; n++) {
        char *text = written(VD_SINK_HITS, (vd_sink_options){.sequences = true}, &s, n);
        vd_json *v = parse(text), *hits = vd_json_get(v, "hits");
        assert_int_equal(vd_json_len(vd_json_get(hits, "sequences")), n);
        assert_int_equal(vd_json_get_int(vd_json_path(v, VD_STR("hits.total.value"))), n);
        if (n) {
            vd_json *events = vd_json_get(vd_json_at(vd_json_get(hits, "sequences"), 0), "events");
            assert_true(vd_json_get_bool(vd_json_get(vd_json_at(events, 1), "missing")));
            assert_false(vd_json_has(vd_json_at(events, 0), "missing"));
            assert_true(vd_str_eq(vd_json_str(vd_json_get(vd_json_at(events, 0), "_index")), VD_STR("logs-a")));
        }
        vd_json_free(v);
        free(text);
    }
    s.finding.sequence = false;
    char *text = written(VD_SINK_HIT_LINES, (vd_sink_options){0}, &s, 2);
    assert_string_equal(text, "{\"n\":1}\n{\"n\":1}\n");
    free(text);
    clear_scene(&s);
}

static void expect_lines_within(const char *text, size_t width)
{
    while (*text) {
        size_t n = strcspn(text, "\n");
        assert_true(vd_text_width((vd_str){text, n}) <= width);
        text += n + (text[n] == '\n');
    }
}

static void test_report(void **state)
{
    scene s;
    set_scene(&s);
    char *text = written(VD_SINK_REPORT, (vd_sink_options){.width = 80}, &s, 3);
    assert_null(strchr(text, '\x1b'));
    assert_null(strchr(text, '\a'));
    assert_non_null(strstr(text, "HIGH  3 alerts"));
    assert_non_null(strstr(text, "Rule \\x1b[2J one  risk 73, 3 alerts on h1"));
    assert_non_null(strstr(text, "[::1]:445"));
    assert_non_null(strstr(text, "corp\\ann"));
    assert_non_null(strstr(text, "no such event"));
    assert_null(strstr(strstr(text, "[::1]:445") + 1, "[::1]:445")); /* one timeline a rule */
    expect_lines_within(text, 80);
    free(text);
    text = written(VD_SINK_REPORT, (vd_sink_options){.width = 80, .full = true}, &s, 2);
    assert_non_null(strstr(strstr(text, "[::1]:445") + 1, "[::1]:445"));
    free(text);
    text = written(VD_SINK_REPORT, (vd_sink_options){.colour = true}, &s, 1);
    assert_non_null(strstr(text, "\x1b[1;35mHIGH"));
    assert_null(strstr(text, "\x1b]0"));
    free(text);
    clear_scene(&s);
}

/* Each alert is out when it was taken; the end has one of each rule. */
static void test_live(void **state)
{
    scene s;
    char *text;
    size_t n;
    set_scene(&s);
    for (int full = 0; full < 2; full++) {
        vd_sink_options options = {.out = open_memstream(&text, &n), .width = 80, .full = full, .live = true};
        vd_zone_read("UTC", &options.zone, NULL);
        vd_sink *sink = vd_sink_new(VD_SINK_REPORT, &options);
        vd_sink_take(sink, &s.finding);
        assert_non_null(strstr(text, "HIGH  Rule \\x1b[2J one  risk 73 on h1  1970-01-01  "));
        assert_non_null(strstr(text, "[::1]:445"));
        assert_null(strchr(text, '\x1b'));
        expect_lines_within(text, 80);
        size_t one = n;
        vd_sink_take(sink, &s.finding);
        assert_int_equal(n, 2 * one);
        assert_int_equal(vd_sink_end(sink, NULL, NULL), VD_OK);
        const char *rest = text + 2 * one;
        assert_non_null(strstr(rest, "HIGH  2 alerts"));
        assert_null(strstr(strstr(rest, "[::1]:445") + 1, "[::1]:445"));
        vd_sink_free(sink);
        fclose(options.out);
        free(text);
    }
    clear_scene(&s);
}

static void test_live_lines(void **state)
{
    scene s;
    char *text;
    size_t n;
    set_scene(&s);
    vd_sink_options options = {.out = open_memstream(&text, &n), .live = true};
    vd_sink *sink = vd_sink_new(VD_SINK_MATCHES, &options);
    vd_sink_take(sink, &s.finding);
    assert_true(n > 10 && text[n - 1] == '\n');
    assert_int_equal(vd_sink_end(sink, NULL, NULL), VD_OK);
    vd_sink_free(sink);
    fclose(options.out);
    free(text);
    clear_scene(&s);
}

static void test_building_blocks_are_hidden(void **state)
{
    scene s;
    set_scene(&s);
    s.rule.building_block = true;
    char *text = written(VD_SINK_REPORT, (vd_sink_options){0}, &s, 2);
    assert_null(strstr(text, "HIGH"));
    assert_non_null(strstr(text, "2 alerts of 1 building-block rule"));
    free(text);
    text = written(VD_SINK_REPORT, (vd_sink_options){.building_blocks = true}, &s, 2);
    assert_non_null(strstr(text, "HIGH"));
    free(text);
    clear_scene(&s);
}

static void test_write_errors_are_told(void **state)
{
    scene s;
    set_scene(&s);
    vd_sink_options options = {.out = fopen("/dev/full", "w")};
    if (!options.out) skip();
    vd_sink *sink = vd_sink_new(VD_SINK_MATCHES, &options);
    vd_sink_take(sink, &s.finding);
    vd_err err = {0};
    assert_int_equal(vd_sink_end(sink, NULL, &err), VD_IO);
    vd_sink_free(sink);
    options.live = true;
    sink = vd_sink_new(VD_SINK_MATCHES, &options);
    vd_sink_take(sink, &s.finding); /* why is known now, and told at the end */
    vd_sink_take(sink, &s.finding);
    assert_int_equal(vd_sink_end(sink, NULL, &err), VD_IO);
    assert_non_null(strstr(err.msg, strerror(ENOSPC)));
    vd_sink_free(sink);
    fclose(options.out);
    clear_scene(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_safe),
        cmocka_unit_test(test_text_is_cut),
        cmocka_unit_test(test_zones),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_hits),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_live),
        cmocka_unit_test(test_live_lines),
        cmocka_unit_test(test_building_blocks_are_hidden),
        cmocka_unit_test(test_write_errors_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
