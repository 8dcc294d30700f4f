/* The life of requests and of the server itself. */
#include "support.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char get[] = "GET /path%20x?q=1 HTTP/1.1\r\nHost: shop.example\r\nX-A: b\r\n\r\n";

static void test_request_and_response(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_bytes(request->method, "GET");
    assert_bytes(request->target, "/path%20x?q=1");
    assert_bytes(request->path, "/path x");
    assert_bytes(request->raw_path, "/path%20x");
    assert_bytes(request->query, "q=1");
    assert_bytes(request->host, "shop.example");
    assert_bytes(request->peer, "127.0.0.1");
    assert_true(request->peer_port > 0 && request->started_ns > 0);
    assert_int_equal(request->minor, 1);
    assert_int_equal(request->header_count, 2);
    assert_int_equal(request->headers[0].field, HC_FIELD_HOST);
    assert_bytes(request->headers[1].name, "X-A");
    assert_bytes(request->headers[1].value, "b");
    assert_int_equal(request->body_length, 0);
    assert_int_equal(request->body_fd, -1);
    assert_int_equal(request->listener, 0);
    assert_false(request->is_head || request->chunked);
    assert_true(hc_request_alive(request));
    assert_false(hc_request_started(request));
    const struct hc_pair pair = {hc_bytes_of("Content-Type"), hc_bytes_of("text/plain")};
    const struct hc_bytes pieces[] = {hc_bytes_of("he"), hc_bytes("", 0), hc_bytes_of("llo")};
    assert_ok(hc_request_respond(request, 201, hc_bytes_of("Made"), &pair, 1, pieces, 3));
    assert_int_equal(hc_request_status(request), 201);
    assert_int_equal(hc_request_body_sent(request), 5);
    assert_true(hc_request_started(request) && hc_request_sent(request));
    hc_request_release(request);
    const char *text = read_until(&fixture, client, "hello");
    assert_ptr_equal(strstr(text, "HTTP/1.1 201 Made\r\nContent-Type: text/plain\r\n"), text);
    assert_non_null(strstr(text, "\r\nContent-Length: 5\r\n"));
    assert_non_null(strstr(text, "\r\nServer: hotclub\r\n"));
    assert_non_null(strstr(text, "\r\nDate: "));
    close(client);
    pump_until_connections(&fixture, 0);
    close_fixture(&fixture);
}

static void test_keep_alive(void **state)
{
    struct fixture fixture;
    struct hc_server_counts counts;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    for (int i = 0; i < 50; i++) {
        char body[16];
        send_text(client, get);
        snprintf(body, sizeof(body), "number %d;", i);
        answer(must_next(&fixture), body);
        read_until(&fixture, client, body);
    }
    hc_server_counts(fixture.server, &counts);
    assert_int_equal(counts.accepted, 1);
    assert_int_equal(counts.requests, 50);
    assert_int_equal(counts.refused, 0);
    send_text(client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    answer(must_next(&fixture), "last");
    const char *text = read_until(&fixture, client, NULL);
    assert_non_null(strstr(text, "\r\nConnection: close\r\n"));
    assert_non_null(strstr(text, "\r\n\r\nlast"));
    close(client);
    close_fixture(&fixture);
}

static void test_http_1_0(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    struct hc_request *request = must_next(&fixture);
    assert_int_equal(request->minor, 0);
    assert_int_equal(request->host.length, 0);
    answer(request, "kept");
    assert_non_null(strstr(read_until(&fixture, client, "kept"), "Connection: keep-alive\r\n"));
    send_text(client, "GET / HTTP/1.0\r\n\r\n");
    request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_write(request, hc_bytes_of("until ")));
    assert_ok(hc_request_write(request, hc_bytes_of("the end")));
    assert_ok(hc_request_finish(request));
    hc_request_release(request);
    const char *text = read_until(&fixture, client, NULL);
    assert_null(strstr(text, "Transfer-Encoding"));
    assert_non_null(strstr(text, "\r\n\r\nuntil the end"));
    close(client);
    close_fixture(&fixture);
}

