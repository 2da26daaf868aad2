/* cli/job.h - a plan over some inputs: source and engine put together
 *
 * Live `vedette run --follow`: what is read goes through a stream in place of the batch engine, and
 *      findings come while it is read.
 * Use  vd_job_begin, vd_job_work, look at the engine's statistics, vd_job_fini. */
#ifndef VD_CLI_JOB_H
#define VD_CLI_JOB_H

#include "cli/cli.h"
#include "cli/faults.h"
#include "cli/live.h"
#include "source/source.h"

typedef struct vd_job {
    const vd_options *options;
    vd_plan *plan; /* the caller's */
    void (*found)(void *ctx, const vd_finding *finding);
    void *ctx;
    int64_t size; /* results a rule, -1: all */
    /* NULL, or takes every block in place of the engine; it may feed the engine. From any
     * worker thread. */
    void (*block)(struct vd_job *job, unsigned worker, const vd_block *block);
    /* The job's own from here on. */
    int64_t since, until; /* ms, as the options say; VD_TIME_NONE: open */
    vd_engine *engine; /* live: that of the stream, for its statistics */
    vd_live *live;     /* or NULL */
    vd_err failure;    /* live: why it ended */
    vd_source *source;
    vd_arena texts; /* of --map */
    vd_faults faults;
    uint64_t findings;
    bool interrupted;
    bool waiting; /* for files to grow */
} vd_job;

/* Opens the inputs (standard input if none is named and it is no terminal) and makes
 * the engine. An exit status; what is wrong was said. */
int vd_job_begin(vd_job *job, const char *const *paths, size_t n);
/* Calls fn for each document of a block, as a block of its own. */
void vd_job_each(vd_job *job, unsigned worker, const vd_block *block,
                 void (*fn)(vd_job *job, unsigned worker, const vd_block *document));
/* Reads everything and reports the findings. VD_EXIT_FAILURE also when --strict met a
 * fault: then nothing was reported, but what was found live. */
int vd_job_work(vd_job *job);
/* Reading is to end soon, as after an interrupt. */
void vd_job_stop(void);
void vd_job_fini(vd_job *job);

#endif
