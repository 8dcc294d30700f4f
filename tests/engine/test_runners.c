#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "hc/clock.h"
#include "hc/runners.h"

enum { MS = 1000000, WINDOW = 4 * MS };

static void adapt(struct hc_runners_level *level, uint64_t used_ns, size_t asleep, size_t burning)
{
    const struct hc_runners_load load = {
        .window_ns = WINDOW, .used_ns = used_ns, .asleep = asleep, .burning = burning};
    hc_runners_adapt(level, &load, 16);
}

static size_t turns_after(uint64_t used_ns, size_t asleep, size_t burning, size_t turns)
{
    struct hc_runners_level level = {.turns = turns};
    adapt(&level, used_ns, asleep, burning);
    return level.turns;
}

static void test_turns(void **state)
{
    struct hc_runners_level level = {.turns = 16};
    (void)state;
    assert_int_equal(turns_after(MS, 0, 0, 1), 2);
    assert_int_equal(turns_after(MS, 0, 0, 2), 3);
    assert_int_equal(turns_after(0, 12, 0, 12), 16);
    assert_int_equal(turns_after(WINDOW / 100 * 90, 0, 0, 3), 3); /* neither much nor little */
    for (int look = 0; look < 16; look++)
        adapt(&level, WINDOW, 0, 0);
    assert_int_equal(level.turns, 1);
    assert_int_equal(turns_after(WINDOW, 5, 0, 2), 6); /* one beside those who sleep */
    assert_int_equal(turns_after(WINDOW, 2, 1, 2), 3 + 1 + HC_RUNNERS_BESIDE);
    assert_int_equal(turns_after(WINDOW, 8, 3, 8), 16);
}

/* Two use up what one does not: most of the time there are two. */
static void test_turns_do_not_swing(void **state)
{
    struct hc_runners_level level = {.turns = 2};
    int two = 0;
    (void)state;
    for (int look = 0; look < 1000; look++) {
        adapt(&level, level.turns == 1 ? WINDOW / 2 : WINDOW, 0, 0);
        assert_in_range(level.turns, 1, 2);
        two += level.turns == 2;
    }
    assert_in_range(two, 900, 999);
}

enum what { SLEEP, BURN, LEAVE };

struct one {
    struct hc_runners runners;
    pthread_t thread;
    atomic_int what, asked; /* asked: how often it was told what to do, and did */
};

static void burn(uint64_t ns)
{
    uint64_t until = hc_clock_ns() + ns;
    while (hc_clock_ns() < until)
        continue;
}

static void *runs(void *argument)
{
    struct one *one = argument;
    struct hc_runner *runner = hc_runners_begin(&one->runners);
    for (;;) {
        enum what what = (enum what)atomic_load(&one->what);
        if (what == LEAVE)
            break;
        atomic_fetch_add(&one->asked, 1);
        if (what == BURN)
            burn(MS);
        else
            usleep(1000000);
    }
    hc_runner_end(runner);
    return runner;
}

static void start(struct one *one, enum what what)
{
    assert_ok(hc_runners_init(&one->runners, NULL, 1));
    atomic_init(&one->what, what);
    atomic_init(&one->asked, 0);
    assert_int_equal(pthread_create(&one->thread, NULL, runs, one), 0);
    while (atomic_load(&one->asked) == 0)
        usleep(1000);
}

static void stop(struct one *one)
{
    void *had = NULL;
    atomic_store(&one->what, LEAVE);
    pthread_join(one->thread, &had);
    assert_non_null(had);
    hc_runners_deinit(&one->runners);
}

static struct hc_runners_load look_after(struct one *one, unsigned us)
{
    usleep(us);
    return hc_runners_look(&one->runners, hc_clock_ns());
}

static void test_who_sleeps(void **state)
{
    struct one one;
    (void)state;
    start(&one, SLEEP);
    assert_null(hc_runners_begin(&one.runners)); /* there is place for one */
    assert_int_equal(look_after(&one, 20000).asleep, 0); /* it is new */
    struct hc_runners_load load = look_after(&one, 50000);
    assert_int_equal(load.asleep, 1);
    assert_int_equal(load.burning, 0);
    assert_int_equal(load.used_ns, 0);
    assert_true(load.window_ns >= 50 * MS);
    stop(&one);
}

/* How long it may use the processor before it burns, in milliseconds. */
static uint64_t burns_after_ms(struct one *one)
{
    struct hc_runners_load load;
    uint64_t used_ns = 0;
    (void)look_after(one, 0);
    do {
        load = look_after(one, 1000);
        used_ns += load.used_ns;
    } while (load.burning == 0);
    assert_int_equal(load.asleep, 0);
    return used_ns / MS;
}

static void test_who_burns(void **state)
{
    struct one one;
    (void)state;
    start(&one, BURN);
    assert_in_range(burns_after_ms(&one), 5, 30); /* eight times a millisecond */
    stop(&one);
    start(&one, BURN);
    atomic_store(&one.runners.usual_ns, 20 * MS);
    assert_true(burns_after_ms(&one) >= 150);
    stop(&one);
}

static void have_requests(struct hc_runners *runners, int count, uint64_t ns)
{
    for (int i = 0; i < count; i++) {
        struct hc_runner *runner = hc_runners_begin(runners);
        assert_non_null(runner);
        burn(ns);
        hc_runner_end(runner);
    }
}

static void test_what_is_usual(void **state)
{
    struct hc_runners runners;
    (void)state;
    assert_ok(hc_runners_init(&runners, NULL, 1));
    have_requests(&runners, 64 * 40, MS / 50);
    assert_in_range(atomic_load(&runners.usual_ns), MS / 500, MS / 10);
    have_requests(&runners, 64 * 20, 3 * MS / 2);
    assert_in_range(atomic_load(&runners.usual_ns), MS / 2, 5 * MS);
    hc_runners_deinit(&runners);
}

/* What a thread does between two requests, and what another one of it was, is not mixed up. */
static void test_only_the_same_request_counts(void **state)
{
    struct hc_runners runners;
    (void)state;
    assert_ok(hc_runners_init(&runners, NULL, 1));
    struct hc_runner *runner = hc_runners_begin(&runners);
    assert_non_null(runner);
    (void)hc_runners_look(&runners, hc_clock_ns());
    burn(12 * MS);
    hc_runner_end(runner);
    assert_ptr_equal(hc_runners_begin(&runners), runner);
    struct hc_runners_load load = hc_runners_look(&runners, hc_clock_ns());
    assert_int_equal(load.burning, 0);
    assert_true(load.used_ns > MS);
    hc_runner_end(runner);
    (void)hc_runners_look(&runners, hc_clock_ns());
    burn(2 * MS);
    assert_int_equal(hc_runners_look(&runners, hc_clock_ns()).used_ns, 0); /* it had none */
    hc_runners_deinit(&runners);
}

static void test_none(void **state)
{
    struct hc_runners runners;
    (void)state;
    assert_ok(hc_runners_init(&runners, NULL, 0));
    assert_null(hc_runners_begin(&runners));
    hc_runner_end(NULL);
    assert_int_equal(hc_runners_look(&runners, hc_clock_ns()).used_ns, 0);
    hc_runners_deinit(&runners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_turns_do_not_swing),
        cmocka_unit_test(test_who_sleeps),
        cmocka_unit_test(test_who_burns),
        cmocka_unit_test(test_what_is_usual),
        cmocka_unit_test(test_only_the_same_request_counts),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
