#include "base/thread.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Measured in docs/performance.md: with less between them a batch waits for tens of milliseconds. */
#define NICE_REQUESTS   10
#define NICE_BACKGROUND 19
/* A thread with short turns need not wait for the end of another's (Linux 6.12 and later). */
#define PROMPT_TURN_NS 200000

/* struct sched_attr of sched_setattr(2), for which there is no wrapper. */
typedef struct turn {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period; /* ns */
} turn;

void vd_thread_set_rank(vd_thread_rank rank)
{
    turn t = {.size = sizeof t, .runtime = PROMPT_TURN_NS};
    pid_t self = (pid_t)syscall(SYS_gettid);
    switch (rank) {
    case VD_RANK_PROMPT: syscall(SYS_sched_setattr, 0, &t, 0); break;
    case VD_RANK_REQUESTS: setpriority(PRIO_PROCESS, (id_t)self, NICE_REQUESTS); break;
    case VD_RANK_BACKGROUND: setpriority(PRIO_PROCESS, (id_t)self, NICE_BACKGROUND); break;
    }
}

void vd_thread_begin(const char *name, vd_thread_rank rank)
{
    pthread_setname_np(pthread_self(), name);
    vd_thread_set_rank(rank);
}
