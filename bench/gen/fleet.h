/* bench/gen/fleet.h - the machines, their people and their processes
 *
 * Idea        a host is a fixed array of processes: the roles that live from
 *             boot on, then places for those that come and go. A process ends
 *             only when it has no living child, so a parent pointer is always
 *             good
 * Lifetime    the fleet is allocated once and never grows: any amount of
 *             output takes the same memory (about 100 KB a host)
 */
#ifndef VD_GEN_FLEET_H
#define VD_GEN_FLEET_H

#include "text.h"

enum {
    VD_HOST_PROCS = 52,
    VD_HOST_PEOPLE = 3,
    VD_ENTITY_CAP = 96,
};

typedef struct vd_user {
    char name[32];
    char domain[32];
    char id[56];
} vd_user;

typedef struct vd_proc {
    const struct vd_proc *parent; /* itself for the first process of a host */
    const vd_user *user;
    int64_t start; /* ticks */
    uint32_t pid;
    uint16_t children; /* living ones, among the host's own */
    uint8_t signer;
    uint8_t alive;
    uint8_t is_system; /* integrity level system, not medium */
    uint8_t entity_len;
    char entity[VD_ENTITY_CAP];
    vd_command cmd;
} vd_proc;

typedef struct vd_host {
    const vd_world *world;
    vd_os os;
    uint32_t number;
    uint64_t sequence; /* of the last event */
    uint32_t next_pid;
    uint8_t under_attack; /* a chain is running here */
    char name[32];
    char agent_id[40];
    uint32_t ip4; /* its address, 10/8 */
    vd_user people[VD_HOST_PEOPLE];
    vd_user service[3]; /* by vd_account */
    uint16_t head_len, block_len;
    char head[160];   /* "agent":{...} */
    char block[1024]; /* "host":{...} */
    vd_proc procs[VD_HOST_PROCS];
} vd_host;

typedef struct vd_fleet {
    vd_host *hosts;
    uint32_t count;
    vd_text signer_json[32]; /* the body of code_signature, by signer */
    char signer_room[32 * 256];
} vd_fleet;

/* Sets up `count` hosts as they are at `now`; NULL if memory is short. */
vd_fleet *vd_fleet_new(uint32_t count, int64_t now, vd_rng *r);
void vd_fleet_free(vd_fleet *fleet);

/* One of the host's people, the first most often. */
const vd_user *vd_host_person(const vd_host *host, vd_rng *r);

char *vd_put_ip4(char *w, uint32_t ip);

/* Gives a process whose command is set its pid, entity id and start. */
void vd_proc_begin(vd_proc *p, vd_host *host, const vd_proc *parent, int64_t now, vd_rng *r);

vd_whereabouts vd_host_at(const vd_host *host, const vd_user *user);

#endif
