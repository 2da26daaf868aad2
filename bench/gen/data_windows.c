/* bench/gen/data_windows.c - what runs, is written and is loaded on Windows */
#include "data.h"

/* The order is known to data.h (VD_W_...) and to the rows below. */
enum {
    SYSTEM,
    SMSS,
    CSRSS,
    WININIT,
    WINLOGON,
    SERVICES,
    LSASS,
    SVC_NET,
    SVC_LOCAL,
    SVC_DCOM,
    SVC_UPDATE,
    EXPLORER,
    DEFENDER,
    INDEXER,
    INSTALLER,
    EDGE,
    CHROME,
    OUTLOOK,
    TEAMS,
    WORD,
    EXCEL,
    ONEDRIVE,
    AGENT,
    ENDPOINT,
    SPOOLER,
    TIWORKER,
};

#define SYS32   "C:\\Windows\\System32\\"
#define PF      "C:\\Program Files\\"
#define PF86    "C:\\Program Files (x86)\\"
#define LOCAL   "C:\\Users\\%u\\AppData\\Local\\"
#define ROAMING "C:\\Users\\%u\\AppData\\Roaming\\"
#define SVCHOST SYS32 "svchost.exe"

static const vd_role roles[] = {
    {"System", NULL, SYSTEM, VD_SYSTEM, VD_MS_WINDOWS},
    {SYS32 "smss.exe", "\\SystemRoot\\System32\\smss.exe", SYSTEM, VD_SYSTEM, VD_MS_PUBLISHER},
    {SYS32 "csrss.exe", NULL, SMSS, VD_SYSTEM, VD_MS_PUBLISHER},
    {SYS32 "wininit.exe", "wininit.exe", SMSS, VD_SYSTEM, VD_MS_PUBLISHER},
    {SYS32 "winlogon.exe", "winlogon.exe", SMSS, VD_SYSTEM, VD_MS_WINDOWS},
    {SYS32 "services.exe", NULL, WININIT, VD_SYSTEM, VD_MS_PUBLISHER},
    {SYS32 "lsass.exe", NULL, WININIT, VD_SYSTEM, VD_MS_PUBLISHER},
    {SVCHOST, SVCHOST "|-k|NetworkService|-p", SERVICES, VD_NETWORK_SERVICE, VD_MS_PUBLISHER},
    {SVCHOST, SVCHOST "|-k|LocalServiceNetworkRestricted|-p|-s|EventLog", SERVICES,
     VD_LOCAL_SERVICE, VD_MS_PUBLISHER},
    {SVCHOST, SVCHOST "|-k|DcomLaunch|-p", SERVICES, VD_SYSTEM, VD_MS_PUBLISHER},
    {SVCHOST, SVCHOST "|-k|netsvcs|-p|-s|wuauserv", SERVICES, VD_SYSTEM, VD_MS_PUBLISHER},
    {"C:\\Windows\\explorer.exe", NULL, WINLOGON, VD_PERSON, VD_MS_WINDOWS},
    {PF "Windows Defender\\MsMpEng.exe", NULL, SERVICES, VD_SYSTEM, VD_MS_PUBLISHER},
    {SYS32 "SearchIndexer.exe", SYS32 "SearchIndexer.exe|/Embedding", SERVICES, VD_SYSTEM,
     VD_MS_WINDOWS},
    {SYS32 "msiexec.exe", SYS32 "msiexec.exe|/V", SERVICES, VD_SYSTEM, VD_MS_WINDOWS},
    {PF86 "Microsoft\\Edge\\Application\\msedge.exe",
     PF86 "Microsoft\\Edge\\Application\\msedge.exe|--profile-directory=Default", EXPLORER,
     VD_PERSON, VD_MS_CORP},
    {PF "Google\\Chrome\\Application\\chrome.exe", NULL, EXPLORER, VD_PERSON, 4},
    {PF "Microsoft Office\\root\\Office16\\OUTLOOK.EXE", NULL, EXPLORER, VD_PERSON, VD_MS_CORP},
    {PF "WindowsApps\\MSTeams_24033\\ms-teams.exe",
     PF "WindowsApps\\MSTeams_24033\\ms-teams.exe|msteams:system-initiated", EXPLORER, VD_PERSON,
     VD_MS_CORP},
    {PF "Microsoft Office\\root\\Office16\\WINWORD.EXE",
     PF "Microsoft Office\\root\\Office16\\WINWORD.EXE|/n", EXPLORER, VD_PERSON, VD_MS_CORP},
    {PF "Microsoft Office\\root\\Office16\\EXCEL.EXE",
     PF "Microsoft Office\\root\\Office16\\EXCEL.EXE|/dde", EXPLORER, VD_PERSON, VD_MS_CORP},
    {PF "Microsoft OneDrive\\OneDrive.exe", PF "Microsoft OneDrive\\OneDrive.exe|/background",
     EXPLORER, VD_PERSON, VD_MS_CORP},
    {PF "Elastic\\Agent\\elastic-agent.exe", NULL, SERVICES, VD_SYSTEM, 7},
    {PF "Elastic\\Endpoint\\elastic-endpoint.exe", PF "Elastic\\Endpoint\\elastic-endpoint.exe|run",
     SERVICES, VD_SYSTEM, 7},
    {SYS32 "spoolsv.exe", NULL, SERVICES, VD_SYSTEM, VD_MS_WINDOWS},
    {"C:\\Windows\\servicing\\TrustedInstaller.exe", NULL, SERVICES, VD_SYSTEM, VD_MS_WINDOWS},
};

