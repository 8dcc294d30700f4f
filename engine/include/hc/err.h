/*
 * Errors: one enumeration for the whole engine; 0 is success.
 *
 * Thread-safety: everything here is pure.
 * Ownership: the texts are static.
 * Fork: no state.
 */
#ifndef HC_ERR_H
#define HC_ERR_H

#define HC_MUST_USE __attribute__((warn_unused_result))

enum hc_err {
    HC_OK = 0,
    HC_NOMEM,       /* out of memory */
    HC_SYSTEM,      /* a system call failed; errno says why */
    HC_INVALID,     /* an argument that cannot be right */
    HC_LIMIT,       /* a hard maximum was reached */
    HC_STATE,       /* called out of order, or twice */
    HC_FORKED,      /* the object belongs to the process before fork() */
    HC_CLOSED,      /* the peer is gone */
    HC_TIMEOUT,     /* the time given ran out */
    HC_INTERRUPTED, /* woken on purpose; call again */
    HC_STOPPED,     /* drained; there will be no more */
    HC_SHORT,       /* fewer bytes than were promised */
};

/* A short English text, never NULL. */
const char *hc_err_text(enum hc_err err);

#endif
