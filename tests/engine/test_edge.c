/* Files over a connection. What a client sees in full is in tests/serve/test_static.py. */
#include "support.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hc/edge.h"

static char base[64];

static void put(const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof(path), "%s/%s", base, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
    fclose(file);
}

static int set_up(void **state)
{
    char path[256];
    (void)state;
    strcpy(base, "/tmp/hc-edge-XXXXXX");
    assert_non_null(mkdtemp(base));
    snprintf(path, sizeof(path), "%s/root", base);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/root/sub", base);
    assert_int_equal(mkdir(path, 0700), 0);
    put("outside.txt", "outside");
    put("root/a.txt", "0123456789");
    put("root/b.css", "plain, and so longer than compressed");
    put("root/b.css.gz", "gzip'd");
    put("root/b.css.br", "br");
    put("root/.hidden", "hidden");
    put("root/sub/c.js", "c");
    put("root/app.0123456789ab.js", "hashed");
    snprintf(path, sizeof(path), "%s/root/link", base);
    assert_int_equal(symlink("a.txt", path), 0);
    snprintf(path, sizeof(path), "%s/root/out", base);
    assert_int_equal(symlink("../outside.txt", path), 0);
    snprintf(path, sizeof(path), "%s/root/absolute", base);
    char target[256];
    snprintf(target, sizeof(target), "%s/root/a.txt", base);
    assert_int_equal(symlink(target, path), 0);
    snprintf(path, sizeof(path), "%s/root/fifo", base);
    assert_int_equal(mkfifo(path, 0600), 0);
    return 0;
}

static int tear_down(void **state)
{
    char *const words[] = {"rm", "-rf", base, NULL};
    (void)state;
    pid_t pid = fork();
    if (pid == 0) {
        execvp("rm", words);
        _exit(1);
    }
    return waitpid(pid, NULL, 0) == pid ? 0 : -1;
}

struct edged {
    struct fixture fixture;
    struct hc_edge *edge;
    int client;
};

static void start(struct edged *edged)
{
    char directory[128];
    snprintf(directory, sizeof(directory), "%s/root/", base);
    const struct hc_edge_root root = {"/static/", directory}, internal = {"/internal/", directory};
    const struct hc_edge_config config = {
        .roots = &root, .root_count = 1, .internal = &internal, .internal_count = 1};
    assert_ok(hc_edge_create(&config, &edged->edge));
    open_fixture(&edged->fixture);
    edged->fixture.config.answer = hc_edge_answer;
    edged->fixture.config.answer_context = edged->edge;
    start_fixture(&edged->fixture);
    edged->client = connect_client(&edged->fixture);
}

static void stop(struct edged *edged)
{
    close(edged->client);
    close_fixture(&edged->fixture);
    hc_edge_destroy(edged->edge);
}

/* Sends a request with fields, and reads a response that ends with `ending`. */
static const char *get(struct edged *edged, const char *path, const char *more, const char *ending)
{
    char text[512];
    snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n%s\r\n", path, more);
    send_text(edged->client, text);
    return read_until(&edged->fixture, edged->client, ending);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("no \"%s\" in \"%s\"", part, text);
}

static void test_files(void **state)
{
    struct edged edged;
    (void)state;
    start(&edged);
    for (int round = 0; round < 2; round++) {
        const char *text = get(&edged, "/static/a.txt", "", "0123456789");
        assert_has(text, "HTTP/1.1 200 OK\r\n");
        assert_has(text, "Content-Type: text/plain; charset=utf-8\r\n");
        assert_has(text, "Cache-Control: max-age=60, public\r\n");
        assert_has(text, "Content-Length: 10\r\n");
        assert_has(get(&edged, "/static/sub/c%2ejs", "", "\r\n\r\nc"), "200 OK");
        assert_has(get(&edged, "/static/link", "", "0123456789"), "200 OK");
        assert_has(get(&edged, "/static/absolute", "", "0123456789"), "200 OK");
        assert_has(get(&edged, "/static/app.0123456789ab.js", "", "hashed"), "immutable");
    }
    struct hc_server_counts counts;
    hc_server_counts(edged.fixture.server, &counts);
    assert_int_equal(counts.requests, 10);
    stop(&edged);
}

static void test_what_the_application_gets(void **state)
{
    static const char *const paths[] = {
        "/static/", "/static/sub", "/static/sub/", "/static/none", "/static/.hidden", "/static/fifo",
        "/static/out", "/static/../outside.txt", "/static/sub/../a.txt", "/static//a.txt",
        "/static/%2e%2e/outside.txt", "/static/a.txt%00", "/static/a.txt/", "/a.txt", "/statica.txt",
        "/internal/a.txt", "/static/./a.txt", "/static/sub%2f..%2fa.txt",
    };
    struct edged edged;
    (void)state;
    start(&edged);
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char text[128];
        snprintf(text, sizeof(text), "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", paths[i]);
        send_text(edged.client, text);
        answer(must_next(&edged.fixture), "mine");
        read_until(&edged.fixture, edged.client, "mine");
    }
    stop(&edged);
}

static void test_codings(void **state)
{
    struct edged edged;
    (void)state;
    start(&edged);
    assert_has(get(&edged, "/static/b.css", "", "compressed"), "Vary: Accept-Encoding\r\n");
    const char *text = get(&edged, "/static/b.css", "Accept-Encoding: gzip, br\r\n", "\r\n\r\nbr");
    assert_has(text, "Content-Encoding: br\r\n");
    assert_has(text, "Content-Type: text/css; charset=utf-8\r\n");
    assert_has(get(&edged, "/static/b.css", "Accept-Encoding: gzip, br;q=0.5\r\n", "gzip'd"),
               "Content-Encoding: gzip\r\n");
    assert_has(get(&edged, "/static/b.css", "Accept-Encoding: zstd\r\n", "compressed"), "200 OK");
    stop(&edged);
}

