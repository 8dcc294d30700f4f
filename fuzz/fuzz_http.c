/*
 * The parsers of request heads and chunked bodies: whatever the input and however it is cut, no
 * byte outside it is read and the result is the same as in one piece.
 * The seeds are the requests of tests/engine/test_head.c; what is found here is kept there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "whole.h"

enum { REPORT_MAX = 1 << 22, BYTE_BY_BYTE_MAX = 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void report_of(const char *data, size_t size, cut_function cut, void *context,
                      struct hc_buffer *report)
{
    hc_buffer_init(report, NULL, REPORT_MAX);
    (void)parse_whole(data, size, cut, context, report);
}

static void compare(const char *data, size_t size, const struct hc_buffer *one, cut_function cut,
                    void *context)
{
    struct hc_buffer other;
    report_of(data, size, cut, context, &other);
    if (!hc_bytes_equal(hc_bytes(one->data, one->length), hc_bytes(other.data, other.length))) {
        fprintf(stderr, "in one piece:\n%.*sin pieces:\n%.*s", (int)one->length, one->data,
                (int)other.length, other.data);
        abort();
    }
    hc_buffer_deinit(&other);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
    const char *data = (const char *)input;
    struct hc_buffer one;
    uint64_t random = size;
    for (size_t i = 0; i < size; i++)
        random = random * 31 + input[i];
    report_of(data, size, cut_nowhere, NULL, &one);
    compare(data, size, &one, cut_anywhere, &random);
    if (size <= BYTE_BY_BYTE_MAX)
        compare(data, size, &one, cut_everywhere, NULL);
    hc_buffer_deinit(&one);
    return 0;
}
