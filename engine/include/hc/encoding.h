/*
 * Encoding: which content codings a client takes (Accept-Encoding, RFC 9110, 12.5.3).
 *
 * Thread-safety: pure functions.
 * Ownership: nothing is kept.
 * Fork: no state.
 */
#ifndef HC_ENCODING_H
#define HC_ENCODING_H

#include "hc/bytes.h"

enum hc_coding { HC_CODING_IDENTITY, HC_CODING_GZIP, HC_CODING_BR, HC_CODING_ZSTD, HC_CODING_COUNT };

/* How much each is wanted, in thousandths; 0: not at all. */
struct hc_accepted {
    unsigned quality[HC_CODING_COUNT];
};

/* From the values of all Accept-Encoding fields. Without a field, and for an element that is
 * malformed, no coding is taken; identity always is unless it is excluded. */
void hc_encoding_accepted(const struct hc_bytes *values, size_t count,
                          struct hc_accepted *accepted);

#endif