static void test_changes_are_seen(void **state)
{
    struct edged edged;
    (void)state;
    start(&edged);
    get(&edged, "/static/a.txt", "", "0123456789");
    put("root/new.txt", "new");
    put("root/a.txt.new", "changed");
    char from[128], to[128];
    snprintf(from, sizeof(from), "%s/root/a.txt.new", base);
    snprintf(to, sizeof(to), "%s/root/a.txt", base);
    assert_int_equal(rename(from, to), 0);
    get(&edged, "/static/new.txt", "", "new");
    usleep((HC_EDGE_RECHECK_MS + 100) * 1000);
    get(&edged, "/static/a.txt", "", "changed");
    assert_int_equal(unlink(to), 0);
    usleep((HC_EDGE_RECHECK_MS + 100) * 1000);
    send_text(edged.client, "GET /static/a.txt HTTP/1.1\r\nHost: a\r\n\r\n");
    answer(must_next(&edged.fixture), "gone");
    read_until(&edged.fixture, edged.client, "gone");
    stop(&edged);
}

/* More files than are remembered, and more large ones than descriptors are held. */
static void test_many_files(void **state)
{
    enum { FILES = 300, SIZE = 70000 };
    static char bytes[SIZE + 1];
    struct edged edged;
    (void)state;
    memset(bytes, 'x', SIZE - 1);
    bytes[SIZE - 1] = '.';
    start(&edged);
    for (int i = 0; i < FILES; i++) {
        char name[64], path[64];
        snprintf(name, sizeof(name), "root/large-%d", i);
        snprintf(path, sizeof(path), "/static/large-%d", i);
        put(name, bytes);
        const char *text = get(&edged, path, "Range: bytes=69990-\r\n", "xxxxxxxxx.");
        assert_has(text, "Content-Range: bytes 69990-69999/70000\r\n");
    }
    get(&edged, "/static/large-0", "Range: bytes=-10\r\n", "xxxxxxxxx.");
    stop(&edged);
}

static void redirect(struct edged *edged, const char *target, bool is_file, const char *ending,
                     const char *wanted)
{
    const struct hc_pair pairs[] = {
        {hc_bytes_of("Content-Type"), hc_bytes_of("a/b")},
        {hc_bytes_of("X-Accel-Redirect"), hc_bytes_of(target)},
        {hc_bytes_of("Content-Length"), hc_bytes_of("0")},
    };
    send_text(edged->client, "GET /app HTTP/1.1\r\nHost: a\r\n\r\n");
    struct hc_request *request = must_next(&edged->fixture);
    assert_ok(hc_edge_redirect(edged->edge, request, hc_bytes_of(target), is_file, pairs, 3));
    hc_request_release(request);
    const char *text = read_until(&edged->fixture, edged->client, ending);
    assert_has(text, wanted);
    assert_null(strstr(text, "X-Accel"));
}

static void test_redirects(void **state)
{
    struct edged edged;
    char file[128];
    (void)state;
    start(&edged);
    assert_true(hc_edge_redirects(edged.edge));
    redirect(&edged, "/internal/a%2etxt?x", false, "0123456789", "Content-Type: a/b\r\n");
    redirect(&edged, "/static/a.txt", false, "404 Not Found\n", "HTTP/1.1 404");
    redirect(&edged, "/internal/../outside.txt", false, "404 Not Found\n", "HTTP/1.1 404");
    snprintf(file, sizeof(file), "%s/root/a.txt", base);
    redirect(&edged, file, true, "0123456789", "Content-Length: 10\r\n");
    snprintf(file, sizeof(file), "%s/root/../outside.txt", base);
    redirect(&edged, file, true, "404 Not Found\n", "HTTP/1.1 404");
    redirect(&edged, "/etc/passwd", true, "404 Not Found\n", "HTTP/1.1 404");
    stop(&edged);
}

static void test_out_of_memory(void **state)
{
    const struct hc_edge_root root = {"/static/", "/tmp"};
    (void)state;
    for (size_t fail_at = 0;; fail_at++) {
        struct failing_alloc alloc;
        struct hc_edge *edge = NULL;
        failing_alloc_init(&alloc, fail_at);
        const struct hc_edge_config config = {.alloc = &alloc.hook, .roots = &root, .root_count = 1};
        enum hc_err err = hc_edge_create(&config, &edge);
        hc_edge_destroy(edge);
        assert_int_equal(alloc.live, 0);
        if (!err)
            break;
        assert_int_equal(err, HC_NOMEM);
        assert_true(fail_at < 20);
    }
}

static void test_bad_roots(void **state)
{
    static const struct hc_edge_root roots[] = {
        {"", "/tmp"}, {"static/", "/tmp"}, {"/static", "/tmp"}, {"/static/", "tmp"}, {"/s/", ""}};
    (void)state;
    for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
        const struct hc_edge_config config = {.roots = &roots[i], .root_count = 1};
        struct hc_edge *edge;
        assert_int_equal(hc_edge_create(&config, &edge), HC_INVALID);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_the_application_gets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_codings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_changes_are_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_redirects, set_up, tear_down),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_bad_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
