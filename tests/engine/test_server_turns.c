/* How many requests are handed out at a time, and the queue of those that wait. */
#include "support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hc/clock.h"

/* Clients that leave are part of some tests. */
static void respond(struct hc_request *request, const char *body)
{
    const struct hc_bytes piece = hc_bytes_of(body);
    enum hc_err err = hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &piece, 1);
    (void)err;
}

static void send_get(int client, const char *path)
{
    char text[128];
    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", path);
    send_text(client, text);
}

static void expect_none(struct fixture *fixture)
{
    struct hc_request *request;
    assert_int_equal(hc_server_next(fixture->server, 50, &request), HC_TIMEOUT);
}

/* Lets the loop see what was sent, one client after the other. */
static void ask_in_turn(struct fixture *fixture, const int *clients, int count)
{
    for (int i = 0; i < count; i++) {
        char path[16];
        snprintf(path, sizeof(path), "/%d", i + 1);
        send_get(clients[i], path);
        expect_none(fixture);
    }
}

static void test_queue(void **state)
{
    struct fixture fixture;
    int clients[4];
    (void)state;
    open_fixture(&fixture);
    fixture.config.held_max = 1;
    fixture.config.queue_max = 3;
    fixture.config.retry_after = 7;
    start_fixture(&fixture);
    int first = connect_client(&fixture);
    for (int i = 0; i < 4; i++)
        clients[i] = connect_client(&fixture);
    pump_until_connections(&fixture, 5);
    send_get(first, "/0");
    struct hc_request *request = must_next(&fixture);
    ask_in_turn(&fixture, clients, 4);
    const char *text = read_until(&fixture, clients[3], NULL);
    assert_non_null(strstr(text, "HTTP/1.1 503 Service Unavailable\r\n"));
    assert_non_null(strstr(text, "Retry-After: 7\r\n"));
    for (int i = 0; i < 3; i++) {
        char path[16];
        answer(request, "end;");
        request = must_next(&fixture);
        snprintf(path, sizeof(path), "/%d", i + 1);
        assert_bytes(request->path, path);
    }
    answer(request, "end;");
    for (int i = 0; i < 3; i++)
        read_until(&fixture, clients[i], "end;");
    int later = connect_client(&fixture); /* accepting goes on */
    send_get(later, "/later");
    answer(must_next(&fixture), "later;");
    read_until(&fixture, later, "later;");
    for (int i = 0; i < 4; i++)
        close(clients[i]);
    close(first);
    close(later);
    close_fixture(&fixture);
}

/* A connection is left to others while requests wait, but not for ever, or not at all. */
static void accept_beside_a_queue(unsigned pause_ms)
{
    struct fixture fixture;
    struct hc_server_counts counts;
    open_fixture(&fixture);
    fixture.config.held_max = 1;
    fixture.config.accept_pause_ms = pause_ms;
    start_fixture(&fixture);
    int first = connect_client(&fixture), second = connect_client(&fixture);
    send_get(first, "/1");
    struct hc_request *request = must_next(&fixture);
    pump_until_connections(&fixture, 2);
    send_get(second, "/2");
    expect_none(&fixture);
    int third = connect_client(&fixture);
    send_get(third, "/3");
    expect_none(&fixture);
    hc_server_counts(fixture.server, &counts);
    assert_int_equal(counts.accepted, pause_ms > 1000 ? 2 : 3);
    for (int i = 0; i < 3; i++) {
        answer(request, "end;");
        if (i < 2)
            request = must_next(&fixture);
    }
    read_until(&fixture, third, "end;");
    close(first);
    close(second);
    close(third);
    close_fixture(&fixture);
}

static void test_accepting_beside_a_queue(void **state)
{
    (void)state;
    accept_beside_a_queue(0);
    accept_beside_a_queue(5);
    accept_beside_a_queue(100000);
}

