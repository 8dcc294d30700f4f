/*
 * Many threads: some in hc_server_next, others answering what those were given, clients in between.
 * Meant for the thread sanitizer; without it, a test that all answers are right.
 */
#include "support.h"

#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 6, REQUESTS_EACH = 150, WORKERS = 3, ANSWERERS = 3, LARGE = 300000 };

/* A queue of requests from those who pull to those who answer. */
struct handover {
    struct fixture fixture;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct hc_request *waiting[CLIENTS];
    size_t count;
    bool over;
    unsigned stopped;
};

static void put(struct handover *handover, struct hc_request *request)
{
    pthread_mutex_lock(&handover->lock);
    handover->waiting[handover->count++] = request;
    pthread_cond_signal(&handover->changed);
    pthread_mutex_unlock(&handover->lock);
}

static struct hc_request *take(struct handover *handover)
{
    struct hc_request *request = NULL;
    pthread_mutex_lock(&handover->lock);
    while (handover->count == 0 && !handover->over)
        pthread_cond_wait(&handover->changed, &handover->lock);
    if (handover->count > 0)
        request = handover->waiting[--handover->count];
    pthread_mutex_unlock(&handover->lock);
    return request;
}

/* "/n" is answered with n bytes, in one call, in chunks, or in large chunks. */
static void serve(struct hc_request *request)
{
    static const char block[LARGE];
    size_t length = strtoul(request->target.at + 1, NULL, 10);
    enum hc_err err = HC_OK;
    if (length % 3 == 0) {
        const struct hc_bytes piece = hc_bytes(block, length);
        err = hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &piece, 1);
    } else {
        const size_t step = length % 3 == 1 ? length / 4 + 1 : length;
        err = hc_request_start(request, 200, hc_bytes("", 0), NULL, 0);
        for (size_t at = 0; at < length && !err; at += step)
            err = hc_request_write(request,
                                   hc_bytes(block, length - at < step ? length - at : step));
        if (!err)
            err = hc_request_finish(request);
    }
    (void)err; /* a client that is still there sees that something is missing */
    hc_request_release(request);
}

static void *pull(void *argument)
{
    struct handover *handover = argument;
    uint64_t random = (uint64_t)(uintptr_t)&random;
    for (;;) {
        struct hc_request *request;
        enum hc_err err = hc_server_next(handover->fixture.server, -1, &request);
        if (err == HC_STOPPED)
            break;
        if (err)
            continue;
        if (next_random(&random) % 2)
            serve(request);
        else
            put(handover, request);
    }
    pthread_mutex_lock(&handover->lock);
    handover->stopped++;
    pthread_mutex_unlock(&handover->lock);
    return NULL;
}

static void *answer_all(void *argument)
{
    struct hc_request *request;
    while ((request = take(argument)) != NULL)
        serve(request);
    return NULL;
}

static bool read_zeros(FILE *stream, long count)
{
    while (count > 0 && getc(stream) == 0)
        count--;
    return count == 0;
}

/* The length of a body in chunks of zeros; -1 when it is none. */
static long read_chunks(FILE *stream)
{
    char line[256];
    long length, total = 0;
    do {
        if (!fgets(line, sizeof(line), stream))
            return -1;
        length = strtol(line, NULL, 16);
        if (!read_zeros(stream, length) || !fgets(line, sizeof(line), stream))
            return -1;
        total += length;
    } while (length > 0);
    return total;
}

/* The length of the body of one response; -1 when it is none. */
static long read_response(FILE *stream)
{
    char line[256];
    long length = -1;
    bool chunked = false;
    while (fgets(line, sizeof(line), stream) && strcmp(line, "\r\n") != 0) {
        if (strncmp(line, "Content-Length: ", 16) == 0)
            length = atol(line + 16);
        chunked |= strcmp(line, "Transfer-Encoding: chunked\r\n") == 0;
    }
    if (chunked)
        return read_chunks(stream);
    return length >= 0 && read_zeros(stream, length) ? length : -1;
}

static void *ask(void *argument)
{
    struct handover *handover = argument;
    int client = connect_client(&handover->fixture);
    FILE *stream = fdopen(dup(client), "r");
    uint64_t random = (uint64_t)client;
    void *failed = NULL;
    for (int i = 0; i < REQUESTS_EACH && !failed; i++) {
        char text[64];
        long length = (long)(next_random(&random) % (i % 10 ? 2000 : LARGE));
        snprintf(text, sizeof(text), "GET /%ld HTTP/1.1\r\nHost: a\r\n\r\n", length);
        send_text(client, text);
        if (read_response(stream) != length)
            failed = argument;
    }
    fclose(stream);
    close(client);
    return failed;
}

/* A client that leaves before it has read its answer. */
static void *leave_early(void *argument)
{
    struct handover *handover = argument;
    for (int i = 0; i < REQUESTS_EACH / 5; i++) {
        int client = connect_client(&handover->fixture);
        send_text(client, "GET /299999 HTTP/1.1\r\nHost: a\r\n\r\n");
        if (i % 2) {
            const struct linger hard = {.l_onoff = 1};
            (void)setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        }
        close(client);
    }
    return NULL;
}

