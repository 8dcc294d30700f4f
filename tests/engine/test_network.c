#include "support.h"

#include "hc/network.h"

static bool has(const char *network, const char *peer)
{
    struct hc_network parsed;
    assert_ok(hc_network_parse(hc_bytes_of(network), &parsed));
    return hc_network_has(&parsed, 1, hc_bytes_of(peer));
}

static void test_membership(void **state)
{
    (void)state;
    assert_true(has("192.0.2.1", "192.0.2.1"));
    assert_true(has("192.0.2.1", "::ffff:192.0.2.1"));
    assert_false(has("192.0.2.1", "192.0.2.2"));
    assert_true(has("10.0.0.0/8", "10.255.0.1"));
    assert_false(has("10.0.0.0/8", "11.0.0.1"));
    assert_true(has("172.16.0.0/12", "172.31.255.255"));
    assert_false(has("172.16.0.0/12", "172.32.0.0"));
    assert_true(has("0.0.0.0/0", "203.0.113.9"));
    assert_false(has("0.0.0.0/0", "2001:db8::1"));
    assert_true(has("2001:db8::/33", "2001:db8:7fff::1"));
    assert_false(has("2001:db8::/33", "2001:db8:8000::1"));
    assert_true(has("*", "2001:db8::1"));
    assert_true(has("192.0.2.1", ""));
    assert_false(has("192.0.2.1", "nonsense"));
}

static void test_none(void **state)
{
    (void)state;
    assert_false(hc_network_has(NULL, 0, hc_bytes_of("127.0.0.1")));
    assert_true(hc_network_has(NULL, 0, hc_bytes("", 0)));
}

static void test_nonsense(void **state)
{
    static const char *const texts[] = {
        "", "x", "10.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "::/129", "/8", "1.2.3.4/8x",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct hc_network network;
        assert_int_equal(hc_network_parse(hc_bytes_of(texts[i]), &network), HC_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_membership),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_nonsense),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