static void test_streaming_in_chunks(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_false(hc_request_sent(request));
    assert_ok(hc_request_write(request, hc_bytes("", 0)));
    assert_true(hc_request_sent(request));
    assert_non_null(strstr(read_until(&fixture, client, "\r\n\r\n"), "chunked"));
    assert_ok(hc_request_write(request, hc_bytes_of("hello")));
    assert_string_equal(read_until(&fixture, client, "\r\nhello\r\n"), "5\r\nhello\r\n");
    assert_ok(hc_request_finish(request));
    assert_int_equal(hc_request_finish(request), HC_STATE);
    assert_int_equal(hc_request_write(request, hc_bytes_of("x")), HC_STATE);
    assert_int_equal(hc_request_body_sent(request), 5);
    hc_request_release(request);
    assert_string_equal(read_until(&fixture, client, "\r\n\r\n"), "0\r\n\r\n");
    send_text(client, get);
    answer(must_next(&fixture), "next");
    read_until(&fixture, client, "next");
    close(client);
    close_fixture(&fixture);
}

static void test_content_length_of_the_application(void **state)
{
    const struct hc_pair five = {hc_bytes_of("Content-Length"), hc_bytes_of("5")};
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    /* More than promised is cut off, the connection stays. */
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), &five, 1));
    assert_ok(hc_request_write(request, hc_bytes_of("abc")));
    assert_ok(hc_request_write(request, hc_bytes_of("defgh")));
    assert_ok(hc_request_write(request, hc_bytes_of("ijk")));
    assert_ok(hc_request_finish(request));
    assert_int_equal(hc_request_body_sent(request), 5);
    hc_request_release(request);
    read_until(&fixture, client, "\r\n\r\nabcde");
    send_text(client, get);
    request = must_next(&fixture);
    const struct hc_bytes long_piece = hc_bytes_of("ABCDEFG");
    assert_ok(hc_request_respond(request, 200, hc_bytes("", 0), &five, 1, &long_piece, 1));
    hc_request_release(request);
    read_until(&fixture, client, "\r\n\r\nABCDE");
    /* Fewer ends the connection. */
    send_text(client, get);
    request = must_next(&fixture);
    const struct hc_bytes short_piece = hc_bytes_of("ab");
    assert_int_equal(
        hc_request_respond(request, 200, hc_bytes("", 0), &five, 1, &short_piece, 1), HC_SHORT);
    hc_request_release(request);
    assert_non_null(strstr(read_until(&fixture, client, NULL), "\r\n\r\nab"));
    close(client);
    client = connect_client(&fixture);
    send_text(client, get);
    request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), &five, 1));
    assert_ok(hc_request_write(request, hc_bytes_of("abc")));
    assert_int_equal(hc_request_finish(request), HC_SHORT);
    hc_request_release(request);
    assert_non_null(strstr(read_until(&fixture, client, NULL), "\r\n\r\nabc"));
    close(client);
    close_fixture(&fixture);
}

static void test_no_body_where_none_may_be(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    struct hc_request *request = must_next(&fixture);
    assert_true(request->is_head);
    answer(request, "invisible");
    assert_non_null(strstr(read_until(&fixture, client, "\r\n\r\n"), "Content-Length: 9\r\n"));
    static const int statuses[] = {204, 205, 304};
    for (size_t i = 0; i < 3; i++) {
        send_text(client, get);
        request = must_next(&fixture);
        assert_ok(hc_request_start(request, statuses[i], hc_bytes("", 0), NULL, 0));
        assert_ok(hc_request_write(request, hc_bytes_of("invisible")));
        assert_ok(hc_request_finish(request));
        assert_int_equal(hc_request_body_sent(request), 0);
        hc_request_release(request);
        read_until(&fixture, client, "\r\n\r\n");
    }
    send_text(client, get);
    answer(must_next(&fixture), "visible");
    const char *text = read_until(&fixture, client, "visible");
    assert_ptr_equal(strstr(text, "HTTP/1.1 200 OK"), text);
    close(client);
    close_fixture(&fixture);
}

