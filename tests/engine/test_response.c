#include "support.h"

#include "hc/response.h"

static struct hc_date date;

static struct hc_response_to to_1_1(void)
{
    return (struct hc_response_to){
        .server = hc_bytes_of("hotclub"), .date = &date, .minor = 1, .keep_alive = true};
}

/* The head with its date blanked out, in a static buffer. */
static const char *head_of(struct hc_response_to to, int status, const struct hc_pair *pairs,
                           size_t count, const uint64_t *length, struct hc_framing *framing)
{
    static char text[2048];
    struct hc_buffer out;
    hc_buffer_init(&out, NULL, sizeof(text) - 1);
    assert_ok(hc_response_head(&to, status, hc_bytes("", 0), pairs, count, length, &out, framing));
    memcpy(text, out.data, out.length);
    text[out.length] = '\0';
    hc_buffer_deinit(&out);
    char *found = strstr(text, "Date: ");
    if (found)
        memmove(found + 6, found + 6 + HC_DATE_LENGTH, strlen(found + 6 + HC_DATE_LENGTH) + 1);
    return text;
}

static void test_known_length(void **state)
{
    const struct hc_pair pairs[] = {{hc_bytes_of("X-A"), hc_bytes_of("b c")}};
    struct hc_framing framing;
    const uint64_t length = 1234567890123;
    (void)state;
    assert_string_equal(head_of(to_1_1(), 200, pairs, 1, &length, &framing),
                        "HTTP/1.1 200 OK\r\nX-A: b c\r\nServer: hotclub\r\nDate: \r\n"
                        "Content-Length: 1234567890123\r\n\r\n");
    assert_true(framing.has_length && framing.length == length);
    assert_false(framing.chunked || framing.bodyless || framing.close);
}

static void test_unknown_length(void **state)
{
    struct hc_response_to to = to_1_1();
    struct hc_framing framing;
    (void)state;
    assert_string_equal(head_of(to, 200, NULL, 0, NULL, &framing),
                        "HTTP/1.1 200 OK\r\nServer: hotclub\r\nDate: \r\n"
                        "Transfer-Encoding: chunked\r\n\r\n");
    assert_true(framing.chunked && !framing.close);
    to.minor = 0;
    assert_string_equal(head_of(to, 200, NULL, 0, NULL, &framing),
                        "HTTP/1.1 200 OK\r\nServer: hotclub\r\nDate: \r\n"
                        "Connection: close\r\n\r\n");
    assert_true(!framing.chunked && framing.close);
}

static void test_http_1_0_keep_alive(void **state)
{
    struct hc_response_to to = to_1_1();
    struct hc_framing framing;
    const uint64_t length = 3;
    (void)state;
    to.minor = 0;
    assert_non_null(strstr(head_of(to, 200, NULL, 0, &length, &framing),
                           "\r\nConnection: keep-alive\r\n"));
    to.keep_alive = false;
    assert_non_null(strstr(head_of(to, 200, NULL, 0, &length, &framing),
                           "\r\nConnection: close\r\n"));
}

