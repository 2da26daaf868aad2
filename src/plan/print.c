/* The plan in words, for people and bug reports. */
#include "plan/tables.h"

static void print_slot(FILE *out, const vd_plan *plan, uint32_t slot)
{
    const vd_slot_tests *s = &plan->slots[slot];
    vd_str name = vd_schema_field(plan->schema, plan->slot_fields[slot])->name;
    fprintf(out, "slot %u %.*s (%s): exact %u, folded %u, number %u, patterns %u (%u by four bytes,", slot,
            VD_FMT(name), vd_field_type_name((vd_field_type)s->type),
            s->exact.n / 2, s->folded.n / 2, s->number.n / 2, s->n_patterns,
            s->literals ? s->literals->four.n : 0);
    fprintf(out, " %u by two), range %u, cidr %u%s\n",
            s->literals ? s->literals->two.n : 0, s->n_ranges, s->n_cidrs,
            s->exists.n ? ", exists" : "");
}

static void print_target(FILE *out, uint32_t target)
{
    if (target == VD_STEP_YES) fputs("yes", out);
    else if (target == VD_STEP_NO) fputs("no", out);
    else fprintf(out, "%u", target);
}

static void print_steps(FILE *out, const vd_plan *plan)
{
    for (uint32_t i = 0; i < plan->n_steps; i++) {
        const vd_step *s = &plan->steps[i];
        bool script = s->test & VD_STEP_SCRIPT;
        fprintf(out, "step %u: %s %u", i, script ? "script" : "predicate", s->test & ~VD_STEP_SCRIPT);
        if (!script) fprintf(out, " (slot %u)", plan->predicates[s->test].slot);
        fputs(" yes ", out);
        print_target(out, s->yes);
        fputs(" no ", out);
        print_target(out, s->no);
        putc('\n', out);
    }
}

static void print_conditions(FILE *out, const vd_plan *plan)
{
    for (uint32_t c = 0; c < plan->n_conditions; c++) {
        const vd_condition *cond = &plan->conditions[c];
        fprintf(out, "condition %u: entry ", c);
        print_target(out, cond->entry);
        fputs(", for", out);
        for (uint32_t i = 0; i < cond->uses.n; i++) {
            const vd_plan_use *u = &plan->uses[cond->uses.at + i];
            fprintf(out, " %.*s[%u]", VD_FMT(plan->rules[u->rule].rule->rule_id), u->stage);
        }
        putc('\n', out);
    }
}

void vd_plan_print(FILE *out, const vd_plan *plan)
{
    vd_plan_stats s = vd_plan_stats_of(plan);
    fprintf(out, "%zu rules, %zu conditions, %zu predicates, %zu atoms, ", s.rules, s.conditions,
            s.predicates, s.atoms);
    fprintf(out, "%zu scripts, %zu slots, %zu bytes, built in %.1f ms\n", s.scripts, s.slots,
            s.bytes, (double)s.build_ns / 1e6);
    for (uint32_t i = 0; i < plan->n_slots; i++)
        print_slot(out, plan, i);
    print_conditions(out, plan);
    print_steps(out, plan);
}