static void test_refused_head_can_be_replaced(void **state)
{
    const struct hc_pair split = {hc_bytes_of("X"), hc_bytes_of("a\r\nSet-Cookie: b")};
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_int_equal(hc_request_write(request, hc_bytes_of("x")), HC_STATE);
    assert_int_equal(hc_request_finish(request), HC_STATE);
    assert_int_equal(hc_request_start(request, 200, hc_bytes("", 0), &split, 1), HC_INVALID);
    assert_false(hc_request_started(request));
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_start(request, 503, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_write(request, hc_bytes_of("sorry")));
    assert_int_equal(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0), HC_STATE);
    assert_int_equal(hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, NULL, 0),
                     HC_STATE);
    assert_ok(hc_request_finish(request));
    assert_int_equal(hc_request_status(request), 503);
    hc_request_release(request);
    const char *text = read_until(&fixture, client, "0\r\n\r\n");
    assert_ptr_equal(strstr(text, "HTTP/1.1 503 Service Unavailable\r\n"), text);
    close(client);
    close_fixture(&fixture);
}

static void test_released_without_an_answer(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    hc_request_release(must_next(&fixture));
    const char *text = read_until(&fixture, client, "Server Error\n");
    assert_ptr_equal(strstr(text, "HTTP/1.1 500 Internal Server Error\r\n"), text);
    /* A response that was begun and not finished is cut off. */
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_write(request, hc_bytes_of("part")));
    hc_request_release(request);
    text = read_until(&fixture, client, NULL);
    assert_non_null(strstr(text, "4\r\npart\r\n"));
    assert_null(strstr(text, "\r\n0\r\n"));
    close(client);
    /* Where only the end of the connection ends the body, a cut must not look like it. */
    client = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.0\r\n\r\n");
    request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_write(request, hc_bytes_of("part")));
    read_until(&fixture, client, "part");
    hc_request_release(request);
    char byte;
    pump_until_readable(&fixture, client);
    assert_int_equal(recv(client, &byte, 1, 0), -1);
    close(client);
    close_fixture(&fixture);
}

static void test_wake_and_timeout(void **state)
{
    struct fixture fixture;
    struct hc_request *request;
    int ends[2];
    char byte;
    (void)state;
    assert_int_equal(pipe(ends), 0);
    open_fixture(&fixture);
    fixture.config.interrupt_fd = ends[0];
    start_fixture(&fixture);
    assert_int_equal(hc_server_next(fixture.server, 0, &request), HC_TIMEOUT);
    assert_int_equal(hc_server_next(fixture.server, 30, &request), HC_TIMEOUT);
    hc_server_wake(fixture.server);
    assert_int_equal(hc_server_next(fixture.server, -1, &request), HC_INTERRUPTED);
    assert_int_equal(hc_server_next(fixture.server, 0, &request), HC_TIMEOUT);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(hc_server_next(fixture.server, -1, &request), HC_INTERRUPTED);
    assert_int_equal(hc_server_next(fixture.server, -1, &request), HC_INTERRUPTED);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(hc_server_next(fixture.server, 0, &request), HC_TIMEOUT);
    close_fixture(&fixture);
    close(ends[0]);
    close(ends[1]);
}

static void ignore_signal(int number)
{
    (void)number;
}

static void test_signal_interrupts(void **state)
{
    struct fixture fixture;
    struct hc_request *request;
    struct sigaction action = {.sa_handler = ignore_signal}, old;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    assert_int_equal(sigaction(SIGALRM, &action, &old), 0);
    ualarm(20000, 20000); /* again and again: one might come before the poll */
    assert_int_equal(hc_server_next(fixture.server, -1, &request), HC_INTERRUPTED);
    ualarm(0, 0);
    sigaction(SIGALRM, &old, NULL);
    close_fixture(&fixture);
}

