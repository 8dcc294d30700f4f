#include "support.h"

#include "hc/encoding.h"

static void check(const char *value, unsigned identity, unsigned gzip, unsigned br, unsigned zstd)
{
    const struct hc_bytes text = hc_bytes_of(value);
    struct hc_accepted accepted;
    hc_encoding_accepted(&text, 1, &accepted);
    const unsigned wanted[] = {identity, gzip, br, zstd};
    for (int i = 0; i < HC_CODING_COUNT; i++)
        if (accepted.quality[i] != wanted[i])
            fail_msg("\"%s\": coding %d has %u, not %u", value, i, accepted.quality[i], wanted[i]);
}

static void test_qualities(void **state)
{
    (void)state;
    check("", 1, 0, 0, 0);
    check("gzip, deflate, br, zstd", 1, 1000, 1000, 1000);
    check("gzip;q=0.5,br;q=0.25 , zstd; q=0.125", 1, 500, 250, 125);
    check("x-gzip", 1, 1000, 0, 0);
    check("GZIP;Q=1.000", 1, 1000, 0, 0);
    check("br;q=0", 1, 0, 0, 0);
    check("*", 1, 1000, 1000, 1000);
    check("*;q=0.5, br", 1, 500, 1000, 500);
    check("*;q=0", 0, 0, 0, 0);
    check("identity;q=0, gzip", 0, 1000, 0, 0);
    check("identity;q=0.5, *;q=0", 500, 0, 0, 0);
    check("identity, gzip;q=0.9", 1000, 900, 0, 0);
}

static void test_malformed(void **state)
{
    (void)state;
    check("gzip;q=2", 1, 0, 0, 0);
    check("gzip;q=1.001", 1, 0, 0, 0);
    check("gzip;q=0.1234", 1, 0, 0, 0);
    check("gzip;q=", 1, 0, 0, 0);
    check("gzip;q=-1, br", 1, 0, 1000, 0);
    check("gzip;level=9", 1, 0, 0, 0);
    check(",,;,=,;q,br", 1, 0, 1000, 0);
    check("gzipped, brr, b", 1, 0, 0, 0);
}

static void test_several_fields(void **state)
{
    const struct hc_bytes values[] = {hc_bytes_of("gzip"), hc_bytes_of("br;q=0.5")};
    struct hc_accepted accepted;
    (void)state;
    hc_encoding_accepted(values, 2, &accepted);
    assert_int_equal(accepted.quality[HC_CODING_GZIP], 1000);
    assert_int_equal(accepted.quality[HC_CODING_BR], 500);
    hc_encoding_accepted(NULL, 0, &accepted);
    assert_int_equal(accepted.quality[HC_CODING_GZIP], 0);
    assert_int_equal(accepted.quality[HC_CODING_IDENTITY], 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_qualities),
        cmocka_unit_test(test_malformed),
        cmocka_unit_test(test_several_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
