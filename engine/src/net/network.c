#include "hc/network.h"

#include <arpa/inet.h>

enum { TEXT_MAX = 64, MAPPED_BITS = 96 };

/* The address as 16 bytes; *bits is how many of them a bare address has. */
static enum hc_err parse_address(struct hc_bytes text, unsigned char address[16], unsigned *bits)
{
    char copy[TEXT_MAX];
    if (text.length == 0 || text.length >= sizeof(copy))
        return HC_INVALID;
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    *bits = 128;
    if (inet_pton(AF_INET6, copy, address) == 1)
        return HC_OK;
    *bits = 32;
    memset(address, 0, 10);
    memset(address + 10, 0xff, 2);
    return inet_pton(AF_INET, copy, address + 12) == 1 ? HC_OK : HC_INVALID;
}

enum hc_err hc_network_parse(struct hc_bytes text, struct hc_network *network)
{
    struct hc_network made = {.bits = 0};
    uint64_t prefix;
    unsigned bits;
    if (hc_bytes_equal(text, hc_bytes("*", 1))) {
        *network = made;
        return HC_OK;
    }
    const char *slash = text.length ? memchr(text.at, '/', text.length) : NULL;
    size_t length = slash ? (size_t)(slash - text.at) : text.length;
    if (parse_address(hc_bytes(text.at, length), made.address, &bits))
        return HC_INVALID;
    prefix = bits;
    if (slash && (hc_bytes_to_u64(hc_bytes(slash + 1, text.length - length - 1), &prefix) ||
                  prefix > bits))
        return HC_INVALID;
    made.bits = (unsigned)prefix + (bits == 32 ? MAPPED_BITS : 0);
    *network = made;
    return HC_OK;
}

static bool is_in(const struct hc_network *network, const unsigned char address[16])
{
    unsigned whole = network->bits / 8, rest = network->bits % 8;
    if (memcmp(network->address, address, whole) != 0)
        return false;
    return rest == 0 || (network->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

bool hc_network_has(const struct hc_network *networks, size_t count, struct hc_bytes peer)
{
    unsigned char address[16];
    unsigned bits;
    if (peer.length == 0)
        return true;
    if (parse_address(peer, address, &bits))
        return false;
    for (size_t i = 0; i < count; i++)
        if (is_in(&networks[i], address))
            return true;
    return false;
}
