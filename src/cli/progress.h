/* cli/progress.h - the bar on stderr while a command works */
#ifndef VD_CLI_PROGRESS_H
#define VD_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct vd_progress_state {
    uint64_t bytes_read, bytes_total; /* total 0: not known */
    uint64_t events;
    uint64_t findings;
    bool finishing; /* all is read; sequences are joined */
    bool waiting;   /* for files to grow */
    bool live;      /* alerts are shown as they are found */
} vd_progress_state;

/* Draws from now on, if stderr is a terminal and `wanted`. */
void vd_progress_begin(bool wanted);
/* Redraws, at most ten times a second. */
void vd_progress_draw(const vd_progress_state *state);
/* Takes the bar off the screen, so that a line can be written. May be called from any
 * thread. */
void vd_progress_clear(void);
void vd_progress_end(void);

#endif
