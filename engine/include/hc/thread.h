/*
 * Thread: how the scheduler treats a thread.
 *
 * Thread-safety: each call is about the calling thread. Ownership: none.
 * Fork: a child's thread inherits it.
 */
#ifndef HC_THREAD_H
#define HC_THREAD_H

#include <stdint.h>

enum { HC_THREAD_TURN_NS = 100 * 1000 };

/* Asks for turns of HC_THREAD_TURN_NS on a processor that several threads want, where the usual
 * ones take milliseconds: who wakes up waits less for who computes, and everybody still gets the
 * same share. Linux 6.12 and newer; elsewhere, and where it is not allowed, nothing happens. */
void hc_thread_short_turns(void);

#endif
