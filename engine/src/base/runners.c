#include "hc/runners.h"

#include <stdbool.h>

#include "hc/thread.h"

enum {
    SAMPLE = 64, /* of so many requests one is measured */
    BURNS = 8,   /* times the usual, but at least and at most */
    BURNS_NS = 5 * 1000 * 1000,
    BURNS_MOST_NS = 100 * 1000 * 1000,
    USUAL_NS = 1000 * 1000, /* before anything was measured */
    USUAL_MIN_NS = 1000,
};

struct hc_runner {
    struct hc_runners *runners;
    atomic_int clock;      /* of its thread's processor time; HC_THREAD_NO_CLOCK: nobody's yet */
    atomic_uint steps;     /* one when a request begins and one when it ends: odd while it has one */
    uint64_t begun_ns;     /* of processor time, when a request is measured; else 0 */
    unsigned seen_steps;   /* when it was last looked at; as all below */
    uint64_t seen_used_ns;
    uint64_t request_ns;   /* what it has used for the request that it was seen at */
};

enum hc_err hc_runners_init(struct hc_runners *runners, const struct hc_alloc *alloc, size_t count)
{
    *runners = (struct hc_runners){.alloc = alloc, .count = count};
    if (count == 0)
        return HC_OK;
    runners->all = hc_alloc_zeroed(alloc, count * sizeof(*runners->all));
    if (!runners->all)
        return HC_NOMEM;
    for (size_t i = 0; i < count; i++)
        runners->all[i].runners = runners;
    atomic_init(&runners->usual_ns, USUAL_NS);
    return HC_OK;
}

void hc_runners_deinit(struct hc_runners *runners)
{
    hc_alloc_free(runners->alloc, runners->all);
    *runners = (struct hc_runners){.alloc = runners->alloc};
}

/* The place that the thread of this clock has had before, else a free one. */
static struct hc_runner *place_of(struct hc_runners *runners, int clock)
{
    for (size_t i = 0; i < runners->count; i++)
        if (atomic_load_explicit(&runners->all[i].clock, memory_order_relaxed) == clock)
            return &runners->all[i];
    for (size_t i = 0; i < runners->count; i++) {
        int nobody = HC_THREAD_NO_CLOCK;
        if (atomic_compare_exchange_strong(&runners->all[i].clock, &nobody, clock))
            return &runners->all[i];
    }
    return NULL;
}

/* To even by whoever has the request, to odd by the thread whose place it is, once it has seen that
 * it is even: one after the other, and no need for a dear addition. */
static void step(struct hc_runner *runner, unsigned steps)
{
    atomic_store_explicit(&runner->steps, steps + 1, memory_order_release);
}

static void measure(struct hc_runner *runner, unsigned steps, int clock)
{
    if (steps / 2 % SAMPLE != 0 || !hc_thread_used_ns(clock, &runner->begun_ns))
        runner->begun_ns = 0;
}

/* A step up for what is more, a step down for what is less: where both are as frequent, it stays. */
static void learn(struct hc_runners *runners, uint64_t used_ns)
{
    uint64_t usual_ns = atomic_load_explicit(&runners->usual_ns, memory_order_relaxed);
    uint64_t next_ns = used_ns > usual_ns ? usual_ns / 4 * 5 : usual_ns / 5 * 4;
    if (next_ns >= USUAL_MIN_NS)
        atomic_store_explicit(&runners->usual_ns, next_ns, memory_order_relaxed);
}

struct hc_runner *hc_runners_begin(struct hc_runners *runners)
{
    int clock = runners->count > 0 ? hc_thread_clock() : HC_THREAD_NO_CLOCK;
    struct hc_runner *runner = clock != HC_THREAD_NO_CLOCK ? place_of(runners, clock) : NULL;
    if (!runner)
        return NULL;
    unsigned steps = atomic_load_explicit(&runner->steps, memory_order_acquire);
    if (steps % 2 == 1)
        return NULL;
    measure(runner, steps, clock);
    step(runner, steps);
    return runner;
}

void hc_runner_end(struct hc_runner *runner)
{
    uint64_t now_ns;
    if (!runner)
        return;
    int clock = atomic_load_explicit(&runner->clock, memory_order_relaxed);
    if (runner->begun_ns > 0 && hc_thread_used_ns(clock, &now_ns) && now_ns >= runner->begun_ns)
        learn(runner->runners, now_ns - runner->begun_ns);
    step(runner, atomic_load_explicit(&runner->steps, memory_order_relaxed));
}

static bool burns(const struct hc_runner *runner)
{
    uint64_t usual_ns = atomic_load_explicit(&runner->runners->usual_ns, memory_order_relaxed);
    return runner->request_ns > BURNS_NS &&
           (runner->request_ns / BURNS > usual_ns || runner->request_ns > BURNS_MOST_NS);
}

/* Its thread has gone. */
static void vacate(struct hc_runner *runner, unsigned steps, int clock)
{
    if (steps % 2 == 0 &&
        atomic_compare_exchange_strong(&runner->clock, &clock, HC_THREAD_NO_CLOCK))
        runner->seen_used_ns = 0;
}

static void look(struct hc_runner *runner, struct hc_runners_load *load)
{
    uint64_t now_ns = 0;
    unsigned steps = atomic_load(&runner->steps), before = runner->seen_steps;
    int clock = atomic_load(&runner->clock);
    if (clock == HC_THREAD_NO_CLOCK)
        return;
    if (!hc_thread_used_ns(clock, &now_ns)) {
        vacate(runner, steps, clock);
        return;
    }
    bool known = runner->seen_used_ns > 0 && now_ns >= runner->seen_used_ns;
    uint64_t used_ns = known ? now_ns - runner->seen_used_ns : 0;
    bool has_one = steps % 2 == 1, same = known && has_one && steps == before;
    runner->seen_steps = steps;
    runner->seen_used_ns = now_ns;
    runner->request_ns = same ? runner->request_ns + used_ns : 0;
    if (has_one || steps != before)
        load->used_ns += used_ns;
    load->asleep += same && used_ns == 0;
    load->burning += same && used_ns > 0 && burns(runner);
}

struct hc_runners_load hc_runners_look(struct hc_runners *runners, uint64_t now_ns)
{
    struct hc_runners_load load = {.window_ns = now_ns - runners->seen_ns};
    for (size_t i = 0; i < runners->count; i++)
        look(&runners->all[i], &load);
    runners->seen_ns = now_ns;
    return load;
}

void hc_runners_allow(struct hc_runners_level *level, const struct hc_runners_load *load,
                      size_t most)
{
    size_t least = 1 + load->asleep + (1 + HC_RUNNERS_BESIDE) * load->burning;
    if (level->turns < least)
        level->turns = least;
    if (level->turns > most)
        level->turns = most;
}

void hc_runners_adapt(struct hc_runners_level *level, const struct hc_runners_load *load,
                      size_t most)
{
    if (load->used_ns < load->window_ns / 20 * 17) {
        level->turns += (level->turns + 1) / 2;
        level->keep = HC_RUNNERS_KEEP;
    } else if (level->keep > 0) {
        level->keep--;
    } else if (load->used_ns > load->window_ns / 20 * 19) {
        level->turns -= (level->turns + 3) / 4;
    }
    hc_runners_allow(level, load, most);
}
