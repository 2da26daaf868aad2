/* windows/: records to ECS documents by the built-in map. */
#include "normalise_help.h"

#define SECURITY_PROVIDER "Microsoft-Windows-Security-Auditing"

static given *sysmon(uint32_t id, const char *const *data)
{
    given *g = record_of(SYSMON, "Microsoft-Windows-Sysmon", id, data);
    g->record.user_sid = VD_STR("S-1-5-18");
    return g;
}

static given *security(uint32_t id, const char *const *data)
{
    given *g = record_of("Security", SECURITY_PROVIDER, id, data);
    g->record.keywords = 0x8020000000000000;
    return g;
}

static void test_what_every_record_says(void **state)
{
    given *g = record_of("Any/Channel", "Any-Provider", 77, OF("param1", "x", "param2", ""));
    g->record.provider_guid = VD_STR("{0aa}");
    g->record.activity_id = VD_STR("{0bb}");
    g->record.process_id = 4;
    g->record.thread_id = 5;
    g->record.has_process_id = true;
    g->record.version = 3;
    g->record.task = 12;
    g->record.message = VD_STR("Hello.");
    vd_json *doc = document_of(g);
    expect_fields(
        doc, "@timestamp", "2023-11-14T22:13:20.1234567Z", "event.code", "77", "event.kind",
        "event", "event.provider", "Any-Provider", "event.dataset", "windows.forwarded",
        "event.module", "windows", "data_stream.type", "logs", "data_stream.dataset",
        "windows.forwarded", "data_stream.namespace", "default", "host.name", "HOST01.corp.example",
        "host.hostname", "HOST01", "host.os.type", "windows", "host.os.family", "windows",
        "log.level", "information", "message", "Hello.", "winlog.channel", "Any/Channel",
        "winlog.provider_guid", "{0aa}", "winlog.activity_id", "{0bb}", "winlog.process.pid", "4",
        "winlog.process.thread.id", "5", "winlog.version", "3", "winlog.task", "12",
        "winlog.opcode", "Info", "winlog.record_id", "7", "winlog.event_id", "77", "winlog.api",
        "wineventlog", "winlog.event_data.param1", "x", "winlog.event_data.param2", NULL,
        "event.action", NULL, "event.outcome", NULL, NULL);
    assert_true(vd_json_typeof(vd_json_path(doc, VD_STR("winlog.event_id"))) == VD_JSON_STRING);
    vd_json_free(doc);
}

static void test_a_bare_record(void **state)
{
    vd_normaliser *n = vd_normaliser_new(&(vd_normalise_options){.host = VD_STR("given-host")});
    vd_json *doc = document(n, &(vd_win_record){.event_id = 1});
    expect_fields(doc, "event.code", "1", "host.name", "given-host", "winlog.computer_name",
                  "given-host", "@timestamp", NULL, "winlog.channel", NULL, "winlog.event_data",
                  NULL, NULL);
    vd_json_free(doc);
    vd_normaliser_free(n);
}

static void test_source_texts_win(void **state)
{
    given *g = record_of("X", "Y", 1, NULL);
    g->record.level_text = VD_STR("Warning");
    g->record.task_text = VD_STR("Some Task");
    g->record.opcode_text = VD_STR("Started");
    g->record.keyword_texts[0] = VD_STR("Audit Failure");
    g->record.n_keyword_texts = 1;
    vd_json *doc = document_of(g);
    expect_fields(doc, "log.level", "warning", "winlog.task", "Some Task", "event.action",
                  "Some Task", "winlog.opcode", "Started", "winlog.keywords", "[Audit Failure]",
                  "event.outcome", "failure", NULL);
    vd_json_free(doc);
}

