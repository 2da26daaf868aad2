#include "base/clock.h"
#include "schedule/schedule_int.h"

/* `/u` rounds down at both ends: Kibana parses `to` without asking for a round up. */
int vd_rule_window(const vd_rule *rule, int64_t now, vd_run_window *out, vd_err *err)
{
    if (vd_time_math(rule->from, now, false, &out->since, NULL) ||
        vd_time_math(rule->to, now, false, &out->until, NULL))
        return vd_fail(err, VD_FORMAT, "Failed to parse date math of rule.from or rule.to");
    return 0;
}

/* Times that sums of a rule's durations cannot carry past an int64_t: 285,000 years. */
#define FAR 9007199254740992ll

/* How many steps of `interval` reach from since to until; one for a moment. */
static uint64_t steps(int64_t since, int64_t until, int64_t interval)
{
    uint64_t span = (uint64_t)until - (uint64_t)since;
    return span ? (span - 1) / (uint64_t)interval + 1 : 1;
}

/* A backfill's runs stand at the ends of the intervals that [since, until] is cut into: the
 * first looks at the first interval and, by its look-back, at what was before it. */
size_t vd_run_manual(const vd_rule *rule, int64_t since, int64_t until, vd_run_window *out, size_t max)
{
    int64_t interval;
    if (since > until || since < -FAR || until > FAR) return 0;
    if (vd_rule_interval(rule, &interval, NULL)) return 0;
    uint64_t n = steps(since, until, interval);
    for (uint64_t i = 0; i < n && i < max; i++)
        if (vd_rule_window(rule, since + (int64_t)(i + 1) * interval, &out[i], NULL)) return 0;
    return n > SIZE_MAX ? SIZE_MAX : (size_t)n;
}
