/*
 * Runners: the threads that are given requests, what they use of the processor, and how many
 * requests should be out at a time.
 *
 * Threads that share an interpreter's lock gain nothing from one another while one of them computes:
 * each time that one lets go of the lock, for a query say, another takes it, and both pay for the
 * change. Threads that wait for a database or for another server cost nothing. So the processor
 * time of all is looked at every now and then while requests queue: where it is not used up more
 * requests may be out, where it is fewer. Who sleeps does not count, and neither does who burns,
 * which is to say has used several times what the usual request does: beside each of those there
 * may be a few more, since they have to wait for it in any case, and then wait together.
 *
 * Thread-safety: begin and end by any thread, about itself; `look` by one thread at a time; init
 * and deinit with nobody else inside.
 * Ownership: embedded in what it belongs to; a runner is borrowed from `begin` to `end`.
 * Fork: not usable in a child.
 */
#ifndef HC_RUNNERS_H
#define HC_RUNNERS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "hc/alloc.h"
#include "hc/err.h"

enum { HC_RUNNERS_BESIDE = 3, HC_RUNNERS_KEEP = 32 };

struct hc_runner;

struct hc_runners {
    const struct hc_alloc *alloc;
    struct hc_runner *all;
    size_t count;
    atomic_ullong usual_ns; /* processor time of a request, near the median */
    uint64_t seen_ns; /* when they were last looked at */
};

/* What was seen between two looks. */
struct hc_runners_load {
    uint64_t window_ns; /* the time between them */
    uint64_t used_ns;   /* processor time of those that had a request in it */
    size_t asleep;      /* of those at the same request all the while: who used nothing */
    size_t burning;     /* of the others: who has used much for it since it was first seen */
};

/* For at most `count` threads; with 0 there are none, and nothing costs anything. */
HC_MUST_USE enum hc_err hc_runners_init(struct hc_runners *runners, const struct hc_alloc *alloc,
                                        size_t count);
void hc_runners_deinit(struct hc_runners *runners);

/* The calling thread has a request. NULL: there is no place for it, or it is at another one. */
struct hc_runner *hc_runners_begin(struct hc_runners *runners);
/* It has let go of that, whoever says so. NULL is allowed. */
void hc_runner_end(struct hc_runner *runner);

/* What happened since the last look, which was at runners->seen_ns. */
struct hc_runners_load hc_runners_look(struct hc_runners *runners, uint64_t now_ns);

/* How many requests should be out, and how many looks it stays at least as many. */
struct hc_runners_level {
    size_t turns;
    unsigned keep;
};

/* Turns at least for one beside those that sleep, and HC_RUNNERS_BESIDE beside each that burns; at
 * most `most`. So much can be told by any load, however long its window was. */
void hc_runners_allow(struct hc_runners_level *level, const struct hc_runners_load *load,
                      size_t most);

/* The level after `load`, within these limits. More where together they used less than 85 % of one
 * processor, which is what an interpreter can make use of. Fewer where it was more than 95 %: that
 * is a try, since nobody sees whether the last turn was needed for it, and where it was, the next
 * one comes HC_RUNNERS_KEEP looks later. */
void hc_runners_adapt(struct hc_runners_level *level, const struct hc_runners_load *load,
                      size_t most);

#endif
