/*
 * Role: which of several threads runs the loop.
 *
 * A thread that leaves with work to do puts the role down without waking anybody, and mostly takes
 * it up again itself a moment later: no wake-up in the fast case. One of those who wait, the
 * deputy, looks every HC_ROLE_TICK_MS whether the role has been lying there for as long as that,
 * and if so takes it: no standstill in the slow case. The others sleep until they are needed as
 * deputy, and who came last is first, so that as few threads as can be are ever used; so does the
 * deputy when nothing happens for a while. While the role is put down very often, requests are
 * quick and looking costs more than it brings: the deputy then looks every HC_ROLE_TICK_MAX_MS,
 * until it has been put down less often.
 *
 * Thread-safety: all functions by any thread; init and deinit with nobody else inside.
 * Ownership: embedded in what it belongs to; whoever has the role owns what it guards.
 * Fork: not usable in a child while others wait in the parent.
 */
#ifndef HC_ROLE_H
#define HC_ROLE_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hc/err.h"

enum {
    HC_ROLE_TICK_MS = 1,
    HC_ROLE_TICK_MAX_MS = 2,
    HC_ROLE_OFTEN = 2, /* times in a millisecond */
    HC_ROLE_TICKS_AWAKE = 10,
};

struct hc_role_waiter;

struct hc_role {
    atomic_bool taken;
    atomic_uint turns;          /* how often it was put down */
    atomic_ullong put_ns;       /* when it was put down last */
    atomic_bool given_up;       /* put down by somebody who is not coming back */
    atomic_bool deputy_asleep;  /* whoever puts the role down has to wake the deputy */
    pthread_mutex_t lock;       /* guards the rest */
    pthread_cond_t for_deputy;  /* the deputy waits here */
    bool has_deputy;
    struct hc_role_waiter *last_come; /* of those who wait to become deputy */
    pthread_condattr_t monotonic;
};

HC_MUST_USE enum hc_err hc_role_init(struct hc_role *role);
void hc_role_deinit(struct hc_role *role);

/* HC_OK: the role is yours. HC_TIMEOUT at `deadline_ns` of hc_clock_ns (UINT64_MAX: never). */
HC_MUST_USE enum hc_err hc_role_take(struct hc_role *role, uint64_t deadline_ns);

/* When it was put down last, as hc_clock_ns. */
static inline uint64_t hc_role_put_ns(const struct hc_role *role)
{
    return atomic_load_explicit(&role->put_ns, memory_order_relaxed);
}

/* Puts it down. `coming_back` says that you will soon ask for it again: nobody is woken. */
void hc_role_put(struct hc_role *role, bool coming_back);

#endif
