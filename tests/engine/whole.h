/*
 * Parses a whole request, head and chunked body, fed in pieces, into a text that says all there is
 * to say about it: equal texts mean equal results. Each call of the parser gets a copy without a
 * byte to spare, at another address, so that the address sanitizer sees every byte read too far
 * and every pointer into the past.
 */
#ifndef WHOLE_H
#define WHOLE_H

#include "hc/buffer.h"
#include "hc/http.h"

/* How many bytes to add, of `left`, at least 1. */
typedef size_t (*cut_function)(void *context, size_t left);

struct whole {
    enum hc_parse result;
    int status;         /* when BAD */
    const char *reason; /* when BAD */
    size_t length;      /* bytes of the request, when OK */
};

struct whole parse_whole(const char *data, size_t length, cut_function cut, void *context,
                         struct hc_buffer *report);

size_t cut_nowhere(void *context, size_t left);
size_t cut_everywhere(void *context, size_t left);
/* `context` is the uint64_t state of a random generator. */
size_t cut_anywhere(void *context, size_t left);

#endif
