#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>

#include "hc/thread.h"

/* Shorter turns are no larger share: nice and policy stay. */
static void *ask(void *argument)
{
    int *seen = argument;
    setpriority(PRIO_PROCESS, 0, 3); /* of this thread, on Linux */
    hc_thread_short_turns();
    hc_thread_short_turns();
    seen[0] = getpriority(PRIO_PROCESS, 0);
    seen[1] = sched_getscheduler(0);
    return NULL;
}

static void test_only_turns_change(void **state)
{
    pthread_t thread;
    int seen[2] = {-1, -1};
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, ask, seen), 0);
    pthread_join(thread, NULL);
    assert_int_equal(seen[0], 3);
    assert_int_equal(seen[1], SCHED_OTHER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_turns_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
