/*
 * Network: ranges of addresses, to tell whom to believe.
 *
 * IPv4 addresses and those mapped into IPv6 (::ffff:192.0.2.1) are the same. An empty peer, that
 * of a Unix socket, is in every network: who may connect there is said by the file's mode.
 *
 * Thread-safety: pure functions.
 * Ownership: everything is the caller's.
 * Fork: plain memory.
 */
#ifndef HC_NETWORK_H
#define HC_NETWORK_H

#include "hc/bytes.h"

struct hc_network {
    unsigned char address[16];
    unsigned bits; /* of the address that count */
};

/* "192.0.2.1", "10.0.0.0/8", "2001:db8::/32", "*"; HC_INVALID. */
HC_MUST_USE enum hc_err hc_network_parse(struct hc_bytes text, struct hc_network *network);

/* Whether one of them has the numeric address `peer`. */
bool hc_network_has(const struct hc_network *networks, size_t count, struct hc_bytes peer);

#endif
