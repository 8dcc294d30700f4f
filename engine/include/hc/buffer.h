/*
 * Buffer: bytes that grow, up to a hard maximum given when it is made.
 *
 * Thread-safety: none; one thread at a time.
 * Ownership: the buffer owns `data`; a pointer into it is good until the next reserve, append,
 * shrink or deinit.
 * Fork: plain memory.
 */
#ifndef HC_BUFFER_H
#define HC_BUFFER_H

#include "hc/alloc.h"
#include "hc/bytes.h"
#include "hc/err.h"

struct hc_buffer {
    char *data; /* NULL until the first byte is reserved */
    size_t length;
    size_t capacity;
    size_t maximum; /* capacity never exceeds it */
    const struct hc_alloc *alloc;
};

void hc_buffer_init(struct hc_buffer *buffer, const struct hc_alloc *alloc, size_t maximum);
void hc_buffer_deinit(struct hc_buffer *buffer);

/* Makes room for `more` bytes behind `length`: HC_LIMIT, HC_NOMEM, nothing changed on failure. */
HC_MUST_USE enum hc_err hc_buffer_reserve(struct hc_buffer *buffer, size_t more);

HC_MUST_USE enum hc_err hc_buffer_append(struct hc_buffer *buffer, struct hc_bytes bytes);

/* Removes `count` (at most `length`) bytes from the front, the rest moves up. */
void hc_buffer_consume(struct hc_buffer *buffer, size_t count);

/* Frees the memory; the buffer is empty and can be used again. */
void hc_buffer_release(struct hc_buffer *buffer);

static inline size_t hc_buffer_room(const struct hc_buffer *buffer)
{
    return buffer->capacity - buffer->length;
}

#endif
