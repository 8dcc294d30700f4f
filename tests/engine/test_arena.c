#include "support.h"

#include <stdalign.h>

#include "hc/arena.h"

static void test_aligned_and_apart(void **state)
{
    struct hc_arena arena;
    unsigned char *blocks[200];
    (void)state;
    hc_arena_init(&arena, NULL, 1 << 20);
    for (size_t i = 0; i < 200; i++) {
        blocks[i] = hc_arena_get(&arena, i + 1);
        assert_non_null(blocks[i]);
        assert_int_equal((uintptr_t)blocks[i] % alignof(max_align_t), 0);
        memset(blocks[i], (int)i, i + 1);
    }
    for (size_t i = 0; i < 200; i++)
        for (size_t j = 0; j <= i; j++)
            assert_int_equal(blocks[i][j], i);
    hc_arena_deinit(&arena);
}

static void test_maximum(void **state)
{
    struct hc_arena arena;
    (void)state;
    hc_arena_init(&arena, NULL, 10000);
    assert_non_null(hc_arena_get(&arena, 9000));
    assert_null(hc_arena_get(&arena, 9000));
    assert_null(hc_arena_get(&arena, SIZE_MAX));
    assert_non_null(hc_arena_get(&arena, 500));
    hc_arena_deinit(&arena);
}

static void test_steady_state_allocates_nothing(void **state)
{
    struct failing_alloc alloc;
    struct hc_arena arena;
    (void)state;
    failing_alloc_init(&alloc, SIZE_MAX);
    hc_arena_init(&arena, &alloc.hook, 1 << 20);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 10; i++)
            assert_non_null(hc_arena_get(&arena, 100));
        hc_arena_reset(&arena);
    }
    assert_int_equal(alloc.count, 1);
    assert_non_null(hc_arena_get(&arena, 100000));
    hc_arena_reset(&arena);
    assert_int_equal(alloc.live, 1);
    hc_arena_deinit(&arena);
    assert_int_equal(alloc.live, 0);
}

static void test_out_of_memory(void **state)
{
    (void)state;
    for (size_t fail_at = 0; fail_at < 3; fail_at++) {
        struct failing_alloc alloc;
        struct hc_arena arena;
        size_t got = 0;
        failing_alloc_init(&alloc, fail_at);
        hc_arena_init(&arena, &alloc.hook, 1 << 20);
        while (hc_arena_get(&arena, 4096))
            got++;
        assert_int_equal(got, fail_at);
        hc_arena_deinit(&arena);
        assert_int_equal(alloc.live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aligned_and_apart),
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_steady_state_allocates_nothing),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
