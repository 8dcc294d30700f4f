#include "http/core.h"

#include <errno.h>
#include <time.h>
#include <unistd.h>

void hc_server_config_init(struct hc_server_config *config)
{
    *config = (struct hc_server_config){
        .interrupt_fd = -1,
        .name = "hotclub",
        .body_directory = "/tmp",
        .max_connections = 1000,
        .line_max = 8190,
        .header_count_max = 100,
        .header_max = 65536,
        .body_max = UINT64_C(1) << 30,
        .body_memory = 256 * 1024,
        .out_max = 1024 * 1024,
        .retry_after = 1,
        .accept_pause_ms = 5,
        .parked_max = SIZE_MAX,
        .header_timeout_ms = 10 * 1000,
        .body_timeout_ms = 30 * 1000,
        .send_timeout_ms = 30 * 1000,
        .keep_alive_timeout_ms = 75 * 1000,
        .linger_timeout_ms = 2 * 1000,
    };
}

static bool name_valid(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name < ' ' || *name == 0x7f)
            return false;
    return true;
}

static bool timeouts_valid(const struct hc_server_config *config)
{
    return config->header_timeout_ms > 0 && config->body_timeout_ms > 0 &&
           config->send_timeout_ms > 0 && config->send_timeout_ms <= INT32_MAX &&
           config->linger_timeout_ms > 0;
}

static bool limits_valid(const struct hc_server_config *config)
{
    const size_t most = SIZE_MAX / 16;
    return config->max_connections > 0 && config->line_max > 0 && config->line_max < most &&
           config->header_max > 0 && config->header_max < most && config->header_count_max > 0 &&
           config->field_max < most &&
           config->header_count_max < most / sizeof(struct hc_header) &&
           config->body_memory < most && config->body_max <= INT64_MAX && config->out_max > 0;
}

static bool config_valid(const struct hc_server_config *config)
{
    return config->listeners && config->listener_count > 0 && config->name &&
           name_valid(config->name) && config->body_directory && limits_valid(config) &&
           timeouts_valid(config);
}

static enum hc_err copy_networks(struct hc_server *server, const struct hc_server_config *config)
{
    size_t size = config->proxy_network_count * sizeof(*server->networks);
    if (size == 0)
        return HC_OK;
    server->networks = hc_alloc_get(config->alloc, size);
    if (!server->networks)
        return HC_NOMEM;
    memcpy(server->networks, config->proxy_networks, size);
    server->config.proxy_networks = server->networks;
    return HC_OK;
}

static void free_copies(struct hc_server *server)
{
    hc_alloc_free(server->config.alloc, server->networks);
    hc_alloc_free(server->config.alloc, server->texts);
    hc_alloc_free(server->config.alloc, server->listeners);
}

/* The configuration points to texts and arrays of the caller: copies. */
static enum hc_err copy_config(struct hc_server *server, const struct hc_server_config *config)
{
    size_t name = strlen(config->name), directory = strlen(config->body_directory);
    server->config = *config;
    server->listeners = hc_alloc_zeroed(config->alloc,
                                        config->listener_count * sizeof(*server->listeners));
    if (!server->listeners)
        return HC_NOMEM;
    server->texts = hc_alloc_get(config->alloc, name + directory + 2);
    if (!server->texts || copy_networks(server, config)) {
        free_copies(server);
        return HC_NOMEM;
    }
    memcpy(server->texts, config->name, name + 1);
    memcpy(server->texts + name + 1, config->body_directory, directory + 1);
    server->name = hc_bytes(server->texts, name);
    server->config.name = server->texts;
    server->config.body_directory = server->texts + name + 1;
    for (size_t i = 0; i < config->listener_count; i++) {
        server->listeners[i].source.kind = HC__SOURCE_LISTENER;
        server->listeners[i].source.fd = config->listeners[i];
    }
    server->config.listeners = NULL;
    return HC_OK;
}

static enum hc_err prepare_listeners(struct hc_server *server)
{
    for (size_t i = 0; i < server->config.listener_count; i++) {
        enum hc_err err = hc_listener_prepare(server->listeners[i].source.fd);
        if (err)
            return err;
    }
    if (server->config.interrupt_fd >= 0) {
        server->interrupt.kind = HC__SOURCE_INTERRUPT;
        server->interrupt.fd = server->config.interrupt_fd;
        enum hc_err err = hc_poll_add_level(&server->poll, server->interrupt.fd,
                                            &server->interrupt);
        if (err)
            return err;
    }
    return hc__accept_start(server);
}

