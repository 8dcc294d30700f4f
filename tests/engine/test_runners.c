#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "hc/clock.h"
#include "hc/runners.h"

enum { MS = 1000000, WINDOW = 20 * MS };

static void assert_idle(const uint64_t *used_ns, size_t count, size_t idle)
{
    assert_int_equal(hc_runners_idle(used_ns, count, WINDOW), idle);
}

static void test_who_waits(void **state)
{
    const uint64_t sleep[] = {0, 0, 0, 0}, compete[] = {5 * MS, 4 * MS, 6 * MS, 5 * MS};
    const uint64_t one_burns[] = {0, 20 * MS, MS / 10, 0}, database[] = {2 * MS, 2 * MS, 3 * MS};
    uint64_t many[16];
    (void)state;
    assert_idle(NULL, 0, 0);
    assert_idle(sleep, 4, 4);
    assert_idle(compete, 4, 0);
    assert_idle(one_burns, 4, 3);
    assert_idle(database, 3, 3);
    for (size_t i = 0; i < 16; i++)
        many[i] = WINDOW / 16;
    assert_idle(many, 16, 0);
}

struct one {
    struct hc_runners runners;
    atomic_bool begun, over;
};

static void *wait_with_a_request(void *argument)
{
    struct one *one = argument;
    struct hc_runner *runner = hc_runners_begin(&one->runners);
    atomic_store(&one->begun, true);
    while (!atomic_load(&one->over))
        usleep(1000);
    hc_runner_end(runner);
    return runner;
}

static void test_only_the_same_request_counts(void **state)
{
    struct one one = {.begun = false};
    pthread_t thread;
    void *had = NULL;
    (void)state;
    assert_ok(hc_runners_init(&one.runners, NULL, 1));
    assert_int_equal(hc_runners_waiting(&one.runners, hc_clock_ns()), 0);
    assert_int_equal(pthread_create(&thread, NULL, wait_with_a_request, &one), 0);
    while (!atomic_load(&one.begun))
        usleep(1000);
    assert_null(hc_runners_begin(&one.runners)); /* there is place for one */
    assert_int_equal(hc_runners_waiting(&one.runners, hc_clock_ns()), 0); /* it is new */
    usleep(50000);
    assert_int_equal(hc_runners_waiting(&one.runners, hc_clock_ns()), 1);
    atomic_store(&one.over, true);
    pthread_join(thread, &had);
    assert_non_null(had);
    assert_int_equal(hc_runners_waiting(&one.runners, hc_clock_ns()), 0);
    hc_runners_deinit(&one.runners);
}

static void test_none(void **state)
{
    struct hc_runners runners;
    (void)state;
    assert_ok(hc_runners_init(&runners, NULL, 0));
    assert_null(hc_runners_begin(&runners));
    hc_runner_end(NULL);
    assert_int_equal(hc_runners_waiting(&runners, hc_clock_ns()), 0);
    hc_runners_deinit(&runners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_waits),
        cmocka_unit_test(test_only_the_same_request_counts),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