enum {
    P_SVCHOST,
    P_DLLHOST,
    P_RUNTIME,
    P_CONHOST,
    P_CMD,
    P_POWERSHELL,
    P_TASKHOST,
    P_WMIPRVSE,
    P_EDGE,
    P_CHROME,
    P_TEAMS,
    P_NOTEPAD,
    P_MSIEXEC,
    P_GIT,
    P_NODE,
    P_PYTHON,
    P_CODE,
    P_SEARCH,
    P_ACROBAT,
    P_SETUP,
    P_BACKUP,
    P_UPDATE,
    P_RUNDLL,
    P_PING,
    P_BUILD,
    P_TEST,
};

static const vd_prog progs[] = {
    {SVCHOST, "svchost.exe", SERVICES, VD_SYSTEM, VD_MS_PUBLISHER, 0},
    {SYS32 "dllhost.exe", "dllhost.exe", SVC_DCOM, VD_PERSON, VD_MS_WINDOWS, 0},
    {SYS32 "RuntimeBroker.exe", "RuntimeBroker.exe", SVC_DCOM, VD_PERSON, VD_MS_WINDOWS, 0},
    {SYS32 "conhost.exe", "CONHOST.EXE", CSRSS, VD_PERSON, VD_MS_WINDOWS, 0},
    {SYS32 "cmd.exe", "Cmd.Exe", EXPLORER, VD_PERSON, VD_MS_WINDOWS, 1},
    {SYS32 "WindowsPowerShell\\v1.0\\powershell.exe", "PowerShell.EXE", EXPLORER, VD_PERSON,
     VD_MS_WINDOWS, 1},
    {SYS32 "taskhostw.exe", "taskhostw.exe", SVC_UPDATE, VD_SYSTEM, VD_MS_WINDOWS, 0},
    {SYS32 "wbem\\WmiPrvSE.exe", "Wmiprvse.exe", SVC_DCOM, VD_NETWORK_SERVICE, VD_MS_WINDOWS, 0},
    {PF86 "Microsoft\\Edge\\Application\\msedge.exe", "msedge.exe", EDGE, VD_PERSON, VD_MS_CORP, 0},
    {PF "Google\\Chrome\\Application\\chrome.exe", "chrome.exe", CHROME, VD_PERSON, 4, 0},
    {PF "WindowsApps\\MSTeams_24033\\ms-teams.exe", "msteams.exe", TEAMS, VD_PERSON, VD_MS_CORP, 0},
    {SYS32 "notepad.exe", "NOTEPAD.EXE", EXPLORER, VD_PERSON, VD_MS_WINDOWS, 0},
    {SYS32 "msiexec.exe", "msiexec.exe", SERVICES, VD_SYSTEM, VD_MS_WINDOWS, 0},
    {PF "Git\\cmd\\git.exe", "git.exe", EXPLORER, VD_PERSON, 11, 0},
    {PF "nodejs\\node.exe", "node.exe", EXPLORER, VD_PERSON, 12, 1},
    {PF "Python312\\python.exe", "python.exe", EXPLORER, VD_PERSON, 13, 1},
    {LOCAL "Programs\\Microsoft VS Code\\Code.exe", "electron.exe", EXPLORER, VD_PERSON, VD_MS_CORP,
     1},
    {SYS32 "SearchProtocolHost.exe", "SearchProtocolHost.exe", INDEXER, VD_SYSTEM, VD_MS_WINDOWS,
     0},
    {PF "Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe", "Acrobat.exe", EXPLORER, VD_PERSON, 6, 0},
    {PF "Common Files\\%w Tools\\%w-setup.exe", "setup.exe", INSTALLER, VD_SYSTEM, 14, 0},
    {PF "Northgate Backup\\ngbackup.exe", "ngbackup.exe", SERVICES, VD_SYSTEM, 14, 0},
    {PF86 "Google\\GoogleUpdater\\updater.exe", "updater.exe", SVC_UPDATE, VD_SYSTEM, 4, 0},
    {SYS32 "rundll32.exe", "RUNDLL32.EXE", EXPLORER, VD_PERSON, VD_MS_WINDOWS, 0},
    {SYS32 "PING.EXE", "ping.exe", EXPLORER, VD_PERSON, VD_MS_WINDOWS, 0},
    {PF "Microsoft Visual Studio\\2022\\MSBuild\\Current\\Bin\\MSBuild.exe", "MSBuild.exe",
     EXPLORER, VD_PERSON, VD_MS_CORP, 1},
    {"C:\\src\\%w\\build\\tests\\%w_test.exe", NULL, EXPLORER, VD_PERSON, VD_UNSIGNED, 0},
};

