#include "support.h"

#include <dirent.h>

#include "hc/http.h"
#include "whole.h"

enum { REPORT_MAX = 1 << 22, FILE_MAX = 1 << 16 };

static char *read_request(const char *directory, const char *name, size_t *length)
{
    char path[1024];
    char *data = malloc(FILE_MAX);
    snprintf(path, sizeof(path), "%s/%s/%s", REQUESTS, directory, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_non_null(data);
    *length = fread(data, 1, FILE_MAX, file);
    assert_true(*length > 0 && *length < FILE_MAX);
    fclose(file);
    return data;
}

static struct whole parse(const char *data, size_t length, cut_function cut, void *context,
                          struct hc_buffer *report)
{
    hc_buffer_init(report, NULL, REPORT_MAX);
    return parse_whole(data, length, cut, context, report);
}

/* In one piece, byte by byte, and cut at random: three equal reports. */
static struct whole parse_alike(const char *name, const char *data, size_t length)
{
    struct hc_buffer one, other;
    uint64_t random = length;
    struct whole whole = parse(data, length, cut_nowhere, NULL, &one);
    for (int way = 0; way < 20; way++) {
        parse(data, length, way ? cut_anywhere : cut_everywhere, &random, &other);
        if (!hc_bytes_equal(hc_bytes(one.data, one.length), hc_bytes(other.data, other.length)))
            fail_msg("%s: in one piece:\n%.*sin pieces:\n%.*s", name, (int)one.length, one.data,
                     (int)other.length, other.data);
        hc_buffer_deinit(&other);
    }
    hc_buffer_deinit(&one);
    return whole;
}

static size_t for_each_request(const char *directory,
                               void (*check)(const char *name, struct whole whole, size_t length))
{
    char path[1024];
    size_t count = 0;
    snprintf(path, sizeof(path), "%s/%s", REQUESTS, directory);
    DIR *listing = opendir(path);
    assert_non_null(listing);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (!strstr(entry->d_name, ".http"))
            continue;
        size_t length;
        char *data = read_request(directory, entry->d_name, &length);
        check(entry->d_name, parse_alike(entry->d_name, data, length), length);
        free(data);
        count++;
    }
    closedir(listing);
    return count;
}

static void check_good(const char *name, struct whole whole, size_t length)
{
    if (whole.result != HC_PARSE_OK)
        fail_msg("%s: %d %s at %zu", name, whole.status, whole.reason, whole.length);
    assert_true(whole.length <= length);
}

/* The name of a bad request begins with the status it deserves. */
static void check_bad(const char *name, struct whole whole, size_t length)
{
    if (whole.result != HC_PARSE_BAD || whole.status != atoi(name))
        fail_msg("%s: result %d, status %d %s", name, whole.result, whole.status,
                 whole.reason ? whole.reason : "");
    assert_non_null(whole.reason);
    assert_true(whole.length <= length);
}

static void test_corpus(void **state)
{
    (void)state;
    assert_true(for_each_request("good", check_good) >= 30);
    assert_true(for_each_request("bad", check_bad) >= 90);
}

enum { HEADERS = 8 };

static const struct hc_head_limits limits = {
    .line_max = 1000,
    .header_max = 1000,
    .header_count_max = HEADERS,
};

static struct hc_header headers[HEADERS];

static struct hc_head parse_good(const char *text)
{
    static struct hc_head_parser parser;
    hc_head_parser_init(&parser, &limits, headers);
    if (hc_head_parse(&parser, text, strlen(text)) != HC_PARSE_OK)
        fail_msg("%s\nat %zu in \"%s\"", parser.reason, parser.position, text);
    assert_int_equal(parser.position, strlen(text));
    return parser.head;
}

static void test_parts(void **state)
{
    (void)state;
    struct hc_head head = parse_good("POST /a%20b?c=d?e HTTP/1.1\r\n"
                                     "Host: shop.example:8000\r\n"
                                     "X-Thing:  two  words\t\r\n"
                                     "Content-Length: 12\r\n\r\n");
    assert_bytes(head.method, "POST");
    assert_bytes(head.target, "/a%20b?c=d?e");
    assert_bytes(head.path, "/a%20b");
    assert_bytes(head.query, "c=d?e");
    assert_bytes(head.host, "shop.example:8000");
    assert_int_equal(head.version, HC_HTTP_1_1);
    assert_int_equal(head.content_length, 12);
    assert_int_equal(head.header_count, 3);
    assert_bytes(headers[1].name, "X-Thing");
    assert_bytes(headers[1].value, "two  words");
    assert_int_equal(headers[1].field, HC_FIELD_OTHER);
    assert_int_equal(headers[2].field, HC_FIELD_CONTENT_LENGTH);
    assert_true(head.keep_alive);
    assert_false(head.chunked);
    assert_false(head.expects_continue);
}

