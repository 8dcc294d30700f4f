/* What the engine tests share: cmocka, an allocator that fails on demand, a server, clients. */
#ifndef SUPPORT_H
#define SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hc/alloc.h"
#include "hc/server.h"

#define assert_ok(expression) assert_int_equal((expression), HC_OK)
#define assert_bytes(bytes, text) assert_bytes_equal((bytes), (text), __FILE__, __LINE__)

void assert_bytes_equal(struct hc_bytes bytes, const char *text, const char *file, int line);

/* The allocation number `fail_at` (from 0) and all later ones fail; `live` counts what is not
 * freed. Several threads may share one. */
struct failing_alloc {
    struct hc_alloc hook;
    size_t fail_at;
    size_t count;
    size_t live;
};

void failing_alloc_init(struct failing_alloc *alloc, size_t fail_at);

/* A small deterministic generator: xorshift64. */
uint64_t next_random(uint64_t *state);

/* A listening socket on a free port of the loopback interface. */
int open_listener(uint16_t *port);

struct fixture {
    struct hc_server *server;
    struct hc_server_config config;
    int listener;
    uint16_t port;
};

/* `open_fixture` listens and fills the config; change it, then `start_fixture`. */
void open_fixture(struct fixture *fixture);
void start_fixture(struct fixture *fixture);
void close_fixture(struct fixture *fixture);

int connect_client(const struct fixture *fixture);
void send_bytes(int client, const char *data, size_t length);
void send_text(int client, const char *text);

/* The next request; fails the test when none comes in ten seconds. */
struct hc_request *must_next(struct fixture *fixture);
/* Runs the loop until the client's socket can be read. No request may come meanwhile. */
void pump_until_readable(struct fixture *fixture, int client);
/* Runs the loop until `connections` are open. No request may come meanwhile. */
void pump_until_connections(struct fixture *fixture, size_t connections);

/* Answers 200 with a text, and releases. */
void answer(struct hc_request *request, const char *body);

/* Reads until `ending` has come (NULL: until the end of the connection) while running the loop;
 * the result is a static buffer. */
const char *read_until(struct fixture *fixture, int client, const char *ending);
/* The same without running the loop, for servers that run in another thread. */
const char *read_plain_until(int client, const char *ending);
/* True when the connection has ended (a reset counts). */
bool at_end(struct fixture *fixture, int client);

#endif
