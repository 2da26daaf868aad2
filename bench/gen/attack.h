/* bench/gen/attack.h - planted attacks and the record of them
 *
 * Idea        an attack is a script of a few events on one otherwise normal
 *             host, each some time after the one before; several run at once,
 *             in order of time. Half of the scripts are near misses: the same
 *             with one thing different, so that the rule must stay quiet
 * Use         vd_attacks_begin to start a run, vd_attacks_due for the time of the
 *             next event, vd_attacks_take for the event itself; when the last
 *             event of a real one is out, a line goes to the side file
 * Limits      VD_ATTACKS_ACTIVE at once, one on a host
 */
#ifndef VD_GEN_ATTACK_H
#define VD_GEN_ATTACK_H

#include "doc.h"

#include <stdio.h>

enum { VD_ATTACKS_ACTIVE = 64, VD_ATTACK_EVENTS = 14 };

typedef struct vd_attacks vd_attacks;

/* `side` may be NULL; `as_array`: one JSON array instead of a line for each.
 * With `decoys` every second run is a near miss of the one before it. */
vd_attacks *vd_attacks_new(vd_fleet *fleet, uint64_t seed, FILE *side, bool as_array, bool decoys);

/* Closes the side file's array and frees; `side` stays open. */
void vd_attacks_free(vd_attacks *a);

/* Starts the next run, of at most VD_ATTACK_EVENTS events, at `now`. False if
 * there is no room or no free host at the moment. */
bool vd_attacks_begin(vd_attacks *a, int64_t now);

/* When the next planted event is due; INT64_MAX if nothing is running. */
int64_t vd_attacks_due(const vd_attacks *a);

/* Events that the runs under way will still need. */
uint32_t vd_attacks_owed(const vd_attacks *a);

/* Makes the event that is due. Its texts are good until the next call. */
void vd_attacks_take(vd_attacks *a, vd_event *e, const char id[VD_EVENT_ID]);

/* Real attacks that ended. */
uint64_t vd_attacks_done(const vd_attacks *a);

#endif
