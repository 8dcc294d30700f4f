#include "support.h"

#include <unistd.h>

#include "hc/clock.h"
#include "hc/role.h"

enum { THREADS = 4, TURNS = 3000 };

static uint64_t in_ms(unsigned ms)
{
    return hc_clock_ns() + ms * UINT64_C(1000000);
}

struct shared {
    struct hc_role role;
    unsigned inside;   /* guarded by the role */
    unsigned turns;    /* guarded by the role */
    bool slow;
};

static void *take_turns(void *argument)
{
    struct shared *shared = argument;
    void *failed = NULL;
    for (int i = 0; i < TURNS; i++) {
        if (hc_role_take(&shared->role, UINT64_MAX) != HC_OK || shared->inside++ != 0)
            failed = argument;
        shared->turns++;
        shared->inside--;
        hc_role_put(&shared->role, i + 1 < TURNS);
        if (shared->slow && i % 100 == 0)
            usleep(3000);
    }
    return failed;
}

static void run(bool slow)
{
    struct shared shared = {.slow = slow};
    pthread_t threads[THREADS];
    assert_ok(hc_role_init(&shared.role));
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_turns, &shared), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed = &shared;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    assert_int_equal(shared.turns, THREADS * TURNS);
    hc_role_deinit(&shared.role);
}

static void test_one_at_a_time(void **state)
{
    (void)state;
    run(false);
    run(true);
}

static void *take_once(void *argument)
{
    struct shared *shared = argument;
    if (hc_role_take(&shared->role, UINT64_MAX) != HC_OK)
        return argument;
    shared->turns++;
    hc_role_put(&shared->role, false);
    return NULL;
}

/* Somebody who says that he comes back, and does not, stops nobody. */
static void test_taken_over(void **state)
{
    struct shared shared = {.turns = 0};
    pthread_t threads[THREADS];
    (void)state;
    assert_ok(hc_role_init(&shared.role));
    for (unsigned pause_ms = 0; pause_ms < 60; pause_ms += 20) {
        assert_ok(hc_role_take(&shared.role, UINT64_MAX));
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, take_once, &shared), 0);
        usleep(pause_ms * 1000); /* the deputy may be awake or fast asleep */
        hc_role_put(&shared.role, true);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
    }
    assert_int_equal(shared.turns, 3 * THREADS);
    hc_role_deinit(&shared.role);
}

static void *wait_in_vain(void *argument)
{
    struct shared *shared = argument;
    return hc_role_take(&shared->role, in_ms(30)) == HC_TIMEOUT ? NULL : argument;
}

static void test_deadline(void **state)
{
    struct shared shared = {.turns = 0};
    pthread_t threads[THREADS];
    (void)state;
    assert_ok(hc_role_init(&shared.role));
    assert_ok(hc_role_take(&shared.role, 0));
    assert_int_equal(hc_role_take(&shared.role, 0), HC_TIMEOUT);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wait_in_vain, &shared), 0);
    for (int i = 0; i < THREADS; i++) {
        void *failed = &shared;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    hc_role_put(&shared.role, false);
    assert_ok(hc_role_take(&shared.role, 0));
    hc_role_put(&shared.role, true);
    hc_role_deinit(&shared.role);
}

struct sleeper {
    struct shared *shared;
    unsigned place; /* among those who have had the role */
};

static void *sleep_in_line(void *argument)
{
    struct sleeper *sleeper = argument;
    if (hc_role_take(&sleeper->shared->role, UINT64_MAX) != HC_OK)
        return argument;
    sleeper->place = sleeper->shared->turns++;
    hc_role_put(&sleeper->shared->role, false);
    return NULL;
}

static bool has_deputy(struct hc_role *role)
{
    pthread_mutex_lock(&role->lock);
    bool has = role->has_deputy;
    pthread_mutex_unlock(&role->lock);
    return has;
}

static bool in_line(struct hc_role *role, const struct hc_role_waiter *before)
{
    pthread_mutex_lock(&role->lock);
    bool is = role->last_come != before;
    pthread_mutex_unlock(&role->lock);
    return is;
}

/* The first to come is the deputy; of the others who came last goes first. */
static void test_last_in_first_out(void **state)
{
    struct shared shared = {.turns = 0};
    const struct hc_role_waiter *before = NULL;
    struct sleeper sleepers[THREADS];
    pthread_t threads[THREADS];
    (void)state;
    assert_ok(hc_role_init(&shared.role));
    assert_ok(hc_role_take(&shared.role, UINT64_MAX));
    for (unsigned i = 0; i < THREADS; i++) {
        sleepers[i] = (struct sleeper){&shared, 0};
        assert_int_equal(pthread_create(&threads[i], NULL, sleep_in_line, &sleepers[i]), 0);
        while (i == 0 ? !has_deputy(&shared.role) : !in_line(&shared.role, before))
            usleep(1000);
        before = shared.role.last_come;
    }
    hc_role_put(&shared.role, false);
    for (int i = 0; i < THREADS; i++) {
        void *failed = &shared;
        pthread_join(threads[i], &failed);
        assert_null(failed);
    }
    for (unsigned i = 0; i < THREADS; i++)
        assert_int_equal(sleepers[i].place, i == 0 ? 0 : THREADS - i);
    hc_role_deinit(&shared.role);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_at_a_time),
        cmocka_unit_test(test_taken_over),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_last_in_first_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