static void test_sysmon_process(void **state)
{
    vd_json *doc = document_of(
        sysmon(1, OF("RuleName", "-", "UtcTime", "2024-02-03 04:05:06.789", "ProcessGuid", "{aa-1}",
                     "ProcessId", "4242", "Image", "C:\\Tools\\run me.exe", "Description", "Runs",
                     "OriginalFileName", "RUN.EXE", "CommandLine",
                     "\"C:\\Tools\\run me.exe\" /a  \"b c\"", "CurrentDirectory", "C:\\", "User",
                     "CORP\\ada", "Hashes", "SHA1=00FF,MD5=0000,SHA256=ABCD,IMPHASH=12EF",
                     "ParentProcessGuid", "{aa-0}", "ParentProcessId", "9", "ParentImage",
                     "C:\\Windows\\explorer.exe", "ParentCommandLine", "explorer")));
    expect_fields(doc, "@timestamp", "2024-02-03T04:05:06.789Z", "event.created",
                  "2023-11-14T22:13:20.1234567Z", "event.category", "[process]", "event.type",
                  "[start]", "event.action", "Process creation", "data_stream.dataset",
                  "windows.sysmon_operational", "process.entity_id", "{aa-1}", "process.pid",
                  "4242", "process.name", "run me.exe", "process.executable",
                  "C:\\Tools\\run me.exe", "process.args", "[C:\\Tools\\run me.exe,/a,b c]",
                  "process.args_count", "3", "process.working_directory", "C:\\",
                  "process.pe.original_file_name", "RUN.EXE", "process.pe.imphash", "12ef",
                  "process.hash.sha1", "00ff", "process.hash.md5", NULL, "process.hash.sha256",
                  "abcd", "process.parent.pid", "9", "process.parent.name", "explorer.exe",
                  "process.parent.args", "[explorer]", "user.id", "S-1-5-18", "user.name", "ada",
                  "user.domain", "CORP", "related.user", "[ada]", "related.hash",
                  "[00ff,abcd,12ef]", "rule.name", NULL, "winlog.event_data.RuleName", NULL,
                  "winlog.event_data.Image", "C:\\Tools\\run me.exe", NULL);
    vd_json_free(doc);
}

static void test_sysmon_image_load(void **state)
{
    vd_json *doc =
        document_of(sysmon(7, OF("Image", "C:\\a.exe", "ImageLoaded", "C:\\dir.x\\lib.dll",
                                 "OriginalFileName", "LIB.DLL", "Hashes", "MD5=AA", "Signed",
                                 "true", "Signature", "Vendor", "SignatureStatus", "Valid")));
    expect_fields(doc, "event.category", "[process,library]", "event.action", "[Image loaded,load]",
                  "event.type", "[change,start]", "file.path", "C:\\dir.x\\lib.dll", "file.name",
                  "lib.dll", "file.directory", "C:\\dir.x", "file.extension", "dll",
                  "file.code_signature.trusted", "true", "file.code_signature.valid", "true",
                  "file.code_signature.status", "Valid", "dll.name", "lib.dll", "dll.path",
                  "C:\\dir.x\\lib.dll", "dll.hash.md5", "aa", "dll.code_signature.trusted", "true",
                  "dll.code_signature.status", "trusted", "dll.code_signature.subject_name",
                  "Vendor", "dll.pe.original_file_name", "LIB.DLL", "process.pe.original_file_name",
                  NULL, NULL);
    vd_json_free(doc);
    doc = document_of(sysmon(
        7, OF("ImageLoaded", "C:\\lib.dll", "Signed", "failed: no chain", "SignatureStatus", "-")));
    expect_fields(doc, "file.code_signature.trusted", "false", "dll.code_signature.trusted", NULL,
                  "dll.code_signature.status", "failed: no chain", "file.code_signature.valid",
                  NULL, NULL);
    vd_json_free(doc);
    doc = document_of(sysmon(7, OF("Signed", "false", "SignatureStatus", "Unavailable")));
    expect_fields(doc, "dll.code_signature.trusted", "false", "dll.code_signature.status",
                  "Unavailable", NULL);
    vd_json_free(doc);
}

static void test_sysmon_blocks_and_errors(void **state)
{
    vd_json *doc = document_of(sysmon(28, OF("TargetFilename", "C:\\d\\Setup (1).exe", "Hashes",
                                             "SHA256=AB", "IsExecutable", "true")));
    expect_fields(doc, "event.action", "FileBlockShredding", "event.type", "[deletion]",
                  "file.name", "Setup (1).exe", "sysmon.file.is_executable", "true", "related.hash",
                  "[ab]", NULL);
    vd_json_free(doc);
    doc = document_of(sysmon(255, OF("ID", "DriverCommunication", "Description", "No room.")));
    expect_fields(doc, "event.outcome", "failure", "error.code", "DriverCommunication",
                  "process.pe.description", "No room.", NULL);
    vd_json_free(doc);
}

