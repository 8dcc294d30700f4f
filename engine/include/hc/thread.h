/*
 * Thread: how the scheduler treats a thread, and what a thread has used.
 *
 * Thread-safety: each call is about the calling thread, but for hc_thread_used_ns, which any thread
 * may ask about any other. Ownership: none.
 * Fork: a child's thread inherits it.
 */
#ifndef HC_THREAD_H
#define HC_THREAD_H

#include <stdbool.h>
#include <stdint.h>

enum { HC_THREAD_TURN_NS = 100 * 1000, HC_THREAD_NO_CLOCK = 0 };

/* Asks for turns of HC_THREAD_TURN_NS on a processor that several threads want, where the usual
 * ones take milliseconds: who wakes up waits less for who computes, and everybody still gets the
 * same share. Linux 6.12 and newer; elsewhere, and where it is not allowed, nothing happens. */
void hc_thread_short_turns(void);

/* What tells this thread's processor time; HC_THREAD_NO_CLOCK where there is no such thing. */
int hc_thread_clock(void);
/* Nanoseconds of processor time that the clock's thread has used. False: it is gone. */
bool hc_thread_used_ns(int clock, uint64_t *used_ns);

#endif
