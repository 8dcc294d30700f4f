#include "hc/role.h"

#include <time.h>

#include "hc/clock.h"

/* One of those in line; on the stack of its thread. */
struct hc_role_waiter {
    pthread_cond_t woken;
    struct hc_role_waiter *before; /* came before it */
};

enum hc_err hc_role_init(struct hc_role *role)
{
    *role = (struct hc_role){.has_deputy = false};
    if (pthread_condattr_init(&role->monotonic) != 0)
        return HC_NOMEM;
    pthread_condattr_setclock(&role->monotonic, CLOCK_MONOTONIC);
    if (pthread_mutex_init(&role->lock, NULL) != 0)
        goto destroy_attributes;
    if (pthread_cond_init(&role->for_deputy, &role->monotonic) != 0)
        goto destroy_lock;
    return HC_OK;

destroy_lock:
    pthread_mutex_destroy(&role->lock);
destroy_attributes:
    pthread_condattr_destroy(&role->monotonic);
    return HC_NOMEM;
}

void hc_role_deinit(struct hc_role *role)
{
    pthread_cond_destroy(&role->for_deputy);
    pthread_mutex_destroy(&role->lock);
    pthread_condattr_destroy(&role->monotonic);
}

static bool try_take(struct hc_role *role)
{
    bool taken = false;
    return !atomic_load_explicit(&role->taken, memory_order_relaxed) &&
           atomic_compare_exchange_strong(&role->taken, &taken, true);
}

static void wait_until(struct hc_role *role, pthread_cond_t *condition, uint64_t until_ns)
{
    if (until_ns == UINT64_MAX) {
        pthread_cond_wait(condition, &role->lock);
        return;
    }
    const struct timespec until = {
        .tv_sec = (time_t)(until_ns / 1000000000u),
        .tv_nsec = (long)(until_ns % 1000000000u),
    };
    pthread_cond_timedwait(condition, &role->lock, &until);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/*
 * Nothing has happened for a while: sleeps until the role is put down. We say that we sleep and
 * then look at `taken`; whoever puts the role down does it the other way round, so that in
 * sequentially consistent order one of the two sees the other.
 */
static void sleep_deeply(struct hc_role *role, uint64_t deadline_ns)
{
    atomic_store(&role->deputy_asleep, true);
    if (atomic_load(&role->taken))
        wait_until(role, &role->for_deputy, deadline_ns);
    atomic_store(&role->deputy_asleep, false);
}

/* Whether it has been lying there for a tick, or was put down by somebody who is not coming back. */
static bool is_left(const struct hc_role *role, uint64_t now_ns)
{
    if (atomic_load_explicit(&role->taken, memory_order_relaxed))
        return false;
    uint64_t put_ns = atomic_load_explicit(&role->put_ns, memory_order_relaxed);
    return atomic_load_explicit(&role->given_up, memory_order_relaxed) ||
           put_ns + HC_ROLE_TICK_MS * 1000000u <= now_ns;
}

static enum hc_err wait_as_deputy(struct hc_role *role, uint64_t deadline_ns)
{
    unsigned seen = atomic_load_explicit(&role->turns, memory_order_relaxed);
    unsigned tick = HC_ROLE_TICK_MS;
    for (int quiet = 0;; quiet++) {
        uint64_t now = hc_clock_ns();
        if (is_left(role, now) && try_take(role))
            return HC_OK;
        if (now >= deadline_ns)
            return HC_TIMEOUT;
        if (quiet < HC_ROLE_TICKS_AWAKE)
            wait_until(role, &role->for_deputy,
                       earlier(now + tick * 1000000u, deadline_ns));
        else
            sleep_deeply(role, deadline_ns);
        unsigned turns = atomic_load_explicit(&role->turns, memory_order_relaxed);
        if (turns != seen)
            quiet = 0;
        tick = turns - seen < HC_ROLE_OFTEN * tick ? HC_ROLE_TICK_MS : HC_ROLE_TICK_MAX_MS;
        seen = turns;
    }
}

static void leave_line(struct hc_role *role, struct hc_role_waiter *waiter)
{
    struct hc_role_waiter **at = &role->last_come;
    while (*at != waiter)
        at = &(*at)->before;
    *at = waiter->before;
}

/* HC_OK: there is no deputy. */
static enum hc_err wait_in_line(struct hc_role *role, uint64_t deadline_ns)
{
    struct hc_role_waiter waiter = {.before = role->last_come};
    enum hc_err err = HC_OK;
    if (!role->has_deputy)
        return HC_OK;
    if (pthread_cond_init(&waiter.woken, &role->monotonic) != 0)
        return HC_NOMEM;
    role->last_come = &waiter;
    while (role->has_deputy && !err) {
        wait_until(role, &waiter.woken, deadline_ns);
        if (role->has_deputy && hc_clock_ns() >= deadline_ns)
            err = HC_TIMEOUT;
    }
    leave_line(role, &waiter);
    pthread_cond_destroy(&waiter.woken);
    return err;
}

static enum hc_err take_in_turn(struct hc_role *role, uint64_t deadline_ns)
{
    enum hc_err err = wait_in_line(role, deadline_ns);
    if (err)
        return err;
    role->has_deputy = true;
    err = wait_as_deputy(role, deadline_ns);
    role->has_deputy = false;
    if (role->last_come)
        pthread_cond_signal(&role->last_come->woken);
    return err;
}

enum hc_err hc_role_take(struct hc_role *role, uint64_t deadline_ns)
{
    if (try_take(role))
        return HC_OK;
    pthread_mutex_lock(&role->lock);
    enum hc_err err = take_in_turn(role, deadline_ns);
    pthread_mutex_unlock(&role->lock);
    return err;
}

void hc_role_put(struct hc_role *role, bool coming_back)
{
    atomic_fetch_add_explicit(&role->turns, 1, memory_order_relaxed);
    atomic_store_explicit(&role->given_up, !coming_back, memory_order_relaxed);
    atomic_store_explicit(&role->put_ns, hc_clock_ns(), memory_order_relaxed);
    atomic_store(&role->taken, false);
    if (coming_back && !atomic_load(&role->deputy_asleep))
        return;
    pthread_mutex_lock(&role->lock);
    pthread_cond_signal(&role->for_deputy);
    pthread_mutex_unlock(&role->lock);
}
