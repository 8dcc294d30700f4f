#include "support.h"

#include <sys/socket.h>
#include <unistd.h>

#include "hc/poll.h"

static size_t wait_for(struct hc_poll *poll, int timeout_ms, struct hc_poll_event *events)
{
    size_t count = 99;
    assert_ok(hc_poll_wait(poll, timeout_ms, events, &count));
    return count;
}

static void test_stream_is_reported_once_per_change(void **state)
{
    struct hc_poll poll;
    struct hc_poll_event events[HC_POLL_BATCH];
    int pair[2], source = 0;
    (void)state;
    assert_ok(hc_poll_init(&poll));
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_ok(hc_poll_add_stream(&poll, pair[0], &source));
    assert_int_equal(wait_for(&poll, 1000, events), 1);
    assert_ptr_equal(events[0].source, &source);
    assert_int_equal(events[0].ready, HC_POLL_WRITE);
    assert_int_equal(wait_for(&poll, 0, events), 0);
    assert_int_equal(write(pair[1], "x", 1), 1);
    assert_int_equal(wait_for(&poll, 1000, events), 1);
    assert_true(events[0].ready & HC_POLL_READ);
    assert_false(events[0].ready & HC_POLL_END);
    assert_int_equal(wait_for(&poll, 0, events), 0);
    shutdown(pair[1], SHUT_WR);
    assert_int_equal(wait_for(&poll, 1000, events), 1);
    assert_true(events[0].ready & HC_POLL_END);
    assert_false(events[0].ready & HC_POLL_HANGUP);
    close(pair[1]);
    assert_int_equal(wait_for(&poll, 1000, events), 1);
    assert_true(events[0].ready & HC_POLL_HANGUP);
    close(pair[0]);
    hc_poll_deinit(&poll);
}

static void test_level_is_reported_until_read(void **state)
{
    struct hc_poll poll;
    struct hc_poll_event events[HC_POLL_BATCH];
    int ends[2], source = 0;
    char byte;
    (void)state;
    assert_ok(hc_poll_init(&poll));
    assert_int_equal(pipe(ends), 0);
    assert_ok(hc_poll_add_level(&poll, ends[0], &source));
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(wait_for(&poll, 1000, events), 1);
    assert_int_equal(wait_for(&poll, 1000, events), 1);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    assert_int_equal(wait_for(&poll, 0, events), 0);
    hc_poll_remove(&poll, ends[0]);
    assert_int_equal(write(ends[1], "x", 1), 1);
    assert_int_equal(wait_for(&poll, 0, events), 0);
    close(ends[0]);
    close(ends[1]);
    hc_poll_deinit(&poll);
}

static void test_wake_is_no_event(void **state)
{
    struct hc_poll poll;
    struct hc_poll_event events[HC_POLL_BATCH];
    (void)state;
    assert_ok(hc_poll_init(&poll));
    for (int i = 0; i < 3; i++) {
        hc_poll_wake(&poll);
        assert_int_equal(wait_for(&poll, -1, events), 0);
    }
    hc_poll_deinit(&poll);
}

static void test_bad_descriptor(void **state)
{
    struct hc_poll poll;
    int source;
    (void)state;
    assert_ok(hc_poll_init(&poll));
    assert_int_equal(hc_poll_add_stream(&poll, -1, &source), HC_SYSTEM);
    hc_poll_deinit(&poll);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stream_is_reported_once_per_change),
        cmocka_unit_test(test_level_is_reported_until_read),
        cmocka_unit_test(test_wake_is_no_event),
        cmocka_unit_test(test_bad_descriptor),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
