/* Short answers that wait for one another, and those that do not. */
#include "support.h"

#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

#include "hc/clock.h"

enum { CLIENTS = 12, LONG_US = 4 * 1000 * 1000, SHORT_US = 1000, USUAL_US = 1000 };

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

static bool comes_soon(int client)
{
    for (int i = 0; i < 1000 && !has_come(client); i++)
        usleep(1000);
    return has_come(client);
}

/* Without letting go of the request. */
static void respond(struct hc_request *request, const char *body)
{
    const struct hc_bytes piece = hc_bytes_of(body);
    assert_ok(hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &piece, 1));
}

static void answer_all(struct scene *scene)
{
    struct hc_request *request;
    while (hc_server_next(scene->fixture.server, 100, &request) == HC_OK)
        answer(request, "end;");
}

static void *run_loop(void *argument)
{
    answer_all(argument);
    return NULL;
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
    answer_all(&scene);
    clear_scene(&scene);
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
    answer_all(&scene);
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
    answer_all(&scene);
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

/* A view that goes on after it has answered: WSGI's close(), the end of a generator. */
static void test_an_answer_goes_although_its_holder_goes_on(void **state)
{
    struct scene scene;
    pthread_t other;
    (void)state;
    set_scene(&scene, USUAL_US, get);
    struct hc_request *request = must_next(&scene.fixture);
    respond(request, "end;");
    assert_int_equal(come(&scene), 0);
    assert_int_equal(pthread_create(&other, NULL, run_loop, &scene), 0);
    assert_true(comes_soon(scene.clients[0]));
    hc_request_release(request);
    pthread_join(other, NULL);
    for (int i = 0; i < CLIENTS; i++)
        assert_null(strstr(read_until(&scene.fixture, scene.clients[i], "end;") + 1, "HTTP/1.1"));
    clear_scene(&scene);
}

static sem_t in_loop, go_on;

/* The loop answers "/file" by itself, and slowly if it is told to. */
static bool answer_file(void *slow, struct hc_request *request)
{
    if (request->target.length != 5)
        return false;
    if (slow) {
        sem_post(&in_loop);
        sem_wait(&go_on);
    } else {
        usleep(USUAL_US * 10);
    }
    respond(request, "file;");
    return true;
}

static const char get_file[] = "GET /file HTTP/1.1\r\nHost: a\r\n\r\n";

/* Nor is it forgotten for an answer of the loop's own that comes in between. */
static void test_an_answer_is_sent_beside_one_of_the_loops(void **state)
{
    struct scene scene = {0};
    pthread_t other;
    (void)state;
    sem_init(&in_loop, 0, 0);
    sem_init(&go_on, 0, 0);
    open_fixture(&scene.fixture);
    scene.fixture.config.together_us = USUAL_US;
    scene.fixture.config.answer = answer_file;
    scene.fixture.config.answer_context = &scene;
    start_fixture(&scene.fixture);
    for (int i = 0; i < 2; i++)
        scene.clients[i] = connect_client(&scene.fixture);
    pump_until_connections(&scene.fixture, 2);
    send_text(scene.clients[0], get);
    send_text(scene.clients[1], get_file);
    struct hc_request *request = must_next(&scene.fixture);
    assert_int_equal(pthread_create(&other, NULL, run_loop, &scene), 0);
    sem_wait(&in_loop);
    respond(request, "end;");
    sem_post(&go_on);
    assert_true(comes_soon(scene.clients[0]));
    hc_request_release(request);
    pthread_join(other, NULL);
    read_plain_until(scene.clients[0], "end;");
    read_plain_until(scene.clients[1], "file;");
    close(scene.clients[0]);
    close(scene.clients[1]);
    close_fixture(&scene.fixture);
}

/* What the loop does between two requests may take long. */
static void test_files_keep_no_answer(void **state)
{
    struct scene scene;
    struct hc_request *request;
    (void)state;
    open_fixture(&scene.fixture);
    scene.fixture.config.together_us = USUAL_US;
    scene.fixture.config.answer = answer_file;
    start_fixture(&scene.fixture);
    for (int i = 0; i < CLIENTS; i++)
        scene.clients[i] = connect_client(&scene.fixture);
    pump_until_connections(&scene.fixture, CLIENTS);
    for (int i = 0; i < CLIENTS; i++)
        send_text(scene.clients[i], i == 0 ? get : get_file);
    answer(must_next(&scene.fixture), "end;");
    uint64_t before = hc_clock_ns();
    pthread_t other;
    assert_int_equal(pthread_create(&other, NULL, run_loop, &scene), 0);
    assert_true(comes_soon(scene.clients[0]));
    assert_true(hc_clock_ns() - before < (CLIENTS - 1) * USUAL_US * UINT64_C(10000) / 2);
    pthread_join(other, NULL);
    assert_int_equal(hc_server_next(scene.fixture.server, 10, &request), HC_TIMEOUT);
    clear_scene(&scene);
}

static void test_an_answer_is_not_replaced_by_504(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, LONG_US, get);
    struct hc_request *request = must_next(&scene.fixture);
    respond(request, "end;");
    assert_int_equal(hc_request_abandon(request, 504, "504 Gateway Timeout\n"), HC_STATE);
    assert_int_equal(hc_request_status(request), 200);
    assert_true(has_come(scene.clients[0]));
    hc_request_release(request);
    answer_all(&scene);
    assert_non_null(strstr(read_until(&scene.fixture, scene.clients[0], "end;"), "200 OK"));
    clear_scene(&scene);
}

static void test_an_interrupted_loop_sends_them(void **state)
{
    struct scene scene;
    struct hc_request *request;
    (void)state;
    set_scene(&scene, LONG_US, get);
    answer(must_next(&scene.fixture), "end;");
    hc_server_wake(scene.fixture.server);
    assert_int_equal(hc_server_next(scene.fixture.server, 1000, &request), HC_INTERRUPTED);
    assert_int_equal(come(&scene), 1);
    answer_all(&scene);
    clear_scene(&scene);
}

static void test_a_server_that_is_destroyed_sends_them(void **state)
{
    struct scene scene;
    (void)state;
    set_scene(&scene, LONG_US, get);
    answer(must_next(&scene.fixture), "end;");
    close_fixture(&scene.fixture);
    assert_int_equal(come(&scene), 1);
    for (int i = 0; i < CLIENTS; i++)
        close(scene.clients[i]);
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
        cmocka_unit_test(test_an_answer_goes_although_its_holder_goes_on),
        cmocka_unit_test(test_an_answer_is_sent_beside_one_of_the_loops),
        cmocka_unit_test(test_files_keep_no_answer),
        cmocka_unit_test(test_an_answer_is_not_replaced_by_504),
        cmocka_unit_test(test_an_interrupted_loop_sends_them),
        cmocka_unit_test(test_a_server_that_is_destroyed_sends_them),
        cmocka_unit_test(test_draining_sends_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
