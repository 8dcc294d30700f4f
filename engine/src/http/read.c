/* From bytes to a complete request. */
#include "http/core.h"

#include <errno.h>
#include <sys/socket.h>

#include "http/head.h"

enum {
    READ_SIZE = 16 * 1024,
    BODY_READ_SIZE = 128 * 1024, /* when so much is known to come */
    READS_MAX = 16, /* in one go; then the others have their turn */
    GATHER_MS = 64, /* then it is looked at how much of a piece has come */
};

static size_t read_size(const struct hc_exchange *exchange)
{
    const struct hc_buffer *in = &exchange->in;
    const struct hc_head *head = &exchange->parser.head;
    uint64_t size = READ_SIZE;
    if (exchange->head_done && head->chunked)
        size = exchange->request.body_fd >= 0 ? BODY_READ_SIZE : READ_SIZE;
    else if (exchange->head_done)
        size = head->content_length - exchange->in_file - exchange->stored;
    size = size > BODY_READ_SIZE ? BODY_READ_SIZE : size;
    return size > READ_SIZE && size <= in->maximum - in->length ? (size_t)size : READ_SIZE;
}

/* False: the connection is closed. */
static bool after_splice(struct hc_conn *conn, enum hc__moved moved)
{
    conn->readable = moved != HC__MOVED_ALL;
    if (moved == HC__MOVED_FULL)
        hc__conn_refuse(conn, 500, "cannot store the body");
    if (moved == HC__MOVED_END)
        hc__conn_close(conn);
    return moved == HC__MOVED_SOME || moved == HC__MOVED_ALL;
}

/* Reads once. False: the connection is closed. */
static bool read_some(struct hc_conn *conn)
{
    if (hc__body_can_splice(conn->exchange)) {
        enum hc__moved moved = hc__body_splice(conn->exchange, conn->source.fd);
        if (moved != HC__MOVED_NOT)
            return after_splice(conn, moved);
    }
    struct hc_buffer *in = &conn->exchange->in;
    size_t size = read_size(conn->exchange);
    if (hc_buffer_room(in) < size / 4 && hc_buffer_reserve(in, size)) {
        hc__conn_refuse(conn, 500, "out of memory");
        return false;
    }
    size_t room = hc_buffer_room(in);
    ssize_t got;
    do
        got = recv(conn->source.fd, in->data + in->length, room, 0);
    while (got < 0 && errno == EINTR);
    if (got > 0) {
        in->length += (size_t)got;
        conn->readable = (size_t)got == room || conn->ended;
        return true;
    }
    if (got < 0 && errno == EAGAIN) {
        conn->readable = false;
        return true;
    }
    hc__conn_close(conn);
    return false;
}

static void say_continue(struct hc_conn *conn)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";
    struct iovec part = {(void *)(uintptr_t)text, sizeof(text) - 1};
    enum hc_err err = hc__conn_send(conn, &part, 1, false);
    (void)err; /* a connection that is broken is noticed when it is read */
}

/* Who the client is, says a proxy. OK: whatever follows is a request. */
static enum hc_parse introduce(struct hc_conn *conn)
{
    const struct hc_server_config *config = &conn->server->config;
    struct hc_buffer *in = &conn->exchange->in;
    struct hc_peer peer = conn->peer;
    size_t consumed = 0;
    const char *reason = NULL;
    enum hc_parse result = hc_proxy_parse(config->proxy_protocol, in->data, in->length, &peer,
                                          &consumed, &reason);
    if (result == HC_PARSE_BAD) {
        hc__conn_refuse(conn, 400, reason);
        return result;
    }
    if (result == HC_PARSE_MORE)
        return result;
    conn->introduced = true;
    if (consumed > 0 && !hc_network_has(config->proxy_networks, config->proxy_network_count,
                                        hc_bytes(conn->peer.text, conn->peer.length))) {
        hc__conn_refuse(conn, 403, "PROXY header from an address that is not trusted");
        return HC_PARSE_BAD;
    }
    conn->peer = peer;
    hc_buffer_consume(in, consumed);
    if (in->length > 0)
        return HC_PARSE_OK;
    conn->state = HC__IDLE;
    return HC_PARSE_MORE;
}

/* Takes what is in the buffer. MORE when it is not enough, OK for a complete request, BAD when
 * the connection was given up. */
static enum hc_parse parse(struct hc_conn *conn)
{
    struct hc_exchange *exchange = conn->exchange;
    struct hc_head_parser *parser = &exchange->parser;
    bool first = !exchange->head_done;
    enum hc_parse result = conn->introduced ? HC_PARSE_OK : introduce(conn);
    if (result != HC_PARSE_OK)
        return result;
    if (first) {
        result = hc_head_parse(parser, exchange->in.data, exchange->in.length);
        if (result == HC_PARSE_MORE)
            return result;
        if (result == HC_PARSE_BAD) {
            hc__conn_refuse(conn, parser->status, parser->reason);
            return result;
        }
        exchange->head_done = true;
        result = hc__body_start(exchange);
    }
    if (result != HC_PARSE_BAD)
        result = hc__body_feed(exchange);
    if (result == HC_PARSE_BAD)
        hc__conn_refuse(conn, exchange->chunked.status, exchange->chunked.reason);
    else if (result == HC_PARSE_MORE && first && parser->head.expects_continue)
        say_continue(conn);
    return result;
}

