/*
 * Runners: the threads that have been given a request, and which of them only wait.
 *
 * A thread that waits for a database or for another server uses no processor time, and might as
 * well be left out when it is counted how many views run. One that computes, or that competes for
 * an interpreter's lock with others that do, is not left out: more threads would only be in each
 * other's way. So the processor time of all is looked at every now and then.
 *
 * Thread-safety: begin and end by any thread, about itself; `waiting` by one thread at a time; init
 * and deinit with nobody else inside.
 * Ownership: embedded in what it belongs to; a runner is borrowed from `begin` to `end`.
 * Fork: not usable in a child.
 */
#ifndef HC_RUNNERS_H
#define HC_RUNNERS_H

#include <stddef.h>
#include <stdint.h>

#include "hc/alloc.h"
#include "hc/err.h"

struct hc_runner;

struct hc_runners {
    const struct hc_alloc *alloc;
    struct hc_runner *all;
    uint64_t *used_ns; /* room for `waiting` */
    size_t count;
    uint64_t seen_ns; /* when `waiting` was last asked */
};

/* For at most `count` at a time; with 0 there are none, and nothing costs anything. */
HC_MUST_USE enum hc_err hc_runners_init(struct hc_runners *runners, const struct hc_alloc *alloc,
                                        size_t count);
void hc_runners_deinit(struct hc_runners *runners);

/* The calling thread has a request. NULL: there is no place for it. */
struct hc_runner *hc_runners_begin(struct hc_runners *runners);
/* It has none any more, whoever says so. NULL is allowed. */
void hc_runner_end(struct hc_runner *runner);

/* How many of those who have had one request since this was last asked have only waited. */
size_t hc_runners_waiting(struct hc_runners *runners, uint64_t now_ns);

/* The same of the processor time that each has used in so many nanoseconds. All wait when together
 * they used less than half of one processor, which is what one interpreter can make use of; else
 * those who used less than a quarter of what falls to each. */
size_t hc_runners_idle(const uint64_t *used_ns, size_t count, uint64_t window_ns);

#endif
