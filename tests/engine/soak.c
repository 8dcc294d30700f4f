/*
 * The server under everything at once, for as long as one likes: soak SECONDS.
 *
 * Threads serve as in life (held_max of them in the "application", which holds a lock now and
 * then), clients ask for what they can check, send requests with bytes changed, upload, take their
 * time, and leave at any moment. Meant for AddressSanitizer; a wrong byte, a client that waits for
 * half a minute, or memory that grows ends it with a message and status 1.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "hc/clock.h"
#include "hc/edge.h"

enum { TURNS = 3, CLIENTS = 8, FILE_SIZE = 200000, BODY_MAX = 3000000, PATIENCE_S = 30 };

static struct hc_server *server;
static uint16_t port;
static uint64_t stop_ns;
static pthread_mutex_t interpreter = PTHREAD_MUTEX_INITIALIZER;
static atomic_ullong checked, sent;

static void die(const char *what)
{
    fprintf(stderr, "soak: %s\n", what);
    exit(1);
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static char byte_at(size_t place)
{
    return (char)('a' + place % 23 + place / 4096 % 3);
}

/* The application: "/n" gets n bytes, in one piece or in many. */
static void serve(struct hc_request *request)
{
    static char block[BODY_MAX];
    static atomic_bool filled;
    size_t length = strtoul(request->path.at + 1, NULL, 10) % BODY_MAX;
    pthread_mutex_lock(&interpreter);
    for (size_t i = 0; !atomic_load(&filled) && i < sizeof(block); i++)
        block[i] = byte_at(i);
    atomic_store(&filled, true);
    pthread_mutex_unlock(&interpreter);
    enum hc_err err;
    if (length % 2) {
        const struct hc_bytes piece = {block, length};
        err = hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &piece, 1);
    } else {
        err = hc_request_start(request, 200, hc_bytes("", 0), NULL, 0);
        for (size_t at = 0; at < length && !err; at += 70000)
            err = hc_request_write(request, hc_bytes(block + at, length - at < 70000 ? length - at
                                                                                     : 70000));
        if (!err)
            err = hc_request_finish(request);
    }
    (void)err; /* clients leave */
    hc_request_release(request);
}

static void *work(void *unused)
{
    struct hc_request *request;
    for (;;) {
        enum hc_err err = hc_server_next(server, -1, &request);
        if (err == HC_STOPPED)
            return unused;
        if (!err)
            serve(request);
    }
}

static int dial(void)
{
    const struct timeval patience = {.tv_sec = PATIENCE_S};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0)
        die("cannot connect");
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    return fd;
}

static void say(int client, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t count = send(client, data, length, MSG_NOSIGNAL);
        if (count <= 0)
            return; /* refused; the answer says why */
        data += count;
        length -= (size_t)count;
    }
}

/* The rest of a chunked body, or `length` bytes, are those of byte_at from `place` on. */
static void check_body(FILE *stream, long length, bool chunked, size_t place)
{
    char line[64];
    do {
        if (chunked && (!fgets(line, sizeof(line), stream) || (length = strtol(line, NULL, 16)) < 0))
            die("bad chunk");
        for (long i = 0; i < length; i++)
            if (getc(stream) != byte_at(place++))
                die("wrong byte in a body");
        if (chunked && !fgets(line, sizeof(line), stream))
            die("no end of a chunk");
    } while (chunked && length > 0);
    atomic_fetch_add(&checked, 1);
}

static void check_response(FILE *stream, int status, size_t place)
{
    char line[512];
    long length = -1;
    bool chunked = false;
    if (!fgets(line, sizeof(line), stream) || atoi(line + 9) != status)
        die("not the status that was expected");
    while (fgets(line, sizeof(line), stream) && strcmp(line, "\r\n") != 0) {
        if (strncmp(line, "Content-Length: ", 16) == 0)
            length = atol(line + 16);
        chunked |= strncmp(line, "Transfer-Encoding: chunked", 26) == 0;
    }
    check_body(stream, length, chunked, place);
}

/* Requests whose answers are known, several on one connection, sometimes all at once. */
static void ask_well(uint64_t *random)
{
    enum { MOST = 6 };
    int client = dial(), count = 1 + (int)(next_random(random) % MOST);
    FILE *stream = fdopen(dup(client), "r");
    int statuses[MOST];
    size_t places[MOST];
    bool at_once = next_random(random) % 2;
    for (int i = 0; i < count; i++) {
        char text[256];
        uint64_t first = next_random(random) % FILE_SIZE;
        bool file = next_random(random) % 2;
        statuses[i] = file ? 206 : 200;
        places[i] = file ? first : 0;
        snprintf(text, sizeof(text), file ? "GET /static/file HTTP/1.1\r\nHost: a\r\nRange: bytes=%llu-\r\n\r\n"
                                          : "GET /%llu HTTP/1.1\r\nHost: a\r\n\r\n",
                 (unsigned long long)(file || next_random(random) % 8 ? first : first * 10));
        say(client, text, strlen(text));
        if (!at_once)
            check_response(stream, statuses[i], places[i]);
    }
    for (int i = 0; i < count && at_once; i++)
        check_response(stream, statuses[i], places[i]);
    fclose(stream);
    close(client);
}

