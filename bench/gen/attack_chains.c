/* bench/gen/attack_chains.c - the scripts; each has its rule in bench/rules
 *
 * A stage must satisfy exactly its own stage of its own rule, and a near miss
 * all of them but one. The comments name what the near miss leaves out.
 */
#include "attack_int.h"
#include "noise.h"

#define SYS32 "C:\\Windows\\System32\\"

static vd_whereabouts where(const vd_attack *a)
{
    return vd_host_at(a->host, a->user);
}

static void set_value(vd_attack *a, int i, const char *row)
{
    vd_whereabouts at = where(a);
    vd_value_set(&a->path[i], row, &at, a->rng);
}

/* A process start by the person, or by the system, as the event. */
static void start(vd_attack *a, vd_event *e, int i, const vd_proc *parent, uint8_t signer,
                  const char *exe, const char *args)
{
    vd_proc *p = &a->procs[i];
    vd_whereabouts at = where(a);
    vd_command_build(&p->cmd, exe, args, &at, a->rng);
    p->user = a->user;
    p->signer = signer;
    p->is_system = 0;
    vd_proc_begin(p, a->host, parent, e->time, a->rng);
    e->kind = VD_PROCESS;
    e->proc = p;
    e->type = "start";
    e->action = a->host->os == VD_WINDOWS ? "start" : "exec";
}

static void connect(vd_attack *a, vd_event *e, const vd_proc *p, uint32_t ip, uint16_t port)
{
    e->kind = VD_NETWORK;
    e->proc = p;
    e->type = "start";
    e->action = "connection_attempted";
    e->peer_ip = ip;
    e->peer_port = port;
    e->local_port = (uint16_t)vd_rng_range(a->rng, 49152, 65535);
    e->size = 412;
}

static void look_up(vd_attack *a, vd_event *e, const vd_proc *p, const vd_value *name)
{
    connect(a, e, p, 10u << 24 | 20u << 16 | 53, 53);
    e->kind = VD_DNS;
    e->udp = 1;
    e->type = "protocol";
    e->action = "lookup_requested";
    e->path = vd_value_text(name);
}

static void create(vd_attack *a, vd_event *e, const vd_proc *p, int value)
{
    e->kind = VD_FILE;
    e->proc = p;
    e->user = p->user;
    e->type = e->action = "creation";
    e->path = vd_value_text(&a->path[value]);
    e->size = vd_rng_range(a->rng, 900, 900000);
}

static void set_registry(vd_attack *a, vd_event *e, const vd_proc *p, int path, int data)
{
    e->kind = VD_REGISTRY;
    e->proc = p;
    e->user = p->user;
    e->type = "change";
    e->action = "modification";
    e->path = vd_value_text(&a->path[path]);
    e->other = vd_value_text(&a->path[data]);
}

static const vd_proc *role(const vd_attack *a, int i)
{
    return &a->host->procs[i];
}

static void two_stages(vd_attack *a)
{
    a->stages = a->reported = 2;
}

/* --- SMB by a process that has no business with it ------------------------
 * Near miss: NetBIOS, port 139. */
static void smb_stage(vd_attack *a, vd_event *e)
{
    if (a->stage == 1)
        connect(a, e, &a->procs[0], a->peer_ip, a->decoy ? 139 : 445);
    else if (vd_rng_chance(a->rng, 500))
        start(a, e, 0, role(a, VD_W_EXPLORER), VD_UNSIGNED, "C:\\ProgramData\\%w\\%t.exe",
              "%e|--sweep|10.20.0.0/16");
    else
        start(a, e, 0, role(a, VD_W_EXPLORER), VD_MS_WINDOWS, SYS32 "rundll32.exe",
              SYS32 "rundll32.exe|C:\\ProgramData\\%w\\%t.dll,Start");
}

/* --- an Office program starts a script host that goes out ------------------
 * Near miss: the connection stays inside. */