static void test_security_handles_rights_groups(void **state)
{
    vd_json *doc = document_of(
        security(4660, OF("SubjectUserSid", "S-1-5-20", "SubjectUserName", "ada", "ProcessId",
                          "0x150", "ProcessName", "C:\\Windows\\System32\\taskhostw.exe")));
    expect_fields(doc, "event.action", "object-deleted", "event.category", "[file,registry]",
                  "event.type", "[deletion]", "process.pid", "336", "process.name", "taskhostw.exe",
                  "user.id", "S-1-5-20", "related.user", "[ada]", NULL);
    vd_json_free(doc);
    doc = document_of(security(4664, OF("FileName", "C:\\a.dll", "SubjectUserName", "ada")));
    expect_fields(doc, "event.action", "create-hard-link", "file.path", "C:\\a.dll", "user.name",
                  "ada", NULL);
    vd_json_free(doc);
    doc = document_of(security(4705, OF("SubjectUserName", "H$", "TargetSid", "S-1-5-82-1",
                                        "PrivilegeList", "SeAudit\n\t\tSeQuota")));
    expect_fields(doc, "event.action", "user-right-removed", "event.type", "[change,user]",
                  "user.name", "H$", "user.target.id", "S-1-5-82-1",
                  "winlog.event_data.PrivilegeList", "[SeAudit,SeQuota]", NULL);
    vd_json_free(doc);
    doc = document_of(security(4627, OF("SubjectUserSid", "S-1-0-0", "SubjectUserName", "-",
                                        "TargetUserSid", "S-1-5-18", "TargetUserName", "H$",
                                        "TargetDomainName", "D", "LogonType", "3")));
    expect_fields(doc, "event.action", "group-membership-info", "user.id", "S-1-0-0", "user.name",
                  "H$", "user.effective.id", "S-1-5-18", "group.name", "H$", "user.target.domain",
                  "D", "winlog.logon.type", "Network", NULL);
    vd_json_free(doc);
    doc = document_of(security(4675, OF("TargetUserSid", "S-1-5-21-7", "TargetUserName", "adm")));
    expect_fields(doc, "event.action", "sids-filtered", "user.id", "S-1-5-21-7", "user.name", "adm",
                  NULL);
    vd_json_free(doc);
}

static void test_sysmon_network_and_dns(void **state)
{
    vd_json *doc = document_of(
        sysmon(3, OF("Image", "System", "Protocol", "tcp", "Initiated", "true", "SourceIsIpv6",
                     "false", "SourceIp", "10.0.0.1", "SourcePort", "50000", "DestinationIp",
                     "10.0.0.2", "DestinationPort", "445", "DestinationHostname", "-")));
    expect_fields(doc, "event.type", "[start,connection,protocol]", "network.direction", "egress",
                  "network.type", "ipv4", "network.transport", "tcp", "source.ip", "10.0.0.1",
                  "destination.port", "445", "destination.domain", NULL, "process.executable",
                  "System", "process.name", NULL, "related.ip", "[10.0.0.1,10.0.0.2]",
                  "network.community_id", "1:dkHwIWRbwJI8sKS6IQSrm0g0MEk=", NULL);
    vd_json_free(doc);
    doc = document_of(sysmon(22, OF("QueryName", "a.example", "QueryStatus", "0", "QueryResults",
                                    "type:  5 b.example;::ffff:192.0.2.7;2001:db8::1;oops;")));
    expect_fields(
        doc, "dns.question.name", "a.example", "network.protocol", "dns", "dns.resolved_ip",
        "[192.0.2.7,2001:db8::1]", "related.hosts", "[b.example,a.example]", "related.ip",
        "[192.0.2.7,2001:db8::1]", "sysmon.dns.status", "SUCCESS", "dns.answers",
        "[{\"data\":\"b.example\",\"type\":\"CNAME\"},{\"data\":\"192.0.2.7\",\"type\":\"A\"},"
        "{\"data\":\"2001:db8::1\",\"type\":\"AAAA\"}]",
        NULL);
    vd_json_free(doc);
}

static void test_sysmon_registry(void **state)
{
    vd_json *doc = document_of(
        sysmon(13, OF("TargetObject", "HKLM\\Software\\Run\\v", "Details", "DWORD (0x0000000a)")));
    expect_fields(doc, "registry.hive", "HKLM", "registry.key", "Software\\Run\\v",
                  "registry.value", "v", "registry.path", "HKLM\\Software\\Run\\v",
                  "registry.data.type", "SZ_DWORD", "registry.data.strings", "[10]",
                  "event.category", "[configuration,registry]", NULL);
    vd_json_free(doc);
    doc = document_of(
        sysmon(13, OF("TargetObject", "Odd\\v", "Details", "QWORD (0x00000001-0x00000002)")));
    expect_fields(doc, "registry.hive", NULL, "registry.key", NULL, "registry.data.strings",
                  "[4294967298]", NULL);
    vd_json_free(doc);
    doc = document_of(sysmon(13, OF("TargetObject", "HKU\\v", "Details", "Binary Data")));
    expect_fields(doc, "registry.data.type", "REG_BINARY", NULL);
    vd_json_free(doc);
}

