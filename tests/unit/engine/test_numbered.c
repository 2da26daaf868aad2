/* Documents that have numbers and are read again through a callback; a window for each rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "engine/engine.h"

static const char *const documents[] = {
    "{\"@timestamp\":10000,\"event.id\":\"a\",\"event.category\":\"process\",\"host.id\":\"h\"}",
    "{\"@timestamp\":20000,\"event.id\":\"b\",\"event.category\":\"network\",\"host.id\":\"h\"}",
    ("{\"@timestamp\":90000,\"event.id\":\"c\",\"event.category\":\"network\",\"host.id\":\"h\","
     "\"event.ingested\":15000}"),
};

typedef struct seen {
    char text[256];
    unsigned read;
} seen;

static int read_again(void *ctx, uint64_t ordinal, vd_arena *a, vd_str *json, vd_err *err)
{
    ((seen *)ctx)->read++;
    if (ordinal < 70 || ordinal > 72) return vd_fail(err, VD_IO, "there is none");
    const char *text = documents[ordinal - 70];
    char *own = vd_arena_alloc(a, strlen(text) + VD_PADDING);
    memcpy(own, text, strlen(text));
    memset(own + strlen(text), 0, VD_PADDING);
    *json = (vd_str){own, strlen(text)};
    return 0;
}

static void on_found(void *ctx, const vd_finding *f)
{
    seen *s = ctx;
    size_t n = strlen(s->text);
    n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%.*s:", VD_FMT(f->rule->rule_id));
    for (size_t i = 0; i < f->n_events; i++)
        n += (size_t)snprintf(s->text + n, sizeof s->text - n, "%.*s", VD_FMT(f->events[i].id));
    snprintf(s->text + n, sizeof s->text - n, " ");
}

static const char rules[] =
    "[{\"rule_id\":\"seq\",\"name\":\"s\",\"description\":\"d\",\"risk_score\":1,\"severity\":\"low\","
    "\"type\":\"eql\",\"language\":\"eql\",\"query\":\"sequence by host.id [process where true] "
    "[network where true]\"},"
    "{\"rule_id\":\"net\",\"name\":\"n\",\"description\":\"d\",\"risk_score\":1,\"severity\":\"low\","
    "\"type\":\"eql\",\"language\":\"eql\",\"timestamp_override\":\"event.ingested\","
    "\"query\":\"network where true\"}]";

/* windows: of the sequence, of the other; NULL: none. */
static seen run(const vd_engine_window *windows)
{
    seen s = {0};
    vd_err err;
    vd_schema *schema = vd_schema_new();
    vd_ruleset *set = vd_ruleset_new();
    vd_ruleset_read_text(set, VD_STR(rules), "rules", &(vd_read_options){0});
    vd_ruleset_compile(set, schema);
    vd_plan *plan = vd_plan_build(set, schema, &(vd_plan_options){.ignore_index = true});
    assert_int_equal(vd_plan_rule_count(plan), 2);
    vd_engine_window by_rule[2];
    for (uint32_t i = 0; windows && i < 2; i++)
        by_rule[i] = windows[vd_plan_rule_at(plan, i)->kind == VD_EQL_SEQUENCE ? 0 : 1];
    vd_engine_config c = {.plan = plan,
                          .since = VD_TIME_NONE,
                          .until = VD_TIME_NONE,
                          .windows = windows ? by_rule : NULL,
                          .size = -1,
                          .found = on_found,
                          .ctx = &s};
    vd_engine *e = vd_engine_new(&c, &err);
    uint32_t source = vd_engine_source(
        e, &(vd_engine_input){.name = VD_STR("store"), .fd = -1, .read = read_again, .ctx = &s});
    char text[1024 + VD_PADDING] = {0};
    uint64_t numbers[] = {70, 71, 72};
    snprintf(text, 1024, "%s\n%s\n\n%s\n", documents[0], documents[1], documents[2]);
    vd_engine_feed(e, 0,
                   &(vd_block){.source = source,
                               .text = text,
                               .n = strlen(text),
                               .line = 1,
                               .lines = true,
                               .ordinals = numbers});
    assert_int_equal(vd_engine_finish(e, &err), 0);
    vd_engine_free(e);
    vd_plan_unref(plan);
    return s;
}

static void numbered_documents_are_read_by_number(void **state)
{
    seen s = run(NULL);
    assert_string_equal(s.text, "net:b net:c seq:ab ");
    assert_int_equal(s.read, 4);
}

static void each_rule_has_its_window(void **state)
{
    vd_engine_window seq_only[] = {{VD_TIME_NONE, 50000}, {1, 0}};
    seen s = run(seq_only);
    assert_string_equal(s.text, "seq:ab ");
    vd_engine_window late[] = {{10001, VD_TIME_NONE}, {VD_TIME_NONE, 19999}};
    s = run(late);
    assert_string_equal(s.text, "net:c "); /* by event.ingested; b has none and is later */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbered_documents_are_read_by_number),
        cmocka_unit_test(each_rule_has_its_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
