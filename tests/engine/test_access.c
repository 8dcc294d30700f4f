#include "support.h"

#include <time.h>
#include <unistd.h>

#include "hc/access.h"

/* The lines gathered so far, with each date checked and replaced by "[]"; a static buffer. */
static const char *take(struct hc_access *access, uint64_t *dropped)
{
    static char text[1 << 16];
    struct hc_bytes lines = hc_access_take(access, dropped);
    size_t length = 0;
    assert_true(lines.length < sizeof(text));
    for (size_t i = 0; i < lines.length; i++) {
        struct tm tm = {0};
        if (lines.at[i] == '[') {
            assert_non_null(strptime(lines.at + i, "[%d/%b/%Y:%H:%M:%S %z]", &tm));
            text[length++] = '[';
            i += strlen("[22/Nov/2026:19:54:05 +0000]") - 1;
        }
        text[length++] = lines.at[i];
    }
    text[length] = '\0';
    return text;
}

static struct hc_request *ask(struct fixture *fixture, int client, const char *text)
{
    send_text(client, text);
    return must_next(fixture);
}

static void test_lines(void **state)
{
    struct fixture fixture;
    struct hc_access *access;
    uint64_t dropped = 9;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    assert_ok(hc_access_create(NULL, 1 << 16, -1, &access));
    int client = connect_client(&fixture);
    struct hc_request *request =
        ask(&fixture, client, "GET /a?\"b\\ HTTP/1.1\r\nHost: a\r\nReferer: http://a/\xc3\xa4\r\n"
                              "User-Agent: x\" 200 \"y\r\n\r\n");
    const struct hc_bytes piece = hc_bytes_of("hello");
    assert_ok(hc_request_respond(request, 201, hc_bytes("", 0), NULL, 0, &piece, 1));
    hc_access_add(access, request);
    hc_request_release(request);
    request = ask(&fixture, client, "HEAD / HTTP/1.0\r\n\r\n");
    hc_access_add(access, request); /* not answered: release will say 500 */
    hc_request_release(request);
    assert_string_equal(take(access, &dropped),
                        "127.0.0.1 - - [] \"GET /a?\\x22b\\x5C HTTP/1.1\" 201 5 "
                        "\"http://a/\\xC3\\xA4\" \"x\\x22 200 \\x22y\"\n"
                        "127.0.0.1 - - [] \"HEAD / HTTP/1.0\" 500 0 \"-\" \"-\"\n");
    assert_int_equal(dropped, 0);
    assert_string_equal(take(access, &dropped), "");
    hc_access_add(NULL, NULL);
    hc_access_destroy(access);
    hc_access_destroy(NULL);
    close(client);
    close_fixture(&fixture);
}

static void test_refusals(void **state)
{
    const struct hc_refusal known = {
        .status = 400,
        .reason = "no Host field",
        .method = hc_bytes_of("GET"),
        .target = hc_bytes_of("/x"),
        .peer = hc_bytes_of("2001:db8::1"),
    };
    const struct hc_refusal unknown = {.status = 408, .reason = "too late"};
    struct hc_access *access;
    uint64_t dropped;
    (void)state;
    assert_ok(hc_access_create(NULL, 1 << 16, -1, &access));
    hc_access_add_refusal(access, &known);
    hc_access_add_refusal(access, &unknown);
    hc_access_add_refusal(NULL, &unknown);
    assert_string_equal(take(access, &dropped),
                        "2001:db8::1 - - [] \"GET /x\" 400 0 \"-\" \"-\" (no Host field)\n"
                        "- - - [] \"- -\" 408 0 \"-\" \"-\" (too late)\n");
    hc_access_destroy(access);
}

#define PIECE(kind) {HC_ACCESS_##kind, {NULL, 0}}
#define FIELD(kind, name) {HC_ACCESS_##kind, {(name), sizeof(name) - 1}}
#define BREAK FIELD(TEXT, "|")

