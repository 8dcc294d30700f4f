#include "support.h"

static void test_equal(void **state)
{
    (void)state;
    assert_true(hc_bytes_equal(hc_bytes("", 0), hc_bytes(NULL, 0)));
    assert_true(hc_bytes_equal(hc_bytes_of("abc"), hc_bytes_of("abc")));
    assert_false(hc_bytes_equal(hc_bytes_of("abc"), hc_bytes_of("abd")));
    assert_false(hc_bytes_equal(hc_bytes_of("abc"), hc_bytes_of("ab")));
    assert_true(hc_bytes_equal_nocase(hc_bytes_of("cHuNkEd"), hc_bytes_of("chunked")));
    assert_false(hc_bytes_equal_nocase(hc_bytes_of("@"), hc_bytes_of("`")));
    assert_false(hc_bytes_equal_nocase(hc_bytes_of("a"), hc_bytes_of("ab")));
}

static void test_to_u64(void **state)
{
    uint64_t value = 7;
    (void)state;
    assert_int_equal(hc_bytes_to_u64(hc_bytes_of(""), &value), HC_INVALID);
    assert_int_equal(hc_bytes_to_u64(hc_bytes_of("+1"), &value), HC_INVALID);
    assert_int_equal(hc_bytes_to_u64(hc_bytes_of("1 "), &value), HC_INVALID);
    assert_int_equal(hc_bytes_to_u64(hc_bytes_of("0x1"), &value), HC_INVALID);
    assert_int_equal(hc_bytes_to_u64(hc_bytes_of("18446744073709551616"), &value), HC_LIMIT);
    assert_int_equal(hc_bytes_to_u64(hc_bytes_of("99999999999999999999999"), &value), HC_LIMIT);
    assert_int_equal(hc_bytes_to_u64(hc_bytes_of("99999999999999999999999x"), &value), HC_INVALID);
    assert_int_equal(value, 7);
    assert_ok(hc_bytes_to_u64(hc_bytes_of("18446744073709551615"), &value));
    assert_true(value == UINT64_MAX);
    assert_ok(hc_bytes_to_u64(hc_bytes_of("0042"), &value));
    assert_int_equal(value, 42);
}

static void test_err_texts(void **state)
{
    (void)state;
    for (int err = HC_OK; err <= HC_SHORT; err++) {
        assert_non_null(hc_err_text((enum hc_err)err));
        assert_string_not_equal(hc_err_text((enum hc_err)err), "unknown error");
    }
    assert_string_equal(hc_err_text((enum hc_err)(HC_SHORT + 1)), "unknown error");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal),
        cmocka_unit_test(test_to_u64),
        cmocka_unit_test(test_err_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
