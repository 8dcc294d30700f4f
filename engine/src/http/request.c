/* Answering a request: called by whoever holds it. */
#include "http/core.h"

enum {
    COALESCE_MAX = 16 * 1024, /* a response up to this is copied behind its head: one send */
    PARTS = 64,               /* pieces of one sendmsg */
    HEAD_MAX = 4096,          /* of an answer of our own */
};

static struct hc_exchange *exchange_of(const struct hc_request *request)
{
    return (struct hc_exchange *)(uintptr_t)request;
}

/* Whatever did not reach the socket whole ends the connection. */
static enum hc_err noted(struct hc_exchange *exchange, enum hc_err err)
{
    if (err)
        exchange->cut = true;
    return err;
}

static enum hc_err make_head(struct hc_exchange *exchange, int status, struct hc_bytes reason,
                             const struct hc_pair *headers, size_t header_count,
                             const uint64_t *body_length)
{
    struct hc_server *server = exchange->conn->server;
    bool closing = atomic_load_explicit(&server->draining, memory_order_relaxed) ||
                   server->config.keep_alive_timeout_ms == 0;
    const struct hc_response_to to = {
        .server = server->name,
        .date = &server->date,
        .minor = exchange->request.minor,
        .is_head = exchange->request.is_head,
        .keep_alive = exchange->parser.head.keep_alive && !closing,
        .checked = server->config.headers_checked,
    };
    struct hc_framing framing;
    if (exchange->sent || exchange->finished)
        return HC_STATE;
    exchange->head.length = 0;
    exchange->started = false;
    enum hc_err err = hc_response_head(&to, status, reason, headers, header_count, body_length,
                                       &exchange->head, &framing);
    if (err)
        return err;
    exchange->framing = framing;
    exchange->status = status;
    exchange->started = true;
    return HC_OK;
}

enum hc_err hc_request_start(struct hc_request *request, int status, struct hc_bytes reason,
                             const struct hc_pair *headers, size_t header_count)
{
    return make_head(exchange_of(request), status, reason, headers, header_count, NULL);
}

/* How much of `length` more bytes of body the framing lets through. */
static size_t allowed(const struct hc_exchange *exchange, size_t length)
{
    if (exchange->framing.bodyless)
        return 0;
    if (!exchange->framing.has_length)
        return length;
    uint64_t left = exchange->framing.length - exchange->body_sent;
    return left < length ? (size_t)left : length;
}

static void part_of(struct iovec *part, const void *data, size_t length)
{
    part->iov_base = (void *)(uintptr_t)data;
    part->iov_len = length;
}

enum hc_err hc_request_write(struct hc_request *request, struct hc_bytes data)
{
    struct hc_exchange *exchange = exchange_of(request);
    struct iovec parts[4];
    char size[HC_CHUNK_HEAD_MAX];
    size_t count = 0;
    if (!exchange->started || exchange->finished)
        return HC_STATE;
    size_t length = allowed(exchange, data.length);
    bool chunk = exchange->framing.chunked && length > 0;
    if (!exchange->sent)
        part_of(&parts[count++], exchange->head.data, exchange->head.length);
    if (chunk)
        part_of(&parts[count++], size, hc_chunk_head(length, size));
    if (length > 0)
        part_of(&parts[count++], data.at, length);
    if (chunk)
        part_of(&parts[count++], "\r\n", 2);
    if (count == 0)
        return hc_request_alive(request) ? HC_OK : noted(exchange, HC_CLOSED);
    exchange->sent = true;
    exchange->body_sent += length;
    return noted(exchange, hc__conn_send(exchange->conn, parts, count, true));
}

enum hc_err hc_request_finish(struct hc_request *request)
{
    struct hc_exchange *exchange = exchange_of(request);
    struct iovec parts[2];
    size_t count = 0;
    if (!exchange->started || exchange->finished)
        return HC_STATE;
    exchange->finished = true;
    if (!exchange->sent)
        part_of(&parts[count++], exchange->head.data, exchange->head.length);
    if (exchange->framing.chunked && !exchange->cut)
        part_of(&parts[count++], "0\r\n\r\n", 5);
    exchange->sent = true;
    enum hc_err err = hc_request_alive(request) ? HC_OK : noted(exchange, HC_CLOSED);
    if (!err && count > 0)
        err = noted(exchange, hc__conn_send(exchange->conn, parts, count, true));
    if (!err && !exchange->framing.bodyless && exchange->framing.has_length &&
        exchange->body_sent < exchange->framing.length)
        err = noted(exchange, HC_SHORT);
    return err;
}

