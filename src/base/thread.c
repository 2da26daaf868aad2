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

/* Nicer than it began: a service that was started nicely stays so. */
static void give_way(int by)
{
    id_t self = (id_t)syscall(SYS_gettid);
    setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + by);
}

static void take_short_turns(void)
{
    turn t = {.size = sizeof t, .nice = getpriority(PRIO_PROCESS, 0), .runtime = PROMPT_TURN_NS};
    syscall(SYS_sched_setattr, 0, &t, 0);
}

void vd_thread_set_rank(vd_thread_rank rank)
{
    switch (rank) {
    case VD_RANK_PROMPT: take_short_turns(); break;
    case VD_RANK_REQUESTS: give_way(NICE_REQUESTS); break;
    case VD_RANK_BACKGROUND: give_way(NICE_BACKGROUND); break;
    }
}

void vd_thread_begin(const char *name, vd_thread_rank rank)
{
    pthread_setname_np(pthread_self(), name);
    vd_thread_set_rank(rank);
}
