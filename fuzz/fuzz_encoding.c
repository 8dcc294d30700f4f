/*
 * Accept-Encoding, and the lists and dates of conditions: no byte outside is read, qualities are
 * in bounds, and a list in one field is worth the same as in two.
 */
#include <stdlib.h>
#include <string.h>

#include "hc/conditions.h"
#include "hc/encoding.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
    if (!good)
        abort();
}

static char *copy_of(const uint8_t *data, size_t size)
{
    char *copy = malloc(size + (size == 0));
    must(copy != NULL);
    memcpy(copy, data, size);
    return copy;
}

static void check_encoding(struct hc_bytes value)
{
    struct hc_accepted whole, parts;
    hc_encoding_accepted(&value, 1, &whole);
    for (int i = 0; i < HC_CODING_COUNT; i++)
        must(whole.quality[i] <= 1000);
    const char *comma = value.length ? memchr(value.at, ',', value.length) : NULL;
    if (!comma)
        return;
    size_t first = (size_t)(comma - value.at);
    const struct hc_bytes values[] = {hc_bytes(value.at, first),
                                      hc_bytes(comma + 1, value.length - first - 1)};
    hc_encoding_accepted(values, 2, &parts);
    must(memcmp(&whole, &parts, sizeof(whole)) == 0);
}

static void check_conditions(struct hc_bytes value)
{
    static const enum hc_field kinds[] = {
        HC_FIELD_IF_MATCH,       HC_FIELD_IF_NONE_MATCH, HC_FIELD_IF_MODIFIED_SINCE,
        HC_FIELD_IF_UNMODIFIED_SINCE, HC_FIELD_IF_RANGE,
    };
    const struct hc_validators validators = {hc_bytes_of("\"a-b\""), 784111777, {NULL, 0}};
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        const struct hc_header header = {hc_bytes_of("x"), value, kinds[i]};
        const struct hc_request request = {.headers = &header, .header_count = 1};
        int status = hc_conditions_check(&request, &validators);
        must(status == 200 || status == 304 || status == 412);
        (void)hc_conditions_range(&request, &validators);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = copy_of(data, size);
    check_encoding(hc_bytes(copy, size));
    check_conditions(hc_bytes(copy, size));
    free(copy);
    return 0;
}