static void init_loop(struct hc_server *server)
{
    server->now_ms = server->polled_ms = hc_clock_ns() / 1000000u;
    hc_wheel_init(&server->wheel, server->now_ms);
    hc_timer_init(&server->accept_timer);
    hc__spare_file_init(&server->spare_file);
    server->pipe[0] = server->pipe[1] = -1;
    atomic_init(&server->accepting, true);
}

/* With one turn there is nothing to decide. */
static enum hc_err init_turns(struct hc_server *server)
{
    size_t most = server->config.held_max, first = server->config.held_first;
    server->turns_at_first = first > 0 && first < most ? first : most;
    server->level.turns = server->turns_at_first;
    atomic_init(&server->turns, server->turns_at_first);
    return hc_runners_init(&server->runners, server->config.alloc, most > 1 ? most + 1 : 0);
}

enum hc_err hc_server_create(const struct hc_server_config *config, struct hc_server **made)
{
    if (!config_valid(config))
        return HC_INVALID;
    enum hc_err err = HC_NOMEM;
    struct hc_server *server = hc_alloc_zeroed(config->alloc, sizeof(*server));
    if (!server)
        return err;
    err = copy_config(server, config);
    if (err)
        goto free_server;
    err = hc_fork_mark_init(&server->mark);
    if (err)
        goto free_copies;
    err = hc_poll_init(&server->poll);
    if (err)
        goto deinit_mark;
    err = hc_role_init(&server->role);
    if (err)
        goto deinit_poll;
    err = HC_NOMEM;
    if (pthread_mutex_init(&server->waiting_lock, NULL) != 0)
        goto deinit_role;
    err = init_turns(server);
    if (err)
        goto destroy_lock;
    init_loop(server);
    err = prepare_listeners(server);
    if (err)
        goto deinit_runners;
    *made = server;
    return HC_OK;

deinit_runners:
    hc_runners_deinit(&server->runners);
destroy_lock:
    pthread_mutex_destroy(&server->waiting_lock);
deinit_role:
    hc_role_deinit(&server->role);
deinit_poll:
    hc_poll_deinit(&server->poll);
deinit_mark:
    hc_fork_mark_deinit(&server->mark);
free_copies:
    free_copies(server);
free_server:
    hc_alloc_free(config->alloc, server);
    return err;
}

void hc_server_destroy(struct hc_server *server)
{
    if (!server)
        return;
    const struct hc_alloc *alloc = server->config.alloc;
    bool forked = hc_forked(&server->mark);
    server->drain_begun = true; /* nothing is accepted any more */
    if (!forked)
        hc__server_take_back(server);
    while (server->open) {
        server->open->after = HC__CLOSE; /* a reset would reach the parent's client */
        hc__conn_close(server->open);
    }
    hc__conn_reap(server);
    while (server->spare_conns) {
        struct hc_conn *conn = server->spare_conns;
        server->spare_conns = conn->link;
        hc__conn_destroy(conn);
    }
    while (server->spare_exchanges) {
        struct hc_exchange *exchange = server->spare_exchanges;
        server->spare_exchanges = exchange->link;
        hc__exchange_destroy(server, exchange);
    }
    hc__spare_file_drop(server);
    hc__pipe_close(server);
    hc_runners_deinit(&server->runners);
    pthread_mutex_destroy(&server->waiting_lock);
    if (!forked) /* in a child it may for ever be waited for by threads that are not there */
        hc_role_deinit(&server->role);
    hc_poll_deinit(&server->poll);
    hc_fork_mark_deinit(&server->mark);
    free_copies(server);
    hc_alloc_free(alloc, server);
}

void hc_server_wake(struct hc_server *server)
{
    atomic_store(&server->woken, true);
    hc_poll_wake(&server->poll);
}

void hc_server_drain(struct hc_server *server)
{
    atomic_store(&server->draining, true);
    hc_poll_wake(&server->poll);
}

void hc_server_counts(struct hc_server *server, struct hc_server_counts *counts)
{
    counts->connections = atomic_load_explicit(&server->count_connections, memory_order_relaxed);
    counts->accepted = atomic_load_explicit(&server->count_accepted, memory_order_relaxed);
    counts->requests = atomic_load_explicit(&server->count_requests, memory_order_relaxed);
    counts->refused = atomic_load_explicit(&server->count_refused, memory_order_relaxed);
    counts->accepting = atomic_load(&server->accepting);
}