static void test_who_leaves_costs_no_turn(void **state)
{
    const struct linger hard = {.l_onoff = 1};
    struct fixture fixture;
    int clients[2];
    (void)state;
    open_fixture(&fixture);
    fixture.config.held_max = 1;
    start_fixture(&fixture);
    int first = connect_client(&fixture);
    clients[0] = connect_client(&fixture);
    clients[1] = connect_client(&fixture);
    pump_until_connections(&fixture, 3);
    send_get(first, "/0");
    struct hc_request *request = must_next(&fixture);
    ask_in_turn(&fixture, clients, 2);
    (void)setsockopt(clients[0], SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(clients[0]);
    expect_none(&fixture);
    answer(request, "end;");
    request = must_next(&fixture);
    assert_bytes(request->path, "/2");
    answer(request, "end;");
    read_until(&fixture, clients[1], "end;");
    pump_until_connections(&fixture, 2);
    close(first);
    close(clients[1]);
    close_fixture(&fixture);
}

static bool answer_fast(void *context, struct hc_request *request)
{
    const struct hc_bytes piece = hc_bytes_of("static;");
    (void)context;
    if (!hc_bytes_equal(request->path, hc_bytes("/static", 7)))
        return false;
    assert_ok(hc_request_respond(request, 200, hc_bytes("", 0), NULL, 0, &piece, 1));
    return true;
}

/* While requests are out: what came together with the next one does not wait for it. */
static void test_files_before_leaving(void **state)
{
    struct fixture fixture;
    int clients[5];
    (void)state;
    open_fixture(&fixture);
    fixture.config.answer = answer_fast;
    start_fixture(&fixture);
    int first = connect_client(&fixture);
    for (int i = 0; i < 5; i++)
        clients[i] = connect_client(&fixture);
    pump_until_connections(&fixture, 6);
    send_get(first, "/out");
    struct hc_request *out = must_next(&fixture);
    for (int i = 0; i < 5; i++)
        send_get(clients[i], i == 2 ? "/view" : "/static");
    struct hc_request *request = must_next(&fixture);
    assert_bytes(request->path, "/view");
    for (int i = 0; i < 5; i++)
        if (i != 2)
            read_plain_until(clients[i], "static;");
    answer(request, "end;");
    answer(out, "end;");
    read_until(&fixture, first, "end;");
    for (int i = 0; i < 5; i++)
        close(clients[i]);
    close(first);
    close_fixture(&fixture);
}

/* More at once than the queue takes, but no more than have a turn: nobody is refused. */
static void test_a_short_queue_is_passed_through(void **state)
{
    struct fixture fixture;
    struct hc_request *requests[5];
    int clients[5];
    (void)state;
    open_fixture(&fixture);
    fixture.config.held_max = 5;
    fixture.config.queue_max = 1;
    start_fixture(&fixture);
    for (int i = 0; i < 5; i++)
        clients[i] = connect_client(&fixture);
    pump_until_connections(&fixture, 5);
    send_get(clients[0], "/0");
    requests[0] = must_next(&fixture);
    for (int i = 1; i < 5; i++)
        send_get(clients[i], "/view");
    for (int i = 1; i < 5; i++)
        requests[i] = must_next(&fixture);
    for (int i = 0; i < 5; i++) {
        answer(requests[i], "end;");
        read_until(&fixture, clients[i], "end;");
        close(clients[i]);
    }
    close_fixture(&fixture);
}

/* Threads: as many in "Python" as allowed, and the loop goes on beside them. */

enum { TURNS = 3, CLIENTS = 12, ASKS = 60 };

struct stage {
    struct fixture fixture;
    pthread_mutex_t interpreter; /* stands for the lock that Python's threads share */
    atomic_int inside, most, alone; /* alone: how often nobody else was inside */
    atomic_bool hold;
    size_t limit;
};

static void *work(void *argument)
{
    struct stage *stage = argument;
    for (;;) {
        struct hc_request *request;
        enum hc_err err = hc_server_next(stage->fixture.server, -1, &request);
        if (err == HC_STOPPED)
            return NULL;
        if (err)
            continue;
        int inside = atomic_fetch_add(&stage->inside, 1) + 1, most = atomic_load(&stage->most);
        while (inside > most && !atomic_compare_exchange_weak(&stage->most, &most, inside))
            continue;
        pthread_mutex_lock(&stage->interpreter);
        bool slow = request->path.length > 2;
        pthread_mutex_unlock(&stage->interpreter);
        hc_server_contended(stage->fixture.server, hc_server_crowded(stage->fixture.server));
        while (slow && atomic_load(&stage->hold))
            usleep(1000);
        respond(request, "worked;");
        atomic_fetch_sub(&stage->inside, 1);
        hc_request_release(request);
    }
}

static void *ask_often(void *argument)
{
    struct stage *stage = argument;
    int client = connect_client(&stage->fixture);
    for (int i = 0; i < ASKS; i++) {
        char reply[512];
        size_t length = 0;
        send_get(client, i % 5 ? "/" : "/static");
        while (length < 7 || reply[length - 1] != ';') {
            ssize_t got = recv(client, reply + length, sizeof(reply) - length, 0);
            if (got <= 0)
                return argument;
            length += (size_t)got;
        }
    }
    close(client);
    return NULL;
}

static void ask_all(struct stage *stage, pthread_t *clients)
{
    for (int i = 0; i < CLIENTS; i++)
        assert_int_equal(pthread_create(&clients[i], NULL, ask_often, stage), 0);
    for (int i = 0; i < CLIENTS; i++) {
        void *failed;
        pthread_join(clients[i], &failed);
        assert_null(failed);
    }
}

static void start_stage(struct stage *stage, pthread_t *threads, int count, size_t most)
{
    memset(stage, 0, sizeof(*stage));
    stage->limit = most;
    pthread_mutex_init(&stage->interpreter, NULL);
    open_fixture(&stage->fixture);
    stage->fixture.config.held_first = most < TURNS ? most : TURNS;
    stage->fixture.config.held_max = most;
    stage->fixture.config.answer = answer_fast;
    start_fixture(&stage->fixture);
    for (int i = 0; i < count; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, stage), 0);
}