static void test_forms_of_target(void **state)
{
    (void)state;
    struct hc_head head = parse_good("GET http://other.example:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_bytes(head.host, "other.example:81");
    assert_bytes(head.path, "/x");
    assert_bytes(head.query, "y");
    head = parse_good("GET https://other.example?y HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_bytes(head.host, "other.example");
    assert_bytes(head.path, "");
    assert_bytes(head.query, "y");
    head = parse_good("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_bytes(head.path, "*");
    assert_bytes(head.host, "a");
    head = parse_good("GET //x HTTP/1.1\r\nHost: a\r\n\r\n");
    assert_bytes(head.path, "//x");
}

static void test_connection(void **state)
{
    static const struct {
        const char *text;
        bool keep_alive;
    } cases[] = {
        {"GET / HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: x, CLOSE ,y\r\n\r\n", false},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: closed\r\n\r\n", true},
        {"GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n", false},
        {"GET / HTTP/1.0\r\n\r\n", false},
        {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true},
        {"GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(parse_good(cases[i].text).keep_alive, cases[i].keep_alive);
}

/* A field may be as long as the limit, its end included, however it is cut. */
static void test_field_max(void **state)
{
    static const char text[] = "GET / HTTP/1.1\r\nHost: a\r\nX: 567890\r\n\r\n";
    (void)state;
    for (size_t field_max = 8; field_max <= 12; field_max++) {
        for (size_t cut = 1; cut < sizeof(text); cut++) {
            const struct hc_head_limits few = {
                .line_max = 100, .header_max = 100, .field_max = field_max, .header_count_max = 8};
            struct hc_head_parser parser;
            hc_head_parser_init(&parser, &few, headers);
            enum hc_parse result = hc_head_parse(&parser, text, cut);
            if (result == HC_PARSE_MORE)
                result = hc_head_parse(&parser, text, sizeof(text) - 1);
            assert_int_equal(result, field_max < 11 ? HC_PARSE_BAD : HC_PARSE_OK);
            assert_true(result == HC_PARSE_OK || parser.status == 431);
        }
    }
}

static void test_decode(void **state)
{
    static const char *const cases[][2] = {
        {"/plain", "/plain"}, {"/a%20b", "/a b"},   {"/%41%6a%6A", "/Ajj"}, {"/%", "/%"},
        {"/%4", "/%4"},       {"/%4g%41", "/%4gA"}, {"/%%41", "/%A"},       {"/%2541", "/%41"},
    };
    char out[32];
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_bytes(hc_bytes(out, hc_path_decode(hc_bytes_of(cases[i][0]), out)), cases[i][1]);
    assert_int_equal(hc_path_decode(hc_bytes_of("/%00"), out), 2);
    assert_int_equal(out[1], 0);
}

/* What a generator makes of pieces of requests: mostly bad, always alike however it is cut. */
static void test_generated(void **state)
{
    static const char *const pieces[] = {
        "GET / HTTP/1.1\r\n", "Host: a\r\n", "\r\n", "\r", "\n", " ", "\t", ":", "X: y\r\n",
        "Content-Length: 3\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n",
        "3\r\nabc\r\n", "0\r\n", ";x=y", "POST /x?y HTTP/1.0\r\n", "Connection: close\r\n", "\x80",
        "http://h", "0", "\x01", "HTTP/", "Host", "GET ", "/",
    };
    uint64_t random = 11;
    (void)state;
    for (int round = 0; round < 3000; round++) {
        char data[512];
        size_t length = 0, count = 1 + next_random(&random) % 12;
        for (size_t i = 0; i < count; i++) {
            size_t which = i < 2 && next_random(&random) % 4
                               ? i
                               : next_random(&random) % (sizeof(pieces) / sizeof(pieces[0]));
            length += (size_t)snprintf(data + length, sizeof(data) - length, "%s", pieces[which]);
        }
        parse_alike("generated", data, length);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_corpus),          cmocka_unit_test(test_parts),
        cmocka_unit_test(test_forms_of_target), cmocka_unit_test(test_connection),
        cmocka_unit_test(test_decode),          cmocka_unit_test(test_generated),
        cmocka_unit_test(test_field_max),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
