/* bench/gen/noise.h - an ordinary day: what happens on the machines when nobody attacks
 *
 * Idea        a value is one that everybody has (a row without codes), or one
 *             seen a moment ago (a small ring), or new; how often which is set
 *             so that values repeat as in recorded telemetry
 * Promise     nothing here completes or even begins a chain of attack_chains.c,
 *             but for the first stage of the SMB rule, which is any process
 *             start: the tables leave those programs, paths and ports out
 * Cost        allocates nothing after vd_noise_new
 */
#ifndef VD_GEN_NOISE_H
#define VD_GEN_NOISE_H

#include "doc.h"

typedef struct vd_noise vd_noise;

/* The fleet's daily life; NULL if memory is short. */
vd_noise *vd_noise_new(vd_fleet *fleet, uint64_t seed);
void vd_noise_free(vd_noise *noise);

/* Makes the next event, at `time`; its texts are good until the next call. The
 * id is the caller's to set. */
void vd_noise_next(vd_noise *noise, int64_t time, vd_event *e);

/* An address out on the internet. */
uint32_t vd_public_ip(vd_rng *r);

#endif
