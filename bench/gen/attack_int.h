/* bench/gen/attack_int.h - private to attack*.c: a script and one run of it */
#ifndef VD_GEN_ATTACK_INT_H
#define VD_GEN_ATTACK_INT_H

#include "attack.h"

/* One run of a script. */
typedef struct vd_attack {
    const struct vd_chain *chain;
    vd_host *host;
    vd_rng *rng;
    const vd_user *user;
    int64_t due; /* time of the next event */
    uint8_t decoy;
    uint8_t stage;    /* the next one */
    uint8_t stages;   /* how many this run has */
    uint8_t reported; /* of those, the last ones, are what the rule reports */
    uint32_t peer_ip;
    vd_proc procs[3];
    vd_value path[3]; /* paths, names, registry data of the run */
    char ids[VD_ATTACK_EVENTS][VD_EVENT_ID];
} vd_attack;

/* A script: the rule that must find it and how its events are made. */
typedef struct vd_chain {
    const char *rule, *rule_id;
    vd_os os;
    void (*prepare)(vd_attack *a);            /* sets stages, reported and values */
    void (*stage)(vd_attack *a, vd_event *e); /* makes event number a->stage */
} vd_chain;

extern const vd_chain vd_chains[];
extern const size_t vd_chain_count;

#endif