static void test_logon(void **state)
{
    given *g =
        security(4625, OF("SubjectUserSid", "S-1-5-18", "SubjectUserName", "HOST01$",
                          "SubjectLogonId", "0x3e7", "TargetUserSid", "S-1-0-0", "TargetUserName",
                          "ada@corp.example", "TargetDomainName", "CORP", "Status", "0xC000006D",
                          "SubStatus", "0xc0000064", "FailureReason", "%%2313", "LogonType", "3",
                          "WorkstationName", "WS7", "ProcessId", "0x1f4", "ProcessName",
                          "C:\\w\\lsass.exe", "IpAddress", "::ffff:192.0.2.9", "IpPort", "1234"));
    g->record.keywords = 0x8010000000000000;
    g->record.task = 12544;
    vd_json *doc = document_of(g);
    expect_fields(doc, "event.category", "[authentication]", "event.action", "logon-failed",
                  "event.outcome", "failure", "data_stream.dataset", "system.security",
                  "event.module", "system", "user.name", "ada", "user.id", "S-1-0-0", "user.domain",
                  "CORP", "source.ip", "192.0.2.9", "source.port", "1234", "source.domain", "WS7",
                  "process.pid", "500", "process.name", "lsass.exe", "winlog.logon.type", "Network",
                  "winlog.logon.id", "0x3e7", "winlog.logon.failure.reason",
                  "Unknown user name or bad password.", "winlog.logon.failure.sub_status",
                  "User logon with misspelled or bad user account", "winlog.logon.failure.status",
                  "This is either due to a bad username or authentication information",
                  "winlog.task", "Logon", "related.user", "[ada,HOST01$]", NULL);
    vd_json_free(doc);
}

static void test_task_is_the_action_where_the_table_has_none(void **state)
{
    given *g = security(4703, OF("EnabledPrivilegeList", "SeDebugPrivilege\n\t\tSeLoadPrivilege"));
    g->record.task = 13317;
    vd_json *doc = document_of(g);
    expect_fields(doc, "event.action", "Token Right Adjusted Events", "event.outcome", "success",
                  "winlog.event_data.EnabledPrivilegeList", "[SeDebugPrivilege,SeLoadPrivilege]",
                  NULL);
    vd_json_free(doc);
}

static void test_security_texts(void **state)
{
    vd_json *doc = document_of(
        security(4738, OF("NewUacValue", "0x10", "UserAccountControl", "\n\t\t%%2048\n\t\t%%2084",
                          "TargetUserName", "eve", "TargetSid", "S-1-5-9")));
    expect_fields(doc, "winlog.event_data.NewUACList", "[USER_NORMAL_ACCOUNT]",
                  "winlog.event_data.UserAccountControl", "[2048,2084]",
                  "winlog.event_data.UserAccountControlList",
                  "[Account Enabled,Normal Account' - Enabled]", "user.target.name", "eve",
                  "user.target.id", "S-1-5-9", NULL);
    vd_json_free(doc);
    doc = document_of(security(4662, OF("AccessMask", "0x110", "AccessList", "%%7688\n\t\t\t\t")));
    expect_fields(doc, "winlog.event_data.AccessMaskDescription", "[Read Property,Control Access]",
                  "winlog.event_data.AccessMask", "0x110",
                  "winlog.event_data.AccessListDescription", "[Control Access]", "event.action",
                  "object-operation-performed", NULL);
    vd_json_free(doc);
    doc = document_of(security(4728, OF("MemberName", "CN=ada\\, b,OU=u,DC=x,DC=corp,DC=example",
                                        "TargetUserName", "Admins", "TargetSid", "S-1-9")));
    expect_fields(doc, "user.target.name", "ada\\, b", "user.target.domain", "corp", "group.name",
                  "Admins", "user.target.group.id", "S-1-9", NULL);
    vd_json_free(doc);
}

static void test_shares_and_firewall(void **state)
{
    vd_json *doc = document_of(
        security(5145, OF("ShareName", "\\\\*\\C$", "ShareLocalPath", "\\??\\C:\\",
                          "RelativeTargetName", "Temp\\a.dll", "IpAddress", "192.0.2.1")));
    expect_fields(doc, "event.action", "network-share-object-access-checked", "file.name",
                  "Temp\\a.dll", "file.extension", "dll", "file.target_path",
                  "\\\\*\\C$\\Temp\\a.dll", "related.ip", "[192.0.2.1]", NULL);
    vd_json_free(doc);
    doc = document_of(
        security(5156, OF("ProcessID", "4", "Application", "System", "Direction", "%%14592",
                          "Protocol", "6", "SourceAddress", "192.0.2.1", "DestPort", "445")));
    expect_fields(doc, "network.direction", "ingress", "network.transport", "tcp", "process.pid",
                  "4", "destination.port", "445", "event.type", "[connection,info,allowed]", NULL);
    vd_json_free(doc);
}

