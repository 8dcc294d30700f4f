/*
 * Scan: find the first byte that does not belong, 16 at a time where the compiler has SSE2.
 *
 * Each function returns the first position in [at, end) that is not of its class, or `end`.
 *
 * Thread-safety: pure functions.
 * Ownership: nothing is kept.
 * Fork: no state.
 */
#ifndef HC_SCAN_H
#define HC_SCAN_H

#include <stdbool.h>

/* tchar (RFC 9110, 5.6.2): methods and field names. */
const char *hc_scan_token(const char *at, const char *end);

/* Field content: everything but control characters; SP and HTAB are in (RFC 9110, 5.5). */
const char *hc_scan_value(const char *at, const char *end);

/* A request target: visible ASCII but '#'. More than RFC 3986 has, as browsers send more. */
const char *hc_scan_target(const char *at, const char *end);

bool hc_is_token_char(char c);

#endif
