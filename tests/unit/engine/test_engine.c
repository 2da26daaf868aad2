/* The library as a program would use it: vedette.h and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vedette.h"

typedef struct seen {
    char text[4096]; /* "rule: id id, " for each alert; "!name:line " for each fault */
    char first_document[8192];
} seen;

static void on_alert(void *ctx, const vedette_alert *a)
{
    seen *s = ctx;
    size_t n = strlen(s->text);
    n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%s:", a->rule_id);
    for (size_t i = 0; i < a->n_events; i++)
        n += (size_t)snprintf(s->text + n, sizeof s->text - n, " %s",
                              a->event_ids[i] ? a->event_ids[i] : "-");
    snprintf(s->text + n, sizeof s->text - n, ", ");
    assert_int_equal(strlen(a->id), 64);
    if (!s->first_document[0])
        snprintf(s->first_document, sizeof s->first_document, "%.*s", (int)a->documents_len,
                 a->documents);
}

static void on_fault(void *ctx, const vedette_fault *f)
{
    seen *s = ctx;
    size_t n = strlen(s->text);
    snprintf(s->text + n, sizeof s->text - n, "!%s:%d ", f->name, (int)f->line);
}

/* Runs a query over lines, given whole or a line at a time, from a file or not. */
static seen run(const char *query, const char *lines, size_t step, bool file)
{
    seen s = {0};
    vedette_error err;
    vedette_rules *rules = vedette_rules_new();
    vedette_rules_query(rules, query, strlen(query));
    vedette_plan *plan = vedette_plan_new(rules, NULL);
    vedette_engine_options o = vedette_engine_defaults();
    o.alert = on_alert;
    o.fault = on_fault;
    o.ctx = &s;
    vedette_engine *e = vedette_engine_new(plan, &o, &err);
    FILE *f = file ? tmpfile() : NULL;
    size_t n = strlen(lines);
    if (f) {
        fwrite(lines, 1, n, f);
        fflush(f);
    }
    uint32_t src = vedette_engine_source(e, "test", f ? fileno(f) : -1);
    char *buf = calloc(n + VEDETTE_PADDING, 1);
    uint64_t line = 1;
    for (size_t at = 0; at < n;) {
        size_t end = at;
        for (size_t k = 0; k < step && end < n; k++, end++)
            while (end < n && lines[end] != '\n')
                end++;
        memcpy(buf, lines + at, end - at);
        assert_int_equal(vedette_engine_feed(e, 0, src, buf, end - at, n + VEDETTE_PADDING, at, line), 0);
        line += step;
        at = end;
    }
    assert_int_equal(vedette_engine_feed(e, 0, src, buf, n, n, 0, 1), 7); /* no padding */
    assert_int_equal(vedette_engine_finish(e, &err), 0);
    vedette_engine_free(e);
    vedette_plan_unref(plan);
    free(buf);
    if (f) fclose(f);
    return s;
}

static void expect(const char *query, const char *lines, const char *want)
{
    for (size_t step = 1; step < 8; step += 3)
        for (int file = 0; file < 2; file++) {
            seen s = run(query, lines, step, file);
            assert_string_equal(s.text, want);
        }
}

#define E(id, t, cat, rest)                                                                        \
    "{\"@timestamp\":" #t ",\"event\":{\"id\":\"" id "\",\"category\":\"" cat "\"}" rest "}\n"

static void single_events_come_in_order_of_time(void **state)
{
    expect("process where true",
           E("c", 30, "process", "") E("a", 10, "process", "") E("f", 15, "file", "")
               E("b", 20, "process", ""),
           "query: a, query: b, query: c, ");
}

static void sequences_need_their_key_and_their_time(void **state)
{
    const char *q = "sequence by host.id with maxspan=1s [process where true] [network where true] "
                    "until [file where true]";
    expect(q,
           E("n1", 21000, "network", ",\"host\":{\"id\":\"x\"}")
               E("p1", 20000, "process", ",\"host\":{\"id\":\"x\"}")
                   E("p2", 20000, "process", ",\"host\":{\"id\":\"y\"}")
                       E("n2", 21001, "network", ",\"host\":{\"id\":\"y\"}")
                           E("p3", 20000, "process", ",\"host\":{\"id\":\"z\"}")
                               E("u3", 20005, "file", ",\"host\":{\"id\":\"z\"}")
                                   E("n3", 20009, "network", ",\"host\":{\"id\":\"z\"}")
                                       E("p4", 20000, "process", "") E("n4", 20001, "network", ""),
           "query: p1 n1, ");
}

static void missing_stages_have_no_event(void **state)
{
    expect("sequence with maxspan=1s [process where true] ![file where true] [network where true]",
           E("p", 0, "process", "") E("n", 10, "network", "") E("p2", 20, "process", "")
               E("f", 25, "file", "") E("n2", 30, "network", ""),
           "query: p - n, ");
}

static void bad_lines_cost_themselves(void **state)
{
    expect("any where true",
           E("a", 1, "x", "") "{broken\n\n[1]\n" E("b", 2, "x", "") "{\"event\":{\"id\":\"no time\"}}\n",
           "!broken_json:2 !not_an_object:4 !no_timestamp:6 query: a, query: b, ");
}

static void pipes_choose(void **state)
{
    const char *five = E("1", 1, "p", "") E("2", 2, "p", "") E("3", 3, "p", "") E("4", 4, "p", "")
        E("5", 5, "p", "");
    expect("p where true | head 2", five, "query: 1, query: 2, ");
    expect("p where true | tail 2", five, "query: 4, query: 5, ");
    expect("p where true | head 4 | tail 2", five, "query: 3, query: 4, ");
    expect("p where true | tail 3 | head 1", five, "query: 3, ");
    expect("p where true | head 0", five, "");
}

static void several_keys_of_one_event_come_in_their_order(void **state)
{
    expect("sequence by k [a where true] [b where true]",
           E("1", 1, "a", ",\"k\":[\"z\",\"x\",\"y\"]") E("2", 2, "b", ",\"k\":[\"y\",\"z\",\"x\"]"),
           "query: 1 2, query: 1 2, query: 1 2, ");
    seen s = run("sequence by k [a where true] [b where true]",
                 E("1", 1, "a", ",\"k\":[\"z\",\"x\"]") E("2", 2, "b", ",\"k\":[\"z\",\"x\"]"), 1, false);
    assert_non_null(strstr(s.first_document, "kibana.alert.rule.name"));
    assert_non_null(strstr(s.first_document, "\"k\":[\"z\",\"x\"]"));
}

static void samples_join_without_time(void **state)
{
    expect("sample by k [a where true] [b where true]",
           E("b1", 1, "b", ",\"k\":1") E("a1", 9, "a", ",\"k\":1") E("a2", 2, "a", ",\"k\":2")
               E("a0", 2, "a", ",\"k\":0") E("b0", 5, "b", ",\"k\":0"),
           "query: a0 b0, query: a1 b1, ");
}

static void the_version_is_told(void **state) { assert_string_equal(vedette_version(), VEDETTE_VERSION); }

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(single_events_come_in_order_of_time),
        cmocka_unit_test(sequences_need_their_key_and_their_time),
        cmocka_unit_test(missing_stages_have_no_event),
        cmocka_unit_test(bad_lines_cost_themselves),
        cmocka_unit_test(pipes_choose),
        cmocka_unit_test(several_keys_of_one_event_come_in_their_order),
        cmocka_unit_test(samples_join_without_time),
        cmocka_unit_test(the_version_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
