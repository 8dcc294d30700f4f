/*
 * Listener: taking connections from a listening socket.
 *
 * Thread-safety: pure functions over a descriptor.
 * Ownership: the listener is the caller's, and so is every connection accepted.
 * Fork: an inherited listener is shared: being non-blocking too.
 */
#ifndef HC_LISTENER_H
#define HC_LISTENER_H

#include <stdint.h>

#include "hc/err.h"

enum { HC_PEER_MAX = 46 };

struct hc_peer {
    char text[HC_PEER_MAX]; /* numeric address; empty on a Unix socket */
    uint16_t port;
    uint8_t length;
};

/* Makes it non-blocking, and its connections send small packets at once. */
HC_MUST_USE enum hc_err hc_listener_prepare(int listener);

/*
 * HC_OK           *fd is a non-blocking connection
 * HC_TIMEOUT      nobody waits
 * HC_LIMIT        no descriptor or no memory left: try later
 * HC_CLOSED       one was there and is gone: try again
 * HC_SYSTEM       the listener is unusable
 */
HC_MUST_USE enum hc_err hc_listener_accept(int listener, int *fd, struct hc_peer *peer);

#endif
