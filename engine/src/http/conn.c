/* The life of a connection, apart from reading requests (read.c) and writing (out.c). */
#include "http/core.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    SPARE_MAX = 128,
    LINGER_READS_MAX = 16, /* in one go; then the others have their turn */
};

static struct hc_conn *create(struct hc_server *server)
{
    struct hc_conn *conn = server->spare_conns;
    if (conn) {
        server->spare_conns = conn->link;
        server->spare_conn_count--;
        return conn;
    }
    conn = hc_alloc_zeroed(server->config.alloc, sizeof(*conn));
    if (!conn)
        return NULL;
    if (pthread_mutex_init(&conn->out_lock, NULL) != 0) {
        hc_alloc_free(server->config.alloc, conn);
        return NULL;
    }
    hc_buffer_init(&conn->out, server->config.alloc, server->config.out_max);
    conn->file_fd = -1;
    conn->server = server;
    conn->source.kind = HC__SOURCE_CONN;
    return conn;
}

void hc__conn_destroy(struct hc_conn *conn)
{
    struct hc_server *server = conn->server;
    hc__conn_forget_out(conn);
    hc_buffer_deinit(&conn->out);
    pthread_mutex_destroy(&conn->out_lock);
    hc_alloc_free(server->config.alloc, conn);
}

static void recycle(struct hc_conn *conn)
{
    struct hc_server *server = conn->server;
    if (server->spare_conn_count >= SPARE_MAX) {
        hc__conn_destroy(conn);
        return;
    }
    conn->link = server->spare_conns;
    server->spare_conns = conn;
    server->spare_conn_count++;
}

void hc__conn_set_deadline(struct hc_conn *conn, unsigned timeout_ms)
{
    struct hc_server *server = conn->server;
    hc_timer_set(&server->wheel, &conn->timer, server->now_ms + timeout_ms);
}

struct hc_conn *hc__conn_create(struct hc_server *server, int fd, const struct hc_peer *peer,
                                size_t listener)
{
    struct hc_conn *conn = create(server);
    if (!conn)
        return NULL;
    conn->source.fd = fd;
    if (hc_poll_add_stream(&server->poll, fd, conn)) {
        recycle(conn);
        return NULL;
    }
    conn->state = HC__IDLE;
    conn->queued = conn->readable = conn->ended = conn->served = false;
    conn->introduced = server->config.proxy_protocol == 0;
    conn->exchange = NULL;
    conn->wake_at = 1;
    conn->out_sent = 0;
    atomic_store_explicit(&conn->broken, false, memory_order_relaxed);
    atomic_store_explicit(&conn->imposed, 0, memory_order_relaxed);
    conn->peer = *peer;
    conn->listener = listener;
    conn->prev = NULL;
    conn->next = server->open;
    if (server->open)
        server->open->prev = conn;
    server->open = conn;
    hc_timer_init(&conn->timer);
    hc__conn_set_deadline(conn, server->config.header_timeout_ms);
    atomic_fetch_add_explicit(&server->count_connections, 1, memory_order_relaxed);
    hc__count(&server->count_accepted);
    return conn;
}

void hc__conn_drop_exchange(struct hc_conn *conn)
{
    if (conn->exchange)
        hc__exchange_release(conn->server, conn->exchange);
    conn->exchange = NULL;
}