static void test_log_cleared(void **state)
{
    given *g = record_of("Security", "Microsoft-Windows-Eventlog", 1102,
                         OF("SubjectUserName", "ada", "SubjectLogonId", "0x5"));
    g->record.has_user_data = true;
    g->record.user_data_name = VD_STR("LogFileCleared");
    vd_json *doc = document_of(g);
    expect_fields(doc, "event.action", "audit-log-cleared", "user.name", "ada",
                  "winlog.user_data.xml_name", "LogFileCleared", "winlog.user_data.SubjectUserName",
                  "ada", "winlog.event_data", NULL, "winlog.logon.id", "0x5", NULL);
    vd_json_free(doc);
}

static void test_processes_of_the_security_log(void **state)
{
    vd_normaliser *n = vd_normaliser_new(NULL);
    char parent_id[40], child_id[40];
    given *g = security(4688, OF("NewProcessId", "0x64", "NewProcessName", "C:\\p.exe",
                                 "CommandLine", "p  \"q r\""));
    vd_json *doc = document(n, &g->record);
    expect_fields(doc, "process.pid", "100", "process.args", "[p,q r]", "event.action",
                  "created-process", NULL);
    strcpy(parent_id, at(doc, "process.entity_id"));
    vd_json_free(doc);
    free(g);

    g = security(4688, OF("NewProcessId", "0xc8", "ProcessId", "0x64"));
    doc = document(n, &g->record);
    expect_fields(doc, "process.parent.entity_id", parent_id, "process.parent.pid", "100", NULL);
    strcpy(child_id, at(doc, "process.entity_id"));
    assert_string_not_equal(child_id, parent_id);
    vd_json_free(doc);
    free(g);

    g = security(4689, OF("ProcessId", "0xc8", "ProcessName", "C:\\c.exe"));
    doc = document(n, &g->record);
    expect_fields(doc, "process.entity_id", child_id, "process.name", "c.exe", NULL);
    vd_json_free(doc);
    doc = document(n, &g->record); /* it has ended */
    expect_fields(doc, "process.entity_id", NULL, NULL);
    vd_json_free(doc);
    g->record.computer = VD_STR("OTHER");
    g->pairs[0].value = VD_STR("0x64");
    doc = document(n, &g->record); /* another host's */
    expect_fields(doc, "process.entity_id", NULL, NULL);
    vd_json_free(doc);
    free(g);
    vd_normaliser_free(n);
}

static void test_no_derive(void **state)
{
    vd_normaliser *n = vd_normaliser_new(&(vd_normalise_options){.no_derive = true});
    given *g = security(4688, OF("NewProcessId", "0x64"));
    vd_json *doc = document(n, &g->record);
    expect_fields(doc, "host.id", NULL, "host.hostname", NULL, "process.entity_id", NULL,
                  "host.name", "HOST01.corp.example", "process.pid", "100", NULL);
    vd_json_free(doc);
    free(g);
    vd_normaliser_free(n);
}

static void test_host_id_is_of_the_name_without_case(void **state)
{
    char first[40];
    given *g = record_of("X", "Y", 1, NULL);
    vd_json *doc = document_of(g);
    strcpy(first, at(doc, "host.id"));
    assert_int_equal(strlen(first), 32);
    vd_json_free(doc);
    g = record_of("X", "Y", 1, NULL);
    g->record.computer = VD_STR("host01.CORP.example");
    doc = document_of(g);
    expect_fields(doc, "host.id", first, NULL);
    vd_json_free(doc);
    g = record_of("X", "Y", 1, NULL);
    g->record.computer = VD_STR("host02.corp.example");
    doc = document_of(g);
    assert_string_not_equal(at(doc, "host.id"), first);
    vd_json_free(doc);
}

