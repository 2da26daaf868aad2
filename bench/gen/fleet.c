/* bench/gen/fleet.c - see fleet.h */
#include "fleet.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

static const vd_world *const worlds[VD_OS_COUNT] = {&vd_windows_world, &vd_linux_world,
                                                    &vd_macos_world};

vd_whereabouts vd_host_at(const vd_host *host, const vd_user *user)
{
    return (vd_whereabouts){.user = user->name, .sid = user->id, .host = host->name};
}

const vd_user *vd_host_person(const vd_host *host, vd_rng *r)
{
    return &host->people[vd_rng_skewed(r, VD_HOST_PEOPLE)];
}

char *vd_put_ip4(char *w, uint32_t ip)
{
    for (int shift = 24; shift >= 0; shift -= 8) {
        w = vd_put_u64(w, ip >> shift & 255);
        if (shift > 0) *w++ = '.';
    }
    return w;
}

/* The id that follows a process through its life: base64 of agent, pid, start. */
static void set_entity(vd_proc *p, const vd_host *host)
{
    char raw[64], *w = raw;
    w = vd_put(w, host->agent_id, 36);
    *w++ = '-';
    w = vd_put_u64(w, p->pid);
    *w++ = '-';
    w = vd_put_u64(w, (uint64_t)(p->start / VD_TICKS_SECOND));
    *w++ = '.';
    w = vd_put_pad(w, (uint64_t)(p->start % VD_TICKS_SECOND), 7);
    p->entity_len = (uint8_t)(vd_put_base64(p->entity, raw, (size_t)(w - raw)) - p->entity);
}

void vd_proc_begin(vd_proc *p, vd_host *host, const vd_proc *parent, int64_t now, vd_rng *r)
{
    p->pid = host->next_pid;
    host->next_pid += 4 * vd_rng_range(r, 1, 60);
    if (host->next_pid > 60000) host->next_pid = 1000 + 4 * vd_rng_below(r, 500);
    p->parent = parent;
    p->start = now;
    p->alive = 1;
    p->children = 0;
    set_entity(p, host);
}

static const vd_user *account_user(const vd_host *host, uint8_t account)
{
    return account == VD_PERSON ? &host->people[0] : &host->service[account];
}

/* The processes that were there before the first event. */
static void boot(vd_host *host, int64_t now, vd_rng *r)
{
    const vd_roles *roles = &host->world->roles;
    int64_t at = now - VD_TICKS_SECOND * (int64_t)vd_rng_range(r, 3600, 864000);
    host->next_pid = 4;
    for (size_t i = 0; i < roles->count; i++) {
        const vd_role *role = &roles->rows[i];
        vd_proc *p = &host->procs[i];
        p->user = account_user(host, role->account);
        p->signer = role->signer;
        p->is_system = role->account != VD_PERSON;
        vd_whereabouts where = vd_host_at(host, p->user);
        vd_command_build(&p->cmd, role->exe, role->args, &where, r);
        vd_proc_begin(p, host, &host->procs[role->parent], at, r);
        at += VD_TICKS_SECOND + vd_rng_below(r, 4 * VD_TICKS_SECOND);
    }
}

static void set_service_accounts(vd_host *host)
{
    static const vd_user windows[3] = {{"SYSTEM", "NT AUTHORITY", "S-1-5-18"},
                                       {"LOCAL SERVICE", "NT AUTHORITY", "S-1-5-19"},
                                       {"NETWORK SERVICE", "NT AUTHORITY", "S-1-5-20"}};
    static const vd_user root = {"root", "", "0"};
    for (int i = 0; i < 3; i++)
        host->service[i] = host->os == VD_WINDOWS ? windows[i] : root;
}

static void set_people(vd_host *host, vd_rng *r)
{
    for (int i = 0; i < VD_HOST_PEOPLE; i++) {
        vd_user *u = &host->people[i];
        snprintf(u->name, sizeof u->name, "%s",
                 vd_people.rows[vd_rng_below(r, (uint32_t)vd_people.count)]);
        uint32_t rid = vd_rng_range(r, 1000, 9999);
        if (host->os == VD_WINDOWS) {
            snprintf(u->domain, sizeof u->domain, "CORP");
            snprintf(u->id, sizeof u->id, "S-1-5-21-2917430518-1406388271-733905124-%u", rid);
        } else {
            snprintf(u->id, sizeof u->id, "%u", rid);
        }
    }
}