static void upload(uint64_t *random)
{
    char text[128], *body = calloc(1, BODY_MAX);
    size_t length = next_random(random) % BODY_MAX;
    int client = dial();
    FILE *stream = fdopen(dup(client), "r");
    snprintf(text, sizeof(text), "POST /3 HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n", length);
    say(client, text, strlen(text));
    say(client, body, length);
    check_response(stream, 200, 0);
    fclose(stream);
    free(body);
    close(client);
}

/* A request with bytes changed, cut anywhere; what comes back is read for a while, or not. */
static void ask_badly(uint64_t *random)
{
    static const char pattern[] =
        "POST /900 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
        "Accept-Encoding: gzip;q=0.5\r\n\r\n5;x=y\r\nhello\r\n0\r\nX: y\r\n\r\n"
        "GET /static/file HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2,5-9\r\nIf-None-Match: \"x\"\r\n\r\n"
        "GET /299999 HTTP/1.1\r\nHost: a\r\n\r\n";
    char text[sizeof(pattern)], reply[4096];
    const struct linger hard = {.l_onoff = 1};
    size_t length = next_random(random) % sizeof(pattern);
    int client = dial();
    memcpy(text, pattern, sizeof(text));
    for (uint64_t i = next_random(random) % 4; i > 0; i--)
        text[next_random(random) % sizeof(text)] = (char)next_random(random);
    for (size_t at = 0; at < length;) {
        size_t count = 1 + next_random(random) % (length - at);
        say(client, text + at, count);
        at += count;
    }
    shutdown(client, SHUT_WR);
    for (uint64_t i = next_random(random) % 100; i > 0; i--)
        if (recv(client, reply, sizeof(reply), 0) <= 0)
            break;
    if (next_random(random) % 2)
        setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(client);
    atomic_fetch_add(&sent, 1);
}

static void *client(void *argument)
{
    uint64_t random = (uint64_t)(uintptr_t)argument * 7919 + 1;
    while (hc_clock_ns() < stop_ns) {
        uint64_t dice = next_random(&random) % 16;
        if (dice == 0)
            upload(&random);
        else if (dice < 8)
            ask_badly(&random);
        else
            ask_well(&random);
    }
    return NULL;
}

static long resident_kb(void)
{
    char line[256];
    long kb = 0;
    FILE *status = fopen("/proc/self/status", "r");
    while (status && fgets(line, sizeof(line), status))
        if (strncmp(line, "VmRSS:", 6) == 0)
            kb = atol(line + 6);
    if (status)
        fclose(status);
    return kb;
}

static int listen_somewhere(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, 128) != 0 || getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        die("cannot listen");
    port = ntohs(address.sin_port);
    return fd;
}

static struct hc_edge *open_files(char *directory)
{
    char path[64];
    struct hc_edge *edge;
    if (!mkdtemp(directory))
        die("no directory");
    snprintf(path, sizeof(path), "%s/file", directory);
    FILE *file = fopen(path, "wb");
    for (size_t i = 0; file && i < FILE_SIZE; i++)
        putc(byte_at(i), file);
    if (!file || fclose(file) != 0)
        die("no file");
    const struct hc_edge_root root = {"/static/", directory};
    const struct hc_edge_config config = {.roots = &root, .root_count = 1};
    if (hc_edge_create(&config, &edge))
        die("no edge");
    return edge;
}

static void run(unsigned seconds)
{
    pthread_t workers[TURNS + 1], clients[CLIENTS];
    uint64_t begun = hc_clock_ns();
    long before = 0, after;
    stop_ns = begun + seconds * UINT64_C(1000000000);
    for (size_t i = 0; i <= TURNS; i++)
        pthread_create(&workers[i], NULL, work, NULL);
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_create(&clients[i], NULL, client, (void *)(i + 1));
    for (unsigned i = 0; i < seconds; i++) {
        sleep(1);
        if (i == seconds / 3)
            before = resident_kb();
    }
    for (size_t i = 0; i < CLIENTS; i++)
        pthread_join(clients[i], NULL);
    after = resident_kb();
    hc_server_drain(server);
    for (size_t i = 0; i <= TURNS; i++)
        pthread_join(workers[i], NULL);
    printf("%llu responses checked, %llu bad requests, %ld KB then, %ld KB at the end\n",
           atomic_load(&checked), atomic_load(&sent), before, after);
    if (before > 0 && after > before + before / 2 + 50000)
        die("memory has grown");
}

int main(int count, char **words)
{
    char directory[] = "/tmp/hc-soak-XXXXXX", path[64];
    struct hc_server_config config;
    int listener = listen_somewhere();
    struct hc_edge *edge = open_files(directory);
    hc_server_config_init(&config);
    config.listeners = &listener;
    config.listener_count = 1;
    config.body_memory = 100000;
    config.out_max = 200000;
    config.spool_max = 2000000;
    config.parked_max = 1;
    config.together_us = 1000;
    config.held_max = TURNS;
    config.send_timeout_ms = 2000;
    config.answer = hc_edge_answer;
    config.answer_context = edge;
    if (hc_server_create(&config, &server))
        die("no server");
    run(count > 1 ? (unsigned)atoi(words[1]) : 10);
    hc_server_destroy(server);
    hc_edge_destroy(edge);
    snprintf(path, sizeof(path), "%s/file", directory);
    unlink(path);
    rmdir(directory);
    close(listener);
    return 0;
}
