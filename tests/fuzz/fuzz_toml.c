/* Fuzz target: rule files. Whatever the text is, reading it ends; and a rule that
 * came of it is the same rule when its export is read again. */
#include <stdint.h>
#include <stdlib.h>

#include "rule/rule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void same(bool ok)
{
    if (!ok) abort();
}

/* The rule's export, read again, is the same rule. */
static void check_round_trip(const vd_rule *rule)
{
    vd_ruleset *again = vd_ruleset_new();
    vd_json *out = vd_rule_export(rule);
    vd_str text = vd_json_text(&again->arena, out, false);
    vd_ruleset_read_text(again, text, "again.ndjson", NULL);
    if (again->rules.n == 1) {
        const vd_rule *r = again->rules.v[0];
        same(r->broken == rule->broken && vd_str_eq(r->rule_id, rule->rule_id));
        same(vd_str_eq(r->query, rule->query) && vd_str_eq(r->from, rule->from));
        same(r->severity == rule->severity && r->max_signals == rule->max_signals);
        same(vd_str_eq(text, vd_json_text(&again->arena, r->api, false)) ||
             vd_json_has(rule->api, "threat_mappings"));
    } else {
        same(rule->broken); /* too little is left of it to be known as a rule */
    }
    vd_json_free(out);
    vd_ruleset_free(again);
}

static void read_as(vd_str text, const char *name)
{
    vd_read_options o = {.deprecated = true};
    vd_ruleset *set = vd_ruleset_new();
    vd_ruleset_read_text(set, text, name, &o);
    for (size_t i = 0; i < set->rules.n; i++) {
        check_round_trip(set->rules.v[i]);
        vd_threat threats[4];
        vd_rule_threats(set->rules.v[i], threats, 4);
        size_t line, column;
        vd_rule_place(set->rules.v[i], set->rules.v[i]->query.n, &line, &column);
    }
    vd_ruleset_free(set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vd_str text = {(const char *)data, size};
    read_as(text, "r.toml");
    read_as(text, "r.ndjson");
    return 0;
}