static void test_drain(void **state)
{
    struct fixture fixture;
    struct hc_request *request;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int idle = connect_client(&fixture), busy = connect_client(&fixture);
    int late = connect_client(&fixture);
    send_text(busy, get);
    struct hc_request *held = must_next(&fixture);
    pump_until_connections(&fixture, 3);
    send_text(late, "GET / HTTP/1.1\r\nHo");
    while (hc_server_next(fixture.server, 20, &request) != HC_TIMEOUT)
        continue;
    hc_server_drain(fixture.server);
    assert_true(at_end(&fixture, idle));
    assert_ok(hc_request_start(held, 200, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_write(held, hc_bytes_of("held")));
    assert_ok(hc_request_finish(held));
    hc_request_release(held);
    assert_non_null(strstr(read_until(&fixture, busy, NULL), "Connection: close\r\n"));
    /* A request that had begun is still taken. */
    send_text(late, "st: a\r\n\r\n");
    answer(must_next(&fixture), "late");
    assert_non_null(strstr(read_until(&fixture, late, NULL), "Connection: close\r\n"));
    assert_int_equal(hc_server_next(fixture.server, -1, &request), HC_STOPPED);
    assert_int_equal(hc_server_next(fixture.server, -1, &request), HC_STOPPED);
    close(idle);
    close(busy);
    close(late);
    close_fixture(&fixture);
}

/* What an idle client sent just before the drain is not lost. */
static void test_drain_takes_what_was_sent(void **state)
{
    struct fixture fixture;
    struct hc_request *request;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    pump_until_connections(&fixture, 1);
    send_text(client, get);
    hc_server_drain(fixture.server);
    answer(must_next(&fixture), "still");
    assert_non_null(strstr(read_until(&fixture, client, NULL), "still"));
    assert_int_equal(hc_server_next(fixture.server, -1, &request), HC_STOPPED);
    close(client);
    close_fixture(&fixture);
}

/* Nor is what a client sends who had only just come, or waited to be accepted. */
static void test_drain_waits_for_a_first_request(void **state)
{
    struct fixture fixture;
    struct hc_request *request;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int accepted = connect_client(&fixture);
    pump_until_connections(&fixture, 1);
    int waiting = connect_client(&fixture);
    hc_server_drain(fixture.server);
    assert_int_equal(hc_server_next(fixture.server, 0, &request), HC_TIMEOUT);
    send_text(accepted, get);
    send_text(waiting, get);
    answer(must_next(&fixture), "one;");
    answer(must_next(&fixture), "two;");
    assert_non_null(strstr(read_until(&fixture, accepted, NULL), "Connection: close\r\n"));
    assert_non_null(strstr(read_until(&fixture, waiting, NULL), "Connection: close\r\n"));
    assert_int_equal(hc_server_next(fixture.server, -1, &request), HC_STOPPED);
    close(accepted);
    close(waiting);
    close_fixture(&fixture);
}

static void test_bad_config(void **state)
{
    struct fixture fixture;
    struct hc_server *server = NULL;
    (void)state;
    open_fixture(&fixture);
    struct hc_server_config config = fixture.config;
    config.listener_count = 0;
    assert_int_equal(hc_server_create(&config, &server), HC_INVALID);
    config = fixture.config;
    config.max_connections = 0;
    assert_int_equal(hc_server_create(&config, &server), HC_INVALID);
    config = fixture.config;
    config.header_timeout_ms = 0;
    assert_int_equal(hc_server_create(&config, &server), HC_INVALID);
    config = fixture.config;
    config.name = "a\r\nb";
    assert_int_equal(hc_server_create(&config, &server), HC_INVALID);
    config = fixture.config;
    config.interrupt_fd = 12345;
    assert_int_equal(hc_server_create(&config, &server), HC_SYSTEM);
    const int nothing = -1;
    config = fixture.config;
    config.listeners = &nothing;
    assert_int_equal(hc_server_create(&config, &server), HC_SYSTEM);
    assert_null(server);
    hc_server_destroy(NULL);
    close(fixture.listener);
}

/* Every allocation of a whole exchange fails once: nothing leaks, nobody crashes, and in the end
 * it works. */
static void test_out_of_memory(void **state)
{
    bool done = false;
    (void)state;
    for (size_t fail_at = 0; !done; fail_at++) {
        struct failing_alloc alloc;
        struct fixture fixture;
        struct hc_request *request = NULL;
        failing_alloc_init(&alloc, fail_at);
        open_fixture(&fixture);
        fixture.config.alloc = &alloc.hook;
        fixture.config.out_max = 16 << 20;
        enum hc_err err = hc_server_create(&fixture.config, &fixture.server);
        if (err) {
            assert_int_equal(err, HC_NOMEM);
            assert_null(fixture.server);
            close(fixture.listener);
            assert_int_equal(alloc.live, 0);
            continue;
        }
        int client = connect_client(&fixture);
        send_text(client, "POST /%41 HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n");
        static const char body[20000];
        send_bytes(client, body, sizeof(body));
        do
            err = hc_server_next(fixture.server, 300, &request);
        while (err == HC_INTERRUPTED);
        if (err == HC_OK) {
            static char large[12 << 20]; /* more than the socket takes: it is queued */
            const struct hc_bytes piece = hc_bytes(large, sizeof(large));
            err = hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &piece, 1);
            hc_request_release(request);
            assert_true(err == HC_OK || err == HC_NOMEM || err == HC_CLOSED);
            done = err == HC_OK;
        } else {
            assert_int_equal(err, HC_TIMEOUT);
        }
        close(client);
        close_fixture(&fixture);
        assert_int_equal(alloc.live, 0);
        assert_true(fail_at < 100);
    }
}

