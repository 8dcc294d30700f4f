/*
 * A perfect hash: length, first, middle and last-but-one character, lower-cased, make a 32-bit
 * word; its product with a constant found by trial has a different top for each name of the list.
 * One comparison then decides. tests/engine/test_field.c holds it against a plain search.
 */
#include "hc/field.h"

enum { SLOT_BITS = 7, LONGEST = 25 };

static const uint32_t MULTIPLIER = 0x2ed1cff3u;

static const unsigned char slots[1 << SLOT_BITS] = {
    0, 0, 26, 13, 0, 0, 0, 49, 0, 40, 22, 48, 39, 0, 29, 0,
    0, 0, 43, 37, 0, 0, 0, 0, 0, 0, 0, 47, 0, 0, 0, 0,
    54, 0, 0, 14, 19, 0, 6, 35, 0, 24, 0, 38, 2, 23, 10, 33,
    0, 36, 0, 25, 0, 0, 20, 30, 0, 21, 53, 0, 31, 0, 34, 0,
    0, 42, 8, 0, 5, 18, 0, 0, 9, 0, 0, 41, 0, 0, 55, 0,
    32, 0, 0, 0, 0, 50, 28, 0, 44, 3, 0, 51, 0, 0, 4, 7,
    0, 0, 0, 0, 0, 0, 52, 0, 12, 0, 0, 0, 0, 17, 0, 11,
    0, 15, 0, 0, 16, 0, 46, 0, 0, 1, 0, 27, 0, 0, 45, 0,
};

static const struct {
    char name[LONGEST + 1];
    unsigned char length;
} names[HC_FIELD_COUNT] = {
    {"", 0},
    {"accept", 6},
    {"accept-charset", 14},
    {"accept-encoding", 15},
    {"accept-language", 15},
    {"authorization", 13},
    {"cache-control", 13},
    {"connection", 10},
    {"content-encoding", 16},
    {"content-language", 16},
    {"content-length", 14},
    {"content-type", 12},
    {"cookie", 6},
    {"date", 4},
    {"dnt", 3},
    {"expect", 6},
    {"forwarded", 9},
    {"from", 4},
    {"host", 4},
    {"if-match", 8},
    {"if-modified-since", 17},
    {"if-none-match", 13},
    {"if-range", 8},
    {"if-unmodified-since", 19},
    {"keep-alive", 10},
    {"origin", 6},
    {"pragma", 6},
    {"priority", 8},
    {"proxy-authenticate", 18},
    {"proxy-authorization", 19},
    {"proxy-connection", 16},
    {"range", 5},
    {"referer", 7},
    {"sec-ch-ua", 9},
    {"sec-ch-ua-mobile", 16},
    {"sec-ch-ua-platform", 18},
    {"sec-fetch-dest", 14},
    {"sec-fetch-mode", 14},
    {"sec-fetch-site", 14},
    {"sec-fetch-user", 14},
    {"server", 6},
    {"te", 2},
    {"trailer", 7},
    {"transfer-encoding", 17},
    {"upgrade", 7},
    {"upgrade-insecure-requests", 25},
    {"user-agent", 10},
    {"via", 3},
    {"x-csrftoken", 11},
    {"x-forwarded-for", 15},
    {"x-forwarded-host", 16},
    {"x-forwarded-port", 16},
    {"x-forwarded-proto", 17},
    {"x-real-ip", 9},
    {"x-request-id", 12},
    {"x-requested-with", 16},
};

static uint32_t lower(char c)
{
    return (unsigned char)c | 0x20u;
}

static bool same(const char *sent, const char *name, size_t length)
{
    const uint64_t case_bits = 0x2020202020202020u;
    size_t i = 0;
    /* The listed names are letters and '-', so that setting 0x20 maps no other token character
     * onto them. */
    for (; i + 8 <= length; i += 8) {
        uint64_t a, b;
        memcpy(&a, sent + i, 8);
        memcpy(&b, name + i, 8);
        if ((a | case_bits) != b)
            return false;
    }
    for (; i < length; i++)
        if (lower(sent[i]) != (unsigned char)name[i])
            return false;
    return true;
}

enum hc_field hc_field_find(struct hc_bytes name)
{
    size_t length = name.length;
    if (length < 2 || length > LONGEST)
        return HC_FIELD_OTHER;
    uint32_t word = (uint32_t)length | lower(name.at[0]) << 8 | lower(name.at[length / 2]) << 16 |
                    lower(name.at[length - 2]) << 24;
    unsigned field = slots[(uint32_t)(word * MULTIPLIER) >> (32 - SLOT_BITS)];
    if (names[field].length != length || !same(name.at, names[field].name, length))
        return HC_FIELD_OTHER;
    return (enum hc_field)field;
}

struct hc_bytes hc_field_name(enum hc_field field)
{
    if ((unsigned)field >= HC_FIELD_COUNT)
        field = HC_FIELD_OTHER;
    return hc_bytes(names[field].name, names[field].length);
}
