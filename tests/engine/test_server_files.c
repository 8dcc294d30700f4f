/* Responses out of files, the spool for slow clients, interim responses. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LARGE = 12 << 20, SMALL = 5000 };

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static char byte_at(size_t place)
{
    return (char)('a' + place % 23 + place / 4096 % 3);
}

/* An unlinked file of `length` bytes. */
static int make_file(size_t length)
{
    char name[] = "/tmp/hc-test-XXXXXX";
    int fd = mkstemp(name);
    char *bytes = malloc(length + 1);
    assert_true(fd >= 0);
    assert_non_null(bytes);
    unlink(name);
    for (size_t i = 0; i < length; i++)
        bytes[i] = byte_at(i);
    assert_int_equal(write(fd, bytes, length), length);
    free(bytes);
    return fd;
}

static enum hc_err respond(struct hc_request *request, int fd, uint64_t offset, uint64_t length)
{
    const struct hc_file_part part = {fd, offset, length};
    enum hc_err err = hc_request_respond_file(request, 200, hc_bytes("", 0), NULL, 0, &part);
    hc_request_release(request);
    return err;
}

/* Reads a body of the file's bytes from `offset` on, and runs the loop meanwhile. */
static void expect_body(struct fixture *fixture, int client, size_t offset, size_t length)
{
    char bytes[4000];
    size_t seen = 0;
    while (seen < length) {
        size_t most = length - seen < sizeof(bytes) ? length - seen : sizeof(bytes);
        pump_until_readable(fixture, client);
        ssize_t got = recv(client, bytes, most, 0);
        assert_true(got > 0);
        for (ssize_t i = 0; i < got; i++)
            if (bytes[i] != byte_at(offset + seen + (size_t)i))
                fail_msg("wrong byte at %zu", seen + (size_t)i);
        seen += (size_t)got;
    }
}

static void expect_head(struct fixture *fixture, int client, size_t length)
{
    char text[2048], wanted[64];
    size_t count = 0;
    snprintf(wanted, sizeof(wanted), "Content-Length: %zu\r\n", length);
    while (count < 4 || memcmp(text + count - 4, "\r\n\r\n", 4) != 0) {
        pump_until_readable(fixture, client);
        assert_true(count < sizeof(text) - 1);
        assert_int_equal(recv(client, text + count++, 1, 0), 1);
    }
    text[count] = '\0';
    assert_non_null(strstr(text, wanted));
}

static void test_sizes(void **state)
{
    static const size_t lengths[] = {0, 1, SMALL, 16 * 1024, 16 * 1024 + 1, 100000, LARGE};
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
        int fd = make_file(lengths[i]);
        send_text(client, get);
        assert_ok(respond(must_next(&fixture), fd, 0, lengths[i]));
        close(fd); /* the loop has its own */
        expect_head(&fixture, client, lengths[i]);
        expect_body(&fixture, client, 0, lengths[i]);
    }
    close(client);
    close_fixture(&fixture);
}

