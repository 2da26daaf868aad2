/* A stream sees every event once and waits; a schedule sees windows. Where a sequence can be
 * longer than what two windows have in common, one may be in no window as a whole. */
#include "base/clock.h"
#include "schedule/schedule_int.h"

/* Any moment does: only lengths are looked at. */
#define SOME_MOMENT 1767225600000ll

/* How far windows overlap, ms; 0 if that cannot be told. */
static int64_t look_back(const vd_rule *rule)
{
    int64_t interval;
    vd_run_window w;
    if (vd_rule_interval(rule, &interval, NULL) || vd_rule_window(rule, SOME_MOMENT, &w, NULL))
        return 0;
    int64_t over = w.until - w.since - interval;
    return over > 0 ? over : 0;
}

unsigned vd_mode_differences(const vd_rule *rule)
{
    const vd_eql_query *q = rule->eql;
    unsigned bits = 0;
    if (!q) return 0;
    if (q->kind == VD_EQL_SAMPLE || q->n_pipes) bits |= VD_DIFFERENCE_NO_STREAM;
    if (q->kind != VD_EQL_SEQUENCE) return bits;
    if (q->maxspan < 0) bits |= VD_DIFFERENCE_NO_SPAN;
    else if (q->maxspan > look_back(rule)) bits |= VD_DIFFERENCE_SPAN;
    for (uint32_t i = 0; i < q->n_items; i++)
        if (q->items[i].missing) bits |= VD_DIFFERENCE_MISSING;
    return bits;
}

const char *vd_mode_difference_name(unsigned bit)
{
    switch (bit) {
    case VD_DIFFERENCE_SPAN: return "maxspan_beyond_look_back";
    case VD_DIFFERENCE_NO_SPAN: return "no_maxspan";
    case VD_DIFFERENCE_MISSING: return "missing_event_stage";
    case VD_DIFFERENCE_NO_STREAM: return "schedule_only";
    default: return "";
    }
}
