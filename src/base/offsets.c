#include "base/offsets.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/vec.h"

#define DAY       86400
#define FIRST_DAY 0
#define LAST_DAY  47847 /* 2101-01-01 */

bool vd_offset_parse(vd_str s, int *minutes)
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
bool vd_zone_name_known(const char *name)
{
    const char *base = getenv("TZDIR");
    char path[512];
    if (!*name || *name == '/' || *name == '.' || strstr(name, "..") || strlen(name) > 60)
        return false;
    snprintf(path, sizeof path, "%s/%s", base ? base : "/usr/share/zoneinfo", name);
    return access(path, R_OK) == 0;
}

static int minutes_now(int64_t s)
{
    time_t t = (time_t)s;
    struct tm tm;
    return localtime_r(&t, &tm) ? (int)(tm.tm_gmtoff / 60) : 0;
}

/* The first second of (low, high] at which clocks are as at its end. */
static int64_t change_in(int64_t low, int64_t high)
{
    int after = minutes_now(high);
    while (high - low > 1) {
        int64_t mid = low + (high - low) / 2;
        if (minutes_now(mid) == after)
            high = mid;
        else
            low = mid;
    }
    return high;
}

/* The zone that TZ names now, a look a day. */
static void scan(vd_arena *a, vd_offsets *z)
{
    VD_VEC(vd_offset) v = {0};
    int was = minutes_now(FIRST_DAY);
    *vd_vec_push(&v) = (vd_offset){INT64_MIN, was};
    for (int64_t day = FIRST_DAY + 1; day < LAST_DAY; day++) {
        int is = minutes_now(day * DAY);
        if (is == was) continue;
        *vd_vec_push(&v) = (vd_offset){change_in((day - 1) * DAY, day * DAY), is};
        was = is;
    }
    vd_offset *own = VD_NEW_N(a, vd_offset, v.n);
    memcpy(own, v.v, v.n * sizeof *own);
    z->v = own;
    z->n = (uint32_t)v.n;
    vd_vec_free(&v);
}

static void scan_named(vd_arena *a, vd_offsets *z, const char *name)
{
    const char *tz = getenv("TZ");
    char *old = tz ? strdup(tz) : NULL;
    setenv("TZ", name, 1);
    tzset();
    scan(a, z);
    if (old)
        setenv("TZ", old, 1);
    else
        unsetenv("TZ");
    tzset();
    free(old);
}

static void fixed(vd_arena *a, vd_offsets *z, int minutes)
{
    vd_offset *one = VD_NEW(a, vd_offset);
    *one = (vd_offset){INT64_MIN, minutes};
    z->v = one;
    z->n = 1;
}

int vd_offsets_read(vd_arena *a, const char *text, const vd_offsets **out, vd_err *err)
{
    vd_str s = vd_str_from(text);
    vd_offsets *z = VD_NEW(a, vd_offsets);
    int minutes;
    *out = z;
    snprintf(z->label, sizeof z->label, "%.63s", text);
    if (vd_str_eq_ascii_ci(s, VD_STR("utc")) || vd_str_eq_ascii_ci(s, VD_STR("z"))) {
        snprintf(z->label, sizeof z->label, "UTC");
        fixed(a, z, 0);
    } else if (vd_offset_parse(s, &minutes)) {
        fixed(a, z, minutes);
    } else if (vd_str_eq_ascii_ci(s, VD_STR("local"))) {
        snprintf(z->label, sizeof z->label, "local time");
        tzset();
        scan(a, z);
    } else if (vd_zone_name_known(text)) {
        scan_named(a, z, text);
    } else {
        return vd_fail(err, VD_FORMAT,
                       "\"%s\" is no time zone: give UTC, local, +02:00 or a name like "
                       "Europe/Berlin (names need the package tzdata)",
                       text);
    }
    return VD_OK;
}

/* The stretch that holds a time in UTC. */
static uint32_t stretch_of(const vd_offsets *z, int64_t utc_s)
{
    uint32_t low = 0, high = z->n; /* v[low].from <= utc_s */
    while (high - low > 1) {
        uint32_t mid = low + (high - low) / 2;
        if (z->v[mid].from <= utc_s)
            low = mid;
        else
            high = mid;
    }
    return low;
}

int vd_offsets_at(const vd_offsets *z, int64_t utc_s)
{
    return z ? z->v[stretch_of(z, utc_s)].minutes : 0;
}

int vd_offsets_at_local(const vd_offsets *z, int64_t local_s)
{
    if (!z) return 0;
    uint32_t i = stretch_of(z, local_s - DAY); /* no clock is further ahead than a day */
    for (; i + 1 < z->n; i++) {
        int64_t change = z->v[i + 1].from, utc = local_s - z->v[i].minutes * 60ll;
        bool left_out = utc >= change && local_s - z->v[i + 1].minutes * 60ll < change;
        if (utc < change || left_out) break;
    }
    return z->v[i].minutes;
}