/* Head and body behind one another in the pooled buffer: one copy, one send. */
static enum hc_err send_small(struct hc_exchange *exchange, const struct hc_bytes *pieces,
                              size_t piece_count, size_t size)
{
    struct hc_buffer *head = &exchange->head;
    enum hc_err err = hc_buffer_reserve(head, size);
    if (err)
        return err;
    for (size_t i = 0; i < piece_count && size > 0; i++) {
        size_t length = pieces[i].length < size ? pieces[i].length : size;
        if (length == 0)
            continue;
        memcpy(head->data + head->length, pieces[i].at, length);
        head->length += length;
        size -= length;
    }
    if (hc__together_may(exchange)) {
        hc__together_keep(exchange);
        return HC_OK;
    }
    struct iovec part = {head->data, head->length};
    return hc__conn_send(exchange->conn, &part, 1, true);
}

static enum hc_err send_large(struct hc_exchange *exchange, const struct hc_bytes *pieces,
                              size_t piece_count, size_t size)
{
    struct iovec parts[PARTS];
    size_t count = 0;
    enum hc_err err = HC_OK;
    part_of(&parts[count++], exchange->head.data, exchange->head.length);
    for (size_t i = 0; i < piece_count && size > 0 && !err; i++) {
        size_t length = pieces[i].length < size ? pieces[i].length : size;
        part_of(&parts[count++], pieces[i].at, length);
        size -= length;
        if (count == PARTS) {
            err = hc__conn_send(exchange->conn, parts, count, true);
            count = 0;
        }
    }
    return err || count == 0 ? err : hc__conn_send(exchange->conn, parts, count, true);
}

enum hc_err hc_request_respond(struct hc_request *request, int status, struct hc_bytes reason,
                               const struct hc_pair *headers, size_t header_count,
                               const struct hc_bytes *pieces, size_t piece_count)
{
    struct hc_exchange *exchange = exchange_of(request);
    uint64_t total = 0;
    for (size_t i = 0; i < piece_count; i++)
        total += pieces[i].length;
    enum hc_err err = make_head(exchange, status, reason, headers, header_count, &total);
    if (err)
        return err;
    size_t size = allowed(exchange, (size_t)total);
    exchange->sent = exchange->finished = true;
    exchange->body_sent = size;
    err = size <= COALESCE_MAX ? send_small(exchange, pieces, piece_count, size)
                               : send_large(exchange, pieces, piece_count, size);
    if (!err && !exchange->framing.bodyless && exchange->framing.has_length &&
        size < exchange->framing.length)
        err = HC_SHORT;
    return noted(exchange, err);
}

enum hc_err hc_request_respond_file(struct hc_request *request, int status,
                                    struct hc_bytes reason, const struct hc_pair *headers,
                                    size_t header_count, const struct hc_file_part *part)
{
    struct hc_exchange *exchange = exchange_of(request);
    struct hc_file_part sent = *part;
    enum hc_err err = make_head(exchange, status, reason, headers, header_count, &part->length);
    if (err)
        return err;
    exchange->sent = exchange->finished = true;
    sent.length = allowed(exchange, (size_t)part->length);
    exchange->body_sent = sent.length;
    err = hc__conn_send_file(exchange->conn, &exchange->head, &sent);
    if (!err && !exchange->framing.bodyless && exchange->framing.has_length &&
        sent.length < exchange->framing.length)
        err = HC_SHORT;
    return noted(exchange, err);
}

