/* server/clerk.h - findings to alerts that are written down
 *
 * Idea      Findings become alert documents; they gather until they are written in one
 *           transaction. What is new goes on to the output.
 * Threads   A clerk belongs to one thread; clerks may share an output. */
#ifndef VD_SERVER_CLERK_H
#define VD_SERVER_CLERK_H

#include "alert/alert.h"
#include "store/papers.h"

typedef struct vd_outlet vd_outlet;
typedef struct vd_clerk vd_clerk;

/* NDJSON of alerts: appended to a file, or "-": standard output. */
vd_outlet *vd_outlet_open(const char *path, vd_err *err);
/* Opens the file anew (it was rotated). */
void vd_outlet_reopen(vd_outlet *o);
void vd_outlet_close(vd_outlet *o);

/* outlet may be NULL. */
vd_clerk *vd_clerk_new(vd_db *db, vd_outlet *outlet);
void vd_clerk_free(vd_clerk *c);
/* mode: "stream", "schedule", "manual". now: @timestamp of the alert. */
void vd_clerk_take(vd_clerk *c, const vd_finding *finding, int64_t now, const char *mode);
/* An alert would not be found any more. */
void vd_clerk_supersede(vd_clerk *c, const char *id, int64_t now);
/* Writes what was gathered. On failure it stays gathered for the next call. *n_fresh (may be
 * NULL): alerts that were new, building blocks not counted. */
int vd_clerk_write(vd_clerk *c, uint64_t *n_fresh, vd_err *err);

#endif