static void office_stage(vd_attack *a, vd_event *e)
{
    static const char *const hosts[][2] = {
        {SYS32 "wscript.exe",
         "wscript.exe|//E:jscript|C:\\Users\\%u\\AppData\\Local\\Temp\\%t.txt"},
        {SYS32 "mshta.exe", "mshta.exe|C:\\Users\\%u\\AppData\\Local\\Temp\\%t.hta"},
        {SYS32 "WindowsPowerShell\\v1.0\\powershell.exe",
         "powershell.exe|-nop|-w|hidden|-f|C:\\Users\\%u\\AppData\\Local\\Temp\\%t.ps1"},
    };
    if (a->stage == 1) {
        connect(a, e, &a->procs[0], a->decoy ? a->peer_ip : vd_public_ip(a->rng), 443);
        return;
    }
    uint32_t k = vd_rng_below(a->rng, 3);
    int parent = vd_rng_chance(a->rng, 500) ? VD_W_WORD : VD_W_EXCEL;
    start(a, e, 0, role(a, parent), VD_MS_WINDOWS, hosts[k][0], hosts[k][1]);
}

/* --- lsass written out by comsvcs.dll --------------------------------------
 * Near miss: the same library registers itself. */
static void one_stage(vd_attack *a)
{
    a->stages = a->reported = 1;
}

static void lsass_stage(vd_attack *a, vd_event *e)
{
    start(a, e, 0, role(a, VD_W_EXPLORER), VD_MS_WINDOWS, SYS32 "rundll32.exe",
          a->decoy ? SYS32 "rundll32.exe|" SYS32 "comsvcs.dll,|DllRegisterServer"
                   : SYS32 "rundll32.exe|" SYS32
                           "comsvcs.dll,|MiniDump|%d|C:\\Windows\\Temp\\%t.dmp|full");
}

/* --- a program is dropped and made a service --------------------------------
 * Near miss: the service runs another program. */
static void service_prepare(vd_attack *a)
{
    two_stages(a);
    set_value(a, 0, "C:\\Windows\\%t%h.exe");
    set_value(a, 1, "HKLM\\SYSTEM\\ControlSet001\\Services\\%t%h\\ImagePath");
    set_value(a, 2, "C:\\Windows\\%t%h.exe");
}

static void service_stage(vd_attack *a, vd_event *e)
{
    if (a->stage == 0)
        create(a, e, role(a, VD_W_SYSTEM), 0);
    else
        set_registry(a, e, role(a, VD_W_SERVICES), 1, a->decoy ? 2 : 0);
}

/* --- ssh passwords are guessed ------------------------------------------------
 * Ten failures in a row and then a success. A real run may have up to three
 * failures more before these; the rule reports the last ten. Near miss: nine. */
static void guess_prepare(vd_attack *a)
{
    a->stages = (uint8_t)(a->decoy ? 10 : 11 + vd_rng_below(a->rng, 4));
    a->reported = 11;
    a->peer_ip = vd_public_ip(a->rng);
}

static void guess_stage(vd_attack *a, vd_event *e)
{
    e->kind = VD_LOGON;
    e->proc = role(a, VD_L_SSHD);
    e->peer_ip = a->peer_ip;
    e->local_port = (uint16_t)vd_rng_range(a->rng, 49152, 65535);
    e->type = "start";
    e->action = "ssh_login";
    e->outcome = a->stage + 1 == a->stages ? "success" : "failure";
}

/* --- from a disk image to an archive of documents, in ten steps ---------------
 * Near miss: the module that is loaded is signed. */
static void kill_chain_prepare(vd_attack *a)
{
    a->stages = a->reported = 10;
    a->peer_ip = vd_public_ip(a->rng);
}

static void load(vd_attack *a, vd_event *e)
{
    set_value(a, 0, "C:\\Users\\%u\\AppData\\Local\\Temp\\%t.ocx");
    e->kind = VD_LIBRARY;
    e->proc = &a->procs[0];
    e->signer = a->decoy ? VD_MS_WINDOWS : VD_UNSIGNED;
    e->type = "start";
    e->action = "load";
    e->path = vd_value_text(&a->path[0]);
    e->size = 184320;
}