static void stop_stage(struct stage *stage, pthread_t *threads, int count)
{
    hc_server_drain(stage->fixture.server);
    for (int i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    assert_true((size_t)atomic_load(&stage->most) <= stage->limit);
    close_fixture(&stage->fixture);
    pthread_mutex_destroy(&stage->interpreter);
}

static void test_many_threads(void **state)
{
    static struct stage stage;
    pthread_t threads[TURNS + 2], clients[CLIENTS];
    (void)state;
    start_stage(&stage, threads, TURNS + 2, TURNS);
    ask_all(&stage, clients);
    stop_stage(&stage, threads, TURNS + 2);
}

/* Every view is stuck: static files, refusals and time-outs go on, and so does accepting. */
static void test_the_loop_goes_on(void **state)
{
    static struct stage stage;
    pthread_t threads[TURNS + 1];
    int stuck[TURNS];
    (void)state;
    start_stage(&stage, threads, TURNS + 1, TURNS);
    atomic_store(&stage.hold, true);
    for (int i = 0; i < TURNS; i++) {
        stuck[i] = connect_client(&stage.fixture);
        send_get(stuck[i], "/stuck");
    }
    while (atomic_load(&stage.inside) < TURNS)
        usleep(1000);
    int client = connect_client(&stage.fixture);
    send_get(client, "/static");
    read_plain_until(client, "static;");
    send_get(client, "/static");
    read_plain_until(client, "static;");
    atomic_store(&stage.hold, false);
    for (int i = 0; i < TURNS; i++) {
        read_plain_until(stuck[i], "worked;");
        close(stuck[i]);
    }
    close(client);
    stop_stage(&stage, threads, TURNS + 1);
}

/* Every view waits: further ones begin, up to the limit, and what comes then has to wait. */
static void test_more_turns_while_views_wait(void **state)
{
    enum { MOST = TURNS + 4 };
    static struct stage stage;
    pthread_t threads[MOST + 1];
    int clients[MOST + 1];
    (void)state;
    start_stage(&stage, threads, MOST + 1, MOST);
    atomic_store(&stage.hold, true);
    for (int i = 0; i < MOST + 1; i++) {
        clients[i] = connect_client(&stage.fixture);
        send_get(clients[i], "/wait");
    }
    while (atomic_load(&stage.inside) < MOST)
        usleep(1000);
    usleep(100000);
    assert_int_equal(atomic_load(&stage.inside), MOST);
    atomic_store(&stage.hold, false);
    for (int i = 0; i < MOST + 1; i++) {
        read_plain_until(clients[i], "worked;");
        close(clients[i]);
    }
    stop_stage(&stage, threads, MOST + 1);
}

/* Nobody has waited for a while, since there were turns enough: who then waits, waits for one of
 * those that are out, and not until it is found out once more that they leave room. */
static void test_turns_that_were_enough(void **state)
{
    enum { MOST = TURNS + 4 };
    struct fixture fixture;
    struct hc_request *requests[MOST + 1];
    int clients[MOST + 1];
    (void)state;
    open_fixture(&fixture);
    fixture.config.held_first = TURNS;
    fixture.config.held_max = MOST;
    start_fixture(&fixture);
    for (int i = 0; i < MOST + 1; i++)
        clients[i] = connect_client(&fixture);
    pump_until_connections(&fixture, MOST + 1);
    for (int i = 0; i < MOST; i++) {
        send_get(clients[i], "/");
        requests[i] = must_next(&fixture);
    }
    usleep(150000);
    send_get(clients[MOST], "/");
    assert_int_equal(hc_server_next(fixture.server, 1, &requests[MOST]), HC_TIMEOUT);
    respond(requests[0], "end;");
    assert_ok(hc_request_release_for_next(requests[0], 0, &requests[MOST]));
    for (int i = 0; i < MOST + 1; i++) {
        if (i > 0)
            answer(requests[i], "end;");
        read_until(&fixture, clients[i], "end;");
        close(clients[i]);
    }
    close_fixture(&fixture);
}

/* On a machine with much else to do the loop comes late each time: who sleeps is seen all the same. */
static void test_a_late_loop(void **state)
{
    static struct stage stage;
    struct hc_request *request = NULL;
    pthread_t thread;
    (void)state;
    memset(&stage, 0, sizeof(stage));
    pthread_mutex_init(&stage.interpreter, NULL);
    open_fixture(&stage.fixture);
    stage.fixture.config.held_first = 1;
    stage.fixture.config.held_max = stage.limit = 2;
    start_fixture(&stage.fixture);
    pthread_mutex_lock(&stage.interpreter);
    assert_int_equal(pthread_create(&thread, NULL, work, &stage), 0);
    int first = connect_client(&stage.fixture), second = connect_client(&stage.fixture);
    send_get(first, "/");
    while (atomic_load(&stage.inside) < 1)
        usleep(1000);
    send_get(second, "/");
    enum hc_err err = HC_TIMEOUT;
    for (int i = 0; i < 20 && err == HC_TIMEOUT; i++) {
        usleep(20000);
        err = hc_server_next(stage.fixture.server, 1, &request);
    }
    assert_ok(err);
    answer(request, "end;");
    read_until(&stage.fixture, second, "end;");
    pthread_mutex_unlock(&stage.interpreter);
    read_until(&stage.fixture, first, "worked;");
    close(first);
    close(second);
    stop_stage(&stage, &thread, 1);
}

static void *ask_for_files(void *argument)
{
    struct stage *stage = argument;
    char reply[512];
    int client = connect_client(&stage->fixture);
    while (atomic_load(&stage->hold)) {
        send_get(client, "/static");
        if (recv(client, reply, sizeof(reply), 0) <= 0)
            break;
    }
    close(client);
    return NULL;
}

/* Who lets go of a request gets the first that waits, though others come by all the time. */
static void test_the_turn_stays(void **state)
{
    enum { LINE = 200 };
    static struct stage stage;
    static int clients[LINE];
    pthread_t threads[2], files[2];
    (void)state;
    start_stage(&stage, NULL, 0, 1);
    for (size_t i = 0; i < LINE; i++) { /* one after the other: the backlog is short */
        clients[i] = connect_client(&stage.fixture);
        pump_until_connections(&stage.fixture, i + 1);
    }
    send_get(clients[0], "/");
    struct hc_request *request = must_next(&stage.fixture);
    for (int i = 1; i < LINE; i++)
        send_get(clients[i], "/");
    expect_none(&stage.fixture);
    atomic_store(&stage.hold, true);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, work, &stage), 0);
        assert_int_equal(pthread_create(&files[i], NULL, ask_for_files, &stage), 0);
    }
    for (int i = 1; i < LINE; i++) {
        usleep(500);
        respond(request, "end;");
        assert_ok(hc_request_release_for_next(request, -1, &request));
    }
    assert_int_equal(atomic_load(&stage.most), 0);
    answer(request, "end;");
    atomic_store(&stage.hold, false);
    for (int i = 0; i < 2; i++)
        pthread_join(files[i], NULL);
    for (int i = 0; i < LINE; i++) {
        read_plain_until(clients[i], "end;");
        close(clients[i]);
    }
    stop_stage(&stage, threads, 2);
}

