/* Short answers that wait for one another, and those that do not. */
#include "support.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 3, LONG_US = 4 * 1000 * 1000, SHORT_US = 1000 };

struct scene {
    struct fixture fixture;
    int clients[CLIENTS];
};

/* All clients are there and have asked, so that one poll brings it all. */
static void set_scene(struct scene *scene, unsigned together_us, const char *text)
{
    open_fixture(&scene->fixture);
    scene->fixture.config.together_us = together_us;
    start_fixture(&scene->fixture);
    for (int i = 0; i < CLIENTS; i++)
        scene->clients[i] = connect_client(&scene->fixture);
    pump_until_connections(&scene->fixture, CLIENTS);
    for (int i = 0; i < CLIENTS; i++)
        send_text(scene->clients[i], text);
}

static void clear_scene(struct scene *scene)
{
    for (int i = 0; i < CLIENTS; i++)
        close(scene->clients[i]);
    close_fixture(&scene->fixture);
}

static bool has_come(int client)
{
    char byte;
    return recv(client, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
}

/* How many of the clients have something to read. */
static int come(const struct scene *scene)
{
    int count = 0;
    for (int i = 0; i < CLIENTS; i++)
        count += has_come(scene->clients[i]);
    return count;
}

static const char get[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

static void test_they_go_when_there_is_nothing_else(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, LONG_US, get);
    for (int i = 0; i < CLIENTS - 1; i++) {
        answer(must_next(&scene.fixture), "end;");
        assert_int_equal(come(&scene), 0);
    }
    answer(must_next(&scene.fixture), "end;"); /* nothing is left in the loop: at once */
    assert_int_equal(come(&scene), 1);
    for (int i = 0; i < CLIENTS; i++)
        read_until(&scene.fixture, scene.clients[i], "end;");
    clear_scene(&scene);
}

static void test_none_waits_unless_it_is_wanted(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, 0, get);
    for (int i = 0; i < CLIENTS; i++) {
        answer(must_next(&scene.fixture), "end;");
        assert_int_equal(come(&scene), i + 1);
    }
    clear_scene(&scene);
}

static void test_none_waits_for_a_slow_request(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, SHORT_US, get);
    struct hc_request *request = must_next(&scene.fixture);
    usleep(SHORT_US);
    answer(request, "end;");
    request = must_next(&scene.fixture); /* those after a slow one may be slow */
    assert_int_equal(come(&scene), 1);
    answer(request, "end;");
    answer(must_next(&scene.fixture), "end;");
    clear_scene(&scene);
}

static void *run_loop(void *argument)
{
    const struct scene *scene = argument;
    struct hc_request *request;
    if (!hc_server_next(scene->fixture.server, 10000, &request))
        answer(request, "end;");
    return NULL;
}

/* While the next request is out, another thread takes the loop over, and sends. */
static void test_a_request_that_becomes_slow_keeps_no_answer(void **state)
{
    struct scene scene;
    pthread_t other;
    (void)state;
    set_scene(&scene, SHORT_US * 500, get);
    answer(must_next(&scene.fixture), "end;");
    struct hc_request *slow = must_next(&scene.fixture);
    assert_int_equal(come(&scene), 0);
    usleep(SHORT_US * 500);
    assert_int_equal(pthread_create(&other, NULL, run_loop, &scene), 0);
    read_plain_until(scene.clients[0], "end;");
    pthread_join(other, NULL);
    answer(slow, "end;");
    clear_scene(&scene);
}

static void test_beside_another_request_none_waits(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, LONG_US, get);
    struct hc_request *first = must_next(&scene.fixture), *second = must_next(&scene.fixture);
    answer(second, "end;");
    assert_int_equal(come(&scene), 1);
    answer(first, "end;");
    answer(must_next(&scene.fixture), "end;");
    clear_scene(&scene);
}

static void test_pipelined_answers_keep_their_order(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, LONG_US,
              "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    for (int i = 0; i < CLIENTS * 2; i++) {
        struct hc_request *request = must_next(&scene.fixture);
        answer(request, memcmp(request->target.at, "/1", 2) == 0 ? "first;" : "second;");
    }
    for (int i = 0; i < CLIENTS; i++) {
        const char *text = read_until(&scene.fixture, scene.clients[i], "second;");
        assert_non_null(strstr(text, "first;"));
    }
    clear_scene(&scene);
}

static void test_a_large_answer_does_not_wait(void **state)
{
    static char large[20000];
    struct scene scene;
    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    set_scene(&scene, LONG_US, get);
    answer(must_next(&scene.fixture), large);
    assert_int_equal(come(&scene), 1);
    for (int i = 1; i < CLIENTS; i++)
        answer(must_next(&scene.fixture), "end;");
    clear_scene(&scene);
}

/* Its answer waits when the client resets: the connection goes, and nothing else. */
static void test_a_client_that_leaves_before_its_answer(void **state)
{
    const struct linger hard = {.l_onoff = 1};
    struct scene scene;
    (void)state;
    set_scene(&scene, LONG_US, get);
    answer(must_next(&scene.fixture), "end;");
    setsockopt(scene.clients[0], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(scene.clients[0]);
    for (int i = 1; i < CLIENTS; i++)
        answer(must_next(&scene.fixture), "end;");
    pump_until_connections(&scene.fixture, CLIENTS - 1);
    for (int i = 1; i < CLIENTS; i++)
        read_until(&scene.fixture, scene.clients[i], "end;");
    scene.clients[0] = connect_client(&scene.fixture);
    clear_scene(&scene);
}

static void test_an_answer_that_waits_can_end_its_connection(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, LONG_US, "GET / HTTP/1.0\r\n\r\n");
    for (int i = 0; i < CLIENTS; i++)
        answer(must_next(&scene.fixture), "end;");
    for (int i = 0; i < CLIENTS; i++)
        assert_non_null(strstr(read_until(&scene.fixture, scene.clients[i], NULL), "end;"));
    clear_scene(&scene);
}

/* A server that is told to stop sends what waits. */
static void test_draining_sends_them(void **state)
{
    struct scene scene;
    struct hc_request *request;
    (void)state;
    set_scene(&scene, LONG_US, get);
    answer(must_next(&scene.fixture), "end;");
    hc_server_drain(scene.fixture.server);
    while (hc_server_next(scene.fixture.server, 10000, &request) == HC_OK)
        answer(request, "end;");
    for (int i = 0; i < CLIENTS; i++)
        read_plain_until(scene.clients[i], "end;");
    clear_scene(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_they_go_when_there_is_nothing_else),
        cmocka_unit_test(test_none_waits_unless_it_is_wanted),
        cmocka_unit_test(test_none_waits_for_a_slow_request),
        cmocka_unit_test(test_a_request_that_becomes_slow_keeps_no_answer),
        cmocka_unit_test(test_beside_another_request_none_waits),
        cmocka_unit_test(test_pipelined_answers_keep_their_order),
        cmocka_unit_test(test_a_large_answer_does_not_wait),
        cmocka_unit_test(test_a_client_that_leaves_before_its_answer),
        cmocka_unit_test(test_an_answer_that_waits_can_end_its_connection),
        cmocka_unit_test(test_draining_sends_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