enum hc_err hc_request_inform(struct hc_request *request, int status,
                              const struct hc_pair *headers, size_t header_count)
{
    struct hc_exchange *exchange = exchange_of(request);
    if (exchange->sent || exchange->finished)
        return HC_STATE;
    if (request->minor == 0)
        return HC_OK;
    struct hc_buffer *head = &exchange->head;
    size_t before = head->length; /* a head that was started waits in the same buffer */
    enum hc_err err = hc_response_interim(status, headers, header_count, head);
    if (err)
        return err;
    struct iovec part = {head->data + before, head->length - before};
    err = noted(exchange, hc__conn_send(exchange->conn, &part, 1, true));
    head->length = before;
    return err;
}

bool hc_request_started(const struct hc_request *request)
{
    return exchange_of(request)->started;
}

bool hc_request_sent(const struct hc_request *request)
{
    return exchange_of(request)->sent;
}

bool hc_request_alive(const struct hc_request *request)
{
    return !atomic_load_explicit(&exchange_of(request)->conn->broken, memory_order_relaxed);
}

int hc_request_status(const struct hc_request *request)
{
    const struct hc_exchange *exchange = exchange_of(request);
    int imposed = atomic_load_explicit(&exchange->conn->imposed, memory_order_relaxed);
    return imposed ? imposed : exchange->status;
}

uint64_t hc_request_body_sent(const struct hc_request *request)
{
    return exchange_of(request)->body_sent;
}

static void answer_500(struct hc_request *request)
{
    const struct hc_pair type = {hc_bytes_of("Content-Type"), hc_bytes_of("text/plain")};
    const struct hc_bytes body = hc_bytes_of("500 Internal Server Error\n");
    enum hc_err err = hc_request_respond(request, 500, hc_bytes("", 0), &type, 1, &body, 1);
    (void)noted(exchange_of(request), err);
}

enum hc_err hc_request_abandon(struct hc_request *request, int status, const char *reason)
{
    struct hc_exchange *exchange = exchange_of(request);
    struct hc_server *server = exchange->conn->server;
    const struct hc_response_to to = {
        .server = server->name, .date = &server->date, .minor = 1, .is_head = request->is_head};
    const struct hc_pair type = {hc_bytes_of("Content-Type"), hc_bytes_of("text/plain")};
    struct hc_bytes body = hc_bytes_of(reason), phrase = hc_status_phrase(status);
    uint64_t size = body.length;
    struct hc_framing framing;
    struct hc_buffer head; /* of our own: the holder may be at work on that of the exchange */
    if (hc__together_withdraw(exchange))
        hc__together_send(exchange); /* it has been answered */
    hc_buffer_init(&head, server->config.alloc, HEAD_MAX);
    enum hc_err err = hc_response_head(&to, status, phrase, &type, 1, &size, &head, &framing);
    if (!err) {
        struct iovec parts[2];
        part_of(&parts[0], head.data, head.length);
        part_of(&parts[1], body.at, request->is_head ? 0 : body.length);
        err = hc__conn_abandon(exchange->conn, status, parts, 2);
    }
    hc_buffer_deinit(&head);
    return err;
}

void hc__request_settle(struct hc_exchange *exchange)
{
    if (!exchange->started)
        answer_500(&exchange->request);
    if (!exchange->finished)
        exchange->cut = true;
    (void)hc__together_withdraw(exchange); /* if it is unsent, it goes with the connection */
}

void hc_request_release(struct hc_request *request)
{
    struct hc_exchange *exchange = exchange_of(request);
    hc__request_settle(exchange);
    hc__turn_over(exchange->conn->server, exchange);
    hc__server_return(exchange->conn->server, exchange->conn);
}

enum hc_err hc_request_release_for_next(struct hc_request *request, int timeout_ms,
                                        struct hc_request **next)
{
    struct hc_exchange *exchange = exchange_of(request);
    struct hc_server *server = exchange->conn->server;
    if (hc_forked(&server->mark)) { /* those in line are the parent's */
        hc_request_release(request);
        return HC_FORKED;
    }
    hc__request_settle(exchange);
    struct hc_conn *conn = hc__turn_pass(server, exchange);
    hc__server_return(server, exchange->conn);
    if (!conn)
        return hc_server_next(server, timeout_ms, next);
    hc__turn_begin(server, conn->exchange);
    *next = &conn->exchange->request;
    return HC_OK;
}
