/* The fields that decide about framing and the connection (RFC 9112, 6 and 9; RFC 9110, 10.1). */
#include "http/head.h"

#include "hc/scan.h"

enum flag {
    HAS_HOST = 1,
    HAS_LENGTH = 2,
    HAS_CODING = 4,
    CODING_UNKNOWN = 8,
    SAYS_CLOSE = 16,
    SAYS_KEEP_ALIVE = 32,
    EXPECT_UNKNOWN = 64,
    HAS_TYPE = 128,
};

static enum hc_parse bad_value(struct hc_head_parser *parser, int status, const char *reason)
{
    return hc__head_bad(parser, parser->token, status, reason);
}

/* Cuts the next element off a comma-separated list; false when the list is empty. */
static bool next_element(struct hc_bytes *list, struct hc_bytes *element)
{
    const char *at = list->at, *end = list->at + list->length;
    if (list->length == 0)
        return false;
    const char *comma = memchr(at, ',', list->length);
    const char *stop = comma ? comma : end;
    *list = comma ? hc_bytes(comma + 1, (size_t)(end - comma - 1)) : hc_bytes(end, 0);
    while (at < stop && (*at == ' ' || *at == '\t'))
        at++;
    while (stop > at && (stop[-1] == ' ' || stop[-1] == '\t'))
        stop--;
    *element = hc_bytes(at, (size_t)(stop - at));
    return true;
}

static enum hc_parse host_done(struct hc_head_parser *parser, struct hc_bytes value)
{
    if (parser->flags & HAS_HOST)
        return bad_value(parser, 400, "second Host field");
    if (!hc__host_valid(value))
        return bad_value(parser, 400, "bad Host field");
    parser->flags |= HAS_HOST;
    if (!parser->authority_target)
        parser->head.host = value;
    return HC_PARSE_MORE;
}

/* Even two equal lengths are refused: RFC 9112, 6.3 allows it, and nobody honest sends them. */
static enum hc_parse length_done(struct hc_head_parser *parser, struct hc_bytes value)
{
    if (parser->flags & HAS_LENGTH)
        return bad_value(parser, 400, "second Content-Length field");
    enum hc_err err = hc_bytes_to_u64(value, &parser->head.content_length);
    if (err == HC_LIMIT)
        return bad_value(parser, 413, "body too large");
    if (err)
        return bad_value(parser, 400, "bad Content-Length");
    parser->flags |= HAS_LENGTH;
    return HC_PARSE_MORE;
}

static enum hc_parse coding_done(struct hc_head_parser *parser, struct hc_bytes value)
{
    struct hc_bytes coding;
    if (value.length == 0)
        return bad_value(parser, 400, "empty Transfer-Encoding");
    parser->flags |= HAS_CODING;
    while (next_element(&value, &coding)) {
        const char *end = coding.at + coding.length;
        if (coding.length == 0 || hc_scan_token(coding.at, end) != end)
            return bad_value(parser, 400, "bad Transfer-Encoding");
        if (parser->head.chunked)
            return bad_value(parser, 400, "chunked is not the last transfer coding");
        if (hc_bytes_equal_nocase(coding, hc_bytes("chunked", 7)))
            parser->head.chunked = true;
        else
            parser->flags |= CODING_UNKNOWN;
    }
    return HC_PARSE_MORE;
}

static void connection_done(struct hc_head_parser *parser, struct hc_bytes value)
{
    struct hc_bytes option;
    while (next_element(&value, &option)) {
        if (hc_bytes_equal_nocase(option, hc_bytes("close", 5)))
            parser->flags |= SAYS_CLOSE;
        else if (hc_bytes_equal_nocase(option, hc_bytes("keep-alive", 10)))
            parser->flags |= SAYS_KEEP_ALIVE;
    }
}

static void expect_done(struct hc_head_parser *parser, struct hc_bytes value)
{
    if (hc_bytes_equal_nocase(value, hc_bytes("100-continue", 12)))
        parser->head.expects_continue = true;
    else
        parser->flags |= EXPECT_UNKNOWN;
}

enum hc_parse hc__head_field_done(struct hc_head_parser *parser)
{
    const struct hc_header *header = &parser->headers[parser->head.header_count];
    switch (header->field) {
    case HC_FIELD_HOST: return host_done(parser, header->value);
    case HC_FIELD_CONTENT_LENGTH: return length_done(parser, header->value);
    case HC_FIELD_TRANSFER_ENCODING: return coding_done(parser, header->value);
    case HC_FIELD_CONTENT_TYPE:
        /* Two readers may each believe another one. */
        if (parser->flags & HAS_TYPE)
            return bad_value(parser, 400, "second Content-Type field");
        parser->flags |= HAS_TYPE;
        break;
    case HC_FIELD_CONNECTION: connection_done(parser, header->value); break;
    case HC_FIELD_EXPECT: expect_done(parser, header->value); break;
    default: break;
    }
    return HC_PARSE_MORE;
}

static enum hc_parse check_coding(struct hc_head_parser *parser)
{
    if (parser->flags & HAS_LENGTH)
        return hc__head_bad(parser, parser->position, 400,
                            "both Transfer-Encoding and Content-Length");
    if (parser->head.version == HC_HTTP_1_0)
        return hc__head_bad(parser, parser->position, 400, "Transfer-Encoding in HTTP/1.0");
    if (parser->flags & CODING_UNKNOWN)
        return hc__head_bad(parser, parser->position, 501, "unknown transfer coding");
    return HC_PARSE_MORE;
}

enum hc_parse hc__head_finish(struct hc_head_parser *parser)
{
    struct hc_head *head = &parser->head;
    bool modern = head->version == HC_HTTP_1_1;
    if (modern && !(parser->flags & HAS_HOST))
        return hc__head_bad(parser, parser->position, 400, "no Host field");
    if ((parser->flags & HAS_CODING) && check_coding(parser) == HC_PARSE_BAD)
        return HC_PARSE_BAD;
    if (modern && (parser->flags & EXPECT_UNKNOWN))
        return hc__head_bad(parser, parser->position, 417, "unknown expectation");
    /* An HTTP/1.0 client cannot wait for 100 (Continue): RFC 9110, 10.1.1. */
    head->expects_continue = head->expects_continue && modern;
    head->keep_alive = !(parser->flags & SAYS_CLOSE) &&
                       (modern || (parser->flags & SAYS_KEEP_ALIVE));
    return HC_PARSE_OK;
}
