/*
 * The head of a request: a machine with one state per place a byte can be in.
 *
 *   START ─► METHOD ─► TARGET ─► VERSION ─► FIELD ─► NAME ─► OWS ─► VALUE ─► VALUE_LF ─┐
 *    CRLF?                                   ▲ │                                       │
 *                                            │ └─► END_LF ─► DONE                      │
 *                                            └─────────────────────────────────────────┘
 * A state runs on into the next one while there are bytes, and remembers itself when they end.
 * Limits are compared with positions, never with how much has come, so that the answer does not
 * depend on how the bytes were cut (fuzz/fuzz_http.c holds it to that).
 */
#include "http/head.h"

#include "hc/scan.h"

enum { METHOD_MAX = 32 };

enum state { START, START_LF, METHOD, TARGET, VERSION, FIELD, NAME, OWS, VALUE, VALUE_LF, END_LF };

static enum hc_parse parse_from(struct hc_head_parser *parser, const char *data, size_t length);

void hc_head_parser_init(struct hc_head_parser *parser, const struct hc_head_limits *limits,
                         struct hc_header *headers)
{
    memset(parser, 0, sizeof(*parser));
    parser->limits = *limits;
    parser->headers = headers;
}

enum hc_parse hc__head_bad(struct hc_head_parser *parser, size_t position, int status,
                           const char *reason)
{
    parser->position = position;
    parser->status = status;
    parser->reason = reason;
    return HC_PARSE_BAD;
}

static bool in_fields(const struct hc_head_parser *parser)
{
    return parser->state >= FIELD;
}

/* How far the current section may reach: `fields` is where it begins. */
static size_t section_end(const struct hc_head_parser *parser)
{
    size_t max = in_fields(parser) ? parser->limits.header_max : parser->limits.line_max;
    size_t end = parser->fields + max, field_max = parser->limits.field_max;
    bool in_field = parser->state > FIELD && parser->state < END_LF;
    return in_field && field_max && parser->field + field_max < end ? parser->field + field_max
                                                                    : end;
}

static const char *readable_end(const struct hc_head_parser *parser, const char *data,
                                size_t length)
{
    size_t end = section_end(parser);
    return data + (end < length ? end : length);
}

/* The bytes ran out at `position`: for now, or for good because the section is full. */
static enum hc_parse ran_out(struct hc_head_parser *parser, size_t position)
{
    if (position < section_end(parser)) {
        parser->position = position;
        return HC_PARSE_MORE;
    }
    if (in_fields(parser) && position < parser->fields + parser->limits.header_max)
        return hc__head_bad(parser, position, 431, "header field too large");
    if (in_fields(parser))
        return hc__head_bad(parser, position, 431, "header fields too large");
    return hc__head_bad(parser, position, 414, "request line too long");
}

static enum hc_parse parse_version(struct hc_head_parser *parser, const char *data, size_t length);

static enum hc_parse parse_target(struct hc_head_parser *parser, const char *data, size_t length)
{
    const char *end = readable_end(parser, data, length);
    const char *at = hc_scan_target(data + parser->position, end);
    size_t position = (size_t)(at - data);
    if (at == end)
        return ran_out(parser, position);
    if (*at == '\r' || *at == '\n')
        return hc__head_bad(parser, position, 400, "no HTTP version in the request line");
    if (*at != ' ')
        return hc__head_bad(parser, position, 400, "bad character in the request target");
    if (position == parser->token)
        return hc__head_bad(parser, position, 400, "empty request target");
    parser->head.target = hc_bytes(data + parser->token, position - parser->token);
    if (hc__target_split(parser) == HC_PARSE_BAD)
        return HC_PARSE_BAD;
    parser->position = parser->token = position + 1;
    parser->state = VERSION;
    return parse_version(parser, data, length);
}

static enum hc_parse parse_method(struct hc_head_parser *parser, const char *data, size_t length)
{
    const char *end = readable_end(parser, data, length);
    const char *at = hc_scan_token(data + parser->position, end);
    size_t position = (size_t)(at - data);
    if (position - parser->token > METHOD_MAX)
        return hc__head_bad(parser, parser->token + METHOD_MAX, 501, "unknown method");
    if (at == end)
        return ran_out(parser, position);
    if (*at != ' ' || position == parser->token)
        return hc__head_bad(parser, position, 400, "bad character in the method");
    parser->head.method = hc_bytes(data + parser->token, position - parser->token);
    parser->position = parser->token = position + 1;
    parser->state = TARGET;
    return parse_target(parser, data, length);
}

