/* Requests that the engine answers by itself: malformed, too large, too slow. */
#include "http/core.h"

#include <stdio.h>

#include "http/head.h"

static void tell(struct hc_conn *conn, int status, const char *reason)
{
    const struct hc_server_config *config = &conn->server->config;
    const struct hc_head *head = &conn->exchange->parser.head;
    hc__count(&conn->server->count_refused);
    if (!config->refused)
        return;
    const struct hc_refusal refusal = {
        .status = status,
        .reason = reason,
        .method = head->method,
        .target = head->target,
        .peer = hc_bytes(conn->peer.text, conn->peer.length),
        .peer_port = conn->peer.port,
    };
    config->refused(config->context, &refusal);
}

void hc__conn_refuse(struct hc_conn *conn, int status, const char *reason)
{
    struct hc_exchange *exchange = conn->exchange;
    struct hc_server *server = conn->server;
    hc__head_move(&exchange->parser, exchange->in.data); /* a body may have moved it */
    const struct hc_response_to to = {
        .server = server->name,
        .date = &server->date,
        .minor = 1,
        .is_head = hc_bytes_equal(exchange->parser.head.method, hc_bytes("HEAD", 4)),
    };
    char seconds[12];
    int digits = snprintf(seconds, sizeof(seconds), "%u", server->config.retry_after);
    const struct hc_pair pairs[] = {
        {hc_bytes_of("Content-Type"), hc_bytes_of("text/plain")},
        {hc_bytes_of("Retry-After"), hc_bytes(seconds, (size_t)digits)},
    };
    size_t pair_count = status == 503 && server->config.retry_after > 0 ? 2 : 1;
    struct hc_bytes phrase = hc_status_phrase(status);
    char body[160];
    int length = snprintf(body, sizeof(body), "%d %.*s: %s\n", status, (int)phrase.length,
                          phrase.at, reason);
    uint64_t size = (uint64_t)length;
    tell(conn, status, reason);
    exchange->head.length = 0;
    if (hc_response_head(&to, status, phrase, pairs, pair_count, &size, &exchange->head,
                         &exchange->framing)) {
        hc__conn_close(conn);
        return;
    }
    struct iovec parts[2] = {
        {exchange->head.data, exchange->head.length},
        {body, to.is_head ? 0 : (size_t)length},
    };
    if (hc__conn_send(conn, parts, 2, false)) {
        hc__conn_close(conn);
        return;
    }
    hc__conn_end(conn, HC__CLOSE_AFTER_LINGER);
}
