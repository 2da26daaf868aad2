#include "make.h"

static void check_reason(const char *doc, const char *want, int line)
{
    vd_arena a;
    vd_arena_init(&a, 0);
    vd_json *v = make_json(doc);
    vd_alert_facts facts = {VD_SEVERITY_HIGH, 73, VD_STR("X")};
    check_text(vd_alert_reason(&a, v, &facts), want, line);
    vd_json_free(v);
    vd_arena_fini(&a);
}
#define CHECK_REASON(doc, want) check_reason((doc), (want), __LINE__)

static void every_part_has_its_place(void **state)
{
    CHECK_REASON("{}", "event created high alert X.");
    CHECK_REASON("{\"event\":{\"category\":\"anomoly\"},\"process\":{\"name\":\"bro\"},"
                 "\"user\":{\"name\":\"root\"},\"host\":{\"name\":\"zeek\"}}",
                 "anomoly event with process bro, by root on zeek created high alert X.");
    CHECK_REASON("{\"user\":{\"name\":\"root\"}}", "event by root created high alert X.");
    CHECK_REASON("{\"event.category\":[\"file\",\"process\"],\"process.name\":\"p\","
                 "\"process.parent.name\":\"pp\",\"file.name\":\"f\",\"source.ip\":\"1.1.1.1\","
                 "\"source.port\":80,\"destination.ip\":\"2.2.2.2\",\"destination.port\":445}",
                 "file, process event with process p, parent process pp, file f, source "
                 "1.1.1.1:80, destination 2.2.2.2:445, created high alert X.");
}

static void empty_values_drop_their_part(void **state)
{
    CHECK_REASON("{\"process\":{\"name\":\"-\"},\"file\":{\"name\":\"\"},\"host\":{\"name\":null},"
                 "\"user\":{\"name\":[]}}",
                 "event created high alert X.");
    CHECK_REASON("{\"source\":{\"port\":80}}", "event created high alert X.");
    CHECK_REASON("{\"source\":{\"ip\":\"1.1.1.1\"}}",
                 "event with source 1.1.1.1 created high alert X.");
    CHECK_REASON("{\"source\":{\"ip\":[\"1.1.1.1\",\"-\",\"2.2.2.2\"],\"port\":1}}",
                 "event with source 1.1.1.1, 2.2.2.2:1, created high alert X.");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_part_has_its_place),
        cmocka_unit_test(empty_values_drop_their_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