static const vd_launch fixed_launch[] = {
    {P_CONHOST, "\\??\\" SYS32 "conhost.exe|0xffffffff|-ForceV1"},
    {P_SVCHOST, SVCHOST "|-k|netsvcs|-p|-s|Schedule"},
    {P_RUNTIME, SYS32 "RuntimeBroker.exe|-Embedding"},
    {P_TASKHOST, "taskhostw.exe"},
    {P_WMIPRVSE, SYS32 "wbem\\wmiprvse.exe|-secured|-Embedding"},
    {P_DLLHOST, SYS32 "DllHost.exe|/Processid:{AB8902B4-09CA-4BB6-B78D-A8F59079A8D5}"},
    {P_SVCHOST, SVCHOST "|-k|UnistackSvcGroup"},
    {P_SVCHOST, SVCHOST "|-k|wsappx|-p|-s|ClipSVC"},
    {P_UPDATE, PF86 "Google\\GoogleUpdater\\updater.exe|--wake|--system"},
    {P_SVCHOST, SVCHOST "|-k|LocalService|-p|-s|fdPHost"},
    {P_TASKHOST, "taskhostw.exe|KEYROAMING"},
    {P_NOTEPAD, SYS32 "notepad.exe"},
    {P_CMD, SYS32 "cmd.exe"},
    {P_POWERSHELL, "powershell.exe|-NoLogo"},
    {P_GIT, "git.exe|status|--porcelain"},
    {P_MSIEXEC, SYS32 "msiexec.exe|/V"},
};

