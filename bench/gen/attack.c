/* bench/gen/attack.c - see attack.h */
#include "attack_int.h"

#include <stdlib.h>

struct vd_attacks {
    vd_fleet *fleet;
    FILE *side;
    vd_rng rng;
    bool as_array, decoys, decoy_next;
    uint32_t next_chain;
    uint32_t owed;
    uint64_t done;
    int first; /* index of the attack due first, -1 if none */
    vd_attack slots[VD_ATTACKS_ACTIVE];
};

vd_attacks *vd_attacks_new(vd_fleet *fleet, uint64_t seed, FILE *side, bool as_array, bool decoys)
{
    vd_attacks *a = calloc(1, sizeof *a);
    if (a == NULL) return NULL;
    a->fleet = fleet;
    a->side = side;
    a->as_array = as_array;
    a->decoys = decoys;
    a->first = -1;
    vd_rng_seed(&a->rng, seed);
    if (side != NULL && as_array) fputs("[\n", side);
    return a;
}

void vd_attacks_free(vd_attacks *a)
{
    if (a != NULL && a->side != NULL && a->as_array) fputs(a->done > 0 ? "\n]\n" : "]\n", a->side);
    free(a);
}

/* A host of that system on which nothing is going on; NULL if there is none.
 * *any says whether the fleet has such a system at all. */
static vd_host *choose_host(vd_attacks *a, vd_os os, bool *any)
{
    uint32_t from = vd_rng_below(&a->rng, a->fleet->count);
    *any = false;
    for (uint32_t i = 0; i < a->fleet->count; i++) {
        vd_host *host = &a->fleet->hosts[(from + i) % a->fleet->count];
        *any |= host->os == os;
        if (host->os == os && !host->under_attack) return host;
    }
    return NULL;
}

/* The script whose turn it is; those that this fleet has no system for lose
 * theirs. NULL if its hosts are all busy. */
static const vd_chain *choose_chain(vd_attacks *a, vd_host **host)
{
    for (size_t i = 0; i < vd_chain_count; i++) {
        const vd_chain *chain = &vd_chains[a->next_chain];
        bool any;
        *host = choose_host(a, chain->os, &any);
        if (any) return *host != NULL ? chain : NULL;
        a->next_chain = (uint32_t)((a->next_chain + 1) % vd_chain_count);
    }
    return NULL;
}

static void find_first(vd_attacks *a)
{
    a->first = -1;
    for (int i = 0; i < VD_ATTACKS_ACTIVE; i++)
        if (a->slots[i].chain != NULL && (a->first < 0 || a->slots[i].due < a->slots[a->first].due))
            a->first = i;
}

static vd_attack *free_slot(vd_attacks *a)
{
    for (int i = 0; i < VD_ATTACKS_ACTIVE; i++)
        if (a->slots[i].chain == NULL) return &a->slots[i];
    return NULL;
}

bool vd_attacks_begin(vd_attacks *a, int64_t now)
{
    vd_host *host;
    vd_attack *run = free_slot(a);
    const vd_chain *chain = run != NULL ? choose_chain(a, &host) : NULL;
    if (chain == NULL) return false;
    run->chain = chain;
    run->host = host;
    run->rng = &a->rng;
    run->user = &host->people[0];
    run->due = now + VD_TICKS_MS * (int64_t)vd_rng_range(&a->rng, 5, 400);
    run->decoy = a->decoy_next;
    run->stage = 0;
    run->peer_ip = 10u << 24 | 20u << 16 | vd_rng_below(&a->rng, 65536);
    chain->prepare(run);
    host->under_attack = 1;
    a->owed += run->stages;
    if (!a->decoys || a->decoy_next)
        a->next_chain = (uint32_t)((a->next_chain + 1) % vd_chain_count);
    a->decoy_next = a->decoys && !a->decoy_next;
    find_first(a);
    return true;
}

int64_t vd_attacks_due(const vd_attacks *a)
{
    return a->first < 0 ? INT64_MAX : a->slots[a->first].due;
}

uint32_t vd_attacks_owed(const vd_attacks *a)
{
    return a->owed;
}

uint64_t vd_attacks_done(const vd_attacks *a)
{
    return a->done;
}

static void record(vd_attacks *a, const vd_attack *run)
{
    if (run->decoy) return;
    if (a->side != NULL) {
        fprintf(a->side, "%s{\"rule\":\"%s\",\"rule_id\":\"%s\",\"host\":\"%s\",\"events\":[",
                a->as_array && a->done > 0 ? ",\n" : "", run->chain->rule, run->chain->rule_id,
                run->host->name);
        for (int i = run->stages - run->reported; i < run->stages; i++)
            fprintf(a->side, "%s\"%.*s\"", i > run->stages - run->reported ? "," : "", VD_EVENT_ID,
                    run->ids[i]);
        fputs(a->as_array ? "]}" : "]}\n", a->side);
    }
    a->done++;
}

static void finish(vd_attacks *a, vd_attack *run)
{
    record(a, run);
    run->host->under_attack = 0;
    run->chain = NULL;
}

void vd_attacks_take(vd_attacks *a, vd_event *e, const char id[VD_EVENT_ID])
{
    vd_attack *run = &a->slots[a->first];
    *e = (vd_event){.host = run->host, .time = run->due, .planted = 1, .user = run->user};
    e->ingested = run->due + VD_TICKS_MS * (int64_t)vd_rng_range(&a->rng, 900, 12000);
    run->chain->stage(run, e);
    memcpy(e->id, id, VD_EVENT_ID);
    memcpy(run->ids[run->stage], id, VD_EVENT_ID);
    run->due += VD_TICKS_MS * (int64_t)vd_rng_range(&a->rng, 20, 900);
    run->stage++;
    a->owed--;
    if (run->stage == run->stages) finish(a, run);
    find_first(a);
}
