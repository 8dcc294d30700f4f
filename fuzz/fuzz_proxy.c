/*
 * The header of a proxy: whatever the input and however it is cut, no byte outside it is read,
 * and what was said with fewer bytes is still true with more.
 */
#include <stdlib.h>
#include <string.h>

#include "hc/proxy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

/* A copy of exactly `length` bytes, so that a byte too far is noticed. */
static enum hc_parse parse(const uint8_t *data, size_t length, struct hc_peer *peer, size_t *consumed)
{
    const char *reason = NULL;
    char *copy = malloc(length + (length == 0));
    must(copy != NULL);
    if (length > 0)
        memcpy(copy, data, length);
    memset(peer, 0, sizeof(*peer));
    *consumed = 0;
    enum hc_parse result = hc_proxy_parse(HC_PROXY_V1 | HC_PROXY_V2, copy, length, peer, consumed,
                                          &reason);
    must(*consumed <= length && peer->length < sizeof(peer->text));
    must(result != HC_PARSE_BAD || reason != NULL);
    free(copy);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hc_peer whole, part;
    size_t consumed, taken;
    enum hc_parse result = parse(data, size, &whole, &consumed);
    for (size_t length = 0; length < size; length += 1 + length / 8) {
        enum hc_parse sooner = parse(data, length, &part, &taken);
        if (sooner == HC_PARSE_MORE)
            continue;
        must(sooner == result);
        must(sooner != HC_PARSE_OK || (taken == consumed && memcmp(&part, &whole, sizeof(part)) == 0));
    }
    return 0;
}
