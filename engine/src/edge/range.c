#include "hc/range.h"

enum taken { BAD, OUTSIDE, INSIDE };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Reads digits, as many as there are; what does not fit is as large as can be. */
static bool read_number(const char **at, const char *end, uint64_t *number)
{
    const char *begin = *at;
    *number = 0;
    for (; *at < end && **at >= '0' && **at <= '9'; ++*at) {
        unsigned digit = (unsigned)(**at - '0');
        *number = *number > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *number * 10 + digit;
    }
    return *at > begin;
}

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && is_blank(**at))
        ++*at;
}

/* The last `suffix` bytes. */
static enum taken from_end(uint64_t suffix, uint64_t size, struct hc_range *range)
{
    range->length = suffix < size ? suffix : size;
    range->first = size - range->length;
    return range->length > 0 ? INSIDE : OUTSIDE;
}

/* "first-last", "first-" or "-suffix", space around it. */
static enum taken read_spec(const char **at, const char *end, uint64_t size, struct hc_range *range)
{
    uint64_t first, last;
    skip_blanks(at, end);
    bool has_first = read_number(at, end, &first);
    if (*at == end || *(*at)++ != '-')
        return BAD;
    bool has_last = read_number(at, end, &last);
    skip_blanks(at, end);
    if (!has_first)
        return has_last ? from_end(last, size, range) : BAD;
    if (has_last && last < first)
        return BAD;
    if (first >= size)
        return OUTSIDE;
    range->first = first;
    range->length = (has_last && last < size ? last : size - 1) - first + 1;
    return INSIDE;
}

int hc_range_parse(struct hc_bytes value, uint64_t size, struct hc_range ranges[HC_RANGES_MAX])
{
    const char *at = value.at + 6, *end = value.at + value.length;
    uint64_t total = 0;
    int count = 0, seen = 0;
    if (value.length < 7 || !hc_bytes_equal_nocase(hc_bytes(value.at, 6), hc_bytes("bytes=", 6)))
        return 0;
    for (;;) {
        struct hc_range range;
        enum taken taken = read_spec(&at, end, size, &range);
        if (taken == BAD || ++seen > HC_RANGES_MAX)
            return 0;
        if (taken == INSIDE) {
            if (range.length > size - total)
                return 0;
            total += range.length;
            ranges[count++] = range;
        }
        if (at == end)
            break;
        if (*at++ != ',')
            return 0;
    }
    return count > 0 ? count : -1;
}