static void run(bool leavers)
{
    static struct handover handover;
    pthread_t workers[WORKERS], answerers[ANSWERERS], clients[CLIENTS];
    memset(&handover, 0, sizeof(handover));
    pthread_mutex_init(&handover.lock, NULL);
    pthread_cond_init(&handover.changed, NULL);
    open_fixture(&handover.fixture);
    handover.fixture.config.max_connections = CLIENTS;
    handover.fixture.config.out_max = 10000;
    start_fixture(&handover.fixture);
    for (int i = 0; i < WORKERS; i++)
        assert_int_equal(pthread_create(&workers[i], NULL, pull, &handover), 0);
    for (int i = 0; i < ANSWERERS; i++)
        assert_int_equal(pthread_create(&answerers[i], NULL, answer_all, &handover), 0);
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(
            pthread_create(&clients[i], NULL, leavers && i == 0 ? leave_early : ask, &handover), 0);
    for (int i = 0; i < CLIENTS; i++) {
        void *failed = NULL;
        pthread_join(clients[i], &failed);
        assert_null(failed);
    }
    hc_server_wake(handover.fixture.server);
    hc_server_drain(handover.fixture.server);
    for (int i = 0; i < WORKERS; i++)
        pthread_join(workers[i], NULL);
    pthread_mutex_lock(&handover.lock);
    assert_int_equal(handover.stopped, WORKERS);
    handover.over = true;
    pthread_cond_broadcast(&handover.changed);
    pthread_mutex_unlock(&handover.lock);
    for (int i = 0; i < ANSWERERS; i++)
        pthread_join(answerers[i], NULL);
    struct hc_server_counts counts;
    hc_server_counts(handover.fixture.server, &counts);
    assert_int_equal(counts.connections, 0);
    assert_true(counts.requests >= (uint64_t)(CLIENTS - leavers) * REQUESTS_EACH);
    close_fixture(&handover.fixture);
    pthread_mutex_destroy(&handover.lock);
    pthread_cond_destroy(&handover.changed);
}

static void test_all_answers_are_right(void **state)
{
    (void)state;
    run(false);
}

static void test_others_do_not_notice_who_leaves(void **state)
{
    (void)state;
    run(true);
}

struct puller {
    struct fixture *fixture;
    enum hc_err err;
    struct hc_request *request;
};

static void *pull_one(void *argument)
{
    struct puller *puller = argument;
    puller->err = hc_server_next(puller->fixture->server, -1, &puller->request);
    return NULL;
}

/* While one thread is busy with its request another goes on; if not, this hangs. */
static void test_a_slow_request_stops_nobody(void **state)
{
    static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int slow = connect_client(&fixture), quick = connect_client(&fixture);
    send_text(slow, get);
    struct hc_request *held = must_next(&fixture);
    for (int i = 0; i < 5; i++) {
        struct puller puller = {.fixture = &fixture};
        pthread_t thread;
        assert_int_equal(pthread_create(&thread, NULL, pull_one, &puller), 0);
        send_text(quick, get);
        pthread_join(thread, NULL);
        assert_ok(puller.err);
        answer(puller.request, "quick;");
        read_plain_until(quick, "quick;");
    }
    answer(held, "slow;");
    read_until(&fixture, slow, "slow;");
    close(slow);
    close(quick);
    close_fixture(&fixture);
}

static void *serve_until_stopped(void *argument)
{
    struct hc_server *server = argument;
    struct hc_request *request;
    enum hc_err err;
    while ((err = hc_server_next(server, -1, &request)) != HC_STOPPED)
        if (!err)
            answer(request, "served;");
    return NULL;
}

/* As workers do: each its own server, one listener between them. */
static void test_two_servers_share_a_listener(void **state)
{
    enum { CONNECTIONS = 40 };
    struct fixture fixtures[2];
    pthread_t threads[2];
    int clients[CONNECTIONS];
    struct hc_server_counts one, two;
    (void)state;
    open_fixture(&fixtures[0]);
    fixtures[1] = fixtures[0];
    for (int i = 0; i < 2; i++) {
        start_fixture(&fixtures[i]);
        assert_int_equal(
            pthread_create(&threads[i], NULL, serve_until_stopped, fixtures[i].server), 0);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        clients[i] = connect_client(&fixtures[0]);
        send_text(clients[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        read_plain_until(clients[i], "served;");
        close(clients[i]);
    }
    for (int i = 0; i < 2; i++) {
        hc_server_drain(fixtures[i].server);
        pthread_join(threads[i], NULL);
    }
    hc_server_counts(fixtures[0].server, &one);
    hc_server_counts(fixtures[1].server, &two);
    assert_int_equal(one.requests + two.requests, CONNECTIONS);
    hc_server_destroy(fixtures[1].server);
    close_fixture(&fixtures[0]);
}

/* The one who waits in `next` must be woken by a release elsewhere, or this hangs. */
static void *release_later(void *argument)
{
    usleep(20000);
    answer(argument, "late;");
    return NULL;
}

static void test_release_wakes_the_loop(void **state)
{
    static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    for (int i = 0; i < 20; i++) {
        pthread_t thread;
        send_text(client, get); /* pipelined behind the one that is held */
        assert_int_equal(pthread_create(&thread, NULL, release_later, request), 0);
        assert_ok(hc_server_next(fixture.server, -1, &request));
        pthread_join(thread, NULL);
    }
    answer(request, "last;");
    read_until(&fixture, client, "last;");
    close(client);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_answers_are_right),
        cmocka_unit_test(test_others_do_not_notice_who_leaves),
        cmocka_unit_test(test_a_slow_request_stops_nobody),
        cmocka_unit_test(test_two_servers_share_a_listener),
        cmocka_unit_test(test_release_wakes_the_loop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
