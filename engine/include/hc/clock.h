/*
 * Clock: monotonic time, and the date of an HTTP response formatted once a second.
 *
 * Thread-safety: all functions may be called by any thread; one `struct hc_date` may be shared.
 * Ownership: the caller owns a `struct hc_date`; it holds no resources.
 * Fork: no state but the cached text, which stays right.
 */
#ifndef HC_CLOCK_H
#define HC_CLOCK_H

#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

enum { HC_DATE_LENGTH = 29 };

uint64_t hc_clock_ns(void);
/* Cheaper, a few milliseconds behind. */
uint64_t hc_clock_coarse_ms(void);

/* IMF-fixdate (RFC 9110, 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT". Writes HC_DATE_LENGTH bytes. */
void hc_date_format(time_t when, char *text);

/* A cache of the text for the current second. Zero-initialised is empty. */
struct hc_date {
    atomic_uint version; /* odd while somebody writes */
    atomic_ullong second;
    atomic_ullong words[4];
};

/* hc_date_format for now, from the cache when it holds this second. */
void hc_date_now(struct hc_date *date, char *text);

#endif