static void test_powershell(void **state)
{
    vd_json *doc = document_of(record_of(
        "Windows PowerShell", "PowerShell", 400,
        OF("param1", "Available", "param2", "None", "param3",
           "\tNewEngineState=Available\r\n\tPreviousEngineState=None\r\n\r\n\tSequenceNumber=13\r\n"
           "\r\n\tHostName=ConsoleHost\r\n\tHostId=h-1\r\n\tHostApplication=powershell -c \"a "
           "b\"\r\n"
           "\tEngineVersion=5.1\r\n\tPipelineId=\r\n")));
    expect_fields(
        doc, "event.category", "[process]", "event.type", "[start]", "event.sequence", "13",
        "process.title", "ConsoleHost", "process.entity_id", "h-1", "process.args",
        "[powershell,-c,a b]", "powershell.engine.new_state", "Available", "powershell.pipeline_id",
        NULL, "data_stream.dataset", "windows.powershell", "winlog.event_data.param3",
        "\tNewEngineState=Available\n\tPreviousEngineState=None\n\n\tSequenceNumber=13\n\n"
        "\tHostName=ConsoleHost\n\tHostId=h-1\n\tHostApplication=powershell -c \"a b\"\n"
        "\tEngineVersion=5.1\n\tPipelineId=\n",
        NULL);
    vd_json_free(doc);
}

static void test_powershell_operational(void **state)
{
    vd_json *doc = document_of(
        record_of("Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell", 4103,
                  OF("ContextInfo",
                     "        Severity = Informational\n        Host Application = ps.exe -x\n"
                     "        Script Name = C:\\s\\t.ps1\n        Sequence Number = 34\n"
                     "        User = CORP\\eve\n        Connected User = CORP\\ada\n",
                     "Payload",
                     "CommandInvocation(Out-Null): \"Out-Null\"\n"
                     "ParameterBinding(Out-Null): name=\"InputObject\"; value=\"a; b\"\nplain\n")));
    expect_fields(doc, "user.name", "ada", "source.user.name", "ada", "destination.user.name",
                  "eve", "file.name", "t.ps1", "file.extension", "ps1", "event.sequence", "34",
                  "powershell.command.invocation_details",
                  "[{\"type\":\"CommandInvocation\",\"related_command\":\"Out-Null\",\"value\":"
                  "\"\\\"Out-Null\\\"\"},{\"type\":\"ParameterBinding\",\"related_command\":"
                  "\"Out-Null\",\"name\":\"\\\"InputObject\\\"\",\"value\":\"\\\"a; b\\\"\"},"
                  "{\"value\":\"plain\"}]",
                  NULL);
    vd_json_free(doc);
    /* A command's own file is not the script's; who logs is who runs it. */
    given *g = record_of("Microsoft-Windows-PowerShell/Operational", "Microsoft-Windows-PowerShell",
                         4103, OF("ContextInfo", "Script Name = \nCommand Path = C:\\w\\c.exe\n"));
    g->record.has_process_id = true;
    g->record.process_id = 4242;
    doc = document_of(g);
    expect_fields(doc, "powershell.command.path", "C:\\w\\c.exe", "file.path", NULL, "file.name",
                  NULL, "process.pid", "4242", NULL);
    vd_json_free(doc);
    doc = document_of(record_of("Microsoft-Windows-PowerShell/Operational",
                                "Microsoft-Windows-PowerShell", 4104,
                                OF("MessageNumber", "1", "MessageTotal", "2", "ScriptBlockText",
                                   "abab\xf0\x9f\x98\x80", "ScriptBlockId", "id", "Path", "")));
    expect_fields(doc, "powershell.file.script_block_text", "abab\xf0\x9f\x98\x80",
                  "powershell.file.script_block_length", "6",
                  "powershell.file.script_block_unique_symbols", "4", "powershell.sequence", "1",
                  "powershell.total", "2", "file.path", NULL, NULL);
    double bits =
        vd_json_get_double(vd_json_path(doc, VD_STR("powershell.file.script_block_entropy_bits")));
    double deviation = vd_json_get_double(
        vd_json_path(doc, VD_STR("powershell.file.script_block_surprisal_stdev")));
    assert_true(bits > 1.91829 && bits < 1.91831);           /* 2/3 log2 3 + 1/3 log2 6 */
    assert_true(deviation > 0.47140 && deviation < 0.47141); /* sqrt(2/9) */
    vd_json_free(doc);
}

