/* bench/gen/doc_activity.c - what a process did: file, registry, module, network, logon */
#include "doc_int.h"

/* clang-format off: the literals of JSON read by their commas, not by columns. */

static vd_text name_of(vd_text path)
{
    size_t at = vd_name_at(path.p, path.len);
    return (vd_text){path.p + at, (uint32_t)(path.len - at)};
}

/* The part after the last dot; length 0 if there is none. */
static vd_text extension_of(vd_text name)
{
    for (uint32_t i = name.len; i-- > 1;)
        if (name.p[i] == '.')
            return (vd_text){name.p + i + 1, name.len - i - 1};
    return (vd_text){name.p + name.len, 0};
}

static char *put_names(char *w, vd_text path)
{
    vd_text name = name_of(path), extension = extension_of(name);
    LIT(w, K("path"));
    w = vd_doc_text(w, path);
    LIT(w, "," K("name"));
    w = vd_doc_text(w, name);
    if (extension.len > 0) {
        LIT(w, "," K("extension"));
        w = vd_doc_text(w, extension);
    }
    return w;
}

char *vd_doc_file(char *w, vd_doc *doc, const vd_event *e)
{
    vd_rng *r = &doc->rng;
    LIT(w, O("file") O("Ext") K("header_data") "[]," V("entropy", ""));
    w = vd_put_u64(w, vd_rng_below(r, 8));
    *w++ = '.';
    w = vd_put_pad(w, vd_rng_next(r), 14);
    LIT(w, "," O("device") S("volume_device_type", "Disk File System") "," S("bus_type", "NVMe") "}," T("header_bytes"));
    w = vd_put_hex(w, vd_rng_next(r), 16);
    w = vd_put_hex(w, vd_rng_next(r), 16);
    LIT(w, "\"," O("windows") V("zone_identifier", "-1") "}," V("monotonic_id", ""));
    w = vd_put_u64(w, e->host->sequence + 1);
    if (e->other.len > 0) {
        LIT(w, "," O("original"));
        w = put_names(w, e->other);
        *w++ = '}';
    }
    LIT(w, "},");
    w = put_names(w, e->path);
    LIT(w, "," V("size", ""));
    w = vd_put_u64(w, e->size);
    if (e->host->os == VD_LINUX) {
        LIT(w, "," S("mode", "0644") "," T("owner"));
        w = vd_put_str(w, e->user->name);
        *w++ = '"';
    }
    LIT(w, "},");
    return w;
}

/* The hive ends at the first separator, the key before the value's name. */
char *vd_doc_registry(char *w, const vd_event *e)
{
    vd_text path = e->path, value = name_of(path);
    const char *sep = memchr(path.p, '\\', path.len);
    uint32_t hive = sep != NULL ? (uint32_t)(sep - path.p) : path.len;
    uint32_t key_end = path.len - value.len;
    key_end = key_end >= hive + 4 ? key_end - 2 : hive + 2;
    LIT(w, O("registry") T("hive"));
    w = vd_put(w, path.p, hive);
    LIT(w, "\"," K("path"));
    w = vd_doc_text(w, path);
    LIT(w, "," K("value"));
    w = vd_doc_text(w, value);
    LIT(w, "," T("key"));
    w = vd_put(w, path.p + hive + 2, key_end - (hive + 2));
    LIT(w, "\"," O("data") K("strings") "[");
    w = vd_doc_text(w, e->other);
    if (e->other.p[0] >= '0' && e->other.p[0] <= '9')
        LIT(w, "]," S("type", "REG_QWORD") "}},");
    else
        LIT(w, "]," S("type", "REG_SZ") "}},");
    return w;
}

char *vd_doc_module(char *w, vd_doc *doc, const vd_event *e)
{
    vd_rng *r = &doc->rng;
    LIT(w, O("dll") O("Ext"));
    w = vd_doc_signature_list(w, doc, e->signer);
    LIT(w, "," O("device") S("volume_device_type", "Disk File System") "}," V("load_index", "1") ","
        V("relative_file_creation_time", ""));
    w = vd_put_u64(w, vd_rng_range(r, 1000, 40000000));
    LIT(w, ".4107113," V("relative_file_name_modify_time", ""));
    w = vd_put_u64(w, vd_rng_range(r, 1000, 40000000));
    LIT(w, ".2290144," V("size", ""));
    w = vd_put_u64(w, e->size);
    LIT(w, "}," K("path"));
    w = vd_doc_text(w, e->path);
    *w++ = ',';
    w = vd_doc_signature(w, doc, e->signer);
    LIT(w, "," O("pe") S("file_version", "10.0.19041.3996") "," S("imphash", "c41a0f8e2b9d5763a80e1f64b7d2c395") ","
        K("original_file_name"));
    w = vd_doc_text(w, name_of(e->path));
    LIT(w, "}," K("name"));
    w = vd_doc_text(w, name_of(e->path));
    *w++ = ',';
    w = vd_doc_hash(w, e->path);
    LIT(w, "},");
    return w;
}

