/*
 * Answers that go together.
 *
 * A client asleep is woken by what it is sent, and that costs the sender as much as the sending;
 * what the kernel does then has also pushed the application out of the caches. So while one thread
 * works off the requests that a poll has brought, its short answers may stay where they were made,
 * in their exchanges, and be sent in one go. Who waits for one waits for less than together_us and
 * the next request's time, which is a fraction of that; when the next one takes longer, another
 * thread takes the loop over, as it always does, and sends them.
 *
 * The thread that answers decides by what the loop said when it left. If that has changed since,
 * the loop is at work or is woken by the connection that comes back: it finds the answer either
 * way.
 */
#include "http/core.h"

enum { FRACTION = 2 };

bool hc__together_may(const struct hc_server *server)
{
    return server->config.together_us > 0 &&
           atomic_load_explicit(&server->more, memory_order_relaxed) &&
           atomic_load_explicit(&server->held, memory_order_relaxed) == 1;
}

bool hc__together_wait(struct hc_server *server)
{
    uint64_t most = server->config.together_us * UINT64_C(1000);
    bool more = server->event_next < server->event_count && !server->drain_begun;
    uint64_t now = more && most > 0 ? hc_clock_ns() : 0;
    bool quick = now > 0 && now - hc_role_put_ns(&server->role) < most / FRACTION;
    if (quick && server->unsent_ns == 0)
        server->unsent_ns = now;
    if (quick && now - server->unsent_ns < most)
        return true;
    server->unsent_ns = 0;
    return false;
}

void hc__together_more(struct hc_server *server, bool more)
{
    if (atomic_load_explicit(&server->more, memory_order_relaxed) != more)
        atomic_store_explicit(&server->more, more, memory_order_relaxed);
}

void hc__together_send(struct hc_exchange *exchange)
{
    struct iovec whole = {exchange->head.data, exchange->head.length};
    exchange->unsent = false;
    if (hc__conn_send(exchange->conn, &whole, 1, false))
        exchange->cut = true;
}
