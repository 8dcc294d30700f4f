/* Limits and time-outs. No test depends on how long something takes, only on that it happens. */
#include "support.h"

#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

enum { SOON = 100 };

static void assert_begins(const char *text, const char *beginning)
{
    if (strncmp(text, beginning, strlen(beginning)) != 0)
        fail_msg("\"%s\" does not begin with \"%s\"", text, beginning);
}

static void test_header_timeout(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.header_timeout_ms = SOON;
    start_fixture(&fixture);
    int client = connect_client(&fixture), silent = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.1\r\nHo");
    assert_begins(read_until(&fixture, client, NULL), "HTTP/1.1 408 Request Timeout\r\n");
    /* Who never said anything gets no answer. */
    assert_string_equal(read_until(&fixture, silent, NULL), "");
    close(client);
    close(silent);
    close_fixture(&fixture);
}

/* A byte now and then does not put the end of the header off. */
static void test_header_timeout_is_for_the_whole_header(void **state)
{
    struct fixture fixture;
    struct hc_server_counts counts = {0};
    (void)state;
    open_fixture(&fixture);
    fixture.config.header_timeout_ms = SOON;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.1\r\nX: ");
    for (int i = 0; i < 1000 && counts.refused == 0; i++) {
        struct hc_request *request;
        if (send(client, "y", 1, MSG_NOSIGNAL) != 1)
            break;
        assert_int_equal(hc_server_next(fixture.server, SOON / 5, &request), HC_TIMEOUT);
        hc_server_counts(fixture.server, &counts);
    }
    assert_int_equal(counts.refused, 1);
    close(client);
    close_fixture(&fixture);
}

static void test_body_timeout(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.body_timeout_ms = SOON;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel");
    assert_begins(read_until(&fixture, client, NULL), "HTTP/1.1 408 Request Timeout\r\n");
    close(client);
    close_fixture(&fixture);
}

/* A large body is reported by the piece, and less than a piece of it is not forgotten. */
static void test_body_timeout_within_a_large_body(void **state)
{
    static const char part[20000] = "";
    struct fixture fixture;
    struct hc_request *request;
    (void)state;
    open_fixture(&fixture);
    fixture.config.body_timeout_ms = 5 * SOON;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 400000\r\n\r\n");
    for (int i = 0; i < 6; i++) { /* longer than the time-out, never as long without a byte */
        send_bytes(client, part, sizeof(part));
        assert_int_equal(hc_server_next(fixture.server, 2 * SOON, &request), HC_TIMEOUT);
    }
    struct hc_server_counts counts;
    hc_server_counts(fixture.server, &counts);
    assert_int_equal(counts.refused, 0);
    assert_begins(read_until(&fixture, client, NULL), "HTTP/1.1 408 Request Timeout\r\n");
    close(client);
    close_fixture(&fixture);
}

static void test_keep_alive_timeout(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.keep_alive_timeout_ms = SOON;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    answer(must_next(&fixture), "once");
    read_until(&fixture, client, "once");
    assert_string_equal(read_until(&fixture, client, NULL), "");
    close(client);
    close_fixture(&fixture);
}

static void test_keep_alive_off(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.keep_alive_timeout_ms = 0;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    answer(must_next(&fixture), "once");
    assert_non_null(strstr(read_until(&fixture, client, NULL), "Connection: close\r\n"));
    close(client);
    close_fixture(&fixture);
}

/* Time that the application takes is not held against the client. */
static void test_slow_application(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.header_timeout_ms = SOON;
    fixture.config.keep_alive_timeout_ms = SOON;
    start_fixture(&fixture);
    int slow = connect_client(&fixture), other = connect_client(&fixture);
    send_text(slow, get);
    struct hc_request *request = must_next(&fixture);
    send_text(slow, get);
    send_text(other, get);
    usleep(3 * SOON * 1000);
    answer(request, "one;");
    for (int i = 0; i < 2; i++)
        answer(must_next(&fixture), "two;");
    read_until(&fixture, slow, "two;");
    read_until(&fixture, other, "two;");
    close(slow);
    close(other);
    close_fixture(&fixture);
}

static void test_send_timeout_in_the_loop(void **state)
{
    static char body[16 << 20];
    const struct hc_bytes piece = hc_bytes(body, sizeof(body));
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.out_max = 32 << 20;
    fixture.config.send_timeout_ms = SOON;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_ok(hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &piece, 1));
    hc_request_release(request);
    pump_until_connections(&fixture, 0);
    close(client);
    close_fixture(&fixture);
}

