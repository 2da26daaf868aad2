/* cli/live.h - rules over files as they grow: each finding when its event is there
 *
 * Idea      What is read gets numbers in the order in which it comes and goes through a stream
 *           (engine/stream.h). What the files held at the start is read one file after another,
 *           in no order of time, so the stream is held until all of it is there; then it goes
 *           with the clock. Documents that an open sequence may ask for are kept on disk.
 * Threads   One. */
#ifndef VD_CLI_LIVE_H
#define VD_CLI_LIVE_H

#include "engine/kept.h"
#include "engine/stream.h"

typedef struct vd_live vd_live;

typedef struct vd_live_config {
    vd_plan *plan; /* a reference is taken */
    vd_str default_index;
    int64_t lateness, default_maxspan; /* ms */
    vd_engine_window window;           /* of all rules */
    uint64_t max_state;
    uint64_t max_kept;                 /* bytes of documents; 0: VD_MAX_FOLLOW_KEPT */
    void (*found)(void *ctx, const vd_finding *finding);
    /* An alert that was told of would not be found now. */
    void (*superseded)(void *ctx, const vd_rule *rule, const char id[65]);
    void (*fault)(void *ctx, const vd_fault_report *report);
    void *ctx;
} vd_live_config;

vd_live *vd_live_new(const vd_live_config *config, vd_err *err);
void vd_live_free(vd_live *live);
/* Adds an input; returns its number. The name is copied. */
uint32_t vd_live_input(vd_live *live, vd_str name);
/* The rest returns VD_IO when a temporary file failed: what comes after is useless. */
int vd_live_feed(vd_live *live, const vd_block *block, vd_err *err);
/* What was there at the start is read. */
int vd_live_caught_up(vd_live *live, vd_err *err);
/* To be called now and then; about four times a second the clock runs on. */
int vd_live_tick(vd_live *live, vd_err *err);
/* Nothing more comes: what waits is told. */
int vd_live_end(vd_live *live, vd_err *err);

/* The engine that matches, for its statistics and for faults found outside. */
vd_engine *vd_live_engine(const vd_live *live);
/* Whether rule i is among those that a stream can run. */
bool vd_live_runs(const vd_live *live, uint32_t rule);

typedef struct vd_live_stats {
    vd_stream_stats stream;
    vd_kept_stats kept;
    uint64_t lost; /* alerts not made for want of a document that was dropped */
} vd_live_stats;
vd_live_stats vd_live_stats_of(const vd_live *live);

#endif