/* One empty line before the request line is ignored (RFC 9112, 2.2). */
static enum hc_parse parse_start(struct hc_head_parser *parser, const char *data, size_t length)
{
    if (length == 0)
        return HC_PARSE_MORE;
    if (data[0] == '\r') {
        parser->position = 1;
        parser->state = START_LF;
        return parse_from(parser, data, length);
    }
    parser->state = METHOD;
    return parse_method(parser, data, length);
}

static enum hc_parse parse_start_lf(struct hc_head_parser *parser, const char *data, size_t length)
{
    if (length < 2)
        return HC_PARSE_MORE;
    if (data[1] != '\n')
        return hc__head_bad(parser, 1, 400, "bare CR before the request line");
    parser->position = parser->token = parser->fields = 2;
    parser->state = METHOD;
    return parse_method(parser, data, length);
}

/* `index` counts from the 'H' of "HTTP/1.1" CRLF. */
static enum hc_parse check_version(struct hc_head_parser *parser, size_t index, const char *version)
{
    static const char expected[] = "HTTP/d.d\r\n";
    char c = version[index];
    size_t position = parser->token + index;
    bool good = expected[index] == 'd' ? c >= '0' && c <= '9' : c == expected[index];
    if (!good && index >= 8)
        return hc__head_bad(parser, position, 400, "the request line does not end in CR LF");
    if (!good)
        return hc__head_bad(parser, position, 400, "bad HTTP version");
    if (index == 7 && version[5] != '1')
        return hc__head_bad(parser, position, 505, "HTTP version not supported");
    return HC_PARSE_MORE;
}

static enum hc_parse parse_version(struct hc_head_parser *parser, const char *data, size_t length)
{
    enum { WITH_CRLF = 10 };
    const char *version = data + parser->token;
    size_t end = (size_t)(readable_end(parser, data, length) - data);
    bool whole = end - parser->token >= WITH_CRLF;
    if (!whole || memcmp(version, "HTTP/1.1\r\n", WITH_CRLF) != 0) {
        for (size_t i = parser->position - parser->token; i < WITH_CRLF; i++) {
            if (parser->token + i == end)
                return ran_out(parser, end);
            if (check_version(parser, i, version) == HC_PARSE_BAD)
                return HC_PARSE_BAD;
        }
    }
    /* A higher minor version is answered as the highest we know (RFC 9110, 2.5). */
    parser->head.version = version[7] == '0' ? HC_HTTP_1_0 : HC_HTTP_1_1;
    parser->position = parser->fields = parser->token + WITH_CRLF;
    parser->state = FIELD;
    return parse_from(parser, data, length);
}

static enum hc_parse parse_value_lf(struct hc_head_parser *parser, const char *data, size_t length)
{
    if (data + parser->position == readable_end(parser, data, length))
        return ran_out(parser, parser->position);
    if (data[parser->position] != '\n')
        return hc__head_bad(parser, parser->position, 400, "bare CR in the header");
    if (hc__head_field_done(parser) == HC_PARSE_BAD)
        return HC_PARSE_BAD;
    parser->head.header_count++;
    parser->position++;
    parser->state = FIELD;
    return HC_PARSE_MORE;
}

static enum hc_parse parse_value(struct hc_head_parser *parser, const char *data, size_t length)
{
    const char *end = readable_end(parser, data, length);
    const char *at = hc_scan_value(data + parser->position, end);
    size_t position = (size_t)(at - data);
    if (at == end)
        return ran_out(parser, position);
    if (*at == '\n')
        return hc__head_bad(parser, position, 400, "bare LF in the header");
    if (*at != '\r')
        return hc__head_bad(parser, position, 400, "control character in a field value");
    const char *value = data + parser->token;
    while (at > value && (at[-1] == ' ' || at[-1] == '\t'))
        at--;
    parser->headers[parser->head.header_count].value = hc_bytes(value, (size_t)(at - value));
    parser->position = position + 1;
    parser->state = VALUE_LF;
    return parse_value_lf(parser, data, length);
}

static enum hc_parse parse_ows(struct hc_head_parser *parser, const char *data, size_t length)
{
    const char *end = readable_end(parser, data, length);
    const char *at = data + parser->position;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    if (at == end)
        return ran_out(parser, (size_t)(at - data));
    parser->position = parser->token = (size_t)(at - data);
    parser->state = VALUE;
    return parse_value(parser, data, length);
}