static void test_send_timeout_of_the_writer(void **state)
{
    static char body[16 << 20];
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.out_max = 1000;
    fixture.config.send_timeout_ms = SOON;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_int_equal(hc_request_write(request, hc_bytes(body, sizeof(body))), HC_TIMEOUT);
    assert_false(hc_request_alive(request));
    assert_int_equal(hc_request_write(request, hc_bytes(body, 1)), HC_CLOSED);
    hc_request_release(request);
    pump_until_connections(&fixture, 0);
    close(client);
    close_fixture(&fixture);
}

static void test_max_connections(void **state)
{
    struct fixture fixture;
    struct hc_server_counts counts;
    struct hc_request *request;
    int clients[4];
    (void)state;
    open_fixture(&fixture);
    fixture.config.max_connections = 2;
    start_fixture(&fixture);
    for (int i = 0; i < 4; i++)
        clients[i] = connect_client(&fixture);
    pump_until_connections(&fixture, 2);
    assert_int_equal(hc_server_next(fixture.server, 50, &request), HC_TIMEOUT);
    hc_server_counts(fixture.server, &counts);
    assert_int_equal(counts.connections, 2);
    for (int i = 0; i < 4; i++) {
        send_text(clients[i], get);
        answer(must_next(&fixture), "served");
        read_until(&fixture, clients[i], "served");
        close(clients[i]);
    }
    pump_until_connections(&fixture, 0);
    hc_server_counts(fixture.server, &counts);
    assert_int_equal(counts.accepted, 4);
    close_fixture(&fixture);
}

static rlim_t lowest_free_descriptor(void)
{
    int fd = dup(0);
    close(fd);
    return (rlim_t)fd;
}

static void test_out_of_descriptors(void **state)
{
    struct rlimit limit, tight;
    struct fixture fixture;
    struct hc_request *request;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    tight = (struct rlimit){.rlim_cur = lowest_free_descriptor(), .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &tight), 0);
    send_text(client, get);
    enum hc_err err = hc_server_next(fixture.server, 50, &request);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(err, HC_TIMEOUT);
    answer(must_next(&fixture), "recovered");
    read_until(&fixture, client, "recovered");
    close(client);
    close_fixture(&fixture);
}

static void test_sizes_of_the_head(void **state)
{
    static char text[70000];
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    memset(text, 'a', sizeof(text));
    int client = connect_client(&fixture);
    send_text(client, "GET /");
    send_bytes(client, text, 8190);
    assert_begins(read_until(&fixture, client, NULL), "HTTP/1.1 414 URI Too Long\r\n");
    close(client);
    client = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    send_bytes(client, text, 65536);
    assert_begins(read_until(&fixture, client, NULL),
                  "HTTP/1.1 431 Request Header Fields Too Large\r\n");
    close(client);
    /* What is allowed goes through, though the buffer has to grow and move for it. */
    client = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.1\r\nHost: shop.example\r\nX: ");
    for (int i = 0; i < 6; i++) {
        struct hc_request *none;
        send_bytes(client, text, 10000);
        assert_int_equal(hc_server_next(fixture.server, 5, &none), HC_TIMEOUT);
    }
    send_text(client, "\r\nX-Last: here\r\n\r\n");
    struct hc_request *request = must_next(&fixture);
    assert_bytes(request->method, "GET");
    assert_bytes(request->host, "shop.example");
    assert_bytes(request->headers[1].name, "X");
    assert_int_equal(request->headers[1].value.length, 60000);
    assert_bytes(request->headers[2].value, "here");
    answer(request, "ok;");
    read_until(&fixture, client, "ok;");
    close(client);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header_timeout),
        cmocka_unit_test(test_header_timeout_is_for_the_whole_header),
        cmocka_unit_test(test_body_timeout),
        cmocka_unit_test(test_body_timeout_within_a_large_body),
        cmocka_unit_test(test_keep_alive_timeout),
        cmocka_unit_test(test_keep_alive_off),
        cmocka_unit_test(test_slow_application),
        cmocka_unit_test(test_send_timeout_in_the_loop),
        cmocka_unit_test(test_send_timeout_of_the_writer),
        cmocka_unit_test(test_max_connections),
        cmocka_unit_test(test_out_of_descriptors),
        cmocka_unit_test(test_sizes_of_the_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
