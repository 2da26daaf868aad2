/* Zones' distances from UTC. Expected ones: the TZ database, and Java's rules for times that
 * clocks show twice or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/offsets.h"

static vd_arena arena;

static const vd_offsets *zone(const char *text)
{
    const vd_offsets *z;
    vd_err err = {0};
    if (vd_offsets_read(&arena, text, &z, &err)) fail_msg("%s", err.msg);
    return z;
}

static int64_t seconds(const char *text)
{
    int64_t ms = 0;
    if (!vd_time_parse(vd_str_from(text), &ms)) fail_msg("no time: %s", text);
    return ms / 1000;
}

static void expect(const char *name, const char *shown, int minutes)
{
    int got = vd_offsets_at_local(zone(name), seconds(shown));
    if (got != minutes) fail_msg("%s in %s: %d is not %d", shown, name, got, minutes);
}

static void fixed_distances(void **state)
{
    expect("UTC", "2024-01-01", 0);
    expect("z", "2024-01-01", 0);
    expect("-04:00", "2024-07-01", -240);
    expect("+0530", "2024-07-01", 330);
    expect("+02", "1960-07-01", 120);
    assert_int_equal(vd_offsets_at_local(NULL, 5), 0);
    assert_int_equal(vd_offsets_at(NULL, 5), 0);
    assert_string_equal(zone("utc")->label, "UTC");
}

static void summer_and_winter(void **state)
{
    expect("Europe/Berlin", "2024-01-15T12:00", 60);
    expect("Europe/Berlin", "2024-07-15T12:00", 120);
    expect("Europe/Berlin", "1970-01-01T12:00", 60);
    expect("Europe/Berlin", "2060-07-15T12:00", 120); /* by rule, behind the table in the file */
    expect("Europe/Berlin", "1950-07-15T12:00", 60);
    expect("America/New_York", "2006-04-01T12:00",
           -300); /* until 2006 from the first Sunday of April */
    expect("America/New_York", "2007-04-01T12:00", -240);
    expect("Australia/Lord_Howe", "2024-01-15T12:00", 660);
    expect("Australia/Lord_Howe", "2024-07-15T12:00", 630);
    expect("Asia/Kathmandu", "2024-07-15T12:00", 345);
}

/* Berlin, 2024: from 02:00 to 03:00 on 31 March, back from 03:00 to 02:00 on 27 October. */
static void the_hours_of_change(void **state)
{
    expect("Europe/Berlin", "2024-03-31T01:59:59", 60);
    expect("Europe/Berlin", "2024-03-31T02:00:00", 60); /* is not: 03:00 in summer time */
    expect("Europe/Berlin", "2024-03-31T02:59:59", 60);
    expect("Europe/Berlin", "2024-03-31T03:00:00", 120);
    expect("Europe/Berlin", "2024-10-27T01:59:59", 120);
    expect("Europe/Berlin", "2024-10-27T02:00:00", 120); /* twice: the first */
    expect("Europe/Berlin", "2024-10-27T02:59:59", 120);
    expect("Europe/Berlin", "2024-10-27T03:00:00", 60);
    expect("Pacific/Apia", "2011-12-29T12:00", -600); /* 30 December 2011 was not */
    expect("Pacific/Apia", "2011-12-30T12:00", -600);
    expect("Pacific/Apia", "2011-12-31T12:00", 840);
    const vd_offsets *berlin = zone("Europe/Berlin");
    assert_int_equal(vd_offsets_at(berlin, seconds("2024-03-31T00:59:59Z")), 60);
    assert_int_equal(vd_offsets_at(berlin, seconds("2024-03-31T01:00:00Z")), 120);
}

/* Whatever a clock shows but once leads back to its time. */
static void there_and_back(void **state)
{
    const char *names[] = {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                           "Pacific/Apia", "Africa/Casablanca"};
    for (size_t k = 0; k < sizeof names / sizeof *names; k++) {
        const vd_offsets *z = zone(names[k]);
        size_t back = 0, all = 0;
        for (int64_t t = 0; t < 4000000000; t += 7777, all++) {
            int64_t shown = t + vd_offsets_at(z, t) * 60ll;
            back += shown - vd_offsets_at_local(z, shown) * 60ll == t;
        }
        assert_true(all - back < all / 2000); /* the second of two equal hours a year */
    }
}

static void the_process_keeps_its_zone(void **state)
{
    setenv("TZ", "Asia/Tokyo", 1);
    expect("Europe/Berlin", "2024-07-15T12:00", 120);
    assert_string_equal(getenv("TZ"), "Asia/Tokyo");
    expect("local", "2024-07-15T12:00", 540);
    unsetenv("TZ");
    expect("Europe/Berlin", "2024-07-15T12:00", 120);
    assert_null(getenv("TZ"));
}

static void what_is_no_zone(void **state)
{
    const char *bad[] = {
        "", "Mars", "4", "+4:00x", "+25:00", "-04:0x", "../etc/passwd", "/etc/localtime"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const vd_offsets *z;
        vd_err err = {0};
        assert_int_equal(vd_offsets_read(&arena, bad[i], &z, &err), VD_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fixed_distances),
        cmocka_unit_test(summer_and_winter),
        cmocka_unit_test(the_hours_of_change),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(the_process_keeps_its_zone),
        cmocka_unit_test(what_is_no_zone),
    };
    vd_arena_init(&arena, 0);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    vd_arena_fini(&arena);
    return failed;
}
