/*
 * Access: the access log, one line for each request, kept in memory until somebody writes it.
 *
 * The layout is the "combined" one that log analysers and gunicorn's users know:
 *     192.0.2.1 - - [22/Nov/2026:19:54:05 +0000] "GET /x HTTP/1.1" 200 12 "referer" "agent"
 * Quotes, backslashes and bytes that are not printable ASCII are written as \xHH, so that a
 * client can forge neither a line nor a field.
 *
 * Thread-safety: lines may be added by any thread; `take` belongs to one thread.
 * Ownership: what `take` returns is good until the next `take`.
 * Fork: plain memory; make it after fork().
 */
#ifndef HC_ACCESS_H
#define HC_ACCESS_H

#include "hc/server.h"

struct hc_access;

/* `maximum` bytes wait at most, further lines are dropped and counted. A byte is written to
 * `wake_fd` (-1: none, else non-blocking) when a quarter of that has gathered. */
HC_MUST_USE enum hc_err hc_access_create(const struct hc_alloc *alloc, size_t maximum, int wake_fd,
                                         struct hc_access **access);
void hc_access_destroy(struct hc_access *access);

/* A request that was answered and is not released yet. NULL `access` is allowed. */
void hc_access_add(struct hc_access *access, const struct hc_request *request);
/* A request that the engine answered by itself. NULL `access` is allowed. */
void hc_access_add_refusal(struct hc_access *access, const struct hc_refusal *refusal);

/* The lines since the last call, and how many were dropped meanwhile. */
struct hc_bytes hc_access_take(struct hc_access *access, uint64_t *dropped);

#endif