static void test_no_allocation_in_steady_state(void **state)
{
    struct failing_alloc alloc;
    struct fixture fixture;
    size_t before = 0;
    (void)state;
    failing_alloc_init(&alloc, SIZE_MAX);
    open_fixture(&fixture);
    fixture.config.alloc = &alloc.hook;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    for (int i = 0; i < 20; i++) {
        if (i == 2)
            before = alloc.count;
        send_text(client, get);
        answer(must_next(&fixture), "same");
        read_until(&fixture, client, "same");
    }
    assert_int_equal(alloc.count, before);
    close(client);
    close_fixture(&fixture);
    assert_int_equal(alloc.live, 0);
}

static void test_fork(void **state)
{
    struct fixture fixture;
    int status = 0;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *held = must_next(&fixture);
    pid_t child = fork();
    if (child == 0) {
        struct hc_request *request;
        enum hc_err err = hc_server_next(fixture.server, 0, &request);
        hc_server_destroy(fixture.server);
        _exit(err == HC_FORKED ? 42 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 42);
    answer(held, "unharmed");
    read_until(&fixture, client, "unharmed");
    send_text(client, get);
    answer(must_next(&fixture), "again");
    read_until(&fixture, client, "again");
    close(client);
    close_fixture(&fixture);
}

static void test_two_listeners(void **state)
{
    struct fixture fixture;
    int listeners[2];
    uint16_t second;
    (void)state;
    open_fixture(&fixture);
    listeners[0] = fixture.listener;
    listeners[1] = open_listener(&second);
    fixture.config.listeners = listeners;
    fixture.config.listener_count = 2;
    start_fixture(&fixture);
    fixture.port = second;
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_int_equal(request->listener, 1);
    answer(request, "second");
    read_until(&fixture, client, "second");
    close(client);
    close(listeners[1]);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_and_response),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_http_1_0),
        cmocka_unit_test(test_streaming_in_chunks),
        cmocka_unit_test(test_content_length_of_the_application),
        cmocka_unit_test(test_no_body_where_none_may_be),
        cmocka_unit_test(test_refused_head_can_be_replaced),
        cmocka_unit_test(test_released_without_an_answer),
        cmocka_unit_test(test_wake_and_timeout),
        cmocka_unit_test(test_signal_interrupts),
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_drain_takes_what_was_sent),
        cmocka_unit_test(test_drain_waits_for_a_first_request),
        cmocka_unit_test(test_bad_config),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_no_allocation_in_steady_state),
        cmocka_unit_test(test_fork),
        cmocka_unit_test(test_two_listeners),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
