/*
 * Receiving a body. In `in`, behind the head:
 *
 *     [head][stored: decoded, whole so far][…gap of chunk framing…][raw: not looked at]
 *
 * Decoding moves `stored` forward over the gap. What exceeds body_memory goes to an unlinked file
 * and `stored` is empty again.
 */
#include "http/core.h"

#include <unistd.h>

enum { WRITE_SIZE = 128 * 1024 }; /* to the file in one go, where memory allows it */

static enum hc_parse bad(struct hc_exchange *exchange, int status, const char *reason)
{
    exchange->chunked.status = status;
    exchange->chunked.reason = reason;
    return HC_PARSE_BAD;
}

enum hc_parse hc__body_start(struct hc_exchange *exchange)
{
    const struct hc_server_config *config = &exchange->conn->server->config;
    hc_chunked_init(&exchange->chunked, config->body_max);
    exchange->raw = exchange->parser.position;
    if (exchange->parser.head.content_length > config->body_max)
        return bad(exchange, 413, "body too large");
    return HC_PARSE_MORE;
}

void hc__body_close(struct hc_exchange *exchange)
{
    uint64_t size = exchange->in_file > exchange->file_size ? exchange->in_file
                                                            : exchange->file_size;
    if (exchange->request.body_fd >= 0)
        hc__body_file_give(exchange->conn->server, exchange->request.body_fd, size);
    exchange->request.body_fd = -1;
}

static enum hc_parse move_to_file(struct hc_exchange *exchange)
{
    struct hc_buffer *in = &exchange->in;
    size_t head = exchange->parser.position;
    if (exchange->request.body_fd < 0)
        exchange->request.body_fd =
            hc__body_file_take(exchange->conn->server, &exchange->file_size);
    if (exchange->request.body_fd < 0)
        return bad(exchange, 500, "cannot store the body");
    if (!hc__write_all(exchange->request.body_fd, in->data + head, exchange->stored,
                       exchange->in_file))
        return bad(exchange, 500, "cannot store the body");
    exchange->in_file += exchange->stored;
    memmove(in->data + head, in->data + exchange->raw, in->length - exchange->raw);
    in->length -= exchange->raw - head;
    exchange->raw = head;
    exchange->stored = 0;
    return HC_PARSE_MORE;
}

/* The body is whole: what a former one has left behind it goes. */
static enum hc_parse cut_file(struct hc_exchange *exchange)
{
    if (exchange->file_size > exchange->in_file &&
        ftruncate(exchange->request.body_fd, (off_t)exchange->in_file) != 0)
        return bad(exchange, 500, "cannot store the body");
    exchange->file_size = exchange->in_file;
    return HC_PARSE_OK;
}

static enum hc_parse take_chunked(struct hc_exchange *exchange)
{
    struct hc_buffer *in = &exchange->in;
    size_t stored_end = exchange->parser.position + exchange->stored;
    size_t consumed, produced;
    enum hc_parse result = hc_chunked_decode(&exchange->chunked, in->data + exchange->raw,
                                             in->length - exchange->raw, in->data + stored_end,
                                             &consumed, &produced);
    exchange->stored += produced;
    exchange->raw += consumed;
    if (result == HC_PARSE_MORE)
        in->length = exchange->raw = stored_end + produced;
    return result;
}

static enum hc_parse take_plain(struct hc_exchange *exchange)
{
    size_t here = exchange->in.length - exchange->raw;
    uint64_t missing = exchange->parser.head.content_length - exchange->in_file - exchange->stored;
    size_t count = missing < here ? (size_t)missing : here;
    exchange->stored += count;
    exchange->raw += count;
    return count == missing ? HC_PARSE_OK : HC_PARSE_MORE;
}

enum hc_parse hc__body_feed(struct hc_exchange *exchange)
{
    const struct hc_head *head = &exchange->parser.head;
    size_t memory = exchange->conn->server->config.body_memory;
    if (!head->chunked && head->content_length == 0)
        return HC_PARSE_OK;
    enum hc_parse result = head->chunked ? take_chunked(exchange) : take_plain(exchange);
    bool large = exchange->stored > memory || (!head->chunked && head->content_length > memory);
    size_t batch = memory < WRITE_SIZE ? memory : WRITE_SIZE;
    bool full = result == HC_PARSE_OK || exchange->stored >= batch;
    if (result == HC_PARSE_BAD || !full || (!large && exchange->request.body_fd < 0))
        return result;
    if (move_to_file(exchange) == HC_PARSE_BAD)
        return HC_PARSE_BAD;
    return result == HC_PARSE_OK ? cut_file(exchange) : result;
}
