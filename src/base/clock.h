/* base/clock.h - times, durations and date math
 *
 * A time is milliseconds since 1970-01-01T00:00:00Z in an int64_t: the
 * resolution of Elasticsearch's `date` type, which decides sequences. */
#ifndef VD_BASE_CLOCK_H
#define VD_BASE_CLOCK_H

#include "base/err.h"

#define VD_TIME_NONE INT64_MIN

/* Reads a time as Elasticsearch's default format does,
 * strict_date_optional_time||epoch_millis: 2026-01-02, 2026-01-02T03:04,
 * ...:05.123456789, with Z, +hh:mm, +hhmm or no zone (UTC), or digits (epoch
 * milliseconds, may be negative). Finer digits than milliseconds are cut.
 * false: not a time; *ms is left alone. */
bool vd_time_parse(vd_str s, int64_t *ms);
/* "2026-01-02T03:04:05.678Z" with a NUL; returns the length (24 for years 0-9999). */
size_t vd_time_format(int64_t ms, char out[32]);
/* The same in a fixed zone, minutes east of UTC: "...+02:00"; 0 prints Z. */
size_t vd_time_format_zone(int64_t ms, int minutes, char out[40]);
/* Civil fields of a time in UTC. */
typedef struct vd_civil {
    int64_t year;
    int month, day, hour, minute, second, ms;
} vd_civil;
vd_civil vd_time_civil(int64_t ms);
int64_t vd_time_from_civil(vd_civil c);

/* Date math as Elasticsearch writes it: `now` or a time followed by `||`, then
 * any of +Nu, -Nu, /u with u one of y M w d h H m s. `/u` rounds down, or to the
 * last millisecond of the unit if round_up. now_ms: what `now` stands for.
 * VD_FORMAT with a message if it is no date math. */
int vd_time_math(vd_str s, int64_t now_ms, bool round_up, int64_t *ms, vd_err *err);

/* A rule's interval: digits and one of s m h d. false if it is none. */
bool vd_duration_parse(vd_str s, int64_t *ms);
/* "1m 30s", "250ms": for people. Returns the length. */
size_t vd_duration_format(int64_t ms, char out[48]);

/* The system's time and a clock that never goes back, in milliseconds. */
int64_t vd_now_ms(void);
int64_t vd_mono_ns(void);
/* Processor time that this thread has used, ns. */
int64_t vd_thread_cpu_ns(void);

#endif
