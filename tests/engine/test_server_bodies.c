/* Bodies of requests: plain and chunked, in memory and in a file, whole, in pieces, too large. */
#include "support.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MEMORY = 4096, MAX = 200000 };

static char sent[MAX + 1], wire[3 * MAX];

static void fill_sent(uint64_t *random)
{
    for (size_t i = 0; i < sizeof(sent); i++)
        sent[i] = (char)next_random(random);
}

static void start(struct fixture *fixture)
{
    open_fixture(fixture);
    fixture->config.body_memory = MEMORY;
    fixture->config.body_max = MAX;
    start_fixture(fixture);
}

static size_t plain(size_t length)
{
    size_t head = (size_t)sprintf(wire, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n\r\n",
                                  length);
    memcpy(wire + head, sent, length);
    return head + length;
}

static size_t chunked(size_t length, uint64_t *random)
{
    size_t at = 0, size;
    size_t written = (size_t)sprintf(wire, "POST / HTTP/1.1\r\nHost: a\r\n"
                                           "Transfer-Encoding: chunked\r\n\r\n");
    for (; at < length; at += size) {
        size = 1 + next_random(random) % 9000;
        size = size < length - at ? size : length - at;
        written += (size_t)sprintf(wire + written, "%zx;x=y\r\n", size);
        memcpy(wire + written, sent + at, size);
        memcpy(wire + written + size, "\r\n", 2);
        written += size + 2;
    }
    return written + (size_t)sprintf(wire + written, "0\r\nX-Sum: 1\r\n\r\n");
}

static void assert_body(const struct hc_request *request, size_t length)
{
    static char read_back[MAX];
    assert_int_equal(request->body_length, length);
    if (request->body_fd < 0) {
        assert_true(length <= MEMORY);
        assert_int_equal(request->body.length, length);
        assert_memory_equal(request->body.at, sent, length);
        return;
    }
    assert_true(length > MEMORY);
    assert_int_equal(request->body.length, 0);
    assert_int_equal(lseek(request->body_fd, 0, SEEK_CUR), 0);
    assert_int_equal(read(request->body_fd, read_back, sizeof(read_back)), length);
    assert_memory_equal(read_back, sent, length);
}

/* Sends `length` bytes of `wire` in pieces, running the loop between them. */
static struct hc_request *send_in_pieces(struct fixture *fixture, int client, size_t length,
                                         uint64_t *random)
{
    struct hc_request *request = NULL;
    for (size_t at = 0; at < length;) {
        size_t piece = 1 + next_random(random) % 20000;
        piece = piece < length - at ? piece : length - at;
        send_bytes(client, wire + at, piece);
        at += piece;
        if (at == length)
            break;
        assert_int_equal(hc_server_next(fixture->server, 0, &request), HC_TIMEOUT);
    }
    return must_next(fixture);
}

static void test_sizes_around_the_limit(void **state)
{
    static const size_t sizes[] = {0, 1, MEMORY - 1, MEMORY, MEMORY + 1, 70000, MAX};
    uint64_t random = 17;
    struct fixture fixture;
    (void)state;
    fill_sent(&random);
    start(&fixture);
    int client = connect_client(&fixture);
    for (size_t i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t size = sizes[i / 2];
        size_t length = i % 2 ? chunked(size, &random) : plain(size);
        send_bytes(client, wire, length);
        struct hc_request *request = must_next(&fixture);
        assert_int_equal(request->chunked, i % 2);
        assert_body(request, size);
        answer(request, "ok;");
        read_until(&fixture, client, "ok;");
    }
    close(client);
    close_fixture(&fixture);
}

static void test_generated_in_pieces(void **state)
{
    uint64_t random = 19;
    struct fixture fixture;
    (void)state;
    fill_sent(&random);
    start(&fixture);
    int client = connect_client(&fixture);
    for (int round = 0; round < 60; round++) {
        size_t size = next_random(&random) % (round % 3 ? 3 * MEMORY : MAX);
        size_t length = round % 2 ? chunked(size, &random) : plain(size);
        struct hc_request *request = send_in_pieces(&fixture, client, length, &random);
        assert_body(request, size);
        answer(request, "ok;");
        read_until(&fixture, client, "ok;");
    }
    close(client);
    close_fixture(&fixture);
}

