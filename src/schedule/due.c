#include "base/clock.h"
#include "schedule/schedule_int.h"

/* What a rule that names none has (Elastic docs, Detections API: interval). It also stands for
 * one that cannot be read: such a rule runs, fails, and its runs say why. */
#define DEFAULT_INTERVAL 300000

int vd_rule_interval(const vd_rule *rule, int64_t *ms, vd_err *err)
{
    if (!vd_duration_parse(rule->interval, ms) || *ms <= 0)
        return vd_fail(err, VD_FORMAT, "[%.*s] is no interval", VD_FMT(rule->interval));
    return 0;
}

int64_t vd_run_due(const vd_rule *rule, int64_t previous)
{
    int64_t interval;
    if (previous == VD_TIME_NONE) return INT64_MIN;
    if (vd_rule_interval(rule, &interval, NULL)) interval = DEFAULT_INTERVAL;
    return previous > INT64_MAX - interval ? INT64_MAX : previous + interval;
}
