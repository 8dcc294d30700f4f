#include "support.h"

#include "hc/clock.h"
#include "hc/conditions.h"

enum { MODIFIED = 784111777 }; /* Sun, 06 Nov 1994 08:49:37 GMT */

static struct hc_header fields[4];

/* A request with the fields `name, value, name, value, …, NULL`. */
static struct hc_request request_with(const char *const *texts)
{
    struct hc_request request = {.headers = fields};
    for (; *texts; texts += 2) {
        struct hc_header *header = &fields[request.header_count++];
        header->name = hc_bytes_of(texts[0]);
        header->value = hc_bytes_of(texts[1]);
        header->field = hc_field_find(header->name);
    }
    return request;
}


#define SAME "Sun, 06 Nov 1994 08:49:37 GMT"
#define BEFORE "Sun, 06 Nov 1994 08:49:36 GMT"
#define AFTER "Sun, 06 Nov 1994 08:49:38 GMT"

/* With the text of the date and without it everything is the same. */
static const struct hc_validators both[] = {
    {{"\"tag\"", 5}, MODIFIED, {NULL, 0}},
    {{"\"tag\"", 5}, MODIFIED, {SAME, sizeof(SAME) - 1}},
};

static void test_conditions(void **state)
{
    static const struct {
        const char *texts[7];
        int status;
    } cases[] = {
        {{NULL}, 200},
        {{"If-None-Match", "\"tag\""}, 304},
        {{"If-None-Match", "W/\"tag\""}, 304},
        {{"If-None-Match", "\"a\", \"b\",\"tag\""}, 304},
        {{"If-None-Match", "\"a\"", "If-None-Match", "\"tag\""}, 304},
        {{"If-None-Match", "*"}, 304},
        {{"If-None-Match", "\"other\""}, 200},
        {{"If-None-Match", "tag"}, 200},
        {{"If-None-Match", "\"tag"}, 200},
        {{"If-Modified-Since", SAME}, 304},
        {{"If-Modified-Since", AFTER}, 304},
        {{"If-Modified-Since", BEFORE}, 200},
        {{"If-Modified-Since", "yesterday"}, 200},
        {{"If-Modified-Since", SAME, "If-Modified-Since", SAME}, 200},
        {{"If-None-Match", "\"other\"", "If-Modified-Since", SAME}, 200},
        {{"If-None-Match", "\"tag\"", "If-Modified-Since", BEFORE}, 304},
        {{"If-Match", "\"tag\""}, 200},
        {{"If-Match", "*"}, 200},
        {{"If-Match", "W/\"tag\""}, 412},
        {{"If-Match", "\"other\""}, 412},
        {{"If-Unmodified-Since", SAME}, 200},
        {{"If-Unmodified-Since", BEFORE}, 412},
        {{"If-Match", "\"tag\"", "If-Unmodified-Since", BEFORE}, 200},
        {{"If-Match", "\"tag\"", "If-None-Match", "\"tag\""}, 304},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct hc_request request = request_with(cases[i].texts);
        for (int j = 0; j < 2; j++)
            if (hc_conditions_check(&request, &both[j]) != cases[i].status)
                fail_msg("case %zu: not %d", i, cases[i].status);
    }
}

static void test_if_range(void **state)
{
    static const struct {
        const char *value;
        bool counts;
    } cases[] = {
        {"\"tag\"", true}, {"\"other\"", false}, {"W/\"tag\"", false},     {SAME, true},
        {BEFORE, false},   {AFTER, false},       {"\"tag\", \"x\"", false}, {"", false},
    };
    static const char *const none[] = {NULL};
    (void)state;
    struct hc_request request = request_with(none);
    assert_true(hc_conditions_range(&request, &both[1]));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *const texts[] = {"If-Range", cases[i].value, NULL};
        request = request_with(texts);
        if (hc_conditions_range(&request, &both[1]) != cases[i].counts)
            fail_msg("\"%s\"", cases[i].value);
    }
}

static void test_dates(void **state)
{
    static const char *const good[] = {
        "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
    };
    static const char *const bad[] = {
        "", "x", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 GMT+1", "Sun, 06 Nxx 1994 08:49:37 GMT",
        "Sun, 66 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT", "06 Nov 1994 08:49:37 GMT",
    };
    char text[HC_DATE_LENGTH];
    time_t when;
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_ok(hc_http_date_parse(hc_bytes_of(good[i]), &when));
        assert_int_equal(when, MODIFIED);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_int_equal(hc_http_date_parse(hc_bytes_of(bad[i]), &when), HC_INVALID);
    for (time_t wanted = 0; wanted < 4000000000; wanted += 12345678) {
        hc_date_format(wanted, text);
        assert_ok(hc_http_date_parse(hc_bytes(text, sizeof(text)), &when));
        assert_int_equal(when, wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_if_range),
        cmocka_unit_test(test_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
