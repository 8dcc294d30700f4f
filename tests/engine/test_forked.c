#include "support.h"

#include <sys/wait.h>
#include <unistd.h>

#include "hc/forked.h"

static int answer_of_child(const struct hc_fork_mark *mark)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(hc_forked(mark) ? 42 : 0);
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
}

static void test_child_is_told(void **state)
{
    struct hc_fork_mark mark;
    (void)state;
    assert_ok(hc_fork_mark_init(&mark));
    assert_false(hc_forked(&mark));
    assert_int_equal(answer_of_child(&mark), 42);
    assert_false(hc_forked(&mark));
    hc_fork_mark_deinit(&mark);
}

static void test_by_pid(void **state)
{
    struct hc_fork_mark mark = {.page = NULL, .pid = getpid()};
    (void)state;
    assert_false(hc_forked(&mark));
    assert_int_equal(answer_of_child(&mark), 42);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_child_is_told),
        cmocka_unit_test(test_by_pid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