/* Everything that does not depend on time. */
static const struct hc_access_piece all[] = {
    PIECE(PEER), BREAK, PIECE(USER), BREAK, PIECE(REQUEST), BREAK, PIECE(METHOD), BREAK,
    PIECE(PROTOCOL), BREAK, PIECE(STATUS), BREAK, PIECE(BYTES), BREAK, PIECE(REASON), BREAK,
    FIELD(REQUEST_FIELD, "X-ONE"), BREAK, FIELD(REQUEST_FIELD, "missing"), BREAK,
    FIELD(RESPONSE_FIELD, "content-type"), BREAK, FIELD(RESPONSE_FIELD, "CONTENT-LENGTH"), BREAK,
    FIELD(RESPONSE_FIELD, "body"), BREAK, PIECE(TARGET), BREAK, PIECE(PATH), BREAK, PIECE(QUERY),
};

static void serve_one(struct hc_access *access, struct hc_request *request)
{
    const struct hc_pair type = {hc_bytes_of("Content-Type"), hc_bytes_of("text/x\"y")};
    const struct hc_bytes piece = hc_bytes_of("body: no\r\n");
    assert_ok(hc_request_respond(request, 200, hc_bytes("", 0), &type, 1, &piece, 1));
    hc_access_add(access, request);
    hc_request_release(request);
}

static const char asked[] =
    "POST /%22a?b=\"c HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nx-one: 1\r\n"
    "Authorization: basic bcO2OnM6ZWNyZXQ=\r\n\r\n";

static void test_format(void **state)
{
    const struct hc_refusal refusal = {
        .status = 414, .reason = "too long", .peer = hc_bytes_of("::1"), .method = hc_bytes_of("GET")};
    struct fixture fixture;
    struct hc_access *access;
    uint64_t dropped;
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    assert_ok(hc_access_create(NULL, 1 << 16, -1, &access));
    assert_ok(hc_access_set_format(access, all, sizeof(all) / sizeof(all[0]), false));
    serve_one(access, ask(&fixture, client, asked));
    hc_access_add_refusal(access, &refusal);
    assert_string_equal(
        take(access, &dropped),
        "127.0.0.1|m\\xC3\\xB6|POST /%22a?b=\\x22c HTTP/1.1|POST|HTTP/1.1|200|10||1|-|text/x\\x22y|"
        "10|-|/%22a?b=\\x22c|/\\x22a|b=\\x22c\n"
        "::1|-|GET -|GET|-|414|0|too long|-|-|-|-|-|-|-|- (too long)\n");
    assert_ok(hc_access_set_format(access, all, sizeof(all) / sizeof(all[0]), true));
    serve_one(access, ask(&fixture, client, asked));
    hc_access_add_refusal(access, &refusal);
    const char *lines = take(access, &dropped);
    assert_non_null(strstr(lines, "|/%22a?b=\\u0022c|/\\u0022a|"));
    assert_non_null(strstr(lines, "|-|-\n")); /* the reason stands nowhere but in its piece */
    hc_access_destroy(access);
    close(client);
    close_fixture(&fixture);
}

