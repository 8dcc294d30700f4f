/*
 * Range: which bytes of a representation are asked for (RFC 9110, 14).
 *
 * Thread-safety: pure functions.
 * Ownership: nothing is kept.
 * Fork: no state.
 */
#ifndef HC_RANGE_H
#define HC_RANGE_H

#include "hc/bytes.h"

enum { HC_RANGES_MAX = 8 };

struct hc_range {
    uint64_t first;
    uint64_t length; /* at least 1 */
};

/*
 * The ranges of a Range field over `size` bytes, in the order asked for; returns their number.
 * 0: answer as if there were no such field (another unit, bad syntax, more than HC_RANGES_MAX, or
 * more bytes in all than there are). -1: 416, none of them lies within.
 */
int hc_range_parse(struct hc_bytes value, uint64_t size, struct hc_range ranges[HC_RANGES_MAX]);

#endif