static const vd_launch fresh_launch[] = {
    {P_SEARCH, SYS32 "SearchProtocolHost.exe|Global\\UsGthrFltPipeMssGthrPipe%d_|"
                     "Global\\UsGthrCtrlFltPipeMssGthrPipe%d|1|-"
                     "2147%d|DownLevelDaemon%x"},
    {P_EDGE, PF86 "Microsoft\\Edge\\Application\\msedge.exe|--type=renderer|--renderer-client-id=%"
                  "d|--launch-time-ticks=%d%d|"
                  "--metrics-shmem-handle=%d,i,%d%d,%d,2097152|--field-trial-handle=%d,i,%d%d,"
                  "262144|/prefetch:1"},
    {P_CHROME,
     PF "Google\\Chrome\\Application\\chrome.exe|--type=utility|--metrics-shmem-handle=%d,i,%d%d,"
        "524288|"
        "--mojo-platform-channel-handle=%d|--field-trial-handle=%d,i,%d%d,131072|/prefetch:8"},
    {P_TEAMS, PF "WindowsApps\\MSTeams_24033\\ms-teams.exe|--type=renderer|--client-id=%g|--trace-"
                 "parent=%x%x-%x|--pipe=%g|--ipc=%x%x"},
    {P_NOTEPAD, SYS32 "NOTEPAD.EXE|C:\\Users\\%u\\Documents\\%w %w-%d.txt"},
    {P_ACROBAT,
     PF "Adobe\\Acrobat DC\\Acrobat\\Acrobat.exe|C:\\Users\\%u\\Documents\\%w_%w_%d.pdf"},
    {P_MSIEXEC, SYS32 "MsiExec.exe|-Embedding|%x%x%x%x|E|Global\\MSI%h%h"},
    {P_DLLHOST, SYS32 "DllHost.exe|/Processid:{%g}"},
    {P_GIT, "git.exe|-C|C:\\src\\%w-%t|diff|--stat|%x%x%x%x%x|%x%x%x%x%x"},
    {P_GIT, "git.exe|checkout|-b|feature/%w-%w-%d|%x%x%x%x%x"},
    {P_NODE,
     PF "nodejs\\node.exe|C:\\src\\%w-%h\\node_modules\\.bin\\jest|--cacheDirectory=%x|--seed=%d"},
    {P_PYTHON, PF "Python312\\python.exe|-m|%w.%w%d|--run-id|%g|--out|C:\\src\\out\\%t-%x.parquet"},
    {P_CODE,
     "%e|--type=renderer|--user-data-dir=" ROAMING "Code|--crashpad-handler-pid=%d|--vscode-window-"
     "config=vscode:%g"},
    {P_SETUP, "%e|/quiet|/log|C:\\Windows\\Temp\\%w-%x.log|TRANSFORMS=%w-%x.mst"},
    {P_BACKUP, PF
     "Northgate Backup\\ngbackup.exe|run|--job=nightly-%w-%h|--snapshot={%g}|--catalog=%x%x.cat"},
    {P_CMD, SYS32 "cmd.exe|/d|/s|/c|C:\\src\\%w-%t\\tools\\%w.cmd --out build-%d"},
    {P_POWERSHELL, "powershell.exe|-NoProfile|-File|C:\\src\\%w\\ops\\%w-%t.ps1|-Stamp|%x%x|-Log|C:"
                   "\\src\\logs\\%t-%x.txt"},
    {P_UPDATE, PF86 "Google\\GoogleUpdater\\updater.exe|--server|--service=update-internal|--"
                    "session=%g|--nonce=%x%x"},
    {P_RUNDLL, SYS32 "rundll32.exe|" SYS32 "shell32.dll,SHCreateLocalServerRunDll|{%g}|-Embedding"},
    {P_PING, "ping|-n|%n|srv-%w-%d.corp.example"},
    {P_BUILD, PF
     "Microsoft Visual "
     "Studio\\2022\\MSBuild\\Current\\Bin\\MSBuild.exe|C:\\src\\%w-%h\\%w.sln|/nodemode:1|/nr:true|"
     "/p:BuildId=%x"},
    {P_TEST, "%e|--seed=%x|--filter=%w.%t*|--xml=%t%h.xml"},
};

static const vd_deed fixed_file[] = {
    {"C:\\Windows\\Prefetch\\SVCHOST.EXE-80F4A784.pf", SVC_UPDATE, NULL},
    {"C:\\ProgramData\\Microsoft\\Search\\Data\\Applications\\Windows\\Windows.edb", INDEXER, NULL},
    {"C:"
     "\\Windows\\System32\\config\\systemprofile\\AppData\\Local\\Microsoft\\Windows\\INetCache\\co"
     "unters.dat",
     SVC_NET, NULL},
    {"C:\\Windows\\System32\\winevt\\Logs\\Security.evtx", SVC_LOCAL, NULL},
    {"C:\\ProgramData\\Microsoft\\Windows Defender\\Support\\MPLog.log", DEFENDER, NULL},
    {"C:\\Program Files\\Elastic\\Endpoint\\state\\log\\endpoint-000001.log", ENDPOINT, NULL},
    {"C:\\Program Files\\Elastic\\Agent\\data\\elastic-agent.log", AGENT, NULL},
    {"C:\\Windows\\SoftwareDistribution\\DataStore\\DataStore.edb", SVC_UPDATE, NULL},
    {"C:\\Windows\\System32\\sru\\SRUDB.dat", SVC_NET, NULL},
    {"C:\\Windows\\ServiceState\\EventLog\\Data\\lastalive0.dat", SVC_LOCAL, NULL},
    {LOCAL "Microsoft\\Edge\\User Data\\Default\\Network\\Cookies-journal", EDGE, NULL},
    {LOCAL "Google\\Chrome\\User Data\\Default\\Preferences", CHROME, NULL},
    {LOCAL "Microsoft\\Outlook\\%u@corp.example.ost", OUTLOOK, NULL},
    {LOCAL "Microsoft\\OneDrive\\logs\\Personal\\SyncEngine.odlgz", ONEDRIVE, NULL},
};

