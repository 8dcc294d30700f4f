/*
 * Receiving a body. In `in`, behind the head:
 *
 *     [head][stored: decoded, whole so far][…gap of chunk framing…][raw: not looked at]
 *
 * Decoding moves `stored` forward over the gap. What exceeds body_memory goes to an unlinked file
 * and `stored` is empty again.
 *
 * A client that sends a large body quickly would wake the loop for every few packets. As long as
 * much is missing, and never for more than is missing, the kernel lets a piece gather (SO_RCVLOWAT)
 * before it reports the connection. Should the client become slow, what it has sent is looked at
 * after GATHER_MS.
 */
#include "http/core.h"

#include <sys/socket.h>
#include <unistd.h>

enum {
    WRITE_SIZE = 128 * 1024, /* to the file in one go, where memory allows it */
    QUICK = 16 * 1024,      /* who sends less in one go is slow */
    GATHER_MIN = 64 * 1024, /* below it the calls cost what they save */
    GATHER_MAX = 256 * 1024,
};

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

/* Of a body that says its length. */
static uint64_t missing_bytes(const struct hc_exchange *exchange)
{
    return exchange->parser.head.content_length - exchange->in_file - exchange->stored;
}

static enum hc_parse take_plain(struct hc_exchange *exchange)
{
    size_t here = exchange->in.length - exchange->raw;
    uint64_t missing = missing_bytes(exchange);
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

static void wake_at(struct hc_conn *conn, int bytes)
{
    if (conn->wake_at != bytes &&
        setsockopt(conn->source.fd, SOL_SOCKET, SO_RCVLOWAT, &bytes, sizeof(bytes)) == 0)
        conn->wake_at = bytes;
}

bool hc__body_gather(struct hc_conn *conn, uint64_t just)
{
    const struct hc_exchange *exchange = conn->exchange;
    uint64_t missing = exchange->parser.head.chunked ? 0 : missing_bytes(exchange);
    int piece = missing < GATHER_MAX ? (int)missing : GATHER_MAX;
    wake_at(conn, just < QUICK || piece < GATHER_MIN ? 1 : piece);
    return conn->wake_at > 1;
}

void hc__body_gathered(struct hc_conn *conn)
{
    wake_at(conn, 1);
}
