#include "support.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, STEP_MS = 5 };

void assert_bytes_equal(struct hc_bytes bytes, const char *text, const char *file, int line)
{
    if (hc_bytes_equal(bytes, hc_bytes_of(text)))
        return;
    print_error("%s:%d: \"%.*s\" is not \"%s\"\n", file, line, (int)bytes.length, bytes.at, text);
    fail();
}

static void *resize(void *context, void *memory, size_t size)
{
    struct failing_alloc *alloc = context;
    if (size == 0) {
        __atomic_fetch_sub(&alloc->live, memory != NULL, __ATOMIC_RELAXED);
        free(memory);
        return NULL;
    }
    if (__atomic_fetch_add(&alloc->count, 1, __ATOMIC_RELAXED) >= alloc->fail_at)
        return NULL;
    __atomic_fetch_add(&alloc->live, memory == NULL, __ATOMIC_RELAXED);
    return realloc(memory, size);
}

void failing_alloc_init(struct failing_alloc *alloc, size_t fail_at)
{
    *alloc = (struct failing_alloc){.hook = {resize, alloc}, .fail_at = fail_at};
}

uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

int open_listener(uint16_t *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(fd, 128), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    *port = ntohs(address.sin_port);
    return fd;
}

void open_fixture(struct fixture *fixture)
{
    memset(fixture, 0, sizeof(*fixture));
    fixture->listener = open_listener(&fixture->port);
    hc_server_config_init(&fixture->config);
    fixture->config.listeners = &fixture->listener;
    fixture->config.listener_count = 1;
}

void start_fixture(struct fixture *fixture)
{
    assert_ok(hc_server_create(&fixture->config, &fixture->server));
}

void close_fixture(struct fixture *fixture)
{
    hc_server_destroy(fixture->server);
    close(fixture->listener);
}

int connect_client(const struct fixture *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(fixture->port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

void send_bytes(int client, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(client, data, length, MSG_NOSIGNAL);
        assert_true(sent > 0);
        data += sent;
        length -= (size_t)sent;
    }
}

void send_text(int client, const char *text)
{
    send_bytes(client, text, strlen(text));
}

struct hc_request *must_next(struct fixture *fixture)
{
    struct hc_request *request = NULL;
    assert_ok(hc_server_next(fixture->server, PATIENCE_MS, &request));
    return request;
}

static void pump(struct fixture *fixture)
{
    struct hc_request *request = NULL;
    enum hc_err err = hc_server_next(fixture->server, STEP_MS, &request);
    if (err != HC_TIMEOUT && err != HC_STOPPED)
        fail_msg("expected nothing to happen: %s", hc_err_text(err));
}

static bool readable(int client, int timeout_ms)
{
    struct pollfd poll_for = {.fd = client, .events = POLLIN};
    return poll(&poll_for, 1, timeout_ms) > 0;
}

void pump_until_readable(struct fixture *fixture, int client)
{
    for (int i = 0; i < PATIENCE_MS / STEP_MS; i++) {
        if (readable(client, 0))
            return;
        pump(fixture);
    }
    fail_msg("nothing to read for %d ms", PATIENCE_MS);
}

void pump_until_connections(struct fixture *fixture, size_t connections)
{
    for (int i = 0; i < PATIENCE_MS / STEP_MS; i++) {
        struct hc_server_counts counts;
        hc_server_counts(fixture->server, &counts);
        if (counts.connections == connections)
            return;
        pump(fixture);
    }
    fail_msg("never had %zu connections", connections);
}

void answer(struct hc_request *request, const char *body)
{
    const struct hc_bytes piece = hc_bytes_of(body);
    assert_ok(hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &piece, 1));
    hc_request_release(request);
}

static const char *read_loop(struct fixture *fixture, int client, const char *ending)
{
    static char text[1 << 16];
    size_t length = 0, tail = ending ? strlen(ending) : 0;
    text[0] = '\0';
    while (!ending || length < tail || memcmp(text + length - tail, ending, tail) != 0) {
        if (fixture)
            pump_until_readable(fixture, client);
        else if (!readable(client, PATIENCE_MS))
            fail_msg("nothing to read for %d ms after \"%s\"", PATIENCE_MS, text);
        assert_true(length < sizeof(text) - 1);
        ssize_t got = recv(client, text + length, sizeof(text) - 1 - length, 0);
        if (got < 0 && errno != ECONNRESET)
            fail_msg("recv: %s", strerror(errno));
        if (got <= 0 && ending)
            fail_msg("the connection ended after \"%s\"", text);
        if (got <= 0)
            break;
        length += (size_t)got;
        text[length] = '\0';
    }
    return text;
}

const char *read_until(struct fixture *fixture, int client, const char *ending)
{
    return read_loop(fixture, client, ending);
}

const char *read_plain_until(int client, const char *ending)
{
    return read_loop(NULL, client, ending);
}

bool at_end(struct fixture *fixture, int client)
{
    char byte;
    pump_until_readable(fixture, client);
    return recv(client, &byte, 1, MSG_PEEK) <= 0;
}