static char *put_addresses(char *w, vd_host *host, vd_rng *r)
{
    uint64_t x = vd_rng_next(r);
    LIT(w, K("ip") "[\"");
    w = vd_put_ip4(w, host->ip4);
    LIT(w, "\",\"fe80::");
    w = vd_put_hex(w, x | 0x1000, 4);
    *w++ = ':';
    w = vd_put_hex(w, x >> 16 | 0x1000, 4);
    *w++ = ':';
    w = vd_put_hex(w, x >> 32 | 0x1000, 4);
    LIT(w, ":21\",\"127.0.0.1\",\"::1\"],\"mac\":[\"02-42-");
    for (int i = 0; i < 4; i++) {
        w = vd_put_hex(w, x >> (8 * i), 2);
        *w++ = i < 3 ? '-' : '"';
    }
    *w++ = ']';
    return w;
}

/* The parts of a document that are the same in all of a host's events. */
static void render_constants(vd_host *host, vd_rng *r)
{
    char guid[40], *w = host->head;
    LIT(w, O("agent") T("id"));
    w = vd_put(w, host->agent_id, 36);
    LIT(w, "\"," S("type", "endpoint") "," S("version", "8.15.3") "}");
    host->head_len = (uint16_t)(w - host->head);

    w = host->block;
    LIT(w, O("host") T("hostname"));
    w = vd_put_str(w, host->name);
    LIT(w, "\"," O("os"));
    w = vd_put_str(w, host->world->os_block[vd_rng_below(r, 2)]);
    LIT(w, "},");
    w = put_addresses(w, host, r);
    LIT(w, "," T("id"));
    vd_put_guid(guid, r);
    w = vd_put(w, guid, 36);
    LIT(w, "\"," T("name"));
    w = vd_put_str(w, host->name);
    LIT(w, "\"," S("architecture", "x86_64") "}");
    host->block_len = (uint16_t)(w - host->block);
    assert(host->head_len <= sizeof host->head && host->block_len <= sizeof host->block);
}

/* Most machines run Windows, some Linux, few macOS; the first three are one of
 * each, so that a small fleet has them too. */
static vd_os choose_os(uint32_t number)
{
    uint32_t k = number % 20;
    if (k == 2) return VD_MACOS;
    return k == 1 || k == 8 || k == 14 ? VD_LINUX : VD_WINDOWS;
}

static void host_init(vd_host *host, uint32_t number, int64_t now, vd_rng *r)
{
    host->number = number;
    host->os = choose_os(number);
    host->world = worlds[host->os];
    const vd_names *prefix = &host->world->host_prefix;
    snprintf(host->name, sizeof host->name, "%s%05u",
             prefix->rows[vd_rng_below(r, (uint32_t)prefix->count)], number);
    host->ip4 = 10u << 24 | (20 + number / 62500 % 200) << 16 | (number / 250 % 250) << 8 |
                (number % 250 + 1);
    vd_put_guid(host->agent_id, r);
    set_service_accounts(host);
    set_people(host, r);
    render_constants(host, r);
    host->sequence = vd_rng_below(r, 100000);
    boot(host, now, r);
}

static void render_signers(vd_fleet *fleet)
{
    char *w = fleet->signer_room;
    for (size_t i = 0; i < vd_signer_count; i++) {
        const vd_signer *s = &vd_signers[i];
        char *from = w;
        if (s->subject == NULL) {
            LIT(w, V("exists", "false"));
        } else {
            LIT(w, V("trusted", "true") "," T("subject_name"));
            w = vd_put_str(w, s->subject);
            LIT(w, "\"," T("thumbprint_sha256"));
            w = vd_put_digest(w, vd_mix64(i), 64);
            LIT(w, "\"," V("exists", "true") "," T("status"));
            w = vd_put_str(w, s->status);
            *w++ = '"';
        }
        fleet->signer_json[i] = (vd_text){from, (uint32_t)(w - from)};
    }
}

vd_fleet *vd_fleet_new(uint32_t count, int64_t now, vd_rng *r)
{
    vd_fleet *fleet = calloc(1, sizeof *fleet);
    if (fleet == NULL) return NULL;
    fleet->hosts = calloc(count, sizeof *fleet->hosts);
    if (fleet->hosts == NULL) {
        free(fleet);
        return NULL;
    }
    fleet->count = count;
    render_signers(fleet);
    for (uint32_t i = 0; i < count; i++)
        host_init(&fleet->hosts[i], i, now, r);
    return fleet;
}

void vd_fleet_free(vd_fleet *fleet)
{
    if (fleet != NULL) free(fleet->hosts);
    free(fleet);
}
