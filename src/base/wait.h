/* base/wait.h - waiting by the clock that never goes back
 *
 * pthread's condition variables wait by the wall clock unless told otherwise, and a wall clock
 * that is set back makes them wait for hours. */
#ifndef VD_BASE_WAIT_H
#define VD_BASE_WAIT_H

#include <pthread.h>
#include <stdint.h>
#include <time.h>

/* A condition variable for vd_wait_until's times. */
void vd_cond_init(pthread_cond_t *cond);
/* `ms` from now, for pthread_cond_timedwait with such a variable; not positive: now. */
struct timespec vd_wait_until(int64_t ms);
void vd_sleep_ms(int64_t ms);

#endif