/* Bytes behind a body belong to the next request, wherever the body is kept. */
static void test_pipelined_behind_a_body(void **state)
{
    static const size_t sizes[] = {10, 50000};
    uint64_t random = 23;
    struct fixture fixture;
    (void)state;
    fill_sent(&random);
    start(&fixture);
    int client = connect_client(&fixture);
    for (size_t i = 0; i < 4; i++) {
        size_t size = sizes[i / 2];
        size_t length = i % 2 ? chunked(size, &random) : plain(size);
        length += (size_t)sprintf(wire + length, "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
        send_bytes(client, wire, length);
        struct hc_request *request = must_next(&fixture);
        assert_body(request, size);
        answer(request, "first;");
        request = must_next(&fixture);
        assert_bytes(request->path, "/next");
        assert_int_equal(request->body_length, 0);
        answer(request, "second;");
        read_until(&fixture, client, "second;");
    }
    close(client);
    close_fixture(&fixture);
}

static void test_continue(void **state)
{
    struct fixture fixture;
    (void)state;
    start(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                      "Content-Length: 5\r\n\r\n");
    assert_string_equal(read_until(&fixture, client, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    send_text(client, "hello");
    struct hc_request *request = must_next(&fixture);
    assert_bytes(request->body, "hello");
    answer(request, "ok;");
    read_until(&fixture, client, "ok;");
    /* Nobody has to be told who has sent it already (RFC 9110, 10.1.1). */
    send_text(client, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                      "Content-Length: 5\r\n\r\nhello");
    answer(must_next(&fixture), "ok;");
    const char *text = read_until(&fixture, client, "ok;");
    assert_ptr_equal(strstr(text, "HTTP/1.1 200"), text);
    /* A body that is not wanted is not asked for. */
    send_text(client, "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
                      "Content-Length: 200001\r\n\r\n");
    text = read_until(&fixture, client, NULL);
    assert_ptr_equal(strstr(text, "HTTP/1.1 413 Content Too Large\r\n"), text);
    close(client);
    close_fixture(&fixture);
}

static void test_too_large(void **state)
{
    static const char *const heads[] = {
        "Content-Length: 200001\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n30d41\r\n",
        "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n30d40\r\n",
    };
    struct fixture fixture;
    (void)state;
    start(&fixture);
    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++) {
        int client = connect_client(&fixture);
        send_text(client, "POST / HTTP/1.1\r\nHost: a\r\n");
        send_text(client, heads[i]);
        const char *text = read_until(&fixture, client, NULL);
        assert_ptr_equal(strstr(text, "HTTP/1.1 413 Content Too Large\r\n"), text);
        assert_non_null(strstr(text, "Connection: close\r\n"));
        close(client);
    }
    close_fixture(&fixture);
}

static void test_no_place_for_the_file(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.body_memory = MEMORY;
    fixture.config.body_directory = "/nonexistent/directory";
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_bytes(client, wire, plain(MEMORY + 1));
    const char *text = read_until(&fixture, client, NULL);
    assert_ptr_equal(strstr(text, "HTTP/1.1 500 "), text);
    close(client);
    close_fixture(&fixture);
}

/* The disk is full after half of a body; what is stuck on its way is no part of the next one. */
static void test_no_room_for_the_file(void **state)
{
    struct rlimit whole, half;
    uint64_t random = 31;
    struct fixture fixture;
    (void)state;
    fill_sent(&random);
    start(&fixture);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &whole), 0);
    half = (struct rlimit){.rlim_cur = MAX / 2, .rlim_max = whole.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &half), 0);
    int client = connect_client(&fixture);
    send_bytes(client, wire, plain(MAX));
    const char *text = read_until(&fixture, client, NULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &whole), 0);
    assert_ptr_equal(strstr(text, "HTTP/1.1 500 "), text);
    close(client);
    client = connect_client(&fixture);
    send_bytes(client, wire, plain(MAX - 1));
    struct hc_request *request = must_next(&fixture);
    assert_body(request, MAX - 1);
    answer(request, "ok;");
    read_until(&fixture, client, "ok;");
    close(client);
    close_fixture(&fixture);
}

static void test_no_body_in_memory_at_all(void **state)
{
    uint64_t random = 29;
    struct fixture fixture;
    char byte;
    (void)state;
    fill_sent(&random);
    open_fixture(&fixture);
    fixture.config.body_memory = 0;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_bytes(client, wire, plain(1));
    struct hc_request *request = must_next(&fixture);
    assert_true(request->body_fd >= 0);
    assert_int_equal(read(request->body_fd, &byte, 1), 1);
    assert_int_equal(byte, sent[0]);
    hc_request_release(request);
    close(client);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes_around_the_limit),
        cmocka_unit_test(test_generated_in_pieces),
        cmocka_unit_test(test_pipelined_behind_a_body),
        cmocka_unit_test(test_continue),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_no_place_for_the_file),
        cmocka_unit_test(test_no_room_for_the_file),
        cmocka_unit_test(test_no_body_in_memory_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
