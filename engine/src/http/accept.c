/* Accepting, and pausing it: at max_connections, when descriptors run out, while draining. */
#include "http/core.h"

#include <unistd.h>

enum {
    BATCH = 4, /* small, so that workers that share a listener share its connections */
    RETRY_MS = 200,
};

static bool at_limit(struct hc_server *server)
{
    return atomic_load_explicit(&server->count_connections, memory_order_relaxed) >=
           server->config.max_connections;
}

void hc__accept_stop(struct hc_server *server)
{
    for (size_t i = 0; i < server->config.listener_count; i++) {
        struct hc_listener_source *listener = &server->listeners[i];
        if (listener->polled)
            hc_poll_remove(&server->poll, listener->source.fd);
        listener->polled = false;
    }
}

enum hc_err hc__accept_start(struct hc_server *server)
{
    for (size_t i = 0; i < server->config.listener_count; i++) {
        struct hc_listener_source *listener = &server->listeners[i];
        if (listener->polled)
            continue;
        enum hc_err err = hc_poll_add_listener(&server->poll, listener->source.fd, listener);
        if (err)
            return err;
        listener->polled = true;
    }
    return HC_OK;
}

static void pause_a_while(struct hc_server *server)
{
    hc__accept_stop(server);
    hc_timer_set(&server->wheel, &server->accept_timer, server->now_ms + RETRY_MS);
}

void hc__accept_resume(struct hc_server *server)
{
    if (server->drain_begun || at_limit(server) ||
        atomic_load_explicit(&server->paused, memory_order_relaxed))
        return;
    server->full = false;
    if (hc__accept_start(server))
        pause_a_while(server);
}

/* True when another connection may be waiting. */
static bool accept_one(struct hc_server *server, struct hc_listener_source *listener)
{
    struct hc_peer peer;
    int fd;
    enum hc_err err = hc_listener_accept(listener->source.fd, &fd, &peer);
    if (err == HC_TIMEOUT)
        return false;
    if (err == HC_CLOSED)
        return true;
    size_t index = (size_t)(listener - server->listeners);
    if (!err && hc__conn_create(server, fd, &peer, index))
        return true;
    if (!err)
        close(fd);
    if (!server->drain_begun)
        pause_a_while(server);
    return false;
}

void hc__accept_event(struct hc_server *server, struct hc_listener_source *listener)
{
    for (int i = 0; i < BATCH && listener->polled; i++) {
        if (at_limit(server)) {
            server->full = true;
            hc__accept_stop(server);
            return;
        }
        if (!accept_one(server, listener))
            return;
    }
}

void hc__accept_now(struct hc_server *server)
{
    for (size_t i = 0; i < server->config.listener_count; i++)
        for (int j = 0; j < BATCH && !at_limit(server); j++)
            if (!accept_one(server, &server->listeners[i]))
                break;
}

void hc__accept_last(struct hc_server *server)
{
    hc__accept_stop(server);
    for (size_t i = 0; i < server->config.listener_count; i++)
        while (!at_limit(server) && accept_one(server, &server->listeners[i]))
            continue;
}
