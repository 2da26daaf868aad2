/* bench/gen/data_names.c - signers and names that all systems share */
#include "data.h"

/* The row numbers are used by the tables of programs. */
const vd_signer vd_signers[] = {
    {NULL, "noSignature", 0},
    {"Microsoft Windows", "trusted", 1},
    {"Microsoft Windows Publisher", "trusted", 1},
    {"Microsoft Corporation", "trusted", 1},
    {"Google LLC", "trusted", 1},
    {"Mozilla Corporation", "trusted", 1},
    {"Adobe Inc.", "trusted", 1},
    {"Elasticsearch, Inc.", "trusted", 1},
    {"Slack Technologies, LLC", "trusted", 1},
    {"Software Signing", "trusted", 1},
    {"Developer ID Application: Google LLC", "trusted", 1},
    {"Johannes Schindelin", "trusted", 1},
    {"OpenJS Foundation", "trusted", 1},
    {"Python Software Foundation", "trusted", 1},
    {"Northgate Software GmbH", "trusted", 1},
};
const size_t vd_signer_count = sizeof(vd_signers) / sizeof(vd_signers[0]);

static const char *const words[] = {
    "amber",  "anchor",  "atlas",   "barley", "beacon", "birch",   "brook",   "canyon",
    "cedar",  "cobalt",  "copper",  "coral",  "crane",  "dawn",    "delta",   "ember",
    "falcon", "fern",    "flint",   "forge",  "garnet", "glacier", "granite", "harbor",
    "hazel",  "heron",   "indigo",  "ivory",  "jasper", "juniper", "kelp",    "lagoon",
    "larch",  "ledger",  "linden",  "lumen",  "maple",  "marble",  "meadow",  "mesa",
    "mosaic", "nectar",  "nimbus",  "oak",    "onyx",   "orchid",  "osprey",  "pebble",
    "pine",   "plover",  "prairie", "quarry", "quartz", "raven",   "reef",    "ridge",
    "river",  "saffron", "sierra",  "slate",  "spruce", "summit",  "tundra",  "willow",
};
static const char *const people[] = {
    "aharris", "bkowalski", "cnguyen", "dschmidt", "eokafor", "fmoreau", "gsilva",
    "hyilmaz", "ijensen",   "jpatel",  "klarsen",  "lrossi",  "mtanaka", "nhassan",
    "oberg",   "ppetrov",   "qchen",   "rgarcia",  "svarga",  "tduarte", "uadams",
    "vkumar",  "wfischer",  "xlopez",  "ybakker",  "zmeyer",
};
static const char *const domains[] = {
    "login.microsoftonline.com",
    "outlook.office365.com",
    "www.bing.com",
    "update.googleapis.com",
    "edge.microsoft.com",
    "ctldl.windowsupdate.com",
    "settings-win.data.microsoft.com",
    "teams.microsoft.com",
    "www.google.com",
    "fonts.gstatic.com",
    "clients4.google.com",
    "ocsp.digicert.com",
    "artifacts.security.elastic.co",
    "proxy.corp.example",
    "dc01.corp.example",
    "wpad.corp.example",
    "files.corp.example",
    "mail.corp.example",
    "github.com",
    "pypi.org",
    "registry.npmjs.org",
    "slack.com",
    "www.wikipedia.org",
    "time.windows.com",
};
static const char *const fresh_domains[] = {
    "%x.%w.cdn.example.net", "%w-%d.%w.example.com",   "r%n---sn-%t.%w.example.org",
    "%g.pixel.example.net",  "srv-%w-%d.corp.example",
};
static const char *const frames[] = {
    "ntdll.dll!NtWriteFile+0x14",
    "kernelbase.dll!WriteFile+0x7a",
    "ntdll.dll!NtCreateFile+0x14",
    "kernelbase.dll!CreateFileW+0x66",
    "ntdll.dll!NtSetValueKey+0x14",
    "kernelbase.dll!RegSetValueExW+0x154",
    "ntdll.dll!NtCreateUserProcess+0x14",
    "kernelbase.dll!CreateProcessInternalW+0x1d30",
    "kernelbase.dll!CreateProcessW+0x66",
    "kernel32.dll!CreateProcessW+0x54",
    "ntdll.dll!LdrLoadDll+0x168",
    "kernelbase.dll!LoadLibraryExW+0x172",
    "combase.dll!CoCreateInstance+0x10f",
    "rpcrt4.dll!NdrClientCall3+0xf4",
    "ucrtbase.dll!thread_start<unsigned int>+0x93",
    "shell32.dll!ShellExecuteExW+0x1a1",
    "user32.dll!DispatchMessageWorker+0x2a6",
    "windows.storage.dll!SHGetKnownFolderPath+0x3c",
    "ws2_32.dll!WSAConnect+0x9c",
    "mswsock.dll!MSAFD_ConnectEx+0x1bd",
    "winhttp.dll!WinHttpSendRequest+0x2fd",
    "dnsapi.dll!DnsQueryEx+0x8d",
    "sechost.dll!ServiceMain+0x211",
    "advapi32.dll!RegSetValueExW+0x5a",
};

const vd_names vd_words = VD_ROWS(words);
const vd_names vd_people = VD_ROWS(people);
const vd_names vd_domains = VD_ROWS(domains);
const vd_names vd_fresh_domains = VD_ROWS(fresh_domains);
const vd_names vd_frames = VD_ROWS(frames);
