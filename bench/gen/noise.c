/* bench/gen/noise.c - see noise.h */
#include "noise.h"

#include <stdlib.h>

enum { RING = 12 };

/* A thing done to a path, kept to be done again. */
typedef struct past_deed {
    vd_value path;
    uint8_t actor;
} past_deed;

typedef struct deed_ring {
    uint32_t count, next;
    past_deed rows[RING];
} deed_ring;

typedef struct start_ring {
    uint32_t count, next;
    vd_command rows[RING];
} start_ring;

/* How often a value is a common one or a recent one; the rest is new. Per mille. */
typedef struct shares {
    uint16_t fixed, recent;
} shares;

static const shares of_command = {385, 80};
static const shares of_file = {150, 350};
static const shares of_registry = {555, 195};
static const shares of_module = {640, 165};
static const shares of_name = {500, 250};

struct vd_noise {
    vd_fleet *fleet;
    vd_rng rng;
    vd_host *next_host; /* chosen one event ahead, to be fetched in time */
    start_ring starts[VD_OS_COUNT];
    deed_ring files[VD_OS_COUNT];
    deed_ring registry, modules, names;
    vd_value path, other; /* of the event at hand */
    uint32_t popular_ip[32];
};

typedef enum source { FIXED, RECENT, FRESH } source;

static source choose_source(vd_rng *r, shares s, uint32_t recent_count)
{
    uint32_t k = vd_rng_below(r, 1000);
    if (k < s.fixed) return FIXED;
    return k < s.fixed + s.recent && recent_count > 0 ? RECENT : FRESH;
}

static past_deed *ring_add(deed_ring *ring)
{
    past_deed *d = &ring->rows[ring->next];
    ring->next = (ring->next + 1) % RING;
    ring->count += ring->count < RING;
    return d;
}

static const past_deed *ring_pick(const deed_ring *ring, vd_rng *r)
{
    return &ring->rows[vd_rng_below(r, ring->count)];
}

uint32_t vd_public_ip(vd_rng *r)
{
    static const uint8_t first[] = {13, 20, 23, 34, 40, 52, 63, 81, 93, 104, 142, 151, 185};
    uint32_t rest = (uint32_t)vd_rng_next(r) & 0xffffff;
    return (uint32_t)first[vd_rng_below(r, sizeof first)] << 24 | rest;
}

/* --- processes ---------------------------------------------------------- */

static size_t first_place(const vd_host *host)
{
    return host->world->roles.count;
}

/* A free place among those for passing processes; NULL if all are taken. */
static vd_proc *free_place(vd_host *host)
{
    for (size_t i = first_place(host); i < VD_HOST_PROCS; i++)
        if (!host->procs[i].alive) return &host->procs[i];
    return NULL;
}

/* A passing process that may end: the newest, most often, since most processes
 * are short. NULL if there is none. */
static vd_proc *ending_process(vd_host *host, vd_rng *r)
{
    size_t n = VD_HOST_PROCS - first_place(host);
    size_t from = vd_rng_below(r, (uint32_t)n);
    bool any = vd_rng_chance(r, 80);
    vd_proc *best = NULL;
    for (size_t i = 0; i < n && !(any && best != NULL); i++) {
        vd_proc *p = &host->procs[first_place(host) + (from + i) % n];
        if (p->alive && p->children == 0 && (best == NULL || p->start > best->start)) best = p;
    }
    return best;
}

/* A passing shell, or the role that usually starts the program. */
static vd_proc *choose_parent(vd_host *host, const vd_prog *prog, vd_rng *r)
{
    if (prog->account == VD_PERSON && vd_rng_chance(r, 400))
        for (size_t i = first_place(host); i < VD_HOST_PROCS; i++) {
            vd_proc *p = &host->procs[i];
            if (p->alive && p->cmd.prog->shell) return p;
        }
    return &host->procs[prog->parent];
}

