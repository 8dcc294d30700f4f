#include "support.h"

#include <pthread.h>

#include "hc/clock.h"

static void assert_same_as_strftime(time_t when)
{
    char ours[HC_DATE_LENGTH + 1] = "", theirs[64];
    struct tm tm;
    hc_date_format(when, ours);
    gmtime_r(&when, &tm);
    strftime(theirs, sizeof(theirs), "%a, %d %b %Y %H:%M:%S GMT", &tm);
    assert_string_equal(ours, theirs);
}

static void test_format(void **state)
{
    char text[HC_DATE_LENGTH + 1] = "";
    uint64_t random = 1;
    (void)state;
    hc_date_format(784111777, text);
    assert_string_equal(text, "Sun, 06 Nov 1994 08:49:37 GMT");
    for (int i = 0; i < 5000; i++)
        assert_same_as_strftime((time_t)(next_random(&random) % 100000000000u));
}

static void test_now(void **state)
{
    static struct hc_date date;
    (void)state;
    for (int i = 0; i < 1000; i++) {
        char text[HC_DATE_LENGTH + 1] = "", early[HC_DATE_LENGTH + 1] = "";
        char late[HC_DATE_LENGTH + 1] = "";
        struct timespec now;
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        hc_date_format(now.tv_sec, early);
        hc_date_now(&date, text);
        clock_gettime(CLOCK_REALTIME_COARSE, &now);
        hc_date_format(now.tv_sec, late);
        assert_true(strcmp(text, early) == 0 || strcmp(text, late) == 0);
    }
}

static void *read_dates(void *argument)
{
    struct hc_date *date = argument;
    for (int i = 0; i < 20000; i++) {
        char text[HC_DATE_LENGTH];
        /* Another second each time: everybody is reader and writer. */
        if (i % 16 == 0)
            atomic_store(&date->second, 0);
        hc_date_now(date, text);
        if (text[3] != ',' || memcmp(text + HC_DATE_LENGTH - 4, " GMT", 4) != 0)
            return argument;
    }
    return NULL;
}

static void test_shared(void **state)
{
    static struct hc_date date;
    pthread_t threads[4];
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_dates, &date), 0);
    for (int i = 0; i < 4; i++) {
        void *failed = &date;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
}

static void test_monotonic(void **state)
{
    (void)state;
    uint64_t before = hc_clock_ns();
    uint64_t coarse = hc_clock_coarse_ms();
    assert_true(coarse <= hc_clock_ns() / 1000000u);
    assert_true(hc_clock_ns() >= before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_now),
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_monotonic),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