static const vd_deed fresh_file[] = {
    {LOCAL "Microsoft\\Edge\\User Data\\Default\\Cache\\Cache_Data\\f_%x", EDGE, NULL},
    {LOCAL "Google\\Chrome\\User Data\\Default\\Code Cache\\js\\%x%x_0", CHROME, NULL},
    {LOCAL "Google\\Chrome\\User Data\\Default\\%x-%h.tmp", CHROME, NULL},
    {LOCAL "Microsoft\\Windows\\INetCache\\IE\\%t\\%w[%n].js", EDGE, NULL},
    {LOCAL "Temp\\%x-%h-%w.tmp", VD_ANYONE, NULL},
    {"C:\\Windows\\Temp\\%t-%d.log", SVC_UPDATE, NULL},
    {"C:\\Windows\\SoftwareDistribution\\Download\\%x%x\\Metadata\\%w.cab", SVC_UPDATE, NULL},
    {"C:\\Windows\\WinSxS\\Temp\\InFlight\\%x%x\\amd64_%w-%w_31bf3856ad364e35_10.0.19041.%d_none_%"
     "x%x.manifest",
     TIWORKER, NULL},
    {"C:\\Windows\\WinSxS\\Temp\\PendingDeletes\\%x%x.%w.dll", TIWORKER, NULL},
    {"C:\\Users\\%u\\Documents\\%w\\%w %w %d.docx", WORD, NULL},
    {"C:\\Users\\%u\\Documents\\~$%w %d.xlsx", EXCEL, NULL},
    {"C:\\Users\\%u\\OneDrive - Example\\%w\\%w-%d.pptx", ONEDRIVE, NULL},
    {"C:\\ProgramData\\Microsoft\\Windows Defender\\Scans\\History\\Results\\Resource\\{%g}",
     DEFENDER, NULL},
    {"C:"
     "\\ProgramData\\Microsoft\\Search\\Data\\Applications\\Windows\\GatherLogs\\SystemIndex\\Syste"
     "mIndex.%d.gthr",
     INDEXER, NULL},
    {LOCAL "Microsoft\\Outlook\\HubAppFileCache\\%x\\%w.json", OUTLOOK, NULL},
    {ROAMING "Microsoft\\Teams\\Cache\\f_%x", TEAMS, NULL},
    {"C:\\Windows\\Installer\\MSI%h.tmp", INSTALLER, NULL},
    {"C:\\Program Files\\Common Files\\%w Tools\\%v\\%w.resources.dll", INSTALLER, NULL},
    {"C:\\src\\%w\\build\\obj\\%w_%x.obj", VD_ANYONE, NULL},
    {"C:\\Windows\\Prefetch\\%t.EXE-%x.pf", SVC_UPDATE, NULL},
    {"C:\\Windows\\System32\\spool\\PRINTERS\\FP%d.SPL", SPOOLER, NULL},
    {"C:\\Program Files\\Elastic\\Endpoint\\state\\queue\\%x%x.ndjson", ENDPOINT, NULL},
};

#define CCS "HKLM\\SYSTEM\\ControlSet001\\"
#define HKU "HKEY_USERS\\%s\\Software\\Microsoft\\"
#define WCV "Windows\\CurrentVersion\\"