/* What of a signature is in a script's text is not measured. */
static void test_signatures_of_scripts(void **state)
{
#define DIGITS "AbCdEfGhIjKlMnOpQrStUvWxYz0123456789+/=aAbCdEfGhIjKlMnOpQrStUvWx"
    static const struct {
        const char *text, *length;
    } scripts[] = {
        {"ab\n# SIG # Begin signature block\n# " DIGITS "\n", "3"},
        {"# SIG # Begin signature block\n# " DIGITS "\n", NULL},
        {"IjKl\n# " DIGITS "\n# IjKl", NULL}, /* the last part of a long script */
        {"IjKl\n#" DIGITS "\n", NULL},
        {"IjKl\n# " DIGITS, NULL},
        {"# " DIGITS, "66"}, /* of the first line nothing is known */
        {"\n# " DIGITS, "67"},
        {"a\n# " DIGITS "b", "69"},
        {"a\n  " DIGITS, "68"},
        {"a\n# ?" DIGITS, "69"},
        {"a\n# " DIGITS "=", "69"},
    };
#undef DIGITS
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        vd_json *doc = document_of(record_of("Microsoft-Windows-PowerShell/Operational",
                                             "Microsoft-Windows-PowerShell", 4104,
                                             OF("ScriptBlockText", scripts[i].text)));
        expect_fields(doc, "powershell.file.script_block_text", scripts[i].text,
                      "powershell.file.script_block_length", scripts[i].length, NULL);
        assert_true(!scripts[i].length ==
                    !vd_json_path(doc, VD_STR("powershell.file.script_block_entropy_bits")));
        vd_json_free(doc);
    }
}

static void test_providers_of_one_channel(void **state)
{
    vd_json *doc = document_of(
        record_of("System", "Service Control Manager", 7045,
                  OF("ServiceName", "svc", "ImagePath", "\"C:\\d\\s.exe\"", "ServiceType",
                     "user mode service", "StartType", "demand start", "AccountName", "ada")));
    expect_fields(doc, "event.action", "service-created", "service.name", "svc", "service.start",
                  "manual", "service.file.path", "C:\\d\\s.exe", "service.file.name", "s.exe",
                  "data_stream.dataset", "system.system", NULL);
    vd_json_free(doc);
    doc = document_of(record_of("System", "Another", 7045, OF("ServiceName", "svc")));
    expect_fields(doc, "event.action", NULL, "service.name", NULL, "data_stream.dataset",
                  "system.system", NULL);
    vd_json_free(doc);
    doc = document_of(record_of("system", "Microsoft-Windows-Eventlog", 104, NULL));
    expect_fields(doc, "event.action", "Log clear", NULL);
    vd_json_free(doc);
}

static void test_defender_names_with_blanks(void **state)
{
    vd_json *doc = document_of(
        record_of("Microsoft-Windows-Windows Defender/Operational",
                  "Microsoft-Windows-Windows Defender", 1117,
                  OF("Threat Name", "Bad", "Action Name", "Quarantine", "Path",
                     "containerfile:_C:\\x\\y.exe", "Detection User", "CORP\\ada", "Process Name",
                     "Unknown", "Error Description", "The operation completed successfully. ")));
    expect_fields(doc, "event.action", "malware-quarantined", "event.category", "[malware]",
                  "file.path", "C:\\x\\y.exe", "file.name", "y.exe", "user.name", "ada",
                  "winlog.event_data.Threat_Name", "Bad", "process.executable", NULL,
                  "event.outcome", "success", NULL);
    vd_json_free(doc);
}

static void test_twice_the_same_name(void **state)
{
    vd_json *doc = document_of(record_of("X", "Y", 1,
                                         OF("unknown", "", "unknown", "first", "unknown", "second",
                                            "User", "-", "User", "A\\b", "User", "C\\d")));
    expect_fields(doc, "winlog.event_data.unknown", "first", "winlog.event_data.User", "A\\b",
                  NULL);
    vd_json_free(doc);
}

static void test_very_many_pairs(void **state)
{
    enum { PAIRS = 100000 };
    vd_win_pair *pairs = vd_calloc(PAIRS, sizeof *pairs);
    char *names = vd_calloc(PAIRS, 8);
    for (unsigned i = 0; i < PAIRS; i++) {
        snprintf(names + i * 8, 8, "n%u", i / 2); /* each twice */
        pairs[i] = (vd_win_pair){vd_str_from(names + i * 8), VD_STR("v")};
    }
    vd_normaliser *n = vd_normaliser_new(NULL);
    vd_win_record r = {.channel = VD_STR("X"), .data = pairs, .n_data = PAIRS};
    vd_json *doc = document(n, &r);
    assert_int_equal(vd_json_len(vd_json_path(doc, VD_STR("winlog.event_data"))), PAIRS / 2);
    vd_json_free(doc);
    vd_normaliser_free(n);
    free(names);
    free(pairs);
}

static void test_lists_that_grow_without_end(void **state)
{
    vd_text names = {0};
    for (unsigned i = 0; i < 50000; i++) {
        char one[40];
        int k = snprintf(one, sizeof one, "type:  5 h%u;", i);
        for (int c = 0; c < k; c++)
            *vd_vec_push(&names) = one[c];
    }
    *vd_vec_push(&names) = 0;
    vd_json *doc = document_of(sysmon(22, OF("QueryResults", names.v)));
    assert_int_equal(vd_json_len(vd_json_path(doc, VD_STR("dns.answers"))), 50000);
    assert_int_equal(vd_json_len(vd_json_path(doc, VD_STR("related.hosts"))), 256);
    vd_json_free(doc);
    vd_vec_free(&names);
}

