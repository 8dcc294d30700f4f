/*
 * Forked: tells a process that an object was made by its parent.
 *
 * Asking costs one load, not a getpid(2): the mark lies in a page that the kernel wipes in the
 * child (madvise MADV_WIPEONFORK). Where that is not supported, pids are compared.
 *
 * Thread-safety: `hc_forked` may be called by any thread.
 * Ownership: init makes a page, deinit gives it back.
 * Fork: that is what it is for.
 */
#ifndef HC_FORKED_H
#define HC_FORKED_H

#include <stdbool.h>
#include <sys/types.h>

#include "hc/err.h"

struct hc_fork_mark {
    volatile unsigned char *page; /* NULL: compare pids */
    pid_t pid;
};

HC_MUST_USE enum hc_err hc_fork_mark_init(struct hc_fork_mark *mark);
void hc_fork_mark_deinit(struct hc_fork_mark *mark);
bool hc_forked(const struct hc_fork_mark *mark);

#endif
