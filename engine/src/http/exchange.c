#include "http/core.h"

#include "http/head.h"

enum {
    ARENA_MAX = 1 << 20,
    HEAD_MAX = 1 << 20,        /* of a response */
    READ_AHEAD = 128 * 1024,   /* of `in`, beyond the limits: what one recv may bring too much */
    KEEP_CAPACITY = 64 * 1024, /* larger buffers are not pooled */
    SPARE_MAX = 64,
};

static void begin(struct hc_exchange *exchange)
{
    struct hc_server *server = exchange->conn->server;
    const struct hc_head_limits limits = {
        .line_max = server->config.line_max,
        .header_max = server->config.header_max,
        .field_max = server->config.field_max,
        .header_count_max = server->config.header_count_max,
    };
    hc_head_parser_init(&exchange->parser, &limits, exchange->headers);
    exchange->request.body_fd = -1;
    exchange->head_done = false;
    exchange->stored = 0;
    exchange->raw = 0;
    exchange->in_file = 0;
    exchange->file_size = 0;
    exchange->started = false;
    exchange->sent = exchange->unsent = false;
    exchange->finished = false;
    exchange->cut = false;
    exchange->status = 0;
    exchange->body_sent = 0;
    exchange->head.length = 0;
}

static struct hc_exchange *create(struct hc_server *server)
{
    const struct hc_server_config *config = &server->config;
    size_t headers = config->header_count_max * sizeof(struct hc_header);
    struct hc_exchange *exchange = hc_alloc_get(config->alloc, sizeof(*exchange) + headers);
    if (!exchange)
        return NULL;
    memset(exchange, 0, sizeof(*exchange));
    hc_arena_init(&exchange->arena, config->alloc, ARENA_MAX);
    hc_buffer_init(&exchange->in, config->alloc,
                   config->line_max + config->header_max + config->body_memory + READ_AHEAD);
    hc_buffer_init(&exchange->head, config->alloc, HEAD_MAX);
    return exchange;
}

struct hc_exchange *hc__exchange_acquire(struct hc_server *server, struct hc_conn *conn)
{
    struct hc_exchange *exchange = server->spare_exchanges;
    if (exchange) {
        server->spare_exchanges = exchange->link;
        server->spare_exchange_count--;
    } else {
        exchange = create(server);
        if (!exchange)
            return NULL;
    }
    exchange->conn = conn;
    begin(exchange);
    return exchange;
}

void hc__exchange_destroy(struct hc_server *server, struct hc_exchange *exchange)
{
    hc_arena_deinit(&exchange->arena);
    hc_buffer_deinit(&exchange->in);
    hc_buffer_deinit(&exchange->head);
    hc_alloc_free(server->config.alloc, exchange);
}

void hc__exchange_release(struct hc_server *server, struct hc_exchange *exchange)
{
    hc__body_close(exchange);
    if (server->spare_exchange_count >= SPARE_MAX) {
        hc__exchange_destroy(server, exchange);
        return;
    }
    hc_arena_reset(&exchange->arena);
    exchange->in.length = 0;
    if (exchange->in.capacity > KEEP_CAPACITY)
        hc_buffer_release(&exchange->in);
    if (exchange->head.capacity > KEEP_CAPACITY)
        hc_buffer_release(&exchange->head);
    exchange->conn = NULL;
    exchange->link = server->spare_exchanges;
    server->spare_exchanges = exchange;
    server->spare_exchange_count++;
}

size_t hc__exchange_next(struct hc_exchange *exchange)
{
    hc__body_close(exchange);
    hc_arena_reset(&exchange->arena);
    hc_buffer_consume(&exchange->in, exchange->raw);
    begin(exchange);
    return exchange->in.length;
}
