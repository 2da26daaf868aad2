/* bench/gen/doc_process.c - the "process" object, whole and in brief */
#include "doc_int.h"

/* clang-format off: the literals of JSON read by their commas, not by columns. */

static vd_text exe_of(const vd_proc *p)
{
    return (vd_text){p->cmd.exe, p->cmd.exe_len};
}

static char *put_identity(char *w, const vd_proc *p)
{
    LIT(w, T("name"));
    w = vd_put_text(w, vd_command_name(&p->cmd));
    LIT(w, "\"," K("pid"));
    w = vd_put_u64(w, p->pid);
    LIT(w, "," T("entity_id"));
    w = vd_put(w, p->entity, p->entity_len);
    LIT(w, "\"," T("executable"));
    w = vd_put_text(w, exe_of(p));
    *w++ = '"';
    return w;
}

static char *put_command(char *w, const vd_proc *p)
{
    LIT(w, K("args") "[");
    w = vd_put(w, p->cmd.args, p->cmd.args_len);
    LIT(w, "]," K("args_count"));
    w = vd_put_u64(w, p->cmd.args_count);
    LIT(w, "," T("command_line"));
    w = vd_put(w, p->cmd.line, p->cmd.line_len);
    *w++ = '"';
    return w;
}

static char *put_decimal_age(char *w, vd_rng *r, uint32_t most)
{
    w = vd_put_u64(w, vd_rng_below(r, most));
    *w++ = '.';
    return vd_put_pad(w, vd_rng_below(r, 10000000), 7);
}

/* What Windows knows of a process beyond ECS. */
static char *put_windows_ext(char *w, vd_doc *doc, const vd_proc *p)
{
    LIT(w, "," T("authentication_id"));
    if (p->is_system) {
        LIT(w, "0x3e7\"," O("token") S("integrity_level_name", "system") "," V("elevation", "true") ","
            S("elevation_level", "default") "," S("elevation_type", "default") "," S("impersonation_level", "none"));
    } else {
        LIT(w, "0x");
        w = vd_put_hex(w, p->parent->pid * 2654435761u, 6);
        LIT(w, "\"," O("token") S("integrity_level_name", "medium") "," V("elevation", "false") ","
            S("elevation_level", "limited") "," S("elevation_type", "limited"));
    }
    LIT(w, "," K("security_attributes") "[\"TSA://ProcUnique\"]}," V("relative_file_creation_time", ""));
    w = put_decimal_age(w, &doc->rng, 40000000);
    LIT(w, "," V("relative_file_name_modify_time", ""));
    w = put_decimal_age(w, &doc->rng, 40000000);
    LIT(w, "," O("device") S("volume_device_type", "Disk File System") "," S("bus_type", "NVMe") "}," O("session_info"));
    if (p->is_system)
        LIT(w, S("logon_type", "System") "," V("id", "0") "},");
    else
        LIT(w, S("logon_type", "Interactive") "," V("id", "1") "," S("authentication_package", "Negotiate") ","
            S("client_address", "127.0.0.1") "},");
    LIT(w, K("mitigation_policies") "[\"CF Guard\",\"CET dynamic APIs can only be called out of proc\"]");
    return w;
}

static char *put_parent(char *w, vd_doc *doc, const vd_event *e)
{
    const vd_proc *parent = e->proc->parent;
    LIT(w, O("parent"));
    w = put_identity(w, parent);
    *w++ = ',';
    w = put_command(w, parent);
    if (e->host->os != VD_LINUX) {
        *w++ = ',';
        w = vd_doc_signature(w, doc, parent->signer);
    }
    if (e->host->os == VD_WINDOWS && e->type[0] == 's') {
        *w++ = ',';
        w = vd_doc_thread(w, doc, vd_rng_below(&doc->rng, 2));
    }
    *w++ = '}';
    return w;
}

/* The first process of a login or a service, by way of the parents. */
static const vd_proc *entry_leader(const vd_proc *p)
{
    for (int depth = 0; depth < 16 && p->parent != p && p->parent->parent != p->parent; depth++)
        p = p->parent;
    return p;
}

static char *put_leader(char *w, const char *key, const vd_proc *p)
{
    *w++ = '"';
    w = vd_put_str(w, key);
    LIT(w, "\":{");
    w = put_identity(w, p);
    LIT(w, "," K("args") "[");
    w = vd_put(w, p->cmd.args, p->cmd.args_len);
    LIT(w, "]," V("interactive", "false") "," V("same_as_process", "false") "," O("user") T("id"));
    w = vd_put_str(w, p->user->id);
    LIT(w, "\"," T("name"));
    w = vd_put_str(w, p->user->name);
    LIT(w, "\"}," T("start"));
    w = vd_put_time(w, p->start);
    LIT(w, "\"");
    return w;
}

