#include "support.h"

#include <unistd.h>

#include "hc/proxy.h"

enum { BOTH = HC_PROXY_V1 | HC_PROXY_V2 };

#define V2(rest) "\r\n\r\n\0\r\nQUIT\n" rest
#define BYTES(literal) hc_bytes((literal), sizeof(literal) - 1)

static enum hc_parse parse(unsigned versions, struct hc_bytes data, struct hc_peer *peer,
                           size_t *consumed)
{
    const char *reason = NULL;
    *peer = (struct hc_peer){.text = "127.0.0.1", .length = 9, .port = 1};
    *consumed = 99;
    enum hc_parse result = hc_proxy_parse(versions, data.at, data.length, peer, consumed, &reason);
    if (result == HC_PARSE_BAD)
        assert_non_null(reason);
    return result;
}

static void test_clients(void **state)
{
    static const struct {
        struct hc_bytes data;
        const char *peer;
        unsigned port;
    } cases[] = {
        {{"PROXY TCP4 192.168.0.1 192.168.0.11 56324 443\r\n", 47}, "192.168.0.1", 56324},
        {{"PROXY TCP6 2001:db8::1 ::1 0 65535\r\n", 36}, "2001:db8::1", 0},
        {{"PROXY UNKNOWN\r\n", 15}, "127.0.0.1", 1},
        {{"PROXY UNKNOWN ffff::1 whatever 1 2\r\n", 36}, "127.0.0.1", 1},
        {{V2("\x21\x11\0\x0c\xc0\0\x02\x07\x7f\0\0\x01\x30\x39\x01\xbb"), 28}, "192.0.2.7", 12345},
        {{V2("\x21\x11\0\x0f\xc0\0\x02\x07\x7f\0\0\x01\x30\x39\x01\xbb\x04\0\0"), 31},
         "192.0.2.7", 12345},
        {{V2("\x21\x21\0\x24 \x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01"
             "                \0\x50\x01\xbb"), 52},
         "2001:db8::1", 80},
        {{V2("\x20\0\0\0"), 16}, "127.0.0.1", 1},
        {{V2("\x21\0\0\x02xy"), 18}, "127.0.0.1", 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hc_peer peer;
        size_t consumed;
        for (size_t length = 0; length < cases[i].data.length; length++)
            assert_int_equal(parse(BOTH, hc_bytes(cases[i].data.at, length), &peer, &consumed),
                             HC_PARSE_MORE);
        assert_int_equal(parse(BOTH, cases[i].data, &peer, &consumed), HC_PARSE_OK);
        assert_int_equal(consumed, cases[i].data.length);
        assert_bytes(hc_bytes(peer.text, peer.length), cases[i].peer);
        assert_int_equal(peer.port, cases[i].port);
    }
}

static void test_bad(void **state)
{
    static const char *const lines[] = {
        "PROXY \r\n", "PROXY TCP4\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
        "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n", "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n",
    };
    struct hc_peer peer;
    size_t consumed;
    char endless[200];
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_int_equal(parse(BOTH, hc_bytes_of(lines[i]), &peer, &consumed), HC_PARSE_BAD);
    memset(endless, ' ', sizeof(endless));
    memcpy(endless, "PROXY UNKNOWN", 13);
    assert_int_equal(parse(BOTH, hc_bytes(endless, 106), &peer, &consumed), HC_PARSE_MORE);
    assert_int_equal(parse(BOTH, hc_bytes(endless, 107), &peer, &consumed), HC_PARSE_BAD);
    assert_int_equal(parse(BOTH, BYTES(V2("\x11\x11\0\0")), &peer, &consumed), HC_PARSE_BAD);
    assert_int_equal(parse(BOTH, BYTES(V2("\x22\x11\0\0")), &peer, &consumed), HC_PARSE_BAD);
    assert_int_equal(parse(BOTH, BYTES(V2("\x21\x11\0\x01x")), &peer, &consumed), HC_PARSE_BAD);
    assert_int_equal(parse(BOTH, BYTES(V2("\x21\x12\0\0")), &peer, &consumed), HC_PARSE_BAD);
    assert_int_equal(parse(BOTH, BYTES(V2("\x21\x11\xff\xff")), &peer, &consumed), HC_PARSE_BAD);
}

static void test_without(void **state)
{
    struct hc_peer peer;
    size_t consumed;
    (void)state;
    assert_int_equal(parse(BOTH, BYTES("GET / HTTP/1.1"), &peer, &consumed), HC_PARSE_OK);
    assert_int_equal(consumed, 0);
    assert_int_equal(parse(BOTH, BYTES("PRO"), &peer, &consumed), HC_PARSE_MORE);
    assert_int_equal(parse(HC_PROXY_V2, BYTES("PRO"), &peer, &consumed), HC_PARSE_OK);
    assert_int_equal(parse(HC_PROXY_V1, BYTES(V2("")), &peer, &consumed), HC_PARSE_OK);
    assert_int_equal(parse(BOTH, BYTES("\r\nGET"), &peer, &consumed), HC_PARSE_OK);
}

/* Over a connection: once, before the first request, and only from those who are trusted. */
static void test_connection(void **state)
{
    static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    struct fixture fixture;
    struct hc_network network;
    (void)state;
    assert_ok(hc_network_parse(hc_bytes_of("127.0.0.0/8"), &network));
    open_fixture(&fixture);
    fixture.config.proxy_protocol = BOTH;
    fixture.config.proxy_networks = &network;
    fixture.config.proxy_network_count = 1;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "PROXY TCP4 192.0.2.1 127.0.0.1 77 80\r\n");
    pump_until_connections(&fixture, 1);
    send_text(client, get);
    send_text(client, get);
    for (int i = 0; i < 2; i++) {
        struct hc_request *request = must_next(&fixture);
        assert_bytes(request->peer, "192.0.2.1");
        assert_int_equal(request->peer_port, 77);
        answer(request, "end;");
    }
    read_until(&fixture, client, "end;");
    send_text(client, "PROXY TCP4 192.0.2.1 127.0.0.1 77 80\r\n\r\n");
    assert_non_null(strstr(read_until(&fixture, client, NULL), "HTTP/1.1 400 Bad Request\r\n"));
    close(client);
    close_fixture(&fixture);
}

static void test_who_is_not_trusted(void **state)
{
    struct fixture fixture;
    (void)state;
    open_fixture(&fixture);
    fixture.config.proxy_protocol = HC_PROXY_V1;
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    send_text(client, "PROXY TCP4 192.0.2.1 127.0.0.1 77 80\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_non_null(strstr(read_until(&fixture, client, NULL), "HTTP/1.1 403 Forbidden\r\n"));
    close(client);
    client = connect_client(&fixture);
    send_text(client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    answer(must_next(&fixture), "without");
    read_until(&fixture, client, "without");
    close(client);
    close_fixture(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clients),    cmocka_unit_test(test_bad),
        cmocka_unit_test(test_without),    cmocka_unit_test(test_connection),
        cmocka_unit_test(test_who_is_not_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