/* None waits, or only one whose client has gone: the turn is given back. */
static void test_the_turn_is_given_back(void **state)
{
    const struct linger hard = {.l_onoff = 1};
    struct fixture fixture;
    struct hc_request *next = NULL;
    (void)state;
    open_fixture(&fixture);
    fixture.config.held_max = 1;
    start_fixture(&fixture);
    int first = connect_client(&fixture), gone = connect_client(&fixture);
    pump_until_connections(&fixture, 2);
    send_get(first, "/0");
    struct hc_request *request = must_next(&fixture);
    send_get(gone, "/gone");
    expect_none(&fixture);
    (void)setsockopt(gone, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    close(gone);
    expect_none(&fixture);
    respond(request, "end;");
    assert_int_equal(hc_request_release_for_next(request, 50, &next), HC_TIMEOUT);
    read_until(&fixture, first, "end;");
    send_get(first, "/1");
    request = must_next(&fixture);
    respond(request, "end;");
    assert_int_equal(hc_request_release_for_next(request, 50, &next), HC_TIMEOUT);
    send_get(first, "/2");
    answer(must_next(&fixture), "end;");
    close(first);
    close_fixture(&fixture);
}

/* Those in line are the parent's to answer, and its threads may have had the locks. */
static void test_a_child_goes_on_with_nothing(void **state)
{
    struct fixture fixture;
    struct hc_request *next = NULL;
    int status = 0;
    (void)state;
    open_fixture(&fixture);
    fixture.config.held_max = 1;
    start_fixture(&fixture);
    int first = connect_client(&fixture), second = connect_client(&fixture);
    pump_until_connections(&fixture, 2);
    send_get(first, "/0");
    struct hc_request *request = must_next(&fixture);
    send_get(second, "/1");
    expect_none(&fixture);
    pid_t child = fork();
    if (child == 0) {
        respond(request, "child;");
        enum hc_err err = hc_request_release_for_next(request, 0, &next);
        hc_server_destroy(fixture.server);
        _exit(err == HC_FORKED && !next ? 42 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), 42);
    read_plain_until(first, "child;");
    respond(request, "parent;");
    assert_ok(hc_request_release_for_next(request, 0, &next));
    read_until(&fixture, first, "parent;");
    answer(next, "end;");
    read_until(&fixture, second, "end;");
    close(first);
    close(second);
    close_fixture(&fixture);
}

/* Views that compute: of the turns that there are, one is enough, and is soon the only one. */
static void *compute(void *argument)
{
    struct stage *stage = argument;
    struct hc_request *request = NULL;
    enum hc_err err = hc_server_next(stage->fixture.server, -1, &request);
    while (err != HC_STOPPED) {
        if (err) {
            err = hc_server_next(stage->fixture.server, -1, &request);
            continue;
        }
        atomic_fetch_add(&stage->inside, 1);
        pthread_mutex_lock(&stage->interpreter);
        uint64_t until = hc_clock_ns() + 1000000;
        while (hc_clock_ns() < until)
            continue;
        if (atomic_load(&stage->inside) == 1)
            atomic_fetch_add(&stage->alone, 1);
        pthread_mutex_unlock(&stage->interpreter);
        atomic_fetch_sub(&stage->inside, 1);
        respond(request, "worked;");
        err = hc_request_release_for_next(request, -1, &request);
    }
    return NULL;
}

static void test_fewer_turns_while_views_compute(void **state)
{
    static struct stage stage;
    pthread_t threads[TURNS + 1], clients[CLIENTS];
    (void)state;
    start_stage(&stage, NULL, 0, TURNS);
    for (int i = 0; i < TURNS + 1; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, compute, &stage), 0);
    for (int round = 0; round < 20 && atomic_load(&stage.alone) < CLIENTS * ASKS / 4; round++) {
        atomic_store(&stage.alone, 0); /* a machine with much else to do may need some time */
        ask_all(&stage, clients);
    }
    stop_stage(&stage, threads, TURNS + 1);
    assert_true(atomic_load(&stage.alone) >= CLIENTS * ASKS / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queue),
        cmocka_unit_test(test_accepting_beside_a_queue),
        cmocka_unit_test(test_who_leaves_costs_no_turn),
        cmocka_unit_test(test_files_before_leaving),
        cmocka_unit_test(test_a_short_queue_is_passed_through),
        cmocka_unit_test(test_many_threads),
        cmocka_unit_test(test_the_loop_goes_on),
        cmocka_unit_test(test_more_turns_while_views_wait),
        cmocka_unit_test(test_turns_that_were_enough),
        cmocka_unit_test(test_a_late_loop),
        cmocka_unit_test(test_the_turn_stays),
        cmocka_unit_test(test_the_turn_is_given_back),
        cmocka_unit_test(test_a_child_goes_on_with_nothing),
        cmocka_unit_test(test_fewer_turns_while_views_compute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
