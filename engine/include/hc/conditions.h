/*
 * Conditions: whether a request still wants what there is (RFC 9110, 13).
 *
 * Thread-safety: pure functions.
 * Ownership: nothing is kept.
 * Fork: no state.
 */
#ifndef HC_CONDITIONS_H
#define HC_CONDITIONS_H

#include <time.h>

#include "hc/server.h"

/* What there is. The tag is strong, and has its quotes. */
struct hc_validators {
    struct hc_bytes etag;
    time_t modified;
    struct hc_bytes date; /* `modified` as it was sent; clients mostly send just that. May be empty */
};

/* 200, 304 or 412: the preconditions of GET or HEAD, in the order of RFC 9110, 13.2.2. */
int hc_conditions_check(const struct hc_request *request, const struct hc_validators *validators);

/* Whether a Range field counts: If-Range is missing or true (RFC 9110, 13.1.5). */
bool hc_conditions_range(const struct hc_request *request, const struct hc_validators *validators);

/* An HTTP date in any of its three formats (RFC 9110, 5.6.7). */
HC_MUST_USE enum hc_err hc_http_date_parse(struct hc_bytes text, time_t *when);

/* The values of a field, in order; returns how many there are, at most `room` of them stored. */
size_t hc_request_values(const struct hc_request *request, enum hc_field field,
                         struct hc_bytes *values, size_t room);

#endif
