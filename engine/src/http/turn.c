/*
 * Which request is handed out, and when.
 *
 * At most held_max are out at a time; how many of these, is seen by what they use of the processor
 * (hc/runners.h). What comes in beyond that waits in a queue, and as long as there is one,
 * everything that comes in goes through it. Nobody is left waiting: the loop puts a request in and
 * then looks whether a turn is free; whoever gives a turn back does so and then looks into the
 * queue (a thread that comes back for more, or the loop that it wakes). In sequentially consistent
 * order one of the two sees the other.
 */
#include "http/core.h"

static bool try_hold(struct hc_server *server)
{
    size_t most = atomic_load_explicit(&server->turns, memory_order_relaxed);
    size_t held = atomic_load(&server->held);
    while (most == 0 || held < most)
        if (atomic_compare_exchange_weak(&server->held, &held, held + 1))
            return true;
    return false;
}

static void put_in_line(struct hc_server *server, struct hc_conn *conn)
{
    conn->link = NULL;
    pthread_mutex_lock(&server->waiting_lock);
    if (server->waiting_last)
        server->waiting_last->link = conn;
    else
        server->waiting_first = conn;
    server->waiting_last = conn;
    atomic_fetch_add(&server->waiting_count, 1);
    pthread_mutex_unlock(&server->waiting_lock);
}

/* Whether there are no more out than turns; who finds it so may go on with the one that it has. */
static bool may_keep(struct hc_server *server)
{
    size_t most = atomic_load_explicit(&server->turns, memory_order_relaxed);
    return most == 0 || atomic_load(&server->held) <= most;
}

/* The first in line, if there is a turn for it. */
static struct hc_conn *take_first(struct hc_server *server, bool (*has_turn)(struct hc_server *))
{
    struct hc_conn *conn = NULL;
    pthread_mutex_lock(&server->waiting_lock);
    if (server->waiting_first && has_turn(server)) {
        conn = server->waiting_first;
        server->waiting_first = conn->link;
        if (!server->waiting_first)
            server->waiting_last = NULL;
        atomic_fetch_sub(&server->waiting_count, 1);
    }
    pthread_mutex_unlock(&server->waiting_lock);
    return conn;
}

/* A client that has gone while it waited costs nobody a turn. */
static void forget(struct hc_server *server, struct hc_conn *conn)
{
    conn->exchange->started = conn->exchange->finished = conn->exchange->cut = true;
    atomic_fetch_sub(&server->held, 1);
    hc__server_return(server, conn);
}

static void accept_again(struct hc_server *server)
{
    bool empty = atomic_load(&server->waiting_count) == 0;
    if (empty && atomic_load_explicit(&server->paused, memory_order_relaxed) &&
        atomic_exchange(&server->polling, false))
        hc_poll_wake(&server->poll);
}

struct hc_conn *hc__turn_next(struct hc_server *server)
{
    struct hc_conn *conn = NULL;
    while (!conn && atomic_load(&server->waiting_count) > 0) {
        conn = take_first(server, try_hold);
        if (!conn)
            return NULL;
        if (atomic_load_explicit(&conn->broken, memory_order_relaxed)) {
            forget(server, conn);
            conn = NULL;
        }
    }
    accept_again(server);
    return conn;
}

struct hc_conn *hc__turn_take(struct hc_server *server, struct hc_conn *ready, bool at_once)
{
    size_t most = server->config.queue_max, waiting = atomic_load(&server->waiting_count);
    struct hc_conn *first = NULL;
    if (at_once && waiting == 0 && try_hold(server))
        return ready;
    if (most > 0 && waiting >= most) {
        first = hc__turn_next(server);
        if (!first) {
            hc__conn_refuse(ready, 503, "too many requests are waiting");
            return NULL;
        }
    }
    put_in_line(server, ready);
    return first || !at_once ? first : hc__turn_next(server);
}

bool hc_server_crowded(const struct hc_server *server)
{
    return atomic_load_explicit(&server->held, memory_order_relaxed) > 1;
}

void hc_server_contended(struct hc_server *server, bool contended)
{
    if (atomic_load_explicit(&server->contended, memory_order_relaxed) != contended)
        atomic_store_explicit(&server->contended, contended, memory_order_relaxed);
}

void hc__turn_begin(struct hc_server *server, struct hc_exchange *exchange)
{
    exchange->runner = hc_runners_begin(&server->runners);
}

void hc__turn_over(struct hc_server *server, struct hc_exchange *exchange)
{
    hc_runner_end(exchange->runner);
    exchange->runner = NULL;
    atomic_fetch_sub(&server->held, 1);
}

struct hc_conn *hc__turn_pass(struct hc_server *server, struct hc_exchange *exchange)
{
    bool wait = atomic_load(&server->waiting_count) > 0;
    struct hc_conn *conn = wait ? take_first(server, may_keep) : NULL;
    if (!conn) {
        hc__turn_over(server, exchange);
        return NULL;
    }
    hc_runner_end(exchange->runner);
    exchange->runner = NULL;
    accept_again(server);
    if (!atomic_load_explicit(&conn->broken, memory_order_relaxed))
        return conn;
    forget(server, conn);
    return NULL;
}

/* Nobody has waited for a while: as many turns as at first. Those that are out have been enough until
 * now, and what they leave room for is seen next time. */
static void begin_anew(struct hc_server *server)
{
    size_t held = atomic_load(&server->held), turns = server->level.turns;
    if (turns > held)
        turns = held;
    if (turns < server->turns_at_first)
        turns = server->turns_at_first;
    server->level = (struct hc_runners_level){.turns = turns};
}

/* Requests wait: as many turns as those who have one leave room for. What was used in a window that
 * is much longer than it should be tells nothing, since nobody waited in most of it. */
static void count_turns(struct hc_server *server, uint64_t now_ns)
{
    uint64_t since_ns = now_ns - server->runners.seen_ns;
    if (since_ns < HC__LOOK_MS * 1000000u)
        return;
    struct hc_runners_load load = hc_runners_look(&server->runners, now_ns);
    if (since_ns > HC__FORGET_MS * 1000000u)
        begin_anew(server);
    else if (since_ns < 3 * HC__LOOK_MS * 1000000u)
        hc_runners_adapt(&server->level, &load, server->config.held_max);
    hc_runners_allow(&server->level, &load, server->config.held_max);
    atomic_store_explicit(&server->turns, server->level.turns, memory_order_relaxed);
}

bool hc__turn_widen(struct hc_server *server)
{
    if (server->runners.count == 0 || atomic_load(&server->waiting_count) == 0)
        return false;
    count_turns(server, hc_clock_ns());
    return atomic_load(&server->held) < atomic_load(&server->turns);
}

void hc__turn_pause(struct hc_server *server)
{
    unsigned pause = server->config.accept_pause_ms;
    bool waiting = pause > 0 && atomic_load(&server->waiting_count) > 0;
    bool paused = atomic_load_explicit(&server->paused, memory_order_relaxed);
    if (waiting && paused && !server->drain_begun && server->now_ms >= server->paused_ms + pause) {
        hc__accept_now(server); /* nobody else was free either */
        server->paused_ms = server->now_ms;
    }
    if (waiting == paused)
        return;
    atomic_store(&server->paused, waiting);
    server->paused_ms = server->now_ms;
    if (server->drain_begun)
        return;
    if (waiting)
        hc__accept_stop(server);
    else
        hc__accept_resume(server);
}
