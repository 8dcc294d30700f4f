/*
 * Access: the access log, one line for each request, kept in memory until somebody writes it.
 *
 * What a line says is a list of pieces. At first it is the "combined" layout that log analysers
 * and gunicorn's users know:
 *     192.0.2.1 - - [22/Nov/2026:19:54:05 +0000] "GET /x HTTP/1.1" 200 12 "referer" "agent"
 * Quotes, backslashes and bytes that are not printable ASCII are written as \xHH (\u00HH in JSON),
 * so that a client can forge neither a line nor a field. Behind the line of a request that the
 * engine refused stands why, unless the lines are JSON.
 *
 * Thread-safety: lines may be added by any thread; `take` belongs to one thread; the format is
 * set before the first line.
 * Ownership: what `take` returns is good until the next `take`. The format is copied.
 * Fork: plain memory; make it after fork().
 */
#ifndef HC_ACCESS_H
#define HC_ACCESS_H

#include "hc/server.h"

struct hc_access;

enum hc_access_kind {
    HC_ACCESS_TEXT,     /* piece.text as it stands */
    HC_ACCESS_PEER,
    HC_ACCESS_USER,     /* of a Basic Authorization */
    HC_ACCESS_STAMP,    /* [22/Nov/2026:19:54:05 +0000] */
    HC_ACCESS_ISO,      /* 2026-11-22T19:54:05+0000 */
    HC_ACCESS_REQUEST,  /* GET /x HTTP/1.1 */
    HC_ACCESS_METHOD,
    HC_ACCESS_PROTOCOL,
    HC_ACCESS_STATUS,
    HC_ACCESS_BYTES,    /* of the body */
    HC_ACCESS_PROCESS,  /* pid */
    HC_ACCESS_REASON,   /* why the engine refused it; empty */
    HC_ACCESS_REQUEST_FIELD,  /* the first one named piece.text */
    HC_ACCESS_RESPONSE_FIELD,
    HC_ACCESS_TARGET,   /* as it was sent */
    HC_ACCESS_PATH,     /* decoded */
    HC_ACCESS_QUERY,
    HC_ACCESS_SECONDS,  /* since the request had arrived whole, in whole units */
    HC_ACCESS_MILLISECONDS,
    HC_ACCESS_MICROSECONDS,
    HC_ACCESS_DECIMAL,  /* 0.001234 */
    HC_ACCESS_KINDS
};

struct hc_access_piece {
    enum hc_access_kind kind;
    struct hc_bytes text;
};

/* `maximum` bytes wait at most, further lines are dropped and counted. A byte is written to
 * `wake_fd` (-1: none, else non-blocking) when a quarter of that has gathered. */
HC_MUST_USE enum hc_err hc_access_create(const struct hc_alloc *alloc, size_t maximum, int wake_fd,
                                         struct hc_access **access);
void hc_access_destroy(struct hc_access *access);

/* HC_INVALID: an unknown kind. HC_NOMEM. The former format stays then. */
HC_MUST_USE enum hc_err hc_access_set_format(struct hc_access *access,
                                             const struct hc_access_piece *pieces, size_t count,
                                             bool json);

/* A request that was answered and is not released yet. NULL `access` is allowed. */
void hc_access_add(struct hc_access *access, const struct hc_request *request);
/* A request that the engine answered by itself. NULL `access` is allowed. */
void hc_access_add_refusal(struct hc_access *access, const struct hc_refusal *refusal);

/* The lines since the last call, and how many were dropped meanwhile. */
struct hc_bytes hc_access_take(struct hc_access *access, uint64_t *dropped);

#endif
