#include "support.h"

#include "hc/wheel.h"

enum { TIMERS = 300 };

/* Against the naive twin: an array of deadlines looked through from end to end. */
static void test_against_an_array(void **state)
{
    static struct hc_wheel wheel;
    static struct hc_timer timers[TIMERS];
    static uint64_t deadlines[TIMERS];
    uint64_t random = 7, now = 1000003;
    (void)state;
    hc_wheel_init(&wheel, now);
    for (int i = 0; i < TIMERS; i++) {
        hc_timer_init(&timers[i]);
        deadlines[i] = HC_NEVER;
    }
    for (int round = 0; round < 60000; round++) {
        uint64_t dice = next_random(&random);
        size_t which = dice % TIMERS;
        uint64_t range = dice >> 16 & 1 ? 200000 : 500;
        switch (dice >> 32 & 3) {
        case 0:
            deadlines[which] = now + (dice >> 40) % range;
            hc_timer_set(&wheel, &timers[which], deadlines[which]);
            break;
        case 1:
            deadlines[which] = HC_NEVER;
            hc_timer_clear(&timers[which]);
            break;
        case 2:
            deadlines[which] = HC_NEVER;
            hc_timer_remove(&wheel, &timers[which]);
            hc_timer_init(&timers[which]);
            break;
        default: now += (dice >> 40) % (dice >> 17 & 63 ? 60 : 90000); break;
        }
        struct hc_timer *fired;
        while ((fired = hc_wheel_expire(&wheel, now)) != NULL) {
            size_t i = (size_t)(fired - timers);
            assert_true(deadlines[i] <= now);
            deadlines[i] = HC_NEVER;
            hc_timer_clear(fired);
        }
        int timeout = hc_wheel_timeout(&wheel, now);
        for (int i = 0; i < TIMERS; i++) {
            if (deadlines[i] == HC_NEVER)
                continue;
            assert_true(deadlines[i] + HC_WHEEL_TICK_MS > now);
            uint64_t left = deadlines[i] > now ? deadlines[i] - now : 0;
            assert_true(timeout >= 0 && (uint64_t)timeout <= left + HC_WHEEL_TICK_MS);
        }
    }
}

static void test_idle_wheel_waits_for_ever(void **state)
{
    static struct hc_wheel wheel;
    struct hc_timer timer;
    (void)state;
    hc_wheel_init(&wheel, 50);
    hc_timer_init(&timer);
    assert_int_equal(hc_wheel_timeout(&wheel, 50), -1);
    hc_timer_remove(&wheel, &timer);
    hc_timer_set(&wheel, &timer, 1000);
    assert_in_range(hc_wheel_timeout(&wheel, 50), 950, 950 + HC_WHEEL_TICK_MS);
    assert_null(hc_wheel_expire(&wheel, 999));
    hc_timer_remove(&wheel, &timer);
    assert_int_equal(hc_wheel_timeout(&wheel, 999), -1);
    assert_null(hc_wheel_expire(&wheel, 100000));
}

static void test_a_deadline_behind_the_horizon(void **state)
{
    static struct hc_wheel wheel;
    struct hc_timer timer;
    const uint64_t far = (uint64_t)HC_WHEEL_TICK_MS * HC_WHEEL_SLOTS * 3 + 17;
    (void)state;
    hc_wheel_init(&wheel, 0);
    hc_timer_init(&timer);
    hc_timer_set(&wheel, &timer, far);
    for (uint64_t now = 0; now < far; now += 100)
        assert_null(hc_wheel_expire(&wheel, now));
    assert_ptr_equal(hc_wheel_expire(&wheel, far + HC_WHEEL_TICK_MS), &timer);
    assert_null(hc_wheel_expire(&wheel, far + HC_WHEEL_TICK_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_an_array),
        cmocka_unit_test(test_idle_wheel_waits_for_ever),
        cmocka_unit_test(test_a_deadline_behind_the_horizon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
