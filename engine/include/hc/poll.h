/*
 * Poll: waiting for sockets. The one file per platform is src/net/poll_<platform>.c.
 *
 * Thread-safety: `hc_poll_wake` may be called from anywhere, signal handlers included; add and
 * remove by any thread; `hc_poll_wait` by one at a time.
 * Ownership: descriptors stay the caller's. A descriptor that is closed leaves by itself.
 * Fork: a child must not use it, only deinit it: the kernel's object is the parent's too.
 */
#ifndef HC_POLL_H
#define HC_POLL_H

#include <stddef.h>

#include "hc/err.h"

enum {
    HC_POLL_READ = 1,   /* something to read, or the end */
    HC_POLL_WRITE = 2,  /* room to write */
    HC_POLL_HANGUP = 4, /* an error, or closed in both directions */
    HC_POLL_END = 8,    /* the other side sends no more */
};

struct hc_poll_event {
    void *source;
    unsigned ready;
};

struct hc_poll {
    int fd;
    int wake_fd;
};

HC_MUST_USE enum hc_err hc_poll_init(struct hc_poll *poll);
void hc_poll_deinit(struct hc_poll *poll);

/* Reading and writing, reported once per change: whoever sees READ reads until nothing is left. */
HC_MUST_USE enum hc_err hc_poll_add_stream(struct hc_poll *poll, int fd, void *source);
/* Reported as long as a connection waits; of several processes that share it, one is woken. */
HC_MUST_USE enum hc_err hc_poll_add_listener(struct hc_poll *poll, int fd, void *source);
/* Reported as long as there is something to read. */
HC_MUST_USE enum hc_err hc_poll_add_level(struct hc_poll *poll, int fd, void *source);
void hc_poll_remove(struct hc_poll *poll, int fd);

enum { HC_POLL_BATCH = 64 };

/* Up to HC_POLL_BATCH events; a wake ends the wait and is no event. HC_INTERRUPTED by a signal,
 * HC_SYSTEM. timeout_ms -1 waits for ever. */
HC_MUST_USE enum hc_err hc_poll_wait(struct hc_poll *poll, int timeout_ms,
                                     struct hc_poll_event events[HC_POLL_BATCH], size_t *count);

void hc_poll_wake(struct hc_poll *poll);

#endif
