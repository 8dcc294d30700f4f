#include "hc/proxy.h"

#include <arpa/inet.h>

enum {
    V1_MAX = 107, /* "PROXY UNKNOWN", two longest addresses, two ports, CR LF */
    V2_FIXED = 16,
    V2_MAX = 4096, /* addresses and the extensions behind them, which are skipped */
};

static const char v1_start[] = "PROXY ";
static const char v2_start[] = "\r\n\r\n\0\r\nQUIT\n";

/* OK: `data` begins with `start`. MORE: it may. BAD: it does not. */
static enum hc_parse begins(const char *data, size_t length, const char *start, size_t size)
{
    size_t count = length < size ? length : size;
    if (count > 0 && memcmp(data, start, count) != 0)
        return HC_PARSE_BAD;
    return count == size ? HC_PARSE_OK : HC_PARSE_MORE;
}

static bool set_peer(struct hc_peer *peer, int family, const void *address, unsigned port)
{
    if (!inet_ntop(family, address, peer->text, sizeof(peer->text)))
        return false;
    peer->length = (uint8_t)strlen(peer->text);
    peer->port = (uint16_t)port;
    return true;
}

/* Cuts off what is before the next space, or all. */
static struct hc_bytes next_word(struct hc_bytes *line)
{
    const char *space = line->length ? memchr(line->at, ' ', line->length) : NULL;
    size_t length = space ? (size_t)(space - line->at) : line->length;
    struct hc_bytes word = hc_bytes(line->at, length);
    size_t skip = space ? length + 1 : length;
    *line = hc_bytes(line->at + skip, line->length - skip);
    return word;
}

static bool read_address(int family, struct hc_bytes text, unsigned char address[16])
{
    char copy[HC_PEER_MAX];
    if (text.length == 0 || text.length >= sizeof(copy))
        return false;
    memcpy(copy, text.at, text.length);
    copy[text.length] = '\0';
    return strlen(copy) == text.length && inet_pton(family, copy, address) == 1;
}

static bool read_port(struct hc_bytes text, uint64_t *port)
{
    return text.length <= 5 && hc_bytes_to_u64(text, port) == HC_OK && *port <= UINT16_MAX;
}

/* `line` is what stands between "PROXY " and CR LF. */
static bool read_v1(struct hc_bytes line, struct hc_peer *peer)
{
    unsigned char source[16], destination[16];
    uint64_t port, other;
    struct hc_bytes word = next_word(&line);
    if (hc_bytes_equal(word, hc_bytes("UNKNOWN", 7)))
        return true;
    int family = hc_bytes_equal(word, hc_bytes("TCP6", 4)) ? AF_INET6 : AF_INET;
    if (family == AF_INET && !hc_bytes_equal(word, hc_bytes("TCP4", 4)))
        return false;
    struct hc_bytes from = next_word(&line), to = next_word(&line), from_port = next_word(&line);
    if (!read_address(family, from, source) || !read_address(family, to, destination) ||
        !read_port(from_port, &port) || !read_port(line, &other))
        return false;
    return set_peer(peer, family, source, (unsigned)port);
}

static enum hc_parse parse_v1(const char *data, size_t length, struct hc_peer *peer,
                              size_t *consumed, const char **reason)
{
    size_t seen = length < V1_MAX ? length : V1_MAX, start = sizeof(v1_start) - 1;
    const char *end = memchr(data, '\n', seen);
    *reason = "bad PROXY line";
    if (!end)
        return length < V1_MAX ? HC_PARSE_MORE : HC_PARSE_BAD;
    size_t size = (size_t)(end - data);
    if (size <= start || data[size - 1] != '\r' ||
        !read_v1(hc_bytes(data + start, size - 1 - start), peer))
        return HC_PARSE_BAD;
    *consumed = size + 1;
    return HC_PARSE_OK;
}

static unsigned big_endian(const char *at)
{
    return (unsigned)(unsigned char)at[0] << 8 | (unsigned char)at[1];
}

/* `size` bytes of addresses are there, and what they are says `family`. */
static bool read_v2(unsigned char family, const char *at, size_t size, struct hc_peer *peer)
{
    switch (family) {
    case 0x11: return size >= 12 && set_peer(peer, AF_INET, at, big_endian(at + 8));
    case 0x21: return size >= 36 && set_peer(peer, AF_INET6, at, big_endian(at + 32));
    case 0x31: /* a Unix socket: it has no name that anybody could use */
    case 0x00: return true;
    default: return false;
    }
}

static enum hc_parse parse_v2(const char *data, size_t length, struct hc_peer *peer,
                              size_t *consumed, const char **reason)
{
    *reason = "bad PROXY header";
    if (length < V2_FIXED)
        return HC_PARSE_MORE;
    unsigned char version_command = (unsigned char)data[12];
    size_t size = big_endian(data + 14);
    bool local = version_command == 0x20;
    if ((!local && version_command != 0x21) || size > V2_MAX)
        return HC_PARSE_BAD;
    if (length - V2_FIXED < size)
        return HC_PARSE_MORE;
    if (!local && !read_v2((unsigned char)data[13], data + V2_FIXED, size, peer))
        return HC_PARSE_BAD;
    *consumed = V2_FIXED + size;
    return HC_PARSE_OK;
}

enum hc_parse hc_proxy_parse(unsigned versions, const char *data, size_t length,
                             struct hc_peer *peer, size_t *consumed, const char **reason)
{
    enum hc_parse one = HC_PARSE_BAD, two = HC_PARSE_BAD;
    if (versions & HC_PROXY_V1)
        one = begins(data, length, v1_start, sizeof(v1_start) - 1);
    if (one == HC_PARSE_OK)
        return parse_v1(data, length, peer, consumed, reason);
    if (versions & HC_PROXY_V2)
        two = begins(data, length, v2_start, sizeof(v2_start) - 1);
    if (two == HC_PARSE_OK)
        return parse_v2(data, length, peer, consumed, reason);
    if (one == HC_PARSE_MORE || two == HC_PARSE_MORE)
        return HC_PARSE_MORE;
    *consumed = 0;
    return HC_PARSE_OK;
}