static void choose_command(vd_noise *noise, vd_host *host, vd_command *cmd)
{
    const vd_world *world = host->world;
    start_ring *ring = &noise->starts[host->os];
    vd_rng *r = &noise->rng;
    source from = choose_source(r, of_command, ring->count);
    if (from == RECENT) {
        vd_command_copy(cmd, &ring->rows[vd_rng_below(r, ring->count)]);
        return;
    }
    const vd_launches *t = from == FIXED ? &world->fixed_launch : &world->fresh_launch;
    uint32_t i =
        from == FIXED ? vd_rng_skewed(r, (uint32_t)t->count) : vd_rng_below(r, (uint32_t)t->count);
    const vd_prog *prog = &world->progs.rows[t->rows[i].prog];
    vd_whereabouts at = vd_host_at(host, vd_host_person(host, r));
    vd_command_build(cmd, prog->exe, t->rows[i].args, &at, r);
    cmd->prog = prog;
    if (from == FRESH) {
        vd_command_copy(&ring->rows[ring->next], cmd);
        ring->next = (ring->next + 1) % RING;
        ring->count += ring->count < RING;
    }
}

static void start_process(vd_noise *noise, vd_host *host, vd_proc *p, vd_event *e)
{
    choose_command(noise, host, &p->cmd);
    const vd_prog *prog = p->cmd.prog;
    vd_proc *parent = choose_parent(host, prog, &noise->rng);
    p->user = prog->account == VD_PERSON ? vd_host_person(host, &noise->rng)
                                         : &host->service[prog->account];
    p->signer = prog->signer;
    p->is_system = prog->account != VD_PERSON;
    vd_proc_begin(p, host, parent, e->time, &noise->rng);
    parent->children++;
    e->type = "start";
    e->action = "start";
    if (host->os != VD_WINDOWS) e->action = vd_rng_chance(&noise->rng, 800) ? "exec" : "fork";
}

static void end_process(vd_host *host, vd_proc *p, vd_event *e)
{
    size_t parent = (size_t)(p->parent - host->procs);
    host->procs[parent].children--;
    p->alive = 0;
    e->type = "end";
    e->action = "end";
}

static void do_process(vd_noise *noise, vd_event *e)
{
    vd_host *host = e->host;
    vd_proc *place = free_place(host);
    vd_proc *ending = ending_process(host, &noise->rng);
    bool start = ending == NULL || (place != NULL && vd_rng_chance(&noise->rng, 520));
    if (start)
        start_process(noise, host, place, e);
    else
        end_process(host, ending, e);
    e->proc = start ? place : ending;
    e->user = e->proc->user;
}

/* --- what processes do -------------------------------------------------- */

/* The named role, or any living process if the deed is anyone's. */
static void set_actor(vd_noise *noise, vd_event *e, uint8_t actor)
{
    vd_host *host = e->host;
    uint32_t i = actor;
    if (actor == VD_ANYONE) {
        i = vd_rng_below(&noise->rng, VD_HOST_PROCS);
        if (!host->procs[i].alive) i = host->world->shell_role;
    }
    e->proc = &host->procs[i];
    e->user = e->proc->user;
}

/* Fills path and, for a new or common row, data; returns where it came from. */
static source choose_deed(vd_noise *noise, vd_event *e, deed_ring *ring, shares s,
                          const vd_deeds *fixed, const vd_deeds *fresh)
{
    vd_rng *r = &noise->rng;
    source from = choose_source(r, s, ring->count);
    if (from == RECENT) {
        const past_deed *d = ring_pick(ring, r);
        e->path = vd_value_text(&d->path);
        set_actor(noise, e, d->actor);
        return from;
    }
    const vd_deeds *t = from == FIXED ? fixed : fresh;
    const vd_deed *row = &t->rows[vd_rng_below(r, (uint32_t)t->count)];
    const vd_user *person = vd_host_person(e->host, r);
    vd_whereabouts at = vd_host_at(e->host, from == FIXED ? &e->host->people[0] : person);
    vd_value *v = &noise->path;
    if (from == FRESH) {
        past_deed *d = ring_add(ring);
        d->actor = row->actor;
        v = &d->path;
    }
    vd_value_set(v, row->path, &at, r);
    e->path = vd_value_text(v);
    set_actor(noise, e, row->actor);
    if (row->data != NULL) {
        vd_value_set(&noise->other, row->data, &at, r);
        e->other = vd_value_text(&noise->other);
    }
    return from;
}