static void test_times(void **state)
{
    static const struct hc_access_piece times[] = {
        PIECE(SECONDS), BREAK, PIECE(MILLISECONDS), BREAK, PIECE(MICROSECONDS), BREAK,
        PIECE(DECIMAL), BREAK, PIECE(PROCESS), BREAK, PIECE(ISO),
    };
    struct fixture fixture;
    struct hc_access *access;
    uint64_t dropped;
    unsigned long seconds, milli, micro, whole, part, process;
    struct tm tm = {0};
    (void)state;
    open_fixture(&fixture);
    start_fixture(&fixture);
    int client = connect_client(&fixture);
    assert_ok(hc_access_create(NULL, 1 << 16, -1, &access));
    assert_ok(hc_access_set_format(access, times, sizeof(times) / sizeof(times[0]), false));
    struct hc_request *request = ask(&fixture, client, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    usleep(3000);
    serve_one(access, request);
    const char *line = take(access, &dropped), *iso = strrchr(line, '|') + 1;
    assert_int_equal(sscanf(line, "%lu|%lu|%lu|%lu.%lu|%lu|", &seconds, &milli, &micro, &whole,
                            &part, &process), 6);
    assert_true(micro >= 3000 && milli == micro / 1000 && seconds == micro / 1000000);
    assert_true(whole == seconds && part == micro % 1000000);
    assert_int_equal(process, getpid());
    assert_non_null(strptime(iso, "%Y-%m-%dT%H:%M:%S%z", &tm));
    hc_access_destroy(access);
    close(client);
    close_fixture(&fixture);
}

static void test_long_lines(void **state)
{
    static char long_text[3000];
    const struct hc_access_piece piece = {HC_ACCESS_TEXT, {long_text, sizeof(long_text)}};
    const struct hc_access_piece wrong = {HC_ACCESS_KINDS, {NULL, 0}};
    const struct hc_refusal refusal = {.status = 400, .reason = "again"};
    struct hc_access *access;
    uint64_t dropped;
    (void)state;
    memset(long_text, 'x', sizeof(long_text));
    for (size_t fail_at = 0; fail_at < 6; fail_at++) {
        struct failing_alloc alloc;
        failing_alloc_init(&alloc, fail_at);
        if (hc_access_create(&alloc.hook, 4096, -1, &access) == HC_OK) {
            enum hc_err err = hc_access_set_format(access, &piece, 1, false);
            hc_access_add_refusal(access, &refusal);
            size_t length = strlen(take(access, &dropped));
            assert_true(dropped == 1 || (err == HC_OK) == (length > sizeof(long_text)));
            assert_int_equal(hc_access_set_format(access, &wrong, 1, false), HC_INVALID);
            hc_access_destroy(access);
        }
        assert_int_equal(alloc.live, 0);
    }
}

static void test_full(void **state)
{
    enum { MAXIMUM = 4096, ADDED = 1000 };
    const struct hc_refusal refusal = {.status = 400, .reason = "again"};
    struct hc_access *access;
    uint64_t dropped = 0;
    size_t lines = 0;
    int ends[2];
    char bytes[16];
    (void)state;
    assert_int_equal(pipe(ends), 0);
    assert_ok(hc_access_create(NULL, MAXIMUM, ends[1], &access));
    for (int i = 0; i < ADDED; i++)
        hc_access_add_refusal(access, &refusal);
    for (const char *at = take(access, &dropped); (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    assert_true(lines > 0 && dropped > 0);
    assert_int_equal(lines + dropped, ADDED);
    assert_int_equal(read(ends[0], bytes, sizeof(bytes)), 1); /* woken, and once only */
    hc_access_add_refusal(access, &refusal);
    assert_non_null(strstr(take(access, &dropped), "again"));
    assert_int_equal(dropped, 0);
    hc_access_destroy(access);
    close(ends[0]);
    close(ends[1]);
}

static void test_out_of_memory(void **state)
{
    const struct hc_refusal refusal = {.status = 400, .reason = "again"};
    (void)state;
    for (size_t fail_at = 0; fail_at < 4; fail_at++) {
        struct failing_alloc alloc;
        struct hc_access *access = NULL;
        uint64_t dropped = 0;
        failing_alloc_init(&alloc, fail_at);
        if (hc_access_create(&alloc.hook, 1 << 16, -1, &access) == HC_NOMEM) {
            assert_null(access);
            assert_int_equal(fail_at, 0);
        } else {
            hc_access_add_refusal(access, &refusal);
            bool written = strlen(take(access, &dropped)) > 0;
            assert_int_equal(dropped, !written);
            hc_access_destroy(access);
        }
        assert_int_equal(alloc.live, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_full),
        cmocka_unit_test(test_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
