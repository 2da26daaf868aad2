/* What to switch on to get events of a kind. Sources: Microsoft, "Sysmon" (event ids) and
 * "Audit events"; Elastic docs, Elastic Defend's event collection. */
#include "cli/coverage.h"

#include "field/index.h"

static const struct {
    const char *category, *what;
    const char *sysmon;   /* event ids; NULL: it has none */
    const char *defend;   /* its data stream */
    const char *security; /* event ids of the Security log */
} kinds[] = {
    {"process", "process starts", "1 (process creation)", "process", "4688 (process creation, with command lines)"},
    {"network", "network connections", "3 (network connection)", "network", "5156 (filtering platform)"},
    {"dns", "DNS queries", "22 (DNS query)", "network", NULL},
    {"library", "loaded libraries", "7 (image load)", "library", NULL},
    {"driver", "loaded drivers", "6 (driver load)", "library", NULL},
    {"file", "file changes", "11, 23 and 26 (file created, deleted)", "file", "4663 (object access)"},
    {"registry", "registry changes", "12, 13 and 14 (registry)", "registry", "4657 (registry audit)"},
    {"authentication", "logons", NULL, "security", "4624, 4625 and 4648 (logons)"},
    {"iam", "changes of accounts and groups", NULL, NULL, "4720 to 4767 (account management)"},
    {"configuration", "changes of settings", NULL, NULL, "4719 and 4739 (policy change)"},
    {"api", "API calls", NULL, "api", NULL},
};

/* Data streams that rules without a kind of above ask for. */
static const struct {
    const char *index, *what;
} streams[] = {
    {"logs-windows.powershell_operational-default", "PowerShell script block logging (event id 4104)"},
    {"logs-system.security-default", "the Windows Security log"},
    {"logs-windows.sysmon_operational-default", "Sysmon"},
    {"logs-system.system-default", "the Windows System log"},
    {"logs-endpoint.alerts-default", "Elastic Defend alerts"},
    {"logs-auditd_manager.auditd-default", "the Auditd Manager integration"},
    {"logs-system.auth-default", "the system log of logons (auth)"},
};

/* Beginnings of field names, and what gives them. */
static const struct {
    const char *field, *what;
} givers[] = {
    {"dns.", "Sysmon event id 22 (DNS query), Elastic Defend network events"},
    {"powershell.", "PowerShell script block logging (event id 4104)"},
    {"process.code_signature.", "Elastic Defend process events"},
    {"dll.code_signature.", "Elastic Defend library events, Sysmon event id 7 (image load)"},
    {"process.Ext.", "Elastic Defend process events"},
    {"process.command_line", "Security event id 4688 with command lines, Sysmon event id 1"},
    {"process.args", "Security event id 4688 with command lines, Sysmon event id 1"},
    {"process.parent.", "Sysmon event id 1 (process creation), Elastic Defend process events"},
    {"winlog.event_data.AttributeLDAPDisplayName", "Security event id 5136 (directory service changes)"},
    {"winlog.event_data.AttributeValue", "Security event id 5136 (directory service changes)"},
    {"winlog.event_data.ObjectDN", "Security event id 5136 (directory service changes)"},
    {"winlog.event_data.ObjectClass", "Security event id 5136 (directory service changes)"},
    {"winlog.event_data.RelativeTargetName", "Security event id 5145 (detailed file share)"},
    {"winlog.event_data.ServiceFileName", "System event id 7045, Security event id 4697 (new services)"},
    {"winlog.event_data.ClientProcessId", "Security event id 4697 (new services)"},
    {"winlog.event_data.AllowedToDelegateTo", "Security event id 4738 (changed accounts)"},
    {"file.Ext.", "Elastic Defend file events"},
    {"registry.", "Sysmon event ids 12, 13 and 14 (registry), Elastic Defend registry events"},
};

const char *vd_advice_of_field(vd_str field)
{
    for (size_t i = 0; i < sizeof givers / sizeof givers[0]; i++)
        if (vd_str_starts(field, vd_str_from(givers[i].field))) return givers[i].what;
    return NULL;
}

static bool takes(const vd_rule *rule, const char *index)
{
    return !rule->n_index || vd_index_takes(rule->index, rule->n_index, vd_str_from(index));
}

static vd_str add(vd_arena *a, vd_str s, const char *what, const char *detail)
{
    const char *blank = detail ? " " : "";
    return vd_arena_printf(a, "%.*s%s%s%s%s", VD_FMT(s), s.n ? ", or " : "", what, blank, detail ? detail : "");
}

/* Winlogbeat's indices hold what the two logs hold. */
static bool takes_log(const vd_rule *rule, const char *index)
{
    return takes(rule, index) || takes(rule, "winlogbeat-8.0.0");
}

/* For other systems than Windows there is no Sysmon in Elastic's rules. */
static bool is_for_windows(const vd_rule *rule)
{
    bool any = false;
    for (size_t i = 0; i < rule->n_tags; i++) {
        if (vd_str_eq_ascii_ci(rule->tags[i], VD_STR("OS: Windows"))) return true;
        any |= vd_str_starts(rule->tags[i], VD_STR("OS: "));
    }
    return !any;
}

static vd_str of_kind(vd_arena *a, const vd_rule *rule, size_t k)
{
    vd_str s = {0};
    bool windows = is_for_windows(rule);
    char index[64];
    if (kinds[k].defend) {
        snprintf(index, sizeof index, "logs-endpoint.events.%s-default", kinds[k].defend);
        char detail[64];
        snprintf(detail, sizeof detail, "%s events", kinds[k].defend);
        if (takes(rule, index)) s = add(a, s, "Elastic Defend", detail);
    }
    if (windows && kinds[k].sysmon && takes_log(rule, "logs-windows.sysmon_operational-default"))
        s = add(a, s, "Sysmon event id", kinds[k].sysmon);
    if (windows && kinds[k].security && takes_log(rule, "logs-system.security-default"))
        s = add(a, s, "Security event id", kinds[k].security);
    return s.n ? vd_arena_printf(a, "%s: %.*s", kinds[k].what, VD_FMT(s)) : s;
}

vd_str vd_advice(vd_arena *a, const vd_rule *rule, vd_str category)
{
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        if (!vd_str_eq(category, vd_str_from(kinds[k].category))) continue;
        vd_str s = of_kind(a, rule, k);
        if (s.n) return s;
    }
    for (size_t i = 0; rule->n_index && i < sizeof streams / sizeof streams[0]; i++)
        if (takes(rule, streams[i].index)) return vd_str_from(streams[i].what);
    vd_str events = category.n ? vd_arena_printf(a, "%.*s events", VD_FMT(category)) : VD_STR("events");
    if (!rule->n_index) return events;
    return vd_arena_printf(a, "%.*s of %.*s", VD_FMT(events), VD_FMT(rule->index[0]));
}
