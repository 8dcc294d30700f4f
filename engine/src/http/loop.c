/*
 * hc_server_next: the loop, run by whoever wants a request.
 *
 * One round: take back what was released, work off the events of the last poll until one yields
 * a request, then the connections that wait for their turn, then poll. A batch of events outlives
 * the call: the next call goes on in it, so that the poll is shared by all its requests.
 *
 * Of several callers one has the role of the loop, see hc/role.h. It leaves with a request and
 * mostly comes back before anybody has taken the role over; when its request takes long, another
 * goes on where it stopped.
 */
#include "http/core.h"

void hc__server_queue(struct hc_server *server, struct hc_conn *conn)
{
    conn->queued = true;
    conn->link = NULL;
    if (server->pending_last)
        server->pending_last->link = conn;
    else
        server->pending_first = conn;
    server->pending_last = conn;
}

static struct hc_conn *unqueue(struct hc_server *server)
{
    struct hc_conn *conn = server->pending_first;
    server->pending_first = conn->link;
    if (!server->pending_first)
        server->pending_last = NULL;
    conn->queued = false;
    return conn;
}

/*
 * A released connection goes on a stack, and a sleeping loop is woken. The sleeper sets `polling`
 * and then looks at the stack, we push and then look at `polling`: in sequentially consistent
 * order one of the two sees the other.
 */
void hc__server_return(struct hc_server *server, struct hc_conn *conn)
{
    struct hc_conn *top = atomic_load_explicit(&server->returned, memory_order_relaxed);
    do
        conn->link = top;
    while (!atomic_compare_exchange_weak(&server->returned, &top, conn));
    hc__server_rouse(server);
}

void hc__server_rouse(struct hc_server *server)
{
    if (atomic_load(&server->polling) && atomic_exchange(&server->polling, false))
        hc_poll_wake(&server->poll);
}

static void update_now(struct hc_server *server, uint64_t now_ms)
{
    if (now_ms > server->now_ms)
        server->now_ms = now_ms;
}

void hc__server_take_back(struct hc_server *server)
{
    struct hc_conn *conn = atomic_exchange(&server->returned, NULL);
    server->unsent_ns = 0;
    update_now(server, hc_clock_coarse_ms());
    while (conn) {
        struct hc_conn *next = conn->link;
        hc__conn_returned(conn);
        conn = next;
    }
}

static void take_returned(struct hc_server *server)
{
    hc__together_rescue(server);
    if (atomic_load_explicit(&server->returned, memory_order_relaxed) &&
        !hc__together_wait(server))
        hc__server_take_back(server);
}

static struct hc_conn *handle_event(struct hc_server *server, const struct hc_poll_event *event)
{
    struct hc__source *source = event->source;
    switch (source->kind) {
    case HC__SOURCE_LISTENER:
        hc__accept_event(server, (struct hc_listener_source *)source);
        return NULL;
    case HC__SOURCE_INTERRUPT: server->interrupted = true; return NULL;
    case HC__SOURCE_CONN: break;
    }
    struct hc_conn *conn = (struct hc_conn *)source;
    return hc__conn_event(conn, event->ready) ? conn : NULL;
}

/* A connection whose request is complete, NULL when the loop has to poll or to stop. */
static struct hc_conn *find_complete(struct hc_server *server)
{
    struct hc_conn *ready = NULL;
    while (!ready && !server->interrupted) {
        if (server->event_next < server->event_count) {
            ready = handle_event(server, &server->events[server->event_next++]);
        } else if (server->pending_first && server->pending_credit > 0) {
            struct hc_conn *conn = unqueue(server);
            server->pending_credit--;
            ready = hc__conn_resume(conn) ? conn : NULL;
        } else {
            return NULL;
        }
        if (!ready && server->unsent_ns > 0)
            take_returned(server); /* files and bodies take their time */
    }
    return ready;
}

/* The request that is handed out, NULL when there is none. Whoever leaves while others run may be
 * away for long, since they share an interpreter: what the last poll has brought is worked off
 * before, so that no file waits for a view. */
static struct hc_conn *find_ready(struct hc_server *server)
{
    bool alone = atomic_load_explicit(&server->held, memory_order_relaxed) == 0;
    struct hc_conn *ready = alone ? hc__turn_next(server) : NULL, *complete;
    while (!ready && (complete = find_complete(server)) != NULL)
        ready = hc__turn_take(server, complete, alone);
    return ready ? ready : hc__turn_next(server);
}

static void begin_drain(struct hc_server *server)
{
    server->drain_begun = true;
    hc__accept_last(server);
    atomic_store(&server->accepting, false);
    for (struct hc_conn *conn = server->open; conn; conn = conn->next) {
        if (conn->state != HC__IDLE || conn->queued)
            continue;
        conn->readable = true; /* one last look before it is closed */
        hc__server_queue(server, conn);
    }
}

