/* tests/unit/sequence/harness.h - sequences and events as short texts
 *
 * Stages    "a !m b ~u": letters are conditions; ! marks a missing stage, ~ until.
 *           "*" holds for every event.
 * Events    "10:ab/xy@3": at 10 ms, meets conditions a and b, join keys x and y,
 *           tiebreak 3. Numbered from 1 in the order written. No key: key 0,0.
 * Results   "1 - 3{x} / 2 - 4{y}": events in stage order, - for a missing stage. */
#ifndef VD_TEST_SEQUENCE_HARNESS_H
#define VD_TEST_SEQUENCE_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/vec.h"
#include "sequence/sequence.h"

#define MAX_STAGES 256
#define MAX_EVENTS 4096

typedef struct run {
    uint8_t roles[MAX_STAGES];
    char letters[MAX_STAGES];
    vd_sequence_spec spec;
    VD_VEC(vd_candidate) candidates;
    char out[8192];
    size_t out_n;
    int held[MAX_EVENTS];
    uint64_t max_state;
    bool step; /* flush before every candidate */
    vd_sequence_stats stats;
} run;

static void run_out(run *r, const char *fmt, uint64_t x)
{
    int n = snprintf(r->out + r->out_n, sizeof r->out - r->out_n, fmt, x);
    assert_true(n >= 0 && r->out_n + (size_t)n < sizeof r->out);
    r->out_n += (size_t)n;
}

static void run_found(void *ctx, const vd_sequence_match *match)
{
    run *r = ctx;
    if (r->out_n) run_out(r, " / ", 0);
    for (size_t i = 0; i < match->n; i++) {
        if (i) run_out(r, " ", 0);
        if (match->events[i] == VD_NO_EVENT) {
            run_out(r, "-", 0);
            continue;
        }
        assert_true(r->held[match->events[i]] > 0);
        run_out(r, "%lu", match->events[i]);
    }
    if (match->key[0]) run_out(r, "{%c}", match->key[0]);
}

static void run_hold(void *ctx, uint64_t event) { ((run *)ctx)->held[event]++; }

static void run_release(void *ctx, uint64_t event)
{
    assert_true(--((run *)ctx)->held[event] >= 0);
}

static void run_stages(run *r, const char *text)
{
    uint16_t n = 0;
    for (; *text; text++) {
        if (*text == ' ') continue;
        uint8_t role = VD_STAGE_EVENT;
        if (*text == '!' || *text == '~') {
            role = *text == '!' ? VD_STAGE_MISSING : VD_STAGE_UNTIL;
            text++;
        }
        r->roles[n] = role;
        r->letters[n++] = *text;
    }
    r->spec.roles = r->roles;
    r->spec.n_stages = n;
}

static void run_add(run *r, vd_candidate c, const char *names, const char *keys)
{
    for (uint16_t i = 0; i < r->spec.n_stages; i++) {
        if (r->letters[i] != '*' && !memchr(names, r->letters[i], strcspn(names, "/@ "))) continue;
        c.stage = i;
        size_t n_keys = keys ? strcspn(keys, "@ ") : 0;
        c.key[0] = 0;
        if (!n_keys) *vd_vec_push(&r->candidates) = c;
        for (size_t k = 0; k < n_keys; k++) {
            c.key[0] = (unsigned char)keys[k];
            *vd_vec_push(&r->candidates) = c;
        }
    }
}

static void run_events(run *r, const char *text)
{
    uint64_t number = 0;
    while (*text) {
        char *end;
        vd_candidate c = {.ts = strtoll(text, &end, 10), .tie = VD_NO_TIEBREAK};
        assert_int_equal(*end, ':');
        const char *names = end + 1;
        size_t n = strcspn(names, " ");
        const char *at = memchr(names, '@', n), *slash = memchr(names, '/', n);
        if (at) c.tie = strtoull(at + 1, NULL, 10);
        c.ordinal = c.event = ++number;
        run_add(r, c, names, slash ? slash + 1 : NULL);
        text = names + n + strspn(names + n, " ");
    }
}

static int run_cmp(const void *a, const void *b) { return vd_candidate_cmp(a, b); }

static void run_feed(run *r)
{
    vd_sequence_config config = {.specs = &r->spec, .n_specs = 1, .found = run_found,
                                 .hold = run_hold, .release = run_release, .ctx = r,
                                 .max_state = r->max_state};
    vd_sequencer *seq = vd_sequencer_new(&config);
    if (r->candidates.n)
        qsort(r->candidates.v, r->candidates.n, sizeof *r->candidates.v, run_cmp);
    for (size_t i = 0; i < r->candidates.n; i++) {
        if (r->step) vd_sequencer_flush(seq, r->candidates.v[i].ts - 1);
        vd_sequencer_feed(seq, &r->candidates.v[i]);
    }
    vd_sequencer_flush(seq, INT64_MAX);
    r->stats = vd_sequencer_stats(seq);
    vd_sequencer_free(seq);
    assert_int_equal(r->stats.pending, 0);
    for (size_t i = 0; i < MAX_EVENTS; i++) assert_int_equal(r->held[i], 0);
    r->out[r->out_n] = 0;
}

static void run_once(const char *stages, bool sample, int64_t maxspan, const char *events,
                     const char *want, bool step)
{
    run *r = calloc(1, sizeof *r);
    r->spec = (vd_sequence_spec){.sample = sample, .maxspan = maxspan, .keyed = true};
    r->step = step;
    run_stages(r, stages);
    run_events(r, events);
    run_feed(r);
    if (strcmp(r->out, want) != 0) print_error("[%s] over %s\n", stages, events);
    assert_string_equal(r->out, want);
    vd_vec_free(&r->candidates);
    free(r);
}

/* The same with one flush at the end and with a flush before every candidate. */
static inline void check(const char *stages, int64_t maxspan, const char *events,
                         const char *want)
{
    run_once(stages, false, maxspan, events, want, false);
    run_once(stages, false, maxspan, events, want, true);
}

static inline void check_sample(const char *stages, const char *events, const char *want)
{
    run_once(stages, true, -1, events, want, false);
    run_once(stages, true, -1, events, want, true);
}

#endif