/* A new file is created; a known one is changed, removed or gets a new name. */
static void do_file(vd_noise *noise, vd_event *e)
{
    const vd_world *world = e->host->world;
    source from = choose_deed(noise, e, &noise->files[e->host->os], of_file, &world->fixed_file,
                              &world->fresh_file);
    uint32_t k = vd_rng_below(&noise->rng, 100);
    e->size = vd_rng_below(&noise->rng, 1u << vd_rng_range(&noise->rng, 8, 22));
    e->action = "modification";
    e->type = "change";
    if (from == FRESH) {
        e->action = e->type = "creation";
    } else if (from == RECENT && k < 45) {
        e->action = e->type = "deletion";
    } else if (from == RECENT && k < 60) {
        char *end = vd_put(noise->other.text, e->path.p,
                           e->path.len < VD_PATH_CAP - 8 ? e->path.len : VD_PATH_CAP - 8);
        LIT(end, ".tmp~");
        noise->other.len = (uint32_t)(end - noise->other.text);
        e->other = vd_value_text(&noise->other);
        e->action = "rename";
    }
}

static void do_registry(vd_noise *noise, vd_event *e)
{
    const vd_world *world = e->host->world;
    choose_deed(noise, e, &noise->registry, of_registry, &world->fixed_registry,
                &world->fresh_registry);
    if (e->other.len == 0) {
        noise->other.len =
            (uint32_t)(vd_put_u64(noise->other.text, vd_rng_next(&noise->rng) >> 24) -
                       noise->other.text);
        e->other = vd_value_text(&noise->other);
    }
    e->action = "modification";
    e->type = "change";
}

/* Chooses a name out of two plain tables; the ring keeps what was new. */
static void choose_name(vd_noise *noise, vd_event *e, deed_ring *ring, shares s,
                        const vd_names *fixed, const vd_names *fresh)
{
    vd_rng *r = &noise->rng;
    source from = choose_source(r, s, ring->count);
    vd_value *v = &noise->path;
    if (from == RECENT) {
        e->path = vd_value_text(&ring_pick(ring, r)->path);
        return;
    }
    const vd_names *t = from == FIXED ? fixed : fresh;
    uint32_t i =
        from == FIXED ? vd_rng_skewed(r, (uint32_t)t->count) : vd_rng_below(r, (uint32_t)t->count);
    vd_whereabouts at = vd_host_at(e->host, vd_host_person(e->host, r));
    if (from == FRESH) v = &ring_add(ring)->path;
    vd_value_set(v, t->rows[i], &at, r);
    e->path = vd_value_text(v);
}

/* What we build ourselves is not signed, what is in Windows is Microsoft's. */
static uint8_t module_signer(vd_text path)
{
    static const uint8_t vendor = 14;
    if (path.len > 7 && memcmp(path.p + 4, "src", 3) == 0) return VD_UNSIGNED;
    return path.len > 11 && memcmp(path.p + 4, "Windows", 7) == 0 ? VD_MS_WINDOWS : vendor;
}

static void do_library(vd_noise *noise, vd_event *e)
{
    const vd_world *world = e->host->world;
    choose_name(noise, e, &noise->modules, of_module, &world->fixed_module, &world->fresh_module);
    set_actor(noise, e, VD_ANYONE);
    e->signer = module_signer(e->path);
    e->size = 4096 * vd_rng_range(&noise->rng, 4, 4000);
    e->action = "load";
    e->type = "start";
}

static void set_talker(vd_noise *noise, vd_event *e)
{
    const vd_role_list *t = &e->host->world->talkers;
    set_actor(noise, e, t->rows[vd_rng_skewed(&noise->rng, (uint32_t)t->count)]);
    e->local_port = (uint16_t)vd_rng_range(&noise->rng, 49152, 65535);
    e->size = vd_rng_range(&noise->rng, 60, 90000);
}

static uint32_t private_ip(vd_rng *r)
{
    return 10u << 24 | 20u << 16 | vd_rng_below(r, 65536);
}

