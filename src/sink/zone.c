/* Zones in which times are shown. */
#include "sink/sink.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/offsets.h"

/* The machine's zone by its name, or as it is now. */
static void name_local(vd_zone *zone)
{
    const char *name = getenv("TZ");
    char link[256];
    time_t now = time(NULL);
    struct tm tm = {0};
    tzset();
    if (!name) {
        ssize_t n = readlink("/etc/localtime", link, sizeof link - 1);
        link[n > 0 ? n : 0] = '\0';
        const char *base = strstr(link, "zoneinfo/");
        name = base ? base + strlen("zoneinfo/") : "";
    }
    if (*name == ':') name++;
    if (vd_zone_name_known(name)) {
        snprintf(zone->label, sizeof zone->label, "%.63s", name);
        return;
    }
    localtime_r(&now, &tm);
    int minutes = (int)(tm.tm_gmtoff / 60), distance = minutes < 0 ? -minutes : minutes;
    snprintf(zone->label, sizeof zone->label, "local time, now UTC%c%02d:%02d",
             minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}

int vd_zone_read(const char *text, vd_zone *zone, vd_err *err)
{
    vd_str s = vd_str_from(text);
    *zone = (vd_zone){0};
    snprintf(zone->label, sizeof zone->label, "%.63s", text);
    if (vd_str_eq_ascii_ci(s, VD_STR("utc")) || vd_str_eq_ascii_ci(s, VD_STR("z"))) {
        snprintf(zone->label, sizeof zone->label, "UTC");
        return VD_OK;
    }
    if (vd_offset_parse(s, &zone->minutes)) return VD_OK;
    zone->named = true;
    if (vd_str_eq_ascii_ci(s, VD_STR("local"))) {
        name_local(zone);
        return VD_OK;
    }
    if (!vd_zone_name_known(text))
        return vd_fail(err, VD_FORMAT,
                       "\"%s\" is no time zone: give UTC, local, +02:00 or a name like "
                       "Europe/Berlin (names need the package tzdata)",
                       text);
    setenv("TZ", text, 1);
    tzset();
    return VD_OK;
}

static int minutes_at(const vd_zone *zone, int64_t ms)
{
    if (!zone->named) return zone->minutes;
    time_t t = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;
    return localtime_r(&t, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
}

size_t vd_zone_format(const vd_zone *zone, int64_t ms, bool short_form, char out[48])
{
    char iso[40];
    size_t n = vd_time_format_zone(ms, minutes_at(zone, ms), iso);
    char *t = memchr(iso, 'T', n);
    if (t) *t = ' ';
    const char *from = short_form && t ? t + 1 : iso;
    return (size_t)snprintf(out, 48, "%s", from);
}

bool vd_zone_same_day(const vd_zone *zone, int64_t a, int64_t b)
{
    char x[48], y[48];
    vd_zone_format(zone, a, false, x);
    vd_zone_format(zone, b, false, y);
    size_t day = strcspn(x, " ");
    return day == strcspn(y, " ") && memcmp(x, y, day) == 0;
}
