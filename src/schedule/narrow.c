#include "eql/values.h"
#include "schedule/schedule_int.h"

void vd_window_narrow(vd_store_window *window, const vd_plan *plan, vd_arena *a)
{
    if (vd_plan_rule_count(plan) != 1) return;
    const vd_rule *rule = vd_plan_rule_at(plan, 0)->rule;
    vd_strs *lists = VD_NEW_N(a, vd_strs, VD_EQL_MAX_VALUES);
    window->n_values = vd_eql_values(a, rule->eql, vd_plan_schema(plan), vd_store_askable, lists);
    window->values = lists;
}
