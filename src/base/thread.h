/* base/thread.h - what a thread is called, and who goes first where there are too few processors
 *
 * The service's threads hand work on: requests, journal, rules, blocks. When all want to run, the
 * end of that line goes first: what was taken in is matched before more is taken in, and blocks,
 * which nobody waits for, are made of what time is left. Ranks count among the threads of one
 * service (a control group of its own, as systemd gives it); none needs a privilege. */
#ifndef VD_BASE_THREAD_H
#define VD_BASE_THREAD_H

typedef enum vd_thread_rank {
    VD_RANK_PROMPT,    /* an alert waits for it: short turns, at once */
    VD_RANK_REQUESTS,  /* somebody waits for it */
    VD_RANK_BACKGROUND /* nobody does */
} vd_thread_rank;

/* The calling thread's rank, once for each. A system that does not know ranks runs it as any other. */
void vd_thread_set_rank(vd_thread_rank rank);
/* Its name (at most 15 bytes; /metrics tells the processor's time by it) and rank. */
void vd_thread_begin(const char *name, vd_thread_rank rank);

#endif
