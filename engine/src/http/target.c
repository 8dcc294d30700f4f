/* The four forms of a request target (RFC 9112, 3.2), the Host field, percent-decoding. */
#include "http/head.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* unreserved / pct-encoded / sub-delims (RFC 3986, 3.2.2), escapes not looked into: a bit for each
 * ASCII character. */
static bool is_name_char(char c)
{
    static const uint32_t set[4] = {0, 0x2bff7ff2u, 0x87fffffeu, 0x47fffffeu};
    unsigned char u = (unsigned char)c;
    return u < 128 && (set[u >> 5] >> (u & 31) & 1);
}

static bool is_literal_char(char c)
{
    return is_alnum(c) || (c != '\0' && strchr(":.%-_~", c) != NULL);
}

static bool port_valid(const char *at, const char *end)
{
    if (at == end)
        return true;
    if (*at++ != ':' || end - at > 5)
        return false;
    while (at < end && is_digit(*at))
        at++;
    return at == end;
}

bool hc__host_valid(struct hc_bytes host)
{
    const char *at = host.at, *end = host.at + host.length;
    if (host.length == 0)
        return true;
    if (*at != '[') {
        while (at < end && is_name_char(*at))
            at++;
        return at > host.at && port_valid(at, end);
    }
    at++;
    while (at < end && is_literal_char(*at))
        at++;
    return at < end && *at == ']' && at - host.at >= 3 && port_valid(at + 1, end);
}

static void split_query(struct hc_head *head, const char *at, const char *end)
{
    const char *mark = memchr(at, '?', (size_t)(end - at));
    head->path = hc_bytes(at, (size_t)((mark ? mark : end) - at));
    head->query = mark ? hc_bytes(mark + 1, (size_t)(end - mark - 1)) : hc_bytes(end, 0);
}

static size_t scheme_length(struct hc_bytes target)
{
    if (target.length > 7 && hc_bytes_equal_nocase(hc_bytes(target.at, 7), hc_bytes_of("http://")))
        return 7;
    if (target.length > 8 && hc_bytes_equal_nocase(hc_bytes(target.at, 8), hc_bytes_of("https://")))
        return 8;
    return 0;
}

static enum hc_parse split_absolute(struct hc_head_parser *parser)
{
    struct hc_head *head = &parser->head;
    size_t scheme = scheme_length(head->target);
    if (scheme == 0)
        return hc__head_bad(parser, parser->token, 400, "bad request target");
    const char *host = head->target.at + scheme, *at = host;
    const char *end = head->target.at + head->target.length;
    while (at < end && *at != '/' && *at != '?')
        at++;
    head->host = hc_bytes(host, (size_t)(at - host));
    if (at == host || !hc__host_valid(head->host))
        return hc__head_bad(parser, parser->token + scheme, 400, "bad host in the request target");
    parser->authority_target = true;
    split_query(head, at, end);
    return HC_PARSE_MORE;
}

enum hc_parse hc__target_split(struct hc_head_parser *parser)
{
    struct hc_head *head = &parser->head;
    struct hc_bytes target = head->target;
    if (hc_bytes_equal(head->method, hc_bytes("CONNECT", 7)))
        return hc__head_bad(parser, parser->token, 501, "CONNECT is not supported");
    if (target.at[0] == '/') {
        split_query(head, target.at, target.at + target.length);
        return HC_PARSE_MORE;
    }
    if (target.at[0] != '*')
        return split_absolute(parser);
    if (target.length != 1 || !hc_bytes_equal(head->method, hc_bytes("OPTIONS", 7)))
        return hc__head_bad(parser, parser->token, 400, "bad request target");
    split_query(head, target.at, target.at + 1);
    return HC_PARSE_MORE;
}

size_t hc_path_decode(struct hc_bytes path, char *out)
{
    size_t length = 0;
    for (size_t i = 0; i < path.length; i++) {
        int high = -1, low = -1;
        if (path.at[i] == '%' && path.length - i > 2) {
            high = hex_value(path.at[i + 1]);
            low = hex_value(path.at[i + 2]);
        }
        if (high >= 0 && low >= 0) {
            out[length++] = (char)(high * 16 + low);
            i += 2;
        } else {
            out[length++] = path.at[i];
        }
    }
    return length;
}
