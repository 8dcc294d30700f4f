#include "whole.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { HEADERS = 32, BODY_MAX = 1 << 20 };

static const struct hc_head_limits limits = {
    .line_max = 1024,
    .header_max = 4096,
    .header_count_max = HEADERS,
};

static void must(bool good)
{
    if (!good)
        abort();
}

static void say(struct hc_buffer *report, const char *format, ...)
{
    char line[128];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    must(length >= 0 && (size_t)length < sizeof(line));
    must(hc_buffer_append(report, hc_bytes(line, (size_t)length)) == HC_OK);
}

static void say_bytes(struct hc_buffer *report, const char *name, struct hc_bytes bytes,
                      const char *data, size_t length)
{
    /* Everything that is not empty lies within the bytes given. */
    must(bytes.length == 0 || (bytes.at >= data && bytes.at + bytes.length <= data + length));
    say(report, "%s %zu: ", name, bytes.length);
    must(hc_buffer_append(report, bytes) == HC_OK);
    say(report, "\n");
}

static void say_head(struct hc_buffer *report, const struct hc_head_parser *parser,
                     const char *data, size_t length)
{
    const struct hc_head *head = &parser->head;
    say_bytes(report, "method", head->method, data, length);
    say_bytes(report, "target", head->target, data, length);
    say_bytes(report, "path", head->path, data, length);
    say_bytes(report, "query", head->query, data, length);
    say_bytes(report, "host", head->host, data, length);
    say(report, "version %d chunked %d keep-alive %d continue %d length %llu\n", head->version,
        head->chunked, head->keep_alive, head->expects_continue,
        (unsigned long long)head->content_length);
    for (size_t i = 0; i < head->header_count; i++) {
        const struct hc_header *header = &parser->headers[i];
        say(report, "field %d\n", header->field);
        say_bytes(report, "name", header->name, data, length);
        say_bytes(report, "value", header->value, data, length);
    }
}

static char *copy_of(const char *data, size_t length)
{
    char *copy = malloc(length + (length == 0));
    must(copy != NULL);
    if (length > 0)
        memcpy(copy, data, length);
    return copy;
}

static struct whole parse_body(const char *data, size_t length, cut_function cut, void *context,
                               struct hc_buffer *report)
{
    struct hc_chunked chunked;
    struct whole whole = {.result = HC_PARSE_MORE};
    hc_chunked_init(&chunked, BODY_MAX);
    while (whole.result == HC_PARSE_MORE && whole.length < length) {
        size_t left = length - whole.length, consumed, produced;
        size_t count = cut(context, left);
        char *copy = copy_of(data + whole.length, count);
        whole.result = hc_chunked_decode(&chunked, copy, count, copy, &consumed, &produced);
        must(consumed <= count && produced <= consumed);
        must(whole.result != HC_PARSE_MORE || consumed == count);
        must(hc_buffer_append(report, hc_bytes(copy, produced)) == HC_OK);
        whole.length += consumed;
        free(copy);
    }
    whole.status = chunked.status;
    whole.reason = chunked.reason;
    say(report, "\nbody %d at %zu total %llu status %d %s\n", whole.result, whole.length,
        (unsigned long long)chunked.total, whole.status, whole.reason ? whole.reason : "");
    return whole;
}

struct whole parse_whole(const char *data, size_t length, cut_function cut, void *context,
                         struct hc_buffer *report)
{
    struct hc_header headers[HEADERS];
    struct hc_head_parser parser;
    struct whole whole = {.result = HC_PARSE_MORE};
    size_t given = 0;
    char *copy = NULL;
    hc_head_parser_init(&parser, &limits, headers);
    while (whole.result == HC_PARSE_MORE && given < length) {
        given += cut(context, length - given);
        char *longer = copy_of(data, given);
        free(copy);
        copy = longer;
        whole.result = hc_head_parse(&parser, copy, given);
        must(parser.position <= given);
    }
    whole.status = parser.status;
    whole.reason = parser.reason;
    whole.length = parser.position;
    say(report, "head %d at %zu status %d %s\n", whole.result, parser.position, parser.status,
        parser.reason ? parser.reason : "");
    if (whole.result == HC_PARSE_OK)
        say_head(report, &parser, copy, given);
    free(copy);
    if (whole.result != HC_PARSE_OK || !parser.head.chunked)
        return whole;
    struct whole body = parse_body(data + parser.position, length - parser.position, cut, context,
                                   report);
    body.length += parser.position;
    return body;
}

size_t cut_nowhere(void *context, size_t left)
{
    (void)context;
    return left;
}

size_t cut_everywhere(void *context, size_t left)
{
    (void)context;
    (void)left;
    return 1;
}

size_t cut_anywhere(void *context, size_t left)
{
    uint64_t *state = context;
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    size_t count = 1 + (size_t)(*state >> 33) % 24;
    return count < left ? count : left;
}
