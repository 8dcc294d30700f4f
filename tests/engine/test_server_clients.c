/* Clients as they are: hasty, slow, gone, malformed. */
#include "support.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static void start(struct fixture *fixture)
{
    open_fixture(fixture);
    start_fixture(fixture);
}

static void reset(int client)
{
    const struct linger hard = {.l_onoff = 1, .l_linger = 0};
    assert_int_equal(setsockopt(client, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
    close(client);
}

static void test_pipelining(void **state)
{
    enum { COUNT = 200 };
    struct fixture fixture;
    char path[16];
    (void)state;
    start(&fixture);
    int client = connect_client(&fixture);
    for (int i = 0; i < COUNT; i++) {
        char text[64];
        snprintf(text, sizeof(text), "%sGET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i % 3 ? "" : "\r\n",
                 i);
        send_text(client, text);
    }
    for (int i = 0; i < COUNT; i++) {
        struct hc_request *request = must_next(&fixture);
        snprintf(path, sizeof(path), "/%d", i);
        assert_bytes(request->path, path);
        answer(request, path);
    }
    const char *text = read_until(&fixture, client, path);
    for (int i = 0; i < COUNT; i++) {
        snprintf(path, sizeof(path), "\r\n\r\n/%d", i);
        text = strstr(text, path);
        assert_non_null(text);
    }
    close(client);
    close_fixture(&fixture);
}

static void test_byte_by_byte(void **state)
{
    static const char text[] = "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3\r\nabc\r\n0\r\n\r\n";
    struct fixture fixture;
    struct hc_request *request;
    (void)state;
    start(&fixture);
    int client = connect_client(&fixture);
    for (size_t i = 0; i + 2 < sizeof(text); i++) {
        send_bytes(client, text + i, 1);
        assert_int_equal(hc_server_next(fixture.server, 0, &request), HC_TIMEOUT);
    }
    send_bytes(client, text + sizeof(text) - 2, 1);
    request = must_next(&fixture);
    assert_bytes(request->path, "/x");
    assert_bytes(request->body, "abc");
    answer(request, "ok;");
    read_until(&fixture, client, "ok;");
    close(client);
    close_fixture(&fixture);
}

static void test_gone_in_the_middle_of_a_request(void **state)
{
    static const char *const parts[] = {
        "", "GE", "GET / HTTP/1.1\r\nHo", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx",
    };
    struct fixture fixture;
    (void)state;
    start(&fixture);
    for (size_t i = 0; i < 2 * sizeof(parts) / sizeof(parts[0]); i++) {
        int client = connect_client(&fixture);
        pump_until_connections(&fixture, 1);
        send_text(client, parts[i / 2]);
        if (i % 2)
            reset(client);
        else
            close(client);
        pump_until_connections(&fixture, 0);
    }
    close_fixture(&fixture);
}

static void test_gone_in_the_middle_of_a_response(void **state)
{
    static char block[1 << 16];
    struct fixture fixture;
    struct hc_request *other;
    (void)state;
    start(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_write(request, hc_bytes(block, sizeof(block))));
    assert_true(hc_request_alive(request));
    reset(client);
    enum hc_err err = HC_OK;
    for (int i = 0; i < 100 && !err; i++) {
        err = hc_request_write(request, hc_bytes(block, sizeof(block)));
        if (hc_server_next(fixture.server, 1, &other) != HC_TIMEOUT)
            fail_msg("there is no other request");
    }
    assert_int_equal(err, HC_CLOSED);
    assert_false(hc_request_alive(request));
    assert_int_equal(hc_request_write(request, hc_bytes(block, 1)), HC_CLOSED);
    assert_int_equal(hc_request_finish(request), HC_CLOSED);
    hc_request_release(request);
    pump_until_connections(&fixture, 0);
    close_fixture(&fixture);
}

static void test_half_closed_client_gets_its_answer(void **state)
{
    struct fixture fixture;
    (void)state;
    start(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    send_text(client, get);
    shutdown(client, SHUT_WR);
    answer(must_next(&fixture), "one;");
    answer(must_next(&fixture), "two;");
    assert_non_null(strstr(read_until(&fixture, client, NULL), "two;"));
    close(client);
    pump_until_connections(&fixture, 0);
    close_fixture(&fixture);
}

struct reader {
    int client;
    size_t expected;
    uint64_t sum;
    bool slow;
};

static uint64_t add_up(uint64_t sum, const char *data, size_t length)
{
    for (size_t i = 0; i < length; i++)
        sum = sum * 31 + (unsigned char)data[i];
    return sum;
}

/* Reads to the end of the connection; sums up the last `expected` bytes. */
static void *read_all(void *argument)
{
    struct reader *reader = argument;
    static char data[24 << 20];
    size_t length = 0;
    ssize_t got;
    while ((got = recv(reader->client, data + length, 1 << 16, 0)) > 0) {
        length += (size_t)got;
        if (reader->slow)
            usleep(500);
    }
    if (length >= reader->expected)
        reader->sum = add_up(0, data + length - reader->expected, reader->expected);
    return NULL;
}

static void respond_large(size_t out_max, bool slow)
{
    static char body[16 << 20];
    uint64_t random = 31;
    struct fixture fixture;
    struct hc_request *other;
    pthread_t thread;
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)next_random(&random);
    open_fixture(&fixture);
    fixture.config.out_max = out_max;
    start_fixture(&fixture);
    struct reader reader = {connect_client(&fixture), sizeof(body), 0, slow};
    send_text(reader.client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    struct hc_request *request = must_next(&fixture);
    assert_int_equal(pthread_create(&thread, NULL, read_all, &reader), 0);
    struct hc_bytes pieces[100];
    size_t piece = sizeof(body) / 100;
    for (size_t i = 0; i < 100; i++)
        pieces[i] = hc_bytes(body + i * piece, i < 99 ? piece : sizeof(body) - 99 * piece);
    assert_ok(hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, pieces, 100));
    hc_request_release(request);
    hc_server_drain(fixture.server);
    assert_int_equal(hc_server_next(fixture.server, -1, &other), HC_STOPPED);
    pthread_join(thread, NULL);
    assert_true(reader.sum == add_up(0, body, sizeof(body)));
    close(reader.client);
    close_fixture(&fixture);
}

static void test_slow_reader_is_served_by_the_loop(void **state)
{
    (void)state;
    respond_large(32 << 20, true);
}

static void test_slow_reader_blocks_the_writer(void **state)
{
    (void)state;
    respond_large(1, true);
    respond_large(100000, false);
}

static void test_linger(void **state)
{
    static char flood[4 << 20];
    struct fixture fixture;
    (void)state;
    start(&fixture);
    int client = connect_client(&fixture);
    struct timeval patience = {.tv_usec = 20000};
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
    send_text(client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999\r\n\r\n");
    /* The answer arrives whole although the client goes on sending for a while. */
    for (size_t at = 0; at < sizeof(flood);) {
        struct hc_request *request;
        ssize_t sent = send(client, flood + at, sizeof(flood) - at, MSG_NOSIGNAL | MSG_DONTWAIT);
        at += sent > 0 ? (size_t)sent : 0;
        assert_int_equal(hc_server_next(fixture.server, 0, &request), HC_TIMEOUT);
    }
    const char *text = read_until(&fixture, client, "too large\n");
    assert_ptr_equal(strstr(text, "HTTP/1.1 413 "), text);
    close(client);
    pump_until_connections(&fixture, 0);
    close_fixture(&fixture);
}

struct refusals {
    int count;
    int status;
    char reason[64];
    char target[64];
};

static void note_refusal(void *context, const struct hc_refusal *refusal)
{
    struct refusals *refusals = context;
    refusals->count++;
    refusals->status = refusal->status;
    snprintf(refusals->reason, sizeof(refusals->reason), "%s", refusal->reason);
    snprintf(refusals->target, sizeof(refusals->target), "%.*s", (int)refusal->target.length,
             refusal->target.at ? refusal->target.at : "");
    assert_string_equal(refusal->peer.at, "127.0.0.1");
}

static void test_refusals_are_told(void **state)
{
    struct refusals refusals = {0};
    struct hc_server_counts counts;
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.refused = note_refusal;
    fixture.config.context = &refusals;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "GET /where HTTP/1.1\r\nHost : a\r\n\r\n");
    const char *text = read_until(&fixture, client, NULL);
    assert_ptr_equal(strstr(text, "HTTP/1.1 400 Bad Request\r\n"), text);
    assert_non_null(strstr(text, "400 Bad Request: space before the colon of a field\n"));
    assert_int_equal(refusals.count, 1);
    assert_int_equal(refusals.status, 400);
    assert_string_equal(refusals.reason, "space before the colon of a field");
    assert_string_equal(refusals.target, "/where");
    hc_server_counts(fixture.server, &counts);
    assert_int_equal(counts.refused, 1);
    assert_int_equal(counts.requests, 0);
    close(client);
    client = connect_client(&fixture);
    send_text(client, "HEAD / HTTP/1.1\r\n\r\n");
    text = read_until(&fixture, client, NULL);
    assert_string_equal(text + strlen(text) - 4, "\r\n\r\n");
    close(client);
    close_fixture(&fixture);
}

static size_t read_file(const char *directory, const char *name, char *data, size_t size)
{
    char path[1024];
    snprintf(path, sizeof(path), "%s/%s/%s", REQUESTS, directory, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    size_t length = fread(data, 1, size, file);
    fclose(file);
    return length;
}

static void send_file(struct fixture *fixture, const char *directory, const char *name)
{
    static char data[1 << 16];
    struct hc_request *request = NULL;
    char expected[32];
    int status = directory[0] == 'b' ? atoi(name) : 200;
    size_t length = read_file(directory, name, data, sizeof(data));
    int client = connect_client(fixture);
    send_bytes(client, data, length);
    shutdown(client, SHUT_WR);
    if (status == 200) {
        request = must_next(fixture);
        answer(request, "fine");
    }
    const char *text = read_until(fixture, client, NULL);
    snprintf(expected, sizeof(expected), "HTTP/1.1 %d ", status);
    if (strstr(text, "HTTP/1.1 100 Continue\r\n\r\n") == text)
        text += strlen("HTTP/1.1 100 Continue\r\n\r\n");
    if (strstr(text, expected) != text)
        fail_msg("%s: not %d but \"%s\"", name, status, text);
    close(client);
    pump_until_connections(fixture, 0);
}

/* The corpus of the parser, over the wire. */
static void test_corpus(void **state)
{
    static const char *const directories[] = {"good", "bad"};
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.line_max = 1024;
    fixture.config.header_max = 4096;
    fixture.config.header_count_max = 32;
    fixture.config.body_max = 1 << 20;
    start_fixture(&fixture);
    for (size_t i = 0; i < 2; i++) {
        char path[1024];
        size_t count = 0;
        snprintf(path, sizeof(path), "%s/%s", REQUESTS, directories[i]);
        DIR *listing = opendir(path);
        assert_non_null(listing);
        for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
            if (strstr(entry->d_name, ".http")) {
                send_file(&fixture, directories[i], entry->d_name);
                count++;
            }
        assert_true(count >= 30);
        closedir(listing);
    }
    close_fixture(&fixture);
}

/* Somebody else answers for a holder that takes too long; what the holder sends is dropped. */
static void test_abandoned(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    struct hc_request *request = must_next(&fixture);
    assert_ok(hc_request_abandon(request, 504, "too late\n"));
    assert_int_equal(hc_request_abandon(request, 504, "too late\n"), HC_STATE);
    const char *text = read_until(&fixture, client, NULL);
    assert_non_null(strstr(text, "HTTP/1.1 504 Gateway Timeout\r\n"));
    assert_non_null(strstr(text, "Connection: close\r\n"));
    assert_non_null(strstr(text, "\r\n\r\ntoo late\n"));
    const struct hc_bytes late = hc_bytes_of("late");
    assert_int_equal(hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &late, 1),
                     HC_CLOSED);
    assert_int_equal(hc_request_status(request), 504);
    assert_false(hc_request_alive(request));
    hc_request_release(request);
    pump_until_connections(&fixture, 0);
    close(client);
    client = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    request = must_next(&fixture);
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_write(request, hc_bytes("begun", 5)));
    assert_int_equal(hc_request_abandon(request, 504, "too late\n"), HC_STATE);
    assert_ok(hc_request_finish(request));
    hc_request_release(request);
    read_until(&fixture, client, "0\r\n\r\n");
    close(client);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pipelining),
        cmocka_unit_test(test_byte_by_byte),
        cmocka_unit_test(test_gone_in_the_middle_of_a_request),
        cmocka_unit_test(test_gone_in_the_middle_of_a_response),
        cmocka_unit_test(test_half_closed_client_gets_its_answer),
        cmocka_unit_test(test_slow_reader_is_served_by_the_loop),
        cmocka_unit_test(test_slow_reader_blocks_the_writer),
        cmocka_unit_test(test_linger),
        cmocka_unit_test(test_refusals_are_told),
        cmocka_unit_test(test_abandoned),
        cmocka_unit_test(test_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