static const vd_deed fixed_registry[] = {
    {CCS "Services\\bam\\State\\UserSettings\\S-1-5-18\\SequenceNumber", SYSTEM, NULL},
    {CCS "Services\\W32Time\\SecureTimeLimits\\SecureTimeEstimated", SVC_LOCAL, NULL},
    {CCS "Services\\Tcpip\\Parameters\\Interfaces\\LeaseObtainedTime", SVC_NET, NULL},
    {"HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Index",
     SVC_UPDATE, NULL},
    {"HKLM\\SOFTWARE\\Microsoft\\" WCV
     "WindowsUpdate\\Auto Update\\LastOnlineScanTimeForAppCategory",
     SVC_UPDATE, "2024-11-02 08:12:44"},
    {"HKLM\\SOFTWARE\\Microsoft\\Windows Defender\\Signature Updates\\SignaturesLastUpdated",
     DEFENDER, NULL},
    {"HKLM\\SOFTWARE\\Microsoft\\Windows Search\\Gather\\Windows\\SystemIndex\\StatusInfo", INDEXER,
     NULL},
    {"HKLM\\SOFTWARE\\Microsoft\\" WCV "Diagnostics\\DiagTrack\\HeartBeats\\LastHeartBeat",
     SVC_DCOM, NULL},
    {"HKLM\\SOFTWARE\\Policies\\Microsoft\\SystemCertificates\\Root\\Certificates\\Blob", LSASS,
     NULL},
    {CCS "Control\\Print\\Printers\\ChangeID", SPOOLER, NULL},
    {CCS "Control\\Lsa\\LsaPid", LSASS, NULL},
    {CCS "Enum\\ROOT\\VOLMGR\\0000\\LogConf", SYSTEM, NULL},
};

static const vd_deed fresh_registry[] = {
    {HKU WCV "Explorer\\RecentDocs\\.%w\\MRUListEx-%d", EXPLORER, NULL},
    {HKU WCV "Explorer\\UserAssist\\{%g}\\Count\\%t", EXPLORER, NULL},
    {HKU "Windows\\Shell\\BagMRU\\%n\\%n\\NodeSlot%d", EXPLORER, NULL},
    {CCS "Services\\bam\\State\\UserSettings\\%s\\%t.exe", SYSTEM, NULL},
    {"HKLM\\SOFTWARE\\Microsoft\\" WCV "Installer\\UserData\\S-1-5-18\\Components\\%x%x%x%x\\%x%x",
     INSTALLER, "C:\\Program Files\\Common Files\\%w Tools\\%w.resources.dll"},
    {"HKLM\\SOFTWARE\\Classes\\Installer\\Products\\%x%x\\PackageCode", INSTALLER, "%x%x%x%x"},
    {"HKLM\\SOFTWARE\\Microsoft\\" WCV
     "Component Based Servicing\\Packages\\%w-%w~31bf3856~amd64~~10.0.%d\\CurrentState",
     TIWORKER, NULL},
    {"HKLM\\SOFTWARE\\Microsoft\\" WCV
     "WindowsUpdate\\Services\\Pending\\{%g}\\ClientApplicationID",
     SVC_UPDATE, "MoUpdate-%d"},
    {HKU "Office\\16.0\\Word\\Reading Locations\\Document %d\\Datetime", WORD,
     "2024-11-0%nT1%n:20"},
    {HKU "Office\\16.0\\Excel\\File MRU\\Item %d", EXCEL,
     "[F00000000][T01DB%h]*C:\\Users\\%u\\Documents\\%w %d.xlsx"},
    {HKU "Edge\\PreferenceMACs\\Default\\extensions.settings\\%t%t", EDGE, "%x%x%x%x"},
    {HKU "OneDrive\\Accounts\\Business1\\Tenants\\%w-%d\\LastSync", ONEDRIVE, NULL},
    {CCS "Control\\DeviceClasses\\{%g}\\##?#SWD#%t\\DeviceInstance", SYSTEM, "SWD\\%t\\%x"},
    {"HKLM\\SOFTWARE\\Microsoft\\Windows "
     "NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks\\{%g}\\DynamicInfo",
     SVC_UPDATE, NULL},
};

