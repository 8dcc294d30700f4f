#include "support.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "hc/listener.h"

static int connect_to(uint16_t port)
{
    struct fixture fixture = {.port = port};
    return connect_client(&fixture);
}

static void test_accept(void **state)
{
    uint16_t port;
    struct hc_peer peer;
    int accepted = -1, on = 0;
    socklen_t length = sizeof(on);
    (void)state;
    int listener = open_listener(&port);
    assert_ok(hc_listener_prepare(listener));
    assert_int_equal(hc_listener_accept(listener, &accepted, &peer), HC_TIMEOUT);
    int client = connect_to(port);
    assert_ok(hc_listener_accept(listener, &accepted, &peer));
    assert_string_equal(peer.text, "127.0.0.1");
    assert_int_equal(peer.length, 9);
    assert_true(peer.port > 0);
    assert_true(fcntl(accepted, F_GETFL) & O_NONBLOCK);
    assert_true(fcntl(accepted, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(getsockopt(accepted, IPPROTO_TCP, TCP_NODELAY, &on, &length), 0);
    assert_true(on);
    close(accepted);
    close(client);
    close(listener);
}

static void test_unix_socket_has_no_address(void **state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct hc_peer peer;
    int accepted = -1;
    (void)state;
    snprintf(address.sun_path + 1, sizeof(address.sun_path) - 1, "hotclub-test-%d", (int)getpid());
    int listener = socket(AF_UNIX, SOCK_STREAM, 0), client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_ok(hc_listener_prepare(listener));
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_ok(hc_listener_accept(listener, &accepted, &peer));
    assert_int_equal(peer.length, 0);
    close(accepted);
    close(client);
    close(listener);
}

static void test_out_of_descriptors(void **state)
{
    struct rlimit limit, none;
    struct hc_peer peer;
    uint16_t port;
    int accepted = -1;
    (void)state;
    int listener = open_listener(&port);
    assert_ok(hc_listener_prepare(listener));
    int client = connect_to(port);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    none = (struct rlimit){.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    enum hc_err err = hc_listener_accept(listener, &accepted, &peer);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(err, HC_LIMIT);
    assert_ok(hc_listener_accept(listener, &accepted, &peer));
    close(accepted);
    close(client);
    close(listener);
}

static void test_not_a_listener(void **state)
{
    struct hc_peer peer;
    int accepted, ends[2];
    (void)state;
    assert_int_equal(hc_listener_prepare(-1), HC_SYSTEM);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(hc_listener_accept(ends[0], &accepted, &peer), HC_SYSTEM);
    close(ends[0]);
    close(ends[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_unix_socket_has_no_address),
        cmocka_unit_test(test_out_of_descriptors),
        cmocka_unit_test(test_not_a_listener),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
