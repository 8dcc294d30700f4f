/*
 * Proxy: the header that a proxy puts before the first byte of a connection, to say who the
 * client is (HAProxy's PROXY protocol, versions 1 and 2).
 *
 * Thread-safety: pure functions.
 * Ownership: everything is the caller's.
 * Fork: plain memory.
 */
#ifndef HC_PROXY_H
#define HC_PROXY_H

#include "hc/http.h"
#include "hc/listener.h"

enum { HC_PROXY_V1 = 1, HC_PROXY_V2 = 2 };

/*
 * HC_PARSE_OK    *consumed bytes were a header, 0 when what came does not begin like one. *peer is
 *                replaced when the header names a client over TCP ("LOCAL" and "UNKNOWN" do not).
 * HC_PARSE_MORE  what came may be the beginning of one
 * HC_PARSE_BAD   *reason says why
 * `versions` are those to look for. Unlike the protocol's description has it, a connection
 * without the header is allowed: health checks come without.
 */
HC_MUST_USE enum hc_parse hc_proxy_parse(unsigned versions, const char *data, size_t length,
                                         struct hc_peer *peer, size_t *consumed,
                                         const char **reason);

#endif
