#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

#include "hc/clock.h"
#include "hc/runners.h"
#include "hc/thread.h"

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

/* Of processor time: a machine with much else to do gives less of it. */
static void burn(uint64_t ns)
{
    uint64_t from_ns = 0, now_ns = 0;
    assert_true(hc_thread_used_ns(hc_thread_clock(), &from_ns));
    do
        (void)hc_thread_used_ns(hc_thread_clock(), &now_ns);
    while (now_ns < from_ns + ns);
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
    atomic_store(&one.runners.usual_ns, 8 * MS);
    assert_in_range(burns_after_ms(&one), 60, 95);
    stop(&one);
    start(&one, BURN);
    atomic_store(&one.runners.usual_ns, 300 * MS);
    assert_in_range(burns_after_ms(&one), 98, 300); /* 100 ms, however much is usual */
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

/* A thread that is given a second request, and one whose request another has let go of. */
static void test_two_requests_of_a_thread(void **state)
{
    struct hc_runners runners;
    (void)state;
    assert_ok(hc_runners_init(&runners, NULL, 2));
    struct hc_runner *first = hc_runners_begin(&runners), *second = hc_runners_begin(&runners);
    assert_non_null(first);
    (void)hc_runners_look(&runners, hc_clock_ns());
    assert_null(second); /* it is counted once */
    hc_runner_end(second);
    (void)hc_runners_look(&runners, hc_clock_ns());
    burn(2 * MS);
    assert_true(hc_runners_look(&runners, hc_clock_ns()).used_ns >= MS); /* still at the first */
    hc_runner_end(first);
    (void)hc_runners_look(&runners, hc_clock_ns());
    burn(2 * MS);
    assert_int_equal(hc_runners_look(&runners, hc_clock_ns()).used_ns, 0);
    hc_runners_deinit(&runners);
}

/* Gets requests, while whoever has them lets go of them. */
struct handing {
    struct hc_runners runners;
    _Atomic(struct hc_runner *) at;
};

static void *let_go(void *argument)
{
    struct handing *handing = argument;
    for (int i = 0; i < 20000; i++) {
        struct hc_runner *runner;
        while (!(runner = atomic_exchange(&handing->at, NULL)))
            sched_yield();
        hc_runner_end(runner);
    }
    return NULL;
}

static void test_others_let_go(void **state)
{
    static struct handing handing;
    pthread_t thread;
    (void)state;
    assert_ok(hc_runners_init(&handing.runners, NULL, 1));
    atomic_init(&handing.at, NULL);
    assert_int_equal(pthread_create(&thread, NULL, let_go, &handing), 0);
    for (int i = 0; i < 20000; i++) {
        struct hc_runner *runner;
        while (!(runner = hc_runners_begin(&handing.runners)))
            sched_yield();
        while (atomic_load(&handing.at))
            sched_yield();
        atomic_store(&handing.at, runner);
    }
    pthread_join(thread, NULL);
    (void)hc_runners_look(&handing.runners, hc_clock_ns());
    burn(2 * MS);
    assert_int_equal(hc_runners_look(&handing.runners, hc_clock_ns()).used_ns, 0);
    hc_runners_deinit(&handing.runners);
}

static void *begin_and_end(void *runners)
{
    struct hc_runner *runner = hc_runners_begin(runners);
    hc_runner_end(runner);
    return runner;
}

/* Threads come and go: those that have gone keep no place. */
static void test_threads_that_have_gone(void **state)
{
    struct hc_runners runners;
    void *had = NULL;
    (void)state;
    assert_ok(hc_runners_init(&runners, NULL, 2));
    struct hc_runner *own = NULL;
    for (int begun = 0, tries = 0; begun < 8; tries++) {
        pthread_t thread;
        assert_true(tries < 1000); /* one that was joined may take some time to go */
        assert_int_equal(pthread_create(&thread, NULL, begin_and_end, &runners), 0);
        pthread_join(thread, &had);
        begun += had != NULL;
        usleep(1000);
        (void)hc_runners_look(&runners, hc_clock_ns());
        struct hc_runner *mine = hc_runners_begin(&runners);
        assert_non_null(mine);
        assert_true(!own || own == mine); /* it has not taken a second one */
        own = mine;
        hc_runner_end(mine);
    }
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
        cmocka_unit_test(test_two_requests_of_a_thread),
        cmocka_unit_test(test_others_let_go),
        cmocka_unit_test(test_threads_that_have_gone),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
