#include "support.h"

#include "hc/buffer.h"

static void test_grows_to_its_maximum(void **state)
{
    struct hc_buffer buffer;
    (void)state;
    hc_buffer_init(&buffer, NULL, 1000);
    for (int i = 0; i < 1000; i++)
        assert_ok(hc_buffer_append(&buffer, hc_bytes("x", 1)));
    assert_int_equal(buffer.length, 1000);
    assert_int_equal(buffer.capacity, 1000);
    assert_int_equal(hc_buffer_append(&buffer, hc_bytes("x", 1)), HC_LIMIT);
    assert_int_equal(hc_buffer_reserve(&buffer, SIZE_MAX), HC_LIMIT);
    assert_int_equal(buffer.length, 1000);
    assert_ok(hc_buffer_append(&buffer, hc_bytes("", 0)));
    hc_buffer_deinit(&buffer);
}

static void test_reserve_beyond_doubling(void **state)
{
    struct hc_buffer buffer;
    (void)state;
    hc_buffer_init(&buffer, NULL, 1 << 20);
    assert_ok(hc_buffer_reserve(&buffer, 100000));
    assert_true(hc_buffer_room(&buffer) >= 100000);
    hc_buffer_deinit(&buffer);
}

static void test_consume(void **state)
{
    struct hc_buffer buffer;
    (void)state;
    hc_buffer_init(&buffer, NULL, 100);
    hc_buffer_consume(&buffer, 0);
    assert_ok(hc_buffer_append(&buffer, hc_bytes_of("one two")));
    hc_buffer_consume(&buffer, 4);
    assert_bytes(hc_bytes(buffer.data, buffer.length), "two");
    hc_buffer_consume(&buffer, 3);
    assert_int_equal(buffer.length, 0);
    hc_buffer_release(&buffer);
    assert_null(buffer.data);
    assert_ok(hc_buffer_append(&buffer, hc_bytes_of("again")));
    hc_buffer_deinit(&buffer);
}

static void test_out_of_memory_changes_nothing(void **state)
{
    struct failing_alloc alloc;
    struct hc_buffer buffer;
    (void)state;
    failing_alloc_init(&alloc, 1);
    hc_buffer_init(&buffer, &alloc.hook, 1 << 20);
    assert_ok(hc_buffer_append(&buffer, hc_bytes_of("kept")));
    assert_int_equal(hc_buffer_reserve(&buffer, 5000), HC_NOMEM);
    assert_bytes(hc_bytes(buffer.data, buffer.length), "kept");
    hc_buffer_deinit(&buffer);
    assert_int_equal(alloc.live, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_to_its_maximum),
        cmocka_unit_test(test_reserve_beyond_doubling),
        cmocka_unit_test(test_consume),
        cmocka_unit_test(test_out_of_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
