/*
 * Bytes: a borrowed run of bytes, (pointer, length), not terminated by NUL.
 *
 * Thread-safety: pure functions on values.
 * Ownership: borrowed; whoever hands one out says for how long.
 * Fork: no state.
 */
#ifndef HC_BYTES_H
#define HC_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "hc/err.h"

struct hc_bytes {
    const char *at;
    size_t length;
};

static inline struct hc_bytes hc_bytes(const char *at, size_t length)
{
    return (struct hc_bytes){at, length};
}

/* The bytes of a C string. */
static inline struct hc_bytes hc_bytes_of(const char *text)
{
    return (struct hc_bytes){text, strlen(text)};
}

static inline bool hc_bytes_equal(struct hc_bytes a, struct hc_bytes b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

/* Equal but for the case of A–Z. */
bool hc_bytes_equal_nocase(struct hc_bytes a, struct hc_bytes b);

/* 1*DIGIT as a number: HC_INVALID for anything else, HC_LIMIT when it does not fit. */
HC_MUST_USE enum hc_err hc_bytes_to_u64(struct hc_bytes digits, uint64_t *value);

#endif