static enum hc_parse parse_name(struct hc_head_parser *parser, const char *data, size_t length)
{
    const char *end = readable_end(parser, data, length);
    const char *at = hc_scan_token(data + parser->position, end);
    size_t position = (size_t)(at - data);
    if (at == end)
        return ran_out(parser, position);
    if (*at == ' ' || *at == '\t')
        return hc__head_bad(parser, position, 400, "space before the colon of a field");
    if (*at != ':' || position == parser->token)
        return hc__head_bad(parser, position, 400, "bad character in a field name");
    struct hc_header *header = &parser->headers[parser->head.header_count];
    header->name = hc_bytes(data + parser->token, position - parser->token);
    header->value = hc_bytes(NULL, 0);
    header->field = hc_field_find(header->name);
    parser->position = position + 1;
    parser->state = OWS;
    return parse_ows(parser, data, length);
}

static enum hc_parse parse_end(struct hc_head_parser *parser, const char *data, size_t length)
{
    if (data + parser->position == readable_end(parser, data, length))
        return ran_out(parser, parser->position);
    if (data[parser->position] != '\n')
        return hc__head_bad(parser, parser->position, 400, "bare CR in the header");
    parser->position++;
    return hc__head_finish(parser);
}

static enum hc_parse parse_field(struct hc_head_parser *parser, const char *data, size_t length)
{
    if (data + parser->position == readable_end(parser, data, length))
        return ran_out(parser, parser->position);
    char c = data[parser->position];
    if (c == '\r') {
        parser->position++;
        parser->state = END_LF;
        return parse_end(parser, data, length);
    }
    if (c == ' ' || c == '\t')
        return hc__head_bad(parser, parser->position, 400, "a header line begins with a space");
    if (parser->head.header_count == parser->limits.header_count_max)
        return hc__head_bad(parser, parser->position, 431, "too many header fields");
    parser->token = parser->field = parser->position;
    parser->state = NAME;
    return parse_name(parser, data, length);
}

/* MORE with the state FIELD means that a field is complete, not that bytes are missing. */
static enum hc_parse parse_fields(struct hc_head_parser *parser, const char *data, size_t length)
{
    enum hc_parse result = HC_PARSE_MORE;
    do
        result = parse_field(parser, data, length);
    while (result == HC_PARSE_MORE && parser->state == FIELD && parser->position < length);
    return result;
}

static enum hc_parse parse_from(struct hc_head_parser *parser, const char *data, size_t length)
{
    enum hc_parse result = HC_PARSE_MORE;
    switch ((enum state)parser->state) {
    case START: return parse_start(parser, data, length);
    case START_LF: return parse_start_lf(parser, data, length);
    case METHOD: return parse_method(parser, data, length);
    case TARGET: return parse_target(parser, data, length);
    case VERSION: return parse_version(parser, data, length);
    case FIELD: return parse_fields(parser, data, length);
    case NAME: result = parse_name(parser, data, length); break;
    case OWS: result = parse_ows(parser, data, length); break;
    case VALUE: result = parse_value(parser, data, length); break;
    case VALUE_LF: result = parse_value_lf(parser, data, length); break;
    case END_LF: return parse_end(parser, data, length);
    }
    if (result == HC_PARSE_MORE && parser->state == FIELD)
        result = parse_fields(parser, data, length);
    return result;
}

static void move(struct hc_bytes *bytes, const char *from, const char *to)
{
    if (bytes->at)
        bytes->at = to + ((uintptr_t)bytes->at - (uintptr_t)from);
}

void hc__head_move(struct hc_head_parser *parser, const char *data)
{
    const char *from = parser->base;
    struct hc_head *head = &parser->head;
    /* While a field is being read, its name is already there. */
    size_t count = head->header_count + (parser->state >= OWS && parser->state <= VALUE_LF);
    parser->base = data;
    if (from == data || !from)
        return;
    move(&head->method, from, data);
    move(&head->target, from, data);
    move(&head->path, from, data);
    move(&head->query, from, data);
    move(&head->host, from, data);
    for (size_t i = 0; i < count; i++) {
        move(&parser->headers[i].name, from, data);
        move(&parser->headers[i].value, from, data);
    }
}

enum hc_parse hc_head_parse(struct hc_head_parser *parser, const char *data, size_t length)
{
    hc__head_move(parser, data);
    return parse_from(parser, data, length);
}
