/*
 * Range: whatever is asked for, each range lies within, and together they are no more than there
 * is. The first eight bytes are the size.
 */
#include <stdlib.h>
#include <string.h>

#include "hc/range.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

static void must(bool good)
{
    if (!good)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    struct hc_range ranges[HC_RANGES_MAX];
    uint64_t size, total = 0;
    if (length < sizeof(size))
        return 0;
    memcpy(&size, data, sizeof(size));
    size %= data[0] % 2 ? 1000 : UINT64_MAX;
    length -= sizeof(size);
    char *copy = malloc(length + (length == 0));
    must(copy != NULL);
    memcpy(copy, data + sizeof(size), length);
    int count = hc_range_parse(hc_bytes(copy, length), size, ranges);
    must(count >= -1 && count <= HC_RANGES_MAX);
    for (int i = 0; i < count; i++) {
        must(ranges[i].length > 0 && ranges[i].first < size);
        must(ranges[i].length <= size - ranges[i].first);
        total += ranges[i].length;
        must(total <= size);
    }
    free(copy);
    return 0;
}
