#include "hc/runners.h"

#include <stdatomic.h>

#include "hc/thread.h"

struct hc_runner {
    atomic_int clock;     /* of its thread's processor time; HC_THREAD_NO_CLOCK: free */
    atomic_uint requests; /* that have been here so far */
    unsigned seen_requests; /* when it was last looked at; as all below */
    uint64_t seen_used_ns;
};

enum hc_err hc_runners_init(struct hc_runners *runners, const struct hc_alloc *alloc, size_t count)
{
    *runners = (struct hc_runners){.alloc = alloc, .count = count};
    if (count == 0)
        return HC_OK;
    runners->all = hc_alloc_zeroed(alloc, count * sizeof(*runners->all));
    runners->used_ns = hc_alloc_zeroed(alloc, count * sizeof(*runners->used_ns));
    if (runners->all && runners->used_ns)
        return HC_OK;
    hc_runners_deinit(runners);
    return HC_NOMEM;
}

void hc_runners_deinit(struct hc_runners *runners)
{
    hc_alloc_free(runners->alloc, runners->all);
    hc_alloc_free(runners->alloc, runners->used_ns);
    *runners = (struct hc_runners){.alloc = runners->alloc};
}

struct hc_runner *hc_runners_begin(struct hc_runners *runners)
{
    int clock = runners->count > 0 ? hc_thread_clock() : HC_THREAD_NO_CLOCK;
    if (clock == HC_THREAD_NO_CLOCK)
        return NULL;
    for (size_t i = 0; i < runners->count; i++) {
        struct hc_runner *runner = &runners->all[i];
        int nobody = HC_THREAD_NO_CLOCK;
        if (atomic_load_explicit(&runner->clock, memory_order_relaxed) == nobody &&
            atomic_compare_exchange_strong(&runner->clock, &nobody, clock)) {
            atomic_fetch_add_explicit(&runner->requests, 1, memory_order_relaxed);
            return runner;
        }
    }
    return NULL;
}

void hc_runner_end(struct hc_runner *runner)
{
    if (runner)
        atomic_store(&runner->clock, HC_THREAD_NO_CLOCK);
}

/* Whether it has been at the same request since it was last looked at; then, what it used. */
static bool look(struct hc_runner *runner, uint64_t *used_ns)
{
    uint64_t now_ns = 0, before_ns = runner->seen_used_ns;
    unsigned requests = atomic_load(&runner->requests), before = runner->seen_requests;
    int clock = atomic_load(&runner->clock);
    if (clock == HC_THREAD_NO_CLOCK || !hc_thread_used_ns(clock, &now_ns) ||
        atomic_load(&runner->requests) != requests) /* another thread's by now */
        return false;
    runner->seen_requests = requests;
    runner->seen_used_ns = now_ns;
    *used_ns = now_ns - before_ns;
    return requests == before && now_ns >= before_ns;
}

size_t hc_runners_waiting(struct hc_runners *runners, uint64_t now_ns)
{
    uint64_t window_ns = now_ns - runners->seen_ns;
    size_t count = 0;
    for (size_t i = 0; i < runners->count; i++)
        if (look(&runners->all[i], &runners->used_ns[count]))
            count++;
    runners->seen_ns = now_ns;
    return hc_runners_idle(runners->used_ns, count, window_ns);
}

size_t hc_runners_idle(const uint64_t *used_ns, size_t count, uint64_t window_ns)
{
    uint64_t together_ns = 0;
    size_t idle = 0;
    for (size_t i = 0; i < count; i++)
        together_ns += used_ns[i];
    if (together_ns < window_ns / 2)
        return count;
    for (size_t i = 0; i < count; i++)
        idle += used_ns[i] < together_ns / (4 * count);
    return idle;
}
