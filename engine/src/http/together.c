/*
 * Answers that go together.
 *
 * A client asleep is woken by what it is sent, and that costs the sender as much as the sending;
 * what the kernel does then has also pushed the application out of the caches. So while one thread
 * works off the requests that a poll has brought, its short answers may stay where they were made,
 * in their exchanges, and be sent in one go.
 *
 * The thread that answers decides by what the loop said when it left. If that has changed since,
 * the loop is at work or is woken: by the answer that is kept, and by the connection that comes
 * back. Until it has come back the answer is in `kept`, and with it sent by whoever takes the loop
 * over from a thread that is still busy after it has answered (WSGI's close(), a generator's end).
 * There is never more than one: its holder has the only request that is out, and what the loop
 * answers by itself is sent at once.
 *
 * Those that are back wait for less than together_us and one more request, which is a fraction of
 * that; when it takes longer, another thread has the loop, and sends them.
 */
#include "http/core.h"

enum { FRACTION = 4 };

static bool alone(const struct hc_server *server, size_t held)
{
    return atomic_load_explicit(&server->held, memory_order_relaxed) == held &&
           atomic_load_explicit(&server->waiting_count, memory_order_relaxed) == 0;
}

bool hc__together_may(const struct hc_exchange *exchange)
{
    const struct hc_conn *conn = exchange->conn;
    const struct hc_server *server = conn->server;
    return server->config.together_us > 0 && !conn->hasty && alone(server, 1) &&
           atomic_load_explicit(&server->more, memory_order_relaxed);
}

/* We keep it and then look whether the loop sleeps; it says that it sleeps and then looks for what
 * is kept. In sequentially consistent order one of the two sees the other. */
void hc__together_keep(struct hc_exchange *exchange)
{
    struct hc_server *server = exchange->conn->server;
    exchange->unsent = true;
    atomic_store(&server->kept, exchange);
    hc__server_rouse(server);
}

bool hc__together_withdraw(struct hc_exchange *exchange)
{
    struct hc_server *server = exchange->conn->server;
    struct hc_exchange *kept = exchange;
    return atomic_load_explicit(&server->kept, memory_order_relaxed) == exchange &&
           atomic_compare_exchange_strong(&server->kept, &kept, NULL);
}

void hc__together_send(struct hc_exchange *exchange)
{
    struct iovec whole = {exchange->head.data, exchange->head.length};
    exchange->unsent = false;
    enum hc_err err = hc__conn_send(exchange->conn, &whole, 1, false);
    (void)err; /* the connection is broken then; `cut` is the holder's, who may be at work */
}

void hc__together_rescue(struct hc_server *server)
{
    if (!atomic_load_explicit(&server->kept, memory_order_relaxed))
        return;
    struct hc_exchange *kept = atomic_exchange(&server->kept, NULL);
    if (kept)
        hc__together_send(kept);
}

bool hc__together_wait(struct hc_server *server)
{
    uint64_t most = server->config.together_us * UINT64_C(1000);
    bool more = server->event_next < server->event_count && !server->drain_begun;
    uint64_t now = more && most > 0 && alone(server, 0) ? hc_clock_ns() : 0;
    bool quick = now > 0 && now - hc_role_put_ns(&server->role) < most / FRACTION;
    if (quick && server->unsent_ns == 0)
        server->unsent_ns = now;
    return quick && now - server->unsent_ns < most;
}

void hc__together_more(struct hc_server *server, bool more)
{
    if (atomic_load_explicit(&server->more, memory_order_relaxed) != more)
        atomic_store_explicit(&server->more, more, memory_order_relaxed);
}