static const char *const fixed_module[] = {
    SYS32 "ntdll.dll",
    SYS32 "kernel32.dll",
    SYS32 "KernelBase.dll",
    SYS32 "ucrtbase.dll",
    SYS32 "msvcrt.dll",
    SYS32 "sechost.dll",
    SYS32 "rpcrt4.dll",
    SYS32 "advapi32.dll",
    SYS32 "user32.dll",
    SYS32 "gdi32full.dll",
    SYS32 "combase.dll",
    SYS32 "ole32.dll",
    SYS32 "shell32.dll",
    SYS32 "shlwapi.dll",
    SYS32 "bcryptprimitives.dll",
    SYS32 "ws2_32.dll",
    SYS32 "mswsock.dll",
    SYS32 "winhttp.dll",
    SYS32 "wininet.dll",
    SYS32 "crypt32.dll",
    SYS32 "msxml6.dll",
    SYS32 "clbcatq.dll",
    SYS32 "propsys.dll",
    SYS32 "windows.storage.dll",
    SYS32 "amsi.dll",
    SYS32 "profapi.dll",
    SYS32 "cryptsp.dll",
    SYS32 "wbem\\fastprox.dll",
    SYS32 "mscoree.dll",
    SYS32 "edgegdi.dll",
    PF "Windows Defender\\MpOAV.dll",
    PF "Microsoft Office\\root\\Office16\\mso.dll",
};

static const char *const fresh_module[] = {
    "C:\\Windows\\assembly\\NativeImages_v4.0.30319_64\\%w\\%x%x%x%x\\%w.ni.dll",
    "C:\\Windows\\WinSxS\\amd64_microsoft.windows.%w_6595b64144ccf1df_10.0.19041.%d_none_%x%x\\%w."
    "dll",
    PF "Common Files\\%w Tools\\%v\\%w.resources.dll",
    LOCAL "Programs\\%w\\app-%v\\%w_native_%h.node.dll",
    PF "Microsoft Visual Studio\\2022\\Common7\\IDE\\Extensions\\%t.%h\\%w.dll",
    LOCAL "Microsoft\\OneDrive\\%v\\%w.dll",
    "C:\\src\\%w\\build\\bin\\%w-%x.dll",
};

static const char *const host_prefix[] = {"WKS-", "LAP-", "DESKTOP-", "SRV-APP-", "SRV-FS-"};

static const uint8_t talkers[] = {EDGE,     CHROME, SVC_NET,  OUTLOOK,    TEAMS,
                                  ONEDRIVE, AGENT,  ENDPOINT, SVC_UPDATE, DEFENDER};

const vd_world vd_windows_world = {
    .roles = VD_ROWS(roles),
    .progs = VD_ROWS(progs),
    .fixed_launch = VD_ROWS(fixed_launch),
    .fresh_launch = VD_ROWS(fresh_launch),
    .fixed_file = VD_ROWS(fixed_file),
    .fresh_file = VD_ROWS(fresh_file),
    .fixed_registry = VD_ROWS(fixed_registry),
    .fresh_registry = VD_ROWS(fresh_registry),
    .fixed_module = VD_ROWS(fixed_module),
    .fresh_module = VD_ROWS(fresh_module),
    .host_prefix = VD_ROWS(host_prefix),
    .talkers = VD_ROWS(talkers),
    .os_block = {"\"Ext\":{\"variant\":\"Windows 10 Enterprise\"},\"kernel\":\"22H2 "
                 "(10.0.19045.5011)\",\"name\":\"Windows\","
                 "\"family\":\"windows\",\"type\":\"windows\",\"version\":\"22H2 "
                 "(10.0.19045.5011)\",\"platform\":\"windows\","
                 "\"full\":\"Windows 10 Enterprise 22H2 (10.0.19045.5011)\"",
                 "\"Ext\":{\"variant\":\"Windows Server 2022 Standard\"},\"kernel\":\"21H2 "
                 "(10.0.20348.2762)\",\"name\":\"Windows\","
                 "\"family\":\"windows\",\"type\":\"windows\",\"version\":\"21H2 "
                 "(10.0.20348.2762)\",\"platform\":\"windows\","
                 "\"full\":\"Windows Server 2022 Standard 21H2 (10.0.20348.2762)\""},
    .mix = {13, 30, 15, 20, 12, 8, 2},
    .shell_role = EXPLORER,
};
