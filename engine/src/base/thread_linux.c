#include "hc/thread.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* struct sched_attr of sched_setattr(2), which the C library has no name for. */
struct attributes {
    uint32_t size;
    uint32_t policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime; /* of ordinary threads: the slice, in nanoseconds; 0 is the system's own */
    uint64_t deadline;
    uint64_t period;
    uint32_t util_min;
    uint32_t util_max;
};

enum { ORDINARY = 0 }; /* SCHED_OTHER */

void hc_thread_short_turns(void)
{
    struct attributes now = {.size = sizeof(now)};
    if (syscall(SYS_sched_getattr, 0, &now, sizeof(now), 0) != 0 || now.policy != ORDINARY)
        return;
    now.runtime = HC_THREAD_TURN_NS;
    (void)syscall(SYS_sched_setattr, 0, &now, 0); /* refused: it stays as it was */
}

int hc_thread_clock(void)
{
    clockid_t clock;
    return pthread_getcpuclockid(pthread_self(), &clock) == 0 ? clock : HC_THREAD_NO_CLOCK;
}

bool hc_thread_used_ns(int clock, uint64_t *used_ns)
{
    struct timespec used;
    if (clock_gettime(clock, &used) != 0)
        return false;
    *used_ns = (uint64_t)used.tv_sec * 1000000000u + (uint64_t)used.tv_nsec;
    return true;
}