static void test_escapes(void **state)
{
    char all[300];
    size_t k = 0;
    for (int c = 1; c < 128; c++)
        all[k++] = (char)c;
    memcpy(all + k, "\xc3\xa4\xe2\x82\xac end", 10);
    for (size_t cut = 0; cut < 60; cut++) { /* every length of the last steps */
        given *g = record_of("X", "Y", 1, OF("v", all + cut, "w", all + 127));
        vd_json *doc = document_of(g);
        expect_fields(doc, "winlog.event_data.v", all + cut, NULL);
        vd_json_free(doc);
    }
}

static void test_long_values(void **state)
{
    size_t n = 200000;
    char *big = vd_malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        big[i] = i % 7 ? 'x' : '\\';
    big[n] = 0;
    vd_normaliser *normaliser = vd_normaliser_new(NULL);
    given *g = sysmon(1, OF("CommandLine", big));
    for (unsigned i = 0; i < 3; i++) {
        vd_json *doc = document(normaliser, &g->record);
        vd_str got = vd_json_str(vd_json_path(doc, VD_STR("process.command_line")));
        assert_true(vd_str_eq(got, vd_str_from(big)));
        vd_json_free(doc);
    }
    free(g);
    free(big);
    vd_normaliser_free(normaliser);
}

static void test_many_kinds_of_events(void **state)
{
    vd_normaliser *n = vd_normaliser_new(NULL);
    for (uint32_t id = 0; id < 20000; id++) { /* more than programs are kept */
        given *g = record_of("Security", SECURITY_PROVIDER, id, NULL);
        vd_text out = {0};
        vd_normalise(n, &g->record, &out);
        assert_true(out.n > 100);
        vd_vec_free(&out);
        free(g);
    }
    given *g = security(4624, OF("TargetUserName", "ada"));
    vd_json *doc = document(n, &g->record);
    expect_fields(doc, "event.action", "logged-in", "user.name", "ada", NULL);
    vd_json_free(doc);
    free(g);
    vd_normaliser_free(n);
}

static void test_times_at_the_edges(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "1970-01-01T00:00:00.000Z"},
                 {-100, "1969-12-31T23:59:59.9999999Z"},
                 {951782400000000000, "2000-02-29T00:00:00.000Z"},
                 {INT64_MAX, "2262-04-11T23:47:16.8547758Z"},
                 {INT64_MIN + 1, "1677-09-21T00:12:43.1452241Z"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        given *g = record_of("X", "Y", 1, NULL);
        g->record.time_ns = cases[i].ns;
        vd_json *doc = document_of(g);
        expect_fields(doc, "@timestamp", cases[i].text, NULL);
        vd_json_free(doc);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_every_record_says),
        cmocka_unit_test(test_a_bare_record),
        cmocka_unit_test(test_source_texts_win),
        cmocka_unit_test(test_sysmon_process),
        cmocka_unit_test(test_sysmon_image_load),
        cmocka_unit_test(test_sysmon_blocks_and_errors),
        cmocka_unit_test(test_security_handles_rights_groups),
        cmocka_unit_test(test_sysmon_network_and_dns),
        cmocka_unit_test(test_sysmon_registry),
        cmocka_unit_test(test_logon),
        cmocka_unit_test(test_task_is_the_action_where_the_table_has_none),
        cmocka_unit_test(test_security_texts),
        cmocka_unit_test(test_shares_and_firewall),
        cmocka_unit_test(test_log_cleared),
        cmocka_unit_test(test_processes_of_the_security_log),
        cmocka_unit_test(test_no_derive),
        cmocka_unit_test(test_host_id_is_of_the_name_without_case),
        cmocka_unit_test(test_powershell),
        cmocka_unit_test(test_powershell_operational),
        cmocka_unit_test(test_signatures_of_scripts),
        cmocka_unit_test(test_providers_of_one_channel),
        cmocka_unit_test(test_defender_names_with_blanks),
        cmocka_unit_test(test_twice_the_same_name),
        cmocka_unit_test(test_very_many_pairs),
        cmocka_unit_test(test_lists_that_grow_without_end),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_long_values),
        cmocka_unit_test(test_many_kinds_of_events),
        cmocka_unit_test(test_times_at_the_edges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