static bool is_private(uint32_t ip)
{
    return ip >> 24 == 10 || ip >> 24 == 127;
}

/* One end of a connection, without its closing brace. */
static char *put_end(char *w, uint32_t ip, uint16_t port)
{
    LIT(w, T("address"));
    w = vd_put_ip4(w, ip);
    LIT(w, "\"," V("port", ""));
    w = vd_put_u64(w, port);
    LIT(w, "," T("ip"));
    w = vd_put_ip4(w, ip);
    *w++ = '"';
    return w;
}

static char *put_geo(char *w, uint32_t ip)
{
    LIT(w, "," O("geo") S("continent_name", "North America") "," S("region_iso_code", "US-VA") ","
        S("city_name", "Ashburn") "," S("country_iso_code", "US") "," S("country_name", "United States") ","
        S("region_name", "Virginia") "," O("location") V("lon", "-77.4903") "," V("lat", "39.0469") "}},"
        O("as") V("number", ""));
    w = vd_put_u64(w, ip >> 20);
    LIT(w, "," O("organization") S("name", "EXAMPLE-TRANSIT") "}}");
    return w;
}

static char *put_question(char *w, vd_doc *doc, const vd_event *e)
{
    LIT(w, O("dns") O("Ext") V("options", "1073766400") "," V("status", "0") "},");
    if (e->action[sizeof("lookup_re") - 1] == 's') { /* lookup_result */
        LIT(w, K("resolved_ip") "[\"");
        w = vd_put_ip4(w, e->peer_ip);
        LIT(w, "\",\"");
        w = vd_put_ip4(w, e->peer_ip + vd_rng_range(&doc->rng, 1, 9));
        LIT(w, "\"],");
    }
    LIT(w, O("question") K("name"));
    w = vd_doc_text(w, e->path);
    LIT(w, "," S("type", "A") "}},");
    return w;
}

char *vd_doc_network(char *w, vd_doc *doc, const vd_event *e)
{
    uint32_t own = e->host->ip4;
    LIT(w, O("destination"));
    w = e->ingress ? put_end(w, own, e->peer_port) : put_end(w, e->peer_ip, e->peer_port);
    if (!e->ingress && !is_private(e->peer_ip))
        w = put_geo(w, e->peer_ip);
    LIT(w, "}," O("source"));
    w = put_end(w, e->ingress ? e->peer_ip : own, e->local_port);
    if (e->type[0] == 'e') {
        LIT(w, "," V("bytes", ""));
        w = vd_put_u64(w, e->size);
    }
    LIT(w, "},");
    if (e->kind == VD_DNS)
        w = put_question(w, doc, e);
    LIT(w, O("network") S("type", "ipv4") "," V("bytes", ""));
    w = vd_put_u64(w, e->size);
    if (e->kind == VD_DNS)
        LIT(w, "," S("protocol", "dns") "," S("transport", "udp"));
    else if (e->udp)
        LIT(w, "," S("transport", "udp"));
    else
        LIT(w, "," S("transport", "tcp"));
    if (e->ingress)
        LIT(w, "," S("direction", "ingress") "},");
    else
        LIT(w, "," S("direction", "egress") "},");
    return w;
}

static char *put_windows_logon(char *w, vd_doc *doc, const vd_event *e)
{
    LIT(w, O("winlog") O("event_data") K("PrivilegeList")
        "[\"SeSecurityPrivilege\",\"SeTakeOwnershipPrivilege\",\"SeLoadDriverPrivilege\",\"SeBackupPrivilege\","
        "\"SeRestorePrivilege\",\"SeDebugPrivilege\",\"SeSystemEnvironmentPrivilege\",\"SeImpersonatePrivilege\","
        "\"SeDelegateSessionUserImpersonatePrivilege\"]," T("TargetLogonGuid") "{");
    w = vd_put_guid(w, &doc->rng);
    LIT(w, "}\"," T("WorkstationName"));
    w = vd_put_str(w, e->host->name);
    LIT(w, "\"," S("LmPackageName", "NTLM V2") "," T("TargetUserSid"));
    w = vd_put_str(w, e->user->id);
    LIT(w, "\"," S("LogonProcessName", "Advapi") "," S("ImpersonationLevel", "%%1833") "," T("TargetLogonId") "0x");
    w = vd_put_hex(w, vd_rng_next(&doc->rng), 7);
    LIT(w, "\"}," O("logon") S("type", "Network") "}},");
    return w;
}

char *vd_doc_logon(char *w, vd_doc *doc, const vd_event *e)
{
    LIT(w, O("source"));
    w = put_end(w, e->peer_ip, e->local_port);
    LIT(w, "},");
    if (e->host->os == VD_WINDOWS)
        w = put_windows_logon(w, doc, e);
    return w;
}