static struct hc_bytes decoded_path(struct hc_exchange *exchange, struct hc_bytes raw)
{
    if (!memchr(raw.at, '%', raw.length))
        return raw;
    char *out = hc_arena_get(&exchange->arena, raw.length);
    return out ? hc_bytes(out, hc_path_decode(raw, out)) : hc_bytes(NULL, 0);
}

static bool fill_paths(struct hc_exchange *exchange)
{
    struct hc_request *request = &exchange->request;
    const struct hc_head *head = &exchange->parser.head;
    request->raw_path = head->path;
    if (head->path.length == 0) /* an absolute target without a path: RFC 9112, 3.2.1 and 3.2.4 */
        request->raw_path = hc_bytes_equal(head->method, hc_bytes("OPTIONS", 7)) &&
                                    head->query.at == head->target.at + head->target.length
                                ? hc_bytes("*", 1)
                                : hc_bytes("/", 1);
    request->path = decoded_path(exchange, request->raw_path);
    request->query = head->query;
    return request->path.at != NULL;
}

static bool fill_request(struct hc_conn *conn)
{
    struct hc_exchange *exchange = conn->exchange;
    struct hc_request *request = &exchange->request;
    struct hc_head_parser *parser = &exchange->parser;
    const char *data = exchange->in.data;
    hc__head_move(parser, data);
    const struct hc_head *head = &parser->head;
    request->method = head->method;
    request->target = head->target;
    request->host = head->host;
    request->minor = head->version == HC_HTTP_1_1;
    request->is_head = hc_bytes_equal(head->method, hc_bytes("HEAD", 4));
    request->chunked = head->chunked;
    request->headers = exchange->headers;
    request->header_count = head->header_count;
    request->body_length = exchange->in_file + exchange->stored;
    request->body = hc_bytes(data + parser->position, exchange->stored);
    request->peer = hc_bytes(conn->peer.text, conn->peer.length);
    request->peer_port = conn->peer.port;
    request->listener = conn->listener;
    request->started_ns = hc_clock_ns();
    return fill_paths(exchange);
}

/* Whether it needs nobody outside: a static file, say. */
static bool answered(struct hc_conn *conn)
{
    const struct hc_server_config *config = &conn->server->config;
    struct hc_exchange *exchange = conn->exchange;
    if (!config->answer || !config->answer(config->answer_context, &exchange->request))
        return false;
    hc__request_settle(exchange);
    hc__conn_returned(conn);
    return true;
}

/* The request is complete. False: it has been answered. */
static bool hold(struct hc_conn *conn)
{
    if (!fill_request(conn)) {
        hc__conn_refuse(conn, 500, "out of memory");
        return false;
    }
    conn->state = HC__HELD;
    conn->begun = false;
    conn->hasty = true; /* the loop itself answers, and it waits for no client */
    conn->served = true;
    hc__body_gathered(conn);
    hc_timer_clear(&conn->timer);
    hc__count(&conn->server->count_requests);
    if (answered(conn))
        return false;
    conn->hasty = false;
    return true;
}

/* More has to come than the `just` bytes that have: sets the state and the time-out that fits. */
static void await(struct hc_conn *conn, uint64_t just)
{
    const struct hc_server_config *config = &conn->server->config;
    struct hc_exchange *exchange = conn->exchange;
    if (exchange->head_done) {
        conn->state = HC__BODY;
        hc__conn_set_deadline(conn, hc__body_gather(conn, just) ? GATHER_MS
                                                                : config->body_timeout_ms);
    } else if (exchange->in.length == 0) {
        hc__conn_drop_exchange(conn);
        if (conn->server->drain_begun && conn->served)
            hc__conn_close(conn);
        else if (conn->server->drain_begun)
            hc__conn_set_deadline(conn, HC__DRAIN_FIRST_MS);
        else if (conn->timer.deadline == HC_NEVER)
            hc__conn_set_deadline(conn, config->keep_alive_timeout_ms);
    } else if (conn->state == HC__IDLE) {
        conn->state = HC__HEAD;
        hc__conn_set_deadline(conn, config->header_timeout_ms);
    }
}

/* Bytes that have come, wherever they are. */
static uint64_t taken(const struct hc_exchange *exchange)
{
    return exchange->in.length + exchange->in_file;
}

bool hc__conn_advance(struct hc_conn *conn)
{
    struct hc_server *server = conn->server;
    if (!conn->exchange) {
        conn->exchange = hc__exchange_acquire(server, conn);
        if (!conn->exchange) {
            hc__conn_close(conn);
            return false;
        }
    }
    bool unseen = conn->exchange->in.length > 0;
    uint64_t just = 0;
    for (int reads = 0;; reads++) {
        if (unseen) {
            enum hc_parse result = parse(conn);
            if (result == HC_PARSE_OK)
                return hold(conn);
            if (result == HC_PARSE_BAD)
                return false;
        }
        if (!conn->readable)
            break;
        if (reads == READS_MAX) {
            hc__server_queue(server, conn);
            return false;
        }
        uint64_t before = taken(conn->exchange);
        if (!read_some(conn))
            return false;
        uint64_t more = taken(conn->exchange) - before;
        unseen = more > 0;
        just += more;
    }
    await(conn, just);
    return false;
}