/* Called when the events are worked off: time has run out only for those who had sent nothing by
 * the last poll, however long the requests between two polls took. */
static void expire_timers(struct hc_server *server)
{
    struct hc_timer *timer;
    while ((timer = hc_wheel_expire(&server->wheel, server->polled_ms)) != NULL) {
        if (timer == &server->accept_timer) {
            hc_timer_clear(timer);
            hc__accept_resume(server);
        } else if (timer == &server->spare_file.timer) {
            hc__spare_file_drop(server);
        } else {
            hc__conn_timeout((struct hc_conn *)((char *)timer - offsetof(struct hc_conn, timer)));
        }
    }
}

/* Whether the runners have to be looked at. */
static bool some_wait(const struct hc_server *server)
{
    size_t waiting = atomic_load_explicit(&server->waiting_count, memory_order_relaxed);
    return server->runners.count > 0 && waiting > 0;
}

static int poll_timeout(struct hc_server *server, uint64_t deadline_ms)
{
    if (server->pending_first)
        return 0;
    int timeout = hc_wheel_timeout(&server->wheel, server->now_ms);
    int pause = (int)server->config.accept_pause_ms;
    bool paused = atomic_load_explicit(&server->paused, memory_order_relaxed);
    if (paused && (timeout < 0 || timeout > pause))
        timeout = pause;
    if (some_wait(server) && (timeout < 0 || timeout > HC__LOOK_MS))
        timeout = HC__LOOK_MS;
    if (deadline_ms == HC_NEVER)
        return timeout;
    uint64_t left = deadline_ms > server->now_ms ? deadline_ms - server->now_ms : 0;
    return timeout < 0 || left < (uint64_t)timeout ? (int)left : timeout;
}

static enum hc_err wait(struct hc_server *server, uint64_t deadline_ms)
{
    size_t count = 0;
    hc__conn_reap(server);
    update_now(server, hc_clock_coarse_ms());
    hc__turn_pause(server);
    int timeout = hc__turn_widen(server) ? 0 : poll_timeout(server, deadline_ms);
    hc__together_more(server, false);
    atomic_store(&server->polling, true);
    if (atomic_load(&server->returned) || atomic_load(&server->kept))
        timeout = 0;
    enum hc_err err = hc_poll_wait(&server->poll, timeout, server->events, &count);
    atomic_store(&server->polling, false);
    server->event_next = 0;
    server->event_count = count;
    server->pending_credit = HC_POLL_BATCH;
    update_now(server, hc_clock_ns() / 1000000u);
    if (!err && count < HC_POLL_BATCH)
        server->polled_ms = server->now_ms; /* there was nothing else */
    return err;
}

static enum hc_err run(struct hc_server *server, uint64_t deadline_ms, struct hc_conn **ready)
{
    for (bool last = false;; last = server->now_ms >= deadline_ms) {
        if (atomic_load_explicit(&server->woken, memory_order_relaxed)) {
            atomic_store(&server->woken, false);
            return HC_INTERRUPTED;
        }
        if (!server->drain_begun && atomic_load_explicit(&server->draining, memory_order_relaxed))
            begin_drain(server);
        take_returned(server);
        *ready = find_ready(server);
        if (*ready)
            return HC_OK;
        if (server->interrupted) {
            server->interrupted = false;
            return HC_INTERRUPTED;
        }
        expire_timers(server);
        if (server->drain_begun && !server->open)
            return HC_STOPPED;
        if (last)
            return HC_TIMEOUT;
        enum hc_err err = wait(server, deadline_ms);
        if (err)
            return err;
    }
}

static enum hc_err hand_out(struct hc_server *server, struct hc_conn *conn,
                            struct hc_request **request)
{
    hc__turn_begin(server, conn->exchange);
    *request = &conn->exchange->request;
    return HC_OK;
}

enum hc_err hc_server_next(struct hc_server *server, int timeout_ms, struct hc_request **request)
{
    struct hc_conn *ready = NULL;
    uint64_t deadline_ms = HC_NEVER, deadline_ns = UINT64_MAX;
    if (hc_forked(&server->mark))
        return HC_FORKED;
    if (timeout_ms >= 0) {
        deadline_ns = hc_clock_ns() + (uint64_t)timeout_ms * 1000000u;
        deadline_ms = deadline_ns / 1000000u;
    }
    ready = hc__turn_next(server);
    if (ready)
        return hand_out(server, ready, request);
    enum hc_err err = hc_role_take(&server->role, deadline_ns);
    if (err)
        return err;
    err = run(server, deadline_ms, &ready);
    if (!err)
        err = hand_out(server, ready, request);
    else
        hc__server_take_back(server); /* nobody may come to the loop for a while */
    hc__together_more(server, server->event_next < server->event_count);
    bool back_soon = !atomic_load_explicit(&server->contended, memory_order_relaxed);
    hc_role_put(&server->role, err == HC_OK && back_soon);
    return err;
}