void hc__conn_close(struct hc_conn *conn)
{
    struct hc_server *server = conn->server;
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        server->open = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    hc_timer_remove(&server->wheel, &conn->timer);
    hc__conn_drop_exchange(conn);
    hc__conn_forget_out(conn);
    if (conn->after == HC__RESET) {
        const struct linger reset = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(conn->source.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    }
    close(conn->source.fd);
    conn->after = HC__NEXT_REQUEST;
    conn->state = HC__DEAD;
    conn->link = server->dead;
    server->dead = conn;
    atomic_fetch_sub_explicit(&server->count_connections, 1, memory_order_relaxed);
    hc__accept_resume(server);
}

void hc__conn_reap(struct hc_server *server)
{
    while (server->dead) {
        struct hc_conn *conn = server->dead;
        server->dead = conn->link;
        recycle(conn);
    }
}

/* The response is gone and the connection stays: the next request, where it has begun. */
static void next_request(struct hc_conn *conn)
{
    struct hc_server *server = conn->server;
    struct hc_exchange *exchange = conn->exchange;
    bool begun = exchange && hc__exchange_next(exchange) > 0;
    if (!begun)
        hc__conn_drop_exchange(conn);
    conn->state = HC__IDLE;
    if (server->drain_begun)
        conn->readable = true; /* one last look before it is closed */
    if (begun || conn->readable)
        hc__server_queue(server, conn);
    else
        hc__conn_set_deadline(conn, server->config.keep_alive_timeout_ms);
}

/* Reads and forgets: data unread at close() would become a reset, and a reset can overtake the
 * response (RFC 9112, 9.6). */
static void linger_read(struct hc_conn *conn)
{
    char scratch[4096];
    for (int reads = 0; conn->readable; reads++) {
        if (reads == LINGER_READS_MAX) {
            hc__server_queue(conn->server, conn);
            return;
        }
        ssize_t got = recv(conn->source.fd, scratch, sizeof(scratch), 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            hc__conn_close(conn);
            return;
        }
        conn->readable = got == (ssize_t)sizeof(scratch) || (got > 0 && conn->ended);
    }
}

static void linger(struct hc_conn *conn)
{
    if (shutdown(conn->source.fd, SHUT_WR) != 0) {
        hc__conn_close(conn);
        return;
    }
    conn->state = HC__LINGER;
    hc__conn_set_deadline(conn, conn->server->config.linger_timeout_ms);
    linger_read(conn);
}

static void flushed(struct hc_conn *conn)
{
    bool broken = atomic_load_explicit(&conn->broken, memory_order_relaxed);
    if (!broken && conn->after == HC__NEXT_REQUEST)
        next_request(conn);
    else if (!broken && conn->after == HC__CLOSE_AFTER_LINGER)
        linger(conn);
    else
        hc__conn_close(conn);
}

/* Not everything could be sent; `err` of hc__conn_flush says why. */
static void await_client(struct hc_conn *conn, enum hc_err err)
{
    if (err == HC_LIMIT)
        hc__server_queue(conn->server, conn);
    hc__conn_set_deadline(conn, conn->server->config.send_timeout_ms);
}

void hc__conn_end(struct hc_conn *conn, enum hc__after after)
{
    struct hc_exchange *exchange = conn->exchange;
    enum hc_err err = HC_OK;
    conn->after = after;
    if (hc__conn_has_out(conn))
        err = hc__conn_flush(conn, true);
    if (!err) {
        flushed(conn);
        return;
    }
    if (after != HC__NEXT_REQUEST || exchange->raw == exchange->in.length)
        hc__conn_drop_exchange(conn);
    conn->state = HC__FLUSH;
    await_client(conn, err);
}

void hc__conn_returned(struct hc_conn *conn)
{
    const struct hc_exchange *exchange = conn->exchange;
    const struct hc_framing *framing = &exchange->framing;
    enum hc__after after = HC__NEXT_REQUEST;
    if (exchange->unsent)
        hc__together_send(conn->exchange);
    if (exchange->cut && !framing->chunked && !framing->has_length)
        after = HC__RESET; /* the end of the connection must not look like the end of the body */
    else if (exchange->cut || framing->close)
        after = conn->readable || exchange->raw < exchange->in.length ? HC__CLOSE_AFTER_LINGER
                                                                      : HC__CLOSE;
    hc__conn_end(conn, after);
}

static void send_more(struct hc_conn *conn)
{
    enum hc_err err = hc__conn_flush(conn, true);
    if (err)
        await_client(conn, err);
    else
        flushed(conn);
}

bool hc__conn_resume(struct hc_conn *conn)
{
    if (conn->state == HC__FLUSH) {
        send_more(conn);
        return false;
    }
    if (conn->state == HC__LINGER) {
        linger_read(conn);
        return false;
    }
    return hc__conn_advance(conn);
}

bool hc__conn_event(struct hc_conn *conn, unsigned ready)
{
    conn->readable |= (ready & HC_POLL_READ) != 0;
    conn->ended |= (ready & HC_POLL_END) != 0;
    if (ready & HC_POLL_HANGUP)
        atomic_store_explicit(&conn->broken, true, memory_order_relaxed);
    if (conn->queued)
        return false;
    switch (conn->state) {
    case HC__IDLE:
    case HC__HEAD:
    case HC__BODY:
        if ((ready & HC_POLL_WRITE) && conn->out.length > 0)
            (void)hc__conn_flush(conn, false); /* 100 (Continue) */
        return conn->readable && hc__conn_advance(conn);
    case HC__HELD:
        if (ready & HC_POLL_WRITE)
            (void)hc__conn_flush(conn, false);
        break;
    case HC__FLUSH: send_more(conn); break;
    case HC__LINGER: linger_read(conn); break;
    case HC__DEAD: break;
    }
    return false;
}

/* What has gathered of a body is reported now; the client's time begins if there is nothing. */
static void look_again(struct hc_conn *conn)
{
    hc__body_gathered(conn);
    hc__conn_set_deadline(conn, conn->server->config.body_timeout_ms);
}

void hc__conn_timeout(struct hc_conn *conn)
{
    if (conn->queued)
        hc__conn_set_deadline(conn, HC_WHEEL_TICK_MS); /* its turn comes first */
    else if (conn->state == HC__HEAD)
        hc__conn_refuse(conn, 408, "the header did not come in time");
    else if (conn->state == HC__BODY && conn->wake_at > 1)
        look_again(conn);
    else if (conn->state == HC__BODY)
        hc__conn_refuse(conn, 408, "the body did not come in time");
    else
        hc__conn_close(conn);
}