static void kill_chain_first_half(vd_attack *a, vd_event *e)
{
    switch (a->stage) {
    case 0:
        set_value(a, 0, "C:\\Users\\%u\\Downloads\\Statement_%d.iso");
        create(a, e, role(a, VD_W_EDGE), 0);
        break;
    case 1:
        set_value(a, 0, "C:\\Users\\%u\\AppData\\Local\\Temp\\Statement_%d.pdf.lnk");
        create(a, e, role(a, VD_W_EXPLORER), 0);
        break;
    case 2:
        start(a, e, 1, role(a, VD_W_EXPLORER), VD_MS_WINDOWS, SYS32 "cmd.exe",
              SYS32
              "cmd.exe|/c|start|/b|C:\\Users\\%u\\AppData\\Local\\Temp\\Statement_%d.pdf.lnk");
        break;
    case 3:
        start(a, e, 0, &a->procs[1], VD_MS_WINDOWS, SYS32 "regsvr32.exe",
              "regsvr32.exe|/s|C:\\Users\\%u\\AppData\\Local\\Temp\\%t.ocx");
        break;
    default: load(a, e); break;
    }
}

static void kill_chain_second_half(vd_attack *a, vd_event *e)
{
    switch (a->stage) {
    case 5:
        set_value(a, 0, "cdn-%w-%d.badger.example");
        look_up(a, e, &a->procs[0], &a->path[0]);
        break;
    case 6: connect(a, e, &a->procs[0], a->peer_ip, 443); break;
    case 7:
        set_value(a, 0, "HKEY_USERS\\%s\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\%w%d");
        set_value(a, 1, "regsvr32.exe /s C:\\Users\\%u\\AppData\\Roaming\\%t.ocx");
        set_registry(a, e, &a->procs[0], 0, 1);
        break;
    case 8:
        start(a, e, 2, &a->procs[0], VD_MS_WINDOWS, SYS32 "nltest.exe",
              "nltest|/domain_trusts|/all_trusts");
        break;
    default:
        set_value(a, 0, "C:\\ProgramData\\%w%d.zip");
        create(a, e, &a->procs[0], 0);
        break;
    }
}

static void kill_chain_stage(vd_attack *a, vd_event *e)
{
    if (a->stage < 5)
        kill_chain_first_half(a, e);
    else
        kill_chain_second_half(a, e);
}

/* --- a program goes out to an address that it never looked up ------------------
 * Near miss: it did look a name up in between. */
static void direct_prepare(vd_attack *a)
{
    a->stages = a->decoy ? 3 : 2;
    a->reported = 2;
    set_value(a, 0, "%w-%d.example.org");
}

static void direct_stage(vd_attack *a, vd_event *e)
{
    if (a->stage == 0)
        start(a, e, 0, role(a, VD_W_EXPLORER), VD_UNSIGNED, "C:\\Users\\Public\\%w\\%t.exe",
              "%e|-q|%d");
    else if (a->stage + 1 < a->stages)
        look_up(a, e, &a->procs[0], &a->path[0]);
    else
        connect(a, e, &a->procs[0], vd_public_ip(a->rng), 4443);
}

const vd_chain vd_chains[] = {
    {"SMB Connections via LOLBin or Untrusted Process", "1b264a51-4202-480e-9b4d-02824bc17ccc",
     VD_WINDOWS, two_stages, smb_stage},
    {"Bench: Office Program's Script Host Goes Out", "5d0c1d0e-6a53-4f0b-9a7e-0b6a3e1f2c01",
     VD_WINDOWS, two_stages, office_stage},
    {"Bench: Memory of LSASS Dumped by COM Services Library",
     "5d0c1d0e-6a53-4f0b-9a7e-0b6a3e1f2c02", VD_WINDOWS, one_stage, lsass_stage},
    {"Bench: Dropped Program Becomes a Service", "5d0c1d0e-6a53-4f0b-9a7e-0b6a3e1f2c03", VD_WINDOWS,
     service_prepare, service_stage},
    {"Bench: Ten Refused SSH Logins and One Accepted", "5d0c1d0e-6a53-4f0b-9a7e-0b6a3e1f2c04",
     VD_LINUX, guess_prepare, guess_stage},
    {"Bench: Disk Image to Archive in Ten Steps", "5d0c1d0e-6a53-4f0b-9a7e-0b6a3e1f2c05",
     VD_WINDOWS, kill_chain_prepare, kill_chain_stage},
    {"Bench: Outbound Connection Without a Lookup", "5d0c1d0e-6a53-4f0b-9a7e-0b6a3e1f2c06",
     VD_WINDOWS, direct_prepare, direct_stage},
};
const size_t vd_chain_count = sizeof(vd_chains) / sizeof(vd_chains[0]);
