#include "support.h"

#include "hc/scan.h"

/* The naive twins, from the grammar of RFC 9110 and RFC 3986 letter by letter. */
static bool is_token(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_value(unsigned char c)
{
    return c == '\t' || (c >= 0x20 && c != 0x7f);
}

static bool is_target(unsigned char c)
{
    return c > 0x20 && c < 0x7f && c != '#';
}

static size_t scan_slowly(const char *data, size_t length, bool (*belongs)(unsigned char))
{
    size_t i = 0;
    while (i < length && belongs((unsigned char)data[i]))
        i++;
    return i;
}

static void assert_alike(const char *data, size_t length)
{
    const char *end = data + length;
    assert_int_equal(hc_scan_token(data, end) - data, scan_slowly(data, length, is_token));
    assert_int_equal(hc_scan_value(data, end) - data, scan_slowly(data, length, is_value));
    assert_int_equal(hc_scan_target(data, end) - data, scan_slowly(data, length, is_target));
}

static void test_every_byte_at_every_place(void **state)
{
    (void)state;
    for (size_t length = 1; length <= 40; length++) {
        char *data = malloc(length);
        assert_non_null(data);
        for (size_t place = 0; place < length; place++)
            for (int c = 0; c < 256; c++) {
                memset(data, 'a', length);
                data[place] = (char)c;
                assert_alike(data, length);
            }
        free(data);
    }
}

static void test_generated(void **state)
{
    uint64_t random = 5;
    (void)state;
    for (int round = 0; round < 100000; round++) {
        size_t length = next_random(&random) % 100;
        char *data = malloc(length + 1);
        assert_non_null(data);
        for (size_t i = 0; i < length; i++) {
            uint64_t dice = next_random(&random);
            data[i] = dice % 16 == 0 ? (char)(dice >> 8) : "abc \tXYZ"[dice >> 8 & 7];
        }
        assert_alike(data, length);
        free(data);
    }
}

static void test_token_char(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++)
        assert_int_equal(hc_is_token_char((char)c), is_token((unsigned char)c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_at_every_place),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_token_char),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