/* Who leads entry, session and group of a Linux process. */
static char *put_leaders(char *w, const vd_proc *p)
{
    const vd_proc *leader = entry_leader(p);
    w = put_leader(w, "entry_leader", leader);
    LIT(w, "," O("entry_meta"));
    if (vd_command_name(&leader->cmd).p[0] == 's' && leader->cmd.name_at == sizeof("/usr/sbin/") - 1)
        LIT(w, S("type", "sshd") "}},");
    else
        LIT(w, S("type", "init") "}},");
    w = put_leader(w, "session_leader", p->parent);
    LIT(w, "},");
    w = put_leader(w, "group_leader", p->parent);
    LIT(w, "}");
    return w;
}

static char *put_file_facts(char *w, vd_doc *doc, const vd_event *e)
{
    const vd_proc *p = e->proc;
    if (e->host->os != VD_LINUX) {
        w = vd_doc_signature(w, doc, p->signer);
        *w++ = ',';
    }
    if (e->host->os == VD_WINDOWS) {
        vd_text original = vd_command_name(&p->cmd);
        if (p->cmd.prog != NULL && p->cmd.prog->original != NULL)
            original = vd_text_of(p->cmd.prog->original);
        LIT(w, O("pe") S("file_version", "10.0.19041.4355") ","
            S("imphash", "7d9a8f4c0b3e5126d84f1ca0e7b2953d") "," T("original_file_name"));
        w = vd_put_text(w, original);
        LIT(w, "\"},");
    }
    w = vd_doc_hash(w, exe_of(p));
    *w++ = ',';
    return w;
}

static char *put_working_directory(char *w, const vd_event *e)
{
    static const char *const by_os[] = {"C:\\\\Windows\\\\system32\\\\", "/srv/app", "/"};
    LIT(w, T("working_directory"));
    w = vd_put_str(w, by_os[e->host->os]);
    LIT(w, "\",");
    return w;
}

/* How the process ended, and for how long it ran. */
static char *put_ending(char *w, vd_doc *doc, const vd_event *e)
{
    if (e->type[0] != 'e')
        return w;
    LIT(w, "," V("exit_code", ""));
    w = vd_put_u64(w, vd_rng_chance(&doc->rng, 900) ? 0 : vd_rng_range(&doc->rng, 1, 255));
    LIT(w, "," T("end"));
    w = vd_put_time(w, e->time);
    LIT(w, "\"," V("uptime", ""));
    return vd_put_u64(w, (uint64_t)((e->time - e->proc->start) / VD_TICKS_SECOND));
}

char *vd_doc_process_full(char *w, vd_doc *doc, const vd_event *e)
{
    const vd_proc *p = e->proc;
    LIT(w, O("process") O("Ext"));
    w = vd_doc_ancestry(w, p);
    if (e->host->os != VD_LINUX) {
        *w++ = ',';
        w = vd_doc_signature_list(w, doc, p->signer);
    }
    if (e->host->os == VD_WINDOWS)
        w = put_windows_ext(w, doc, p);
    LIT(w, "},");
    w = put_parent(w, doc, e);
    *w++ = ',';
    if (e->host->os == VD_LINUX) {
        w = put_leaders(w, p);
        LIT(w, "," V("interactive", "false") ",");
    }
    w = put_working_directory(w, e);
    w = put_file_facts(w, doc, e);
    w = put_identity(w, p);
    *w++ = ',';
    w = put_command(w, p);
    LIT(w, "," T("start"));
    w = vd_put_time(w, p->start);
    *w++ = '"';
    w = put_ending(w, doc, e);
    LIT(w, "},");
    return w;
}

char *vd_doc_process_brief(char *w, vd_doc *doc, const vd_event *e, unsigned heavy)
{
    const vd_proc *p = e->proc;
    LIT(w, O("process") O("Ext"));
    w = vd_doc_ancestry(w, p);
    if (e->host->os != VD_LINUX) {
        *w++ = ',';
        w = vd_doc_signature_list(w, doc, p->signer);
    }
    LIT(w, "}," V("args_count", ""));
    w = vd_put_u64(w, p->cmd.args_count);
    LIT(w, "," O("parent") V("pid", ""));
    w = vd_put_u64(w, p->parent->pid);
    LIT(w, "," T("entity_id"));
    w = vd_put(w, p->parent->entity, p->parent->entity_len);
    LIT(w, "\"},");
    if (e->host->os == VD_LINUX) {
        w = put_leaders(w, p);
        *w++ = ',';
    } else {
        w = vd_doc_signature(w, doc, p->signer);
        *w++ = ',';
    }
    if (e->host->os == VD_WINDOWS) {
        w = vd_doc_thread(w, doc, heavy);
        *w++ = ',';
    }
    w = put_identity(w, p);
    LIT(w, "},");
    return w;
}