static void test_part_and_head(void **state)
{
    struct fixture fixture;
    int fd = make_file(LARGE);
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    assert_ok(respond(must_next(&fixture), fd, 4097, 100000));
    expect_head(&fixture, client, 100000);
    expect_body(&fixture, client, 4097, 100000);
    send_text(client, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_ok(respond(must_next(&fixture), fd, 0, LARGE));
    expect_head(&fixture, client, LARGE);
    send_text(client, get);
    answer(must_next(&fixture), "next");
    read_until(&fixture, client, "next");
    close(client);
    close(fd);
    close_fixture(&fixture);
}

/* The lengths of application and file differ. */
static void test_lengths(void **state)
{
    static const struct {
        const char *length;
        enum hc_err err;
    } cases[] = {{"100", HC_OK}, {"6000", HC_SHORT}};
    struct fixture fixture;
    int fd = make_file(SMALL);
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    for (int i = 0; i < 2; i++) {
        const struct hc_pair length = {hc_bytes_of("Content-Length"),
                                       hc_bytes_of(cases[i].length)};
        const struct hc_file_part part = {fd, 0, SMALL};
        send_text(client, get);
        struct hc_request *request = must_next(&fixture);
        assert_int_equal(hc_request_respond_file(request, 200, hc_bytes("", 0), &length, 1, &part),
                         cases[i].err);
        hc_request_release(request);
        expect_head(&fixture, client, (size_t)atoi(cases[i].length));
        expect_body(&fixture, client, 0, i ? SMALL : 100);
    }
    assert_true(at_end(&fixture, client));
    close(client);
    close(fd);
    close_fixture(&fixture);
}

/* A file that becomes shorter while it is sent: the client can see that something is missing. */
static void test_shrinking_file(void **state)
{
    struct fixture fixture;
    int fd = make_file(LARGE);
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    assert_ok(respond(must_next(&fixture), fd, 0, LARGE));
    assert_int_equal(ftruncate(fd, 100), 0);
    expect_head(&fixture, client, LARGE);
    size_t seen = 0;
    char bytes[65536];
    for (ssize_t got = 1; got > 0; seen += got > 0 ? (size_t)got : 0) {
        pump_until_readable(&fixture, client);
        got = recv(client, bytes, sizeof(bytes), 0);
    }
    assert_true(seen < LARGE);
    pump_until_connections(&fixture, 0);
    close(client);
    close(fd);
    close_fixture(&fixture);
}

/* sendfile(2) to a client that has said goodbye raises SIGPIPE, which would end this process. */
static void test_client_gone_before_the_file(void **state)
{
    struct fixture fixture;
    int fd = make_file(LARGE);
    (void)state;
    assert_true(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    open_fixture(&fixture);
    start_fixture(&fixture);
    for (int i = 0; i < 20; i++) {
        int client = connect_client(&fixture);
        send_text(client, get);
        struct hc_request *request = must_next(&fixture);
        close(client);
        enum hc_err err = respond(request, fd, 0, LARGE);
        assert_true(err == HC_OK || err == HC_CLOSED);
        pump_until_connections(&fixture, 0);
    }
    close(fd);
    close_fixture(&fixture);
}

/* Several clients that read slowly, one that has gone. */
static void test_slow_readers(void **state)
{
    enum { CLIENTS = 4 };
    struct fixture fixture;
    int fd = make_file(LARGE), clients[CLIENTS];
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = connect_client(&fixture);
        send_text(clients[i], get);
        assert_ok(respond(must_next(&fixture), fd, 0, LARGE));
    }
    close(clients[0]);
    for (int i = 1; i < CLIENTS; i++)
        expect_head(&fixture, clients[i], LARGE);
    for (size_t at = 0; at < LARGE; at += LARGE / 16)
        for (int i = 1; i < CLIENTS; i++)
            expect_body(&fixture, clients[i], at, LARGE / 16);
    pump_until_connections(&fixture, CLIENTS - 1);
    for (int i = 1; i < CLIENTS; i++)
        close(clients[i]);
    close(fd);
    close_fixture(&fixture);
}

/* Writes LARGE bytes in pieces; what the writer was told at last. */
static enum hc_err write_all(struct hc_request *request)
{
    enum { PIECE = 100000 };
    char *piece = malloc(PIECE);
    const struct hc_pair length = {hc_bytes_of("Content-Length"), hc_bytes_of("12582912")};
    enum hc_err err = hc_request_start(request, 200, hc_bytes("", 0), &length, 1);
    assert_non_null(piece);
    for (size_t at = 0; at < LARGE && !err; at += PIECE) {
        size_t count = LARGE - at < PIECE ? LARGE - at : PIECE;
        for (size_t i = 0; i < count; i++)
            piece[i] = byte_at(at + i);
        err = hc_request_write(request, hc_bytes(piece, count));
    }
    free(piece);
    if (!err)
        err = hc_request_finish(request);
    hc_request_release(request);
    return err;
}

/* Nobody reads while everything is written, by a single thread. */
static void test_spool(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.out_max = 200000;
    fixture.config.spool_max = LARGE;
    fixture.config.parked_max = 0;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    for (int round = 0; round < 2; round++) {
        send_text(client, get);
        assert_ok(write_all(must_next(&fixture)));
        expect_head(&fixture, client, LARGE);
        expect_body(&fixture, client, 0, LARGE);
    }
    close(client);
    close_fixture(&fixture);
}

static void test_spool_that_is_full(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.out_max = 200000;
    fixture.config.spool_max = 300000;
    fixture.config.parked_max = 0;
    start_fixture(&fixture);
    int client = connect_client(&fixture), other = connect_client(&fixture);
    send_text(client, get);
    assert_int_equal(write_all(must_next(&fixture)), HC_TIMEOUT);
    send_text(other, get);
    answer(must_next(&fixture), "other");
    read_until(&fixture, other, "other");
    close(client);
    close(other);
    close_fixture(&fixture);
}

static void test_spool_without_a_place(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.out_max = 200000;
    fixture.config.spool_max = LARGE;
    fixture.config.parked_max = 0;
    fixture.config.body_directory = "/nonexistent";
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    assert_int_equal(write_all(must_next(&fixture)), HC_TIMEOUT);
    close(client);
    close_fixture(&fixture);
}

static void test_early_hints(void **state)
{
    const struct hc_pair link = {hc_bytes_of("Link"), hc_bytes_of("</a.css>; rel=preload")};
    const struct hc_pair bad = {hc_bytes_of("Link"), hc_bytes_of("a\r\nb: c")};
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, get);
    struct hc_request *request = must_next(&fixture);
    assert_int_equal(hc_request_inform(request, 103, &bad, 1), HC_INVALID);
    assert_int_equal(hc_request_inform(request, 101, &link, 1), HC_INVALID);
    assert_int_equal(hc_request_inform(request, 200, &link, 1), HC_INVALID);
    assert_ok(hc_request_inform(request, 103, &link, 1));
    assert_ok(hc_request_start(request, 200, hc_bytes("", 0), NULL, 0));
    assert_ok(hc_request_inform(request, 103, &link, 1));
    assert_ok(hc_request_write(request, hc_bytes("body", 4)));
    assert_int_equal(hc_request_inform(request, 103, &link, 1), HC_STATE);
    assert_ok(hc_request_finish(request));
    hc_request_release(request);
    static const char hint[] = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n";
    const char *text = read_until(&fixture, client, "0\r\n\r\n");
    assert_memory_equal(text, hint, sizeof(hint) - 1);
    assert_memory_equal(text + sizeof(hint) - 1, hint, sizeof(hint) - 1);
    assert_memory_equal(text + 2 * (sizeof(hint) - 1), "HTTP/1.1 200 OK\r\n", 17);
    send_text(client, "GET / HTTP/1.0\r\n\r\n");
    request = must_next(&fixture);
    assert_ok(hc_request_inform(request, 103, &link, 1));
    answer(request, "old");
    assert_memory_equal(read_until(&fixture, client, NULL), "HTTP/1.1 200 OK\r\n", 17);
    close(client);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_part_and_head),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_shrinking_file),
        cmocka_unit_test(test_client_gone_before_the_file),
        cmocka_unit_test(test_slow_readers),
        cmocka_unit_test(test_spool),
        cmocka_unit_test(test_spool_that_is_full),
        cmocka_unit_test(test_spool_without_a_place),
        cmocka_unit_test(test_early_hints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
