/* Zones in which times are shown. */
#include "sink/sink.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"

/* "+02:00", "+0200", "+02": minutes east. */
static bool read_offset(vd_str s, int *minutes)
{
    if (s.n < 3 || (s.p[0] != '+' && s.p[0] != '-')) return false;
    int digits[4] = {0}, n = 0;
    for (size_t i = 1; i < s.n; i++) {
        if (s.p[i] == ':' && i == 3) continue;
        if (s.p[i] < '0' || s.p[i] > '9' || n == 4) return false;
        digits[n++] = s.p[i] - '0';
    }
    int hours = digits[0] * 10 + digits[1], rest = digits[2] * 10 + digits[3];
    if ((n != 2 && n != 4) || hours > 18 || rest > 59) return false;
    *minutes = (s.p[0] == '-' ? -1 : 1) * (hours * 60 + rest);
    return true;
}

/* Names of the TZ database look like paths below it, and only like that. */
static bool is_known_name(const char *name)
{
    const char *base = getenv("TZDIR");
    char path[512];
    if (!*name || *name == '/' || *name == '.' || strstr(name, "..") || strlen(name) > 60)
        return false;
    snprintf(path, sizeof path, "%s/%s", base ? base : "/usr/share/zoneinfo", name);
    return access(path, R_OK) == 0;
}

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
    if (is_known_name(name)) {
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
    if (read_offset(s, &zone->minutes)) return VD_OK;
    zone->named = true;
    if (vd_str_eq_ascii_ci(s, VD_STR("local"))) {
        name_local(zone);
        return VD_OK;
    }
    if (!is_known_name(text))
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
