#include "hc/bytes.h"

static unsigned char lower(char c)
{
    unsigned char u = (unsigned char)c;
    return u >= 'A' && u <= 'Z' ? (unsigned char)(u | 0x20) : u;
}

bool hc_bytes_equal_nocase(struct hc_bytes a, struct hc_bytes b)
{
    if (a.length != b.length)
        return false;
    for (size_t i = 0; i < a.length; i++)
        if (lower(a.at[i]) != lower(b.at[i]))
            return false;
    return true;
}

enum hc_err hc_bytes_to_u64(struct hc_bytes digits, uint64_t *value)
{
    uint64_t sum = 0;
    bool fits = true;
    if (digits.length == 0)
        return HC_INVALID;
    for (size_t i = 0; i < digits.length; i++) {
        unsigned digit = (unsigned)(unsigned char)digits.at[i] - '0';
        if (digit > 9)
            return HC_INVALID;
        if (sum > (UINT64_MAX - digit) / 10)
            fits = false;
        else
            sum = sum * 10 + digit;
    }
    if (!fits)
        return HC_LIMIT;
    *value = sum;
    return HC_OK;
}
