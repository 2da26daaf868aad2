/* What a rule runs at a moment, and what lies between it and the run before.
 *
 *     previous            now - 2i    now - i     now
 *     |---- rest ----|         |          |         |
 *                    [ catch-up ]
 *                         [ catch-up ]
 *                                   [ from .. to ]
 *
 * Kibana (getGapBetweenRuns, getCatchupTuples) takes the time since the run before minus the
 * length of the window: what is left is a gap; up to four windows are run for it, each the
 * normal one moved back by one more interval; the rest was not looked at, and counts from
 * the run before. */
#include <inttypes.h>

#include "base/clock.h"
#include "schedule/schedule_int.h"

static int64_t gap_of(const vd_run_window *w, int64_t previous, int64_t now)
{
    /* A clock that was set back: the run before lies ahead. It counts as one of this moment, since
     * a gap cannot be negative and one that is not yet over is none. */
    if (previous == VD_TIME_NONE || previous >= now || w->since > w->until) return 0;
    return (now - previous) - (w->until - w->since);
}

int vd_run_plan_make(const vd_rule *rule, int64_t previous, int64_t now, vd_run_plan *out, vd_err *err)
{
    int64_t interval;
    vd_run_window own;
    if (vd_rule_interval(rule, &interval, err) || vd_rule_window(rule, now, &own, err))
        return VD_FORMAT;
    *out = (vd_run_plan){.gap = gap_of(&own, previous, now), .rest = {0, -1}};
    int64_t back = 0;
    if (out->gap > 0) back = (out->gap - 1) / interval + 1;
    if (back > VD_CATCH_UP_MAX) back = VD_CATCH_UP_MAX;
    for (int64_t k = back; k >= 0; k--)
        out->windows[out->n++] = (vd_run_window){own.since - k * interval, own.until - k * interval};
    int64_t rest = out->gap - back * interval;
    if (rest > 0) out->rest = (vd_run_window){previous, previous + rest};
    return 0;
}

/* A row is one unit: up to `most` of it are counted (moment.js, humanize). */
void vd_humanise(int64_t ms, char out[VD_HUMAN_MAX])
{
    static const struct {
        double ms;
        int64_t most;
        const char *one, *many;
    } units[] = {{60000, 44, "a minute", "minutes"},
                 {3600000, 21, "an hour", "hours"},
                 {86400000, 25, "a day", "days"},
                 {86400000 * (146097 / 4800.0), 10, "a month", "months"},
                 {86400000 * (146097 / 400.0), INT64_MAX, "a year", "years"}};
    size_t k = 0;
    if (ms < 44500) {
        snprintf(out, VD_HUMAN_MAX, "a few seconds");
        return;
    }
    while ((int64_t)((double)ms / units[k].ms + 0.5) > units[k].most)
        k++;
    int64_t n = (int64_t)((double)ms / units[k].ms + 0.5);
    if (n <= 1) snprintf(out, VD_HUMAN_MAX, "%s", units[k].one);
    else snprintf(out, VD_HUMAN_MAX, "%" PRId64 " %s", n, units[k].many);
}
