/* windows/funcs.c - the functions that maps can call */
#include "windows/normalise_int.h"

/* Sorted by what they do, as docs/windows.md lists them (tools/gen_windows_docs.py reads
 * this table). */
const nz_function nz_functions[] = {
    {"lower", nz_lower, NZ_ARG_NONE, "ASCII letters in lower case"},
    {"long", nz_long, NZ_ARG_NONE, "a whole number, decimal or 0x"},
    {"bool", nz_bool, NZ_ARG_NONE, "true or false as a boolean; nothing for other texts"},
    {"ip", nz_ip, NZ_ARG_NONE, "an address, IPv4 out of ::ffff:; LOCAL is 127.0.0.1"},
    {"time", nz_time, NZ_ARG_NONE, "\"2026-01-02 03:04:05.678\" in UTC as a date"},
    {"basename", nz_basename, NZ_ARG_NONE, "behind the last backslash; nothing without one"},
    {"leaf", nz_leaf, NZ_ARG_NONE, "behind the last backslash, or all"},
    {"dirname", nz_dirname, NZ_ARG_NONE, "before the last backslash"},
    {"extension", nz_extension, NZ_ARG_NONE, "behind the last dot of a path's last part"},
    {"domain", nz_domain, NZ_ARG_NONE, "DOMAIN of DOMAIN\\user"},
    {"user", nz_user, NZ_ARG_NONE, "user of DOMAIN\\user"},
    {"before", nz_before, NZ_ARG_TEXT, "before the first occurrence of the argument, or all"},
    {"after", nz_after, NZ_ARG_TEXT, "behind the last occurrence of the argument, or all"},
    {"below", nz_slice_after, NZ_ARG_TEXT, "without the argument at its start, or all"},
    {"unquote", nz_unquote, NZ_ARG_NONE, "without the quotes around it"},
    {"rdn", nz_rdn, NZ_ARG_TEXT, "the n-th part of a distinguished name, without its type"},
    {"under", nz_under, NZ_ARG_NAME, "with the named datum and a backslash before it"},
    {"given", nz_given, NZ_ARG_NAME, "only if the record has the named datum"},
    {"needs", nz_needs, NZ_ARG_FIELD, "only if the named field has a value"},
    {"when", nz_when, NZ_ARG_TEXT, "only if it is one of the argument's texts (parted by ,)"},
    {"unless", nz_unless, NZ_ARG_TEXT, "only if it is none of them"},
    {"starts", nz_starts, NZ_ARG_TEXT, "only if it starts with the argument"},
    {"equals", nz_equals, NZ_ARG_TEXT, "true if it is the argument, else false"},
    {"text", nz_text, NZ_ARG_TEXT, "the argument instead"},
    {"lookup", nz_lookup_text, NZ_ARG_LIST, "the list's text for it; nothing without one"},
    {"lookup_or", nz_lookup_or, NZ_ARG_LIST, "the list's text for it, or itself"},
    {"codes", nz_codes, NZ_ARG_LIST, "the list's texts for all %%n in it"},
    {"numbers", nz_numbers, NZ_ARG_NONE, "a list of the n of all %%n in it"},
    {"flags", nz_flags, NZ_ARG_LIST, "the list's texts for all bits of a number"},
    {"words", nz_words, NZ_ARG_NONE, "a list, parted at white space"},
    {"split", nz_split, NZ_ARG_TEXT, "a list, parted at the argument's character"},
    {"argv", nz_argv, NZ_ARG_NONE, "a command line's arguments, as Windows parts them"},
    {"list", nz_one, NZ_ARG_NONE, "a list of this one"},
    {"first", nz_first, NZ_ARG_NONE, "the first of a list"},
    {"count", nz_count, NZ_ARG_NONE, "how many a list has"},
    {"pair", nz_pair, NZ_ARG_TEXT,
     "the value of a line \"ARGUMENT=value\" or \"ARGUMENT = value\""},
    {"hash", nz_hash, NZ_ARG_TEXT, "the named hash of \"SHA1=..,MD5=..\", in lower case"},
    {"hashes", nz_hashes, NZ_ARG_NONE, "all of them as a list"},
    {"dns_answers", nz_dns_answers, NZ_ARG_NONE, "Sysmon's QueryResults as dns.answers"},
    {"dns_ips", nz_dns_ips, NZ_ARG_NONE, "the addresses in them"},
    {"dns_hosts", nz_dns_hosts, NZ_ARG_NONE, "the names in them"},
    {"details", nz_details, NZ_ARG_NONE, "PowerShell's command invocation lines as objects"},
    {"community_id", nz_community_id, NZ_ARG_NONE, "of source, destination and network.transport"},
    {"hive", nz_hive, NZ_ARG_NONE, "a registry path's hive, abbreviated"},
    {"hive_key", nz_hive_key, NZ_ARG_NONE, "the path below a known hive"},
    {"reg_value", nz_reg_value, NZ_ARG_NONE, "the path's last part"},
    {"reg_type", nz_reg_type, NZ_ARG_NONE, "the type that Sysmon's Details tell"},
    {"reg_data", nz_reg_data, NZ_ARG_NONE, "Sysmon's Details as texts, numbers in decimal"},
    {"started", nz_started, NZ_ARG_NONE, "derived: a new process's id from host, pid and time"},
    {"entity", nz_entity, NZ_ARG_NONE, "derived: the id of a process whose start was seen"},
    {"ended", nz_ended, NZ_ARG_NONE, "the same, and the process is forgotten"},
    {"script_length", nz_script_length, NZ_ARG_NONE, "UTF-16 units of a script, no signature"},
    {"script_symbols", nz_script_symbols, NZ_ARG_NONE, "how many different ones"},
    {"script_entropy", nz_script_entropy, NZ_ARG_NONE, "their entropy in bits"},
    {"script_stdev", nz_script_stdev, NZ_ARG_NONE, "their surprisal's standard deviation"},
};

uint32_t nz_function_find(vd_str name)
{
    for (uint32_t i = 0; i < sizeof nz_functions / sizeof *nz_functions; i++)
        if (vd_str_eq(name, vd_str_from(nz_functions[i].name))) return i;
    return VD_MAP_NONE;
}
