/* --help: a screen a command, the options from their table. */
#include "cli/cli.h"

static const char program_help[] =
    "vedette - detection rules over endpoint events\n"
    "\n"
    "Usage: vedette COMMAND [OPTIONS] [FILE...]\n"
    "\n"
    "Commands:\n"
    "  run      rules over events: alerts\n"
    "  search   one EQL query over events, or words in all their fields: a hunt\n"
    "  info     what is in a pile of events, and which rules can work on it\n"
    "  check    read, type-check and lint rules\n"
    "  bench    how fast rules run over a file, against parsing it only\n"
    "  serve    the service: events in over HTTP, rules on them, alerts\n"
    "  store    what a service has stored: statistics, checking, export\n"
    "  keys     API keys of a service\n"
    "  help     this text; help COMMAND for a command\n"
    "  version  the program's version\n"
    "\n"
    "Events are files, folders or - for standard input: JSON, one document a line,\n"
    "an array, or documents over many lines; plain, gzip or zstd.\n"
    "\n"
    "Examples:\n"
    "  vedette run -r rules/ evidence/\n"
    "  vedette search 'process where process.name : \"psexec*\"' events.ndjson.gz\n"
    "  vedette check rules/\n"
    "  vedette serve -r rules/\n"
    "\n"
    "Exit status: 0 clean, 1 found something where that was asked, 2 usage, 3 failure.\n";

static const struct {
    unsigned command;
    const char *usage, *examples;
} commands[] = {
    {VD_CMD_RUN,
     "vedette run [-r RULES]... [OPTIONS] FILE... - rules over events\n",
     "Forms (-f): text, ndjson (alert documents), matches (ids of the events), timeline (CSV)\n"
     "and timeline-ndjson (for Timesketch), markdown, html. -o FILE tells it by its extension:\n"
     ".txt .ndjson .csv .md .html\n"
     "Examples:\n"
     "  vedette run -r rules/ events.ndjson                   a first look\n"
     "  vedette run -r rules/ -m high --since -2d evidence/   the worst of two days\n"
     "  zcat *.gz | vedette run -r rules/ -o alerts.ndjson -  for other programs\n"
     "  vedette run --follow -r rules/ /var/log/ev.ndjson     alerts as events are written\n"},
    {VD_CMD_SEARCH,
     "vedette search [OPTIONS] QUERY FILE... - one EQL query over events\n"
     "vedette search [OPTIONS] -k WORD FILE... - words, or -e expressions, in all fields\n",
     "Forms (-f): table, json (as _eql/search answers), ndjson\n"
     "Examples:\n"
     "  vedette search 'network where destination.port == 445' events.ndjson\n"
     "  vedette search 'sequence by process.entity_id with maxspan=1m\n"
     "                    [process where event.type == \"start\"] [network where true]' evidence/\n"
     "  vedette search -k mimikatz -k lsass --since -7d evidence/     both words, any field\n"
     "  vedette search --store vedette-data 'network where destination.port == 445'\n"
     "  vedette search -f ndjson --size 0 'any where user.id == \"S-1-5-18\"' - < events.ndjson\n"},
    {VD_CMD_INFO,
     "vedette info [-r RULES]... [OPTIONS] FILE... - what is in there, and which rules can work on it\n",
     "Without -r, no rules are looked at. Forms (-f): text, json\n"
     "Examples:\n"
     "  vedette info evidence/                          hosts, gaps, logs, event ids, cleared logs\n"
     "  vedette info -r rules/ evidence/                what rules lack, and what to switch on\n"},
    {VD_CMD_CHECK,
     "vedette check [OPTIONS] RULES... - read, type-check and lint rules\n",
     "Forms (-f): text, json (an array, one object a rule), sarif, ndjson (Kibana's import)\n"
     "Examples:\n"
     "  vedette check rules/                             exit status 1 if there is an error\n"
     "  vedette check -f json rules/ | jq '.[].name'     all that is known of each rule\n"
     "  vedette check --export ndjson rules/ > out.ndjson\n"},
    {VD_CMD_BENCH,
     "vedette bench [-r RULES]... [OPTIONS] FILE - speed over a file, against parsing it only\n",
     "Forms (-f): text, json\n"
     "Examples:\n"
     "  vedette bench -r rules/ events.ndjson\n"
     "  vedette bench -r rules/ --ignore-index --profile events.ndjson\n"},
    {VD_CMD_SERVE,
     "vedette serve [-r RULES]... [OPTIONS] - take events in, keep them, run rules, keep alerts\n",
     "The first start prints an admin key, once. SIGHUP reads rules and certificate anew, SIGTERM ends.\n"
     "Examples:\n"
     "  vedette serve -r rules/                          on http://127.0.0.1:7723, data in ./vedette-data\n"
     "  vedette serve -r rules/ --listen 0.0.0.0:7723 --tls-cert chain.pem --tls-key key.pem\n"
     "  vedette serve -r rules/ --mode schedule --fill-gaps 24h --retain 30d --max-size 50G\n"},
    {VD_CMD_STORE,
     "vedette store stats [OPTIONS] - how much is stored, of what, on how much disk\n"
     "vedette store verify [OPTIONS] - read and check all of it; exit status 3 if some is damaged\n"
     "vedette store compact [OPTIONS] - join small blocks, give free space back; no service may run\n"
     "vedette store export [OPTIONS] - events, or with --alerts alerts, as NDJSON\n",
     "Forms (-f) of stats: text, json. An exported event is a line of the form\n"
     "{\"_index\":..., \"_id\":..., \"_source\":{...}}, which run, search and the ingest API read.\n"
     "Examples:\n"
     "  vedette store stats --data /var/lib/vedette\n"
     "  vedette store export --index 'logs-endpoint.*' --since -1d | zstd > day.ndjson.zst\n"
     "  vedette store export --alerts -o alerts.ndjson\n"},
    {VD_CMD_KEYS,
     "vedette keys list [OPTIONS] - the keys of a service, without their secrets\n"
     "vedette keys make NAME --role ROLE [OPTIONS] - a new key, printed this once\n"
     "vedette keys revoke ID [OPTIONS] - a key is no longer good, at once\n",
     "Forms (-f): text, json. A service that runs need not be stopped or told.\n"
     "Examples:\n"
     "  vedette keys make web-1 --role ingest --expires 90d\n"
     "  vedette keys list\n"},
};

static void print_option(FILE *out, const vd_option *row)
{
    char left[64];
    char letter[8] = "    ";
    if (row->letter) snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(left, sizeof left, "  %s--%s%s%s", letter, row->name, row->arg ? " " : "",
             row->arg ? row->arg : "");
    fprintf(out, "%-34s %s\n", left, row->help ? row->help : "form of the output (below)");
}

void vd_help_print(FILE *out, unsigned command)
{
    size_t c = 0, n = sizeof commands / sizeof commands[0];
    while (c < n && commands[c].command != command)
        c++;
    if (c == n) {
        fputs(program_help, out);
        return;
    }
    fprintf(out, "%s\n", commands[c].usage);
    for (size_t i = 0; i < vd_option_count; i++)
        if (vd_option_table[i].commands & command) print_option(out, &vd_option_table[i]);
    fprintf(out, "\n%s", commands[c].examples);
}