static void test_own_fields_of_the_application(void **state)
{
    const struct hc_pair pairs[] = {
        {hc_bytes_of("date"), hc_bytes_of("Sun, 06 Nov 1994 08:49:37 GMT")},
        {hc_bytes_of("SERVER"), hc_bytes_of("other")},
        {hc_bytes_of("Content-Length"), hc_bytes_of("007")},
    };
    struct hc_framing framing;
    (void)state;
    const char *text = head_of(to_1_1(), 404, pairs, 3, NULL, &framing);
    assert_string_equal(text, "HTTP/1.1 404 Not Found\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                              "SERVER: other\r\nContent-Length: 7\r\n\r\n");
    assert_true(framing.has_length && framing.length == 7);
}

static void test_hop_by_hop_fields_are_left_out(void **state)
{
    static const char *const names[] = {
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
        "Proxy-Connection", "TE", "Trailer", "transfer-encoding", "UPGRADE",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct hc_pair pair = {hc_bytes_of(names[i]), hc_bytes_of("x")};
        struct hc_framing framing;
        const uint64_t length = 0;
        assert_string_equal(head_of(to_1_1(), 200, &pair, 1, &length, &framing),
                            "HTTP/1.1 200 OK\r\nServer: hotclub\r\nDate: \r\n"
                            "Content-Length: 0\r\n\r\n");
        assert_false(framing.close);
    }
    const struct hc_pair pair = {hc_bytes_of("connection"), hc_bytes_of("foo, Close")};
    struct hc_framing framing;
    assert_non_null(strstr(head_of(to_1_1(), 200, &pair, 1, NULL, &framing),
                           "\r\nConnection: close\r\n"));
    assert_true(framing.close);
}

static void test_statuses_without_body(void **state)
{
    const struct hc_pair pair = {hc_bytes_of("Content-Length"), hc_bytes_of("5")};
    struct hc_framing framing;
    const uint64_t length = 5;
    (void)state;
    assert_null(strstr(head_of(to_1_1(), 204, &pair, 1, &length, &framing), "Content-Length"));
    assert_true(framing.bodyless && !framing.has_length && !framing.chunked && !framing.close);
    assert_non_null(strstr(head_of(to_1_1(), 205, &pair, 1, &length, &framing),
                           "\r\nContent-Length: 0\r\n"));
    assert_true(framing.bodyless);
    assert_null(strstr(head_of(to_1_1(), 304, NULL, 0, &length, &framing), "Content-Length"));
    assert_null(strstr(head_of(to_1_1(), 304, NULL, 0, NULL, &framing), "Transfer-Encoding"));
    assert_true(framing.bodyless);
    assert_non_null(strstr(head_of(to_1_1(), 304, &pair, 1, NULL, &framing),
                           "\r\nContent-Length: 5\r\n"));
}

static void test_head(void **state)
{
    const struct hc_pair pair = {hc_bytes_of("Content-Length"), hc_bytes_of("5")};
    struct hc_response_to to = to_1_1();
    struct hc_framing framing;
    const uint64_t none = 0, length = 9;
    (void)state;
    to.is_head = true;
    assert_non_null(strstr(head_of(to, 200, &pair, 1, &none, &framing), "Content-Length: 5\r\n"));
    assert_non_null(strstr(head_of(to, 200, NULL, 0, &length, &framing), "Content-Length: 9\r\n"));
    assert_null(strstr(head_of(to, 200, NULL, 0, &none, &framing), "Content-Length"));
    assert_null(strstr(head_of(to, 200, NULL, 0, NULL, &framing), "Transfer-Encoding"));
    assert_true(framing.bodyless && !framing.close);
}

static enum hc_err try(int status, const char *reason, const char *name, const char *value,
                       size_t value_length)
{
    const struct hc_pair pair = {hc_bytes_of(name), hc_bytes(value, value_length)};
    const struct hc_response_to to = to_1_1();
    struct hc_framing framing;
    struct hc_buffer out;
    hc_buffer_init(&out, NULL, 1000);
    enum hc_err err = hc_response_head(&to, status, hc_bytes_of(reason), &pair, 1, NULL, &out,
                                       &framing);
    assert_int_equal(out.length > 0, err == HC_OK);
    hc_buffer_deinit(&out);
    return err;
}

static void test_refused(void **state)
{
    (void)state;
    assert_ok(try(200, "Fine", "X", "y\tz \xe9", 5));
    assert_ok(try(200, "", "X", "", 0));
    assert_ok(try(999, "", "X", "y", 1));
    assert_int_equal(try(199, "", "X", "y", 1), HC_INVALID);
    assert_int_equal(try(1000, "", "X", "y", 1), HC_INVALID);
    assert_int_equal(try(200, "O\rK", "X", "y", 1), HC_INVALID);
    assert_int_equal(try(200, "", "X", "y\rz", 3), HC_INVALID);
    assert_int_equal(try(200, "", "X", "y\nz", 3), HC_INVALID);
    assert_int_equal(try(200, "", "X", "y\0z", 3), HC_INVALID);
    assert_int_equal(try(200, "", "", "y", 1), HC_INVALID);
    assert_int_equal(try(200, "", "X Y", "y", 1), HC_INVALID);
    assert_int_equal(try(200, "", "X:", "y", 1), HC_INVALID);
    assert_int_equal(try(200, "", "X\r\nY", "y", 1), HC_INVALID);
    assert_int_equal(try(200, "", "Content-Length", "-1", 2), HC_INVALID);
    assert_int_equal(try(200, "", "Content-Length", "5 ", 2), HC_INVALID);
    static char large[2000];
    memset(large, 'x', sizeof(large));
    assert_int_equal(try(200, "", "X", large, sizeof(large)), HC_LIMIT);
}

static void test_second_length_is_refused(void **state)
{
    const struct hc_pair pair = {hc_bytes_of("Content-Length"), hc_bytes_of("5")};
    const struct hc_pair pairs[] = {pair, pair};
    const struct hc_response_to to = to_1_1();
    struct hc_framing framing;
    struct hc_buffer out;
    (void)state;
    hc_buffer_init(&out, NULL, 1000);
    assert_int_equal(hc_response_head(&to, 200, hc_bytes("", 0), pairs, 2, NULL, &out, &framing),
                     HC_INVALID);
    hc_buffer_deinit(&out);
}

static void test_out_of_memory(void **state)
{
    struct failing_alloc alloc;
    const struct hc_response_to to = to_1_1();
    struct hc_framing framing;
    struct hc_buffer out;
    (void)state;
    failing_alloc_init(&alloc, 0);
    hc_buffer_init(&out, &alloc.hook, 1000);
    assert_int_equal(hc_response_head(&to, 200, hc_bytes("", 0), NULL, 0, NULL, &out, &framing),
                     HC_NOMEM);
    hc_buffer_deinit(&out);
}

static void test_phrases(void **state)
{
    (void)state;
    assert_bytes(hc_status_phrase(200), "OK");
    assert_bytes(hc_status_phrase(511), "Network Authentication Required");
    assert_bytes(hc_status_phrase(418), "");
    assert_bytes(hc_status_phrase(0), "");
    assert_bytes(hc_status_phrase(999), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_length),
        cmocka_unit_test(test_unknown_length),
        cmocka_unit_test(test_http_1_0_keep_alive),
        cmocka_unit_test(test_own_fields_of_the_application),
        cmocka_unit_test(test_hop_by_hop_fields_are_left_out),
        cmocka_unit_test(test_statuses_without_body),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_second_length_is_refused),
        cmocka_unit_test(test_out_of_memory),
        cmocka_unit_test(test_phrases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