/* Files are served by the kernel: only pid 4 speaks SMB. */
static void do_smb(vd_noise *noise, vd_event *e)
{
    set_actor(noise, e, VD_W_SYSTEM);
    e->peer_ip = private_ip(&noise->rng);
    e->peer_port = 445;
}

static void do_network(vd_noise *noise, vd_event *e)
{
    static const uint16_t outward[] = {443, 443, 443, 443, 80, 8443, 123},
                          inward[] = {135, 8080, 5432, 9200, 49668};
    vd_rng *r = &noise->rng;
    uint32_t k = vd_rng_below(r, 100);
    set_talker(noise, e);
    e->peer_ip = vd_rng_chance(r, 600) ? noise->popular_ip[vd_rng_skewed(r, 32)] : vd_public_ip(r);
    e->peer_port = outward[vd_rng_below(r, 7)];
    e->udp = e->peer_port == 123;
    e->type = k < 55 ? "start" : "end";
    e->action = k < 55 ? "connection_attempted" : "disconnect_received";
    if (k < 12) {
        e->ingress = 1;
        e->action = "connection_accepted";
        e->peer_ip = private_ip(r);
        e->peer_port = inward[vd_rng_below(r, 5)];
        e->udp = 0;
    } else if (k % 16 == 0 && e->host->os == VD_WINDOWS) {
        do_smb(noise, e);
        e->udp = 0;
    }
}

static void do_dns(vd_noise *noise, vd_event *e)
{
    set_talker(noise, e);
    choose_name(noise, e, &noise->names, of_name, &vd_domains, &vd_fresh_domains);
    e->peer_ip = 10u << 24 | 20u << 16 | 53;
    e->peer_port = 53;
    e->udp = 1;
    e->type = "protocol";
    e->action = vd_rng_chance(&noise->rng, 500) ? "lookup_requested" : "lookup_result";
}

/* A logon that fails comes from an address that is not seen again, so no run of
 * failures can build up. */
static void do_logon(vd_noise *noise, vd_event *e)
{
    vd_rng *r = &noise->rng;
    bool fails = vd_rng_chance(r, 60);
    set_actor(noise, e, e->host->os == VD_WINDOWS ? VD_W_SERVICES : VD_L_SSHD);
    e->user = vd_host_person(e->host, r);
    e->peer_ip = fails ? 10u << 24 | 1u << 23 | vd_rng_below(r, 1u << 23) : private_ip(r);
    e->local_port = (uint16_t)vd_rng_range(r, 49152, 65535);
    e->type = "start";
    e->action = e->host->os == VD_LINUX ? "ssh_login" : "log_on";
    e->outcome = fails ? "failure" : "success";
}

static void (*const deeds[VD_KIND_COUNT])(vd_noise *, vd_event *) = {
    do_process, do_file, do_registry, do_library, do_network, do_dns, do_logon,
};

static vd_kind choose_kind(const vd_world *world, vd_rng *r)
{
    uint32_t k = vd_rng_below(r, 100), kind = 0;
    while (kind + 1 < VD_KIND_COUNT && k >= world->mix[kind])
        k -= world->mix[kind++];
    return (vd_kind)kind;
}

void vd_noise_next(vd_noise *noise, int64_t time, vd_event *e)
{
    vd_host *host = noise->next_host;
    noise->next_host = &noise->fleet->hosts[vd_rng_below(&noise->rng, noise->fleet->count)];
    __builtin_prefetch(noise->next_host);
    *e = (vd_event){.host = host, .time = time, .kind = choose_kind(host->world, &noise->rng)};
    e->ingested = time + VD_TICKS_MS * (int64_t)vd_rng_range(&noise->rng, 900, 12000);
    deeds[e->kind](noise, e);
}

vd_noise *vd_noise_new(vd_fleet *fleet, uint64_t seed)
{
    vd_noise *noise = calloc(1, sizeof *noise);
    if (noise == NULL) return NULL;
    noise->fleet = fleet;
    vd_rng_seed(&noise->rng, seed);
    noise->next_host = &fleet->hosts[0];
    for (size_t i = 0; i < 32; i++)
        noise->popular_ip[i] = vd_public_ip(&noise->rng);
    return noise;
}

void vd_noise_free(vd_noise *noise)
{
    free(noise);
}
